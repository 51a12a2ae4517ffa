"""How one file writes dates and amounts, found out once, and the SQL that reads them so.

ISO dates need no choice. `4/1/25` does: a file has one order of day and month, taken only where
it alone reads every date and makes every billing period whole months. Amounts may carry currency
signs, separators and parentheses; a comma is the decimal sign only where the file proves it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from tools.core.errors import BadBillError
from tools.lake.bill_files import BillFile
from tools.lake.columns import COSTS, Column
from tools.lake.quoting import literal, name
from tools.lake.schema import DECIMAL
from tools.lake.stats import NOTHING

if TYPE_CHECKING:
    import duckdb

DATES = ("BillingPeriodStart", "BillingPeriodEnd", "ChargePeriodStart", "ChargePeriodEnd")
AMOUNTS = (*COSTS.values(), "ConsumedQuantity", "PricingQuantity")

_ISO = r"^\s*\d{4}[-/]\d{1,2}[-/]\d{1,2}(\D|$)"
_SLASHED = r"^\s*\d{1,2}[-/.]\d{1,2}[-/.](\d{4}|\d{2})(\s|T|$)"
_TIMES = ("", " %H:%M:%S", " %H:%M", " %H:%M:%S.%f", " %I:%M:%S %p", " %I:%M %p")
_NAMED_MONTHS = ("%d-%b-%Y", "%d-%b-%y", "%d %b %Y", "%b %d, %Y", "%d %B %Y", "%B %d, %Y", "%Y%m%d")

_SIGN = "[-+\u2212]"
_CURRENCY = r"[A-Z]{0,3}[$]|[€£¥₹₩₽₺₫₱฿₴₪₦]|[A-Z]{3}|kr|zł"
_AMOUNT = (
    rf"^(\()?({_SIGN}?)({_CURRENCY})?({_SIGN}?)([0-9][0-9.,'’]*|[.,][0-9]+)"
    rf"({_CURRENCY})?(-?)(\))?$"
)
_GROUPS = "['open', 'before', 'sign', 'inner', 'digits', 'unit', 'after', 'close']"


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one file writes.

    Args:
        day_first: whether `4/1/25` is the fourth of January; None where no date is written so.
        decimal_comma: whether `1.234,50` is the way amounts are written.
        separators_sure: whether some amount proves which sign is the decimal one.
        dressed: plain names of text columns in which some amounts are more than a number.
    """

    day_first: bool | None = None
    decimal_comma: bool = False
    separators_sure: bool = False
    dressed: frozenset[str] = field(default_factory=frozenset)


def detect(db: duckdb.DuckDBPyConnection, bill: BillFile) -> Dialect:
    """Find out how `bill` writes.

    Raises:
        BadBillError: the order of day and month cannot be told.
    """
    order = _day_first(db, bill)
    dressed = _dressed(db, bill)
    if not dressed:
        return Dialect(order)
    point, comma = _separators(db, bill)
    if comma and not point:  # then `1.234` is a thousand too, in whichever column it stands
        return Dialect(order, True, True, frozenset(_text_amounts(bill)))
    return Dialect(order, False, point != comma, dressed)


def timestamp(column: Column, dialect: Dialect, *, file: str) -> str:
    """SQL for a column's moments, naive UTC; NULL where one cannot be read."""
    sql = name(column.name)
    if column.kind.startswith("TIMESTAMP") or column.kind == "DATE":
        return f"{sql}::TIMESTAMP"
    if column.is_text:
        return moment(sql, day_first=dialect.day_first)
    raise BadBillError(
        f"{file}: column {column.name} holds {column.kind} where dates are expected.",
        file=file,
        column=column.name,
    )


def amount(column: Column, dialect: Dialect, *, file: str, plain: str) -> str:
    """SQL for a column's amounts; NULL where one cannot be read."""
    sql = name(column.name)
    kind = column.kind
    if kind.startswith("DECIMAL") or kind in _NUMBERS:
        return f"TRY_CAST({sql} AS {DECIMAL})"
    if not column.is_text:
        raise BadBillError(
            f"{file}: column {column.name} holds {kind} where amounts are expected.",
            file=file,
            column=column.name,
        )
    if plain in dialect.dressed:
        return number(
            sql, decimal_comma=dialect.decimal_comma, separators_sure=dialect.separators_sure
        )
    return f"TRY_CAST({filled(sql)} AS {DECIMAL})"


def sign(column: Column, dialect: Dialect, *, plain: str) -> str | None:
    """SQL for the currency sign or code in a column's amounts; None where none can stand."""
    if plain not in dialect.dressed or not column.is_text:
        return None
    parts = _parts(name(column.name))
    return f"list_transform([{parts}], lambda p: concat(p.sign, p.unit))[1]"


