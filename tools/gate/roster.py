"""Who is who at the moment of one decision, as read live, in plain values that rules can read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from tools.gate.people import Directory
from tools.gate.policy import ADMINS, ANYONE, OWNER, Policy
from tools.gate.world import Sight

ENV = "env"  # the dimension that says where something runs
OWNED_BY = "owner"  # the dimension that says whose it is
APPROVERS = "approvers"  # the fact of a budget that names who else may approve it
_WORDS = frozenset({ANYONE, OWNER, ADMINS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """People, as Slack knew them a moment ago. Whoever is not in it is nobody.

    Args:
        groups: user group id → user ids of its members.
        owners: target id → the user id of its owner; None where there is none to be found.
        full: user id → whether they are a full, active member of the workspace; only of those
            who were asked after.
    """

    groups: Mapping[str, frozenset[str]] = field(default_factory=dict)
    owners: Mapping[str, str | None] = field(default_factory=dict)
    full: Mapping[str, bool] = field(default_factory=dict)

    def users(self, names: Iterable[str], *, policy: Policy, target: str) -> frozenset[str]:
        """The user ids behind names as policy writes them; `anyone` stays as it is."""
        found: set[str] = set()
        for name in names:
            if name == ADMINS:
                named = (n for n in policy.admins if is_user(n) or is_group(n))
                found |= self.users(named, policy=policy, target=target)
            elif name == OWNER:
                found |= {owner for owner in [self.owners.get(target)] if owner}
            elif is_group(name):
                found |= self.groups.get(name, frozenset())
            else:
                found.add(name)
        return frozenset(found)


def read_roster(
    policy: Policy, sights: Iterable[Sight], *, directory: Directory, people: Iterable[str]
) -> Roster:
    """Ask Slack for everything one decision needs; nothing of it is kept for another.

    Args:
        policy: whose groups are read.
        sights: whose owners are looked up.
        directory: Slack.
        people: user ids to ask after: who acts, who has approved, and for a new proposal those
            who might approve it (`might_approve`).

    Raises:
        UnavailableError: Slack does not say.
    """
    seen = tuple(sights)
    names = {*group_names(policy), *(n for sight in seen for n in besides(sight) if is_group(n))}
    groups = {name: directory.members(name) for name in sorted(names)}
    owners = {sight.target: owner(sight, directory) for sight in seen}
    asked = {*people, *(user for user in owners.values() if user)}
    return Roster(
        groups=groups,
        owners=owners,
        full={user: directory.is_member(user) for user in sorted(asked) if is_user(user)},
    )


def ask_after(roster: Roster, people: Iterable[str], *, directory: Directory) -> Roster:
    """The roster with more people asked after.

    Raises:
        UnavailableError: Slack does not say.
    """
    unasked = sorted({user for user in people if is_user(user)} - set(roster.full))
    asked = {user: directory.is_member(user) for user in unasked}
    return replace(roster, full={**roster.full, **asked})


def group_names(policy: Policy) -> frozenset[str]:
    """Every user group that policy names anywhere."""
    named = [*policy.admins, *(n for rule in policy.rules for n in (*rule.propose, *rule.approve))]
    return frozenset(name for name in named if is_group(name))


def besides(sight: Sight) -> tuple[str, ...]:
    """Who else may approve changes of a budget, as the budget itself says."""
    if not is_budget(sight.target):
        return ()
    named = sight.facts.get(APPROVERS, "").replace(",", " ").split()
    return tuple(name for name in named if is_user(name) or is_group(name))


def owner(sight: Sight, directory: Directory) -> str | None:
    """The user id of who the owner dimension names: an e-mail address, or a user id."""
    named = (sight.labels.get(OWNED_BY) or "").strip()
    if is_user(named):
        return named
    return directory.find(named) if "@" in named else None


def is_budget(target: str) -> bool:
    """Whether a target is one of Purser's own budgets."""
    return target.startswith("budget/")


def is_group(name: str) -> bool:
    """Whether this is the id of a user group."""
    return name.startswith("S") and _is_id(name)


def is_user(name: str) -> bool:
    """Whether this is the id of a person."""
    return name.startswith(("U", "W")) and _is_id(name)


def _is_id(name: str) -> bool:
    return name not in _WORDS and name.isascii() and name.isalnum() and name == name.upper()
