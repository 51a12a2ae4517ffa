"""Ranks in words: “the 5 biggest teams”, “top 3 services by cost”."""

from __future__ import annotations

from bot.grammar.clauses import read_top
from bot.grammar.cursor import Cursor
from bot.grammar.draft import Draft

_RANKED_BY = ("by total cost", "by cost", "by costs", "by spend", "by spending")
_BIGGEST = (
    "biggest", "largest", "highest", "most expensive", "costliest", "priciest",
)  # fmt: skip


def biggest(cursor: Cursor, draft: Draft) -> bool:
    """`biggest service`, `3 most expensive models`, `five largest teams`."""
    start = cursor.at
    count = cursor.number()
    cursor.at += count is not None
    if not cursor.take(*_BIGGEST):
        cursor.at = start
        return False
    found = cursor.dimension()
    if found is None and draft.groups and count is None:
        return draft.note("most", cursor=cursor, start=start)
    if count is None:
        return read_top(cursor, draft, start)
    if found is None:
        raise cursor.unread(near="dimension")
    cursor.at += found[1]
    draft.ranked = found[0]
    draft.group(found[0])
    return draft.put("top", count, cursor=cursor, start=start)


def by_cost(cursor: Cursor, draft: Draft) -> bool:
    """The `by cost` of `top 5 teams by cost`: lines are always in that order."""
    start = cursor.at
    if draft.top is None or draft.measured or not cursor.take(*_RANKED_BY):
        return False
    return draft.note("money", cursor=cursor, start=start)
