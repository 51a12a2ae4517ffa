"""The demo's story without Slack: what is idle, who may stop it, that it stops and starts again."""

from dataclasses import replace

import pytest

from bot.acting import fleet_of, gate_of, world_of
from tests.gate.desks import press
from tests.samples.companies import NOW, Loaded, loaded_company
from tools.clouds.resources import State, Verb
from tools.core.clock import FixedClock
from tools.core.context import Context
from tools.core.errors import InputError, RefusedError
from tools.gate.people import Actor
from tools.gate.proposals import Proposal, Stage
from tools.gpus import idle_gpus
from tools.lake.lake import Lake
from tools.ledger.ledger import Ledger
from tools.samples.fleet import FILE, write_fleet

ADA, BEN, CHLOE, MARCUS = "U0ADAPARK0", "U0BENORTIZ", "U0CHLOEW00", "U0MARCUSV0"
IDLE = "sim/540987654324/us-east-2/instance/i-0d41b7e85f6a20c93"
FORGOTTEN = "sim/540987654324/eu-west-1/instance/i-0ee17d4c0f00b2a1"
TRAINER = "sim/320987654322/us-east-1/instance/i-07c2d9e4f1a60b35"
SWEEPS = "sim/540987654324/us-east-1/group/ablation-sweeps"


class Office:
    """Who works at Lumen Labs, as Slack knows them."""

    def members(self, group: str) -> frozenset[str]:
        return frozenset({CHLOE} if group == "S0FINOPS00" else ())

    def is_member(self, user: str) -> bool:
        return user in (ADA, BEN, CHLOE, MARCUS)

    def find(self, email: str) -> str | None:
        return {"marcus.vale@lumen.example": MARCUS, "ada.park@lumen.example": ADA}.get(email)


class Story:
    """The sample company with its machines, and a gate in front of them."""

    def __init__(self, company: Loaded, folder) -> None:
        clock = FixedClock(NOW)
        write_fleet(folder / FILE, clock=clock)
        clouds = replace(company.config.clouds, simulated=folder / FILE)
        config = replace(company.config, clouds=clouds, clock=clock)
        lake = Lake(config.lake_root, config.lake)
        self.fleet = fleet_of(config, lake)
        self.context = Context(lake=lake, clock=clock, fleet=self.fleet)
        ledger = Ledger(f"sqlite:///{folder / 'ledger.sqlite'}", clock)
        self.gate = gate_of(config, ledger, directory=Office(), world=world_of(self.context))

    def propose(self, verb: Verb, *targets: str, by: str = BEN, after=None, **more) -> Proposal:
        asker = Actor(by, "T0SAMPLE00", "mention")
        return self.gate.propose(verb, targets, asker=asker, after=after, **more)

    def approve(self, proposal: Proposal, by: str) -> Proposal:
        approved = self.gate.approve(
            proposal.id,
            version=proposal.version,
            digest=proposal.digest,
            actor=press(by, "T0SAMPLE00"),
        )
        return self.gate.execute(proposal.id) if approved.stage is Stage.CLAIMED else approved


@pytest.fixture(scope="module")
def company(tmp_path_factory) -> Loaded:
    return loaded_company(tmp_path_factory)


@pytest.fixture
def story(company, tmp_path) -> Story:
    return Story(company, tmp_path)


def test_the_idle_machine_is_found_stopped_by_the_right_person_and_started_again(story):
    assert idle_gpus(context=story.context).machines[0].resource.id == IDLE
    card = story.propose(Verb.STOP, IDLE, watches_use=True)
    target = card.targets[0]
    assert target.sight.title == "marcus-ablations"
    assert target.sight.facts["use"] == "idle"
    assert dict(target.deed.after) == {"state": "stopped"}
    assert f"{card.monthly:.2f}" == "-15387.92"
    assert (card.terms.approvals, set(card.terms.approvers)) == (1, {CHLOE, MARCUS})
    for wrong in (BEN, ADA):
        with pytest.raises(RefusedError):
            story.approve(card, wrong)
    done = story.approve(card, MARCUS)
    assert (done.stage, done.outcome) == (Stage.DONE, "Stopped.")
    assert story.fleet.read(IDLE).state is State.STOPPED
    undone = story.gate.undo(done.id, actor=press(BEN, "T0SAMPLE00"))
    back = story.gate.execute(undone.id) if undone.stage is Stage.CLAIMED else undone
    assert back.stage is Stage.DONE
    assert story.fleet.read(IDLE).state is State.RUNNING


@pytest.mark.parametrize("id", [FORGOTTEN, TRAINER])
def test_what_is_or_may_be_production_is_not_stopped(story, id):
    with pytest.raises((RefusedError, InputError)) as refused:
        story.propose(Verb.STOP, id)
    assert "production" in refused.value.sentence


def test_a_termination_takes_the_owner_and_the_finops_lead(story):
    card = story.propose(Verb.TERMINATE, IDLE)
    assert card.terms.approvals == 2
    assert story.approve(card, CHLOE).stage is Stage.PENDING
    assert story.approve(card, MARCUS).stage is Stage.DONE
    assert story.fleet.read(IDLE).state is State.GONE


def test_a_group_is_scaled_down_and_back(story):
    card = story.propose(Verb.SCALE, SWEEPS, after={"capacity": "1"})
    done = story.approve(card, CHLOE)
    assert story.fleet.read(SWEEPS).capacity == (1, 0, 8)
    undone = story.gate.undo(done.id, actor=press(CHLOE, "T0SAMPLE00"))
    if undone.stage is Stage.CLAIMED:
        story.gate.execute(undone.id)
    assert story.fleet.read(SWEEPS).capacity == (4, 0, 8)


def test_a_tag_that_decides_takes_an_admin(story):
    card = story.propose(Verb.TAG, IDLE, after={"tag:owner": "ada.park@lumen.example"})
    with pytest.raises(RefusedError):
        story.approve(card, MARCUS)
    assert story.approve(card, CHLOE).stage is Stage.DONE
    assert story.fleet.read(IDLE).tags["owner"] == "ada.park@lumen.example"
