"""Days, months, quarters and years named outright, and the ranges between them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from bot.grammar.cursor import Cursor
from tools.core.periods import DAY, Between, Unit, shift

MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SHORT_DAYS = {"tues": 1, "thur": 3, "thurs": 3} | {name[:3]: n for n, name in enumerate(WEEKDAYS)}
_SHORT_MONTHS = {"sept": 9} | {name[:3]: n for n, name in enumerate(MONTHS, 1)}
_CONNECTORS = ("..", "...", "…", "to", "through", "thru", "until", "till", "-", "–", "—")

_ISO = re.compile(r"(\d{4})[-/](\d{1,2})(?:[-/](\d{1,2}))?\Z")
_SLASHED = re.compile(r"(\d{1,2})[/.](\d{1,2})(?:[/.](\d{4}|\d{2}))?\Z")
_MONTH_YEAR = re.compile(r"(\d{1,2})/(\d{4})\Z")
_NAMED_MONTH_YEAR = re.compile(r"([a-z]{3,9})-(\d{4})\Z")
_YEAR = re.compile(r"(?:19|20|21)\d\d\Z")
_PART = re.compile(r"([qh])([1-4])(?:-?(\d{4}))?\Z")
_YEAR_PART = re.compile(r"(\d{4})-?([qh])([1-4])\Z")
_WEEK = re.compile(r"(\d{4})-?w(\d{1,2})\Z")
_DAY_NUMBER = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?\Z")
_DAY_NUMBERS = re.compile(r"(\d{1,2})-(\d{1,2})\Z")


@dataclass(frozen=True, slots=True)
class Stretch:
    """Half-open days; `yearless` where the year was left out and the latest one taken."""

    start: date
    end: date
    yearless: bool = False

    def moved(self, years: int) -> Stretch:
        """The same days some years on."""
        start, end = shift(self.start, Unit.YEAR, years), shift(self.end, Unit.YEAR, years)
        return Stretch(start, end, self.yearless)


def read_absolute(cursor: Cursor) -> Between | None:
    """A stretch or a range of days: `2026-09`, `sep 1 to sep 15`, `between q1 and q2`."""
    start = cursor.at
    lead = cursor.take("from", "between")
    first = read_stretch(cursor) or _bare_day_range(cursor)
    if first is None:
        cursor.at = start
        return None
    connectors = ("and",) if lead == "between" else _CONNECTORS
    second = _second(cursor, ("..",) if cursor.comparing else connectors, first)
    if second is None and lead:
        cursor.at = start
        return None
    stretch = _joined(first, second) if second else first
    if stretch.end <= stretch.start:
        raise cursor.since(start, "That period ends before it starts.")
    return Between(stretch.start, stretch.end)


def read_stretch(cursor: Cursor) -> Stretch | None:
    """One stretch of days named outright; None, and no step taken, if there is none."""
    for reader in (_year_part, _iso, _slashed, _named_month, _day_of_month, _weekday, _relative):
        start = cursor.at
        if found := reader(cursor):
            return found
        cursor.at = start
    return None


def month_number(word: str) -> int | None:
    """1 to 12 for a month's name or its first three letters."""
    return MONTHS.index(word) + 1 if word in MONTHS else _SHORT_MONTHS.get(word)


def weekday_number(word: str) -> int | None:
    """0 (Monday) to 6 for a weekday's name or its first letters."""
    return WEEKDAYS.index(word) if word in WEEKDAYS else _SHORT_DAYS.get(word)


def _second(cursor: Cursor, connectors: tuple[str, ...], first: Stretch) -> Stretch | None:
    start = cursor.at
    if not cursor.take(*connectors):
        return None
    found = read_stretch(cursor) or _later_day(cursor, first)
    if found is None:
        if cursor.word(-1).startswith("..") or cursor.word(-1) == "…":
            raise cursor.unread("I could not read the day after “..”.")
        cursor.at = start
    return found


def _later_day(cursor: Cursor, first: Stretch) -> Stretch | None:
    """The `15` of `september 1 to 15`."""
    number = _DAY_NUMBER.match(cursor.word())
    if not number or first.end - first.start != DAY or cursor.unit(1):
        return None
    day = _date(cursor, first.start.year, first.start.month, int(number[1]))
    cursor.at += 1
    return Stretch(day, day + DAY, first.yearless)


def _joined(first: Stretch, second: Stretch) -> Stretch:
    if first.yearless:
        while first.start > second.start:
            first = first.moved(-1)
        while not second.yearless and first.moved(1).start <= second.start:
            first = first.moved(1)
    elif second.yearless:
        while second.start < first.start:
            second = second.moved(1)
        while second.moved(-1).start >= first.start:
            second = second.moved(-1)
    return Stretch(first.start, second.end)


