"""chat.startStream, appendStream and stopStream: a message that grows while it is written."""

from __future__ import annotations

from typing import Any

from bot.console.block_rules import MARKDOWN_TEXT
from bot.console.cast import BOT_USER
from bot.console.methods.asked import Asked, SlackRefusalError
from bot.console.records import Message
from bot.console.sessions import STATUSES


def start(asked: Asked) -> dict[str, Any]:
    """chat.startStream, always in a thread; in channels it must say for whom.

    It begins the thread's agent session, too.
    """
    channel = asked.channel_to_post()
    (thread,) = asked.need("thread_ts")
    if not asked.workspace.store.is_direct(channel):
        for name in ("recipient_team_id", "recipient_user_id"):
            if not asked.get(name):
                raise SlackRefusalError(f"missing_{name}")
    if asked.workspace.store.message(channel, thread) is None:
        raise SlackRefusalError("thread_not_found")
    message = Message(
        channel, "", BOT_USER, _said(asked), thread_ts=thread, is_streaming=True, is_markdown=True
    )
    kept = asked.workspace.store.add(message)
    asked.workspace.sessions.set(channel, thread, "processing")
    return {"channel": channel, "ts": kept.ts}


def append(asked: Asked) -> dict[str, Any]:
    """chat.appendStream."""
    message = _streaming(asked)
    text = _said(asked)
    if not text and not asked.structure("chunks"):
        raise SlackRefusalError("no_text")
    asked.workspace.store.change(message, text=message.text + text)
    return {"channel": message.channel, "ts": message.ts}


def stop(asked: Asked) -> dict[str, Any]:
    """chat.stopStream; blocks stand below the text, and the session rests unless told otherwise."""
    message = _streaming(asked)
    status = asked.get("session_status") or "active"
    if status not in STATUSES:
        raise SlackRefusalError("invalid_arguments", ["must be a valid enum value: session_status"])
    blocks = asked.structure("blocks") or []
    asked.check_blocks(blocks)
    store = asked.workspace.store
    fresh = store.change(
        message,
        text=message.text + _said(asked),
        blocks=tuple(blocks),
        is_streaming=False,
        metadata=asked.structure("metadata"),
    )
    store.set_status(fresh.channel, fresh.thread_ts, "")
    asked.workspace.sessions.set(fresh.channel, fresh.thread_ts or fresh.ts, status)
    return {"channel": fresh.channel, "ts": fresh.ts, "message": asked.shape(fresh)}


def _streaming(asked: Asked) -> Message:
    message = asked.own_message(otherwise="message_not_owned_by_app")
    if not message.is_streaming:
        raise SlackRefusalError("message_not_in_streaming_state")
    return message


def _said(asked: Asked) -> str:
    """The Markdown of this call, given plainly or as chunks."""
    chunks = asked.structure("chunks") or []
    said = [asked.get("markdown_text")]
    said += [str(c.get("text", "")) for c in chunks if c.get("type") == "markdown_text"]
    text = "".join(said)
    if len(text) > MARKDOWN_TEXT:
        raise SlackRefusalError("msg_too_long")
    return text
