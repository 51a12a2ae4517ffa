"""A change as a bridge: every part a bar that begins where the last one ended, then their sum."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

from bot.change_words import cause_text, short_name
from bot.charts.look import (
    BLUE,
    INK,
    LETTER,
    PALETTE,
    SOFT,
    WIDTH,
    Spec,
    card,
    cut,
    nominal,
)
from bot.wording import subtitle, title
from tools.core.money import money_text
from tools.core.results import Change, Part

UP, DOWN = PALETTE[5], PALETTE[2]  # dearer and cheaper, apart for the colour-blind, too
JOINT = "#C6CAD0"
_NAME = 30  # characters of a part's name in one line
_ROW = 44  # points, for two lines of text
_KINDS = ["up", "down", "sum"]


def bridge_spec(change: Change) -> Spec | None:
    """The plot; None where there is no part to see."""
    parts = [part for part in change.parts if part.amount]
    if not parts or not change.is_comparable:
        return None
    values, at = [], Decimal(0)
    for place, part in enumerate(parts):
        values.append(_bar(f"{place:02}", at, at + part.amount, change))
        at += part.amount
    values.append({**_bar("sum", Decimal(0), change.difference, change), "kind": "sum"})
    names = {f"{place:02}": _label(part, change) for place, part in enumerate(parts)}
    sides = (amount_text(value, change.currency) for value in (change.before, change.after))
    names["sum"] = ["in all", " → ".join(sides)]
    room = max(len(line) for lines in names.values() for line in lines) * (LETTER - 0.6)
    plot = _plot(values, width=max(WIDTH - room, 200))
    # Names are looked up by the axis, so that no expression is ever made of them.
    plot["params"] = [{"name": "names", "value": names}]
    return card(plot, title(change), subtitle(change))


def _label(part: Part, change: Change) -> list[str]:
    """Two lines: what, and why."""
    name = short_name(part)
    if part.key:
        return [cut(name, _NAME), cut(cause_text(part, change), _NAME)]
    middle = name.rfind(" ", 0, len(name) - 8)
    return [name[:middle], name[middle + 1 :]]


def _bar(ident: str, start: Decimal, end: Decimal, change: Change) -> Spec:
    amount = end - start
    return {
        "id": ident,
        "start": float(start),
        "end": float(end),
        "high": float(max(start, end)),
        "kind": "up" if amount > 0 else "down",
        "text": f"{'+' if amount > 0 else ''}{amount_text(amount, change.currency)}",
    }


def amount_text(amount: Decimal, currency: str) -> str:
    """`$10.1k`, `−$42`."""
    for size, letter in ((Decimal(10) ** 6, "M"), (Decimal(10) ** 3, "k")):
        if abs(amount) >= size:
            places = max(0, 2 - (amount / size).adjusted())
            return f"{money_text(amount / size, currency, places=places)}{letter}"
    return money_text(amount, currency, places=0 if abs(amount) >= 100 else None)


def _plot(values: list[Spec], *, width: float) -> Spec:
    ends = [0.0, *(v["start"] for v in values), *(v["end"] for v in values)]
    low, high = min(ends), max(ends)
    span = (high - low) or 1.0
    x = {
        "type": "quantitative",
        "axis": None,
        "scale": {"domain": [low - 0.02 * span, high + 0.34 * span], "nice": False},
    }
    y = _rows(values)
    text = {"type": "text", "align": "left", "dx": 6, "fontSize": 14, "color": INK}
    return {
        "width": width,
        "height": {"step": _ROW},
        "data": {"values": values},
        "encoding": {"y": y},
        "layer": [
            _zero(x),
            _joints(values, {"x": x, "y": y}),
            {
                "mark": {"type": "bar", "cornerRadius": 2},
                "encoding": {
                    "x": {**x, "field": "start"},
                    "x2": {"field": "end"},
                    "color": nominal("kind", _KINDS, [UP, DOWN, BLUE]),
                },
            },
            {"mark": text, "encoding": {"x": {**x, "field": "high"}, "text": {"field": "text"}}},
        ],
    }


def _rows(values: list[Spec]) -> Spec:
    """One row for each bar, named in two lines."""
    axis = {
        "labelExpr": "names[datum.value]",
        "labelLimit": 300,
        "labelColor": INK,
        "labelLineHeight": 16,
        "labelAlign": "right",
        "labelBaseline": "middle",
        "labelOffset": -8,
        "domain": False,
    }
    return {
        "field": "id",
        "type": "ordinal",
        "sort": [value["id"] for value in values],
        "title": None,
        "axis": axis,
        "scale": {"paddingInner": 0.42, "paddingOuter": 0.15},
    }


def _zero(x: Spec) -> Spec:
    """Where the period before stood."""
    return {
        "data": {"values": [{"at": 0}]},
        "mark": {"type": "rule", "color": SOFT, "strokeWidth": 1},
        "encoding": {"x": {**x, "field": "at"}, "y": None},
    }


def _joints(values: list[Spec], places: Spec) -> Spec:
    """Thin lines from the end of a bar to the start of the next."""
    ends = [{"id": after["id"], "at": before["end"]} for before, after in pairwise(values)]
    ends += [{"id": value["id"], "at": value["end"]} for value in values[:-1]]
    return {
        "data": {"values": ends},
        "mark": {"type": "tick", "color": JOINT, "thickness": 1, "size": _ROW},
        "encoding": {"x": {**places["x"], "field": "at"}, "y": places["y"]},
    }
