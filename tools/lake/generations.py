"""Writes one generation: the five Parquet files of one (source, report, billing period).

The facts stream from the bill into their file; resources are summed once from the facts, the
daily rollup from the resources and the overview from the rollup, so that a bill is read through
only once.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from tools.lake import schema
from tools.lake.quoting import literal
from tools.lake.report import ProviderCost
from tools.lake.stats import constant, null_counts, text_stats

if TYPE_CHECKING:
    import duckdb

TABLES = ("facts", "resources", "daily", "overview", "tag_sets", "rejects")
# Snappy wrote and read fastest overall; zstd saves a fifth of the disk for a third of the speed.
_COPY = "(FORMAT parquet, COMPRESSION snappy)"
# One resource of tens of thousands lies in few rows: small groups let a reader pass by the others.
_BY_RESOURCE = "(FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 20480)"


@dataclass(frozen=True, slots=True)
class Written:
    """What a generation holds, as its own files say.

    Gaps are rows without such a cost; issuers are provider and billing account.
    """

    rows: int
    first_day: date
    last_day: date
    providers: tuple[ProviderCost, ...]
    billed_gaps: int = 0
    effective_gaps: int = 0
    issuers: tuple[tuple[str, str], ...] = ()

    def billed(self) -> dict[str, Decimal]:
        """Billed cost by currency; an empty code where the bill names none."""
        return _by_currency((p.currency, p.billed) for p in self.providers)

    def effective(self) -> dict[str, Decimal]:
        """Effective cost by currency; an empty code where the bill names none."""
        return _by_currency((p.currency, p.effective) for p in self.providers)


def path_of(table: str, generation: str) -> str:
    """Where a generation's table lies below the lake's root."""
    return f"{table}/{generation}.parquet"


def write(
    db: duckdb.DuckDBPyConnection,
    root: Path,
    generation: str,
    *,
    unit: tuple[str, str, date],
    where: str,
    constants: Mapping[str, str | None],
) -> Written:
    """Write a generation from the tables `bill`, `bill_meters` and `bill_tags` of `db`.

    Args:
        db: a connection with those three.
        root: the lake.
        generation: its id.
        unit: source, report and billing period.
        where: which rows of `bill` belong to it, as SQL.
        constants: texts that are the same on every row of `bill`.
    """
    constants = {**constants, "source": unit[0], "report": unit[1]}
    facts, resources, daily, overview, tags = (
        literal(str(root / path_of(table, generation))) for table in TABLES[:5]
    )
    db.execute(f"COPY ({_facts(unit[2], where, constants)}) TO {facts} {_COPY}")
    constants |= _constants_of(db, root / path_of("facts", generation))
    db.execute(f"COPY ({_resources(facts, constants)}) TO {resources} {_BY_RESOURCE}")
    db.execute(f"COPY ({_by_day(resources, schema.DAILY, constants)}) TO {daily} {_COPY}")
    db.execute(f"COPY ({_by_day(daily, schema.OVERVIEW, constants)}) TO {overview} {_COPY}")
    db.execute(
        "COPY (SELECT tag_hash, tags FROM bill_tags WHERE tag_hash IN "
        f"(SELECT tag_hash FROM read_parquet({daily}))) TO {tags} {_COPY}"
    )
    for table in TABLES[:5]:
        sync(root / path_of(table, generation))
    gaps = null_counts(db, root / path_of("facts", generation), ("billed_cost", "effective_cost"))
    return replace(_read_back(db, daily), billed_gaps=gaps[0], effective_gaps=gaps[1])


def write_rejects(
    db: duckdb.DuckDBPyConnection, root: Path, generation: str, *, select: str
) -> None:
    """Keep unreadable rows aside: file, row, column, value, reason."""
    path = root / path_of("rejects", generation)
    db.execute(f"COPY ({select}) TO {literal(str(path))} {_COPY}")
    sync(path)


def sync(path: Path) -> None:
    """Bring a file to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _constants_of(db: duckdb.DuckDBPyConnection, facts: Path) -> dict[str, str | None]:
    """Texts that turned out to be the same on every row of this generation."""
    found = text_stats(db, facts)
    return {c: s.low for c, s in found.items() if s.is_constant or s.is_empty}


