"""The statement behind an answer's rows, and where its columns stand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from tools.core.periods import DAY, Period
from tools.core.query import Grain
from tools.core.results import REST
from tools.core.windows import Window
from tools.lake.compile import Compiler, summed, within, within_any
from tools.lake.quoting import literal, name

_TRUNCATED = {Grain.WEEK: "week", Grain.MONTH: "month"}
_MEASURES = ("value", "cost", "quantity")


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of the statement: what each is for (its role), in order, and its name.

    Roles: the dimensions (`group:team`), `time`, `unit`, `currency`, `value`, `previous`,
    `is_rest` and `groups_in_rest` (how many groups a line sums), for a unit cost also the sums
    it is made of (`cost`, `quantity`, `previous_cost`, `previous_quantity`), and counts of
    lines: `bill_rows`, `unpriced_rows` (which lack the cost asked for) and `converted_rows`
    (which changed their currency).
    """

    roles: tuple[str, ...]
    names: tuple[str, ...]

    def __contains__(self, role: str) -> bool:
        return role in self.roles

    def __getitem__(self, role: str) -> str:
        """The role's column name, quoted."""
        return name(self.names[self.roles.index(role)])

    def place(self, role: str) -> int | None:
        """The role's position; None where there is no such column."""
        return self.roles.index(role) if role in self.roles else None

    def some(self, *roles: str) -> list[str]:
        """The quoted names of those roles that there are."""
        return [self[role] for role in roles if role in self.roles]

    @property
    def groups(self) -> list[str]:
        """The quoted names of the dimensions."""
        return [self[role] for role in self.roles if role.startswith("group:")]


@dataclass(frozen=True, slots=True)
class RowsStatement:
    """One SQL text and how to read what it answers."""

    sql: str
    layout: Layout

    @property
    def fetched(self) -> str:
        """What is run: `sql`, and around it, where rows may be thousands, its sums as text.

        DuckDB takes four times as long to hand over a Decimal as Python to make one from text.
        """
        if "time" not in self.layout or not self.layout.groups:
            return self.sql
        columns = self.layout.some(*_MEASURES, *(f"previous_{m}" for m in _MEASURES), "previous")
        texts = ", ".join(f"{column}::VARCHAR AS {column}" for column in columns)
        return f"SELECT * REPLACE ({texts}) FROM (\n{self.sql}\n)"


def rows_statement(compiler: Compiler, window: Window) -> RowsStatement:
    """Groups, time, unit and currency with the current and the previous value."""
    layout = _layout(compiler, window)
    steps = [f"charges AS (\n{_charges(compiler, window, layout)}\n)"]
    if "is_rest" in layout:
        steps += _ranking(compiler, layout)
    final = _final(compiler, layout)
    return RowsStatement(f"WITH {', '.join(steps)}\n{final}", layout)


def _layout(compiler: Compiler, window: Window) -> Layout:
    roles = [f"group:{group}" for group, _ in compiler.groups]
    roles += ["time"] * (compiler.query.grain is not Grain.TOTAL)
    roles += ["unit"] * compiler.is_apart_by_unit + ["currency"] * compiler.is_money
    roles += ["value"] + ["previous"] * (window.previous is not None)
    is_cut = bool(compiler.groups) and compiler.query.top is not None
    roles += ["is_rest", "groups_in_rest"] * is_cut
    if compiler.is_ratio:
        roles += ["cost", "quantity"]
        roles += ["previous_cost", "previous_quantity"] * (window.previous is not None)
    roles += ["bill_rows"] + ["unpriced_rows"] * compiler.is_money
    roles += ["converted_rows"] * compiler.converts
    return Layout(tuple(roles), tuple(_unique(role.removeprefix("group:") for role in roles)))


def _unique(names: Iterable[str]) -> Iterator[str]:
    taken: set[str] = set()
    for wanted in names:
        free = wanted
        while free.lower() in taken:
            free += "_"
        taken.add(free.lower())
        yield free


def _charges(compiler: Compiler, window: Window, layout: Layout) -> str:
    """Sums per group, before ranking; both periods in one pass."""
    grain = compiler.query.grain
    groups = [expression for _, expression in compiler.groups]
    source = compiler.source(*groups, in_money=True, hourly=grain is Grain.HOUR)
    if window.previous and "time" in layout:
        source += "\n    " + _sides(window.period, window.previous, grain)
    selected = [
        *(f"{e.sql} AS {column}" for e, column in zip(groups, layout.groups, strict=True)),
        *(f"{_time(grain, window)} AS {column}" for column in layout.some("time")),
        *(f"c.consumed_unit AS {column}" for column in layout.some("unit")),
        *(f"{compiler.reported_currency} AS {column}" for column in layout.some("currency")),
        *_sums(compiler, window, layout),
    ]
    columns = ",\n    ".join(selected)
    where = compiler.where(within_any(window.periods))
    return f"  SELECT\n    {columns}\n  FROM {source}\n  WHERE {where}\n  GROUP BY ALL"


def _sums(compiler: Compiler, window: Window, layout: Layout) -> Iterator[str]:
    if window.previous and "time" in layout:
        current, previous = "side.is_current", "NOT side.is_current"
    else:
        current, previous = only_in(window)
    roles = ("cost", "quantity") if compiler.is_ratio else ("value",)
    for role, measure in zip(roles, compiler.measures, strict=True):
        yield f"{summed(measure, only=current)} AS {layout[role]}"
    for role, measure in zip(roles, compiler.measures, strict=True):
        before = "previous" if role == "value" else f"previous_{role}"
        if before in layout:
            yield f"{summed(measure, only=previous)} AS {layout[before]}"
    lines = {
        "bill_rows": "c.bill_rows",
        "unpriced_rows": f"CASE WHEN c.{compiler.query.metric.cost.column} IS NULL "
        "THEN c.bill_rows END",
        "converted_rows": "CASE WHEN r.rate IS NOT NULL THEN c.bill_rows END",
    }
    for role, measure in lines.items():
        if role in layout:
            filtered = f" FILTER ({current})" if current else ""
            yield f"coalesce(sum({measure}){filtered}, 0)::BIGINT AS {layout[role]}"


