"""Crashes and company: real processes, really killed, really at the same time."""

import os
import subprocess
import sys
import time
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from tests.lake.bills import NOW, Lake, month, write_csv
from tests.sizes import sized
from tools.core.clock import FixedClock
from tools.lake.manifest import TABLES
from tools.lake.switch import run

MONTHS = ("2026-01", "2026-02", "2026-03", "2026-04")
CODE = """
import sys
from datetime import datetime
from pathlib import Path
from tools.core.clock import FixedClock
from tools.core.settings import Source
from tools.lake.ingest import ingest_path

path, root, now, source = sys.argv[1:]
print("ready", flush=True)
sys.stdin.readline()
ingest_path(Path(path), source=Source(source, Path(path)), root=Path(root),
            clock=FixedClock(datetime.fromisoformat(now)))
print("done", flush=True)
"""


def _bill(path: Path, cost: str, *, copies: int = 50) -> Path:
    lines = [month(m, BilledCost=cost, EffectiveCost=cost) for m in MONTHS for _ in range(copies)]
    return write_csv(path, lines)


def _process(path: Path, lake: Lake, source: str = "bills") -> subprocess.Popen[str]:
    """An ingest that has imported everything and waits for a line."""
    process = subprocess.Popen(
        [sys.executable, "-c", CODE, str(path), str(lake.root), lake.now.isoformat(), source],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    return process


def _go(process: subprocess.Popen[str]) -> None:
    assert process.stdin
    process.stdin.write("\n")
    process.stdin.flush()


def _files(lake: Lake) -> list[Path]:
    return list(lake.root.glob("*/*.parquet"))


def _kill_after(process: subprocess.Popen[str], lake: Lake, files: int) -> None:
    """Kill an ingest as soon as the lake holds so many files, however slow the machine is."""
    while len(_files(lake)) < files and process.poll() is None:
        time.sleep(0.0005)
    process.kill()
    process.wait()
    # What it left has the machine's time, and the clock of this test stands still.
    for file in _files(lake):
        os.utime(file, (lake.now.timestamp(), lake.now.timestamp()))


@pytest.mark.long
@pytest.mark.parametrize("written", sized((0, 10, 20), tuple(range(21))))
def test_crash_at_any_moment_leaves_the_old_state_or_the_new(
    written: int, tmp_path: Path, lake: Lake
) -> None:
    bill = _bill(tmp_path / "bill.csv", "1")
    lake.load(bill)
    old = lake.totals()
    _bill(bill, "2")
    process = _process(bill, lake)
    _go(process)
    _kill_after(process, lake, len(MONTHS) * len(TABLES) + written)
    assert lake.totals() in (old, (200, Decimal(400), Decimal(400)))

    later = replace(lake, now=NOW + timedelta(hours=1))
    later.load(bill)
    assert lake.totals() == (200, Decimal(400), Decimal(400))
    live = {g.id for g in lake.manifest().generations}
    much_later = replace(lake, now=NOW + timedelta(hours=2))
    much_later.load(bill)
    for table in TABLES:
        assert {f.stem for f in (lake.root / table).iterdir()} == live
    assert list((lake.root / "staging").iterdir()) == []


def test_two_ingests_at_once_lose_nothing(tmp_path: Path, lake: Lake) -> None:
    bills = [_bill(tmp_path / f"bill{n}.csv", "1") for n in range(3)]
    processes = [_process(bill, lake) for bill in bills]
    for process in processes:
        _go(process)
    for process in processes:
        assert process.wait(60) == 0
    assert lake.totals() == (600, Decimal(600), Decimal(600))
    assert len(lake.units()) == 12


def test_two_ingests_of_one_bill_load_it_once(tmp_path: Path, lake: Lake) -> None:
    bill = _bill(tmp_path / "bill.csv", "1")
    processes = [_process(bill, lake) for _ in range(2)]
    for process in processes:
        _go(process)
    assert [process.wait(60) for process in processes] == [0, 0]
    assert lake.totals() == (200, Decimal(200), Decimal(200))


def test_readers_see_the_old_total_or_the_new_never_a_mixture(tmp_path: Path, lake: Lake) -> None:
    bill = _bill(tmp_path / "bill.csv", "1")
    lake.load(bill)
    seen = set()
    _bill(bill, "2")
    process = _process(bill, lake)
    _go(process)
    while process.poll() is None:
        seen.add(lake.totals())
    seen.add(lake.totals())
    old, new = (200, Decimal(200), Decimal(200)), (200, Decimal(400), Decimal(400))
    assert {old, new} >= seen >= {new}


def test_files_of_an_ingest_at_work_are_not_cleared_by_another(tmp_path: Path, lake: Lake) -> None:
    long_after = replace(lake, now=NOW + timedelta(days=400))
    with run(lake.root, FixedClock(NOW)) as slow:
        written = lake.root / "facts" / f"{slow.id}-0.parquet"
        written.write_bytes(b"half a file")
        os.utime(written, (NOW.timestamp(), NOW.timestamp()))
        long_after.load(_bill(tmp_path / "quick.csv", "1"))
        assert written.exists()
    long_after.load(_bill(tmp_path / "quick.csv", "2"))
    assert not written.exists(), "once its ingest is gone, so is what it left"
