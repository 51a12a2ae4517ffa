"""`purser bench lake`: Purser's lake against plain DuckDB, on bills made for it.

The same questions go through `cost_by`, that is the whole answer, to one table of the same rows
and columns in a DuckDB file, and to the Parquet files as they came. Answers must be equal.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from bot.bench_ingest import SOURCE, Load, measure
from bot.bench_questions import DIMENSIONS, Question, check_equal, of_purser, of_rows, questions
from tools.core.clock import FixedClock
from tools.core.context import Context
from tools.core.settings import LakeSettings, Source
from tools.samples.bench_bills import DELIVERED, BenchBills, write_bench_bills

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SMALL, LARGE = 1_000_000, 10_000_000  # what the names of the two peaks say
TIMES = 15
LOADS = 3

Say = Callable[[str, int], None]  # what is being done, and how many steps of it are done


def bench_lake(
    rows: int, *, small: int = SMALL, times: int = TIMES, loads: int = LOADS, say: Say | None = None
) -> dict[str, Any]:
    """Measure; everything is made in a temporary folder, which is removed.

    Args:
        rows: lines of bills. The field `peak_mb_10m` is peak memory at that many.
        small: lines for `peak_mb_1m`.
        times: how often each question is asked; the median counts.
        loads: how often the bills are loaded; the median counts.
        say: is told how far it is.
    """
    say = say or (lambda what, steps: None)
    with TemporaryDirectory(prefix="purser-bench-") as name:
        folder = Path(name)
        result = _measured(
            folder / "following", rows, following=True, times=times, loads=loads, say=say
        )
        say("Loading fewer rows", 0)
        write_bench_bills(folder / "small" / "bills", rows=small)
        peak = measure("purser", folder / "small" / "bills", folder / "small" / "lake").peak_mb
        result["ingest"]["peak_mb_1m"] = peak
        say("Loading fewer rows", 1)
        result["independent"] = _measured(
            folder / "independent", rows, following=False, times=times, loads=1, say=say
        )
    order = ("rows_per_s", "bare_rows_per_s", "peak_mb_1m", "peak_mb_10m")
    result["ingest"] = {key: result["ingest"][key] for key in order}
    if (small, rows) != (SMALL, LARGE):
        result["note"] = f"peak_mb_1m was measured at {small:,} rows, peak_mb_10m at {rows:,}."
    return result


def _measured(
    folder: Path, rows: int, *, following: bool, times: int, loads: int, say: Say
) -> dict[str, Any]:
    kind = "tags that follow the project" if following else "tags drawn independently"
    say(f"Writing bills, {kind}", 0)
    bills = write_bench_bills(folder / "bills", rows=rows, following=following)
    say(f"Loading bills, {kind}", 1)
    mine, bare = _loaded(folder, loads=loads, say=say)
    say(f"Asking, {kind}", 0)
    with _opened(folder, bills) as bench:
        figures = bench.ask_all(times, say)
        rollup = bench.rollup_rows()
    return {
        "rows": rows,
        "rollup_rows": rollup,
        "questions": figures,
        "ingest": {
            "rows_per_s": round(rows / _median(mine)),
            "bare_rows_per_s": round(rows / _median(bare)),
            "peak_mb_10m": max(load.peak_mb for load in mine),
        },
    }


def _median(loads: list[Load]) -> float:
    return statistics.median(load.seconds for load in loads)


def _loaded(folder: Path, *, loads: int, say: Say) -> tuple[list[Load], list[Load]]:
    """Both ways in turn; what the last ones made stays for the questions."""
    import shutil

    lake, table = folder / "lake", folder / "bills.duckdb"
    mine, bare = [], []
    for _ in range(loads):
        shutil.rmtree(lake, ignore_errors=True)
        table.unlink(missing_ok=True)
        bare.append(measure("bare", folder / "bills", table))
        mine.append(measure("purser", folder / "bills", lake))
        say("Loading bills", 2)
    return mine, bare


@dataclass(frozen=True, slots=True)
class _Bench:
    """The three ways to ask, open and ready."""

    bills: BenchBills
    context: Context
    plain: DuckDBPyConnection
    parquet: str

    def ask_all(self, times: int, say: Say) -> list[dict[str, object]]:
        """Every question in turn, one way after the other, so that noise falls on all alike."""
        asked = questions(self.bills)
        took: dict[str, tuple[list[float], list[float], list[float]]] = {
            question.name: ([], [], []) for question in asked
        }
        for time_of in range(times + 1):
            for question in asked:
                spent = self._ask(question)
                if time_of:  # the first warms up
                    for kept, seconds in zip(took[question.name], spent, strict=True):
                        kept.append(seconds)
            say("Asking", 1)
        return [
            {
                "name": name,
                "ms": _ms(mine),
                "plain_ms": _ms(plain),
                "parquet_ms": _ms(parquet),
            }
            for name, (mine, plain, parquet) in took.items()
        ]

    def rollup_rows(self) -> int:
        """Rows of the narrow daily table."""
        _, rows = self.context.lake.snapshot().run("SELECT count(*) FROM daily")
        return int(rows[0][0])

    def _ask(self, question: Question) -> tuple[float, float, float]:
        from tools.costs import cost_by

        start = time.perf_counter()
        answer = cost_by(question.query, context=self.context)
        answered = time.perf_counter()
        plain = self.plain.execute(question.sql.format(bills="bills")).fetchall()
        plainly = time.perf_counter()
        parquet = self.plain.execute(question.sql.format(bills=self.parquet)).fetchall()
        done = time.perf_counter()
        mine = of_purser(question, answer)
        check_equal(question, mine, of_rows(question, plain))
        check_equal(question, mine, of_rows(question, parquet))
        return answered - start, plainly - answered, done - plainly


def _ms(seconds: list[float]) -> float:
    return round(statistics.median(seconds) * 1000, 2)


@contextmanager
def _opened(folder: Path, bills: BenchBills) -> Iterator[_Bench]:
    import duckdb

    from tools.lake.lake import Lake

    settings = LakeSettings((Source(SOURCE, folder / "bills"),), DIMENSIONS)
    context = Context(
        lake=Lake(folder / "lake", settings), clock=FixedClock(DELIVERED + timedelta(hours=2))
    )
    files = ", ".join(f"'{path}'" for path in bills.files)
    with duckdb.connect(str(folder / "bills.duckdb"), read_only=True) as plain:
        plain.execute("SET enable_progress_bar = false")  # it would stand on standard output
        yield _Bench(bills, context, plain, f"read_parquet([{files}], hive_partitioning = false)")


def run_lake(*, rows: int, as_json: bool) -> None:
    """Measure with a progress bar on the error stream; print one line of JSON, or a table."""
    with _progress() as say:
        result = bench_lake(rows, say=say)
    if as_json:
        print(json.dumps(result))
    else:
        from bot.bench_table import print_lake

        print_lake(result)


@contextmanager
def _progress() -> Iterator[Say]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    steps = 2 * (1 + TIMES + 1) + 2 * LOADS + 2 + 1
    columns = (TextColumn("{task.description:<46.46}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Starting", total=steps)

        def say(what: str, done: int) -> None:
            progress.update(task, description=what, advance=done)

        yield say
