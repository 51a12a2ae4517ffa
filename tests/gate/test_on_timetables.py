"""Timetables: proposed as dated steps, kept for once, and taken back at any time."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.gate.clocks import (
    NEXT,
    START,
    STOP,
    announce,
    put_on,
    states,
    step,
    told_and_done,
    undo,
)
from tests.gate.desks import NOW, POLICY, machines, press
from tools.clouds.resources import Verb
from tools.core.errors import InputError, RefusedError
from tools.gate.gate import Pressing, Proposing, Stepping
from tools.gate.people import Actor
from tools.gate.policy import Rule, Stake
from tools.gate.proposals import Stage
from tools.gate.timetable import TOLERANCE, Timetable, steps_of, timetable_of
from tools.gate.undoing import is_undoable


def test_a_timetable_is_approved_as_its_dated_steps(desk):
    proposal = desk.propose(
        *machines(desk.world, 2), verb=Verb.SCHEDULE, after={"stop": "20:00", "days": "nights"}
    )
    assert [dict(t.deed.after) for t in proposal.targets] == [
        {"schedule": "stop 20:00, nights (UTC) until 2027-02-21"}
    ] * 2
    dated = steps_of(proposal)
    assert (dated[0].at, dated[0].verb, len(dated)) == (STOP, Verb.STOP, 93)
    assert timetable_of(proposal) == Timetable.parse(proposal.targets[0].deed.after["schedule"])
    assert proposal.daily is None
    assert proposal.notes == (
        "93 stops by the clock, from 2026-11-21 20:00 UTC to 2027-02-21 20:00 UTC, and no other; "
        "each is checked again and announced 15 minutes before, and one press keeps it running.",
        "What it saves is not known: nothing starts it again by the clock.",
    )
    other = {**proposal.extra, "steps": proposal.extra["steps"].replace("2026-11-21", "2026-11-20")}
    assert replace(proposal, extra=other).digest != proposal.digest


def test_what_a_timetable_saves_is_counted_by_the_hours_it_is_off(desk):
    proposal = desk.propose(
        *machines(desk.world, 2),
        verb=Verb.SCHEDULE,
        after={"stop": "20:00", "start": "08:00", "days": "nights"},
    )
    assert (proposal.daily, proposal.monthly) == (-4 * 2 * 12, -4 * 2 * 365)
    assert proposal.notes[0].startswith("92 stops and 92 starts by the clock, from 2026-11-21")


@pytest.mark.parametrize(
    ("after", "sentence"),
    [
        ({"schedule": None}, "Stop it at what time of day? Say it like 20:00."),
        ({"stop": "20:00", "zone": "Berlin"}, "I know no such time zone"),
    ],
)
def test_only_a_timetable_can_be_proposed(desk, after, sentence):
    with pytest.raises(InputError, match=sentence.replace("?", r"\?")):
        desk.propose(*machines(desk.world), verb=Verb.SCHEDULE, after=after)


def test_nothing_is_on_two_timetables(desk):
    (machine,) = machines(desk.world)
    waiting = desk.propose(machine, verb=Verb.SCHEDULE, after={"stop": "21:00"})
    put_on(desk, machine)
    with pytest.raises(InputError, match="on a timetable already"):
        desk.propose(machine, verb=Verb.SCHEDULE, after={"stop": "21:00"})
    with pytest.raises(RefusedError, match="has changed since"):
        desk.approve(waiting)


def test_what_could_not_be_started_again_is_put_on_no_timetable(desk):
    (machine,) = machines(desk.world)
    desk.world.stays_down.add(machine)
    with pytest.raises(InputError, match="could not be started again"):
        desk.propose(machine, verb=Verb.SCHEDULE, after={"stop": "21:00"})
    odd = desk.world.add("sim/a/r/instance/x", state="changing")
    with pytest.raises(InputError, match="is changing just now"):
        desk.propose(odd, verb=Verb.SCHEDULE, after={"stop": "21:00"})


def test_a_day_without_room_for_a_stop_and_a_start_of_each_is_said(desk):
    few = desk.with_limits(per_hour=10, per_day=3)
    with pytest.raises(RefusedError, match="these are 4"):
        few.propose(*machines(desk.world, 2), verb=Verb.SCHEDULE, after={"stop": "20:00"})


def test_one_press_keeps_one_machine_or_all(desk):
    one, two, three = machines(desk.world, 3)
    schedule = put_on(desk, one, two, three)
    announce(desk, schedule, STOP)
    (kept,) = desk.gate.keep(schedule.id, STOP, [one], actor=press("UOTHER"))
    assert (kept.target, kept.state, kept.by) == (one, "kept", "UOTHER")
    assert desk.events(schedule.id)[-1] == "kept"
    assert desk.gate.keep(schedule.id, STOP, [one], actor=press("UASKS")) == ()
    (done,) = [p.targets[0].sight.target for p in step(desk, schedule, STOP)][:1]
    assert done == two
    with pytest.raises(RefusedError, match="over already"):
        desk.gate.keep(schedule.id, STOP, [two], actor=press("UASKS"))
    assert [s.state for s in desk.timetables.at(schedule.id, NEXT)] == ["planned"] * 3
    assert len(desk.gate.keep(schedule.id, NEXT, actor=press("UASKS"))) == 3
    assert told_and_done(desk, schedule, NEXT) == ()


def test_nobody_keeps_what_is_no_stop_to_come_or_is_not_theirs_to_see(desk):
    schedule = put_on(desk, *machines(desk.world))
    keep = desk.gate.keep
    for at in (START, NOW):
        with pytest.raises(RefusedError, match="no such stop"):
            keep(schedule.id, at, actor=press("UASKS"))
    with pytest.raises(RefusedError, match="Only full members"):
        keep(schedule.id, STOP, actor=press("UGUEST"))
    with pytest.raises(RefusedError, match="another workspace"):
        keep(schedule.id, STOP, actor=press("UASKS", "T2"))
    with pytest.raises(RefusedError, match="press of the card's button"):
        keep(schedule.id, STOP, actor=Actor("UASKS", "T1", "model"))
    with pytest.raises(RefusedError, match="no such proposal"):
        keep("0" * 32, STOP, actor=press("UASKS"))
    assert desk.events(schedule.id).count("turned away") == 5
    undo(desk, schedule)
    with pytest.raises(RefusedError, match="was taken back, so"):
        keep(schedule.id, STOP, actor=press("UASKS"))


def test_what_is_being_stopped_is_kept_no_more(desk):
    (machine,) = machines(desk.world)
    schedule = put_on(desk, machine)
    announce(desk, schedule, STOP)
    said = []

    def keep():
        with pytest.raises(RefusedError) as caught:
            desk.gate.keep(schedule.id, STOP, actor=press("UASKS"))
        said.append(caught.value.sentence)

    desk.when("before act", keep)
    step(desk, schedule, STOP)
    assert said == ["It is being stopped already; undo that instead."]


def test_what_is_kept_at_the_last_moment_is_kept(desk):
    (machine,) = machines(desk.world)
    schedule = put_on(desk, machine)
    announce(desk, schedule, STOP)
    desk.when("before create", lambda: desk.gate.keep(schedule.id, STOP, actor=press("UASKS")))
    assert step(desk, schedule, STOP) == ()
    assert states(desk, schedule, STOP) == [("kept", "")]
    assert desk.world.acts() == []


@pytest.mark.parametrize("by", ["UASKS", "UADMIN", "UOWNER", "UADMIN2"])
def test_a_timetable_is_taken_back_at_any_time(desk, by):
    (machine,) = machines(desk.world)
    schedule = put_on(desk, machine)
    desk.clock.turn(days=30)
    assert is_undoable(schedule, now=desk.clock.now())
    assert undo(desk, schedule, by).outcome == "Taken off the timetable."
    assert desk.timetables.in_force() == ()
    assert step(desk, schedule, NOW + timedelta(days=31)) == ()
    with pytest.raises(RefusedError, match="taken back already"):
        undo(desk, schedule, by)
    put_on(desk, machine)


def test_a_stranger_takes_no_timetable_back_nor_does_anybody_one_that_is_over(desk):
    schedule = put_on(desk, *machines(desk.world))
    with pytest.raises(RefusedError, match="or is an admin can take it back"):
        undo(desk, schedule, "UOTHER")
    desk.clock.at = steps_of(schedule)[-1].at + TOLERANCE
    assert not is_undoable(schedule, now=desk.clock.now())
    with pytest.raises(RefusedError, match="cannot be taken back"):
        undo(desk, schedule)


def test_what_is_gone_keeps_no_other_on_the_timetable(desk):
    one, two = machines(desk.world, 2)
    schedule = put_on(desk, one, two)
    desk.world.change(one, state="gone")
    back = undo(desk, schedule)
    assert [t.sight.target for t in back.targets] == [two]


def test_taking_back_the_timetable_wins_over_its_next_step(desk):
    (machine,) = machines(desk.world)
    schedule = put_on(desk, machine)
    announce(desk, schedule, STOP)
    desk.when("before create", lambda: undo(desk, schedule))
    assert step(desk, schedule, STOP) == ()
    assert desk.world.acts() == []
    (open_one,) = desk.timetables.between(STOP, START)
    assert (open_one.state, open_one.is_in_force) == ("announced", False)


def test_a_timetable_that_is_wanted_for_the_past_is_put_on_nothing(desk):
    proposal = desk.propose(
        *machines(desk.world),
        verb=Verb.SCHEDULE,
        after={"stop": "09:30", "days": "nights", "until": "2026-11-21"},
    )
    desk.clock.turn(hours=1)
    ended = desk.run(proposal)
    assert (ended.stage, ended.outcome) == (
        Stage.REFUSED,
        "All of its steps are over; propose it again.",
    )


def test_steps_before_it_was_approved_never_happen(desk):
    (machine,) = machines(desk.world)
    proposal = desk.propose(
        machine, verb=Verb.SCHEDULE, after={"stop": "09:30", "start": "20:00", "days": "nights"}
    )
    desk.clock.turn(hours=1)
    desk.run(proposal)
    first = desk.timetables.between(NOW, NOW + timedelta(days=2))[0]
    assert (first.at, first.verb) == (NOW.replace(hour=20), Verb.START)
    assert told_and_done(desk, proposal, first.at) == ()
    assert states(desk, proposal, first.at) == [
        ("refused", "Its timetable did not stop it last time; start it once, and it goes on.")
    ]


def test_however_little_it_is_off_it_weighs_what_a_stop_does(desk):
    stakes = (Stake(Decimal(4 * 730), 2),)
    dear = desk.beside(policy=replace(POLICY, stakes=stakes))
    after = {"stop": "20:00", "start": "21:00"}
    (machine,) = machines(desk.world)
    proposal = dear.propose(machine, verb=Verb.SCHEDULE, after=after)
    assert proposal.terms.approvals == 2
    assert -1000 < proposal.monthly < -900  # it is off on weekends, and for an hour a day


def test_who_may_stop_it_and_start_it_may_put_it_on_a_timetable(desk):
    (machine,) = machines(desk.world)
    stops = Rule(name="stops", verbs=(Verb.STOP,), approve=("admins",))
    starts = Rule(name="starts", verbs=(Verb.START,), approve=("UML1",))
    asks = Rule(name="asks", verbs=(Verb.SCHEDULE,), approvals=2)

    def terms(*rules, **said):
        other = desk.beside(policy=replace(POLICY, rules=rules))
        after = {"stop": "20:00", **said}
        return other.propose(machine, verb=Verb.SCHEDULE, after=after).terms

    assert terms(stops).approvers == ("UADMIN", "UADMIN2")
    both = terms(stops, Rule(name="s", verbs=(Verb.START,)), start="7:00")
    assert (both.approvals, both.requester_may_approve) == (1, False)
    assert terms(stops, asks).approvals == 2
    assert not terms(replace(stops, requester_may_approve=None)).requester_may_approve
    with pytest.raises(RefusedError, match="lets anybody stop"):
        terms(starts, asks)
    with pytest.raises(RefusedError, match="lets anybody start"):
        terms(stops, start="07:00")
    with pytest.raises(RefusedError, match="Nobody could approve this"):
        terms(stops, starts, start="07:00")


def test_no_tool_and_no_button_reaches_a_step():
    """What the model's tools are handed proposes, and no more."""
    proposing, pressing, clock = (
        {name for name in vars(each) if not name.startswith("_")}
        for each in (Proposing, Pressing, Stepping)
    )
    assert proposing == {"propose"}
    assert clock == {"step"}
    assert not clock & pressing


