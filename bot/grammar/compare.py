"""What a period is compared with: everything that may follow `vs`."""

from __future__ import annotations

from dataclasses import dataclass

from bot.grammar.cursor import Cursor
from bot.grammar.periods import UNITS, read_period
from bot.grammar.unread import Unread
from tools.core.periods import Earlier, PeriodSpec, Rolling, Unit
from tools.core.query import Against, Comparison, Preceding, Shifted

_LEADS = (
    "vs", "versus", "compared to", "compared with", "compared against", "comparing to",
    "compare to", "compare with", "relative to", "against",
)  # fmt: skip
_OVER = {
    "dod": Unit.DAY, "wow": Unit.WEEK, "mom": Unit.MONTH, "qoq": Unit.QUARTER, "yoy": Unit.YEAR,
}  # fmt: skip
_BEFORE = ("previous", "prior", "preceding")
_SAME = ("days", "day", "period", "time", "dates", "stretch", *UNITS)


@dataclass(frozen=True, slots=True)
class Compared:
    """A comparison as it was said.

    Args:
        compare: what was read.
        length: for `the previous 7 days`, what the period itself must be.
        is_last: said as `last month`, which next to a fixed period may mean two things.
    """

    compare: Comparison
    length: PeriodSpec | None = None
    is_last: bool = False


def read_comparison(cursor: Cursor) -> Compared | None:
    """`vs …` and `month over month`; None if neither comes next."""
    if unit := _over(cursor):
        return Compared(Shifted(unit))
    if not cursor.take(*_LEADS):
        return None
    cursor.take(".")
    return read_compared(cursor)


def read_compared(cursor: Cursor) -> Compared:
    """What follows `vs`.

    Raises:
        Unread: it is no period.
    """
    found = _same(cursor) or _last_unit(cursor) or _before(cursor)
    if found:
        return found
    if spec := read_period(cursor):
        one = isinstance(spec, Earlier) and spec.back == 1 and spec.unit is not Unit.DAY
        return Compared(Shifted(spec.unit) if isinstance(spec, Earlier) and one else Against(spec))
    raise _no_period(cursor)


def check_length(said: Compared, period: PeriodSpec) -> bool:
    """True unless `the previous 7 days` follows a period that is not 7 days."""
    return said.length is None or said.length == period


def _no_period(cursor: Cursor) -> Unread:
    what = cursor.slice(1) or "nothing"
    sentence = f"I can compare with another period, and “{what}” is none."
    return cursor.unread(sentence, instead=("previous", "last month", "last week"), near="period")


def _over(cursor: Cursor) -> Unit | None:
    if unit := _OVER.get(cursor.word()):
        cursor.at += 1
        return unit
    for unit in Unit:
        if cursor.take(f"{unit} over {unit}", f"{unit}-over-{unit}", f"{unit} on {unit}"):
            return unit
    return None


def _last_unit(cursor: Cursor) -> Compared | None:
    """`last month`, `last month to date`, `a year ago`, `this time last year`."""
    start = cursor.at
    cursor.take("the", "this time")
    lead = cursor.take("last")
    unit = UNITS.get(cursor.word())
    if lead and unit:
        cursor.at += 1
        cursor.take("to date")
        return Compared(Shifted(unit), is_last=True)
    cursor.at = start
    if cursor.take("a", "one", "1") and (unit := UNITS.get(cursor.word())):
        cursor.at += 1
        if cursor.take("ago", "earlier", "before", "back"):
            return Compared(Shifted(unit))
    cursor.at = start
    return None


def _same(cursor: Cursor) -> Compared | None:
    """`the same days last month`, `same period a year ago`."""
    start = cursor.at
    cursor.take("the")
    if cursor.take("same") and cursor.word() in _SAME:
        cursor.at += 1
        cursor.take("of the", "in the", "of", "in")
        if found := _last_unit(cursor) or _before(cursor):
            return found if found.length is None else None
        raise cursor.unread(
            "The same days of when?", instead=("last week", "last month", "last year")
        )
    cursor.at = start
    return None


def _before(cursor: Cursor) -> Compared | None:
    """`previous`, `the previous period`, `the month before`, `the previous 7 days`."""
    start = cursor.at
    cursor.take("the")
    if cursor.take("one before", "period before", "last period"):
        return Compared(Preceding())
    if cursor.take(*_BEFORE):
        if length := _length(cursor):
            return Compared(Preceding(), length=length)
        if unit := UNITS.get(cursor.word()):
            cursor.at += 1
            return Compared(Shifted(unit))
        cursor.take("period", "one")
        return Compared(Preceding())
    if length := _length(cursor):
        if cursor.take("before that", "before", "prior", "earlier"):
            return Compared(Preceding(), length=length)
    elif (unit := UNITS.get(cursor.word())) and cursor.take(
        f"{cursor.word()} before that", f"{cursor.word()} before", f"{cursor.word()} prior"
    ):
        return Compared(Shifted(unit))
    cursor.at = start
    return None


def _length(cursor: Cursor) -> PeriodSpec | None:
    """`7 days`, as the length of the period that came before."""
    count, unit = cursor.number(), UNITS.get(cursor.word(1))
    if count is None or unit is None or cursor.word(2) == "ago":
        return None
    cursor.at += 2
    if unit is Unit.DAY:
        return Rolling(count)
    return Earlier(unit, count, count)
