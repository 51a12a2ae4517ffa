"""`purser bench budgets`: what one look at all budgets takes, with more of them and longer bills.

Budgets are drawn over the bench's bills, by one to four dimensions each. A look is everything
the job `alerts` does until it knows what to tell: the bills read, budgets matched, forecasts of
those that may go over, and the rules. The first look comes after a load, with a file of its
newest month less among the kept cells, and knows of nothing that was told; the next one does, as
it is every ten minutes. The bills name a few thousand cells, however many lines they have.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from bot.bench_ingest import SOURCE, measure
from bot.bench_questions import DIMENSIONS
from tools.core.budget import Budget
from tools.core.clock import FixedClock
from tools.core.context import Context
from tools.core.periods import DAY, Period
from tools.core.query import Filter, Op
from tools.core.settings import LakeSettings, Source
from tools.lake.budget_cells import read_cells
from tools.lake.cell_files import FOLDER
from tools.lake.lake import Lake
from tools.positions import Known, positions
from tools.samples.bench_bills import write_bench_bills
from tools.watch.alerts import Fired, judged

ROWS = 1_000_000
COUNT = 10_000
TIMES = 3
THRESHOLDS = (50, 75, 90, 100)
TODAY = datetime(2026, 10, 21, 12, tzinfo=UTC)
_CENT = Decimal("0.01")
_NAMES = ("project", "service", "env", "team", "owner", "account", "region")


def bench_budgets(*, count: int = COUNT, rows: int = ROWS, times: int = TIMES) -> dict[str, Any]:
    """Measure a tenth of the budgets and all of them, over bills and over ten times as many lines.

    Args:
        count: budgets.
        rows: lines of the longer bills; the others have a tenth.
        times: looks of each kind; the median counts.
    """
    found = []
    with TemporaryDirectory(prefix="purser-bench-") as name:
        for lines in (rows // 10, rows):
            folder = Path(name) / str(lines)
            write_bench_bills(folder / "bills", rows=lines)
            measure("purser", folder / "bills", folder / "lake")
            settings = LakeSettings((Source(SOURCE, folder / "bills"),), DIMENSIONS)
            context = Context(lake=Lake(folder / "lake", settings), clock=FixedClock(TODAY))
            cells, budgets = _drawn(context, count)
            start = time.perf_counter()
            _look(_fresh(context), budgets, {})
            whole = round(time.perf_counter() - start, 2)  # with the cells of every month
            looked = [_looks(context, some, times) for some in (budgets[: count // 10], budgets)]
            found += [{"rows": lines, "cells": cells, "cells_s": whole, **look} for look in looked]
    return {"looks": found, "ratios": _ratios(found)}


def _ratios(looks: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """What ten times as many lines take more, with as many budgets."""
    return [
        {
            "budgets": few["budgets"],
            **{name: round(many[name] / few[name], 2) for name in ("first_s", "next_s")},
            **{name: round(many[name] / few[name], 2) for name in ("first_cpu_s", "next_cpu_s")},
        }
        for few, many in zip(looks[:2], looks[2:], strict=True)
    ]


def _fresh(context: Context) -> Context:
    """With nothing of the bills in memory."""
    return replace(context, lake=Lake(context.lake.root, context.lake.settings))


def _drawn(context: Context, count: int) -> tuple[int, list[Budget]]:
    """How many cells this month has, and budgets over them, of half to three times their cost."""
    month = Period(TODAY.date().replace(day=1), TODAY.date() + DAY)
    cells = read_cells(context, names=_NAMES, spans=[month])
    luck, made = Random(1), []  # noqa: S311 - a bench, not a secret
    for number in range(count):
        values = dict(zip(cells.names, luck.choice(cells.cells).values, strict=True))
        names = luck.sample(_NAMES, luck.randint(1, 4))
        scope = tuple(Filter(n, Op.IS, (value,)) for n in names if (value := values[n]) is not None)
        amount = cells.covered(scope).sums[0] * Decimal(luck.uniform(0.5, 3))
        made.append(
            Budget(
                id=f"b{number}",
                scope=scope,
                period="month",
                amount=max(amount.quantize(_CENT), _CENT),
                currency="USD",
            )
        )
    return len(cells.cells), made


def _looks(context: Context, budgets: Sequence[Budget], times: int) -> dict[str, Any]:
    """A first look and the one after it, on one state of the bills each time."""
    first, after = [], []
    for _ in range(times):
        fresh = _fresh(context)
        newest = max(fresh.lake.manifest().generations, key=lambda g: g.billing_period)
        for file in (context.lake.root / FOLDER).glob(f"*/{newest.id}.parquet"):
            file.unlink()
        first.append(_look(fresh, budgets, {}))
        after.append(_look(fresh, budgets, first[-1].kept))
    return {
        "budgets": len(budgets),
        "first_s": round(statistics.median(look.seconds for look in first), 2),
        "next_s": round(statistics.median(look.seconds for look in after), 2),
        "first_cpu_s": round(statistics.median(look.cpu for look in first), 2),
        "next_cpu_s": round(statistics.median(look.cpu for look in after), 2),
        "told": first[-1].told,
        "forecast": first[-1].forecast,
    }


class _Look(NamedTuple):
    seconds: float
    cpu: float  # of all cores together
    kept: dict[Any, Sequence[Fired]]
    told: int
    forecast: int


def _look(context: Context, budgets: Sequence[Budget], told: dict[Any, Sequence[Fired]]) -> _Look:
    start, cpu = time.perf_counter(), time.process_time()
    known = Known(told=told, watched=frozenset({SOURCE}), thresholds=THRESHOLDS)
    found = positions(context, budgets, known=known).positions
    verdicts = [
        judged(p, told.get((p.budget.id, p.window.start), ()), thresholds=THRESHOLDS) for p in found
    ]
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    return _Look(
        seconds,
        cpu,
        {(v.position.budget.id, v.position.window.start): v.keep for v in verdicts},
        sum(1 for v in verdicts if v.kinds),
        sum(1 for p in found if p.forecast is not None),
    )


def run_budgets(*, count: int, rows: int = ROWS, as_json: bool) -> None:
    """Measure and print: one line of JSON, or a table."""
    result = bench_budgets(count=count, rows=rows)
    if as_json:
        print(json.dumps(result))
        return
    print("lines of bills   budgets   first look       CPU   next look       CPU")
    for look in result["looks"]:
        print(
            f"{look['rows']:>14,} {look['budgets']:>9,} {look['first_s']:>10.2f} s "
            f"{look['first_cpu_s']:>7.2f} s {look['next_s']:>9.2f} s {look['next_cpu_s']:>7.2f} s"
        )
    for ratio in result["ratios"]:
        print(
            f"{'ten times':>14} {ratio['budgets']:>9,} {ratio['first_s']:>11.2f}x "
            f"{ratio['first_cpu_s']:>8.2f}x {ratio['next_s']:>10.2f}x {ratio['next_cpu_s']:>8.2f}x"
        )
    last = result["looks"][-1]
    print(f"{last['cells']:,} cells; to make the files of every month's: {last['cells_s']:.2f} s.")
