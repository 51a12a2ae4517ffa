"""chat.*: what Purser says."""

from __future__ import annotations

from typing import Any

from bot.console.cast import BOT_USER
from bot.console.methods.asked import Asked, SlackRefusalError
from bot.console.records import Message

UPDATE_TEXT = 4000


def post(asked: Asked) -> dict[str, Any]:
    """chat.postMessage."""
    channel = asked.channel_to_post()
    text, blocks = asked.content()
    thread = asked.get("thread_ts") or None
    if thread and asked.workspace.store.message(channel, thread) is None:
        raise SlackRefusalError("thread_not_found")
    metadata = asked.metadata()
    message = asked.workspace.store.add(
        Message(channel, "", BOT_USER, text, tuple(blocks), thread, metadata=metadata)
    )
    return {"channel": channel, "ts": message.ts, "message": asked.shape(message)}


def post_ephemeral(asked: Asked) -> dict[str, Any]:
    """chat.postEphemeral."""
    channel = asked.channel_to_post()
    user = asked.person("user")
    if user not in asked.workspace.store.members(channel):
        raise SlackRefusalError("user_not_in_channel")
    text, blocks = asked.content()
    thread = asked.get("thread_ts") or None
    message = asked.workspace.store.add(
        Message(channel, "", BOT_USER, text, tuple(blocks), thread, only_for=user)
    )
    return {"message_ts": message.ts}


def update(asked: Asked) -> dict[str, Any]:
    """chat.update. New text without blocks takes the old blocks away."""
    message = asked.own_message(otherwise="cant_update_message")
    if asked.workspace.store.channel(message.channel).is_archived:
        raise SlackRefusalError("is_archived")
    if message.is_streaming:
        raise SlackRefusalError("streaming_state_conflict")
    text, blocks = asked.content(most=UPDATE_TEXT)
    store = asked.workspace.store
    changes: dict[str, Any] = {"text": text, "blocks": tuple(blocks), "edited": store.next_ts()}
    # What was streamed as Markdown is an ordinary message from now on.
    changes["is_markdown"] = False
    if metadata := asked.metadata():
        changes["metadata"] = metadata
    fresh = store.change(message, **changes)
    return {
        "channel": fresh.channel,
        "ts": fresh.ts,
        "text": fresh.text,
        "message": asked.shape(fresh),
    }


def delete(asked: Asked) -> dict[str, Any]:
    """chat.delete."""
    message = asked.own_message(otherwise="cant_delete_message")
    asked.workspace.store.change(message, is_deleted=True)
    return {"channel": message.channel, "ts": message.ts}


def permalink(asked: Asked) -> dict[str, Any]:
    """chat.getPermalink; the address opens this console's page."""
    channel = asked.channel()
    (ts,) = asked.need("message_ts")
    if asked.workspace.store.message(channel, ts) is None:
        raise SlackRefusalError("message_not_found")
    return {"channel": channel, "permalink": f"{asked.workspace.base_url}#/{channel}/{ts}"}
