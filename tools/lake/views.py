"""The views and small tables that every statement over the lake may name.

Views over the live Parquet files: `facts`, `resources`, `daily`, `overview`, `tag_sets`.
Tables made from configuration, or from the bills when a statement first names them:

resource_spellings  every resource id and name as spelled (`found`), and in lower case (`plain`)
tag_pairs         one row per tag set and key: `tag_hash`, `key`, `plain` (trimmed, lower), `value`
tag_dims          one row per tag set: `tag_hash` and each configured dimension's value
sub_account_dims  `_key` (id or name, lower) and each dimension that maps sub-accounts
account_dims      the same for billing accounts
rates             `currency`, `from_day`, `to_day` (half-open), `rate` to the report currency
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

from tools.core.dimensions import Dimension
from tools.core.labels import shown
from tools.core.settings import CurrencySettings, LakeSettings
from tools.lake import schema
from tools.lake.manifest import Generation
from tools.lake.quoting import literal, name

COLUMNS: Mapping[str, Mapping[str, str]] = {
    "facts": {**schema.FACTS, schema.ROW_COUNT: "BIGINT"},
    "resources": schema.RESOURCES,
    "daily": schema.DAILY,
    "overview": schema.OVERVIEW,
    "tag_sets": schema.TAG_SETS,
}
BY_DAY = tuple(table for table, columns in COLUMNS.items() if "charge_day" in columns)
RATE_TYPE = "DECIMAL(20,10)"  # times DECIMAL(38,12) leaves sixteen digits before the point
SPELLINGS = "resource_spellings"
SPELLED = ("resource_id", "resource_name")  # columns the spellings are of


def view(table: str, root: Path, generations: Iterable[Generation], *, kind: str = "VIEW") -> str:
    """The statement that makes a table's view over the files of `generations`."""
    held = [g.files for g in generations]
    # A lake loaded before there was an overview answers from what it sums.
    stored = "daily" if table == "overview" and not all(table in files for files in held) else table
    paths = [str(root / path) for files in held for path in files.get(stored, ())]
    return f"CREATE {kind} {table} AS {_select(table, paths)}"


def configured_tables(settings: LakeSettings) -> list[str]:
    """Statements that make the tables which hold configuration."""
    dimensions = settings.dimensions
    return [
        _account_table("sub_account_dims", {d.name: _shown(d, d.sub_accounts) for d in dimensions}),
        _account_table("account_dims", {d.name: _shown(d, d.accounts) for d in dimensions}),
        _rates_table(settings.currency),
    ]


def made_when_named(settings: LakeSettings) -> dict[tuple[str, ...], list[str]]:
    """Tables that cost a read of the bills: their names, and the statements that make them."""
    return {("tag_pairs", "tag_dims"): _tag_tables(settings), (SPELLINGS,): [_spellings()]}


def _spellings() -> str:
    """So that one resource is found whatever its case, and row groups without it are passed by."""
    some = " UNION ".join(f"SELECT {column} AS found FROM resources" for column in SPELLED)
    return (
        f"CREATE TABLE {SPELLINGS} AS SELECT found, lower(found) AS plain "
        f"FROM ({some}) WHERE found IS NOT NULL"
    )


def _tag_tables(settings: LakeSettings) -> list[str]:
    """Statements that resolve the distinct tag sets."""
    resolved = [_tag_dimension(d) for d in settings.dimensions if d.tags]
    columns = ", ".join(["tag_hash", *resolved])
    return [
        "CREATE TABLE tag_pairs AS "
        "SELECT tag_hash, e.key AS key, lower(trim(e.key)) AS plain, trim(e.value) AS value "
        "FROM (SELECT tag_hash, unnest(map_entries(tags)) AS e FROM tag_sets) "
        "WHERE trim(e.value) <> ''",
        f"CREATE TABLE tag_dims AS SELECT {columns} FROM tag_pairs GROUP BY tag_hash",
    ]


