"""From a typed question to SQL text: what every statement of one question shares.

A statement reads the smallest of the tables that has the columns it needs, under the
asker's scope and the question's filters. Literals are quoted in one place and nothing is bound
later, so that the text an answer carries is the text that ran.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from tools.core.periods import Period
from tools.core.query import Metric, MetricKind, Query
from tools.core.scope import Scope
from tools.core.settings import CurrencySettings
from tools.lake import schema
from tools.lake.quoting import literal
from tools.lake.resolve import Expression, Resolver, all_of

GPU_HOURS = "gpu-hours"
_RATES = (
    "LEFT JOIN rates AS r ON r.currency = c.currency "
    "AND c.charge_day >= r.from_day AND c.charge_day < r.to_day"
)


@dataclass(frozen=True)
class Compiler:
    """Writes the parts of the statements one question needs.

    Args:
        query: the question.
        scope: what the asker may see; it stands in every statement.
        resolver: dimensions as configuration defines them.
        money: whether and how to convert.
    """

    query: Query
    scope: Scope
    resolver: Resolver
    money: CurrencySettings

    @cached_property
    def groups(self) -> tuple[tuple[str, Expression], ...]:
        """The dimensions grouped by, each once, and what they are in SQL."""
        names = dict.fromkeys(self.query.group_by)
        return tuple((name, self.resolver.dimension(name)) for name in names)

    @cached_property
    def condition(self) -> Expression:
        """Scope, filters and the metric's unit, all of which must hold."""
        filters = (*self.scope.filters, *self.query.filters)
        return all_of([*map(self.resolver.condition, filters), *_has_unit(self.query.metric)])

    @property
    def is_money(self) -> bool:
        """True where the answer is in a currency."""
        return self.query.metric.kind is not MetricKind.QUANTITY

    @property
    def is_ratio(self) -> bool:
        """True where the answer is money per unit: two sums and their ratio."""
        return self.query.metric.kind is MetricKind.UNIT_COST

    @property
    def is_apart_by_unit(self) -> bool:
        """True where a quantity is answered once per unit."""
        metric = self.query.metric
        return metric.kind is MetricKind.QUANTITY and metric.unit is None

    @property
    def converts(self) -> bool:
        """True where charges may change their currency."""
        return self.is_money and bool(self.money.report and self.money.rates)

    @cached_property
    def measures(self) -> tuple[str, ...]:
        """What is summed: the metric, or cost and quantity of a unit cost."""
        metric = self.query.metric
        rate = " * coalesce(r.rate, 1)" if self.converts else ""
        cost = f"c.{metric.cost.column}{rate}"
        quantity = "c.gpu_hours" if metric.unit == GPU_HOURS else "c.consumed_quantity"
        match metric.kind:
            case MetricKind.COST:
                return (cost,)
            case MetricKind.QUANTITY:
                return (quantity,)
            case MetricKind.UNIT_COST:
                return (cost, quantity)

    @property
    def reported_currency(self) -> str:
        """The currency a charge is answered in."""
        if not self.converts:
            return "c.currency"
        return f"CASE WHEN r.rate IS NOT NULL THEN {literal(self.money.report)} ELSE c.currency END"

    def source(self, *used: Expression, in_money: bool = False, hourly: bool = False) -> str:
        """What stands behind FROM: a table `c` and the joins the expressions take."""
        parts = (self.condition, *used)
        columns = frozenset().union(*(part.columns for part in parts))
        joins = sorted(frozenset().union(*(part.joins for part in parts)))
        if in_money and self.converts:
            joins.append(_RATES)
        table = "facts" if hourly else _smallest_table(columns)
        return "\n    ".join([f"{table} AS c", *joins])

    def where(self, *more: str) -> str:
        """What stands behind WHERE: `more`, and scope, filters and unit."""
        own = [] if self.condition.sql == "true" else [self.condition.sql]
        return "\n    AND ".join([*more, *own]) or "true"


def within(column: str, days: Period) -> str:
    """The condition that a day lies in a period."""
    return f"{column} >= {literal(days.start)} AND {column} < {literal(days.end)}"


