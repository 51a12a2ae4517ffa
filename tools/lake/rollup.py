"""From many small effects to few named slices: pure and greedy.

A *slice* is a set of charges named by one to four dimension values. The next one to name is the
slice and cause with the greatest

    |amount| × √(|amount| ÷ (cost before + cost after))

so that size counts, and so does how much of the slice the amount is: a slice too wide is
thinned out by what did not change, one too narrow leaves amount behind.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import sqrt
from typing import NamedTuple

from tools.core.results import Cause

Values = tuple[str | None, ...]
Key = tuple[tuple[int, str | None], ...]  # places of dimensions and their values

NAMED = 7  # so many parts are named
DEPTH = 4  # by so many dimensions at most
_BEAM = 4
_GAIN = 1.1  # what a second dimension has to add to the score; the next ones more and more
_NEARLY = 0.9  # of a slice's changes
_SAME = 1.02  # times the cost: a wider slice that is no other
_SMALL = 0.01  # of the gross change: smaller parts are not named
_THICK = 0.04  # a density that tells whatever the rest does: 8 % more
_THIN = 0.02  # a smaller one tells nothing, as all costs drift a little
_STANDS_OUT = 1.3  # between the two it has to be so much more than usual


class Item(NamedTuple):
    """One effect as the search sees it: where, why, how much, and at what cost in all."""

    values: Values
    cause: Cause
    amount: float


class Base(NamedTuple):
    """What charges cost on both sides together, whether they changed or not."""

    values: Values
    cost: float


@dataclass(frozen=True, slots=True)
class Slice:
    """One named part.

    Args:
        cause: why.
        key: which dimension values name it.
        members: places of its items.
    """

    cause: Cause
    key: Key
    members: tuple[int, ...]


@dataclass(slots=True)
class _Candidate:
    key: Key
    members: list[int]
    base: list[int]
    amount: float
    cost: float

    @property
    def density(self) -> float:
        """How much of the slice the amount is."""
        return abs(self.amount) / max(self.cost, abs(self.amount), 1e-12)

    @property
    def score(self) -> float:
        """What the search maximises."""
        return abs(self.amount) * sqrt(self.density)


@dataclass
class Search:
    """Finds slices one after the other.

    Args:
        items: all effects.
        bases: all charges.
        places: dimensions to name slices by, the most telling first.
        unknown: a value that names nothing.
        telling: dimensions that are named wherever nearly all of a slice has one value.
    """

    items: Sequence[Item]
    bases: Sequence[Base]
    places: Sequence[int]
    unknown: str
    telling: Sequence[int] = ()
    _left: dict[Cause, list[int]] = field(default_factory=dict)
    _usual: dict[Cause, float] = field(default_factory=dict)  # density of everything at first

    def slices(self) -> list[Slice]:
        """The slices worth naming, in the order they were found; each item in one at most."""
        self._left = _by_cause(self.items)
        self._usual = {cause: self._whole(cause).density for cause in self._left}
        gross = sum(abs(item.amount) for item in self.items)
        best = {cause: self._best(cause) for cause in self._left}
        found: list[Slice] = []
        while len(found) < NAMED:
            able = {c: b for c, b in best.items() if b and abs(b.amount) >= _SMALL * gross}
            if not able:
                break
            cause = max(able, key=lambda c: able[c].score)
            chosen = able[cause]
            found.append(Slice(cause, chosen.key, tuple(chosen.members)))
            taken = set(chosen.members)
            self._left[cause] = [n for n in self._left[cause] if n not in taken]
            best[cause] = self._best(cause)
        return found

    def _best(self, cause: Cause) -> _Candidate | None:
        beam, best = [self._whole(cause)], None
        for _ in range(DEPTH):
            beam = self._extended(beam)
            able = [candidate for candidate in beam if self._stands_out(candidate, cause)]
            if not able:
                continue
            top = self._plainest(able)
            if best is not None and top.score < best.score * _GAIN ** len(best.key):
                break
            best = top
        return best and self._refined(self._pruned(best))

    def _plainest(self, able: Sequence[_Candidate]) -> _Candidate:
        """Of those about as good as the best, the one with the most telling names."""
        limit = max(candidate.score for candidate in able) / _GAIN
        near = [candidate for candidate in able if candidate.score >= limit]
        return min(near, key=lambda c: sum(self.places.index(place) for place, _ in c.key))

    def _pruned(self, chosen: _Candidate) -> _Candidate:
        """Without the names that the others imply, the least telling first."""
        for place in reversed(self.places):
            key = tuple(pair for pair in chosen.key if pair[0] != place)
            if 0 < len(key) < len(chosen.key):
                members = [n for n in self._left_of(chosen) if self._is_in(n, key)]
                cost = sum(b.cost for b in self.bases if all(b.values[p] == v for p, v in key))
                if len(members) == len(chosen.members) and cost <= _SAME * chosen.cost:
                    chosen.key = key
        return chosen

    def _left_of(self, chosen: _Candidate) -> list[int]:
        return self._left[self.items[chosen.members[0]].cause]

    def _is_in(self, n: int, key: Key) -> bool:
        return all(self.items[n].values[place] == value for place, value in key)

    def _refined(self, chosen: _Candidate) -> _Candidate:
        """Without the little that differs from nearly all of it in a name that always tells."""
        for place in self.telling:
            if place not in dict(chosen.key):
                amounts: defaultdict[str | None, float] = defaultdict(float)
                for n in chosen.members:
                    amounts[self.items[n].values[place]] += abs(self.items[n].amount)
                value = max(amounts, key=lambda v: amounts[v])
                nearly = _NEARLY * sum(amounts.values())
                if len(amounts) > 1 and value != self.unknown and amounts[value] >= nearly:
                    [cut] = [c for c in self._cut(chosen, place) if c.key[-1][1] == value]
                    chosen = self._filled(cut)
        return chosen

    def _stands_out(self, candidate: _Candidate, cause: Cause) -> bool:
        density = candidate.density
        return density >= _THICK or density >= max(_THIN, _STANDS_OUT * self._usual[cause])

    def _extended(self, beam: Sequence[_Candidate]) -> list[_Candidate]:
        """The best slices with one dimension more."""
        made: dict[frozenset[tuple[int, str | None]], _Candidate] = {}
        for parent in beam:
            taken = {place for place, _ in parent.key}
            for place in self.places:
                if place not in taken:
                    for child in self._cut(parent, place):
                        made.setdefault(frozenset(child.key), child)
        # Sorting is stable: of slices as good as each other, the more telling name comes first.
        ranked = sorted(made.values(), key=lambda c: -round(c.score, 6))
        return [self._filled(candidate) for candidate in ranked[:_BEAM]]

    def _cut(self, parent: _Candidate, place: int) -> list[_Candidate]:
        """The parent's two largest children by one dimension; their members come later."""
        amounts: defaultdict[str | None, float] = defaultdict(float)
        for n in parent.members:
            amounts[self.items[n].values[place]] += self.items[n].amount
        amounts.pop(self.unknown, None)
        top = sorted(amounts, key=lambda value: -abs(amounts[value]))[: _BEAM + 1]
        costs = dict.fromkeys(top, 0.0)
        for n in parent.base:
            value = self.bases[n].values[place]
            if value in costs:
                costs[value] += self.bases[n].cost
        return [
            _Candidate(
                (*parent.key, (place, value)),
                parent.members,
                parent.base,
                amounts[value],
                costs[value],
            )
            for value in top
        ]

    def _filled(self, child: _Candidate) -> _Candidate:
        """With only those of the parent's members that are its own."""
        place, value = child.key[-1]
        child.members = [n for n in child.members if self.items[n].values[place] == value]
        child.base = [n for n in child.base if self.bases[n].values[place] == value]
        return child

    def _whole(self, cause: Cause) -> _Candidate:
        members = self._left[cause]
        amount = sum(self.items[n].amount for n in members)
        base = list(range(len(self.bases)))
        return _Candidate((), members, base, amount, sum(b.cost for b in self.bases))


def _by_cause(items: Sequence[Item]) -> dict[Cause, list[int]]:
    found: defaultdict[Cause, list[int]] = defaultdict(list)
    for n, item in enumerate(items):
        found[item.cause].append(n)
    return dict(found)
