"""From daily costs of the finest keys to what is unusual in any of the wider ones."""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt
from operator import add
from typing import TYPE_CHECKING

from tools.core.periods import DAY, Period
from tools.watch.suspects import Suspect
from tools.watch.unusual import Pace, Sensitivity, Unusual, Watched, unusual

if TYPE_CHECKING:
    from tools.lake.day_costs import DaySeries

PACE = Pace()
_MONTHS = 3  # so many earlier months are looked at for days like these
_NEAR = 3  # days by which the same thing may come earlier or later in another month
_LATER = 10 * DAY  # so much behind the others a source no longer holds a series back
_HABIT = 2  # what came so often already, of its own accord, is a habit
_HABITUAL = 100 * DAY
_AS_MUCH = 0.8  # of an event: earlier ones of that size are like it
LATELY = 30 * DAY  # a series that cost next to nothing for so long is not looked at
_HOW = frozenset({"model", "region", "account"})
_NOISE = 2.0  # standard deviations of the wider series
_OWN_RISE = 0.5  # of an excess: so much is usage, the rest may be of commitments


Name = tuple[str, tuple[tuple[str, str | None], ...]]  # currency, and pairs of a key
_Days = tuple[date, Sequence[float], Sequence[float]]  # the first, their usage, all of it
_Sums = dict[tuple[int, ...], _Days | None]


@dataclass(frozen=True, slots=True)
class _Part:
    """A finest series, its days without a gap as usage and as all of it."""

    key: Mapping[str, str | None]
    currency: str
    first: date
    through: date
    usual: Sequence[float]
    whole: Sequence[float]

    @classmethod
    def of(cls, series: DaySeries) -> _Part:
        days, first = series.complete, series.days[0].day
        usual = [float(day.usual) for day in days]
        whole = [
            cost + float(day.committed) if day.committed else cost
            for cost, day in zip(usual, days, strict=True)
        ]
        through = first + (len(days) - 1) * DAY
        return cls(series.key, series.currency, first, through, usual, whole)


@dataclass(frozen=True, slots=True)
class Series:
    """Daily costs of one key.

    Args:
        name: its currency and key.
        first: the first day.
        usual: usage, day by day.
        whole: with what commitments cost.
    """

    name: Name
    first: date
    usual: Sequence[float]
    whole: Sequence[float]

    @property
    def through(self) -> date:
        """The last day."""
        return self.day(len(self.whole) - 1)

    @property
    def wider(self) -> Name:
        """The series without what only says where or how the same thing runs."""
        currency, key = self.name
        return currency, tuple(pair for pair in key if pair[0] not in _HOW)

    @property
    def is_vague(self) -> bool:
        """Whether it is named by having no model or region, which tells nothing."""
        return any(value is None and name in _HOW for name, value in self.name[1])

    def day(self, place: int) -> date:
        """Which day stands at a place."""
        return self.first + place * DAY

    def most_since(self, day: date) -> float:
        """The most that a day cost since then."""
        return max(self.whole[max(0, (day - self.first).days) :], default=0.0)


def suspects(
    costs: Iterable[DaySeries],
    keys: Iterable[Sequence[str]],
    *,
    sensitivity: Sensitivity,
    since: date,
) -> list[Suspect]:
    """Events of every series of any key that lasted until `since` or later.

    Args:
        costs: daily costs of the finest keys.
        keys: which of their dimensions are looked at together.
        sensitivity: what counts as unusual.
        since: events that were over before are left out.
    """
    finest = [_Part.of(series) for series in costs if series.complete_through and series.days]
    sums: _Sums = {}
    every = {series.name: series for names in keys for series in summed(finest, names, sums)}
    seen: dict[int, Watched] = {}  # by the list of days: many keys are of the same charges

    def watched(series: Series) -> Watched:
        if id(series.whole) not in seen:
            alike = alike_days(series.first)
            seen[id(series.whole)] = unusual(
                series.whole, sensitivity=sensitivity, pace=PACE, alike=alike
            )
        return seen[id(series.whole)]

    found = []
    for series in every.values():
        if series.most_since(since - LATELY) <= sensitivity.absolute or series.is_vague:
            continue
        for number, event in enumerate(watched(series).events):
            if series.day(event.last) < since or not _is_usage(series, event):
                continue
            wider = every.get(series.wider)
            if _is_habit(watched(series), number):
                continue
            if wider and _is_moved(series, event, wider, watched(wider)):
                continue
            found.append(_suspect(series, event))
    return found


