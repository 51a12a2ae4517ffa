"""Conditions: `team=ml`, `env in (prod, dev)`, `owner is missing`, and values named alone."""

from __future__ import annotations

from dataclasses import dataclass

from bot.grammar.cursor import Cursor
from bot.grammar.tokens import Kind
from bot.grammar.unread import Unread
from bot.grammar.values import (
    EQUALS,
    UNEQUAL,
    read_alternatives,
    read_bracketed,
    read_known,
    starts_condition,
)
from tools.core.query import Filter, Op

_MISSING = ("missing", "empty", "null", "none", "unset", "blank", "untagged", "not set")
_PRESENT = ("present", "set", "not missing", "not empty", "not null", "known")
_NO = (
    "without any", "without an", "without a", "without", "with no", "has no", "have no",
    "having no", "missing", "untagged", "no",
)  # fmt: skip
_NOT = (
    "except for", "except", "excluding", "exclude", "excl", "without", "but not", "other than",
    "apart from", "not counting", "not including", "ignoring", "leaving out", "leave out",
    "minus", "everything but", "all but", "not",
)  # fmt: skip
# After a dimension these begin a clause; a value that begins so is written with `=`. Most
# commands are read without a look at the values thanks to it.
_CLAUSES = frozenset(
    {"by", "where", "top", "vs", "and", ",", "?", "last", "this", "daily", "weekly", "monthly"}
)
_JOINTS = (", and", ", or", ",", "and", "or", "&", "vs", "versus")
_SET_AGAINST = ("vs", "versus", "to", "with", "against")
_UNTAGGED = (
    "untagged", "not tagged", "un-tagged", "unallocated", "unattributed", "unassigned",
)  # fmt: skip
_LIGHT = frozenset({"in", "for", "on", "of", "from", "the", "at", "our"})


@dataclass(frozen=True, slots=True)
class Named:
    """A known value met in the question, how many tokens it takes, and what else it may be."""

    dimension: str
    value: str
    count: int
    others: tuple[tuple[str, str], ...] = ()


def read_condition(cursor: Cursor) -> Filter | None:
    """A condition that names its dimension; None if none comes next."""
    found = _shorthand(cursor) or cursor.dimension()
    if found is None:
        return _no_dimension(cursor) or _untagged(cursor)
    start = cursor.at
    dimension, count = found
    cursor.at += count
    condition = _compared(cursor, dimension) or _named_after(cursor, dimension)
    if condition is None:
        cursor.at = start
    return condition


def read_values(cursor: Cursor) -> tuple[Filter, ...]:
    """Known values named alone (`for prod`, `the ml team`, `not openai`); often empty."""
    start = cursor.at
    negated = cursor.take(*_NOT) or _non(cursor)
    cursor.skip(_LIGHT | {"any"} if negated else _LIGHT)
    if cursor.at > start and (condition := read_condition(cursor)):
        return (_negated(cursor, condition, start) if negated else condition,)
    first = named_here(cursor)
    if first is None:
        if negated:
            raise _nothing_negated(cursor, negated)
        cursor.at = start
        return ()
    value = _only(cursor, first)
    _check_whole(cursor, first)
    cursor.at += first.count
    op = Op.IS_NOT if negated else Op.IS
    return (Filter(first.dimension, op, _listed(cursor, first.dimension, value)),)


def named_here(cursor: Cursor) -> Named | None:
    """The longest known value that comes next, with its dimension's name where that is said."""
    if (token := cursor.token()).kind is Kind.QUOTED:
        return _named(cursor, 1, cursor.vocabulary.named_alone(token.raw))
    for count in range(cursor.vocabulary.longest + 1, 0, -1):
        pairs = cursor.vocabulary.named_alone(cursor.slice(count))
        if pairs:
            return _named(cursor, count, pairs)
    return None


def _named(cursor: Cursor, count: int, pairs: tuple[tuple[str, str], ...]) -> Named | None:
    if not pairs:
        return None
    after = cursor.dimension(count)
    text = cursor.slice(count)
    if after and (value := cursor.vocabulary.value(text, after[0])):
        return Named(after[0], value, count + after[1])
    return Named(*pairs[0], count, pairs[1:])


