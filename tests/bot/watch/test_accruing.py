"""A cluster that runs away in the sample company is told within minutes, and later its bill."""

import json
from argparse import Namespace
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bot.app import Purser, build
from bot.commands.accrued import run
from bot.config import Config, ScopeSettings
from bot.console.block_rules import problems
from bot.watch import incidents
from bot.watch.accrual_blocks import accrued_line
from bot.watch.accruing import channel_of, plan
from bot.watch.burns import Burns
from bot.watch.plans import Plan
from bot.watch.running import keep
from tests.samples.companies import NOW, Loaded, loaded_company
from tools.clouds.resources import Resource, State
from tools.clouds.settings import CloudSettings
from tools.clouds.simulated_state import SimulatedState
from tools.clouds.simulated_use import Pattern
from tools.core.clock import FixedClock
from tools.core.conditions import read_conditions
from tools.core.scope import Scope
from tools.gate.people import Actor
from tools.ledger.accruals import Accruals
from tools.ledger.happenings import PLANNED, Happening, Happenings
from tools.ledger.incidents import Incidents
from tools.samples.fleet import FILE, fleet, write_fleet
from tools.samples.traces import sweep
from tools.watch.outgoing import Sort
from tools.watch.reconciled import errors_by_day
from tools.watch.settings import WatchSettings

pytestmark = pytest.mark.thorough

ML = read_conditions("team=ml-research")


@pytest.fixture(scope="module")
def company(tmp_path_factory) -> Loaded:
    return loaded_company(tmp_path_factory)


@dataclass
class Minutes:
    """Purser, minute by minute."""

    config: Config
    state: SimulatedState

    def at(self, at: datetime) -> Purser:
        return build(replace(self.config, clock=FixedClock(at)))

    def run(self, minutes: float) -> Plan:
        at = NOW + timedelta(minutes=minutes)
        purser = self.at(at)
        made = plan(purser, name="accrual", at=at)
        again = plan(purser, name="accrual", at=at)
        assert [post.key for post in made.posts] == [post.key for post in again.posts]
        keep(purser, made)
        return made

    def looked_after(self, minutes: float) -> list[str]:
        """The lines on who launched what, after the job `incidents`."""
        at = NOW + timedelta(minutes=minutes)
        purser = self.at(at)
        keep(purser, incidents.plan(purser, name="incidents", at=at))
        store = Incidents(purser.ledger)
        [one] = store.going()
        return [line.text for line in store.lines(one.id) if line.source.startswith("started/")]

    def launch(self, count: int, minutes: float) -> None:
        for number in range(count):
            self.state.put(cluster_node(number, minutes), Pattern("busy"))

    def stop(self, count: int) -> None:
        for number in range(count):
            node = replace(cluster_node(number, 0), state=State.STOPPED, launched=None)
            self.state.put(node, Pattern("idle"))


def cluster_node(number: int, minutes: float) -> Resource:
    """A machine like one of ml-research's, launched so many minutes after nine."""
    like = next(p.resource for p in fleet(NOW) if p.resource.tags.get("team") == "ml-research")
    return replace(
        like,
        address=like.address._replace(name=f"i-0runaway{number}"),
        name=f"sweep-{number}",
        type="p4d.24xlarge",
        state=State.RUNNING,
        launched=NOW + timedelta(minutes=minutes),
    )


@pytest.fixture
def minutes(company: Loaded, tmp_path: Path) -> Minutes:
    state = write_fleet(tmp_path / FILE, clock=FixedClock(NOW))
    config = replace(
        company.config,
        ledger_url=f"sqlite:///{tmp_path / 'ledger.sqlite'}",
        clouds=CloudSettings(simulated=tmp_path / FILE),
        watch=WatchSettings(operators="C0OPS", incidents="C0INC", severe=1000),
    )
    return Minutes(config, state)


def test_what_runs_as_usual_alarms_nobody_and_is_counted(minutes: Minutes):
    assert minutes.run(0).posts == ()
    assert minutes.run(1).posts == ()
    burn = Burns(minutes.at(NOW), at=NOW + timedelta(minutes=1)).of(ML)
    assert burn is not None
    assert burn.machines > 5
    assert Decimal(50) < burn.hourly["USD"] < Decimal(500)
    assert (
        burn.accrued["USD"] > 9 * burn.hourly["USD"]
    )  # nine hours of today, and what is not billed before


def test_a_machine_is_of_the_service_that_bills_its_type(minutes: Minutes):
    minutes.run(0)
    burns = Burns(minutes.at(NOW), at=NOW)
    of_team = burns.of(ML)
    of_service = [
        burns.of(read_conditions(f'team=ml-research and service="{name}"'))
        for name in (
            "Amazon Elastic Compute Cloud",
            "Amazon SageMaker",
            "Compute Engine",
            "Claude API",
        )
    ]
    assert of_team
    assert all(of_service)
    *machines, api = (burn.machines for burn in of_service)
    assert min(machines) > 0 == api
    assert sum(machines) == of_team.machines


