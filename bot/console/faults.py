"""Faults on command: what Slack does to an app on a bad day."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Faults:
    """Each method arms a fault for the next so many occasions; unarmed, nothing happens."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _armed: Counter[str] = field(default_factory=Counter)
    _retry_after: dict[str, int] = field(default_factory=dict)
    _errors: dict[str, str] = field(default_factory=dict)
    _slow: dict[str, float] = field(default_factory=dict)

    def rate_limit(self, method: str, *, times: int = 1, retry_after: int = 1) -> None:
        """Answer the next calls of `method` (`*` for any) with 429 and Retry-After in seconds."""
        with self._lock:
            self._armed[f"429 {method}"] += times
            self._retry_after[method] = retry_after

    def refuse(self, method: str, error: str, *, times: int = 1) -> None:
        """Answer the next calls of `method` with this Slack error."""
        with self._lock:
            self._armed[f"error {method}"] += times
            self._errors[method] = error

    def lose_answers(self, method: str, *, times: int = 1) -> None:
        """Do what the next calls of `method` ask, and answer them with HTTP 504 all the same."""
        self._arm(f"lost {method}", times)

    def slow_answers(self, method: str, seconds: float) -> None:
        """Do what every call of `method` asks at once, and answer it so much later."""
        with self._lock:
            self._slow[method] = seconds

    def slowness(self, method: str) -> float:
        """Seconds by which the answer comes later."""
        with self._lock:
            return self._slow.get(method, 0.0)

    def deliver_twice(self, *, times: int = 1) -> None:
        """Deliver the next events twice, as Slack does when it missed an acknowledgement."""
        self._arm("twice", times)

    def fail_uploads(self, *, times: int = 1) -> None:
        """Answer the next uploads of bytes with HTTP 500."""
        self._arm("upload", times)

    def slow_files(self, *, times: int = 1) -> None:
        """Refuse `slack_file` in the next messages, as Slack does while it still reads a file."""
        self._arm("slow file", times)

    def sign_wrongly(self, *, times: int = 1) -> None:
        """Sign the next deliveries with another secret."""
        self._arm("wrong signature", times)

    def sign_old(self, *, times: int = 1) -> None:
        """Put a time stamp of ten minutes ago under the next deliveries."""
        self._arm("old signature", times)

    def take(self, name: str) -> bool:
        """True, once for each time it was armed."""
        with self._lock:
            if self._armed[name] <= 0:
                return False
            self._armed[name] -= 1
            return True

    def take_rate_limit(self, method: str) -> int | None:
        """Seconds to wait where this call is to be refused, else None."""
        for name in (method, "*"):
            if self.take(f"429 {name}"):
                return self._retry_after[name]
        return None

    def take_error(self, method: str) -> str | None:
        """The error this call is to be answered with, else None."""
        return self._errors[method] if self.take(f"error {method}") else None

    def _arm(self, name: str, times: int) -> None:
        with self._lock:
            self._armed[name] += times
