"""The bench compares like with like, and prints what it promises."""

import json
from decimal import Decimal

import pytest

from bot.bench import bench_lake
from bot.bench_ingest import measure
from bot.bench_questions import check_equal, questions
from bot.bench_table import print_lake
from tools.core.errors import PurserError
from tools.samples.bench_bills import write_bench_bills

pytestmark = pytest.mark.thorough


@pytest.fixture(scope="module")
def result():
    return bench_lake(20_000, small=10_000, times=2, loads=1)


def test_it_has_the_promised_figures(result):
    promised = {"rows", "rollup_rows", "questions", "ingest"}
    assert promised <= set(result)
    assert promised <= set(result["independent"])
    assert list(result["ingest"]) == ["rows_per_s", "bare_rows_per_s", "peak_mb_1m", "peak_mb_10m"]
    for part in (result, result["independent"]):
        assert part["rows"] == 20_000
        assert 0 < part["rollup_rows"] <= 20_000
        assert len(part["questions"]) == 5
        for question in part["questions"]:
            assert set(question) == {"name", "ms", "plain_ms", "parquet_ms"}
            assert min(question["ms"], question["plain_ms"], question["parquet_ms"]) > 0


def test_its_json_is_one_line(result):
    assert "\n" not in json.dumps(result)


def test_it_says_at_how_many_rows_memory_was_measured(result):
    assert result["note"] == ("peak_mb_1m was measured at 10,000 rows, peak_mb_10m at 20,000.")


def test_people_read_it_as_tables(result, capsys):
    print_lake(result)
    printed = " ".join(capsys.readouterr().out.split())
    assert "follow the project" in printed
    assert "drawn independently" in printed
    assert "one resource" in printed
    assert "of a bare copy" in printed


def test_different_answers_stop_the_bench(tmp_path):
    question = questions(write_bench_bills(tmp_path, rows=4_000))[0]
    mine = {("team-1",): (Decimal("10.00"),)}
    check_equal(question, mine, {("team-1",): (Decimal("10.001"),)})
    for other in ({("team-1",): (Decimal("10.02"),)}, {("team-2",): (Decimal("10.00"),)}, {}):
        with pytest.raises(PurserError, match="different answers"):
            check_equal(question, mine, other)


def test_peak_memory_is_the_loads_own_and_not_what_the_bench_holds(tmp_path):
    write_bench_bills(tmp_path / "bills", rows=1_000)
    ballast = bytearray(400 << 20)
    ballast[:: 1 << 12] = b"x" * (len(ballast) >> 12)  # touched, so that it is resident
    assert measure("bare", tmp_path / "bills", tmp_path / "bills.duckdb").peak_mb < 300


def test_a_load_that_fails_says_why(tmp_path):
    with pytest.raises(PurserError, match="could not load"):
        measure("bare", tmp_path / "nothing", tmp_path / "bills.duckdb")
