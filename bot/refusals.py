"""What Slack says when it refuses, and what is left of a message then."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

from slack_sdk.errors import SlackApiError

from bot.blocks import Message, context_blocks

NO_CHART = "The chart could not be posted this time."
BAD_BLOCKS = {
    "invalid_blocks",
    "invalid_blocks_format",
    "msg_blocks_too_long",
    "only_one_table_allowed",
}


def refusal(word: str) -> SlackApiError:
    """The error of a way that has no Web API method of its own."""
    return SlackApiError(word, {"ok": False, "error": word})  # type: ignore[no-untyped-call]


def without_rejected(message: Message, error: SlackApiError) -> Message:
    """Without the rejected blocks; where Slack names none, the riskiest kind goes first."""
    if _named(message, details(error)):
        return without_named(message, details(error))
    return _less(message, next(_suspects(message)))


def without_named(message: Message, complaints: Sequence[str]) -> Message:
    """Without the blocks that complaints point to; without any where they point to none."""
    everything = set(range(len(message.blocks)))
    return _less(message, _named(message, complaints) or everything)


def _named(message: Message, complaints: Sequence[str]) -> set[int]:
    found = {int(i) for text in complaints for i in re.findall(r"/blocks/(\d+)", text)}
    return found & set(range(len(message.blocks)))


def _less(message: Message, rejected: set[int]) -> Message:
    kept = message.without(rejected)
    if any(message.blocks[i]["type"] == "image" for i in rejected):
        return Message(kept.text, (*kept.blocks, *context_blocks(NO_CHART)))
    return kept


def _suspects(message: Message) -> Iterator[set[int]]:
    for kind in ("image", "table"):
        found = {i for i, block in enumerate(message.blocks) if block["type"] == kind}
        if found:
            yield found
    yield set(range(len(message.blocks)))


def is_about_file(error: SlackApiError, message: Message) -> bool:
    """Whether the picture may be the reason, which a moment of waiting can mend."""
    if not any(block["type"] == "image" for block in message.blocks):
        return False
    found = details(error)
    return not found or any("slack_file" in text or "slack file" in text for text in found)


def error_word(error: SlackApiError) -> str:
    """Slack's word for what is wrong, `not_in_channel` for example."""
    return str(error.response.get("error") or "unknown_error")


def details(error: BaseException) -> tuple[str, ...]:
    """Slack's sentences on it, each with a JSON pointer; empty where there are none."""
    answer = getattr(error, "response", None)
    found = (answer.get("response_metadata") or {}).get("messages") if answer is not None else None
    return tuple(str(text) for text in found or ())


def hook_word(body: str) -> str:
    """Slack's error from a response_url, plain or as JSON."""
    try:
        found = json.loads(body)
    except ValueError:
        return body.strip()[:60] or "unknown_error"
    return str(found.get("error")) if isinstance(found, dict) else "unknown_error"
