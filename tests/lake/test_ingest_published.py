"""Bills published by others, read to the cent."""

import csv
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from tests.lake.bills import SHARED, Lake
from tests.sizes import sized
from tools.core.errors import BadBillError

BILLIONTH = Decimal("1e-9")


def _totals_table() -> list[tuple[str, str, str, str]]:
    """File, rows, billed and effective cost, as the README beside the data has them."""
    readme = SHARED / "README.md"
    if not readme.exists():
        return []
    lines = re.findall(
        r"^\| (focus-\S+\.csv)[^|]*\| ([^|]*)\| ([^|]*)\| ([^|]*)\|$", readme.read_text(), re.M
    )
    return [tuple(cell.strip() for cell in line) for line in lines]


TABLE = _totals_table()
BILLS = [line for line in TABLE if line[1]]


def _id(line: tuple[str, ...]) -> str:
    return line[0]


@pytest.mark.skipif(not TABLE, reason="the published bills are not on this machine")
@pytest.mark.long
@pytest.mark.parametrize("line", BILLS[:: sized(2, 1)], ids=_id)
def test_published_bill_is_read_to_the_cent(line: tuple[str, str, str, str], lake: Lake) -> None:
    file, rows, billed, effective = line
    if not (SHARED / file).exists():
        pytest.skip(f"{file} is not on this machine")
    report = lake.load(SHARED / file)
    count, lake_billed, lake_effective = lake.totals()
    # The table's rows were rounded to ten places, the lake's are kept at twelve.
    assert count == int(rows)
    assert abs(lake_billed - Decimal(billed)) < BILLIONTH
    assert abs(lake_effective - Decimal(effective)) < BILLIONTH
    assert (report.rows, report.rejected, report.failures) == (int(rows), 0, ())
    for table in ("resources", "daily", "overview"):
        sums = lake.rows("SELECT sum(bill_rows), sum(billed_cost) FROM t", table)
        assert sums == [(count, lake_billed)]


@pytest.mark.skipif(not TABLE, reason="the published bills are not on this machine")
@pytest.mark.parametrize("line", [line for line in TABLE if not line[1]], ids=_id)
def test_commitment_file_alone_is_refused_by_name(
    line: tuple[str, str, str, str], lake: Lake
) -> None:
    with pytest.raises(BadBillError, match="Contract Commitment dataset"):
        lake.load(SHARED / line[0])
    assert lake.totals()[0] == 0


@pytest.mark.skipif(not TABLE, reason="the published bills are not on this machine")
def test_published_folder_loads_bills_and_leaves_the_rest_out(lake: Lake) -> None:
    report = lake.load(SHARED / "focus-data-toolkit")
    assert {unit.report for unit in report.loaded} == {
        Path(file).stem for file, rows, *_ in TABLE if rows and file.startswith("focus-data-to")
    }
    assert len(report.left_out) == 3
    assert all("Contract Commitment dataset" in sentence for sentence in report.left_out)


def _generate(folder: Path, *, version: str, provider: str, seed: int, rows: int) -> Path:
    command = [sys.executable, "-m", "focus_data_toolkit", "generate"]
    command += ["--focus-version", version, "--provider", provider, "--seed", str(seed)]
    command += ["--rows", str(rows), "--out", str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    return next(folder.glob("*cost_and_usage*.csv"))


@pytest.mark.parametrize("provider", ["aws", "azure", "gcp"])
@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_generated_bill_is_read_to_the_cent(
    version: str, provider: str, lake: Lake, tmp_path: Path
) -> None:
    bill = _generate(tmp_path / "bill", version=version, provider=provider, seed=1971, rows=400)
    with bill.open(newline="", encoding="utf-8-sig") as file:
        lines = list(csv.DictReader(file))
    lake.load(bill)
    rows, billed, effective = lake.totals()
    rounding = len(lines) * Decimal("5e-13")  # the lake keeps twelve places of each cost
    assert rows == len(lines) >= 400
    assert abs(billed - sum(Decimal(line["BilledCost"]) for line in lines)) <= rounding
    assert abs(effective - sum(Decimal(line["EffectiveCost"]) for line in lines)) <= rounding
