"""What running machines have cost that no bill shows whole yet, beside an answer about bills."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from tools.core.money import about_text, sums_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Accrual:
    """Price × running time on days without a whole bill: an estimate, and part of no total.

    Args:
        amounts: by currency.
        since: the first of the days.
        through: until when it was metered.
        machines: how many it is of.
        unpriced: how many more have no known price.
    """

    amounts: Mapping[str, Decimal]
    since: date
    through: datetime
    machines: int
    unpriced: int = 0

    @property
    def about(self) -> str:
        """`about $2,310`, `about $2,310 and about €95`."""
        return sums_text(self.amounts, each=lambda sum, name: f"about {about_text(sum, name)}")

    @property
    def text(self) -> str:
        """All of it in one sentence: how much, since and until when, of what, and what it is."""
        of = f"{self.machines} machine{'' if self.machines == 1 else 's'}"
        have = "has" if self.unpriced == 1 else "have"
        more = f" ({self.unpriced} more {have} no known price)" if self.unpriced else ""
        return (
            f"Accrued besides, an estimate: {self.about} since {_day(self.since)}, price × running "
            f"time of {of}{more}, metered until {_day(self.through)}, {self.through:%H:%M} UTC."
        )


def _day(day: date) -> str:
    return f"{day:%b} {day.day}"
