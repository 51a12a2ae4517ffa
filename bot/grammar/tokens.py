"""Cuts a question into words, quoted text and signs, each with its place in the text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

from bot.grammar.unread import Unread


class Kind(Enum):
    """What a token is."""

    WORD = "word"
    QUOTED = "quoted"
    SIGN = "sign"


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the question.

    Args:
        kind: word, quoted text or sign.
        raw: as typed; for quoted text, without quotes and escapes.
        start: where it begins in the text, the opening quote included.
        end: where it ends, half-open.
        word: lower case for words and signs, empty for quoted text, which is never a keyword.
    """

    kind: Kind
    raw: str
    start: int
    end: int
    word: str = field(init=False)

    def __post_init__(self) -> None:
        word = "" if self.kind is Kind.QUOTED else self.raw.lower()
        object.__setattr__(self, "word", word)


# Slack and phones turn straight quotes into curly ones, and hyphens into dashes.
_QUOTED = re.compile(
    r'(?:"((?:[^"\\]|\\.)*)"|[“„”]((?:[^“”\\]|\\.)*)[“”]|‘([^‘’]*)’|\'((?:[^\'\\]|\\.)*)\'(?!\w))',
    re.DOTALL,
)
_WORD = re.compile(r"\w+(?:(?:\.(?!\.)|[/:@+-])+\w+)*")
_CONTRACTED = re.compile(r"['’](?:s|ve|re|d|ll|m|t)?(?!\w)", re.IGNORECASE)
_SIGN = re.compile(r"!=|<>|==|≠|\.\.+|…|.", re.DOTALL)
_SPACE = re.compile(r"\s+")


def tokenize(text: str) -> tuple[Token, ...]:
    """The tokens in order.

    Raises:
        Unread: a quote is opened and never closed.
    """
    return tuple(_tokens(text))


def _tokens(text: str) -> Iterator[Token]:
    at, after_word = 0, False
    while at < len(text):
        if space := _SPACE.match(text, at):
            at, after_word = space.end(), False
            continue
        token = _token(text, at, after_word)
        yield token
        at, after_word = token.end, token.kind is Kind.WORD


def _token(text: str, at: int, after_word: bool) -> Token:
    if after_word and (tail := _CONTRACTED.match(text, at)):
        return Token(Kind.SIGN, tail[0].replace("’", "'"), at, tail.end())
    if quoted := _QUOTED.match(text, at):
        inner = next(group for group in quoted.groups() if group is not None)
        return Token(Kind.QUOTED, re.sub(r"\\(.)", r"\1", inner, flags=re.S), at, quoted.end())
    if text[at] in "\"“„”‘'":
        raise Unread((at, len(text)), "The quote that opens here is never closed.")
    if word := _WORD.match(text, at):
        return Token(Kind.WORD, word[0], at, word.end())
    sign = _SIGN.match(text, at)
    end = sign.end() if sign else at + 1
    return Token(Kind.SIGN, text[at:end], at, end)
