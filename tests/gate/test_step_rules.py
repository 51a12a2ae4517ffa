"""What a step of a timetable needs: one thing that is otherwise, and it is refused."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.gate.casts import (
    ADA,
    BEN,
    CHLOE,
    DAN,
    EVE,
    MACHINE,
    NOW,
    book,
    done,
    refusal,
    roster,
    target,
    who,
)
from tools.clouds.resources import Verb
from tools.core.errors import RefusedError
from tools.gate.policy import FreezeWindow, Rule, Stake
from tools.gate.proposals import Fate, Run, Stage
from tools.gate.rules import Freeze, may_approve
from tools.gate.step_rules import (
    Standing,
    is_late,
    is_overtaken,
    may_keep,
    may_step,
    may_take_off,
    waits,
)
from tools.gate.timetable import PlannedStep, Step, StepState

TEXT = "stop 20:00, start 07:00, nights (UTC) until 2026-12-24"
AT = NOW.replace(hour=20)
LATER = AT + timedelta(hours=11)
DATED = (Step(AT, Verb.STOP), Step(LATER, Verb.START), Step(AT + timedelta(days=1), Verb.STOP))
ON = {"schedule": TEXT}


def schedule(**other):
    """A timetable that Ada proposed and Ben approved, and that is in force."""
    mine = target(Verb.SCHEDULE, after=ON, hourly=Decimal(4))
    given = {
        "runs": (Run(MACHINE, Fate.DONE),),
        "extra": {"steps": "\n".join(step.text for step in DATED)},
    }
    return done(book(), mine, **(given | other))


def planned(**other):
    given = {"schedule": "p", "at": AT, "verb": Verb.STOP, "target": MACHINE, "title": "train-1"}
    return PlannedStep(**(given | {"state": StepState.ANNOUNCED} | other))


def standing(*, proposal=None, posted=AT - timedelta(minutes=15), stopped=None, **step):
    return Standing(
        schedule=proposal or schedule(), step=planned(**step), posted=posted, stopped=stopped
    )


def seen(verb=Verb.STOP, **other):
    facts = {"state": "running", **ON, **other.pop("facts", {})}
    return target(verb, facts=facts, **other)


def steps(made=None, stands=None, sight=None, *, people=None, now=AT, freeze=None):
    may_step(
        made or book(),
        stands or standing(),
        sight or seen(),
        roster=people or roster(),
        now=now,
        freeze=freeze,
    )


def starts(stands=None, sight=None):
    asleep = seen(facts={"launched": "Monday"}).sight
    given = stands or standing(at=LATER, verb=Verb.START, posted=AT, stopped=asleep)
    steps(stands=given, sight=sight or seen(Verb.START, facts={"state": "stopped"}), now=LATER)


def test_what_was_approved_announced_and_is_as_it_was_is_done():
    steps()
    steps(now=AT + timedelta(minutes=119))
    steps(sight=seen(facts={"launched": "yesterday", "when stopped": "x", "use": "busy"}))
    steps(stands=standing(state=StepState.BEGUN))
    starts()
    starts(sight=seen(Verb.START, facts={"state": "stopped", "launched": "Monday"}))


GONE = replace(seen().sight, is_gone=True)
UNDONE = schedule(runs=(Run(MACHINE, Fate.REFUSED),))
TAKEN = "Its timetable was taken back."
NOT_LISTED = "This step is not in the list that was approved."
NOT_ON_IT = "“train-1” was not put on this timetable."
NOT_SAID = "No timetable that is in force says so."
CHANGED = "It has changed since it was proposed: "


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"now": AT - timedelta(seconds=1)}, "It is not time yet."),
        ({"now": AT + timedelta(hours=2)}, "It is too late for this step."),
        ({"stands": standing(posted=None)}, "It was not announced in time."),
        (
            {"stands": standing(posted=AT - timedelta(minutes=14, seconds=59))},
            "It was announced less than 15 minutes before.",
        ),
        (
            {"freeze": Freeze("UX", NOW)},
            "Purser is frozen since 2026-11-21 12:00 UTC. "
            "Nothing is executed until an admin runs /purser unfreeze.",
        ),
        (
            {"made": book(freezes=(FreezeWindow(AT, LATER),))},
            "Nothing is executed until 2026-11-22 07:00 UTC.",
        ),
        ({"stands": standing(proposal=schedule(verb=Verb.STOP))}, NOT_SAID),
        ({"stands": standing(proposal=schedule(undoes="q"))}, NOT_SAID),
        ({"stands": standing(proposal=schedule(stage=Stage.CLAIMED))}, NOT_SAID),
        ({"stands": standing(is_in_force=False)}, TAKEN),
        ({"stands": standing(schedule="other")}, TAKEN),
        ({"stands": standing(proposal=schedule(extra={}))}, NOT_LISTED),
        ({"stands": standing(at=AT - timedelta(hours=1))}, NOT_LISTED),
        ({"sight": seen(Verb.START)}, NOT_LISTED),
        ({"sight": seen(Verb.TERMINATE)}, NOT_LISTED),
        ({"stands": standing(verb=Verb.START)}, NOT_LISTED),
        ({"stands": standing(state=StepState.KEPT)}, "This step is kept already."),
        ({"stands": standing(state=StepState.PLANNED)}, "This step is planned already."),
        ({"stands": standing(state=StepState.DONE)}, "This step is done already."),
        ({"stands": standing(proposal=UNDONE)}, NOT_ON_IT),
        ({"stands": standing(target="other")}, NOT_ON_IT),
        ({"sight": seen(id="aws/1/r/instance/other")}, NOT_ON_IT),
        (
            {"sight": replace(seen(), deed=replace(seen().deed, target="other"))},
            NOT_ON_IT,
        ),
        ({"sight": replace(seen(), sight=GONE)}, "It is gone."),
        ({"sight": seen(facts={"type": "p5"})}, f"{CHANGED}type was nothing and is “p5”."),
        ({"sight": seen(tags={"a": "b"})}, f"{CHANGED}tag:a was nothing and is “b”."),
        ({"sight": target()}, "It is not on this timetable any more."),
        (
            {"sight": seen(facts={"schedule": "another"})},
            "It is not on this timetable any more.",
        ),
        (
            {"people": roster(BEN, CHLOE)},
            "Only full members of this Slack workspace can have anything done.",
        ),
        (
            {"people": roster(ADA, CHLOE)},
            "It takes 1 approvals, and 0 of those it has still count; propose it again.",
        ),
        (
            {"made": book(Rule(name="a", approve=(CHLOE,)))},
            "It takes 1 approvals, and 0 of those it has still count; propose it again.",
        ),
        (
            {"made": book(Rule(name="a", approve=(BEN,), propose=(EVE,)))},
            "Who proposed this may not set a timetable for “train-1” any more.",
        ),
        (
            {"made": book(Rule(name="a", verbs=(Verb.STOP,), approve=(BEN,)))},
            "No rule of the policy lets anybody start “train-1”; "
            "an admin can add one under [[policy.rules]].",
        ),
        (
            {"made": book(Rule(name="a", approve=(BEN,))), "sight": seen(env="prod")},
            "“train-1” is not touched: its environment is prod, and rule “a” does not allow "
            "production; an admin can set allows_production there.",
        ),
        (
            {"sight": seen(members=("Auto Scaling group g",))},
            "“train-1” belongs to Auto Scaling group g; scale the group instead.",
        ),
        (
            {"made": book(stakes=(Stake(Decimal(2000), 2),))},
            "It takes 2 approvals, and 1 of those it has still count; propose it again.",
        ),
    ],
)
def test_one_thing_that_is_otherwise_and_it_is_refused(given, sentence):
    assert refusal(steps, **given) == sentence


def test_a_start_is_of_what_the_same_timetable_stopped_and_nobody_ran_since():
    alone = standing(at=LATER, verb=Verb.START, posted=AT)
    assert refusal(starts, alone) == (
        "Its timetable did not stop it last time; start it once, and it goes on."
    )
    ran = seen(Verb.START, facts={"state": "stopped", "launched": "Tuesday"})
    assert refusal(starts, None, ran) == (
        "It ran again since this timetable stopped it, so it is left as it is."
    )


@pytest.mark.parametrize("name", ["launched", "last started"])
def test_of_what_is_stopped_a_cloud_says_when_it_was_started_last(name):
    starts(sight=seen(Verb.START, facts={"state": "stopped", name: "Monday"}))
    ran = seen(Verb.START, facts={"state": "stopped", name: "Tuesday"})
    assert refusal(starts, None, ran).startswith("It ran again since this timetable stopped it")


def test_a_stop_that_is_late_does_not_outlast_its_own_start():
    """Between stop and start lies an hour here: what is stopped after it stays off for a day."""
    dated = (DATED[0], Step(AT + timedelta(hours=1), Verb.START))
    short = schedule(extra={"steps": "\n".join(step.text for step in dated)})
    steps(stands=standing(proposal=short), now=AT + timedelta(minutes=59))
    late = AT + timedelta(minutes=60)
    assert is_overtaken(standing(proposal=short), now=late)
    assert not is_overtaken(standing(), now=late)
    said = "The next step of its timetable has come meanwhile."
    assert refusal(steps, stands=standing(proposal=short), now=late) == said


def test_what_may_pass_is_told_from_what_does_not():
    assert waits(book(), standing(), now=AT) == ""
    assert waits(book(), standing(state=StepState.KEPT), now=AT) == ""
    assert waits(book(), standing(), now=AT, freeze=Freeze("UX", NOW)).startswith("Purser is")
    assert not is_late(planned(), now=AT + timedelta(minutes=119))
    assert is_late(planned(), now=AT + timedelta(minutes=120))


def test_a_timetable_is_approved_as_the_stops_it_makes():
    """However little it is off, it weighs what a stop does."""
    waiting = schedule(stage=Stage.PENDING, approved=(), runs=(), ended=None)
    given = {"actor": who(BEN), "roster": roster(), "now": NOW}
    assert may_approve(book(stakes=(Stake(Decimal(2920), 2),)), waiting, **given).approvals == 2
    assert may_approve(book(stakes=(Stake(Decimal(2921), 2),)), waiting, **given).approvals == 1
    dear = replace(waiting, targets=(target(Verb.SCHEDULE, after=ON),))
    assert may_approve(book(stakes=(Stake(Decimal(9999), 2),)), dear, **given).approvals == 2


def test_any_full_member_keeps_what_would_be_stopped():
    may_keep(schedule(), actor=who(EVE), roster=roster())
    assert refusal(may_keep, schedule(), actor=who(EVE), roster=roster(ADA)) == (
        "Only full members of this Slack workspace can keep anything running."
    )
    assert refusal(may_keep, schedule(), actor=who(EVE, "T2"), roster=roster()) == (
        "This was proposed in another workspace; it is decided there."
    )


def takes_off(by, *, proposal=None, people=None, after=None, made=None, freeze=None, now=AT):
    off = target(Verb.SCHEDULE, after={"schedule": None} if after is None else after, env="prod")
    may_take_off(
        made or book(),
        proposal or schedule(),
        [off],
        actor=who(*([by] if isinstance(by, str) else by)),
        roster=people or roster(owner=DAN),
        now=now,
        freeze=freeze,
    )


@pytest.mark.parametrize("by", [ADA, BEN, CHLOE, DAN])
def test_requester_approvers_admins_and_owner_take_a_timetable_back(by):
    takes_off(by)
    takes_off(by, now=NOW + timedelta(days=60))


@pytest.mark.parametrize(
    ("by", "given", "sentence"),
    [
        (EVE, {}, "Only who proposed or approved this, owns it, or is an admin can take it back."),
        (
            EVE,
            {"people": roster()},
            "Only who proposed or approved this, owns it, or is an admin can take it back.",
        ),
        (
            ADA,
            {"people": roster(BEN)},
            "Only full members of this Slack workspace can undo anything.",
        ),
        ((ADA, "T2"), {}, "This was proposed in another workspace; it is decided there."),
        (
            ADA,
            {"proposal": schedule(undoes="q")},
            "This put nothing on a timetable, so there is nothing to take back.",
        ),
        (
            ADA,
            {"proposal": schedule(stage=Stage.PENDING)},
            "This put nothing on a timetable, so there is nothing to take back.",
        ),
        (
            ADA,
            {"after": ON},
            "A timetable is taken back by taking machines off it, and nothing else.",
        ),
        (
            ADA,
            {"freeze": Freeze("UX", NOW)},
            "Purser is frozen since 2026-11-21 12:00 UTC. "
            "Nothing is executed until an admin runs /purser unfreeze.",
        ),
        (
            ADA,
            {"made": book(trouble="It is odd.")},
            "The policy cannot be used, so everything is refused. It is odd.",
        ),
    ],
)
def test_nobody_else_and_nothing_else(by, given, sentence):
    with pytest.raises(RefusedError) as caught:
        takes_off(by, **given)
    assert caught.value.sentence == sentence
