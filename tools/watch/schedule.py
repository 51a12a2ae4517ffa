"""What is due: a pure function of when something runs, when it last did, and now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MONDAY = 0
_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Every:
    """Again and again, at the same minutes whoever started when.

    Args:
        minutes: between two runs, counted from the beginning of 1970.
    """

    minutes: int


@dataclass(frozen=True, slots=True)
class AtHour:
    """Once a day, or once a week, by a clock on the wall.

    An hour that the clock skips in spring comes as much later; of one that it shows twice in
    autumn, the first counts.

    Args:
        at: the hour there.
        zone: IANA name of where the clock hangs.
        weekday: 0 is Monday; None for every day.
    """

    at: time
    zone: str = "UTC"
    weekday: int | None = None


Timing = Every | AtHour


def latest(timing: Timing, now: datetime) -> datetime:
    """The newest scheduled moment that is not after `now`, in UTC."""
    if isinstance(timing, Every):
        step = timing.minutes * _MINUTE
        epoch = datetime(1970, 1, 1, tzinfo=UTC)
        return epoch + (now - epoch) // step * step
    return max(slot for slot in _slots_around(timing, now) if slot <= now)


def following(timing: Timing, after: datetime) -> datetime:
    """The first scheduled moment after one, in UTC."""
    if isinstance(timing, Every):
        return latest(timing, after) + timing.minutes * _MINUTE
    return min(slot for slot in _slots_around(timing, after) if slot > after)


def due(timing: Timing, *, last: datetime | None, now: datetime) -> datetime | None:
    """The scheduled moment that is to be run now; None where there is none.

    However many were missed, only the newest is due: who slept through a night says good morning
    once.

    Args:
        timing: when it runs.
        last: the newest scheduled moment that was run, skipped, or came before it was wanted.
        now: aware.
    """
    slot = latest(timing, now)
    return slot if last is None or slot > last else None


def is_stale(timing: Timing, slot: datetime, now: datetime) -> bool:
    """Whether it is too late to make up for a run: the next one says it better.

    What runs every few minutes looks at now whenever it runs, so it is never too late for it.
    """
    if isinstance(timing, Every):
        return False
    grace = _DAY / 2 if timing.weekday is None else 3 * _DAY / 2
    return now - slot > grace


def _slots_around(timing: AtHour, moment: datetime) -> list[datetime]:
    """Every scheduled moment within a good week of one."""
    here = moment.astimezone(ZoneInfo(timing.zone)).date()
    days = [here + n * _DAY for n in range(-8, 9)]
    return [_slot(timing, d) for d in days if timing.weekday in (None, d.weekday())]


def _slot(timing: AtHour, day: date) -> datetime:
    there = datetime.combine(day, timing.at, tzinfo=ZoneInfo(timing.zone))
    return there.astimezone(UTC)
