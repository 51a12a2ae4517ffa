"""What has accrued since the last whole bill, told beside what is billed: an estimate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tools.core.accrual import Accrual
from tools.core.clock import today
from tools.core.context import Context
from tools.core.errors import PurserError
from tools.core.labels import holds
from tools.core.periods import DAY, Period, Rolling
from tools.core.query import Cost, Filter, MetricKind, Query
from tools.core.results import CostTable, Note
from tools.core.windows import is_open_ended, nominal

if TYPE_CHECKING:
    from tools.watch.accrual import Accrued

OLDEST = timedelta(days=1)  # what was metered before says too little of today
_LONGEST = 7 * DAY  # so long nothing accrues without its bill


@dataclass(frozen=True, slots=True)
class Metered:
    """What the meter of running machines has seen of days without a whole bill.

    Args:
        rows: by day and machine, as far as the asker may see them.
        through: until when.
    """

    rows: tuple[Accrued, ...]
    through: datetime


def metered(context: Context) -> Metered | None:
    """What was metered under the asker's scope; None where nobody has metered of late."""
    if context.meter is None:
        return None
    now = context.clock.now()
    try:
        store = context.meter()
        through = store.counted_at()
        if through is None or not -OLDEST < through - now <= timedelta(minutes=1):
            return None
        rows = store.open(since=(now - _LONGEST).date())
    except PurserError:  # what is billed stands without an estimate beside it
        return None
    seen = tuple(row for row in rows if holds(context.scope.filters, row.labels))
    return Metered(seen, through)


def accrued(found: Metered | None, where: Sequence[Filter], *, days: Period) -> Accrual | None:
    """What has accrued on some days.

    Args:
        found: what was metered.
        where: conditions that machines have to meet.
        days: those that are asked about.

    Returns:
        None where nothing has, and where it is not known of a machine whether it is meant: a
        condition on a service says nothing of it.
    """
    from tools.watch.accrual import meant, sums

    rows = (row for row in (found.rows if found else ()) if row.day in days)
    mine = meant(rows, where) or ()
    amounts = sums((row.currency, row.amount) for row in mine if row.amount)
    if found is None or not amounts:
        return None
    unpriced = {row.resource for row in mine if row.hourly is None}
    return Accrual(
        amounts=amounts,
        since=min(row.day for row in mine),
        through=found.through,
        machines=len({row.resource for row in mine} - unpriced),
        unpriced=len(unpriced),
    )


def with_accrued(found: CostTable | Note, query: Query, *, context: Context) -> CostTable | Note:
    """An answer about bills with what has accrued beside it, where it reaches past whole bills.

    Where nothing is billed yet, as today, the note that says so tells it.
    """
    days = _asked(query, context)
    through = found.complete_through if isinstance(found, CostTable) else None
    if days is None or (through is not None and days.last <= through):
        return found
    accrual = accrued(metered(context), query.filters, days=days)
    if accrual is None:
        return found
    if isinstance(found, CostTable):
        return replace(found, accrued=accrual)
    return replace(found, text=f"{found.text} {accrual.text}")


def _asked(query: Query, context: Context) -> Period | None:
    """The days of a question that may not be billed yet; None where none are meant.

    Whole days are meant by `last 7d`; and what accrues is effective cost, by the prices of bills.
    """
    metric, day = query.metric, today(context.clock)
    is_cost = metric.kind is MetricKind.COST and metric.cost is Cost.EFFECTIVE
    if not is_cost or isinstance(query.period, Rolling):
        return None
    after = day + DAY
    named = nominal(query.period, today=day) or Period(day - _LONGEST, after)
    end = after if is_open_ended(query.period) else min(named.end, after)
    start = max(named.start, day - _LONGEST)
    return Period(start, end) if start < end else None