def filled(sql: str) -> str:
    """Text, or NULL where it is a way to write nothing."""
    return f"CASE WHEN {sql} IN ({', '.join(map(literal, NOTHING))}) THEN NULL ELSE {sql} END"


def moment(sql: str, *, day_first: bool | None) -> str:
    """SQL that reads a moment from text. Without an offset it is UTC."""
    offset = rf"regexp_replace(trim({sql}), '(:\d\d(?:\.\d+)?) ?([+-]\d\d)(\d\d)$', '\1\2:\3')"
    iso = (
        f"TRY_CAST(CASE WHEN regexp_matches({sql}, '{_ISO}') THEN {offset} END AS TIMESTAMPTZ)"
        "::TIMESTAMP"
    )
    others = [f"try_strptime(trim({sql}), [{', '.join(map(literal, _NAMED_MONTHS))}])"]
    if day_first is not None:
        others.insert(0, _slashed(sql, day_first=day_first))
    return f"coalesce({iso}, {', '.join(others)})"


def number(sql: str, *, decimal_comma: bool, separators_sure: bool) -> str:
    """SQL that reads an amount from dressed text, as DECIMAL(38,12)."""
    point, comma = (",", ".") if decimal_comma else (".", ",")
    grouped = rf"^[0-9]{{1,3}}([{comma}][0-9]{{2,3}})*[{comma}][0-9]{{3}}([{point}][0-9]*)?$"
    single = rf"^[0-9]*[{point}]?[0-9]*$"
    doubtful = (
        "false"
        if separators_sure
        else "(p.sign = '' AND p.unit = '' AND regexp_matches(p.digits, '^[0-9]{1,3},[0-9]{3}$'))"
    )
    signs = "concat(p.before, p.inner, p.after)"
    minus = f"(p.open = '(' OR {signs} IN ('-', '\u2212'))"
    size = (
        f"TRY_CAST(replace(replace({_no_apostrophes('p.digits')}, '{comma}', ''), '{point}', '.')"
        f" AS {DECIMAL})"
    )
    return (
        f"coalesce(TRY_CAST({_scientific(sql)} AS {DECIMAL}), "
        f"list_transform([{_parts(sql)}], lambda p: CASE "
        "WHEN p.digits = '' OR (p.open = '(') <> (p.close = ')') "
        f"OR (p.sign <> '' AND p.unit <> '') OR length({signs}) > 1 "
        f"OR (p.open = '(' AND {signs} <> '') OR {doubtful} THEN NULL "
        f"WHEN regexp_matches({_no_apostrophes('p.digits')}, '{grouped}') "
        f"OR regexp_matches({_no_apostrophes('p.digits')}, '{single}') "
        f"THEN CASE WHEN {minus} THEN -{size} ELSE {size} END END)[1])"
    )


_NUMBERS = frozenset(
    ["DOUBLE", "FLOAT"]
    + [sign + size for sign in ("", "U") for size in ("TINYINT", "SMALLINT", "INTEGER")]
    + [sign + size for sign in ("", "U") for size in ("BIGINT", "HUGEINT")]
)


def _parts(sql: str) -> str:
    bare = rf"regexp_replace({filled(sql)}, '[\s\x{{00A0}}\x{{202F}}]', '', 'g')"
    return f"regexp_extract(coalesce({bare}, ''), {literal(_AMOUNT)}, {_GROUPS})"


def _scientific(sql: str) -> str:
    pattern = r"^\s*[-+]?[0-9.]+[eE][-+]?[0-9]+\s*$"
    return f"CASE WHEN regexp_matches({sql}, '{pattern}') THEN {sql} END"


def _no_apostrophes(sql: str) -> str:
    return f"regexp_replace({sql}, '[''’]([0-9]{{3}})', '\\1', 'g')"


def _slashed(sql: str, *, day_first: bool) -> str:
    bare = rf"regexp_replace(regexp_replace(trim({sql}), '( ?UTC|Z)$', ''), '(\d)T(\d)', '\1 \2')"
    plain = rf"regexp_replace({bare}, '^(\d+)[-/.](\d+)[-/.](\d+)', '\1/\2/\3')"
    order = "%d/%m/" if day_first else "%m/%d/"
    formats = [order + year + time for year in ("%y", "%Y") for time in _TIMES]
    guarded = f"CASE WHEN regexp_matches({sql}, '{_SLASHED}') THEN {plain} END"
    return f"try_strptime({guarded}, [{', '.join(map(literal, formats))}])"


