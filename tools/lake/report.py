"""What an ingest tells: what was loaded, repaired, left out and refused, and why."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from typing import Protocol


class Progress(Protocol):
    """Watches an ingest. Byte counts are those of the bill files as they lie on disk."""

    def start(self, total_bytes: int) -> None:
        """So much more is to be read."""

    def advance(self, read_bytes: int) -> None:
        """So much of it has been read."""

    def note(self, text: str) -> None:
        """What is being read now."""


class Silent:
    """Watches and says nothing."""

    def start(self, total_bytes: int) -> None:
        """Nothing."""

    def advance(self, read_bytes: int) -> None:
        """Nothing."""

    def note(self, text: str) -> None:
        """Nothing."""


@dataclass(frozen=True, slots=True)
class ProviderCost:
    """What one provider charged in one currency (None where the bill names none)."""

    provider: str | None
    currency: str | None
    rows: int
    billed: Decimal
    effective: Decimal


@dataclass(frozen=True, slots=True)
class LoadedUnit:
    """One (source, report, billing period) that is now live.

    Args:
        source: its source.
        report: its report.
        billing_period: first day of the period.
        rows: lines of the bill in it.
        rejected: lines kept aside because they could not be read.
        providers: cost by provider and currency.
        complete_through: its last complete day; before the period where there is none yet.
        replaced: whether it took the place of an earlier load.
        rows_before: lines of the bill in that.
    """

    source: str
    report: str
    billing_period: date
    rows: int
    rejected: int
    providers: tuple[ProviderCost, ...]
    complete_through: date | None
    replaced: bool
    rows_before: int = 0


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What an ingest did.

    Args:
        loaded: what is live now and was not before.
        unchanged: (source, report, billing period) whose bytes were loaded already.
        repaired: sentences with counts: what was read although it was not as it should be.
        left_out: sentences: files and runs that do not count, and why.
        notes: sentences: what the bill does not tell, and what was done about it.
        refused: sentences: periods that would have shrunk.
        failed: sentences: files that could not be loaded; what stood before still stands.
    """

    loaded: tuple[LoadedUnit, ...] = ()
    unchanged: tuple[tuple[str, str, date], ...] = ()
    repaired: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()

    def __add__(self, other: IngestReport) -> IngestReport:
        return IngestReport(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    @property
    def failures(self) -> tuple[str, ...]:
        """What did not go in and should have."""
        return (*self.failed, *self.refused)

    @property
    def rows(self) -> int:
        """Lines of bills loaded."""
        return sum(unit.rows for unit in self.loaded)

    @property
    def rejected(self) -> int:
        """Lines kept aside."""
        return sum(unit.rejected for unit in self.loaded)


@dataclass(slots=True)
class Findings:
    """Sentences gathered while files are read."""

    repaired: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def report(
        self, loaded: Iterable[LoadedUnit], unchanged: Iterable[tuple[str, str, date]]
    ) -> IngestReport:
        """The report with these sentences, each once."""
        once = [
            tuple(dict.fromkeys(s))
            for s in (self.repaired, self.left_out, self.notes, self.refused, self.failed)
        ]
        return IngestReport(tuple(loaded), tuple(unchanged), *once)


def counted(count: int, one: str, many: str | None = None) -> str:
    """`1 row`, `1,204 rows`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
