"""How much idle machines were used: a small line for each, under one another on one clock."""

from __future__ import annotations

from bot.charts.look import BLUE, INK, LETTER, SOFT, WIDTH, Spec, card, cut
from bot.machine_words import is_idle_list, machines_title, title_of
from tools.clouds.resources import Sample
from tools.core.machines import Machine, Machines

LINES = 6  # machines that are drawn
POINTS = 120  # of a line; more cannot be told apart
HEIGHT = 40
BUSY = 100.0  # percent, the top of every line


def use_spec(found: Machines) -> Spec | None:
    """A line for each of the first machines that were measured; None where none was."""
    measured = [m for m in found.machines if m.use and m.use.gpu][:LINES]
    if not is_idle_list(found) or not measured:
        return None
    names = {f"{i:03}": cut(title_of(m.resource), 20) for i, m in enumerate(measured)}
    room = max(len(name) for name in names.values()) * LETTER
    plots = [_line(m, i, is_last=i == len(measured) - 1) for i, m in enumerate(measured)]
    width = WIDTH - room - 8
    plot: Spec = {
        "params": [{"name": "names", "value": names}],
        "vconcat": [{**one, "width": width} for one in plots],
        "spacing": 10,
    }
    return card(plot, machines_title(found), "busiest GPU in percent, 0 to 100, UTC")


def _line(machine: Machine, index: int, *, is_last: bool) -> Spec:
    samples = machine.use.gpu if machine.use else ()
    values = [
        {"at": sample.at.isoformat(), "value": round(sample.value, 1), "id": f"{index:03}"}
        for sample in _thinned(samples)
    ]
    axis = {"format": "%H:%M", "grid": False, "tickCount": 4, "title": None, "labelColor": SOFT}
    x = {"field": "at", "type": "temporal", "scale": {"type": "utc"}}
    y = {"field": "value", "type": "quantitative", "scale": {"domain": [0, BUSY]}}
    name = {"expr": f"names['{index:03}']"}
    return {
        "height": HEIGHT,
        "data": {"values": values},
        "encoding": {
            "x": {**x, "axis": axis if is_last else None},
            "y": {**y, "axis": {"labels": False, "grid": False, "title": None}},
        },
        "layer": [
            {"mark": {"type": "area", "color": BLUE, "opacity": 0.18}},
            {"mark": {"type": "line", "color": BLUE, "strokeWidth": 2}},
            {
                "data": {"values": [{}]},
                "mark": {
                    "type": "text",
                    "text": name,
                    "x": -10,
                    "y": HEIGHT / 2,
                    "align": "right",
                    "baseline": "middle",
                    "fontSize": 13.5,
                    "color": INK,
                },
                "encoding": {"x": None, "y": None},
            },
        ],
    }


def _thinned(samples: tuple[Sample, ...]) -> list[Sample]:
    """At most so many points, of each stretch the busiest: a peak must never fall away."""
    step = max(1, -(-len(samples) // POINTS))
    stretches = (samples[i : i + step] for i in range(0, len(samples), step))
    return [max(stretch, key=lambda sample: sample.value) for stretch in stretches]
