"""Sends what waits in the outbox: once, at Slack's pace, elsewhere where its place is closed."""

from __future__ import annotations

import json
import logging
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.blocks import Message
from bot.config import ScopeSettings
from bot.delivery import Delivery
from bot.refusals import error_word
from bot.scope import scope_of
from bot.watch.health_words import MOVED
from bot.watch.posting import (
    TROUBLES,
    Kind,
    LateError,
    Poster,
    Spot,
    Trouble,
    UnreadableError,
    as_moved,
    as_repeat,
    trouble_of,
)
from tools.core.clock import Clock
from tools.core.conditions import lies_within
from tools.watch.outgoing import Outgoing, Sent, Told, mute_subject
from tools.watch.quiet import is_quiet
from tools.watch.settings import WatchSettings

if TYPE_CHECKING:
    from bot.app import Purser
    from tools.ledger.outbox import Claimed, Outbox
    from tools.ledger.watch_choices import WatchChoices

LEASE = timedelta(minutes=2)
TIMEOUT = 20  # seconds for a call of Slack's
GAP = 1.0  # seconds between two posts in a channel
LONGEST_PAUSE = 300.0  # seconds until something is tried again
TRIES = 10  # of what Slack refuses without a reason that we know
MUTED = "muted"
TIDY = 3600.0  # seconds between two looks for what is old
KEPT = timedelta(days=35)  # what was said is kept whole; buttons still draw it anew


@dataclass
class Sender:
    """Sends what is due. One a process; its rounds are not shared between threads.

    Args:
        outbox: what is to be said.
        poster: the way to Slack.
        choices: who does not want to hear of what.
        settings: quiet hours and the fallback channel.
        clock: the time of quiet hours.
        logger: told of refusals, never of what was said.
        holder: names this process to the others.
        lease: for so long nobody else sends what this one began to send.
        gap: seconds between two posts in a channel.
        ticks: a clock in seconds that never goes back.
        scope: who may see what; nothing falls back to where less may be seen.
    """

    outbox: Outbox
    poster: Poster
    choices: WatchChoices
    settings: WatchSettings
    clock: Clock
    logger: logging.Logger
    holder: str = field(default_factory=lambda: secrets.token_hex(8))
    lease: timedelta = LEASE
    gap: float = GAP
    ticks: Callable[[], float] = time.monotonic
    scope: ScopeSettings = field(default_factory=ScopeSettings)
    _free_at: dict[str, float] = field(default_factory=dict)
    _tidied_at: float = -TIDY

    def round(self) -> int:
        """Send all that may go now; how many messages were tried."""
        tried = 0
        if self.ticks() - self._tidied_at >= TIDY:
            self._tidied_at = self.ticks()
            self.outbox.tidy(before=self.clock.now() - KEPT)
        while claimed := self._next():
            self._send(claimed)
            tried += 1
        return tried

    def _next(self) -> Claimed | None:
        now = self.ticks()
        self._free_at = {channel: at for channel, at in self._free_at.items() if at > now}
        return self.outbox.claim(
            holder=self.holder,
            lease=self.lease,
            urgent_only=is_quiet(self.clock.now(), self.settings.quiet, zone=self.settings.zone),
            but_not=tuple(self._free_at),
        )

    def _send(self, claimed: Claimed) -> None:
        def on_time() -> None:
            if not self.outbox.is_held(claimed, margin=self.lease / 2):
                raise LateError

        channel = claimed.sent.outgoing.channel
        self._free_at[channel] = self.ticks() + self.gap
        try:
            _Sending(self, claimed, on_time).go()
        except LateError:
            self.logger.warning("outbox: %s took too long; it is looked for first", claimed.key)
        except TROUBLES as error:
            self._failed(claimed, trouble_of(error))
        except Exception:
            # Whatever is wrong with one message, the others go on.
            self.logger.exception("outbox: %s could not be sent", claimed.key)
            self._failed(claimed, Trouble(Kind.DOUBT, "fault"))

    def _failed(self, claimed: Claimed, trouble: Trouble) -> None:
        """Try it again later, or give it up where that is no use."""
        self.logger.warning("outbox: %s was not taken: %s", claimed.key, trouble.word)
        tries = claimed.sent.tries
        is_vain = tries >= TRIES and trouble.word not in _STAYS
        if trouble.kind in (Kind.NEVER, Kind.CLOSED) or (is_vain and _is_ours(trouble)):
            self.outbox.drop(claimed, trouble=trouble.word)
            return
        pause = trouble.pause or min(2.0 ** min(tries + 1, 12), LONGEST_PAUSE)
        if trouble.kind is Kind.WAIT:
            self._free_at[claimed.sent.outgoing.channel] = self.ticks() + pause
        is_doubtful = claimed.is_doubtful or trouble.kind is Kind.DOUBT
        self.outbox.rest(
            claimed, timedelta(seconds=pause), trouble=trouble.word, is_doubtful=is_doubtful
        )


