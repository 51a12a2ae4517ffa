"""Stops by the clock: a timetable as a rule, as text, and as the dated steps that are approved.

A timetable says when something is stopped, and when it is started again. What is approved is not
the rule but its steps, each with its date: nothing that is not in that list ever happens.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from tools.clouds.resources import Verb
from tools.core.errors import InputError
from tools.gate.proposals import Proposal

SCHEDULE = "schedule"  # the fact that names the timetable of a machine
STEPS = "steps"  # where a proposal keeps its dated list, under its hash
NOTICE = timedelta(minutes=15)  # from announcement to step, at least
TOLERANCE = timedelta(hours=2)  # so late a step is still done; after that it is missed
LONGEST = timedelta(days=92)
_DAY = timedelta(days=1)
_WEEK = timedelta(days=7)
_MONDAY = date(2026, 11, 23)  # of a week like any other
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)
_TEXT = re.compile(
    r"stop (?P<stop>\S+?)(?:, start (?P<start>\S+?))?, (?P<days>\w+) \((?P<zone>\S+)\)"
    r" until (?P<until>\S+)",
    re.ASCII,
)


class Days(StrEnum):
    """On which days the clock acts, by the calendar of the timetable's zone."""

    WEEKDAYS = "weekdays"  # off at night and over the weekend: runs Monday to Friday
    WEEKENDS = "weekends"  # off over the weekend: stops on Friday, starts on Monday
    NIGHTS = "nights"  # off every night


_CALLED = {
    **{days.value: days for days in Days},
    "every day": Days.NIGHTS,
    "daily": Days.NIGHTS,
    "nights and weekends": Days.WEEKDAYS,
}
# On which days of the week it stops, in the evening or in the night after, and starts.
_ON: Mapping[Days, tuple[tuple[int, ...], tuple[int, ...]]] = {
    Days.WEEKDAYS: ((0, 1, 2, 3, 4), (0, 1, 2, 3, 4)),
    Days.WEEKENDS: ((4,), (0,)),
    Days.NIGHTS: (tuple(range(7)), tuple(range(7))),
}


class Step(NamedTuple):
    """What is done at one moment, in UTC: a stop, or the start after it."""

    at: datetime
    verb: Verb

    @property
    def text(self) -> str:
        """`2026-11-23T19:00Z stop`, as it is frozen."""
        return f"{moment_text(self.at)} {self.verb.value}"


class StepState(StrEnum):
    """Where one dated step of one machine stands."""

    PLANNED = "planned"
    ANNOUNCED = "announced"  # its announcement is in the outbox
    KEPT = "kept"  # somebody pressed Keep: it is left out
    BEGUN = "begun"  # claimed by a proposal of its own, and being done
    DONE = "done"
    ALREADY = "already"  # it was like that already: no call was made
    REFUSED = "refused"  # policy, or a changed machine, forbade this one step
    FAILED = "failed"
    UNKNOWN = "unknown"  # somebody must look
    MISSED = "missed"  # too late, not announced in time, frozen: it is never made up for

    @property
    def is_open(self) -> bool:
        """Whether it may yet be done."""
        return self in (StepState.PLANNED, StepState.ANNOUNCED)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStep:
    """One dated step of one machine, as the ledger has it.

    Args:
        schedule: id of the approved proposal it is in.
        at: when, in UTC.
        verb: stop or start.
        target: id of the machine.
        title: what people call it, as data.
        state: where it stands.
        said: a sentence of ours where it went, or may go, otherwise than well.
        announcement: key of its announcement in the outbox; empty until there is one.
        by: user id of who kept it.
        proposal: id of the proposal that did it; empty where none was made.
        changed: when its state last changed.
        is_in_force: whether its timetable was not taken back.
    """

    schedule: str
    at: datetime
    verb: Verb
    target: str
    title: str
    state: StepState
    said: str = ""
    announcement: str = ""
    by: str = ""
    proposal: str = ""
    changed: datetime | None = None
    is_in_force: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheduled:
    """One machine under a timetable that is in force.

    Args:
        schedule: id of the approved proposal.
        target: id of the machine.
        title: what people call it, as data.
        text: the timetable, as `Timetable.text` writes it.
        since: when it was put in force.
        ends: its last step.
    """

    schedule: str
    target: str
    title: str
    text: str
    since: datetime
    ends: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """When something is stopped, and when it is started again.

    Args:
        stop: at what time of day, in `zone`; one before `start` is in the night after the day.
        start: the same of the start; None where people start it themselves.
        days: on which days.
        zone: IANA name of the time zone.
        until: the last day on which the clock acts.
    """

    stop: time
    start: time | None = None
    days: Days = Days.WEEKDAYS
    zone: str = "UTC"
    until: date

    @property
    def text(self) -> str:
        """`stop 20:00, start 07:00, weekdays (Europe/Berlin) until 2027-02-21`."""
        start = f", start {self.start:%H:%M}" if self.start else ""
        return f"stop {self.stop:%H:%M}{start}, {self.days} ({self.zone}) until {self.until}"

    @classmethod
    def parse(cls, text: str) -> Timetable:
        """The timetable a text holds, as `text` writes it.

        Raises:
            InputError: it holds none.
        """
        found = _TEXT.fullmatch(text)
        if not found:
            raise InputError("That is no timetable.")
        return _read(found.groupdict())

    @classmethod
    def of(cls, asked: Mapping[str, str | None], *, now: datetime) -> Timetable:
        """The timetable somebody asks for.

        Args:
            asked: `stop` → `20:00`, and where they are said `start`, `days` (weekdays), `zone`
                (UTC) and `until` (the longest there is).
            now: aware.

        Raises:
            InputError: it makes no sense; the sentence says why.
        """
        odd = set(asked) - {"stop", "start", "days", "zone", "until"}
        if odd or not asked.get("stop"):
            raise InputError("Stop it at what time of day? Say it like 20:00.")
        zone = asked.get("zone") or "UTC"
        if zone not in _zones():
            raise InputError("I know no such time zone; name one like Europe/Berlin.")
        today = now.astimezone(ZoneInfo(zone)).date()
        made = _read({**asked, "zone": zone, "until": asked.get("until") or f"{today + LONGEST}"})
        if not today <= made.until <= today + LONGEST:
            raise InputError(
                f"A timetable lasts from today to {today + LONGEST} at most; it can be proposed "
                "again then."
            )
        if not steps(made, now):
            raise InputError(f"Until {made.until} there is nothing to stop by this timetable.")
        return made

    def share_off(self) -> Decimal | None:
        """The share of a usual week in which it is off; None where nothing starts it again."""
        if self.start is None:
            return None
        usual = replace(self, zone="UTC", until=_MONDAY + 3 * _WEEK)
        found = steps(usual, datetime.combine(_MONDAY, time(), UTC))
        pairs = zip(found[::2], found[1::2], strict=True)
        ends = found[0].at + _WEEK
        off = sum((on.at - stop.at for stop, on in pairs if stop.at < ends), timedelta())
        return Decimal(int(off.total_seconds())) / Decimal(int(_WEEK.total_seconds()))