def _facts(period: date, where: str, constants: Mapping[str, str | None]) -> str:
    made = {
        "billing_period": literal(period),
        "charge_day": "b.charge_start::DATE",
        "instance_type": "m.instance_type",
        "model": "m.model",
        "token_direction": "m.token_direction",
        "cache_action": "m.cache_action",
        "consumed_unit": "m.consumed_unit",
        "consumed_quantity": _QUANTITY,
        "gpu_count": "m.gpu_count",
        "gpu_hours": f"CASE m.hours WHEN 1 THEN TRY({_QUANTITY} * m.gpu_count::DECIMAL(9,4)) "
        f"WHEN 2 THEN {_QUANTITY} END",
    }
    selected = ", ".join(
        f"{constant(constants[column])} AS {column}"
        if column in constants
        else f"({made.get(column, f'b.{column}')})::{kind} AS {column}"
        for column, kind in schema.FACTS.items()
    )
    return f"SELECT {selected} FROM bill b LEFT JOIN bill_meters m USING (meter_hash) WHERE {where}"


# The unit's factor is a whole number but for sizes below a gigabyte.
_QUANTITY = (
    "CASE WHEN m.whole = 1 OR m.meter_hash IS NULL THEN b.quantity "
    "WHEN m.whole IS NOT NULL THEN TRY(b.quantity * m.whole) "
    f"ELSE TRY_CAST(b.quantity::DOUBLE * m.factor AS {schema.DECIMAL}) END"
)


def _sums(count: str) -> str:
    sums = [f"sum({m})::{kind} AS {m}" for m, kind in schema.MEASURES.items()]
    return ", ".join([*sums, f"{count}::BIGINT AS {schema.ROW_COUNT}"])


def _keys(columns: Iterable[str], constants: Mapping[str, str | None]) -> tuple[str, str]:
    """The columns as selected, and those that groups are told apart by."""
    selected = [f"{constant(constants[c])} AS {c}" if c in constants else c for c in columns]
    return ", ".join(selected), ", ".join(c for c in columns if c not in constants)


def _resources(facts: str, constants: Mapping[str, str | None]) -> str:
    columns = [*schema.UNIT_COLUMNS, *schema.RESOURCE_KEYS, *schema.DAILY_KEYS]
    selected, keys = _keys(columns, constants)
    return (
        f"SELECT {selected}, {_sums('count(*)')} FROM read_parquet({facts}) GROUP BY {keys} "
        "ORDER BY resource_id, charge_day"
    )


def _by_day(source: str, columns: Iterable[str], constants: Mapping[str, str | None]) -> str:
    measured = {*schema.MEASURES, schema.ROW_COUNT}
    selected, keys = _keys([c for c in columns if c not in measured], constants)
    return (
        f"SELECT {selected}, {_sums(f'sum({schema.ROW_COUNT})')} FROM read_parquet({source}) "
        f"GROUP BY {keys} ORDER BY charge_day"
    )


def _read_back(db: duckdb.DuckDBPyConnection, daily: str) -> Written:
    rows = db.execute(
        f"SELECT provider, currency, sum({schema.ROW_COUNT})::BIGINT, "
        "coalesce(sum(billed_cost), 0), coalesce(sum(effective_cost), 0), "
        f"min(charge_day), max(charge_day) FROM read_parquet({daily}) GROUP BY ALL "
        "ORDER BY abs(coalesce(sum(effective_cost), 0)) DESC, provider, currency"
    ).fetchall()
    providers = tuple(ProviderCost(*row[:5]) for row in rows)
    issuers = db.execute(
        "SELECT DISTINCT coalesce(provider, ''), coalesce(billing_account_id, '') "
        f"FROM read_parquet({daily}) ORDER BY ALL"
    ).fetchall()
    return Written(
        sum(p.rows for p in providers),
        min(row[5] for row in rows),
        max(row[6] for row in rows),
        providers,
        issuers=tuple(issuers),
    )


def _by_currency(amounts: Iterable[tuple[str | None, Decimal]]) -> dict[str, Decimal]:
    totals: dict[str, Decimal] = {}
    for currency, amount in amounts:
        totals[currency or ""] = totals.get(currency or "", Decimal(0)) + amount
    return totals
