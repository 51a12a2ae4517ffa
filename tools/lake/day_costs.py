"""What each day cost, by any dimensions, in one pass over the daily rollup."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter

from tools.core.clock import today
from tools.core.context import Context
from tools.core.labels import holds
from tools.core.periods import DAY, Between, Period
from tools.core.query import Filter, Query
from tools.core.scope import Scope
from tools.lake.cell_files import read_kept
from tools.lake.compile import Compiler, summed, within
from tools.lake.coverage import LOOK_BACK, Coverage, Touched, coverage
from tools.lake.lake import Rows, Snapshot
from tools.lake.resolve import Expression, Resolver, all_of
from tools.watch.days import DayCost

_Key = tuple[str | None, ...]  # currency, then a value for each dimension
_Days = dict[date, DayCost]
_DAY = attrgetter("day")
_ZERO = Decimal(0)
# Whoever names no category means usage; a correction belongs to an earlier, closed period.
_IS_USAGE = (
    "coalesce(lower(c.charge_category), 'usage') = 'usage' "
    "AND coalesce(lower(c.charge_class), '') <> 'correction'"
)
_IS_COMMITTED = "c.commitment_status IS NOT NULL"
IS_PLAIN = f"{_IS_USAGE} AND NOT {_IS_COMMITTED}"  # usage that no commitment covers
_SORTS = (
    IS_PLAIN,
    f"{_IS_USAGE} AND {_IS_COMMITTED}",
    f"NOT ({_IS_USAGE})",
)
_NAMES = ("usual", "committed", "one_off")
_SORTED_BY = frozenset({"charge_category", "charge_class", "commitment_status"})


@dataclass(frozen=True, slots=True, kw_only=True)
class DaySeries:
    """What one thing cost, day by day, in one currency.

    Args:
        key: dimension → value, in the order asked for; None is a value nobody gave.
        currency: of every day.
        days: ascending. Of the complete days each one since the bills begin, a zero where nothing
            was charged; of later ones those with charges.
        complete_through: the last day complete in every source it has charges in; None where
            none is.
        sources: those sources.
    """

    key: Mapping[str, str | None]
    currency: str
    days: tuple[DayCost, ...]
    complete_through: date | None
    sources: tuple[str, ...]

    @property
    def complete(self) -> tuple[DayCost, ...]:
        """The days to which nothing will be added any more."""
        if self.complete_through is None:
            return ()
        return self.days[: bisect_right(self.days, self.complete_through, key=_DAY)]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCosts:
    """Daily costs of everything asked for.

    Args:
        period: the days asked for.
        series: one for each key and currency, by key.
        complete_through: the last day complete in every source touched; None where none is.
        as_of: when the newest of the bills was loaded.
        first_day: the first day of all bills touched: before it nothing is known.
        touched: the sources with such charges, or of a wider read.
    """

    period: Period
    series: tuple[DaySeries, ...]
    complete_through: date | None
    as_of: datetime | None
    first_day: date | None
    touched: tuple[Touched, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Reads:
    """Daily costs for many who ask for parts of the same: the bills are read once.

    Args:
        first: the earliest day that anybody asks for.
    """

    first: date
    _read: dict[tuple[date, tuple[str, ...], Scope], DayCosts] = field(default_factory=dict)

    def day_costs(
        self, context: Context, *, period: Period, by: Sequence[str], where: Sequence[Filter] = ()
    ) -> DayCosts:
        """As `day_costs`, of a lake that does not change meanwhile."""
        if period.start < self.first or not {f.dimension for f in where} <= set(by):
            return day_costs(context, period=period, by=by, where=where)
        key = (period.end, tuple(by), context.scope)
        if key not in self._read:
            every = Period(self.first, period.end)
            self._read[key] = day_costs(context, period=every, by=by)
        newest = today(context.clock) - DAY
        return _narrowed(self._read[key], period, where, newest=newest)


def _narrowed(
    costs: DayCosts, period: Period, where: Sequence[Filter], *, newest: date
) -> DayCosts:
    """Those of fewer keys, from a later day on."""
    cut = (_since(s, period.start) for s in costs.series if holds(where, s.key))
    series = tuple(s for s in cut if any(day.whole for day in s.days))
    names = {name for s in series for name in s.sources}
    found = Coverage(tuple(source for source in costs.touched if source.name in names))
    return _costs(period, series, found, newest=newest)


def _since(series: DaySeries, first: date) -> DaySeries:
    return replace(series, days=series.days[bisect_left(series.days, first, key=_DAY) :])


def day_costs(
    context: Context, *, period: Period, by: Sequence[str] = (), where: Sequence[Filter] = ()
) -> DayCosts:
    """Effective cost of each day, apart by dimensions, under the asker's scope.

    Args:
        context: the lake, the clock and what the asker may see.
        period: which days.
        by: dimensions, outermost first.
        where: conditions that all must hold.

    Raises:
        InputError: a dimension does not exist.
    """
    snapshot = context.lake.snapshot().asked(where)
    settings = snapshot.settings
    query = Query(
        period=Between(period.start, period.end), group_by=tuple(by), filters=tuple(where)
    )
    compiler = Compiler(query, context.scope, Resolver(settings), settings.currency)
    found = coverage(snapshot, compiler, days=period)
    _, rows = snapshot.run(_statement(compiler, period), days=[period])
    newest, names = today(context.clock) - DAY, [name for name, _ in compiler.groups]
    series = _series(rows, names, period=period, found=found, newest=newest)
    return _costs(period, series, found, newest=newest)


def _costs(
    period: Period, series: tuple[DaySeries, ...], found: Coverage, *, newest: date
) -> DayCosts:
    through = found.complete_through
    return DayCosts(
        period=period,
        series=series,
        complete_through=min(through, newest) if through else None,
        as_of=found.as_of,
        first_day=min((source.bills_start for source in found.sources), default=None),
        touched=found.sources,
    )


def scopes_day_costs(
    context: Context,
    scopes: Sequence[Sequence[Filter]],
    *,
    period: Period,
    names: Sequence[str] = (),
) -> tuple[tuple[DaySeries, ...], ...]:
    """The same for many scopes, in one pass over the bills.

    Args:
        context: the lake, the clock and what the asker may see.
        scopes: conditions; those of one scope must all hold.
        period: which days.
        names: where the question comes again and again: all dimensions that scopes may name. What
            is told apart by them is kept in files, and the bills are read once.

    Returns:
        For each scope, a series for each currency.

    Raises:
        InputError: a dimension does not exist.
    """
    lake, alike = context.lake.snapshot(), defaultdict[Snapshot, list[int]](list)
    for place, scope in enumerate(scopes):  # each where it is asked for, as any question is
        alike[lake.asked(scope)].append(place)
    found: dict[int, tuple[DaySeries, ...]] = {}
    for snapshot, places in alike.items():
        asked = [scopes[place] for place in places]
        read = _together_in(snapshot, context, asked, period=period, names=names)
        found |= zip(places, read, strict=True)
    return tuple(found[place] for place in range(len(scopes)))


def _together_in(
    snapshot: Snapshot,
    context: Context,
    scopes: Sequence[Sequence[Filter]],
    *,
    period: Period,
    names: Sequence[str],
) -> Iterator[tuple[DaySeries, ...]]:
    used = dict.fromkeys(f.dimension for scope in scopes for f in scope)
    query = Query(period=Between(period.start, period.end), group_by=tuple(used))
    settings = snapshot.settings
    compiler = Compiler(query, context.scope, Resolver(settings), settings.currency)
    rows = None
    if names and snapshot.is_of_files and context.scope.is_everything:
        rows = read_kept(snapshot, scopes, names=names, period=period, statement=_cells)
    if rows is None:
        _, rows = snapshot.run(_scopes_statement(compiler, scopes, period), days=[period])
    found = coverage(snapshot, compiler, days=period)
    newest = today(context.clock) - DAY
    apart: defaultdict[str | None, list[DaySeries]] = defaultdict(list)
    for series in _series(rows, ("scope",), period=period, found=found, newest=newest):
        apart[series.key["scope"]].append(series)
    return (tuple(apart[str(number)]) for number in range(len(scopes)))


def _scopes_statement(
    compiler: Compiler, scopes: Sequence[Sequence[Filter]], period: Period
) -> str:
    """As `_statement`; the only key is the number of the scope.

    Which cells a scope covers is found once for each of them, and not again for all their days.
    """
    places = {name: Expression(f"key_{place}") for place, (name, _) in enumerate(compiler.groups)}
    keys = ", ".join(expression.sql for expression in places.values()) or "0 AS nothing"
    same = " AND ".join(f"d.{e.sql} IS NOT DISTINCT FROM c.{e.sql}" for e in places.values())
    each = []
    for number, scope in enumerate(scopes):
        met = all_of(compiler.resolver.condition(f, dimension=places[f.dimension]) for f in scope)
        each.append(f"SELECT '{number}' AS scope, cell FROM cells WHERE {met.sql}")
    either = "\nUNION ALL\n".join(each)
    sums = ", ".join(_text(f"sum({name})") for name in _NAMES)
    return (
        f"WITH days AS MATERIALIZED (\n{_cells(compiler, period)}\n),\n"
        "cells AS MATERIALIZED (SELECT row_number() OVER () AS cell, * FROM "
        f"(SELECT DISTINCT {keys} FROM days)),\n"
        f"covered AS MATERIALIZED (\n{either}\n)\n"
        f"SELECT source, day, currency, scope, {sums}\n"
        f"FROM days AS d JOIN cells AS c ON {same or 'true'} JOIN covered USING (cell)\n"
        "GROUP BY ALL"
    )


def _statement(compiler: Compiler, period: Period) -> str:
    """Source, day, currency, each dimension, and the sums as text: Python reads it faster."""
    texts = ", ".join(f"{_text(name)} AS {name}" for name in _NAMES)
    return f"SELECT * REPLACE ({texts}) FROM (\n{_cells(compiler, period)}\n)"


def _text(amount: str) -> str:
    """An amount as text; none for nothing, as most of what is committed or billed once is."""
    return f"nullif({amount}, 0)::VARCHAR"


def _cells(compiler: Compiler, period: Period) -> str:
    groups = [expression for _, expression in compiler.groups]
    sorting = Expression("true", _SORTED_BY)
    keys = ", ".join(f"{expression.sql} AS key_{place}" for place, expression in enumerate(groups))
    sums = ", ".join(
        f"{summed(compiler.measures[0], only=only)} AS {name}"
        for name, only in zip(_NAMES, _SORTS, strict=True)
    )
    return (
        f"SELECT c.source AS source, c.charge_day AS day, {compiler.reported_currency} AS currency"
        f"{', ' if keys else ''}{keys}, {sums}\n"
        f"FROM {compiler.source(sorting, *groups, in_money=True)}\n"
        f"WHERE {compiler.where(within('c.charge_day', period))}\n"
        "GROUP BY ALL"
    )


def _series(
    rows: Rows, names: Sequence[str], *, period: Period, found: Coverage, newest: date
) -> tuple[DaySeries, ...]:
    merged = _merged(rows, len(names))
    starts = {source.name: source.bills_start for source in found.sources}
    made = []
    for key in sorted(merged, key=lambda key: [(value is None, value or "") for value in key]):
        days, seen = merged[key]
        sources = _standing(seen)
        through = _through(sources, found, newest=newest)
        start = max(period.start, min(starts[source] for source in seen))
        made.append(
            DaySeries(
                key=dict(zip(names, key[1:], strict=True)),
                currency=str(key[0]),
                days=_filled(days, start, through, period),
                complete_through=through,
                sources=sources,
            )
        )
    return tuple(made)


def _merged(rows: Rows, names: int) -> dict[_Key, tuple[_Days, dict[str, date]]]:
    """Each key's days, of all sources together; and each source's last day with a charge."""
    found: dict[_Key, tuple[_Days, dict[str, date]]] = {}
    first = 3 + names
    for row in rows:
        source, day, key = row[0], row[1], row[2:first]
        usual, committed, once = row[first:]
        known = found.get(key)
        if known is None:
            known = found[key] = ({}, {})
        days, seen = known
        new = DayCost(
            day,
            Decimal(usual) if usual else _ZERO,
            Decimal(committed) if committed else _ZERO,
            Decimal(once) if once else _ZERO,
        )
        old = days.get(day)
        days[day] = _together(old, new) if old else new
        if source not in seen or seen[source] < day:
            seen[source] = day
    return found


def _together(one: DayCost, other: DayCost) -> DayCost:
    return DayCost(
        one.day,
        one.usual + other.usual,
        one.committed + other.committed,
        one.one_off + other.one_off,
    )


def _standing(seen: Mapping[str, date]) -> tuple[str, ...]:
    """The sources that hold a series back: one silent for long no longer does."""
    newest = max(seen.values())
    return tuple(sorted(name for name, last in seen.items() if last >= newest - LOOK_BACK))


def _through(sources: Sequence[str], found: Coverage, *, newest: date) -> date | None:
    days = [source.complete_through for source in found.sources if source.name in sources]
    known = [day for day in days if day is not None]
    return min(*known, newest) if known and len(known) == len(days) else None


def _filled(days: _Days, start: date, through: date | None, period: Period) -> tuple[DayCost, ...]:
    """With a zero for each complete day without a charge, so that averages are of all days."""
    end = min(through, period.last) if through else None
    if end is None or start > end:
        return tuple(days[day] for day in sorted(days))
    whole = [days.get(day) or DayCost(day, _ZERO) for day in _each(start, end)]
    before = [days[day] for day in sorted(day for day in days if day < start)]
    after = [days[day] for day in sorted(day for day in days if day > end)]
    return (*before, *whole, *after)


@lru_cache(maxsize=64)
def _each(first: date, last: date) -> tuple[date, ...]:
    return tuple(Period(first, last + DAY).each_day())
