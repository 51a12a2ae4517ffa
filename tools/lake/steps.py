"""The day on which use or a price took a step: pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from tools.core.results import Cause
from tools.core.windows import Window

_CLEAR = 0.7  # of the variance that the step has to take away
_SIZE = 0.2  # of the higher level: how large a step has to be
FEWEST = 4  # days below which any two days look like a step

Daily = Mapping[date, tuple[Decimal, Decimal]]  # cost and quantity by day


def first_day_of_step(daily: Daily, window: Window, *, cause: Cause) -> date | None:
    """The first day of the new level; None where no day inside the period is clearly that.

    The split into two levels that leaves the least sum of squares (Page's change of mean for
    one change). A price is cost over quantity on days with both; use is the quantity, or the
    cost where nothing is counted.
    """
    days = sorted(d for period in window.periods for d in period.each_day())
    levels = [(day, _level(*daily.get(day, (Decimal(0), Decimal(0))), cause)) for day in days]
    known = [(day, level) for day, level in levels if level is not None]
    if len(known) < FEWEST:
        return None
    place = _split([level for _, level in known])
    if not place:
        return None
    day = known[place][0]
    return day if day in window.period and not is_cut_off(day, window) else None


def is_cut_off(day: date, window: Window) -> bool:
    """Whether a new level on this day may have begun in days that nobody asked about."""
    period, previous = window.periods
    return previous.end != period.start and day in (period.start, previous.end)


def _level(cost: Decimal, quantity: Decimal, cause: Cause) -> float | None:
    if cause is Cause.RATE:
        return float(cost / quantity) if quantity > 0 else None
    return float(quantity) if quantity else float(cost)


def _split(levels: Sequence[float]) -> int | None:
    """Where the second level begins; None where there are no two."""
    count, whole = len(levels), sum(levels)
    mean = whole / count
    spread = sum((level - mean) ** 2 for level in levels)
    best, place, left = 0.0, 0, 0.0
    for n in range(1, count):
        left += levels[n - 1]
        low, high = left / n, (whole - left) / (count - n)
        taken = n * (low - mean) ** 2 + (count - n) * (high - mean) ** 2
        if taken > best:
            best, place = taken, n
    if not place or best < _CLEAR * spread:
        return None
    low = sum(levels[:place]) / place
    high = sum(levels[place:]) / (count - place)
    return place if abs(high - low) >= _SIZE * max(abs(low), abs(high)) else None
