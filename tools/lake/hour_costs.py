"""What the hours of a day cost beside the same hours of usual days, where bills are hourly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median

from tools.core.context import Context
from tools.core.periods import DAY, Between, Period
from tools.core.query import Filter, Query
from tools.lake.compile import Compiler, within, within_any
from tools.lake.day_costs import IS_PLAIN
from tools.lake.lake import Rows
from tools.lake.quoting import literal
from tools.lake.resolve import Expression, Resolver

HOURS = 24
_IS_HOURLY = "c.charge_end - c.charge_start <= INTERVAL 1 HOUR"
_SORTED_BY = frozenset({"charge_category", "charge_class", "commitment_status"})

Floats = Sequence[float]


@dataclass(frozen=True, slots=True, kw_only=True)
class HourSeries:
    """What one thing is billed by the hour: usage, without what commitments cover.

    Args:
        key: dimension → value, in the order asked for; None is a value nobody gave.
        currency: of all of it.
        source: whose bill it is on.
        usual: of each of the 24 hours, the median of the usual days; an estimate.
        billed: of each hour of the day, so far.
    """

    key: Mapping[str, str | None]
    currency: str
    source: str
    usual: Floats
    billed: Floats


def hourly_days(context: Context, *, period: Period) -> Mapping[date, Mapping[str, int]]:
    """The days that have anything billed by the hour: of each source there, its newest hour.

    Args:
        context: the lake; whatever the asker may see, it says nothing of any costs.
        period: which days.
    """
    snapshot = context.lake.snapshot()

    def read() -> Mapping[date, Mapping[str, int]]:
        sql = (
            "SELECT c.charge_day, c.source, max(hour(c.charge_start))\n"
            "FROM facts AS c\n"
            f"WHERE {within('c.charge_day', period)} AND {_IS_HOURLY} AND {IS_PLAIN}\n"
            "GROUP BY ALL"
        )
        found: dict[date, dict[str, int]] = {}
        for day, source, hour in snapshot.run(sql, days=[period])[1]:
            found.setdefault(day, {})[source] = hour
        return found

    return snapshot.kept(("hourly days", period), read)


def hour_costs(
    context: Context,
    *,
    day: date,
    usual: Sequence[date],
    by: Sequence[str] = (),
    where: Sequence[Filter] = (),
) -> tuple[HourSeries, ...]:
    """Effective cost of a day's hours, apart by dimensions, under the asker's scope.

    Args:
        context: the lake, the clock and what the asker may see.
        day: whose hours.
        usual: days that are like it, and were usual.
        by: dimensions, outermost first.
        where: conditions that all must hold.

    Raises:
        InputError: a dimension does not exist.
    """
    days = [Period(one, one + DAY) for one in (day, *usual)]
    span = Period(min(one.start for one in days), max(one.end for one in days))
    snapshot = context.lake.snapshot().asked(where)
    settings = snapshot.settings
    query = Query(period=Between(span.start, span.end), group_by=tuple(by), filters=tuple(where))
    compiler = Compiler(query, context.scope, Resolver(settings), settings.currency)
    _, rows = snapshot.run(_statement(compiler, day, days), days=days)
    return _series(rows, [name for name, _ in compiler.groups], len(usual))


def _statement(compiler: Compiler, day: date, days: Sequence[Period]) -> str:
    """Source, currency, each dimension, the hour, its cost on the day, its costs on the others."""
    groups = [expression for _, expression in compiler.groups]
    keys = "".join(f", {group.sql} AS key_{place}" for place, group in enumerate(groups))
    sorting = Expression("true", _SORTED_BY)
    is_day = f"day = {literal(day)}"
    return (
        f"SELECT * EXCLUDE (day, cost), coalesce(sum(cost) FILTER ({is_day}), 0), "
        f"coalesce(list(cost) FILTER (NOT {is_day}), [])\n"
        f"FROM (SELECT c.source AS source, {compiler.reported_currency} AS currency{keys}, "
        "hour(c.charge_start) AS hour, c.charge_day AS day, "
        f"sum({compiler.measures[0]})::DOUBLE AS cost\n"
        f"FROM {compiler.source(sorting, *groups, in_money=True, hourly=True)}\n"
        f"WHERE {compiler.where(within_any(days), _IS_HOURLY, IS_PLAIN)}\n"
        "GROUP BY ALL)\nGROUP BY ALL ORDER BY ALL"
    )


def _series(rows: Rows, names: Sequence[str], count: int) -> tuple[HourSeries, ...]:
    usual: dict[tuple[str | None, ...], list[float]] = {}
    billed: dict[tuple[str | None, ...], list[float]] = {}
    for *key, hour, cost, others in rows:
        name = tuple(key)
        billed.setdefault(name, [0.0] * HOURS)[hour] = cost
        missing = [0.0] * (count - len(others))
        usual.setdefault(name, [0.0] * HOURS)[hour] = median([*others, *missing]) if count else 0.0
    return tuple(
        HourSeries(
            key=dict(zip(names, key, strict=True)),
            currency=str(currency),
            source=str(source),
            usual=usual[source, currency, *key],
            billed=costs,
        )
        for (source, currency, *key), costs in billed.items()
    )
