"""Whether an answer is right. It stands on plain SQL, not on what answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any

from bot.conversation import Answer, Reading
from bot.evaluation.questions import Expected
from bot.evaluation.shown import figures, first_names, numbers_said, unfounded, words
from bot.grammar import Vocabulary, read
from bot.wording import sentence
from tools.core.budget import BudgetTable
from tools.core.context import Context
from tools.core.machines import Machines
from tools.core.money import decimal_text
from tools.core.query import MetricKind, Preceding
from tools.core.results import Change, CostTable, Figure, Note, Result
from tools.gate.proposals import Proposal
from tools.lake.reading import SqlResult

CENT = Decimal("0.01")
_PRICE = Decimal("0.0001")  # prices of a unit are small


class Outcome(StrEnum):
    """How an answer is judged."""

    RIGHT = "right"
    ABSTAINED = "abstained"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of a question: an answer, or the sentence that says why there is none.

    A fault is neither: it names what Purser failed with.
    """

    answer: Answer | None = None
    refusal: str = ""
    suggestions: tuple[str, ...] = ()
    fault: str = ""

    @property
    def is_answer(self) -> bool:
        """Whether anything of the bills is answered."""
        answer = self.answer
        return answer is not None and not isinstance(answer.result, Note)

    @property
    def text(self) -> str:
        """The one sentence of it."""
        if self.answer is None:
            return self.refusal
        return self.answer.text or sentence(self.answer.result)

    def words(self) -> str:
        """All that was said."""
        if self.answer is None:
            return "\n".join((self.refusal, *self.suggestions))
        return words(self.answer)


@dataclass(frozen=True)
class Judge:
    """Judges answers by what was expected.

    Args:
        context: the lake under the asker's scope; what a model called is called again in it.
        words: the words that questions may use.
        statement: runs SQL.
        questions: what was said, for the numbers in it.
    """

    context: Context
    words: Vocabulary
    statement: Any
    questions: Sequence[str] = ()

    def judge(self, heard: Heard, expected: Expected) -> tuple[Outcome, str]:
        """The outcome, and why where it is not right."""
        if heard.fault:
            return Outcome.WRONG, f"fails with {heard.fault}"
        if leak := self._leak(heard, expected):
            return Outcome.WRONG, leak
        if expected.abstains or expected.refuses:
            return self._nothing(heard, expected)
        if heard.answer is None or not heard.is_answer:
            return Outcome.ABSTAINED, ""
        for fault in (
            self._invented(heard.answer),
            self._reading(heard.answer, expected.queries),
            self._figures(heard.answer, expected.figures),
            _first(heard.answer.result, expected.names_first),
        ):
            if fault:
                return Outcome.WRONG, fault
        return Outcome.RIGHT, ""

    def _nothing(self, heard: Heard, expected: Expected) -> tuple[Outcome, str]:
        if heard.answer is None:
            return Outcome.RIGHT, ""
        if expected.abstains and heard.is_answer:
            return Outcome.WRONG, "answers, and there is nothing to answer"
        if fault := self._invented(heard.answer):
            return Outcome.WRONG, fault
        return Outcome.RIGHT, ""

    def _leak(self, heard: Heard, expected: Expected) -> str:
        said = heard.words().casefold()
        for text in expected.never_says:
            if text.casefold() in said:
                return f"says “{text}”"
        if not expected.never_figures:
            return ""
        secret = [_decimal(v) for row in self.statement(expected.never_figures).rows for v in row]
        shown = list(figures(heard.answer.result)) if heard.answer else []
        spoken = numbers_said(heard.text)
        for figure in filter(None, secret):
            if any(abs(figure - s) <= CENT for s in shown) or any(
                s.is_near(figure) for s in spoken
            ):
                return f"shows {figure:,.2f}, which this asker may not see"
        return ""

    def _invented(self, answer: Answer) -> str:
        """A number in a model's words that nothing it called returned."""
        if not answer.text:
            return ""
        found = unfounded(answer.text, [*figures(answer.result), *self._called(answer)])
        return f"says {', '.join(found)}, which no result holds" if found else ""

    def _called(self, answer: Answer) -> list[Decimal]:
        """Figures of the calls an answer rests on, called again; calculations over them last."""
        from bot.evaluation.calls import calculated_again, called_again

        results = (called_again(c, context=self.context, words=self.words) for c in answer.tools)
        found = [figure for result in results if result for figure in figures(result)]
        found += [said.value for text in self.questions for said in numbers_said(text)]
        for call in answer.tools:
            value = calculated_again(str(call.arguments.get("expression") or ""), found)
            found += [] if value is None else [value]
        return found

    def _reading(self, answer: Answer, lines: tuple[str, ...]) -> str:
        if not lines:
            return ""
        wanted = [self.canonical(line) for line in lines]
        if answer.reading and _comparable(answer.reading) in wanted:
            return ""
        if answer.path == "model" and any(self._same(answer.result, line) for line in wanted):
            return ""
        got = answer.reading.text() if answer.reading else "nothing"
        return f"expected “{wanted[0].text()}”, read “{got}”"

    def canonical(self, line: str) -> Reading:
        """A line of the grammar as a reading; an explanation compares with the period before."""
        said, is_why = line.strip(), False
        if said == "why" or said.startswith("why "):
            said, is_why = said[3:].strip(), True
        return _comparable(Reading(read(said, self.words), is_why))

    def _same(self, result: Result, wanted: Reading) -> bool:
        """Whether another way of asking came to the same figures."""
        from bot.evaluation.calls import asked_plainly

        other = asked_plainly(wanted, context=self.context)
        if isinstance(result, CostTable) and isinstance(other, CostTable):
            return _lines(result) == _lines(other) and result.total == other.total
        if isinstance(result, Change) and isinstance(other, Change):
            return (result.before, result.after) == (other.before, other.after)
        return False

    def _figures(self, answer: Answer, sql: str) -> str:
        if not sql:
            return ""
        plain = self.statement(sql)
        if len(plain.rows) == 1 and plain.columns == ("before", "after"):
            return _pair_fault(answer.result, *map(_decimal, plain.rows[0]))
        if len(plain.rows) == 1 and len(plain.columns) == 1:
            return _total_fault(answer, _decimal(plain.rows[0][0]))
        return _rows_fault(answer.result, plain)


