"""Figures over time: bars, for many days areas, for prices lines; each series named at its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from bot.charts.look import (
    BLUE,
    CARD,
    FONT_SIZE,
    INK,
    LETTER,
    PALETTE,
    REST_GREY,
    UNTAGGED_GREY,
    WIDTH,
    Spec,
    card,
    cut,
    nominal,
)
from bot.figures import clean, day_text, name_text, present_year, short_text, span_text
from bot.wording import subtitle, title
from tools.core.query import Grain, MetricKind
from tools.core.results import REST, CostTable, Point

HEIGHT = 220
SERIES = 6  # so many colours can be told apart
LABELS = 7  # about so many days are named below the axis
MANY_DAYS = 100  # from here on bars would be thinner than a line
LINE = 18  # points between two names at the right
NAME_AT_END = 17  # characters of a name there
REST_ID = "rest"


@dataclass(frozen=True, slots=True)
class _Series:
    """One colour of the chart, largest first; `values` by day."""

    ident: str
    name: str
    colour: str
    values: Mapping[date, Decimal]


def time_spec(table: CostTable) -> Spec | None:
    """The plot of a table's series; None where there are fewer than two points in time."""
    points = [point for point in table.series if not point.is_previous]
    days = sorted({point.day for point in points})
    if len(days) < 2 or not any(point.value for point in points):
        return None
    series = _series(table, points)
    partial = {point.day for point in points if point.is_partial}
    before = _before(table, days)
    below = [subtitle(table)]
    if before and table.previous_period:
        below.append(f"dashed: {span_text(table.previous_period, year=present_year(table))}")
    if partial:
        below.append("pale: still coming in")
    plot = _plot(table, days, series, partial=partial, before=before)
    return card(plot, title(table), " · ".join(below))


def _series(table: CostTable, points: Sequence[Point]) -> list[_Series]:
    """The largest groups each on its own, all others in one; prices are never summed."""
    by_key: dict[str | None, dict[date, Decimal]] = {}
    for point in points:
        days = by_key.setdefault(point.key, {})
        days[point.day] = days.get(point.day, Decimal(0)) + point.value
    rest = by_key.pop(REST, {}) if len(by_key) > 1 else {}
    keys = sorted(by_key, key=lambda key: -sum(by_key[key].values()))
    colours = _colours(keys)
    found = [
        _Series(f"{i}", _name(table, key), colours[key], by_key[key])
        for i, key in enumerate(keys[:SERIES])
    ]
    if _is_price(table):
        return found
    for key in keys[SERIES:]:
        for day, value in by_key[key].items():
            rest[day] = rest.get(day, Decimal(0)) + value
    return [*found, _Series(REST_ID, "other", REST_GREY, rest)] if rest else found


def _colours(keys: Sequence[str | None]) -> dict[str | None, str]:
    if len(keys) == 1:
        return {keys[0]: BLUE}
    colours = iter(PALETTE)
    return {key: UNTAGGED_GREY if key is None else next(colours) for key in keys[:SERIES]}


def _before(table: CostTable, days: Sequence[date]) -> list[Spec]:
    """The previous period, laid under the same day of this one."""
    sums: dict[date, Decimal] = {}
    for point in table.series:
        if point.is_previous:
            sums[point.day] = sums.get(point.day, Decimal(0)) + point.value
    if sums:
        pairs = [(day, sums[own]) for day, own in zip(days, sorted(sums), strict=False)]
    elif table.query.group_by:
        pairs = []
    else:
        found = {row.key.get("time"): row.previous for row in table.rows}
        pairs = [(day, found.get(f"{day}") or Decimal(0)) for day in days if f"{day}" in found]
    known = any(value for _, value in pairs)
    return [{"day": f"{day}", "value": float(value)} for day, value in pairs] if known else []