def _only(cursor: Cursor, named: Named) -> str:
    if not named.others:
        return named.value
    pairs = ((named.dimension, named.value), *named.others)
    choices = tuple(Filter(d, Op.IS, (v,)).text() for d, v in pairs)
    what = cursor.slice(named.count)
    raise cursor.unread(
        f"“{what}” can be {' or '.join(choices[:4])}; say which.",
        count=named.count,
        instead=choices,
    )


def _check_whole(cursor: Cursor, named: Named) -> None:
    """“search prod” may be the account search-prod, or team search in env prod."""
    text, names = cursor.slice(named.count), cursor.vocabulary.named_alone
    if text.casefold() == named.value.casefold() or not names(text):
        return
    for count in range(1, named.count):
        one, two = names(cursor.slice(count)), names(cursor.slice(named.count - count, count))
        if one and two and one != two:
            whole = Filter(named.dimension, Op.IS, (named.value,)).text()
            parts = (Filter(d, Op.IS, (v,)).text() for d, v in (one[0], two[0]))
            choices = (whole, f"where {' and '.join(parts)}")
            sentence = f"“{text}” can be {whole} or two names; say which."
            raise cursor.unread(sentence, count=named.count, instead=choices)


def _another(cursor: Cursor, dimension: str) -> str | None:
    """The next value of a list: `prod and staging`, `ml, data`."""
    start = cursor.at
    joint = cursor.take(*(_SET_AGAINST if cursor.comparing else ()), *_JOINTS)
    if not joint:
        return None
    cursor.skip(_LIGHT)
    if (found := cursor.dimension()) and _known_after(cursor, found):
        if found[0] != dimension and joint != "," and not cursor.said("where"):
            cursor.at += found[1] + 1
            raise cursor.since(start, "Must both hold, or either? I could not tell.")
        cursor.at += found[1] if found[0] == dimension else 0
    named = None if starts_condition(cursor) else named_here(cursor)
    pairs = ((named.dimension, named.value), *named.others) if named else ()
    for pair_dimension, value in pairs:
        if named and pair_dimension == dimension:
            cursor.at += named.count
            if joint in _SET_AGAINST:
                cursor.versus.append(dimension)
            return value
    if joint in _SET_AGAINST:
        cursor.at = start
        return None
    if named and joint != ",":
        what = cursor.slice(named.count)
        cursor.at += named.count
        raise cursor.since(
            start, f"“{what}” is no {dimension}: must both hold, or either? I could not tell."
        )
    if joint in (", or", "or"):
        raise cursor.unread(near=f"value:{dimension}")
    cursor.at = start
    return None


def _non(cursor: Cursor) -> str:
    """Steps over the `non` of `non-prod` and `nonprod`, unless that is itself a value."""
    word = cursor.word()
    rest = word.removeprefix("non").lstrip("-")
    names = cursor.vocabulary.named_alone
    if word.startswith("non") and rest and names(rest) and not names(word):
        cursor.split(3, len(word) - 3 - len(rest))
    return cursor.take("non -", "non")


def _negated(cursor: Cursor, condition: Filter, start: int) -> Filter:
    opposite = {Op.IS: Op.IS_NOT, Op.MISSING: Op.PRESENT}.get(condition.op)
    if opposite is None:
        raise cursor.since(start, "I cannot turn that condition round; say it the other way.")
    return Filter(condition.dimension, opposite, condition.values)


def _nothing_negated(cursor: Cursor, negated: str) -> Unread:
    if cursor.done:
        return cursor.unread(ahead=-1)
    what = cursor.slice(1)
    return cursor.unread(
        f"I could not read “{what}” after “{negated}”; name a value, like env!=prod.", near="value"
    )


def _shorthand(cursor: Cursor) -> tuple[str, int] | None:
    """The `team` of `team:ml`, typed as one word; the word is cut in two in place."""
    token = cursor.token()
    head, colon, rest = token.raw.partition(":")
    name = cursor.vocabulary.dimension(head) if colon and token.kind is Kind.WORD else None
    if not name or not rest or cursor.dimension():
        return None
    cursor.split(len(head), 1)
    return name, 1


