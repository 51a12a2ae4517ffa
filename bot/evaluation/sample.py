"""The day on which the shipped questions are asked of the sample company."""

from __future__ import annotations

from datetime import UTC, datetime

from tools.core.clock import FixedClock

# Their expectations name days, so the clock stands still here.
SAMPLE_DAY = FixedClock(datetime(2026, 11, 21, 9, tzinfo=UTC))
