"""Policy's rules: pure functions of what was proposed, who acts, who is who, and now.

The same rules are asked when something is proposed, approved, executed and taken back; each time
with what is read at that time. Every one of them either lets it pass or raises `RefusedError` with
the sentence that says why, and what to do. Whatever they do not know, they refuse.

The gate calls, in this order:

- propose: `terms_for(…)` → `Terms`, frozen in the proposal.
- approve: `may_approve(…)` → the terms as they stand now; of the approvals, `standing(…)` count.
- execute: `may_execute(…)` with the world as it is now; a step of a timetable: `step_rules.py`.
- undo: `may_undo(…)`. Freeze: `may_freeze`, `may_unfreeze`. Deny, edit, snooze: `may_handle`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from tools.clouds.resources import Verb
from tools.core.errors import RefusedError
from tools.gate.demands import Demand, at_stake, demand, strictest, tighter, words
from tools.gate.effects import stake
from tools.gate.guards import called, effective, plain
from tools.gate.people import Actor
from tools.gate.policy import ADMINS, ANYONE, OWNER, Policy
from tools.gate.proposals import Proposal, Stage, Target, Terms
from tools.gate.roster import Roster

UNDO_LASTS = timedelta(hours=24)
_TOGETHER = ", and what else was asked for in 24 hours counts"
MOST_ASKED = 20  # of those who might approve; whoever presses is asked after anyway


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
    _sound(book.policy)
    known(requester, roster, "propose anything")
    if not targets:
        raise RefusedError("Nothing was chosen; name at least one target.")
    demands = _demands(book, targets, roster=roster)
    for target, each in zip(targets, demands, strict=True):
        _may_propose(each, target, requester)
    weight = None if monthly is None else abs(monthly) + abs(lately)
    alone = at_stake(book.policy, targets, monthly=monthly, currency=currency)
    stakes = at_stake(book.policy, targets, monthly=weight, currency=currency)
    stakes = tuple(s if s in alone else (s[0], f"{s[1]}{_TOGETHER}") for s in stakes)
    terms = _without(strictest(demands, more=stakes), requester=requester, roster=roster)
    _enough(terms, targets, requester=requester)
    return terms


def might_approve(book: Book, targets: Sequence[Target], *, roster: Roster) -> tuple[str, ...]:
    """User ids of whom some rule allows to approve this: whom to ask Slack about."""
    if book.policy.trouble or not targets:
        return ()
    named = strictest(_demands(book, targets, roster=roster)).approvers
    return tuple(user for user in named if user != ANYONE)[:MOST_ASKED]


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
    lets_act(book.policy, now=now, freeze=freeze)
    known(actor, roster, "approve anything")
    same_team(actor, proposal)
    terms = _today(book, proposal, proposal.targets, roster=roster)
    if now >= min(proposal.expires, proposal.at + timedelta(seconds=terms.lasts_seconds)):
        raise RefusedError("It is too late to approve this; propose it again.")
    if actor.user == proposal.requester.user and not terms.requester_may_approve:
        raise RefusedError("You proposed this yourself; somebody else must approve it.")
    if not _is_among(terms.approvers, actor.user):
        raise RefusedError(_why_not(proposal, actor))
    return terms


def standing(terms: Terms, proposal: Proposal, *, roster: Roster) -> tuple[str, ...]:
    """The people whose approvals of this version still count, each once."""
    people = dict.fromkeys(proposal.approved_by)
    return tuple(p for p in people if _counts(terms, proposal, p, roster=roster))


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
    lets_act(book.policy, now=now, freeze=freeze)
    terms = _today(book, proposal, targets, roster=roster)
    count = len(standing(terms, proposal, roster=roster))
    if count < terms.approvals:
        raise RefusedError(
            f"It takes {terms.approvals} approvals, and {count} of those it has still count; "
            "propose it again."
        )


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
    lets_act(book.policy, now=now, freeze=freeze)
    known(actor, roster, "undo anything")
    same_team(actor, proposal)
    _can_be_undone(proposal, now=now)
    admins = roster.users((ADMINS,), policy=book.policy, target="")
    mine = bool(targets) and all(
        roster.owners.get(target.sight.target) == actor.user for target in targets
    )
    if actor.user not in (proposal.requester.user, *proposal.approved_by) and not mine:
        raise RefusedError("Only who proposed or approved this, or owns it, can undo it.")
    for target, each in zip(targets, _demands(book, targets, roster=roster), strict=True):
        if target.deed.is_final:
            raise RefusedError(f"{called(target.sight)} cannot be brought back.")
        if each.is_guarded and actor.user not in admins:
            raise RefusedError("Only an admin among them can undo a change of guarded tags.")


def may_handle(book: Book, proposal: Proposal, *, actor: Actor, roster: Roster) -> None:
    """Whether somebody may deny, snooze or edit: the requester, or who might approve it.

    An edit must pass `terms_for` as well, with the editor as its requester.

    Raises:
        RefusedError: they may not.
    """
    known(actor, roster, "decide anything")
    same_team(actor, proposal)
    admins = roster.users((ADMINS,), policy=book.policy, target="")
    named = {proposal.requester.user, *proposal.terms.approvers, *admins}
    if not _is_among(named, actor.user):
        raise RefusedError("Only who proposed this, and who may approve it, can do that.")


def may_freeze(policy: Policy, *, actor: Actor, roster: Roster) -> None:
    """Refuse who may not throw the kill switch: an admin may, and who may propose anything."""
    known(actor, roster, "freeze Purser")
    names = (ADMINS, *(name for rule in policy.rules for name in rule.propose))
    found = roster.users(names, policy=policy, target="")
    if OWNER not in names and not _is_among(found, actor.user):
        raise RefusedError("Only who may propose something can freeze Purser.")


def may_unfreeze(policy: Policy, *, actor: Actor, roster: Roster) -> None:
    """Whether somebody may let it go on: only an admin.

    Raises:
        RefusedError: they may not.
    """
    known(actor, roster, "unfreeze Purser")
    if actor.user not in roster.users((ADMINS,), policy=policy, target=""):
        raise RefusedError("Only an admin of the policy can unfreeze Purser.")


def frozen(policy: Policy, *, now: datetime, freeze: Freeze | None = None) -> str:
    """Why nothing is executed at this moment, in one sentence; empty where it is."""
    if freeze:
        why = f": {plain(freeze.reason)}" if freeze.reason.strip() else ""
        return (
            f"Purser is frozen since {_time(freeze.at)}{why}. "
            "Nothing is executed until an admin runs /purser unfreeze."
        )
    for window in policy.freezes:
        if window.start <= now < window.end:
            why = f": {plain(window.reason)}" if window.reason.strip() else ""
            return f"Nothing is executed until {_time(window.end)}{why}."
    return ""


def _sound(policy: Policy) -> None:
    if policy.trouble:
        raise RefusedError(f"The policy cannot be used, so everything is refused. {policy.trouble}")


def lets_act(policy: Policy, *, now: datetime, freeze: Freeze | None) -> None:
    """Refuse everything while it is frozen, or the policy cannot be used."""
    _sound(policy)
    why = frozen(policy, now=now, freeze=freeze)
    if why:
        raise RefusedError(why)


def known(actor: Actor, roster: Roster, what: str) -> None:
    """Refuse whoever is no full member."""
    if roster.full.get(actor.user) is not True:
        raise RefusedError(f"Only full members of this Slack workspace can {what}.")


def same_team(actor: Actor, proposal: Proposal) -> None:
    """Refuse whoever is in another workspace."""
    if actor.team != proposal.requester.team:
        raise RefusedError("This was proposed in another workspace; it is decided there.")


def _demands(book: Book, targets: Sequence[Target], *, roster: Roster) -> list[Demand]:
    return [demand(book.policy, each, guarded=book.guarded, roster=roster) for each in targets]


def _may_propose(each: Demand, target: Target, requester: Actor) -> None:
    if not _is_among(each.propose, requester.user):
        raise RefusedError(
            f"Rule “{plain(each.rule.name)}” does not let you {words(effective(target))} "
            f"{called(target.sight)}; ask somebody whom it names."
        )


def _without(terms: Terms, *, requester: Actor, roster: Roster) -> Terms:
    """The terms without those who cannot approve: the requester, and whoever is no full member."""
    out = set() if terms.requester_may_approve else {requester.user}
    out |= {user for user, is_full in roster.full.items() if not is_full}
    return replace(terms, approvers=tuple(p for p in terms.approvers if p not in out))


def _enough(terms: Terms, targets: Sequence[Target], *, requester: Actor) -> None:
    """Refuse at once what nobody could approve."""
    count = len(terms.approvers)
    if ANYONE in terms.approvers or count >= terms.approvals:
        return
    besides = "" if terms.requester_may_approve else " besides you"
    why = f" ({'; '.join(terms.reasons)})" if terms.reasons else ""
    later = " Or stop it first and terminate it later." if _is_end(targets) else ""
    raise RefusedError(
        f"Nobody could approve this: it takes {_people(terms.approvals)}{why}, and the policy has "
        f"{_people(count) if count else 'nobody'}{besides} for it. "
        f"An admin can name more approvers.{later}"
    )


def _today(book: Book, proposal: Proposal, targets: Sequence[Target], *, roster: Roster) -> Terms:
    """The frozen terms and those that hold now, whichever is stricter."""
    known(proposal.requester, roster, "have anything done")
    demands = _demands(book, targets, roster=roster)
    for target, each in zip(targets, demands, strict=True):
        if not _is_among(each.propose, proposal.requester.user):
            raise RefusedError(
                f"Who proposed this may not {words(effective(target))} {called(target.sight)} "
                "any more."
            )
    money = stake(proposal.targets) if proposal.verb is Verb.SCHEDULE else proposal.monthly
    stakes = at_stake(book.policy, targets, monthly=money, currency=proposal.currency)
    return tighter(proposal.terms, strictest(demands, more=stakes))


def _why_not(proposal: Proposal, actor: Actor) -> str:
    if _is_among(proposal.terms.approvers, actor.user):
        return "You may not approve this any more: the policy or its groups have changed."
    return "You may not approve this: you are not among those who could when it was proposed."


def _counts(terms: Terms, proposal: Proposal, person: str, *, roster: Roster) -> bool:
    is_other = person != proposal.requester.user or terms.requester_may_approve
    return is_other and roster.full.get(person) is True and _is_among(terms.approvers, person)


def _can_be_undone(proposal: Proposal, *, now: datetime) -> None:
    if proposal.undoes:
        raise RefusedError("This took something back itself; propose it anew instead.")
    if proposal.stage not in (Stage.DONE, Stage.PARTIAL) or proposal.ended is None:
        raise RefusedError("Nothing was done that could be undone.")
    if now >= proposal.ended + UNDO_LASTS:
        raise RefusedError("It can be undone for 24 hours only; propose the change back.")


def _is_among(people: Collection[str], user: str) -> bool:
    return user in people or ANYONE in people


def _is_end(targets: Sequence[Target]) -> bool:
    return any(t.deed.verb is Verb.TERMINATE for t in targets)


def _people(count: int) -> str:
    return "one person" if count == 1 else f"{count} people"


def _time(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
