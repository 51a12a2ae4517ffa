"""Which conversation a question belongs to: what was said privately never becomes another's."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from slack_sdk.errors import SlackClientError

from bot.delivery import Place
from bot.scope import Home

if TYPE_CHECKING:
    from collections.abc import Callable

    from slack_sdk import WebClient

    from tools.ledger.answers import Answers
    from tools.ledger.records import Trace

_SEEN = 50  # messages looked at for a newer question


class Conversations:
    """Names the conversation of each place.

    Args:
        client: of Slack's Web API.
        answers: what was answered in which conversation.
        logger: told where Slack could not be asked.
        opening: what a thread of Purser's own making is about, by channel, thread and who asks:
            the turn its conversation begins with; None for any other thread.
    """

    def __init__(
        self,
        client: WebClient,
        answers: Answers,
        *,
        logger: logging.Logger,
        opening: Callable[[Place], Trace | None] = lambda _: None,
    ) -> None:
        self._client = client
        self.answers = answers
        self._logger = logger
        self._opening = opening

    def key(self, place: Place, home: Home) -> str:
        """The conversation's name: a thread's, a person's own, or that of their direct messages.

        A thread below the newest question in direct messages goes on with these; one below an
        older question has a memory of its own.
        """
        if place.is_direct:
            own = f"{home.team}:{place.user}"
            return own if not place.thread_ts else self._direct_thread(place, home, own)
        if place.is_private or not place.thread_ts:
            return f"{home.team}:{place.channel}:{place.user}"
        return self._begun(f"{home.team}:{place.channel}:{place.thread_ts}", place)

    def around(self, place: Place, home: Home) -> str:
        """What the names of all conversations of a channel begin with, or of direct messages."""
        return f"{home.team}:{place.user}" if place.is_direct else f"{home.team}:{place.channel}:"

    def _begun(self, thread: str, place: Place) -> str:
        """The thread's name; with its first question it is told what the thread is about."""
        opening = self._opening(place)
        if opening is not None and not self.answers.turns(thread, most=1):
            self.answers.record(replace(opening, conversation=thread))
        return thread

    def _direct_thread(self, place: Place, home: Home, own: str) -> str:
        thread = f"{home.team}:{place.channel}:{place.thread_ts}"
        if self.answers.turns(thread, most=1):
            return thread
        return thread if self._is_asked_since(place) else own

    def _is_asked_since(self, place: Place) -> bool:
        """Whether the person wrote outside this thread after it began."""
        try:
            said = self._client.conversations_history(
                channel=place.channel, oldest=str(place.thread_ts), limit=_SEEN
            )["messages"]
        except (SlackClientError, OSError) as error:
            self._logger.warning("a conversation could not be read: %s", type(error).__name__)
            return True
        return any(m.get("user") == place.user and m["ts"] > str(place.thread_ts) for m in said)
