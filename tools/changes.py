"""Why a cost differs between two periods: the tool behind every “why”."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal, localcontext

from tools.core.clock import today
from tools.core.context import Context
from tools.core.periods import DAY, Between, Current, Earlier, Period, Unit, spec_text
from tools.core.query import Against, Filter, Grain, Metric, MetricKind, Op, Preceding, Query
from tools.core.results import Cause, Change, CostTable, Note, Part
from tools.core.windows import Window, nominal
from tools.costs import answered, compiler_of
from tools.lake.change_notes import change_notes
from tools.lake.compile import Compiler
from tools.lake.compile_change import STRUCTURE, SUMS, cells_statement, days_statement
from tools.lake.coverage import coverage
from tools.lake.effects import ZERO, Cell
from tools.lake.happenings import happenings
from tools.lake.lake import Rows, Snapshot
from tools.lake.manifest import Generation
from tools.lake.parts import Explained, Naming, explained
from tools.lake.pending import WHOLE, Short, short
from tools.lake.steps import FEWEST, first_day_of_step, is_cut_off

STEPS = 3  # of so many parts the day they began on is looked for in the bill
MOST_LINES = 4_000_000  # of more lines of bills, SKUs are not told apart, which takes seconds
_BUILT_IN = ("service", "account", "region", "instance_type", "model", "direction", "provider")
DIGITS = 60  # DECIMAL(38,12) sums and products without a rounded digit


def explain_change(query: Query, *, context: Context) -> Change | Note:
    """Why a cost is higher or lower than in another period: what is new, gone, used more, dearer.

    Use it for “why”, “what changed”, “what drove the increase”; use `cost_by` for how much.

    Args:
        query: period and filters; what to compare with (the period before, if not said);
            groups, where the reasons should be told by them.
        context: the lake, the clock and what the asker may see.

    Returns:
        The difference in parts that add up exactly to it, each with its cause; a note where
        there is nothing to compare.

    Raises:
        InputError: a dimension does not exist.
    """
    if query.metric.kind is not MetricKind.COST:
        return _only_costs(query)
    asked = query.with_(grain=Grain.TOTAL, top=None, compare=query.compare or Preceding())
    snapshot = context.lake.snapshot().asked(query.filters)
    table = answered(asked.with_(group_by=()), context=context, snapshot=snapshot)
    if isinstance(table, Note):
        return _not_billed(asked, context=context, snapshot=snapshot) or table
    if table.previous_period is None:
        return Note("There is nothing before all time to compare with; name a period.")
    if not table.bill_rows and (note := _not_billed(asked, context=context, snapshot=snapshot)):
        return note
    if _has_a_whole_one_before(asked, table):
        asked, table = _against_whole(asked, table, context=context, snapshot=snapshot)
    if table.currency is None:
        return _apart(asked, table)
    with localcontext() as decimals:
        decimals.prec = DIGITS
        compiler = compiler_of(asked, context=context, snapshot=snapshot)
        return _change(table, compiler, snapshot)


def _change(table: CostTable, compiler: Compiler, snapshot: Snapshot) -> Change:
    window = Window(table.period, previous=table.previous_period)
    lacking = WHOLE if table.is_comparable else _lacking(compiler, snapshot, window)
    naming = _naming(compiler)
    lines = sum(g.rows for g in snapshot.manifest.generations if _is_near(g, window))
    has_meter = lines <= MOST_LINES
    statement = cells_statement(compiler, window, dimensions=naming.dimensions, has_meter=has_meter)
    _, rows = snapshot.run(statement.sql, days=window.periods)
    cells = _cells(rows, len(naming.dimensions))
    found = explained(cells, naming, lacking)
    parts = _with_steps(compiler, snapshot, found, window=window)
    before = sum((cell.before for cell in cells), ZERO)
    after = sum((cell.after for cell in cells), ZERO)
    return Change(
        query=compiler.query,
        period=window.period,
        previous_period=window.periods[1],
        currency=table.currency or "",
        before=before,
        after=after,
        gross=found.gross,
        parts=parts,
        drivers=found.drivers,
        events=happenings(found, window, cells=cells),
        complete_through=table.complete_through,
        is_partial=table.is_partial,
        is_comparable=table.is_comparable,
        as_of=table.as_of,
        bill_rows=table.bill_rows,
        sources=table.sources,
        series=table.series,
        notes=change_notes(table, found, before=before, lacking=lacking, has_meter=has_meter),
        sql=statement.sql,
    )


def _has_a_whole_one_before(asked: Query, table: CostTable) -> bool:
    """Whether nobody chose the days compared with, and they are still coming in."""
    through, previous = table.complete_through, table.previous_period
    if not isinstance(asked.compare, Preceding) or through is None or previous is None:
        return False
    return through < previous.last and through < table.period.start


def _against_whole(
    asked: Query, table: CostTable, *, context: Context, snapshot: Snapshot
) -> tuple[Query, CostTable]:
    """The same compared with the last days that are complete."""
    end = (table.complete_through or table.period.start) + DAY
    days = Period(end - table.period.days * DAY, end)
    against = asked.with_(compare=Against(Between(days.start, days.end)))
    found = answered(against.with_(group_by=()), context=context, snapshot=snapshot)
    if isinstance(found, Note):
        return asked, table
    return against, replace(found, notes=(_whole_note(days), *found.notes))


def _whole_note(days: Period) -> str:
    if days.days == 1:
        before, last = "The day before is", f"{days.start}, the last complete day"
    else:
        before, last = "The days before are", f"{days.start} to {days.last}, the last complete days"
    return f"{before} not complete either, so the comparison is with {last}."


def _lacking(compiler: Compiler, snapshot: Snapshot, window: Window) -> Short:
    reach = Period(min(p.start for p in window.periods), max(p.end for p in window.periods))
    return short(coverage(snapshot, compiler, days=reach), window)


def _naming(compiler: Compiler) -> Naming:
    """Dimensions people gave come before the bill's own; those asked for before all."""
    query = compiler.query
    configured = compiler.resolver.configured
    asked = tuple(dict.fromkeys(query.group_by))
    own = ("currency",) if compiler.converts else ()
    names = dict.fromkeys([*asked, "service", *configured, *_BUILT_IN, *own])
    filters = (*query.filters, *compiler.scope.filters)
    held = {f.dimension for f in filters if f.op is Op.IS and len(f.values) == 1}
    return Naming(
        tuple(names),
        configured=frozenset(configured) - {"model"},
        asked=asked,
        pinned=frozenset(held - set(asked)),
    )


