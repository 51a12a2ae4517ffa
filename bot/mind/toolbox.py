"""The tools as a model sees them: adapters over the registry, under the asker's scope.

Each returns text for the model and, beside it, the typed result that people are shown. What a
model passes is only ever text that the grammar reads: it can add no tool and widen no scope.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from bot.conversation import Reading
from bot.figures import clean
from bot.mind.compact import (
    Compact,
    fenced,
    figure_text,
    noted_figures,
    quoted,
    table_text,
)
from bot.mind.held import NOBODY, Held, Store, named
from bot.mind.lines import cost_line
from bot.mind.numerals import Claim, Kind
from bot.mind.standings import query_names
from bot.mind.veil import Veil
from bot.router import vocabulary
from tools.accrued import with_accrued
from tools.calculation import Known, calculate
from tools.core.budget import BudgetTable
from tools.core.context import Context
from tools.core.errors import InputError, NotUnderstoodError
from tools.core.machines import Machines
from tools.core.results import Change, CostTable, Figure, FigureKind, Note, Result
from tools.costs import cost_by, dimension_values
from tools.ledger.records import Call

if TYPE_CHECKING:
    from bot.grammar import Vocabulary
    from tools.core.query import Query

MOST_VALUES = 50


class WrongArgumentsError(Exception):
    """What a model passed cannot be used; the sentence tells it why, and what could be."""


@dataclass(slots=True)
class Toolbox:
    """The tools of one question, and what they returned.

    Args:
        context: the lake under the asker's scope.
        veil: hides what must not leave the house.
        amounts: whether figures may be shown to the model.
        asked: the asker's own numbers, which may be calculated with.
        question: the asker's own words, of which a reason is made.
    """

    context: Context
    veil: Veil
    amounts: bool
    asked: tuple[Claim, ...]
    question: str = ""
    store: Store = field(default_factory=Store)
    calls: list[Call] = field(default_factory=list)
    best: Result | None = None
    is_final: bool = False  # what came of a proposal: a model has nothing to add to it
    reading: Reading | None = None
    _words: Vocabulary | None = None

    @property
    def is_told(self) -> bool:
        """Whether the result says all there is to say, in sentences of ours.

        What runs, is idle, budgeted or unusual has no rows and days that a model's words could be
        checked against; of a proposal nothing may be said but what its card says.
        """
        is_unusual = (
            isinstance(self.best, Note)
            and self.calls[-1:]
            and (self.calls[-1].name == "find_anomalies")
        )
        return self.is_final or bool(is_unusual) or isinstance(self.best, Machines | BudgetTable)

    @property
    def words(self) -> Vocabulary:
        """What the grammar reads here, for this asker."""
        if self._words is None:
            self._words = vocabulary(self.context)
        return self._words

    def cost_by(self, **arguments: Any) -> tuple[str, Result]:  # noqa: ANN401  as the model sent them
        """What something cost."""
        query = self._read(cost_line(**self._revealed(arguments)))
        billed = self._run(lambda: cost_by(query, context=self.context))
        # A note tells in its text what has accrued, which not every model may read.
        is_told = self.amounts or isinstance(billed, CostTable)
        result = with_accrued(billed, query, context=self.context) if is_told else billed
        return self._kept("cost_by", query, result)

    def explain_change(self, **arguments: Any) -> tuple[str, Result]:  # noqa: ANN401
        """Why a cost changed."""
        from tools.changes import explain_change

        query = self._read(cost_line(**self._revealed(arguments)))
        result = self._run(lambda: explain_change(query, context=self.context))
        return self._kept("explain_change", query, result)

    def dimension_values(self, dimension: str, search: str = "") -> tuple[str, Result]:
        """How teams, services, models … are called."""
        name = self.words.dimension(dimension)
        known = dimension_values(self.context)
        if name is None or name not in known:
            raise WrongArgumentsError(
                f"“{clean(dimension)}” has no list of names. Those that have: {', '.join(known)}."
            )
        wanted = named(self.veil.reveal(search))
        found = [v for v in known[name] if wanted in named(v)]
        self.calls.append(Call("dimension_values", {"dimension": name, "search": search}))
        self.store.names |= {named(clean(v)) for v in found[:MOST_VALUES]}
        return self._listed(name, found), Note(f"{len(found)} values of {name}.")

    def calculate(self, expression: str) -> tuple[str, Result]:
        """A figure derived from those that tools returned."""
        known = [*self.store.known(), *map(_askers, self.asked)]
        figure = self._run(lambda: calculate(expression, known=known))
        self.calls.append(Call("calculate", {"expression": figure.expression}))
        held = _derived(figure, self.store)
        self.store.add([held])
        if self.best is None or isinstance(self.best, Note | Figure):
            self.best = figure
        sign = "-" if figure.value < 0 else ""
        unit = "%" if figure.kind is FigureKind.PERCENT else f" {figure.unit}".rstrip()
        return fenced("calculate", [f"{sign}{held.text}{unit}"]), figure

    def _revealed(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        return {
            name: self.veil.reveal_argument(value) if isinstance(value, str) else value
            for name, value in arguments.items()
            if value is not None
        }

    def _read(self, line: str) -> Query:
        from bot.grammar import read

        try:
            return read(line, self.words)
        except NotUnderstoodError as error:
            near = "; ".join(f"“{text}”" for text in error.suggestions)
            hint = f" Nearest that can be read: {near}." if near else ""
            raise WrongArgumentsError(self.veil.mask(f"{error.sentence}{hint}")) from None

    def _run(self, tool: Any) -> Any:  # noqa: ANN401  what it returns, with input errors told apart
        try:
            return tool()
        except InputError as error:
            raise WrongArgumentsError(self.veil.mask(error.sentence)) from None

    def _kept(self, tool: str, query: Query, result: Result) -> tuple[str, Result]:
        rows = result.bill_rows if isinstance(result, CostTable | Change) else 0
        self.calls.append(Call(tool, {"query": query.text()}, rows))
        if isinstance(result, Note):
            if self.best is None:
                self.best, self.reading = result, Reading(query, tool == "explain_change")
            self.store.nothings.append(query_names(query))
            self.store.names |= query_names(query)
            figures = noted_figures([result.text])
            self.store.add(replace(figure, is_estimate=True) for figure in figures)
            return fenced(tool, [self.veil.mask(result.text)]), result
        if not isinstance(result, CostTable | Change):
            raise TypeError(f"{tool} returned what is no answer about costs")
        self.best = result
        self.reading = Reading(result.query, tool == "explain_change")
        shown = self._compact(result)
        self.store.add(shown.figures)
        self.store.stand(shown.standings)
        self.store.events += [e.text for e in result.events] if isinstance(result, Change) else []
        self.store.days += shown.days
        self.store.ranks = max(self.store.ranks, shown.ranks)
        return shown.text, result

    def _compact(self, result: CostTable | Change) -> Compact:
        if isinstance(result, CostTable):
            return table_text(result, veil=self.veil, amounts=self.amounts)
        from bot.mind.compact_change import change_text

        return change_text(result, veil=self.veil, amounts=self.amounts)

    def _listed(self, name: str, found: list[str]) -> str:
        lines = [quoted(self.veil.shown(name, value)) for value in found[:MOST_VALUES]]
        if len(found) > MOST_VALUES:
            lines.append(f"({len(found) - MOST_VALUES} more; search for a part of the name)")
        return fenced("dimension_values", lines or ["no such name"])


def _askers(claim: Claim) -> Known:
    """A number of the asker's; without a unit it is what its neighbour is."""
    kinds = {Kind.MONEY: FigureKind.MONEY, Kind.PERCENT: FigureKind.PERCENT}
    unit = claim.unit if claim.kind is Kind.MONEY else ""
    text = f"{claim.value:f}"
    return Known(text, claim.value, kinds.get(claim.kind), unit)


def _derived(figure: Figure, store: Store) -> Held:
    """The figure as it may be stated: about what all its parts share, of the days they share."""
    numbers = re.findall(r"\d+(?:\.\d+)?", figure.expression)
    used = [[f for f in store.figures if f.text == number] for number in numbers]
    found = [f for fits in used for f in fits]
    periods = {f.period for f in found}
    is_money = figure.kind is FigureKind.MONEY
    return Held(
        figure.value,
        figure.kind,
        figure.unit if is_money else figure.unit.lower(),
        about=frozenset.intersection(*(f.about for f in found)) if found else NOBODY,
        within=frozenset.intersection(*(f.within for f in found)) if found else NOBODY,
        period=periods.pop() if len(periods) == 1 else None,
        is_derived=True,
        parts=NOBODY.union(*(fits[0].about for fits in used if len({f.about for f in fits}) == 1)),
        is_scaled=any(
            not fits and number != "100" for fits, number in zip(used, numbers, strict=True)
        ),
        text=figure_text(figure.value, figure.kind),
    )
