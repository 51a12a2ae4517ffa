"""Cards in Slack: posted where they were asked for, kept true, and shown to who must see them."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from slack_sdk.errors import SlackClientError

from bot.blocks import Message, fallback, plain_message, rich_block, text_part
from bot.cards import Face, card_message, card_text, person
from bot.delivery import Delivery, Place, Posted
from bot.machine_words import clean_line
from tools.core.clock import Clock
from tools.core.errors import PurserError
from tools.gate.gate import Pressing
from tools.gate.people import Directory
from tools.gate.proposals import Proposal, Stage
from tools.gate.roster import is_user, owner

MOST_TOLD = 8  # people who get the card in their direct messages
MOST_KEPT = 500  # proposals whose copies and owners are remembered
IN_DIRECT = "I may not post in this channel, so the card is here; /invite me to have it there."


@dataclass
class _Known:
    """What is remembered of a proposal's card; all of it can be found out anew."""

    owners: dict[str, str] | None = None
    copies: list[Posted] = field(default_factory=list)
    undone_by: str = ""


@dataclass(frozen=True)
class ShownCards:
    """Cards, wherever they stand. Safe to share between threads.

    Args:
        gate: opens the gate, which remembers where a card is.
        directory: knows owners.
        delivery: brings messages.
        clock: the time.
        logger: told of faults.
    """

    gate: Callable[[], Pressing]
    directory: Directory
    delivery: Delivery
    clock: Clock
    logger: logging.Logger
    _known: OrderedDict[str, _Known] = field(default_factory=OrderedDict)
    _threads: OrderedDict[Posted, str] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def post(self, proposal: Proposal, place: Place) -> Posted | None:
        """Post the card for everybody there to see; where that is closed, to the asker directly.

        Args:
            proposal: just made, or edited by somebody who has no card of it.
            place: where it was asked for.
        """
        here = replace(place, is_private=False)
        card = self._card(proposal)
        is_overheard = place.is_private and place.response_url is None and not place.is_direct
        posted = None if is_overheard else self.delivery.speak(here, card)
        if posted is None:
            direct = Place(place.user, place.user)
            posted = self.delivery.speak(self._direct(direct), card)
            if posted and not place.is_direct:
                self.delivery.post(place.privately(), plain_message(IN_DIRECT))
        elif here.thread_ts:
            self.stands_in(posted, here.thread_ts)
        if posted and posted.ts:
            self.keep(proposal, posted)
            self._tell_others(proposal, posted)
        return posted

    def stands_in(self, posted: Posted | None, thread_ts: str | None) -> None:
        """Remember in which thread a card stands: what is said of it belongs there, too."""
        if posted is None or not thread_ts:
            return
        with self._lock:
            self._threads[posted] = thread_ts
            while len(self._threads) > MOST_KEPT:
                self._threads.popitem(last=False)

    def keep(self, proposal: Proposal, posted: Posted) -> None:
        """Remember where the card is."""
        self.gate().placed(
            proposal.id,
            version=proposal.version,
            channel=posted.channel,
            message=str(posted.ts),
        )

    def refresh(self, proposal: Proposal, *others: Posted | None) -> None:
        """Let every message that shows the proposal show it as it stands now."""
        card = self._card(proposal)
        placed = [Posted(proposal.channel, proposal.message)] if proposal.message else []
        shown = [*placed, *self._about(proposal).copies, *(one for one in others if one)]
        for posted in dict.fromkeys(shown):
            self.delivery.update(posted, card)

    def undone(self, proposal: Proposal, *, by: str) -> None:
        """Remember who takes it back; empty where that failed."""
        self._about(proposal).undone_by = by

    def say(self, proposal: Proposal, *, thread: Posted | None = None) -> None:
        """Say in the card's thread how it ended, to whoever asked for it."""
        at = thread or (Posted(proposal.channel, proposal.message) if proposal.message else None)
        if at is None or not at.ts:
            return
        who, said = proposal.requester.user, clean_line(card_text(proposal))
        mention = [person(who), text_part(" ")] if is_user(who) else []
        blocks = (rich_block(*mention, text_part(said)),)
        root = self._threads.get(at, at.ts)  # an answer has no answers of its own
        place = Place(at.channel, who, thread_ts=root)
        self.delivery.speak(place, Message(fallback(said), blocks))

    def show_again(self, proposal: Proposal) -> None:
        """Post a card anew that was put off, and let the old one stand without its buttons."""
        old = Posted(proposal.channel, proposal.message)
        posted = self.delivery.speak(Place(old.channel, ""), self._card(proposal))
        if posted and posted.ts:
            self.keep(proposal, posted)
            self.delivery.update(old, plain_message(f"{card_text(proposal)}; shown again below."))

    def _card(self, proposal: Proposal) -> Message:
        known = self._about(proposal)
        if known.owners is None:
            known.owners = self._owners(proposal)
        face = Face(now=self.clock.now(), owners=known.owners, undone_by=known.undone_by)
        return card_message(proposal, face)

    def _owners(self, proposal: Proposal) -> dict[str, str]:
        """Only people whom Slack knows as full members; a tag's text alone mentions nobody."""
        found: dict[str, str] = {}
        asked: dict[str, str | None] = {}
        for target in proposal.targets:
            said = target.sight.labels.get("owner") or ""
            try:
                if said not in asked:
                    user = owner(target.sight, self.directory)
                    asked[said] = user if user and self.directory.is_member(user) else None
            except PurserError as error:
                self.logger.warning("an owner was not looked up: %s", error.sentence)
                return found
            if user := asked[said]:
                found[target.sight.target] = user
        return found

    def _tell_others(self, proposal: Proposal, posted: Posted) -> None:
        """The card for those who must see it and cannot where it stands."""
        if proposal.stage is not Stage.PENDING:
            return
        known = self._about(proposal)
        wanted = [*proposal.terms.approvers, *(known.owners or {}).values()]
        others = [user for user in dict.fromkeys(wanted) if user != proposal.requester.user]
        there = self._members(posted.channel)
        for user in [user for user in others if user not in there and is_user(user)][:MOST_TOLD]:
            copy = self.delivery.speak(self._direct(Place(user, user)), self._card(proposal))
            if copy and copy.ts:
                known.copies.append(copy)

    def _members(self, channel: str) -> frozenset[str]:
        """Who reads a channel; nobody where Slack does not say, so that everybody is told."""
        if channel.startswith("D"):
            return frozenset()
        try:
            answer = self.delivery.client.conversations_members(channel=channel, limit=1000)
        except (SlackClientError, OSError) as error:
            self.delivery.note("the members of a channel are not known", error)
            return frozenset()
        return frozenset(answer["members"])

    def _direct(self, place: Place) -> Place:
        """Direct messages by their own id, so that what is posted there can be changed."""
        try:
            answer = self.delivery.client.conversations_open(users=place.user)
        except (SlackClientError, OSError) as error:
            self.delivery.note("direct messages were refused", error)
            return place
        return Place(str(answer["channel"]["id"]), place.user)

    def _about(self, proposal: Proposal) -> _Known:
        key = f"{proposal.id}:{proposal.version}"
        with self._lock:
            known = self._known.setdefault(key, _Known())
            while len(self._known) > MOST_KEPT:
                self._known.popitem(last=False)
            return known
