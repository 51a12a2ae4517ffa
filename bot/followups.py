"""Follow-ups, read against the thread's last question: “and by model?”, “only prod”, “why?”.

As strict as the phrasebook: every word is read, or nothing is answered. What a text changes is
read here; what comes of it is decided in `bot/grammar/amend.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.conversation import Reading, Shown
from bot.grammar import Vocabulary, reasons
from bot.grammar.amend import amended, before_that
from bot.grammar.clauses import Clause, read_draft
from bot.grammar.compare import read_compared
from bot.grammar.cursor import Cursor
from bot.grammar.draft import Draft
from bot.grammar.moves import check_moved, it_moved
from bot.grammar.periods import UNITS
from bot.grammar.pointers import (
    ADDING,
    ALL_LINES,
    AMOUNTS,
    ASIDES,
    ASKS,
    BEFORE_THAT,
    COSTS,
    DRILLING,
    IT,
    NARROWING,
    OPENINGS,
    ORDINALS,
    POINTING,
    RESET,
    SHOWN,
    SHOWN_FIRST,
    TAILS,
    TOTAL,
    UNCOMPARED,
    each,
)
from bot.grammar.sense import check_comparison, check_filters, check_period, refuse_stranded
from bot.grammar.unread import Unread
from bot.phrasebook import PHRASES, refused, sure
from tools.core.periods import Current, PeriodSpec, Since, Unit
from tools.core.query import MetricKind


@dataclass(frozen=True, slots=True)
class Followed:
    """A follow-up as it was read.

    Args:
        reading: what it asks.
        shows: how it wants to see it.
        is_marked: it says itself that it goes on (“and …”, “… instead”).
        keeps_period: the days are those of the question before.
    """

    reading: Reading
    shows: Shown
    is_marked: bool
    keeps_period: bool


def follow(text: str, before: Reading, vocabulary: Vocabulary) -> Followed:
    """What a text asks after another question.

    Raises:
        NotUnderstoodError: a word has no reading, or what it changes could be meant in two ways.
    """

    def attempt(line: str, words: Vocabulary) -> Reading:
        return _followed(line, before, words).reading

    try:
        return _followed(text, before, vocabulary)
    except Unread as unread:
        raise refused(unread, text, vocabulary, attempt=attempt) from None


def without_opening(text: str, vocabulary: Vocabulary) -> str:
    """The text without an `and …` or `what about …` that it may begin with."""
    try:
        cursor = Cursor(text, vocabulary)
    except Unread:
        return text
    return text[cursor.token().start :] if cursor.take(*OPENINGS) and not cursor.done else text


def _followed(text: str, before: Reading, vocabulary: Vocabulary) -> Followed:
    clauses = (_opening, *_POINTERS, _earlier(before.query.period), *_REASONS, *PHRASES)
    query = before.query
    about = frozenset((*query.group_by, *(f.dimension for f in query.filters)))
    edit = read_draft(
        Cursor(text, vocabulary, about=about),
        clauses,
        check=lambda cursor, draft: _check(cursor, draft, before),
    )
    return Followed(
        amended(before, edit, text),
        edit.shows or "",
        is_marked="marked" in edit.said,
        keeps_period=edit.period is None,
    )


def _opening(cursor: Cursor, draft: Draft) -> bool:
    """`and …`, `what about …`, `same for …`, at the start."""
    start = cursor.at
    if "begun" in draft.said:
        return False
    if cursor.word() in ASIDES or (start and cursor.word() in (",", "!", ".")):
        cursor.at += 1
        return True
    found = cursor.take(*OPENINGS)
    if not found:
        return draft.note("begun", cursor=cursor, start=start) and False
    if "again" in found or found.split()[0] in ("repeat", "redo", "run", "refresh", "rerun"):
        draft.note("again", cursor=cursor, start=start)
    return draft.note("marked", cursor=cursor, start=start)


def _pointing(cursor: Cursor, draft: Draft) -> bool:
    start = cursor.at
    if cursor.take("instead of", "rather than"):
        raise cursor.since(start, "Say only what you want to see instead.")
    found = cursor.take(*POINTING)
    if found in ("again", "once more"):
        draft.note("again", cursor=cursor, start=start)
    return bool(found) and draft.note("marked", cursor=cursor, start=start)


def _amount(cursor: Cursor, draft: Draft) -> bool:
    """`how much was it`: the cost, after reasons were asked for; `how much did it cost`: always."""
    start = cursor.at
    if cursor.take(*COSTS):
        draft.note("money", cursor=cursor, start=start)
    elif not cursor.take(*AMOUNTS):
        return False
    draft.note("marked", cursor=cursor, start=start)
    return draft.note("amount", cursor=cursor, start=start)


def _moded(note: str, phrases: tuple[str, ...]) -> Clause:
    def clause(cursor: Cursor, draft: Draft) -> bool:
        start = cursor.at
        if cursor.word(1) == "expensive" or not cursor.take(*phrases):
            return False
        draft.note("marked", cursor=cursor, start=start)
        return draft.note(note, cursor=cursor, start=start)

    return clause


def _drilling(cursor: Cursor, draft: Draft) -> bool:
    start = cursor.at
    if not cursor.take(*DRILLING):
        return False
    for note in ("marked", "only", "drill"):
        draft.note(note, cursor=cursor, start=start)
    return True


def _everyone(cursor: Cursor, draft: Draft) -> bool:
    """`all teams`: without a condition on the team."""
    start = cursor.at
    if not cursor.take("for all of the", "for all the", "for all", "across all", "all of the",
                       "all the", "all our", "all", "for any", "any"):  # fmt: skip
        return False
    found = cursor.dimension()
    if found is None:
        cursor.at = start
        return False
    cursor.at += found[1]
    draft.freed.append(found[0])
    draft.note("marked", cursor=cursor, start=start)
    return draft.note("freed", cursor=cursor, start=start)


def _shown(cursor: Cursor, draft: Draft) -> bool:
    """`as a chart`, `as csv`."""
    start = cursor.at
    found = cursor.take(*SHOWN_FIRST)
    if not found:
        return False
    draft.note("marked", cursor=cursor, start=start)
    return draft.put("shows", SHOWN[found], cursor=cursor, start=start)


def _pointed(cursor: Cursor, _draft: Draft) -> bool:
    """`the first one`: which line that was, only the figures knew."""
    start = cursor.at
    is_number = cursor.word() == "#" and cursor.number(1) is not None
    if is_number:
        cursor.at += 2
    if is_number or cursor.take(*ORDINALS):
        raise cursor.since(start, "I remember questions, not figures; name the one you mean.")
    return False


def _compared_with_it(cursor: Cursor, draft: Draft) -> bool:
    """`compare that with last month`."""
    start = cursor.at
    it = cursor.take(*each(("compare",), IT), "compare", "comparing")
    if not it or not cursor.take("to", "with", "against", "and"):
        cursor.at = start
        return False
    draft.note("marked", cursor=cursor, start=start)
    return draft.put("compared", read_compared(cursor), cursor=cursor, start=start)


def _earlier(period: PeriodSpec) -> Clause:
    """`the week before`, `the previous month`: counted from the days asked about, not today."""

    def clause(cursor: Cursor, draft: Draft) -> bool:
        start = cursor.at
        is_said, unit = _before_which(cursor)
        if not is_said:
            cursor.at = start
            return False
        found = before_that(period, unit)
        if found is None:
            raise cursor.since(start, "Before which days? Name the period.")
        draft.note("marked", cursor=cursor, start=start)
        return draft.put("period", found, cursor=cursor, start=start)

    return clause


def _before_which(cursor: Cursor) -> tuple[bool, Unit | None]:
    """Whether an earlier period comes next, and the unit it is named by, if any."""
    count, unit = cursor.number(), UNITS.get(cursor.word(1))
    if unit and cursor.word(2) == "earlier":
        if count not in (None, 1):
            raise cursor.unread("Earlier than which days? Name the period.", count=3)
        cursor.at += 3
        return True, unit
    cursor.take("for the", "in the", "on the", "the", "for", "in")
    if cursor.take(*BEFORE_THAT):
        return True, None
    unit = UNITS.get(cursor.word(1))
    if unit and cursor.word() in ("previous", "prior", "preceding"):
        cursor.at += 2
        return True, unit
    unit = UNITS.get(cursor.word())
    if unit and cursor.word(1) == "before" and cursor.word(2) != "yesterday":
        cursor.at += 2
        cursor.take("that")
        return True, unit
    return False, None


def _tail(cursor: Cursor, draft: Draft) -> bool:
    """The `is that` of `why is that?` and `how many tokens was that?`."""
    start = cursor.at
    is_why, is_count = reasons.WHY in draft.said, "measured" in draft.said
    if not (is_why or is_count) or not cursor.take(*TAILS, *(IT if is_why else ())):
        return False
    draft.note("it", cursor=cursor, start=start)
    return draft.note("marked", cursor=cursor, start=start)


def _after_why(clause: Clause) -> Clause:
    """The clause, once reasons were asked for; `since monday` is else a period."""
    return lambda cursor, draft: reasons.WHY in draft.said and clause(cursor, draft)


def _all_lines(cursor: Cursor, draft: Draft) -> bool:
    """`show all`: without a number of lines."""
    start = cursor.at
    if not cursor.take(*ALL_LINES) or cursor.dimension():
        cursor.at = start
        return False
    draft.note("marked", cursor=cursor, start=start)
    return draft.note("all", cursor=cursor, start=start)


def _conditions_where(cursor: Cursor, draft: Draft) -> bool:
    """Notes how a condition is said: one that is written out joins the others."""
    if cursor.word() == "without":
        draft.note("without", cursor=cursor, start=cursor.at)
    if cursor.word() in ("where", "=", "!=") or cursor.word(1) in ("=", "!=", "contains"):
        draft.note("where", cursor=cursor, start=cursor.at)
    return False


_POINTERS: tuple[Clause, ...] = (
    _conditions_where,
    sure(_shown),
    _pointed,
    _tail,
    it_moved,
    _amount,
    _all_lines,
    _moded("total", TOTAL),
    _drilling,
    _moded("reset", RESET),
    _moded("uncompared", UNCOMPARED),
    _compared_with_it,
    sure(_pointing),
    sure(_moded("only", NARROWING)),
    sure(_moded("also", ADDING)),
    _everyone,
)
_REASONS: tuple[Clause, ...] = (
    *(_after_why(clause) for clause in (reasons.than, reasons.since, reasons.between)),
    sure(reasons.lead),
    _after_why(sure(reasons.changed)),
)


def _check(cursor: Cursor, draft: Draft, before: Reading) -> None:
    """Refuse a text that changes nothing, or whose parts make no sense together."""
    check_moved(cursor, draft)
    _check_content(draft)
    if "compare" in draft.said:
        check_comparison(cursor, draft)
    check_filters(draft)
    if draft.period:
        check_period(cursor, draft)
    draft.check_ranks()
    groups = draft.groups or before.query.group_by
    is_count = draft.measured and draft.measured.kind is MetricKind.QUANTITY
    period = draft.period or before.query.period
    refuse_stranded(
        draft,
        {
            "use": bool(is_count),
            "most": bool(groups),
            "top": bool(groups),
            "price": bool(draft.measured and draft.measured.kind is MetricKind.UNIT_COST),
            "only": bool(draft.filters or draft.top or draft.period or draft.groups or draft.grain),
            "so far": isinstance(period, Current | Since),
            "now": isinstance(period, Current),
        },
    )
    _check_modes(draft, before)


def _check_content(draft: Draft) -> None:
    parts = (draft.period, draft.measured, draft.cost, draft.top, draft.compared, draft.grain)
    lists = (draft.groups, draft.filters, draft.freed, draft.shows, ASKS & draft.said.keys())
    if not (any(parts) or any(lists)):
        raise Unread((0, 0), "Ask me what something costs; I found no question in that.")
    named = draft.filters or "money" in draft.said
    if reasons.WHY in draft.said and named and "it" not in draft.said:
        reasons.check_change(draft)


def _check_modes(draft: Draft, before: Reading) -> None:
    """The words that say how a condition joins the others, beside what they belong to."""
    said = draft.said
    if "also" in said and not (draft.filters or draft.groups):
        raise Unread(said["also"], "What else? Name a value, such as a team or a provider.")
    if "also" in said and {"only", "reset"} & said.keys():
        raise Unread(said["also"], "Besides the others, or only that? I could not tell.")
    if "drill" in said and not draft.filters:
        raise Unread(said["drill"], "Into what? Name a value, such as a team or a service.")
    if "reset" in said and draft.filters:
        raise Unread(said["reset"], "Everything, or only that? I could not tell.")
    if "total" in said and (draft.groups or draft.grain or draft.top):
        raise Unread(said["total"], "One total, or one for each? I could not tell.")
    had = {f.dimension for f in before.query.filters}
    idle = [d for d in draft.freed if d not in had]
    if idle and not (before.query.top and idle == [*before.query.group_by][:1]):
        raise Unread(said["freed"], f"No {idle[0]} is left out here.")
    if idle:
        said["all"] = said["freed"]
    if "all" in said and before.query.top is None:
        raise Unread(said["all"], "No line is left out here.")
