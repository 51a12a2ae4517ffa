"""The three tables a generation is written from: `bill`, `bill_meters` and `bill_tags`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from tools.lake.columns import TAGS, TEXTS
from tools.lake.meters import Meter, Words, read_meter
from tools.lake.normalise import Normal
from tools.lake.quoting import literal
from tools.lake.report import Findings, counted
from tools.lake.tag_text import read_tags

if TYPE_CHECKING:
    import duckdb

_METERS = (
    "meter_hash UBIGINT, instance_type VARCHAR, gpu_count DECIMAL(38,12), model VARCHAR, "
    "token_direction VARCHAR, cache_action VARCHAR, consumed_unit VARCHAR, "
    "whole DECIMAL(20,0), factor DOUBLE, hours TINYINT"
)
METER_TEXTS = ("instance_type", "model", "token_direction", "cache_action", "consumed_unit")
FILLABLE = frozenset([*TEXTS, *METER_TEXTS])  # what a source's `fill` may name
_MAP = "MAP(VARCHAR, VARCHAR)"


def build(
    db: duckdb.DuckDBPyConnection, files: Sequence[Normal], findings: Findings
) -> dict[str, str | None]:
    """Make the three tables of `files` anew; `bill` is a view that reads them.

    Returns:
        Lake texts that are the same on every row of the facts.
    """
    selects = " UNION ALL ".join(_same_shape(files))
    db.execute(f"CREATE OR REPLACE TEMP VIEW bill AS {selects}")
    db.execute(f"CREATE OR REPLACE TEMP TABLE bill_meters ({_METERS})")
    db.execute(f"CREATE OR REPLACE TEMP TABLE bill_tags (tag_hash UBIGINT, tags {_MAP})")
    for file in files:
        _add_meters(db, file)
        _add_tags(db, file, findings)
    for column in sorted(files[0].fill.keys() & set(METER_TEXTS)):
        value = literal(files[0].fill[column])
        db.execute(f"UPDATE bill_meters SET {column} = coalesce({column}, {value})")
    return _common(files) | _meter_constants(db)


def _common(files: Sequence[Normal]) -> dict[str, str | None]:
    first, *others = [file.constants() for file in files]
    return {
        lake: value
        for lake, value in first.items()
        if all(lake in other and other[lake] == value for other in others)
    }


def _meter_constants(db: duckdb.DuckDBPyConnection) -> dict[str, str | None]:
    told = ", ".join(f"min({t}), max({t}), count({t})" for t in METER_TEXTS)
    row = db.execute(f"SELECT count(*), {told} FROM bill_meters").fetchone() or (0,)
    rows, found = row[0], {}
    for place, column in enumerate(METER_TEXTS):
        low, high, count = row[3 * place + 1 : 3 * place + 4]
        if count == 0 or (count == rows and low == high):
            found[column] = low
    return found


def _same_shape(files: Iterable[Normal]) -> list[str]:
    """One SELECT for files that differ in nothing but their path, else one each."""
    selects: dict[tuple[str, str], list[str]] = {}
    for file in files:
        select, _, _ = file.select().partition(" FROM read_parquet(")
        kinds = repr([(c.name, c.kind) for c in file.bill.columns.values()])
        path = str(file.bill.data).replace("'", "''")
        selects.setdefault((select, kinds), []).append(f"'{path}'")
    return [
        f"{select} FROM read_parquet([{', '.join(paths)}], hive_partitioning=false)"
        for (select, _), paths in selects.items()
    ]


def _add_meters(db: duckdb.DuckDBPyConnection, file: Normal) -> None:
    rows = db.execute(file.select_meters()).fetchall()
    meters = [(row[0], read_meter(Words(*row[1:]))) for row in rows]
    if not meters:
        return
    values = [_meter_row(hash_, meter) for hash_, meter in meters]
    columns = list(zip(*values, strict=True))
    kinds = ("UBIGINT", "VARCHAR", "DECIMAL(38,12)", *["VARCHAR"] * 4, "DECIMAL(20,0)", "DOUBLE")
    unnested = ", ".join(
        f"unnest(${place + 1}::{kind}[])" for place, kind in enumerate([*kinds, "TINYINT"])
    )
    db.execute(
        f"INSERT INTO bill_meters SELECT * FROM (SELECT {unnested}) AS new(meter_hash, a, b, c, d, "
        "e, f, g, h, i) WHERE meter_hash NOT IN (SELECT meter_hash FROM bill_meters)",
        [list(column) for column in columns],
    )


def _meter_row(meter_hash: int, meter: Meter) -> tuple[object, ...]:
    unit = meter.unit
    whole = None
    hours = None
    if unit:
        whole = str(unit.factor) if unit.factor == unit.factor.to_integral_value() else None
        if unit.name == "hours" and meter.gpu_count is not None:
            hours = 1
        elif unit.name == "gpu-hours":
            hours = 2
    return (
        meter_hash,
        meter.instance_type,
        None if meter.gpu_count is None else str(meter.gpu_count),
        meter.model,
        meter.direction,
        meter.cache,
        unit.name if unit else None,
        whole if unit else "1",
        float(unit.factor) if unit else 1.0,
        hours,
    )


def _add_tags(db: duckdb.DuckDBPyConnection, file: Normal, findings: Findings) -> None:
    select = file.select_tags()
    tags = file.bill.column(*TAGS)
    if select is None or tags is None:
        return
    db.execute(f"CREATE OR REPLACE TEMP TABLE raw_tags AS {select}")
    new = "tag_hash <> 0 AND tag_hash NOT IN (SELECT tag_hash FROM bill_tags)"
    if tags.kind.startswith("MAP"):
        db.execute(f"INSERT INTO bill_tags SELECT tag_hash, raw::{_MAP} FROM raw_tags WHERE {new}")
        return
    as_text = "raw" if tags.is_text else "to_json(raw)::VARCHAR"
    rows = db.execute(f"SELECT tag_hash, {as_text} FROM raw_tags WHERE {new}").fetchall()
    read = {hash_: read_tags(text) for hash_, text in rows}
    unread = sum(found is None for found in read.values())
    if unread:
        findings.notes.append(
            f"{file.bill.name}: {counted(unread, 'set', 'sets')} of tags could not be read; their "
            "charges are loaded as untagged."
        )
    known = [(hash_, json.dumps(found)) for hash_, found in read.items() if found]
    if known:
        db.execute(
            f"INSERT INTO bill_tags SELECT unnest($1::UBIGINT[]), "
            f"CAST(unnest($2::VARCHAR[])::JSON AS {_MAP})",
            [[hash_ for hash_, _ in known], [text for _, text in known]],
        )