def _plot(
    table: CostTable,
    days: Sequence[date],
    series: Sequence[_Series],
    *,
    partial: set[date],
    before: Sequence[Spec],
) -> Spec:
    is_price = _is_price(table)
    low, high = _range(days, series, before, is_stacked=not is_price)
    named = _day_names(table, days)
    names = _names_at_end(days[-1], series, low, high, is_stacked=not is_price)
    # The axis takes the 50 points that remain beside the names and their squares.
    room = max((len(name["text"]) for name in names), default=0) * LETTER + 64
    layers = [_marks(table, days, series, partial=partial)]
    layers[0]["encoding"] |= {
        "x": _x_axis(list(named)),
        "y": _y_axis(low, high),
        "order": {"field": "order", "type": "quantitative"},
    }
    layers += _dashed(before)
    if names:
        layers += _names_layers(names, series)
    return {
        "width": WIDTH - room,
        "height": HEIGHT,
        "params": [{"name": "days", "value": named}, {"name": "money", "value": _symbol(table)}],
        "layer": layers,
    }


def _marks(
    table: CostTable, days: Sequence[date], series: Sequence[_Series], *, partial: set[date]
) -> Spec:
    encoding = {"color": nominal("series", [s.ident for s in series], [s.colour for s in series])}
    if _is_price(table):
        mark: Spec = {"type": "line", "strokeWidth": 2.5, "point": {"size": 36}}
    elif len(days) > MANY_DAYS:
        mark = {"type": "area", "interpolate": "step"}
    else:
        mark = {"type": "bar", "stroke": CARD, "strokeWidth": 0.6}
        encoding["opacity"] = nominal("state", ["whole", "partial"], [1, 0.35])
    values = [
        {
            "day": f"{day}",
            "series": one.ident,
            "order": order,
            "value": float(one.values.get(day, 0)),
            "state": "partial" if day in partial else "whole",
        }
        for order, one in enumerate(series)
        for day in days
        if day in one.values or not _is_price(table)
    ]
    return {"data": {"values": values}, "mark": mark, "encoding": encoding}


def _range(
    days: Sequence[date],
    series: Sequence[_Series],
    before: Sequence[Spec],
    *,
    is_stacked: bool,
) -> tuple[float, float]:
    """From zero, or the deepest credit, to a little above the highest point."""
    heights = [0.0, *(spec["value"] for spec in before)]
    for day in days:
        values = [float(one.values.get(day, 0)) for one in series]
        if is_stacked:
            values = [sum(v for v in values if v > 0), sum(v for v in values if v < 0)]
        heights += values
    return min(heights) * 1.05, max(heights) * 1.05 or 1.0


def _x_axis(named: list[str]) -> Spec:
    axis = {
        "values": named,
        "labelExpr": "days[datum.value]",
        "labelAngle": 0,
        "labelOverlap": True,
        "labelLineHeight": 15,
    }
    return {"field": "day", "type": "ordinal", "axis": axis, "title": None}


def _y_axis(low: float, high: float) -> Spec:
    is_small = max(abs(low), abs(high)) < 10
    number = "format(abs(datum.value), '.3~r')" if is_small else "format(abs(datum.value), '.3~s')"
    sign = "(datum.value < 0 ? '−' : '')"
    axis = {
        "labelExpr": f"{sign} + money + replace({number}, 'G', 'B')",
        "tickCount": 4,
        "domain": False,
    }
    scale = {"domain": [low, high], "nice": False}
    return {
        "field": "value",
        "type": "quantitative",
        "axis": axis,
        "scale": scale,
        "title": None,
    }


def _dashed(before: Sequence[Spec]) -> list[Spec]:
    """The previous period as a dashed line, with a halo that parts it from the bars."""
    if not before:
        return []
    place = {
        "x": {"field": "day", "type": "ordinal"},
        "y": {"field": "value", "type": "quantitative"},
    }
    halo = {"type": "line", "color": CARD, "strokeWidth": 4, "opacity": 0.85}
    line = {"type": "line", "color": INK, "strokeWidth": 1.8, "strokeDash": [5, 4]}
    data = {"values": list(before)}
    return [{"data": data, "mark": mark, "encoding": place} for mark in (halo, line)]