def _iso(cursor: Cursor) -> Stretch | None:
    word = cursor.word()
    if found := _ISO.match(word):
        year, month = int(found[1]), int(found[2])
        start = _date(cursor, year, month, int(found[3] or 1))
        cursor.at += 1
        return Stretch(start, start + DAY if found[3] else shift(start, Unit.MONTH, 1))
    if found := _WEEK.match(word):
        try:
            start = date.fromisocalendar(int(found[1]), int(found[2]), 1)
        except ValueError as error:
            raise cursor.unread(f"There is no week “{word}”.") from error
        cursor.at += 1
        return Stretch(start, start + 7 * DAY)
    if _YEAR.match(word) and not cursor.unit(1):
        cursor.at += 1
        return Stretch(date(int(word), 1, 1), date(int(word) + 1, 1, 1))
    return None


def _slashed(cursor: Cursor) -> Stretch | None:
    word = cursor.word()
    if found := _MONTH_YEAR.match(word):
        start = _date(cursor, int(found[2]), int(found[1]), 1)
        cursor.at += 1
        return Stretch(start, shift(start, Unit.MONTH, 1))
    found = _SLASHED.match(word)
    if not found:
        return None
    if not found[3] or len(found[3]) == 2:
        raise cursor.unread(
            f"I could not read “{word}” as a day; write it as 2026-09-15.",
            instead=_both_ways(cursor, int(found[1]), int(found[2]), found[3]),
        )
    readings = _both_ways(cursor, int(found[1]), int(found[2]), found[3])
    if len(readings) != 1:
        why = "can be two days" if readings else "is not a day"
        raise cursor.unread(
            f"“{word}” {why}; write it as 2026-09-15 (year, month, day).", instead=readings
        )
    cursor.at += 1
    start = date.fromisoformat(readings[0])
    return Stretch(start, start + DAY)


def _both_ways(cursor: Cursor, one: int, two: int, year_text: str | None) -> tuple[str, ...]:
    year = int(year_text) if year_text else cursor.vocabulary.today.year
    year += 2000 if year < 100 else 0
    found: dict[str, None] = {}
    for month, day in ((two, one), (one, two)):
        try:
            found[date(year, month, day).isoformat()] = None
        except ValueError:
            continue
    return tuple(found)


def _year_part(cursor: Cursor) -> Stretch | None:
    """A quarter or a half: `Q3`, `2026-Q3`, `H1 2026`, `2026 Q3`."""
    word, year = cursor.word(), None
    if found := _YEAR_PART.match(word):
        letter, number, year = found[2], int(found[3]), int(found[1])
    elif _YEAR.match(word) and (found := _PART.match(cursor.word(1))) and not found[3]:
        letter, number, year = found[1], int(found[2]), int(word)
        cursor.at += 1
    elif found := _PART.match(word):
        letter, number, year = found[1], int(found[2]), int(found[3]) if found[3] else None
    else:
        return None
    if letter == "h" and number > 2:
        return None
    cursor.at += 1
    if year is None and _YEAR.match(cursor.word()):
        year = int(cursor.word())
        cursor.at += 1
    months = 3 if letter == "q" else 6
    return _latest(cursor, 1 + (number - 1) * months, 1, year=year, months=months)


def _named_month(cursor: Cursor) -> Stretch | None:
    """`september`, `sep 2026`, `september of 2026`, `sep-2026`; and `sep 15` with a day."""
    if found := _NAMED_MONTH_YEAR.match(cursor.word()):
        month = month_number(found[1])
        if month is None:
            return None
        cursor.at += 1
        return _latest(cursor, month, 1, year=int(found[2]), months=1)
    first, dash, second = cursor.word().partition("-")
    if dash and month_number(first) and month_number(second):
        cursor.split(len(first), 1)
    month = _month(cursor)
    if month is None:
        return None
    cursor.at += 1
    if _YEAR.match(cursor.word()) or (cursor.word() == "of" and _YEAR.match(cursor.word(1))):
        cursor.take("of")
        return _latest(cursor, month, 1, year=_year(cursor), months=1)
    if days := _DAY_NUMBERS.match(cursor.word()):
        cursor.at += 1
        return _days(cursor, month, int(days[1]), int(days[2]))
    number = _DAY_NUMBER.match(cursor.word())
    if number and not cursor.unit(1):
        cursor.at += 1
        return _days(cursor, month, int(number[1]), int(number[1]))
    return _latest(cursor, month, 1, year=None, months=1)


