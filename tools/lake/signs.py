"""Which currencies a sign or code inside an amount can stand for.

`$` is the sign of many dollars and pesos, `€` of one currency, and a code of itself. An amount
whose sign contradicts the currency of its row is no amount of that currency: reading it as one
would be a wrong number that nobody sees.
"""

from __future__ import annotations

from collections.abc import Mapping

from tools.lake.quoting import literal

_DOLLARS = "USD CAD AUD NZD SGD HKD TWD BMD BSD BBD BZD FJD JMD NAD TTD MXN ARS CLP COP UYU DOP"
_OF: Mapping[str, str] = {
    "$": _DOLLARS,
    "US$": "USD",
    "U$": "USD",
    "C$": "CAD",
    "CA$": "CAD",
    "A$": "AUD",
    "AU$": "AUD",
    "NZ$": "NZD",
    "S$": "SGD",
    "SG$": "SGD",
    "HK$": "HKD",
    "NT$": "TWD",
    "MX$": "MXN",
    "R$": "BRL",
    "€": "EUR",
    "£": "GBP EGP GIP FKP SHP LBP",
    "¥": "JPY CNY",
    "₹": "INR",
    "₩": "KRW",
    "₽": "RUB",
    "₺": "TRY",
    "₫": "VND",
    "₱": "PHP",
    "฿": "THB",
    "₴": "UAH",
    "₪": "ILS",
    "₦": "NGN",
    "kr": "SEK NOK DKK ISK",
    "zł": "PLN",
}
_PAIRS = tuple(f"{sign} {code}" for sign, codes in _OF.items() for code in codes.split())


def contradicts(sign: str, currency: str) -> str:
    """SQL that is true where an amount's sign is not one of the row's currency.

    Where the row has none, only the bare `$` and no sign at all may stand: any other sign would
    be added up with them.

    Args:
        sign: SQL for the sign or code in the amount; '' where there is none.
        currency: SQL for the row's currency code; NULL or '' where there is none.
    """
    pairs = ", ".join(map(literal, _PAIRS))
    return (
        f"CASE WHEN {sign} = '' THEN false "
        f"WHEN coalesce({currency}, '') = '' THEN {sign} <> '$' "
        f"ELSE {currency} NOT IN ({sign}, rtrim({sign}, '$')) "
        f"AND concat({sign}, ' ', {currency}) NOT IN ({pairs}) END"
    )
