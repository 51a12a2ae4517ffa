"""Whether unusual spend is what somebody announced."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from tools.core.context import Context
from tools.core.errors import PurserError
from tools.core.periods import DAY, Period
from tools.core.query import Filter
from tools.lake.day_costs import day_costs
from tools.watch.anomaly import Anomaly
from tools.watch.lookout import PACE, alike_days
from tools.watch.unusual import Sensitivity, unusual

if TYPE_CHECKING:
    from tools.ledger.happenings import Happening, Happenings

_BEFORE = 14  # days that a plan's spend is compared with
_MOST_OF_IT, _SOME_OF_IT = 0.6, 0.1  # of an excess


def planned_by(
    anomaly: Anomaly,
    *,
    context: Context,
    happenings: Happenings,
    sensitivity: Sensitivity,
    history: timedelta,
) -> str:
    """The announcement that it belongs to; empty where there is none.

    That is one of all of it, or of most of it, or one without which nothing is unusual.

    Args:
        anomaly: as it was found.
        context: the lake, the clock and what the asker may see.
        happenings: what was told to Purser.
        sensitivity: what counts as unusual in what is left.
        history: before it that tells what is usual.
    """
    for plan in happenings.planned(Period(anomaly.first_day, anomaly.last_day + DAY)):
        if plan.covers(anomaly.scope):
            return plan.text
        if plan.scope and plan.touches(anomaly.scope):
            try:
                is_its = _is_of(plan, anomaly, context, sensitivity, history)
            except PurserError:  # it is told, then
                continue
            if is_its:
                return plan.text
    return ""


def _is_of(
    plan: Happening,
    anomaly: Anomaly,
    context: Context,
    sensitivity: Sensitivity,
    history: timedelta,
) -> bool:
    period = Period(anomaly.first_day - history, anomaly.last_day + DAY)
    first, whole = _daily(anomaly, anomaly.scope, context, period)
    _, its = _daily(anomaly, (*anomaly.scope, *plan.scope), context, period)
    length = (anomaly.last_day - anomaly.first_day).days + 1
    before = its[-length - _BEFORE : -length]
    rise = sum(its[-length:]) - length * sum(before) / max(1, len(before))
    excess = float(anomaly.excess)
    if not _SOME_OF_IT * excess <= rise < _MOST_OF_IT * excess:
        return rise >= _MOST_OF_IT * excess
    rest = [one - other for one, other in zip(whole, its, strict=True)]
    rest = rest[(first - period.start).days :]
    watched = unusual(rest, sensitivity=sensitivity, pace=PACE, alike=alike_days(first))
    return all(event.last < len(rest) - length for event in watched.events)


def _daily(
    anomaly: Anomaly, where: Sequence[Filter], context: Context, period: Period
) -> tuple[date, list[float]]:
    """The first day of the bills, and what each day of a period cost."""
    costs = day_costs(context, period=period, where=where)
    found = [0.0] * period.days
    for series in costs.series:
        if series.currency == anomaly.currency:
            for day in series.days:
                found[(day.day - period.start).days] += float(day.usual + day.committed)
    return max(period.start, costs.first_day or period.start), found
