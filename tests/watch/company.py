"""A replica that runs the watch's own jobs over the sample company: `played`, with real bills.

What is said then is what digests, alerts and anomalies say on those days. What must be said is
known from a run that nobody kills.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert, select

from bot.app import Purser, build
from bot.config import load
from bot.demo import prepare
from bot.watch.running import held, keep, planned
from tests.watch.played import LEASE, Said
from tools.clouds.settings import CloudSettings
from tools.core.clock import FixedClock
from tools.ledger.job_runs import JobRuns, RunState
from tools.ledger.ledger import Ledger
from tools.ledger.schema import BUDGETS
from tools.ledger.watch_tables import OUTBOX
from tools.watch.settings import DigestSettings, WatchSettings

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
DIGESTS = ("C0PLATFORM", "C0MLRESRCH")
JOBS = ("alerts", "anomalies", *(f"digest {channel} daily" for channel in DIGESTS))
WATCH = WatchSettings(
    operators="C0FINOPS00",
    incidents="C0NORDWIND",
    digests=tuple(DigestSettings(channel=channel) for channel in DIGESTS),
)
SLOW = 300.0  # seconds until all is over at the latest


@dataclass
class HandClock:
    """A clock that is put forward."""

    at: datetime = NOW

    def now(self) -> datetime:
        return self.at


def slots(days: int, last: int) -> Iterator[tuple[str, datetime]]:
    """What runs on the first so many of `last` days, in order."""
    for number in range(days):
        for job in JOBS:
            yield job, NOW - timedelta(days=last - number)


@dataclass
class Company:
    """Jobs over the company's bills, one after the other.

    Args:
        purser: over a ledger of its own.
        clock: its clock.
        last: how many days there are in all.
    """

    purser: Purser
    clock: HandClock
    last: int

    def next(self, days: int) -> tuple[str, datetime] | None:
        """The first that was not done yet."""
        newest = JobRuns(self.purser.ledger).newest()
        for job, at in slots(days, self.last):
            run = newest.get(job)
            is_done = run is not None and (run.scheduled, run.state == RunState.DONE) >= (at, True)
            if not is_done:
                return job, at
        return None

    def run(self, days: int, *, holder: str, lease: timedelta = LEASE) -> bool:
        """Run what is next; whether there was anything to run."""
        found, runs = self.next(days), JobRuns(self.purser.ledger)
        if found is None:
            return False
        job, self.clock.at = found
        at = self.clock.at
        if not runs.claim(job, at, holder=holder, lease=lease):
            return False
        often = lease.total_seconds() / 4
        with held(lambda: runs.renew(job, at, holder=holder, lease=lease), every=often):
            plan = planned(self.purser, job, at)

        def end(connection):
            if not runs.end(connection, job, at, holder=holder, said=""):
                raise InterruptedError("another took it over")

        try:
            keep(self.purser, plan, last=end)
        except InterruptedError:
            return False
        return True


def company(home: Path, ledger_url: str, *, last: int) -> Company:
    """The company's bills, over this ledger."""
    clock = HandClock()
    config = replace(
        load(home, environ={}),
        ledger_url=ledger_url,
        clock=clock,
        watch=WATCH,
        clouds=CloudSettings(),
    )
    return Company(build(config), clock, last)


def prepared(home: Path) -> None:
    """Bills and budgets, made up in this folder."""
    prepare(home, clock=FixedClock(NOW))


def with_budgets(home: Path, ledger_url: str) -> None:
    """The company's budgets in another ledger, by the same names."""
    there, here = (
        Ledger(url, FixedClock(NOW)) for url in (f"sqlite:///{home}/ledger.sqlite", ledger_url)
    )
    with there.begin() as connection:
        rows = [row._asdict() for row in connection.execute(select(BUDGETS))]
    with here.begin() as connection:
        connection.execute(insert(BUDGETS), rows)
    there.close()
    here.close()


def expected(home: Path, folder: Path, *, days: int) -> list[Said]:
    """What must be in Slack in the end, from a run without any kill."""
    url = f"sqlite:///{folder / 'undisturbed.sqlite'}"
    with_budgets(home, url)
    mine, ends = company(home, url, last=days), time.monotonic() + SLOW
    while mine.run(days, holder="undisturbed") and time.monotonic() < ends:
        pass
    with mine.purser.ledger.begin() as connection:
        rows = connection.execute(select(OUTBOX).where(OUTBOX.c.replaces == "")).all()
    mine.purser.ledger.close()
    return [Said(row.key, row.channel, row.thread) for row in rows]
