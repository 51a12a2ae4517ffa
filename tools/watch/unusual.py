"""Where a series of costs is more than usual: an exponentially weighted z-score, online.

What is usual is a level and what each place in the season (day of the week, hour of the day) adds
to it; both, and the spread around them, are weighted exponentially (W. Roberts, “Control chart
tests based on geometric moving averages”, 1959). A value is unusual where it is above that by
many standard deviations *and* by a share of it *and* by an amount, and above whatever was usual
lately. Less than usual is never unusual.

An event is a run of unusual values. While it goes on, it teaches nothing; when it has gone on for
so long that it is how things are now, it is over and the level starts anew there.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import sqrt
from statistics import median

_MAD = 1.4826  # median absolute deviation to standard deviation, of a normal distribution
_LAST = 5  # seasons whose highest ordinary value has to be surpassed
_CLAMP = 3.0  # standard deviations by which one value may teach at most
_LIKE = 1.5  # times the relative size: a longer season is seen but a few times
_TWICE = 2  # what comes for the second time is of a longer season, as much as double of it
_REST = 3.07  # the variance by that of the five sevenths, of a normal distribution
_SEASONS = 3  # of them are needed to start from all together
_OUT = 1e6  # a score for what has no spread at all


class Shape(StrEnum):
    """How an event came."""

    SPIKE = "spike"  # up and down again
    STEP = "step"  # up at once, and it stays
    RAMP = "ramp"  # a little more every day


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity:
    """What counts as unusual; the three sizes have to be surpassed together.

    Args:
        score: standard deviations above usual.
        relative: of what is usual.
        absolute: in the unit of the values.
    """

    score: float = 5.0
    relative: float = 0.25
    absolute: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast what is usual is learnt; the defaults are for days of weeks.

    Args:
        season: values in a season.
        weight: of a new value in the level and the spread.
        lasting: of a new value in the spread of a longer time: no calm week makes it small.
        seasonal: of a new value in its place of the season.
        warm: values until anything may be unusual.
        adapts: values of an event until it is the usual.
        ends: an event goes on while a value is above this share of what would begin one.
        gap: so many ordinary values, such as a weekend's, do not end an event.
    """

    season: int = 7
    weight: float = 0.1
    lasting: float = 0.025
    seasonal: float = 0.2
    warm: int = 21
    adapts: int = 14
    ends: float = 0.5
    gap: int = 2


