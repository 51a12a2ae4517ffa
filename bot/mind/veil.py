"""Stand-ins for what must not leave the house: `owner 1` goes out, the name comes back in."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cached_property

from bot.config import Sent
from bot.figures import clean
from tools.core.dimensions import BUILT_IN, Dimension

_SHORTEST = 2  # letters of a value that is looked for in running text


class Veil:
    """Replaces the values of hidden dimensions, each by the same stand-in all through a question.

    Args:
        sent: what may leave the house.
        dimensions: the configured ones; a tag or column behind a hidden one is hidden, too.
        values: dimension → values under the asker's scope; looked up where something is hidden.
    """

    def __init__(
        self,
        sent: Sent,
        dimensions: tuple[Dimension, ...] = (),
        values: Callable[[], Mapping[str, tuple[str, ...]]] = dict,
    ) -> None:
        self._sent = sent
        self._hidden = _with_sources(sent.hidden, dimensions)
        self._values = values
        self._stand_ins: dict[tuple[str, str], str] = {}
        self._meant: dict[str, str] = {}
        self._counts: dict[str, int] = {}

    @property
    def is_thin(self) -> bool:
        """Whether everything may be seen."""
        return self._sent.values and not self._hidden

    def hides(self, dimension: str) -> bool:
        """Whether the values of a dimension stay in the house."""
        return not self._sent.values or dimension.casefold() in self._hidden

    def shown(self, dimension: str, value: str) -> str:
        """A value as the model may see it."""
        return self._stand_in(dimension, value) if self.hides(dimension) else self.mask(value)

    def mask(self, text: str) -> str:
        """Running text without hidden values, wherever they stand in it."""
        if self.is_thin or not text:
            return text
        self._learn()
        pattern = self._pattern(frozenset(self._stand_ins))
        if pattern is None:
            return text
        named = {value.casefold(): stand for (_, value), stand in self._stand_ins.items()}
        return pattern.sub(lambda m: named.get(m[0].casefold(), m[0]), text)

    def reveal(self, text: str) -> str:
        """A model's words with the names in place of their stand-ins."""
        return self._replaced(text, lambda value: clean(value))

    def reveal_argument(self, text: str) -> str:
        """A tool's argument with the values in place of their stand-ins, quoted for the grammar."""

        def quoted(value: str) -> str:
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'

        return self._replaced(text, quoted)

    def _replaced(self, text: str, written: Callable[[str], str]) -> str:
        if not self._meant:
            return text
        names = "|".join(re.escape(name) for name in self._counts)

        def meant(match: re.Match[str]) -> str:
            value = self._meant.get(f"{match[2].casefold()} {int(match[3])}")
            return match[0] if value is None else written(value)

        return re.sub(rf'("?)\b({names})[ _-](\d+)(?!\d)\1', meant, text, flags=re.IGNORECASE)

    def _stand_in(self, dimension: str, value: str) -> str:
        key = (dimension, value)
        if key not in self._stand_ins:
            name = dimension.replace("_", " ").replace(":", " ").casefold()
            self._counts[name] = self._counts.get(name, 0) + 1
            self._stand_ins[key] = f"{name} {self._counts[name]}"
            self._meant[self._stand_ins[key]] = value
        return self._stand_ins[key]

    def _learn(self) -> None:
        for dimension, value in self._known:
            self._stand_in(dimension, value)

    @cached_property
    def _known(self) -> tuple[tuple[str, str], ...]:
        # Of dimensions that are hidden by name: where all names are, ordinary words are among
        # them, and only what a result or a question shows is replaced.
        return tuple(
            (dimension, value)
            for dimension, values in self._values().items()
            if dimension.casefold() in self._hidden
            for value in values
        )

    def _pattern(self, keys: frozenset[tuple[str, str]]) -> re.Pattern[str] | None:
        found = sorted({v for _, v in keys if len(v) >= _SHORTEST}, key=len, reverse=True)
        if not found:
            return None
        body = "|".join(re.escape(value) for value in found)
        return re.compile(rf"(?<![^\W_])(?:{body})(?![^\W_])", re.IGNORECASE)


def _with_sources(hidden: tuple[str, ...], dimensions: tuple[Dimension, ...]) -> frozenset[str]:
    """The hidden dimensions, and every other name the same values can be asked by."""
    found = {name.casefold() for name in hidden}
    for dimension in dimensions:
        if dimension.name.casefold() in found:
            found |= {f"tag:{tag}".casefold() for tag in dimension.tags}
            columns = set(dimension.columns)
            found |= {name for name, its in BUILT_IN.items() if columns & set(its)}
    for name in [n for n in found if n in BUILT_IN]:
        found |= {other for other, its in BUILT_IN.items() if set(its) & set(BUILT_IN[name])}
    return frozenset(found)
