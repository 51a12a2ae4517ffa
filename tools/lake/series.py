"""The points of an answer's chart, and what is billed already after an open-ended period."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tools.core.periods import DAY, Period, Unit, shift
from tools.core.query import Grain, Metric, MetricKind
from tools.core.results import REST, Point
from tools.core.windows import Window
from tools.lake.answer import Amount, Line, is_beyond
from tools.lake.compile import Compiler, points
from tools.lake.lake import Snapshot

TOP = 5  # more lines than these are not told apart in a chart
LONGEST_BY_GROUP = 92  # days; a longer total by group has no chart of days
_MOST_POINTS = 2000
_Key = tuple[bool, str | None]  # whether it sums the rest, and the group's value
_Found = dict[tuple[date, _Key], Amount]


@dataclass(frozen=True, slots=True)
class Series:
    """Points in order of day, and the tail's value where it can be summed."""

    points: tuple[Point, ...] = ()
    tail: Decimal | None = None


def series(
    compiler: Compiler,
    snapshot: Snapshot,
    *,
    lines: list[Line],
    window: Window,
    only: str | None,
    is_apart: bool,
    complete_through: date | None,
) -> Series:
    """What the chart shows; nothing where currencies or units stay apart.

    One statement at most: over the whole period for a question without a grain, else over the
    tail alone, because the rows already hold the points.
    """
    if is_apart:
        return Series()
    grain = compiler.query.grain
    keys = _keys(compiler, lines)
    wanted = _is_wanted(compiler, window.period)
    found: _Found = {}
    if wanted and grain is not Grain.TOTAL:
        found = _from_rows(lines, keys, period=window.period)
    days = _days_to_read(window, whole=wanted and grain is Grain.TOTAL)
    read = _read(compiler, snapshot, days=days, keys=keys if wanted else None, only=only)
    tail = _tail(read, window.tail, metric=compiler.query.metric)
    if not wanted:
        return Series(tail=tail)
    unit = {Grain.WEEK: Unit.WEEK, Grain.MONTH: Unit.MONTH}.get(grain, Unit.DAY)
    if unit is Unit.DAY:
        found |= read
    made = _points(found, compiler.query.metric, unit=unit, complete=complete_through)
    if unit is Unit.DAY and compiler.query.metric.kind is not MetricKind.UNIT_COST:
        made = _filled(made, window.period, complete=complete_through)
    return Series(tuple(sorted(made, key=lambda p: p.day)), tail)


def _is_wanted(compiler: Compiler, period: Period) -> bool:
    match len(compiler.groups):
        case 0:
            return True
        case 1:
            return compiler.query.grain is not Grain.TOTAL or period.days <= LONGEST_BY_GROUP
        case _:
            return False


def _keys(compiler: Compiler, lines: list[Line]) -> tuple[str | None, ...] | None:
    """The largest groups over the whole period; None for an answer that has no groups."""
    if not compiler.groups:
        return None
    sums: dict[str | None, Amount] = {}
    for line in lines:
        if not line.is_rest:
            key = line.groups[0]
            sums[key] = sums[key] + line.current if key in sums else line.current
    metric = compiler.query.metric
    ranked = sorted(sums.items(), key=lambda item: item[1].value(metric) or 0, reverse=True)
    return tuple(key for key, _ in ranked[:TOP])


def _from_rows(lines: list[Line], keys: tuple[str | None, ...] | None, *, period: Period) -> _Found:
    found: _Found = {}
    for line in lines:
        if line.day is None or is_beyond(line, period):
            continue
        key: _Key = (False, None)
        if keys is not None:
            is_rest = line.is_rest or line.groups[0] not in keys
            key = (is_rest, None if is_rest else line.groups[0])
        place = (line.day, key)
        found[place] = found[place] + line.current if place in found else line.current
    return found


def _days_to_read(window: Window, *, whole: bool) -> Period | None:
    if not whole:
        return window.tail
    return Period(window.period.start, window.tail.end if window.tail else window.period.end)


def _read(
    compiler: Compiler,
    snapshot: Snapshot,
    *,
    days: Period | None,
    keys: tuple[str | None, ...] | None,
    only: str | None,
) -> _Found:
    """Sums per day and key, in the answer's one currency or unit."""
    if days is None:
        return {}
    _, rows = snapshot.run(points(compiler, days, keys=keys))
    if compiler.is_money or compiler.is_apart_by_unit:
        rows = [row for row in rows if row[3] == only]
    found: _Found = defaultdict(lambda: Amount((Decimal(0),) * len(compiler.measures)))
    for day, key, is_rest, _, *sums in rows:
        found[day, (is_rest, key)] += Amount(tuple(sums))
    return dict(found)


def _tail(read: _Found, tail: Period | None, *, metric: Metric) -> Decimal | None:
    late = [amount for (day, _), amount in read.items() if tail is not None and day in tail]
    return sum(late[1:], late[0]).value(metric) if late else None


def _points(found: _Found, metric: Metric, *, unit: Unit, complete: date | None) -> list[Point]:
    made = []
    for (day, (is_rest, key)), amount in found.items():
        value = amount.value(metric)
        if value is not None:
            is_partial = complete is None or shift(day, unit, 1) - DAY > complete
            made.append(Point(day, REST if is_rest else key, value, is_partial=is_partial))
    return made


def _filled(made: list[Point], period: Period, *, complete: date | None) -> list[Point]:
    """With a zero for each complete day on which a key has nothing, so that lines do not leap."""
    keys = dict.fromkeys(point.key for point in made)
    if complete is None or period.days * len(keys) > _MOST_POINTS:
        return made
    present = {(point.day, point.key) for point in made}
    zeros = [
        Point(day, key, Decimal(0))
        for day in period.each_day()
        if day <= complete
        for key in keys
        if (day, key) not in present
    ]
    return made + zeros
