"""How the sample company's charges come about: meters, calendars, and the shapes of use.

A *meter* is everything about a line of the bill that does not change from day to day; a
*charge* is a meter read over some hours. Money is whole nano-dollars here, so that what is
written and what is remembered for the tests can be compared exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from random import Random
from typing import NamedTuple

from tools.core.periods import DAY, Unit, shift, unit_start

NANO = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Account:
    """A sub-account as its provider names it."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Commitment:
    """A commitment discount, as FOCUS describes it."""

    id: str
    name: str
    kind: str  # "Savings Plan", "Reserved", "CUD"
    category: str = "Spend"  # or "Usage"


@dataclass(frozen=True, slots=True)
class Price:
    """Dollars per pricing unit: list ≥ contracted ≥ effective; billed is what is invoiced."""

    list: float
    contracted: float
    effective: float
    billed: float

    @classmethod
    def plain(cls, amount: float, *, discount: float = 0.0) -> Price:
        """On demand: what is negotiated is what is paid."""
        net = round(amount * (1 - discount), 9)
        return cls(amount, net, net, net)

    @classmethod
    def covered(cls, amount: float, effective: float) -> Price:
        """Covered by a commitment: costs its share of the commitment, bills nothing."""
        return cls(amount, amount, effective, 0.0)

    @classmethod
    def purchase(cls, amount: float) -> Price:
        """Buying a commitment: billed now, its cost spread over the use it covers."""
        return cls(amount, amount, 0.0, amount)

    @classmethod
    def unused(cls, amount: float) -> Price:
        """What a commitment cost and nobody used."""
        return cls(0.0, 0.0, amount, 0.0)

    @classmethod
    def given(cls) -> Price:
        """A credit or refund: one unit is one dollar, and it has no list price."""
        return cls(0.0, 0.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Meter:
    """What stays the same on a line of a bill, whenever it is read."""

    service: str
    category: str
    description: str
    price: Price
    unit: str | None
    account: Account
    region: str | None = None
    zone: str | None = None
    resource: str | None = None
    resource_name: str | None = None
    resource_type: str | None = None
    sku: str | None = None
    meter: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, str | int] = field(default_factory=dict)
    charge: str = "Usage"
    charge_class: str | None = None
    frequency: str = "Usage-Based"
    pricing: str | None = "Standard"
    commitment: Commitment | None = None
    commitment_status: str | None = None
    consumed_unit: str | None = None
    consumed_per_unit: int = 1  # consumed units in one pricing unit (a million tokens)


class Charge(NamedTuple):
    """One line of a bill: a meter, read for so many hours. A tuple: there are many of them."""

    meter: int
    day: date
    hour: int
    hours: int
    billing_period: date
    quantity: int  # millionths of the pricing unit
    list: int  # nano-dollars, here and below
    contracted: int
    effective: int
    billed: int


def scaled(charge: Charge, share: float) -> Charge:
    """The same line with only a share of its use and its money."""
    return charge._replace(
        quantity=round(charge.quantity * share),
        list=round(charge.list * share),
        contracted=round(charge.contracted * share),
        effective=round(charge.effective * share),
        billed=round(charge.billed * share),
    )


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the calendar, with what shapes of use ask about it."""

    date: date
    ago: int  # days before today; yesterday is 1
    months: float  # since the first of the current month, so below zero before it
    left: int  # days left in the month after this one
    covered: float  # share of the day the bill holds so far

    @property
    def is_weekend(self) -> bool:
        """Saturday or Sunday."""
        return self.date.weekday() >= 5


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days a bill covers.

    Args:
        today: the day it is read; never in a bill.
        lag: days after the last complete one that are missing or partial.
        partial: share of the day after the last complete one that is there already; 0 for none.
        months: whole months before the current one.
    """

    today: date
    lag: int
    partial: float
    months: int = 13

    @property
    def first(self) -> date:
        """The first day of the first billing period."""
        return shift(unit_start(self.today, Unit.MONTH), Unit.MONTH, -self.months)

    @property
    def complete_through(self) -> date:
        """The last whole day."""
        return self.today - (1 + self.lag) * DAY

    def days(self) -> Iterator[Day]:
        """Every day with charges, in order."""
        first, complete = self.first, self.complete_through
        count = (complete - first).days + (2 if self.partial else 1)
        for n in range(count):
            day = first + n * DAY
            next_month = shift(day.replace(day=1), Unit.MONTH, 1)
            yield Day(
                date=day,
                ago=(self.today - day).days,
                months=(day - self.today.replace(day=1)).days / 30.44,
                left=(next_month - day).days - 1,
                covered=1.0 if day <= complete else self.partial,
            )


Shape = Callable[[Day], float]  # how much of a meter's level is used on a day


def steady(day: Day) -> float:
    """Runs day and night."""
    return 1.0


def office(day: Day) -> float:
    """People at work: little happens at weekends."""
    return 0.18 if day.is_weekend else 1.0


def visitors(day: Day) -> float:
    """Customers' traffic: quieter at weekends."""
    return 0.68 if day.is_weekend else 1.0


def workdays(day: Day) -> float:
    """Only from Monday to Friday."""
    return 0.0 if day.is_weekend else 1.0


