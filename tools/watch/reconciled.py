"""How far estimates of running machines were from their bills, once those are there. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from tools.watch.accrual import Accrued


@dataclass(frozen=True, slots=True)
class Error:
    """How far the estimate of some days was from their bill.

    Args:
        estimated: by price and time, of the machines that are on the bill.
        billed: of the same machines and days.
        machines: how many.
        missing: machines whose bill has no line of them.
    """

    estimated: Decimal = Decimal(0)
    billed: Decimal = Decimal(0)
    machines: int = 0
    missing: int = 0

    def __add__(self, other: Error) -> Error:
        return Error(
            self.estimated + other.estimated,
            self.billed + other.billed,
            self.machines + other.machines,
            self.missing + other.missing,
        )

    @property
    def off(self) -> Decimal:
        """By how much the estimate was too high."""
        return self.estimated - self.billed

    @property
    def ratio(self) -> Decimal | None:
        """`0.03` where the estimate was 3 % too high; None where nothing was billed."""
        return self.off / self.billed if self.billed else None


def errors_by_day(rows: Iterable[Accrued]) -> dict[tuple[date, str], Error]:
    """Of each day whose bill is there, by currency, how far the estimate was from it."""
    found: dict[tuple[date, str], Error] = {}
    for row in rows:
        if row.hourly is not None and row.is_billed:
            place = (row.day, row.currency)
            found[place] = found.get(place, Error()) + _error(row)
    return dict(sorted(found.items()))


def errors(rows: Iterable[Accrued]) -> dict[str, Error]:
    """The same of all days together, by currency."""
    found: dict[str, Error] = {}
    for (_day, currency), error in errors_by_day(rows).items():
        found[currency] = found.get(currency, Error()) + error
    return found


def _error(row: Accrued) -> Error:
    if row.billed is None:
        return Error(missing=1)
    return Error(row.amount, row.billed, 1)
