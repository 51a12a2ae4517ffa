"""The rhythm of a series of daily costs: its weekdays, the shape of its months, its level, growth.

Plain medians and trimmed means over what a day costs relative to its surroundings, so that a
single strange day, week or month changes nothing. Sums over any days are differences of running
sums, so that the work grows with the days only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import accumulate, count, pairwise
from math import log
from operator import mul, sub

from tools.core.periods import DAY, Unit, shift
from tools.watch.levels import RECENT

_WEEKS = 13  # that tell the weekdays
_FEWEST = 3  # weekdays or months that are needed to tell what is usual of them
_HALF_MONTH = 15
_PLACES = 2 * _HALF_MONTH + 1
_SHAPED = 7 * 31  # days that tell the shape of months
_TELLS = 0.25  # of an average day: a quieter one says little of the level
_ODD = 5  # of so many months, one may differ
_CLEAR = 1.3  # two months that are both so much above tell as well as three
_LITTLE = 0.02  # a place that is off by less is like any other
_BLOCK = 28  # days between which growth is seen
_BLOCKS = 7
_DAMPED = 0.8  # of the growth so far is expected to go on
_MOST_GROWTH = 0.15  # in a block

Floats = Sequence[float]


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What is usual of a series.

    Args:
        factors: of each day from the series' first on, and beyond its last: how much of an average
            day it is.
        sums: running sums of `factors`, one longer.
        costs: running sums of the series, one longer.
        levels: the days that tell the level: (place, cost of an average day), in order.
        growth: a day, as a share, damped.
    """

    factors: Floats
    sums: Floats
    costs: Floats
    levels: Sequence[tuple[int, float]]
    growth: float

    def daily(self, days: int, *, start: int, until: int, level: float) -> list[float]:
        """What each of the days `[start, until)` costs when `days` days are known.

        Args:
            days: how many are known.
            start: place of the first wanted.
            until: place after the last one.
            level: what an average day costs.
        """
        ahead = RECENT / 2 - days
        growth = self.growth
        factors = self.factors
        return [level * factors[n] * (1 + growth * (n + ahead)) for n in range(start, until)]

    def whole(self, days: int, *, until: int, level: float) -> float:
        """What the days after the first `days` cost in all, up to a place, as near as `daily`."""
        ahead = RECENT / 2 + (until - days) / 2
        return level * (self.sums[until] - self.sums[days]) * (1 + self.growth * ahead)


def rhythm(usual: Floats, start: date, *, until: int) -> Rhythm:
    """What is usual of complete days.

    Args:
        usual: what each costs, from `start` on without a gap.
        start: the first.
        until: factors are wanted for so many days from it on.
    """
    weekdays, places = calendar(start, until)
    costs = (0.0, *accumulate(usual))
    weekly = _weekdays(usual, costs, start.weekday())
    plain = [weekly[weekday] for weekday in weekdays]
    shape = _shape(usual, plain, costs, places)
    factors = list(map(mul, plain, [shape[place] for place in places])) if shape else plain
    sums = (0.0, *accumulate(factors))
    levels = [
        (n, cost / factor) for n, cost, factor in zip(count(), usual, factors) if factor > _TELLS
    ]
    return Rhythm(factors, sums, costs, levels, _growth(costs, sums))


@lru_cache(maxsize=256)
def calendar(start: date, days: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Weekdays and places in the month of so many days; a month's ends are told from its end.

    Places 0 to 14 are the first days of a month, 15 the last one, 16 the one before it.
    """
    weekdays, places = [], []
    for n in range(days):
        day = start + n * DAY
        left = (shift(day.replace(day=1), Unit.MONTH, 1) - day).days - 1
        weekdays.append(day.weekday())
        places.append(day.day - 1 if day.day <= _HALF_MONTH else _HALF_MONTH + left)
    return tuple(weekdays), tuple(places)


def _median(values: list[float]) -> float:
    values.sort()
    half, odd = divmod(len(values), 2)
    return values[half] if odd else (values[half - 1] + values[half]) / 2


def _weekdays(usual: Floats, costs: Floats, first: int) -> list[float]:
    """How much of an average day each weekday is, Monday first."""
    days = len(usual)
    begin = max(3, days - 3 - 7 * _WEEKS)
    ratios: list[list[float]] = [[] for _ in range(7)]
    for n in range(begin, days - 3):
        week = costs[n + 4] - costs[n - 3]
        if week > 0:
            ratios[(first + n) % 7].append(7 * usual[n] / week)
    if min(map(len, ratios)) < _FEWEST:
        return [1.0] * 7
    found = [max(0.0, _median(some)) for some in ratios]
    whole = sum(found)
    return [7 * value / whole for value in found] if whole > 0 else [1.0] * 7


def _shape(usual: Floats, plain: Floats, costs: Floats, places: tuple[int, ...]) -> list[float]:
    """How much of an average day each place of a month is; empty where all are alike."""
    days, half = len(usual), _HALF_MONTH
    if days <= 2 * half:
        return []
    sums = (0.0, *accumulate(plain))
    begin, width = max(0, days - _SHAPED), 2 * half + 1
    around = map(sub, costs[begin + width :], costs[begin:])  # of the month around each day
    alike = map(sub, sums[begin + width :], sums[begin:])
    inner = slice(begin + half, days - half)
    ratios = [
        cost * even / (factor * month) if factor > _TELLS and month > 0 else -1.0
        for cost, factor, month, even in zip(
            usual[inner], plain[inner], around, alike, strict=False
        )
    ]
    found = [
        _sure([ratio for ratio in map(ratios.__getitem__, same) if ratio >= 0])
        for same in _same_places(places[inner])
    ]
    return found if any(value != 1.0 for value in found) else []


@lru_cache(maxsize=256)
def _same_places(places: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
    """Of each place in the month, where it is among some days."""
    found: list[list[int]] = [[] for _ in range(_PLACES)]
    for n, place in enumerate(places):
        found[place].append(n)
    return tuple(map(tuple, found))


def _sure(ratios: list[float]) -> float:
    """The median where all months, or all but one of many, agree that it is not 1."""
    months = len(ratios)
    if months < _FEWEST:
        least = min(ratios, default=1.0)
        return least if months == _FEWEST - 1 and least >= _CLEAR else 1.0
    ratios.sort()
    odd = months // _ODD
    if ratios[odd] <= 1 + _LITTLE and ratios[-1 - odd] >= 1 - _LITTLE:
        return 1.0
    half = months // 2
    middle = ratios[half] if months % 2 else (ratios[half - 1] + ratios[half]) / 2
    return max(0.0, middle)


def _growth(costs: Floats, sums: Floats) -> float:
    """The usual growth a day, as a share: the median between blocks of four weeks."""
    end = len(costs) - 1
    blocks: list[float] = []
    while end >= _BLOCK and len(blocks) < _BLOCKS:
        width = sums[end] - sums[end - _BLOCK]
        if width <= 0 or costs[end] <= costs[end - _BLOCK]:
            break
        blocks.append((costs[end] - costs[end - _BLOCK]) / width)
        end -= _BLOCK
    if len(blocks) <= _FEWEST:
        return 0.0
    steps = [log(new / old) for new, old in pairwise(blocks)]
    step = max(-_MOST_GROWTH, min(_MOST_GROWTH, _median(steps)))
    return _DAMPED * step / _BLOCK
