"""Days and periods named in prose: found, so that none is read as an amount, and checked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from bot.mind.words import ONES
from tools.core.periods import DAY, Period, Unit, shift, unit_start

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?P<{0}>Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|"
    r"Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\.?"
)
_DAY = r"(?P<{0}>0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?(?![\d.,]*\d|\s*%)"
_YEAR = r"(?P<{0}>20\d\d)"
_DASH = r"\s*(?:-|–|—|to|through|until)\s*"
_ISO = r"(?P<{0}>20\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))"

_PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        _ISO.format("iso")
        + r"(?:T[\d:.]+Z?)?(?:\s*(?:\.\.|–|—|to|through)\s*"
        + _ISO.format("iso2")
        + r")?(?!\d)",
        r"\b" + _MONTH.format("m") + r"\s+" + _DAY.format("d")
        + r"(?:" + _DASH + r"(?:" + _MONTH.format("m2") + r"\s+)?" + _DAY.format("d2") + r")?"
        + r"(?:,?\s+" + _YEAR.format("y") + r")?(?!\d)",
        r"\b" + _DAY.format("d")
        + r"(?:" + _DASH + _DAY.format("d2") + r")?"
        + r"\s+(?:of\s+)?" + _MONTH.format("m") + r"\b(?:\s+" + _YEAR.format("y") + r")?(?!\d)",
        r"\b" + _MONTH.format("m") + r",?\s+" + _YEAR.format("y") + r"(?!\d)",
        r"\b(?P<q>Q[1-4])(?:\s+" + _YEAR.format("y") + r")?(?!\d)",
        r"(?<![\d-])(?P<ym>20\d\d-(?:0[1-9]|1[0-2]))(?![\d-])",
        r"(?<=\b[Ii]n )" + _YEAR.format("y") + r"(?![\d,.]*\d)",
        r"(?<=\b[Oo]f )" + _YEAR.format("y") + r"(?![\d,.]*\d)",
        r"(?<=\b[Ss]ince )" + _YEAR.format("y") + r"(?![\d,.]*\d)",
        r"\b(?!May\b)" + _MONTH.format("m") + r"(?!\w)",
        r"(?<=\b[Ii]n )" + _MONTH.format("m") + r"(?!\w)",
    )
)  # fmt: skip
_RELATIVE = re.compile(
    r"\b(?:(?P<day>today|yesterday)|(?P<which>this|last|previous|past|current|prior|next|coming)\s+"
    r"(?P<unit>day|week|month|quarter|year))\b",
    re.IGNORECASE,
)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEKDAY = re.compile(rf"\b(?:last\s+)?(?P<name>{'|'.join(_WEEKDAYS)})\b", re.IGNORECASE)
_ROLLING = re.compile(
    r"\b(?:last|past|previous|prior|latest|trailing)\s+(?P<n>\d{1,3}|two|three|four|five|six|seven|"
    r"eight|nine|ten|eleven|twelve|thirty|few)[\s-]*(?P<unit>days?|d|weeks?|months?|quarters?|years?)\b",
    re.IGNORECASE,
)
_COUNTS = {"thirty": 30, "few": 0}
_COUNTS |= {word: int(n) for word, n in ONES.items() if 2 <= n <= 12}
_LENGTHS = {"d": (1, 1), "w": (7, 7), "m": (28, 31), "q": (90, 92), "y": (365, 366)}
_CLOCK = re.compile(r"\b(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?(?:\s*(?:UTC|am|pm|AM|PM))?\b")


@dataclass(frozen=True, slots=True)
class Said:
    """Days that a sentence names.

    Args:
        start: where in the text.
        end: where it ends.
        period: the days; None for a time of day.
        is_exact: named by day, so that a wrong one would be a wrong statement.
        length: how many days it may have, where it is named by its length: “the last 7 days”.
    """

    start: int
    end: int
    period: Period | None
    is_exact: bool = False
    length: range = range(0)


def days_said(text: str, *, today: date) -> tuple[Said, ...]:
    """Every day and period a text names, in order; each stretch of text once."""
    taken: list[Said] = []
    for said in _all(text, today):
        if not any(said.start < t.end and t.start < said.end for t in taken):
            taken.append(said)
    return tuple(sorted(taken, key=lambda s: s.start))


def _all(text: str, today: date) -> Iterator[Said]:
    for pattern in _PATTERNS:
        for match in pattern.finditer(text):
            found = _read(match, today)
            if found is not None:
                period, is_exact = found
                yield Said(match.start(), match.end(), period, is_exact)
    for match in _RELATIVE.finditer(text):
        yield Said(match.start(), match.end(), _relative(match, today))
    for match in _ROLLING.finditer(text):
        yield Said(match.start(), match.end(), None, length=_rolling(match))
    for match in _WEEKDAY.finditer(text):
        back = (today.weekday() - _WEEKDAYS.index(match["name"].lower())) % 7 or 7
        day = today - back * DAY
        yield Said(match.start(), match.end(), Period(day, day + DAY), is_exact=True)
    for match in _CLOCK.finditer(text):
        yield Said(match.start(), match.end(), None)


def _read(match: re.Match[str], today: date) -> tuple[Period, bool] | None:
    part = {name: value for name, value in match.groupdict().items() if value}
    try:
        if "iso" in part:
            first = date.fromisoformat(part["iso"])
            return Period(first, date.fromisoformat(part.get("iso2", part["iso"])) + DAY), True
        if "ym" in part:
            return _month(date.fromisoformat(f"{part['ym']}-01")), False
        if "q" in part:
            return _quarter(part, today), False
        if "m" not in part:
            year = int(part["y"])
            return Period(date(year, 1, 1), date(year + 1, 1, 1)), False
        return _named(part, today)
    except ValueError:
        return None


def _named(part: dict[str, str], today: date) -> tuple[Period, bool]:
    month = _MONTHS.index(part["m"][:3].lower()) + 1
    year = int(part["y"]) if "y" in part else today.year - (month > today.month)
    if "d" not in part:
        return _month(date(year, month, 1)), False
    first = date(year, month, int(part["d"]))
    if "d2" not in part:
        return Period(first, first + DAY), True
    month2 = _MONTHS.index(part["m2"][:3].lower()) + 1 if "m2" in part else month
    last = date(year, month2, int(part["d2"]))
    if last < first and "m2" in part:
        first = first.replace(year=year - 1)  # the year written is that of the last day
    return Period(first, last + DAY), True


def _month(first: date) -> Period:
    return Period(first, shift(first, Unit.MONTH, 1))


def _quarter(part: dict[str, str], today: date) -> Period:
    month = 3 * int(part["q"][1]) - 2
    year = int(part["y"]) if "y" in part else today.year - (month > today.month)
    first = date(year, month, 1)
    return Period(first, shift(first, Unit.QUARTER, 1))


def _rolling(match: re.Match[str]) -> range:
    """As many days as that many months may have."""
    count = int(match["n"]) if match["n"].isdigit() else _COUNTS[match["n"].lower()]
    least, most = _LENGTHS[match["unit"][0].lower()]
    return range(count * least, count * most + 1)


def _relative(match: re.Match[str], today: date) -> Period:
    if match["day"]:
        day = today - DAY if match["day"].lower() == "yesterday" else today
        return Period(day, day + DAY)
    unit = Unit(match["unit"].lower())
    first = unit_start(today, unit)
    if match["which"].lower() not in ("this", "current"):
        is_ahead = match["which"].lower() in ("next", "coming")
        first = shift(first, unit, 1 if is_ahead else -1)
    return Period(first, shift(first, unit, 1))
