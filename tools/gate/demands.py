"""What policy demands for one target, for several, and then and now: pure, the strictest wins."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from tools.clouds.resources import Verb
from tools.core.errors import RefusedError
from tools.core.labels import holds
from tools.core.money import money_text
from tools.gate.guards import (
    called,
    conditions_on,
    effective,
    guarded_changes,
    managed,
    plain,
    production,
    protection,
)
from tools.gate.policy import ADMINS, ANYONE, HOUR, Policy, Rule
from tools.gate.proposals import Target, Terms
from tools.gate.roster import Roster, besides, is_budget
from tools.gate.timetable import SCHEDULE, Timetable

LASTS = 4 * HOUR
LASTS_FINAL = HOUR
SELF_APPROVED = (Verb.START, Verb.TAG, Verb.BUDGET)
TWO = 2
_WORDS = {Verb.BUDGET: "change the amount of", Verb.SCHEDULE: "set a timetable for"}


@dataclass(frozen=True, slots=True)
class Demand:
    """What one target takes.

    Args:
        rule: the first that matches.
        propose: user ids of whom may propose it; `anyone` among them is any full member.
        approve: the same of whom may approve.
        counts: how many must approve, each with why.
        requester_may_approve: whether the requester counts.
        lasts: until it expires.
        is_guarded: whether it changes what only an admin's approval changes.
    """

    rule: Rule
    propose: frozenset[str]
    approve: frozenset[str]
    counts: tuple[tuple[int, str], ...]
    requester_may_approve: bool
    lasts: timedelta
    is_guarded: bool


def demand(policy: Policy, target: Target, *, guarded: Collection[str], roster: Roster) -> Demand:
    """What one target takes; a timetable takes what each deed takes that it will do.

    Raises:
        RefusedError: no rule allows it, or it is managed, production or protected.
    """
    found = [
        _demand(policy, target, verb, guarded=guarded, roster=roster)
        for verb in _counts_as(policy, target)
    ]
    return found[0] if len(found) == 1 else _together(found)


def _counts_as(policy: Policy, target: Target) -> tuple[Verb, ...]:
    """As which verbs policy judges it. A rule that names timetables can only ask for more."""
    if target.deed.verb is not Verb.SCHEDULE:
        return (effective(target),)
    labels, text = conditions_on(target.sight), target.deed.after.get(SCHEDULE)
    named = (Verb.SCHEDULE in r.verbs and holds(r.where, labels) for r in policy.rules)
    starts = text is not None and Timetable.parse(text).start is not None
    return (
        Verb.STOP,
        *((Verb.START,) if starts else ()),
        *((Verb.SCHEDULE,) if any(named) else ()),
    )


def _together(found: Sequence[Demand]) -> Demand:
    """The strictest of what one target takes in several ways."""
    propose, approve = found[0].propose, found[0].approve
    for each in found[1:]:
        propose, approve = shared(propose, each.propose), shared(approve, each.approve)
    return Demand(
        rule=found[0].rule,
        propose=propose,
        approve=approve,
        counts=tuple(dict.fromkeys(count for each in found for count in each.counts)),
        requester_may_approve=all(each.requester_may_approve for each in found),
        lasts=min(each.lasts for each in found),
        is_guarded=any(each.is_guarded for each in found),
    )


def _demand(
    policy: Policy, target: Target, verb: Verb, *, guarded: Collection[str], roster: Roster
) -> Demand:
    sight = target.sight
    rule = rule_for(policy, target, verb)
    why_not = managed(sight, verb)
    if why_not:
        raise RefusedError(why_not)
    changed = guarded_changes(guarded, target.deed)
    approvers = (ADMINS,) if changed else (*rule.approve, *besides(sight))
    many = f"rule “{plain(rule.name)}” takes {rule.approvals}" if rule.approvals >= TWO else ""
    counts = [(rule.approvals, many)]
    counts += [(1, f"{what} takes an admin") for what in changed]
    counts += _irreversible(target) + _sensitive(policy, rule, target)
    may = rule.requester_may_approve
    return Demand(
        rule=rule,
        propose=roster.users(rule.propose, policy=policy, target=sight.target),
        approve=roster.users(approvers, policy=policy, target=sight.target),
        counts=tuple(counts),
        requester_may_approve=(verb in SELF_APPROVED and not changed) if may is None else may,
        lasts=rule.lasts or (LASTS_FINAL if target.deed.is_final else LASTS),
        is_guarded=bool(changed),
    )


def rule_for(policy: Policy, target: Target, verb: Verb) -> Rule:
    """The first rule that matches.

    Raises:
        RefusedError: there is none.
    """
    labels = conditions_on(target.sight)
    for rule in policy.rules:
        if (not rule.verbs or verb in rule.verbs) and holds(rule.where, labels):
            return rule
    raise RefusedError(
        f"No rule of the policy lets anybody {words(verb)} {called(target.sight)}; "
        "an admin can add one under [[policy.rules]]."
    )


def strictest(demands: Sequence[Demand], *, more: Sequence[tuple[int, str]] = ()) -> Terms:
    """The terms of several targets at once: most approvals, fewest approvers, shortest life.

    Args:
        demands: at least one.
        more: further numbers of approvals, each with why.
    """
    counts = [*(c for d in demands for c in d.counts), *more]
    approvers = demands[0].approve
    for each in demands[1:]:
        approvers = shared(approvers, each.approve)
    return Terms(
        approvals=max(1, *(number for number, _ in counts)),
        approvers=tuple(sorted(approvers)),
        requester_may_approve=all(d.requester_may_approve for d in demands),
        lasts_seconds=int(min(d.lasts for d in demands).total_seconds()),
        reasons=_reasons(counts),
    )


def tighter(then: Terms, today: Terms) -> Terms:
    """The stricter of what was frozen and what holds now; approvers are those of both."""
    return Terms(
        approvals=max(then.approvals, today.approvals),
        approvers=tuple(sorted(shared(then.approvers, today.approvers))),
        requester_may_approve=then.requester_may_approve and today.requester_may_approve,
        lasts_seconds=min(then.lasts_seconds, today.lasts_seconds),
        reasons=tuple(dict.fromkeys((*then.reasons, *today.reasons))),
    )


def shared(some: Collection[str], others: Collection[str]) -> frozenset[str]:
    """Who is among both; `anyone` leaves the other as it is."""
    if ANYONE in some:
        return frozenset(others)
    return frozenset(some) if ANYONE in others else frozenset(some) & frozenset(others)


def at_stake(
    policy: Policy, targets: Sequence[Target], *, monthly: Decimal | None, currency: str
) -> tuple[tuple[int, str], ...]:
    """How many approvals so much money takes, with why; tags cost nothing.

    Money that is not known, or is in another currency than policy's, is more than any stake.
    """
    if not policy.stakes or all(target.deed.verb is Verb.TAG for target in targets):
        return ()
    if monthly is None or currency != policy.currency or not monthly.is_finite():
        most = max(stake.approvals for stake in policy.stakes)
        return ((most, f"an unknown price takes {most}"),)
    return tuple(
        (s.approvals, f"{money_text(s.monthly, currency, places=0)} a month takes {s.approvals}")
        for s in policy.stakes
        if abs(monthly) >= s.monthly
    )


def words(verb: Verb) -> str:
    """A verb before its object."""
    return _WORDS.get(verb, str(verb))


def _irreversible(target: Target) -> list[tuple[int, str]]:
    return [(TWO, "what cannot be undone takes two")] if target.deed.is_final else []


def _sensitive(policy: Policy, rule: Rule, target: Target) -> list[tuple[int, str]]:
    """Production and protected targets take two, where the rule allows them at all."""
    sight = target.sight
    why = "" if is_budget(sight.target) else production(policy, sight)
    guard = protection(policy, sight)
    found = [("production takes two", why)] if why else []
    found += [("what is protected takes two", f"it is protected ({guard})")] if guard else []
    if found and not rule.allows_production:
        raise RefusedError(
            f"{called(sight)} is not touched: {found[0][1]}, and rule “{plain(rule.name)}” does "
            "not allow production; an admin can set allows_production there."
        )
    return [(TWO, reason) for reason, _ in found]


def _reasons(counts: Sequence[tuple[int, str]]) -> tuple[str, ...]:
    """Why so many, and why from an admin; the largest number first."""
    told = sorted(counts, key=lambda count: -count[0])
    return tuple(dict.fromkeys(reason for _, reason in told if reason))
