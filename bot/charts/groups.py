"""Bars from the left, one for each group, with their figures written at their ends."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from bot.charts.look import (
    BLUE,
    EDGE_GREY,
    INK,
    LETTER,
    REST_GREY,
    UNTAGGED_GREY,
    WIDTH,
    Spec,
    card,
    cut,
    nominal,
)
from bot.figures import name_text, present_year, short_text, span_text
from bot.wording import subtitle, title
from tools.core.results import CostTable, Row

BARS = 12  # so many groups fit a phone's height
PLOTS = 3  # so many currencies that stay apart are drawn
FIGURE = 0.22  # of the plot's width, about what a figure takes
_KINDS = ["named", "rest", "untagged"]


def group_spec(table: CostTable) -> Spec | None:
    """One plot, or one for each currency that stays apart; None where no bars can be compared."""
    rows = [row for row in table.rows if row.value is not None]
    currencies = list(dict.fromkeys(row.currency for row in rows))
    parts = [_shown([row for row in rows if row.currency == c]) for c in currencies]
    parts = [part for part in parts if len(part) > 1 and any(row.value for row in part)][:PLOTS]
    if not parts:
        return None
    shown = [row for part in parts for row in part]
    names = {_ident(row, table): _name(row, table) for row in shown}
    room = max(len(name) for name in names.values()) * LETTER
    plots = [_plot(part, table, width=WIDTH - room) for part in parts]
    spec: Spec = {**plots[0]} if len(plots) == 1 else {"vconcat": plots, "spacing": 22}
    # Names are looked up by the axis, so that no expression is ever made of them.
    spec["params"] = [{"name": "names", "value": names}]
    return card(spec, title(table), _below(table, shown, len(rows)))


def _shown(rows: list[Row]) -> list[Row]:
    """The largest groups, and the rest line last."""
    return [row for row in rows if not row.is_rest][:BARS] + [row for row in rows if row.is_rest]


def _below(table: CostTable, shown: Sequence[Row], count: int) -> str:
    parts = [subtitle(table)]
    if len(shown) < count:
        parts.append(f"{len(shown)} of {count}")
    if table.previous_period and any(row.previous is not None for row in shown):
        parts.append(f"mark: {span_text(table.previous_period, year=present_year(table))}")
    return " · ".join(parts)


def _plot(rows: Sequence[Row], table: CostTable, *, width: float) -> Spec:
    values = [_bar(row, table) for row in rows]
    domain = _domain(values)
    _place_figures(values, span=domain[1] - domain[0])
    x = {"type": "quantitative", "axis": None, "scale": {"domain": domain, "nice": False}}
    axis = {"labelExpr": "names[datum.value]", "labelLimit": 300, "labelColor": INK}
    y = {
        "field": "id",
        "type": "ordinal",
        "sort": None,
        "title": None,
        "axis": {**axis, "domain": False},
        "scale": {"paddingInner": 0.32, "paddingOuter": 0.12},
    }
    return {
        "width": width,
        "height": {"step": 30},
        "data": {"values": values},
        "encoding": {"y": y},
        "layer": [
            {
                "mark": {"type": "bar", "cornerRadiusEnd": 2},
                "encoding": {"x": {**x, "field": "value"}, **_colours()},
            },
            _previous_marks(x),
            _figures(x, "datum.value >= 0", align="left", dx=6),
            _figures(x, "datum.value < 0", align="right", dx=-6),
        ],
    }


def _previous_marks(x: Spec) -> Spec:
    return {
        "transform": [{"filter": "isValid(datum.before)"}],
        "mark": {"type": "tick", "color": INK, "opacity": 1, "thickness": 2, "size": 26},
        "encoding": {"x": {**x, "field": "before"}},
    }


def _figures(x: Spec, which: str, *, align: str, dx: int) -> Spec:
    return {
        "transform": [{"filter": which}],
        "mark": {"type": "text", "fontSize": 14, "color": INK, "align": align, "dx": dx},
        "encoding": {"x": {**x, "field": "end"}, "text": {"field": "text"}},
    }


def _domain(values: Sequence[Spec]) -> list[float]:
    """The range of the bars, with room for the figures beyond their ends."""
    ends = [v["value"] for v in values] + [v["before"] or 0.0 for v in values]
    low, high = min(0.0, *ends), max(0.0, *ends)
    span = (high - low) or 1.0
    return [low - (0.34 * span if low < 0 else 0), high + (0.26 * span if high > 0 else 0)]


def _place_figures(values: Sequence[Spec], *, span: float) -> None:
    """A figure stands at its bar's end, or beyond the previous period's mark if that is near."""
    for value in values:
        value["end"] = end = value["value"]
        gap = ((value["before"] or 0.0) - end) * (-1 if end < 0 else 1)
        if 0 <= gap < FIGURE * span:
            value["end"] = value["before"] or end


def _bar(row: Row, table: CostTable) -> Spec:
    return {
        "id": _ident(row, table),
        "value": float(row.value or 0),
        "before": None if row.previous is None else float(row.previous),
        "kind": "rest" if row.is_rest else "untagged" if _is_untagged(row, table) else "named",
        "text": short_text(row.value or Decimal(0), table, currency=row.currency),
    }


def _colours() -> Spec:
    return {
        "color": nominal("kind", _KINDS, [BLUE, REST_GREY, UNTAGGED_GREY]),
        "stroke": nominal("kind", _KINDS, [BLUE, REST_GREY, EDGE_GREY]),
        "strokeDash": nominal("kind", _KINDS, [[1, 0], [1, 0], [4, 3]]),
    }


def _ident(row: Row, table: CostTable) -> str:
    """A row's place in the answer: its name may occur twice, in two currencies."""
    return f"{next(i for i, other in enumerate(table.rows) if other is row):05}"


def _name(row: Row, table: CostTable) -> str:
    if row.is_rest:
        return f"other ({row.groups:,})" if row.groups else "other"
    return cut(" · ".join(name_text(row.key.get(d), d) for d in table.query.group_by))


def _is_untagged(row: Row, table: CostTable) -> bool:
    return all(row.key.get(dimension) is None for dimension in table.query.group_by)
