"""A place in a question, and the small steps every clause reader is made of."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from bot.grammar.names import NUMBERS
from bot.grammar.tokens import Kind, Token, tokenize
from bot.grammar.unread import Unread
from bot.grammar.vocabulary import Vocabulary

# Signs that end an unquoted value; all others may be part of it.
_ENDS_RUN = frozenset({",", "(", ")", "=", "==", "!=", "<>", "≠", "|", ";", "?", "!"})

_NOTHING = Token(Kind.SIGN, "", 0, 0)


@dataclass
class Cursor:
    """Walks the tokens of one question. `at` is the only thing that moves.

    Args:
        text: the question.
        vocabulary: what it may speak of.
        comparing: after `compare`, where `september to august` is not a range.
        about: dimensions the thread is about; empty for a question of its own.
        versus: dimensions whose values were set against each other (`prod vs staging`).
    """

    text: str
    vocabulary: Vocabulary
    at: int = 0
    comparing: bool = False
    about: frozenset[str] = frozenset()
    versus: list[str] = field(default_factory=list)
    tokens: tuple[Token, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.tokens = tokenize(self.text)

    @property
    def done(self) -> bool:
        """True after the last token."""
        return self.at >= len(self.tokens)

    def token(self, ahead: int = 0) -> Token:
        """A token from here on; an empty sign past the end."""
        place = self.at + ahead
        return self.tokens[place] if 0 <= place < len(self.tokens) else _NOTHING

    def word(self, ahead: int = 0) -> str:
        """A token's word, lower case; empty for quoted text and past the end."""
        return self.token(ahead).word

    def take(self, *phrases: str) -> str:
        """Step over the first of `phrases` that comes next; the phrase, or an empty text."""
        here = self.word()
        for phrase in phrases:
            if not here or not phrase.startswith(here):
                continue
            words = phrase.split()
            if all(self.word(n) == word for n, word in enumerate(words)):
                self.at += len(words)
                return phrase
        return ""

    def skip(self, words: frozenset[str]) -> None:
        """Step over any number of `words`."""
        while self.word() in words:
            self.at += 1

    def slice(self, count: int, ahead: int = 0) -> str:
        """The text that `count` tokens cover; empty if there are not so many."""
        first, last = self.at + ahead, self.at + ahead + count - 1
        if count < 1 or last >= len(self.tokens):
            return ""
        return self.text[self.tokens[first].start : self.tokens[last].end]

    def said(self, word: str) -> bool:
        """True if `word` came before."""
        return any(token.word == word for token in self.tokens[: self.at])

    def ends(self, ahead: int = 0) -> bool:
        """True if there is no token that far ahead."""
        return self.at + ahead >= len(self.tokens)

    def gap(self, ahead: int = 0) -> bool:
        """True if there is space before the token that far ahead."""
        return self.token(ahead).start > self.token(ahead - 1).end

    def run(self) -> int:
        """How many tokens follow without a space: a value such as `R&D` or `c++`."""
        count = 0
        while not self.ends(count) and (count == 0 or not self.gap(count)):
            token = self.token(count)
            if token.kind is Kind.QUOTED or token.raw in _ENDS_RUN:
                break
            count += 1
        is_full_stop = count > 1 and self.ends(count) and self.word(count - 1) == "."
        return count - is_full_stop

    def split(self, first: int, sign: int) -> None:
        """Cut the word here into word, sign and rest, for `team:ml` typed as one."""
        token = self.token()
        middle, end = token.start + first, token.start + first + sign
        parts = [
            Token(Kind.WORD, token.raw[:first], token.start, middle),
            Token(Kind.SIGN, token.raw[first : first + sign], middle, end),
            Token(Kind.WORD, token.raw[first + sign :], end, token.end),
        ]
        if not sign:
            del parts[1]
        self.tokens = (*self.tokens[: self.at], *parts, *self.tokens[self.at + 1 :])

    def number(self, ahead: int = 0) -> int | None:
        """The whole number that comes next, in digits (`1000`) or as a word (`two`)."""
        word = self.word(ahead)
        if re.fullmatch(r"[0-9]{1,12}", word):
            return int(word)
        return NUMBERS.get(word)

    def dimension(self, ahead: int = 0) -> tuple[str, int] | None:
        """The dimension named next, longest spelling first, and how many tokens it takes."""
        if tag := self._tag(ahead):
            return tag
        for count in (3, 2, 1):
            if self._plain(count, ahead) and (
                name := self.vocabulary.dimension(self.slice(count, ahead))
            ):
                return name, count
        return None

    def unit(self, ahead: int = 0) -> tuple[str, int] | None:
        """The unit named next, longest spelling first, and how many tokens it takes."""
        if self.token(ahead).kind is Kind.QUOTED:
            quoted = self.token(ahead).raw
            return (quoted, 1) if quoted in self.vocabulary.units else None
        for count in (4, 3, 2, 1):
            if name := self.vocabulary.unit(self.slice(count, ahead)):
                return name, count
        return None

    def unread(
        self,
        sentence: str = "",
        *,
        ahead: int = 0,
        count: int = 1,
        instead: tuple[str, ...] = (),
        near: str = "",
    ) -> Unread:
        """An error that marks `count` tokens from here (the end of the text past the last)."""
        first, last = self.token(ahead), self.token(ahead + count - 1)
        if first is _NOTHING:
            missing = sentence or "The question stops before its end."
            return Unread((len(self.text), len(self.text)), missing, instead, near)
        span = (first.start, max(first.end, last.end))
        what = self.text[span[0] : span[1]]
        said = sentence or f"I could not read “{what}”."
        return Unread(span, said, instead, near, is_foreign=not sentence)

    def since(self, start: int, sentence: str, *, instead: tuple[str, ...] = ()) -> Unread:
        """An error that marks everything from token `start` to here."""
        count = max(1, self.at - start)
        return self.unread(sentence, ahead=start - self.at, count=count, instead=instead)

    def _plain(self, count: int, ahead: int) -> bool:
        return all(self.token(ahead + n).kind is Kind.WORD for n in range(count))

    def _tag(self, ahead: int) -> tuple[str, int] | None:
        word, raw = self.word(ahead), self.token(ahead).raw
        prefix, colon, _ = word.partition(":")
        if prefix not in ("tag", "label"):
            return None
        if colon:
            return f"tag:{raw[len(prefix) + 1 :]}", 1
        key = self.token(ahead + 2)
        if self.word(ahead + 1) == ":" and key.kind is not Kind.SIGN:
            return f"tag:{key.raw}", 3
        return None
