"""Arithmetic over given figures: derived numbers are calculated here, never by a model."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext

from tools.core.errors import InputError
from tools.core.results import Figure, FigureKind

# Only as factors: adding a hundred to an amount would be a made-up number.
CONSTANTS = frozenset(
    Decimal(n) for n in (2, 7, 10, 12, 24, 30, 31, 52, 60, 100, 365, 1000, 1_000_000)
)
LONGEST = 300  # characters of an expression
DEEPEST = 20  # parentheses in one another
_TOKEN = re.compile(r"\s*(?:(\d+(?:\.\d+)?)(\s*%)?|([a-z_]+)|([-+*/(),−×÷]))", re.IGNORECASE)
_SIGNS = str.maketrans({"−": "-", "×": "*", "÷": "/"})


@dataclass(frozen=True, slots=True)
class Known:
    """A number that may stand in a calculation.

    Args:
        text: as it was shown: digits and a point, without sign, separators or currency.
        value: the exact figure behind it, with its sign; it is what is calculated with.
        kind: what it is; None for a number the asker said, which is what its neighbour is.
        unit: the currency of money, else the unit counted.
    """

    text: str
    value: Decimal
    kind: FigureKind | None = None
    unit: str = ""


def calculate(expression: str, *, known: Iterable[Known]) -> Figure:
    """A number derived from figures that tools gave: sums, differences, ratios, percentages.

    Args:
        expression: `+ - * /`, parentheses, `sum(a, b, …)`, `percent_change(before, after)` and
            `percent(part, whole)`; numbers as they were shown, without separators.
        known: the numbers that may be used, besides plain constants such as 12 and 100.

    Returns:
        The figure; its kind and unit follow from those of what it was made of.

    Raises:
        InputError: a number is not known, kinds or currencies do not go together, or it is no
            arithmetic; the sentence says which.
    """
    if len(expression) > LONGEST:
        raise InputError(f"The calculation is longer than {LONGEST} characters.")
    with localcontext(prec=40):
        reader = _Reader(_tokens(expression), tuple(known))
        found = reader.whole()
    if not found.is_grounded:
        raise InputError("The calculation uses no figure that a tool returned or the asker said.")
    kind = found.kind or FigureKind.NUMBER
    return Figure(" ".join(expression.split()), found.value, kind, found.unit)


@dataclass(frozen=True, slots=True)
class _Operand:
    """A value on its way: constants are not grounded and have no kind."""

    value: Decimal
    kind: FigureKind | None = None
    unit: str = ""
    is_grounded: bool = False
    is_constant: bool = False


def _tokens(expression: str) -> list[str]:
    tokens, at = [], 0
    text = expression.strip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if not found:
            raise InputError(
                f"“{text[at : at + 12]}” is no part of a calculation; write numbers without "
                "separators or currency signs, and + - * / ( )."
            )
        number, percent, name, sign = found.groups()
        if number:
            tokens.append(number + ("%" if percent else ""))
        else:
            tokens.append(name.lower() if name else sign.translate(_SIGNS))
        at = found.end()
    return tokens


class _Reader:
    """Reads the tokens from left to right; multiplication binds tighter than addition."""

    def __init__(self, tokens: list[str], known: tuple[Known, ...]) -> None:
        self._tokens = tokens
        self._known = known
        self._at = 0
        self._depth = 0

    def whole(self) -> _Operand:
        found = self._sum()
        if self._at < len(self._tokens):
            raise InputError(f"“{self._tokens[self._at]}” was not expected in the calculation.")
        return found

    def _next(self) -> str:
        return self._tokens[self._at] if self._at < len(self._tokens) else ""

    def _take(self, *wanted: str) -> str:
        token = self._next()
        if not token or token not in wanted:
            return ""
        self._at += 1
        return token

    def _sum(self) -> _Operand:
        left = self._product()
        while sign := self._take("+", "-"):
            right = self._product()
            left = _added(left, right if sign == "+" else _negative(right))
        return left

    def _product(self) -> _Operand:
        left = self._factor()
        while sign := self._take("*", "/"):
            right = self._factor()
            left = _multiplied(left, right) if sign == "*" else _divided(left, right)
        return left

    def _factor(self) -> _Operand:
        self._depth += 1
        if self._depth > DEEPEST:
            raise InputError("The calculation is nested too deeply.")
        try:
            if self._take("-"):
                return _negative(self._factor())
            if self._take("("):
                return self._closed(self._sum())
            return self._call() if self._next() in _FUNCTIONS else self._number()
        finally:
            self._depth -= 1

    def _closed(self, inner: _Operand) -> _Operand:
        if not self._take(")"):
            raise InputError("A parenthesis of the calculation is not closed.")
        return inner

    def _call(self) -> _Operand:
        name = self._take(*_FUNCTIONS)
        if not self._take("("):
            raise InputError(f"“{name}” needs its numbers in parentheses.")
        arguments = [self._sum()]
        while self._take(","):
            arguments.append(self._sum())
        if not self._take(")"):
            raise InputError("A parenthesis of the calculation is not closed.")
        return _FUNCTIONS[name](arguments)

    def _number(self) -> _Operand:
        token = self._next()
        if not token[:1].isdigit():
            what = f"“{token}” was not expected" if token else "Something is missing"
            raise InputError(f"{what} in the calculation.")
        self._at += 1
        return self._looked_up(token)

    def _looked_up(self, token: str) -> _Operand:
        text = token.removesuffix("%")
        value = Decimal(text)
        fits = [k for k in self._known if k.text == text] or [
            k for k in self._known if abs(k.value) == value
        ]
        if token.endswith("%"):
            fits = [k for k in fits if k.kind in (FigureKind.PERCENT, None)]
        elif value in CONSTANTS and not any(k.text == text for k in fits):
            return _Operand(value, is_constant=True)
        if not fits:
            raise InputError(
                f"{token} is no figure that a tool returned here or that the asker said, so it "
                "cannot be calculated with. Use the figures exactly as they were shown."
            )
        best = min(fits, key=lambda k: (k.kind is None, list(FigureKind).index(k.kind or _LAST)))
        size = abs(best.value)
        if token.endswith("%"):
            return _Operand(size / 100, FigureKind.NUMBER, is_grounded=True)
        return _Operand(size, best.kind, best.unit, is_grounded=True)


_LAST = FigureKind.NUMBER


def _negative(one: _Operand) -> _Operand:
    return _Operand(-one.value, one.kind, one.unit, one.is_grounded, one.is_constant)


def _added(left: _Operand, right: _Operand) -> _Operand:
    if left.is_constant or right.is_constant:
        raise InputError("A plain number can multiply or divide a figure, not be added to it.")
    kind, unit = _together(left, right)
    return _Operand(left.value + right.value, kind, unit, is_grounded=True)


def _together(left: _Operand, right: _Operand) -> tuple[FigureKind | None, str]:
    """The kind both share; a number of the asker's takes its neighbour's."""
    if left.kind is None or right.kind is None:
        known = right if left.kind is None else left
        return known.kind, known.unit
    if left.kind is not right.kind:
        raise InputError(f"{_named(left)} and {_lower(right)} cannot be added or compared.")
    if left.unit != right.unit:
        raise InputError(f"{_named(left)} and {_lower(right)} do not add up.")
    return left.kind, left.unit


def _named(one: _Operand) -> str:
    kind = {
        FigureKind.MONEY: "An amount",
        FigureKind.PERCENT: "A percentage",
        FigureKind.NUMBER: "A number",
    }[one.kind or FigureKind.NUMBER]
    return f"{kind} in {one.unit}" if one.unit else kind


def _lower(one: _Operand) -> str:
    text = _named(one)
    return f"{text[0].lower()}{text[1:]}"


def _multiplied(left: _Operand, right: _Operand) -> _Operand:
    kinds = {left.kind, right.kind}
    is_grounded = left.is_grounded or right.is_grounded
    value = left.value * right.value
    if FigureKind.MONEY in kinds:
        if left.kind is right.kind:
            raise InputError("An amount of money cannot be multiplied by another.")
        money = left if left.kind is FigureKind.MONEY else right
        return _Operand(value, FigureKind.MONEY, money.unit, is_grounded)
    both = left.is_constant and right.is_constant
    unit = left.unit if not right.unit else right.unit if not left.unit else ""
    kind = left.kind if right.kind is None else right.kind if left.kind is None else _LAST
    return _Operand(value, kind, unit, is_grounded, both)


def _divided(left: _Operand, right: _Operand) -> _Operand:
    if not right.value:
        raise InputError("The calculation divides by zero.")
    value = left.value / right.value
    is_grounded = left.is_grounded or right.is_grounded
    if right.is_constant or right.kind is None:
        return _Operand(value, left.kind, left.unit, is_grounded, left.is_constant)
    if left.kind is FigureKind.MONEY and right.kind is not FigureKind.MONEY:
        return _Operand(value, FigureKind.MONEY, left.unit, is_grounded)
    if left.kind is right.kind and left.unit != right.unit and left.kind is FigureKind.MONEY:
        raise InputError(f"{_named(left)} and {_lower(right)} cannot be added or compared.")
    return _Operand(value, FigureKind.NUMBER, "", is_grounded)


def _total(arguments: list[_Operand]) -> _Operand:
    found = arguments[0]
    for one in arguments[1:]:
        found = _added(found, one)
    return found


def _ratio(part: _Operand, whole: _Operand) -> Decimal:
    if part.is_constant or whole.is_constant:
        raise InputError("A percentage needs two figures, not a plain number.")
    _together(part, whole)
    if whole.value <= 0:
        raise InputError("A percentage of nothing, or of a credit, says nothing.")
    return part.value / whole.value * 100


def _percent(arguments: list[_Operand]) -> _Operand:
    part, whole = _pair(arguments, "percent(part, whole)")
    return _Operand(_ratio(part, whole), FigureKind.PERCENT, "", is_grounded=True)


def _percent_change(arguments: list[_Operand]) -> _Operand:
    before, after = _pair(arguments, "percent_change(before, after)")
    value = _ratio(after, before) - 100
    return _Operand(value, FigureKind.PERCENT, "", is_grounded=True)


def _pair(arguments: list[_Operand], form: str) -> tuple[_Operand, _Operand]:
    if len(arguments) != 2:
        raise InputError(f"It is {form}.")
    return arguments[0], arguments[1]


_FUNCTIONS: Mapping[str, Callable[[list[_Operand]], _Operand]] = {
    "sum": _total,
    "percent": _percent,
    "percent_change": _percent_change,
}