def within_any(periods: Iterable[Period]) -> str:
    """The condition that a charge lies in one of the periods, first of all in their span."""
    runs: list[Period] = []
    for period in sorted(periods):
        if runs and period.start <= runs[-1].end:
            runs[-1] = Period(runs[-1].start, max(runs[-1].end, period.end))
        else:
            runs.append(period)
    span = within("c.charge_day", Period(runs[0].start, runs[-1].end))
    if len(runs) == 1:
        return span
    either = " OR ".join(f"({within('c.charge_day', run)})" for run in runs)
    return f"{span}\n    AND ({either})"


def summed(measure: str, *, only: str = "") -> str:
    """A measure's sum over the charges for which `only` holds; 0 where there are none."""
    condition = f" FILTER ({only})" if only else ""
    return f"coalesce(sum({measure}){condition}, 0)::{schema.DECIMAL}"


def touched(compiler: Compiler, days: Period | None) -> str:
    """Per source with matching charges in `days`: its name, first and last such day."""
    return (
        "SELECT c.source, min(c.charge_day) AS first_day, max(c.charge_day) AS last_day\n"
        f"FROM {compiler.source()}\n"
        f"WHERE {compiler.where(*([within('c.charge_day', days)] if days else []))}\n"
        "GROUP BY c.source ORDER BY c.source"
    )


def points(
    compiler: Compiler, periods: Iterable[Period], *, keys: tuple[str | None, ...] | None
) -> str:
    """Per day: `day`, `key`, `is_rest`, currency or unit, and each measure's sum.

    Args:
        compiler: of the question.
        periods: which days; they may overlap.
        keys: the values of the first group to keep apart; None where everything is summed.
    """
    used = [compiler.groups[0][1]] if keys is not None else []
    key, is_rest = _kept(used[0].sql, keys) if keys is not None else ("NULL::VARCHAR", "false")
    sums = ", ".join(summed(measure) for measure in compiler.measures)
    apart = compiler.reported_currency if compiler.is_money else "c.consumed_unit"
    return (
        f"SELECT c.charge_day AS day, {key} AS key, {is_rest} AS is_rest, "
        f"{apart} AS apart, {sums}\n"
        f"FROM {compiler.source(*used, in_money=True)}\n"
        f"WHERE {compiler.where(within_any(periods))}\n"
        "GROUP BY ALL ORDER BY ALL"
    )


def values(compiler: Compiler, dimension: str, *, limit: int) -> str:
    """The distinct values of a dimension under the scope, in order."""
    found = compiler.resolver.dimension(dimension)
    return (
        f"SELECT DISTINCT {found.sql} AS value\nFROM {compiler.source(found)}\n"
        f"WHERE {compiler.where(f'{found.sql} IS NOT NULL')}\nORDER BY 1 LIMIT {limit}"
    )


def _kept(group: str, keys: Iterable[str | None]) -> tuple[str, str]:
    """The key of a chart's line, and whether a charge belongs to none of `keys`."""
    named = [key for key in keys if key is not None]
    tests = [f"{group} IN ({', '.join(map(literal, named))})"] if named else []
    tests += [f"{group} IS NULL"] if None in keys else []
    kept = f"coalesce({' OR '.join(tests) or 'false'}, false)"
    return f"CASE WHEN {kept} THEN {group} END", f"NOT {kept}"


def _smallest_table(columns: frozenset[str]) -> str:
    tables = {"overview": schema.OVERVIEW, "daily": schema.DAILY, "resources": schema.RESOURCES}
    return next((t for t, held in tables.items() if columns <= held.keys()), "facts")


def _has_unit(metric: Metric) -> list[Expression]:
    """A quantity rests only on the charges that have its unit."""
    if metric.kind is MetricKind.COST:
        return []
    if metric.unit == GPU_HOURS:
        return [Expression("c.gpu_hours IS NOT NULL", frozenset({"gpu_hours"}))]
    if metric.unit is None:
        sql = "c.consumed_quantity IS NOT NULL"
        return [Expression(sql, frozenset({"consumed_quantity"}))]
    sql = f"lower(c.consumed_unit) = {literal(metric.unit.lower())}"
    return [Expression(sql, frozenset({"consumed_unit"}))]