def only_in(window: Window) -> tuple[str, str]:
    """What tells current from previous charges, given that every charge is in one of them."""
    if window.previous is None:
        return "", ""
    if window.previous.end <= window.period.start:
        start = literal(window.period.start)
        return f"c.charge_day >= {start}", f"c.charge_day < {start}"
    return within("c.charge_day", window.period), within("c.charge_day", window.previous)


def _ranking(compiler: Compiler, layout: Layout) -> list[str]:
    """Which groups stay apart: the largest within their unit and currency, over all time.

    Planning a window costs more than running it, so a total needs one and no more.
    """
    apart = layout.some("unit", "currency")
    source, whole = "charges", _value(compiler, layout)
    steps = []
    if "time" in layout:
        over = f" OVER (PARTITION BY {', '.join([*layout.groups, *apart])})"
        sums = layout.some("cost", "quantity") or [layout["value"]]
        parts = ", ".join(f"sum({c}){over} AS whole{n}" for n, c in enumerate(sums))
        steps = [f"\nwholes AS (\n  SELECT *, {parts}\n  FROM charges\n)"]
        source = "wholes"
        whole = "whole0 / nullif(whole1, 0)" if compiler.is_ratio else "whole0"
    rank = "dense_rank" if "time" in layout else "row_number"
    order = ", ".join([f"{whole} DESC NULLS LAST", *layout.groups])
    parts = f"PARTITION BY {', '.join(apart)} " if apart else ""
    ranked = f"{rank}() OVER ({parts}ORDER BY {order}) > {compiler.query.top}"
    steps.append(f"\nranked AS (\n  SELECT *, {ranked} AS {layout['is_rest']}\n  FROM {source}\n)")
    return steps


def _value(compiler: Compiler, layout: Layout) -> str:
    """A group's value within `charges`."""
    if not compiler.is_ratio:
        return layout["value"]
    return f"{layout['cost']} / nullif({layout['quantity']}, 0)"


def _final(compiler: Compiler, layout: Layout) -> str:
    ranked = "is_rest" in layout

    def total(column: str) -> str:
        return f"sum({column})" if ranked else column

    groups = [
        f"CASE WHEN ranked.{layout['is_rest']} THEN {literal(REST)} ELSE {g} END AS {g}"
        if ranked
        else g
        for g in layout.groups
    ]
    selected = [*groups, *layout.some("time", "unit", "currency")]
    for role in layout.roles[len(selected) :]:
        column = layout[role]
        if compiler.is_ratio and role in ("value", "previous"):
            cost, quantity = layout.some(*_parts_of(role))
            ratio = f"round({total(cost)} / nullif({total(quantity)}, 0)"
            selected.append(f"{ratio} * {compiler.query.metric.per}, 12) AS {column}")
        elif role == "groups_in_rest":
            selected.append(f"count(*) AS {column}")
        elif role == "is_rest":
            selected.append(f"ranked.{column} AS {column}")
        else:
            selected.append(f"{total(column)} AS {column}" if ranked else column)
    source = "ranked" if ranked else "charges"
    grouped = "\nGROUP BY ALL" if ranked else ""
    return f"SELECT {', '.join(selected)}\nFROM {source}{grouped}\nORDER BY {_order(layout)}"


def _order(layout: Layout) -> str:
    """Time, then what stays apart, then the largest first, then the rest."""
    first = layout.some("time", "currency", "unit")
    rest = layout.some("is_rest")
    return ", ".join([*first, *rest, f"{layout['value']} DESC NULLS LAST", *layout.groups])


def _parts_of(role: str) -> tuple[str, str]:
    before = "previous_" if role == "previous" else ""
    return f"{before}cost", f"{before}quantity"


def _sides(period: Period, previous: Period, grain: Grain) -> str:
    """Both periods as rows, with what moves a previous day under its current one."""
    days, months = _move(period.start, previous.start, grain)
    return (
        "JOIN (VALUES "
        f"(true, {literal(period.start)}, {literal(period.end)}, 0, 0), "
        f"(false, {literal(previous.start)}, {literal(previous.end)}, "
        f"{days}, {months})) AS side(is_current, first_day, end_day, days, months)\n"
        "    ON c.charge_day >= side.first_day AND c.charge_day < side.end_day"
    )


def _move(now: date, before: date, grain: Grain) -> tuple[int, int]:
    """By how many days and months the previous period's buckets move forward."""
    if grain is Grain.MONTH and now.day == before.day:
        return 0, 12 * (now.year - before.year) + now.month - before.month
    return (now - before) // DAY, 0


def _time(grain: Grain, window: Window) -> str:
    moved = " + side.days::INTEGER" if window.previous else ""
    if grain is Grain.HOUR:
        moved = " + to_days(side.days::INTEGER)" if window.previous else ""
        return f"date_trunc('hour', c.charge_start{moved})"
    if grain is Grain.DAY:
        return f"c.charge_day{moved}"
    bucket = f"date_trunc('{_TRUNCATED[grain]}', c.charge_day{moved})"
    months = " + to_months(side.months::INTEGER)" if window.previous else ""
    return f"({bucket}{months})::DATE"
