"""What is unusual in the bills: the tool behind “anything unusual?”, and what the watch tells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from tools.changes import explain_change
from tools.core.clock import today
from tools.core.conditions import conditions_text
from tools.core.context import Context
from tools.core.errors import PurserError
from tools.core.money import money_text
from tools.core.periods import DAY, Between, Period
from tools.core.query import Against, Filter, Grain, Op, Query
from tools.core.results import Cause, Change, CostTable, Event, Note, Part
from tools.lake.day_costs import DayCosts, Reads, day_costs
from tools.planned_spend import planned_by
from tools.running_days import running_days
from tools.watch.anomaly import Anomaly
from tools.watch.lookout import suspects
from tools.watch.suspects import Suspect, causes
from tools.watch.unusual import Sensitivity

if TYPE_CHECKING:
    from tools.ledger.happenings import Happening, Happenings

HISTORY = timedelta(days=130)  # what is usual is learnt from so many days
SCORE, RELATIVE, LEAST, SHARE = 6.0, 0.3, 100.0, 0.004
DAYS, MOST_DAYS = 14, 90  # back, where somebody asks
_TOLD = 5
_NOT_PEOPLE = frozenset({"model", "owner", "env", "environment"})
_ENVIRONMENTS = ("env", "environment")
_BEFORE = timedelta(days=14)  # what a new owner's or a plan's spend is compared with
_MOST_OF_IT = Decimal("0.6")  # of an excess that a plan or an owner has
_TELLING = Decimal("0.1")  # of an excess: a resource with less of it is not named
_PARTS, _RESOURCES = 4, 4
_EVENTS = 6
_WELL = Decimal("0.5")  # of the dearest hour
_HOURLY = 4  # so many hours with charges make a day hourly
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unusual:
    """What was found.

    Args:
        anomalies: the largest first.
        since: events that were over before this day were not looked for.
        sensitivity: what counted as unusual.
        complete_through: the last day complete in every source touched; None where none is.
        as_of: when the newest of the bills was loaded.
        throughs: for each anomaly the last complete day of what it is about.
    """

    anomalies: tuple[Anomaly, ...]
    since: date
    sensitivity: Sensitivity
    complete_through: date | None
    as_of: datetime | None
    throughs: tuple[date, ...] = ()


def find_anomalies(where: Sequence[Filter] = (), days: int = DAYS, *, context: Context) -> Note:
    """What is unusual in the bills: more spend than usual, since when, and whose it is.

    Use it for “anything unusual?”, “any anomalies?”; use `explain_change` for why it is so.

    Args:
        where: conditions on dimensions, such as team.
        days: how many days back, today not counted.
        context: the lake, the clock and what the asker may see.

    Returns:
        A sentence for each thing, the largest first, and the question why it is so.

    Raises:
        InputError: a dimension does not exist.
    """
    day = today(context.clock)
    since = day - min(max(days, 1), MOST_DAYS) * DAY
    found = unusual_spend(context, since=since, until=day - DAY, where=where)
    if found.complete_through is None:
        return Note("I don’t know: there are no complete days of bills to look at.")
    told = found.anomalies[:_TOLD]
    sure = f"Days through {found.complete_through} are complete."
    if not told:
        return Note(f"Nothing unusual since {since}: no spend stands out from its own past. {sure}")
    lines = [_sentence(anomaly) for anomaly in told]
    more = len(found.anomalies) - len(told)
    lines += [f"{more} smaller ones are not listed."] if more else []
    guess = "What is usual is an estimate from the weeks before."
    return Note("\n".join([*lines, f"{sure} {guess}"]), tuple(why_line(a) for a in told))


def why_line(anomaly: Anomaly) -> str:
    """The question why it is so, as the grammar writes it: against the same weekdays before."""
    days = Period(anomaly.first_day, anomaly.last_day + DAY)
    return f"why {_against_before(days, anomaly.scope).text()}"


def _sentence(anomaly: Anomaly) -> str:
    excess = money_text(anomaly.excess, anomaly.currency)
    where = " ".join(conditions_text(anomaly.scope).split())
    when = f"on {anomaly.first_day}"
    if anomaly.last_day > anomaly.first_day:
        when = f"from {anomaly.first_day} to {anomaly.last_day}"
    if anomaly.until is not None:
        when += f", by {anomaly.until:%H:%M} UTC,"
    actual, expected = (
        money_text(amount, anomaly.currency) for amount in (anomaly.actual, anomaly.expected)
    )
    told = f"{excess} more than usual {when} for {where}: {actual} instead of about {expected}."
    return told if anomaly.until is None else f"{told} The day is not over."


def _against_before(days: Period, scope: tuple[Filter, ...]) -> Query:
    back = -(-days.days // 7) * 7 * DAY
    earlier = Against(Between(days.start - back, days.end - back))
    return Query(period=Between(days.start, days.end), filters=scope, compare=earlier)


def unusual_spend(
    context: Context,
    *,
    since: date,
    until: date,
    where: Sequence[Filter] = (),
    chosen: Mapping[str, float] | None = None,
    reads: Reads | None = None,
) -> Unusual:
    """Where more was spent than usual; each cause once.

    Days that are not over count as far as their hours are billed. One-off charges, taxes, credits
    and corrections do not count, nor what only moved from one model, region or account to another.

    Args:
        context: the lake, the clock and what the asker may see.
        since: events that were over before are left out.
        until: the last whole day to look at; from yesterday on, the hours after it, too.
        where: conditions that all must hold.
        chosen: sizes of a `Sensitivity` in the place of those that suit the size of the spend.
        reads: of others who ask for the same days now.

    Raises:
        InputError: a dimension does not exist.
    """
    people = _people(context)
    names = tuple(dict.fromkeys([*people, "service", "account", "region", "model"]))
    days = Period(since - HISTORY, until + DAY)
    read = reads.day_costs if reads else day_costs
    costs = read(context, period=days, by=names, where=where)
    cares = replace(usual_sensitivity(costs), **(chosen or {}))
    keys = _keys(people)
    found = suspects(costs.series, keys, sensitivity=cares, since=since)
    running = running_days(context, costs, by=names, where=where, until=until)
    fresh = running.suspects(keys, sensitivity=cares, known=found)
    told = []
    for suspect in causes([*found, *fresh], least=cares.absolute):
        is_fresh = any(suspect.is_of(one) for one in fresh)
        anomaly = running.billed(_anomaly(suspect)) if is_fresh else _anomaly(suspect)
        if not is_fresh or anomaly.excess >= cares.absolute:
            told.append((anomaly, suspect.through))
    return Unusual(
        anomalies=tuple(anomaly for anomaly, _ in told),
        since=since,
        sensitivity=cares,
        complete_through=costs.complete_through,
        as_of=costs.as_of,
        throughs=tuple(through for _, through in told),
    )


def usual_sensitivity(costs: DayCosts) -> Sensitivity:
    """What suits the size of the spend: less than a hundred a day is nobody's alarm."""
    days = max((len(series.complete) for series in costs.series), default=1)
    whole = sum(float(day.usual) for series in costs.series for day in series.complete)
    return Sensitivity(
        score=SCORE, relative=RELATIVE, absolute=max(LEAST, SHARE * whole / max(days, 1))
    )


