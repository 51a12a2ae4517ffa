"""The answers that are on their way: who can stop which, and whether a thread is at rest."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.streaming import Reply


class UnderWay:
    """Replies by the thread they go to. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._replies: dict[str, Reply] = {}

    def enter(self, reply: Reply) -> None:
        """A reply sets out."""
        with self._lock:
            self._replies[reply.key] = reply

    def leave(self, reply: Reply) -> bool:
        """A reply has arrived: whether its thread is at rest now. May be said twice."""
        with self._lock:
            self._replies.pop(reply.key, None)
            return not self._at(reply.place.channel, reply.thread)

    def is_at_rest(self, channel: str, thread: str | None) -> bool:
        """Whether nothing is on its way there."""
        with self._lock:
            return not self._at(channel, thread)

    def in_thread(self, channel: str, thread: str | None) -> tuple[Reply, ...]:
        """What is on its way there."""
        with self._lock:
            return self._at(channel, thread)

    def find(self, key: str) -> Reply | None:
        """The reply a stop button belongs to, while it is on its way."""
        with self._lock:
            return self._replies.get(key)

    def _at(self, channel: str, thread: str | None) -> tuple[Reply, ...]:
        found = self._replies.values()
        return tuple(r for r in found if (r.place.channel, r.thread) == (channel, thread))
