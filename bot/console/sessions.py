"""Agent sessions: which threads Purser is at work in, and what Slack's stop button does there."""

from __future__ import annotations

from typing import Any

from bot.console.store import Store

STATUSES = ("active", "processing", "suspended", "closed")


class Sessions:
    """Status and title of the agent session of each thread; threads without one have none.

    Args:
        store: its lock guards them, and whoever waits for it is told of changes.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._statuses: dict[tuple[str, str], str] = {}
        self._titles: dict[tuple[str, str], str] = {}

    def set(self, channel: str, thread_ts: str, status: str, *, title: str = "") -> None:
        """Set the status; the title only where the session begins."""
        with self._store.changed:
            if title and (channel, thread_ts) not in self._statuses:
                self._titles[channel, thread_ts] = title
            self._statuses[channel, thread_ts] = status
            self._store.touch()

    def status(self, channel: str, thread_ts: str) -> str:
        """`processing` and so on; empty where the thread has no session."""
        with self._store.changed:
            return self._statuses.get((channel, thread_ts), "")

    def title(self, channel: str, thread_ts: str) -> str:
        """The title it began with, empty where it has none."""
        with self._store.changed:
            return self._titles.get((channel, thread_ts), "")

    def processing(self) -> tuple[tuple[str, str], ...]:
        """Channel and thread of every session that shows a stop button."""
        with self._store.changed:
            return tuple(at for at, status in self._statuses.items() if status == "processing")

    def stopped(self, channel: str, thread_ts: str, user: str) -> dict[str, Any]:
        """What the stop button does: end the bot's streams there, and the event that tells of it.

        The status stays; the app has to change it.
        """
        with self._store.changed:
            streams = [
                message
                for message in self._store.messages(channel)
                if message.is_streaming and message.thread_ts == thread_ts
            ]
            for message in streams:
                self._store.change(message, is_streaming=False)
        return {
            "type": "agent_session_stopped",
            "channel": channel,
            "thread_ts": thread_ts,
            "streaming_message_ts": [message.ts for message in streams],
            "user": user,
            "event_ts": self._store.next_ts(),
        }
