"""The statements behind an explanation: cells of a bill in two periods, and daily sums.

A *cell* is the finest grain at which a price and a quantity say something: one resource, one
meter, one way of pricing, under one set of dimensions. Beyond `HEAD` cells the smallest are
summed without their resource, so that an answer stays quick however many resources there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tools.core.query import Filter
from tools.core.windows import Window
from tools.lake import schema
from tools.lake.compile import Compiler, summed, within_any
from tools.lake.compile_rows import only_in
from tools.lake.quoting import literal, name
from tools.lake.resolve import Expression, all_of

HEAD = 2000  # so many cells keep their resource
VARIOUS = ""  # a dimension of cells that were summed over its values; bills hold no empty text
_FEW = 60  # so many combinations of dimensions are kept apart among the smallest cells
# What a cell is told apart by, besides dimensions; the lake's columns.
STRUCTURE = (
    "resource_id",
    "service",
    "charge_category",
    "charge_class",
    "consumed_unit",
    "instance_type",
    "model",
    "token_direction",
    "cache_action",
    "pricing_category",
    "commitment_status",
    "currency",
    "source",
)
_METER = ("sku_id", "sku_meter")  # only on the lines of the bill themselves
SUMS = ("before", "after", "quantity_before", "quantity_after", "own_before", "own_after")


@dataclass(frozen=True, slots=True)
class CellsStatement:
    """One SQL text; its columns are `STRUCTURE`, `meter`, the dimensions, then sums and days."""

    sql: str
    dimensions: tuple[str, ...]


def cells_statement(
    compiler: Compiler, window: Window, *, dimensions: Sequence[str], has_meter: bool = True
) -> CellsStatement:
    """Cells of both periods.

    Args:
        compiler: of the question; its scope and filters hold.
        window: both periods.
        dimensions: names of what parts may be named by.
        has_meter: tell meters apart by SKU, for which every line of the bill is read.
    """
    found = {d: compiler.resolver.dimension(d) for d in dimensions}
    raw = _raw(compiler, window, list(found.values()), has_meter=has_meter)
    sql = (
        f"WITH raw AS (\n{raw}\n),\n"
        f"cells AS MATERIALIZED (\n{_cells(found, compiler, has_meter=has_meter)}\n),\n"
        f"few AS (\n{_few(len(found))}\n),\nranked AS (\n{_RANKED}\n)\n{_final(found)}"
    )
    return CellsStatement(sql, tuple(found))


def days_statement(compiler: Compiler, window: Window, keys: Sequence[Sequence[Filter]]) -> str:
    """Per day of both periods: the day, then cost and quantity under each key."""
    cost, used, columns = compiler.measures[0], [], ["c.charge_day AS day"]
    for place, key in enumerate(keys):
        condition = all_of(map(compiler.resolver.condition, key))
        used.append(condition)
        columns.append(f"{summed(cost, only=condition.sql)} AS cost_{place}")
        columns.append(f"{summed('c.consumed_quantity', only=condition.sql)} AS quantity_{place}")
    read = Expression("", frozenset({"charge_day", "consumed_quantity"}))
    listed = ",\n  ".join(columns)
    return (
        f"SELECT {listed}\n"
        f"FROM {compiler.source(read, *used, in_money=True)}\n"
        f"WHERE {compiler.where(within_any(window.periods))}\n"
        "GROUP BY c.charge_day ORDER BY c.charge_day"
    )


def _raw(
    compiler: Compiler, window: Window, dimensions: Sequence[Expression], *, has_meter: bool
) -> str:
    """Sums by the lake's own columns: dimensions are found afterwards, for far fewer rows."""
    structure = dict.fromkeys([*STRUCTURE, *(_METER if has_meter else ())])
    columns = list(structure | dict.fromkeys(sorted(c for d in dimensions for c in d.columns)))
    read = Expression("", frozenset([*columns, "charge_day", "consumed_quantity", "currency"]))
    now, then = only_in(window)
    cost, quantity = compiler.measures[0], "c.consumed_quantity"
    own = f"c.{compiler.query.metric.cost.column}"
    selected = [
        *(f"c.{column}" for column in columns),
        f"{summed(cost, only=then)} AS before",
        f"{summed(cost, only=now)} AS after",
        f"{summed(quantity, only=then)} AS quantity_before",
        f"{summed(quantity, only=now)} AS quantity_after",
        *([f"{summed(own, only=then)} AS own_before"] if compiler.converts else []),
        *([f"{summed(own, only=now)} AS own_after"] if compiler.converts else []),
        f"min(c.charge_day) FILTER ({now}) AS first_day",
        f"max(c.charge_day) FILTER ({then}) AS last_day",
        f"coalesce(sum(c.{schema.ROW_COUNT}) FILTER ({now}), 0)::BIGINT AS bill_rows",
    ]
    listed = ",\n    ".join(selected)
    return (
        f"  SELECT\n    {listed}\n  FROM {compiler.source(read, in_money=True)}\n"
        f"  WHERE {compiler.where(within_any(window.periods))}\n  GROUP BY ALL"
    )


