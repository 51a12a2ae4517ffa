"""The values of a condition: quoted, known, in brackets, or joined by `or`."""

from __future__ import annotations

from bot.grammar.cursor import Cursor
from bot.grammar.tokens import Kind

EQUALS = ("=", "==", ":", "equals")
UNEQUAL = ("!=", "<>", "≠")
# As values, these are quoted.
_RESERVED = frozenset({"and", "or", "by", "where", "top", "vs", "in", "not", "is", "per"})
# A value typed without quotes may not run into the clauses that can follow it.
_ENDS_VALUE = frozenset({"top", "vs", "versus", "where"})


def read_alternatives(cursor: Cursor, dimension: str, *, known: bool = True) -> tuple[str, ...]:
    """One value, or several: `ml,data`, `ml or data`."""
    values = [_value(cursor, dimension, known=known)]
    while True:
        start = cursor.at
        tight = cursor.word() == "," and not cursor.gap() and not cursor.gap(1)
        joint = cursor.take(", or", ",", "or", "|")
        if not joint:
            return tuple(values)
        if _takes_value(cursor, dimension, sure=tight or joint in ("or", "|"), known=known):
            values.append(_value(cursor, dimension, known=known))
            continue
        if joint != ",":
            return (*values, _repeated(cursor, dimension))
        cursor.at = start
        return tuple(values)


def read_bracketed(cursor: Cursor, dimension: str) -> tuple[str, ...]:
    """The values of `(prod, dev)`; the cursor stands at the opening bracket."""
    opened = cursor.at
    cursor.at += 1
    values: list[str] = []
    while not cursor.take(")"):
        if cursor.done:
            raise cursor.since(opened, "The bracket that opens here is never closed.")
        values.append(_bracketed(cursor, dimension))
        if (
            not cursor.done
            and cursor.word() != ")"
            and not cursor.take(", or", ",", "or", "|", ";", "and")
        ):
            raise cursor.unread("Between values in brackets comes a comma.", instead=(", ",))
    if not values:
        raise cursor.since(opened, "There is no value in the brackets.")
    return tuple(values)


def read_known(cursor: Cursor, dimension: str) -> str | None:
    """The longest known value of the dimension that comes next."""
    if (token := cursor.token()).kind is Kind.QUOTED:
        value = cursor.vocabulary.value(token.raw, dimension)
        cursor.at += value is not None
        return value
    for count in range(cursor.vocabulary.longest, 0, -1):
        value = cursor.vocabulary.value(cursor.slice(count), dimension)
        if value is not None and not _runs_on(cursor, count):
            text = cursor.slice(count)
            cursor.at += count
            return text if text.casefold() == value.casefold() else value
    return None


def starts_condition(cursor: Cursor) -> bool:
    """True before a dimension with an operator, so that its name is no value."""
    found = cursor.dimension()
    return found is not None and cursor.word(found[1]) in (*EQUALS, *UNEQUAL, "contains")


def _bracketed(cursor: Cursor, dimension: str) -> str:
    """One value of a list; unquoted it may hold spaces, for a comma or bracket ends it."""
    if cursor.token().kind is Kind.QUOTED:
        return _value(cursor, dimension)
    count = 0
    while not cursor.ends(count) and cursor.word(count) not in (",", ")", "|", ";", "or"):
        count += 1
    if count == 0:
        raise cursor.unread("A value is missing here.")
    text = cursor.slice(count)
    value = _spelled(cursor, text, dimension)
    if value is text and any(cursor.word(n) == "and" for n in range(count)):
        raise cursor.unread("Between values in brackets comes a comma.", count=count)
    cursor.at += count
    return value


def _repeated(cursor: Cursor, dimension: str) -> str:
    """The second half of `team=ml or team=data`."""
    found = cursor.dimension()
    if found and found[0] == dimension and cursor.word(found[1]) in EQUALS:
        cursor.at += found[1] + 1
        return _value(cursor, dimension)
    raise cursor.unread(
        "“or” joins values of one dimension; two dimensions can only be joined by “and”."
    )


def _takes_value(cursor: Cursor, dimension: str, *, sure: bool, known: bool) -> bool:
    if cursor.token().kind is Kind.QUOTED:
        return True
    if starts_condition(cursor):
        return False
    if sure and not cursor.done:
        return True
    start = cursor.at
    is_known = known and read_known(cursor, dimension) is not None
    cursor.at = start
    return is_known


def _value(cursor: Cursor, dimension: str, *, known: bool = True) -> str:
    """A value: quoted, or the longest known one, or what is typed without a space."""
    token = cursor.token()
    if token.kind is Kind.QUOTED:
        cursor.at += 1
        return token.raw
    value = read_known(cursor, dimension) if known else None
    if value is not None:
        return value
    count = cursor.run()
    if not count or (count == 1 and token.word in _RESERVED):
        raise cursor.unread(f"A value for {dimension} is missing here.", near=f"value:{dimension}")
    text = cursor.slice(count)
    cursor.at += count
    return text


def _runs_on(cursor: Cursor, count: int) -> bool:
    """True if that many tokens swallow a clause of their own, or cut a run of signs short."""
    inside = any(cursor.word(n) in _ENDS_VALUE for n in range(1, count))
    after = cursor.word(count) in (*EQUALS, *UNEQUAL, "contains", "is", "in")
    cut = not cursor.ends(count) and not cursor.gap(count) and cursor.token(count).kind is Kind.WORD
    return (count > 1 and (inside or after)) or cut


def _spelled(cursor: Cursor, text: str, dimension: str) -> str:
    """The known spelling, unless the text is it but for case."""
    value = cursor.vocabulary.value(text, dimension)
    return text if value is None or value.casefold() == text.casefold() else value
