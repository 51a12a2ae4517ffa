"""A query while it is being read: every part at most once, and the parts must fit."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.conversation import Shown
from bot.grammar.compare import Compared, check_length
from bot.grammar.cursor import Cursor
from bot.grammar.unread import Span, Unread
from tools.core.periods import Current, PeriodSpec, Unit
from tools.core.query import Cost, Filter, Grain, Metric, MetricKind, Query, Shifted

# What a part is called when it is said twice.
_PARTS = {
    "period": "period",
    "compared": "comparison",
    "grain": "grain of time",
    "top": "“top”",
    "cost": "kind of cost",
    "measured": "metric",
    "shows": "way to show it",
}


@dataclass(frozen=True, slots=True)
class Measured:
    """A quantity (`tokens`), or what one costs (`cost per 1m tokens`)."""

    kind: MetricKind
    unit: str | None
    per: int = 1


@dataclass
class Draft:
    """The parts read so far, and where in the text each was said.

    A follow-up says two parts more: `freed`, dimensions whose conditions it lifts (“all teams”),
    and `shows`, what it wants to see (“as a chart”).
    """

    period: PeriodSpec | None = None
    compared: Compared | None = None
    grain: Grain | None = None
    top: int | None = None
    cost: Cost | None = None
    measured: Measured | None = None
    groups: list[str] = field(default_factory=list)
    filters: list[Filter] = field(default_factory=list)
    alone: set[str] = field(default_factory=set)
    ranked: str | None = None
    freed: list[str] = field(default_factory=list)
    shows: Shown | None = None
    said: dict[str, Span] = field(default_factory=dict)

    def put(self, part: str, value: object, *, cursor: Cursor, start: int) -> bool:
        """Set a part that the tokens from `start` to here say; always true.

        Raises:
            Unread: the part was said before, differently.
        """
        self.note(part, cursor=cursor, start=start)
        before = getattr(self, part)
        if before is not None and before != value:
            raise cursor.since(start, f"“{_said(cursor, start)}” is a second {_PARTS[part]}.")
        setattr(self, part, value)
        return True

    def group(self, dimension: str) -> None:
        """Add a dimension to group by, once."""
        if dimension not in self.groups:
            self.groups.append(dimension)

    def note(self, what: str, *, cursor: Cursor, start: int) -> bool:
        """Remember where something was said, for a later complaint; always true."""
        last = cursor.token(-1)
        self.said[what] = (cursor.tokens[start].start, last.end)
        return True

    def add_alone(self, filters: tuple[Filter, ...], *, cursor: Cursor, start: int) -> None:
        """Add values that were named without their dimension; a dimension takes them once.

        Raises:
            Unread: `prod … staging` without a word that says how the two belong together.
        """
        for condition in filters:
            if condition.dimension in self.alone:
                name = condition.dimension
                raise cursor.since(
                    start,
                    f"“{_said(cursor, start)}” is a second {name}; "
                    f"write both as one, like {name} in (…, …).",
                )
            self.note("alone", cursor=cursor, start=start)
            self.alone.add(condition.dimension)
            self.filters.append(condition)

    def query(self, text: str) -> Query:
        """The finished query.

        Raises:
            Unread: two parts contradict each other.
        """
        period = self.period or Current(Unit.MONTH)
        if self.compared and not check_length(self.compared, period):
            raise Unread(
                self.said["compared"],
                "That is not as long as the period it is compared with.",
                ("vs previous",),
            )
        self._check_shift()
        self.check_ranks()
        return Query(
            metric=self.metric(text),
            period=period,
            group_by=tuple(self.groups),
            grain=self.grain or Grain.TOTAL,
            filters=tuple(self.filters),
            top=self.top,
            compare=self.compared.compare if self.compared else None,
        )

    def check_ranks(self) -> None:
        """Refuse `top 5 services by team`.

        Raises:
            Unread: of which of several groups the top is asked cannot be told.
        """
        if self.ranked and self.groups != [self.ranked]:
            raise Unread(
                self.said["top"],
                "Of which groups the top, if there are several? Say “top” with the number alone.",
                (f"top {self.top}",),
            )

    def _check_shift(self) -> None:
        """Without a period, `vs last week` would set this month against itself a week ago."""
        compare = self.compared.compare if self.compared else None
        if self.period is None and isinstance(compare, Shifted) and compare.unit != Unit.MONTH:
            unit = compare.unit
            day = unit is Unit.DAY
            this, last = ("today", "yesterday") if day else (f"this {unit}", f"last {unit}")
            raise Unread(
                self.said["compared"],
                f"Which {unit} do you want to compare with the one before?",
                (f"{this} vs {last}", f"{last} vs previous"),
            )

    def metric(self, text: str) -> Metric:
        """What is measured, effective cost where nothing is said.

        Raises:
            Unread: a cost and a count at once.
        """
        cost = self.cost or Cost.EFFECTIVE
        if self.measured is None:
            return Metric(cost=cost)
        if self.measured.kind is MetricKind.UNIT_COST:
            return Metric(MetricKind.UNIT_COST, cost, self.measured.unit, self.measured.per)
        unit = self.measured.unit
        if "money" in self.said or self.cost:
            span = self.said["measured"]
            what = text[slice(*span)]
            per = f"1m {unit}" if unit == "tokens" else unit
            raise Unread(
                span,
                f"A cost or “{what}”? I can show what they cost, what one costs, or how many.",
                (f"cost per {per}", f"unit={unit}", "") if unit else ("",),
            )
        return Metric(MetricKind.QUANTITY, unit=unit)


def _said(cursor: Cursor, start: int) -> str:
    count = max(1, cursor.at - start)
    return cursor.slice(count, start - cursor.at)
