"""What policy says, as configuration writes it: frozen, and read by pure rules (`rules.py`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from tools.clouds.resources import Verb
from tools.core.query import Filter

ANYONE = "anyone"  # any full member of the workspace
OWNER = "owner"  # whoever the target's owner dimension names
ADMINS = "admins"
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Who may propose and approve some actions on some targets. The first that matches holds.

    Args:
        name: for sentences and the audit log.
        verbs: what; empty for every verb.
        where: conditions on the target's labels; empty for every target.
        propose: user ids, group ids, `anyone`, `owner`, `admins`.
        approve: the same.
        approvals: how many different people must approve, at least.
        requester_may_approve: None for the default: only for tag, start and budget.
        lasts: until a proposal expires; None for the default: four hours, terminate one.
        allows_production: production and protected targets are refused unless this is set, and
            then take two approvals.
    """

    name: str
    verbs: tuple[Verb, ...] = ()
    where: tuple[Filter, ...] = ()
    propose: tuple[str, ...] = (ANYONE,)
    approve: tuple[str, ...] = (ADMINS,)
    approvals: int = 1
    requester_may_approve: bool | None = None
    lasts: timedelta | None = None
    allows_production: bool = False


@dataclass(frozen=True, slots=True)
class Stake:
    """From so much money a month on, so many approvals."""

    monthly: Decimal
    approvals: int


@dataclass(frozen=True, slots=True)
class Limits:
    """How much may be executed, counted in the claim's own transaction; None is no limit.

    Args:
        per_hour: targets.
        per_day: targets.
        dollars_per_day: sum of the absolute monthly effects of what is executed.
    """

    per_hour: int | None = 10
    per_day: int | None = 50
    dollars_per_day: Decimal | None = None


@dataclass(frozen=True, slots=True)
class FreezeWindow:
    """From `start` until `end` nothing is executed."""

    start: datetime
    end: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Everything policy says. An empty one allows nothing.

    Args:
        admins: user and group ids.
        rules: tried in order.
        production: values of `env` that count as production; untagged and unknown ones do, too,
            unless they are named in `environments`.
        environments: values of `env` that are known not to be production.
        protected_tags: `key` or `key=value`; a target that carries one is protected.
        protected: ids of resources, or beginnings of them that end in `*`.
        stakes: more approvals where more money is at stake.
        limits: how much may be executed.
        currency: of stakes and limits; money in another is more than any of them.
        freezes: when nothing is.
        admin_tags: tag keys, besides those that dimensions read for owner, environment and
            protection, which only an admin's approval changes.
        trouble: why the policy cannot be used, in one sentence; then everything is refused.
    """

    admins: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    production: tuple[str, ...] = ("prod",)
    environments: tuple[str, ...] = ("dev", "staging", "test", "sandbox")
    protected_tags: tuple[str, ...] = ("do-not-terminate", "do-not-stop", "purser:protected")
    protected: tuple[str, ...] = ()
    stakes: tuple[Stake, ...] = ()
    limits: Limits = field(default_factory=Limits)
    currency: str = "USD"
    freezes: tuple[FreezeWindow, ...] = ()
    admin_tags: tuple[str, ...] = ()
    trouble: str = ""
