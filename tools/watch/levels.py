"""The level of a series: what an average day costs of late, whatever was unusual on some days.

A run of unusual days that is over tells nothing of the days to come. One that goes on is how
things are now once it is some days old; until it is a week old, it may as well end.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import sub
from typing import NamedTuple

RECENT = 14  # days that tell the level
_WINDOW = 28  # days that tell which of them are unusual
COUNT = 3 * _WINDOW  # days that are looked at: the older ones tell what is a habit
_NOISY = 5.0  # usual changes from day to day: what is further off is unusual,
_FAR = 0.2  # and by so much of an average day
_HALFWAY, _STAYS = 2, 3  # days of a run until half of it, and all of it, is expected to go on
_SURE = 7  # days of a run until it is sure to stay
_HABIT = 0.15  # of the days before: what is unusual so often is not

Floats = Sequence[float]


class Level(NamedTuple):
    """What an average day costs.

    Args:
        value: an estimate.
        low: with `high`, what it will be if a run of unusual days ends or goes on.
        high: see `low`.
    """

    value: float
    low: float
    high: float


def noise(values: Floats) -> float:
    """The usual change from a day to the next, which no step and no spike alters."""
    changes = sorted(map(abs, map(sub, values[1:], values)))
    return changes[len(changes) // 2] if changes else 0.0


def level(values: Floats, *, noise: float) -> Level:
    """What an average day costs now.

    Args:
        values: costs of average days, the newest last; `COUNT` of them are enough.
        noise: the usual change from a day to the next.
    """
    recent = sorted(values[-RECENT:])
    middle = _middle(recent)
    if len(recent) < RECENT or recent[-1] - recent[0] <= _NOISY * noise:
        return Level(middle, middle, middle)
    window = values[-_WINDOW:]
    usual = sorted(window)[len(window) // 2]
    far = max(_NOISY * noise, _FAR * abs(usual))
    is_calm = recent[-1] - usual <= far and usual - recent[0] <= far
    if is_calm or _is_habit(values[-COUNT:-_WINDOW], usual, far):
        return Level(middle, middle, middle)
    return _of_unusual(window, usual, far)


def _of_unusual(window: Floats, usual: float, far: float) -> Level:
    run = _run(window, usual, far)
    before = window[: len(window) - run]
    ordinary = [value for value in before if abs(value - usual) <= far][-RECENT:]
    was = _middle(sorted(ordinary))
    if not run:
        return Level(was, was, was)
    now = _middle(sorted(window[-run:]))
    share = 1.0 if run >= _STAYS else 0.5 if run >= _HALFWAY else 0.0
    value = was + share * (now - was)
    return Level(value, value, value) if run >= _SURE else Level(value, *sorted((was, now)))


def _run(window: Floats, usual: float, far: float) -> int:
    """How many of the newest days are unusual, all in the same direction."""
    sign = 1 if window[-1] > usual else -1
    ordinary = (n for n, value in enumerate(reversed(window)) if sign * (value - usual) <= far)
    return next(ordinary, 0)


def _is_habit(values: Floats, usual: float, far: float) -> bool:
    """Whether days like the unusual ones came often before."""
    strange = sum(1 for value in values if abs(value - usual) > far)
    return strange > _HABIT * len(values)


def _middle(ordered: Floats) -> float:
    """The mean of the middle half."""
    cut = len(ordered) // 4
    middle = ordered[cut : len(ordered) - cut]
    return sum(middle) / len(middle) if middle else 0.0