def _cells(dimensions: dict[str, Expression], compiler: Compiler, *, has_meter: bool) -> str:
    """The same by dimensions."""
    joins = sorted(frozenset().union(*(d.joins for d in dimensions.values())))
    source = "\n    ".join(["raw AS c", *joins])
    # A machine or a model is one meter however it is paid for.
    sku = "coalesce(c.instance_type, c.model, c.sku_id, c.sku_meter)" if has_meter else "NULL"
    selected = [
        *(f"c.{column}" for column in STRUCTURE),
        f"{sku} AS meter",
        *(f"{d.sql} AS {_dimension(n)}" for n, d in enumerate(dimensions.values())),
        *(
            f"sum(c.{total if compiler.converts else total.removeprefix('own_')})"
            f"::{schema.DECIMAL} AS {total}"
            for total in SUMS
        ),
        "min(c.first_day) AS first_day",
        "max(c.last_day) AS last_day",
        "sum(c.bill_rows)::BIGINT AS bill_rows",
    ]
    listed = ",\n    ".join(selected)
    return f"  SELECT\n    {listed}\n  FROM {source}\n  GROUP BY ALL"


_RANKED = (
    "  SELECT *, row_number() OVER (ORDER BY greatest(abs(before), abs(after)) DESC, "
    f"resource_id, service, meter) > {HEAD} AS is_pooled\n  FROM cells"
)


def _few(count: int) -> str:
    """Which dimensions the smallest cells keep: the first, as far as they multiply to few."""
    counts = ", ".join(
        f"least(count(DISTINCT {d}) + 1, {_FEW + 1}) AS n{n}"
        for n, d in enumerate(map(_dimension, range(count)))
    )
    factors = [f"if(n{n} > {_FEW}, 1, n{n})" for n in range(count)]
    kept = ", ".join(
        f"n{n} <= {_FEW} AND {' * '.join(factors[: n + 1])} <= {_FEW} AS keeps{n}"
        for n in range(count)
    )
    return f"  SELECT {kept} FROM (SELECT {counts} FROM cells)"


def _final(dimensions: dict[str, Expression]) -> str:
    """Cells, the smallest of them summed over their resources and long dimensions."""
    names = [_dimension(n) for n in range(len(dimensions))]
    selected = [
        "CASE WHEN NOT is_pooled THEN resource_id END AS resource_id",
        *STRUCTURE[1:],
        "meter",
        *(
            f"CASE WHEN is_pooled AND NOT keeps{n} THEN {literal(VARIOUS)} ELSE {d} END AS {d}"
            for n, d in enumerate(names)
        ),
        *(f"sum({total})::VARCHAR AS {total}" for total in SUMS),
        "min(first_day) AS first_day",
        "max(last_day) AS last_day",
        "sum(bill_rows)::BIGINT AS bill_rows",
        "count(DISTINCT resource_id) AS resources",
        "is_pooled",
    ]
    return (
        f"SELECT {', '.join(selected)}\nFROM ranked, few\nGROUP BY ALL\n"
        "ORDER BY is_pooled, greatest(abs(sum(before)), abs(sum(after))) DESC, "
        f"{', '.join(str(n + 1) for n in range(len(STRUCTURE) + 1 + len(dimensions)))}"
    )


def _dimension(place: int) -> str:
    return name(f"d{place}")
