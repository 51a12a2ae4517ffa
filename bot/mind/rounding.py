"""Whether a stated number is an honest rounding of a held figure, of the same kind and unit."""

from __future__ import annotations

import re
from decimal import Decimal

from bot.mind.held import Held
from bot.mind.numerals import Claim, Kind, last_place
from tools.core.results import FigureKind

MOST_OFF = Decimal("0.05")  # of the figure; a tenth of its leading digit, at worst
_WAY_OFF = Decimal("1.5")  # “more than half” is not said of nearly all
_HUNDRED = Decimal(100)


def agrees(claim: Claim, figure: Held) -> bool:
    """Whether the claim states the figure, rounded no further than its digits say."""
    size = abs(figure.value)
    match claim.kind:
        case Kind.MONEY:
            return (
                figure.kind is FigureKind.MONEY and claim.unit == figure.unit and _is(claim, size)
            )
        case Kind.PERCENT:
            return figure.kind is FigureKind.PERCENT and _is(claim, size)
        case Kind.NUMBER:
            return (
                figure.kind is FigureKind.NUMBER
                and _has_unit(claim.unit, figure.unit)
                and _is(claim, size)
            )
        case Kind.TIMES:
            return _is_factor(claim, figure)
        case _:
            return False


def _is(claim: Claim, size: Decimal) -> bool:
    if claim.bound and not claim.is_hedged:
        return _is_bound(claim, size)
    if not size or not claim.value:
        return size == claim.value
    if claim.bound and (size > claim.value) is (claim.bound == "under"):
        return False  # “nearly”, and yet it is more
    step = _step(claim)
    if abs(size - claim.value) > step / 2:
        return False
    if claim.kind is Kind.PERCENT and (step <= 1 or claim.step > 1):
        return True  # whole percents, and thirds, are how people say them
    return abs(size - claim.value) <= size * MOST_OFF


def _step(claim: Claim) -> Decimal:
    """What the last digit given is worth; zeros at the end are none where it says “about”."""
    if not claim.is_hedged or claim.step < 1:
        return claim.step
    if claim.kind is Kind.PERCENT and claim.step > 1:
        return claim.step * Decimal("2.5")  # “about two thirds”
    return max(claim.step, last_place(claim.value))


def _is_bound(claim: Claim, size: Decimal) -> bool:
    """“over $40,000” of $41,200: true, and near enough to be worth saying."""
    low, high = sorted((claim.value, size))
    is_near = high <= low * _WAY_OFF
    return is_near and (size > claim.value if claim.bound == "over" else size < claim.value)


def _is_factor(claim: Claim, figure: Held) -> bool:
    """“doubled” is a rise by 100 %, “3x” a ratio of three."""
    if figure.kind is FigureKind.PERCENT and figure.is_change:
        factor = 1 + figure.value / _HUNDRED
    elif figure.kind is FigureKind.NUMBER and figure.is_derived and not figure.unit:
        factor = figure.value
    else:
        return False
    if claim.bound and not claim.is_hedged:
        return _is_bound(claim, factor)
    near = MOST_OFF * abs(factor) * (2 if claim.is_hedged else 1)
    return abs(factor - claim.value) <= (near if claim.is_hedged else min(near, claim.step / 2))


def _has_unit(said: str, unit: str) -> bool:
    """Whether the words after a number begin with the unit: `gpu hours on p4d`."""
    if not unit:
        return not said or said.split(" ")[0] in _NO_UNITS
    need = _loose(unit).split(" ")
    heard = [_loose(word) for word in re.split(r"[ -]", said) if word]
    return heard[: len(need)] == need


_NO_UNITS = frozenset(["and", "in", "for", "to", "of", "on", "at", "with", "is", "was", "or"])


def _loose(text: str) -> str:
    """Without hyphens and plural endings."""
    return " ".join(
        word[:-3] + "y" if word.endswith("ies") else word.removesuffix("s")
        for word in re.split(r"[ _-]+", text.casefold())
        if word
    )