def _day_first(db: duckdb.DuckDBPyConnection, bill: BillFile) -> bool | None:
    columns = [c for c in (bill.column(date) for date in DATES) if c and c.is_text]
    if not columns or not _any_slashed(db, bill, columns):
        return None
    fitting = [order for order in (False, True) if _fits(db, bill, columns, day_first=order)]
    if len(fitting) == 1:
        return fitting[0]
    example = _example(db, bill, columns)
    why = "neither" if not fitting else "either"
    raise BadBillError(
        f"{bill.name} writes dates as {example}, and {why} order of day and month makes every "
        f"billing period whole months; write them as 2025-04-01.",
        file=bill.name,
        column=columns[0].name,
    )


def _any_slashed(db: duckdb.DuckDBPyConnection, bill: BillFile, columns: Iterable[Column]) -> bool:
    tests = " OR ".join(f"regexp_matches({name(c.name)}, '{_SLASHED}')" for c in columns)
    found = db.execute(f"SELECT count(*) FROM {bill.relation} WHERE {tests}").fetchone()
    return bool(found and found[0])


def _example(db: duckdb.DuckDBPyConnection, bill: BillFile, columns: list[Column]) -> str:
    for column in columns:
        sql = name(column.name)
        found = db.execute(
            f"SELECT {sql} FROM {bill.relation} WHERE regexp_matches({sql}, '{_SLASHED}') LIMIT 1"
        ).fetchone()
        if found:
            return str(found[0])
    return "4/1/25"


def _fits(
    db: duckdb.DuckDBPyConnection, bill: BillFile, columns: list[Column], *, day_first: bool
) -> bool:
    """True where this order reads every slashed date and makes the billing periods whole."""
    unread = " OR ".join(
        f"(regexp_matches({name(c.name)}, '{_SLASHED}') AND "
        f"{_slashed(name(c.name), day_first=day_first)} IS NULL)"
        for c in columns
    )
    found = db.execute(f"SELECT count(*) FROM {bill.relation} WHERE {unread}").fetchone()
    if found and found[0]:
        return False
    dialect = Dialect(day_first)
    ends = [bill.column("BillingPeriodStart"), bill.column("BillingPeriodEnd")]
    selected = ", ".join(
        timestamp(c, dialect, file=bill.name) if c else "NULL::TIMESTAMP" for c in ends
    )
    pairs = db.execute(f"SELECT DISTINCT {selected} FROM {bill.relation}").fetchall()
    return all(_whole_months(start, end) for start, end in pairs)


def _whole_months(start: datetime | None, end: datetime | None) -> bool:
    if any(moment and moment.day != 1 for moment in (start, end)):
        return False
    return start is None or end is None or end > start


def _dressed(db: duckdb.DuckDBPyConnection, bill: BillFile) -> frozenset[str]:
    columns = _text_amounts(bill)
    if not columns:
        return frozenset()
    counts = ", ".join(
        f"count_if({filled(name(c.name))} IS NOT NULL AND "
        f"TRY_CAST({name(c.name)} AS {DECIMAL}) IS NULL)"
        for c in columns.values()
    )
    found = db.execute(f"SELECT {counts} FROM {bill.relation}").fetchone() or ()
    return frozenset(plain for plain, count in zip(columns, found, strict=True) if count)


def _separators(db: duckdb.DuckDBPyConnection, bill: BillFile) -> tuple[bool, bool]:
    """Whether some amount proves a decimal point, and whether some proves a decimal comma."""
    digits = [f"{_parts(name(c.name))}['digits']" for c in _text_amounts(bill).values()]
    proofs = []
    for point, comma in ((".", ","), (",", ".")):
        proof = (
            rf"([{comma}].*[{point}]|^[0-9]+([{comma}][0-9]{{2,3}}){{2,}}$"
            rf"|^0*[{point}][0-9]+$|^[0-9]{{4,}}[{point}][0-9]+$"
            rf"|^[0-9]+[{point}]([0-9]{{1,2}}|[0-9]{{4,}})$)"
        )
        proofs.append(" OR ".join(f"regexp_matches({d}, '{proof}')" for d in digits))
    selected = ", ".join(f"bool_or({proof})" for proof in proofs)
    found = db.execute(f"SELECT {selected} FROM {bill.relation}").fetchone()
    return (bool(found[0]), bool(found[1])) if found else (False, False)


def _text_amounts(bill: BillFile) -> dict[str, Column]:
    found = {amount.lower(): bill.column(amount) for amount in AMOUNTS}
    return {plain: column for plain, column in found.items() if column and column.is_text}
