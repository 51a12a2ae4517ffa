"""From events in many overlapping series to causes, each told once: pure and greedy.

The same dollars show in a team, in a service, in both together and in an account. The largest
event is taken first; of the narrower ones that share its days and nearly all of its excess, the
narrowest names it. What lies within that, or is little without it, is the same and told no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from tools.core.periods import DAY

Key = Mapping[str, str | None]

_NEARLY = 0.75  # of the excess: a narrower key that has so much of it names it
_REST = 0.4  # of an event's excess: so much without what is told already is told by itself
_WHAT = frozenset({"service", "region", "model"})  # what is used, not who uses it
_EACH = 0.5  # of what is least: so much it has to be on each of its days
_OWN = 0.25  # of what is told: so much a day more, begun later, is a thing of its own
_TOGETHER = 2 * DAY  # apart from each other two events of one cause may begin


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """An event in one series.

    Args:
        key: what the series is of, dimension → value.
        currency: of all money in it.
        first_day: since when.
        last_day: until when, so far.
        actual: what its days cost.
        expected: what they usually would have.
        score: standard deviations.
        goes_on: whether it is not over on the series' last complete day.
        through: that day.
    """

    key: Key
    currency: str
    first_day: date
    last_day: date
    actual: float
    expected: float
    score: float
    goes_on: bool
    through: date

    @property
    def excess(self) -> float:
        """How much more than usual."""
        return self.actual - self.expected

    @property
    def a_day(self) -> float:
        """The excess of one of its days, on average."""
        return self.excess / ((self.last_day - self.first_day).days + 1)

    def is_of(self, other: Suspect) -> bool:
        """Whether both are the same event of the same series."""
        return (self.key, self.currency, self.first_day) == (
            other.key, other.currency, other.first_day,
        )  # fmt: skip

    def is_near(self, other: Suspect) -> bool:
        """Whether both began about together, or one while the other went on."""
        if self.currency != other.currency:
            return False
        if abs(self.first_day - other.first_day) <= _TOGETHER:
            return True
        return self.first_day <= other.last_day and other.first_day <= self.last_day


def is_within(narrow: Key, wide: Key) -> bool:
    """Whether everything of the first key is of the second."""
    return all(name in narrow and narrow[name] == value for name, value in wide.items())


def may_meet(one: Key, other: Key) -> bool:
    """Whether a charge may be of both keys."""
    return all(other[name] == value for name, value in one.items() if name in other)


def causes(suspects: Iterable[Suspect], *, least: float) -> list[Suspect]:
    """What is to be told, the largest first.

    Args:
        suspects: events of all series.
        least: what is smaller, in money, once what is told is taken away is not told.
    """
    left = sorted(suspects, key=lambda s: (-s.excess, len(s.key), sorted(map(str, s.key.items()))))
    told: list[Suspect] = []
    while left:
        chosen = _narrowest(left[0], left)
        told.append(chosen)
        along = [s for s in left if s is not chosen and _comes_along(s, chosen, of=left[0].excess)]
        for known in (chosen, *along):
            left = [s for s in (_without(s, known, least=least) for s in left) if s is not None]
        left.sort(key=lambda s: -s.excess)
    return [suspect for suspect in told if suspect.a_day >= _EACH * least]


def _narrowest(top: Suspect, others: Sequence[Suspect]) -> Suspect:
    """The narrowest key that nearly all of the excess lies in."""
    able = [
        s for s in others
        if s.is_near(top) and may_meet(s.key, top.key) and s.excess >= _NEARLY * top.excess
    ]  # fmt: skip
    return max(able, key=lambda s: (len(s.key), s.excess))


def _comes_along(suspect: Suspect, told: Suspect, *, of: float) -> bool:
    """Whether it is a small thing of the same people that began with what is told."""
    people = (suspect.key.keys() & told.key.keys()) - _WHAT
    return (
        bool(people)
        and all(suspect.key[name] == told.key[name] for name in people)
        and suspect.currency == told.currency
        and abs(suspect.first_day - told.first_day) <= DAY
        and suspect.excess <= (1 - _NEARLY) * of
    )


def _without(suspect: Suspect, told: Suspect, *, least: float) -> Suspect | None:
    """What remains of an event when another is told; None where that is nothing of note."""
    if not (suspect.is_near(told) and may_meet(suspect.key, told.key)):
        return suspect
    is_later = suspect.first_day > told.first_day + _TOGETHER
    if is_later and not is_within(told.key, suspect.key) and suspect.a_day >= _OWN * told.a_day:
        return suspect
    if is_within(suspect.key, told.key):
        return None
    rest = suspect.excess - told.excess
    if rest < least or rest < _REST * suspect.excess:
        return None
    return replace(suspect, actual=suspect.actual - told.excess)