def _is_near(generation: Generation, window: Window) -> bool:
    return any(generation.overlaps(period) for period in window.periods)


def _cells(rows: Rows, dimensions: int) -> list[Cell]:
    """Rows of the statement, their sums as decimals: they come as text, which is quicker."""
    start = len(STRUCTURE) + 1
    end = start + dimensions
    days = end + len(SUMS)
    return [
        Cell._make((*row[:start], row[start:end], *map(Decimal, row[end:days]), *row[days:]))
        for row in rows
    ]


def _with_steps(
    compiler: Compiler, snapshot: Snapshot, found: Explained, *, window: Window
) -> tuple[Part, ...]:
    """The parts, the largest with the day on which use or price took a step."""
    parts = [_with_day(named.part, window) for named in found.named]
    able = [n for n, p in enumerate(parts) if p.key and p.cause in (Cause.USAGE, Cause.RATE)]
    able = able[:STEPS]
    if not able or window.period.days + window.periods[1].days < FEWEST:
        return tuple(parts)
    keys = [_filters(parts[n]) for n in able]
    _, rows = snapshot.run(days_statement(compiler, window, keys), days=window.periods)
    for place, n in enumerate(able):
        daily = {row[0]: (row[1 + 2 * place], row[2 + 2 * place]) for row in rows}
        day = first_day_of_step(daily, window, cause=parts[n].cause)
        parts[n] = parts[n]._replace(first_day=day)
    return tuple(parts)


def _with_day(part: Part, window: Window) -> Part:
    """Without a first day that is only where the days asked about are cut."""
    if part.first_day is None or part.cause not in (Cause.NEW, Cause.GONE):
        return part
    return part._replace(first_day=None) if is_cut_off(part.first_day, window) else part


def _filters(part: Part) -> list[Filter]:
    """The part's key as conditions, and its unit."""
    key = {**part.key, **({"unit": part.unit} if part.unit else {})}
    return [
        Filter(name, Op.MISSING) if value is None else Filter(name, Op.IS, (value,))
        for name, value in key.items()
    ]


def _only_costs(query: Query) -> Note:
    cost = query.with_(metric=Metric(cost=query.metric.cost))
    return Note(
        "I can say why a cost changed, not why a quantity or a price per unit did; the reasons "
        "of a cost tell usage and price apart.",
        (f"why {cost.text()}".strip(),),
    )


def _not_billed(query: Query, *, context: Context, snapshot: Snapshot) -> Note | None:
    """That days are still to come in, with what ended before; None where they are complete."""
    spec, days = query.period, nominal(query.period, today=today(context.clock))
    compiler = compiler_of(query, context=context, snapshot=snapshot)
    through = coverage(snapshot, compiler, days=days).complete_through
    if days is None or through is None or through >= days.start:
        return None
    wider = query.with_(compare=None)
    found = [wider.with_(period=Between(through, through + DAY))]
    if isinstance(spec, Current) and spec.unit is not Unit.DAY:
        found.insert(0, wider.with_(period=Earlier(spec.unit)))
    return Note(
        f"Nothing is billed yet for {spec_text(spec)}, from {days.start} on. The last complete "
        f"day is {through}.",
        tuple(f"why {one.text()}" for one in found),
    )


def _apart(query: Query, table: CostTable) -> Note:
    """Currencies do not add up, so each is explained on its own."""
    known = sorted({*table.by_currency, *table.previous_by_currency} - {"unknown"})
    return Note(
        f"These costs are in different currencies ({', '.join(known) or 'unknown'}), which do "
        "not add up to one change. Ask about one of them, or set rates in purser.toml.",
        tuple(f"why {query.with_(filters=(*query.filters, _in(c))).text()}" for c in known[:3]),
    )


def _in(currency: str) -> Filter:
    return Filter("currency", Op.IS, (currency,))
