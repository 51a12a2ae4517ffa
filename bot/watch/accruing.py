"""The job `accrual`: every minute, what running machines cost before their bill is there.

Estimates, all of it, apart from what is billed: what is told here uses up no threshold of a
budget, and each day is compared with its bill when that comes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from statistics import median
from typing import TYPE_CHECKING

from bot.scope import scope_of
from bot.watch.accrual_blocks import (
    Told,
    billed_message,
    error_text,
    runaway_evidence,
    runaway_message,
)
from bot.watch.burns import Burns
from bot.watch.incidents import raise_incident
from bot.watch.metering import what_runs
from bot.watch.planned import unplanned
from bot.watch.plans import Plan, outgoing
from tools.core.conditions import conditions_text, lies_within
from tools.core.periods import DAY, Period
from tools.core.query import Filter, Op
from tools.ledger.accruals import (
    Accruals,
    forget,
    keep_accrued,
    keep_billed,
    keep_peak,
    keep_runaway,
)
from tools.watch.accrual import (
    LONGEST,
    Accrued,
    Runaway,
    Running,
    accrue,
    group_key,
    is_back,
    is_told_now,
    jump,
    of_scope,
    owner_of,
    read_group,
    usual_hour,
)
from tools.watch.outgoing import Outgoing, Sort
from tools.watch.reconciled import errors_by_day

if TYPE_CHECKING:
    from bot.app import Purser

BILLED = timedelta(days=14)  # of bills, for what an hour usually costs
KEPT = timedelta(days=60)  # for how long what accrued is kept
VERY = 4  # times what is severe is of the worst severity
NO_CLOUD = "I see no cloud, so nothing accrues: name accounts or projects under [clouds]."


@dataclass(frozen=True, slots=True)
class _Group:
    """One owner's machines, as far as their prices are in one currency.

    Args:
        scope: the conditions that name the owner.
        currency: of their prices.
        running: what runs.
    """

    scope: tuple[Filter, ...]
    currency: str
    running: tuple[Running, ...]

    @property
    def key(self) -> str:
        return group_key(self.scope, self.currency)

    @property
    def hourly(self) -> Decimal:
        return sum((one.hourly for one in self.running if one.hourly is not None), Decimal(0))


def plan(purser: Purser, *, name: str, at: datetime) -> Plan:
    """What has accrued since the last billed day, what runs away, and what bills say of before."""
    fleet = purser.fleet
    if fleet is None:
        return Plan(said=NO_CLOUD)
    found, troubles = what_runs(purser, fleet, at=at)
    store, after = Accruals(purser.ledger), _billed_through(purser, at=at)
    rows = store.open(since=(at - LONGEST).date())
    counted = tuple(_counted(found, rows, after, at=at))
    kept = (
        partial(keep_accrued, rows=counted, at=at),
        partial(forget, before=(at - KEPT).date()),
    )
    said = f"{len(found)} machines run." if not troubles else " ".join(troubles)
    now = {(row.day, row.resource): row for row in (*rows, *counted)}
    burns = Burns(purser, at=at, fresh=tuple(now.values()))
    plan = Plan(keep=kept, said=said) + _alarms(purser, store, found, burns, at=at)
    return plan + _reconciled(purser, store, rows, after)


def _counted(
    found: Iterable[Running],
    rows: Iterable[Accrued],
    after: Mapping[str | None, date | None],
    *,
    at: datetime,
) -> Iterator[Accrued]:
    known = {(row.day, row.resource): row for row in rows}
    by_provider: dict[str | None, list[Running]] = {}
    for one in found:
        by_provider.setdefault(one.labels.get("provider"), []).append(one)
    for provider, running in by_provider.items():
        yield from accrue(running, known, after=after.get(provider), now=at)


def _billed_through(purser: Purser, *, at: datetime) -> dict[str | None, date | None]:
    """By provider, the last day whose bill is whole."""
    from tools.lake.day_costs import day_costs

    days = Period(at.date() - BILLED, at.date() + DAY)
    found: dict[str | None, date | None] = {}
    for series in day_costs(purser.context(), period=days, by=("provider",)).series:
        found[series.key["provider"]] = series.complete_through
    return found


def _groups(found: Iterable[Running]) -> Iterator[_Group]:
    grouped: dict[tuple[tuple[Filter, ...], str], list[Running]] = {}
    for one in found:
        scope = owner_of(one.labels)
        if scope and one.hourly is not None:
            grouped.setdefault((scope, one.currency), []).append(one)
    made = (_Group(scope, currency, tuple(mine)) for (scope, currency), mine in grouped.items())
    yield from sorted(made, key=lambda group: group.key)


def _alarms(
    purser: Purser, store: Accruals, found: Sequence[Running], burns: Burns, *, at: datetime
) -> Plan:
    peaks, plan = store.peaks(), Plan()
    going = {one.cause: one for one in store.runaways() if one.over_at is None}
    usual_of = _Usual(purser, at=at)
    groups = {group.key: group for group in _groups(found)}
    for key, group in groups.items():
        mine = peaks.get(key, {})
        usual = usual_hour(mine, now=at)
        usual = usual_of.billed(group) if usual is None else usual
        plan += Plan(keep=(partial(keep_peak, cause=key, hourly=group.hourly, at=at),))
        highest = max(mine.values(), default=None)
        made, alarm = _alarm(purser, group, usual, highest, going.get(key), at=at)
        plan += made
        if alarm:
            first = going[key].message if key in going else made.posts[0].key
            plan += _incident(purser, alarm, made.posts[0].key, burns, cause=first)
    gone = [one for key, one in going.items() if key not in groups]
    over = tuple(partial(keep_runaway, runaway=replace(one, over_at=at)) for one in gone)
    return plan + Plan(keep=over)


def _alarm(
    purser: Purser,
    group: _Group,
    usual: Decimal | None,
    highest: Decimal | None,
    told: Runaway | None,
    *,
    at: datetime,
) -> tuple[Plan, Told | None]:
    """What is told of a group, and what of it may be an incident."""
    severe = Decimal(purser.config.watch.severe)
    if told is not None and is_back(group.hourly, usual, told):
        return Plan(keep=(partial(keep_runaway, runaway=replace(told, over_at=at)),)), None
    jumped = partial(jump, usual=usual, highest=highest, severe=severe, now=at)
    running = group.running
    if is_told_now(jumped(running), told):
        running = unplanned(purser, running, at=at)
    found = jumped(running)
    if found is None or not is_told_now(found, told):
        return Plan(), None
    channel = channel_of(purser, group.scope)
    if not channel:
        return Plan(), None
    alarm = Told(group.scope, found, running, purser.config.slack.commands, at)
    post = _post(group, alarm, told, channel=channel)
    first, since = (told.message, told.since) if told else (post.key, at)
    kept = partial(keep_runaway, runaway=Runaway(group.key, since, found.hourly, first))
    return Plan((post,), (kept,), f"Told of {conditions_text(group.scope)}."), alarm


def _post(group: _Group, told: Told, before: Runaway | None, *, channel: str) -> Outgoing:
    """Named after the first minute, and after what it has grown to since."""
    name = hashlib.sha256(group.key.encode()).hexdigest()[:12]
    since = before.since if before else told.at
    grown = f"/{told.jump.hourly:.0f}" if before else ""
    key = f"accrual/{name}/{since:%Y-%m-%dT%H:%M}{grown}"
    return outgoing(
        key,
        runaway_message(told, key=key),
        channel=channel,
        sort=Sort.ACCRUAL,
        thread=before.message if before else "",
        urgent=True,
    )


def _incident(purser: Purser, told: Told, key: str, burns: Burns, *, cause: str) -> Plan:
    """An incident, where it is so much a day; `cause` is the key of what was told first."""
    severe, a_day = purser.config.watch.severe, told.jump.excess * 24
    if a_day < severe:
        return Plan()
    first, *more = runaway_evidence(told)
    return raise_incident(
        purser,
        title=first.partition(":")[0].removesuffix("."),
        scope=told.scope,
        severity=1 if a_day >= VERY * severe else 2,
        evidence=(first, *more),
        source_key=key,
        at=told.at,
        cause=cause,
        burns=burns,
    )


def channel_of(purser: Purser, scope: Iterable[Filter]) -> str:
    """The team's channel, else the operators', else that of incidents; empty for none.

    The first of them that may be shown what the scope covers.
    """
    config, scope = purser.config, tuple(scope)
    teams = [f.values[0] for f in scope if f.dimension == "team" and f.op is Op.IS]
    channels = {name.lower(): channel for name, channel in config.people.channels.items()}
    own = next((channels[team.lower()] for team in teams if team.lower() in channels), "")
    named = (own, config.watch.operators, config.watch.incidents)
    able = (c for c in named if c and lies_within(scope, scope_of(c, config.scope).filters))
    return next(able, "")


class _Usual:
    """What an hour of a team costs by its bills, all of it: more than its machines ever did."""

    def __init__(self, purser: Purser, *, at: datetime) -> None:
        self._purser = purser
        self._at = at
        self._hours: dict[tuple[str | None, str], Decimal] | None = None

    def billed(self, group: _Group) -> Decimal | None:
        """None where no bill tells."""
        (first, *more) = group.scope
        if more or first.dimension != "team":
            return None
        if self._hours is None:
            self._hours = self._read()
        return self._hours.get((first.values[0] if first.values else None, group.currency))

    def _read(self) -> dict[tuple[str | None, str], Decimal]:
        from tools.lake.day_costs import day_costs

        days = Period(self._at.date() - BILLED, self._at.date())
        found = day_costs(self._purser.context(), period=days, by=("team",))
        return {
            (series.key["team"], series.currency): median(costs) / 24
            for series in found.series
            if (costs := [day.usual + day.committed for day in series.complete])
        }


def _reconciled(
    purser: Purser,
    store: Accruals,
    rows: Sequence[Accrued],
    after: Mapping[str | None, date | None],
) -> Plan:
    """What the bills say of the days that are whole now, and how far the estimate was off."""
    due = [row for row in rows if _is_billed(row, after)]
    if not due:
        return Plan()
    billed = _bills_of(purser, due)
    compared = [replace(row, billed=billed[row.day, row.resource], is_billed=True) for row in due]
    plan = Plan(keep=(partial(keep_billed, billed=billed),))
    for (day, currency), error in errors_by_day(compared).items():
        plan += Plan(said=f"{day}: {error_text(currency, error)}.")
    for one in store.runaways():
        plan += _told_of_bill(purser, one, compared)
    return plan


def _is_billed(row: Accrued, after: Mapping[str | None, date | None]) -> bool:
    through = after.get(row.labels.get("provider"))
    return through is not None and row.day <= through


def _bills_of(purser: Purser, rows: Sequence[Accrued]) -> dict[tuple[date, str], Decimal | None]:
    from tools.clouds.resources import Address
    from tools.lake.resource_days import ResourceDay, resource_days

    places = {row.resource: Address.parse(row.resource) for row in rows}
    days = Period(min(row.day for row in rows), max(row.day for row in rows) + DAY)
    names = {place.name for place in places.values()}
    found = resource_days(purser.lake.snapshot(), days=days, names=names)
    billed: dict[tuple[date, str], Decimal | None] = {}
    for row in rows:
        place = places[row.resource]
        costs = found.get(ResourceDay(row.day, place.account, place.name), {})
        billed[row.day, row.resource] = costs.get(row.currency)
    return billed


def _told_of_bill(purser: Purser, one: Runaway, compared: Sequence[Accrued]) -> Plan:
    """In the thread of what was told: what its days really came to."""
    until = one.over_at.date() if one.over_at else date.max
    scope, currency = read_group(one.cause)
    mine = [
        row
        for row in of_scope(compared, scope)
        if one.since.date() <= row.day <= until and row.currency == currency
    ]
    channel = channel_of(purser, scope)
    if not scope or not channel:
        return Plan()
    posts = [
        outgoing(
            f"{one.message}/billed/{day}",
            billed_message(day, currency, error),
            channel=channel,
            sort=Sort.ACCRUAL,
            thread=one.message,
        )
        for (day, _), error in errors_by_day(mine).items()
    ]
    return Plan(tuple(posts))
