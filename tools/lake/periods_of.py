"""Which rows of a delivery make up which billing period's unit of replacement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from tools.core.errors import BadBillError
from tools.lake.deliveries import Delivery
from tools.lake.quoting import literal
from tools.lake.report import Findings, counted
from tools.lake.review import first_reject

if TYPE_CHECKING:
    import duckdb

_STRAY_SHARE = 5


@dataclass(frozen=True, slots=True)
class Share:
    """The rows of one unit: its period, which rows of `bill` they are, how many were rejected."""

    period: date
    where: str
    rejected: int


def assign(
    db: duckdb.DuckDBPyConnection, delivery: Delivery, findings: Findings, *, shown: str
) -> tuple[Share, ...]:
    """Divide the readable rows of `bill` among billing periods.

    A period that a folder declares holds every row below it. A lone file's rows name theirs; a
    period with fewer than a fifth of the rows of the largest is a stray, and goes with it.

    Raises:
        BadBillError: no row can be read.
    """
    rejected = _rejected(db)
    readable = "b.problem IS NULL" if rejected else "true"
    counts = _counts(db, readable, one_period=delivery.period)
    if not counts:
        raise _nothing(db, shown, rejected)
    if delivery.period:
        return (Share(delivery.period, readable, rejected),)
    largest = max(counts, key=lambda period: (counts[period], period))
    own = sorted(p for p, n in counts.items() if n * _STRAY_SHARE >= counts[largest])
    _tell_strays(shown, {p: n for p, n in counts.items() if p not in own}, largest, findings)
    return tuple(
        Share(
            period,
            f"{readable}{_where(period, own, is_largest=period == largest)}",
            rejected * (period == largest),
        )
        for period in own
    )


def _rejected(db: duckdb.DuckDBPyConnection) -> int:
    found = db.execute("SELECT count(*) FROM bill_rejects").fetchone()
    return int(found[0]) if found else 0


def _nothing(db: duckdb.DuckDBPyConnection, shown: str, rejected: int) -> BadBillError:
    """The error for a bill of which no row can be read."""
    first = first_reject(db)
    if first is None:
        return BadBillError(f"{shown} has a header and no rows.", file=shown)
    return BadBillError(
        f"{shown}: none of its {counted(rejected, 'row')} can be read; the first is {first.text}.",
        file=first.file,
        row=first.row,
        column=first.column,
    )


def _counts(
    db: duckdb.DuckDBPyConnection, readable: str, *, one_period: date | None
) -> dict[date, int]:
    """Readable rows by period; by the one that a folder declares, where it does."""
    period = literal(one_period) if one_period else "b.period"
    rows = db.execute(f"SELECT {period}, count(*) FROM bill b WHERE {readable} GROUP BY 1")
    return {period: count for period, count in rows.fetchall() if count}


def _where(period: date, own: list[date], *, is_largest: bool) -> str:
    if len(own) == 1:
        return ""
    if not is_largest:
        return f" AND b.period = {literal(period)}"
    others = ", ".join(literal(p) for p in own if p != period)
    return f" AND b.period NOT IN ({others})"


def _tell_strays(shown: str, strays: dict[date, int], largest: date, findings: Findings) -> None:
    for period, count in sorted(strays.items()):
        findings.notes.append(
            f"{shown}: {counted(count, 'stray row')} of {period:%Y-%m} "
            f"{'is' if count == 1 else 'are'} kept with {largest:%Y-%m}; what else is loaded for "
            f"{period:%Y-%m} is left as it is."
        )
