"""Runs of what goes by the clock: each scheduled moment is run by one process, once."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import delete, func, insert, select, update

from tools.core.clock import Clock, SystemClock
from tools.ledger.ledger import Ledger
from tools.ledger.moments import utc
from tools.ledger.watch_tables import JOB_RUNS

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, Row

MOST_TRIES = 3
PAUSE = timedelta(minutes=2)  # before the second try; the third waits twice as long
KEEP = timedelta(days=2)  # of runs that came to an end; the newest of each job is always kept
_LOCK = 20261122


class RunState(StrEnum):
    """How a run stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"  # tried again while `until` says when
    SKIPPED = "skipped"  # too late, or before anybody wanted it


class JobRun(NamedTuple):
    """One run.

    Args:
        job: its name.
        scheduled: for when.
        state: how it stands.
        holder: the process that runs it, or ran it.
        tries: how often it was begun.
        said: one sentence on how it went.
        until: running, nobody else may take it before; failed, it is tried again then.
        ended: when it came to an end.
    """

    job: str
    scheduled: datetime
    state: RunState
    holder: str
    tries: int
    said: str = ""
    until: datetime | None = None
    ended: datetime | None = None


class JobRuns:
    """The ledger's record of runs.

    Args:
        ledger: where it is kept.
        machine: the clock of leases and pauses: those are about processes, not about a replay.
    """

    def __init__(self, ledger: Ledger, *, machine: Clock | None = None) -> None:
        self._ledger = ledger
        self._machine = machine or SystemClock()

    def newest(self) -> dict[str, JobRun]:
        """The newest run of every job, by name."""
        newest = (
            select(JOB_RUNS.c.job, func.max(JOB_RUNS.c.scheduled).label("scheduled"))
            .group_by(JOB_RUNS.c.job)
            .subquery()
        )
        same = (JOB_RUNS.c.job == newest.c.job) & (JOB_RUNS.c.scheduled == newest.c.scheduled)
        with self._ledger.begin() as connection:
            rows = connection.execute(select(JOB_RUNS).join(newest, same))
            return {row.job: _run(row) for row in rows}

    def of(self, job: str, *, most: int = 10) -> tuple[JobRun, ...]:
        """The last runs of a job, newest first."""
        query = select(JOB_RUNS).where(JOB_RUNS.c.job == job)
        query = query.order_by(JOB_RUNS.c.scheduled.desc()).limit(most)
        with self._ledger.begin() as connection:
            return tuple(_run(row) for row in connection.execute(query))

    def claim(
        self,
        job: str,
        scheduled: datetime,
        *,
        holder: str,
        lease: timedelta,
        is_asked: bool = False,
    ) -> bool:
        """Take a run: whether it is ours now.

        It is not while somebody runs the job, whatever for, nor where it was done already. A
        run whose holder went away may be taken once its lease is over, and one that failed when
        its pause is.

        Args:
            job: its name.
            scheduled: for when.
            holder: names this process.
            lease: for so long nobody else takes it.
            is_asked: a person wants it: then also what was skipped, or waits to be tried again.
        """
        now = self._machine.now()
        with self._ledger.begin() as connection:
            _lock(connection)
            if connection.execute(select(JOB_RUNS.c.job).where(_busy(job, now))).first():
                return False
            row = connection.execute(select(JOB_RUNS).where(_is(job, scheduled))).one_or_none()
            run = None if row is None else _run(row)
            if run and not _may_take(run, now, is_asked=is_asked):
                return False
            values = {"holder": holder, "lease_until": now + lease, "said": "", "ended": None}
            values |= {"tries": run.tries + 1 if run else 1, "state": RunState.RUNNING.value}
            if run:
                connection.execute(update(JOB_RUNS).where(_is(job, scheduled)).values(**values))
            else:
                key = {"job": job, "scheduled": scheduled}
                connection.execute(insert(JOB_RUNS).values(**key, **values))
        return True

    def renew(self, job: str, scheduled: datetime, *, holder: str, lease: timedelta) -> bool:
        """Hold a run longer; whether it is still ours."""
        mine = _held(job, scheduled, holder)
        until = self._machine.now() + lease
        with self._ledger.begin() as connection:
            renewed = connection.execute(update(JOB_RUNS).where(mine).values(lease_until=until))
        return bool(renewed.rowcount)

    def end(
        self, connection: Connection, job: str, scheduled: datetime, *, holder: str, said: str
    ) -> bool:
        """It is done, in the transaction of what it says and keeps; False where it was taken over.

        Whoever is told False rolls back: another process says it.
        """
        values = {"state": RunState.DONE.value, "said": said, "lease_until": None}
        ended = connection.execute(
            update(JOB_RUNS)
            .where(_held(job, scheduled, holder))
            .values(**values, ended=self._ledger.now())
        )
        if ended.rowcount:
            old = (JOB_RUNS.c.job == job) & (JOB_RUNS.c.scheduled < scheduled - KEEP)
            connection.execute(delete(JOB_RUNS).where(old))
        return bool(ended.rowcount)

    def fail(self, job: str, scheduled: datetime, *, holder: str, said: str) -> JobRun | None:
        """It came to nothing and is tried again later, unless it was often enough.

        Returns:
            How it stands; None where somebody took it over.
        """
        now = self._machine.now()
        with self._ledger.begin() as connection:
            row = connection.execute(
                select(JOB_RUNS).where(_held(job, scheduled, holder))
            ).one_or_none()
            if row is None:
                return None
            again = now + PAUSE * 2 ** (row.tries - 1) if row.tries < MOST_TRIES else None
            values = {"state": RunState.FAILED.value, "said": said, "lease_until": again}
            connection.execute(
                update(JOB_RUNS).where(_is(job, scheduled)).values(**values, ended=now)
            )
            return _run(row)._replace(state=RunState.FAILED, said=said, until=again, ended=now)

    def skip(self, job: str, scheduled: datetime, *, holder: str, said: str) -> bool:
        """Note that a moment is not run; whether it was ours to note."""
        now = self._ledger.now()
        row = {"job": job, "scheduled": scheduled, "holder": holder, "tries": 0, "said": said}
        with self._ledger.begin() as connection:
            _lock(connection)
            if connection.execute(select(JOB_RUNS.c.job).where(_is(job, scheduled))).first():
                return False
            connection.execute(
                insert(JOB_RUNS).values(**row, state=RunState.SKIPPED.value, ended=now)
            )
        return True

    def to_try_again(self) -> tuple[JobRun, ...]:
        """Runs that failed and whose pause is over, or whose holder went away."""
        now = self._machine.now()
        states = [RunState.FAILED.value, RunState.RUNNING.value]
        query = select(JOB_RUNS).where(JOB_RUNS.c.state.in_(states), JOB_RUNS.c.lease_until <= now)
        with self._ledger.begin() as connection:
            return tuple(_run(row) for row in connection.execute(query))


