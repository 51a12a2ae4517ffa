"""When: relative and absolute periods, and what a period is compared with."""

from __future__ import annotations

import re
from datetime import date

from bot.grammar.cursor import Cursor
from bot.grammar.dates import (
    month_number,
    read_absolute,
    read_stretch,
)
from tools.core.periods import (
    DAY,
    AllTime,
    Between,
    Current,
    Earlier,
    PeriodSpec,
    Rolling,
    Since,
    Unit,
    shift,
    unit_start,
)

UNITS = {
    spelling: unit
    for unit, spellings in {
        Unit.DAY: ("day", "days", "d"),
        Unit.WEEK: ("week", "weeks", "w", "wk", "wks"),
        Unit.MONTH: ("month", "months", "mo", "mos"),
        Unit.QUARTER: ("quarter", "quarters", "q", "qtr"),
        Unit.YEAR: ("year", "years", "y", "yr", "yrs"),
    }.items()
    for spelling in spellings
}
_TO_DATE = {"wtd": Unit.WEEK, "mtd": Unit.MONTH, "qtd": Unit.QUARTER, "ytd": Unit.YEAR}
_PREPOSITIONS = frozenset({"in", "for", "on", "of", "during", "over", "from", "the", "within"})
_BEFORE_NOW = ("last", "past", "previous", "prior", "preceding", "trailing")
_COUNTED = re.compile(r"(\d{1,4})-?(days?|d|weeks?|wk|w|months?|mo|quarters?|q|years?|yr|y)\Z")
_HOURS = re.compile(r"(\d+)-?(hours?|hrs?|h|minutes?|mins?)\Z")
_ALL_TIME = ("all time", "all-time", "alltime", "since the beginning", "since forever")


def read_period(cursor: Cursor) -> PeriodSpec | None:
    """The period that comes next, its prepositions included; None if there is none."""
    start = cursor.at
    if found := _named(cursor):
        return found
    # “in 7 days” lies ahead; “in the last 7 days” does not.
    ahead = cursor.word() in ("in", "within")
    cursor.skip(_PREPOSITIONS)
    if cursor.word(2) not in UNITS and month_number(cursor.word(2)):
        cursor.take("month of")
    if cursor.at > start and not (ahead and is_counted(cursor)) and (found := _named(cursor)):
        return found
    cursor.at = start
    return None


def is_counted(cursor: Cursor) -> bool:
    """True before `7 days`, which after `in` lies ahead and elsewhere lies behind."""
    start = cursor.at
    counted = _ago(cursor) is None and _count(cursor) is not None
    cursor.at = start
    return counted


def _named(cursor: Cursor) -> PeriodSpec | None:
    for reader in (_to_date, _range_or_day, _since, _last, _ago, _counted):
        start = cursor.at
        if found := reader(cursor):
            return found
        cursor.at = start
    return None


def _to_date(cursor: Cursor) -> PeriodSpec | None:
    """`mtd`, `month to date`, `this month (so far)`, `today`, `all time`."""
    if cursor.take(*_ALL_TIME):
        return AllTime()
    if unit := _TO_DATE.get(cursor.word()):
        cursor.at += 1
        return Current(unit)
    unit = UNITS.get(cursor.word())
    if unit and cursor.word(1) == "to" and cursor.word(2) == "date":
        cursor.at += 3
        return Current(unit)
    name, _, rest = cursor.word().partition("-")
    if rest == "to-date" and name in UNITS:
        cursor.at += 1
        return Current(UNITS[name])
    lead = cursor.take("so far this", "this", "current")
    if lead and (unit := UNITS.get(cursor.word())):
        cursor.at += 1
        cursor.take("to date", "so far", "to-date")
        return Current(unit)
    return None


def _range_or_day(cursor: Cursor) -> PeriodSpec | None:
    start = cursor.at
    if cursor.take("day before yesterday"):
        return Earlier(Unit.DAY, 2, 1)
    if cursor.take("last weekend"):
        return _last_weekend(cursor.vocabulary.today)
    if absolute := read_absolute(cursor):
        one_word = cursor.at - start == 1
        if one_word and cursor.word(-1) == "now":
            return None
        if one_word and cursor.word(-1) == "today":
            cursor.take("so far")
            return Current(Unit.DAY)
        return Earlier(Unit.DAY) if one_word and cursor.word(-1) == "yesterday" else absolute
    return None


def _last_weekend(today: date) -> Between:
    monday = unit_start(today, Unit.WEEK)
    return Between(monday - 2 * DAY, monday)


def _since(cursor: Cursor) -> PeriodSpec | None:
    start = cursor.at
    lead = cursor.take("since", "starting", "from")
    if not lead:
        return None
    cursor.skip(frozenset({"the", "on"}) | ({"from"} if lead == "starting" else frozenset()))
    stretch = read_stretch(cursor)
    day = stretch.start if stretch else None if lead == "from" else _first_day(cursor)
    if lead == "from":
        return _from(cursor, start, day)
    if day is None:
        raise cursor.unread(f"I could not read the day after “{lead}”.", near="period")
    return Since(day)


