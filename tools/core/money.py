"""Money is a `Decimal` with a currency, and how it is written for people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

_SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹", "KRW": "₩"}
_WHOLE = 100
_NO_CENTS = {"JPY", "KRW", "VND", "CLP", "ISK", "HUF"}


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in one currency (ISO 4217 code). Different currencies never add."""

    amount: Decimal
    currency: str

    def __add__(self, other: Money) -> Money:
        if other.currency != self.currency:
            raise ValueError(f"cannot add {other.currency} to {self.currency}")
        return Money(self.amount + other.amount, self.currency)

    def __str__(self) -> str:
        return money_text(self.amount, self.currency)


def money_text(amount: Decimal, currency: str | None, *, places: int | None = None) -> str:
    """`$1,234.56`, `−$3.20`, `CHF 12.00`; below a cent, two significant digits: `$0.0042`.

    `places` sets the number of decimals instead: none for an axis, more for a price.
    """
    size = abs(amount)
    if places is None:
        places = 0 if currency in _NO_CENTS else 2
        if size and size < Decimal(1).scaleb(-places) / 2:
            places = min(12, 1 - size.adjusted())
    number = f"{size.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN):,f}"
    sign = "−" if amount < 0 else ""
    if currency is None:
        return f"{sign}{number}"
    symbol = _SYMBOLS.get(currency)
    return f"{sign}{symbol}{number}" if symbol else f"{sign}{currency} {number}"


def about_text(amount: Decimal, currency: str | None) -> str:
    """An estimate: `$7,112`, without cents from a hundred on, which nobody can know."""
    return money_text(amount, currency, places=0 if abs(amount) >= _WHOLE else None)


def sums_text(
    sums: Mapping[str, Decimal], *, each: Callable[[Decimal, str], str] = money_text
) -> str:
    """`$180.00`, `$180.00 and €20.00`: sums that never add, by currency; empty for none."""
    return " and ".join(each(amount, currency) for currency, amount in sums.items())


def decimal_text(value: Decimal | None) -> str | None:
    """`12.5`, never `1.25E+1` or `12.500000000000`."""
    if value is None:
        return None
    text = f"{value:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"
