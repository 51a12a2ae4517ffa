"""Steps of timetables: each becomes a claimed proposal of the gate's own, once, in its time.

Nobody presses anything any more, so all that was approved is asked again: the frozen list, policy
and people as they are today, and the machine as it reads now (`step_rules.py`).
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta

from tools.clouds.resources import Verb
from tools.core.errors import InputError, PurserError, RefusedError
from tools.gate.drafting import key_of
from tools.gate.effects import DAY, MONTH, total_effect
from tools.gate.ground import Ground
from tools.gate.guards import plain
from tools.gate.people import Actor
from tools.gate.proposals import Proposal, Target
from tools.gate.step_rules import (
    NOT_STOPPED,
    OVERTAKEN,
    Standing,
    is_late,
    is_overtaken,
    may_step,
    waits,
)
from tools.gate.timetable import PlannedStep, Step, StepState, step_of
from tools.gate.world import Sight
from tools.ledger.audit import PURSER
from tools.ledger.claims import Claim

ENDS = {Verb.STOP: "stopped", Verb.START: "running"}
LASTS = timedelta(hours=1)  # it is claimed at once; this only bounds what a crash leaves


def stepping(ground: Ground, step: PlannedStep, *, claim: Claim) -> Proposal | None:
    """The claimed proposal that does a step; None where there is nothing to do, or not yet.

    What is refused for good, was so already, or is too late is written down as that. What may pass
    leaves the step open: the next tick asks again, until it is too late.
    """
    now = ground.now()
    if is_late(step, now=now):
        ground.timetables.close(step, StepState.MISSED, step.said or "Purser was not there then.")
        return None
    try:
        return _begun(ground, step, claim)
    except PurserError as error:
        ground.timetables.note(step, error.sentence)
    return None


def _begun(ground: Ground, step: PlannedStep, claim: Claim) -> Proposal | None:
    standing = _standing(ground, step)
    if step.verb is Verb.START and standing.stopped is None and ground.now() >= step.at:
        # Nobody announces what does not happen: that it waits for that would be no news.
        ground.timetables.close(step, StepState.REFUSED, NOT_STOPPED)
        return None
    if is_overtaken(standing, now=ground.now()):
        ground.timetables.close(step, StepState.MISSED, OVERTAKEN)
        return None
    why = waits(ground.book, standing, now=ground.now(), freeze=ground.freeze())
    if why:
        raise RefusedError(why)
    sight = ground.world.look(step.target)
    state = sight.facts.get("state", "")
    if sight.is_gone:
        ground.timetables.lapse(step, "It is gone.")
        return None
    if state not in ENDS.values():
        raise RefusedError(f"It is {plain(state) or 'unknown'} just now.")
    if state == ENDS[step.verb]:
        ground.timetables.close(step, StepState.ALREADY, f"It was {ENDS[step.verb]} already.")
        return None
    try:
        proposal = _proposal(ground, standing, sight)
        check(ground, standing, proposal.targets[0])
    except (InputError, RefusedError) as error:
        ground.timetables.close(step, StepState.REFUSED, error.sentence)
        return None
    return ground.records.create(proposal, claim=claim)


def check_step(ground: Ground, proposal: Proposal, seen: Target) -> None:
    """Ask again, just before it is done, whether a step may be.

    Raises:
        RefusedError: it may not.
        UnavailableError: something could not be read.
    """
    at = step_of(proposal).at
    found = ground.timetables.at(proposal.under, at, target=seen.sight.target)
    if not found or found[0].proposal != proposal.id:
        raise RefusedError("This step is not this proposal's to do.")
    check(ground, _standing(ground, found[0]), seen)


def check(ground: Ground, standing: Standing, seen: Target) -> None:
    """Ask policy, people, clock and list whether a step may be done now.

    Raises:
        RefusedError: it may not.
        UnavailableError: something could not be read.
    """
    now, freeze = ground.now(), ground.freeze()
    roster = ground.roster([seen.sight], ground.involved(standing.schedule))
    may_step(ground.book, standing, seen, roster=roster, now=now, freeze=freeze)


def _standing(ground: Ground, step: PlannedStep) -> Standing:
    schedule = ground.records.find(step.schedule)
    if schedule is None:
        raise RefusedError("Its timetable is not in the ledger any more.")
    stopped = _stopped(ground, step) if step.verb is Verb.START else None
    posted = ground.timetables.posted(step)
    return Standing(schedule=schedule, step=step, posted=posted, stopped=stopped)


def _stopped(ground: Ground, start: PlannedStep) -> Sight | None:
    """The machine as it was when this timetable stopped it, if that still holds."""
    stop = ground.timetables.last_stop(start)
    if stop is None or stop.state is not StepState.DONE:
        return None
    proposal = ground.records.find(stop.proposal)
    if proposal is None or ground.records.taken_back(stop.proposal):
        return None
    return proposal.targets[0].sight


def _proposal(ground: Ground, standing: Standing, sight: Sight) -> Proposal:
    schedule, step = standing.schedule, standing.step
    name = f"{schedule.id} {Step(step.at, step.verb).text} {step.target}"
    id = hashlib.sha256(name.encode()).hexdigest()[:32]
    deed = replace(ground.world.deed(step.verb, sight, after={}), key=key_of(id, 1, 0))
    targets = (Target(sight=sight, deed=deed),)
    return Proposal(
        id=id,
        version=1,
        verb=step.verb,
        targets=targets,
        requester=Actor(PURSER.user, team=schedule.requester.team, via=PURSER.via),
        at=ground.now(),
        expires=ground.now() + LASTS,
        terms=schedule.terms,
        daily=total_effect(targets, hours=DAY),
        monthly=total_effect(targets, hours=MONTH),
        currency=sight.currency,
        notes=(deed.loses,) if deed.loses else (),
        extra={"under": schedule.id, "step": Step(step.at, step.verb).text},
        channel=schedule.channel,
    )
