"""Whether what a sentence says without numbers is so: who leads, who is ahead, what rose.

Each such word is looked up in the results. A sentence stays where every one of them is true; what
the results do not tell is dropped like what they deny.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

from bot.mind import order_words as words
from bot.mind.numerals import Kind
from bot.mind.standings import Side, Standing
from bot.mind.statements import Clause, Wording
from bot.mind.trends import causes, is_told, trends
from bot.mind.wholes import absences, shares
from bot.mind.words import PRONOUN

Verdict = bool | None  # None where the results do not tell
_NEAR = 28  # letters around “most” in which it says of what
_LAST = -1  # the rank of the smallest
_EVEN = Decimal("0.1")  # “about the same” of two names


def holds(wording: Wording) -> bool:
    """Whether every such statement is true of the results."""
    if words.OFFER.match(wording.text):
        return True
    return all(map(_is_so, wording.clauses()))


def _is_so(clause: Clause) -> bool:
    """Everything that can be looked up is so; and what is said of a name could be."""
    verdicts = [verdict for check in _CHECKS for verdict in check(clause)]
    if verdicts:
        return all(v is True for v in verdicts)
    return clause.has_figure or not _claims(clause) or is_told(clause) is True


def _claims(clause: Clause) -> bool:
    """Whether something is said of a name: “data is the heavyweight”, and not “data by service”."""
    if not clause.names and not (clause.leaning and PRONOUN.match(clause.text)):
        return False
    said = words.NAME.sub(" ", clause.text)
    return bool(words.SIGN.search(said)) or any(
        word.casefold() not in words.NEUTRAL for word in words.WORD.findall(said)
    )


def _superlatives(clause: Clause) -> Iterator[Verdict]:
    marks = sorted(_marks(clause), key=lambda mark: mark[0].start())
    marks = [m for i, m in enumerate(marks) if not i or m[0].start() >= marks[i - 1][0].end()]
    if not marks:
        return
    is_denied = any(words.NOT.search(clause.text[: m.start()]) for m, _ in marks)
    verdict = _each_its_own(clause, marks) if len(marks) > 1 else _together(clause, *marks[0])
    yield verdict if not is_denied or verdict is None else not verdict


def _marks(clause: Clause) -> Iterator[tuple[re.Match[str], int]]:
    """Words of rank, and the rank: 1 for the largest."""
    for match in words.ORDINAL.finditer(clause.text):
        word = match["word"].lower()
        if not words.NO_ORDINAL.search(clause.text[: match.start()].rstrip()[-10:]):
            yield match, int(match["n"] or words.NTH.get(word, 2))
    taken = [m.span() for m in words.ORDINAL.finditer(clause.text)]
    for pattern, rank in ((words.TOP, 1), (words.LOW, _LAST)):
        for match in pattern.finditer(clause.text):
            if not any(0 <= match.start() - end <= 1 for _, end in taken):  # “second largest”
                yield match, rank


def _each_its_own(clause: Clause, marks: Sequence[tuple[re.Match[str], int]]) -> Verdict:
    """“ml is first and data second”: each word of rank goes with the name beside it."""
    found: list[Verdict] = []
    for is_before in (True, False):
        pairs = []
        for match, rank in marks:
            names = (
                clause.before(match.start())[-1:] if is_before else clause.after(match.end())[:1]
            )
            pairs.append((match, rank, names))
        if all(names for *_, names in pairs):
            verdicts = [_alike(clause, m, n, _ranked(r)) for m, r, n in pairs]
            found.append(all(verdicts) if None not in verdicts else None)
    if not found:
        same = {rank for _, rank in marks}
        return _together(clause, *marks[0]) if len(same) == 1 else None
    return True if True in found else found[0]


def _ranked(rank: int) -> Callable[[dict[str, Decimal], Sequence[str]], Verdict]:
    return lambda values, names: _has_rank(values, names[0], rank)


def _together(clause: Clause, match: re.Match[str], rank: int) -> Verdict:
    names = [n for n in clause.subjects if n not in _compared_with(clause)]
    if not names:
        return _unnamed(clause, match, rank)
    return _alike(clause, match, names, lambda s, keys: _are_first(clause, s, keys, rank))


def _compared_with(clause: Clause) -> list[str]:
    """Names behind “than”: they are those that are not."""
    found = re.search(r"\b(?:than|compared (?:with|to)|versus|vs)\b", clause.text, re.IGNORECASE)
    return clause.after(found.end()) if found else []


def _alike(
    clause: Clause,
    match: re.Match[str],
    names: Sequence[str],
    test: Callable[[dict[str, Decimal], Sequence[str]], Verdict],
) -> Verdict:
    """What every order that fits says; None where none does or they differ."""
    near = clause.text[max(0, match.start() - _NEAR) : match.end() + _NEAR]
    sides, sized = _measure(clause, near)
    found = {test(sized(s), names) for s in clause.sentence.standings(*sides, names=names)}
    return found.pop() if len(found) == 1 else None


def _measure(
    clause: Clause, near: str
) -> tuple[tuple[Side, ...], Callable[[Standing], dict[str, Decimal]]]:
    """By what is compared: by how much it rose, fell or moved; else by what it costs."""
    if words.FALL.search(near):
        return ("change",), lambda s: {k: -v for k, v in _single(s).items() if v < 0}
    if words.RISE.search(near) or re.search(r"\b(?:growth|grower|riser)\b", near):
        return ("change",), lambda s: {k: v for k, v in _single(s).items() if v > 0}
    if words.MOVE_WORD.search(near):
        return ("change",), lambda s: {k: abs(v) for k, v in _single(s).items()}
    return _sides(clause), _single


def _sides(clause: Clause) -> tuple[Side, ...]:
    if clause.sentence.days:
        return ("now", "before")
    return ("before",) if words.PAST.search(clause.text) else ("now",)


def _single(standing: Standing) -> dict[str, Decimal]:
    return {next(iter(k)): v for k, v in standing.values.items() if len(k) == 1}


def _has_rank(values: dict[str, Decimal], name: str, rank: int) -> Verdict:
    if name not in values:
        return False
    if rank == _LAST:
        return all(values[name] <= v for v in values.values())
    return 1 + sum(v > values[name] for v in values.values()) == rank


def _are_first(
    clause: Clause, values: dict[str, Decimal], names: Sequence[str], rank: int
) -> Verdict:
    if any(n not in values for n in names):
        return False
    if rank == _LAST:
        values, rank = {k: -v for k, v in values.items()}, 1
    if rank > 1:
        return len(names) == 1 and _has_rank(values, names[0], rank)
    places = [1 + sum(v > values[n] for v in values.values()) for n in names]
    if words.AMONG.search(clause.text):
        return all(p <= max(_count(clause) or 3, len(names)) < len(values) + 1 for p in places)
    if re.search(r"\b(?:followed|then|next|trailed|order)\b", clause.text):
        return places == list(range(1, len(names) + 1))
    if re.search(r"\b(?:ahead of|before|in front of)\b", clause.text):
        return places[0] == 1 and places == sorted(places)
    return max(places) <= max(_count(clause) or 0, len(names))


def _count(clause: Clause) -> int | None:
    """Of how many “the three largest” speaks."""
    found = words.COUNT.search(clause.text)
    said = (found["after"] or found["before"]).lower() if found else ""
    return int(said) if said.isdigit() else words.COUNTS.get(said)


def _unnamed(clause: Clause, match: re.Match[str], rank: int) -> Verdict:
    """“The largest team costs $8,000”, “the highest day was Nov 5”: told by figure or by day."""
    if rank not in (1, _LAST):
        return None
    best = max if rank == 1 else min
    days = [d.period for d in clause.sentence.days if d.period]
    for s in clause.sentence.standings("now"):
        if s.steps and (said := [p for p in s.steps if any(_is_step(p, d) for d in days)]):
            return s.steps[said[0]] == best(s.steps.values())
    figures = [c for c in clause.sentence.claims if c.kind in (Kind.MONEY, Kind.NUMBER)]
    near = clause.text[max(0, match.start() - _NEAR) : match.end() + _NEAR]
    sides, _ = _measure(clause, near)
    for s in clause.sentence.standings(*sides):
        values = list(s.values.values()) or list(s.steps.values())
        if values and any(abs(abs(best(values)) - c.value) <= c.step / 2 for c in figures):
            return True
    return None


def _is_step(step: object, day: object) -> bool:
    start, other = getattr(step, "start", None), getattr(day, "start", None)
    return step == day or (start == other and getattr(day, "days", 0) == 1)


def _comparisons(clause: Clause) -> Iterator[Verdict]:
    for pattern, is_ahead in ((words.AHEAD, True), (words.BEHIND, False)):
        for match in pattern.finditer(clause.text):
            yield from _compared(clause, match, is_ahead=is_ahead)
    for match in words.EQUAL.finditer(clause.text):
        if not words.AHEAD.search(clause.text) and not words.FLAT.search(clause.text):
            others = clause.after(match.end()) or clause.before(match.start())[1:]
            mine = clause.before(match.start())[:1]
            yield _alike(clause, match, [*mine, *others], _are_even) if mine and others else None


def _compared(clause: Clause, match: re.Match[str], *, is_ahead: bool) -> Iterator[Verdict]:
    tail = clause.text[match.end() :]
    lower, upper = clause.after(match.end()), clause.before(match.end())
    direct = re.match(
        r"^\W*(?:the |your |team |both |than |on |for |of |in |by |that |what |cost |costs )*", tail
    )
    is_named = (
        bool(lower)
        and bool(direct)
        and _starts(clause, match.end() + (direct.end() if direct else 0))
    )
    if not is_named:
        yield from _unnamed_other(clause, match, tail, upper, is_ahead=is_ahead)
        return
    upper = upper or [n for n in sorted(clause.leaning) if n not in lower]
    if not upper:
        yield None
        return
    is_sum = bool(re.search(r"\b(?:together|combined|and)\b", tail)) and "combined" in tail

    def test(values: dict[str, Decimal], _: Sequence[str]) -> Verdict:
        if any(n not in values for n in (*upper, *lower)):
            return False
        theirs = [values[n] for n in lower]
        limit = sum(theirs, Decimal(0)) if is_sum else max(theirs) if is_ahead else min(theirs)
        return all((values[n] > limit) if is_ahead else (values[n] < limit) for n in upper)

    yield _alike(clause, match, [*upper, *lower], test)


def _starts(clause: Clause, at: int) -> bool:
    return any(m.start == at for m in clause.names)


def _unnamed_other(
    clause: Clause, match: re.Match[str], tail: str, names: Sequence[str], *, is_ahead: bool
) -> Iterator[Verdict]:
    """“than any other team”; what time and numbers are compared with is looked at elsewhere."""
    if words.RISE.search(clause.text, match.start(), len(clause.text)) and "than" in match[0]:
        return
    if words.FALL.search(clause.text, match.start(), len(clause.text)) and "than" in match[0]:
        return
    if re.match(
        r"^\W*(?:about |around |roughly |your |the )?[\d$€£¥+-]|^\W*$|^\W*(?:half|a |one |two )",
        tail,
    ):
        return
    if clause.sentence.days and re.match(r"^\W*(?:as |much |in |on |during |of )*", tail):
        return  # as much as another time: a factor, which is looked at as a number
    if re.match(
        r"^\W*(?:the )?(?:total|figure|amount|same|as|previous|period|month|week|day)", tail
    ):
        return
    if (
        re.match(r"^\W*(?:any|every|all|the (?:other|rest)|everyone|anyone|everything)", tail)
        and names
    ):
        rank = 1 if is_ahead else _LAST
        yield _alike(clause, match, names, _ranked(rank))
        return
    yield None


def _are_even(values: dict[str, Decimal], names: Sequence[str]) -> Verdict:
    mine = [values[n] for n in names if n in values]
    return len(mine) == len(names) and max(mine) - min(mine) <= abs(max(mine)) * _EVEN


def _assumed(clause: Clause) -> Iterator[Verdict]:
    """What no bill says: wasted, idle, unusual, on weekends."""
    if clause.says(words.ASSUMED):
        yield None


_CHECKS: tuple[Callable[[Clause], Iterator[Verdict]], ...] = (
    _superlatives,
    _comparisons,
    trends,
    causes,
    shares,
    absences,
    _assumed,
)
