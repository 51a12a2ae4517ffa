"""What a step of a timetable needs, beyond its approval: pure, and asked twice for each.

A step is done without a further press. So everything must still be as its timetable was approved:
the step is one of the frozen list, announced in time and not kept; the machine reads as it did;
and policy would let the same people have it stopped today. Whatever is not known is refused.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tools.clouds.resources import Verb
from tools.core.errors import RefusedError
from tools.gate.ground import changes
from tools.gate.guards import called
from tools.gate.people import Actor
from tools.gate.policy import ADMINS
from tools.gate.proposals import Fate, Proposal, Stage, Target
from tools.gate.roster import Roster
from tools.gate.rules import Book, Freeze, frozen, known, lets_act, may_execute, same_team
from tools.gate.timetable import (
    NOTICE,
    SCHEDULE,
    TOLERANCE,
    PlannedStep,
    Step,
    StepState,
    steps_of,
)
from tools.gate.world import Sight

LAUNCHED = "launched"
LAST_STARTED = "last started"  # the same moment, of a machine that is stopped
# What reads otherwise of a machine because it was stopped or started, and of what it was approved.
MOVES = frozenset({"state", LAUNCHED, LAST_STARTED, SCHEDULE, "when stopped", "use"})
DONE = (Stage.DONE, Stage.PARTIAL)
OVERTAKEN = "The next step of its timetable has come meanwhile."
NOT_STOPPED = "Its timetable did not stop it last time; start it once, and it goes on."


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a step stands on, read from the ledger at one moment.

    Args:
        schedule: the proposal that put the machine on its timetable.
        step: as the ledger has it.
        posted: when Slack took its announcement; None where it has none.
        stopped: of a start, the machine as it was seen when this timetable stopped it; None
            where it did not, or where that was taken back.
    """

    schedule: Proposal
    step: PlannedStep
    posted: datetime | None = None
    stopped: Sight | None = None


def is_late(step: PlannedStep, *, now: datetime) -> bool:
    """Whether it is too late to do a step: it is never made up for."""
    return now >= step.at + TOLERANCE


def is_overtaken(standing: Standing, *, now: datetime) -> bool:
    """Whether the next step of the same list has come: a late stop would outlast its own start."""
    return any(standing.step.at < one.at <= now for one in steps_of(standing.schedule))


def waits(book: Book, standing: Standing, *, now: datetime, freeze: Freeze | None = None) -> str:
    """Why a step cannot be done at this moment, and perhaps a little later; empty where it can."""
    if now < standing.step.at:
        return "It is not time yet."
    if standing.posted is None:
        return "It was not announced in time."
    if now < standing.posted + NOTICE:
        return "It was announced less than 15 minutes before."
    return frozen(book.policy, now=now, freeze=freeze)


def may_step(
    book: Book,
    standing: Standing,
    seen: Target,
    *,
    roster: Roster,
    now: datetime,
    freeze: Freeze | None = None,
) -> None:
    """Whether one step may be done, now, to the machine as it is now.

    Args:
        book: policy as it is now.
        standing: what the step stands on.
        seen: the machine as it is now, with what is to be done to it.
        roster: who is who now, asked after who proposed and approved the timetable.
        now: the time.
        freeze: the kill switch, where it is thrown.

    Raises:
        RefusedError: it may not.
    """
    why = waits(book, standing, now=now, freeze=freeze)
    if why or is_late(standing.step, now=now):
        raise RefusedError(why or "It is too late for this step.")
    approved = _approved(standing, seen)
    if is_overtaken(standing, now=now):
        raise RefusedError(OVERTAKEN)
    _is_as_approved(approved, seen)
    if seen.deed.verb is Verb.START:
        _was_stopped_by_it(standing, seen)
    deed = approved.deed  # policy judges the timetable, which takes no less than its stops
    target = replace(seen, deed=deed)
    may_execute(book, standing.schedule, [target], roster=roster, now=now, freeze=freeze)


def may_keep(schedule: Proposal, *, actor: Actor, roster: Roster) -> None:
    """Whether somebody may leave out a stop: whoever is a full member, for nothing happens then.

    Raises:
        RefusedError: they may not.
    """
    known(actor, roster, "keep anything running")
    same_team(actor, schedule)


def may_take_off(
    book: Book,
    schedule: Proposal,
    targets: Sequence[Target],
    *,
    actor: Actor,
    roster: Roster,
    now: datetime,
    freeze: Freeze | None = None,
) -> None:
    """Whether somebody may take a timetable back, at any time while it lasts.

    Requester, approvers, admins, and the owner of all that is on it: the same as for any undo, and
    admins, because nothing is stopped or started by it.

    Raises:
        RefusedError: they may not.
    """
    lets_act(book.policy, now=now, freeze=freeze)
    known(actor, roster, "undo anything")
    same_team(actor, schedule)
    if schedule.undoes or schedule.stage not in DONE:
        raise RefusedError("This put nothing on a timetable, so there is nothing to take back.")
    admins = roster.users((ADMINS,), policy=book.policy, target="")
    owners = {roster.owners.get(target.sight.target) for target in targets}
    named = {schedule.requester.user, *schedule.approved_by, *admins}
    if actor.user not in named and owners != {actor.user}:
        raise RefusedError(
            "Only who proposed or approved this, owns it, or is an admin can take it back."
        )
    if any(dict(target.deed.after) != {SCHEDULE: None} for target in targets):
        raise RefusedError("A timetable is taken back by taking machines off it, and nothing else.")


def _approved(standing: Standing, seen: Target) -> Target:
    """The machine as its timetable was approved; nothing but what is in that list is done."""
    schedule, step = standing.schedule, standing.step
    if schedule.verb is not Verb.SCHEDULE or schedule.undoes or schedule.stage not in DONE:
        raise RefusedError("No timetable that is in force says so.")
    if not step.is_in_force or schedule.id != step.schedule:
        raise RefusedError("Its timetable was taken back.")
    if Step(step.at, seen.deed.verb) not in steps_of(schedule) or step.verb is not seen.deed.verb:
        raise RefusedError("This step is not in the list that was approved.")
    if step.state not in (StepState.ANNOUNCED, StepState.BEGUN):
        raise RefusedError(f"This step is {step.state} already.")
    found = zip(schedule.targets, schedule.runs, strict=True)
    for target, run in found:
        is_it = target.sight.target == seen.sight.target == seen.deed.target == step.target
        if is_it and run.fate is Fate.DONE:
            return target
    raise RefusedError(f"{called(seen.sight)} was not put on this timetable.")


def _is_as_approved(approved: Target, seen: Target) -> None:
    said = changes(_lasting(approved.sight), _lasting(seen.sight), with_use=False)
    if said:
        raise RefusedError(said)
    if seen.sight.facts.get(SCHEDULE) != approved.deed.after.get(SCHEDULE):
        raise RefusedError("It is not on this timetable any more.")


def _was_stopped_by_it(standing: Standing, seen: Target) -> None:
    """What somebody else stopped, or started meanwhile, is not this timetable's to start."""
    if standing.stopped is None:
        raise RefusedError(NOT_STOPPED)
    then, facts = standing.stopped.facts.get(LAUNCHED), seen.sight.facts
    now = facts.get(LAUNCHED) or facts.get(LAST_STARTED)
    if then and now and then != now:
        raise RefusedError("It ran again since this timetable stopped it, so it is left as it is.")


def _lasting(sight: Sight) -> Sight:
    """What stays as it is while a machine is stopped and started."""
    facts = {name: value for name, value in sight.facts.items() if name not in MOVES}
    return replace(sight, facts=facts)
