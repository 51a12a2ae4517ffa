"""The one place that knows what time it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time; injected, so that tests and replays can set it."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class FixedClock:
    """A clock that stands still, for tests and `PURSER_NOW`."""

    at: datetime

    def now(self) -> datetime:
        """The moment it was set to, in UTC."""
        return self.at.astimezone(UTC)


def today(clock: Clock) -> date:
    """The current day of the billing clock, which is UTC."""
    return clock.now().date()
