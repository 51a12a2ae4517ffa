"""What a period will come to, with an interval that four of five periods end in: estimates.

The method is short. An average day of late (a spike that is over left out, a step taken from its
third day on), times how much of an average day each of the days left is, by its weekday and by
its place in the month, with the growth of earlier months damped.
Commitments go on as they are. A one-off charge counts once, and nothing is drawn from it; what
is charged late in most months, such as taxes and fees, is expected in this one. The interval is
as wide as the method's own errors were on the earlier weeks of the same series.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import accumulate, cycle
from math import sqrt
from typing import NamedTuple

from tools.core.periods import DAY, Period, Unit, shift
from tools.watch.days import DayCost
from tools.watch.levels import COUNT, RECENT, Level, level, noise
from tools.watch.rhythm import Rhythm, rhythm

LEAST = 3  # complete days: less is nothing to go by
MOST = 280  # days of history that count
SHARE = 0.8  # of outcomes lie inside the interval
_MONTHS = 6  # in which a charge that comes back is looked for
_STEP = 7  # days between two looks at what the method would have said
_LOOKS = 26  # at most
_FIRST_LOOK = 28  # days of history that a look needs
_WIDER = 1.2  # the looks know weekdays and months that they should not
_ALIKE = 2  # looks that overlap by half still tell something each
_UNSURE = (0.05, 0.1, 0.2)  # errors that are supposed besides, until there are enough
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a period comes to.

    Args:
        window: the period.
        point: all of it, an estimate.
        low: with `high`, where four of five such periods end.
        high: see `low`.
        course: what is spent by the end of each day of the window, expected from the first day
            that is not complete on.
    """

    window: Period
    point: Decimal
    low: Decimal
    high: Decimal
    course: Sequence[float]


@dataclass(frozen=True, slots=True)
class Track:
    """Daily costs as plain numbers, for who has thousands of them.

    Args:
        start: the first day.
        usual: of each day since, without a gap, as `DayCost` says; the days after the last
            complete one, as far as they are billed, too.
        committed: likewise.
        one_off: likewise.
    """

    start: date
    usual: list[float]
    committed: list[float]
    one_off: list[float]


def forecast(
    history: Sequence[DayCost], *, window: Period, complete_through: date
) -> Forecast | None:
    """What a period will come to; None where nobody can say.

    That is with fewer than three complete days, and where the history begins inside the window,
    so that some of its own past is missing.

    Args:
        history: ascending, in one currency, from where the bills begin; a later day that is
            missing costs nothing. The more earlier months, the better; more than 280 days add
            nothing.
        window: the period, such as a month.
        complete_through: the last complete day; of later ones, what is billed is the least.
    """
    track = track_of(history)
    if track is None or track.start > window.start:
        return None
    return forecast_track(track, window=window, complete_through=complete_through)


def track_of(history: Sequence[DayCost]) -> Track | None:
    """The same days as numbers, those that are missing at zero; None where there is none."""
    if not history:
        return None
    start = history[0].day
    days = (history[-1].day - start).days + 1
    if days == len(history):  # without a gap, as most are
        _, *columns = zip(*history, strict=True)
        return Track(start, *([float(cost) for cost in column] for column in columns))
    usual, committed, one_off = [0.0] * days, [0.0] * days, [0.0] * days
    for day, *parts in history:
        place = (day - start).days
        usual[place], committed[place], one_off[place] = map(float, parts)
    return Track(start, usual, committed, one_off)


def forecast_track(track: Track, *, window: Period, complete_through: date) -> Forecast | None:
    """The same as `forecast`, of numbers; some hundred microseconds."""
    days = (min(complete_through, window.last) - track.start).days + 1  # complete ones
    begin, end = (window.start - track.start).days, (window.end - track.start).days
    cut = _first(track, days)
    if days - cut < LEAST:
        return None
    start = max(days, begin)
    known = track.usual[cut:days] + [0.0] * (days - len(track.usual))
    found = rhythm(known, track.start + cut * DAY, until=end - cut)
    now = days - cut
    values = [value for _, value in found.levels]
    restless = noise(values)
    recent = level(values[-COUNT:], noise=restless)
    rest = found.daily(now, start=start - cut, until=end - cut, level=recent.value)
    week = track.committed[max(0, days - 7) : days]
    flat = sum(week) / max(1, min(7, days))
    ahead = [
        max(expected, _at(track.usual, n)) + max(flat, _at(track.committed, n))
        for n, expected in enumerate(rest, start)
    ]
    past = _past(track, begin, min(days, end))
    if not ahead:
        return _made(window, past, low=0.0, high=0.0, spent=0.0)
    billed = [_at(track.one_off, n) for n in range(start, end)]
    usually, strange = _once(track.one_off, track.start, window=window, start=start)
    once = max(sum(billed), usually, key=abs)
    more = (once - sum(billed)) / len(ahead)
    error = _error(_off(found, values, now, end - start, restless), strange, whole=sum(rest))
    spent = sum(past) + sum(_whole(track, n) for n in range(start, len(track.usual)))
    course = (*past, *(cost + bill + more for cost, bill in zip(ahead, billed, strict=True)))
    below, above = _either(recent, whole=sum(rest))
    return _made(window, course, low=max(error, below), high=max(error, above), spent=spent)


def gone_on(found: Forecast, amount: Decimal) -> date | None:
    """The day on whose end so much is spent, or will be as expected; None where not in the window.

    Args:
        found: the forecast.
        amount: of a budget, in the same currency.
    """
    limit = float(amount)
    for n, spent in enumerate(found.course):
        if spent >= limit:
            return found.window.start + n * DAY
    return None


