"""Names of teams, services and models in prose: found, longest first, each once."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Protocol

from bot.mind.numerals import Kind, claims

_LONGEST = 60  # characters of a name whose digits are taken for its own
_LONE_DIGITS = re.compile(r"(?<![\w.-])\d{3,}(?![\w.-])")


class Stretch(Protocol):
    """A part of a text."""

    @property
    def start(self) -> int:
        """Where it begins."""

    @property
    def end(self) -> int:
        """Where it ends."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A name where it stands."""

    start: int
    end: int
    name: str


def mentions(text: str, names: Collection[str], *, is_safe: bool = False) -> tuple[Mention, ...]:
    """Every place where one of the names stands as whole words, in order.

    Args:
        text: `checkable`.
        names: as `held.named` writes them.
        is_safe: only names that state no amount themselves: a tag may say “costs $5”.
    """
    wanted = [n for n in names if n and (not is_safe or is_harmless(n))]
    folded = text.casefold()
    if len(folded) != len(text) or not wanted:
        return ()  # a letter that folds to two would shift every place
    found: list[Mention] = []
    for name in sorted(wanted, key=lambda n: (-len(n), n)):
        for match in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", folded):
            if not any(match.start() < m.end and m.start < match.end() for m in found):
                found.append(Mention(match.start(), match.end(), name))
    return tuple(sorted(found, key=lambda m: m.start))


def is_harmless(name: str) -> bool:
    """Whether digits in a name can only be read as part of it: `gpt-5`, `Claude 3.5 Sonnet`."""
    if len(name) > _LONGEST or _LONE_DIGITS.search(name):
        return False
    return not any(c.kind is not Kind.NUMBER or c.is_scaled or c.unit for c in claims(name))


def blanked(text: str, stretches: Iterable[Stretch]) -> str:
    """The text with parts taken out of reading, every other place as it was."""
    for part in stretches:
        text = text[: part.start] + "\x00" * (part.end - part.start) + text[part.end :]
    return text
