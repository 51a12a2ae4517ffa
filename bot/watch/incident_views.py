"""The modal that resolves an incident, and what it carries through Slack."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.blocks import Block, clip, plain, rich_block, text_part
from bot.machine_words import clean_line
from tools.watch.incidents import Incident

RESOLVING = "purser.incident.resolving"  # callback id
SUMMARY, ACTIONS = "summary", "actions"  # block ids
LONGEST = 1500  # characters of either
_VALUE = "value"


@dataclass(frozen=True, slots=True)
class Opened:
    """Where the modal was opened.

    Args:
        incident: id of the incident.
        channel: of the message whose button it was.
        ts: of that message: the head of the thread.
    """

    incident: str
    channel: str
    ts: str

    @property
    def text(self) -> str:
        """As the modal carries it."""
        return json.dumps([self.incident, self.channel, self.ts])

    @classmethod
    def parse(cls, text: str) -> Opened | None:
        """What a modal carries; None where it is none of ours."""
        try:
            incident, channel, ts = json.loads(text)
        except (ValueError, TypeError):
            return None
        return cls(str(incident), str(channel), str(ts))


def resolving_view(incident: Incident, opened: Opened) -> Block:
    """Asks what it was and what was done."""
    title = rich_block(text_part(clip(clean_line(incident.title), 300), bold=True))
    return {
        "type": "modal",
        "callback_id": RESOLVING,
        "private_metadata": opened.text,
        "title": plain("Resolve"),
        "submit": plain("Resolve"),
        "close": plain("Cancel"),
        "blocks": [
            title,
            _asked(SUMMARY, "What was it, and why?", is_optional=False),
            _asked(ACTIONS, "What was done, and what is left to do?", is_optional=True),
        ],
    }


def read_resolving(values: Mapping[str, Any]) -> tuple[str, str]:
    """Summary and actions, as they were typed."""
    return _typed(values, SUMMARY), _typed(values, ACTIONS)


def _asked(block_id: str, label: str, *, is_optional: bool) -> Block:
    element = {
        "type": "plain_text_input",
        "action_id": _VALUE,
        "multiline": True,
        "max_length": LONGEST,
    }
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(label),
        "element": element,
        "optional": is_optional,
    }


def _typed(values: Mapping[str, Any], block_id: str) -> str:
    state = (values.get(block_id) or {}).get(_VALUE) or {}
    return str(state.get("value") or "").strip()[:LONGEST]
