"""What the thread of an incident is about, so that questions in it need not say so."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from bot.conversation import Reading
from tools.core.periods import Rolling
from tools.core.query import Query

if TYPE_CHECKING:
    from bot.app import Purser
    from bot.delivery import Place
    from tools.ledger.records import Trace


def opening(purser: Purser, place: Place) -> Trace | None:
    """The turn that a conversation in an incident's thread goes on from; None elsewhere.

    Args:
        purser: wired; its ledger is opened for the channel of incidents only.
        place: where somebody asks.
    """
    if not place.thread_ts or place.channel != purser.config.watch.incidents:
        return None
    from tools.ledger.incidents import Incidents
    from tools.ledger.outbox import Outbox
    from tools.ledger.records import Trace

    head = Outbox(purser.ledger).of_message(place.channel, place.thread_ts)
    incident = Incidents(purser.ledger).find(_id(head.outgoing.key)) if head else None
    if incident is None:
        return None
    return Trace(
        id=secrets.token_hex(16),
        at=purser.config.clock.now(),
        conversation="",
        asker=place.user,
        question=incident.title,
        path="command",
        reading=Reading(Query(period=Rolling(7), filters=incident.scope)).text(),
    )


def _id(key: str) -> str:
    """The incident whose head this is the key of."""
    return key.removeprefix("incident/")
