"""The ledger's transitions themselves: who comes too late, and what no order of them can do."""

import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from sqlalchemy import delete, update

from tests.gate.desks import NOW, desk_in, machines, press
from tests.ledger.databases import MEMORY
from tools.core.errors import RefusedError, UnavailableError
from tools.gate.policy import Limits
from tools.gate.proposals import Fate, Run, Stage
from tools.ledger.claims import Claim
from tools.ledger.proposal_moves import Lease
from tools.ledger.schema import PROPOSALS

LEASE = Lease("me", NOW + timedelta(minutes=2))
OTHER = Lease("other", NOW + timedelta(minutes=9))
CLAIM = Claim(LEASE, Limits(None, None, None))
NEXT = {
    Stage.PENDING: {Stage.CLAIMED, Stage.DENIED, Stage.EXPIRED, Stage.REPLACED, Stage.REFUSED},
    Stage.CLAIMED: {Stage.DONE, Stage.PARTIAL, Stage.FAILED, Stage.REFUSED, Stage.UNSETTLED},
}
NEXT_FATE = {Fate.WAITING: set(Fate), Fate.BEGUN: set(Fate) - {Fate.WAITING}}


@pytest.fixture
def desk(tmp_path, ledger_url):
    return desk_in(tmp_path, ledger_url)


@pytest.fixture
def proposal(desk):
    return desk.propose(*machines(desk.world))


def approve(desk, proposal, by="UADMIN", *, needed=1, standing=(), claim=CLAIM):
    return desk.records.approve(
        proposal, actor=press(by), needed=needed, standing=standing, claim=claim
    )


def test_the_last_approval_that_is_needed_claims(desk, proposal):
    assert approve(desk, proposal, needed=3).stage is Stage.PENDING
    two = approve(desk, proposal, "UML1", needed=3, standing=["UADMIN"])
    assert (two.stage, two.approved_by) == (Stage.PENDING, ("UADMIN", "UML1"))
    with pytest.raises(RefusedError, match="2 more people must"):
        approve(desk, proposal, needed=3)
    three = approve(desk, proposal, "UML2", needed=3, standing=["UADMIN", "UML1"])
    assert (three.stage, [run.fate for run in three.runs]) == (Stage.CLAIMED, [Fate.WAITING])


def test_approvals_that_do_not_stand_any_more_do_not_count(desk, proposal):
    approve(desk, proposal, needed=2)
    assert approve(desk, proposal, "UML1", needed=2, standing=[]).stage is Stage.PENDING


def test_a_press_again_claims_once_fewer_are_needed(desk, proposal):
    approve(desk, proposal, needed=2)
    assert approve(desk, proposal, needed=1).stage is Stage.CLAIMED


def test_what_was_shown_must_be_what_stands(desk, proposal):
    changed = replace(proposal, watches_use=True)
    for shown in (changed, replace(proposal, version=2)):
        with pytest.raises(RefusedError, match="only the new card"):
            approve(desk, shown)
    with pytest.raises(RefusedError, match="no such proposal"):
        approve(desk, replace(proposal, id="nothing"))


def test_nothing_is_approved_after_it_expired(desk, proposal):
    desk.clock.turn(hours=4)
    with pytest.raises(RefusedError, match="has expired"):
        approve(desk, proposal)
    with pytest.raises(RefusedError, match="has expired"):
        desk.records.deny(proposal, actor=press("UADMIN"))


def test_what_has_ended_can_only_be_looked_at(desk, proposal):
    desk.records.deny(proposal, actor=press("UADMIN"))
    for late in (
        lambda: approve(desk, proposal),
        lambda: desk.records.snooze(proposal, until=NOW, actor=press("UADMIN")),
        lambda: desk.records.end_pending(proposal, Stage.EXPIRED, outcome="x"),
        lambda: desk.records.replace(proposal, replace(proposal, version=2)),
    ):
        with pytest.raises(RefusedError, match="was denied"):
            late()


def test_what_is_not_there_any_more_is_not_left(desk, proposal):
    with desk.ledger.begin() as connection:
        connection.execute(delete(PROPOSALS))
    with pytest.raises(RefusedError, match="not in the ledger any more"):
        desk.records.snooze(proposal, until=NOW, actor=press("UADMIN"))


def test_two_edits_of_one_version_make_one_new_version(desk, proposal):
    desk.records.replace(proposal, replace(proposal, version=2))
    with pytest.raises(RefusedError, match="only the new card"):
        desk.records.replace(proposal, replace(proposal, version=2))


def test_an_undo_does_not_outlive_its_own_end(desk, proposal):
    late = replace(proposal, id="b" * 32, expires=NOW)
    with pytest.raises(RefusedError, match="not what stands any more"):
        desk.records.create(late, claim=CLAIM)
    assert desk.records.find("b" * 32) is None


def test_only_the_holder_of_the_lease_goes_on(desk, proposal):
    approve(desk, proposal)
    run = Run("sim/a/r/instance/m0", Fate.DONE)
    assert not desk.records.hold(proposal, OTHER, was="other")
    assert not desk.records.begin(proposal, 0, lease=OTHER)
    assert not desk.records.end(proposal, 0, run, lease=OTHER)
    assert not desk.records.finish(proposal, Stage.DONE, outcome="", lease=OTHER)
    assert desk.records.begin(proposal, 0, lease=LEASE)
    assert not desk.records.begin(proposal, 0, lease=LEASE)
    assert desk.records.end(proposal, 0, run, lease=LEASE)
    assert not desk.records.end(proposal, 0, run, lease=LEASE)
    assert desk.records.finish(proposal, Stage.DONE, outcome="", lease=LEASE)
    assert not desk.records.finish(proposal, Stage.DONE, outcome="", lease=LEASE)


