"""`purser bench forecast`: what is said of months whose end is known, beside two plain guesses.

Seeds of the bench are none of those by which the method was chosen.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from tools.core.periods import Period, Unit, shift

if TYPE_CHECKING:
    from tools.samples.daily_series import Named

DAYS = (10, 20)
COMPANIES = (101, 102, 103)
MADE_UP = (201, 202, 203, 204, 205)
_SPEED = 1000  # forecasts that are timed


def bench_forecast(
    companies: Iterable[int] = COMPANIES, made_up: Iterable[int] = MADE_UP
) -> dict[str, Any]:
    """Errors at day 10 and 20, each as a mean share of what the months came to.

    Args:
        companies: seeds of the sample company.
        made_up: seeds of made-up series.
    """
    found = {name: [*series] for name, series in _sets([*companies], [*made_up])}
    every = [one for series in found.values() for one in series]
    return {
        **_scores(every),
        "sets": {name: _scores(series) for name, series in found.items()},
        "seconds_for_10000": _seconds(every),
    }


def _sets(companies: list[int], made_up: list[int]) -> Iterator[tuple[str, Iterator[Named]]]:
    from tools.samples.daily_series import company_series, made_up_series

    quiet = (one for seed in companies for one in company_series(seed, with_planted=False))
    yield "sample company", quiet
    planted = (one for seed in companies for one in company_series(seed, with_planted=True))
    yield "with events", planted
    yield "made-up series", (one for seed in made_up for one in made_up_series(seed))


def _scores(series: Iterable[Named]) -> dict[str, Any]:
    from tools.watch.held_back import held_back, scored

    some = [*series]
    found = {}
    for day in DAYS:
        guesses = (g for s in some for g in held_back(s.track, day=day, planted=s.planted))
        score = scored(guesses)
        if score is not None:
            figures = {**asdict(score), "ratio": score.ratio}
            found[f"day{day}"] = {
                name: figure if name == "guesses" else round(figure, 4)
                for name, figure in figures.items()
            }
    return found


def _seconds(series: list[Named]) -> float:
    """Of CPU, on one core, for ten thousand budgets."""
    from tools.samples.daily_series import SPAN
    from tools.watch.forecast import forecast_track

    start = shift(SPAN.end, Unit.MONTH, -1)
    window = Period(start, SPAN.end)
    begin = time.process_time()
    for n in range(_SPEED):
        track = series[n % len(series)].track
        forecast_track(track, window=window, complete_through=start.replace(day=10))
    return round((time.process_time() - begin) * 10_000 / _SPEED, 2)


def run_forecast(*, as_json: bool) -> None:
    """Measure and print one line of JSON, or a table."""
    result = bench_forecast()
    if as_json:
        print(json.dumps(result))
    else:
        _print(result)


def _print(result: Mapping[str, Any]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    table = Table(
        title="Mean error of a month, as a share of what it came to",
        title_justify="left",
        box=SIMPLE_HEAD,
        pad_edge=False,
    )
    table.add_column("Series", no_wrap=True)
    for name in (
        "day",
        "months",
        "Purser",
        "straight line",
        "last month",
        "of the better",
        "inside",
    ):
        table.add_column(name, justify="right")
    for name, scores in (*result["sets"].items(), ("all", result)):
        for day in DAYS:
            row = scores[f"day{day}"]
            errors = (row["error"], row["straight_line"], row["last_month"])
            table.add_row(
                name,
                str(day),
                f"{row['guesses']:,}",
                *(f"{100 * error:.1f} %" for error in errors),
                f"{row['ratio']:.2f}",
                f"{100 * row['inside']:.0f} %",
            )
    console = Console(highlight=False)
    console.print(table)
    console.print(f"Ten thousand forecasts take {result['seconds_for_10000']:.1f} s on one core.")
    console.print("Inside is the share of months that end within the 80 % interval.")
