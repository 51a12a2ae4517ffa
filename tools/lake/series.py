"""The points of an answer's chart, and what is billed already after an open-ended period.

Totals by group are drawn from the rows and have no points; neither has what stays apart.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tools.core.periods import DAY, Period, Unit, shift
from tools.core.query import Grain, Metric, MetricKind
from tools.core.results import REST, Point
from tools.core.windows import Window
from tools.lake.answer import Line, Sums, Totals, added, metric_value
from tools.lake.compile import Compiler, points
from tools.lake.coverage import Coverage
from tools.lake.lake import Snapshot

TOP = 5  # more lines than these are not told apart in a chart
_MOST_POINTS = 2000
_UNITS = {Grain.WEEK: Unit.WEEK, Grain.MONTH: Unit.MONTH}


_Place = tuple[date, bool, str | None]  # day, whether of the rest, key
_Found = dict[_Place, Sums]


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
    whole: Totals,
    found: Coverage,
) -> Series:
    """What the chart shows, with one statement at most: rows cut by time hold the points."""
    if whole.is_apart:
        return Series()
    metric, grain = compiler.query.metric, compiler.query.grain
    keys = _largest(lines, metric) if compiler.groups else None
    is_cut = grain is not Grain.TOTAL and len(compiler.groups) <= 1
    is_total = grain is Grain.TOTAL and not compiler.groups
    tail = window.tail if window.tail and _reaches(found, window.tail) else None
    periods = [p for p in (tail, *(window.periods if is_total else ())) if p]
    read = _read(
        compiler, snapshot, periods=periods, keys=keys if is_cut else None, only=whole.only
    )
    late = [sums for (day, *_), sums in read.items() if tail and day in tail]
    tail_value = metric_value(added(late), metric) if late else None
    if not (is_cut or is_total):
        return Series(tail=tail_value)
    made = _current(lines, read, grain=grain, keys=keys, tail=tail, window=window)
    drawn = _points(made, metric, unit=_UNITS.get(grain, Unit.DAY), found=found)
    if grain not in _UNITS and metric.kind is not MetricKind.UNIT_COST:
        drawn += _zeros(drawn, window.period, complete=found.complete_through)
    before = _before(read, window, metric) if is_total else []
    return Series(tuple(before + sorted(drawn, key=lambda point: point.day)), tail_value)


def _reaches(found: Coverage, tail: Period) -> bool:
    """False where no bill can hold anything in the tail, so that nothing need be read."""
    return found.days is None or found.days.end > tail.start


def _largest(lines: list[Line], metric: Metric) -> tuple[str | None, ...]:
    """The largest values of the first group over the whole period."""
    sums: defaultdict[str | None, list[Sums]] = defaultdict(list)
    for line in lines:
        if not line.is_rest:
            sums[line.groups[0]].append(line.current)
    values = {key: metric_value(added(some), metric) or Decimal(0) for key, some in sums.items()}
    return tuple(sorted(values, key=lambda key: values[key], reverse=True)[:TOP])


def _read(
    compiler: Compiler,
    snapshot: Snapshot,
    *,
    periods: list[Period],
    keys: tuple[str | None, ...] | None,
    only: str | None,
) -> _Found:
    """Sums per day and key from the lake, in the answer's one currency or unit."""
    if not periods:
        return {}
    _, rows = snapshot.run(points(compiler, periods, keys=keys), days=periods)
    if compiler.is_money or compiler.is_apart_by_unit:
        rows = [row for row in rows if row[3] == only]
    return _grouped(((day, is_rest, key), tuple(s)) for day, key, is_rest, _, *s in rows)


def _current(
    lines: list[Line],
    read: _Found,
    *,
    grain: Grain,
    keys: tuple[str | None, ...] | None,
    tail: Period | None,
    window: Window,
) -> _Found:
    """The period's sums per bucket, and behind them the tail's where buckets are days."""
    if grain is Grain.TOTAL:
        return {p: s for p, s in read.items() if p[0] in window.period or (tail and p[0] in tail)}
    made = _grouped(_placed(lines, keys))
    return made if grain in _UNITS else made | read


def _placed(
    lines: list[Line], keys: tuple[str | None, ...] | None
) -> Iterator[tuple[_Place, Sums]]:
    for line in lines:
        if line.day is None:
            continue
        if keys is None:
            yield (line.day, False, None), line.current
        elif not line.is_rest and line.groups[0] in keys:
            yield (line.day, False, line.groups[0]), line.current
        else:
            yield (line.day, True, None), line.current


def _grouped(pairs: Iterable[tuple[_Place, Sums]]) -> _Found:
    found: defaultdict[_Place, list[Sums]] = defaultdict(list)
    for place, sums in pairs:
        found[place].append(sums)
    return {place: many[0] if len(many) == 1 else added(many) for place, many in found.items()}


def _points(sums: _Found, metric: Metric, *, unit: Unit, found: Coverage) -> list[Point]:
    made = []
    complete = found.complete_through
    is_partial = {day: complete is None or shift(day, unit, 1) - DAY > complete for day, *_ in sums}
    for (day, is_rest, key), some in sums.items():
        value = metric_value(some, metric)
        if value is not None:
            made.append(Point(day, REST if is_rest else key, value, is_partial=is_partial[day]))
    return made


def _zeros(drawn: list[Point], period: Period, *, complete: date | None) -> list[Point]:
    """A zero for each complete day on which a key has nothing, so that lines do not leap."""
    keys = dict.fromkeys(point.key for point in drawn)
    if complete is None or period.days * len(keys) > _MOST_POINTS:
        return []
    present = {(point.day, point.key) for point in drawn}
    days = [day for day in period.each_day() if day <= complete]
    missing = ((day, key) for day in days for key in keys if (day, key) not in present)
    return [Point(day, key, Decimal(0)) for day, key in missing]


def _before(read: _Found, window: Window, metric: Metric) -> list[Point]:
    """The days of the period compared with, each under its own date."""
    made = []
    for (day, *_), sums in sorted(read.items(), key=lambda item: item[0][0]):
        value = metric_value(sums, metric)
        if window.previous and day in window.previous and value is not None:
            made.append(Point(day, None, value, is_previous=True))
    return made