def month_end(day: Day) -> float:
    """A push before the month closes."""
    return 1.0 if day.left < 6 else 0.0


def growing(shape: Shape, per_month: float) -> Shape:
    """`shape`, growing by a share each month so as to reach its level in the current one."""
    return lambda day: shape(day) * float((1 + per_month) ** day.months)


def between(shape: Shape, *, after: int | None = None, until: int | None = None) -> Shape:
    """`shape` on days at most `after` and at least `until` days ago, nothing on others."""

    def shaped(day: Day) -> float:
        begun = after is None or day.ago <= after
        going = until is None or day.ago >= until
        return shape(day) if begun and going else 0.0

    return shaped


@dataclass(slots=True)
class Bill:
    """A source's charges as they are made up. The same seed makes the same bill."""

    source: str
    calendar: Calendar
    seed: int
    meters: list[Meter] = field(default_factory=list)
    charges: list[Charge] = field(default_factory=list)
    _days: tuple[Day, ...] = ()

    def __post_init__(self) -> None:
        self._days = tuple(self.calendar.days())

    def daily(self, meter: Meter, level: float, shape: Shape = steady, *, noise: float = 0) -> None:
        """One line a day: `level` pricing units, shaped, with relative noise."""
        index, random = self._add(meter)
        for day in self._days:
            amount = level * shape(day) * day.covered
            if noise:
                amount *= max(0.3, 1 + noise * random.gauss(0, 1))
            if amount > 0:
                self._charge(index, day.date, 0, 24, round(amount * 1_000_000))

    def hourly(self, meter: Meter, shape: Shape = steady, *, level: float = 1.0) -> None:
        """One line an hour while it runs; a shape below 1 runs that share of the day."""
        index, random = self._add(meter)
        micro = round(level * 1_000_000)
        for day in self._days:
            share = shape(day)
            if share <= 0:
                continue
            hours = min(24, round(24 * share))
            if share >= 1 and random.random() < 0.02:
                hours -= random.randint(1, 4)  # a reboot, a failed health check
            start = 0 if hours >= 18 else random.randint(6, 24 - max(hours, 7))
            for hour in range(start, start + hours):
                if hour < 24 * day.covered:
                    self._charge(index, day.date, hour, 1, micro)

    def once(
        self, meter: Meter, day: date, quantity: float, *, billing_period: date | None = None
    ) -> None:
        """A single line, of another period's bill where that is given."""
        if day < self.calendar.first or day > self.calendar.complete_through:
            return
        index, _ = self._add(meter)
        micro = round(quantity * 1_000_000)
        self._charge(index, day, 0, 24, micro, billing_period=billing_period)

    def on_days(self, meter: Meter, quantities: Mapping[date, float]) -> None:
        """One line on each of these days, of so many pricing units."""
        index, _ = self._add(meter)
        for day, quantity in quantities.items():
            self._charge(index, day, 0, 24, round(quantity * 1_000_000))

    def commit(self, meter: Meter, unused: Meter, *, per_day: float, after: int = 9999) -> None:
        """Buy a commitment of so many dollars a day, and show what of it nobody used."""
        used: dict[date, int] = {}
        for charge in self.charges:
            if self.meters[charge.meter].commitment == meter.commitment:
                used[charge.day] = used.get(charge.day, 0) + charge.effective
        bought, _ = self._add(meter)
        idle, _ = self._add(unused)
        for day in self._days:
            if day.ago > after:
                continue
            self._charge(bought, day.date, 0, 24, round(per_day * day.covered * 1_000_000))
            left = round(per_day * day.covered * NANO) - used.get(day.date, 0)
            if left >= 1000:
                self._charge(idle, day.date, 0, 24, left // 1000)

    def _add(self, meter: Meter) -> tuple[int, Random]:
        self.meters.append(meter)
        index = len(self.meters) - 1
        return index, Random(f"{self.seed}/{self.source}/{index}")  # noqa: S311 - not a secret

    def _charge(
        self,
        meter: int,
        day: date,
        hour: int,
        hours: int,
        quantity: int,
        *,
        billing_period: date | None = None,
    ) -> None:
        price = self.meters[meter].price
        nano = quantity * 1000
        self.charges.append(
            Charge(
                meter,
                day,
                hour,
                hours,
                billing_period or day.replace(day=1),
                quantity,
                round(price.list * nano),
                round(price.contracted * nano),
                round(price.effective * nano),
                round(price.billed * nano),
            )
        )


@dataclass(frozen=True, slots=True)
class Sum:
    """What a bill comes to, in dollars."""

    rows: int
    billed: Decimal
    effective: Decimal


def totals(charges: Sequence[Charge]) -> dict[date, Sum]:
    """Rows and dollars per billing period."""
    sums: dict[date, tuple[int, int, int]] = {}
    for charge in charges:
        rows, billed, effective = sums.get(charge.billing_period, (0, 0, 0))
        sums[charge.billing_period] = (
            rows + 1,
            billed + charge.billed,
            effective + charge.effective,
        )
    return {
        period: Sum(rows, dollars(billed), dollars(effective))
        for period, (rows, billed, effective) in sorted(sums.items())
    }


def dollars(nano: int) -> Decimal:
    """Nano-dollars as dollars, exactly."""
    return Decimal(nano).scaleb(-9)