@cache
def _zones() -> frozenset[str]:
    """Every time zone that this machine knows: looking for them takes a while."""
    return frozenset(available_timezones())


def steps(timetable: Timetable, since: datetime) -> tuple[Step, ...]:
    """What a timetable does after a moment, in order.

    With a start, stops and starts take turns, beginning with a stop and ending with a start: what
    is stopped by the clock is started by it. A time that a change of the clocks leaves out is an
    hour later on that day; one that comes twice is the first of them.
    """
    found = sorted(step for step in _all(timetable, since) if step.at > since)
    return tuple(found) if timetable.start is None else tuple(_in_turns(found))


def steps_of(proposal: Proposal) -> tuple[Step, ...]:
    """The dated list that was proposed, as it was frozen."""
    return tuple(map(_step, proposal.extra.get(STEPS, "").splitlines()))


def step_of(proposal: Proposal) -> Step:
    """Which dated step a proposal of the clock does."""
    return _step(proposal.extra["step"])


def timetable_of(proposal: Proposal) -> Timetable:
    """The timetable of a proposal that puts something on one.

    Raises:
        InputError: it is about no timetable.
    """
    return Timetable.parse(proposal.targets[0].deed.after.get(SCHEDULE) or "")


def moment_text(at: datetime) -> str:
    """A moment as steps are named: `2026-11-23T19:00Z`."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%MZ}"


def moment(text: str) -> datetime:
    """The moment that `moment_text` names."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC)


def _step(text: str) -> Step:
    at, verb = text.split()
    return Step(moment(at), Verb(verb))


def _read(said: Mapping[str, str | None]) -> Timetable:
    stop, start = _time(said.get("stop") or ""), said.get("start")
    days = _CALLED.get(" ".join((said.get("days") or Days.WEEKDAYS.value).lower().split()))
    if days is None:
        raise InputError("On which days? Say weekdays, weekends or nights.")
    begin = _time(start) if start else None
    if stop == begin:
        raise InputError("It cannot stop and start at the same time.")
    try:
        until = date.fromisoformat(said.get("until") or "")
    except ValueError:
        raise InputError("Until which day? Say it like 2027-02-21.") from None
    return Timetable(stop=stop, start=begin, days=days, zone=said.get("zone") or "", until=until)


def _time(text: str) -> time:
    found = _TIME.fullmatch(text.strip())
    if not found:
        raise InputError("At what time of day? Say it like 20:00.")
    return time(int(found[1]), int(found[2]))


def _all(timetable: Timetable, since: datetime) -> Iterator[Step]:
    zone, start = ZoneInfo(timetable.zone), timetable.start
    stops, starts = _ON[timetable.days]
    night = _DAY if start is not None and timetable.stop < start else timedelta()
    day = since.astimezone(zone).date() - _DAY
    while day <= timetable.until:
        if day.weekday() in stops and day + night <= timetable.until:
            yield Step(_at(day + night, timetable.stop, zone), Verb.STOP)
        if start is not None and day.weekday() in starts:
            yield Step(_at(day, start, zone), Verb.START)
        day += _DAY


def _at(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, tzinfo=zone).astimezone(UTC)


def _in_turns(found: list[Step]) -> Iterator[Step]:
    """Only what has its other half; of two at one moment, as clocks change, none."""
    counts = Counter(step.at for step in found)
    waiting: Step | None = None
    for step in found:
        if counts[step.at] > 1:
            continue
        if step.verb is Verb.STOP:
            waiting = step
        elif waiting is not None:
            yield from (waiting, step)
            waiting = None
