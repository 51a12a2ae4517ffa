"""Why a cost changed: `why last week`, “what drove the increase in prod?”.

What a question takes for granted (“the spike”) is not checked here: the answer says what really
happened.
"""

from __future__ import annotations

from bot.conversation import Reading
from bot.grammar.clauses import GRAMMAR, read_draft
from bot.grammar.compare import Compared, read_compared
from bot.grammar.cursor import Cursor
from bot.grammar.draft import Draft
from bot.grammar.periods import UNITS, read_period
from bot.grammar.unread import Unread
from tools.core.periods import DAY, Between, Current, Earlier, PeriodSpec, Since, Unit, spec_text
from tools.core.query import Against, Comparison, Op, Preceding, Query

WHY = "why"  # how a line of the grammar asks for reasons

# Ask for reasons on their own.
_SURE = (
    "for what reason", "how come", "explain why", "why", "explains", "explained", "explain",
    "can you explain why", "can you explain", "could you explain why", "could you explain",
)  # fmt: skip
# Ask for reasons of a change that is named beside them: “what drove the increase?”.
_CAUSES = (
    "the root cause of", "root cause of", "the root cause", "root cause", "the cause of",
    "the causes of", "cause of", "the reasons for", "the reasons behind", "the reason for",
    "the reason behind", "the reason", "reasons for", "reasons behind", "reason for",
    "reason behind", "reason", "caused", "causes", "causing", "drove", "drives", "driving",
    "is behind", "'s behind", "was behind", "behind", "led to", "accounts for", "accounted for",
    "made", "pushed",
)  # fmt: skip
# Ask for reasons and name the change in one word.
_TOLD = ("changed", "happened to", "happened with", "happened", "has changed", "have changed")
_RISES = ("increase", "rise", "jump", "spike", "surge", "climb", "peak", "explode", "balloon")
_FALLS = ("decrease", "drop", "decline", "dip")
MOVES: tuple[str, ...] = (
    *(f"{verb} {way}" for verb in ("go", "goes", "went", "gone", "going", "come", "came",
                                   "coming", "move", "moved", "creep", "crept", "shoot",
                                   "shot") for way in ("up", "down")),
    *(form for verb in (*_RISES, *_FALLS, "change")
      for form in (verb, f"{verb}s", f"{verb}d" if verb[-1] == "e" else f"{verb}ed",
                   f"{verb[:-1]}ing" if verb[-1] == "e" else f"{verb}ing")),
    "rose", "risen", "rising", "fall", "falls", "fell", "fallen", "falling",
    "dropped", "dropping", "dipped", "dipping", "grow", "grows", "grew", "grown",
    "growing", "shrink", "shrank", "shrunk", "shrinking", "double", "doubled",
    "triple", "tripled", "skyrocket", "skyrocketed",
)  # fmt: skip
ADJECTIVES: tuple[str, ...] = (
    "so much more expensive", "much more expensive", "so much higher", "much higher",
    "so much lower", "much lower", "so much cheaper", "much cheaper",
    "more expensive", "less expensive", "higher", "lower", "bigger", "smaller", "cheaper",
    "pricier", "costlier",
)  # fmt: skip
_CHANGES: tuple[str, ...] = tuple(
    sorted(
        (
            *MOVES, *ADJECTIVES, "difference", "differ", "different",
            "so much more", "much more", "a lot more",
            "so much less", "much less", "a lot less", "more", "less",
        ),
        key=lambda phrase: -len(phrase.split()),
    )
)  # fmt: skip
_LEVELS = tuple(
    f"{how} {what}"
    for how in ("so", "that", "this")
    for what in ("high", "expensive", "much", "big", "large", "low", "cheap", "little", "costly")
)
_LEADS = (*_TOLD, *_SURE, *_CAUSES)
_MONTHS_DIFFER = 3  # days, at most
_REFUSED = {
    "grain": "A change is explained as one; leave “{}” out.",
    "top": "A change is explained as one; leave “{}” out.",
    "measured": "I explain changes of cost, not of a count or a price.",
}


def asks_why(cursor: Cursor) -> bool:
    """Whether some words of the question ask for reasons."""
    start, found = cursor.at, False
    while not cursor.done and not found:
        found = bool(cursor.take(*_LEADS))
        cursor.at += 1
    cursor.at = start
    return found


def read_why_line(cursor: Cursor) -> Draft | None:
    """`why last week where team=ml`: a line of the grammar; None where it does not begin so.

    Raises:
        Unread: what follows is no line.
    """
    if not cursor.take(WHY, "explain"):
        return None
    _refuse_why_not(cursor)
    return read_draft(cursor, GRAMMAR, check=lambda _, made: check_explained(made, cursor.text))


def explained(query: Query) -> Reading:
    """The reading that asks why; against the period before, where no other is named."""
    return Reading(query.with_(compare=query.compare or Preceding()), is_why=True)


