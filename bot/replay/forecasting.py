"""Forecasts of a planted year's months, against a straight line and the month before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import fmean, median
from typing import NamedTuple

from bot.replay.playing import Play
from tools.core.periods import DAY, Period, Unit, shift
from tools.lake.day_costs import day_costs
from tools.samples.planted import LASTING, Planted
from tools.samples.planted_year import in_scope
from tools.watch.days import DayCost
from tools.watch.forecast import forecast

DAYS = (10, 20)  # of the month
_KNOWN_AFTER = timedelta(days=3)  # mornings until such a day is whole in every bill
_HISTORY = timedelta(days=280)


class Guess(NamedTuple):
    """What three ways of guessing said of one budget's month.

    Args:
        on: day of the month that was the last one known.
        budget: its place among the planted ones.
        month: its first day.
        actual: what it came to.
        point: the forecast.
        is_inside: whether it came to lie in the forecast's interval.
        straight_line: the days' average goes on.
        last_month: the same as the month before.
    """

    on: int
    budget: int
    month: date
    actual: float
    point: float
    is_inside: bool
    straight_line: float
    last_month: float


@dataclass(slots=True)
class Guesses:
    """Looks on while a year is played.

    Args:
        play: the year.
        made: what was guessed.
    """

    play: Play
    made: list[Guess] = field(default_factory=list)

    def look(self, day: date) -> None:
        """Guess, on the mornings that know the tenth and the twentieth."""
        known = day - _KNOWN_AFTER
        if known.day not in DAYS:
            return
        window = Period(known.replace(day=1), shift(known.replace(day=1), Unit.MONTH, 1))
        for n, budget in enumerate(self.play.year.budgets):
            is_fair = self.play.year.days.end >= window.end and not self._is_upset(n, window)
            if budget.period is Unit.MONTH and is_fair:
                self.made += self._guess(n, window, known)

    def figures(self) -> dict[str, dict[str, float | None]]:
        """The mean error of each way, as a share; and of outcomes, how many were inside."""
        return {f"day{on}": _errors([g for g in self.made if g.on == on]) for on in DAYS}

    def _is_upset(self, budget: int, window: Period) -> bool:
        """Whether something planted happens after the tenth that nobody can know on it."""
        after = Period(window.start + DAYS[0] * DAY, window.end)
        scope = self.play.year.budgets[budget].scope
        mine = (p for p in self.play.year.planted if in_scope(p.where, scope))
        return any(_happens(planted, after) for planted in mine)

    def _guess(self, n: int, window: Period, known: date) -> Iterable[Guess]:
        context = self.play.purser.context()
        period = Period(window.start - _HISTORY, known + DAY)
        found = day_costs(context, period=period, where=self.play.year.budgets[n].scope)
        days = [day for series in found.series for day in series.days]
        told = forecast(days, window=window, complete_through=known)
        if told is None:
            return
        actual = self.play.year.whole(n, window)
        before = Period(shift(window.start, Unit.MONTH, -1), window.start)
        so_far = [d for d in days if d.day in window]
        yield Guess(
            on=known.day,
            budget=n,
            month=window.start,
            actual=actual,
            point=float(told.point),
            is_inside=float(told.low) <= actual <= float(told.high),
            straight_line=_pace(so_far) * window.days + _lumps(so_far),
            last_month=_pace([d for d in days if d.day in before]) * before.days + _lumps(so_far),
        )


def _happens(planted: Planted, after: Period) -> bool:
    if planted.plant in LASTING:
        return planted.days.start in after
    return planted.days.start < after.end and planted.days.end > after.start


def _steady(days: Sequence[DayCost]) -> float:
    """What one-off charges come to each day: support is billed daily, and no surprise."""
    return float(median(d.one_off for d in days)) if days else 0.0


def _pace(days: Sequence[DayCost]) -> float:
    """Dollars a day without charges that come once."""
    if not days:
        return 0.0
    return float(sum(d.usual + d.committed for d in days)) / len(days) + _steady(days)


def _lumps(days: Sequence[DayCost]) -> float:
    """The one-off charges known so far, beyond what comes each day."""
    return float(sum(d.one_off for d in days)) - _steady(days) * len(days)


def _errors(guesses: Sequence[Guess]) -> dict[str, float | None]:
    def error(guessed: Iterable[float]) -> float | None:
        pairs = zip(guessed, guesses, strict=True)
        shares = [abs(value - g.actual) / g.actual for value, g in pairs if g.actual]
        return round(fmean(shares), 4) if shares else None

    return {
        "error": error(g.point for g in guesses),
        "straight_line": error(g.straight_line for g in guesses),
        "last_month": error(g.last_month for g in guesses),
        "inside_80": round(fmean(g.is_inside for g in guesses), 3) if guesses else None,
    }
