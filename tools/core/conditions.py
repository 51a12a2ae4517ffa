"""Conditions as `Filter.text()` writes them, and read back: how scopes are kept and named.

The grammar of questions (`bot/grammar`) reads what people type; this reads only what was written
here, so that a scope that was kept means the same for ever.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from tools.core.errors import InputError
from tools.core.labels import lowered
from tools.core.query import Filter, Op

EVERYTHING = "everything"
_TOKEN = re.compile(r'\s*(?:("(?:\\.|[^"\\])*")|(!=|[=(),])|(\w+(?:[./:@+-]\w+)*:?))', re.DOTALL)
_NOT_READ = "“{text}” is no scope; write conditions like team=ml and env=prod, or everything."


def conditions_text(filters: Iterable[Filter]) -> str:
    """`team=ml and env=prod`; `everything` without conditions."""
    return " and ".join(f.text() for f in filters) or EVERYTHING


def read_conditions(text: str) -> tuple[Filter, ...]:
    """The conditions that a text holds.

    Raises:
        InputError: it holds something else.
    """
    if text.strip().lower() in ("", EVERYTHING):
        return ()
    words = _Words(text)
    found = [_condition(words)]
    while not words.is_over:
        words.need("and")
        found.append(_condition(words))
    return tuple(found)


def plain_scope(filters: Iterable[Filter]) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
    """Conditions for comparing: without order, case and repetition."""
    return tuple(sorted({_plain(f) for f in filters}))


def lies_within(inner: Sequence[Filter], outer: Iterable[Filter]) -> bool:
    """Whether whatever meets `inner` meets `outer`, as far as the conditions themselves tell."""
    return all(any(_implies(i, o) for i in map(_plain, inner)) for o in map(_plain, outer))


def _plain(filter_: Filter) -> tuple[str, str, tuple[str, ...]]:
    values = tuple(sorted({lowered(value) for value in filter_.values}))
    return filter_.dimension.strip().lower(), filter_.op.value, values


def _implies(
    inner: tuple[str, str, tuple[str, ...]], outer: tuple[str, str, tuple[str, ...]]
) -> bool:
    if inner == outer:
        return True
    if inner[0] != outer[0]:
        return False
    mine, theirs = set(inner[2]), set(outer[2])
    match Op(inner[1]), Op(outer[1]):
        case Op.IS, Op.IS:
            return mine <= theirs
        case Op.IS, Op.IS_NOT:
            return not mine & theirs
        case Op.IS_NOT, Op.IS_NOT:
            return theirs <= mine
        case Op.IS, Op.CONTAINS:
            return all(any(part in value for part in theirs) for value in mine)
        case (Op.IS | Op.CONTAINS, Op.PRESENT) | (Op.MISSING, Op.IS_NOT):
            return True
    return False


class _Words:
    """The words of a text, taken one after the other."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._words: list[tuple[str, bool]] = []
        at, end = 0, len(text.rstrip())
        while at < end:
            found = _TOKEN.match(text, at)
            if found is None:
                raise self.trouble()
            quoted, sign, word = found.groups()
            self._words.append((_unquoted(quoted), True) if quoted else (sign or word, False))
            at = found.end()

    @property
    def is_over(self) -> bool:
        return not self._words

    def trouble(self) -> InputError:
        return InputError(_NOT_READ.format(text=" ".join(self._text.split())[:80]))

    def take(self, *words: str) -> bool:
        """Whether these words come next, unquoted; they are stepped over."""
        ahead = [word.lower() for word, is_quoted in self._words[: len(words)] if not is_quoted]
        if ahead != list(words):
            return False
        del self._words[: len(words)]
        return True

    def need(self, word: str) -> None:
        if not self.take(word):
            raise self.trouble()

    def value(self) -> str:
        """A value, quoted or one word."""
        if self.is_over or (not self._words[0][1] and not self._words[0][0][0].isalnum()):
            raise self.trouble()
        word, is_quoted = self._words.pop(0)
        if not is_quoted and word.endswith(":"):
            raise self.trouble()
        return word

    def dimension(self) -> str:
        """A dimension's name, or `tag:` with a key that may be quoted."""
        if not self.is_over and self._words[0] == ("tag:", False):
            del self._words[0]
            if self.is_over or not self._words[0][1]:
                raise self.trouble()
            return f"tag:{self.value()}"
        if self.is_over or self._words[0][1]:
            raise self.trouble()
        return self.value()


def _condition(words: _Words) -> Filter:
    name = words.dimension()
    if words.take("is", "missing"):
        return Filter(name, Op.MISSING)
    if words.take("is", "present"):
        return Filter(name, Op.PRESENT)
    if words.take("contains"):
        return Filter(name, Op.CONTAINS, _listed(words, "or"))
    return _compared(words, name)


def _compared(words: _Words, name: str) -> Filter:
    for sign, op in (("=", Op.IS), ("!=", Op.IS_NOT)):
        if words.take(sign):
            return Filter(name, op, (words.value(),))
    for said, op in ((("in", "("), Op.IS), (("not", "in", "("), Op.IS_NOT)):
        if words.take(*said):
            values = _listed(words, ",")
            words.need(")")
            return Filter(name, op, values)
    raise words.trouble()


def _listed(words: _Words, joint: str) -> tuple[str, ...]:
    values = [words.value()]
    while words.take(joint):
        values.append(words.value())
    return tuple(values)


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL)