@pytest.mark.parametrize("moment", ["before rehearse", "before begin"])
def test_a_timetable_is_taken_back_while_its_step_is_on_the_way(desk, moment):
    """However long a cloud takes: what is not yet begun is not done, and the others are off it."""
    one, two = machines(desk.world, 2)
    schedule, other = put_on(desk, one, two), desk.beside()
    announce(desk, schedule, STOP)
    desk.when(moment, lambda: undo(other, schedule))
    step(desk, schedule, STOP)
    assert desk.world.acts() == []
    assert desk.timetables.in_force() == ()
    assert states(desk, schedule, STOP)[0] == ("refused", "Its timetable was taken back.")


def test_a_machine_that_is_being_stopped_is_taken_off_with_the_others(desk):
    one, two = machines(desk.world, 2)
    schedule, other = put_on(desk, one, two), desk.beside()
    announce(desk, schedule, STOP)
    desk.when("after act", lambda: undo(other, schedule))
    (stopped,) = step(desk, schedule, STOP)
    assert (stopped.outcome, desk.timetables.in_force()) == ("Stopped.", ())


def test_what_is_started_or_stopped_meanwhile_is_taken_off_all_the_same(desk):
    one, two = machines(desk.world, 2)
    schedule = put_on(desk, one, two)
    back = desk.gate.undo(schedule.id, actor=press("UASKS"))
    desk.world.change(one, state="stopped")
    assert desk.gate.execute(back.id).stage is Stage.DONE
    assert desk.timetables.in_force() == ()


def test_what_was_taken_back_in_part_is_taken_back_again(desk):
    one, two = machines(desk.world, 2)
    schedule = put_on(desk, one, two)
    back = desk.gate.undo(schedule.id, actor=press("UASKS"))
    desk.world.unreadable.add(one)
    assert desk.gate.execute(back.id).stage is Stage.PARTIAL
    assert [on.target for on in desk.timetables.in_force()] == [one]
    desk.world.unreadable.clear()
    assert undo(desk, schedule).stage is Stage.DONE
    assert desk.timetables.in_force() == ()
