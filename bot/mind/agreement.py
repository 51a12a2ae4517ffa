"""Whether what a sentence states is what the tools returned, about the thing it names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from itertools import chain

from bot.mind import words
from bot.mind.dates_said import Said, days_said
from bot.mind.held import Held, Store
from bot.mind.names_said import Mention, blanked, mentions
from bot.mind.numerals import Claim, Kind, claims
from bot.mind.order_words import NEUTRAL
from bot.mind.rounding import agrees
from tools.core.periods import DAY, Period
from tools.core.results import FigureKind

_KINDS = {
    Kind.MONEY: FigureKind.MONEY,
    Kind.PERCENT: FigureKind.PERCENT,
    Kind.NUMBER: FigureKind.NUMBER,
}
_FROM = re.compile(r"\bfrom\s*$", re.IGNORECASE)
_TO = re.compile(r"\b(?:to|now)\s*$", re.IGNORECASE)
_OF = re.compile(r"^\s*of\b", re.IGNORECASE)
_TOP = re.compile(r"\b(?:top|first|largest|biggest)\s*$", re.IGNORECASE)
_RESPECTIVELY = re.compile(r"\brespectively\b", re.IGNORECASE)


@dataclass(frozen=True)
class Sentence:
    """One `checkable` sentence, and what it is checked against.

    Args:
        text: as its reader sees it.
        store: what tools returned.
        asked: the asker's own numbers.
        today: for “last month”.
        carried: names the sentence before was about, where this one says “it”.
        said: names that the answer has mentioned so far.
    """

    text: str
    store: Store
    asked: Sequence[Claim]
    today: date
    carried: frozenset[str] = frozenset()
    said: frozenset[str] = frozenset()

    @cached_property
    def mentions(self) -> tuple[Mention, ...]:
        """The names in it."""
        return mentions(self.text, self.store.names)

    @cached_property
    def claims(self) -> tuple[Claim, ...]:
        """Its numbers; those in names and days are none."""
        text = blanked(self.text, mentions(self.text, self.store.names, is_safe=True))
        return claims(blanked(text, self.days))

    @cached_property
    def days(self) -> tuple[Said, ...]:
        """The days it names."""
        taken = mentions(self.text, self.store.names, is_safe=True)
        return days_said(blanked(self.text, taken), today=self.today)

    @cached_property
    def _turns(self) -> str:
        """The text without “makes up”, which says no rise."""
        return words.NO_TURN.sub(lambda m: " " * len(m[0]), self.text)

    @property
    def names(self) -> frozenset[str]:
        """What it is about."""
        return frozenset(m.name for m in self.mentions)

    def holds(self) -> bool:
        """Whether every number in it was returned by a tool, for what it is said of."""
        if not all(map(self._is_known_day, self.days)):
            return False
        found = [self._candidates(claim) for claim in self.claims]
        if not all(self._is_backed(c, f) for c, f in zip(self.claims, found, strict=True)):
            return False
        figures = [(c, f) for c, f in zip(self.claims, found, strict=True) if f]
        return any(self._fits(figures, owners) for owners in self._readings(figures))

    def _is_known_day(self, said: Said) -> bool:
        if not said.is_exact or said.period is None:
            return True
        start, last = said.period.start, said.period.last
        days = [*self.store.days, Period(self.today, self.today + DAY)]
        return any(start in p or last in p for p in days)

    def _is_backed(self, claim: Claim, figures: list[Held]) -> bool:
        if figures:
            return True
        if claim.kind is Kind.RANK or self._is_rank(claim):
            return 0 < claim.value <= self.store.ranks
        if claim.kind is Kind.NUMBER and not claim.is_scaled:
            is_own_count = claim.value == len(self.names) and 2 <= claim.value <= 12
            if is_own_count and claim.unit.split(" ")[0] not in _MEASURES:
                return True
        return self._is_askers(claim)

    def _is_rank(self, claim: Claim) -> bool:
        before = self.text[: claim.bound_start]
        return claim.kind is Kind.NUMBER and bool(_TOP.search(before)) and claim.step == 1

    def _is_askers(self, claim: Claim) -> bool:
        """The asker's own number, said as theirs, beside a figure it is rightly compared with."""
        if not any(_is_same(claim, mine) for mine in self.asked):
            return False
        beside = [
            f for c in self.claims if c is not claim and c.kind is claim.kind
            for f in self._candidates(c)
        ]  # fmt: skip
        before = self.text[max(0, claim.start - 30) : claim.start].lower()
        if claim.bound == "over" or re.search(r"\b(?:above|exceeds?|over|than)\b", before):
            is_less = bool(re.search(r"\b(?:less|lower|fewer)\b", before))
            return any(
                abs(f.value) < claim.value if is_less else abs(f.value) > claim.value
                for f in beside
            )
        if claim.bound == "under" or re.search(r"\b(?:below|under|within)\b", before):
            return any(abs(f.value) < claim.value or f.is_derived for f in beside)
        return bool(beside) and bool(words.OWN_WORDS.search(self.text))

    def _candidates(self, claim: Claim) -> list[Held]:
        """Held figures that the number may be, wherever in the sentence it stands."""
        return [f for f in self.store.figures if agrees(claim, f) and self._is_meant(claim, f)]

    def _is_meant(self, claim: Claim, figure: Held) -> bool:
        before, after = self.text[: claim.bound_start], self.text[claim.end :]
        return (
            self._has_right_way(claim, figure, before, after)
            and self._has_right_time(claim, figure, before)
            and self._has_right_rate(claim, figure, after)
            and (not figure.is_scaled or self._is_supposed(figure))
            and (not figure.is_estimate or bool(words.ESTIMATE.search(self.text)))
            and not words.BUDGET_BEFORE.search(before)  # no tool returns budgets
        )

    def _is_supposed(self, figure: Held) -> bool:
        """What no bill says is said as a rate or an “if”; plain arithmetic as it is."""
        is_plain = not (figure.parts or self.mentions or self.store.standings)
        return is_plain or bool(words.SCALED.search(self.text))

    def _has_right_way(self, claim: Claim, figure: Held, before: str, after: str) -> bool:
        """A rise is not said of a fall, nor of what is no difference at all."""
        if claim.kind in (Kind.TIMES, Kind.RANK) or claim.kind is Kind.NUMBER:
            return not figure.is_change or not self._is_against_another(claim, figure)
        turns = self._turns[: len(before)]
        is_change_said = bool(words.CHANGE_BEFORE.search(turns) or words.CHANGE_AFTER.match(after))
        if not figure.is_change:
            if is_change_said and not figure.is_derived:
                return False
            if figure.is_derived:
                return self._direction(claim) * _sign(figure.value) >= 0
            return _has_its_sign(claim, figure, self.text)
        if _OF.match(after) and claim.kind is Kind.PERCENT:
            return False  # a share, not a change
        said = claim.sign or self._direction(claim)
        if not said and not words.DIFFERENCE.search(self.text):
            return False
        return said * _sign(figure.value) >= 0 and not self._is_against_another(claim, figure)

    def _is_against_another(self, claim: Claim, figure: Held) -> bool:
        """“twice as much as data” compares two names, not two periods."""
        found = words.COMPARED.search(self.text, claim.end)
        if not found:
            return False
        near = [m for m in self.mentions if 0 <= m.start - found.end() <= _NEAR]
        return any(m.name not in figure.about | figure.within for m in near)

    def _direction(self, claim: Claim) -> int:
        """1 where the nearest word says up, -1 where it says down, 0 where none does."""
        skip = range(claim.bound_start, claim.start)
        found = [m for m in words.DIRECTION.finditer(self._turns) if m.start() not in skip]
        if not found:
            return 0
        nearest = min(found, key=lambda m: max(claim.start - m.end(), m.start() - claim.end))
        return 1 if nearest[0].lower() in words.UP_WORDS else -1

    def _has_right_time(self, claim: Claim, figure: Held, before: str) -> bool:
        """The earlier figure is not said of now, nor the other way round."""
        said = words.ESTIMATE.sub("", self.text) if figure.is_estimate else self.text
        if words.FUTURE.search(said) and figure.period and not figure.is_scaled:
            return False
        is_one_side = figure.other is not None and not figure.is_change
        if is_one_side and not self._has_right_end(claim, figure, before):
            return False
        spans = [d for d in self.days if d.period or d.length]
        if figure.is_step:
            return self._is_of_step(figure, [d.period for d in spans if d.period])
        if figure.period is None or figure.is_scaled or not spans:
            return not figure.is_before or bool(words.BEFORE_WORDS.search(self.text))
        mine = [figure.period]
        if figure.other is not None and (figure.is_change or not figure.is_before):
            mine += [figure.other] if words.COMPARED.search(self.text) else []
        return any(_is_of(span, own, figure) for span in spans for own in mine)

    def _is_of_step(self, figure: Held, spans: Sequence[Period]) -> bool:
        """A day's figure is said of that day, or of the highest one."""
        if figure.period is None or figure.is_before:
            return False
        if not spans:
            return bool(words.SUPERLATIVE.search(self.text))
        start = figure.period.start
        return any(s == figure.period or (s.days == 1 and s.start == start) for s in spans)

    def _has_right_end(self, claim: Claim, figure: Held, before: str) -> bool:
        """“from” the earlier “to” the later figure, and the way it really went."""
        is_from, is_to = bool(_FROM.search(before)), bool(_TO.search(before))
        if (is_from and not figure.is_before) or (is_to and figure.is_before):
            return False
        is_past = words.PAST.search(self.text) and not words.COMPARED.search(self.text)
        if is_past and not figure.is_before:
            return False
        way = self._direction(claim) if is_from or is_to else 0
        later = figure.other if figure.is_before else figure.period
        changes = [
            f.value
            for f in self.store.figures
            if f.is_change and (f.about, f.within, f.period) == (figure.about, figure.within, later)
        ]
        return not way or all(way * _sign(value) >= 0 for value in changes)

    def _has_right_rate(self, claim: Claim, figure: Held, after: str) -> bool:
        """A price per token is no spend, and a sum is no daily average."""
        if claim.kind is not Kind.MONEY:
            return True
        is_rate = bool(words.PER.match(after))
        near = self.text[max(0, claim.start - 40) : claim.start]
        is_average = bool(words.AVERAGE_BEFORE.search(near))
        if figure.is_price:
            return is_rate or " per " in self.text or "/" in after[:2]
        return figure.is_derived or not (is_rate or is_average)

    def _is_whole(self, claim: Claim, figure: Held, others: Sequence[Mention]) -> bool:
        """Whether a total is said to be one, though names of its parts stand near it."""
        if figure.kind is FigureKind.NUMBER and figure.period is None:
            return True  # how many days, teams or lines
        before = [m for m in others if m.end <= claim.start]
        gap = self.text[before[-1].end if before else 0 : claim.start]
        if words.SUMMED.search(gap) and not self._are_all(before):
            return False
        if words.WHOLE_WORDS.search(gap) or words.WHOLE_AFTER.match(self.text[claim.end :]):
            return True
        return not before and bool(words.WHOLE_WORDS.match(self.text[claim.end :].strip(" in,")))

    def _are_all(self, before: Sequence[Mention]) -> bool:
        """“ml and data together” of a total: there must be no others."""
        named = {m.name for m in before}
        return any(s.is_whole and s.names and s.names <= named for s in self.store.standings)

    def _is_of_no_other(self, claim: Claim) -> bool:
        """Whether a total is not said of somebody no result names: “S3 cost $5”."""
        text = blanked(blanked(self.text, self.mentions), self.days)
        found = (
            words.OWNER_BEFORE.search(text[: claim.start]),
            words.OWNER_AFTER.match(text[claim.end :]),
        )
        said = [w for one in found if one for w in words.WORD.findall(one["who"].casefold())]
        return all(word in NEUTRAL or word in words.OWNERLESS for word in said)

    def _readings(self, figures: list[tuple[Claim, list[Held]]]) -> Iterator[_Reading]:
        """Ways in which names and figures may belong together: one must fit throughout."""
        yield _Reading(is_before_first=True)
        yield _Reading(is_before_first=False)
        if _RESPECTIVELY.search(self.text):
            yield _Reading(is_before_first=True, order=tuple(c.start for c, _ in figures))

    def _fits(self, figures: list[tuple[Claim, list[Held]]], reading: _Reading) -> bool:
        return all(
            any(self._belongs(claim, figure, reading) for figure in found)
            for claim, found in figures
        )

    def _belongs(self, claim: Claim, figure: Held, reading: _Reading) -> bool:
        names = self.mentions or tuple(Mention(0, 0, name) for name in self.carried)
        others = [m for m in names if m.name not in figure.within]
        known = {m.name for m in names} | self.said
        if not figure.within <= known and not figure.is_derived:
            return False
        if len(figure.parts) > 1 and others:
            return figure.parts <= {m.name for m in others}
        if not figure.about:
            is_total = figure.period is not None and not (figure.is_change or figure.is_derived)
            if is_total and not self._is_of_no_other(claim):
                return False
            return (
                not others
                or (figure.is_derived and not figure.parts)
                or self._is_whole(claim, figure, others)
            )
        if not names:
            return figure.is_derived or bool(words.SUPERLATIVE.search(self.text))
        if not others:
            return False
        owner = reading.owner(claim, others)
        is_alone = len(self.claims) == 1 and not figure.is_derived
        rest = {m.name for m in others} - figure.about
        return owner in figure.about and not (is_alone and len(figure.about) > 1 and rest)


