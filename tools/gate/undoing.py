"""Takes back what was done, in a world that still reads as it was left."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from tools.clouds.resources import Verb
from tools.core.errors import RefusedError
from tools.gate.drafting import WITH_AFTER, key_of
from tools.gate.effects import DAY, MONTH, total_effect
from tools.gate.ground import Ground, quoted
from tools.gate.people import Actor
from tools.gate.proposals import Fate, Proposal, Run, Stage, Target, Terms
from tools.gate.rules import UNDO_LASTS, may_undo
from tools.gate.step_rules import may_take_off
from tools.gate.timetable import TOLERANCE, steps_of

LASTS = timedelta(hours=1)  # it is claimed at once; this only bounds what a crash leaves
DONE = (Stage.DONE, Stage.PARTIAL)


def is_undoable(proposal: Proposal, *, now: datetime) -> bool:
    """Whether some of it could still be taken back, as far as its record says: for its card."""
    is_lately = proposal.ended is not None and now < _lasts_until(proposal, proposal.ended)
    is_done = proposal.stage in DONE and not proposal.undoes
    pairs = zip(proposal.targets, proposal.runs, strict=False)
    return is_lately and is_done and any(_was_done(target, run) for target, run in pairs)


def _lasts_until(proposal: Proposal, ended: datetime) -> datetime:
    dated = steps_of(proposal)
    return dated[-1].at + TOLERANCE if dated else ended + UNDO_LASTS


def _was_done(target: Target, run: Run) -> bool:
    return run.fate is Fate.DONE and target.deed.undo is not None


def undoing(ground: Ground, done: Proposal, *, actor: Actor) -> Proposal:
    """The proposal that takes another one back; not yet in the ledger.

    Raises:
        RefusedError: it cannot be, any more, or not by this person.
        UnavailableError: something could not be read.
    """
    if done.undoes:
        raise RefusedError("This took something back itself; propose it anew instead.")
    if done.stage not in DONE:
        raise RefusedError("Nothing of this was done, so there is nothing to take back.")
    id = secrets.token_hex(16)
    targets = tuple(_targets(ground, done, id))
    check_undo(ground, done, targets, actor=actor)
    return Proposal(
        id=id,
        version=1,
        verb=targets[0].deed.verb,
        targets=targets,
        requester=actor,
        at=ground.now(),
        expires=ground.now() + LASTS,
        terms=Terms(
            approvals=1,
            approvers=(actor.user,),
            requester_may_approve=True,
            lasts_seconds=int(LASTS.total_seconds()),
            reasons=("takes back what was done",),
        ),
        daily=total_effect(targets, hours=DAY),
        monthly=total_effect(targets, hours=MONTH),
        currency=targets[0].sight.currency,
        undoes=done.id,
        channel=done.channel,
    )


def check_undo(ground: Ground, done: Proposal, targets: Sequence[Target], *, actor: Actor) -> None:
    """Ask policy whether somebody may take this back, as things are now.

    Raises:
        RefusedError: they may not.
        UnavailableError: something could not be read.
    """
    now, freeze, who = ground.now(), ground.freeze(), ground.behind(done)
    roster = ground.roster([t.sight for t in targets], ground.involved(who, actor.user))
    may = may_take_off if done.verb is Verb.SCHEDULE else may_undo
    may(ground.book, who, targets, actor=actor, roster=roster, now=now, freeze=freeze)


def _targets(ground: Ground, done: Proposal, id: str) -> Iterator[Target]:
    position = 0
    for target, run in zip(done.targets, done.runs, strict=True):
        if _was_done(target, run) and not _is_off(ground, target):
            yield _back(ground, target, key_of(id, 1, position))
            position += 1
    if not position:
        raise RefusedError("What was done cannot be taken back.")


def _is_off(ground: Ground, target: Target) -> bool:
    """Whether a machine is gone, or on no timetable any more: that keeps none of the others on."""
    if target.deed.verb is not Verb.SCHEDULE:
        return False
    sight = ground.world.look(target.sight.target)
    return sight.is_gone or not target.deed.is_done(sight)


def _back(ground: Ground, target: Target, key: str) -> Target:
    deed = target.deed
    sight = ground.world.look(target.sight.target)
    name = quoted(target.sight.title)
    if sight.is_gone or sight.target != target.sight.target:
        raise RefusedError(f"{name} is gone, so it cannot be taken back.")
    if not deed.is_done(sight):
        raise RefusedError(f"{name} was changed again since; look at it before you change it back.")
    was = {fact: target.sight.facts.get(fact) for fact in deed.after}
    after = was if deed.undo in WITH_AFTER else {}
    back = ground.world.deed(deed.undo or deed.verb, sight, after=after)
    if not back.after or back.is_done(sight):
        raise RefusedError(f"{name} cannot be taken back.")
    return Target(sight=sight, deed=replace(back, key=key))
