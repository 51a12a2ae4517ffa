"""A replica of Purser that plays days of posts: run as a process, so that it can be killed.

Jobs are claimed, what they say is put with their end, and what waits is sent, by the functions
that `purser serve` uses. What the jobs say is made up from the day alone.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from bot.blocks import plain_message
from bot.watch.plans import Plan, outgoing
from bot.watch.posting import Poster
from bot.watch.running import keep
from bot.watch.sending import Sender
from tests.watch.senders import sender_to
from tools.core.clock import SystemClock
from tools.ledger.job_runs import JobRuns, RunState
from tools.ledger.ledger import Ledger
from tools.watch.outgoing import Outgoing, Sort

FIRST = date(2026, 11, 1)
CHANNELS = ("C0PLATFORM", "C0MLRESRCH", "C0FINOPS00", "C0NORDWIND")
JOBS = {"digest": 9, "alerts": 12, "incidents": 15}  # name → hour
AFTER = {"incidents": "alerts"}  # what answers a message is put after it, as Purser's jobs do
LEASE = timedelta(seconds=4)


class Said(NamedTuple):
    """What Slack must hold once.

    Args:
        key: with which its text begins.
        channel: where.
        thread: key of the thread's head; empty for the channel.
        is_changed: whether its text was replaced.
    """

    key: str
    channel: str
    thread: str = ""
    is_changed: bool = False


def plan(job: str, day: date) -> Plan:
    """What a job says of a day."""
    return Plan(tuple(_posts(job, day)), said=f"{day}")


def expected(days: int) -> Iterator[Said]:
    """What must be in Slack after so many days."""
    for number in range(days):
        posts = [p for job in JOBS for p in _posts(job, FIRST + timedelta(days=number))]
        changed = {post.replaces for post in posts if post.replaces}
        for post in posts:
            if not post.replaces:
                yield Said(post.key, post.channel, post.thread, post.key in changed)


def _posts(job: str, day: date) -> Iterator[Outgoing]:
    for number, channel in enumerate(CHANNELS):
        digest, alert = f"digest/{channel}/daily/{day}", f"alert/b{number}/{day}/spent"
        match job:
            case "digest":
                yield _post(digest, channel, Sort.DIGEST)
                yield _post(f"{digest}/more", channel, Sort.DIGEST, thread=digest)
            case "alerts":
                for percent in (50, 75):
                    yield _post(f"{alert}/{percent}", channel, Sort.BUDGET)
            case _:
                yield _post(f"{alert}/50/why", channel, Sort.BUDGET, thread=f"{alert}/50")
                changed = plain_message(f"{alert}/75 changed")
                yield outgoing(
                    f"{alert}/75/seen",
                    changed,
                    channel=channel,
                    sort=Sort.BUDGET,
                    replaces=f"{alert}/75",
                )


def _post(key: str, channel: str, sort: Sort, *, thread: str = "") -> Outgoing:
    message = plain_message(f"{key} is said")
    return outgoing(key, message, channel=channel, sort=sort, thread=thread)


@dataclass
class Replica:
    """One process: its ledger, and its sender."""

    ledger: Ledger
    sender: Sender
    lease: timedelta = LEASE

    def step(self, days: int) -> bool:
        """Run what is due until so many days are over, and send; whether anything happened."""
        ran = [self._run(job, days) for job in JOBS]
        return bool(self.sender.round()) or any(ran)

    def _run(self, job: str, days: int) -> bool:
        runs = JobRuns(self.ledger)
        day = self._next(runs, job)
        before = AFTER.get(job)
        if day >= FIRST + timedelta(days=days) or (before and self._next(runs, before) <= day):
            return False
        at = datetime(day.year, day.month, day.day, JOBS[job], tzinfo=UTC)
        if not runs.claim(job, at, holder=self.sender.holder, lease=self.lease):
            return False
        holder = self.sender.holder

        def end(connection):
            assert runs.end(connection, job, at, holder=holder, said="played")

        keep(self, plan(job, day), last=end)  # type: ignore[arg-type]
        return True

    def _next(self, runs: JobRuns, job: str) -> date:
        newest = runs.newest().get(job)
        if newest is None:
            return FIRST
        day = newest.scheduled.date()
        return day + timedelta(days=1) if newest.state is RunState.DONE else day


class CarelessPoster(Poster):
    """Never looks before it says a thing again: what the test must find out."""

    def look(self, *_: object, **__: object) -> None:
        return None


def replica(
    *,
    ledger_url: str,
    slack_url: str,
    token: str,
    poster: type[Poster] = Poster,
    lease: timedelta = LEASE,
) -> Replica:
    """A process's own, with names and connections nobody else has."""
    ledger = Ledger(ledger_url, SystemClock())
    sender = sender_to(
        slack_url,
        token,
        ledger,
        clock=SystemClock(),
        poster=poster,
        sleep=time.sleep,
        holder=secrets.token_hex(8),
        lease=lease,
        gap=0.0,
    )
    return Replica(ledger, sender, lease)


def main() -> int:
    """Play until killed."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("--ledger", "--slack", "--token", "--goal"):
        parser.add_argument(name, required=True)
    parser.add_argument("--lease", type=float, default=LEASE.total_seconds())
    parser.add_argument("--careless", action="store_true")
    parser.add_argument("--company", help="folder of a company whose jobs are run instead")
    parser.add_argument("--last", type=int, default=0, help="days of the company in all")
    args = parser.parse_args()
    goal, poster = Path(args.goal), CarelessPoster if args.careless else Poster
    mine = replica(
        ledger_url=args.ledger,
        slack_url=args.slack,
        token=args.token,
        poster=poster,
        lease=timedelta(seconds=args.lease),
    )
    step = mine.step
    if args.company:
        step = _of_company(mine, args)
    print("ready", flush=True)
    while True:
        if not step(int(goal.read_text() or "0")):
            time.sleep(0.02)


def _of_company(mine: Replica, args: argparse.Namespace) -> Callable[[int], bool]:
    from tests.watch.company import company

    played = company(Path(args.company), args.ledger, last=args.last)

    def step(days: int) -> bool:
        ran = played.run(days, holder=mine.sender.holder, lease=mine.lease)
        return bool(mine.sender.round()) or ran

    return step


if __name__ == "__main__":
    sys.exit(main())
