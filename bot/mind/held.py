"""What a question's tools have returned so far: the only figures its answer may state."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from bot.mind.numerals import checkable
from tools.calculation import Known
from tools.core.periods import Period
from tools.core.results import FigureKind

if TYPE_CHECKING:
    from bot.mind.standings import Standing

NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Held:
    """One figure that a model was shown.

    Args:
        value: exact, with its sign.
        kind: money, percentage or number.
        unit: currency of money; the unit of a number, in lower case.
        about: names it belongs to, as `named` writes them: the keys of its row. Empty for a
            total.
        within: names of the conditions it was asked under.
        period: the days it is of.
        other: the days its table compares with; or, for the earlier figure, the later days.
        is_before: of the period compared with.
        is_change: a difference between two periods; its sign says which way.
        is_price: money per unit consumed.
        is_step: of one day, week or month of a table that is cut by time.
        is_share: a part of a total, in percent.
        is_derived: calculated from figures.
        parts: of what is calculated: all names of the figures it was made of.
        is_estimate: what has accrued: no bill says it, and whoever states it says that.
        is_scaled: calculated with a plain number or one of the asker's: no bill says it.
        text: as the model saw it, where it may be calculated with.
    """

    value: Decimal
    kind: FigureKind
    unit: str = ""
    about: frozenset[str] = NOBODY
    within: frozenset[str] = NOBODY
    period: Period | None = None
    other: Period | None = None
    is_before: bool = False
    is_change: bool = False
    is_price: bool = False
    is_step: bool = False
    is_share: bool = False
    is_derived: bool = False
    parts: frozenset[str] = NOBODY
    is_estimate: bool = False
    is_scaled: bool = False
    text: str = ""


@dataclass(slots=True)
class Store:
    """Everything held for one question; it only grows.

    Args:
        figures: in the order they came.
        names: every name that figures are about or were asked under.
        days: periods that results cover.
        ranks: the most lines a result had.
        standings: who stands where in the results.
        nothings: names of conditions under which there were no charges.
        events: what tools told of that happened near a change.
    """

    figures: list[Held] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    days: list[Period] = field(default_factory=list)
    ranks: int = 0
    standings: list[Standing] = field(default_factory=list)
    nothings: list[frozenset[str]] = field(default_factory=list)
    events: list[str] = field(default_factory=list)

    def stand(self, standings: Iterable[Standing]) -> None:
        """Keep who stands where, and the names in it."""
        for standing in standings:
            self.standings.append(standing)
            self.names |= standing.names | standing.within

    def add(self, figures: Iterable[Held]) -> None:
        """Keep figures that a model is shown now."""
        for figure in figures:
            self.figures.append(figure)
            self.names |= figure.about | figure.within

    def known(self) -> tuple[Known, ...]:
        """What a calculation may use."""
        return tuple(Known(f.text, f.value, f.kind, f.unit) for f in self.figures if f.text)


def named(value: str) -> str:
    """A name as sentences are searched for it."""
    return " ".join(checkable(value).casefold().split())
