"""Answers in words: the number first, the same word for the same thing on every surface."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from bot.budget_words import budgets_opening
from bot.cells import csv_text as csv_text
from bot.cells import table_cells as table_cells
from bot.change_words import (
    change_opening,
    change_subtitle,
    change_title,
    event_texts,
    figure_opening,
)
from bot.figures import (
    age_text,
    amount_text,
    clean,
    day_text,
    metric_text,
    name_text,
    per_text,
    percent_text,
    present_year,
    quantity_text,
    span_text,
    time_text,
    unit_text,
    whole_text,
)
from bot.machine_words import machines_opening, machines_title
from bot.proposal_words import proposal_opening
from tools.core.accrual import Accrual
from tools.core.budget import BudgetTable
from tools.core.machines import Machines
from tools.core.money import money_text
from tools.core.periods import (
    DAY,
    AllTime,
    Between,
    Current,
    Earlier,
    Period,
    PeriodSpec,
    Rolling,
    Since,
    Unit,
    shift,
)
from tools.core.query import Cost, Grain, MetricKind
from tools.core.results import Change, CostTable, Figure, Note, Result, Row
from tools.gate.proposals import Proposal

MANY = 3  # so many currencies, units or sources are named, the others counted


def sentence(result: Result) -> str:
    """The answer in one or two plain sentences, the number first."""
    number, rest = opening(result)
    return f"{number}{rest}"


def opening(result: Result) -> tuple[str, str]:
    """The sentence in two parts: the number, which may be set in bold, and what follows it."""
    match result:
        case Note(text=text):
            return "", text
        case Figure():
            return figure_opening(result)
        case Machines():
            return machines_opening(result)
        case BudgetTable():
            return budgets_opening(result)
        case Proposal():
            return proposal_opening(result)
        case Change():
            return change_opening(
                result, when=_when(result), kind=_kind(result), where=_filters(result)
            )
        case CostTable() as table:
            number = _number(table)
            if number is None:
                return "", f"{_nothing(table)} {_when(table)}{_filters(table)}."
            body = f"{_kind(table)} {_when(table)}{_filters(table)}{_compared(table)}."
            return number, " ".join(part for part in (body, _largest(table)) if part)


def title(table: CostTable | Change | Machines) -> str:
    """A heading for the chart: `Effective cost by team · Nov 1–19`."""
    if isinstance(table, Machines):
        return machines_title(table)
    if isinstance(table, Change):
        return change_title(table)
    what = metric_text(table)
    groups = [clean(name) for name in table.query.group_by]
    by = f" by {' and '.join(groups)}" if groups else ""
    grain = f", {table.query.grain}" if table.query.grain is not Grain.TOTAL else ""
    return f"{what[:1].upper()}{what[1:]}{by}{grain}"


def subtitle(table: CostTable | Change) -> str:
    """The days and conditions of the chart: `Nov 1–19 · env=prod · lines: Oct 1–19`."""
    if isinstance(table, Change):
        return change_subtitle(table)
    parts = [span_text(table.period, year=present_year(table))]
    parts += [clean(f.text()) for f in table.query.filters]
    return " · ".join(parts)


def remarks(table: CostTable | Change) -> tuple[str, ...]:
    """What a reader must know besides: what happened, days still coming in, the answer's notes."""
    found = list(event_texts(table)) if isinstance(table, Change) else []
    if isinstance(table, CostTable) and table.tail is not None:
        found.append(_tail(table, table.tail))
    if table.is_partial:
        found.append(_partial(table))
    if isinstance(table, CostTable) and table.accrued:
        found.append(_accrued(table, table.accrued))
    return (*found, *(note for note in table.notes if note not in found))


def source_line(table: CostTable | Change, *, now: datetime) -> str:
    """`From 12,345 bill lines of aws, openai · complete through Nov 19 · loaded 2 h ago`."""
    lines = "1 bill line" if table.bill_rows == 1 else f"{table.bill_rows:,} bill lines"
    parts = [f"From {lines}"]
    if table.sources:
        parts[0] += f" of {_listed([clean(name) for name in table.sources])}"
    if table.complete_through:
        day = day_text(table.complete_through, year=present_year(table))
        parts.append(f"complete through {day}")
    else:
        parts.append("no day complete yet")
    if table.as_of:
        parts.append(f"loaded {age_text(now - table.as_of)}")
    return " · ".join(parts)