@dataclass(frozen=True, slots=True)
class _Reading:
    """Whether a figure belongs to the name before it, or to the one after it."""

    is_before_first: bool
    order: tuple[int, ...] = ()

    def owner(self, claim: Claim, names: Sequence[Mention]) -> str:
        if self.order:
            at = self.order.index(claim.start)
            return names[at].name if at < len(names) else ""
        before = [m for m in names if m.start < claim.start]
        after = [m for m in names if m.start >= claim.start]
        first, second = (before[::-1], after) if self.is_before_first else (after, before[::-1])
        return next(chain(first, second)).name


_NEAR = 12  # letters between “than” and what follows it
_MEASURES = frozenset(
    ["tokens", "token", "hours", "hour", "gb", "tb", "gpu-hours", "requests", "days", "day",
     "weeks", "week", "months", "month", "years", "year", "points", "gpus", "gpu"]
)  # fmt: skip


def _is_same(claim: Claim, other: Claim) -> bool:
    return (claim.kind, claim.value) == (other.kind, other.value) and (
        claim.unit == other.unit or claim.kind is not Kind.MONEY
    )


def _sign(value: Decimal) -> int:
    return (value > 0) - (value < 0)


def _has_its_sign(claim: Claim, figure: Held, text: str) -> bool:
    if figure.value < 0:
        return claim.sign < 0 or bool(words.CREDIT_WORDS.search(text))
    is_credit = words.CREDIT_BESIDE.search(text[: claim.start]) or words.CREDIT_AFTER.match(
        text[claim.end :]
    )
    return claim.sign >= 0 and not is_credit


def _is_of(said: Said, own: Period, figure: Held) -> bool:
    """Whether a figure of the days `own` may be said of the days a sentence names."""
    span = said.period
    if span is None:
        return own.days in said.length
    if span.start <= own.start and own.end <= span.end:
        return True
    if span.days == 1 and span.start in (own.start, own.last):
        return True  # since its first day, through its last
    return figure.is_change and own.start <= span.start and span.end <= own.end
