"""From what could not be read to the nearest questions that can be."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator

from bot.conversation import Reading
from bot.grammar.clauses import GRAMMAR, read_all
from bot.grammar.cursor import Cursor
from bot.grammar.dates import MONTHS, WEEKDAYS
from bot.grammar.names import ONLY_WITH_DIMENSION, SECOND_CHOICE
from bot.grammar.unread import Unread
from bot.grammar.vocabulary import Vocabulary
from bot.grammar.words import FILLERS, PREPOSITIONS
from tools.core.errors import NotUnderstoodError
from tools.core.query import Filter, Op, Query

Asked = Query | Reading
Attempt = Callable[[str, Vocabulary], Asked]

NOTHING = "nothing"  # for a word whose meaning is known and out of reach: no spelling is near
_MOST = 3
_SHORTEST = 3  # letters a word needs before another can be said to be near it
_DAYS = re.compile(r"([1-9]\d{0,2})[a-z]{1,4}\Z")  # `7f` is `7d`, more likely than not
_EMPTY = (Query(), Reading(Query()))
_CUTS = 6  # how many pieces may be cut from a question before it is no longer the same one
_FALLBACKS = ("last 30d by service", "last month by team vs previous", "this month by provider")
_PERIOD_WORDS = (
    "today", "yesterday", "last", "this", "day", "days", "week", "weeks", "month", "months",
    "quarter", "year", "since", *MONTHS, *WEEKDAYS,
)  # fmt: skip
_KEYWORDS = (
    *_PERIOD_WORDS, "by", "where", "top", "vs", "and", "daily", "weekly", "monthly", "hourly",
    "billed", "effective", "contracted", "quantity", "cost", "spend", "contains", "missing",
    "untagged", "without", "previous", "compared", "all time", "mtd", "ytd", "per",
)  # fmt: skip
# Cut away, these leave the opposite of what was asked.
_NEGATING = frozenset(
    [
        "not",
        "no",
        "other",
        "than",
        "but",
        "except",
        "without",
        "excluding",
        "non",
        "neither",
        "nor",
        "never",
        "before",
        "after",
        "until",
        "drop",
        "remove",
        "minus",
        "hide",
        "ignore",
        "less",
    ]
)
_PASSED_OVER = PREPOSITIONS | {"by", "and", "or", *(w for f in FILLERS for w in f.split())}
_COSTS = ("cost", "costs", "spend", "spends", "spent", "spending", "pay", "paid", "bill", "bills")
# Words of the trade that the grammar says otherwise.
_OTHERWISE = {
    "usage": ("quantity", "charge=Usage"),
    "consumption": ("quantity",),
    "trends": ("daily",),
    "history": ("monthly",),
    "spot": ("pricing=Dynamic",),
    "preemptible": ("pricing=Dynamic",),
    "reserved": ("pricing=Committed",),
    "committed": ("pricing=Committed",),
    "ondemand": ("pricing=Standard",),
    "on-demand": ("pricing=Standard",),
    "unblended": ("billed",),
    "invoice": ("billed",),
    "invoices": ("billed",),
    "net": ("effective", "billed"),
    "retail": ("list",),
    "quarterly": ("monthly",),
    "yearly": ("monthly",),
    "breakdown": ("by service", "by team"),
    "gpu": ("gpu-hours", "cost per gpu-hours"),
    "gpus": ("gpu-hours", "cost per gpu-hours"),
    "recently": ("last 7d",),
    "average": ("daily",),
    "avg": ("daily",),
    "change": ("vs previous",),
    "changed": ("vs previous",),
    "growth": ("vs previous",),
    "over": ("daily",),
    "who": ("by team", "by owner"),
    **dict.fromkeys(("that", "this", "it", "them", "those", "others", "rest", "yes", "ok"), ()),
    "ai": ('category="AI and Machine Learning"',),
}


def not_understood(
    unread: Unread, text: str, vocabulary: Vocabulary, *, attempt: Attempt | None
) -> NotUnderstoodError:
    """The error for a person, with up to three questions that can be read instead.

    Args:
        unread: what stopped the reading.
        text: the question as it came.
        vocabulary: what may be asked.
        attempt: reads a text, as the reading that failed did; None for no suggestions.
    """
    found: dict[str, None] = dict.fromkeys(unread.lines)
    is_near = True
    if attempt and not found:
        for candidate, most in _candidates(unread, text, vocabulary):
            if asked := _without_the_rest(candidate, vocabulary, attempt, most=most):
                found[asked.text()] = None
            if len(found) == _MOST:
                break
        if not (is_near := bool(found)):
            readable = (_without_the_rest(line, vocabulary, _plainly) for line in _FALLBACKS)
            found = {asked.text(): None for asked in readable if asked}
    return NotUnderstoodError(
        unread.sentence,
        text=text,
        span=unread.span,
        suggestions=tuple(found),
        is_foreign=unread.is_foreign,
        is_near=is_near,
    )


def _plainly(text: str, vocabulary: Vocabulary) -> Query:
    return read_all(Cursor(text, vocabulary), GRAMMAR)


def _candidates(unread: Unread, text: str, vocabulary: Vocabulary) -> Iterator[tuple[str, int]]:
    """Other questions, and how many telling words each may lose and still be near.

    More has to be kept than lost; a word of cost counts twice, and one spelled nearly so.
    """
    before, after = text[: unread.span[0]], text[unread.span[1] :]
    word = text[slice(*unread.span)].lower()
    rest = f"{before} {after}".lower()
    kept = _telling(rest) + any(cost in rest.split() for cost in _COSTS)
    for instead in (*unread.instead, *_near(unread, word, vocabulary)):
        yield f"{before} {instead} {after}", (kept + 1) // 2
    for instead in _OTHERWISE.get(word, ()):
        yield f"{before} {instead} {after}", kept // 2
    if not _NEGATING & set(word.split()):
        yield f"{before} {after}", (kept - _telling(word) - 1) // 2


def _telling(text: str) -> int:
    """How many words say what a question is about."""
    return sum(word not in _PASSED_OVER for word in re.findall(r"\w+", text.lower()))


def _near(unread: Unread, word: str, vocabulary: Vocabulary) -> Iterator[str]:
    """Spellings near to what was typed, as they would stand in its place."""
    if days := _DAYS.match(word):
        yield f"{days[1]}d"
    if unread.near == NOTHING or word in _OTHERWISE:
        return
    exact = vocabulary.dimension(word)
    if exact and not unread.near:
        yield f"by {exact}"
    if not unread.near:
        yield from _holding(word, vocabulary)
    pool = _pool(unread.near, vocabulary) if len(word) >= _SHORTEST else {}
    for spelling in difflib.get_close_matches(word, pool, n=_MOST, cutoff=0.7):
        yield pool[spelling]
    if unread.near == "dimension" and not exact:
        yield from ("service", "team")


def _holding(word: str, vocabulary: Vocabulary) -> Iterator[str]:
    """Conditions on values that hold the word: `model contains claude`."""
    if len(word) < _SHORTEST or not word.isalnum():
        return
    for dimension, known in vocabulary.values.items():
        if dimension in ONLY_WITH_DIMENSION | SECOND_CHOICE:
            continue
        held = [v for v in known if re.search(rf"(?<!\w){word}(?!\w)", v, re.IGNORECASE)]
        if len(held) == 1:
            yield Filter(dimension, Op.IS, (held[0],)).text()
        elif held:
            yield Filter(dimension, Op.CONTAINS, (word,)).text()


def _pool(near: str, vocabulary: Vocabulary) -> dict[str, str]:
    """Spelling, lower case → the text that stands for it."""
    kind, _, dimension = near.partition(":")
    if kind == "dimension":
        return dict(vocabulary.dimension_spellings)
    if kind == "unit":
        return {unit.lower(): unit for unit in vocabulary.units}
    if kind == "period":
        return {word: word for word in _PERIOD_WORDS}
    if kind == "value" and dimension:
        return {v.lower(): _quoted(dimension, v) for v in vocabulary.values.get(dimension, ())}
    known = sorted(vocabulary.values, key=lambda d: d not in ONLY_WITH_DIMENSION | SECOND_CHOICE)
    values = {
        v.lower(): Filter(d, Op.IS, (v,)).text()
        for d in known
        if d in vocabulary.dimensions
        for v in vocabulary.values[d]
    }
    dimensions = {s: f"by {name}" for s, name in vocabulary.dimension_spellings.items()}
    units = {unit.lower(): unit for unit in vocabulary.units}
    return values | units | dimensions | {word: word for word in _KEYWORDS}


def _quoted(dimension: str, value: str) -> str:
    return Filter(dimension, Op.IS, (value,)).text().removeprefix(f"{dimension}=")


def _without_the_rest(
    text: str, vocabulary: Vocabulary, attempt: Attempt, *, most: int = _CUTS
) -> Asked | None:
    """What `text` asks once everything that still cannot be read is cut from it.

    None where more than `most` telling words would have to go.
    """
    for _ in range(_CUTS):
        try:
            asked = attempt(text, vocabulary)
        except Unread as unread:
            start, end = unread.span
            most -= _telling(text[start:end])
            if start >= end or most < 0 or _NEGATING & set(text[start:end].lower().split()):
                return None
            text = f"{text[:start]} {text[end:]}"
        else:
            return None if most < 0 or asked in _EMPTY else asked
    return None
