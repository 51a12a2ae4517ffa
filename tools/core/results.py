"""What tools return. Few shapes, so that every surface can show all of them.

Numbers are `Decimal`; a text for people is made in one place (`bot/wording.py`). Rows and points,
of which an answer may have thousands, are named tuples: they are made in a quarter of the time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from tools.core.periods import Period
from tools.core.query import Query

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


Result = CostTable | Note
