"""Stops by the clock: approved once, then each step asked again, announced, done once, recorded."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete

from tests.gate.clocks import (
    NEXT,
    START,
    STOP,
    announce,
    post,
    put,
    put_on,
    states,
    step,
    told_and_done,
    undo,
)
from tests.gate.desks import POLICY, desk_in, machines, press
from tools.clouds.resources import Verb
from tools.core.errors import RefusedError
from tools.gate.people import Actor
from tools.gate.proposals import Stage
from tools.gate.stepping import check_step
from tools.ledger.schema import PROPOSALS

TEXT = "stop 20:00, start 07:00, nights (UTC) until 2027-02-21"


@pytest.fixture
def both(tmp_path, ledger_url):
    """On SQLite and on PostgreSQL."""
    return desk_in(tmp_path, ledger_url)


def state(desk, machine):
    return desk.world.facts(machine)["state"]


def test_a_night_goes_by_on_both_databases(both):
    desk = both
    one, two = machines(desk.world, 2)
    schedule = put_on(desk, one, two)
    assert (schedule.stage, schedule.outcome) == (Stage.DONE, "All 2 put on a timetable.")
    assert [(s.target, s.text) for s in desk.timetables.in_force()] == [(one, TEXT), (two, TEXT)]
    assert desk.gate._ground.world.look(one).facts["schedule"] == TEXT
    assert desk.timetables.due(desk.clock.now()) == ()

    done = told_and_done(desk, schedule, STOP)
    assert [(p.verb, p.stage, p.outcome) for p in done] == [(Verb.STOP, Stage.DONE, "Stopped.")] * 2
    assert [p.extra for p in done] == [{"under": schedule.id, "step": "2026-11-21T20:00Z stop"}] * 2
    assert {p.requester for p in done} == {Actor("purser", "T1", "schedule")}
    assert state(desk, one) == state(desk, two) == "stopped"
    assert step(desk, schedule, STOP, late=1) == ()

    started = told_and_done(desk, schedule, START)
    assert [p.outcome for p in started] == ["Started.", "Started."]
    assert state(desk, one) == "running"
    assert states(desk, schedule, START) == [("done", "")] * 2
    assert len(desk.world.acts()) == 4
    assert desk.audit.verify().faults == ()
    assert desk.events(done[0].id) == ["proposed", "claimed", "began", "ended", "finished"]
    assert desk.events(schedule.id)[-2:] == ["announced", "announced"]


def test_what_is_due_is_what_is_open_and_in_force(desk):
    schedule = put_on(desk, *machines(desk.world, 2))
    desk.clock.at = START
    assert desk.timetables.due(START) == ((schedule.id, STOP), (schedule.id, START))
    assert len(desk.timetables.between(STOP, NEXT)) == 4
    assert desk.timetables.between(STOP, NEXT, schedule="other") == ()
    undo(desk, schedule)
    assert desk.timetables.due(START) == ()
    assert desk.timetables.between(STOP, NEXT) == ()


def test_putting_on_a_timetable_counts_for_no_limit_and_its_steps_do(desk):
    one, two = machines(desk.world, 2)
    few = desk.with_limits(per_hour=1, per_day=None)
    first, second = put_on(few, one), put_on(few, two)
    assert (first.stage, second.stage) == (Stage.DONE, Stage.DONE)
    assert len(told_and_done(few, first, STOP)) == 1
    announce(few, second, STOP)
    assert step(few, second, STOP) == ()
    ((stands, said),) = states(few, second, STOP)
    assert stands == "announced"
    assert said.startswith("Policy lets 1 target an hour be changed, and 1 were")
    assert len(step(few, second, STOP, late=61)) == 1


def test_too_late_is_missed_and_never_made_up_for(desk):
    (machine,) = machines(desk.world)
    schedule = put_on(desk, machine)
    announce(desk, schedule, STOP)
    assert step(desk, schedule, STOP, late=120) == ()
    assert states(desk, schedule, STOP) == [("missed", "Purser was not there then.")]
    assert desk.events(schedule.id)[-1] == "step missed"
    assert step(desk, schedule, STOP) == ()
    assert desk.world.acts() == []


def test_a_stop_that_waited_past_its_own_start_is_missed(desk):
    schedule = put_on(desk, *machines(desk.world), start="21:00")
    announce(desk, schedule, STOP)
    desk.gate.freeze(actor=press("UADMIN"))
    assert step(desk, schedule, STOP, late=59) == ()
    desk.gate.unfreeze(actor=press("UADMIN"))
    assert step(desk, schedule, STOP, late=60) == ()
    said = "The next step of its timetable has come meanwhile."
    assert states(desk, schedule, STOP) == [("missed", said)]
    assert desk.world.acts() == []


def test_a_frozen_step_waits_and_is_missed(desk):
    schedule = put_on(desk, *machines(desk.world))
    announce(desk, schedule, STOP)
    desk.gate.freeze(actor=press("UADMIN"), reason="audit")
    step(desk, schedule, STOP)
    step(desk, schedule, STOP, late=1)
    ((stands, said),) = states(desk, schedule, STOP)
    assert (stands, said[:16]) == ("announced", "Purser is frozen")
    assert desk.events(schedule.id).count("step waits") == 1
    step(desk, schedule, STOP, late=120)
    assert states(desk, schedule, STOP) == [("missed", said)]
    assert desk.world.acts() == []


def test_nothing_is_done_before_its_time_or_without_notice(desk):
    schedule = put_on(desk, *machines(desk.world))
    assert step(desk, schedule, STOP) == ()
    assert states(desk, schedule, STOP) == [("planned", "It was not announced in time.")]
    announce(desk, schedule, STOP, minutes=0)
    assert step(desk, schedule, STOP, late=14) == ()
    said = "It was announced less than 15 minutes before."
    assert states(desk, schedule, STOP) == [("announced", said)]
    assert len(step(desk, schedule, STOP, late=15)) == 1
    announce(desk, schedule, START)
    assert step(desk, schedule, START, late=-1) == ()
    assert states(desk, schedule, START) == [("announced", "It is not time yet.")]


def test_why_it_waits_is_kept_beside_what_another_process_wrote_meanwhile(desk):
    schedule = put_on(desk, *machines(desk.world))
    (read,) = desk.timetables.at(schedule.id, STOP)
    announce(desk, schedule, STOP)
    desk.timetables.note(read, "It waits.")
    assert states(desk, schedule, STOP) == [("announced", "It waits.")]


def test_an_announcement_that_slack_does_not_have_is_none(desk):
    schedule = put_on(desk, *machines(desk.world))
    desk.clock.at = STOP - timedelta(minutes=30)
    put(desk, "k")
    with desk.ledger.begin() as connection:
        names = desk.timetables.announced(connection, schedule=schedule.id, at=STOP, key="k")
        again = desk.timetables.announced(connection, schedule=schedule.id, at=STOP, key="l")
    assert (len(names), again) == (1, ())
    assert step(desk, schedule, STOP) == ()
    desk.clock.at = STOP - timedelta(minutes=30)
    post(desk, "k")
    assert len(step(desk, schedule, STOP)) == 1


def test_each_machine_has_its_own_announcement(desk):
    one, two = machines(desk.world, 2)
    schedule = put_on(desk, one, two)
    desk.clock.at = STOP - timedelta(minutes=20)
    post(desk, "k")
    with desk.ledger.begin() as connection:
        desk.timetables.announced(connection, schedule=schedule.id, at=STOP, key="k", targets=[two])
    (done,) = step(desk, schedule, STOP)
    assert done.targets[0].sight.target == two


def test_the_clock_starts_only_what_it_stopped(desk):
    one, two, three, four = machines(desk.world, 4)
    schedule = put_on(desk, one, two, three, four)
    announce(desk, schedule, STOP)
    desk.world.change(one, state="stopped")  # somebody else did
    desk.gate.keep(schedule.id, STOP, [two], actor=press("UASKS"))
    stopped = {p.targets[0].sight.target: p for p in step(desk, schedule, STOP)}
    assert sorted(stopped) == [three, four]
    assert states(desk, schedule, STOP)[0] == ("already", "It was stopped already.")
    undo(desk, stopped[three])
    assert state(desk, three) == "running"
    for machine in (two, three):
        desk.world.change(machine, state="stopped")
    (started,) = told_and_done(desk, schedule, START)
    assert started.targets[0].sight.target == four
    no = ("refused", "Its timetable did not stop it last time; start it once, and it goes on.")
    assert states(desk, schedule, START) == [no, no, no, ("done", "")]


def test_what_ran_again_since_is_left_as_it_is(desk):
    machine = desk.world.add("sim/a/r/instance/m", launched="Monday")
    schedule = put_on(desk, machine)
    assert len(told_and_done(desk, schedule, STOP)) == 1
    desk.world.change(machine, launched="Tuesday")
    assert told_and_done(desk, schedule, START) == ()
    assert states(desk, schedule, START) == [
        ("refused", "It ran again since this timetable stopped it, so it is left as it is.")
    ]


def test_a_changed_machine_is_refused_for_that_step_and_told(desk):
    one, two = machines(desk.world, 2)
    schedule = put_on(desk, one, two)
    desk.world.change(one, type="p5")
    assert len(told_and_done(desk, schedule, STOP)) == 1
    said = "It has changed since it was proposed: type was “p4d” and is “p5”."
    assert states(desk, schedule, STOP)[0] == ("refused", said)
    desk.world.change(one, type="p4d")
    told_and_done(desk, schedule, START)
    assert len(told_and_done(desk, schedule, NEXT)) == 2


def test_a_machine_that_is_gone_falls_off_its_timetable(desk):
    one, two = machines(desk.world, 2)
    schedule = put_on(desk, one, two)
    desk.world.change(one, state="gone")
    told_and_done(desk, schedule, STOP)
    assert states(desk, schedule, STOP)[0] == ("refused", "It is gone.")
    assert [s.target for s in desk.timetables.in_force()] == [two]
    assert desk.events(schedule.id)[-1] == "lapsed"
    desk.timetables.lapse(desk.timetables.at(schedule.id, START, target=one)[0], "It is gone.")
    assert desk.events(schedule.id).count("lapsed") == 1


def test_what_is_changing_or_cannot_be_read_is_looked_at_again(desk):
    one, two = machines(desk.world, 2)
    schedule = put_on(desk, one, two)
    announce(desk, schedule, STOP)
    desk.world.change(one, state="changing")
    desk.world.unreadable.add(two)
    assert step(desk, schedule, STOP) == ()
    assert states(desk, schedule, STOP) == [
        ("announced", "It is changing just now."),
        ("announced", "The small world does not answer."),
    ]
    desk.world.change(one, state="running")
    desk.world.unreadable.clear()
    assert len(step(desk, schedule, STOP, late=5)) == 2
    assert states(desk, schedule, STOP) == [("done", ""), ("done", "")]


def test_a_step_is_one_proposals_to_do_and_of_a_timetable_that_is_there(desk):
    (machine,) = machines(desk.world)
    schedule = put_on(desk, machine)
    announce(desk, schedule, STOP)
    (done,) = step(desk, schedule, STOP)
    for odd in (replace(done, id="0" * 32), replace(done, extra={**done.extra, "under": "x"})):
        with pytest.raises(RefusedError, match="not this proposal's to do"):
            check_step(desk.ground, odd, done.targets[0])
    announce(desk, schedule, START)
    with desk.ledger.begin() as connection:
        connection.execute(delete(PROPOSALS).where(PROPOSALS.c.id == done.id))
    step(desk, schedule, START)
    no = "Its timetable did not stop it last time; start it once, and it goes on."
    assert states(desk, schedule, START) == [("refused", no)]
    announce(desk, schedule, NEXT)
    with desk.ledger.begin() as connection:
        connection.execute(delete(PROPOSALS).where(PROPOSALS.c.id == schedule.id))
    step(desk, schedule, NEXT)
    assert states(desk, schedule, NEXT)[0][1] == "Its timetable is not in the ledger any more."


def test_slack_that_is_away_holds_a_step_back(desk):
    schedule = put_on(desk, *machines(desk.world))
    announce(desk, schedule, STOP)
    desk.directory.is_away = True
    assert step(desk, schedule, STOP) == ()
    assert states(desk, schedule, STOP) == [("announced", "Slack does not answer.")]
    desk.directory.is_away = False
    assert len(step(desk, schedule, STOP, late=1)) == 1


@pytest.mark.parametrize(
    ("gone", "sentence"),
    [
        ("UASKS", "Only full members of this Slack workspace can have anything done."),
        ("UADMIN", "It takes 1 approvals, and 0 of those it has still count; propose it again."),
    ],
)
def test_who_left_stops_nothing_any_more(desk, gone, sentence):
    schedule = put_on(desk, *machines(desk.world))
    desk.directory.full.discard(gone)
    assert told_and_done(desk, schedule, STOP) == ()
    assert states(desk, schedule, STOP) == [("refused", sentence)]


def test_policy_of_today_is_asked_at_every_step_and_before_every_act(desk):
    (machine,) = machines(desk.world)
    schedule = put_on(desk, machine)
    strict = desk.beside(policy=replace(POLICY, protected=("sim/*",)))
    assert told_and_done(strict, schedule, STOP) == ()
    assert "is not touched: it is protected" in states(desk, schedule, STOP)[0][1]
    announce(desk, schedule, START)
    announce(desk, schedule, NEXT)
    desk.when("after create", lambda: desk.directory.full.discard("UADMIN"))
    (refused,) = step(desk, schedule, NEXT)
    assert refused.stage is Stage.REFUSED
    assert states(desk, schedule, NEXT)[0] == (
        "refused",
        "It takes 1 approvals, and 0 of those it has still count; propose it again.",
    )
    assert desk.world.acts() == []


def test_a_fault_of_one_machine_stops_no_other_and_no_later_step(desk):
    one, two = machines(desk.world, 2)
    schedule = put_on(desk, one, two)
    desk.world.breaks.add(one)
    announce(desk, schedule, STOP)
    ended = step(desk, schedule, STOP)
    assert state(desk, two) == "stopped"
    assert len(ended) == 2
    desk.clock.turn(minutes=13)
    desk.gate.settle()
    assert [s for s, _ in states(desk, schedule, STOP)] == ["failed", "done"]
    desk.world.breaks.clear()
    told_and_done(desk, schedule, START)
    assert len(told_and_done(desk, schedule, NEXT)) == 2


def test_a_fault_at_a_step_is_tried_again(desk):
    one, two = machines(desk.world, 2)
    schedule = put_on(desk, one, two)
    announce(desk, schedule, STOP)

    def fault():
        raise KeyError("a fault")

    desk.when("before look", fault, target=one)
    assert len(step(desk, schedule, STOP)) == 1
    assert [s for s, _ in states(desk, schedule, STOP)] == ["announced", "done"]
    assert len(step(desk, schedule, STOP, late=1)) == 1


def test_what_was_stopped_and_started_by_hand_is_not_stopped_again_that_night(desk):
    (machine,) = machines(desk.world)
    schedule = put_on(desk, machine)
    told_and_done(desk, schedule, STOP)
    desk.world.change(machine, state="running")
    assert step(desk, schedule, STOP, late=1) == ()
    assert len(desk.world.acts()) == 1


def test_a_step_that_is_begun_twice_is_done_once(desk):
    (machine,) = machines(desk.world)
    schedule, other = put_on(desk, machine), desk.beside()
    announce(desk, schedule, STOP)
    desk.clock.at = STOP
    first = []
    desk.when("before create", lambda: first.extend(other.gate.step(schedule.id, STOP)))
    assert desk.gate.step(schedule.id, STOP) == ()
    assert len(first) == len(desk.world.acts()) == 1
    assert states(desk, schedule, STOP) == [("done", "")]


def test_a_stop_by_the_clock_is_taken_back_by_those_behind_its_timetable(desk):
    (machine,) = machines(desk.world)
    schedule = put_on(desk, machine)
    (stopped,) = told_and_done(desk, schedule, STOP)
    with pytest.raises(RefusedError, match="can undo it"):
        undo(desk, stopped, "UOTHER")
    assert undo(desk, stopped, "UADMIN").outcome == "Started again."
    assert desk.gate.find(stopped.id).approved_by == ()


def test_what_clock_did_weighs_on_nobody(desk):
    schedule = put_on(desk, *machines(desk.world))
    desk.clock.at = STOP - timedelta(minutes=20)
    before = desk.records.lately(Actor("UASKS", "T1"))
    told_and_done(desk, schedule, STOP)
    assert desk.records.lately(Actor("UASKS", "T1")) == before == 4 * 730
