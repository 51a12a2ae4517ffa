"""Spend out of the usual: what was found, and what is known of its cause."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from tools.core.query import Filter, Op
from tools.core.results import Event, Part


@dataclass(frozen=True, slots=True, kw_only=True)
class Anomaly:
    """Spend that is more than usual, in one currency, found on complete days and hours only.

    Args:
        key: what it is about, dimension → value, outermost first (`{"team": "ml", "service":
            "Amazon EC2"}`); None is a value nobody gave.
        first_day: since when.
        last_day: the newest day that belongs to it.
        actual: effective cost of those days.
        expected: what they usually cost.
        currency: of both.
        score: how far from usual, in the standard deviations of its own past.
        parts: why, as `explain_change` splits it, largest first; empty where nobody knows.
        owner: who likely knows: a person or team as the bills name it; empty where unknown.
        environment: as the bills name it; empty where unknown.
        before: what happened just before it, newest first.
        hour: when it began, where the bills are hourly.
        planned: the announcement it was expected by; empty where it was not.
        until: the end of the newest hour that is counted, where its last day is not over; None
            where all of its days are whole.
        resources: ids of those that cost more, the largest first; not all where they are many.
    """

    key: Mapping[str, str | None]
    first_day: date
    last_day: date
    actual: Decimal
    expected: Decimal
    currency: str
    score: float
    parts: tuple[Part, ...] = ()
    owner: str = ""
    environment: str = ""
    before: tuple[Event, ...] = field(default=())
    hour: datetime | None = None
    planned: str = ""
    until: datetime | None = None
    resources: tuple[str, ...] = ()

    @property
    def excess(self) -> Decimal:
        """How much more than usual, all its days together."""
        return self.actual - self.expected

    @property
    def a_day(self) -> Decimal:
        """The excess of one of its days, on average."""
        return self.excess / ((self.last_day - self.first_day).days + 1)

    @property
    def scope(self) -> tuple[Filter, ...]:
        """The conditions that its charges meet."""
        return tuple(
            Filter(name, Op.MISSING) if value is None else Filter(name, Op.IS, (value,))
            for name, value in self.key.items()
        )
