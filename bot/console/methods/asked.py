"""One call of the Web API, and how it is refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.console.block_rules import MESSAGE_TEXT, problems, text_length
from bot.console.cast import BOT_USER
from bot.console.records import Json, Message
from bot.console.workspace import Workspace
from tools.core.errors import RefusedError

TEXT_LIMIT = 40_000


class SlackRefusalError(RefusedError):
    """An answer with `"ok": false`.

    Args:
        error: Slack's word for it.
        messages: what goes to `response_metadata`, without its `[ERROR] `.
    """

    def __init__(self, error: str, messages: list[str] | None = None) -> None:
        super().__init__(f"Slack's Web API answers {error}.")
        self.error = error
        self.messages = messages or []


@dataclass(frozen=True, slots=True)
class Asked:
    """A call: in which workspace, with which arguments."""

    workspace: Workspace
    arguments: Mapping[str, Any]

    def get(self, name: str) -> str:
        """A text argument, empty where it was left out."""
        value = self.arguments.get(name)
        return "" if value is None else str(value)

    def need(self, *names: str) -> tuple[str, ...]:
        """Text arguments that must be there."""
        missing = [name for name in names if not self.get(name)]
        if missing:
            raise SlackRefusalError(
                "invalid_arguments", [f"missing required field: {name}" for name in missing]
            )
        return tuple(self.get(name) for name in names)

    def claims(self, name: str) -> bool:
        """A yes-or-no argument, in any of the ways clients write it."""
        return self.get(name).lower() in {"true", "1"}

    def count(self, name: str, *, default: int) -> int:
        """A whole number above zero."""
        text = self.get(name) or str(default)
        if not text.isdigit() or not int(text):
            raise SlackRefusalError("invalid_arguments", [f"must be a positive integer: {name}"])
        return int(text)

    def structure(self, name: str) -> Json:
        """An argument that is a list or object, given as such or as JSON text."""
        value = self.arguments.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError:
            word = "invalid_blocks_format" if name == "blocks" else "invalid_arguments"
            raise SlackRefusalError(word, [f"not JSON: {name}"]) from None

    def channel(self, name: str = "channel", *, by_name: bool = False) -> str:
        """A conversation the bot may know of: private ones only where it is a member.

        Most methods take conversation ids only; posting also takes `#name` and a user's id.
        """
        (wanted,) = self.need(name)
        store = self.workspace.store
        found = store.find_channel(wanted)
        if found is None or (found != wanted and not by_name):
            raise SlackRefusalError("channel_not_found")
        hidden = store.channel(found).kind == "private" and not store.is_direct(found)
        if hidden and BOT_USER not in store.members(found):
            raise SlackRefusalError("channel_not_found")
        return found

    def channel_to_post(self, name: str = "channel") -> str:
        """A conversation the bot may speak in."""
        found = self.channel(name, by_name=True)
        if self.workspace.store.channel(found).is_archived:
            raise SlackRefusalError("is_archived")
        if BOT_USER not in self.workspace.store.members(found):
            raise SlackRefusalError("not_in_channel")
        return found

    def person(self, name: str) -> str:
        """The id of a person named by id."""
        (wanted,) = self.need(name)
        known = {p.id for p in self.workspace.cast.people}
        if wanted not in known:
            raise SlackRefusalError("user_not_found")
        return wanted

    def own_message(self, *, otherwise: str) -> Message:
        """The bot's own message at `channel` and `ts`."""
        (ts,) = self.need("ts")
        message = self.workspace.store.message(self.channel(), ts)
        # An ephemeral message cannot be changed through the Web API.
        if message is None or message.only_for:
            raise SlackRefusalError("message_not_found")
        if not message.is_from_bot:
            raise SlackRefusalError(otherwise)
        return message

    def content(self, *, most: int = TEXT_LIMIT) -> tuple[str, list[dict[str, Any]]]:
        """Text and blocks within Slack's limits."""
        text, blocks = self.get("text"), self.structure("blocks") or []
        markdown = self.get("markdown_text")
        if markdown:
            if text or blocks:
                raise SlackRefusalError("markdown_text_conflict")
            blocks = [{"type": "markdown", "text": markdown}]
        if not text and not blocks and not self.structure("attachments"):
            raise SlackRefusalError("no_text")
        if len(text) > most:
            raise SlackRefusalError("msg_too_long")
        self.check_blocks(blocks)
        return text or markdown, blocks

    def metadata(self) -> dict[str, Any] | None:
        """What a message carries unseen: a type, and a payload of plain values."""
        given = self.structure("metadata")
        if given in (None, {}, ""):
            return None
        is_sound = isinstance(given, dict) and isinstance(given.get("event_type"), str)
        if not is_sound or not isinstance(given.get("event_payload"), dict):
            raise SlackRefusalError("invalid_metadata_format")
        found: dict[str, Any] = given
        return found

    def check_blocks(self, blocks: object) -> None:
        """Refuse what Slack would not take."""
        if not isinstance(blocks, list):
            raise SlackRefusalError("invalid_blocks_format")
        store, faults = self.workspace.store, self.workspace.faults
        reading = "slack_file" in json.dumps(blocks) and faults.take("slow file")
        wrong = problems(blocks, files=() if reading else store.file_names())
        if wrong:
            raise SlackRefusalError("invalid_blocks", wrong)
        if text_length(blocks) > MESSAGE_TEXT:
            raise SlackRefusalError("msg_blocks_too_long")

    def shape(self, message: Message) -> dict[str, Any]:
        """A message as the API writes it, with its files."""
        store = self.workspace.store
        shape = message.as_slack(self.workspace.cast.team_id)
        found = [store.file(file_id) for file_id in message.files]
        files = [file.as_slack(store.base_url) for file in found if file]
        return shape | ({"files": files} if files else {})
