"""The one look of all charts: an opaque card, its colours and its sizes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Spec = dict[str, Any]

WIDTH = 500  # of the card's inside, in points: a phone shows it nearly as wide
SCALE = 2.5  # pixels a point, so that it stays sharp where it is shown large
FONT_SIZE = 13.5
LETTER = 7.1  # about the width of one letter at that size
NAME = 26  # characters of a name beside a bar or a line
HEADING = 64  # characters of a heading in one line

# Okabe and Ito's palette, which the colour-blind can tell apart. Grey has no name of its own.
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
BLUE = PALETTE[0]
REST_GREY, UNTAGGED_GREY, EDGE_GREY = "#9AA1AB", "#D3D8DF", "#5F6772"
INK, SOFT, GRID, CARD = "#1D1C1D", "#5F6772", "#E7E9EC", "#FFFFFF"


def card(plot: Spec, heading: str, below: str) -> Spec:
    """The plot on an opaque card below its heading: readable on any background."""
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "background": CARD,
        "padding": {"left": 18, "right": 18, "top": 16, "bottom": 14},
        "title": {"text": cut(heading, HEADING - 8), "subtitle": cut(below, HEADING)},
        **plot,
        "config": _LOOK,
    }


def cut(text: str, length: int = NAME) -> str:
    """The text in so many characters."""
    # Vega shortens what is still too wide by UTF-16 units, and fails on half an emoji.
    text = "".join(c if ord(c) <= 0xFFFF else "▫" for c in text)
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def nominal(field: str, domain: Sequence[str], values: Sequence[object]) -> Spec:
    """A field whose every value has its own colour, dash or opacity; no legend."""
    return {
        "field": field,
        "type": "nominal",
        "legend": None,
        "scale": {"domain": list(domain), "range": list(values)},
    }


_LOOK: Spec = {
    "font": "sans-serif",  # vl-convert brings its own; all digits are of one width
    "view": {"stroke": None},
    "title": {
        "anchor": "start",
        "frame": "bounds",
        "fontSize": 17,
        "fontWeight": "bold",
        "color": INK,
        "subtitleColor": SOFT,
        "subtitleFontSize": FONT_SIZE,
        "subtitlePadding": 5,
        "offset": 14,
    },
    "axis": {
        "labelFontSize": FONT_SIZE,
        "labelColor": SOFT,
        "gridColor": GRID,
        "domainColor": "#C6CAD0",
        "labelPadding": 6,
        "ticks": False,
    },
}
