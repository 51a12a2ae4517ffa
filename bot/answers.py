"""An answer as one JSON object: the contract of `purser cost --json` and `purser ask --json`."""

from __future__ import annotations

from typing import Any

from bot.conversation import Answer, Usage
from tools.core.accrual import Accrual
from tools.core.budget import BudgetTable
from tools.core.machines import Machines
from tools.core.money import decimal_text
from tools.core.query import MetricKind
from tools.core.results import Change, CostTable, Figure, Note, Part, Result, Row
from tools.gate.proposals import Proposal
from tools.lake.answer import UNKNOWN_CURRENCY

# A note keeps the keys of the contract, so that a program need not ask which of the two it got.
_NOTHING: dict[str, Any] = {
    "query": None,
    "metric": None,
    "currency": None,
    "period": None,
    "total": None,
    "previous_total": None,
    "by_currency": {},
    "complete_through": None,
    "partial": False,
    "as_of": None,
    "bill_rows": 0,
    "sql": None,
}


def result_json(result: Result) -> dict[str, Any]:
    """The result with numbers as decimal strings and days in ISO form."""
    match result:
        case CostTable():
            return _table(result)
        case Change():
            return _change(result)
        case Figure():
            return {**_NOTHING, "rows": []}
        case Machines() | BudgetTable() | Proposal():
            from bot.acting_json import acting_json

            return {**_NOTHING, "rows": [], **acting_json(result)}
        case Note(text, suggestions):
            return {**_NOTHING, "note": text, "suggestions": list(suggestions), "rows": []}


def answer_json(answer: Answer) -> dict[str, Any]:
    """The result with the way it was found."""
    from bot.wording import sentence

    return {
        "id": answer.id or None,
        "path": answer.path,
        "reading": answer.reading.text() if answer.reading else None,
        "text": answer.text or sentence(answer.result),
        "tools": [{"name": call.name, "arguments": call.arguments} for call in answer.tools],
        "usage": _usage(answer.usage) if answer.usage else None,
        "result": result_json(answer.result),
    }


def _usage(usage: Usage) -> dict[str, Any]:
    return {
        "calls": usage.calls,
        "input_tokens": usage.input_tokens,
        "cached_tokens": usage.cached_tokens,
        "output_tokens": usage.output_tokens,
        "dollars": decimal_text(usage.dollars),
        "models": list(usage.models),
    }


def _table(table: CostTable) -> dict[str, Any]:
    return {
        "query": table.query.text(),
        "metric": table.query.metric.text() or "effective",
        "currency": table.currency,
        "unit": table.unit,
        "period": _period(table.period.start, table.period.end),
        "previous_period": (
            _period(table.previous_period.start, table.previous_period.end)
            if table.previous_period
            else None
        ),
        "rows": [_row(row, apart=_is_apart(table)) for row in table.rows],
        "total": decimal_text(table.total),
        "previous_total": decimal_text(table.previous_total),
        "by_currency": {c: decimal_text(v) for c, v in table.by_currency.items()},
        "complete_through": _iso(table.complete_through),
        "partial": table.is_partial,
        "tail": decimal_text(table.tail),
        "accrued": accrued_json(table.accrued),
        "as_of": _iso(table.as_of),
        "bill_rows": table.bill_rows,
        "sources": list(table.sources),
        "notes": list(table.notes),
        "sql": table.sql,
    }


def accrued_json(accrued: Accrual | None) -> dict[str, Any] | None:
    """What no bill shows yet: an estimate, in no total."""
    if accrued is None:
        return None
    return {
        "estimate": {name: decimal_text(sum) for name, sum in accrued.amounts.items()},
        "since": accrued.since.isoformat(),
        "metered_until": accrued.through.isoformat(),
        "machines": accrued.machines,
        "unpriced": accrued.unpriced,
    }


def _change(change: Change) -> dict[str, Any]:
    return {
        "query": f"why {change.query.text()}",
        "metric": change.query.metric.text() or "effective",
        "currency": change.currency,
        "period": _period(change.period.start, change.period.end),
        "previous_period": _period(change.previous_period.start, change.previous_period.end),
        "before": decimal_text(change.before),
        "after": decimal_text(change.after),
        "difference": decimal_text(change.difference),
        "gross": decimal_text(change.gross),
        "unexplained": decimal_text(change.unexplained),
        "parts": [_part(part) for part in change.parts],
        "drivers": [_part(part) for part in change.drivers],
        "events": [
            {"day": _iso(event.day), "text": event.text, "key": event.key}
            for event in change.events
        ],
        "comparable": change.is_comparable,
        "complete_through": _iso(change.complete_through),
        "partial": change.is_partial,
        "as_of": _iso(change.as_of),
        "bill_rows": change.bill_rows,
        "sources": list(change.sources),
        "notes": list(change.notes),
        "sql": change.sql,
    }


def _part(part: Part) -> dict[str, Any]:
    return {
        "cause": part.cause.value,
        "key": part.key,
        "amount": decimal_text(part.amount),
        "before": decimal_text(part.before),
        "after": decimal_text(part.after),
        "unit": part.unit,
        "quantity_before": decimal_text(part.quantity_before),
        "quantity_after": decimal_text(part.quantity_after),
        "resources": part.resources,
        "first_day": _iso(part.first_day),
    }


def _row(row: Row, *, apart: bool) -> dict[str, Any]:
    raw: dict[str, Any] = {
        "key": row.key,
        "value": decimal_text(row.value),
        "previous": decimal_text(row.previous),
        "share": decimal_text(row.share),
    }
    if apart:
        raw["currency"] = row.currency or UNKNOWN_CURRENCY
    return raw


def _is_apart(table: CostTable) -> bool:
    return table.currency is None and table.query.metric.kind is not MetricKind.QUANTITY


def _period(start: object, end: object) -> dict[str, str]:
    return {"start": str(start), "end": str(end)}


def _iso(value: Any) -> str | None:  # noqa: ANN401  a date or a datetime
    return value.isoformat() if value is not None else None
