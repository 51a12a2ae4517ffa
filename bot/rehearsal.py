"""The sample company's last weeks, played through on stage before the clock of the day takes over.

Whoever opens the demo at any hour finds what Purser would have said by then, under the days on
which it would have been said: thresholds as they were crossed, an anomaly, an incident, this
morning's digest. What was said in an earlier run of the demo stands there again.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from bot.app import Purser, build
from bot.blocks import Message
from bot.faults import slack_logger
from bot.watch.clockwork import clockwork
from bot.watch.jobs import is_digest, jobs
from bot.watch.posting import Poster, Spot
from bot.watch.running import run
from bot.watch.sending import sender
from tools.core.clock import Clock, FixedClock
from tools.core.periods import DAY, Period
from tools.ledger.job_runs import JobRun, JobRuns, RunState
from tools.ledger.outbox import Outbox
from tools.watch.schedule import latest

AT_LEAST = timedelta(days=14)  # that are played, also where the month is young
DAILIES = 10  # daily digests
MORNING = time(7, tzinfo=UTC)
LOOKS = ("alerts", "anomalies")
CALLS = (timedelta(minutes=16), timedelta(minutes=32))  # after which others are called
HOLDER = "rehearsal"


@dataclass(slots=True)
class StageClock:
    """A clock that can be put back, until it is let go.

    Args:
        real: the time when it is not put back.
        at: what it was put to.
    """

    real: Clock
    at: datetime | None = None

    def now(self) -> datetime:
        """The moment it was put to, else the real one."""
        return self.at or self.real.now()


class Cue(NamedTuple):
    """A job, and the moment it ran for."""

    at: datetime
    job: str


@contextmanager
def on_stage(purser: Purser, *, clock: StageClock) -> Iterator[None]:
    """Play what was until now, in the background, and go by the clock from then on.

    Args:
        purser: wired to the local workspace.
        clock: of the workspace, put back to where it begins.
    """
    over, logger = threading.Event(), slack_logger()

    def play() -> None:
        try:
            Rehearsal(purser, clock, logger, over).go()
        except Exception:
            logger.exception("the rehearsal broke off")  # the day goes on without it
        finally:
            clock.at = None
        with clockwork(purser, logger=logger):
            over.wait()

    thread = threading.Thread(target=play, name="rehearsal", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@dataclass(slots=True)
class Rehearsal:
    """What was until now, played through.

    Args:
        purser: wired; its clock says the present.
        clock: of the workspace, put back while it is played.
        logger: told of faults.
        over: set when nobody looks any more.
    """

    purser: Purser
    clock: StageClock
    logger: logging.Logger
    over: threading.Event = field(default_factory=threading.Event)

    def go(self) -> None:
        """Say again what was said, then play what nobody was there for."""
        # The ledger outlives the local workspace, which knows nothing of what was said before.
        if Outbox(self.purser.ledger).begin_anew():
            self._send(self.purser)
        for cue in self._cues():
            if self.over.is_set():
                return
            self._play(cue)

    def _cues(self) -> list[Cue]:
        now, newest = self.purser.config.clock.now(), JobRuns(self.purser.ledger).newest()
        days = _days(now.date())
        last = newest.get(LOOKS[0])
        cues = [
            cue
            for day in days.each_day()
            if last is None or last.scheduled.date() < day
            for cue in _looks(day)
        ]
        cues += [cue for cue in self._digests(days) if _is_news(cue, newest.get(cue.job))]
        return sorted((cue for cue in cues if cue.at <= now), key=lambda cue: cue.at)

    def _digests(self, days: Period) -> Iterator[Cue]:
        """The newest of each; of the days before, those that are played.

        A month's digest is looked for every day: it comes when that month's bills are closed.
        """
        now = self.purser.config.clock.now()
        for job in jobs(self.purser):
            if not is_digest(job.name) or job.is_off:
                continue
            slot = latest(job.timing, now)
            yield Cue(slot, job.name)
            if job.name.endswith("daily"):
                yield from self._dailies(Cue(slot, job.name))
            elif job.name.endswith("monthly"):
                yield from (Cue(slot - n * DAY, job.name) for n in range(1, days.days))

    def _dailies(self, newest: Cue) -> Iterator[Cue]:
        """Those before the newest one that told of other days than it does."""
        manifest = self.purser.lake.manifest()
        known = [manifest.complete_through(source) for source in manifest.sources()]
        last = min((day for day in known if day), default=date.min)
        earlier = (newest.at - n * DAY for n in range(1, DAILIES))
        yield from (Cue(at, newest.job) for at in earlier if at.date() <= last)

    def _play(self, cue: Cue) -> None:
        purser = build(replace(self.purser.config, clock=FixedClock(cue.at)))
        self.clock.at = cue.at
        try:
            run(purser, cue.job, cue.at, holder=HOLDER, is_asked=True)
            self._send(purser)
        except Exception:
            self.logger.exception("rehearsal: %s of %s failed", cue.job, cue.at)
        finally:
            purser.ledger.close()

    def _send(self, purser: Purser) -> None:
        plain = sender(purser, logger=self.logger)
        dated = _Dated(plain.poster.delivery, clock=self.clock, outbox=plain.outbox)
        replace(plain, poster=dated, gap=0.0).round()


@dataclass(frozen=True, slots=True)
class _Dated(Poster):
    """Posts each message on its own day.

    Args:
        clock: of the workspace.
        outbox: knows the days.
    """

    clock: StageClock = field(kw_only=True)
    outbox: Outbox = field(kw_only=True)

    def post(self, spot: Spot, message: Message, *, key: str, on_time: Callable[[], None]) -> Spot:
        """Post a message under the time at which it was put."""
        found = self.outbox.find(key)
        if found and found.at:
            self.clock.at = found.at
        return Poster.post(self, spot, message, key=key, on_time=on_time)


def begins(clock: Clock) -> datetime:
    """The first moment that is played."""
    return datetime.combine(_days(clock.now().date()).start, MORNING)


def _days(today: date) -> Period:
    """This month's, and two weeks at least."""
    return Period(min(today.replace(day=1), today - AT_LEAST), today + DAY)


def _looks(day: date) -> Iterator[Cue]:
    """What is looked at on a day, and who is called when nobody answers."""
    morning = datetime.combine(day, MORNING)
    yield from (Cue(morning, job) for job in LOOKS)
    yield from (Cue(morning + after, "incidents") for after in CALLS)


def _is_news(cue: Cue, newest: JobRun | None) -> bool:
    """Whether nothing of that job ran for that moment, or a later one."""
    if newest is None or newest.scheduled < cue.at:
        return True
    return newest.scheduled == cue.at and newest.state is RunState.SKIPPED
