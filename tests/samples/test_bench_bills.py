"""The bench's bills are what the bench says they are."""

from datetime import date

import duckdb
import pytest

from tools.samples.bench_bills import DAYS, write_bench_bills


def counted(bills, select):
    files = ", ".join(f"'{path}'" for path in bills.files)
    return duckdb.sql(
        f"SELECT {select} FROM read_parquet([{files}], hive_partitioning = false)"
    ).fetchall()[0]


@pytest.mark.parametrize("rows", [1, 395, 12_345])
def test_there_are_exactly_as_many_rows_as_asked(tmp_path, rows):
    assert counted(write_bench_bills(tmp_path, rows=rows), "count(*)") == (rows,)


def test_they_are_hourly_over_thirteen_months_one_file_a_billing_period(tmp_path):
    bills = write_bench_bills(tmp_path, rows=30_000)
    assert len(bills.files) == 13
    assert bills.days == DAYS
    select = """min(ChargePeriodStart)::DATE, max(ChargePeriodStart)::DATE,
        count(*) FILTER (date_trunc('month', ChargePeriodStart) <> BillingPeriodStart
          OR ChargePeriodEnd - ChargePeriodStart <> INTERVAL 1 HOUR)"""
    assert counted(bills, select) == (DAYS.start, date(2026, 10, 31), 0)
    assert len(counted(bills, "*")) == 41


def test_team_owner_and_account_follow_the_project(tmp_path):
    bills = write_bench_bills(tmp_path, rows=40_000)
    select = """count(DISTINCT ResourceId), count(DISTINCT Tags['project']),
        count(DISTINCT SubAccountId), count(DISTINCT ServiceName),
        count(DISTINCT (Tags['project'], Tags['team'])),
        count(DISTINCT (Tags['project'], Tags['owner'])) FILTER (Tags['owner'] IS NOT NULL),
        count(DISTINCT (Tags['project'], SubAccountId)) FILTER (Tags['project'] IS NOT NULL)"""
    assert counted(bills, select) == (4000, 200, 40, 30, 201, 200, 200)


def test_independent_tags_follow_nothing(tmp_path):
    bills = write_bench_bills(tmp_path, rows=40_000, following=False)
    select = """count(DISTINCT (Tags['project'], Tags['team'])) > 3900,
        count(DISTINCT (Tags['project'], SubAccountId)) > 7000,
        count(DISTINCT (Tags['project'], Tags['owner'])) > 20000"""
    assert counted(bills, select) == (True, True, True)


def test_the_resource_to_look_up_is_in_them(tmp_path):
    bills = write_bench_bills(tmp_path, rows=40_000)
    assert counted(bills, f"count(*) FILTER (ResourceId = '{bills.resource}')") == (10,)


def test_another_seed_makes_other_amounts(tmp_path):
    select = "sum(EffectiveCost)"
    one = counted(write_bench_bills(tmp_path / "1", rows=5_000, seed=1), select)
    two = counted(write_bench_bills(tmp_path / "2", rows=5_000, seed=2), select)
    assert one != two
