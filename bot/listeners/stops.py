"""Stopping an answer that is on its way: by Slack's own button, or by ours."""

from __future__ import annotations

from dataclasses import dataclass

from slack_sdk.errors import SlackClientError

from bot.blocks import plain_message
from bot.delivery import Delivery, Place
from bot.listeners.failures import Failures
from bot.under_way import UnderWay

NOT_YOURS = "Only whoever asked can stop an answer."
TOO_LATE = "That answer is not on its way any more, so there is nothing to stop."


@dataclass(frozen=True, slots=True)
class Stops:
    """Stops answers for those who asked for them.

    Args:
        under_way: what is on its way.
        delivery: brings a word to whoever pressed in vain.
        failures: tells what goes wrong.
    """

    under_way: UnderWay
    delivery: Delivery
    failures: Failures

    def in_thread(self, place: Place) -> None:
        """Slack's stop button: it stands for everything that this person asked in the thread."""
        with self.failures.told(place):
            found = self.under_way.in_thread(place.channel, place.thread_ts)
            mine = [reply for reply in found if reply.place.user == place.user]
            for reply in mine:
                reply.stop()
            if found and not mine:
                self.delivery.post(place.privately(), plain_message(NOT_YOURS))
            elif not found:
                self._rest(place)

    def one(self, place: Place, key: str) -> None:
        """Our own button: it stands for one answer."""
        with self.failures.told(place):
            reply = self.under_way.find(key)
            if reply is None:
                self.delivery.post(place.privately(), plain_message(TOO_LATE))
            elif reply.place.user != place.user:
                self.delivery.post(place.privately(), plain_message(NOT_YOURS))
            else:
                reply.stop()

    def _rest(self, place: Place) -> None:
        """Nothing is at work here, whatever Slack shows: the process that was may have ended."""
        try:
            self.delivery.client.agents_sessions_setStatus(
                channel_id=place.channel, thread_ts=str(place.thread_ts), status="active"
            )
        except (SlackClientError, OSError) as error:
            self.delivery.note("an agent session was refused", error)
