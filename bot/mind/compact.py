"""What a model is shown of a result: a few lines of text, and every figure in them, held."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal

from bot.figures import clean, name_text, number_text, price_text
from bot.mind.held import Held, named
from bot.mind.numerals import Kind, checkable, claims
from bot.mind.standings import Standing, of_table, query_names
from bot.mind.veil import Veil
from tools.core.accrual import Accrual
from tools.core.money import money_text
from tools.core.periods import DAY, Earlier, Period, Rolling, Unit, shift, unit_start
from tools.core.query import Grain, MetricKind, Query
from tools.core.results import CostTable, FigureKind, Row

MOST_ROWS = 20
MOST_NOTES = 4
_NOTE_LENGTH = 240


@dataclass(frozen=True, slots=True)
class Compact:
    """A result as a model sees it.

    Args:
        text: fenced, values quoted.
        figures: every number in `text` that an answer may state.
        days: periods it covers.
        ranks: how many lines it has.
        standings: who stands where in it.
    """

    text: str
    figures: tuple[Held, ...] = ()
    days: tuple[Period, ...] = ()
    ranks: int = 0
    standings: tuple[Standing, ...] = ()


def fenced(tool: str, lines: Iterable[str]) -> str:
    """Lines as data: whatever they hold cannot end the fence."""
    body = "\n".join(line.replace("<", "\\u003c").replace(">", "\\u003e") for line in lines)
    return f'<data from="{tool}">\n{body}\n</data>'


def quoted(value: str) -> str:
    """A value from a bill as a JSON string."""
    return json.dumps(clean(value), ensure_ascii=False)


def table_text(table: CostTable, *, veil: Veil, amounts: bool = True) -> Compact:
    """A table: what was asked, totals, the largest rows and what must be known of them."""
    shown = _Shown(table, veil, amounts=amounts)
    lines = [*shown.head(), *shown.body(), *notes_lines(table.notes, veil, amounts=amounts)]
    figures = [*shown.figures, *shown.counts(), *durations(table.query, table.period)]
    if amounts:
        figures += noted_figures(table.notes)
    periods = tuple(p for p in (table.period, table.previous_period) if p)
    if table.complete_through:
        periods += (Period(table.complete_through, table.complete_through + DAY),)
    if table.accrued:
        periods += (_accrued_days(table.accrued),)
    if table.as_of:
        periods += (Period(table.as_of.date(), table.as_of.date() + DAY),)
    return Compact(
        fenced("cost_by", lines), tuple(figures), periods, len(table.rows), tuple(of_table(table))
    )


def figure_text(value: Decimal, kind: FigureKind, *, is_price: bool = False) -> str:
    """A figure's digits, as a model sees and calculates with them: no sign, no separators."""
    size = abs(value)
    if kind is FigureKind.PERCENT:
        tenth = size.quantize(Decimal("0.1"), ROUND_HALF_EVEN)
        return f"{tenth if tenth else size.normalize():f}"
    if kind is FigureKind.MONEY:
        text = price_text(size, None) if is_price else money_text(size, None)
    else:
        text = number_text(size)
    return text.replace(",", "")


def signed(figure: Held) -> str:
    """With its sign, where it is a difference or below zero."""
    sign = "-" if figure.value < 0 else "+" if figure.is_change and figure.value else ""
    return f"{sign}{figure.text}"


def notes_lines(notes: tuple[str, ...], veil: Veil, *, amounts: bool) -> Iterator[str]:
    """The sentences a reader must know."""
    for note in notes[:MOST_NOTES]:
        if amounts or not claims(checkable(note)):
            yield f"note: {veil.mask(clean_note(note))}"


def clean_note(note: str) -> str:
    """One line of no great length."""
    text = " ".join(note.split())
    return text if len(text) <= _NOTE_LENGTH else f"{text[:_NOTE_LENGTH]}…"


def noted_figures(notes: Iterable[str]) -> Iterator[Held]:
    """The figures that a tool's own sentences state."""
    kinds = {
        Kind.MONEY: FigureKind.MONEY,
        Kind.PERCENT: FigureKind.PERCENT,
        Kind.NUMBER: FigureKind.NUMBER,
    }
    for note in notes:
        for claim in claims(checkable(note)):
            if claim.kind in kinds and not claim.bound:
                value = -claim.value if claim.sign < 0 else claim.value
                yield Held(value, kinds[claim.kind], claim.unit)


