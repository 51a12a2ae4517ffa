"""How often events may be told over HTTP: counted in memory, before the ledger is asked.

Each replica counts for itself.
"""

from __future__ import annotations

import hashlib
import math
import threading
import time
from collections.abc import Callable

MINUTE = 60.0
TOLD = 60  # a minute, by one token that was good before
TRIED = 10  # a minute from one address, with tokens that were not
TRIED_IN_ALL = 60


class Limits:
    """Who may come now, and who has to wait. Safe to share between threads.

    Args:
        ticks: a clock in seconds that never goes back.
    """

    def __init__(self, *, ticks: Callable[[], float] = time.monotonic) -> None:
        self._ticks = ticks
        self._free_at: dict[str, float] = {}
        self._good: set[str] = set()
        self._lock = threading.Lock()

    def wait(self, token: str, *, address: str) -> int:
        """Seconds until somebody may come again with a token; 0 lets them in, which counts."""
        name = _name(token)
        with self._lock:
            now = self._ticks()
            self._free_at = {key: at for key, at in self._free_at.items() if at > now - MINUTE}
            if name in self._good:
                asked = {name: TOLD}
            else:  # whoever guesses tokens never takes a turn from one that is good
                asked = {f"from {address}": TRIED, "from anywhere": TRIED_IN_ALL}
            free = {key: self._after(key, most, now) for key, most in asked.items()}
            longest = max(free.values())
            if longest > now:
                return max(1, math.ceil(longest - now))
            self._free_at |= free
        return 0

    def proven(self, token: str) -> None:
        """A token was good: from now on it has turns of its own."""
        with self._lock:
            self._good.add(_name(token))

    def _after(self, key: str, most: int, now: float) -> float:
        """When a turn is due again after this one, at `most` a minute, which may come at once."""
        each = MINUTE / most
        return max(self._free_at.get(key, 0.0), now - MINUTE) + each


def _name(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
