"""Charts as pictures: one look, legible on light, on dark and on a phone.

Pictures are made by Vega-Lite. Names from bills are only ever data values: expressions in the
specs are constants, and everything computed is computed here, so a bill cannot inject into them.
"""

from __future__ import annotations

from functools import cache

from bot.charts.bridge import bridge_spec
from bot.charts.groups import group_spec
from bot.charts.look import SCALE, Spec, card
from bot.charts.timeline import time_spec
from bot.charts.use import use_spec
from tools.core.machines import Machines
from tools.core.query import Grain, MetricKind
from tools.core.results import Change, CostTable


def chart_png(table: CostTable | Change | Machines) -> bytes | None:
    """The picture of an answer; None where there is nothing to see."""
    spec = chart_spec(table)
    return None if spec is None else draw(spec)


def chart_spec(table: CostTable | Change | Machines) -> Spec | None:
    """The Vega-Lite spec of an answer; None where there is nothing to see. Cheap."""
    if isinstance(table, Change):
        return bridge_spec(table)
    if isinstance(table, Machines):
        return use_spec(table)
    metric = table.query.metric
    is_quantity = metric.kind is MetricKind.QUANTITY
    if is_quantity and table.unit is None:
        return None
    if table.query.grain is Grain.TOTAL and table.query.group_by:
        return group_spec(table)
    if table.currency is None and not is_quantity:
        return None  # currencies that stay apart have no common axis
    return time_spec(table)


def draw(spec: Spec) -> bytes:
    """A spec as PNG. The first picture takes about half a second, later ones a tenth."""
    import vl_convert

    png: bytes = vl_convert.vegalite_to_png(spec, scale=SCALE, allowed_base_urls=[])
    return png


@cache
def warm_up() -> None:
    """Draw an empty card, so that the first real chart does not pay for starting the engine."""
    draw(card({"mark": "bar", "data": {"values": []}}, "", ""))
