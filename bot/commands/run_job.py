"""`purser run-job NAME --at TIME`: run what goes by the clock, at any moment, dry or for good."""

from __future__ import annotations

import argparse
import socket
import sys
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from bot.app import build
from bot.commands.show import print_json
from bot.watch.jobs import AT_ITS_TIME, jobs, named
from bot.watch.plans import Plan
from tools.core.clock import FixedClock
from tools.core.errors import InputError
from tools.core.periods import DAY
from tools.watch.outgoing import Outgoing
from tools.watch.schedule import latest

MOST = 400  # days that can be gone through one after the other
YEARS = range(1971, 2200)  # beyond them, days before and after have no date any more


def run(args: argparse.Namespace) -> int:
    """Print what would be posted, or run it; 1 where another process did."""
    now = args.config.clock.now()
    at = read_moment(args.at) if args.at else now
    through = read_moment(args.through) if args.through else at
    if not at <= through <= at + MOST * DAY:
        raise InputError(f"--through must not lie before --at, nor more than {MOST} days after it.")
    moments = [at + n * DAY for n in range((through - at).days + 1)]
    plans = [_run(args, moment) for moment in moments]
    done = [plan for plan in plans if plan is not None]
    if done or args.json:
        _print(sum(done, start=Plan()), as_json=args.json)
    return 0 if done else 1


def _run(args: argparse.Namespace, at: datetime) -> Plan | None:
    """What comes of it at a moment; None where it was run already."""
    from bot.watch.running import planned
    from bot.watch.running import run as run_job

    is_now = not args.at and not args.through
    purser = build(args.config if is_now else replace(args.config, clock=FixedClock(at)))
    name = " ".join(args.name)
    if not name:
        raise InputError("Which job? There are: " + ", ".join(job.name for job in jobs(purser)))
    job = named(purser, name)
    try:
        if args.dry_run:
            return planned(purser, name, at)
        _check_time(args, name)
        slot = latest(job.timing, at)
        holder = f"run-job {socket.gethostname()}"[:64]
        plan = run_job(purser, name, slot, holder=holder, is_asked=True)
    finally:
        purser.ledger.close()
    if plan is None:
        print(f"{name} of {slot:%Y-%m-%d %H:%M} UTC was run already.", file=sys.stderr)
    return plan


def _check_time(args: argparse.Namespace, name: str) -> None:
    """Only a simulated cloud is played forward: what really runs is stopped at its own time."""
    clouds = args.config.clouds
    if (args.at or args.through) and name in AT_ITS_TIME and (clouds.aws or clouds.gcp):
        raise InputError(
            f"“{name}” stops and starts what really runs, so it runs at its own time only; "
            "--dry-run shows what would be said."
        )


def message_json(post: Outgoing) -> dict[str, str]:
    """A message, as a dry run prints it."""
    return {
        "key": post.key,
        "channel": post.channel,
        "kind": post.sort.value,
        "text": post.text,
    }


def read_moment(text: str) -> datetime:
    """A moment; a day is its midnight, and what names no zone is meant in UTC.

    Raises:
        InputError: it is none.
    """
    at = _read(text)
    if at is None or at.year not in YEARS:
        raise InputError(
            f"“{text}” is no moment; write it like 2026-11-21T09:00 or 2026-11-21T09:00+01:00."
        )
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def _read(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _print(plan: Plan, *, as_json: bool) -> None:
    if as_json:
        print_json({"messages": [message_json(post) for post in plan.posts]})
        return
    print("\n\n".join(_lines(plan.posts)) or plan.said or "It would say nothing.")


def _lines(posts: Iterable[Outgoing]) -> Iterable[str]:
    for post in posts:
        yield f"{post.channel} · {post.sort} · {post.key}\n{post.text}"
