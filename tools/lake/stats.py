"""What a Parquet footer tells of a text column, so that work on every row can be left out.

A bill of one provider and one month repeats one value in many of its columns: those are written
once as a constant instead of hashed row by row, and are no key of a rollup.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tools.lake.quoting import literal

if TYPE_CHECKING:
    import duckdb

NOTHING = ("", "NULL", "Null", "null")  # ways to write nothing
_CUT_OFF = 64  # a longer bound may have been cut by its writer


@dataclass(frozen=True, slots=True)
class Stats:
    """Bounds of a text column over a whole file.

    Args:
        low: no value is smaller; None where the file does not say.
        high: no value is greater.
        is_constant: every row holds `low`.
        is_empty: every row is NULL.
    """

    low: str | None = None
    high: str | None = None
    is_constant: bool = False
    is_empty: bool = False

    @property
    def may_hold_nothing(self) -> bool:
        """Whether some row may hold a way to write nothing."""
        if self.is_empty:
            return False
        if self.low is None or self.high is None:
            return True
        return any(self.low <= word <= self.high for word in NOTHING)


UNKNOWN = Stats()


def text_stats(db: duckdb.DuckDBPyConnection, path: Path) -> dict[str, Stats]:
    """Stats of the text columns of a Parquet file, by column name as the file spells it."""
    rows = db.execute(
        "SELECT path_in_schema, min(stats_min_value), max(stats_max_value), "
        "sum(coalesce(stats_null_count, -num_values)), sum(num_values), "
        "bool_and(coalesce(min_is_exact, true) AND coalesce(max_is_exact, true)), "
        "bool_and(stats_min_value IS NOT NULL OR stats_null_count = num_values) "
        f"FROM parquet_metadata({literal(str(path))}) WHERE type = 'BYTE_ARRAY' GROUP BY 1"
    ).fetchall()
    return {column: _stats(*told) for column, *told in rows}


def null_counts(
    db: duckdb.DuckDBPyConnection, path: Path, columns: tuple[str, ...]
) -> tuple[int, ...]:
    """How many rows of a Parquet file hold NULL in each column."""
    rows = db.execute(
        "SELECT path_in_schema, sum(stats_null_count)::BIGINT "
        f"FROM parquet_metadata({literal(str(path))}) GROUP BY 1"
    ).fetchall()
    found = dict(rows)
    return tuple(found.get(column) or 0 for column in columns)


def _stats(
    low: str | None, high: str | None, nulls: int, values: int, is_exact: bool, is_told: bool
) -> Stats:
    if values and nulls == values:
        return Stats(is_empty=True)
    if not is_told or low is None or high is None or max(len(low), len(high)) >= _CUT_OFF:
        return UNKNOWN
    return Stats(low, high, is_constant=bool(is_exact and nulls == 0 and low == high))


def constant(value: str | None) -> str:
    """SQL for a text that is the same on every row; an ENUM is written without hashing rows."""
    if value is None:
        return "NULL::VARCHAR"
    return f"{literal(value)}::ENUM({literal(value)})"