def durations(query: Query, period: Period) -> Iterator[Held]:
    """How long a period is, in the ways one would say it."""
    yield Held(Decimal(period.days), FigureKind.NUMBER, "days")
    if period.days % 7 == 0:
        yield Held(Decimal(period.days // 7), FigureKind.NUMBER, "weeks")
    match query.period:
        case Rolling(days):
            yield Held(Decimal(days), FigureKind.NUMBER, "days")
        case Earlier(unit, back, count):
            yield Held(Decimal(count), FigureKind.NUMBER, f"{unit}s")
            yield Held(Decimal(back), FigureKind.NUMBER, f"{unit}s")


def span_line(period: Period) -> str:
    """The days, the last one included."""
    return f"{period.start} to {period.last} ({period.days} days)"


class _Shown:
    """The table's lines, and the figures in them, kept as they are written."""

    def __init__(self, table: CostTable, veil: Veil, *, amounts: bool) -> None:
        self.figures: list[Held] = []
        self._table = table
        self._veil = veil
        self._amounts = amounts
        self._within = query_names(table.query)
        metric = table.query.metric
        self._kind = FigureKind.NUMBER if metric.kind is MetricKind.QUANTITY else FigureKind.MONEY
        self._is_price = metric.kind is MetricKind.UNIT_COST

    def head(self) -> Iterator[str]:
        table = self._table
        yield f"read as: {self._veil.mask(table.query.text())}"
        days = f"days: {span_line(table.period)}"
        if table.previous_period:
            days += f"; compared with {span_line(table.previous_period)}"
        yield days
        if table.is_partial:
            yield f"days after {table.complete_through} are still coming in"
        if table.previous_period and not table.is_comparable:
            yield "the two periods are not both whole: do not say more or less"
        if not self._amounts:
            yield "amounts are withheld from you; the asker sees them in the table"
            return
        yield from self._totals()

    def _totals(self) -> Iterator[str]:
        table = self._table
        unit = self._unit(None)
        if unit:
            yield f"{'money in' if self._kind is FigureKind.MONEY else 'unit:'} {unit}"
        whole = self._compared(table.total, table.previous_total, unit, frozenset())
        if whole:
            yield "total: " + "; ".join(f"{name} {text}".strip() for name, text in whole)
        if table.total is None:
            for currency, value in table.by_currency.items():
                found = self._compared(
                    value, table.previous_by_currency.get(currency), currency, frozenset()
                )
                yield f"total in {currency}: " + "; ".join(f"{n} {t}".strip() for n, t in found)
        if table.tail is not None:
            late = self._hold(Held(table.tail, self._kind, unit, within=self._within))
            yield f"besides, not counted and still coming in: {late}"
        if table.accrued is not None:
            yield f"accrued, no bill shows it yet, an estimate: {self._accrued(table.accrued)}"

    def _accrued(self, accrued: Accrual) -> str:
        """An amount for each currency, of its own days; nothing is calculated with it."""
        days = _accrued_days(accrued)
        for currency, amount in accrued.amounts.items():
            held = Held(amount, self._kind, currency, within=self._within, period=days)
            self.figures.append(replace(held, is_estimate=True))
        sums = (f"{figure_text(a, self._kind)} {c}" for c, a in accrued.amounts.items())
        return f"{' and '.join(sums)} since {accrued.since}; in no total, and to be called so"

    def body(self) -> Iterator[str]:
        table = self._table
        if not table.rows or not (table.query.group_by or table.query.grain is not Grain.TOTAL):
            return
        yield "rows, largest first:" if table.query.grain is Grain.TOTAL else "rows:"
        for row in table.rows[:MOST_ROWS]:
            yield self._row(row)
        if len(table.rows) > MOST_ROWS:
            yield f"({len(table.rows) - MOST_ROWS} more rows, which the asker sees)"

    def _row(self, row: Row) -> str:
        about = frozenset(filter(None, (self._name(k, v) for k, v in row.key.items())))
        parts = [self._key(row)]
        if self._amounts:
            unit = row.currency or row.key.get("unit") or self._unit(row)
            about = frozenset({"other"}) if row.is_rest else about
            first = len(self.figures)
            for name, text in self._compared(row.value, row.previous, unit, about):
                parts.append(f"{name} {text}".strip())
            if row.share is not None:
                share = Held(row.share * 100, FigureKind.PERCENT, is_share=True)
                text = self._hold(self._of_now(share, about))
                parts.append(f"share {text}%")
            if self._table.currency is None and row.currency:
                parts.append(row.currency)
            if self._table.query.grain is not Grain.TOTAL:
                step = step_of(self._table, row)
                of_step = [replace(f, period=step, is_step=True) for f in self.figures[first:]]
                self.figures[first:] = of_step
        return " | ".join(parts)

    def _key(self, row: Row) -> str:
        if row.is_rest:
            return f"all others ({row.groups} groups)" if row.groups else "all others"
        return ", ".join(
            f"{clean(name)} {self._value(name, value)}" for name, value in row.key.items()
        )

    def _value(self, dimension: str, value: str | None) -> str:
        if dimension == "time":
            return value or "unknown"
        if value is None:
            return f"({name_text(None, dimension)})"
        return quoted(self._veil.shown(dimension, value))

    def _name(self, dimension: str, value: str | None) -> str:
        if dimension in ("unit", "currency", "time"):
            return ""
        return named(name_text(value, dimension) if value is None else clean(value))

    def _compared(
        self, value: Decimal | None, previous: Decimal | None, unit: str, about: frozenset[str]
    ) -> list[tuple[str, str]]:
        """The figure, the one before and what lies between, as far as each may be said."""
        found = []
        now = Held(value or Decimal(0), self._kind, unit, is_price=self._is_price)
        if value is not None:
            found.append(("now", self._hold(self._of_now(now, about))))
        if previous is None or self._table.previous_period is None:
            return found if len(found) != 1 else [("", found[0][1])]
        then = replace(self._of_now(now, about), value=previous, is_before=True)
        then = replace(then, period=self._table.previous_period, other=self._table.period)
        found.append(("before", self._hold(then)))
        if value is not None and self._table.is_comparable:
            change = replace(self._of_now(now, about), value=value - previous, is_change=True)
            found.append(("difference", self._hold(change)))
            if previous > 0:
                ratio = (value - previous) / previous * 100
                percent = replace(change, value=ratio, kind=FigureKind.PERCENT, unit="")
                found.append(("difference", f"{self._hold(replace(percent, is_price=False))}%"))
        return found

    def _of_now(self, figure: Held, about: frozenset[str]) -> Held:
        table = self._table
        return replace(
            figure,
            about=about,
            within=self._within,
            period=table.period,
            other=table.previous_period,
        )

    def _unit(self, row: Row | None) -> str:
        table = self._table
        if self._kind is FigureKind.MONEY:
            return (row.currency if row else None) or table.currency or ""
        return (table.unit or table.query.metric.unit or "").lower()

    def _hold(self, figure: Held) -> str:
        text = figure_text(figure.value, figure.kind, is_price=figure.is_price)
        kept = replace(figure, text=text, unit=figure.unit)
        self.figures.append(kept)
        return signed(kept)

    def counts(self) -> Iterator[Held]:
        """How many rows, lines of bills and units a price is for."""
        table = self._table
        yield Held(Decimal(table.bill_rows), FigureKind.NUMBER, "bill lines")
        yield Held(Decimal(table.bill_rows), FigureKind.NUMBER, "lines")
        rows = [row for row in table.rows if not row.is_rest]
        if len(table.query.group_by) == 1 and table.query.grain is Grain.TOTAL:
            if len(rows) == len(table.rows):
                name = table.query.group_by[0].replace("_", " ")
                yield Held(Decimal(len(rows)), FigureKind.NUMBER, name)
            for row in table.rows:
                if row.is_rest and row.groups:
                    yield Held(Decimal(row.groups), FigureKind.NUMBER, "others")
        metric = table.query.metric
        if metric.kind is MetricKind.UNIT_COST and metric.unit:
            yield Held(Decimal(metric.per), FigureKind.NUMBER, metric.unit)


def _accrued_days(accrued: Accrual) -> Period:
    return Period(accrued.since, max(accrued.since, accrued.through.date()) + DAY)


def step_of(table: CostTable, row: Row) -> Period | None:
    """The day, week or month of a row; None where it is not cut by these."""
    units = {Grain.DAY: Unit.DAY, Grain.WEEK: Unit.WEEK, Grain.MONTH: Unit.MONTH}
    unit, time = units.get(table.query.grain), row.key.get("time")
    if unit is None or not time:
        return None
    first = unit_start(date.fromisoformat(time[:10]), unit)
    return Period(first, shift(first, unit, 1))


def day_period(day: date) -> Period:
    """One day."""
    return Period(day, day + DAY)
