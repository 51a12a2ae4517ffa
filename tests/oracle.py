"""What an answer must be: recomputed from the charges, slowly and in plain Python."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal

from tests.lake.lakes import Charge
from tools.core.query import (
    Cost,
    Filter,
    Grain,
    Metric,
    MetricKind,
    Op,
    Query,
)
from tools.core.results import REST, CostTable
from tools.core.scope import Scope
from tools.core.settings import CurrencySettings


def tag(one: Charge, *keys: str) -> str | None:
    for key in keys:
        found = sorted(
            (0 if k == key else 1 if k.strip().lower() == key else 2, k, v.strip())
            for k, v in one.tags
            if v.strip() and k.strip().lower().replace("/", ":").split(":")[-1] == key
        )
        if found:
            return found[0][2]
    return None


def dimension(one: Charge, name: str) -> str | None:
    column = one.value
    match name:
        case "team":
            by_account = {"a1": "platform"}.get(column("sub_account_id") or "") or (
                "data" if column("sub_account_name") == "Second" else None
            )
            return tag(one, "team", "squad") or by_account
        case "env":
            found = tag(one, "env")
            if found is None and "GPU" in (column("service") or "") and not tag(one, "squad"):
                found = "prd"
            found = found or ("dev" if column("billing_account_id") == "root" else None)
            return "prod" if (found or "").lower() in ("prd", "production") else found
        case "model":
            return column("model")
        case "tag:squad":
            return tag(one, "squad")
        case "resource":
            return column("resource_id")
        case _:
            return column(name)


def holds(one: Charge, filter_: Filter) -> bool:
    value = dimension(one, filter_.dimension)
    wanted = [v.lower() for v in filter_.values]
    match filter_.op:
        case Op.MISSING:
            return value is None
        case Op.PRESENT:
            return value is not None
        case Op.IS:
            return value is not None and value.lower() in wanted
        case Op.IS_NOT:
            return value is None or value.lower() not in wanted
        case Op.CONTAINS:
            return value is not None and any(v in value.lower() for v in wanted)


def money(one: Charge, cost: Cost, rates: CurrencySettings) -> tuple[str | None, Decimal]:
    amount = one.value(cost.column) or Decimal(0)
    currency = one.value("currency")
    fitting = [r for r in rates.rates if r.currency == currency and r.day <= one.day]
    if not fitting:
        return currency, amount
    return rates.report, amount * max(fitting, key=lambda r: r.day).rate


def bucket(one: Charge, grain: Grain, moved: timedelta, months: int) -> str | None:
    day = one.day + moved
    match grain:
        case Grain.TOTAL:
            return None
        case Grain.HOUR:
            return f"{day}T{one.hour:02}:00"
        case Grain.DAY:
            return str(day)
        case Grain.WEEK:
            return str(day - timedelta(days=day.weekday()))
        case Grain.MONTH:
            count = day.year * 12 + day.month - 1 + months
            return str(date(count // 12, count % 12 + 1, 1))


def measured(one: Charge, metric: Metric, rates: CurrencySettings) -> tuple | None:
    """What stays apart (unit or currency), and the sums; None where the metric has no part."""
    unit = one.value("consumed_unit")
    quantity = one.value("consumed_quantity")
    if metric.unit == "gpu-hours":
        unit, quantity = "gpu-hours", one.value("gpu_hours")
    if metric.kind is MetricKind.COST:
        currency, amount = money(one, metric.cost, rates)
        return currency, (amount,)
    if quantity is None or (metric.unit and unit != metric.unit):
        return None
    if metric.kind is MetricKind.QUANTITY:
        return (None if metric.unit else unit), (quantity,)
    currency, amount = money(one, metric.cost, rates)
    return currency, (amount, quantity)


def value(metric: Metric, sums: tuple[Decimal, ...]) -> Decimal | None:
    if metric.kind is not MetricKind.UNIT_COST:
        return sums[0]
    return sums[0] / sums[1] * metric.per if sums[1] else None


def add(a: tuple, b: tuple) -> tuple:
    return tuple(x + y for x, y in zip(a, b, strict=True))


def expected(charges: list[Charge], query: Query, answer: CostTable, *, scope: Scope, rates):
    """(groups, time, apart) → [current sums, previous sums], top N applied."""
    metric = query.metric
    zero = (Decimal(0),) * (2 if metric.kind is MetricKind.UNIT_COST else 1)
    cells: dict[tuple, list] = defaultdict(lambda: [zero, zero])
    sides = [(answer.period, timedelta(0), 0, 0)]
    if answer.previous_period:
        now, before = answer.period.start, answer.previous_period.start
        by_month = query.grain is Grain.MONTH and now.day == before.day
        months = 12 * (now.year - before.year) + now.month - before.month
        moved = timedelta(0) if by_month else now - before
        sides.append((answer.previous_period, moved, months if by_month else 0, 1))
    for one in charges:
        if not all(holds(one, f) for f in (*scope.filters, *query.filters)):
            continue
        found = measured(one, metric, rates)
        for period, moved, months, side in sides:
            if found and one.day in period:
                groups = tuple(dimension(one, g) for g in query.group_by)
                key = (groups, bucket(one, query.grain, moved, months), found[0])
                cells[key][side] = add(cells[key][side], found[1])
    return with_rest(cells, query, zero) if query.top is not None and query.group_by else cells


def with_rest(cells: dict, query: Query, zero: tuple) -> dict:
    wholes: dict[tuple, tuple] = defaultdict(lambda: zero)
    for (groups, _, apart), (current, _) in cells.items():
        wholes[apart, groups] = add(wholes[apart, groups], current)

    def order(item: tuple) -> tuple:
        (_, groups), sums = item
        whole = value(query.metric, sums)
        return (whole is None, -(whole or 0), [(g is None, g or "") for g in groups])

    kept = set()
    for apart in {a for a, _ in wholes}:
        ranked = sorted((i for i in wholes.items() if i[0][0] == apart), key=order)
        kept |= {key for key, _ in ranked[: query.top]}
    made: dict[tuple, list] = defaultdict(lambda: [zero, zero])
    for (groups, time, apart), (current, previous) in cells.items():
        is_rest = (apart, groups) not in kept
        key = ((REST,) * len(groups) if is_rest else groups, time, apart, is_rest)
        made[key] = [add(made[key][0], current), add(made[key][1], previous)]
    return {(g, t, a) if not r else (g, t, a, True): v for (g, t, a, r), v in made.items()}
