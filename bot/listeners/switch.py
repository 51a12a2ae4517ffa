"""`/purser freeze`, `unfreeze`, `audit`: the kill switch, and the record of what was done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.audit_words import audit_message
from bot.blocks import Message, fallback, rich_block, text_part
from bot.cards import person
from bot.delivery import Delivery, Place
from bot.listeners.failures import Failures
from bot.listeners.gate_desk import member
from bot.machine_words import clean_line
from bot.scope import Home, People
from tools.core.errors import InputError, RefusedError
from tools.core.scope import Scope
from tools.gate.gate import Pressing
from tools.gate.people import Actor

if TYPE_CHECKING:
    from tools.ledger.audit import Audit

WORDS = ("freeze", "unfreeze", "audit")
ENTRIES = 10
MOST = 50


@dataclass(frozen=True, slots=True)
class Switch:
    """Freezes everything, lets it go on, and shows the record.

    Args:
        gate: opens the gate.
        audit: opens the record.
        people: tells full members from others.
        scope: what somebody may see in a channel; raises where that is nothing.
        delivery: brings messages.
        failures: tells what goes wrong.
    """

    gate: Callable[[], Pressing]
    audit: Callable[[], Audit]
    people: People
    scope: Callable[[str, str | None, Home], Scope]
    delivery: Delivery
    failures: Failures

    def turn(self, word: str, rest: str, place: Place, home: Home) -> None:
        """What follows `/purser freeze`, `unfreeze` or `audit`."""
        with self.failures.told(place):
            actor = member(place.user, home, self.people, via="slash")
            match word:
                case "freeze":
                    self._freeze(actor, rest, place)
                case "unfreeze":
                    self.gate().unfreeze(actor=actor)
                    self._tell(place, actor, " lifted the freeze: what is approved is done again.")
                case _:
                    self._show(rest, place, home)

    def _freeze(self, actor: Actor, reason: str, place: Place) -> None:
        self.gate().freeze(actor=actor, reason=reason)
        why = f" Why: “{clean_line(reason)}”." if reason.strip() else ""
        said = f" froze everything: nothing is carried out until an admin unfreezes.{why}"
        self._tell(place, actor, said)

    def _tell(self, place: Place, actor: Actor, said: str) -> None:
        """For all there to read; where Purser may not speak, to who did it."""
        blocks = (rich_block(person(actor.user), text_part(said)),)
        message = Message(fallback(said.strip()), blocks)
        if self.delivery.share(place, message) is None:
            self.delivery.post(place, message)

    def _show(self, rest: str, place: Place, home: Home) -> None:
        scope = self.scope(place.user, place.channel, home)
        if not scope.is_everything:
            raise RefusedError(
                f"The record is about everything, and you see {scope.text()} only; "
                "ask where nothing is hidden from you."
            )
        text = rest.strip()
        if text and not (text.isascii() and text.isdecimal() and 0 < int(text) <= MOST):
            raise InputError(f"How many entries? Say a number up to {MOST}: audit 20.")
        entries = self.audit().entries(most=int(text or ENTRIES))
        self.delivery.post(place.privately(), audit_message(entries))
