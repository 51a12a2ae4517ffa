"""How a single figure, day or name is written for people: the same everywhere."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

from tools.core.dimensions import BUILT_IN
from tools.core.money import money_text
from tools.core.periods import Period, Unit, shift
from tools.core.query import Grain, Metric, MetricKind
from tools.core.results import Change, CostTable

NAME_LENGTH = 80  # characters of a name from a bill; longer ones are cut
MINUS = "−"

_UNITS = {
    "gpu-hours": "GPU-hours",
    "gb": "GB",
    "gb-months": "GB-months",
    "gb-hours": "GB-hours",
    "tb": "TB",
    "vcpu-hours": "vCPU-hours",
}
_GREAT = (
    (Decimal(10) ** 12, "trillion", "T"),
    (Decimal(10) ** 9, "billion", "B"),
    (Decimal(10) ** 6, "million", "M"),
    (Decimal(10) ** 3, "", "k"),
)
_ROUNDS_UP = Decimal("0.9995")  # from here on three digits show the next greater word


def amount_text(value: Decimal, table: CostTable, *, currency: str | None = None) -> str:
    """A figure of the table in full: `$1,234.56`, `1.24 billion tokens`, `$2.31 per 1M tokens`."""
    metric = table.query.metric
    match metric.kind:
        case MetricKind.COST:
            return money_text(value, currency or table.currency)
        case MetricKind.QUANTITY:
            return quantity_text(value, table.unit or metric.unit)
        case MetricKind.UNIT_COST:
            return f"{price_text(value, currency or table.currency)} {per_text(metric)}"


def cell_text(value: Decimal, table: CostTable, *, currency: str | None = None) -> str:
    """The same for a column whose heading names the unit: `1,240,000,000`, `$2.31`."""
    match table.query.metric.kind:
        case MetricKind.COST:
            return money_text(value, currency or table.currency)
        case MetricKind.QUANTITY:
            return number_text(value)
        case MetricKind.UNIT_COST:
            return price_text(value, currency or table.currency)


def short_text(value: Decimal, table: CostTable, *, currency: str | None = None) -> str:
    """For a chart: `$48.2k`, `1.24B`, `$2.31`."""
    kind = table.query.metric.kind
    currency = currency or table.currency
    if kind is MetricKind.UNIT_COST:
        return price_text(value, currency)
    for size, _, letter in _GREAT:
        if abs(value) >= size * _ROUNDS_UP:
            number = value / size
            if kind is MetricKind.QUANTITY:
                return f"{_three_digits(number)}{letter}"
            return f"{money_text(number, currency, places=_places(number))}{letter}"
    if kind is MetricKind.QUANTITY:
        return number_text(value)
    return money_text(value, currency, places=0 if abs(value) >= 100 else None)


def quantity_text(value: Decimal, unit: str | None) -> str:
    """`1.24 billion tokens`, `3,120.5 GPU-hours`."""
    words = unit_text(unit)
    for size, name, _ in _GREAT[:3]:
        if abs(value) >= size * _ROUNDS_UP:
            return f"{_three_digits(value / size)} {name} {words}"
    if value == 1:
        words = words.removesuffix("s")
    return f"{number_text(value)} {words}"


def number_text(value: Decimal) -> str:
    """`1,240,000`, `3,120.5`: at most two decimals, more only for what is below one."""
    size = abs(value)
    places = 2 if size >= 1 or not size else min(12, 2 - size.adjusted())
    text = f"{size.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN):,f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return f"{MINUS}{text}" if value < 0 and text != "0" else text


def price_text(value: Decimal, currency: str | None) -> str:
    """A price keeps three digits however small: `$2.31`, `$0.0042`."""
    size = abs(value)
    places = 2 if size >= 1 or not size else min(12, 2 - size.adjusted())
    if places > 2:
        rounded = size.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN).normalize()
        places = max(2, -int(rounded.as_tuple().exponent))
    return money_text(value, currency, places=places)


def per_text(metric: Metric) -> str:
    """`per 1M tokens`, `per GPU-hour`."""
    unit = unit_text(metric.unit)
    if metric.per == 1:
        return f"per {unit.removesuffix('s')}"
    if metric.per % 1_000_000 == 0:
        return f"per {metric.per // 1_000_000}M {unit}"
    return f"per {metric.per:,} {unit}"


def unit_text(unit: str | None) -> str:
    """A consumed unit as people write it."""
    if not unit:
        return "units"
    return _UNITS.get(unit, clean(unit))


def metric_text(table: CostTable) -> str:
    """What a column or an axis shows: `effective cost`, `tokens`, `cost per 1M tokens`."""
    metric = table.query.metric
    match metric.kind:
        case MetricKind.COST:
            return f"{metric.cost} cost"
        case MetricKind.QUANTITY:
            return unit_text(table.unit or metric.unit) if table.unit or metric.unit else "quantity"
        case MetricKind.UNIT_COST:
            return f"{metric.cost} cost {per_text(metric)}"


def percent_text(ratio: Decimal, *, signed: bool = False) -> str:
    """0.417 → `41.7 %`; what is smaller than can be shown is `<0.1 %`, never 0."""
    size = abs(ratio) * 100
    sign = MINUS if ratio < 0 else "+" if signed and ratio > 0 else ""
    if 0 < size < Decimal("0.05"):
        return f"{sign}<0.1 %"
    return f"{sign}{size.quantize(Decimal('0.1'), ROUND_HALF_EVEN):,f} %"


def name_text(value: str | None, dimension: str) -> str:
    """A group's name; `untagged` where nobody gave one, `no region` for a bill's own column."""
    if value is None:
        return f"no {dimension.replace('_', ' ')}" if dimension in BUILT_IN else "untagged"
    text = clean(value)
    return f"“{text}”" if text in ("untagged", "other", "") else text


def clean(text: str) -> str:
    """Text from a bill without what would disturb a line, cut to `NAME_LENGTH`.

    Control, bidirectional and unassigned characters could hide or reorder what a reader sees.
    """
    kept = "".join(" " if unicodedata.category(c) in _UNSAFE else c for c in text)
    kept = " ".join(kept.split())
    return kept if len(kept) <= NAME_LENGTH else kept[: NAME_LENGTH - 1].rstrip() + "…"


_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def day_text(day: date, *, year: int | None = None) -> str:
    """`Nov 19`; with its year where it is not `year`."""
    text = f"{day:%b} {day.day}"
    return text if day.year == year else f"{text}, {day.year}"


def span_text(period: Period, *, year: int | None = None) -> str:
    """`Nov 1–19`, `Oct 28 – Nov 3`; with years where they are not `year`."""
    first, last = period.start, period.last
    if first == last:
        return day_text(first, year=year)
    if (first.year, first.month) == (last.year, last.month):
        tail = "" if last.year == year else f", {last.year}"
        return f"{first:%b} {first.day}–{last.day}{tail}"
    shown = year if first.year == last.year else None
    start = f"{first:%b} {first.day}" if first.year == last.year else day_text(first, year=None)
    return f"{start} – {day_text(last, year=shown)}"


def whole_text(period: Period, *, year: int | None = None) -> str:
    """`September 2026` for a whole month, else as a span."""
    if period.start.day == 1 and period.end == shift(period.start, Unit.MONTH, 1):
        return f"{period.start:%B %Y}"
    return span_text(period, year=year)


def age_text(age: timedelta) -> str:
    """`just now`, `5 min ago`, `2 h ago`, `3 days ago`."""
    minutes = int(age.total_seconds() // 60)
    if minutes < 1:
        return "just now"
    if minutes < 60:
        return f"{minutes} min ago"
    if minutes < 48 * 60:
        return f"{minutes // 60} h ago"
    return f"{minutes // (24 * 60)} days ago"


def time_text(value: str | None, grain: Grain, *, year: int | None = None) -> str:
    """The `time` of a row: `Nov 19`, `week of Nov 16`, `Nov 2026`, `Nov 19, 13:00`."""
    try:
        moment = datetime.fromisoformat(value or "")
    except ValueError:
        return clean(value) if value else "no day"
    day = day_text(moment.date(), year=year)
    match grain:
        case Grain.MONTH:
            return f"{moment:%b %Y}"
        case Grain.WEEK:
            return f"week of {day}"
        case Grain.HOUR:
            return f"{day}, {moment:%H:%M}"
        case _:
            return day


def present_year(table: CostTable | Change) -> int:
    """The year a reader takes for granted: that of the newest bill touched."""
    return table.as_of.year if table.as_of else (table.complete_through or table.period.last).year


def _three_digits(value: Decimal) -> str:
    return money_text(value, None, places=_places(value))


def _places(value: Decimal) -> int:
    """How many decimals leave three digits in all."""
    return max(0, 2 - max(0, value.adjusted()))