@dataclass
class _Sending:
    """One message on its way.

    Args:
        sender: who sends it.
        claimed: what.
        on_time: raises where it is too late to post.
    """

    sender: Sender
    claimed: Claimed
    on_time: Callable[[], None]

    def go(self) -> None:
        post = self.claimed.sent.outgoing
        if post.replaces:
            self._replace(post)
        elif self._is_muted(post):
            self.sender.outbox.drop(self.claimed, trouble=MUTED, told=Told.MUTED)
        else:
            self._say(post, self._where(post))

    def _is_muted(self, post: Outgoing) -> bool:
        head = self.sender.outbox.find(post.thread) if post.thread else None
        if head is not None and head.told is Told.MUTED:
            return True
        subject = mute_subject(post.channel, post.sort)
        return self.sender.choices.find(subject) is not None

    def _where(self, post: Outgoing) -> Spot:
        """The thread where its head stands; the channel where that came to nothing."""
        head = self.sender.outbox.find(post.thread) if post.thread else None
        return self._thread_of(head) if head and head.told is Told.SENT else Spot(post.channel)

    def _thread_of(self, sent: Sent) -> Spot:
        """A thread has one head, and what answers an answer stands below the same."""
        above = self.sender.outbox.find(sent.outgoing.thread) if sent.outgoing.thread else None
        if above is not None and above.told is Told.SENT and above.posted == sent.posted:
            return self._thread_of(above)
        return Spot(sent.posted, sent.ts)

    def _replace(self, post: Outgoing) -> None:
        outbox, target = self.sender.outbox, self.sender.outbox.find(post.replaces)
        if target is not None and target.told is Told.MUTED:
            outbox.drop(self.claimed, trouble=MUTED, told=Told.MUTED)
        elif target is None or target.told is not Told.SENT:
            self._say(post, self._where(post))
        elif outbox.is_superseded(post):
            outbox.mark_sent(self.claimed, channel=target.posted, ts=target.ts)
        else:
            self._put_in_place(post, target)

    def _put_in_place(self, post: Outgoing, target: Sent) -> None:
        spot = Spot(target.posted, target.ts)
        message = _message(post)
        if target.trouble and target.posted != target.outgoing.channel:
            message = as_moved(message, target.outgoing.channel, target.trouble)
        try:
            self.sender.poster.replace(spot, message, on_time=self.on_time)
        except SlackApiError as error:
            if error_word(error) not in _FIXED:
                raise
            self._say(post, self._thread_of(target))
        else:
            self.sender.outbox.mark_sent(self.claimed, channel=spot.channel, ts=spot.ts)

    def _say(self, post: Outgoing, spot: Spot) -> None:
        """In its place, or where that is closed, in the fallback channel."""
        spots = [spot, *self._elsewhere(spot)]
        found, message = self._found(post, spots), _message(post)
        if isinstance(found, Spot):
            is_moved = found.channel in {s.channel for s in spots[1:]}
            self._sent(found, MOVED if is_moved else "")
            return
        if not found:
            message = as_repeat(message)
        word = ""
        for place in spots:
            try:
                shown = as_moved(message, post.channel, word) if word else message
                landed = self.sender.poster.post(place, shown, key=post.key, on_time=self.on_time)
            except SlackApiError as error:
                if place == spots[-1] or trouble_of(error).kind is not Kind.CLOSED:
                    raise
                word = trouble_of(error).word
            else:
                self._sent(landed, word)
                return

    def _found(self, post: Outgoing, spots: Iterable[Spot]) -> Spot | bool:
        """Where it stands already; else True where that is certain, False where nobody knows."""
        if not self.claimed.is_doubtful:
            return True
        is_certain = True
        for spot in spots:
            try:
                found = self.sender.poster.look(
                    spot, key=post.key, text=post.text, since=self._since()
                )
            except UnreadableError:
                is_certain = False
            except SlackApiError:
                if self.claimed.sent.tries < TRIES:
                    raise
                is_certain = False  # not to be read in reasonable time
            else:
                if found is not None:
                    return found
        return is_certain

    def _since(self) -> datetime:
        put = self.claimed.sent.at
        return min(put, self.claimed.since) if put else self.claimed.since

    def _elsewhere(self, spot: Spot) -> list[Spot]:
        """Where it goes when its place is closed; nowhere, where less may be seen than there."""
        settings, scope = self.sender.settings, self.sender.scope
        fallback = settings.fallback or settings.operators
        if not fallback or fallback == spot.channel:
            return []
        meant = scope_of(self.claimed.sent.outgoing.channel, scope)
        may_be_shown = lies_within(meant.filters, scope_of(fallback, scope).filters)
        return [Spot(fallback)] if may_be_shown else []

    def _sent(self, landed: Spot, word: str = "") -> None:
        is_mine = self.sender.outbox.mark_sent(
            self.claimed, channel=landed.channel, ts=landed.ts, trouble=word
        )
        if not is_mine:
            self.sender.logger.warning("outbox: another took over %s", self.claimed.key)


def sender(purser: Purser, *, logger: logging.Logger) -> Sender:
    """Who sends what Purser says unasked, over a client that never retries by itself."""
    from tools.ledger.outbox import Outbox
    from tools.ledger.watch_choices import WatchChoices

    client = WebClient(
        token=purser.config.secrets.bot_token,
        base_url=purser.config.slack.api_url,
        timeout=TIMEOUT,
        retry_handlers=[],
        logger=logger,
    )
    return Sender(
        outbox=Outbox(purser.ledger),
        poster=Poster(Delivery(client, logger=logger)),
        choices=WatchChoices(purser.ledger),
        settings=purser.config.watch,
        clock=purser.config.clock,
        logger=logger,
        scope=purser.config.scope,
    )


def _message(post: Outgoing) -> Message:
    return Message(post.text, tuple(json.loads(post.blocks)))


def _is_ours(trouble: Trouble) -> bool:
    """Whether it is about this message rather than about Slack or the token."""
    return trouble.kind is Kind.LATER or trouble.word == "fault"


# What may last for hours and says nothing of the message: it is kept, never dropped.
_STAYS = frozenset(
    {
        "account_inactive",
        "invalid_auth",
        "message_limit_exceeded",
        "missing_scope",
        "not_authed",
        "token_expired",
        "token_revoked",
        "unreachable",
    }
)
# What stands there cannot be changed, or not any more.
_FIXED = frozenset({"cant_update_message", "edit_window_closed", "update_failed"})
