"""The grammar of `/budget`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools.core.errors import NotUnderstoodError
from tools.core.query import Filter

if TYPE_CHECKING:
    from bot.grammar import Vocabulary

EXAMPLES = (
    "",
    "team=ml",
    "set team=ml 20000",
    "raise team=ml 25000",
    "raise team=ml to 25000 until 2026-12-15 because of the launch",
)


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """A line of `/budget`, read.

    Args:
        where: of a list: conditions.
        budget: of a change: the budget's scope or id, as it was written.
        amount: of a change; empty where a list is wanted.
        direction: `raise` or `lower`, where it must be more or less than before.
        reason: what follows `because`.
        until: of a raise, the day on which it falls back, as `2026-12-15`; empty where it holds.
    """

    where: tuple[Filter, ...] = ()
    budget: str = ""
    amount: str = ""
    direction: str = ""
    reason: str = ""
    until: str = ""


_CHANGE = re.compile(r"(set|raise|lower|change)\s+(.+)", re.IGNORECASE | re.DOTALL)
_BECAUSE = re.compile(r"\s+(?:because|reason:?)\s+", re.IGNORECASE)
_UNTIL = re.compile(r"\s+(?:until|till)\s+", re.IGNORECASE)
_AMOUNT = re.compile(
    r"(?P<what>.*?)\s+(?:to\s+)?[$€£]?(?P<amount>\d[\d,]*(?:\.\d+)?)(?P<k>k)?"
    r"(?:\s*(?P<every>(?:a|per|every)\s+(?:month|quarter|year)))?",
    re.IGNORECASE | re.DOTALL,
)
_LISTS = ("", "list", "all", "budgets")


def read_budget(text: str, vocabulary: Vocabulary) -> BudgetLine:
    """What follows `/budget`.

    Raises:
        NotUnderstoodError: it is no such line.
    """
    line = text.strip()
    change = _CHANGE.fullmatch(line)
    if change:
        return _change(line, change[1].lower(), change[2], vocabulary)
    if line.lower() in _LISTS:
        return BudgetLine()
    from bot.grammar import read_filters

    where = re.sub(r"^(?:list\s+)?(?:where\s+)?", "", line, flags=re.IGNORECASE)
    return BudgetLine(where=read_filters(where, vocabulary))


def _change(line: str, word: str, rest: str, vocabulary: Vocabulary) -> BudgetLine:
    parts = _BECAUSE.split(rest, maxsplit=1)
    said, reason = parts[0], parts[1] if len(parts) > 1 else ""
    said, *ends = _UNTIL.split(said, maxsplit=1)
    found = _AMOUNT.fullmatch(said.strip())
    if not found or not found["what"].strip():
        raise NotUnderstoodError(
            f"Say which budget and how much: {word} team=ml 20000.",
            text=line,
            span=(0, len(line)),
            suggestions=(),
        )
    every = re.sub(r"^\w+", "a", found["every"].lower()) if found["every"] else ""
    budget = f"{found['what'].strip()} {every}".strip()
    direction = word if word in ("raise", "lower") else ""
    return BudgetLine(
        budget=budget,
        amount=_amount(found["amount"].replace(",", ""), found["k"]),
        direction=direction,
        reason=reason.strip(),
        until=_day(line, ends[0], vocabulary) if ends else "",
    )


def _amount(number: str, thousands: str | None) -> str:
    """`2.5k` is 2500."""
    if not thousands:
        return number
    if "." not in number:
        return f"{number}000"
    from decimal import Decimal

    return f"{Decimal(number) * 1000:f}"


def _day(line: str, said: str, vocabulary: Vocabulary) -> str:
    """The day that `2026-12-15` or `Dec 15` names; without a year the next one."""
    from bot.grammar.cursor import Cursor
    from bot.grammar.dates import read_stretch

    cursor = Cursor(said, vocabulary)
    found = read_stretch(cursor)
    if found is None or not cursor.done:
        raise NotUnderstoodError(
            "Say the day on which it falls back: until 2026-12-15.",
            text=line,
            span=(0, len(line)),
            suggestions=(),
        )
    if found.yearless and found.start <= vocabulary.today:
        found = found.moved(1)
    return found.start.isoformat()
