"""The number guard: of a model's words, only sentences whose every number a tool returned.

It reads along while the model writes. A sentence is shown once it is whole and checked; one that
states money, a percentage or a quantity which no tool result of this question holds is dropped.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from bot.mind import words
from bot.mind.agreement import Sentence
from bot.mind.deeds import claims_a_deed
from bot.mind.held import Store
from bot.mind.names_said import mentions
from bot.mind.numerals import Claim, checkable, claims
from bot.mind.orders import holds
from bot.mind.plain import plain
from bot.mind.statements import Wording

_END = re.compile(r"(?<=[.!?…])[\"”’')\]*_]*(?P<gap>[ \t]+)(?=(?P<next>\S))|(?P<line>[ \t]*\n\s*)")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|vs|approx|ca|etc|no|incl|excl|est|avg|max|min|mo|yr|dept|acct|mgmt|env|prod|dev|qty|amt|resp|inc|corp|ltd|co|u\.s|"
    r"st|dr|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|[a-z])|(?:^|\n)\s*\d{1,2})\.$",
    re.IGNORECASE,
)
_TABLE_OR_FENCE = re.compile(r"^\s*(?:\||```|~~~|[-=|: ]{4,}$)")


@dataclass(frozen=True, slots=True)
class Asked:
    """What the asker said.

    Args:
        text: the question, and the readings it follows up on.
        numbers: those in the question.
        today: the day it was asked.
    """

    text: str
    numbers: tuple[Claim, ...]
    today: date

    @classmethod
    def of(cls, question: str, *, today: date, before: str = "") -> Asked:
        """The question as the guard reads it."""
        return cls(checkable(f"{question} {before}"), claims(checkable(question)), today)


class Guard:
    """Lets checked sentences through.

    Words without figures wait for the first checked figure: should all figures be dropped, what
    stood around them is no answer.

    Args:
        store: what the question's tools have returned; it may grow meanwhile.
        asked: the question.
        reveal: puts names in place of stand-ins.
    """

    def __init__(
        self, store: Store, asked: Asked, *, reveal: Callable[[str], str] = lambda text: text
    ) -> None:
        self.dropped: list[str] = []
        self._store = store
        self._asked = asked
        self._reveal = reveal
        self._buffer = ""
        self._gap = ""
        self._waiting: list[str] = []
        self._is_grounded = False  # a sentence with a figure was let through
        self._pieces: list[str] = []
        self._shown: set[str] = set()
        self._names: frozenset[str] = frozenset()
        self._said: frozenset[str] = frozenset()
        self._is_after_drop = False

    @property
    def text(self) -> str:
        """Everything let through so far."""
        return "".join(self._pieces)

    def feed(self, chunk: str) -> list[str]:
        """The sentences that became whole with this chunk and may be shown."""
        self._buffer += chunk
        found: list[str] = []
        while end := self._next_end():
            sentence, gap = self._buffer[: end.start("line" if end["line"] else "gap")], self._gap
            self._gap = "\n\n" if "\n\n" in end[0] else "\n" if "\n" in end[0] else " "
            self._buffer = self._buffer[end.end() :]
            found += self._let(sentence, gap)
        return found

    def close(self) -> list[str]:
        """The last sentence, which nothing followed."""
        sentence, gap = self._buffer, self._gap
        self._buffer, self._gap = "", "\n\n"
        found = self._let(sentence, gap)
        if self._waiting and self._waiting[-1].endswith(":"):
            self._waiting.pop()
        # Words around a figure that was dropped are no answer without it.
        if self._is_grounded or not self.dropped:
            return [*found, *self._released()]
        self._waiting.clear()
        return found

    def discard(self) -> None:
        """Forget what was not shown yet: its stream broke, or it only led to another call."""
        self._buffer = ""
        self._waiting.clear()

    def _next_end(self) -> re.Match[str] | None:
        for end in _END.finditer(self._buffer):
            if end["line"]:
                if end.end() < len(self._buffer):  # more blank lines may still come
                    return end
                return None
            if not _ABBREVIATION.search(self._buffer[: end.start()]):
                return end
        return None

    def _let(self, raw: str, gap: str) -> list[str]:
        sentence = plain(self._reveal(raw)).strip()
        if not sentence or _TABLE_OR_FENCE.match(sentence) or sentence in self._shown:
            return []
        if not self._is_right(sentence):
            self.dropped.append(sentence)
            self._is_after_drop = True
            if self._waiting and self._waiting[-1].endswith(":"):
                self._waiting.pop()
            return []
        self._is_after_drop = False
        self._shown.add(sentence)
        self._waiting.append(f"{gap}{sentence}")
        if sentence.endswith(":"):
            return []  # it is shown with what it announces, or not at all
        self._is_grounded = self._is_grounded or self._has_figure(sentence)
        return self._released() if self._is_grounded else []

    def _has_figure(self, sentence: str) -> bool:
        return bool(claims(checkable(sentence)))

    def _released(self) -> list[str]:
        """What waited, as one piece."""
        piece = "".join(self._waiting)
        self._waiting.clear()
        piece = piece if self._pieces else piece.lstrip()
        if not piece:
            return []
        self._pieces.append(piece)
        return [piece]

    def _is_right(self, sentence: str) -> bool:
        text = checkable(sentence)
        if claims_a_deed(sentence, events=self._store.events):
            return False
        is_pronoun = bool(words.PRONOUN.match(text))
        if is_pronoun and self._is_after_drop:
            return False  # what “it” is was not shown
        store = self._store
        asked = {m.name for m in mentions(self._asked.text, store.names)}
        found = Sentence(
            text,
            store,
            self._asked.numbers,
            self._asked.today,
            carried=self._names if is_pronoun else frozenset(),
            said=self._said | asked,
        )
        wording = Wording(
            text, store, found.mentions, found.days, self._said | asked, found.carried, found.claims
        )
        if not found.holds() or not holds(wording):
            return False
        self._names = found.names or (self._names if is_pronoun else frozenset())
        self._said |= found.names
        return True
