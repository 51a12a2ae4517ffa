"""What did it cost: the tool behind every question about bills."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from tools.core.clock import today
from tools.core.context import Context
from tools.core.periods import DAY
from tools.core.query import Query
from tools.core.results import CostTable, Note
from tools.core.windows import Known, Window, nominal, resolve
from tools.lake import answer, remarks
from tools.lake import compile as compiling
from tools.lake.answer import Line
from tools.lake.compile import Compiler
from tools.lake.compile_rows import RowsStatement, rows_statement
from tools.lake.coverage import Coverage, coverage
from tools.lake.lake import Snapshot
from tools.lake.resolve import Resolver
from tools.lake.series import series

VALUES_LIMIT = 2000
# Dimensions with few values, which the phrasebook may know by heart; the rest of the built-in
# ones name single things (resources, SKUs) or need the widest table.
_FEW_VALUES = (
    "source",
    "provider",
    "billing_account",
    "account",
    "region",
    "service",
    "category",
    "charge",
    "pricing",
    "commitment_status",
    "instance_type",
    "model",
    "direction",
    "cache",
    "unit",
    "currency",
)


def cost_by(query: Query, *, context: Context) -> CostTable | Note:
    """What something cost or used: in total or by dimensions, over time, compared.

    Args:
        query: metric, period, groups, grain, filters, top N and comparison.
        context: the lake, the clock and what the asker may see.

    Returns:
        A table with totals, what it rests on and the SQL that made it; a note that says what
        was searched where no charge matches.

    Raises:
        InputError: a dimension does not exist.
    """
    snapshot = context.lake.snapshot().asked(query.filters)
    return answered(query, context=context, snapshot=snapshot)


def answered(query: Query, *, context: Context, snapshot: Snapshot) -> CostTable | Note:
    """The same from one state of the lake, for who has more to ask of it."""
    compiler = compiler_of(query, context=context, snapshot=snapshot)
    day = today(context.clock)
    found = coverage(snapshot, compiler, days=nominal(query.period, today=day))
    window = _window(query, found, day=day)
    statement = rows_statement(compiler, window)
    _, raw = snapshot.run(statement.fetched, days=window.periods)
    lines = answer.lines(statement.layout, raw, is_ratio=compiler.is_ratio)
    if not any(line.bill_rows or any(line.previous or ()) for line in lines):
        return remarks.nothing(compiler, snapshot, window=window)
    return _table(compiler, snapshot, statement=statement, lines=lines, window=window, found=found)


def dimension_values(context: Context) -> Mapping[str, tuple[str, ...]]:
    """The distinct values of dimensions that have few, as far as the asker may see them."""
    snapshot = context.lake.snapshot()

    def read() -> dict[str, tuple[str, ...]]:
        compiler = compiler_of(Query(), context=context, snapshot=snapshot)
        configured = [d.name for d in snapshot.settings.dimensions]
        return {
            name: _values(snapshot, compiler, name)
            for name in dict.fromkeys([*configured, *_FEW_VALUES])
        }

    return snapshot.kept(("values", context.scope), read)


def _values(snapshot: Snapshot, compiler: Compiler, dimension: str) -> tuple[str, ...]:
    _, rows = snapshot.run(compiling.values(compiler, dimension, limit=VALUES_LIMIT))
    return tuple(row[0] for row in rows)


def compiler_of(query: Query, *, context: Context, snapshot: Snapshot) -> Compiler:
    """What writes the statements of a question, under the asker's scope."""
    settings = snapshot.settings
    return Compiler(query, context.scope, Resolver(settings), settings.currency)


def _window(query: Query, found: Coverage, *, day: date) -> Window:
    days = found.days
    known = Known(
        day,
        # Where no source is touched nothing can be coming in.
        complete_through=found.complete_through if found.sources else day - DAY,
        first_day=days.start if days else None,
        last_day=days.last if days else None,
    )
    return resolve(query.period, query.compare, known=known)


def _table(
    compiler: Compiler,
    snapshot: Snapshot,
    *,
    statement: RowsStatement,
    lines: list[Line],
    window: Window,
    found: Coverage,
) -> CostTable:
    query, metric = compiler.query, compiler.query.metric
    whole = answer.totals(lines, metric)
    stand = answer.standing(lines, window.period)
    chart = series(compiler, snapshot, lines=stand, window=window, whole=whole, found=found)
    return CostTable(
        query=query,
        period=window.period,
        currency=whole.only if compiler.is_money else None,
        unit=whole.only if compiler.is_apart_by_unit else metric.unit,
        rows=tuple(answer.rows(stand, statement.layout, metric=metric, whole=whole)),
        total=whole.total(),
        by_currency=whole.by_currency(whole.apart),
        complete_through=found.complete_through,
        is_partial=window.is_partial,
        as_of=found.as_of,
        bill_rows=sum(line.bill_rows for line in lines),
        sql=statement.sql,
        previous_period=window.previous,
        previous_total=whole.previous_total(),
        is_comparable=all(map(found.holds, window.periods)),
        previous_by_currency=whole.by_currency(whole.previous),
        tail=chart.tail,
        sources=found.names,
        series=chart.points,
        notes=remarks.notes(
            compiler, snapshot, lines=lines, whole=whole, window=window, found=found
        ),
    )
