"""`/purser schedule`: what it asks for, and the list that it shows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from bot.blocks import Block, Message, clip, context_blocks, fallback, rich_block, text_part
from bot.cards import person
from bot.machine_words import clean_line
from bot.watch.jobs import ALWAYS, MODULES, RHYTHMS, Scheduled
from tools.core.errors import InputError
from tools.watch.schedule import AtHour, Timing, following

if TYPE_CHECKING:
    from tools.ledger.job_runs import JobRun

HELP = (
    "Say what is to change after /purser schedule: daily at 8:30, weekly off, "
    "alerts every 30 minutes, anomalies off until 2026-12-01, daily as configured."
)
STOPS = "stops"
MINUTELY = (
    "Stops by the clock are looked for every minute, because each is announced 15 minutes before. "
    "Say stops off, or end a timetable: /gpu schedules."
)
MOST = 25  # jobs in one message
_DAY = 24 * 60
_CHANNEL = re.compile(r"<#([CG][A-Z0-9]{2,30})(?:\|[^>]*)?>|\b([CG][A-Z0-9]{7,30})\b")
_AT = re.compile(r"(?:at )?([01]?\d|2[0-3])(?::([0-5]\d))?(?: ?h| o'clock)?")
_EVERY = re.compile(r"every (\d{1,4})? ?(m|min|minutes?|h|hours?)")
_OFF = re.compile(r"off(?: until (\d{4}-\d\d-\d\d))?")
_BACK = ("as configured", "reset")


class Wish(NamedTuple):
    """What somebody wants changed.

    Args:
        job: its name.
        value: `{"at": "08:30"}`, `{"every": 30}`, `{"off": True}`; None for what `purser.toml`
            says.
        until: when that is over; None for good.
        keeps_hour: it is only switched on again.
    """

    job: str
    value: dict[str, object] | None
    until: datetime | None = None
    keeps_hour: bool = False


def read_wish(text: str, *, channel: str, zone: str, now: datetime) -> Wish | None:
    """What follows `/purser schedule`, as Slack sent it; None where it only asks for the list.

    Args:
        text: as it was typed; a channel may be named in it.
        channel: where it was said: a digest of none is meant there.
        zone: of hours and days.
        now: aware.

    Raises:
        InputError: it cannot be read.
    """
    named = _CHANNEL.search(text)
    words = _CHANNEL.sub(" ", text).lower().replace("’", "'").split()
    if not words:
        return None
    job, rest = _job(words, (named[1] or named[2]) if named else channel)
    wanted = " ".join(rest)
    if wanted in _BACK or wanted == "on":
        return Wish(job, None, keeps_hour=wanted == "on")
    if found := _OFF.fullmatch(wanted):
        if job in ALWAYS:
            raise InputError(f"{job} cannot be switched off: it ends what was approved for a time.")
        return Wish(job, {"off": True}, _until(found[1], zone, now))
    is_hourly = job.startswith(("digest", "needs"))
    if (found := _AT.fullmatch(wanted)) and is_hourly:
        return Wish(job, {"at": f"{int(found[1]):02}:{found[2] or '00'}"})
    if job == STOPS:
        raise InputError(MINUTELY)
    if (found := _EVERY.fullmatch(wanted)) and not is_hourly:
        return Wish(job, {"every": _minutes(found)})
    raise InputError(f"I cannot read “{clip(wanted, 80)}” for {job}. {HELP}")


def _job(words: list[str], channel: str) -> tuple[str, list[str]]:
    """The job's name, and the words after it."""
    rest = [word for word in words if word not in ("digest", "digests")]
    if rest and rest[0] in RHYTHMS:
        return f"digest {channel} {rest[0]}", rest[1:]
    if rest and rest[0] in MODULES:
        return rest[0], rest[1:]
    known = ", ".join([*(f"{rhythm} digest" for rhythm in RHYTHMS), *_others()])
    raise InputError(f"What runs when? I know of: {known}. {HELP}")


def _others() -> list[str]:
    return [name for name in MODULES if name != "digest"]