def period_text(spec: PeriodSpec, period: Period, *, year: int) -> str:
    """The period in words and days: `this month so far (Nov 1–19)`."""
    days = span_text(period, year=year)
    match spec:
        case Rolling(count):
            return f"in the last {f'{count} days' if count != 1 else 'day'} ({days})"
        case Current(unit):
            return f"{'today' if unit is Unit.DAY else f'this {unit}'} so far ({days})"
        case Earlier():
            return f"{_earlier(spec)} ({days})"
        case Between(start, end) if start.day == 1 and end == shift(start, Unit.MONTH, 1):
            return f"in {start:%B %Y}" + ("" if period.end == end else f" so far ({days})")
        case Between():
            return f"on {days}" if period.days == 1 else f"in {days}"
        case Since():
            return f"since {day_text(period.start, year=year)} ({days})"
        case AllTime():
            return f"over all time ({days})"


def _earlier(spec: Earlier) -> str:
    if (spec.unit, spec.back, spec.count) == (Unit.DAY, 1, 1):
        return "yesterday"
    if spec.count > 1:
        return f"in the last {spec.count} whole {spec.unit}s"
    return f"last {spec.unit}" if spec.back == 1 else f"{spec.back} {spec.unit}s ago"


def _when(table: CostTable | Change) -> str:
    return period_text(table.query.period, table.period, year=present_year(table))


def _number(table: CostTable) -> str | None:
    """The total, or every total where they stay apart; None where nothing can be said."""
    metric = table.query.metric
    if table.total is not None:
        return amount_text(table.total, table)
    if metric.kind is MetricKind.COST and table.by_currency:
        return _listed([money_text(v, c) for c, v in _by_size(table.by_currency)])
    if metric.kind is MetricKind.QUANTITY:
        totals = _totals(table, "unit")
        if totals:
            return _listed([quantity_text(v, unit) for unit, v in _by_size(totals)])
    prices = [(row.currency, row.value) for row in table.rows if row.value is not None]
    if metric.kind is MetricKind.UNIT_COST and len(prices) == len(table.rows) > 1:
        currencies = {currency for currency, _ in prices}
        if len(currencies) == len(prices):
            return _listed([amount_text(v, table, currency=c) for c, v in prices])
    return None


def _nothing(table: CostTable) -> str:
    """How an unknown total is said; it is never shown as 0."""
    metric = table.query.metric
    if metric.kind is MetricKind.UNIT_COST:
        if any(row.value is not None for row in table.rows):
            return f"No single {metric_text(table)} can be given"
        return f"No cost {per_text(metric)} can be given: no {unit_text(metric.unit)} were billed"
    return f"No total of {metric_text(table)} can be given"


def _kind(table: CostTable | Change) -> str:
    metric = table.query.metric
    if metric.kind is MetricKind.QUANTITY or metric.cost is Cost.EFFECTIVE:
        return ""
    return {
        Cost.BILLED: " billed",
        Cost.LIST: " at list price",
        Cost.CONTRACTED: " at contracted price",
    }[metric.cost]


def _filters(table: CostTable | Change) -> str:
    texts = [clean(f.text()) for f in table.query.filters]
    return f" where {' and '.join(texts)}" if texts else ""


def _compared(table: CostTable) -> str:
    if table.previous_period is None:
        return ""
    year = present_year(table)
    # Beside “October 2025”, a bare “Oct 1–31” would be read as the same year's.
    taken = year if table.period.last.year == year else None
    before = whole_text(table.previous_period, year=taken)
    if table.total is None:
        totals = table.previous_by_currency
        if table.query.metric.kind is not MetricKind.COST or not totals:
            return ""
        return f", against {_listed([money_text(v, c) for c, v in _by_size(totals)])} in {before}"
    if table.previous_total is None:
        return f"; there is nothing to compare with in {before}"
    if not table.is_comparable:
        # A day still coming in is not less than a whole one; nor is a year more than two months.
        so_far = " so far" if table.is_partial and " so far" not in _when(table) else ""
        return f"{so_far}; the bills hold {amount_text(table.previous_total, table)} for {before}"
    return f", {difference_text(table.total, table.previous_total, table)} {before}"


def difference_text(value: Decimal, previous: Decimal, table: CostTable) -> str:
    """`$2,310.12 (5.0 %) more than`, `the same as`."""
    change = value - previous
    if not change:
        return "the same as"
    word = "more" if change > 0 else "less"
    share = f" ({percent_text(abs(change) / previous)})" if previous > 0 else ""
    return f"{amount_text(abs(change), table)}{share} {word} than"