def _comparable(reading: Reading) -> Reading:
    query = reading.query
    if reading.is_why and query.compare is None:
        return replace(reading, query=query.with_(compare=Preceding()))
    return reading


def _first(result: Result, wanted: tuple[str, ...]) -> str:
    if not wanted:
        return ""
    found = first_names(result)
    if {name.casefold() for name in found} & {name.casefold() for name in wanted}:
        return ""
    return f"expected “{' or '.join(wanted)}” first, found “{', '.join(found) or 'nothing'}”"


def _pair_fault(result: Result, before: Decimal, after: Decimal) -> str:
    match result:
        case Change():
            found = (result.before, result.after)
        case CostTable() if result.total is not None and result.previous_total is not None:
            found = (result.previous_total, result.total)
        case _:
            return "compares nothing"
    if all(abs(f - w) <= CENT for f, w in zip(found, (before, after), strict=True)):
        return ""
    return (
        f"expected {before:,.2f} then {after:,.2f}, answered {found[0]:,.2f} then {found[1]:,.2f}"
    )


def _total_fault(answer: Answer, wanted: Decimal) -> str:
    found = _total(answer.result)
    if found is not None and abs(found - wanted) <= _tolerance(answer.result):
        return ""
    if answer.text and any(said.is_near(wanted) for said in numbers_said(answer.text)):
        return ""
    return f"expected {_short(wanted)}, answered {_short(found)}"


def _total(result: Result) -> Decimal | None:
    match result:
        case CostTable():
            return result.total
        case Change():
            return result.difference
        case Figure():
            return result.value
        case Note() | Machines() | BudgetTable() | Proposal():
            return None


def _rows_fault(result: Result, plain: SqlResult) -> str:
    if not isinstance(result, CostTable):
        return "answers no table"
    wanted = _by_name((row[:-1], _decimal(row[-1])) for row in plain.rows)
    found = _lines(result)
    if wanted.keys() != found.keys():
        odd = sorted("/".join(map(str, name)) for name in wanted.keys() ^ found.keys())
        return f"expected {len(wanted)} lines, answered {len(found)}; they differ in {odd[0]}"
    for name, value in wanted.items():
        if abs(found[name] - value) > _tolerance(result):
            shown = "/".join(name)
            return f"{shown}: expected {_short(value)}, answered {_short(found[name])}"
    return ""


def _lines(table: CostTable) -> dict[tuple[str, ...], Decimal]:
    rows = [row for row in table.rows if not row.is_rest and row.value is not None]
    return _by_name((tuple(row.key.values()), row.value or Decimal(0)) for row in rows)


def _by_name(rows: Any) -> dict[tuple[str, ...], Decimal]:  # noqa: ANN401  pairs of a statement
    """In no order of columns; what cost nothing need not be there."""
    return {
        tuple(sorted("untagged" if name is None else str(name) for name in key)): value
        for key, value in rows
        if value
    }


def _tolerance(result: Result) -> Decimal:
    is_price = isinstance(result, CostTable) and result.query.metric.kind is MetricKind.UNIT_COST
    return _PRICE if is_price else CENT


def _decimal(value: Any) -> Decimal:  # noqa: ANN401  whatever a statement returns
    return value if isinstance(value, Decimal) else Decimal(str(value or 0))


def _short(value: Decimal | None) -> str:
    return "nothing" if value is None else decimal_text(round(value, 4)) or ""
