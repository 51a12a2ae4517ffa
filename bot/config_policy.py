"""The `[policy]` of `purser.toml`: who may propose and approve what.

A mistake here costs no answer: questions are answered as before, and every action is refused with
the sentence that names the mistake (`Policy.trouble`), which `purser doctor` shows, too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, ValidationError

from bot.config import FILE
from bot.config_parts import STRICT, CurrencyCode, Texts, check_known, sentence
from tools.clouds.resources import Verb
from tools.core.errors import ConfigError
from tools.core.labels import lowered, plain_key
from tools.core.query import Filter
from tools.gate.policy import (
    ADMINS,
    ANYONE,
    OWNER,
    FreezeWindow,
    Limits,
    Policy,
    Rule,
    Stake,
)
from tools.gate.roster import is_group, is_user

PLACE = ("cloud", "account_id", "region", "kind")  # what a rule may look at besides dimensions
LONGEST_LIFE = timedelta(days=7)
_SPAN = re.compile(r"(\d{1,6})\s*(m|h|d)")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_DEFAULT = Policy()
NO_SECTION = f"{FILE} has no [policy]; `purser init` shows one that works."
NO_ADMINS = (
    f"{FILE}: [policy] admins names nobody; put your Slack user id there, such as U0123456789 "
    "(in Slack: your profile, ⋮, Copy member ID)."
)

ReadFilters = Callable[[str, set[str], str], tuple[Filter, ...]]
Limit = Annotated[int, Field(ge=0)] | Literal["none"]


class _Rule(BaseModel):
    model_config = STRICT

    name: Annotated[str, Field(min_length=1, max_length=60)]
    verbs: Texts = []
    where: Texts = []
    propose: Texts = [ANYONE]
    approve: Texts = [ADMINS]
    approvals: Annotated[int, Field(ge=1, le=10)] = 1
    requester_may_approve: bool | None = None
    lasts: str | None = None
    allows_production: bool = False


class _Stake(BaseModel):
    model_config = STRICT

    monthly: Annotated[Decimal, Field(ge=0, allow_inf_nan=False)]
    approvals: Annotated[int, Field(ge=1, le=10)]


class _Limits(BaseModel):
    model_config = STRICT

    per_hour: Limit = 10
    per_day: Limit = 50
    dollars_per_day: Annotated[Decimal, Field(ge=0, allow_inf_nan=False)] | None = None


class _Freeze(BaseModel):
    model_config = STRICT

    start: datetime | date
    end: datetime | date
    reason: str = ""


class PolicyTable(BaseModel):
    """`[policy]`, as written."""

    model_config = STRICT

    admins: Texts = []
    production: Texts = list(_DEFAULT.production)
    environments: Texts = list(_DEFAULT.environments)
    protected_tags: Texts = list(_DEFAULT.protected_tags)
    protected: Texts = []
    admin_tags: Texts = []
    currency: CurrencyCode = "USD"
    rules: list[_Rule] = []
    stakes: list[_Stake] = []
    limits: _Limits = _Limits()
    freezes: list[_Freeze] = []


def read_policy(
    raw: Mapping[str, Any] | None, *, dimensions: Collection[str], read_filters: ReadFilters
) -> Policy:
    """The policy; one that cannot be used says why and refuses everything.

    Args:
        raw: `[policy]`; None where the file has none.
        dimensions: the names of the configured ones.
        read_filters: reads conditions of a section.
    """
    if raw is None:
        return Policy(trouble=NO_SECTION)
    try:
        table = PolicyTable.model_validate(raw)
        admins = _people(table.admins, "admins")
    except ValidationError as error:
        return Policy(trouble=sentence(error, PolicyTable, under="policy"))
    except ConfigError as error:
        return Policy(trouble=error.sentence)
    try:
        return _policy(table, admins, {*dimensions, *PLACE}, read_filters)
    except ConfigError as error:
        return Policy(admins=admins, trouble=error.sentence)


def _policy(
    table: PolicyTable, admins: tuple[str, ...], names: set[str], read_filters: ReadFilters
) -> Policy:
    if not admins:
        raise ConfigError(NO_ADMINS)
    rules = tuple(_rule(rule, names, read_filters) for rule in table.rules)
    _check_rules(rules, admins)
    _check_environments(table)
    for key in ("protected_tags", "admin_tags", "protected"):
        _check_written(getattr(table, key), key)
    return Policy(
        admins=admins,
        rules=rules,
        production=tuple(table.production),
        environments=tuple(table.environments),
        protected_tags=tuple(table.protected_tags),
        protected=tuple(table.protected),
        stakes=_stakes(table.stakes),
        limits=_limits(table.limits),
        currency=table.currency,
        freezes=tuple(_freeze(freeze) for freeze in table.freezes),
        admin_tags=tuple(table.admin_tags),
    )


def _rule(raw: _Rule, names: set[str], read_filters: ReadFilters) -> Rule:
    where = f"[[policy.rules]] “{raw.name}”"
    for verb in raw.verbs:
        check_known(verb, [str(v) for v in Verb], f"{where} verbs", what="verb")
    filters = tuple(f for text in raw.where for f in read_filters(text, names, f"{where} where"))
    for filter_ in filters:
        check_known(filter_.dimension, names, f"{where} where", what="dimension")
    return Rule(
        name=raw.name,
        verbs=tuple(Verb(verb) for verb in raw.verbs),
        where=filters,
        propose=_people(raw.propose, f"{where} propose", (ANYONE, OWNER, ADMINS)),
        approve=_people(raw.approve, f"{where} approve", (ANYONE, OWNER, ADMINS)),
        approvals=raw.approvals,
        requester_may_approve=raw.requester_may_approve,
        lasts=None if raw.lasts is None else _span(raw.lasts, where),
        allows_production=raw.allows_production,
    )


def _people(names: Sequence[str], where: str, words: Sequence[str] = ()) -> tuple[str, ...]:
    section = where if where.startswith("[") else f"[policy] {where}"
    for name in names:
        if name not in words and not is_user(name) and not is_group(name):
            also = f", or {', '.join(words)}" if words else ""
            raise ConfigError(
                f"{FILE}: {section}: “{name}” is no Slack user id (U…) or user group id (S…){also}."
            )
    if words and not names:
        raise ConfigError(f"{FILE}: {section} names nobody.")
    return tuple(dict.fromkeys(names))


def _span(text: str, where: str) -> timedelta:
    found = _SPAN.fullmatch(text.strip().lower())
    span = int(found[1]) * _UNITS[found[2]] if found else timedelta(0)
    if not timedelta(0) < span <= LONGEST_LIFE:
        raise ConfigError(f"{FILE}: {where} lasts must be from 1m to 7d, such as 30m or 4h.")
    return span


def _check_rules(rules: Sequence[Rule], admins: Sequence[str]) -> None:
    for place, rule in enumerate(rules):
        where = f"{FILE}: [[policy.rules]] “{rule.name}”"
        for earlier in rules[:place]:
            if earlier.name == rule.name:
                raise ConfigError(f"{FILE}: two [[policy.rules]] are named “{rule.name}”.")
            if _covers(earlier, rule):
                raise ConfigError(
                    f"{where} never holds: “{earlier.name}” before it matches all that it does. "
                    "Put the narrower rule first."
                )
        most = _most(rule.approve, admins)
        if most is not None and most < rule.approvals:
            raise ConfigError(
                f"{where} takes {rule.approvals} approvals, and approve names only {most}."
            )


def _covers(earlier: Rule, later: Rule) -> bool:
    """Whether the earlier rule matches whatever the later one does."""
    verbs = set(earlier.verbs or Verb) >= set(later.verbs or Verb)
    return verbs and {_condition(f) for f in earlier.where} <= {_condition(f) for f in later.where}


def _condition(filter_: Filter) -> tuple[str, str, frozenset[str]]:
    values = frozenset(lowered(value) for value in filter_.values)
    return (filter_.dimension.lower(), filter_.op, values)


def _most(approve: Iterable[str], admins: Sequence[str]) -> int | None:
    """How many people may approve, where the file alone tells."""
    named = {n for name in approve for n in (admins if name == ADMINS else (name,))}
    if ANYONE in named or any(is_group(name) for name in named):
        return None
    return len(named)


def _check_environments(table: PolicyTable) -> None:
    known = {lowered(name.strip()) for name in table.environments}
    both = [name for name in table.production if lowered(name.strip()) in known]
    if both:
        raise ConfigError(
            f"{FILE}: [policy] “{both[0]}” is both in production and in environments."
        )


def _check_written(texts: Sequence[str], key: str) -> None:
    for text in texts:
        if not plain_key(text.partition("=")[0]):
            raise ConfigError(f"{FILE}: [policy] {key}: “{text}” names nothing.")


def _stakes(raw: Sequence[_Stake]) -> tuple[Stake, ...]:
    stakes = sorted((Stake(s.monthly, s.approvals) for s in raw), key=lambda s: s.monthly)
    for less, more in pairwise(stakes):
        if less.monthly == more.monthly:
            raise ConfigError(f"{FILE}: two [[policy.stakes]] begin at {less.monthly}.")
        if less.approvals > more.approvals:
            raise ConfigError(
                f"{FILE}: [[policy.stakes]] from {more.monthly} on take fewer approvals than from "
                f"{less.monthly} on."
            )
    return tuple(stakes)


def _limits(raw: _Limits) -> Limits:
    return Limits(
        per_hour=None if raw.per_hour == "none" else raw.per_hour,
        per_day=None if raw.per_day == "none" else raw.per_day,
        dollars_per_day=raw.dollars_per_day,
    )


def _freeze(raw: _Freeze) -> FreezeWindow:
    start, end = _moment(raw.start), _moment(raw.end)
    if end <= start:
        raise ConfigError(f"{FILE}: [[policy.freezes]] ends {raw.end}, before it starts.")
    return FreezeWindow(start, end, raw.reason)


def _moment(day: datetime | date) -> datetime:
    """A moment; without a time midnight, without a zone UTC."""
    at = day if isinstance(day, datetime) else datetime.combine(day, time())
    return at if at.tzinfo else at.replace(tzinfo=UTC)
