"""`purser replay`: a planted year, played day by day through the jobs, and how well they did."""

from __future__ import annotations

import argparse
import gc
import json
from typing import TYPE_CHECKING, Any

from tools.core.errors import InputError
from tools.core.periods import Period

if TYPE_CHECKING:
    from bot.replay.scoring import Score

_GARBAGE = 100_000  # things made until rings of them are looked for: a day's costs are no garbage


def run(args: argparse.Namespace) -> None:
    """Play, and print the figures."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    from bot.replay.forecasting import Guesses
    from bot.replay.playing import staged
    from bot.replay.scoring import Score, figures

    gc.set_threshold(_GARBAGE)
    days = _days(args)
    columns = (TextColumn("{task.description:<24}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Starting", total=days.days)

        def say(what: str) -> None:
            progress.update(task, description=what)

        with staged(seed=args.seed, days=days, said=say) as play:
            score, guesses = Score(play), Guesses(play)
            for day in play.mornings():
                score.look(day)
                guesses.look(day)
                progress.update(task, description=f"{day:%d %B %Y}", advance=1)
            found = figures(score, guesses.figures())
    if args.json:
        print(json.dumps(found))
    else:
        _print(found, score)


def _days(args: argparse.Namespace) -> Period:
    from tools.samples.planted_year import YEAR

    start, last = args.first or YEAR.start, args.last or YEAR.last
    if last < start:
        raise InputError("The replay ends before it begins; --to is its last day.")
    from tools.core.periods import DAY

    return Period(start, last + DAY)


def _print(found: dict[str, Any], score: Score) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    from bot.replay.scoring import troubles

    console = Console(highlight=False)
    alerts = dict(found["alerts"])
    ahead = alerts.pop("forecast")
    alerts |= {"overruns foretold": ahead["sent"], "came true": ahead["right"]}
    tables = {"anomalies": found["anomalies"], "alerts": alerts}
    for name, held in tables.items():
        table = Table(title=name, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
        for column in held:
            table.add_column(column.replace("_", " "), justify="right")
        table.add_row(*("–" if value is None else str(value) for value in held.values()))
        console.print(table)
    table = Table(title="forecast, mean error", title_justify="left", box=SIMPLE_HEAD)
    for column in ("known through", "forecast", "straight line", "last month", "in the interval"):
        table.add_column(column, justify="right")
    for name, errors in found["forecast"].items():
        shown = (f"{100 * e:.1f} %" if e is not None else "–" for e in errors.values())
        table.add_row(name.replace("day", "day "), *shown)
    console.print(table)
    for line in troubles(score):
        console.print(line, markup=False)
