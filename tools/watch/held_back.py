"""How good forecasts are: what was said of periods whose end is known, beside two plain guesses.

The plain ones are told of the one-off charges billed by then, as the forecast is, and go on with
those that come every day, such as support; what was bought only later nobody could know.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import mean, median
from typing import NamedTuple

from tools.core.periods import DAY, Period, Unit, shift
from tools.watch.days import DayCost
from tools.watch.forecast import Track, forecast_track, track_of

_KNOWN = 10  # days of a month on which something planted may begin or end
LEAST = 60  # days of history before a period: less is no past to compare with


class Guess(NamedTuple):
    """What was said of a period, and what became of it; all in one currency.

    Args:
        actual: what it came to in the end.
        forecast: what was expected.
        low: with `high`, the interval.
        high: see `low`.
        straight_line: the pace so far, gone on with.
        last_month: what the month before came to.
    """

    actual: float
    forecast: float
    low: float
    high: float
    straight_line: float
    last_month: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Mean errors as shares of what the periods came to, and how the intervals held.

    Args:
        guesses: of how many.
        error: of the forecast.
        straight_line: of the pace so far.
        last_month: of the month before.
        inside: share of outcomes inside the interval.
        width: median width of the interval, as a share of the outcome.
    """

    guesses: int
    error: float
    straight_line: float
    last_month: float
    inside: float
    width: float

    @property
    def ratio(self) -> float:
        """The forecast's error as a share of the better plain guess's."""
        better = min(self.straight_line, self.last_month)
        return self.error / better if better else float("inf")


def guessed(
    history: Sequence[DayCost], *, window: Period, complete_through: date, actual: float
) -> Guess | None:
    """What is said of a month on a day; None where too little is known to say anything.

    Args:
        history: the days as they were known then.
        window: a calendar month.
        complete_through: the last day complete then.
        actual: what the month came to in the end.
    """
    track = track_of(history)
    if track is None:
        return None
    return _guessed(track, window=window, through=complete_through, actual=actual)


def held_back(track: Track, *, day: int, planted: Sequence[date] = ()) -> Iterator[Guess]:
    """What would have been said of each whole month of a series, that many days into it.

    Args:
        track: complete days only.
        day: complete days of the month that are known.
        planted: when something began or ended that nobody could know; a month in which that is
            after its tenth day is left out.
    """
    end = track.start + len(track.usual) * DAY
    start = shift((track.start + LEAST * DAY).replace(day=1), Unit.MONTH, 1)
    while (following := shift(start, Unit.MONTH, 1)) <= end:
        window, through = Period(start, following), start + (day - 1) * DAY
        begin, until = (start - track.start).days, (following - track.start).days
        known = _until(track, begin + day)
        actual = _going_on(track, begin, until) + sum(track.one_off[begin:until])
        guess = _guessed(known, window=window, through=through, actual=actual)
        is_strange = any(start + _KNOWN * DAY <= when < following for when in planted)
        if guess is not None and actual > 0 and not is_strange:
            yield guess
        start = following


def scored(guesses: Iterable[Guess]) -> Score | None:
    """How good they were; None of none."""
    some = [guess for guess in guesses if guess.actual > 0]
    if not some:
        return None
    widths = sorted((g.high - g.low) / g.actual for g in some)
    return Score(
        guesses=len(some),
        error=mean(abs(g.forecast - g.actual) / g.actual for g in some),
        straight_line=mean(abs(g.straight_line - g.actual) / g.actual for g in some),
        last_month=mean(abs(g.last_month - g.actual) / g.actual for g in some),
        inside=mean(g.low - 0.01 <= g.actual <= g.high + 0.01 for g in some),
        width=widths[len(widths) // 2],
    )


def _until(track: Track, end: int) -> Track:
    parts = (part[:end] for part in (track.usual, track.committed, track.one_off))
    return Track(track.start, *parts)


def _guessed(track: Track, *, window: Period, through: date, actual: float) -> Guess | None:
    said = forecast_track(track, window=window, complete_through=through)
    begin, now = (window.start - track.start).days, (through - track.start).days + 1
    before = (shift(window.start, Unit.MONTH, -1) - track.start).days
    if said is None or now <= begin or before < 0:
        return None
    steady = median(track.one_off[begin:now])
    once = sum(track.one_off[begin : begin + window.days]) - steady * (now - begin)
    pace = _going_on(track, begin, now) / (now - begin) + steady
    return Guess(
        actual=actual,
        forecast=float(said.point),
        low=float(said.low),
        high=float(said.high),
        straight_line=pace * window.days + once,
        last_month=_going_on(track, before, begin) + steady * (begin - before) + once,
    )


def _going_on(track: Track, begin: int, end: int) -> float:
    """What is no one-off charge."""
    return sum(track.usual[begin:end]) + sum(track.committed[begin:end])
