"""Policy's rules: pure functions of what was proposed, who acts, who is who, and now.

The same rules are asked when something is proposed, approved, executed and taken back; each time
with what is read at that time. Every one of them either lets it pass or raises `RefusedError` with
the sentence that says why, and what to do. Whatever they do not know, they refuse.

The gate calls, in this order:

- propose: `terms_for(…)` → `Terms`, frozen in the proposal.
- approve: `may_approve(…)` → the terms as they stand now; `standing(…)` are the approvals that
  count, and with `len(standing) >= terms.approvals` it is claimed.
- execute: `may_execute(…)` with the world as it is now.
- undo: `may_undo(…)`. Freeze: `may_freeze`, `may_unfreeze`. Deny, edit, snooze: `may_handle`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from tools.gate.people import Actor
from tools.gate.policy import Policy
from tools.gate.proposals import Proposal, Target, Terms
from tools.gate.roster import Roster


@dataclass(frozen=True, slots=True)
class Freeze:
    """The kill switch, thrown.

    Args:
        by: user id of who threw it.
        at: when.
        reason: why, in their words; may be empty.
    """

    by: str
    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Book:
    """Policy, and what it takes to read it.

    Args:
        policy: as configuration says it now.
        guarded: tag keys that only an admin's approval changes (`guards.guarded_tags`).
    """

    policy: Policy
    guarded: frozenset[str] = frozenset()


def terms_for(
    book: Book,
    targets: Sequence[Target],
    *,
    requester: Actor,
    roster: Roster,
    monthly: Decimal | None,
    currency: str = "USD",
    lately: Decimal = Decimal(0),
) -> Terms:
    """What it takes to do this, if it may be proposed at all; the strictest of all targets.

    Args:
        book: policy.
        targets: what is to be done to what, as seen now.
        requester: who proposes.
        roster: who is who, asked after the requester and `might_approve`.
        monthly: the effect of all of it on costs a month; None where it is not known, which
            counts as more than any stake.
        currency: of it.
        lately: absolute monthly effect of what the same requester has pending, or had executed
            in the last 24 hours: many small steps weigh what one large one does.

    Raises:
        RefusedError: it may not be proposed, or nobody could approve it.
    """
    raise NotImplementedError


def might_approve(book: Book, targets: Sequence[Target], *, roster: Roster) -> tuple[str, ...]:
    """User ids of whom some rule allows to approve this: whom to ask Slack about."""
    raise NotImplementedError


def may_approve(
    book: Book,
    proposal: Proposal,
    *,
    actor: Actor,
    roster: Roster,
    now: datetime,
    freeze: Freeze | None = None,
) -> Terms:
    """Whether somebody may approve a pending proposal: then and still.

    Args:
        book: policy as it is now.
        proposal: as it was frozen.
        actor: who presses.
        roster: who is who now, asked after the actor and everybody who has approved.
        now: the time.
        freeze: the kill switch, where it is thrown.

    Returns:
        The stricter of the frozen terms and today's. Approvers are those of both.

    Raises:
        RefusedError: this person may not, or nobody may any more.
    """
    raise NotImplementedError


def standing(terms: Terms, proposal: Proposal, *, roster: Roster) -> tuple[str, ...]:
    """The people whose approvals of this version still count, each once."""
    raise NotImplementedError


def may_execute(
    book: Book,
    proposal: Proposal,
    targets: Sequence[Target],
    *,
    roster: Roster,
    now: datetime,
    freeze: Freeze | None = None,
) -> None:
    """Whether a claimed proposal may be done, now, to the world as it is now.

    Asked before every single target; its approval is not too old for having been in time.

    Args:
        book: policy as it is now.
        proposal: claimed, with its decisions.
        targets: those still to be done, as they are seen now, with the frozen deeds.
        roster: who is who now, asked after everybody who has approved and the requester.
        now: the time.
        freeze: the kill switch, where it is thrown.

    Raises:
        RefusedError: not any more.
    """
    raise NotImplementedError


def may_undo(
    book: Book,
    proposal: Proposal,
    targets: Sequence[Target],
    *,
    actor: Actor,
    roster: Roster,
    now: datetime,
    freeze: Freeze | None = None,
) -> None:
    """Whether somebody may take back what was done: one press, no further approval.

    Requester, approvers and the owner of all of it may, for 24 hours from its end, as long as
    they are full members; what changes guarded tags, only an admin among them. Policy holds again
    for the deeds that take it back.

    Args:
        book: policy as it is now.
        proposal: what was done.
        targets: the deeds that take it back, to what is seen now.
        actor: who presses.
        roster: who is who now, asked after the actor.
        now: the time.
        freeze: the kill switch, where it is thrown.

    Raises:
        RefusedError: they may not.
    """
    raise NotImplementedError


def may_handle(book: Book, proposal: Proposal, *, actor: Actor, roster: Roster) -> None:
    """Whether somebody may deny, snooze or edit: the requester, or who might approve it.

    An edit must pass `terms_for` as well, with the editor as its requester.

    Raises:
        RefusedError: they may not.
    """
    raise NotImplementedError


def may_freeze(policy: Policy, *, actor: Actor, roster: Roster) -> None:
    """Whether somebody may throw the kill switch: an admin, or who may propose anything at all.

    Raises:
        RefusedError: they may not.
    """
    raise NotImplementedError


def may_unfreeze(policy: Policy, *, actor: Actor, roster: Roster) -> None:
    """Whether somebody may let it go on: only an admin.

    Raises:
        RefusedError: they may not.
    """
    raise NotImplementedError


def frozen(policy: Policy, *, now: datetime, freeze: Freeze | None = None) -> str:
    """Why nothing is executed at this moment, in one sentence; empty where it is."""
    raise NotImplementedError
