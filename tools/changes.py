"""Why a cost differs between two periods."""

from __future__ import annotations

from decimal import Decimal

from tools.core.context import Context
from tools.core.query import Grain, Metric, MetricKind, Preceding, Query
from tools.core.results import Cause, Change, CostTable, Note, Part
from tools.costs import cost_by


def explain_change(query: Query, *, context: Context) -> Change | Note:
    """Why something costs more or less than in another period: new, gone, used more, dearer.

    Args:
        query: period, filters, and the period to compare with (the one before, if not said).
        context: the lake, the clock and what the asker may see.

    Returns:
        The difference in parts that add up exactly to it.

    Raises:
        InputError: a dimension does not exist.
    """
    asked = query.with_(
        metric=query.metric if query.metric.kind is MetricKind.COST else Metric(),
        grain=Grain.TOTAL,
        group_by=query.group_by or ("service",),
        top=None,
        compare=query.compare or Preceding(),
    )
    table = cost_by(asked, context=context)
    if isinstance(table, Note):
        return table
    if table.currency is None or table.previous_period is None or table.total is None:
        return Note("There is no one change to explain here; add a currency or another period.")
    return _change(query.with_(compare=asked.compare), table)


def _change(query: Query, table: CostTable) -> Change:
    parts = [part for part in map(_part, table.rows) if part.amount]
    before = table.previous_total or Decimal(0)
    assert table.previous_period is not None
    assert table.total is not None
    return Change(
        query=query,
        period=table.period,
        previous_period=table.previous_period,
        currency=table.currency or "",
        before=before,
        after=table.total,
        gross=sum((abs(part.amount) for part in parts), Decimal(0)),
        parts=tuple(sorted(parts, key=lambda part: -abs(part.amount))),
        complete_through=table.complete_through,
        is_partial=table.is_partial,
        as_of=table.as_of,
        bill_rows=table.bill_rows,
        sql=table.sql,
        is_comparable=table.is_comparable,
        sources=table.sources,
        notes=table.notes,
    )


def _part(row) -> Part:  # type: ignore[no-untyped-def]
    before, after = row.previous or Decimal(0), row.value or Decimal(0)
    cause = Cause.NEW if not before else Cause.GONE if not after else Cause.USAGE
    return Part(cause, row.key, after - before, before, after)
