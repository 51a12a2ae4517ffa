"""Looks a delivery over before it is loaded: what is rejected, repaired, and not told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools.lake.columns import COSTS, TEXTS
from tools.lake.dialect import AMOUNTS, filled, timestamp
from tools.lake.normalise import Normal
from tools.lake.quoting import literal, name
from tools.lake.report import Findings, counted
from tools.lake.schema import DECIMAL

if TYPE_CHECKING:
    import duckdb

_REASON = (
    "CASE WHEN value IS NULL THEN 'is empty' WHEN \"column\" = 'ChargePeriodStart' "
    "THEN 'is not a date' WHEN other_currency = '' THEN 'has a currency while its row has none; "
    "name the currency of such rows in the source''s fill' WHEN other_currency IS NOT NULL "
    "THEN concat('is not in ', other_currency, ', the currency of its row') "
    "ELSE 'is not an amount' END"
)


def review(db: duckdb.DuckDBPyConnection, files: Sequence[Normal], findings: Findings) -> str:
    """Make `bill_rejects` and tell what was found; returns the SELECT of the rejected rows."""
    db.execute(
        "CREATE OR REPLACE TEMP TABLE bill_rejects "
        '(file VARCHAR, row BIGINT, "column" VARCHAR, value VARCHAR, reason VARCHAR)'
    )
    for file in files:
        _reject(db, file)
    _tell_rejects(db, findings)
    for file in files:
        _tell_repairs(db, file, findings)
        _tell_missing(file, findings)
    return "SELECT * FROM bill_rejects ORDER BY file, row"


def _reject(db: duckdb.DuckDBPyConnection, file: Normal) -> None:
    bad = file.bill.bad_lines
    db.execute(
        f'INSERT INTO bill_rejects SELECT file, row, "column", value, {_REASON} '
        f"FROM ({file.select_problems()})"
    )
    if not bad:
        return
    lines = sorted(line.row for line in bad)
    # Lines that were no rows have no number in the staged file: count them back in, in order.
    for line in lines:
        db.execute(
            "UPDATE bill_rejects SET row = row + 1 WHERE file = ? AND row >= ?",
            [file.bill.name, line],
        )
    db.executemany(
        "INSERT INTO bill_rejects VALUES (?, ?, NULL, ?, ?)",
        [(file.bill.name, line.row, line.text, line.reason) for line in bad],
    )


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that was kept aside: where it stands, and why."""

    file: str
    row: int
    column: str | None
    value: str | None
    reason: str

    @property
    def text(self) -> str:
        """`row 3: column BilledCost holds “n/a”, which is not an amount`."""
        if not self.column:
            return f"row {self.row} {self.reason}"
        if self.value:
            what = f"column {self.column} holds “{self.value[:40]}”, which {self.reason}"
        else:
            what = f"column {self.column} {self.reason}"
        return f"row {self.row}: {what}"


def first_reject(db: duckdb.DuckDBPyConnection, file: str | None = None) -> Reject | None:
    """The first row kept aside, of one file or of all."""
    where = "" if file is None else f"WHERE file = {literal(file)}"
    found = db.execute(f"SELECT * FROM bill_rejects {where} ORDER BY file, row LIMIT 1").fetchone()
    return Reject(*found) if found else None


def _tell_rejects(db: duckdb.DuckDBPyConnection, findings: Findings) -> None:
    rows = db.execute("SELECT file, count(*) FROM bill_rejects GROUP BY 1 ORDER BY 1").fetchall()
    for file, count in rows:
        first = first_reject(db, file)
        findings.notes.append(
            f"{file}: {counted(count, 'row')} could not be read and "
            f"{'is' if count == 1 else 'are'} kept aside; the first is "
            f"{first.text if first else 'unknown'}."
        )


