"""Puts a vendor's costs and its usage together, so that neither is counted twice.

A cost report says what was charged, a usage report how many tokens went through, and both speak
of the same thing. Costs are the bill: their sum is kept to the last digit. Tokens are put to the
cost they belong to; what finds no partner keeps a line of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

TOKENS = "Tokens"
_TWELVE = Decimal(1).scaleb(-12)  # what the lake keeps of an amount


@dataclass(frozen=True, slots=True)
class About:
    """What a charge or a use is about; None where it is not told.

    Args:
        day: the UTC day.
        account: id of the project or workspace.
        model: the model's id.
        direction: `Input` or `Output`.
        cache: `Read` or `Write`.
        tier: `batch`, `priority`, …
        detail: what else tells prices apart (context window, how long a cache keeps).
    """

    day: date
    account: str | None = None
    model: str | None = None
    direction: str | None = None
    cache: str | None = None
    tier: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Cost:
    """One item of a cost report.

    Args:
        about: what was charged for.
        match: what a use of the same thing has, too.
        amount: in units of the currency.
        currency: its ISO code.
        description: in the vendor's words.
        api_key: id of the key; None where the report names none.
        quantity: of the same item, where the report tells it.
        unit: of the quantity.
    """

    about: About
    match: tuple[object, ...]
    amount: Decimal
    currency: str
    description: str
    api_key: str | None = None
    quantity: Decimal | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Use:
    """One item of a usage report."""

    about: About
    match: tuple[object, ...]
    quantity: Decimal
    unit: str = TOKENS
    api_key: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the bill to be; `amount` is None where the vendor charged nothing for it."""

    about: About
    amount: Decimal | None
    currency: str
    description: str
    api_key: str | None = None
    quantity: Decimal | None = None
    unit: str | None = None


@dataclass(slots=True)
class Unmatched:
    """What found no partner: tokens nobody was charged for, and charges without a quantity."""

    costs: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    tokens: Decimal = Decimal(0)

    def add(self, line: Line) -> None:
        """Count a line, if it is one."""
        if line.amount is None and line.unit == TOKENS:
            self.tokens += line.quantity or 0
        elif line.amount and line.quantity is None:
            self.costs[line.currency] += line.amount


def matched(costs: Iterable[Cost], uses: Iterable[Use], *, currency: str) -> list[Line]:
    """The lines of both: every cost once, every use once.

    Costs of one match whose quantity is not told become one, and are divided among the keys
    that used it by their quantities: within a match there is one price.

    Args:
        costs: the whole cost report.
        uses: the whole usage report.
        currency: of the uses that nobody was charged for.
    """
    used = _by_match(uses)
    groups: defaultdict[tuple[object, ...], list[Cost]] = defaultdict(list)
    for cost in costs:
        groups[cost.match].append(cost)
    lines: list[Line] = []
    for match, group in groups.items():
        mine = used.pop(match, [])
        is_told = all(cost.quantity is not None for cost in group)
        one_currency = len({cost.currency for cost in group}) == 1
        if not is_told and one_currency and sum(use.quantity for use in mine) > 0:
            lines += _shared(group, mine)
        else:
            lines += [_line(cost) for cost in group]
    left = (use for mine in used.values() for use in mine)
    return lines + [_free(use, currency) for use in left]


def rounded(lines: Iterable[Line]) -> list[Line]:
    """Amounts with twelve decimals, whose sums per currency are the exact ones with twelve."""
    exact: defaultdict[str, Decimal] = defaultdict(Decimal)
    given: defaultdict[str, Decimal] = defaultdict(Decimal)
    made = []
    for line in lines:
        if line.amount is None:
            made.append(line)
            continue
        exact[line.currency] += line.amount
        amount = exact[line.currency].quantize(_TWELVE) - given[line.currency]
        given[line.currency] += amount
        made.append(replace(line, amount=amount))
    return made


def _by_match(uses: Iterable[Use]) -> dict[tuple[object, ...], list[Use]]:
    """Uses by match, each key's once; without those of nothing."""
    found: defaultdict[tuple[object, ...], dict[str | None, Use]] = defaultdict(dict)
    for use in uses:
        if use.quantity:
            same = found[use.match].get(use.api_key)
            quantity = use.quantity + (same.quantity if same else 0)
            found[use.match][use.api_key] = replace(use, quantity=quantity)
    return {match: list(keys.values()) for match, keys in found.items()}


def _line(cost: Cost) -> Line:
    return Line(
        cost.about,
        cost.amount,
        cost.currency,
        cost.description,
        cost.api_key,
        cost.quantity,
        cost.unit,
    )


def _free(use: Use, currency: str) -> Line:
    return Line(
        use.about, None, currency, "Usage without a charge", use.api_key, use.quantity, use.unit
    )


def _shared(costs: list[Cost], uses: list[Use]) -> list[Line]:
    total = sum((cost.amount for cost in costs), Decimal(0))
    quantity = sum((use.quantity for use in uses), Decimal(0))
    largest = max(costs, key=lambda cost: abs(cost.amount))
    about = replace(largest.about, tier=_same(cost.about.tier for cost in costs))
    left, lines = total, []
    for place, use in enumerate(uses):
        is_last = place == len(uses) - 1
        part = left if is_last else (total * use.quantity / quantity).quantize(_TWELVE)
        left -= part
        lines.append(
            Line(
                about,
                part,
                largest.currency,
                largest.description,
                use.api_key,
                use.quantity,
                use.unit,
            )
        )
    return lines


def _same(values: Iterable[str | None]) -> str | None:
    """The one value there is; None where there are several."""
    found = set(values)
    return found.pop() if len(found) == 1 else None
