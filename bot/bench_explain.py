"""`purser bench explain`: bills with a known cause, and how often it is named first."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from tools.core.clock import FixedClock
from tools.core.context import Context
from tools.core.dimensions import Dimension
from tools.core.errors import PurserError
from tools.core.periods import Between
from tools.core.query import Against, Query
from tools.core.results import Change
from tools.core.settings import LakeSettings, Source
from tools.samples.causes import AFTER, BEFORE, CausedBill, Kind, write_caused

SEEDS = 100
DIMENSIONS = tuple(Dimension(name, tags=(name,)) for name in ("team", "project", "env"))
_NOW = datetime(AFTER.end.year, AFTER.end.month, AFTER.end.day, 6, tzinfo=UTC) + timedelta(days=2)
WHY = Query(
    period=Between(AFTER.start, AFTER.end), compare=Against(Between(BEFORE.start, BEFORE.end))
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of one bill.

    Args:
        is_first: what was planted was named first; of offsetting changes, both before others.
        is_exact: the parts add up to the difference, and that to what the bill says.
        unexplained: share of the gross change.
        milliseconds: of the answer.
    """

    kind: Kind
    seed: int
    is_first: bool
    is_exact: bool
    unexplained: float
    milliseconds: float


def bench_explain(
    seeds: Iterable[int], *, kinds: Iterable[Kind] = Kind, say: Callable[[str], None] | None = None
) -> list[Verdict]:
    """Explain one bill for each seed and kind; everything is made in a temporary folder."""
    verdicts = []
    kinds = tuple(kinds)
    for seed in seeds:
        for kind in kinds:
            with tempfile.TemporaryDirectory(prefix="purser-bench-") as name:
                verdicts.append(_verdict(Path(name), kind, seed))
            if say:
                say(f"{kind}, seed {seed}")
    return verdicts


def _verdict(folder: Path, kind: Kind, seed: int) -> Verdict:
    from tools.changes import explain_change

    bill = write_caused(folder / "bills", kind, seed=seed)
    context = loaded(folder, bill)
    start = time.perf_counter()
    change = explain_change(WHY, context=context)
    took = time.perf_counter() - start
    if not isinstance(change, Change):
        raise PurserError(f"The bench asked why and got no reasons: {change.text}")
    return Verdict(
        kind,
        seed,
        _is_first(change, bill),
        sum((p.amount for p in change.parts), Decimal(0)) == change.difference,
        float(change.unexplained / change.gross) if change.gross else 0.0,
        took * 1000,
    )


def loaded(folder: Path, bill: CausedBill) -> Context:
    """A lake in the folder that holds the bill."""
    from tools.lake.ingest import ingest_path
    from tools.lake.lake import Lake

    clock = FixedClock(_NOW)
    source = Source("bills", bill.path)
    ingest_path(bill.path, source=source, root=folder / "lake", clock=clock, accept_shrink=False)
    return Context(Lake(folder / "lake", LakeSettings((source,), DIMENSIONS)), clock)


def _is_first(change: Change, bill: CausedBill) -> bool:
    first = change.parts[: len(bill.truths)]
    return all(any(t.is_named_by(part.cause, part.key) for part in first) for t in bill.truths)


def summary(verdicts: list[Verdict]) -> dict[str, Any]:
    """The figures, per kind and in all."""
    kinds = list(dict.fromkeys(verdict.kind for verdict in verdicts))
    return {
        "seeds": len({verdict.seed for verdict in verdicts}),
        "kinds": {kind.value: _figures([v for v in verdicts if v.kind is kind]) for kind in kinds},
        "all": _figures(verdicts),
    }


def _figures(some: list[Verdict]) -> dict[str, Any]:
    return {
        "bills": len(some),
        "named_first": sum(v.is_first for v in some),
        "exact": sum(v.is_exact for v in some),
        "unexplained_median": round(statistics.median(v.unexplained for v in some), 4),
        "unexplained_most": round(max(v.unexplained for v in some), 4),
        "ms_median": round(statistics.median(v.milliseconds for v in some), 1),
        "missed_seeds": [v.seed for v in some if not v.is_first],
    }


def run_explain(*, seeds: int, as_json: bool) -> None:
    """Measure with a progress bar on the error stream; print one line of JSON, or a table."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description:<36.36}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Starting", total=seeds * len(Kind))

        def say(what: str) -> None:
            progress.update(task, description=what, advance=1)

        figures = summary(bench_explain(range(seeds), say=say))
    if as_json:
        print(json.dumps(figures))
    else:
        _print(figures)


def _print(figures: dict[str, Any]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    table = Table(
        title=f"Planted causes, {figures['seeds']} seeds each",
        title_justify="left",
        box=SIMPLE_HEAD,
        pad_edge=False,
    )
    table.add_column("Cause")
    for name in ("named first", "parts add up", "unexplained", "ms, median"):
        table.add_column(name, justify="right")
    for name, row in (*figures["kinds"].items(), ("all", figures["all"])):
        of = row["bills"]
        table.add_row(
            name,
            f"{row['named_first']} of {of}",
            f"{row['exact']} of {of}",
            f"{100 * row['unexplained_median']:.1f} %",
            f"{row['ms_median']:,.0f}",
        )
    console = Console(highlight=False)
    console.print(table)
    most = 100 * figures["all"]["unexplained_most"]
    console.print(f"Unexplained is the median share of the gross change; at most {most:.1f} %.")