def _tell_repairs(db: duckdb.DuckDBPyConnection, file: Normal, findings: Findings) -> None:
    shown = file.bill.name
    if file.bill.recoded:
        lines = counted(file.bill.recoded, "line")
        findings.repaired.append(f"{shown}: {lines} not in UTF-8 read as Windows-1252.")
    if file.dialect.day_first is not None:
        order = "day/month/year" if file.dialect.day_first else "month/day/year"
        findings.repaired.append(f"{shown}: dates read as {order}.")
    dressed, unread = _amounts(db, file)
    if dressed:
        findings.repaired.append(
            f"{shown}: {counted(dressed, 'amount')} had currency signs, separators or parentheses."
        )
    _tell_order(db, file, findings)
    for column, count in {**unread, **_dates(db, file)}.items():
        findings.notes.append(
            f"{shown}: {counted(count, 'value')} of {column} could not be read and "
            f"{'is' if count == 1 else 'are'} left empty."
        )


def _amounts(db: duckdb.DuckDBPyConnection, file: Normal) -> tuple[int, dict[str, int]]:
    """How many amounts were dressed up, and how many of no cost column stay unread."""
    dressed, unread = 0, {}
    for focus in AMOUNTS:
        column = file.bill.column(focus)
        plain = focus.lower()
        if column is None or plain not in file.dialect.dressed:
            continue
        raw = name(column.name)
        read = file.amount(focus)
        odd = f"{filled(raw)} IS NOT NULL AND TRY_CAST({raw} AS {DECIMAL}) IS NULL"
        counts = db.execute(
            f"SELECT count_if({odd} AND {read} IS NOT NULL), count_if({odd} AND {read} IS NULL) "
            f"FROM {file.bill.relation}"
        ).fetchone()
        dressed += counts[0] if counts else 0
        if counts and counts[1] and focus not in ("BilledCost", "EffectiveCost"):
            unread[column.name] = counts[1]
    return dressed, unread


def _dates(db: duckdb.DuckDBPyConnection, file: Normal) -> dict[str, int]:
    """How many dates stay unread of those a row can do without."""
    unread = {}
    for focus in ("ChargePeriodEnd", "BillingPeriodStart", "BillingPeriodEnd"):
        column = file.bill.column(focus)
        if column and column.is_text:
            read = timestamp(column, file.dialect, file=file.bill.name)
            counts = db.execute(
                f"SELECT count(*) FROM {file.bill.relation} "
                f"WHERE {filled(name(column.name))} IS NOT NULL AND {read} IS NULL"
            ).fetchone()
            if counts and counts[0]:
                unread[column.name] = counts[0]
    return unread


def _tell_order(db: duckdb.DuckDBPyConnection, file: Normal, findings: Findings) -> None:
    """Charges that end before they begin: on which day they are is clear, how long is not."""
    ends = [file.bill.column(focus) for focus in ("ChargePeriodStart", "ChargePeriodEnd")]
    start, end = (c and timestamp(c, file.dialect, file=file.bill.name) for c in ends)
    if not start or not end:
        return
    found = db.execute(f"SELECT count_if({end} < {start}) FROM {file.bill.relation}").fetchone()
    if found and found[0]:
        charges = counted(
            found[0],
            "charge ends before it begins; it is kept on the day it begins",
            "charges end before they begin; they are kept on the days they begin",
        )
        findings.notes.append(f"{file.bill.name}: {charges}.")


def _tell_missing(file: Normal, findings: Findings) -> None:
    bill = file.bill
    shown = bill.name
    if not bill.column("EffectiveCost"):
        findings.notes.append(f"{shown} has no EffectiveCost; it is taken as billed.")
    if not bill.column("BilledCost"):
        findings.notes.append(f"{shown} has no BilledCost; it is taken as effective.")
    if not bill.column("BillingCurrency") and "currency" not in file.fill:
        findings.notes.append(
            f"{shown} has no BillingCurrency; its costs have no currency until the source's fill "
            "names one."
        )
    if not bill.column("BillingPeriodStart"):
        findings.notes.append(
            f"{shown} has no BillingPeriodStart; the month of the charge is taken."
        )
    if not file.has_consumed and bill.column("PricingQuantity") and bill.column("PricingUnit"):
        findings.notes.append(
            f"{shown} has no consumed quantity; the priced one is taken for usage."
        )
    wanted = {**TEXTS, **{lake: (focus,) for lake, focus in COSTS.items()}}
    told = ("provider", "service", "list_cost", "contracted_cost")
    absent = [wanted[w][0] for w in told if not bill.column(*wanted[w]) and w not in file.fill]
    if absent:
        findings.notes.append(f"{shown} has no {', '.join(absent)}; left empty.")
