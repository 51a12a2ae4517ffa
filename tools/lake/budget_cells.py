"""What everything came to in a few spans of days, by the dimensions that budgets name: one pass."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from tools.core.context import Context
from tools.core.periods import Between, Period
from tools.core.query import Filter, Query
from tools.lake import schema
from tools.lake.compile import Compiler, summed, within, within_any
from tools.lake.resolve import Resolver
from tools.watch.cells import Cell, Cells


def is_coarse(names: Iterable[str], *, context: Context) -> bool:
    """Whether the daily rollup knows these dimensions; others need a table far larger.

    Raises:
        InputError: a dimension does not exist.
    """
    resolver = Resolver(context.lake.settings)
    return all(resolver.dimension(name).columns <= schema.DAILY.keys() for name in names)


def read_cells(
    context: Context, *, names: Sequence[str], spans: Sequence[Period], where: Sequence[Filter] = ()
) -> Cells:
    """Effective cost of each combination of the dimensions' values, in each span.

    Args:
        context: the lake and what the asker may see.
        names: of dimensions.
        spans: days; they may overlap.
        where: conditions of who asks; a second view that they name is read by itself.

    Raises:
        InputError: a dimension does not exist.
    """
    wanted = tuple(dict.fromkeys(name.strip().lower() for name in names))
    whole = Period(min(span.start for span in spans), max(span.end for span in spans))
    snapshot = context.lake.snapshot().asked(where)
    settings = snapshot.settings
    query = Query(period=Between(whole.start, whole.end), group_by=wanted)
    compiler = Compiler(query, context.scope, Resolver(settings), settings.currency)
    _, rows = snapshot.run(_statement(compiler, spans), days=spans)
    places = len(wanted)
    cells = [
        Cell(row[2 : 2 + places], row[0], row[1], tuple(map(Decimal, row[2 + places :])))
        for row in rows
    ]
    return Cells(wanted, cells, len(spans))


def _statement(compiler: Compiler, spans: Sequence[Period]) -> str:
    groups = [expression for _, expression in compiler.groups]
    measure = compiler.measures[0]
    columns = [
        "c.source AS source",
        f"{compiler.reported_currency} AS currency",
        *(f"{expression.sql} AS key_{place}" for place, expression in enumerate(groups)),
        *(f"{summed(measure, only=within('c.charge_day', span))}::VARCHAR" for span in spans),
    ]
    return (
        f"SELECT {', '.join(columns)}\n"
        f"FROM {compiler.source(*groups, in_money=True)}\n"
        f"WHERE {compiler.where(within_any(spans))}\nGROUP BY ALL"
    )
