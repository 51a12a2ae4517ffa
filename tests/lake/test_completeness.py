"""Completeness where the file's time cannot be true: the moment of loading stands in for it."""

import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tests.lake.bills import april, write_csv
from tools.core.clock import FixedClock
from tools.core.settings import Source
from tools.lake import manifest
from tools.lake.ingest import ingest_path

LOADED = datetime(2026, 4, 12, 9, tzinfo=UTC)


def _load(bill: Path, *, root: Path, at: datetime) -> manifest.Generation:
    ingest_path(bill, source=Source("s", bill), root=root, clock=FixedClock(at))
    return manifest.load(root).generations[0]


@pytest.mark.parametrize(
    "written",
    [datetime(2026, 11, 21, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC)],
    ids=["from the future", "older than its charges"],
)
def test_file_time_that_cannot_be_true_gives_way_to_the_clock(
    written: datetime, tmp_path: Path
) -> None:
    bill = write_csv(tmp_path / "bill.csv", [april(1), april(12)])
    os.utime(bill, (written.timestamp(), written.timestamp()))
    generation = _load(bill, root=tmp_path / "lake", at=LOADED)
    assert generation.data_as_of == LOADED
    assert generation.complete_through == date(2026, 4, 10)


def test_same_file_read_later_by_the_clock_is_no_more_complete(tmp_path: Path) -> None:
    bill = write_csv(tmp_path / "bill.csv", [april(1), april(12)])
    future = datetime(2026, 11, 21, tzinfo=UTC).timestamp()
    os.utime(bill, (future, future))
    first = _load(bill, root=tmp_path / "lake", at=LOADED)
    again = _load(bill, root=tmp_path / "lake", at=LOADED + timedelta(days=5))
    assert again == first
