"""Questions in plain English, of a closed set, read as strictly as the grammar.

A question is answered only when every word of it was read. The words that may be passed over
are listed here, and none of them can change what is asked; everything else that is not read
makes Purser say so, and offer the nearest questions that it can answer.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from bot.conversation import Reading
from bot.grammar import Vocabulary, reasons
from bot.grammar.clauses import (
    GRAMMAR,
    Clause,
    compared,
    conditions,
    cost_kind,
    grain,
    grouped,
    joint,
    money,
    period,
    quantity,
    read_draft,
    top,
    values,
)
from bot.grammar.compare import read_compared
from bot.grammar.cursor import Cursor
from bot.grammar.draft import Draft
from bot.grammar.filters import Named, named_here
from bot.grammar.moves import check_moved, moved, than
from bot.grammar.periods import is_counted
from bot.grammar.pointers import SHOWN, SHOWN_AS
from bot.grammar.ranks import biggest, by_cost
from bot.grammar.sense import check_sense
from bot.grammar.suggestions import NOTHING, Attempt, not_understood
from bot.grammar.tokens import Kind
from bot.grammar.unread import Unread
from bot.grammar.words import CANNOT, DOUBTFUL, FILLERS, NOUNS, PREPOSITIONS, SIGNS, THANKS
from tools.core.errors import NotUnderstoodError
from tools.core.query import Filter, Op, Query

# What help shows: an example, and what its answer is.
EXAMPLES: tuple[tuple[str, str], ...] = (
    ("how much did we spend last month?", "last month's effective cost"),
    ("which teams spend the most this month?", "every team, the largest first"),
    ("top 5 services last week", "the five largest services, and the rest as one line"),
    ("last 30d by team daily", "one line a team, day by day"),
    ("this month by service vs last month", "the same days of both months, side by side"),
    ("how much of our spend has no team?", "what nobody is named for"),
    ("what do we pay per million tokens by model?", "dollars per million tokens"),
    ("gpu hours by team last month", "how many GPU-hours each team used"),
    ("2026-09 by provider billed", "September as the invoices have it"),
    ("by service where env=prod top 10", "production only, the ten largest services"),
)

_MONEY_WORDS = (
    "cost us", "costs us", "costing us", "charge us", "charged us", "bill us",
    "spends", "spent", "pay", "paid", "paying", "bill", "bills", "charges", "charged", "charge",
    "expense", "expenses", "expenditure", "money", "burn", "burned", "burnt", "costing",
)  # fmt: skip
_SPEND_VERBS = ("spend", "spends", "spent", "spending", "burn", "burns", "burned", "burnt")
_USE_VERBS = ("use", "used", "using", "consume", "consumed", "consuming", "process", "processed")


@dataclass(frozen=True, slots=True)
class Heard:
    """A question as it was read, and which parts of it were said.

    Args:
        reading: what it asks.
        said: its parts; what is not among them was left to the defaults.
    """

    reading: Reading
    said: Draft


def hear(text: str, vocabulary: Vocabulary) -> Heard:
    """What a plain English question asks, “why …” included; the grammar's own lines are read too.

    Raises:
        NotUnderstoodError: a word has no reading, or more than one, or it asks for what
            no query can answer (how it will go on, what to do).
    """
    try:
        return _hear(text, vocabulary)
    except Unread as unread:
        attempt: Attempt = lambda line, words: _hear(line, words).reading  # noqa: E731
        raise refused(unread, text, vocabulary, attempt=attempt) from None


def read_words(text: str, vocabulary: Vocabulary) -> Query:
    """The query that a plain English question asks; it reads the grammar's own lines too.

    Raises:
        NotUnderstoodError: a word has no reading, or more than one, or it asks for what
            no query can answer (why, how it will go on, what to do).
    """
    try:
        return _read(text, vocabulary)
    except Unread as unread:
        raise refused(unread, text, vocabulary, attempt=_read) from None


def refused(
    unread: Unread, text: str, vocabulary: Vocabulary, *, attempt: Attempt
) -> NotUnderstoodError:
    """The error for a person; a word whose meaning is known and out of reach is told as such."""
    marked = text[slice(*unread.span)]
    if why := CANNOT.get(marked.lower()):
        unread.sentence = f"I could not read “{marked}”: {why}"
        unread.near, unread.is_foreign = NOTHING, False
    return not_understood(unread, text, vocabulary, attempt=attempt)


def nearest(text: str, vocabulary: Vocabulary) -> tuple[str, ...]:
    """The questions nearest to `text` that can be answered, each a line of the grammar."""
    try:
        return (read_words(text, vocabulary).text(),)
    except NotUnderstoodError as error:
        return error.suggestions


def examples(vocabulary: Vocabulary) -> tuple[tuple[str, str], ...]:
    """Those of `EXAMPLES` that can be asked here: no tokens without a token bill."""
    return tuple(pair for pair in EXAMPLES if _reads(pair[0], vocabulary))


def _reads(text: str, vocabulary: Vocabulary) -> bool:
    try:
        return bool(read_words(text, vocabulary))
    except NotUnderstoodError:
        return False


def _read(text: str, vocabulary: Vocabulary) -> Query:
    return _draft(text, vocabulary).query(text)


def _draft(text: str, vocabulary: Vocabulary) -> Draft:
    """As a line just as the grammar writes it, which is no English; else word by word."""
    with suppress(Unread):
        draft = read_draft(Cursor(text, vocabulary), GRAMMAR)
        if draft.query(text).text() == text.strip():
            return draft
    return read_draft(Cursor(text, vocabulary), PHRASES, check=_check)


def _check(cursor: Cursor, draft: Draft) -> None:
    check_moved(cursor, draft)
    check_sense(cursor, draft)


def _hear(text: str, vocabulary: Vocabulary) -> Heard:
    if not reasons.asks_why(Cursor(text, vocabulary)):
        draft = _draft(text, vocabulary)
        return Heard(Reading(draft.query(text)), draft)
    draft = _why_line(text, vocabulary) or read_draft(
        Cursor(text, vocabulary), WHY_PHRASES, check=_check_why
    )
    return Heard(reasons.explained(draft.query(text)), draft)


def _why_line(text: str, vocabulary: Vocabulary) -> Draft | None:
    """`why yesterday`; in words, “why openai?” may ask for anything."""
    with suppress(Unread):
        draft = reasons.read_why_line(Cursor(text, vocabulary))
        if draft and (draft.period or draft.compared or draft.groups or "filter" in draft.said):
            return draft
    return None


def _check_why(cursor: Cursor, draft: Draft) -> None:
    reasons.check_explained(draft, cursor.text)
    check_sense(cursor, draft)
    reasons.check_change(draft)


def sure(clause: Clause) -> Clause:
    """The clause, unless its words could also be a known name: a team called “Daily”."""

    def guarded(cursor: Cursor, draft: Draft) -> bool:
        start = cursor.at
        if not clause(cursor, draft):
            return False
        end, cursor.at = cursor.at, start
        named = named_here(cursor)
        if named:
            raise cursor.unread(
                f"“{cursor.slice(named.count)}” is also a {named.dimension}; say which you mean.",
                count=named.count,
                instead=(Filter(named.dimension, Op.IS, (named.value,)).text(), ""),
            )
        cursor.at = end
        return True

    return guarded


def _named_values(cursor: Cursor, draft: Draft) -> bool:
    """Values named alone, unless the name is an everyday word: “what is our budget?”."""
    start = cursor.at
    if not values(cursor, draft):
        return False
    end = cursor.at
    for cursor.at in range(start, end):
        if cursor.dimension():
            break
        token = cursor.token()
        everyday = token.word in DOUBTFUL and token.raw == token.word
        named = named_here(cursor) if everyday else None
        if named and _is_settled(cursor, draft, named, token.word):
            continue
        if named and named.count == 1 and token.kind is Kind.WORD:
            choice = (Filter(named.dimension, Op.IS, (named.value,)).text(),)
            raise cursor.unread(
                f"“{token.raw}” is a name here and an everyday word; say which you mean.",
                instead=choice,
            )
    cursor.at = end
    return True


def _is_settled(cursor: Cursor, draft: Draft, named: Named, word: str) -> bool:
    """“Search and data”, and “data” where the thread is about teams, name the team."""
    mine = [f for f in draft.filters if f.dimension == named.dimension]
    is_listed = any(v.casefold() not in DOUBTFUL for f in mine for v in f.values)
    return word in NOUNS and (is_listed or named.dimension in cursor.about)


def _which(cursor: Cursor, draft: Draft) -> bool:
    """`which teams`, `what services`: by that dimension."""
    start = cursor.at
    if not cursor.take("which of our", "which", "what"):
        return False
    found = cursor.dimension()
    if found is None or conditions(cursor, Draft()):
        cursor.at = start
        return False
    cursor.at += found[1]
    draft.group(found[0])
    return draft.note("which", cursor=cursor, start=start)


def _how_many(cursor: Cursor, draft: Draft) -> bool:
    """`how many tokens`: a count, so that `spend` after it is no cost."""
    start = cursor.at
    if not cursor.take("how many"):
        return False
    if not quantity(cursor, draft):
        raise cursor.unread(f"I can count consumed units, not “{cursor.slice(1)}”.", near="unit")
    return draft.note("count", cursor=cursor, start=start)


def _compare(cursor: Cursor, draft: Draft) -> bool:
    """`compare september to august`; what it compares may come in any clause after it."""
    start = cursor.at
    if not cursor.take("compare", "comparing"):
        return False
    cursor.comparing = True
    return draft.note("compare", cursor=cursor, start=start)


def _compared_with(cursor: Cursor, draft: Draft) -> bool:
    """The `to august` of `compare september to august`."""
    if not cursor.comparing or draft.compared or not draft.period:
        return False
    start = cursor.at
    if not cursor.take("to", "with", "and", "against"):
        return False
    draft.put("compared", read_compared(cursor), cursor=cursor, start=start)
    return True


def _cost_kind(cursor: Cursor, draft: Draft) -> bool:
    """Kinds of cost; `list` is one only next to a noun, for it may be a verb."""
    verb = cursor.word() == "list" and (
        cursor.word(1) not in ("price", "prices", "cost", "costs") or cursor.at == 0
    )
    if verb and cursor.word(1) not in ("price", "prices"):
        raise cursor.unread(
            "“list” can be list cost or “show me”; say which.", instead=("", "list price")
        )
    start = cursor.at
    is_price = cursor.word(1) in ("price", "prices")
    return cost_kind(cursor, draft) and (
        not is_price or draft.note("price", cursor=cursor, start=start)
    )


def _money(cursor: Cursor, draft: Draft) -> bool:
    """The nouns and verbs of spending; with a count (`how many tokens`) they add nothing."""
    start = cursor.at
    if "count" in draft.said and cursor.take(*_SPEND_VERBS):
        return True
    if cursor.take("price", "prices"):
        return draft.note("price", cursor=cursor, start=start)
    if cursor.take(*_MONEY_WORDS):
        return draft.note("money", cursor=cursor, start=start)
    return money(cursor, draft)


def _needs_company(cursor: Cursor, draft: Draft) -> bool:
    """Words that mean something only beside another part; `check_sense` sees to it."""
    start = cursor.at
    for what, words in (
        ("use", _USE_VERBS),
        ("most", ("the most", "most")),
        ("only", ("only", "just")),
        ("so far", ("so far",)),
        ("now", ("right now", "currently", "at the moment", "these days", "current")),
    ):
        if cursor.word(1) != "expensive" and cursor.word(2) != "expensive" and cursor.take(*words):
            return draft.note(what, cursor=cursor, start=start)
    return False


def _shown(cursor: Cursor, draft: Draft) -> bool:
    """`as a chart`, `as csv`."""
    start = cursor.at
    found = cursor.take(*SHOWN_AS)
    return bool(found) and draft.put("shows", SHOWN[found], cursor=cursor, start=start)


def _filler(cursor: Cursor, draft: Draft) -> bool:
    """Words that carry no meaning of their own."""
    start = cursor.at
    if cursor.take(*FILLERS):
        return True
    if start and all(token.word in THANKS for token in cursor.tokens[start:]):
        cursor.at = len(cursor.tokens)
        return True
    if cursor.word() in SIGNS and start > 0:
        cursor.at += 1
        return True
    return cursor.word() in PREPOSITIONS and _preposition(cursor, draft)


def _preposition(cursor: Cursor, draft: Draft) -> bool:
    """“in 7 days” lies ahead; “what do we spend money on?” asks for groups without naming any."""
    cursor.at += 1
    said = cursor.word(-1)
    if said == "in" and is_counted(cursor):
        raise cursor.unread("I cannot look ahead yet.", ahead=-1, count=3)
    if (cursor.done or cursor.word() == "?") and not draft.groups:
        raise cursor.unread(f"“{said}” what? Name it.", ahead=-1, instead=("by service",))
    return True


PHRASES: tuple[Clause, ...] = (
    _compare,
    _compared_with,
    joint,
    sure(compared),
    sure(period),
    _which,
    sure(top),
    biggest,
    by_cost,
    grouped,
    sure(grain),
    conditions,
    _how_many,
    _cost_kind,
    quantity,
    _named_values,
    than,
    sure(moved),
    sure(_needs_company),
    _shown,
    sure(_filler),
    sure(_money),
)

WHY_PHRASES: tuple[Clause, ...] = (
    reasons.than,
    reasons.since,
    reasons.between,
    sure(reasons.lead),
    sure(reasons.changed),
    *PHRASES,
)
