"""Taking back, freezing, and keeping to limits."""

from decimal import Decimal

import pytest
from sqlalchemy import delete

from tests.gate.desks import desk_in, machines, press
from tools.clouds.resources import Verb
from tools.core.errors import RefusedError
from tools.gate.people import Actor
from tools.gate.proposals import Fate, Stage
from tools.gate.undoing import is_undoable
from tools.ledger.schema import PROPOSALS


def undo(desk, proposal, by="UASKS"):
    return desk.gate.execute(desk.gate.undo(proposal.id, actor=press(by)).id)


@pytest.mark.parametrize("by", ["UASKS", "UADMIN", "UOWNER"])
def test_requester_approver_and_owner_take_back_what_was_stopped(desk, by):
    (machine,) = machines(desk.world)
    done = desk.done(machine)
    assert is_undoable(done, now=desk.clock.now())
    back = undo(desk, done, by)
    assert (back.stage, back.outcome, back.undoes) == (Stage.DONE, "Started again.", done.id)
    assert desk.world.facts(machine)["state"] == "running"
    assert desk.events(back.id)[:3] == ["proposed", "approved", "claimed"]


def test_a_stranger_takes_nothing_back(desk):
    done = desk.done(*machines(desk.world))
    with pytest.raises(RefusedError, match="can undo it"):
        desk.gate.undo(done.id, actor=press("UOTHER"))
    with pytest.raises(RefusedError, match="press of the card's button"):
        desk.gate.undo(done.id, actor=Actor("UASKS", "T1", "model"))


def test_what_was_done_is_taken_back_once(desk):
    done = desk.done(*machines(desk.world))
    back = undo(desk, done)
    with pytest.raises(RefusedError, match="taken back already"):
        undo(desk, done)
    with pytest.raises(RefusedError, match="took something back itself"):
        undo(desk, back)
    assert not is_undoable(back, now=desk.clock.now())
    assert len(desk.world.acts()) == 2


def test_two_presses_of_undo_at_once_take_it_back_once(desk):
    done, other = desk.done(*machines(desk.world)), desk.beside()
    other.when("before create", lambda: desk.gate.undo(done.id, actor=press("UASKS")))
    with pytest.raises(RefusedError, match="taken back already"):
        other.gate.undo(done.id, actor=press("UADMIN"))


def test_old_values_come_back(desk):
    (machine,) = machines(desk.world, **{"tag:team": "ml"})
    after = {"tag:team": "web", "tag:new": "x"}
    done = desk.done(machine, verb=Verb.TAG, after=after)
    assert desk.world.facts(machine)["tag:new"] == "x"
    assert undo(desk, done).outcome == "Tagged."
    assert desk.world.facts(machine) == {"state": "running", "type": "p4d", "tag:team": "ml"}


def test_an_old_capacity_comes_back(desk):
    (group,) = machines(desk.world, capacity="4")
    done = desk.done(group, verb=Verb.SCALE, after={"capacity": "1"})
    assert done.monthly == Decimal(4) * 730 * -3 / 4
    undo(desk, done)
    assert desk.world.facts(group)["capacity"] == "4"


def test_only_what_was_done_is_taken_back(desk):
    ids = machines(desk.world, 2)
    desk.world.refuses.add(ids[0])
    done = desk.done(*ids)
    assert done.stage is Stage.PARTIAL
    back = undo(desk, done)
    assert [run.target for run in back.runs] == [ids[1]]


def test_after_a_day_nothing_is_taken_back(desk):
    done = desk.done(*machines(desk.world))
    desk.clock.turn(hours=24)
    assert not is_undoable(done, now=desk.clock.now())
    with pytest.raises(RefusedError, match="24 hours only"):
        undo(desk, done)


def test_what_was_changed_since_is_not_changed_back(desk):
    (machine,) = machines(desk.world)
    done = desk.done(machine)
    desk.world.change(machine, state="running")
    with pytest.raises(RefusedError, match="“m0” was changed again since"):
        undo(desk, done)
    desk.world.change(machine, state="gone")
    with pytest.raises(RefusedError, match="is gone"):
        undo(desk, done)


def test_what_was_terminated_stays_so(desk):
    proposal = desk.propose(*machines(desk.world), verb=Verb.TERMINATE)
    done = desk.run(proposal, "UADMIN", "UML1")
    with pytest.raises(RefusedError, match="cannot be taken back"):
        undo(desk, done)


def test_what_was_not_done_is_not_taken_back(desk):
    (machine,) = machines(desk.world)
    proposal = desk.propose(machine)
    with pytest.raises(RefusedError, match="nothing to take back"):
        undo(desk, proposal)
    with pytest.raises(RefusedError, match="no such proposal"):
        desk.gate.undo("nothing", actor=press("UASKS"))


def test_a_way_back_that_leads_nowhere_is_refused(desk):
    (machine,) = machines(desk.world)
    done = desk.done(machine)
    desk.world.pointless.add(machine)
    with pytest.raises(RefusedError, match="“m0” cannot be taken back"):
        undo(desk, done)


def test_an_undo_that_came_to_nothing_can_be_pressed_again(desk):
    (machine,) = machines(desk.world)
    done = desk.done(machine)
    desk.world.refuses.add(machine)
    assert undo(desk, done).stage is Stage.REFUSED
    desk.world.refuses.clear()
    assert undo(desk, done).stage is Stage.DONE


