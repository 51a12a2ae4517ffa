"""The words a question may use: dimensions, units and known values, in people's spellings."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from bot.grammar.names import (
    DIMENSION_SPELLINGS,
    MAKERS,
    ONLY_WITH_DIMENSION,
    SECOND_CHOICE,
    VALUE_SPELLINGS,
)

_SEPARATORS = re.compile(r"[-_\s]+")

# A name or value by its spelling, and the most words a spelling has.
Named = Mapping[str, tuple[str, ...]]
Valued = Mapping[str, tuple[tuple[str, str], ...]]


class LazyValues(Mapping[str, tuple[str, ...]]):
    """Values that are fetched when a question first needs them, once."""

    def __init__(self, fetch: Callable[[], Mapping[str, tuple[str, ...]]]) -> None:
        self._fetch = fetch

    @cached_property
    def _fetched(self) -> Mapping[str, tuple[str, ...]]:
        return self._fetch()

    def __getitem__(self, dimension: str) -> tuple[str, ...]:
        return self._fetched[dimension]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fetched)

    def __len__(self) -> int:
        return len(self._fetched)


@dataclass(frozen=True)
class Vocabulary:
    """What can be asked here and now, by this person.

    Args:
        dimensions: configured and built-in dimension names.
        units: consumed units as the lake writes them (`tokens`, `gpu-hours` …).
        today: the current day of the billing clock.
        values: dimension → values known under the asker's scope; may be empty. Looked into only
            for a word that the grammar does not have, so `LazyValues` saves most of the looks.
    """

    dimensions: tuple[str, ...]
    units: tuple[str, ...]
    today: date
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def dimension(self, spelling: str) -> str | None:
        """The dimension that a spelling names; `Sub-Accounts`, `cost center`, `envs`."""
        return self.dimension_spellings.get(loose(spelling))

    def unit(self, spelling: str) -> str | None:
        """The unit that a spelling names; `gpu hour`, `GB-Months`."""
        return self._unit_spellings.get(loose(spelling))

    def value(self, spelling: str, dimension: str) -> str | None:
        """The known value of `dimension` that a spelling names, if it names one only."""
        found = {v for d, v in self._all_values.get(_folded(spelling), ()) if d == dimension}
        found = found or {v for d, v in self._all_values.get(loose(spelling), ()) if d == dimension}
        return min(found) if len({v.casefold() for v in found}) == 1 else None

    def named_alone(self, spelling: str) -> tuple[tuple[str, str], ...]:
        """Every (dimension, value) that a spelling names without its dimension."""
        for key in (_folded(spelling), loose(spelling)):
            found = [
                (d, v)
                for d, v in self._all_values.get(key, ())
                if d not in ONLY_WITH_DIMENSION or key in VALUE_SPELLINGS.get(d, {})
            ]
            first = [(d, v) for d, v in found if d not in SECOND_CHOICE]
            charged = [(d, v) for d, v in found if d == "charge"]  # all tax, whoever calls it what
            if found:
                return tuple(_one_spelling(charged or first or found))
        return ()

    @cached_property
    def configured(self) -> tuple[str, ...]:
        """Dimensions that come from `purser.toml` rather than from the bill's columns."""
        from tools.core.dimensions import BUILT_IN

        return tuple(name for name in self.dimensions if name not in BUILT_IN)

    @cached_property
    def longest(self) -> int:
        """The most words that a known value has."""
        return max((len(re.findall(r"\w+|[^\w\s]", key)) for key in self._all_values), default=0)

    @cached_property
    def dimension_spellings(self) -> Mapping[str, str]:
        """Every spelling of every dimension, lower case with spaces, plurals included."""
        known = {loose(name): name for name in reversed(self.dimensions)}
        spelled = {
            plural: name for spelling, name in known.items() for plural in _plurals(spelling)
        }
        for spelling, meant in DIMENSION_SPELLINGS.items():
            name = next((m for m in meant if m in self.dimensions), None)
            if name:
                for plural in (spelling, *_plurals(spelling)):
                    spelled.setdefault(plural, name)
        return {**spelled, **known}

    @cached_property
    def _unit_spellings(self) -> Mapping[str, str]:
        spelled: dict[str, str] = {}
        for unit in self.units:
            key = loose(unit)
            spelled.setdefault(key.removesuffix("s"), unit)
            spelled.setdefault(f"{key}s", unit)
        if "tokens" in self.units:
            spelled |= {"tok": "tokens", "toks": "tokens"}
        return {**spelled, **{loose(unit): unit for unit in self.units}}

    @cached_property
    def _all_values(self) -> Valued:
        found: dict[str, dict[tuple[str, str], None]] = defaultdict(dict)
        for dimension, values in self.values.items():
            if dimension in self.dimensions:
                for spelling, value in _value_spellings(dimension, values):
                    found[spelling][dimension, value] = None
        return {spelling: tuple(pairs) for spelling, pairs in found.items()}


def loose(text: str) -> str:
    """Lower case, with hyphens, underscores and runs of space as one space."""
    return _SEPARATORS.sub(" ", text).strip().casefold()


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _one_spelling(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """One of several values that differ only by case; filters do not tell them apart."""
    return list({(d, v.casefold()): (d, v) for d, v in reversed(pairs)}.values())[::-1]


def _plurals(word: str) -> tuple[str, ...]:
    if word.endswith("y"):
        return (f"{word[:-1]}ies",)
    return (f"{word}es",) if word.endswith("s") else (f"{word}s",)


def _value_spellings(dimension: str, values: tuple[str, ...]) -> list[tuple[str, str]]:
    """(spelling, value) for each value: as written, loosely, and its short names."""
    spelled = [(key, v) for v in values for key in {_folded(v), loose(v)} if key]
    taken = {key for key, _ in spelled}
    known = {_folded(v): v for v in values}
    family = "env" if dimension == "environment" else dimension
    for short, meant in VALUE_SPELLINGS.get(family, {}).items():
        if short not in taken:
            spelled += [(short, known[m.casefold()]) for m in meant if m.casefold() in known]
    if dimension == "service":
        spelled += [(short, v) for v in values if (short := _without_maker(v)) not in taken]
    return [(key, value) for key, value in spelled if key]


def _without_maker(service: str) -> str:
    for maker in MAKERS:
        if service.lower().startswith(f"{maker.lower()} "):
            return _folded(service[len(maker) :])
    return ""
