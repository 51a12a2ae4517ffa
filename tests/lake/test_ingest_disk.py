"""The lake's own disk gives trouble: said as such, the bill is not blamed, nothing is left over."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.lake.bills import Lake, april, write_csv
from tools.core.errors import UnavailableError
from tools.core.settings import LakeSettings
from tools.lake.lake import Lake as Reader

FULL = "The lake's disk is full or cannot be written; nothing changed."
# No file may grow beyond 100 kB: a disk that is full for everyone needs rights a test has not.
SMALL_DISK = """
import resource, sys
from pathlib import Path
from tests.lake.bills import Lake
from tools.core.errors import PurserError
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    Lake(Path(sys.argv[2])).load(Path(sys.argv[1]))
except PurserError as error:
    print(type(error).__name__, error.sentence)
"""


def _large(folder: Path) -> Path:
    rows = [april(1 + i % 28, ResourceId=f"i-{i * 7919 % 10007}-{i}") for i in range(20000)]
    return write_csv(folder / "large.csv", rows)


def _zipped(bill: Path) -> Path:
    with zipfile.ZipFile(bill.with_suffix(".zip"), "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(bill, bill.name)
    return bill.with_suffix(".zip")


def test_full_disk_is_said_and_what_was_half_written_goes(tmp_path: Path, lake: Lake) -> None:
    lake.load(write_csv(tmp_path / "small.csv", [april(1)]))
    before = sorted(p for p in lake.root.rglob("*") if p.is_file())
    large = _large(tmp_path)
    for bill in (large, _zipped(large)):
        done = subprocess.run(
            [sys.executable, "-c", SMALL_DISK, str(bill), str(lake.root)],
            capture_output=True,
            text=True,
            cwd=Path(__file__).parents[2],
            check=True,
        )
        assert done.stdout == f"UnavailableError {FULL}\n"
        assert sorted(p for p in lake.root.rglob("*") if p.is_file()) == before
    assert lake.totals()[0] == 1


@pytest.mark.parametrize("folder", ["facts", "staging"])
def test_file_in_the_place_of_a_folder_of_the_lake_is_not_the_bills_fault(
    folder: str, tmp_path: Path, lake: Lake
) -> None:
    lake.root.mkdir()
    (lake.root / folder).write_text("in the way")
    with pytest.raises(UnavailableError) as caught:
        lake.load(write_csv(tmp_path / "bill.csv", [april(1)]))
    assert caught.value.sentence == FULL


def test_lake_that_is_a_file_is_one_sentence(tmp_path: Path, lake: Lake) -> None:
    lake.root.write_text("not a folder")
    with pytest.raises(UnavailableError, match="lake is not a folder"):
        lake.load(write_csv(tmp_path / "bill.csv", [april(1)]))
    with pytest.raises(UnavailableError, match="lake is not a folder"):
        Reader(lake.root, LakeSettings()).snapshot()
    assert lake.root.read_text() == "not a folder"


def test_manifest_that_is_a_folder_is_one_sentence(tmp_path: Path, lake: Lake) -> None:
    (lake.root / "manifest.json").mkdir(parents=True)
    with pytest.raises(UnavailableError, match=r"manifest\.json cannot be read"):
        lake.load(write_csv(tmp_path / "bill.csv", [april(1)]))