def _minutes(found: re.Match[str]) -> int:
    minutes = int(found[1] or 1) * (60 if found[2].startswith("h") else 1)
    if not 1 <= minutes <= _DAY:
        raise InputError("Every how many minutes? Say a number from 1 to 1440.")
    return minutes


def _until(day: str | None, zone: str, now: datetime) -> datetime | None:
    if day is None:
        return None
    try:
        until = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    except ValueError as error:
        raise InputError(f"“{day}” is no day; write it like 2026-12-01.") from error
    if until <= now:
        raise InputError(f"{day} is over already.")
    return until


def schedule_message(
    found: Sequence[Scheduled],
    runs: dict[str, JobRun],
    *,
    zone: str,
    now: datetime,
    is_on: bool,
) -> Message:
    """What runs when, how it went the last time, and when next."""
    count = "1 job runs" if len(found) == 1 else f"{len(found)} jobs run"
    said = f"{count} by the clock, in {zone} time."
    items = [
        {"type": "rich_text_section", "elements": _line(job, runs.get(job.name), zone, now)}
        for job in found[:MOST]
    ]
    listed: Block = {"type": "rich_text_list", "style": "bullet", "elements": items}
    blocks: list[Block] = [rich_block(text_part(said, bold=True))]
    blocks += [{"type": "rich_text", "elements": [listed]}] if items else []
    more = f"{len(found) - MOST} more are not shown." if len(found) > MOST else ""
    quiet = "" if is_on else "No channel is named under [watch] in purser.toml: I only load bills."
    return Message(fallback(said), (*blocks, *context_blocks(quiet, more, HELP)))


def _line(job: Scheduled, run: JobRun | None, zone: str, now: datetime) -> list[Block]:
    from tools.ledger.job_runs import RunState

    parts = [*_name(job.name), text_part(f": {timing_text(job, zone)}")]
    if not job.is_off:
        parts.append(text_part(f", next {moment_text(following(job.timing, now), zone, now)}"))
    if run is not None and run.state is not RunState.SKIPPED:
        is_for_all = job.name == "ingest" or run.state is RunState.FAILED  # others may tell figures
        said = f" ({clean_line(run.said).rstrip('.')})" if run.said and is_for_all else ""
        when = moment_text(run.scheduled, zone, now)
        parts.append(text_part(f"; last {when}, {run.state}{clip(said, 200)}"))
    if choice := job.off or job.choice:
        parts += [text_part("; changed by "), person(choice.by)]
    return parts


def _name(name: str) -> list[Block]:
    words = name.split()
    if words[0] != "digest":
        return [text_part(name, bold=True)]
    channel: Block = {"type": "channel", "channel_id": words[1]}
    return [text_part(f"{words[2]} digest", bold=True), text_part(" for "), channel]


def timing_text(job: Scheduled, zone: str) -> str:
    """`every day at 09:00`, `off until Dec 1`."""
    if job.is_off:
        until = job.off.until if job.off else None
        there = until and until.astimezone(ZoneInfo(zone))
        return f"off until {there:%b} {there.day}" if there else "off"
    if job.name.endswith(" monthly"):
        return f"when a month’s bills are closed, {_every(job.timing)}"
    return _every(job.timing)


def _every(timing: Timing) -> str:
    if isinstance(timing, AtHour):
        return f"{'every day' if timing.weekday is None else 'Mondays'} at {timing.at:%H:%M}"
    if timing.minutes % 60 == 0:
        return "every hour" if timing.minutes == 60 else f"every {timing.minutes // 60} hours"
    return "every minute" if timing.minutes == 1 else f"every {timing.minutes} minutes"


def moment_text(at: datetime, zone: str, now: datetime) -> str:
    """`09:00` today, else `Nov 22, 09:00`; in the zone."""
    there, here = at.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone))
    is_near = abs(there - here) < timedelta(days=1) and there.date() == here.date()
    return f"{there:%H:%M}" if is_near else f"{there:%b} {there.day}, {there:%H:%M}"
