"""Consumed units as the lake writes them, with multiples resolved.

`1000000 Tokens` and `1K tokens` are tokens; `10 Hours` are hours; `GB-Mo` is gb-months.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

_MULTIPLES = {"k": 10**3, "thousand": 10**3, "m": 10**6, "million": 10**6, "mil": 10**6}
_MULTIPLES |= {"b": 10**9, "bn": 10**9, "billion": 10**9}
_AMOUNT = re.compile(
    r"(?:per\s+)?(?:(?P<number>\d[\d,]*(?:\.\d+)?)\s*(?P<after>k|m|b|bn|thousand|million|billion)?"
    r"(?=\s|/|\Z)|(?P<word>k|m|thousand|million|billion)(?=\s))\s*(?P<rest>.*)\Z",
    re.IGNORECASE,
)
# Sizes in the unit they are kept in; decimal and binary sizes never mix.
_SIZES: dict[str, tuple[str, Decimal]] = {
    "byte": ("gb", Decimal("1e-9")),
    "kb": ("gb", Decimal("1e-6")),
    "mb": ("gb", Decimal("1e-3")),
    "gb": ("gb", Decimal(1)),
    "gigabyte": ("gb", Decimal(1)),
    "tb": ("gb", Decimal(1000)),
    "terabyte": ("gb", Decimal(1000)),
    "pb": ("gb", Decimal(10**6)),
    "kib": ("gib", Decimal(1) / 2**20),
    "mib": ("gib", Decimal(1) / 2**10),
    "mebibyte": ("gib", Decimal(1) / 2**10),
    "gib": ("gib", Decimal(1)),
    "gibibyte": ("gib", Decimal(1)),
    "tib": ("gib", Decimal(2**10)),
    "tebibyte": ("gib", Decimal(2**10)),
}
_WORDS = {
    "hr": "hour",
    "hrs": "hour",
    "h": "hour",
    "min": "minute",
    "mins": "minute",
    "sec": "second",
    "secs": "second",
    "s": "second",
    "mo": "month",
    "mon": "month",
    "req": "request",
    "reqs": "request",
    "tok": "token",
    "toks": "token",
    "mtok": "token",
}
_UNCOUNTED = {"gb", "gib", "kwh", "usd", "eur", "each"}


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit's name in the lake, and how many of it one of the bill's units is."""

    name: str
    factor: Decimal = Decimal(1)


def read_unit(text: str) -> Unit:
    """The unit behind a bill's text; its words in lower case and plural where it is unknown."""
    factor = Decimal(1)
    rest = text.strip()
    match = _AMOUNT.match(rest)
    if match:
        number = (match["number"] or "1").replace(",", "")
        multiple = (match["after"] or match["word"] or "").lower()
        factor = Decimal(number) * _MULTIPLES.get(multiple, 1)
        rest = match["rest"].strip().removeprefix("/").strip()
    if rest.lower() == "mtok":
        factor *= 10**6
    words = [_singular(word) for word in re.split(r"[\s/_-]+|\bper\b", rest.lower()) if word]
    if not words:
        return Unit("units", factor)
    if words[0] in _SIZES:
        size, scale = _SIZES[words[0]]
        factor *= scale
        words[0] = size
    if "token" in words:
        words = ["token"]
    return Unit("-".join([*words[:-1], _plural(words[-1])]), factor)


def _singular(word: str) -> str:
    if word in _WORDS:
        return _WORDS[word]
    single = word[:-1] if word.endswith("s") and not word.endswith("ss") else word
    return _WORDS.get(single, single)


def _plural(word: str) -> str:
    return word if word in _UNCOUNTED or word.endswith("s") else word + "s"
