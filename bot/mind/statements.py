"""A sentence in its single statements, each beside the results that can tell whether it is so."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from bot.mind import order_words as words
from bot.mind.dates_said import Said
from bot.mind.held import NOBODY, Store
from bot.mind.names_said import Mention
from bot.mind.numerals import Claim
from bot.mind.standings import Side, Standing
from tools.core.periods import Period


@dataclass(frozen=True)
class Clause:
    """One statement of a sentence.

    Args:
        text: its words.
        names: those in it, where they stand, without names of conditions.
        leaning: who “it” is: names of the statement before.
        sentence: everything it is checked against.
        offset: where in the sentence it begins.
    """

    text: str
    names: tuple[Mention, ...]
    leaning: frozenset[str]
    sentence: Wording
    offset: int = 0

    @property
    def subjects(self) -> list[str]:
        """Whom it is about, in order, each once."""
        return list(dict.fromkeys(m.name for m in self.names)) or sorted(self.leaning)

    def before(self, at: int) -> list[str]:
        """Names ahead of a place."""
        return list(dict.fromkeys(m.name for m in self.names if m.start < at))

    def after(self, at: int) -> list[str]:
        """Names behind a place."""
        return list(dict.fromkeys(m.name for m in self.names if m.start >= at))

    @property
    def has_figure(self) -> bool:
        """Whether a number is in it, which is looked up elsewhere."""
        first, last = self.offset, self.offset + len(self.text)
        return any(first <= c.start < last for c in self.sentence.claims)

    def says(self, pattern: re.Pattern[str]) -> bool:
        """Whether such a word is in it."""
        return bool(pattern.search(self.text))


@dataclass(frozen=True)
class Wording:
    """One `checkable` sentence beside the results.

    Args:
        text: as its reader sees it.
        store: what tools returned.
        mentions: the names in it.
        days: the days in it.
        known: names that the question or the answer has mentioned.
        carried: names the sentence before was about, where this one says “it”.
        claims: the numbers in it.
    """

    text: str
    store: Store
    mentions: Sequence[Mention] = ()
    days: Sequence[Said] = ()
    known: frozenset[str] = NOBODY
    carried: frozenset[str] = NOBODY
    claims: Sequence[Claim] = ()

    @cached_property
    def names(self) -> frozenset[str]:
        """The names in it, and those it leans on."""
        return frozenset(m.name for m in self.mentions) | self.carried

    def clauses(self) -> Iterator[Clause]:
        """Its statements, names in them blanked: a team may be called “growth”."""
        at, leaning = 0, self.carried
        for cut in [*words.CLAUSE.finditer(self.text), None]:
            end = cut.start() if cut else len(self.text)
            inside = [m for m in self.mentions if at <= m.start and m.end <= end]
            moved = tuple(replace(m, start=m.start - at, end=m.end - at) for m in inside)
            yield Clause(_veiled(self.text[at:end], moved), moved, leaning, self, at)
            leaning = frozenset(m.name for m in inside) or leaning
            at = cut.end() if cut else end

    def standings(
        self, *sides: Side, names: Sequence[str] = (), prices: bool = False
    ) -> list[Standing]:
        """The orders that hold all these names, of the days and conditions the sentence names."""
        known = self.known | self.names
        found = [
            s for s in self.store.standings
            if s.side in sides
            and s.within <= known
            and self._is_of(s)
            and all(s.of(n) is not None for n in names)
        ]  # fmt: skip
        found = self._measured(found, prices=prices)
        most = max((len(s.within & self.names) for s in found), default=0)
        return [s for s in found if len(s.within & self.names) == most]

    def _measured(self, found: list[Standing], *, prices: bool) -> list[Standing]:
        """Money, where no unit is named; a quantity, where one is; prices, where meant."""
        units = {s.unit for s in found if s.unit}
        named = {u for u in units if u.removesuffix("s") in self.text.casefold()}
        if named:
            return [s for s in found if s.unit in named]
        if units and words.USES.search(self.text):
            return [s for s in found if s.unit] or found
        is_price = words.PRICES.search(self.text) or prices
        chosen = [s for s in found if not s.unit and s.is_price is bool(is_price)]
        return chosen or [s for s in found if not s.unit] or found

    def _is_of(self, standing: Standing) -> bool:
        mine = [standing.period]
        if standing.side == "change" and standing.other:
            mine.append(standing.other)
        spans = [d for d in self.days if d.period or d.length]
        if standing.steps and not all(_covers(d, mine) for d in spans):
            inside = [d.period for d in spans if d.period]
            return len(inside) == len(spans) and all(
                any(p.start <= step.start and step.end <= p.end for step in standing.steps)
                or (p.days == 1 and p.start in standing.period)
                for p in inside
            )
        if standing.side == "change":
            return all(_covers(d, mine) for d in spans)
        return not spans or any(_covers(d, mine) for d in spans)


def _veiled(text: str, names: Sequence[Mention]) -> str:
    for name in names:
        text = text[: name.start] + words.VEIL * (name.end - name.start) + text[name.end :]
    return text


def _covers(said: Said, periods: Sequence[Period]) -> bool:
    for own in periods:
        if said.length:
            if own.days in said.length:
                return True
        elif said.period and (
            (said.period.start <= own.start and own.end <= said.period.end)
            or (said.period.days == 1 and said.period.start in (own.start, own.last))
        ):
            return True
    return False