def _made(
    window: Period, days: Sequence[float], *, low: float, high: float, spent: float
) -> Forecast:
    course = tuple(accumulate(days))
    point = course[-1]
    return Forecast(
        window=window,
        point=_cents(point),
        low=_cents(max(min(spent, point), point - low)),
        high=_cents(point + high),
        course=course,
    )


def _cents(value: float) -> Decimal:
    return Decimal(value).quantize(_CENT)


def _either(recent: Level, *, whole: float) -> tuple[float, float]:
    """By how much it may be less and more than expected, as a run of unusual days ends or not."""
    if not recent.value:
        return 0.0, 0.0
    unit = whole / recent.value
    return unit * (recent.value - recent.low), unit * (recent.high - recent.value)


def _first(track: Track, days: int) -> int:
    """The first day that counts: not long ago, and something was used on it."""
    oldest = max(0, days - MOST)
    used = (n for n in range(oldest, min(days, len(track.usual))) if track.usual[n])
    return next(used, oldest)


def _at(values: Sequence[float], place: int) -> float:
    return values[place] if 0 <= place < len(values) else 0.0


def _whole(track: Track, n: int) -> float:
    return _at(track.usual, n) + _at(track.committed, n) + _at(track.one_off, n)


def _past(track: Track, begin: int, end: int) -> list[float]:
    """What each of the days cost; those before the first known one, and after the last, nothing."""
    span = slice(max(0, begin), max(0, end))
    parts = zip(track.usual[span], track.committed[span], track.one_off[span], strict=True)
    before = [0.0] * max(0, min(0, end) - begin)
    days = [*before, *map(sum, parts)]
    return days + [0.0] * (end - begin - len(days))


def _once(
    one_off: Sequence[float], first: date, *, window: Period, start: int
) -> tuple[float, list[float]]:
    """One-off charges that the days left bring in most months; and how far each month was off."""
    if not any(one_off):
        return 0.0, []
    day = first + start * DAY
    month = day.replace(day=1)
    following = shift(month, Unit.MONTH, 1)
    ends = _ends(one_off, first, following, (following - day).days)
    expected = _middle(ends)
    strange = [end - expected for end in ends]
    months = (window.last.year - month.year) * 12 + window.last.month - month.month
    if months and strange:
        whole = _ends(one_off, first, following, 31)
        usual = _middle(whole)
        expected += months * usual
        for n in range(len(strange)):  # of so many months, each may be any of the earlier ones
            strange[n] += sum(whole[(n + m) % len(whole)] - usual for m in range(months))
    return expected, strange


def _ends(one_off: Sequence[float], first: date, following: date, left: int) -> list[float]:
    """What the last days of each of the earlier months brought."""
    return [sum(one_off[begin:end]) for begin, end in _month_ends(first, following, left)]


@lru_cache(maxsize=64)
def _month_ends(first: date, following: date, left: int) -> tuple[tuple[int, int], ...]:
    """From which place to which, the newest month first; as far back as there are days."""
    places = []
    for back in range(1, _MONTHS + 1):
        end = shift(following, Unit.MONTH, -back)
        length = (end - shift(end, Unit.MONTH, -1)).days
        place = (end - first).days
        places.append((place - min(left, length), place))
    return tuple(pair for pair in places if pair[0] >= 0)


def _middle(sums: list[float]) -> float:
    """The median, of two middle ones the nearer to nothing; 0 where few months are known."""
    if len(sums) < LEAST:
        return 0.0
    ordered = sorted(sums)
    low, high = ordered[(len(sums) - 1) // 2], ordered[len(sums) // 2]
    return min(low, high, key=abs) if low * high > 0 else 0.0


def _error(off: _Off, strange: list[float], *, whole: float) -> float:
    """How far four of five outcomes are off at most, when `whole` is expected of usage.

    Conformal: the (n + 1) · 0.8-th smallest of the n errors that the method would have made from
    earlier weeks on (Vovk, Gammerman, Shafer, Algorithmic Learning in a Random World, 2005);
    where these overlap, n counts those that do not.
    """
    once = cycle(strange or (0.0,))
    pairs = zip(off.shares, once, strict=False)
    errors = sorted([abs(share * whole + more) for share, more in pairs])
    rank = SHARE * (1 + 1 / off.apart) * len(errors) - 1
    low = min(int(rank), len(errors) - 1)
    high = min(low + 1, len(errors) - 1)
    return errors[low] + (rank - int(rank)) * (errors[high] - errors[low])


class _Off(NamedTuple):
    """By what shares usage was off what would have been said from earlier weeks on.

    Args:
        shares: the newest first.
        apart: how many of them do not overlap.
    """

    shares: list[float]
    apart: float


def _off(found: Rhythm, values: Sequence[float], days: int, ahead: int, restless: float) -> _Off:
    seen = max(1, min(ahead, days // 3))
    wider = _WIDER * sqrt(ahead / seen)  # the further ahead, the further off
    told = found.levels
    upto = len(told)
    shares = []
    newest = days - seen
    for now in range(newest, max(_FIRST_LOOK, newest - _LOOKS * _STEP), -_STEP):
        while upto and told[upto - 1][0] >= now:
            upto -= 1
        if upto < RECENT:
            break
        then = level(values[max(0, upto - COUNT) : upto], noise=restless).value
        said = found.whole(now, until=now + seen, level=then)
        actual = found.costs[now + seen] - found.costs[now]
        if said > 0:
            shares.append(wider * (actual - said) / said)
    unsure = _UNSURE[len(shares) // 8 :]
    apart = max(1.0, _ALIKE * len(shares) * _STEP / max(seen, _STEP)) + len(unsure)
    return _Off([*shares, *unsure], apart)
