"""Whether what is said to have risen, fallen or stayed did so, and for the reason that is given."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from bot.mind import order_words as words
from bot.mind.standings import Standing
from bot.mind.statements import Clause
from bot.mind.words import FUTURE
from tools.core.results import Cause

Verdict = bool | None
_LEVEL = Decimal("0.05")  # of what it was: less of a change is none
_SLIGHT, _SHARP = Decimal("0.15"), Decimal("0.1")
_WHOLE = re.compile(
    r"\b(?:spend|spending|total|overall|costs?|bill|bills|you|we|it all|usage|cloud)\b",
    re.IGNORECASE,
)
_SHARE = re.compile(r"\b(?:share|portion|percentage|proportion)\b", re.IGNORECASE)
_INCOMPLETE = re.compile(
    r"still coming in|\bnot (?:all|both|yet)\b|incomplete|partial|not whole|cannot be compared|"
    r"can't be compared|bills? (?:begin|start)",
    re.IGNORECASE,
)
_PARTLY = re.compile(r"\b(?:part(?:ly)?|also|among|contribut\w+|helped)\b", re.IGNORECASE)
_OF = re.compile(
    r"^(?:\s+\w+)?\s+(?:in|of|at|for|from|on)(?:\s+(?:the|team|your))*\s*$", re.IGNORECASE
)


def trends(clause: Clause) -> Iterator[Verdict]:
    """Each “rose”, “fell” and “flat”."""
    found = [(m, 1) for m in words.RISE.finditer(clause.text)]
    found += [(m, -1) for m in words.FALL.finditer(clause.text)]
    found += [(m, 0) for m in words.FLAT.finditer(clause.text)]
    for match, way in found:
        if FUTURE.search(clause.text) or _SHARE.search(
            clause.text[max(0, match.start() - 20) : match.end()]
        ):
            yield None
        elif way and words.NOT.search(clause.text[: match.start()]):
            yield _moved(clause, match, 0, denied=way)
        else:
            yield _moved(clause, match, way)


def _moved(clause: Clause, match: re.Match[str], way: int, *, denied: int = 0) -> Verdict:
    if words.EVERY.search(clause.text) and not clause.names:
        return _all_moved(clause, way)
    names = _subjects(clause, match)
    changes = clause.sentence.standings("change", names=names)
    if not changes:
        return _within(clause, way) if not names else None
    verdicts = {
        _is_so(clause, change, amount, way, denied=denied)
        for change in changes
        for amount in ([change.of(n) for n in names] if names else [change.total])
    }
    return verdicts.pop() if len(verdicts) == 1 else False if False in verdicts else None


def _subjects(clause: Clause, match: re.Match[str]) -> list[str]:
    """Of whom it is said; nobody for the total."""
    if before := clause.before(match.start()):
        return before
    for mention in clause.names:
        if _OF.match(clause.text[match.end() : mention.start]):
            return clause.after(mention.start)
    is_whole = bool(_WHOLE.search(clause.text[: match.start()]))
    return [] if is_whole or clause.names else sorted(clause.leaning)


def _is_so(
    clause: Clause, change: Standing, amount: Decimal | None, way: int, *, denied: int
) -> Verdict:
    if amount is None:
        return None
    base = _before(clause, change, amount)
    if way == 0:
        if denied:
            return amount * denied <= (abs(base) * _LEVEL if base is not None else 0)
        return None if base is None else abs(amount) <= abs(base) * _LEVEL
    if amount * way <= 0:
        return False
    if base:
        if words.SHARP.search(clause.text):
            return abs(amount) >= abs(base) * _SHARP
        if words.SLIGHT.search(clause.text):
            return abs(amount) <= abs(base) * _SLIGHT
    return True


def _before(clause: Clause, change: Standing, amount: Decimal) -> Decimal | None:
    """What it was, where a result tells."""
    for s in clause.sentence.store.standings:
        if s.side == "before" and (s.within, s.other) == (change.within, change.period):
            if amount == change.total:
                return s.total
            for key, value in change.values.items():
                if value == amount and key in s.values:
                    return s.values[key]
    return None


def _all_moved(clause: Clause, way: int) -> Verdict:
    found = clause.sentence.standings("change")
    found = [s for s in found if s.values and s.is_whole and not s.parts]
    if not found or way == 0:
        return None
    return all(value * way > 0 for s in found for value in s.values.values())


def _within(clause: Clause, way: int) -> Verdict:
    """A rise inside one period, told by its days: from first to last and from half to half."""
    found = [s for s in clause.sentence.standings("now") if len(s.steps) > 2]
    if not found or not way:
        return None
    values = [found[0].steps[p] for p in sorted(found[0].steps)]
    half = len(values) // 2
    pairs: Sequence[tuple[Decimal, Decimal]] = [
        (values[0], values[-1]),
        (sum(values[:half], Decimal(0)) / half, sum(values[-half:], Decimal(0)) / half),
    ]
    return all((b - a) * way > 0 for a, b in pairs)


def causes(clause: Clause) -> Iterator[Verdict]:
    """Each “because of”, “driven by” and “reason”."""
    match = words.CAUSE.search(clause.text)
    if not match or _INCOMPLETE.search(clause.sentence.text):
        return
    is_origin = re.match(r"c[ao]mes?\b", match[0], re.IGNORECASE)
    if is_origin and (
        re.search(r"\d|half|third|quarter", clause.text) or clause.says(words.MOST_OF)
    ):
        return  # where money went, which is checked as a share
    changes = clause.sentence.standings("change")
    way = _way(clause)
    verdicts = [_caused(clause, match, change, way) for change in changes]
    if True in verdicts:
        yield True
    else:
        yield False if False in verdicts else None


def _way(clause: Clause) -> int:
    text = clause.sentence.text
    rise, fall = words.RISE.search(text), words.FALL.search(text)
    return 0 if bool(rise) is bool(fall) else 1 if rise else -1


def _caused(clause: Clause, match: re.Match[str], change: Standing, way: int) -> Verdict:
    way = way or (1 if (change.total or 0) > 0 else -1)
    names = clause.after(match.end()) or clause.subjects
    said = {Cause(c) for c, pattern in words.CAUSE_WORDS.items() if clause.says(pattern)}
    if not names:
        return _by_cause(clause, change, said, way) if said else is_told(clause)
    if any(not any(n in key for key in change.values) for n in names):
        return None
    sums = [sum((v for k, v in change.values.items() if n in k), Decimal(0)) for n in names]
    if not all(total * way > 0 for total in sums):
        return False
    if said and not all(_has_part(change, names, cause, way) for cause in said):
        return False if change.parts else None
    best = max(change.values, key=lambda key: change.values[key] * way)
    return bool(best & set(names)) or _is_partly(clause)


def _has_part(change: Standing, names: Sequence[str], cause: Cause, way: int) -> bool:
    return any(
        c is cause and amount * way > 0 and key & set(names) for key, c, amount in change.parts
    )


def _by_cause(clause: Clause, change: Standing, said: set[Cause], way: int) -> Verdict:
    amounts = change.causes()
    if not amounts:
        return None
    largest = sorted(amounts, key=lambda cause: -amounts[cause] * way)[: len(said)]
    return all(amounts.get(c, Decimal(0)) * way > 0 for c in said) and (
        said == set(largest) or _is_partly(clause)
    )


def _is_partly(clause: Clause) -> bool:
    return clause.says(_PARTLY)


def is_told(clause: Clause) -> Verdict:
    """Whether an event that a tool told of says so: two words of it."""
    heard = set(re.findall(r"[a-z]{4,}", clause.text.casefold()))
    for event in clause.sentence.store.events:
        if len(heard & set(re.findall(r"[a-z]{4,}", event.casefold()))) >= 2:
            return True
    return None
