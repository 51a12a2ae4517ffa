"""Moments as the ledger gives them back: SQLite forgets the zone, which is always UTC."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import overload


@overload
def utc(at: datetime) -> datetime: ...


@overload
def utc(at: None) -> None: ...


def utc(at: datetime | None) -> datetime | None:
    """A moment of a row in UTC; None stays None."""
    if at is None:
        return None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