def test_policy_is_asked_again_before_the_way_back(desk):
    done = desk.done(*machines(desk.world))
    back = desk.gate.undo(done.id, actor=press("UASKS"))
    desk.directory.full.remove("UASKS")
    assert desk.gate.execute(back.id).stage is Stage.REFUSED


def test_a_way_back_whose_beginning_is_lost_is_refused(desk):
    done = desk.done(*machines(desk.world))
    back = desk.gate.undo(done.id, actor=press("UASKS"))
    with desk.ledger.begin() as connection:
        connection.execute(delete(PROPOSALS).where(PROPOSALS.c.id == done.id))
    assert desk.gate.execute(back.id).outcome == "What this takes back is not in the ledger."


def test_while_it_is_frozen_nothing_is_approved_or_taken_back(tmp_path, ledger_url):
    desk = desk_in(tmp_path, ledger_url)
    ids = machines(desk.world, 2)
    done, proposal = desk.done(ids[0]), desk.propose(ids[1])
    desk.gate.freeze(actor=press("UASKS"), reason="an incident")
    desk.gate.freeze(actor=press("UADMIN"), reason="again")
    assert "an incident" in desk.gate.frozen()
    for pressed in (lambda: desk.approve(proposal), lambda: undo(desk, done)):
        with pytest.raises(RefusedError, match="frozen"):
            pressed()
    with pytest.raises(RefusedError, match="Only an admin"):
        desk.gate.unfreeze(actor=press("UASKS"))
    desk.gate.unfreeze(actor=press("UADMIN"))
    desk.gate.unfreeze(actor=press("UADMIN"))
    assert desk.gate.frozen() == ""
    assert desk.run(proposal).stage is Stage.DONE
    assert desk.events("gate") == ["frozen", "turned away", "unfrozen"]


def test_a_freeze_between_the_rules_and_the_claim_leaves_no_approval(desk):
    proposal = desk.propose(*machines(desk.world))
    desk.when("before approve", lambda: desk.freezes.freeze(actor=press("UADMIN")))
    with pytest.raises(RefusedError, match="Everything is frozen"):
        desk.approve(proposal)
    assert desk.gate.find(proposal.id).decisions == ()


def test_no_more_than_so_many_an_hour(tmp_path, ledger_url):
    desk = desk_in(tmp_path, ledger_url).with_limits(per_hour=2, per_day=3)
    ids = machines(desk.world, 5)
    desk.done(*ids[:2])
    third = desk.propose(ids[2])
    with pytest.raises(RefusedError, match="lets 2 targets an hour be changed, and 2 were"):
        desk.approve(third)
    assert desk.gate.find(third.id).decisions == ()
    desk.clock.turn(hours=1)
    assert desk.run(third).stage is Stage.DONE
    desk.clock.turn(hours=1)
    with pytest.raises(RefusedError, match="3 targets a day"):
        desk.done(ids[3])
    desk.clock.turn(days=1)
    assert desk.done(ids[3]).stage is Stage.DONE


def test_what_came_to_nothing_is_not_counted(desk):
    desk = desk.with_limits(per_hour=1, per_day=None)
    ids = machines(desk.world, 2)
    desk.world.refuses.add(ids[0])
    assert desk.done(ids[0]).stage is Stage.REFUSED
    assert desk.done(ids[1]).stage is Stage.DONE


def test_no_more_than_so_much_money_a_day(desk):
    desk = desk.with_limits(dollars_per_day=Decimal(5000))
    ids = machines(desk.world, 2)
    desk.done(ids[0])
    with pytest.raises(RefusedError, match=r"5,000 dollars a month .* it would be 5,840"):
        desk.done(ids[1])
    desk.clock.turn(hours=24)
    assert desk.done(ids[1]).stage is Stage.DONE


def test_money_that_is_not_known_is_not_within_a_limit(desk):
    free = desk.world.add("sim/a/r/instance/free", hourly=None)
    desk.done(free)
    limited = desk.with_limits(dollars_per_day=Decimal(50000))
    with pytest.raises(RefusedError, match="is not known"):
        limited.done(*machines(desk.world))
    assert limited.records.lately(press("UASKS")) == Decimal(2920)


def test_taking_back_keeps_to_the_limits(desk):
    desk = desk.with_limits(per_hour=1)
    done = desk.done(*machines(desk.world))
    with pytest.raises(RefusedError, match="lets 1 target an hour"):
        undo(desk, done)
    assert desk.records.taken_back(done.id) is None


def test_what_somebody_did_lately_is_summed(desk):
    ids = machines(desk.world, 3)
    desk.done(ids[0])
    desk.propose(ids[1])
    desk.propose(ids[2], by="UOTHER")
    assert desk.records.lately(press("UASKS")) == Decimal(2920 * 2)


def test_fates_are_told_in_the_order_they_outweigh_each_other(desk):
    ids = machines(desk.world, 2)
    desk.world.refuses.add(ids[0])
    desk.world.drops.add(ids[1])
    done = desk.done(*ids)
    assert [run.fate for run in done.runs] == [Fate.REFUSED, Fate.FAILED]
    assert (done.stage, done.outcome) == (Stage.FAILED, "0 of 2 stopped, 1 refused, 1 failed.")
