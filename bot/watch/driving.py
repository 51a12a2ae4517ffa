"""What drives a budget's spend, in a few clauses: what grew, else what costs most."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from bot.change_words import part_text
from bot.figures import name_text, percent_text, span_text
from bot.watch.alert_blocks import why_query
from tools.core.errors import PurserError
from tools.core.money import money_text
from tools.core.results import Cause, Change, CostTable, Row

if TYPE_CHECKING:
    from bot.app import Purser
    from tools.watch.alerts import Position

MOST = 3
_LEAST = Decimal("0.02")  # of what is spent: less drives nothing
_NO_REASON = (Cause.PENDING, Cause.UNEXPLAINED)


def drivers(purser: Purser, position: Position) -> tuple[str, ...]:
    """The largest increases against the period before; where nothing grew, what costs most."""
    from tools.changes import explain_change

    try:
        found = explain_change(why_query(position), context=purser.context())
        grown = _grown(found) if isinstance(found, Change) else ()
        return grown or _largest(purser, position)
    except PurserError:
        return ()


def _grown(change: Change) -> tuple[str, ...]:
    if not change.is_comparable:
        return ()
    least = change.after * _LEAST
    parts = [p for p in change.parts if p.amount > least and p.key and p.cause not in _NO_REASON]
    before = span_text(change.previous_period, year=change.period.last.year)
    return tuple(f"{part_text(part, change)} (against {before})" for part in parts[:MOST])


def _largest(purser: Purser, position: Position) -> tuple[str, ...]:
    from tools.costs import cost_by

    query = why_query(position).with_(compare=None, group_by=("service",), top=MOST)
    found = cost_by(query, context=purser.context())
    if not isinstance(found, CostTable):
        return ()
    rows = [row for row in found.rows if not row.is_rest and row.value]
    return tuple(map(_row, rows))


def _row(row: Row) -> str:
    share = f" ({percent_text(row.share)})" if row.share is not None else ""
    service = name_text(row.key["service"], "service")
    return f"{money_text(row.value or Decimal(0), row.currency)} for {service}{share}"
