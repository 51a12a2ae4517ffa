"""agents.sessions.*: whether Purser is at work in a thread, which shows the stop button."""

from __future__ import annotations

from typing import Any

from bot.console.cast import BOT_USER
from bot.console.methods.asked import Asked, SlackRefusalError
from bot.console.sessions import STATUSES

TITLE = 200


def set_status(asked: Asked) -> dict[str, Any]:
    """agents.sessions.setStatus: begins the session where there is none."""
    channel = asked.channel("channel_id")
    status, thread = asked.need("status", "thread_ts")
    store = asked.workspace.store
    if status not in STATUSES:
        raise SlackRefusalError("invalid_arguments", ["must be a valid enum value: status"])
    if len(asked.get("title")) > TITLE:
        raise SlackRefusalError(
            "invalid_arguments", [f"must be less than {TITLE + 1} characters [json-pointer:/title]"]
        )
    if BOT_USER not in store.members(channel):
        raise SlackRefusalError("not_in_channel")
    if store.message(channel, thread) is None:
        raise SlackRefusalError("thread_not_found")
    asked.workspace.sessions.set(channel, thread, status, title=asked.get("title"))
    return {"status": status, "agent_status": status}
