"""From the rows a statement gave to the rows and totals of an answer.

An answer may hold thousands of rows and is to be there in milliseconds, so a line is a plain
tuple and its sums are plain tuples of decimals: the metric, or cost and quantity of a unit cost.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import repeat
from typing import Any, NamedTuple

from tools.core.periods import Period
from tools.core.query import Metric, MetricKind
from tools.core.results import Row
from tools.lake.compile_rows import Layout

UNKNOWN_CURRENCY = "unknown"
Sums = tuple[Decimal, ...]
_TWELVE = Decimal(1).scaleb(-12)
_SIX = Decimal(1).scaleb(-6)


class Line(NamedTuple):
    """One row as the statement gave it."""

    groups: tuple[str | None, ...]
    day: date | None
    time: str | None
    unit: str | None
    currency: str | None
    current: Sums
    previous: Sums | None
    is_rest: bool
    groups_in_rest: int | None  # how many groups the line sums
    bill_rows: int
    unpriced_rows: int
    converted_rows: int


def metric_value(sums: Sums, metric: Metric) -> Decimal | None:
    """The metric; a ratio of sums for a unit cost, None where it has no units."""
    if metric.kind is not MetricKind.UNIT_COST:
        return sums[0]
    cost, quantity = sums
    if not quantity:
        return None
    return (cost / quantity * metric.per).quantize(_TWELVE, ROUND_HALF_EVEN)


def added(many: Iterable[Sums]) -> Sums:
    """Their sum, part by part."""
    return tuple(sum(part, Decimal(0)) for part in zip(*many, strict=True))


def lines(layout: Layout, raw: list[tuple[Any, ...]], *, is_ratio: bool) -> list[Line]:
    """The rows, read column by column; previous days without a counterpart included."""
    columns = list(zip(*raw, strict=True)) if raw else [()] * len(layout.roles)
    times = _column(layout, columns, "time", rows=len(raw))
    sums = ("cost", "quantity") if is_ratio else ("value",)
    before = ("previous_cost", "previous_quantity") if is_ratio else ("previous",)
    compared = [map(Decimal, columns[layout.roles.index(r)]) for r in before if r in layout]
    previous: list[Any] = list(zip(*compared, strict=True))
    days = {t: t.date() if isinstance(t, datetime) else t for t in times}
    texts = {t: _time_text(t) for t in days}
    found: tuple[Iterable[Any], ...] = (
        list(zip(*columns[: len(layout.groups)], strict=True)) or [()] * len(raw),
        map(days.__getitem__, times),
        map(texts.__getitem__, times),
        _column(layout, columns, "unit", rows=len(raw)),
        _column(layout, columns, "currency", rows=len(raw)),
        list(zip(*(map(Decimal, columns[layout.roles.index(r)]) for r in sums), strict=True)),
        previous or [None] * len(raw),
        _column(layout, columns, "is_rest", rows=len(raw), otherwise=False),
        _column(layout, columns, "groups_in_rest", rows=len(raw)),
        *(
            _column(layout, columns, role, rows=len(raw), otherwise=0)
            for role in ("bill_rows", "unpriced_rows", "converted_rows")
        ),
    )
    # As `Line._make`, without a call of Python's for each of thousands.
    return list(map(tuple.__new__, repeat(Line), zip(*found, strict=True)))


def _column(
    layout: Layout,
    columns: list[Any],
    role: str,
    *,
    rows: int,
    otherwise: Any = None,  # noqa: ANN401
) -> list[Any]:
    place = layout.place(role)
    return [otherwise] * rows if place is None else columns[place]


def _time_text(time: date | datetime | None) -> str | None:
    """`2026-11-01`, or `2026-11-01T05:00` for an hour."""
    if isinstance(time, datetime):
        return time.isoformat(timespec="minutes")
    return time.isoformat() if time else None


def standing(found: list[Line], period: Period) -> list[Line]:
    """The lines without those previous days that have no current day to stand beside."""
    return [
        line
        for line in found
        if line.day is None or line.day < period.end or line.bill_rows or not line.previous
    ]


@dataclass(frozen=True, slots=True)
class Totals:
    """What all lines come to, per currency or unit where those stay apart.

    Args:
        metric: what was summed.
        apart: each currency (for money) or unit (for a quantity), with its sums.
        previous: the same for the period compared with; empty without one.
    """

    metric: Metric
    apart: dict[str | None, Sums]
    previous: dict[str | None, Sums]

    @property
    def is_apart(self) -> bool:
        """True where more than one currency or unit stands beside another."""
        return len(self.apart) > 1

    @property
    def only(self) -> str | None:
        """The one currency or unit there is; None where they stay apart or it is unknown."""
        return None if self.is_apart else next(iter(self.apart), None)

    def total(self) -> Decimal | None:
        """Over everything; None where it cannot be summed."""
        return self._total(self.apart)

    def previous_total(self) -> Decimal | None:
        """The same for the period compared with."""
        return self._total(self.previous)

    def by_currency(self, sums: dict[str | None, Sums]) -> dict[str, Decimal]:
        """Values per currency; empty for a quantity."""
        if self.metric.kind is MetricKind.QUANTITY:
            return {}
        found = {c or UNKNOWN_CURRENCY: metric_value(s, self.metric) for c, s in sums.items()}
        return {currency: value for currency, value in found.items() if value is not None}

    def _total(self, sums: dict[str | None, Sums]) -> Decimal | None:
        if self.is_apart or not sums:
            return None
        (only,) = sums.values()
        return metric_value(only, self.metric)


def totals(found: list[Line], metric: Metric) -> Totals:
    """Sums over all lines, never across currencies or units."""
    by_unit = metric.kind is MetricKind.QUANTITY
    apart: defaultdict[str | None, list[Sums]] = defaultdict(list)
    before: defaultdict[str | None, list[Sums]] = defaultdict(list)
    for line in found:
        key = line.unit if by_unit else line.currency
        apart[key].append(line.current)
        if line.previous:
            before[key].append(line.previous)
    return Totals(
        metric,
        {key: added(some) for key, some in apart.items()},
        {key: added(some) for key, some in before.items()},
    )


def rows(found: list[Line], layout: Layout, *, metric: Metric, whole: Totals) -> list[Row]:
    """The answer's rows, in the statement's order."""
    total = whole.total() if metric.kind is not MetricKind.UNIT_COST else None
    values = _values((line.current for line in found), metric)
    made = zip(
        _keys(found, layout, is_apart=whole.is_apart),
        values,
        _values((line.previous for line in found), metric),
        [(v / total).quantize(_SIX) if total and v is not None else None for v in values],
        [line.currency for line in found],
        [line.is_rest for line in found],
        [line.groups_in_rest if line.is_rest else None for line in found],
        strict=True,
    )
    return list(map(tuple.__new__, repeat(Row), made))


def _values(many: Iterable[Sums | None], metric: Metric) -> list[Decimal | None]:
    if metric.kind is MetricKind.UNIT_COST:
        return [metric_value(sums, metric) if sums else None for sums in many]
    return [sums[0] if sums else None for sums in many]


def _keys(found: list[Line], layout: Layout, *, is_apart: bool) -> list[dict[str, str | None]]:
    """Groups, then time, then unit or currency where they stay apart, unless grouped by."""
    groups = [role.removeprefix("group:") for role in layout.roles if role.startswith("group:")]
    apart = [role for role in ("unit", "currency") if is_apart and role in layout]
    apart = [role for role in apart if role not in groups]
    columns: list[Iterable[str | None]] = list(zip(*(line.groups for line in found), strict=True))
    roles = (["time"] if "time" in layout else []) + apart
    columns += [[getattr(line, role) for line in found] for role in roles]
    names = [*groups, *roles]
    if not names:
        return [{} for _ in found]
    # Without `strict`, which takes as long as the rest: there are as many values as columns.
    return [dict(zip(names, values)) for values in zip(*columns, strict=True)]  # noqa: B905
