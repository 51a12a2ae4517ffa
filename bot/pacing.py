"""How fast Purser may speak to Slack: its own pace, and what to do when told to wait."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from slack_sdk.http_retry import RetryHandler
from slack_sdk.http_retry.builtin_handlers import (
    ConnectionErrorRetryHandler,
    RateLimitErrorRetryHandler,
)
from slack_sdk.http_retry.request import HttpRequest
from slack_sdk.http_retry.response import HttpResponse
from slack_sdk.http_retry.state import RetryState

LONGEST_WAIT = 30  # seconds; asked to wait longer, Purser gives up


class Pace:
    """About one post a second and channel, after a few at once.

    Args:
        sleep: waits so many seconds.
        ticks: a clock in seconds that never goes back.
        burst: so many posts need not wait.
    """

    def __init__(
        self,
        *,
        sleep: Callable[[float], None],
        ticks: Callable[[], float] = time.monotonic,
        burst: int = 5,
    ) -> None:
        self._sleep = sleep
        self._ticks = ticks
        self._burst = burst
        self._free_at: dict[str, float] = {}
        self._lock = threading.Lock()

    def wait(self, channel: str) -> None:
        """Return when the next message may be posted there."""
        with self._lock:
            now = self._ticks()
            free_at = max(self._free_at.get(channel, 0.0), now - self._burst) + 1.0
            self._free_at = {c: at for c, at in self._free_at.items() if at > now - self._burst}
            self._free_at[channel] = free_at
        if free_at > now:
            self._sleep(free_at - now)


class _PatientHandler(RateLimitErrorRetryHandler):
    """Waits as long as Slack asks, within reason."""

    def _can_retry(
        self,
        *,
        state: RetryState,
        request: HttpRequest,
        response: HttpResponse | None = None,
        error: Exception | None = None,
    ) -> bool:
        can: bool = super()._can_retry(state=state, request=request, response=response, error=error)
        return can and response is not None and _asked_to_wait(response) <= LONGEST_WAIT


def retry_handlers() -> list[RetryHandler]:
    """For broken connections and for 429 with Retry-After."""
    return [ConnectionErrorRetryHandler(), _PatientHandler(max_retry_count=3)]


def _asked_to_wait(response: HttpResponse) -> int:
    headers = {name.lower(): value for name, value in response.headers.items()}
    values = headers.get("retry-after") or ["1"]
    return int(values[0]) if str(values[0]).isdigit() else LONGEST_WAIT + 1
