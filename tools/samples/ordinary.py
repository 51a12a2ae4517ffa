"""Lumen Labs' bills without anything hidden in them: weekdays, growth, noise and month ends only.

What a planted year is planted in. One line a day stands for each meter, also of machines that
other samples bill by the hour: a year is played through day by day, and hours only make it long.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from tools.core.periods import DAY, Period, Unit, shift
from tools.samples import aws, azure, gcp, models
from tools.samples.charges import Bill, Calendar, Day, Meter, Shape, steady
from tools.samples.deliveries import (
    ANTHROPIC_ISSUER,
    AWS_ISSUER,
    AZURE_ISSUER,
    GCP_ISSUER,
    OPENAI_ISSUER,
)
from tools.samples.focus import Issuer

_LONG_AGO = 1_000  # days: what the other samples hide began in the last three hundred


class Plan(NamedTuple):
    """One of the company's bills: who sends it, how late, and how much of the last day it has."""

    name: str
    issuer: Issuer
    build: Callable[[Bill], None]
    lag: int
    partial: float


PLANS = (
    Plan("aws", AWS_ISSUER, aws.build, 1, 0.625),
    Plan("gcp", GCP_ISSUER, gcp.build, 1, 0.625),
    Plan("azure", AZURE_ISSUER, azure.build, 2, 0.5),
    Plan("openai", OPENAI_ISSUER, models.build_openai, 0, 0.0),
    Plan("anthropic", ANTHROPIC_ISSUER, models.build_anthropic, 0, 0.0),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordinary(Calendar):
    """Whole days of a period, all of them before anything that the other samples hide."""

    begin: date = field(default=date.min)

    @property
    def first(self) -> date:
        """The first day of the first billing period."""
        return self.begin

    @property
    def complete_through(self) -> date:
        """The last day."""
        return self.today - DAY

    def days(self) -> Iterator[Day]:
        """Every day, in order."""
        for day in Period(self.begin, self.today).each_day():
            yield Day(
                date=day,
                ago=(self.today - day).days + _LONG_AGO,
                months=(day - self.today.replace(day=1)).days / 30.44,
                left=(shift(day.replace(day=1), Unit.MONTH, 1) - day).days - 1,
                covered=1.0,
            )


class DailyBill(Bill):
    """A bill in which machines have a line a day, too."""

    __slots__ = ()

    def hourly(self, meter: Meter, shape: Shape = steady, *, level: float = 1.0) -> None:
        """One line a day."""
        self.daily(meter, 24 * level, shape, noise=0.004)


def ordinary_bills(days: Period, *, seed: int) -> Mapping[str, Bill]:
    """By source, every charge of those days; another seed, other amounts.

    Args:
        days: whole months.
        seed: of the noise.
    """
    months = (days.end.year - days.start.year) * 12 + days.end.month - days.start.month
    bills = {}
    for plan in PLANS:
        calendar = Ordinary(days.end, plan.lag, 0.0, months=months - 1, begin=days.start)
        bill = DailyBill(plan.name, calendar, seed)
        plan.build(bill)
        bills[plan.name] = bill
    return bills