def _largest(table: CostTable) -> str:
    """Names the largest group, or the highest day, week or month."""
    if table.currency is None and table.query.metric.kind is MetricKind.COST:
        return _largest_by_currency(table)
    if table.query.metric.kind is MetricKind.QUANTITY and table.unit is None:
        return ""
    groups = table.query.group_by
    keys = groups or (("time",) if table.query.grain is not Grain.TOTAL else ())
    found = _top(table, table.rows, keys) if len(table.rows) > 1 else None
    if found is None:
        return ""
    name, value = found
    share = ""
    if table.total and table.total > 0 and table.query.metric.kind is not MetricKind.UNIT_COST:
        share = f" ({percent_text(value / table.total)})"
    if table.query.metric.kind is MetricKind.UNIT_COST:
        word = "Highest"
    else:
        word = "Largest" if groups else f"Highest {_step(table.query.grain)}"
    return f"{word}: {name}, {amount_text(value, table)}{share}."


def _largest_by_currency(table: CostTable) -> str:
    if not table.query.group_by:
        return ""
    texts = []
    for currency, _ in _by_size(table.by_currency):
        rows = [row for row in table.rows if row.currency == currency]
        found = _top(table, rows, table.query.group_by)
        if found:
            texts.append(f"{found[0]}, {money_text(found[1], currency)}")
    return f"Largest: {'; '.join(texts[:MANY])}." if texts else ""


def _top(
    table: CostTable, rows: Sequence[Row], keys: tuple[str, ...]
) -> tuple[str, Decimal] | None:
    """The largest group over all its times; None where nothing can be compared or summed."""
    sums: dict[tuple[str | None, ...], Decimal] = {}
    named = [row for row in rows if not row.is_rest and row.value is not None]
    for row in named:
        key = tuple(row.key.get(name) for name in keys)
        sums[key] = sums.get(key, Decimal(0)) + (row.value or 0)
    if not keys or not sums:
        return None
    if table.query.metric.kind is MetricKind.UNIT_COST and len(sums) < len(named):
        return None  # prices of several days have no sum
    key, value = max(sums.items(), key=lambda item: item[1])
    return _group_name(table, keys, key), value


def _group_name(table: CostTable, keys: tuple[str, ...], values: tuple[str | None, ...]) -> str:
    if keys == ("time",):
        return time_text(values[0], table.query.grain, year=present_year(table))
    return " · ".join(name_text(v, k) for k, v in zip(keys, values, strict=True))


def _tail(table: CostTable, tail: Decimal) -> str:
    first = table.period.end
    late = [point.day for point in table.series if point.is_partial and point.day >= first]
    last = max(late, default=table.as_of.date() if table.as_of else first)
    days = span_text(Period(first, max(last, first) + DAY), year=present_year(table))
    verb = "is" if last <= first else "are"
    return f"{days} {verb} still coming in: {amount_text(tail, table)} so far, not counted."


def _accrued(table: CostTable, accrued: Accrual) -> str:
    """What no bill shows whole yet; it is never added to what one does."""
    is_both = table.tail is not None or table.is_partial
    part = "; part of it may be billed already" if is_both else ""
    return f"{accrued.text.removesuffix('.')}. It is in no total here{part}."


def _partial(table: CostTable | Change) -> str:
    if table.complete_through is None or table.complete_through < table.period.start:
        return "None of these days is complete yet; the figures will still change."
    day = day_text(table.complete_through, year=present_year(table))
    return f"Days after {day} are still coming in; the figures will still change."


def _totals(table: CostTable, part: str) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for row in table.rows:
        name = row.key.get(part)
        if name is not None and row.value is not None:
            sums[name] = sums.get(name, Decimal(0)) + row.value
    return sums


def _by_size(totals: Mapping[str, Decimal]) -> list[tuple[str, Decimal]]:
    return sorted(totals.items(), key=lambda item: (-abs(item[1]), item[0]))


def _listed(texts: list[str]) -> str:
    """`a, b and 3 more`; two or three are all named."""
    if len(texts) <= MANY:
        return " and ".join(part for part in (", ".join(texts[:-1]), texts[-1]) if part)
    return f"{', '.join(texts[: MANY - 1])} and {len(texts) - MANY + 1} more"


def _step(grain: Grain) -> str:
    return {
        Grain.HOUR: "hour",
        Grain.DAY: "day",
        Grain.WEEK: "week",
        Grain.MONTH: "month",
        Grain.TOTAL: "period",
    }[grain]