def _names_at_end(
    last: date, series: Sequence[_Series], low: float, high: float, *, is_stacked: bool
) -> list[Spec]:
    """Each series' name beside its end on the right, moved apart where they would overlap."""
    if len(series) < 2:
        return []
    places = []
    up, down = 0.0, 0.0
    for one in series:
        value = float(one.values.get(last, 0))
        middle = value if not is_stacked else (up if value >= 0 else down) + value / 2
        up, down = (up + value, down) if value >= 0 else (up, down + value)
        places.append((middle - low) / (high - low) * HEIGHT)
    order = sorted(range(len(series)), key=lambda i: (places[i], i))
    apart = _spread([places[i] for i in order])
    return [
        {"series": series[i].ident, "text": series[i].name, "y": round(HEIGHT - place, 1)}
        for i, place in zip(order, apart, strict=True)
    ]


def _spread(places: Sequence[float]) -> list[float]:
    """Ascending places moved so that they lie at least a line apart, inside the plot if it fits."""
    moved: list[float] = []
    for place in places:
        moved.append(max(place, moved[-1] + LINE) if moved else max(place, 0))
    top = float(HEIGHT)
    for i in reversed(range(len(moved))):
        moved[i] = min(moved[i], top)
        top = moved[i] - LINE
    return moved


def _names_layers(names: Sequence[Spec], series: Sequence[_Series]) -> list[Spec]:
    """A square in the series' colour, and its name in ink: pale colours are no text colours."""
    place = {
        "x": {"value": "width"},
        "y": {"field": "y", "type": "quantitative", "scale": None, "axis": None},
    }
    mark = {"type": "text", "align": "left", "fontSize": FONT_SIZE}
    colour = nominal("series", [one.ident for one in series], [one.colour for one in series])
    return [
        {
            "data": {"values": list(names)},
            "mark": {**mark, "text": "■", "dx": 8},
            "encoding": {**place, "color": colour},
        },
        {
            "data": {"values": list(names)},
            "mark": {**mark, "color": INK, "dx": 22},
            "encoding": {**place, "text": {"field": "text"}},
        },
    ]


def _name(table: CostTable, key: str | None) -> str:
    groups = table.query.group_by
    if key is None:
        return name_text(None, groups[0]) if len(groups) == 1 else "untagged"
    return cut(clean(key), NAME_AT_END)


def _day_names(table: CostTable, days: Sequence[date]) -> dict[str, str | list[str]]:
    """Which days are named below the axis, and how: months where there are many days."""
    if table.query.grain is Grain.MONTH:
        chosen = _thinned(days)
    elif (days[-1] - days[0]).days > 62:
        chosen = _thinned([day for day in days if day.day == 1] or days)
    else:
        return {f"{day}": day_text(day, year=day.year) for day in _thinned(days)}
    years = [day.year for day in chosen]
    if years[0] == years[-1]:
        return {f"{day}": f"{day:%b}" for day in chosen}
    return {
        f"{day}": [f"{day:%b}", f"{day.year}"] if day.year not in years[:i] else f"{day:%b}"
        for i, day in enumerate(chosen)
    }


def _thinned(days: Sequence[date]) -> Sequence[date]:
    return days[:: max(1, -(-len(days) // LABELS))]


def _symbol(table: CostTable) -> str:
    """What stands before the figures of the axis: `$`, `CHF `, nothing for a quantity."""
    if table.query.metric.kind is MetricKind.QUANTITY:
        return ""
    return short_text(Decimal(1), table).split("1")[0]


def _is_price(table: CostTable) -> bool:
    return table.query.metric.kind is MetricKind.UNIT_COST
