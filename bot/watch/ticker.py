"""The clock: APScheduler only ticks; what is due is computed, and claimed in the ledger."""

from __future__ import annotations

import logging
import secrets
import socket
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.blocks import Message, fallback, rich_block, text_part
from bot.machine_words import clean_line
from bot.watch.jobs import NO_CHANNEL, Scheduled, jobs
from bot.watch.plans import Plan, outgoing
from bot.watch.running import keep, run
from tools.watch.outgoing import Sort
from tools.watch.schedule import AtHour, Every, due, is_stale

if TYPE_CHECKING:
    from bot.app import Purser
    from tools.ledger.job_runs import JobRun, JobRuns

TICK = 15  # seconds
JOBS = 4  # run at the same time; a long ingest holds up no incident
ENOUGH = 3  # tries in a row that failed, before the operators hear of it


class Ticker:
    """Looks every few seconds for what is due, and runs it, until it is told to end.

    Args:
        purser: wired.
        logger: told of faults.
        holder: names this process in the ledger.
        pause: seconds between two looks.
    """

    def __init__(
        self, purser: Purser, *, logger: logging.Logger, holder: str = "", pause: float = TICK
    ) -> None:
        self._purser = purser
        self._logger = logger
        self._pause = pause
        self._holder = holder or f"{socket.gethostname()[:48]}-{secrets.token_hex(4)}"
        self._pool = ThreadPoolExecutor(JOBS, thread_name_prefix="job")
        self._lock = threading.Lock()
        self._under_way: set[str] = set()
        self._clock: Any = None

    def start(self) -> None:
        """Begin to tick, at once."""
        from apscheduler.schedulers.background import (  # type: ignore[import-untyped]
            BackgroundScheduler,
        )

        logging.getLogger("apscheduler").setLevel(logging.WARNING)  # it would tell of every tick
        self._clock = BackgroundScheduler(timezone="UTC")
        how = {"max_instances": 1, "coalesce": True, "misfire_grace_time": None}
        self._clock.add_job(self.tick, "interval", seconds=self._pause, **how)
        self._clock.start()
        self._pool.submit(self.tick)

    def end(self) -> None:
        """Tick no more; waits for what is under way."""
        if self._clock is not None:
            self._clock.shutdown(wait=True)
        self._pool.shutdown(wait=True, cancel_futures=True)

    def tick(self) -> tuple[Future[None], ...]:
        """Begin all that is due now."""
        from tools.ledger.job_runs import JobRuns

        try:
            return tuple(self._due(JobRuns(self._purser.ledger)))
        except Exception:
            self._logger.exception("watch: a tick failed")
            return ()

    def _due(self, runs: JobRuns) -> list[Future[None]]:
        now, newest = self._purser.config.clock.now(), runs.newest()
        again = {(run.job, run.scheduled) for run in runs.to_try_again()}
        begun = []
        for job in watched(self._purser):
            last = newest.get(job.name)
            slot = due(job.timing, last=_since(job, last, now), now=now)
            if slot is None:
                if last and not job.is_off and (job.name, last.scheduled) in again:
                    begun.append(self._begin(job.name, last.scheduled))
            elif why := _too_late(job, slot, last=last, now=now):
                runs.skip(job.name, slot, holder=self._holder, said=why)
            else:
                begun.append(self._begin(job.name, slot))
        return [future for future in begun if future]

    def _begin(self, name: str, slot: datetime) -> Future[None] | None:
        with self._lock:
            if name in self._under_way:
                return None
            self._under_way.add(name)
        try:
            return self._pool.submit(self._run, name, slot)
        except RuntimeError:  # the pool is shut: nothing begins any more
            return None

    def _run(self, name: str, slot: datetime) -> None:
        try:
            run(self._purser, name, slot, holder=self._holder)
        except Exception:
            self._logger.exception("watch: %s of %s failed", name, slot)
            self._tell_failed(name)
        finally:
            with self._lock:
                self._under_way.discard(name)

    def _tell_failed(self, name: str) -> None:
        """Operators hear of a job that fails again and again, once a day."""
        from tools.ledger.job_runs import JobRuns, RunState

        channel = self._purser.config.watch.operators
        failed = 0
        for last in JobRuns(self._purser.ledger).of(name, most=ENOUGH):
            if last.state is not RunState.FAILED:
                break
            failed += last.tries
        if channel and failed >= ENOUGH:
            last = JobRuns(self._purser.ledger).of(name, most=1)[0]
            keep(self._purser, failed_plan(last, channel))


def watched(purser: Purser) -> tuple[Scheduled, ...]:
    """What goes by the clock here: with no channel named anywhere only what needs none.

    What is switched off is among them where it runs by the hour: its hours pass by, so that it is
    not made up for when it is switched on again.
    """
    found = [job for job in jobs(purser) if not job.is_off or isinstance(job.timing, AtHour)]
    if purser.config.watch.is_on or any(job.name.startswith("digest") for job in found):
        return tuple(found)
    return tuple(job for job in found if job.name in NO_CHANNEL)


def failed_plan(run: JobRun, channel: str) -> Plan:
    """What operators are told of a job that failed for good."""
    text = (
        f"“{run.job}” failed {ENOUGH} times in a row, last for {run.scheduled:%b} "
        f"{run.scheduled.day}, {run.scheduled:%H:%M} UTC: {clean_line(run.said)} "
        "My log has the details."
    )
    message = Message(fallback(text), (rich_block(text_part(text)),))
    key = f"failed/{run.job}/{run.scheduled:%Y-%m-%d}"
    return Plan((outgoing(key, message, channel=channel, sort=Sort.OPERATOR),))


def _too_late(job: Scheduled, slot: datetime, *, last: JobRun | None, now: datetime) -> str:
    """Why a moment that passed is not made up for; empty where it is run."""
    if job.is_off:
        return "Switched off."
    if last is None and job.since is None and isinstance(job.timing, AtHour):
        return "Before it was set up."  # who begins at noon is not told good morning any more
    return "Too late to make up for." if is_stale(job.timing, slot, now) else ""


def _since(job: Scheduled, last: JobRun | None, now: datetime) -> datetime | None:
    """After which moment it is due: its newest run, or since somebody set it anew.

    What runs every few minutes goes on though somebody played it forward with `run-job`.
    """
    if last and last.scheduled > now and isinstance(job.timing, Every):
        last = None
    moments = [at for at in (last.scheduled if last else None, job.since) if at is not None]
    return max(moments, default=None)
