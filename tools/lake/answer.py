"""From the rows a statement gave to the rows and totals of an answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from tools.core.periods import Period
from tools.core.query import Metric, MetricKind
from tools.core.results import REST, Row
from tools.lake.compile_rows import Layout

UNKNOWN_CURRENCY = "unknown"
_TWELVE = Decimal(1).scaleb(-12)
_SIX = Decimal(1).scaleb(-6)
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Amount:
    """A sum that can grow: of the metric, or of cost and quantity of a unit cost."""

    sums: tuple[Decimal, ...]

    def __add__(self, other: Amount) -> Amount:
        return Amount(tuple(a + b for a, b in zip(self.sums, other.sums, strict=True)))

    def value(self, metric: Metric) -> Decimal | None:
        """The metric; a ratio of sums for a unit cost, None where it has no units."""
        if metric.kind is not MetricKind.UNIT_COST:
            return self.sums[0]
        cost, quantity = self.sums
        return exact(cost / quantity * metric.per) if quantity else None


def exact(value: Decimal) -> Decimal:
    """Rounded to the lake's twelve places."""
    return value.quantize(_TWELVE, ROUND_HALF_EVEN)


@dataclass(frozen=True, slots=True)
class Line:
    """One row as the statement gave it."""

    groups: tuple[str | None, ...]
    time: date | datetime | None
    unit: str | None
    currency: str | None
    current: Amount
    previous: Amount | None
    is_rest: bool
    bill_rows: int
    unpriced_rows: int
    converted_rows: int

    @property
    def day(self) -> date | None:
        """The day of its time bucket."""
        return self.time.date() if isinstance(self.time, datetime) else self.time


def lines(layout: Layout, raw: list[tuple[Any, ...]], *, is_ratio: bool) -> list[Line]:
    """The rows, column by column in their place."""
    groups = sum(role.startswith("group:") for role in layout.roles)
    sums = ("cost", "quantity") if is_ratio else ("value",)
    before = ("previous_cost", "previous_quantity") if is_ratio else ("previous",)
    current = [layout.roles.index(role) for role in sums]
    previous = [layout.roles.index(role) for role in before if role in layout]
    place = layout.place

    def at(row: tuple[Any, ...], index: int | None, otherwise: Any = None) -> Any:  # noqa: ANN401
        return otherwise if index is None else row[index]

    return [
        Line(
            groups=row[:groups],
            time=at(row, place("time")),
            unit=at(row, place("unit")),
            currency=at(row, place("currency")),
            current=Amount(tuple(row[i] for i in current)),
            previous=Amount(tuple(row[i] for i in previous)) if previous else None,
            is_rest=at(row, place("is_rest"), otherwise=False),
            bill_rows=int(at(row, place("bill_rows"))),
            unpriced_rows=int(at(row, place("unpriced_rows"), otherwise=0)),
            converted_rows=int(at(row, place("converted_rows"), otherwise=0)),
        )
        for row in raw
    ]


@dataclass(frozen=True, slots=True)
class Totals:
    """What all lines come to, per currency or unit where those stay apart.

    Args:
        metric: what was summed.
        apart: each currency (for money) or unit (for a quantity), with its sum.
        previous: the same for the period compared with; empty without one.
    """

    metric: Metric
    apart: dict[str | None, Amount]
    previous: dict[str | None, Amount]

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

    def by_currency(self, amounts: dict[str | None, Amount]) -> dict[str, Decimal]:
        """Values per currency; empty for a quantity."""
        if self.metric.kind is MetricKind.QUANTITY:
            return {}
        found = {c or UNKNOWN_CURRENCY: a.value(self.metric) for c, a in amounts.items()}
        return {currency: value for currency, value in found.items() if value is not None}

    def _total(self, amounts: dict[str | None, Amount]) -> Decimal | None:
        if self.is_apart or not amounts:
            return None
        (amount,) = amounts.values()
        return amount.value(self.metric)


def totals(found: list[Line], metric: Metric) -> Totals:
    """Sums over all lines, never across currencies or units."""
    by_unit = metric.kind is MetricKind.QUANTITY
    current: dict[str | None, Amount] = {}
    previous: dict[str | None, Amount] = {}
    for line in found:
        key = line.unit if by_unit else line.currency
        current[key] = current[key] + line.current if key in current else line.current
        if line.previous is not None:
            previous[key] = previous[key] + line.previous if key in previous else line.previous
    return Totals(metric, current, previous)


def rows(
    found: list[Line], layout: Layout, *, metric: Metric, whole: Totals, period: Period
) -> Iterator[Row]:
    """The answer's rows; a previous day without a counterpart counts in the total alone."""
    names = [role.removeprefix("group:") for role in layout.roles if role.startswith("group:")]
    total = whole.total() if metric.kind is not MetricKind.UNIT_COST else None
    for line in found:
        if not is_beyond(line, period):
            value = line.current.value(metric)
            yield Row(
                key=_key(line, names, layout=layout, is_apart=whole.is_apart),
                value=value,
                previous=line.previous.value(metric) if line.previous else None,
                share=_share(value, total),
                currency=line.currency,
                is_rest=line.is_rest,
            )


def is_beyond(line: Line, period: Period) -> bool:
    """True for a previous day that has no current day to stand beside."""
    return line.day is not None and line.day >= period.end and line.bill_rows == 0


def time_text(time: date | datetime) -> str:
    """`2026-11-01`, or `2026-11-01T05:00` for an hour."""
    return time.isoformat(timespec="minutes") if isinstance(time, datetime) else time.isoformat()


def _key(line: Line, names: list[str], *, layout: Layout, is_apart: bool) -> dict[str, str | None]:
    values = (REST,) * len(names) if line.is_rest else line.groups
    key: dict[str, str | None] = dict(zip(names, values, strict=True))
    if line.time is not None:
        key["time"] = time_text(line.time)
    for role in ("unit", "currency") if is_apart else ():
        if role in layout:
            key.setdefault(role, line.unit if role == "unit" else line.currency)
    return key


def _share(value: Decimal | None, total: Decimal | None) -> Decimal | None:
    return (value / total).quantize(_SIX) if value is not None and total else None
