"""Quiet hours: when only what is urgent is said."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo


def is_quiet(now: datetime, quiet: tuple[time, time] | None, *, zone: str) -> bool:
    """Whether it is a quiet hour; the first moment belongs to it, the last does not.

    Args:
        now: aware.
        quiet: from and until when, `22:00` to `07:00` over midnight; None for never.
        zone: IANA name of the zone in which the hours are meant.
    """
    if quiet is None or quiet[0] == quiet[1]:
        return False
    start, end = quiet
    here = now.astimezone(ZoneInfo(zone)).time()
    return start <= here < end if start < end else here >= start or here < end
