"""What a thread of Purser's own is about, so that a question in it need not say so."""

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
    from tools.watch.outgoing import Outgoing


def opening(purser: Purser, place: Place) -> Trace | None:
    """The turn that a conversation below a digest or an incident goes on from; None elsewhere.

    Args:
        purser: wired; its ledger is looked into only where the watch is on.
        place: where somebody asks.
    """
    if not place.thread_ts or not purser.config.watch.is_on:
        return None
    from tools.ledger.outbox import Outbox
    from tools.ledger.records import Trace

    head = Outbox(purser.ledger).of_message(place.channel, place.thread_ts)
    found = _about(purser, head.outgoing) if head else None
    if found is None:
        return None
    question, reading = found
    return Trace(
        id=secrets.token_hex(16),
        at=purser.config.clock.now(),
        conversation="",
        asker=place.user,
        question=question,
        path="command",
        reading=reading,
    )


def _about(purser: Purser, head: Outgoing) -> tuple[str, str] | None:
    """What it says, and the line of the grammar that asks for it."""
    kind, _, id = head.key.partition("/")
    if kind == "incident":
        return _incident(purser, id)
    asked = next(_asked(head.blocks), "") if kind == "digest" else ""
    return (head.text, asked.removeprefix("why ")) if asked else None


def _incident(purser: Purser, id: str) -> tuple[str, str] | None:
    from bot.conversation import Reading
    from tools.core.periods import Rolling
    from tools.core.query import Query
    from tools.ledger.incidents import Incidents

    incident = Incidents(purser.ledger).find(id)
    if incident is None:
        return None
    return incident.title, Reading(Query(period=Rolling(7), filters=incident.scope)).text()


def _asked(blocks: str) -> Iterator[str]:
    """The questions that its buttons carry; the first is about the headline."""
    for block in json.loads(blocks):
        for element in block.get("elements", ()) if block["type"] == "actions" else ():
            if str(element.get("action_id", "")).startswith(f"{ASK}."):
                yield str(element.get("value", ""))
