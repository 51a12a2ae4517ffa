"""How a change splits into usage, price, mix and exchange rate: pure arithmetic.

A quantity and a price on both sides are split as price–volume variance does it:

    usage = (new quantity − old quantity) × old unit price
    rate  = new quantity × (new unit price − old unit price)

Where one meter is paid in several ways (on demand, committed), the rate splits again into what
each way's price changed and the *mix*: how far use moved from one way to another. (C. Horngren
et al., “Cost Accounting”, price, efficiency and sales-mix variances.) Where the bill has another
currency than the answer, what only conversion changed is the *exchange*, and all prices above
are at the old conversion rate:

    exchange = new cost in the bill's currency × (new conversion rate − old conversion rate)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING

from tools.core.results import Cause

if TYPE_CHECKING:
    from tools.lake.effects import Cell, Lot

Split = tuple[Cause, Decimal, "Cell | None"]  # the cell that use moved to
_ZERO, _ONE = Decimal(0), Decimal(1)
_TWELVE = Decimal(1).scaleb(-12)
_ROUNDING = Decimal("0.0001")  # a smaller change of price is the bill's own rounding
_ABSURD = 10  # times all the cost: quantities that moved so far were not counted the same way
_Old = Mapping[str | None, Decimal]  # currency → its old conversion rate over the new one


def split(lot: Lot, difference: Decimal) -> Iterator[Split]:
    """Mix, exchange, usage and rate; the last is what remains, so that nothing is lost."""
    old, new = lot.quantity_before, lot.quantity_after
    largest = max(abs(lot.before), abs(lot.after))
    conversions = _conversions(lot)
    fx = _exchange(lot, conversions)
    yield Cause.EXCHANGE, fx, None
    usage, rest = (new - old) * lot.before / old, difference - fx
    mix, to = _mix(lot, rest - _rounded(usage), conversions)
    back = (old - new) * (lot.after - fx) / new  # the same, seen from the other side
    if max(abs(usage), abs(back)) > _ABSURD * largest:
        yield _when_absurd(is_along=rest * usage > 0, to=to), rest, to
        return
    usage = _rounded(usage)
    yield Cause.RATE, mix, to
    rate = rest - usage - mix
    if abs(rate) <= _ROUNDING * largest:
        usage, rate = usage + rate, _ZERO
    yield Cause.USAGE, usage, None
    yield Cause.RATE, rate, None


def _when_absurd(*, is_along: bool, to: Cell | None) -> Cause:
    """Another size or way of paying; else use, where the cost moved with it."""
    if to is not None:
        return Cause.RATE
    return Cause.USAGE if is_along else Cause.UNEXPLAINED


def exchange(lot: Lot) -> Decimal:
    """What only the conversion of the bill's currencies changed."""
    return _exchange(lot, _conversions(lot))


def _exchange(lot: Lot, conversions: _Old) -> Decimal:
    now = (cell.after * (_ONE - conversions[cell.currency]) for cell in lot.cells)
    return _rounded(sum(now, _ZERO))


def _conversions(lot: Lot) -> _Old:
    """Per currency how much less it was worth; 1 where that is not known or did not change."""
    by_currency: defaultdict[str | None, list[Cell]] = defaultdict(list)
    for cell in lot.cells:
        by_currency[cell.currency].append(cell)
    return {currency: _conversion(some) for currency, some in by_currency.items()}


def _conversion(some: list[Cell]) -> Decimal:
    before, after = sum((c.before for c in some), _ZERO), sum((c.after for c in some), _ZERO)
    own_before = sum((c.own_before for c in some), _ZERO)
    own_after = sum((c.own_after for c in some), _ZERO)
    if not (before and after and own_before and own_after):
        return _ONE
    found = (before / own_before) / (after / own_after)
    # Charges and refunds that nearly even out have no rate of their own.
    is_known = before * own_before > 0 and 1 / Decimal(_ABSURD) < found < _ABSURD
    return found if is_known and abs(found - _ONE) > _ROUNDING else _ONE


def _mix(lot: Lot, priced: Decimal, conversions: _Old) -> tuple[Decimal, Cell | None]:
    """How much of a change of price is use that moved to another way of paying, and which."""
    ways = _ways(lot, conversions)
    if len(ways) < 2:
        return _ZERO, None
    kept = [(b, a, q, r) for b, a, q, r, _ in ways if q > 0 and r > 0]
    pure = sum((a - r * b / q for b, a, q, r in kept), _ZERO)
    old, new = lot.quantity_before, lot.quantity_after
    to = max(ways, key=lambda way: way[3] / new - way[2] / old)[4]
    return _rounded(priced - pure), to


def _ways(lot: Lot, conversions: _Old) -> list[tuple[Decimal, Decimal, Decimal, Decimal, Cell]]:
    """Per way of paying or size: cost before and after, quantity before and after, its cell."""
    by_way: defaultdict[object, list[Cell]] = defaultdict(list)
    for cell in lot.cells:
        by_way[cell.pricing, cell.commitment_status, cell.instance_type].append(cell)
    return [
        (
            sum((c.before for c in some), _ZERO),
            sum((c.after * conversions[c.currency] for c in some), _ZERO),
            sum((c.quantity_before for c in some), _ZERO),
            sum((c.quantity_after for c in some), _ZERO),
            max(some, key=lambda c: abs(c.after)),
        )
        for some in by_way.values()
    ]


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(_TWELVE, ROUND_HALF_EVEN)