def explained(
    anomaly: Anomaly, *, context: Context, happenings: Happenings | None = None
) -> Anomaly:
    """The same with its cause, who likely knows, and what happened just before.

    Args:
        anomaly: as it was found.
        context: the lake, the clock and what the asker may see.
        happenings: what was told to Purser; None where there is no ledger.
    """
    change = _change(anomaly, context)
    parts = _rises(change) if change else ()
    about = (*anomaly.scope, *context.scope.filters)  # other people's events are not told here
    told = happenings.before(anomaly.first_day, about) if happenings else ()
    owner, environment = _whose(anomaly, parts, context)
    return replace(
        anomaly,
        parts=parts,
        owner=owner,
        environment=environment,
        before=_before(anomaly, change, told),
        planned=_planned(anomaly, context, happenings) if happenings else "",
        resources=_resources(anomaly, context),
        hour=_hour(anomaly, context),
    )


def dearer_resources(anomaly: Anomaly, *, context: Context) -> tuple[str, ...]:
    """All resources of an anomaly that cost more than before, as its bills name them."""
    rises = _rises_by(anomaly, ("resource",), context, where=anomaly.scope)
    return tuple(key["resource"] or "" for key, rise in rises if key["resource"] and rise > 0)


def _people(context: Context) -> tuple[str, ...]:
    """The dimension that says whose spend it is: the team, or what is configured first."""
    configured = [d.name for d in context.lake.snapshot().settings.dimensions]
    able = [name for name in configured if name.lower() not in _NOT_PEOPLE]
    return tuple(sorted(able, key=lambda name: name.lower() != "team")[:1])


def _keys(people: Sequence[str]) -> list[tuple[str, ...]]:
    whose = [(name,) for name in people]
    what: list[tuple[str, ...]] = [
        ("service",), ("service", "region"), ("service", "model"), ("service", "account", "region"),
    ]  # fmt: skip
    return [*whose, ("account",), *what, *(w + rest for w in whose for rest in what)]


def _anomaly(suspect: Suspect) -> Anomaly:
    return Anomaly(
        key=suspect.key,
        first_day=suspect.first_day,
        last_day=suspect.last_day,
        actual=_money(suspect.actual),
        expected=_money(suspect.expected),
        currency=suspect.currency,
        score=round(suspect.score, 1),
    )


def _money(amount: float) -> Decimal:
    return Decimal(str(amount)).quantize(_CENT)


def _change(anomaly: Anomaly, context: Context) -> Change | None:
    """Its days against the same weekdays before them."""
    query = _against_before(Period(anomaly.first_day, anomaly.last_day + DAY), anomaly.scope)
    try:
        found = explain_change(query, context=context)
    except PurserError:  # the anomaly is told without its cause
        return None
    return found if isinstance(found, Change) else None


