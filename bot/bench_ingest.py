"""Loading bills in a fresh process, Purser's way or barely, timed from inside.

Run as `python -m bot.bench_ingest purser|bare FOLDER TARGET`: peak memory belongs to a whole
process, so each load has one of its own. Imports are done before the clock starts.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tools.core.errors import PurserError

SOURCE = "bench"


@dataclass(frozen=True, slots=True)
class Load:
    """What one load took."""

    seconds: float
    peak_mb: float


def measure(kind: str, folder: Path, target: Path) -> Load:
    """Load the bills below `folder` into `target`, in a process of its own.

    Args:
        kind: `purser` into a lake, or `bare`, a table in a DuckDB file.
        folder: the bills.
        target: the lake's folder, or the database file.
    """
    code = [sys.executable, "-m", "bot.bench_ingest", kind, str(folder), str(target)]
    done = subprocess.run(  # noqa: S603 - our own module, with paths we made
        code, capture_output=True, text=True, check=False, cwd=Path(__file__).parent.parent
    )
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:]
        raise PurserError(f"The bench could not load its bills: {' '.join(last)}")
    figures = json.loads(done.stdout)
    return Load(figures["seconds"], figures["peak_mb"])


def _purser(folder: Path, target: Path) -> float:
    from datetime import timedelta

    import duckdb  # noqa: F401 - paid before the clock starts, as it is for the bare load

    from tools.core.clock import FixedClock
    from tools.core.settings import Source
    from tools.lake.ingest import ingest_path
    from tools.samples.bench_bills import DELIVERED

    start = time.perf_counter()
    clock = FixedClock(DELIVERED + timedelta(hours=2))
    ingest_path(folder, source=Source(SOURCE, folder), root=target, clock=clock)
    return time.perf_counter() - start


def _bare(folder: Path, target: Path) -> float:
    import duckdb

    start = time.perf_counter()
    with duckdb.connect(str(target)) as db:
        db.execute("SET enable_progress_bar = false")  # it would stand on standard output
        files = f"read_parquet('{folder}/*/*.parquet', hive_partitioning = false)"
        db.execute(f"CREATE TABLE bills AS FROM {files}")
    return time.perf_counter() - start


def _peak_mb() -> float:
    """Peak resident memory of this process alone.

    Linux counts what the parent held when it forked into `ru_maxrss`; its own high-water mark
    begins anew with the program.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(x for x in status.read_text().splitlines() if x.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024
    import resource

    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def main(kind: str, folder: str, target: str) -> None:
    """Load, and print one line of JSON."""
    seconds = (_purser if kind == "purser" else _bare)(Path(folder), Path(target))
    print(json.dumps({"seconds": round(seconds, 3), "peak_mb": round(_peak_mb(), 1)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
