"""Calls of an answer made again, to see for oneself what they return."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from decimal import Decimal

from bot.conversation import Reading
from bot.evaluation.shown import Said
from bot.grammar import Vocabulary, read
from tools.calculation import Known, calculate
from tools.changes import explain_change
from tools.core.context import Context
from tools.core.errors import PurserError
from tools.core.results import Result
from tools.costs import cost_by
from tools.ledger.records import Call


def called_again(call: Call, *, context: Context, words: Vocabulary) -> Result | None:
    """What a call returns under the asker's scope; None for one that returns no figures."""
    line = str(call.arguments.get("query") or "")
    with suppress(PurserError):
        match call.name:
            case "cost_by":
                return cost_by(read(line, words), context=context)
            case "explain_change":
                return explain_change(
                    read(line.removeprefix("why").strip(), words), context=context
                )
    return None


def asked_plainly(reading: Reading, *, context: Context) -> Result:
    """The answer to a reading, without the mind or the router."""
    tool = explain_change if reading.is_why else cost_by
    return tool(reading.query, context=context)


def calculated_again(expression: str, grounds: Iterable[Decimal]) -> Decimal | None:
    """What a calculation comes to; None where a number in it is none of `grounds`."""
    figures = tuple(grounds)
    known = []
    for digits in re.findall(r"\d+(?:\.\d+)?", expression.replace(",", "")):
        places = len(digits.partition(".")[2])
        said = Said(digits, Decimal(digits), Decimal(1).scaleb(-places))
        known += [Known(digits, abs(f)) for f in figures if said.is_near(f)][:1]
    with suppress(PurserError):
        return calculate(expression, known=known).value
    return None
