"""What happens between the claim and the end: looks, refusals, partial success, lost leases."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from tests.gate.desks import QUICK, machines, press
from tools.clouds.resources import Verb
from tools.core.errors import RefusedError
from tools.gate.proposals import Stage

PATIENT = replace(QUICK, patience=timedelta(minutes=10))


def claimed(desk, *ids, **other):
    proposal = desk.propose(*ids, **other)
    desk.approve(proposal)
    return proposal


class Killed(BaseException):
    """The process is gone."""


def die():
    raise Killed


def fault():
    raise KeyError("the ledger")


def stall(desk):
    """Stand still until another process has settled it."""
    desk.clock.turn(minutes=3)
    desk.beside().gate.settle()


def said(proposal):
    return [run.said for run in proposal.runs]


def fates(proposal):
    return [run.fate.value for run in proposal.runs]


def test_targets_are_done_one_after_the_other(desk):
    ids = machines(desk.world, 3)
    done = desk.done(*ids)
    assert done.outcome == "All 3 stopped."
    assert [target for _, target in desk.world.acts()] == list(ids)


def test_it_is_polled_until_it_is_done(desk):
    desk.world.slow = 2
    done = desk.done(*machines(desk.world))
    assert (done.stage, len(desk.waited)) == (Stage.DONE, 2)


def test_what_does_not_change_in_time_failed(desk):
    (machine,) = machines(desk.world)
    desk.world.drops.add(machine)
    done = desk.done(machine)
    assert (done.stage, done.outcome) == (Stage.FAILED, "It was tried, and reads as before.")
    assert sum(desk.waited) >= 1


def test_an_answer_that_is_lost_is_settled_by_reading(desk):
    (machine,) = machines(desk.world)
    desk.world.fails_after.add(machine)
    assert desk.done(machine).stage is Stage.DONE
    assert len(desk.world.acts()) == 1


def test_what_cannot_be_read_afterwards_stops_the_rest(desk):
    ids = machines(desk.world, 3)
    proposal = claimed(desk, *ids)
    desk.when("after act", lambda: desk.world.unreadable.add(ids[0]))
    done = desk.gate.execute(proposal.id)
    assert done.stage is Stage.UNSETTLED
    assert done.outcome == "0 of 3 stopped, 2 refused, 1 unknown."
    assert said(done)[0] == "It was tried, and cannot be read: The small world does not answer."
    assert said(done)[1] == "Not tried, because one before it is not settled."
    assert len(desk.world.acts()) == 1


def test_what_reads_neither_way_is_unknown(desk):
    (machine,) = machines(desk.world)
    proposal = claimed(desk, machine)
    desk.when("after act", lambda: desk.world.change(machine, state="burning"))
    done = desk.gate.execute(proposal.id)
    assert done.stage is Stage.UNSETTLED
    assert done.outcome == (
        "It was tried, and reads neither as before nor as wanted: state is “burning”."
    )


def test_what_is_gone_afterwards_is_unknown(desk):
    (machine,) = machines(desk.world)
    proposal = claimed(desk, machine)
    desk.when("after act", lambda: desk.world.change(machine, state="gone"))
    assert desk.gate.execute(proposal.id).outcome == "It was tried, and is gone."


def test_a_change_after_the_approval_refuses_that_target_only(desk):
    ids = machines(desk.world, 2)
    proposal = claimed(desk, *ids)
    desk.world.change(ids[0], type="p5")
    done = desk.gate.execute(proposal.id)
    assert (done.stage, done.outcome) == (Stage.PARTIAL, "1 of 2 stopped, 1 refused.")
    assert said(done)[0] == "It has changed since it was proposed: type was “p4d” and is “p5”."
    assert desk.world.acts() == [(f"{proposal.id}-1-1", ids[1])]


@pytest.mark.parametrize("trouble", ["unreadable", "refuses", "refuses_rehearsal"])
def test_what_is_refused_is_not_done(desk, trouble):
    (machine,) = machines(desk.world)
    proposal = claimed(desk, machine)
    getattr(desk.world, trouble).add(machine)
    done = desk.gate.execute(proposal.id)
    assert (done.stage, fates(done)) == (Stage.REFUSED, ["refused"])
    assert done.outcome == said(done)[0] != ""
    assert desk.world.acts() == []


def test_an_approver_who_left_the_group_does_not_count_any_more(desk):
    proposal = desk.propose(*machines(desk.world))
    desk.approve(proposal, "UML1")
    desk.directory.groups["SML"] = frozenset({"UML2"})
    done = desk.gate.execute(proposal.id)
    assert done.stage is Stage.REFUSED
    assert "0 of those it has still count" in done.outcome
    assert desk.world.acts() == []


def test_slack_that_went_away_refuses(desk):
    proposal = claimed(desk, *machines(desk.world))
    desk.directory.is_away = True
    assert desk.gate.execute(proposal.id).outcome == "Slack does not answer."


def test_a_freeze_after_the_claim_stops_it(desk):
    ids = machines(desk.world, 2)
    proposal = claimed(desk, *ids)
    desk.gate.freeze(actor=press("UASKS"), reason="an incident")
    done = desk.gate.execute(proposal.id)
    assert done.stage is Stage.REFUSED
    assert "an incident" in said(done)[0]
    assert desk.world.acts() == []


def test_a_freeze_at_the_last_moment_stops_it(desk):
    (machine,) = machines(desk.world)
    proposal = claimed(desk, machine)
    desk.when("before rehearse", lambda: desk.freezes.freeze(actor=press("UADMIN")))
    assert desk.gate.execute(proposal.id).outcome.startswith("Everything is frozen")
    assert desk.world.acts() == []


def test_a_process_that_stalls_before_a_target_touches_nothing_more(desk):
    ids = machines(desk.world, 2)
    proposal = claimed(desk, *ids)
    desk.when("before look", lambda: stall(desk), target=ids[1])
    done = desk.gate.execute(proposal.id)
    assert (done.stage, fates(done)) == (Stage.PARTIAL, ["done", "refused"])
    assert done.outcome == (
        "1 of 2 stopped, 1 refused; found by reading, after Purser had stopped in the middle of it."
    )
    assert [target for _, target in desk.world.acts()] == [ids[0]]
    assert desk.audit.verify().faults == ()


@pytest.mark.parametrize("moment", ["before act", "after act", "after look"])
def test_a_process_that_stalls_in_the_middle_writes_nothing_over(desk, moment):
    (machine,) = machines(desk.world)
    proposal = claimed(desk, machine)
    when = "before act" if moment == "before act" else "after act"
    late = partial(desk.when, moment, partial(stall, desk))
    desk.when(when, late if moment == "after look" else partial(stall, desk))
    done = desk.gate.execute(proposal.id)
    assert done.outcome.endswith("after Purser had stopped in the middle of it.")
    assert desk.events(proposal.id)[-3:] == ["taken over", "ended", "finished"]


def test_a_ledger_that_took_too_long_leaves_the_world_alone(desk):
    (machine,) = machines(desk.world)
    proposal = claimed(desk, machine)
    desk.when("after begin", lambda: desk.clock.turn(minutes=3))
    assert desk.gate.execute(proposal.id).stage is Stage.CLAIMED
    assert desk.world.acts() == []
    (settled,) = desk.gate.settle()
    assert settled.stage is Stage.FAILED


def test_a_long_wait_keeps_the_lease(desk):
    (machine,) = machines(desk.world)
    proposal = claimed(desk, machine)
    desk.world.slow = 4
    other = desk.beside()

    def wait():
        desk.clock.turn(seconds=50)
        assert other.gate.settle() == ()
        desk.when("before wait", wait)

    desk.when("before wait", wait)
    assert desk.gate.execute(proposal.id).outcome == "Stopped."


def test_a_lease_lost_while_waiting_is_noticed(desk):
    (machine,) = machines(desk.world)
    proposal = claimed(desk, machine)
    desk.world.slow = 99
    desk.when("before wait", lambda: stall(desk))
    done = desk.gate.execute(proposal.id)
    assert done.stage is Stage.FAILED
    assert desk.events(proposal.id)[-2:] == ["ended", "finished"]


def test_a_fault_is_settled_by_reading_and_its_text_shown_to_nobody(desk, caplog):
    ids = machines(desk.world, 2)
    desk.world.breaks.add(ids[0])
    done = desk.done(*ids)
    assert done.stage is Stage.CLAIMED  # it may yet be done, whoever failed
    desk.clock.turn(minutes=2)
    (settled,) = desk.gate.settle()
    assert (settled.stage, fates(settled)) == (Stage.FAILED, ["failed", "refused"])
    assert "KeyError" in caplog.text
    assert "fault" not in settled.outcome + "".join(said(settled))
    assert desk.world.acts() == []


def test_a_fault_before_anything_was_touched_ends_it_at_once(desk):
    proposal = claimed(desk, *machines(desk.world))
    desk.when("before rehearse", fault)
    assert desk.gate.execute(proposal.id).stage is Stage.REFUSED


def test_a_fault_while_settling_leaves_it_to_later(desk, caplog):
    ids = machines(desk.world, 2)
    proposal, other = claimed(desk, ids[0]), desk.propose(ids[1])
    desk.when("before rehearse", fault)
    desk.when("before finish", fault)
    assert desk.gate.execute(proposal.id).stage is Stage.CLAIMED
    assert "could not be settled yet" in caplog.text
    desk.clock.turn(hours=4)
    desk.when("before finish", fault)
    assert [one.id for one in desk.gate.settle()] == [other.id]
    assert "a fault while settling" in caplog.text
    desk.clock.turn(minutes=2)
    (settled,) = desk.gate.settle()
    assert (settled.id, settled.stage) == (proposal.id, Stage.REFUSED)


@pytest.mark.parametrize("moment", ["before take_over", "before end", "before finish"])
def test_a_settler_that_stalls_leaves_it_to_the_next(desk, moment):
    claimed(desk, *machines(desk.world))
    desk.clock.turn(minutes=2)
    slow = desk.beside()
    slow.when(moment, lambda: stall(desk))
    assert slow.gate.settle() == ()
    assert desk.audit.verify().faults == ()


def test_what_cannot_be_ended_stops_no_other(desk):
    ids = machines(desk.world, 2)
    one, two = desk.propose(ids[0]), desk.propose(ids[1])
    desk.clock.turn(hours=4)
    deny = partial(desk.records.end_pending, one, Stage.EXPIRED, outcome="Expired.")
    desk.when("before end_pending", deny)
    assert [ended.id for ended in desk.gate.settle()] == [two.id]


def test_an_end_that_another_wrote_is_left(desk):
    proposal = claimed(desk, *machines(desk.world))
    desk.when("before finish", lambda: stall(desk))
    assert desk.gate.execute(proposal.id).outcome.startswith("Stopped; found by reading")


def test_only_the_process_that_claimed_executes(desk):
    proposal = claimed(desk, *machines(desk.world))
    with pytest.raises(RefusedError, match="not claimed, or already being done"):
        desk.beside().gate.execute(proposal.id)
    assert desk.gate.execute(proposal.id).stage is Stage.DONE


def test_a_claim_that_waited_too_long_is_not_executed(desk):
    proposal = claimed(desk, *machines(desk.world))
    desk.clock.turn(minutes=2)
    with pytest.raises(RefusedError, match="not claimed"):
        desk.gate.execute(proposal.id)


class TestSettling:
    def orphan(self, desk):
        """A proposal whose process is gone before it began."""
        return claimed(desk, *machines(desk.world))

    def test_what_was_not_begun_is_never_done(self, desk):
        proposal = self.orphan(desk)
        desk.clock.turn(minutes=2)
        (settled,) = desk.beside().gate.settle()
        assert (settled.id, settled.stage) == (proposal.id, Stage.REFUSED)
        assert settled.outcome == "Not tried: Purser stopped before it came to it."
        assert desk.world.acts() == []

    def test_a_lease_that_holds_is_left_alone(self, desk):
        self.orphan(desk)
        desk.clock.turn(seconds=119)
        assert desk.beside().gate.settle() == ()

    def test_of_two_settlers_one_settles(self, desk):
        self.orphan(desk)
        desk.clock.turn(minutes=2)
        ((proposal, lease),) = desk.records.orphans()
        one, two = desk.beside(), desk.beside()
        assert len(one.gate.settle()) == 1
        assert not two.records.take_over(proposal, lease, lease)
        assert two.gate.settle() == ()


def begun(desk, machine):
    """A proposal whose process died right after it had written that it begins."""
    proposal = claimed(desk, machine)
    desk.when("after begin", die)
    with pytest.raises(Killed):
        desk.gate.execute(proposal.id)
    return proposal


def test_what_is_on_its_way_is_read_again_later(desk):
    (machine,) = machines(desk.world)
    desk = desk.beside(pace=PATIENT)
    begun(desk, machine)
    desk.world.change(machine, state="stopping")
    desk.clock.turn(minutes=2)
    assert desk.gate.settle() == ()
    assert desk.gate.settle() == ()  # not before its new lease has run out
    desk.world.change(machine, state="stopped")
    desk.clock.turn(seconds=30)
    (settled,) = desk.gate.settle()
    assert settled.outcome.startswith("Stopped; found by reading")


def test_what_stays_unreadable_ends_when_patience_does(desk):
    (machine,) = machines(desk.world)
    desk = desk.beside(pace=PATIENT)
    begun(desk, machine)
    desk.world.unreadable.add(machine)
    desk.clock.turn(minutes=2)
    assert desk.gate.settle() == ()
    desk.clock.turn(minutes=20)
    (settled,) = desk.gate.settle()
    assert settled.stage is Stage.UNSETTLED
    assert desk.world.acts() == []


def test_another_change_of_the_same_thing_waits(desk):
    (machine,) = machines(desk.world)
    one = desk.propose(machine)
    two = desk.propose(machine, verb=Verb.TAG, after={"tag:team": "web"})
    desk.approve(one)
    with pytest.raises(RefusedError, match="under way"):
        desk.approve(two)
    desk.gate.execute(one.id)
    with pytest.raises(RefusedError, match="state was “running” and is “stopped”"):
        desk.approve(two)
