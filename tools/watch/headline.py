"""The number a digest begins with: a day, a week or a month, and what is usual for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from statistics import median_low

from tools.core.clock import today
from tools.core.context import Context
from tools.core.periods import DAY, Between, Period, Rolling, Unit, shift, unit_start
from tools.core.query import Against, Filter, Grain, Query
from tools.core.results import CostTable

WEEKDAYS = 5  # so many earlier days of the same name tell what is usual; odd, so one is the middle
FEWEST = 3  # of fewer nothing is usual; the last one is compared with
CLOSES_AFTER = 3  # days into the next month until vendors have closed a month's bills, mostly
_ZERO = Decimal(0)


class Pace(StrEnum):
    """How often a digest comes, and so over which days it looks back."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """The number a digest begins with.

    Args:
        period: the day, the seven days, or the month; all complete.
        cost: effective cost of it, by currency: one entry, or several that stay apart.
        usual: what is usual for it, in its one currency; None where nobody can say.
        against: the days that cost `usual`: of earlier days of that name the middle one.
        compared: how many earlier days of that name there are; 0 for other digests.
    """

    period: Period
    cost: Mapping[str, Decimal]
    usual: Decimal | None = None
    against: Period | None = None
    compared: int = 0

    @property
    def only(self) -> tuple[Decimal, str] | None:
        """Cost and currency, where there is one currency."""
        if len(self.cost) != 1:
            return None
        currency, cost = next(iter(self.cost.items()))
        return cost, currency

    @property
    def difference(self) -> Decimal | None:
        """How much more than usual; None where nobody can say."""
        return self.only[0] - self.usual if self.only and self.usual is not None else None


def lately(pace: Pace, *, context: Context, where: tuple[Filter, ...]) -> CostTable | None:
    """The last complete days, as far back as a headline looks; None where nothing was charged."""
    reach = {Pace.DAILY: 7 * WEEKDAYS + 1, Pace.WEEKLY: 14, Pace.MONTHLY: 92}[pace]
    return costs(Query(period=Rolling(reach), grain=Grain.DAY, filters=where), context)


def headline(
    pace: Pace, days: CostTable, *, context: Context, where: tuple[Filter, ...]
) -> Headline | None:
    """The number of a digest; None for a month that is not closed yet."""
    last = days.period.last
    match pace:
        case Pace.DAILY:
            return _of_day(days)
        case Pace.WEEKLY:
            week = Period(last - 6 * DAY, last + DAY)
            earlier = Period(week.start - 7 * DAY, week.start)
            return _of_period(week, earlier, context=context, where=where)
        case Pace.MONTHLY:
            month = _closed_month(today(context.clock), last)
            if month is None:
                return None
            return _of_period(month, month_before(month), context=context, where=where)


def _of_day(days: CostTable) -> Headline:
    """The last day against the middle one of the earlier days of its name."""
    last, by_day = days.period.last, _by_day(days)
    cost = {c: amount for (day, c), amount in by_day.items() if day == last}
    cost = cost or {days.currency or "USD": _ZERO}
    found = Headline(period=Period(last, last + DAY), cost=cost)
    if days.currency is None:
        return found
    first = min((day for day, _ in by_day), default=last)
    earlier = [last - 7 * n * DAY for n in range(1, WEEKDAYS + 1)]
    known = [(by_day.get((day, days.currency), _ZERO), day) for day in earlier if day >= first]
    if not known:
        return found
    amounts = [cost for cost, _ in known]
    usual = median_low(amounts) if len(known) >= FEWEST else amounts[0]
    day = max(day for cost, day in known if cost == usual)
    against = Period(day, day + DAY)
    return replace(found, usual=usual, against=against, compared=len(known))


def _by_day(days: CostTable) -> dict[tuple[date, str], Decimal]:
    found = {}
    for row in days.rows:
        if row.key.get("time") and row.value is not None:
            day = date.fromisoformat(str(row.key["time"])[:10])
            found[day, row.currency or days.currency or ""] = row.value
    return found


def _of_period(
    period: Period, against: Period, *, context: Context, where: tuple[Filter, ...]
) -> Headline | None:
    query = Query(period=named(period), filters=where, compare=Against(named(against)))
    table = costs(query, context)
    if table is None:
        return None
    found = Headline(period=period, cost=table.by_currency)
    if table.currency is None or table.previous_total is None or not table.is_comparable:
        return found
    return replace(found, usual=table.previous_total, against=against)


def month_before(period: Period) -> Period:
    """As many first days of the month before the one it begins with."""
    first = shift(period.start, Unit.MONTH, -1)
    return Period(first, min(first + period.days * DAY, period.start))


def _closed_month(day: date, last_complete: date) -> Period | None:
    """The month before, once its bills are complete and vendors had time to correct them."""
    end = unit_start(day, Unit.MONTH)
    if last_complete < end - DAY or (day - end).days < CLOSES_AFTER:
        return None
    return Period(shift(end, Unit.MONTH, -1), end)


def named(period: Period) -> Between:
    """The period as a question names it."""
    return Between(period.start, period.end)


def costs(query: Query, context: Context) -> CostTable | None:
    """What something cost; None where no charge matches."""
    from tools.costs import cost_by

    found = cost_by(query, context=context)
    return found if isinstance(found, CostTable) else None
