"""What an answer shows: its figures, its names, and the numbers in its words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import NamedTuple

from bot.conversation import Answer
from bot.wording import remarks, sentence
from tools.core.budget import BudgetTable
from tools.core.machines import Machines
from tools.core.results import Change, CostTable, Figure, Note, Result
from tools.gate.proposals import Proposal

_SCALES = {"k": 3, "thousand": 3, "m": 6, "million": 6, "b": 9, "billion": 9, "trillion": 12}
_NUMBER = re.compile(
    r"(?<![\w.,-])(?P<sign>[-−+]?)(?P<money>[$€£]|[A-Z]{3} )?"
    r"(?P<digits>\d{1,3}(?:,\d{3})+|\d+)(?P<places>\.\d+)?"
    r"(?:\s?(?P<scale>trillion|billion|million|thousand|[kKMB])(?!\w))?"
    r"(?P<percent>\s?%)?(?![\w-]|\.\d)"
)
_SMALL = 100  # plain numbers below it are counts, days and ranks
_YEARS = range(1990, 2100)


class Said(NamedTuple):
    """A number in a text: as written, its value, and the value of its last digit."""

    text: str
    value: Decimal
    step: Decimal

    def is_near(self, figure: Decimal) -> bool:
        """Whether it is `figure`, rounded as it is written, with or without its sign."""
        size = abs(figure)
        return any(
            (size / self.step).quantize(Decimal(1), rounding) * self.step == abs(self.value)
            for rounding in (ROUND_HALF_EVEN, ROUND_HALF_UP)
        )


def numbers_said(text: str) -> list[Said]:
    """The amounts, percentages and quantities in a text; no dates, names, ranks or counts."""
    found = []
    for match in _NUMBER.finditer(text):
        exponent = _SCALES.get((match["scale"] or "").lower(), 0)
        places = match["places"] or ""
        number = Decimal(match["digits"].replace(",", "") + places)
        is_plain = not (match["money"] or match["percent"] or exponent or places)
        if is_plain and (number < _SMALL or ("," not in match["digits"] and number in _YEARS)):
            continue
        step = Decimal(1).scaleb(exponent - max(0, len(places) - 1))
        found.append(Said(match[0].strip(), number.scaleb(exponent), step))
    return found


def figures(result: Result) -> Iterator[Decimal]:
    """Every number a result holds, and those that follow from two beside each other."""
    match result:
        case Note() | Proposal():
            return
        case Machines() | BudgetTable():
            yield from _listed(result)
        case Figure():
            yield result.value
        case Change():
            yield from _pair(result.after, result.before)
            yield from (result.gross, result.unexplained)
            for part in (*result.parts, *result.drivers):
                yield from (part.amount, *_pair(part.after, part.before))
                yield from _share(part.amount, result.difference)
                yield from _pair(part.quantity_after, part.quantity_before)
        case CostTable():
            yield from _pair(result.total, result.previous_total)
            yield from (*result.by_currency.values(), *result.previous_by_currency.values())
            yield from () if result.tail is None else (result.tail,)
            yield Decimal(result.bill_rows)
            for row in result.rows:
                yield from _pair(row.value, row.previous)
                yield from () if row.share is None else (row.share * 100,)


def _listed(result: Machines | BudgetTable) -> Iterator[Decimal]:
    if isinstance(result, Machines):
        yield from (*result.hourly.values(), *result.wasted.values())
        for machine in result.machines:
            yield from (f for f in (machine.hourly, machine.wasted) if f is not None)
        return
    for status in result.statuses:
        yield status.budget.amount
        ahead = (status.forecast, status.forecast_low, status.forecast_high)
        yield from (f for f in (status.spent, *ahead) if f is not None)
        yield from () if status.share is None else (status.share * 100,)


def _pair(value: Decimal | None, previous: Decimal | None) -> Iterator[Decimal]:
    """Two figures, their difference, and the difference in percent."""
    yield from (figure for figure in (value, previous) if figure is not None)
    if value is not None and previous is not None:
        yield value - previous
        yield from _share(value - previous, previous)


def _share(part: Decimal, whole: Decimal) -> Iterator[Decimal]:
    if whole:
        yield part / whole * 100


def names(result: Result) -> Iterator[str]:
    """Every name of the bills that a result shows."""
    match result:
        case CostTable():
            keys = [row.key for row in result.rows]
        case Change():
            keys = [part.key for part in (*result.parts, *result.drivers)]
        case Machines():
            keys = [{"name": m.resource.name, **m.labels} for m in result.machines]
        case Figure() | Note() | BudgetTable() | Proposal():
            keys = []
    for key in keys:
        yield from (name for name in key.values() if name)


def first_names(result: Result) -> tuple[str, ...]:
    """What the first line names, or the first of the reasons."""
    match result:
        case CostTable():
            keys = [row.key for row in result.rows if not row.is_rest][:1]
        case Change():
            keys = [part.key for part in (*result.parts[:1], *result.drivers[:1])]
        case Machines():
            keys = [{"name": m.resource.name} for m in result.machines[:1]]
        case Figure() | Note() | BudgetTable() | Proposal():
            keys = []
    return tuple(name for key in keys for name in key.values() if name)


def words(answer: Answer) -> str:
    """All that an answer says, for people and in cells."""
    result = answer.result
    parts: list[str] = [answer.text, sentence(result), *names(result)]
    match result:
        case CostTable():
            parts += remarks(result)
        case Change():
            parts += (*result.notes, *(event.text for event in result.events))
        case Note():
            parts += result.suggestions
        case Machines() | BudgetTable():
            parts += result.notes
        case Figure() | Proposal():
            pass
    return "\n".join(part for part in parts if part)


def unfounded(text: str, grounds: Iterable[Decimal]) -> list[str]:
    """Numbers of a text that are none of `grounds`, as written."""
    known = set(grounds)
    return [s.text for s in numbers_said(text) if not any(map(s.is_near, known))]
