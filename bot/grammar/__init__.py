"""One strict grammar for questions about costs, shared by Slack, the terminal and plain words.

It returns a `Query` and nothing else. Every word must be read: what is not understood is marked
and answered with the nearest questions that can be read; nothing is guessed.
"""

from __future__ import annotations

from bot.conversation import Reading
from bot.grammar.clauses import GRAMMAR, read_all
from bot.grammar.cursor import Cursor
from bot.grammar.filters import read_condition
from bot.grammar.reasons import explained, read_why_line
from bot.grammar.suggestions import not_understood
from bot.grammar.unread import Unread
from bot.grammar.vocabulary import LazyValues, Vocabulary
from tools.core.query import Filter, Query

__all__ = ["LazyValues", "Vocabulary", "read", "read_filters", "read_reading"]


def read(text: str, vocabulary: Vocabulary) -> Query:
    """The query that one line of the grammar asks; for every query, `read(q.text()) == q`.

    Clauses come in any order, and case does not matter; an empty text asks for this month.

    Raises:
        NotUnderstoodError: some of it has no reading, or more than one.
    """
    try:
        return _read(text, vocabulary)
    except Unread as unread:
        raise not_understood(unread, text, vocabulary, attempt=_read) from None


def read_reading(text: str, vocabulary: Vocabulary) -> Reading:
    """What one line of the grammar asks, `why …` included; `read_reading(r.text()) == r`.

    Raises:
        NotUnderstoodError: some of it has no reading, or more than one.
    """
    try:
        return _read_reading(text, vocabulary)
    except Unread as unread:
        raise not_understood(unread, text, vocabulary, attempt=_read_reading) from None


def read_filters(text: str, vocabulary: Vocabulary) -> tuple[Filter, ...]:
    """Conditions joined by `and`, as after `where`; none for an empty text.

    Raises:
        NotUnderstoodError: it is anything else.
    """
    try:
        return _read_filters(text, vocabulary)
    except Unread as unread:
        raise not_understood(unread, text, vocabulary, attempt=None) from None


def _read(text: str, vocabulary: Vocabulary) -> Query:
    return read_all(Cursor(text, vocabulary), GRAMMAR)


def _read_reading(text: str, vocabulary: Vocabulary) -> Reading:
    cursor = Cursor(text, vocabulary)
    if draft := read_why_line(cursor):
        return explained(draft.query(text))
    return Reading(read_all(cursor, GRAMMAR))


def _read_filters(text: str, vocabulary: Vocabulary) -> tuple[Filter, ...]:
    cursor = Cursor(text, vocabulary)
    found: list[Filter] = []
    more = bool(cursor.take("where")) or not cursor.done
    while more:
        condition = read_condition(cursor)
        if condition is None:
            sentence = f"I could not read “{cursor.slice(1)}” as a condition, like team=ml."
            raise cursor.unread(sentence, near="dimension")
        found.append(condition)
        more = bool(cursor.take("and", ","))
    if not cursor.done:
        raise cursor.unread()
    return tuple(found)
