"""conversations.*: channels, their members and what was said in them."""

from __future__ import annotations

from typing import Any

from bot.console.cast import BOT_USER
from bot.console.methods.asked import Asked, SlackRefusalError
from bot.console.records import Message

PAGE = 100


def info(asked: Asked) -> dict[str, Any]:
    """conversations.info."""
    return {"channel": _shape(asked, asked.channel())}


def listing(asked: Asked) -> dict[str, Any]:
    """conversations.list: public channels, and private ones the bot is in."""
    kinds = (asked.get("types") or "public_channel").split(",")
    store = asked.workspace.store
    shown = []
    for channel in store.channels():
        is_in = BOT_USER in store.members(channel.id)
        public = channel.kind == "public" and "public_channel" in kinds
        private = channel.kind == "private" and "private_channel" in kinds and is_in
        if (public or private) and not (channel.is_archived and asked.claims("exclude_archived")):
            shown.append(_shape(asked, channel.id))
    if "im" in kinds:
        shown += [_shape(asked, store.direct(p.id)) for p in asked.workspace.cast.people]
    page, cursor = _page(asked, shown)
    return {"channels": page, "response_metadata": {"next_cursor": cursor}}


def members(asked: Asked) -> dict[str, Any]:
    """conversations.members."""
    page, cursor = _page(asked, list(asked.workspace.store.members(asked.channel())))
    return {"members": page, "response_metadata": {"next_cursor": cursor}}


def open_direct(asked: Asked) -> dict[str, Any]:
    """conversations.open, for a DM with one person."""
    store = asked.workspace.store
    user = asked.person("users")
    channel = store.direct(user)
    return {"channel": {"id": channel} | ({"user": user} if asked.claims("return_im") else {})}


def join(asked: Asked) -> dict[str, Any]:
    """conversations.join, for public channels."""
    channel = asked.channel()
    if asked.workspace.store.channel(channel).kind == "private":
        raise SlackRefusalError("method_not_supported_for_channel_type")
    asked.workspace.store.set_member(channel, BOT_USER, is_in=True)
    return {"channel": _shape(asked, channel)}


def history(asked: Asked) -> dict[str, Any]:
    """conversations.history: newest first, without replies."""
    channel = _readable(asked)
    said = [m for m in asked.workspace.store.messages(channel) if not m.thread_ts]
    return _said(asked, list(reversed(_within(asked, said))))


def replies(asked: Asked) -> dict[str, Any]:
    """conversations.replies: the parent, then its answers, oldest first."""
    channel = _readable(asked)
    (ts,) = asked.need("ts")
    said = asked.workspace.store.messages(channel)
    found = [m for m in said if ts in (m.ts, m.thread_ts)]
    if not found:
        raise SlackRefusalError("thread_not_found")
    return _said(asked, _within(asked, found))


def _readable(asked: Asked) -> str:
    channel = asked.channel()
    if BOT_USER not in asked.workspace.store.members(channel):
        raise SlackRefusalError("not_in_channel")
    return channel


def _within(asked: Asked, messages: list[Message]) -> list[Message]:
    oldest, latest = asked.get("oldest") or "0", asked.get("latest") or "9999999999.999999"
    inclusive = asked.claims("inclusive")
    return [
        m for m in messages if oldest < m.ts < latest or (inclusive and m.ts in (oldest, latest))
    ]


def _said(asked: Asked, messages: list[Message]) -> dict[str, Any]:
    page, cursor = _page(asked, messages)
    shapes = [asked.shape(m) for m in page]
    if not asked.claims("include_all_metadata"):
        for shape in shapes:
            shape.pop("metadata", None)
    return {
        "messages": shapes,
        "has_more": bool(cursor),
        "response_metadata": {"next_cursor": cursor},
    }


def _page(asked: Asked, items: list[Any]) -> tuple[list[Any], str]:
    """One page of `limit` items from `cursor` on, and the next cursor."""
    limit, cursor = asked.count("limit", default=PAGE), asked.get("cursor")
    start = int(cursor) if cursor.isdigit() else 0
    end = start + limit
    return items[start:end], str(end) if end < len(items) else ""


def _shape(asked: Asked, channel_id: str) -> dict[str, Any]:
    store = asked.workspace.store
    if store.is_direct(channel_id):
        user = store.direct_person(channel_id).id
        return {"id": channel_id, "is_im": True, "user": user, "is_user_deleted": False}
    channel, people = store.channel(channel_id), asked.workspace.cast.people
    is_private = channel.kind == "private"
    strangers = [p for p in people if p.standing == "outside" and p.handle in channel.members]
    return {
        "id": channel.id,
        "name": channel.name,
        "is_channel": True,
        "is_group": False,
        "is_im": False,
        "is_mpim": False,
        "is_private": is_private,
        "is_archived": channel.is_archived,
        "is_member": BOT_USER in store.members(channel_id),
        "is_shared": bool(strangers),
        "is_ext_shared": bool(strangers),
        "is_org_shared": False,
        "topic": {"value": channel.topic},
        "purpose": {"value": ""},
        "num_members": len(store.members(channel_id)),
        "context_team_id": asked.workspace.cast.team_id,
    }