def tag_value(keys: tuple[str, ...]) -> str:
    """The aggregate over `tag_pairs` that picks the value of the best of `keys`.

    For each key in order of preference: its exact spelling, then any spelling, then behind a
    prefix that ends in `:` or `/`, as in `user:team` or `kubernetes/team`.
    """
    return f"arg_min(value, {tag_rank(keys)} || key)"


def tag_rank(keys: tuple[str, ...]) -> str:
    """How well a row of `tag_pairs` fits, as sortable text; NULL where it does not."""
    cases = []
    for place, key in enumerate(keys):
        plain = key.strip().lower()
        cases += [
            f"WHEN key = {literal(key)} THEN '{place:03}a'",
            f"WHEN plain = {literal(plain)} THEN '{place:03}b'",
            f"WHEN ends_with(plain, {literal(':' + plain)}) "
            f"OR ends_with(plain, {literal('/' + plain)}) THEN '{place:03}c'",
        ]
    return f"(CASE {' '.join(cases)} END)"


def aliased(dimension: Dimension, sql: str) -> str:
    """`sql`, a value as found, written as it is shown."""
    if not dimension.aliases:
        return sql
    cases = " ".join(
        f"WHEN {literal(found.strip().lower())} THEN {literal(shown)}"
        for found, shown in dimension.aliases.items()
    )
    return f"CASE lower({sql}) {cases} ELSE {sql} END"


def _select(table: str, files: list[str]) -> str:
    columns = COLUMNS[table]
    if not files:
        typed = ", ".join(f"NULL::{kind} AS {name(column)}" for column, kind in columns.items())
        return f"SELECT {typed} WHERE false"
    source = f"read_parquet([{', '.join(literal(file) for file in files)}])"
    if table == "tag_sets":
        selected = "tag_hash, any_value(tags) AS tags"
        return f"SELECT {selected} FROM {source} GROUP BY tag_hash"
    selected = ", ".join(
        f"1::BIGINT AS {column}" if (table, column) == ("facts", schema.ROW_COUNT) else name(column)
        for column in columns
    )
    return f"SELECT {selected} FROM {source}"


def _tag_dimension(dimension: Dimension) -> str:
    value = tag_value(dimension.tags)
    return f"{aliased(dimension, value)} AS {name(dimension.name)}"


def _shown(dimension: Dimension, values: Mapping[str, str]) -> dict[str, str]:
    return {key.strip().lower(): shown(dimension, value) for key, value in values.items()}


def _account_table(table: str, maps: Mapping[str, Mapping[str, str]]) -> str:
    used = [dimension for dimension, values in maps.items() if values]
    keys = sorted({key for dimension in used for key in maps[dimension]})
    columns = ["_key VARCHAR", *(f"{name(dimension)} VARCHAR" for dimension in used)]
    rows = [
        "(" + ", ".join(literal(v) for v in (key, *(maps[d].get(key) for d in used))) + ")"
        for key in keys
    ]
    return f"CREATE TABLE {table} ({', '.join(columns)})" + _inserted(table, rows)


def _rates_table(settings: CurrencySettings) -> str:
    rows = [
        f"({literal(currency)}, {literal(start)}, {literal(end)}, {literal(rate)})"
        for currency, start, end, rate in _rate_spans(settings)
    ]
    columns = f"currency VARCHAR, from_day DATE, to_day DATE, rate {RATE_TYPE}"
    return f"CREATE TABLE rates ({columns})" + _inserted("rates", rows)


def _rate_spans(settings: CurrencySettings) -> list[tuple[str, date, date, Decimal]]:
    """Each rate with the half-open days for which it is the newest."""
    spans = []
    for currency in sorted({rate.currency for rate in settings.rates} - {settings.report}):
        by_day = {r.day: r.rate for r in settings.rates if r.currency == currency}
        days = [*sorted(by_day), date.max]
        spans += [(currency, start, end, by_day[start]) for start, end in pairwise(days)]
    return spans if settings.report else []


def _inserted(table: str, rows: list[str]) -> str:
    return f"; INSERT INTO {table} VALUES {', '.join(rows)}" if rows else ""