def _lock(connection: Connection) -> None:
    """Claims come one after the other; SQLite's transactions do already."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")


def _may_take(run: JobRun, now: datetime, *, is_asked: bool) -> bool:
    if is_asked and run.state in (RunState.SKIPPED, RunState.FAILED):
        return True
    if run.state not in (RunState.FAILED, RunState.RUNNING):
        return False
    return run.until is not None and run.until <= now


def _busy(job: str, now: datetime) -> ColumnElement[bool]:
    running = (JOB_RUNS.c.job == job) & (JOB_RUNS.c.state == RunState.RUNNING.value)
    return running & (JOB_RUNS.c.lease_until > now)


def _held(job: str, scheduled: datetime, holder: str) -> ColumnElement[bool]:
    mine = _is(job, scheduled) & (JOB_RUNS.c.holder == holder)
    return mine & (JOB_RUNS.c.state == RunState.RUNNING.value)


def _is(job: str, scheduled: datetime) -> ColumnElement[bool]:
    return (JOB_RUNS.c.job == job) & (JOB_RUNS.c.scheduled == scheduled)


def _run(row: Row[Any]) -> JobRun:
    return JobRun(
        job=row.job,
        scheduled=utc(row.scheduled),
        state=RunState(row.state),
        holder=row.holder,
        tries=row.tries,
        said=row.said,
        until=utc(row.lease_until),
        ended=utc(row.ended),
    )
