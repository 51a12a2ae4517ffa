"""An answer as a table: one set of columns for Slack, the terminal and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from bot.figures import (
    cell_text,
    clean,
    metric_text,
    name_text,
    percent_text,
    present_year,
    time_text,
)
from tools.core.money import decimal_text
from tools.core.query import Grain, MetricKind
from tools.core.results import CostTable, Row

UNKNOWN = "—"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, and whether it holds figures (set to the right)."""

    label: str
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Cells:
    """A table in words: every row has one text, never empty, for each column."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]


def table_cells(table: CostTable) -> Cells:
    """The rows as people read them: groups, then the figure, then share or comparison."""
    keys = key_names(table)
    compares = table.previous_period is not None
    columns = [Column(_heading(name)) for name in keys]
    what = metric_text(table)
    columns.append(Column(what[:1].upper() + what[1:], is_number=True))
    if compares:
        columns += [Column("Previous", is_number=True), Column("Change", is_number=True)]
    is_price = table.query.metric.kind is MetricKind.UNIT_COST
    has_share = not is_price and any(row.share is not None for row in table.rows)
    if has_share and not compares:
        columns.append(Column("Share", is_number=True))
    rows = []
    for row in newest_first(table.rows):
        texts = [*_names(row, keys, table), _figure(row.value, row, table)]
        if compares:
            change = change_text(row) if table.is_comparable else UNKNOWN
            texts += [_figure(row.previous, row, table), change]
        elif has_share:
            texts.append(UNKNOWN if row.share is None else percent_text(row.share))
        rows.append(tuple(texts))
    return Cells(tuple(columns), tuple(rows))


def newest_first(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Where time is cut, what falls off the end of a screen should be the oldest."""
    return tuple(sorted(rows, key=lambda row: row.key.get("time") or "", reverse=True))


def key_names(table: CostTable) -> tuple[str, ...]:
    """Which parts of a row's key are columns: groups, time, and a unit or currency kept apart."""
    names = list(table.query.group_by)
    if table.query.grain is not Grain.TOTAL:
        names.append("time")
    for part in ("unit", "currency"):
        if part not in names and any(part in row.key for row in table.rows):
            names.append(part)
    return tuple(names)


def change_text(row: Row) -> str:
    """`+5.0 %`; `new` and `gone` where a side has nothing to divide by."""
    if row.value is None or row.previous is None:
        return "new" if row.value and row.previous is None else UNKNOWN
    if row.value == row.previous:
        return "0.0 %"
    if row.previous <= 0:
        return "new" if row.previous == 0 else UNKNOWN
    if row.value == 0:
        return "gone"
    return percent_text((row.value - row.previous) / row.previous, signed=True)


def rest_text(row: Row) -> str:
    """What stands for the groups that `top N` left out: `other (14 more)`."""
    return f"other ({row.groups:,} more)" if row.groups else "other"


def csv_text(table: CostTable) -> str:
    """The whole answer as CSV: raw decimals, and names that no spreadsheet takes for a formula."""
    keys = key_names(table)
    is_money = table.query.metric.kind is not MetricKind.QUANTITY
    extra = ["currency"] if is_money and "currency" not in keys else []
    if not is_money and "unit" not in keys:
        extra = ["unit"]
    out = io.StringIO()
    writer = csv.writer(out)
    heading = [*keys, *extra, metric_text(table).replace(" ", "_"), "previous", "share"]
    writer.writerow([harmless(name) for name in heading])
    for row in table.rows:
        names = [harmless(name) for name in _names(row, keys, table, is_short=False)]
        fixed = [harmless(_fixed(row, table)) for _ in extra]
        writer.writerow([*names, *fixed, *map(_raw, (row.value, row.previous, row.share))])
    return out.getvalue()


def _names(
    row: Row, keys: tuple[str, ...], table: CostTable, *, is_short: bool = True
) -> list[str]:
    names = []
    has_rest = False
    for key in keys:
        value = row.key.get(key)
        if row.is_rest and key in table.query.group_by:
            names.append("" if has_rest else rest_text(row) if is_short else "other")
            has_rest = True
        elif key == "time":
            year = present_year(table)
            names.append(
                time_text(value, table.query.grain, year=year) if is_short else value or ""
            )
        else:
            names.append(name_text(value, key) if is_short else _whole(value, key))
    return [name or UNKNOWN if is_short else name for name in names]


def _whole(value: str | None, key: str) -> str:
    """A name uncut, as the bill has it."""
    return name_text(None, key) if value is None else value


def _figure(value: Decimal | None, row: Row, table: CostTable) -> str:
    return UNKNOWN if value is None else cell_text(value, table, currency=row.currency)


def _fixed(row: Row, table: CostTable) -> str:
    if table.query.metric.kind is MetricKind.QUANTITY:
        return table.unit or table.query.metric.unit or ""
    return row.currency or table.currency or ""


def _heading(name: str) -> str:
    if name == "time":
        return "Time"
    text = name.removeprefix("tag:").replace("_", " ")
    return clean(text[:1].upper() + text[1:])


def _raw(value: Decimal | None) -> str:
    return decimal_text(value) or ""


def harmless(text: str) -> str:
    """A quote before what Excel, Sheets or Calc would run: OWASP's list of first characters."""
    return f"'{text}" if text[:1] in _STARTS_A_FORMULA else text


_STARTS_A_FORMULA = frozenset("=+-@\t\r\n＝＋－＠")
