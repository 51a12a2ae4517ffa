"""Periods of bills: half-open ranges of UTC days, and the ways people name them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

DAY = timedelta(days=1)


class Unit(StrEnum):
    """Calendar units; a week starts on Monday (ISO 8601)."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A half-open range of days `[start, end)` on the billing clock (UTC)."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise ValueError(f"empty period {self.start}..{self.end}")

    @property
    def days(self) -> int:
        """How many days it holds."""
        return (self.end - self.start).days

    @property
    def last(self) -> date:
        """Its last day, included."""
        return self.end - DAY

    def __contains__(self, day: date) -> bool:
        return self.start <= day < self.end

    def each_day(self) -> Iterator[date]:
        """Every day in order."""
        return (self.start + n * DAY for n in range(self.days))


@dataclass(frozen=True, slots=True)
class Rolling:
    """`last 30d`: that many whole days, ending with the last complete one. Open-ended."""

    days: int


@dataclass(frozen=True, slots=True)
class Current:
    """`this month`, `today`: from the unit's first day to the last complete one. Open-ended."""

    unit: Unit


@dataclass(frozen=True, slots=True)
class Earlier:
    """`last month`, `yesterday`, `last 3 months`: whole calendar units before the current one.

    `back` units ago counts from the current unit (1 is the one just before);
    the period starts there and holds `count` units.
    """

    unit: Unit
    back: int = 1
    count: int = 1


@dataclass(frozen=True, slots=True)
class Between:
    """`2026-09`, `2026-09-01..2026-09-15`: fixed days, half-open here, inclusive when written."""

    start: date
    end: date


@dataclass(frozen=True, slots=True)
class Since:
    """`since 2026-09-01`: from that day to the last complete one. Open-ended."""

    start: date


@dataclass(frozen=True, slots=True)
class AllTime:
    """`all time`: every row there is, incomplete days included."""


PeriodSpec = Rolling | Current | Earlier | Between | Since | AllTime


def unit_start(day: date, unit: Unit) -> date:
    """The first day of the calendar unit that holds `day`."""
    match unit:
        case Unit.DAY:
            return day
        case Unit.WEEK:
            return day - day.weekday() * DAY
        case Unit.MONTH:
            return day.replace(day=1)
        case Unit.QUARTER:
            return day.replace(month=day.month - (day.month - 1) % 3, day=1)
        case Unit.YEAR:
            return day.replace(month=1, day=1)


def shift(day: date, unit: Unit, by: int) -> date:
    """`day` moved by whole units; a day the month lacks becomes its last (31 → 30, 28)."""
    if unit is Unit.DAY:
        return day + by * DAY
    if unit is Unit.WEEK:
        return day + 7 * by * DAY
    months = by * {Unit.MONTH: 1, Unit.QUARTER: 3, Unit.YEAR: 12}[unit]
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    month_end = date(year + (month0 + 1) // 12, (month0 + 1) % 12 + 1, 1) - DAY
    return date(year, month0 + 1, min(day.day, month_end.day))


def spec_text(spec: PeriodSpec) -> str:
    """The spec as the grammar writes it; reading it back gives an equal spec."""
    match spec:
        case Rolling(days):
            return f"last {days}d"
        case Current(unit):
            return "today" if unit is Unit.DAY else f"this {unit}"
        case Earlier():
            return _earlier_text(spec)
        case Between(start, end):
            return _between_text(start, end)
        case Since(start):
            return f"since {start}"
        case AllTime():
            return "all time"


def _earlier_text(spec: Earlier) -> str:
    if spec == Earlier(Unit.DAY):
        return "yesterday"
    if spec.back == spec.count:
        return f"last {spec.unit}" if spec.count == 1 else f"last {spec.count} {spec.unit}s"
    if spec.count == 1:
        return f"{spec.back} {spec.unit}s ago"
    raise ValueError(f"{spec.count} {spec.unit}s starting {spec.back} ago has no name")


def _between_text(start: date, end: date) -> str:
    if start.day == 1 and end == shift(start, Unit.MONTH, 1):
        return f"{start:%Y-%m}"
    if end == start + DAY:
        return f"{start}"
    return f"{start}..{end - DAY}"
