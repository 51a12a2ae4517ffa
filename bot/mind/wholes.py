"""Whether what is said of most, of all and of nothing is so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from bot.mind import order_words as words
from bot.mind.standings import Side, Standing
from bot.mind.statements import Clause

Verdict = bool | None
_HALF, _NEARLY, _LITTLE = Decimal("0.5"), Decimal("0.9"), Decimal("0.05")
_TOGETHER = re.compile(
    r"\b(?:together|combined|in total|altogether|in all|is in the table)\b", re.I
)
UNTAGGED = "untagged"


def shares(clause: Clause) -> Iterator[Verdict]:
    """Each “most of”, “nearly all”, “everything” and “only”."""
    if clause.says(words.TAGGED) and _of_tags(clause):
        yield _is_tagged(clause)
        return
    if clause.says(words.NEARLY_ALL):
        yield _has_share(clause, _NEARLY)
    elif clause.says(words.MOST_OF):
        yield _has_share(clause, _HALF)
    elif clause.says(words.ALL_OF) and not _TOGETHER.search(clause.text):
        yield _has_share(clause, Decimal(1))
    if clause.says(words.LITTLE_OF):
        share = _has_share(clause, _LITTLE)
        yield None if share is None else not share
    yield from _only(clause)
    yield from _every(clause)


def _of_tags(clause: Clause) -> bool:
    return clause.says(words.ALL_OF) or clause.says(words.NOTHING) or clause.says(words.EVERY)


def _is_tagged(clause: Clause) -> Verdict:
    """Whether no line is without a name."""
    found = [s for s in clause.sentence.standings("now") if s.values and s.is_whole]
    is_all = not any(s.of(UNTAGGED) for s in found)
    return None if not found else is_all


def _has_share(clause: Clause, least: Decimal) -> Verdict:
    side: Side = "now"
    if any(clause.says(p) for p in (words.RISE, words.FALL, words.MOVE_WORD)):
        side = "change"
    names = [n for n in clause.subjects if n != ""]
    if not names:
        return _cause_share(clause, least) if side == "change" else None
    found = clause.sentence.standings(*_sides(clause, side), names=names)
    verdicts = {_share(s, names, least) for s in found}
    return verdicts.pop() if len(verdicts) == 1 else None


def _sides(clause: Clause, side: Side) -> tuple[Side, ...]:
    return ("now", "before") if side == "now" and clause.sentence.days else (side,)


def _share(standing: Standing, names: list[str], least: Decimal) -> Verdict:
    if not standing.total or standing.is_price:
        return None
    part = sum((standing.of(n) or Decimal(0) for n in names), Decimal(0)) / standing.total
    return part >= least if least == 1 else part > least


def _cause_share(clause: Clause, least: Decimal) -> Verdict:
    said = {c for c, pattern in words.CAUSE_WORDS.items() if clause.says(pattern)}
    for change in clause.sentence.standings("change"):
        amounts = change.causes()
        if said and amounts and change.total:
            part = sum((v for c, v in amounts.items() if c.value in said), Decimal(0))
            return part / change.total > least
    return None


def _only(clause: Clause) -> Iterator[Verdict]:
    """“only ml rose”, “only ml has any cost”."""
    if not clause.says(words.ONLY) or re.search(r"\d", clause.text):
        return
    way = 1 if clause.says(words.RISE) else -1 if clause.says(words.FALL) else 0
    names = set(clause.subjects)
    if not names:
        yield None
    elif not way:
        yield _has_share(clause, Decimal(1))
    else:
        found = [s for s in clause.sentence.standings("change", names=sorted(names)) if s.is_whole]
        others = [v for s in found for k, v in s.values.items() if not k & names]
        yield all(v * way <= 0 for v in others) if found else None


def _every(clause: Clause) -> Iterator[Verdict]:
    """“every team” of what is no rise or fall; those are looked at with the trends."""
    if not clause.says(words.EVERY) or _TOGETHER.search(clause.text):
        return
    if any(clause.says(p) for p in (words.RISE, words.FALL, words.FLAT, words.AHEAD, words.BEHIND)):
        return
    if clause.says(words.ALL_OF) or len(clause.names) > 1 or clause.says(words.TAGGED):
        return
    yield None


def absences(clause: Clause) -> Iterator[Verdict]:
    """Each “nothing”, “no spend” and “never”."""
    if not clause.says(words.NOTHING) or clause.says(words.TAGGED):
        return
    names = set(clause.subjects)
    if any(names <= nothing for nothing in clause.sentence.store.nothings):
        yield True
        return
    way = 1 if clause.says(words.RISE) else -1 if clause.says(words.FALL) else 0
    found = clause.sentence.standings("now", names=sorted(names))
    if way and not names:
        changes = [s for s in clause.sentence.standings("change") if s.values and s.is_whole]
        yield all(v * way <= 0 for s in changes for v in s.values.values()) if changes else None
    elif not names or not found:
        yield None
    else:
        yield all(not s.of(n) for s in found for n in names)
