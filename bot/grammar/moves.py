"""Whether a cost moved: “did aws go up?”, “are we spending more than last month?”.

Answered by a comparison, against the period before where no other is named; never by a yes.
"""

from __future__ import annotations

from bot.grammar.compare import Compared, read_compared
from bot.grammar.cursor import Cursor
from bot.grammar.draft import Draft
from bot.grammar.pointers import IT
from bot.grammar.reasons import ADJECTIVES, MOVES
from tools.core.periods import AllTime, Since
from tools.core.query import Preceding

# A question begins with one of these, and none of those asks which thing it was that moved.
_ASKING = frozenset({"did", "do", "does", "has", "have", "is", "are", "was", "were", "how"})
_WHICH = frozenset({"what", "whats", "which", "who", "where", "when", "that"})
_MORE = ("so much more", "much more", "a lot more", "more", "much less", "a lot less", "less")
_HOW = ("how much more", "how much less", "how did", "how has", "how have", "how does", "how do")


def moved(cursor: Cursor, draft: Draft) -> bool:
    """`go up`, `rising`, `spending more`, `more expensive`: the move that is asked about."""
    start = cursor.at
    said = [token.word for token in cursor.tokens[: start + 1]]
    if not _ASKING & set(said) or _WHICH & set(said):
        return False
    if cursor.take(*_HOW):
        word = cursor.word(-1)
        return draft.note("move" if word in ("more", "less") else "how", cursor=cursor, start=start)
    if cursor.take("up", "down"):
        return draft.note("moved way", cursor=cursor, start=start)
    if cursor.take(*ADJECTIVES):
        return draft.note("than", cursor=cursor, start=start)
    if cursor.take(*MOVES) or ("money" in draft.said and cursor.take(*_MORE)):
        return draft.note("move", cursor=cursor, start=start)
    return False


def than(cursor: Cursor, draft: Draft) -> bool:
    """The `than last month` of `more than last month`."""
    start = cursor.at
    if not {"move", "than"} & draft.said.keys() or not cursor.take("than"):
        return False
    if cursor.word() == "$" or (cursor.number() and not cursor.word(1).startswith(("day", "week"))):
        raise cursor.since(start - 1, "I cannot compare or filter by amount yet.")
    cursor.skip(frozenset({"in", "during"}))
    return draft.put("compared", read_compared(cursor), cursor=cursor, start=start)


def it_moved(cursor: Cursor, draft: Draft) -> bool:
    """The `it` of `did it go up?`."""
    start = cursor.at
    if not cursor.take(*IT) or not moved(cursor, Draft()):
        cursor.at = start
        return False
    cursor.at = start + 1
    return draft.note("marked", cursor=cursor, start=start)


def check_moved(cursor: Cursor, draft: Draft) -> None:
    """Set a cost that moved against the period before, where it has one.

    Raises:
        Unread: against what cannot be told, or it asks which thing moved most.
    """
    ways = [w for w in ("move", "than", "moved way", "how") if w in draft.said]
    if not ways:
        return
    start = next(n for n, t in enumerate(cursor.tokens) if t.start == draft.said[ways[0]][0])
    cursor.at = start + 1
    if draft.top is not None or draft.grain is not None or {"most", "which"} & draft.said.keys():
        raise cursor.since(start, "I can compare two periods, not tell what moved most, or when.")
    is_move = "move" in ways or ("moved way" in ways and {"money", "period"} & draft.said.keys())
    if not is_move and not draft.compared:
        raise cursor.unread(ahead=-1)
    if draft.compared is None:
        if isinstance(draft.period, Since | AllTime):
            raise cursor.since(start, "Against which days? Name the period to compare with.")
        draft.compared = Compared(Preceding())
