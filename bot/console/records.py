"""What a stand-in workspace remembers: messages, files, views, and the keys it hands out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.console.cast import APP_ID, BOT_ID, BOT_USER

Blocks = tuple[dict[str, Any], ...]
ROWS = ("actions", "context_actions")  # blocks whose elements can be pressed
Json = Any  # whatever came over the wire, checked where it is used


@dataclass(frozen=True, slots=True)
class Message:
    """One message as it stands now.

    Args:
        channel: conversation id.
        ts: Slack's time stamp, unique in the workspace.
        user: author's id; the bot's own where the bot wrote it.
        text: as sent.
        blocks: as sent, without the ids Slack adds (`with_ids` adds them).
        thread_ts: of the message that this one answers.
        files: ids of the files shared with it.
        only_for: user id of the only person who sees it, for an ephemeral message.
        edited: when the text was last changed.
        metadata: event type and payload, as sent.
        reactions: emoji name and user id, in order.
        is_deleted: true once it was removed.
        is_streaming: true between chat.startStream and chat.stopStream.
        is_markdown: its text is Markdown, not mrkdwn, because it was streamed.
        version: the workspace's version at its last change.
    """

    channel: str
    ts: str
    user: str
    text: str = ""
    blocks: Blocks = ()
    thread_ts: str | None = None
    files: tuple[str, ...] = ()
    only_for: str | None = None
    edited: str | None = None
    metadata: dict[str, Any] | None = None
    reactions: tuple[tuple[str, str], ...] = ()
    is_deleted: bool = False
    is_streaming: bool = False
    is_markdown: bool = False
    version: int = 0

    @property
    def is_from_bot(self) -> bool:
        """True where Purser wrote it."""
        return self.user == BOT_USER

    def as_slack(self, team_id: str) -> dict[str, Any]:
        """As Slack's API writes a message."""
        shape: dict[str, Any] = {
            "type": "message",
            "user": self.user,
            "team": team_id,
            "ts": self.ts,
            "text": self.text,
        }
        if self.is_from_bot:
            shape |= {"bot_id": BOT_ID, "app_id": APP_ID}
        if self.blocks:
            shape["blocks"] = with_ids(self.blocks)
        if self.thread_ts:
            shape["thread_ts"] = self.thread_ts
        if self.edited:
            shape["edited"] = {"user": self.user, "ts": self.edited}
        if self.metadata:
            shape["metadata"] = self.metadata
        if self.reactions:
            shape["reactions"] = self._reactions()
        return shape

    def _reactions(self) -> list[dict[str, Any]]:
        names = dict.fromkeys(name for name, _ in self.reactions)
        users = {name: [u for n, u in self.reactions if n == name] for name in names}
        return [{"name": n, "users": who, "count": len(who)} for n, who in users.items()]


@dataclass(frozen=True, slots=True)
class File:
    """An uploaded file; `is_complete` once completeUploadExternal named it."""

    id: str
    name: str
    size: int
    upload_key: str
    alt_text: str = ""
    title: str = ""
    data: bytes | None = None
    is_complete: bool = False
    channels: tuple[str, ...] = ()

    @property
    def mimetype(self) -> str:
        """By the name's ending, as Slack guesses it."""
        return _MIME.get(self.name.rpartition(".")[2].lower(), ("text/plain", ""))[0]

    def as_slack(self, base_url: str) -> dict[str, Any]:
        """As Slack's API writes a file."""
        ending = self.name.rpartition(".")[2].lower()
        address = f"{base_url}files/{self.id}/{self.name}"
        return {
            "id": self.id,
            "name": self.name,
            "title": self.title or self.name,
            "mimetype": self.mimetype,
            "filetype": ending,
            "size": len(self.data or b""),
            "user": BOT_USER,
            "url_private": address,
            "url_private_download": address,
            "permalink": address,
            "alt_txt": self.alt_text,
            "channels": list(self.channels),
        }


_MIME = {
    "png": ("image/png", "PNG"),
    "jpg": ("image/jpeg", "JPEG"),
    "csv": ("text/csv", "CSV"),
    "json": ("application/json", "JSON"),
}


@dataclass(frozen=True, slots=True)
class View:
    """A modal in somebody's stack, or their Home."""

    id: str
    user: str
    payload: dict[str, Any]
    root_id: str
    previous_id: str | None = None
    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    version: int = 0

    @property
    def hash(self) -> str:
        """Changes with every update; guards against racing updates."""
        return f"{self.version}.{self.id.lower()}"

    def as_slack(self, team_id: str) -> dict[str, Any]:
        """As Slack's API writes a view."""
        return {
            "id": self.id,
            "team_id": team_id,
            "private_metadata": "",
            "callback_id": "",
            "external_id": "",
            "clear_on_close": False,
            "notify_on_close": False,
            **self.payload,
            "blocks": with_ids(self.payload["blocks"]),
            "state": {"values": self.values},
            "hash": self.hash,
            "root_view_id": self.root_id,
            "previous_view_id": self.previous_id,
            "app_id": APP_ID,
            "app_installed_team_id": team_id,
            "bot_id": BOT_ID,
        }


@dataclass(frozen=True, slots=True)
class Trigger:
    """Lets the app open one modal for the person who caused it, for three seconds."""

    id: str
    user: str
    expires: datetime


@dataclass(frozen=True, slots=True)
class Hook:
    """A `response_url`: thirty minutes, five uses.

    Args:
        key: the unguessable end of the address.
        channel: where it speaks.
        user: to whom, while it speaks to one person.
        expires: after which it answers `expired_url`.
        original: ts of the message whose button was pressed; None for a slash command.
        thread_ts: of the thread the original stands in.
        uses: how often it was used.
    """

    key: str
    channel: str
    user: str
    expires: datetime
    original: str | None = None
    thread_ts: str | None = None
    uses: int = 0


def with_ids(blocks: Blocks | list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The blocks with the `block_id`s and `action_id`s that Slack fills in."""
    return [_with_ids(dict(block), index) for index, block in enumerate(blocks)]


def _with_ids(block: dict[str, Any], index: int) -> dict[str, Any]:
    block.setdefault("block_id", f"b{index}")
    if isinstance(block.get("elements"), list) and block.get("type") in ROWS:
        block["elements"] = [
            {"action_id": f"a{place}", **element} for place, element in enumerate(block["elements"])
        ]
    for key in ("accessory", "element"):
        if isinstance(block.get(key), dict) and block[key].get("type") != "image":
            block[key] = {"action_id": "a0", **block[key]}
    return block
