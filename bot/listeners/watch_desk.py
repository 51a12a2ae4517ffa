"""What takes the presses and words about what Purser says without being asked."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.blocks import Message, plain_message
from bot.listeners.gate_desk import member
from tools.core.conditions import lies_within
from tools.core.errors import RefusedError

if TYPE_CHECKING:
    from bot.app import Purser
    from bot.delivery import Delivery, Place
    from bot.listeners.failures import Failures
    from bot.listeners.pressing import Press
    from bot.scope import Home, People
    from tools.core.context import Context
    from tools.core.query import Filter
    from tools.core.scope import Scope
    from tools.gate.people import Directory
    from tools.gate.proposals import Proposal
    from tools.watch.outgoing import Outgoing

UNSEEN = "This is about costs that you may not see; somebody who may can press this."


@dataclass(frozen=True)
class WatchDesk:
    """What every desk of the watch stands on. Safe to share between threads.

    Args:
        purser: wired; its ledger is opened with the first press.
        people: tells full members from others.
        scope: what somebody may see in a channel; raises where that is nothing.
        directory: tells who is in a user group.
        show: posts the card of a proposal.
        delivery: brings what only the presser sees, files, and what is drawn anew.
        failures: tells what goes wrong, to the presser alone.
    """

    purser: Purser
    people: People
    scope: Callable[[str, str | None, Home], Scope]
    directory: Directory
    show: Callable[[Proposal, Place], object]
    delivery: Delivery
    failures: Failures

    def acting(self, press: Press) -> Context:
        """What tools are handed for the presser, under what they may see here."""
        actor = member(press.user, press.home, self.people)
        scope = self.scope(press.user, press.place.channel, press.home)
        return self.purser.equipped(replace(self.purser.context(scope), asker=actor))

    def redraw(self, press: Press, said: Outgoing, message: Message) -> None:
        """Show what was said as it stands after a press, wherever and whenever it is said again.

        At once, if Slack lets it be; the outbox has it as well, so that nothing is lost where not,
        or where a workspace begins anew.
        """
        from bot.watch.plans import Plan, outgoing
        from bot.watch.running import keep

        if said.blocks == "[]":  # so old that only Slack knows how it looks
            self.delivery.post(press.place, plain_message("Noted."))
            return
        key = f"{said.key}/pressed/{secrets.token_hex(4)}"
        where, sort = said.channel, said.sort
        post = outgoing(key, message, channel=where, sort=sort, replaces=said.key, urgent=True)
        keep(self.purser, Plan((post,)))
        if press.message is None or not self.delivery.update(press.message, message):
            self.delivery.post(press.place, plain_message("Noted."))

    def check_seen(self, scope: Sequence[Filter], press: Press) -> None:
        """Nobody takes on, quiets or reads what is about costs that they may not see.

        Raises:
            RefusedError: the presser may not.
        """
        if not lies_within(scope, self.scope(press.user, None, press.home).filters):
            raise RefusedError(UNSEEN)