def _day_of_month(cursor: Cursor) -> Stretch | None:
    """`15 september`, `1st of sep 2026`, `1-15 sep`."""
    if days := _DAY_NUMBERS.match(cursor.word()):
        first, last = int(days[1]), int(days[2])
    elif day := _DAY_NUMBER.match(cursor.word()):
        first = last = int(day[1])
    else:
        return None
    cursor.at += 1
    cursor.take("of")
    month = _month(cursor)
    if month is None:
        return None
    cursor.at += 1
    return _days(cursor, month, first, last)


def _bare_day_range(cursor: Cursor) -> Stretch | None:
    """The `1 to 15 september` of `from 1 to 15 september`: the first day takes its month."""
    start = cursor.at
    number = _DAY_NUMBER.match(cursor.word())
    if number and cursor.word(1) in (*_CONNECTORS, "and"):
        cursor.at += 2
        if (last := _day_of_month(cursor)) and last.end - last.start == DAY:
            cursor.at = start + 1
            day = last.start.replace(day=int(number[1]))
            return Stretch(day, day + DAY, last.yearless)
    cursor.at = start
    return None


def _weekday(cursor: Cursor) -> Stretch | None:
    lead = cursor.take("last", "on")
    number = weekday_number(cursor.word())
    if number is None:
        return None
    today = cursor.vocabulary.today
    back = (today.weekday() - number) % 7
    cursor.at += 1
    if dated := _dated(cursor, number):
        return dated
    cursor.at -= 1
    if back == 0 and lead != "last":
        earlier = (today - 7 * DAY).isoformat()
        raise cursor.unread(
            f"Today is a {WEEKDAYS[number].title()}: today, or a week ago?",
            instead=("today", earlier),
        )
    cursor.at += 1
    day = today - (back or 7) * DAY
    return Stretch(day, day + DAY)


def _dated(cursor: Cursor, weekday: int) -> Stretch | None:
    """The `Nov 11` of `Wednesday, Nov 11`: the weekday is said twice, and must agree."""
    start = cursor.at
    cursor.take(", the", ",", "the")
    found = _iso(cursor) or _named_month(cursor) or _day_of_month(cursor)
    if found is None or found.end - found.start != DAY:
        cursor.at = start
        return None
    if found.start.weekday() != weekday:
        said = WEEKDAYS[found.start.weekday()].title()
        raise cursor.since(
            start - 1,
            f"{found.start} is a {said}; which day do you mean?",
            instead=(f"{found.start}",),
        )
    return found


def _relative(cursor: Cursor) -> Stretch | None:
    """`today` and `yesterday` as ends of a range; on their own they stay relative."""
    today = cursor.vocabulary.today
    if cursor.take("today", "now"):
        return Stretch(today, today + DAY)
    if cursor.take("yesterday"):
        return Stretch(today - DAY, today)
    return None


def _month(cursor: Cursor) -> int | None:
    month = month_number(cursor.word())
    asks_leave = cursor.word() == "may" and cursor.word(1) in ("i", "we", "you", "be", "have")
    return None if asks_leave else month


def _year(cursor: Cursor) -> int:
    year = int(cursor.word())
    cursor.at += 1
    return year


def _days(cursor: Cursor, month: int, first: int, last: int) -> Stretch:
    comma = cursor.word() == "," and _YEAR.match(cursor.word(1))
    if comma:
        cursor.at += 1
    year = _year(cursor) if _YEAR.match(cursor.word()) else None
    cursor.at -= 1  # an impossible day is marked at its last word
    start = _latest(cursor, month, first, year=year, months=0)
    end = _date(cursor, start.start.year, month, last)
    cursor.at += 1
    return Stretch(start.start, end + DAY, year is None)


def _latest(cursor: Cursor, month: int, day: int, *, year: int | None, months: int) -> Stretch:
    """From a day for some months (0: that day), in `year` or the latest that has begun."""
    today = cursor.vocabulary.today
    start = _date(cursor, year or _leap(month, day, today.year), month, day)
    while year is None and start > today:
        start = _date(cursor, _leap(month, day, start.year - 1), month, day)
    end = shift(start, Unit.MONTH, months) if months else start + DAY
    return Stretch(start, end, year is None)


def _leap(month: int, day: int, year: int) -> int:
    """The latest year up to `year` that has the day: 29 February is not in every one."""
    leap = month == 2 and day == 29
    while leap and (year % 4 or (year % 100 == 0 and year % 400)):
        year -= 1
    return year


def _date(cursor: Cursor, year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError as error:
        raise cursor.unread(f"There is no such day as “{cursor.slice(1)}”.") from error
