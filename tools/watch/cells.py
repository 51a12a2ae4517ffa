"""Sums of charges by what they are, and which of them a budget covers: found by sets, in no loop.

A *cell* is one combination of dimension values. Each condition of a budget is a set of cells,
its scope the intersection; the work grows with budgets and cells, never with lines of bills.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from tools.core.conditions import plain_scope
from tools.core.labels import holds, lowered
from tools.core.query import Filter, Op

_Plain = tuple[tuple[str, str, tuple[str, ...]], ...]


class Cell(NamedTuple):
    """What charges alike came to.

    Args:
        values: of the dimensions, in the order of `Cells.names`; None is a value nobody gave.
        source: whose bill they are on.
        currency: of the sums.
        sums: one for each span of days asked for.
    """

    values: tuple[str | None, ...]
    source: str
    currency: str
    sums: tuple[Decimal, ...]


class Covered(NamedTuple):
    """What a scope came to.

    Args:
        sums: one for each span of days.
        currencies: of its charges.
        sources: whose bills they are on.
    """

    sums: tuple[Decimal, ...]
    currencies: frozenset[str]
    sources: frozenset[str]


@dataclass(frozen=True)
class Cells:
    """All cells, and the sets that conditions mean.

    Args:
        names: of the dimensions, in lower case.
        cells: of those dimensions' values.
        spans: how many sums a cell has.
    """

    names: tuple[str, ...]
    cells: Sequence[Cell]
    spans: int
    _conditions: dict[Filter, frozenset[int]] = field(default_factory=dict)
    _scopes: dict[_Plain, Covered] = field(default_factory=dict)

    def covered(self, scope: Sequence[Filter]) -> Covered:
        """What the charges that meet all conditions came to."""
        plain = plain_scope(scope)
        if plain not in self._scopes:
            self._scopes[plain] = self._summed(self.matching(scope))
        return self._scopes[plain]

    def matching(self, scope: Sequence[Filter]) -> frozenset[int]:
        """The places of the cells that meet all conditions."""
        sets = sorted((self._of(condition) for condition in scope), key=len)
        return frozenset.intersection(*sets) if sets else self._every

    @cached_property
    def _every(self) -> frozenset[int]:
        return frozenset(range(len(self.cells)))

    @cached_property
    def _by_value(self) -> dict[str, dict[str | None, frozenset[int]]]:
        """Dimension → value in lower case → cells."""
        found: dict[str, defaultdict[str | None, list[int]]] = {
            name: defaultdict(list) for name in self.names
        }
        for place, cell in enumerate(self.cells):
            for name, value in zip(self.names, cell.values, strict=True):
                found[name][None if value is None else lowered(value)].append(place)
        return {
            name: {value: frozenset(places) for value, places in values.items()}
            for name, values in found.items()
        }

    def _of(self, condition: Filter) -> frozenset[int]:
        if condition not in self._conditions:
            self._conditions[condition] = self._found(condition)
        return self._conditions[condition]

    def _found(self, condition: Filter) -> frozenset[int]:
        values = self._by_value[condition.dimension.strip().lower()]
        if condition.op is Op.IS:
            wanted = {lowered(value) for value in condition.values}
            return frozenset().union(*(values.get(value, ()) for value in wanted))
        name = condition.dimension
        met = (places for v, places in values.items() if holds((condition,), {name.strip(): v}))
        return frozenset().union(*met)

    def _summed(self, places: frozenset[int]) -> Covered:
        found = [self.cells[place] for place in places]
        columns = zip(*(cell.sums for cell in found), strict=True)
        sums = tuple(sum(column, Decimal(0)) for column in columns)
        return Covered(
            sums or (Decimal(0),) * self.spans,
            frozenset(cell.currency for cell in found),
            frozenset(cell.source for cell in found),
        )