def _compared(cursor: Cursor, dimension: str) -> Filter | None:
    """The part after the dimension, where there is an operator."""
    if cursor.take("is not one of", "not in", "is not in") and cursor.word() == "(":
        return Filter(dimension, Op.IS_NOT, read_bracketed(cursor, dimension))
    if cursor.word(-1) == "in":
        raise cursor.unread("After “not in” comes a list like (prod, dev).")
    if cursor.word() == "in" and cursor.word(1) == "(":
        cursor.at += 1
        return Filter(dimension, Op.IS, read_bracketed(cursor, dimension))
    if cursor.take("contains", "containing"):
        return Filter(dimension, Op.CONTAINS, read_alternatives(cursor, dimension, known=False))
    if (op := _labelled(cursor)) is not None:
        return Filter(dimension, op)
    if cursor.take(*UNEQUAL):
        return Filter(dimension, Op.IS_NOT, read_alternatives(cursor, dimension))
    if cursor.take(*EQUALS):
        if cursor.word() == "(":
            return Filter(dimension, Op.IS, read_bracketed(cursor, dimension))
        return Filter(dimension, Op.IS, read_alternatives(cursor, dimension))
    return _is(cursor, dimension)


def _labelled(cursor: Cursor) -> Op | None:
    """`team=untagged`: what has no team is labelled so; a value of that name wants quotes."""
    start = cursor.at
    op = Op.PRESENT if cursor.take(*UNEQUAL) else Op.MISSING if cursor.take(*EQUALS) else None
    if op and cursor.token().kind is Kind.WORD and cursor.take("untagged"):
        return op
    cursor.at = start
    return None


def _is(cursor: Cursor, dimension: str) -> Filter | None:
    start = cursor.at
    if not cursor.take("is", "are"):
        return None
    if cursor.take(*_PRESENT):
        return Filter(dimension, Op.PRESENT)
    if cursor.take(*_MISSING):
        return Filter(dimension, Op.MISSING)
    op = Op.IS_NOT if cursor.take("not") else Op.IS
    value = read_known(cursor, dimension)
    if value is None:
        if op is Op.IS_NOT:
            raise cursor.unread(near=f"value:{dimension}")
        cursor.at = start
        return None
    return Filter(dimension, op, _listed(cursor, dimension, value))


def _named_after(cursor: Cursor, dimension: str) -> Filter | None:
    """`team ml`: a known value right after its dimension."""
    if cursor.done or cursor.word() in _CLAUSES:
        return None
    value = read_known(cursor, dimension)
    if value is None:
        return None
    return Filter(dimension, Op.IS, _listed(cursor, dimension, value))


def _listed(cursor: Cursor, dimension: str, value: str) -> tuple[str, ...]:
    """A known value and those that are joined to it."""
    values = [value]
    while another := _another(cursor, dimension):
        values.append(another)
    return tuple(values)


def _no_dimension(cursor: Cursor) -> Filter | None:
    """`without team`, `has no owner`, `untagged team`."""
    start = cursor.at
    if not cursor.take(*_NO):
        return None
    found = cursor.dimension()
    if found is None or cursor.word(found[1]) in (*EQUALS, *UNEQUAL):
        cursor.at = start
        return None
    if _known_after(cursor, found):
        cursor.at = start
        return None
    if cursor.word(-1) == "untagged" and _is_column(cursor, found[0]):
        cursor.at = start
        return None
    cursor.at += found[1]
    return Filter(found[0], Op.MISSING)


def _is_column(cursor: Cursor, dimension: str) -> bool:
    """`untagged resources` are not spend without a resource: bill columns carry no tag."""
    return dimension not in cursor.vocabulary.configured and not dimension.startswith("tag:")


def _known_after(cursor: Cursor, found: tuple[str, int]) -> bool:
    """`without team ml` means every team but ml, not spend that has no team."""
    start = cursor.at
    cursor.at += found[1]
    known = read_known(cursor, found[0]) is not None
    cursor.at = start
    return known


def _untagged(cursor: Cursor) -> Filter | None:
    """`untagged` alone: no team, the first question of showback; else it must be said."""
    start = cursor.at
    if not cursor.take(*_UNTAGGED):
        return None
    end, cursor.at = cursor.at, start
    if "team" not in cursor.vocabulary.dimensions:
        names = cursor.vocabulary.configured[:3]
        raise cursor.unread(
            f"{cursor.slice(1).capitalize()} in which dimension?",
            instead=tuple(f"{name} is missing" for name in names),
        )
    cursor.at = end
    return Filter("team", Op.MISSING)