def summed(finest: Sequence[_Part], names: Sequence[str], sums: _Sums) -> Iterator[Series]:
    """The series of some dimensions, over the complete days that all of their parts have.

    Args:
        finest: the parts.
        names: the dimensions.
        sums: what was summed already, by the places of its parts; what is new is added.
    """
    groups: defaultdict[tuple[str | None, ...], list[int]] = defaultdict(list)
    for place, part in enumerate(finest):
        groups[(part.currency, *(part.key[name] for name in names))].append(place)
    for (currency, *values), places in groups.items():
        of = tuple(places)
        if of not in sums:
            sums[of] = _sum([finest[place] for place in of])
        if found := sums[of]:
            yield Series((str(currency), tuple(zip(names, values, strict=True))), *found)


def _sum(parts: Sequence[_Part]) -> _Days | None:
    """Their days together; None where they have none in common."""
    newest = max(part.through for part in parts)
    end = min(part.through for part in parts if part.through >= newest - _LATER)
    first = max(part.first for part in parts)
    if first > end:
        return None
    span = Period(first, end + DAY)
    return (
        first,
        _added([_within(part, part.usual, span) for part in parts]),
        _added([_within(part, part.whole, span) for part in parts]),
    )


def _within(part: _Part, costs: Sequence[float], span: Period) -> Sequence[float]:
    """A part's days, with nothing after its last one."""
    skip = (span.start - part.first).days
    found = costs[skip : skip + span.days]
    return [*found, *[0.0] * (span.days - len(found))]


def _added(parts: Sequence[Sequence[float]]) -> Sequence[float]:
    total = parts[0]
    for part in parts[1:]:
        total = list(map(add, total, part))
    return total


def _suspect(series: Series, event: Unusual) -> Suspect:
    currency, key = series.name
    return Suspect(
        key=dict(key),
        currency=currency,
        first_day=series.day(event.first),
        last_day=series.day(event.last),
        actual=event.actual,
        expected=event.expected,
        score=event.score,
        goes_on=event.goes_on,
        through=series.through,
    )


def _is_moved(series: Series, event: Unusual, wider: Series, watched: Watched) -> bool:
    """Whether what is more here is less elsewhere: another model or region, and no more spend."""
    if wider.name == series.name or not wider.name[1]:
        return False
    first = (series.day(event.first) - wider.first).days
    last = min(first + event.last - event.first, len(wider.whole) - 1)
    if first < PACE.warm or last < first:
        return False
    noise = _NOISE * watched.spread[first] * sqrt(last - first + 1)
    return watched.excess(first, last) < _OWN_RISE * event.excess - noise


def _is_usage(series: Series, event: Unusual) -> bool:
    """Whether most of it is usage, and not a commitment that nobody used."""
    start, end = max(0, event.first - 28), event.last + 1
    before = _committed(series, start, event.first) / max(1, event.first - start)
    rise = _committed(series, event.first, end) - (end - event.first) * before
    return rise <= (1 - _OWN_RISE) * event.excess


def _committed(series: Series, start: int, end: int) -> float:
    return sum(series.whole[start:end]) - sum(series.usual[start:end])


def _is_habit(watched: Watched, number: int) -> bool:
    """Whether it came as much, and was over again, some times lately."""
    event = watched.events[number]
    earlier = [
        other for other in watched.events[:number]
        if event.first - other.last <= _HABITUAL.days
        and _most(watched, other) >= _AS_MUCH * _most(watched, event)
    ]  # fmt: skip
    return len(earlier) >= _HABIT


def _most(watched: Watched, event: Unusual) -> float:
    """The most that its first days were above the usual: what came later is not known then."""
    places = range(event.first, min(event.last, event.first + 2) + 1)
    return max((watched.values[n] or 0.0) - watched.expected[n] for n in places)


def alike_days(first: date) -> Callable[[int], Iterator[list[int]]]:
    """By earlier month, the places of the same days, from the start and from the end."""

    def alike(place: int) -> Iterator[list[int]]:
        day = first + place * DAY
        for back in range(1, _MONTHS + 1):
            places = (
                (like - first).days + off
                for like in _like(day, back)
                for off in range(-_NEAR, _NEAR + 1)
            )
            yield [at for at in places if 0 <= at < place]

    return alike


def _like(day: date, back: int) -> tuple[date, date]:
    """The day of an earlier month with the same number, and with as many days after it."""
    month = (day.replace(day=1) - timedelta(days=1)).replace(day=1)
    for _ in range(back - 1):
        month = (month - timedelta(days=1)).replace(day=1)
    length, own = monthrange(month.year, month.month)[1], monthrange(day.year, day.month)[1]
    left = own - day.day
    return month.replace(day=min(day.day, length)), month.replace(day=max(1, length - left))