def _from(cursor: Cursor, start: int, day: date | None) -> PeriodSpec | None:
    """`from september on` is open-ended; without its `on` it may be only that stretch."""
    if day is None:
        return None
    said = cursor.slice(cursor.at - start - 1, start + 1 - cursor.at)
    if cursor.take("on", "onwards", "onward", "to date"):
        return Since(day)
    sentence = f"From “{said}” on, or only then? I could not tell."
    raise cursor.since(start, sentence, instead=(f"since {day}", said))


def _first_day(cursor: Cursor) -> date | None:
    found = _last(cursor) or _ago(cursor) or _to_date(cursor)
    today = cursor.vocabulary.today
    match found:
        case Earlier(unit, back, _):
            return shift(unit_start(today, unit), unit, -back)
        case Current(unit):
            return unit_start(today, unit)
        case Between(start, _):
            return start
    return None


def _last(cursor: Cursor) -> PeriodSpec | None:
    lead = cursor.take(*_BEFORE_NOW)
    if not lead:
        return None
    if (count := _count(cursor)) is not None:
        return count
    whole = cursor.take("full", "complete", "calendar", "whole")
    word = cursor.word()
    if unit := UNITS.get(word):
        if unit is Unit.DAY or (lead in ("past", "trailing") and not whole):
            raise _past_unit(cursor, unit)
        cursor.at += 1
        return Earlier(unit)
    if lead == "last":
        _refuse_last(cursor, word)
    if found := re.fullmatch(r"(\d+)m", word):
        raise cursor.unread(
            f"“{word}”: months or minutes? I could not tell.", instead=(f"{found[1]} months",)
        )
    return None


def _past_unit(cursor: Cursor, unit: Unit) -> Exception:
    """`past week` may be seven days or a calendar week; people mean both."""
    days = {Unit.DAY: 1, Unit.WEEK: 7, Unit.MONTH: 30, Unit.QUARTER: 90, Unit.YEAR: 365}[unit]
    calendar = "yesterday" if unit is Unit.DAY else f"last {unit}"
    said = cursor.slice(2, -1)
    return cursor.unread(
        f"“{said}” can be {calendar} or the last {days}d; say which.",
        ahead=-1,
        count=2,
        instead=(calendar, f"last {days}d"),
    )


def _refuse_last(cursor: Cursor, word: str) -> None:
    """`last september` may be the one just gone or the year before's."""
    month = month_number(word)
    if month is not None:
        today = cursor.vocabulary.today
        year = today.year if month < today.month else today.year - 1
        raise cursor.unread(
            f"Which {cursor.slice(1)}? Say it with its year.",
            ahead=-1,
            count=2,
            instead=(f"{year}-{month:02}", f"{year - 1}-{month:02}"),
        )


def _ago(cursor: Cursor) -> PeriodSpec | None:
    unit = UNITS.get(cursor.word())
    if unit and (cursor.word(1), cursor.word(2)) == ("before", "last"):
        cursor.at += 3
        cursor.at += UNITS.get(cursor.word()) is unit  # the week before last week
        return Earlier(unit, 2, 1)
    count = cursor.number()
    if count is None and cursor.word() in ("a", "an"):
        count = 1
    unit = UNITS.get(cursor.word(1))
    if not count or not unit or cursor.word(2) not in ("ago", "back", "earlier"):
        return None
    cursor.at += 3
    return Earlier(unit, count, 1)


def _counted(cursor: Cursor) -> PeriodSpec | None:
    """`7d`, `30 days`, `2 weeks` on their own: the last ones."""
    return _count(cursor)


def _count(cursor: Cursor) -> PeriodSpec | None:
    """`7d`, `7 days`, `two weeks`: that many, ending now."""
    word, after = cursor.word(), cursor.word(1)
    if found := _COUNTED.match(word):
        count, unit, length = int(found[1]), UNITS[found[2]], 1
    else:
        number = cursor.number()
        if number is not None and (after in ("hours", "hour", "hrs", "minutes")):
            raise _whole_days(cursor, 2, number if after != "minutes" else 0)
        if number is None or after not in UNITS:
            if hours := _HOURS.match(word):
                raise _whole_days(cursor, 1, int(hours[1]) if hours[2][0] == "h" else 0)
            return None
        count, unit, length = number, UNITS[after], 2
    if count == 0 or count > 3660:
        raise cursor.unread(count=length)
    cursor.at += length
    return Rolling(count) if unit is Unit.DAY else Earlier(unit, count, count)


def _whole_days(cursor: Cursor, count: int, hours: int) -> Exception:
    days = min(max(1, -(-hours // 24)), 3660)
    lead = int(cursor.word(-1) in _BEFORE_NOW)
    said = cursor.slice(count + lead, -lead)
    return cursor.unread(
        f"“{said}”: bills are asked by whole days (UTC).",
        ahead=-lead,
        count=count + lead,
        instead=(f"last {days}d", "yesterday", "today"),
    )
