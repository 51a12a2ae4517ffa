"""Settles what a crash left, by reading and never by acting."""

from __future__ import annotations

import secrets
from datetime import timedelta

from tools.core.errors import PurserError
from tools.gate.ground import USE, Ground, plain_fact, quoted
from tools.gate.outcomes import outcome_of, stage_of
from tools.gate.proposals import Fate, Proposal, Run, Stage, Target
from tools.gate.world import Sight, differences
from tools.ledger.proposal_moves import Lease

SOON = timedelta(seconds=30)  # until what may yet be done is read again
FOUND = "found by reading, after Purser had stopped in the middle of it."
NOT_TRIED = "Not tried: Purser stopped before it came to it."


def reading(ground: Ground, target: Target) -> Run:
    """What became of a target that was begun, as the world reads now."""
    id, deed = target.sight.target, target.deed
    try:
        sight = ground.world.look(id)
    except PurserError as error:
        return Run(id, Fate.UNKNOWN, f"It was tried, and cannot be read: {error.sentence}")
    if sight.target == id and deed.is_done(sight):
        return Run(id, Fate.DONE)
    if sight.target == id and not sight.is_gone and not _moved(target, sight):
        return Run(id, Fate.FAILED, "It was tried, and reads as before.")
    names = [name for name in deed.after if sight.facts.get(name) != deed.after[name]]
    read = "; ".join(f"{plain_fact(n)} is {quoted(sight.facts.get(n, ''))}" for n in names[:3])
    said = "is gone" if sight.is_gone else f"reads neither as before nor as wanted: {read}"
    return Run(id, Fate.UNKNOWN, f"It was tried, and {said}.")


def expire(ground: Ground, proposal: Proposal) -> Proposal:
    """End a pending proposal that nobody, or not enough people, approved in time."""
    count, needed = len(proposal.approved_by), proposal.terms.approvals
    outcome = f"Expired: {count} of {needed} approved it in time." if count else "Expired."
    return ground.records.end_pending(proposal, Stage.EXPIRED, outcome=outcome)


def settle_orphan(ground: Ground, proposal: Proposal, old: Lease) -> Proposal | None:
    """Settle a claimed proposal whose lease has run out; None where it is another's, or not yet.

    Args:
        ground: what the gate stands on.
        proposal: the orphan.
        old: the lease that has run out.
    """
    lease = Lease(f"settler/{secrets.token_hex(8)}", ground.now() + ground.pace.lease)
    if not ground.records.take_over(proposal, old, lease):
        return None
    return close(ground, proposal, lease)


def close(ground: Ground, proposal: Proposal, lease: Lease) -> Proposal | None:
    """End a claimed proposal by reading; None where something is still on its way, or lost.

    Args:
        ground: what the gate stands on.
        proposal: as it stands in the ledger.
        lease: held by the caller.
    """
    runs = [_settled(ground, target, run) for target, run in _pairs(proposal)]
    if any(_is_on_its_way(ground, run, now) for run, now in zip(proposal.runs, runs, strict=True)):
        ground.records.hold(proposal, lease._replace(until=ground.now() + SOON), was=lease.holder)
        return None
    for position, (was, run) in enumerate(zip(proposal.runs, runs, strict=True)):
        is_open = was.fate in (Fate.WAITING, Fate.BEGUN)
        if is_open and not ground.records.end(proposal, position, run, lease=lease):
            return None
    outcome = outcome_of(proposal.verb, runs, undoes=bool(proposal.undoes))
    said = outcome if outcome == NOT_TRIED else f"{outcome.removesuffix('.')}; {FOUND}"
    if not ground.records.finish(proposal, stage_of(runs), outcome=said, lease=lease):
        return None
    return ground.records.find(proposal.id, version=proposal.version)


def _settled(ground: Ground, target: Target, run: Run) -> Run:
    if run.fate is Fate.WAITING:
        return Run(run.target, Fate.REFUSED, NOT_TRIED)
    return reading(ground, target) if run.fate is Fate.BEGUN else run


def _is_on_its_way(ground: Ground, was: Run, now: Run) -> bool:
    """Whether it was begun so lately that it may yet be done, whatever it reads."""
    is_lately = was.at is not None and ground.now() < was.at + ground.pace.patience
    return was.fate is Fate.BEGUN and now.fate is not Fate.DONE and is_lately


def _pairs(proposal: Proposal) -> zip[tuple[Target, Run]]:
    return zip(proposal.targets, proposal.runs, strict=True)


def _moved(target: Target, sight: Sight) -> bool:
    changes = differences(target.sight.facts, sight.facts)
    return any(name != USE for name, _, _ in changes)
