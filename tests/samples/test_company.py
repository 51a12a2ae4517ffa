"""What the sample company's bills hold, read as files."""

import hashlib
import json
from datetime import date, timedelta
from decimal import Decimal
from functools import cache, partial

import duckdb
import pytest

from tests.making import made_once
from tests.samples.companies import TODAY
from tools.samples.company import write_company

pytestmark = pytest.mark.thorough


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    return made_once(tmp_path_factory, "written", partial(write_company, today=TODAY))


def digests(folder):
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def lines(company, source):
    """The lines of the files of a source that count."""
    return table(company.folder / "bills" / source, source)


@cache
def table(folder, source):
    duckdb.sql(f"CREATE OR REPLACE TEMP TABLE {source} AS FROM {files_of(folder, source)}")
    return duckdb.table(source)


def files_of(folder, source):
    if source in ("aws", "gcp"):
        return f"read_parquet('{folder}/**/*.parquet', hive_partitioning=false)"
    if source == "azure":
        newest = [max(month.glob("*/*/part*")) for month in sorted(folder.glob("lumen-focus/*"))]
        names = ", ".join(f"'{path}'" for path in newest)
    else:
        names = f"'{folder}/*'"
    return f"read_csv([{names}], all_varchar=true)"


def test_the_same_arguments_write_the_same_bytes(tmp_path):
    one, again = (write_company(tmp_path / n, today=TODAY, months=1) for n in "12")
    assert digests(one.folder) == digests(again.folder)
    assert one.totals == again.totals


def test_another_seed_writes_other_amounts(tmp_path):
    one, other = (write_company(tmp_path / str(n), today=TODAY, months=1, seed=n) for n in (7, 8))
    assert one.totals.keys() == other.totals.keys()
    assert one.totals != other.totals
    assert one.spike == other.spike


@pytest.mark.parametrize("source", ["aws", "gcp", "azure", "openai", "anthropic"])
def test_files_hold_what_the_company_says_they_come_to(company, source):
    rows = lines(company, source).query(
        "bill",
        """SELECT CAST(left(CAST(BillingPeriodStart AS VARCHAR), 10) AS DATE), count(*),
             sum(CAST(BilledCost AS DECIMAL(38, 9))), sum(CAST(EffectiveCost AS DECIMAL(38, 9)))
           FROM bill GROUP BY 1""",
    )
    written = {
        period: (count, billed, effective) for period, count, billed, effective in rows.fetchall()
    }
    meant = {
        period: (total.rows, total.billed, total.effective)
        for (name, period), total in company.totals.items()
        if name == source
    }
    assert written == meant
    assert min(written) == date(2025, 10, 1)


@pytest.mark.parametrize("source", ["aws", "gcp", "azure", "openai", "anthropic"])
def test_list_contracted_and_effective_cost_never_rise(company, source):
    wrong = lines(company, source).query(
        "bill",
        """SELECT count(*) FROM bill
           WHERE ChargeCategory = 'Usage' AND ChargeClass IS NULL
             AND coalesce(CommitmentDiscountStatus, '') <> 'Unused'
             AND NOT (CAST(ListCost AS DOUBLE) >= CAST(ContractedCost AS DOUBLE)
               AND CAST(ContractedCost AS DOUBLE) >= CAST(EffectiveCost AS DOUBLE) - 1e-9)""",
    )
    assert wrong.fetchall() == [(0,)]


def test_what_a_commitment_bills_is_used_or_left_unused(company):
    bought = lines(company, "aws").query(
        "bill",
        """SELECT CommitmentDiscountName, sum(BilledCost), sum(EffectiveCost) FROM bill
           WHERE CommitmentDiscountType = 'Compute Savings Plan'
             AND ChargePeriodStart < TIMESTAMP '2026-11-20' GROUP BY 1""",
    )
    plans = bought.fetchall()
    assert len(plans) == 3
    for _, billed, effective in plans:
        assert billed == pytest.approx(effective, abs=0.01)


def test_a_correction_stands_in_a_later_bill_than_its_charge(company):
    found = lines(company, "aws").query(
        "bill",
        """SELECT BillingPeriodStart, ChargePeriodStart, BilledCost FROM bill
           WHERE ChargeClass = 'Correction'""",
    )
    ((billed_in, charged, amount),) = found.fetchall()
    assert billed_in.date() == date(2026, 10, 1)
    assert charged.date() == date(2026, 8, 15)
    assert amount == -4812.36


def test_every_bill_ends_where_its_provider_is_late(company):
    ends = {}
    for source in company.sources:
        last = lines(company, source.name).query(
            "bill", "SELECT max(left(CAST(ChargePeriodStart AS VARCHAR), 10)) FROM bill"
        )
        ends[source.name] = date.fromisoformat(last.fetchall()[0][0])
        assert source.complete_through == TODAY - timedelta(days=1 + source.lag_days)
    assert ends == {
        "aws": date(2026, 11, 20),  # the last day is partial
        "gcp": date(2026, 11, 20),
        "azure": date(2026, 11, 19),
        "openai": date(2026, 11, 20),
        "anthropic": date(2026, 11, 20),
    }


def test_the_newest_azure_run_holds_more_than_the_one_left_lying(company):
    month = company.folder / "bills" / "azure" / "lumen-focus" / "20261101-20261130"
    runs = sorted(month.rglob("manifest.json"))
    older, newer = (json.loads(path.read_text())["dataRowCount"] for path in runs)
    assert older < newer
    assert newer == company.totals["azure", date(2026, 11, 1)].rows


@pytest.mark.parametrize("day", [date(2026, 3, 1), date(2026, 3, 2), date(2028, 2, 29)])
def test_any_day_can_be_today(tmp_path, day):
    company = write_company(tmp_path, today=day, months=1)
    assert company.spike.effective > Decimal(15_000)
    for source in company.sources:
        newest = max(period for name, period in company.totals if name == source.name)
        assert newest in {day.replace(day=1), source.complete_through.replace(day=1)}
    for path in company.folder.rglob("*-Manifest.json"):
        assert len(json.loads(path.read_text())["dataFiles"]) == 1
