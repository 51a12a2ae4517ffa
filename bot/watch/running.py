"""Runs a job: claimed in the ledger, its words and writes in one transaction with its end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from bot.watch.jobs import module_of
from bot.watch.plans import Plan

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bot.app import Purser
    from tools.ledger.job_runs import JobRuns

LEASE = timedelta(seconds=90)
RENEW_AFTER = 30.0  # seconds; a long run holds its lease for as long as its process lives


class TakenOverError(Exception):
    """Another process runs it by now; what was to be said and kept here is not."""


def planned(purser: Purser, name: str, at: datetime) -> Plan:
    """What a job would say and keep at a moment; nothing of it happens."""
    return module_of(name).plan(purser, name=name, at=at)


def run(
    purser: Purser, name: str, at: datetime, *, holder: str, is_asked: bool = False
) -> Plan | None:
    """Run a job for a scheduled moment, once among all processes.

    Args:
        purser: wired.
        name: of the job.
        at: the scheduled moment, aware, in UTC.
        holder: names this process.
        is_asked: a person wants it, though its time went by.

    Returns:
        What was said and kept; None where another process runs it, or did.
    """
    from tools.ledger.job_runs import JobRuns

    runs = JobRuns(purser.ledger)
    if not runs.claim(name, at, holder=holder, lease=LEASE, is_asked=is_asked):
        return None
    try:
        with held(lambda: runs.renew(name, at, holder=holder, lease=LEASE)):
            _work(purser, name, at)
            plan = planned(purser, name, at)
        keep(purser, plan, last=lambda c: _end(c, runs, name, at, holder=holder, plan=plan))
    except TakenOverError:
        return None
    except Exception as error:
        runs.fail(name, at, holder=holder, said=_sentence(error))
        raise
    return plan


def keep(purser: Purser, plan: Plan, *, last: Callable[[Connection], None] | None = None) -> None:
    """Put what a plan says into the outbox and do its writes, all or nothing."""
    from tools.ledger.outbox import Outbox

    outbox = Outbox(purser.ledger)
    with purser.ledger.begin() as connection:
        outbox.put(connection, plan.posts)
        for write in plan.keep:
            write(connection)
        if last:
            last(connection)


def _end(
    connection: Connection, runs: JobRuns, name: str, at: datetime, *, holder: str, plan: Plan
) -> None:
    if not runs.end(connection, name, at, holder=holder, said=plan.said):
        raise TakenOverError


def _work(purser: Purser, name: str, at: datetime) -> None:
    """What a job does before it looks, as `ingest` loads bills: safe to be done twice."""
    work: Any = getattr(module_of(name), "work", None)
    if work is not None:
        work(purser, name=name, at=at)


@contextmanager
def held(renew: Callable[[], object], *, every: float = RENEW_AFTER) -> Iterator[None]:
    """Renew a lease in the background, after so many seconds each, while the block takes."""
    over = threading.Event()

    def hold() -> None:
        while not over.wait(every):
            renew()

    thread = threading.Thread(target=hold, name="lease", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _sentence(error: Exception) -> str:
    """What went wrong, as far as it may be shown: an unknown fault tells only its kind."""
    from tools.core.errors import PurserError

    return error.sentence if isinstance(error, PurserError) else type(error).__name__