HOURLY = Pace(
    season=24, weight=0.02, lasting=0.02, seasonal=0.1, warm=24, adapts=72, ends=0.3, gap=3
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unusual:
    """One event; places count from the start of the series.

    Args:
        first: place of its first value.
        last: place of its last.
        actual: sum of its values.
        expected: what they would usually have been together.
        score: the highest, in standard deviations.
        shape: how it came.
        goes_on: whether it is not over at the end of the series.
    """

    first: int
    last: int
    actual: float
    expected: float
    score: float
    shape: Shape
    goes_on: bool

    @property
    def excess(self) -> float:
        """How much more than usual."""
        return self.actual - self.expected


@dataclass(frozen=True, slots=True)
class Watched:
    """A series, and what was usual at each of its places.

    Args:
        values: the series.
        expected: what was usual just before each value was known.
        spread: the standard deviation around it.
        events: oldest first.
    """

    values: Sequence[float | None]
    expected: Sequence[float]
    spread: Sequence[float]
    events: Sequence[Unusual]

    def excess(self, first: int, last: int) -> float:
        """How much more than usual it was from one place to another, both counted."""
        places = range(first, last + 1)
        return sum((self.values[n] or 0.0) - self.expected[n] for n in places)


def unusual(
    values: Sequence[float | None],
    *,
    sensitivity: Sensitivity | None = None,
    pace: Pace | None = None,
    alike: Callable[[int], Iterable[Iterable[int]]] | None = None,
) -> Watched:
    """Watch a series from its start to its end.

    Args:
        values: one for each day or hour, without a gap; None where it is not known.
        sensitivity: what counts.
        pace: how fast is learnt what is usual.
        alike: of each longer season before a place, the places that are like it, such as the same
            days of earlier months: what was about as much in more than one is not unusual.
    """
    pace, sensitivity = pace or Pace(), sensitivity or Sensitivity()
    learner = _Learner(pace, sensitivity)
    runs: list[_Run] = []
    expected: list[float] = []
    spread: list[float] = []
    run: _Run | None = None
    for place, value in enumerate(values):
        usual = learner.expected(place)
        expected.append(usual)
        spread.append(learner.spread)
        if value is None:
            continue
        hot = learner.is_unusual(place, value, usual, goes_on=run is not None)
        if hot and run is None and alike is not None:
            more = _usually(alike(place), values, expected, warm=pace.warm)
            if value - usual <= (1 + _LIKE * sensitivity.relative) * more:
                continue  # of a longer season, so it teaches nothing about this one
        if not hot:
            learner.learn(place, value)
            if run is not None and place - run.places[-1] > pace.gap:
                run = None
            continue
        if run is None:
            run = _Run()
            runs.append(run)
        run.take(place, learner.score(place, value))
        if len(run.places) >= pace.adapts:
            learner.start_anew([(n, values[n] or 0.0) for n in run.places])
            run.has_adapted = True
            run = None
    found = [_event(r, values, expected, goes_on=r is run) for r in runs]
    return Watched(values, expected, spread, found)


def _usually(
    seasons: Iterable[Iterable[int]],
    values: Sequence[float | None],
    expected: Sequence[float],
    *,
    warm: int,
) -> float:
    """The most that there was above expected in a longer season, where another had like it.

    What was there once explains nothing, unless one season is all that is known.
    """
    most = []
    for places in seasons:
        known = [(values[n] or 0.0) - expected[n] for n in places if n >= warm]
        most += [max(known)] if known else []
    if len(most) < _TWICE:
        return sum(most)
    second, first = sorted(most)[-_TWICE:]
    return min(first, _TWICE * second)


@dataclass(slots=True)
class _Run:
    """The unusual places of an event, and the highest score."""

    places: list[int] = field(default_factory=list)
    score: float = 0.0
    has_adapted: bool = False

    def take(self, place: int, score: float) -> None:
        self.places.append(place)
        self.score = max(self.score, score)


def _event(
    run: _Run, values: Sequence[float | None], expected: Sequence[float], *, goes_on: bool
) -> Unusual:
    first, last = run.places[0], run.places[-1]
    places = [n for n in range(first, last + 1) if values[n] is not None]
    found = [values[n] or 0.0 for n in places]
    usual = [expected[n] for n in places]
    return Unusual(
        first=first,
        last=last,
        actual=sum(found),
        expected=sum(usual),
        score=run.score,
        shape=_shape([v - e for v, e in zip(found, usual, strict=True)], run, goes_on=goes_on),
        goes_on=goes_on,
    )


def _shape(excess: Sequence[float], run: _Run, *, goes_on: bool) -> Shape:
    third = len(excess) // 3
    if third > 1 and sum(excess[:third]) * 2 < sum(excess[-third:]):
        return Shape.RAMP
    return Shape.STEP if run.has_adapted or goes_on else Shape.SPIKE


def _calm(off: Sequence[float]) -> float:
    """The standard deviation by the five sevenths that are least off: no push of a week tells."""
    least = sorted(value * value for value in off)[: max(1, len(off) * 5 // 7)]
    return sqrt(_REST * sum(least) / len(least))


class _Learner:
    """What is usual so far. Seasonal places are added; they begin at nothing."""

    __slots__ = (
        "_count", "_first", "_lasting", "_lately", "_level", "_pace", "_season", "_sensitivity",
        "_size", "_variance", "spread",
    )  # fmt: skip

    def __init__(self, pace: Pace, sensitivity: Sensitivity) -> None:
        self._pace = pace
        self._sensitivity = sensitivity
        self._size = pace.season
        self._season = [0.0] * pace.season
        self._level = 0.0
        self._variance = 0.0
        self._lasting = 0.0  # the variance of a longer time
        self.spread = 0.0  # the root of the larger one
        self._count = 0
        self._first: list[tuple[int, float]] = []
        self._lately: deque[float] = deque(maxlen=_LAST * pace.season)

    def expected(self, place: int) -> float:
        usual = self._level + self._season[place % self._size]
        return usual if usual > 0 else 0.0

    def score(self, place: int, value: float) -> float:
        above = self._apart(place, value) - self._level
        spread = self.spread
        return min(above / spread, _OUT) if spread else _OUT * (above > 0)

    def is_unusual(self, place: int, value: float, expected: float, *, goes_on: bool) -> bool:
        want, excess = self._sensitivity, value - expected
        share = self._pace.ends if goes_on else 1.0
        return (
            excess > share * want.relative * expected
            and excess > share * want.absolute
            and self._count >= self._pace.warm
            and self.score(place, value) > share * want.score
            and (goes_on or self._apart(place, value) > max(self._lately, default=0.0))
        )

    def learn(self, place: int, value: float) -> None:
        """Take it as usual; what is far off counts as far as `_CLAMP` allows."""
        pace, slot = self._pace, place % self._size
        apart = value - self._season[slot]
        self._lately.append(apart)
        self._count = count = self._count + 1
        if count <= pace.warm:
            self._first.append((place, value))
        if count == 1:
            self._level = value
            return
        off = apart - self._level
        if count > pace.warm and self.spread:
            most = _CLAMP * self.spread
            off = max(-most, min(most, off))
        if count > self._size:
            self._season[slot] += pace.seasonal * off
        weight = max(pace.weight, 1 / count)
        self._level += weight * off
        lasting = max(pace.lasting, 1 / count)
        self._lasting = (1 - lasting) * (self._lasting + lasting * off * off)
        self._vary((1 - weight) * (self._variance + weight * off * off))
        if count == pace.warm >= _SEASONS * self._size:
            self._begin()

    def _vary(self, variance: float) -> None:
        self._variance = variance
        self.spread = sqrt(max(variance, self._lasting))

    def _begin(self) -> None:
        """Start from the first seasons together, which is surer than one value at a time."""
        season = self._pace.season
        self._level = median(value for _, value in self._first)
        for at in range(season):
            mine = [value for place, value in self._first if place % season == at]
            self._season[at] = median(mine) - self._level if mine else 0.0
        off = [self._apart(place, value) - self._level for place, value in self._first]
        most = _CLAMP * _calm(off)
        apart = [self._level + max(-most, min(most, value)) for value in off]
        squares = sum((value - self._level) ** 2 for value in apart)
        self._lasting = squares / (len(apart) - season)
        self._vary(self._lasting)
        self._lately.clear()
        self._lately.extend(apart)

    def start_anew(self, values: Sequence[tuple[int, float]]) -> None:
        """From now on these are the usual."""
        apart = [self._apart(place, value) for place, value in values]
        self._level = median(apart)
        spread = _MAD * median(abs(value - self._level) for value in apart)
        self._vary(max(self._variance, spread * spread))
        self._lately.clear()
        self._lately.extend(apart)

    def _apart(self, place: int, value: float) -> float:
        """The value without what its place in the season adds."""
        return value - self._season[place % self._pace.season]
