"""What was heard before: Slack delivers some events twice."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Protocol

MOST = 20_000


class Seen(Protocol):
    """Remembers keys, across restarts where it is the ledger's."""

    def first_time(self, key: str) -> bool:
        """Whether `key` is new; of two callers at once, one is told True."""


class SeenInMemory:
    """Remembers as long as the process lives, the newest `MOST` keys."""

    def __init__(self) -> None:
        self._keys: OrderedDict[str, None] = OrderedDict()
        self._lock = threading.Lock()

    def first_time(self, key: str) -> bool:
        """Whether `key` is new; remembers it."""
        with self._lock:
            if key in self._keys:
                return False
            self._keys[key] = None
            while len(self._keys) > MOST:
                self._keys.popitem(last=False)
            return True


def is_new(seen: Seen, body: Mapping[str, Any]) -> bool:
    """Whether an event is heard for the first time.

    One post arrives as `message` and as `app_mention` with different event ids, so both the
    event and the message it is about are remembered.
    """
    event, team = body["event"], body.get("team_id", "")
    if not seen.first_time(f"event:{team}:{body.get('event_id')}"):
        return False
    if "ts" not in event:
        return True
    return seen.first_time(f"message:{team}:{event.get('channel')}:{event.get('ts')}")