def lead(cursor: Cursor, draft: Draft) -> bool:
    """`why`, `explain`, `what drove …`, `what changed`."""
    start = cursor.at
    if told := cursor.take(*_TOLD):
        draft.note("event" if told.startswith("happened") else "change", cursor=cursor, start=start)
    elif cursor.take(*_SURE):
        _refuse_why_not(cursor)
    elif cursor.take(*_CAUSES):
        draft.note("cause", cursor=cursor, start=start)
    else:
        return False
    return draft.note(WHY, cursor=cursor, start=start)


def changed(cursor: Cursor, draft: Draft) -> bool:
    """`go up`, `the increase`, `so high`: the change that is asked about."""
    start = cursor.at
    if cursor.take("up", "down", "growth"):
        return draft.note("way", cursor=cursor, start=start)
    if cursor.take(*_LEVELS):
        return draft.note("level", cursor=cursor, start=start)
    if not cursor.take(*_CHANGES):
        return False
    return draft.note("change", cursor=cursor, start=start)


def than(cursor: Cursor, draft: Draft) -> bool:
    """The `than august` of `more expensive than august`."""
    start = cursor.at
    if "change" not in draft.said or not cursor.take("than"):
        return False
    said = read_compared(cursor)
    return draft.put("compared", said, cursor=cursor, start=start)


def since(cursor: Cursor, draft: Draft) -> bool:
    """`since last month`: this one against it; since a day might mean two things."""
    start = cursor.at
    if not cursor.take("since"):
        return False
    unit = Unit.DAY if cursor.take("yesterday") else None
    if cursor.take("last"):
        unit = UNITS.get(cursor.word())
        cursor.at += 1
    if unit:
        draft.put("period", Current(unit), cursor=cursor, start=start)
        return draft.put("compared", Compared(Preceding()), cursor=cursor, start=start)
    cursor.at = start
    spec = read_period(cursor)
    if not isinstance(spec, Since):
        cursor.at = start
        return False
    lines = (f"{WHY} {spec_text(spec)} vs previous", f"{WHY} this month vs previous")
    raise _offering(
        cursor.since(start, "Since then against as many days before, or this month?"), lines
    )


def between(cursor: Cursor, draft: Draft) -> bool:
    """`from august to september`, `between q1 and q2`: the later one against the earlier."""
    start = cursor.at
    opened = cursor.take("from", "between")
    if not opened:
        return False
    was, cursor.comparing = cursor.comparing, True
    one = read_period(cursor)
    joint = one and cursor.take(*(("and",) if opened == "between" else ("to", "until")))
    two = read_period(cursor) if joint else None
    cursor.comparing = was
    if one is None or two is None:
        cursor.at = start
        return False
    compare = _against(one, two)
    if compare is None:
        raise cursor.since(
            start, "Those days as one period, or the last against the first? I could not tell."
        )
    draft.put("period", compare[0], cursor=cursor, start=start)
    return draft.put("compared", Compared(compare[1]), cursor=cursor, start=start)


def check_explained(draft: Draft, text: str) -> None:
    """Refuse what no change of cost has: a count, a grain of time, a number of lines.

    Raises:
        Unread: it has one of them.
    """
    for part, sentence in _REFUSED.items():
        if getattr(draft, part) is not None:
            raise Unread(draft.said[part], sentence.format(text[slice(*draft.said[part])]))


def check_change(draft: Draft) -> None:
    """Refuse a why that names no change: “why do we pay for storage?” asks for a purpose.

    Raises:
        Unread: no change is named.
    """
    is_level = "level" in draft.said and not any(f.op is Op.MISSING for f in draft.filters)
    is_about = bool(draft.period or draft.filters)
    is_way = "way" in draft.said and ("money" in draft.said or ("cause" in draft.said and is_about))
    is_event = "event" in draft.said and is_about
    if "only" in draft.said:
        raise Unread(draft.said["only"], "I can explain what changed, not why the rest did not.")
    if not ("change" in draft.said or is_level or is_way or is_event):
        raise Unread(
            draft.said[WHY],
            "I can explain a change of cost; say what changed, such as “why did spend go up?”.",
            ("why did spend change",),
        )


def _refuse_why_not(cursor: Cursor) -> None:
    """“Why not openai?” is no filter."""
    if cursor.word() in ("not", "no", "without", "except"):
        raise cursor.unread()


def _offering(unread: Unread, lines: tuple[str, ...]) -> Unread:
    unread.lines = lines
    return unread


def _against(one: PeriodSpec, two: PeriodSpec) -> tuple[PeriodSpec, Comparison] | None:
    """The later period and what it is set against; None where it might be a range of days."""
    if isinstance(one, Earlier) and isinstance(two, Current):
        return (two, Preceding()) if one == Earlier(two.unit) else None
    if not isinstance(one, Between) or not isinstance(two, Between):
        return None
    first, second = sorted((one, two), key=lambda spec: spec.start)
    lengths = [(spec.end - spec.start) // DAY for spec in (first, second)]
    is_next_day = lengths == [1, 1] and first.end == second.start
    is_alike = min(lengths) > 1 and abs(lengths[0] - lengths[1]) <= _MONTHS_DIFFER
    return (second, Against(first)) if is_next_day or is_alike else None
