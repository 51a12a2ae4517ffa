"""`purser bench watch`: the detector on published, labelled series of real cloud metrics.

The series are microsoft/cloud-monitoring-dataset (MIT), hourly, with marked rises. An event is a
run of marked hours; a found one is right where it shares an hour with a marked one. No hour is
counted as found because another one of its event was (“point adjustment”), which flatters. All
rules are turned into events alike, and alike look only at rises. What Purser looks for in hours
was chosen on every second series; the others are told apart as held back.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from pathlib import Path

from tools.watch.unusual import HOURLY, Sensitivity, unusual

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data" / "cloud-monitoring"
OURS = Sensitivity(score=8.0, relative=0.5)
WARM = 24  # hours until any rule may alarm
WEIGHT = 0.02  # of the plain rule's exponential weights; the best of 0.01 to 0.2
SIGMA = 3.0
IN_HINDSIGHT = (3.0, 4.0, 5.0, 6.0)
_NEAR = HOURLY.gap + 1  # hours between two marks of one event that a rule finds

Values = Sequence[float | None]
Places = Sequence[int]
Rule = Callable[[Values], Places]
Event = tuple[int, int]
Figures = Mapping[str, float | int]


@dataclass(frozen=True, slots=True)
class Labelled:
    """A series with what people marked in it."""

    name: str
    values: Values
    marked: Places


def run_watch(*, as_json: bool, folder: Path = FOLDER) -> None:
    """Measure and print."""
    series = read(folder) if folder.is_dir() else []
    if not series:
        print("The labelled series are not here, so there is nothing to measure.")
        return
    result = bench_watch(series)
    print(json.dumps(result) if as_json else "\n".join(_lines(result)))


def bench_watch(series: Sequence[Labelled]) -> dict[str, object]:
    """Precision, recall and F1 of events, and hours of delay, of Purser and two plain rules."""
    held_back = series[1::2]
    return {
        "series": len(series),
        "hours": sum(len(one.values) for one in series),
        "events": sum(len(events(one.marked, near=1)) for one in series),
        "purser": measured(series, ours),
        "ew_z_score": measured(series, ew_z_score(SIGMA)),
        "three_sigma": measured(series, three_sigma(SIGMA)),
        "ew_z_score_best_in_hindsight": _best(series, ew_z_score),
        "three_sigma_best_in_hindsight": _best(series, three_sigma),
        "held_back": {
            "purser": measured(held_back, ours),
            "ew_z_score": measured(held_back, ew_z_score(SIGMA)),
            "three_sigma": measured(held_back, three_sigma(SIGMA)),
        },
    }


def _best(series: Sequence[Labelled], rule: Callable[[float], Rule]) -> Figures:
    """What a rule does with the threshold that suits these very labels best."""
    return max((measured(series, rule(z)) for z in IN_HINDSIGHT), key=lambda found: found["f1"])


def read(folder: Path) -> list[Labelled]:
    """Every series below a folder, by name."""
    found = []
    for path in sorted(folder.rglob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        values = [float(row["Value"]) if row["Value"] else None for row in rows]
        marked = [n for n, row in enumerate(rows) if float(row["Label"] or 0)]
        found.append(Labelled(path.stem, values, marked))
    return found


def ours(values: Values) -> Places:
    """Purser's, with what it looks for in hours."""
    found = unusual(values, sensitivity=OURS, pace=HOURLY).events
    return [n for event in found for n in range(event.first, event.last + 1)]


def ew_z_score(threshold: float) -> Rule:
    """Above an exponentially weighted mean by so many such standard deviations."""

    def rule(values: Values) -> Places:
        mean, variance, found = 0.0, 0.0, []
        for count, (place, value) in enumerate(_known(values)):
            off = value - mean if count else 0.0
            if count > WARM and variance and off > threshold * sqrt(variance):
                found.append(place)
            mean = mean + WEIGHT * off if count else value
            variance = (1 - WEIGHT) * (variance + WEIGHT * off * off)
        return found

    return rule


def three_sigma(threshold: float) -> Rule:
    """Above the mean of all the past by so many standard deviations of it."""

    def rule(values: Values) -> Places:
        mean, squares, found = 0.0, 0.0, []
        for count, (place, value) in enumerate(_known(values)):
            off = value - mean
            if count > WARM and squares and off > threshold * sqrt(squares / count):
                found.append(place)
            mean += off / (count + 1)
            squares += off * (value - mean)
        return found

    return rule


def _known(values: Values) -> Iterator[tuple[int, float]]:
    return ((n, value) for n, value in enumerate(values) if value is not None)


def events(places: Places, *, near: int) -> list[Event]:
    """First and last place of each run; places at most `near` apart are of one."""
    if not places:
        return []
    cuts = [n for n, (a, b) in enumerate(pairwise(places), 1) if b - a > near]
    starts, ends = [0, *cuts], [*cuts, len(places)]
    return [(places[a], places[b - 1]) for a, b in zip(starts, ends, strict=True)]


def measured(series: Sequence[Labelled], rule: Rule) -> Figures:
    """How good a rule's events are."""
    right = wrong = there = 0
    delays: list[int] = []
    for one in series:
        marked, found = events(one.marked, near=1), events(rule(one.values), near=_NEAR)
        good = sum(any(_meet(event, mark) for mark in marked) for event in found)
        right, wrong, there = right + good, wrong + len(found) - good, there + len(marked)
        for mark in marked:
            met = [max(event[0], mark[0]) for event in found if _meet(event, mark)]
            delays += [min(met) - mark[0]] if met else []
    precision, recall = right / max(1, right + wrong), len(delays) / max(1, there)
    return {
        "precision": round(precision, 3),
        "recall": round(recall, 3),
        "f1": round(2 * precision * recall / max(1e-9, precision + recall), 3),
        "delay_hours": round(sum(delays) / max(1, len(delays)), 2),
        "found": right + wrong,
    }


def _meet(one: Event, other: Event) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


def _lines(result: Mapping[str, object]) -> Iterator[str]:
    yield f"{result['series']} series, {result['hours']:,} hours, {result['events']} marked events"
    yield f"{'':<44}precision  recall     F1  delay (h)"
    rows = [(name, found) for name, found in result.items() if isinstance(found, Mapping)]
    held_back = rows.pop()[1]
    for name, found in [*rows, *((f"{n} (held back)", f) for n, f in held_back.items())]:
        yield (
            f"{name.replace('_', ' '):<44}{found['precision']:>9.3f}{found['recall']:>8.3f}"
            f"{found['f1']:>7.3f}{found['delay_hours']:>11.2f}"
        )