def test_a_runaway_cluster_is_told_within_minutes_once_and_when_it_has_doubled(minutes: Minutes):
    minutes.run(0)
    minutes.launch(8, 0.5)
    alarm, head, evidence = minutes.run(1).posts
    assert (alarm.sort, alarm.channel) == (Sort.ACCRUAL, "C0MLRESRCH")
    assert alarm.text.startswith("About $")
    assert "8 machines, $" in alarm.text
    assert "an estimate" in alarm.blocks
    assert (head.sort, evidence.thread) == (Sort.INCIDENT, head.key)
    for post in (alarm, head, evidence):
        assert not problems(json.loads(post.blocks))
    assert minutes.run(2).posts == ()
    minutes.launch(40, 2.5)
    again, drawn, joined = minutes.run(3).posts
    assert again.thread == alarm.key
    assert drawn.replaces == head.key
    assert joined.thread == head.key
    minutes.stop(40)
    assert minutes.run(4).posts == ()
    assert minutes.run(5).posts == ()
    assert len(Incidents(minutes.at(NOW).ledger).going()) == 1


def test_who_launched_it_joins_the_timeline_once_its_cloud_has_it(minutes: Minutes):
    minutes.run(0)
    minutes.launch(8, 0.5)
    minutes.run(1)
    assert minutes.looked_after(5) == []
    names = [f"i-0runaway{n}" for n in range(8)]
    trace = replace(
        sweep(NOW + timedelta(seconds=30), names), account=cluster_node(0, 0).address.account
    )
    minutes.state.trace(replace(trace, region=cluster_node(0, 0).address.region, by="ada"))
    others = replace(trace, by="eve", names=("i-0somebody",), count=1)
    minutes.state.trace(others)
    said = "8 × p4d.24xlarge launched by ada."
    assert minutes.looked_after(6) == []  # only every few minutes
    assert minutes.looked_after(10) == [said]
    assert minutes.looked_after(15) == [said]
    assert minutes.looked_after(180) == [said]


@pytest.mark.parametrize(
    ("scope", "is_told"),
    [
        ("team=ml-research", False),
        ("account=lumen-dev and region=us-east-2", False),  # where the sweep runs, and no more
        ("everything", False),
        ("team=search", True),
        ("account=lumen-prod", True),
    ],
)
def test_what_was_announced_alarms_nobody(minutes: Minutes, scope: str, is_told: bool):
    minutes.run(0)
    ends, about = NOW + timedelta(hours=9), read_conditions(scope)
    plan = Happening(start=NOW, end=ends, kind=PLANNED, text="a sweep", scope=about)
    Happenings(minutes.at(NOW).ledger).tell(plan, actor=Actor("U0ADA"))
    minutes.launch(8, 0.5)
    assert bool(minutes.run(1).posts) is is_told


def test_a_day_is_compared_with_its_bill_when_that_comes(minutes: Minutes):
    """What had accrued two days ago, when bills were not there yet, is looked up today."""
    early = NOW - timedelta(days=4)
    write = replace(minutes.config, lake=replace(minutes.config.lake))
    purser = build(replace(write, home=minutes.config.home / "none", clock=FixedClock(early)))
    keep(purser, plan(purser, name="accrual", at=early))
    store = Accruals(minutes.at(NOW).ledger)
    day = early.date()
    assert {row.day for row in store.open(since=day)} == {day}
    minutes.run(0)
    assert day not in {row.day for row in store.open(since=day)}
    error = errors_by_day(store.billed(since=day))[day, "USD"]
    assert error.machines > 5
    assert error.ratio is not None


def test_a_digest_says_what_no_bill_shows_yet(minutes: Minutes):
    assert accrued_line(None) == ""
    minutes.run(0)
    said = accrued_line(Burns(minutes.at(NOW), at=NOW).of(ML))
    assert said.startswith("Not billed yet: about $")
    assert said.endswith("an estimate.")


def test_the_command_says_what_is_not_billed_and_how_far_the_estimate_was_off(
    minutes: Minutes, capsys: pytest.CaptureFixture[str]
):
    def said(is_json: bool, at: datetime = NOW) -> str:
        run(Namespace(config=minutes.at(at).config, json=is_json))
        return capsys.readouterr().out

    assert said(False).startswith("Nothing was counted yet: ")
    minutes.run(0)
    first, *groups = said(False).splitlines()
    assert first.endswith(" is not billed yet: price × running time, an estimate.")
    assert any(line.startswith("  ml-research: $") for line in groups)
    assert json.loads(said(True))["accrued"][0]["machines"] > 5
    later = NOW + timedelta(minutes=6)
    assert said(False, later).splitlines() == [
        first,
        "Metered until 09:00 UTC, and not since: the job accrual counts while `purser serve` runs.",
        *(line.replace(" an hour now from ", " an hour then from ") for line in groups),
    ]
    assert said(True, later) == said(True)


def test_a_runaway_is_told_where_it_may_be_seen(minutes: Minutes):
    web = ScopeSettings(channels={"C0OPS": Scope(read_conditions("team=web"))})
    minutes.config = replace(minutes.config, scope=web)
    purser = minutes.at(NOW)
    assert channel_of(purser, read_conditions("team=search")) == "C0INC"
    assert channel_of(purser, read_conditions("team=web")) == "C0OPS"
