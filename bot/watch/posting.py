"""The outbox's way to Slack: posts with the key in the metadata, finds it again, tells refusals."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from http.client import HTTPException
from typing import Any, NamedTuple
from urllib.error import URLError

from slack_sdk.errors import SlackApiError, SlackClientError

from bot.blocks import Block, Message, context_blocks, fallback, rich_block, text_part
from bot.delivery import Delivery
from bot.refusals import error_word
from bot.watch.health_words import BECAUSE, because
from bot.watch.pictures import with_pictures

EVENT = "purser_outbox"  # type of the metadata
TROUBLES = (SlackClientError, OSError, HTTPException)
MARGIN = timedelta(minutes=10)  # by which Slack's clock may be behind
PAGE, PAGES = 200, 20
BLOCKS = 50  # of a message
REPEAT = (
    "This may be a repeat: I was interrupted while I posted it, and I may not look here whether "
    "it arrived."
)


class Kind(StrEnum):
    """What a refusal means for a message."""

    CLOSED = "closed"  # this place takes nothing from Purser; another may
    WAIT = "wait"  # Slack says for how long
    DOUBT = "doubt"  # it may have been taken all the same
    LATER = "later"  # not taken, and it need not stay so
    NEVER = "never"  # Slack will not take this message anywhere


class Trouble(NamedTuple):
    """Why a message did not go.

    Args:
        kind: what follows.
        word: Slack's word for it, or one of ours.
        pause: seconds that Slack wants to be left alone; 0 where it does not say.
    """

    kind: Kind
    word: str
    pause: float = 0.0


class Spot(NamedTuple):
    """Where a message goes or stands.

    Args:
        channel: Slack channel or user id.
        ts: of the thread's head, or of the message itself; empty for the channel.
    """

    channel: str
    ts: str = ""


class UnreadableError(Exception):
    """Purser may not read what was said there, or not enough of it."""


class LateError(Exception):
    """The lease is nearly over: somebody else may send the message soon."""


@dataclass(frozen=True, slots=True)
class Poster:
    """Posts once each time it is told to; what came of it is for the caller to keep.

    Args:
        delivery: over a client that never retries: only who looks first may say a thing twice.
    """

    delivery: Delivery

    def post(self, spot: Spot, message: Message, *, key: str, on_time: Callable[[], None]) -> Spot:
        """Post a message; where it stands.

        Args:
            spot: the channel, and the thread's head where it belongs into one.
            message: what to say; charts in it are uploaded first.
            key: goes into the metadata.
            on_time: raises where it is too late to post.
        """
        channel = self._channel(spot.channel)
        message = with_pictures(message, self._upload)

        def send(message: Message) -> Spot:
            on_time()
            answer = self.delivery.client.chat_postMessage(
                channel=channel,
                thread_ts=spot.ts or None,
                text=message.text,
                blocks=list(message.blocks),
                metadata={"event_type": EVENT, "event_payload": {"key": key}},
                parse="none",
                mrkdwn=False,
                unfurl_links=False,
                unfurl_media=False,
            )
            return Spot(str(answer["channel"]), str(answer["ts"]))

        try:
            return self.delivery.accepted(message, send, waits=(0.3, 0.6, 1.2))
        except SlackApiError as error:
            if not spot.ts or error_word(error) != "thread_not_found":
                raise
        return self.post(Spot(spot.channel), message, key=key, on_time=on_time)

    def replace(self, spot: Spot, message: Message, *, on_time: Callable[[], None]) -> None:
        """Put a message in the place of another; done twice it is as if done once."""
        message = with_pictures(message, self._upload)

        def send(message: Message) -> None:
            on_time()
            self.delivery.client.chat_update(
                channel=spot.channel,
                ts=spot.ts,
                text=message.text,
                blocks=list(message.blocks),
                parse="none",
            )

        self.delivery.accepted(message, send, waits=(0.3, 0.6, 1.2))

    def look(self, spot: Spot, *, key: str, text: str, since: datetime) -> Spot | None:
        """Where the message with this key stands; None where it does not.

        Args:
            spot: the channel, and the thread's head where it belongs into one.
            key: of the message.
            text: of the message; one of ours that says the same and shows no metadata may be it.
            since: when it was posted first, if it was.

        Raises:
            UnreadableError: nobody lets Purser know.
        """
        channel = self._channel(spot.channel)
        oldest = f"{(since - MARGIN).timestamp():.6f}"
        cursor = ""
        for _ in range(PAGES):
            page = self._page(Spot(channel, spot.ts), oldest=oldest, cursor=cursor)
            for said in page.get("messages") or []:
                if _is_it(said, key=key, text=text):
                    return Spot(channel, str(said["ts"]))
            cursor = str((page.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                return None
        raise UnreadableError

    def _page(self, spot: Spot, *, oldest: str, cursor: str) -> Any:  # noqa: ANN401
        client = self.delivery.client
        asked: dict[str, Any] = {
            "channel": spot.channel,
            "oldest": oldest,
            "limit": PAGE,
            "include_all_metadata": True,
        }
        if cursor:
            asked["cursor"] = cursor
        try:
            if spot.ts:
                return client.conversations_replies(ts=spot.ts, **asked)
            return client.conversations_history(**asked)
        except SlackApiError as error:
            if spot.ts and error_word(error) == "thread_not_found":
                return self._page(Spot(spot.channel), oldest=oldest, cursor="")
            if trouble_of(error).kind in (Kind.WAIT, Kind.DOUBT):
                raise
            raise UnreadableError from error

    def _channel(self, channel: str) -> str:
        """Of direct messages, known by the person, their own id: only that can be read."""
        if not channel.startswith(("U", "W")):
            return channel
        return str(self.delivery.client.conversations_open(users=channel)["channel"]["id"])

    def _upload(self, png: bytes, alt_text: str) -> str | None:
        return self.delivery.upload_picture(png, name="chart.png", alt_text=alt_text)


def trouble_of(error: BaseException) -> Trouble:
    """What a failed call means."""
    if isinstance(error, SlackApiError):
        return _refusal(error)
    reason = error.reason if isinstance(error, URLError) else error
    if isinstance(reason, ConnectionRefusedError | socket.gaierror):
        return Trouble(Kind.LATER, "unreachable")
    return Trouble(Kind.DOUBT, "interrupted")


def _refusal(error: SlackApiError) -> Trouble:
    word, status = error_word(error), getattr(error.response, "status_code", 200)
    if status == 429 or word in _WAIT:
        return Trouble(Kind.WAIT, "ratelimited", _retry_after(error))
    if status >= 500:
        return Trouble(Kind.DOUBT, f"http_{status}")
    if word in _DOUBT or not word.replace("_", "").isalnum():
        return Trouble(Kind.DOUBT, word[:80])
    for kind, words in ((Kind.CLOSED, _CLOSED), (Kind.NEVER, _NEVER)):
        if word in words:
            return Trouble(kind, word)
    return Trouble(Kind.LATER, word[:80])


def _retry_after(error: SlackApiError) -> float:
    headers = getattr(error.response, "headers", None) or {}
    found = {str(name).lower(): value for name, value in dict(headers).items()}.get("retry-after")
    text = str(found[0] if isinstance(found, list) else found)
    return float(text) if text.isdigit() else 30.0


def _is_it(said: dict[str, Any], *, key: str, text: str) -> bool:
    metadata = said.get("metadata") or {}
    if metadata.get("event_type") == EVENT:
        return bool((metadata.get("event_payload") or {}).get("key") == key)
    if said.get("bot_id") and said.get("text") == text and not metadata:
        # Ours, by the look of it, and its metadata is kept from us.
        raise UnreadableError
    return False


def as_repeat(message: Message) -> Message:
    """The message, saying that it may have been said before."""
    text = f"(This may be a repeat.) {message.text}"  # which has nothing left to parse
    blocks = message.blocks or (rich_block(text_part(message.text)),)
    return Message(text, (*context_blocks(REPEAT), *blocks[: BLOCKS - 1]))


def as_moved(message: Message, channel: str, word: str) -> Message:
    """The message in the fallback channel, saying where it was meant to be read."""
    if channel.startswith(("U", "W", "D")):
        whose: tuple[Block, ...] = (text_part("somebody’s direct messages", italic=True),)
    else:
        whose = ({"type": "channel", "channel_id": channel},)
    said = rich_block(
        text_part("Meant for ", italic=True),
        *whose,
        text_part(f", but {because(word)}.", italic=True),
    )
    blocks = message.blocks or (rich_block(text_part(message.text)),)
    moved = fallback(f"(Meant for another channel, but {because(word)}.)")
    return Message(f"{moved} {message.text}", (said, *blocks[: BLOCKS - 1]))


_WAIT = frozenset({"ratelimited", "rate_limited"})
# Slack's own words for “something went wrong, and some of it may have happened”.
_DOUBT = frozenset(
    {"internal_error", "fatal_error", "service_unavailable", "request_timeout", "unknown_error"}
)
_CLOSED = frozenset(
    {
        *BECAUSE,
        "as_user_not_supported",
        "cannot_dm_bot",
        "channel_is_limited_access",
        "ekm_access_denied",
        "is_inactive",
        "no_permission",
        "not_allowed",
        "restricted_action",
        "restricted_action_non_threadable_channel",
        "restricted_action_read_only_channel",
        "restricted_action_thread_locked",
        "restricted_action_thread_only_channel",
        "team_not_found",
        "user_not_visible",
    }
)
_NEVER = frozenset(
    {
        "invalid_arguments",
        "invalid_metadata_format",
        "invalid_metadata_schema",
        "message_not_found",
        "metadata_too_large",
        "msg_too_long",
        "no_text",
        "too_many_attachments",
    }
)
