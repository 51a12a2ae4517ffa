"""From a period as people name it to days: pure, given today and what is complete.

Open-ended questions (`last 30d`, `this month`, `since …`) end with the last complete day, and
what they are compared with holds equally many days. Closed periods are taken as named, unless
they are compared while some of their days are still coming in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from tools.core.periods import (
    DAY,
    AllTime,
    Between,
    Current,
    Earlier,
    Period,
    PeriodSpec,
    Rolling,
    Since,
    Unit,
    shift,
    unit_start,
)
from tools.core.query import Against, Comparison, Preceding, Shifted


@dataclass(frozen=True, slots=True)
class Known:
    """What is known when a period is resolved.

    Args:
        today: the current day on the billing clock.
        complete_through: the last day complete in every source touched; None where none is.
        first_day: the first charge day present, for `all time`.
        last_day: the last one, included.
    """

    today: date
    complete_through: date | None = None
    first_day: date | None = None
    last_day: date | None = None

    @property
    def complete_end(self) -> date | None:
        """The day after the last complete one; today is never over."""
        if self.complete_through is None:
            return None
        return min(self.complete_through + DAY, self.today)


@dataclass(frozen=True, slots=True)
class Window:
    """The days a question covers.

    Args:
        period: the days asked about.
        previous: the days compared with, if any.
        tail: the days after an open-ended period, today included, that are not complete.
        is_partial: the period holds days that are not complete.
        notes: what a reader must know about the days.
    """

    period: Period
    previous: Period | None = None
    tail: Period | None = None
    is_partial: bool = False
    notes: tuple[str, ...] = ()

    @property
    def periods(self) -> tuple[Period, ...]:
        """The days asked about, and those compared with."""
        return (self.period, self.previous) if self.previous else (self.period,)


def resolve(spec: PeriodSpec, compare: Comparison | None, *, known: Known) -> Window:
    """The days that `spec` and `compare` mean."""
    period = _days(spec, known)
    open_ended = is_open_ended(spec)
    end, after_today = known.complete_end, known.today + DAY
    window = Window(
        period,
        tail=Period(period.end, after_today) if open_ended and period.end < after_today else None,
        is_partial=end is None or end < min(period.end, after_today),
    )
    if period.start > known.today:
        window = replace(window, is_partial=False)
    if compare is None:
        return window
    compared = _compared(window, spec, compare, known=known)
    return _to_complete_days(compared, known) if compared.is_partial else compared


def _to_complete_days(window: Window, known: Known) -> Window:
    """A named period that is not over, and what it is compared with, cut to complete days.

    Where no day is complete (`yesterday`, often) it stands as named, and is marked partial.
    """
    end, period, previous = known.complete_end, window.period, window.previous
    if end is None or end <= period.start or previous is None:
        return window
    cut = Period(period.start, end)
    last = min(previous.start + cut.days * DAY, previous.end)
    return Window(
        cut,
        previous=Period(previous.start, last),
        tail=Period(end, min(period.end, known.today + DAY)),
    )


def nominal(spec: PeriodSpec, *, today: date) -> Period | None:
    """The days a spec would cover if everything were complete; None for all time."""
    if isinstance(spec, AllTime):
        return None
    return _days(spec, Known(today, complete_through=today))


def is_open_ended(spec: PeriodSpec) -> bool:
    """True where the period ends with the last complete day."""
    return isinstance(spec, Rolling | Current | Since)


def _days(spec: PeriodSpec, known: Known) -> Period:
    today, end = known.today, known.complete_end
    match spec:
        case Rolling(days):
            last = end or today + DAY
            return Period(last - days * DAY, last)
        case Current(unit):
            return _until_complete(unit_start(today, unit), known)
        case Since(start):
            return _until_complete(start, known)
        case Earlier(unit, back, count):
            start = shift(unit_start(today, unit), unit, -back)
            return Period(start, shift(start, unit, count))
        case Between(start, stop):
            return Period(start, stop)
        case AllTime():
            return Period(known.first_day or today, (known.last_day or today) + DAY)


def _until_complete(start: date, known: Known) -> Period:
    end = known.complete_end
    if end is not None and end > start:
        return Period(start, end)
    return Period(start, max(start, known.today) + DAY)


def _compared(window: Window, spec: PeriodSpec, compare: Comparison, *, known: Known) -> Window:
    period = window.period
    notes: tuple[str, ...] = ()
    match compare:
        case Preceding() if isinstance(spec, AllTime):
            return replace(window, notes=("There is nothing before all time to compare with.",))
        case Preceding():
            previous, notes = _preceding(period, spec)
        case Shifted(unit):
            previous, notes = _shifted(period, unit)
        case Against(other):
            previous, notes = _against(period, spec, _days(other, known))
    if previous.days != period.days and not notes:
        notes = (f"{_count(period.days)} against {previous.days}.",)
    return replace(window, previous=previous, notes=notes)


def _preceding(period: Period, spec: PeriodSpec) -> tuple[Period, tuple[str, ...]]:
    if isinstance(spec, Current):
        first = shift(period.start, spec.unit, -1)
        return _clipped(period, first, stop=period.start)
    months = _whole_months(period)
    if months and not isinstance(spec, Rolling | Since):
        return Period(shift(period.start, Unit.MONTH, -months), period.start), ()
    return Period(period.start - period.days * DAY, period.start), ()


def _shifted(period: Period, unit: Unit) -> tuple[Period, tuple[str, ...]]:
    first = shift(period.start, unit, -1)
    if _whole_months(period) and unit not in (Unit.DAY, Unit.WEEK):
        return Period(first, shift(period.end, unit, -1)), ()
    lies_in_one = unit_start(period.start, unit) == unit_start(period.last, unit)
    stop = unit_start(period.start, unit) if lies_in_one else None
    return _clipped(period, first, stop=stop)


def _against(period: Period, spec: PeriodSpec, other: Period) -> tuple[Period, tuple[str, ...]]:
    if not is_open_ended(spec) or other.days <= period.days:
        return other, ()
    first_days = Period(other.start, other.start + period.days * DAY)
    return first_days, (f"Compared with the first {_count(period.days)} from {other.start}.",)


def _clipped(period: Period, first: date, *, stop: date | None) -> tuple[Period, tuple[str, ...]]:
    """As many days from `first` as `period` holds, but none from `stop` on."""
    end = first + period.days * DAY
    if stop is None or end <= stop:
        return Period(first, end), ()
    previous = Period(first, stop)
    note = f"{_count(period.days)} against {previous.days}: the period before is shorter."
    return previous, (note,)


def _whole_months(period: Period) -> int:
    """How many whole calendar months it is; 0 where it is not."""
    if period.start.day != 1 or period.end.day != 1:
        return 0
    years, months = period.end.year - period.start.year, period.end.month - period.start.month
    return 12 * years + months


def _count(days: int) -> str:
    return "1 day" if days == 1 else f"{days} days"