def _rises(change: Change) -> tuple[Part, ...]:
    return tuple(part for part in change.parts if part.amount > 0 and part.key)[:_PARTS]


def _before(
    anomaly: Anomaly, change: Change | None, told: Iterable[Happening]
) -> tuple[Event, ...]:
    """What people told, then what the bill itself shows; newest first, not after it began."""
    own = [event for event in (change.events if change else ()) if event.day <= anomaly.first_day]
    events = [happening.as_event() for happening in told if not happening.is_planned]
    return tuple(sorted([*events, *own], key=lambda e: e.day, reverse=True)[:_EVENTS])


def _whose(anomaly: Anomaly, parts: Sequence[Part], context: Context) -> tuple[str, str]:
    """Owner and environment of most of what is more; empty where nobody says."""
    configured = {d.name for d in context.lake.snapshot().settings.dimensions}
    names = [name for name in ("owner", *_ENVIRONMENTS) if name in configured][:2]
    if not names:
        return "", ""
    rises = _rises_by(anomaly, names, context, where=_where(anomaly, parts))
    found: dict[str, str] = {}
    for name in names:
        sums: dict[str, Decimal] = {}
        for key, amount in rises:
            sums[key[name] or ""] = sums.get(key[name] or "", Decimal(0)) + amount
        top = max(sums, key=lambda value: sums[value], default="")
        whole = sum((amount for amount in sums.values() if amount > 0), Decimal(0))
        found[name] = top if whole and sums[top] >= _MOST_OF_IT * whole else ""
    environment = next((found[name] for name in _ENVIRONMENTS if name in found), "")
    return found.get("owner", ""), environment


def _where(anomaly: Anomaly, parts: Sequence[Part]) -> tuple[Filter, ...]:
    """The anomaly's own charges; of one new or dearer thing, only that thing's."""
    most = parts[0] if parts else None
    if most is None or most.cause is not Cause.NEW or most.amount < _MOST_OF_IT * anomaly.excess:
        return anomaly.scope
    resource = most.key.get("resource")
    return (*anomaly.scope, Filter("resource", Op.IS, (resource,))) if resource else anomaly.scope


def _rises_by(
    anomaly: Anomaly, names: Sequence[str], context: Context, *, where: Sequence[Filter]
) -> list[tuple[dict[str, str | None], Decimal]]:
    """How much more each value cost on its days than on as many before."""
    days = Period(anomaly.first_day - _BEFORE, anomaly.last_day + DAY)
    try:
        costs = day_costs(context, period=days, by=names, where=where)
    except PurserError:
        return []
    length = (anomaly.last_day - anomaly.first_day).days + 1
    return [
        (dict(series.key), _rise(series.days, anomaly.first_day, length))
        for series in costs.series
        if series.currency == anomaly.currency
    ]


def _rise(
    days: Iterable[tuple[date, Decimal, Decimal, Decimal]], first: date, length: int
) -> Decimal:
    before = after = Decimal(0)
    for day, usual, committed, _ in days:
        if day < first:
            before += usual + committed
        else:
            after += usual + committed
    return after - before * length / _BEFORE.days


def _resources(anomaly: Anomaly, context: Context) -> tuple[str, ...]:
    """Those with a good share of what is more."""
    rises = _rises_by(anomaly, ("resource",), context, where=anomaly.scope)
    found = sorted(rises, key=lambda pair: -pair[1])[:_RESOURCES]
    least = _TELLING * anomaly.excess
    return tuple(key["resource"] or "" for key, rise in found if key["resource"] and rise >= least)


def _hour(anomaly: Anomaly, context: Context) -> datetime | None:
    """The first hour that was well above the same hours of the week before.

    None where the bills are not hourly, or the whole day was.
    """
    from tools.costs import cost_by

    days = Between(anomaly.first_day - 7 * DAY, anomaly.first_day + DAY)
    query = Query(period=days, filters=anomaly.scope, grain=Grain.HOUR)
    try:
        table = cost_by(query, context=context)
    except PurserError:
        return None
    if not isinstance(table, CostTable):
        return None
    hours: dict[datetime, Decimal] = {}
    for row in table.rows:
        if row.currency == anomaly.currency and row.key.get("time"):
            hours[datetime.fromisoformat(str(row.key["time"]))] = row.value or Decimal(0)
    mine = {at: cost for at, cost in hours.items() if at.date() == anomaly.first_day}
    least = max(mine.values(), default=Decimal(0)) * _WELL
    for at in sorted(mine) if len(mine) >= _HOURLY else ():
        before = [hours.get(at - n * DAY, Decimal(0)) for n in range(1, 8)]
        if mine[at] - sum(before, Decimal(0)) / len(before) >= least:
            return at.replace(tzinfo=UTC) if at.hour else None
    return None


def _planned(anomaly: Anomaly, context: Context, happenings: Happenings) -> str:
    cares = Sensitivity(score=SCORE, relative=RELATIVE, absolute=LEAST)
    return planned_by(
        anomaly, context=context, happenings=happenings, sensitivity=cares, history=HISTORY
    )
