"""Looking back at an answer: how it came about, and what people thought of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.blocks import plain_message
from bot.config import Config
from bot.delivery import Delivery, Place
from bot.listeners.conversation import Conversations
from bot.listeners.failures import Failures
from bot.scope import Home
from bot.why import NOT_YOURS, NOTHING_YET, UNKNOWN, Background, why_message
from tools.core.scope import Scope
from tools.ledger.records import Trace, Verdict

if TYPE_CHECKING:
    from tools.ledger.answers import Answers

THANKS = "Thank you, I keep that with the answer. Press the other one if you change your mind."
_VERDICTS: dict[str, Verdict] = {"good": "good", "bad": "bad"}


@dataclass(frozen=True, slots=True)
class Review:
    """Shows how answers came about, and keeps what people think of them.

    Args:
        config: the clock and the name of the command.
        answers: what is remembered.
        conversations: names the conversation of a place.
        delivery: brings it to people, privately.
        scope: what somebody may see in a channel; raises where that is nothing.
        failures: tells what goes wrong.
    """

    config: Config
    answers: Answers
    conversations: Conversations
    delivery: Delivery
    scope: Callable[[str, str | None, Home], Scope]
    failures: Failures

    def last(self, place: Place, home: Home) -> None:
        """How somebody's last answer came about: in this channel, else anywhere."""
        with self.failures.told(place):
            self.scope(place.user, place.channel, home)
            here = self.conversations.around(place, home)
            mine = self.answers.last_of(place.user, within=here)
            self._tell(place, mine or self.answers.last_of(place.user), NOTHING_YET)

    def how(self, place: Place, home: Home, answer: str) -> None:
        """How one answer came about, to whoever may know."""
        with self.failures.told(place):
            self.scope(place.user, place.channel, home)
            trace = self.answers.find(answer)
            if trace and not self._may_know(trace, place, home):
                self.delivery.post(place.privately(), plain_message(NOT_YOURS))
            else:
                self._tell(place, trace, UNKNOWN)

    def judge(self, place: Place, home: Home, value: str) -> None:
        """Keep a verdict, and thank for the first one; the next changes it without a word."""
        with self.failures.told(place):
            self.scope(place.user, place.channel, home)
            word, _, answer = value.partition(":")
            trace = self.answers.find(answer)
            if word not in _VERDICTS or trace is None or not self._may_know(trace, place, home):
                self.delivery.post(place.privately(), plain_message(UNKNOWN))
                return
            is_first = place.user not in self.answers.verdicts(answer)
            self.answers.judge(answer, person=place.user, verdict=_VERDICTS[word])
            if is_first:
                self.delivery.post(place.privately(), plain_message(THANKS))

    def _may_know(self, trace: Trace, place: Place, home: Home) -> bool:
        """Whoever asked; others only in the thread where everybody read question and answer."""
        if trace.asker == place.user:
            return True
        is_public = not place.is_private and not place.is_direct and bool(place.thread_ts)
        return is_public and trace.conversation == self.conversations.key(place, home)

    def _tell(self, place: Place, trace: Trace | None, otherwise: str) -> None:
        if trace is None:
            self.delivery.post(place.privately(), plain_message(otherwise))
            return
        found = Background(
            trace,
            self.answers.calls_of(trace.id),
            self.answers.verdicts(trace.id).get(place.user, ""),
        )
        command = self.config.slack.commands.get("cost", "/cost")
        message = why_message(found, command=command, now=self.config.clock.now())
        self.delivery.post(place.privately(), message)
