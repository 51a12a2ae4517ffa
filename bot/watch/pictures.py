"""Charts in what waits to be said: kept as a spec, drawn and uploaded when it is sent."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from bot.blocks import ALT_LIMIT, Block, Message, clip, context_blocks
from bot.refusals import NO_CHART

CHART = "purser_chart"  # no block of Slack's; the sender puts an image in its place

Uploading = Callable[[bytes, str], str | None]


def chart_block(spec: Mapping[str, Any], alt_text: str) -> Block:
    """A chart for a message in the outbox.

    Args:
        spec: Vega-Lite, as `bot.charts` makes it; dates and decimals become text.
        alt_text: its finding, for those who cannot see it.
    """
    plain = json.loads(json.dumps(dict(spec), default=str))
    return {"type": CHART, "spec": plain, "alt_text": clip(alt_text, ALT_LIMIT)}


def with_pictures(message: Message, upload: Uploading) -> Message:
    """The message as Slack takes it; a chart that cannot be shown leaves a quiet word.

    Args:
        message: with charts in it or without.
        upload: takes a PNG and its alternative text; the file's id, None where it failed.
    """
    if not any(block.get("type") == CHART for block in message.blocks):
        return message
    shown: list[Block] = []
    for block in message.blocks:
        shown += _shown(block, upload) if block.get("type") == CHART else (block,)
    return Message(message.text, tuple(shown))


def without_pictures(blocks: list[Block]) -> list[Block]:
    """The blocks without charts, for whoever checks or prints what waits."""
    return [block for block in blocks if block.get("type") != CHART]


def _shown(block: Block, upload: Uploading) -> tuple[Block, ...]:
    from bot.charts import draw

    alt_text = str(block.get("alt_text") or "A chart")
    try:
        png = draw(block["spec"])
    except (ValueError, KeyError):
        return context_blocks(NO_CHART)
    file_id = upload(png, alt_text)
    if file_id is None:
        return context_blocks(NO_CHART)
    return ({"type": "image", "slack_file": {"id": file_id}, "alt_text": alt_text},)
