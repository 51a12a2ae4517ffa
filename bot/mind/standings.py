"""Who stands where in a result: what words such as “most”, “ahead of” and “rose” are checked by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Literal

from bot.figures import clean, name_text
from bot.mind.held import NOBODY, named
from tools.core.periods import Period
from tools.core.query import Grain, MetricKind, Op, Query
from tools.core.results import Cause, Change, CostTable, Part, Row

Side = Literal["now", "before", "change"]
_FIXED = ("time", "unit", "currency")


@dataclass(frozen=True, slots=True)
class Standing:
    """The values of one result by name, or by step of time, seen from one side.

    Args:
        values: names of a line → its value; the line that sums the rest is not among them.
        side: of the period, of the one before, or what lies between.
        period: the days it is of; of a change the later ones.
        other: the days it is compared with, or that compare with it.
        within: names of the conditions it was asked under.
        unit: of a quantity, in lower case; empty for money.
        is_whole: every line is among `values`.
        is_price: money per unit, which does not add up.
        total: over all lines; None where that is not known.
        steps: days, weeks or months → value, where time is cut.
        parts: reasons of a change: names, cause, amount.
        dimension: whose names they are; empty where they are of several.
    """

    values: dict[frozenset[str], Decimal]
    side: Side
    period: Period
    other: Period | None = None
    within: frozenset[str] = NOBODY
    unit: str = ""
    is_whole: bool = True
    is_price: bool = False
    total: Decimal | None = None
    steps: dict[Period, Decimal] = field(default_factory=dict)
    parts: tuple[tuple[frozenset[str], Cause, Decimal], ...] = ()
    dimension: str = ""

    @property
    def names(self) -> frozenset[str]:
        """Every name in it."""
        return NOBODY.union(*self.values)

    def of(self, name: str) -> Decimal | None:
        """The value of the line with this name alone."""
        return self.values.get(frozenset([name]))

    def causes(self) -> dict[Cause, Decimal]:
        """Reason of a change → what it comes to."""
        found: dict[Cause, Decimal] = {}
        for _, cause, amount in self.parts:
            found[cause] = found.get(cause, Decimal(0)) + amount
        return found


def query_names(query: Query) -> frozenset[str]:
    """Names of the values that a query asks for."""
    return frozenset(named(v) for f in query.filters if f.op is Op.IS for v in f.values)


def of_table(table: CostTable) -> list[Standing]:
    """Every order a table tells of; none where currencies or units stay apart."""
    kind = table.query.metric.kind
    is_price = kind is MetricKind.UNIT_COST
    if (table.unit is None) if kind is MetricKind.QUANTITY else (table.currency is None):
        return []
    base = Standing(
        {},
        "now",
        table.period,
        table.previous_period,
        query_names(table.query),
        (table.unit or "").lower() if kind is MetricKind.QUANTITY else "",
        not any(row.is_rest for row in table.rows),
        is_price,
    )
    return [one for side in _sides(table) for one in _of_side(table, base, side)]


def _sides(table: CostTable) -> Iterator[Side]:
    yield "now"
    if table.previous_period is not None:
        yield "before"
        if table.is_comparable:
            yield "change"


def _of_side(table: CostTable, base: Standing, side: Side) -> Iterator[Standing]:
    total = _side_of(side, table.total, table.previous_total)
    base = replace(base, side=side, total=total)
    if side == "before" and table.previous_period:
        base = replace(base, period=table.previous_period, other=table.period)
    rows = [row for row in table.rows if not row.is_rest]
    is_cut = table.query.grain is not Grain.TOTAL
    if is_cut and base.is_price:
        return
    steps = _steps(table, side) if is_cut and base.is_whole else {}
    groups = [g for g in table.query.group_by if g not in _FIXED]
    yield replace(base, values=_summed(rows, groups, side), steps=steps, dimension=_only(groups))
    if len(groups) > 1 and base.is_whole and not base.is_price:
        for group in groups:
            yield replace(base, values=_summed(rows, [group], side), dimension=group)
        yield from _parted(rows, groups, base)


def _only(groups: list[str]) -> str:
    return groups[0] if len(groups) == 1 else ""


def _parted(rows: list[Row], groups: list[str], base: Standing) -> Iterator[Standing]:
    """Of each team its services, of each service its teams."""
    for group, other in (groups[:2], groups[1::-1]):
        for value in {row.key.get(group) for row in rows}:
            its = [row for row in rows if row.key.get(group) == value]
            values = _summed(its, [other], base.side)
            yield replace(
                base,
                values=values,
                within=base.within | {_name(group, value)},
                total=sum(values.values(), Decimal(0)),
                dimension=other,
            )


def _summed(rows: Iterable[Row], groups: list[str], side: Side) -> dict[frozenset[str], Decimal]:
    found: dict[frozenset[str], Decimal] = {}
    for row in rows:
        value = _side_of(side, row.value, row.previous)
        if value is not None:
            key = frozenset(_name(group, row.key.get(group)) for group in groups)
            found[key] = found.get(key, Decimal(0)) + value
    found.pop(NOBODY, None)
    return found


def _side_of(side: Side, now: Decimal | None, before: Decimal | None) -> Decimal | None:
    if side == "now":
        return now
    if side == "before" or before is None:
        return before
    return (now or Decimal(0)) - before


def _name(dimension: str, value: str | None) -> str:
    return named(name_text(value, dimension) if value is None else clean(value))


def _steps(table: CostTable, side: Side) -> dict[Period, Decimal]:
    from bot.mind.compact import step_of

    found: dict[Period, Decimal] = {}
    for row in table.rows:
        step, value = step_of(table, row), _side_of(side, row.value, row.previous)
        if step is not None and value is not None:
            found[step] = found.get(step, Decimal(0)) + value
    return found


def of_change(change: Change) -> list[Standing]:
    """What an explained change tells of order: its drivers and its reasons."""
    base = Standing({}, "change", change.period, change.previous_period, query_names(change.query))
    both = [
        replace(base, side="now", total=change.after),
        replace(
            base, side="before", period=change.previous_period, other=change.period,
            total=change.before,
        ),
    ]  # fmt: skip
    found = []
    if change.is_comparable:
        parts = tuple((_key(p), p.cause, p.amount) for p in change.parts)
        whole = replace(base, total=change.difference, parts=parts)
        found.append(replace(whole, values=_amounts(change.parts)))
        if change.drivers:
            found.append(replace(whole, values=_amounts(change.drivers)))
    if change.drivers:
        now, before = both
        pairs = {_key(p): p for p in change.drivers if p.key}
        both = [
            replace(now, values={k: p.after for k, p in pairs.items()}),
            replace(before, values={k: p.before for k, p in pairs.items()}),
        ]
    return [*found, *both]


def _amounts(parts: Iterable[Part]) -> dict[frozenset[str], Decimal]:
    found: dict[frozenset[str], Decimal] = {}
    for part in parts:
        if part.key:
            key = _key(part)
            found[key] = found.get(key, Decimal(0)) + part.amount
    return found


def _key(part: Part) -> frozenset[str]:
    return frozenset(_name(dimension, value) for dimension, value in part.key.items())
