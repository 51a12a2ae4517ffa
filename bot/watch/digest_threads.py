"""What the thread of a digest is about, so that a question in it may be about one of its lines."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from typing import TYPE_CHECKING

from bot.blocks import ASK

if TYPE_CHECKING:
    from bot.app import Purser
    from bot.delivery import Place
    from tools.ledger.records import Trace


def opening(purser: Purser, place: Place) -> Trace | None:
    """The turn that a conversation in a digest's thread goes on from; None elsewhere.

    Args:
        purser: wired; its ledger is opened for channels that have digests only.
        place: where somebody asks.
    """
    channels = {digest.channel for digest in purser.config.watch.digests}
    if not place.thread_ts or place.channel not in channels:
        return None
    from tools.ledger.outbox import Outbox
    from tools.ledger.records import Trace

    head = Outbox(purser.ledger).of_message(place.channel, place.thread_ts)
    if head is None or not head.outgoing.key.startswith("digest/"):
        return None
    asked = next(_asked(head.outgoing.blocks), "")
    if not asked:
        return None
    return Trace(
        id=secrets.token_hex(16),
        at=purser.config.clock.now(),
        conversation="",
        asker=place.user,
        question=head.outgoing.text,
        path="command",
        reading=asked.removeprefix("why "),
    )


def _asked(blocks: str) -> Iterator[str]:
    """The questions that its buttons carry; the first is about the headline."""
    for block in json.loads(blocks):
        for element in block.get("elements", ()) if block["type"] == "actions" else ():
            if str(element.get("action_id", "")).startswith(f"{ASK}."):
                yield str(element.get("value", ""))