def test_a_lease_that_ran_out_is_not_prolonged(desk, proposal):
    approve(desk, proposal)
    desk.clock.turn(minutes=2)
    assert not desk.records.hold(proposal, LEASE._replace(until=OTHER.until), was="me")
    assert not desk.records.begin(proposal, 0, lease=LEASE)


def test_an_orphan_is_taken_over_once(desk, proposal):
    approve(desk, proposal)
    assert not desk.records.take_over(proposal, LEASE, OTHER)
    desk.clock.turn(minutes=2)
    assert desk.records.take_over(proposal, LEASE, OTHER)
    assert not desk.records.take_over(proposal, LEASE, LEASE)


@pytest.mark.parametrize(
    "altered",
    [
        {"verb": "terminate"},
        {"verb": "no verb"},
        {"body": "{}"},
        {"body": "no json"},
        {"digest": "0" * 64},
    ],
)
def test_a_record_that_was_altered_is_good_for_nothing(tmp_path, altered):
    desk = desk_in(tmp_path, f"sqlite:///{tmp_path / 'l.sqlite'}")
    proposal = desk.propose(*machines(desk.world))
    approve(desk, proposal)
    two = desk.propose(desk.world.add("sim/a/r/instance/x"))
    with desk.ledger.begin() as connection:
        mine = PROPOSALS.c.id == proposal.id
        connection.execute(update(PROPOSALS).where(mine).values(**altered))
    with pytest.raises(UnavailableError, match="was altered"):
        desk.gate.execute(proposal.id)
    desk.clock.turn(hours=5)
    assert [one.id for one in desk.gate.settle()] == [two.id]


class Transitions(RuleBasedStateMachine):
    """Three processes do whatever they like, in any order, to one proposal."""

    def __init__(self):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(prefix="purser-transitions-", dir=MEMORY)
        folder = Path(self.folder.name)
        self.desk = desk_in(folder, f"sqlite:///{folder / 'ledger.sqlite'}")
        ids = machines(self.desk.world, 2)
        self.proposal = self.seen = self.desk.propose(*ids)
        self.claims = self.versions = 0

    def lease(self, holder):
        return Lease(f"p{holder}", self.desk.clock.now() + timedelta(minutes=2))

    holders = st.integers(0, 2)

    @rule(person=st.sampled_from(["UADMIN", "UADMIN2", "UML1"]), holder=holders)
    def approve(self, person, holder):
        claim = Claim(self.lease(holder), Limits())
        try:
            now = approve(
                self.desk, self.proposal, person, needed=2, standing=["UADMIN", "UML1"], claim=claim
            )
        except RefusedError:
            return
        self.claims += now.stage is Stage.CLAIMED

    @rule(person=st.sampled_from(["UADMIN", "UML1"]))
    def deny(self, person):
        try:
            self.desk.records.deny(self.proposal, actor=press(person))
        except RefusedError:
            return

    @rule()
    def edit(self):
        newer = replace(self.proposal, version=self.proposal.version + 1)
        try:
            self.proposal = self.seen = self.desk.records.replace(self.proposal, newer)
        except RefusedError:
            return

    @rule(holder=holders, position=st.integers(0, 1))
    def begin(self, holder, position):
        self.desk.records.begin(self.proposal, position, lease=self.lease(holder))

    @rule(holder=holders, position=st.integers(0, 1), fate=st.sampled_from([*Fate][2:]))
    def end(self, holder, position, fate):
        run = Run(self.proposal.targets[position].sight.target, fate)
        self.desk.records.end(self.proposal, position, run, lease=self.lease(holder))

    @rule(holder=holders, stage=st.sampled_from([Stage.DONE, Stage.PARTIAL, Stage.UNSETTLED]))
    def finish(self, holder, stage):
        lease = self.lease(holder)
        self.desk.records.finish(self.proposal, stage, outcome="so", lease=lease)

    @rule(old=holders, new=holders)
    def take_over(self, old, new):
        self.desk.records.take_over(self.proposal, self.lease(old), self.lease(new))

    @rule(minutes=st.integers(1, 90))
    def time_passes(self, minutes):
        self.desk.clock.turn(minutes=minutes)

    @rule()
    def settle(self):
        self.desk.gate.settle()

    @invariant()
    def goes_only_forward(self):
        now = self.desk.records.find(self.proposal.id, version=self.proposal.version)
        was, self.seen = self.seen, now
        allowed = NEXT.get(was.stage, set())
        # Two transitions may lie between two looks: a settlement both takes over and ends.
        assert now.stage is was.stage or now.stage in allowed
        assert now.digest == was.digest
        for old, new in zip(was.runs, now.runs, strict=False):
            assert new.fate is old.fate or new.fate in NEXT_FATE.get(old.fate, set())
        assert set(was.decisions) <= set(now.decisions) or now.stage is Stage.DENIED
        assert self.claims <= 1

    def teardown(self):
        found = self.desk.audit.verify()
        events = self.desk.events(self.proposal.id)
        assert found.faults == ()
        assert events.count("claimed") == self.claims
        assert events.count("finished") <= 1
        assert self.desk.world.acts() == []
        self.desk.ledger.close()
        self.folder.cleanup()


TestTransitions = Transitions.TestCase
TestTransitions.settings = settings(
    max_examples=15,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
