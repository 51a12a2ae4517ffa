"""The one typed question behind everything that asks what things cost."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from enum import StrEnum

from tools.core.periods import Current, PeriodSpec, Unit, spec_text


class Cost(StrEnum):
    """FOCUS cost columns. Effective is for showback, billed for matching invoices."""

    EFFECTIVE = "effective"
    BILLED = "billed"
    LIST = "list"
    CONTRACTED = "contracted"

    @property
    def column(self) -> str:
        """The lake's column."""
        return f"{self.value}_cost"


class MetricKind(StrEnum):
    """What is measured: money, a consumed quantity, or money per unit consumed."""

    COST = "cost"
    QUANTITY = "quantity"
    UNIT_COST = "unit cost"


@dataclass(frozen=True, slots=True)
class Metric:
    """What to sum.

    Args:
        kind: money, quantity, or money per unit.
        cost: which cost column; unused for a quantity.
        unit: the consumed unit as the lake writes it (`tokens`, `hours`, `gpu-hours`, `gb` …);
            None for money. A quantity with no unit is answered once per unit, never summed.
        per: for a unit cost, how many units the price is for (1,000,000 for tokens).
    """

    kind: MetricKind = MetricKind.COST
    cost: Cost = Cost.EFFECTIVE
    unit: str | None = None
    per: int = 1

    def text(self) -> str:
        """As the grammar writes it; empty for the default, effective cost."""
        match self.kind:
            case MetricKind.COST:
                return "" if self.cost is Cost.EFFECTIVE else self.cost.value
            case MetricKind.QUANTITY:
                return _quoted(self.unit) if self.unit else "quantity"
            case MetricKind.UNIT_COST:
                per = "1m " if self.per == 1_000_000 else f"{self.per} " if self.per != 1 else ""
                base = "cost" if self.cost is Cost.EFFECTIVE else f"{self.cost.value} cost"
                return f"{base} per {per}{_quoted(self.unit or '')}"


class Grain(StrEnum):
    """How time is cut; `TOTAL` does not cut it."""

    TOTAL = "total"
    HOUR = "hourly"
    DAY = "daily"
    WEEK = "weekly"
    MONTH = "monthly"


class Op(StrEnum):
    """How a filter compares. Values of one filter are alternatives; filters all must hold."""

    IS = "="
    IS_NOT = "!="
    CONTAINS = "contains"
    MISSING = "is missing"
    PRESENT = "is present"


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition on one dimension. Values compare without regard to case."""

    dimension: str
    op: Op
    values: tuple[str, ...] = ()

    def text(self) -> str:
        """As the grammar writes it: `team=ml`, `env in (prod, dev)`, `owner is missing`."""
        name = dimension_text(self.dimension)
        if self.op in (Op.MISSING, Op.PRESENT):
            return f"{name} {self.op}"
        values = [_quoted(v) for v in self.values]
        if self.op is Op.CONTAINS:
            return f"{name} contains {' or '.join(values)}"
        if len(values) == 1:
            return f"{name}{self.op}{values[0]}"
        return f"{name} {'not in' if self.op is Op.IS_NOT else 'in'} ({', '.join(values)})"


@dataclass(frozen=True, slots=True)
class Preceding:
    """`vs previous`: the equal stretch just before; for a calendar unit, the unit before it.

    A unit to date (`this month`) is compared with equally many first days of the unit before.
    """


@dataclass(frozen=True, slots=True)
class Shifted:
    """`vs last week`, `vs last month`, `vs last year`: the same days, one unit earlier."""

    unit: Unit


@dataclass(frozen=True, slots=True)
class Against:
    """`vs 2026-08`: a period named outright."""

    spec: PeriodSpec


Comparison = Preceding | Shifted | Against


THIS_MONTH = Current(Unit.MONTH)


@dataclass(frozen=True, slots=True)
class Query:
    """A question about bills: hashable, comparable, and writable as one line of the grammar.

    Args:
        metric: what to sum; effective cost by default.
        period: which days; this month to date by default.
        group_by: dimension names, outermost first.
        grain: how time is cut inside the period.
        filters: conditions that all must hold.
        top: keep that many groups and sum the others as “other”.
        compare: the period to compare with, if any.
    """

    metric: Metric = field(default_factory=Metric)
    period: PeriodSpec = THIS_MONTH
    group_by: tuple[str, ...] = ()
    grain: Grain = Grain.TOTAL
    filters: tuple[Filter, ...] = ()
    top: int | None = None
    compare: Comparison | None = None

    def text(self) -> str:
        """The canonical line; the grammar reads it back to an equal query."""
        parts = [self.metric.text(), spec_text(self.period)]
        if self.group_by:
            parts.append("by " + ", ".join(map(dimension_text, self.group_by)))
        if self.grain is not Grain.TOTAL:
            parts.append(self.grain.value)
        if self.filters:
            parts.append("where " + " and ".join(f.text() for f in self.filters))
        if self.top is not None:
            parts.append(f"top {self.top}")
        if self.compare is not None:
            parts.append("vs " + comparison_text(self.compare))
        return " ".join(part for part in parts if part)

    def with_(self, **changes: object) -> Query:
        """A copy with some parts replaced."""
        return replace(self, **changes)  # type: ignore[arg-type]


def comparison_text(compare: Comparison) -> str:
    """As the grammar writes it after `vs`."""
    match compare:
        case Preceding():
            return "previous"
        case Shifted(unit):
            return f"last {unit}"
        case Against(spec):
            return spec_text(spec)


def dimension_text(name: str) -> str:
    """A dimension as the grammar writes it; a tag key with spaces is quoted."""
    prefix, colon, key = name.partition(":")
    return f"tag:{_quoted(key)}" if prefix == "tag" and colon else name


# One word to the grammar: what it cuts in pieces, or ends early, is written in quotes.
_BARE = re.compile(r"\w+(?:[./:@+-]\w+)*\Z")
_WORDS_OF_THE_GRAMMAR = frozenset(
    ["and", "or", "by", "where", "top", "vs", "in", "not", "is", "per", "untagged"]
)


def _quoted(value: str) -> str:
    if _BARE.match(value) and value.lower() not in _WORDS_OF_THE_GRAMMAR:
        return value
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
