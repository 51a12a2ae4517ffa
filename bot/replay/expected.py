"""Which alerts a planted year has to bring: from the truth alone, by no code that alerts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from tools.core.periods import DAY, Period, shift
from tools.samples.planted import PlannedBudget
from tools.samples.planted_year import PlantedYear, periods_of

SETTLES = timedelta(days=10)  # after its end a period's bills still come
OLD = timedelta(days=2)  # what was crossed longer before the first look is no alert
LATE = timedelta(days=1)  # an alert comes on the day of its crossing or the next


class Fact(NamedTuple):
    """So many percent of a budget's period were spent; told once for each raise behind it.

    Args:
        budget: its place among the planted ones.
        start: of the period.
        threshold: percent.
    """

    budget: int
    start: date
    threshold: int


class Told(NamedTuple):
    """An alert on a fact, and the day it was put."""

    fact: Fact
    day: date


class Warned(NamedTuple):
    """An alert that says a budget will be overrun.

    Args:
        budget: its place among the planted ones.
        start: of the period.
        kind: what it rests on.
        amount: of the budget, that day.
        day: it was put on.
    """

    budget: int
    start: date
    kind: str
    amount: float
    day: date


@dataclass(frozen=True, slots=True)
class Warnings:
    """How alerts on what is to come held.

    Args:
        sent: of periods whose end is known, each once.
        doubled: told again.
        wrong: of those sent, the ones whose period kept within its budget.
    """

    sent: int
    doubled: int
    wrong: tuple[Warned, ...]

    @property
    def right(self) -> int:
        """Those whose period went over its budget."""
        return self.sent - len(self.wrong)


@dataclass(slots=True)
class Tally:
    """How the alerts that came agree with those that had to.

    Args:
        expected: facts that had to be told.
        sent: facts that were.
        doubled: facts told again.
        missed: facts not told, or later than the next day.
        wrong: facts told that never were.
    """

    expected: int = 0
    sent: int = 0
    doubled: int = 0
    missed: int = 0
    wrong: list[Told] = field(default_factory=list)
    late: list[Told] = field(default_factory=list)


def expected_alerts(
    year: PlantedYear, days: Period, thresholds: Iterable[int]
) -> tuple[tuple[Told, ...], frozenset[Fact]]:
    """What has to be told and when, and the facts that are nobody's news on the first days.

    Args:
        year: the truth.
        days: that are played.
        thresholds: percent.
    """
    told: list[Told] = []
    old: set[Fact] = set()
    for n, budget in enumerate(year.budgets):
        for window in periods_of(budget, Period(days.start - SETTLES, days.end)):
            first = max(days.start, window.start)
            if first >= min(days.end, window.end + SETTLES):
                continue
            found, ancient = _of_period(year, n, window, days, tuple(thresholds))
            told += found
            old |= ancient
    return tuple(told), frozenset(old)


def amount_on(budget: PlannedBudget, day: date) -> float:
    """A budget's amount on a day."""
    raised = budget.raised
    return float(raised[1] if raised and day >= raised[0] else budget.amount)


def _of_period(
    year: PlantedYear, n: int, window: Period, days: Period, thresholds: tuple[int, ...]
) -> tuple[list[Told], set[Fact]]:
    told: list[Told] = []
    old: set[Fact] = set()
    behind: set[int] = set()
    budget, before = year.budgets[n], None
    for day in _mornings(window, days):
        spent, amount = year.spent(n, day, window), amount_on(budget, day)
        if before is not None and amount > before[1]:
            # A raise arms anew whatever is ahead again.
            behind = {t for t in behind if before[0] * 100 >= t * amount}
        reached = [t for t in thresholds if spent * 100 >= t * amount and t not in behind]
        for threshold in reached:
            fact = Fact(n, window.start, threshold)
            if day == days.start and window.start < day:
                old.add(fact)  # nobody looked before: it may be too old to be told
            else:
                told.append(Told(fact, day))
        behind |= set(reached)
        before = (spent, amount)
    return told, old


def _mornings(window: Period, days: Period) -> Iterator[date]:
    """The days on which a period is looked at."""
    first, end = max(window.start, days.start), min(window.end + SETTLES, days.end)
    return iter(()) if first >= end else Period(first, end).each_day()


def tallied(
    expected: Iterable[Told], old: frozenset[Fact], found: Iterable[Told], *, end: date
) -> Tally:
    """Hold what was told against what had to be.

    Args:
        expected: what had to be told.
        old: facts that may be told on the first day, or not.
        found: what was told.
        end: the day after the last one played; what had to be told on that one may still come.
    """
    tally, left = Tally(), list(found)
    due: list[Told] = sorted(expected, key=lambda t: t.day)
    for want in due:
        hit = next((f for f in left if f.fact == want.fact and f.day >= want.day), None)
        if hit is not None:
            left.remove(hit)
            tally.sent += 1
            if hit.day > want.day + LATE:
                tally.late.append(hit)
        elif want.day == end - DAY:
            continue
        tally.expected += 1
        tally.missed += hit is None or hit.day > want.day + LATE
    true = {want.fact for want in due}
    for one in left:
        if one.fact in old:
            old = old - {one.fact}
            continue
        tally.sent += 1
        if one.fact in true:
            tally.doubled += 1
        else:
            tally.wrong.append(one)
    return tally


def judged(warned: Iterable[Warned], year: PlantedYear) -> Warnings:
    """Hold alerts on what is to come against what came.

    Args:
        warned: oldest first.
        year: the truth.
    """
    sent: dict[tuple[int, date, str, float], Warned] = {}
    doubled = 0
    for one in warned:
        doubled += one[:4] in sent
        sent.setdefault(one[:4], one)
    known = [(one, window) for one in sent.values() if (window := _ended(one, year))]
    wrong = tuple(one for one, window in known if year.whole(one.budget, window) <= one.amount)
    return Warnings(len(known), doubled, wrong)


def _ended(warned: Warned, year: PlantedYear) -> Period | None:
    """The period, where its bills go to its end."""
    end = shift(warned.start, year.budgets[warned.budget].period, 1)
    return Period(warned.start, end) if end <= year.days.end else None
