"""A day that is not over, as far as its hours are billed: what it will come to at least. Pure.

Its hours are held against the same hours of usual days, and the rest of it is taken to be as
usual. So it is judged as any other day is, and what is told of it the whole day will bear out.
What is billed of the newest hours is often not all: there, less than usual says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from statistics import median
from typing import TYPE_CHECKING

from tools.core.periods import DAY
from tools.watch.days import DayCost
from tools.watch.suspects import Key, is_within

if TYPE_CHECKING:
    from tools.lake.day_costs import DaySeries
    from tools.lake.hour_costs import HourSeries

LOOK_BACK = 28 * DAY  # usual days are looked for in so many
FEWEST = 3  # of them are needed
_MOST = 10  # of them count, the newest
_WEEKEND = 5  # the first weekday of it
_WHOLE = 0.8  # of what is usual of an hour: with so much, all of it is billed

_Name = tuple[str, tuple[str | None, ...]]  # currency, and the values of a key


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningDay:
    """A day that is not over in some bills.

    Args:
        day: which.
        hours: what they cost, and usually cost.
        newest: by source, its newest hour that has anything.
    """

    day: date
    hours: Sequence[HourSeries]
    newest: Mapping[str, int]

    def so_far(self, key: Key, currency: str) -> tuple[float, float]:
        """What a key's hours cost, and usually do, up to the newest one of each source."""
        mine = [one for one in self.hours if one.currency == currency and is_within(one.key, key)]
        billed = sum(sum(one.billed) for one in mine)
        return billed, sum(sum(one.usual[: self._hours(one)]) for one in mine)

    def until(self, key: Key) -> datetime:
        """The end of the newest hour of a key."""
        found = [self._hours(one) for one in self.hours if is_within(one.key, key)]
        start = datetime.combine(self.day, time(), tzinfo=UTC)
        return start + timedelta(hours=max(found, default=0))

    def beyond_usual(self) -> Mapping[_Name, float]:
        """By how much each key's hours are above what they usually are, or below."""
        whole = {source: self._whole_hours(source) for source in self.newest}
        found: dict[_Name, float] = {}
        for one in self.hours:
            name = one.currency, tuple(one.key.values())
            found[name] = found.get(name, 0.0) + _beyond(one, whole.get(one.source, 0))
        return found

    def _hours(self, one: HourSeries) -> int:
        return self.newest.get(one.source, -1) + 1

    def _whole_hours(self, source: str) -> int:
        """How many hours are billed whole: after them nothing is as much as usual."""
        mine = [one for one in self.hours if one.source == source]
        for hour in reversed(range(self.newest[source])):  # the newest one never is
            usual = sum(one.usual[hour] for one in mine)
            if sum(one.billed[hour] for one in mine) >= _WHOLE * usual:
                return hour + 1
        return 0


def _beyond(one: HourSeries, whole: int) -> float:
    """More than usual so far; what may only have come earlier than usual is none."""
    more = [billed - usual for billed, usual in zip(one.billed, one.usual, strict=True)]
    found = sum(more[:whole]) + sum(max(0.0, one) for one in more[whole:])
    if found <= 0:
        return found
    calm = median(one.usual)
    to_come = sum(max(0.0, usual - calm) for usual in one.usual[whole:])
    return max(0.0, found - to_come)


def usual_days(day: date, *, through: date) -> tuple[date, ...]:
    """The newest whole days like a day: working days, or those of weekends.

    Args:
        day: that is not over.
        through: the last whole day.
    """
    back = ((day - n * DAY) for n in range(1, LOOK_BACK.days + 1))
    alike = [one for one in back if one <= through and _is_weekend(one) == _is_weekend(day)]
    return tuple(alike[:_MOST])


def going_on(costs: Iterable[DaySeries], running: RunningDay) -> Iterator[DaySeries]:
    """The series with that day at the end of those that do not have it whole.

    A series that has no hours costs what it usually does.

    Args:
        costs: daily costs of the keys that the hours have.
        running: the day.
    """
    beyond = running.beyond_usual()
    for series in costs:
        through = series.complete_through
        if through is None or through >= running.day or not series.days:
            yield series
            continue
        known = series.complete
        more = beyond.get((series.currency, tuple(series.key.values())), 0.0)
        days = list(known)
        for n in range((running.day - through).days):
            day = through + (n + 1) * DAY
            days.append(_expected(known, day, more if day == running.day else 0.0))
        yield replace(series, days=tuple(days), complete_through=running.day)


def _expected(known: Sequence[DayCost], day: date, more: float) -> DayCost:
    """A day as usual, and what it has more."""
    alike = set(usual_days(day, through=known[-1].day)) if known else set()
    mine = [one for one in known[-LOOK_BACK.days - DAY.days :] if one.day in alike]
    if not mine:
        return DayCost(day, max(Decimal(0), Decimal(more)))
    usual = median(one.usual for one in mine)
    return DayCost(day, max(Decimal(0), usual + Decimal(more)), known[-1].committed)


def _is_weekend(day: date) -> bool:
    return day.weekday() >= _WEEKEND
