"""What tools return. Few shapes, so that every surface can show all of them.

Numbers are `Decimal`; a text for people is made in one place (`bot/wording.py`). Rows and points,
of which an answer may have thousands, are named tuples: they are made in a quarter of the time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from tools.core.accrual import Accrual
from tools.core.budget import BudgetTable
from tools.core.machines import Machines
from tools.core.periods import Period
from tools.core.query import Query
from tools.gate.proposals import Proposal

REST = "other"  # the key of the line that sums what `top N` left out


class Row(NamedTuple):
    """One line of an answer.

    Args:
        key: group values in the query's order, then `time` where there is a grain (an ISO
            date, or date and hour), then `unit` and `currency` where they stay apart.
            None is a value nobody gave: untagged.
        value: the metric; None where it is undefined (a cost per unit with no units).
        previous: the same for the period compared with; None where nothing is compared.
        share: value over total, 0 to 1; None where the total is null or zero.
        currency: for money, the currency of this row.
        is_rest: true for the one line (per time, unit, currency) that sums the rest.
        groups: on a rest line, how many groups it sums; None where that is not known.
    """

    key: dict[str, str | None]
    value: Decimal | None
    previous: Decimal | None = None
    share: Decimal | None = None
    currency: str | None = None
    is_rest: bool = False
    groups: int | None = None


class Point(NamedTuple):
    """One point of the chart: a day (or the first day of a week or month).

    `is_previous` marks the days of the period compared with, each under its own date.
    """

    day: date
    key: str | None
    value: Decimal
    is_partial: bool = False
    is_previous: bool = False


@dataclass(frozen=True, slots=True)
class CostTable:
    """The answer to a `Query`.

    Args:
        query: what was asked; `query.text()` asks it again.
        period: the days it covers, half-open.
        previous_period: the days it is compared with.
        currency: the one currency of all money in it; None where currencies stay apart or
            the metric is a quantity.
        unit: the one unit of a quantity or unit cost; None where units stay apart or for money.
        rows: largest first, or in order of time where there is a grain.
        total: over all rows, the rest included; None where currencies or units stay apart.
        previous_total: the same for the previous period.
        by_currency: total per currency, always (empty for a quantity).
        previous_by_currency: the same for the previous period.
        complete_through: the last day complete in every source the question touches.
        is_partial: the period holds days after `complete_through`.
        is_comparable: both periods are whole, so that “more” and “less” may be said; false where
            days are still coming in, or the bills begin inside the period compared with.
        tail: what is already billed for the days between the period's end and today, when a
            question stopped at the last complete day; partial by nature.
        as_of: when the newest of the touched bills was loaded.
        bill_rows: how many lines of bills it rests on.
        accrued: what running machines have cost on days without a whole bill, where the question
            reaches them: an estimate, in no figure here.
        sources: names of the sources it touches.
        series: for the chart: daily totals, or one series per group; may be empty.
        notes: sentences a reader must know (currencies apart, days compared, stale source …).
        sql: the statement that made `rows`; `purser sql` runs it.
    """

    query: Query
    period: Period
    currency: str | None
    unit: str | None
    rows: tuple[Row, ...]
    total: Decimal | None
    by_currency: dict[str, Decimal]
    complete_through: date | None
    is_partial: bool
    as_of: datetime | None
    bill_rows: int
    sql: str
    previous_period: Period | None = None
    previous_total: Decimal | None = None
    previous_by_currency: dict[str, Decimal] = field(default_factory=dict)
    is_comparable: bool = True
    tail: Decimal | None = None
    accrued: Accrual | None = None
    sources: tuple[str, ...] = ()
    series: tuple[Point, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """A plain answer without figures: help, “no data” with what was searched, a refusal.

    Args:
        text: one or a few sentences.
        suggestions: questions that can be asked instead, each in the grammar.
    """

    text: str
    suggestions: tuple[str, ...] = ()


class Cause(StrEnum):
    """Why a cost differs between two periods."""

    NEW = "new"  # what was not there before
    GONE = "gone"  # what is not there any more
    USAGE = "usage"  # more or less of it, at the earlier price
    RATE = "rate"  # another price, for what is used now
    ONE_OFF = "one-off"  # purchases, fees, taxes, refunds and credits: no usage behind them
    EXCHANGE = "exchange"  # the bill's currency is worth more or less of the answer's
    CORRECTION = "correction"  # FOCUS ChargeClass Correction: belongs to an earlier, closed period
    UNEXPLAINED = "unexplained"  # no quantity to split by
    PENDING = "pending"  # of days not billed whole, which a reason may only seem to be


class Part(NamedTuple):
    """One reason for a change. The parts of a `Change` add up exactly to its difference.

    Args:
        cause: why.
        key: what it is about, dimension → value, the telling ones only, outermost first
            (`{"service": "Amazon EC2", "team": "ml", "resource": "i-0abc"}`); empty where it
            sums what is too small to name. None is a value nobody gave.
        amount: its share of the difference, with its sign, in the change's currency.
        before: what `key` cost in the period compared with.
        after: what `key` costs in the period.
        unit: the consumed unit the split rests on, where it has one.
        quantity_before: so much was consumed.
        quantity_after: so much is consumed.
        resources: how many resources it sums.
        first_day: the first day on which it shows, where that is known.
    """

    cause: Cause
    key: dict[str, str | None]
    amount: Decimal
    before: Decimal
    after: Decimal
    unit: str | None = None
    quantity_before: Decimal | None = None
    quantity_after: Decimal | None = None
    resources: int = 0
    first_day: date | None = None


class Event(NamedTuple):
    """Something that happened near a change: a launch, a purchase, what was told to Purser."""

    day: date
    text: str
    key: dict[str, str | None]


@dataclass(frozen=True, slots=True)
class Change:
    """Why a cost differs between two periods: the answer of `explain_change`.

    Args:
        query: what was asked; its filters and periods, `compare` always set.
        period: the days it covers, half-open.
        previous_period: the days it is compared with.
        currency: of all money in it.
        before: cost in the previous period.
        after: cost in the period.
        gross: sum of the absolute changes of single charges' groups; what offsets counts twice
            here and not at all in the difference.
        parts: named ones, largest first by absolute amount, then per cause what is too small
            to name (empty key); they add up exactly to the difference.
        drivers: for the dimension that tells most, its values: the same change, seen from one
            side (one part per value, `key` of one dimension); may be empty.
        events: what happened near the change, as far as Purser knows, oldest first.
        complete_through: the last day complete in every source the question touches.
        is_partial: the period holds days after `complete_through`.
        is_comparable: both periods are whole, so that “more” and “less” may be said.
        as_of: when the newest of the touched bills was loaded.
        bill_rows: how many lines of bills it rests on.
        sources: names of the sources it touches.
        series: daily totals of both periods, for the chart.
        notes: sentences a reader must know.
        sql: the statement the parts were made of.
    """

    query: Query
    period: Period
    previous_period: Period
    currency: str
    before: Decimal
    after: Decimal
    gross: Decimal
    parts: tuple[Part, ...]
    complete_through: date | None
    is_partial: bool
    as_of: datetime | None
    bill_rows: int
    sql: str
    drivers: tuple[Part, ...] = ()
    events: tuple[Event, ...] = ()
    is_comparable: bool = True
    sources: tuple[str, ...] = ()
    series: tuple[Point, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def difference(self) -> Decimal:
        """What the period costs more (or, negative, less) than the one before."""
        return self.after - self.before

    @property
    def unexplained(self) -> Decimal:
        """The sum of the absolute amounts of the parts that name no reason."""
        unknown = (Cause.UNEXPLAINED, Cause.PENDING)
        return sum((abs(p.amount) for p in self.parts if p.cause in unknown), Decimal(0))


class FigureKind(StrEnum):
    """What a number is, so that dollars are never quoted as a percentage."""

    MONEY = "money"
    PERCENT = "percent"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Figure:
    """One derived number, from `calculate`.

    Args:
        expression: as it was calculated.
        value: the outcome; a percentage is in percent, 12.5 for 12.5 %.
        kind: what it is.
        unit: the currency of money, else the unit counted; empty where there is none.
    """

    expression: str
    value: Decimal
    kind: FigureKind
    unit: str = ""


Result = CostTable | Change | Figure | Note | Machines | BudgetTable | Proposal
