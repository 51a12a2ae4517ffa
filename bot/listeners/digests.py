"""The menu of a digest: snooze it, change its hour, or have no more of it.

It says what `/purser schedule` would be told, so that there is one way to change a schedule.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bot.blocks import Block, Message, actions_block, fallback, plain, rich_block, text_part
from bot.delivery import Place
from bot.listeners.hearing import home_of
from bot.listeners.pressing import press_of
from bot.watch.digest_blocks import CHANGE, HOUR, SNOOZE, SNOOZED_FOR, STOP
from bot.watch.jobs import is_digest

if TYPE_CHECKING:
    from slack_bolt import Ack, App, BoltContext

    from bot.listeners.schedule import ScheduleDesk

CHOSEN = "purser.digest.hour"  # action id of the hours


def register(app: App, desk: ScheduleDesk) -> None:
    """Listen to the menu, and to the hours it offers."""

    @app.action(CHANGE)
    def change(ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
        ack()
        what, job = _chosen(body)
        home, config = home_of(context), desk.purser.config
        place = _place(body, context)
        if what == HOUR and job:
            desk.delivery.post(place, hours_message(job, zone=config.watch.zone))
        elif line := line_for(what, job, now=config.clock.now(), zone=config.watch.zone):
            desk.turn(line, place, home)

    @app.action(CHOSEN)
    def hour(ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
        ack()
        at, job = _chosen(body)
        if job:
            desk.turn(f"{_named(job)} at {at}", _place(body, context), home_of(context))


def line_for(what: str, job: str, *, now: datetime, zone: str) -> str:
    """What `/purser schedule` is told for a choice of the menu; empty where it is none of ours."""
    if not job:
        return ""
    if what == SNOOZE:
        until = (now + timedelta(days=SNOOZED_FOR)).astimezone(ZoneInfo(zone)).date()
        return f"{_named(job)} off until {until}"
    return f"{_named(job)} off" if what == STOP else ""


def hours_message(job: str, *, zone: str) -> Message:
    """The hours to choose from."""
    rhythm = job.split()[2]
    text = f"When should the {rhythm} digest come? Hours are in {zone} time."
    options = [
        {"text": plain(f"{hour:02}:00"), "value": f"{hour:02}:00 {job}"} for hour in range(24)
    ]
    menu: Block = {
        "type": "static_select",
        "action_id": CHOSEN,
        "placeholder": plain("Choose an hour"),
        "options": options,
    }
    return Message(fallback(text), (rich_block(text_part(text)), *actions_block((menu,))))


def _chosen(body: dict[str, Any]) -> tuple[str, str]:
    """What was chosen, and for which job; no job where the value is none of ours."""
    option = body["actions"][0].get("selected_option") or {}
    what, _, job = str(option.get("value") or "").partition(" ")
    return what, job if is_digest(job) else ""


def _named(job: str) -> str:
    """`<#C0ML> daily`, as it is typed."""
    _digest, channel, rhythm = job.split()
    return f"<#{channel}> {rhythm}"


def _place(body: dict[str, Any], context: BoltContext) -> Place:
    """The digest's thread; there everybody reads what was changed."""
    press = press_of(body, home_of(context))
    thread = press.place.thread_ts or (press.message.ts if press.message else None)
    return replace(press.place, thread_ts=thread)
