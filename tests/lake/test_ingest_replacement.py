"""What a load replaces, what it leaves alone, and what it refuses."""

import os
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from tests.lake.bills import NOW, Lake, april, month, write_csv
from tools.core.clock import FixedClock
from tools.core.settings import Source
from tools.lake.ingest import ingest_path, ingest_sources
from tools.lake.manifest import TABLES

TEN = [april(day, BilledCost="1", EffectiveCost="1") for day in range(1, 11)]


def test_same_file_twice_changes_nothing(tmp_path: Path, lake: Lake) -> None:
    bill = write_csv(tmp_path / "bill.csv", TEN)
    lake.load(bill)
    before = (lake.root / "manifest.json").read_bytes()
    report = lake.load(bill)
    assert (report.loaded, report.unchanged) == ((), (("bills", "bill", date(2026, 4, 1)),))
    assert (lake.root / "manifest.json").read_bytes() == before


def test_changed_file_takes_the_place_of_its_period(tmp_path: Path, lake: Lake) -> None:
    bill = write_csv(tmp_path / "bill.csv", TEN)
    assert not lake.load(bill).loaded[0].replaced
    write_csv(bill, [*TEN, april(11, BilledCost="5", EffectiveCost="5")])
    assert lake.load(bill).loaded[0].replaced
    assert lake.totals() == (11, Decimal(15), Decimal(15))


def test_second_report_beside_the_first_adds_to_it(tmp_path: Path, lake: Lake) -> None:
    lake.load(write_csv(tmp_path / "one.csv", TEN))
    lake.load(write_csv(tmp_path / "two.csv", TEN[:3]))
    assert lake.totals()[0] == 13


def test_the_same_report_of_another_source_adds_to_it(tmp_path: Path, lake: Lake) -> None:
    bill = write_csv(tmp_path / "bill.csv", TEN)
    lake.load(bill, source="one")
    lake.load(bill, source="two")
    assert lake.totals()[0] == 20


def test_two_files_of_the_same_bytes_are_two_reports_and_it_warns(
    tmp_path: Path, lake: Lake
) -> None:
    write_csv(tmp_path / "bills" / "one.csv", TEN)
    shutil.copy(tmp_path / "bills" / "one.csv", tmp_path / "bills" / "two.csv")
    report = lake.load(tmp_path / "bills")
    assert lake.totals()[0] == 20
    assert any("holds the same bytes" in note for note in report.notes)


def test_link_beside_its_file_counts_once(tmp_path: Path, lake: Lake) -> None:
    bill = write_csv(tmp_path / "bills" / "two.csv", TEN)
    (tmp_path / "bills" / "one.csv").symlink_to("two.csv")
    (tmp_path / "bills" / "aws").mkdir()
    (tmp_path / "bills" / "aws" / "three.csv").symlink_to(bill)
    outside = write_csv(tmp_path / "elsewhere" / "four.csv", TEN[:4])
    (tmp_path / "bills" / "four.csv").symlink_to(outside)
    report = lake.load(tmp_path / "bills")
    assert lake.units() == [("four", "2026-04"), ("two", "2026-04")]
    assert lake.totals()[0] == 14
    assert report.left_out == (
        "aws/three.csv is a link to two.csv, which counts once.",
        "one.csv is a link to two.csv, which counts once.",
    )


def test_files_of_a_folder_are_reports_named_by_their_path(tmp_path: Path, lake: Lake) -> None:
    write_csv(tmp_path / "bills" / "aws" / "april.csv", TEN)
    write_csv(tmp_path / "bills" / "april.csv", TEN[:4])
    write_csv(tmp_path / "bills" / "april.tsv", TEN[:5])
    (tmp_path / "bills" / "README.md").write_text("not a bill")
    (tmp_path / "bills" / ".hidden.csv").write_text("not a bill")
    lake.load(tmp_path / "bills")
    periods = [("april", "2026-04"), ("april.tsv", "2026-04"), ("aws/april", "2026-04")]
    assert lake.units() == periods


def test_file_given_alone_keeps_the_name_it_has_in_its_source(tmp_path: Path, lake: Lake) -> None:
    file = write_csv(tmp_path / "bills" / "aws" / "april.csv", TEN)
    lake.load(tmp_path / "bills")
    source = Source("bills", tmp_path / "bills")
    report = ingest_path(file, source=source, root=lake.root, clock=FixedClock(NOW))
    assert report.unchanged == (("bills", "aws/april", date(2026, 4, 1)),)


def test_lone_file_of_several_months_is_several_units(tmp_path: Path, lake: Lake) -> None:
    bill = [month("2026-02"), month("2026-03"), month("2026-04")]
    report = lake.load(write_csv(tmp_path / "bill.csv", bill))
    assert [u.billing_period for u in report.loaded] == [date(2026, m, 1) for m in (2, 3, 4)]
    assert lake.load(tmp_path / "bill.csv").loaded == ()


def test_stray_row_never_erases_the_period_it_names(tmp_path: Path, lake: Lake) -> None:
    bill = tmp_path / "bill.csv"
    lake.load(write_csv(bill, [month("2026-03", BilledCost="7") for _ in range(8)]))
    report = lake.load(write_csv(bill, [*TEN, month("2026-03", BilledCost="100")]))
    assert [(u.billing_period, u.rows) for u in report.loaded] == [(date(2026, 4, 1), 11)]
    assert any("1 stray row of 2026-03 is kept with 2026-04" in note for note in report.notes)
    assert lake.totals()[:2] == (19, Decimal(8 * 7 + 10 + 100))


def test_a_fifth_of_the_rows_is_a_period_of_its_own(tmp_path: Path, lake: Lake) -> None:
    bill = write_csv(tmp_path / "bill.csv", [*TEN, month("2026-03"), month("2026-03")])
    assert {u.billing_period for u in lake.load(bill).loaded} == {
        date(2026, 3, 1),
        date(2026, 4, 1),
    }


def test_bill_of_one_day_periods_is_kept_by_month(tmp_path: Path, lake: Lake) -> None:
    bill = [
        april(d, BillingPeriodStart=f"2026-04-{d:02}", BillingPeriodEnd=f"2026-04-{d + 1:02}")
        for d in range(1, 8)
    ]
    lake.load(write_csv(tmp_path / "bill.csv", bill))
    assert lake.units() == [("bill", "2026-04")]


@pytest.mark.parametrize(
    "smaller",
    [
        TEN[:7],  # rows
        [{**line, "BilledCost": "0.7"} for line in TEN],  # billed
        [{**line, "EffectiveCost": "0.7"} for line in TEN],  # effective
        [{**line, "BillingCurrency": "EUR"} for line in TEN],  # all of a currency
    ],
    ids=["rows", "billed", "effective", "currency"],
)
def test_reload_that_would_shrink_a_period_stops_and_asks(
    smaller: list, tmp_path: Path, lake: Lake
) -> None:
    bill = write_csv(tmp_path / "bill.csv", TEN)
    lake.load(bill)
    write_csv(bill, smaller)
    report = lake.load(bill)
    assert report.loaded == ()
    assert "would shrink by more than a fifth" in report.refused[0]
    assert "--accept-shrink" in report.refused[0]
    assert lake.totals() == (10, Decimal(10), Decimal(10))
    assert len(lake.load(bill, accept_shrink=True).loaded) == 1
    assert lake.totals() != (10, Decimal(10), Decimal(10)) or smaller[0]["BillingCurrency"] == "EUR"


def _costing(cost: str, days: int) -> list[dict[str, str]]:
    return [april(day, BilledCost=cost, EffectiveCost=cost) for day in range(1, days + 1)]


def test_fewer_rows_of_more_cost_are_no_loss(tmp_path: Path, lake: Lake) -> None:
    bill = write_csv(tmp_path / "bill.csv", _costing("5", 3))
    lake.load(bill)
    write_csv(bill, _costing("51", 2))
    assert lake.load(bill).refused == ()
    assert lake.totals() == (2, Decimal(102), Decimal(102))


@pytest.mark.parametrize("cost", ["1", "1.5", "2"], ids=["cut off", "a little less", "as much"])
def test_fewer_rows_without_more_cost_stop_and_ask(cost: str, tmp_path: Path, lake: Lake) -> None:
    bill = write_csv(tmp_path / "bill.csv", TEN)
    lake.load(bill)
    write_csv(bill, _costing(cost, 5))
    assert "10 rows to 5" in lake.load(bill).refused[0]


def test_more_billed_does_not_make_up_for_less_effective(tmp_path: Path, lake: Lake) -> None:
    bill = write_csv(tmp_path / "bill.csv", TEN)
    lake.load(bill)
    write_csv(bill, [{**line, "BilledCost": "9", "EffectiveCost": "1.3"} for line in TEN[:7]])
    assert "10 rows to 7" in lake.load(bill).refused[0]


def test_reload_may_shrink_by_a_fifth(tmp_path: Path, lake: Lake) -> None:
    bill = write_csv(tmp_path / "bill.csv", TEN)
    lake.load(bill)
    write_csv(bill, TEN[:8])
    assert lake.load(bill).refused == ()
    assert lake.totals()[0] == 8


def test_other_periods_load_when_one_is_refused(tmp_path: Path, lake: Lake) -> None:
    bill = tmp_path / "bill.csv"
    march = [month("2026-03") for _ in range(10)]
    lake.load(write_csv(bill, [*march, *TEN]))
    write_csv(bill, [*march[:5], *TEN, april(11)])
    report = lake.load(bill)
    assert [u.billing_period for u in report.loaded] == [date(2026, 4, 1)]
    assert "2026-03" in report.refused[0]
    assert lake.totals()[0] == 21
    assert len(lake.load(bill).refused) == 1, "asks again as long as the answer is open"


def test_a_bill_that_is_gone_from_the_folder_stays(tmp_path: Path, lake: Lake) -> None:
    write_csv(tmp_path / "bills" / "one.csv", TEN)
    two = write_csv(tmp_path / "bills" / "two.csv", TEN)
    lake.load(tmp_path / "bills")
    two.unlink()
    lake.load(tmp_path / "bills")
    assert lake.totals()[0] == 20


def test_replaced_files_are_kept_for_readers_and_then_cleared(tmp_path: Path, lake: Lake) -> None:
    bill = write_csv(tmp_path / "bill.csv", TEN)
    lake.load(bill)
    first = set(lake.manifest().files("facts"))
    write_csv(bill, [*TEN, april(12)])
    later = replace(lake, now=NOW + timedelta(days=3))
    later.load(bill)
    assert first <= {f"facts/{f.name}" for f in (lake.root / "facts").iterdir()}
    write_csv(bill, [*TEN, april(12), april(13)])
    replace(lake, now=NOW + timedelta(days=3, minutes=9)).load(bill)
    assert first <= {f"facts/{f.name}" for f in (lake.root / "facts").iterdir()}
    replace(lake, now=NOW + timedelta(days=3, minutes=11)).load(bill)
    assert not first & {f"facts/{f.name}" for f in (lake.root / "facts").iterdir()}
    assert lake.totals()[0] == 12


def test_lake_holds_nothing_but_what_is_live_after_a_load(tmp_path: Path, lake: Lake) -> None:
    lake.load(write_csv(tmp_path / "bill.csv", TEN))
    generation = lake.manifest().generations[0].id
    files = {p.relative_to(lake.root).as_posix() for p in lake.root.rglob("*") if p.is_file()}
    expected = {f"{table}/{generation}.parquet" for table in TABLES}
    assert files - {"manifest.lock"} == {*expected, "manifest.json"}


def test_one_source_that_fails_does_not_keep_the_others_out(tmp_path: Path, lake: Lake) -> None:
    good = write_csv(tmp_path / "good.csv", TEN)
    sources = (Source("gone", tmp_path / "gone.csv"), Source("here", good))
    report = ingest_sources(sources, root=lake.root, clock=FixedClock(NOW))
    assert [unit.source for unit in report.loaded] == ["here"]
    assert "There is nothing at" in report.failures[0]


def _aged(path: Path, moment: datetime) -> Path:
    os.utime(path, (moment.timestamp(), moment.timestamp()))
    return path


@pytest.mark.parametrize(
    ("written", "last", "lag_days", "through"),
    [
        (datetime(2026, 4, 10, 6, tzinfo=UTC), 10, 1, date(2026, 4, 8)),
        (datetime(2026, 4, 10, 6, tzinfo=UTC), 10, 0, date(2026, 4, 9)),
        (datetime(2026, 4, 10, 6, tzinfo=UTC), 5, 1, date(2026, 4, 5)),
        (datetime(2026, 4, 1, 6, tzinfo=UTC), 1, 1, date(2026, 3, 30)),
        (datetime(2026, 5, 1, 6, tzinfo=UTC), 30, 1, date(2026, 4, 29)),
        (datetime(2026, 5, 2, 6, tzinfo=UTC), 20, 1, date(2026, 4, 30)),
        (datetime(2026, 5, 9, 6, tzinfo=UTC), 20, 3, date(2026, 4, 30)),
    ],
)
def test_complete_through_follows_the_file_time_and_the_lag(
    written: datetime, last: int, lag_days: int, through: date, tmp_path: Path, lake: Lake
) -> None:
    bill = _aged(write_csv(tmp_path / "bill.csv", [april(1), april(last)]), written)
    report = lake.load(bill, lag_days=lag_days)
    assert report.loaded[0].complete_through == through
    assert lake.manifest().generations[0].data_as_of == written


def test_newer_file_of_the_same_bytes_is_more_complete(tmp_path: Path, lake: Lake) -> None:
    bill = write_csv(tmp_path / "bill.csv", [april(1), april(30)])
    lake.load(_aged(bill, datetime(2026, 4, 30, 6, tzinfo=UTC)))
    files = lake.manifest().files("facts")
    report = lake.load(_aged(bill, datetime(2026, 5, 4, 6, tzinfo=UTC)))
    assert report.unchanged
    assert lake.manifest().generations[0].complete_through == date(2026, 4, 30)
    assert lake.manifest().files("facts") == files


def test_another_lag_reads_the_same_bytes_again(tmp_path: Path, lake: Lake) -> None:
    moment = datetime(2026, 4, 12, 6, tzinfo=UTC)
    bill = _aged(write_csv(tmp_path / "bill.csv", [april(1), april(12)]), moment)
    lake.load(bill, lag_days=1)
    assert lake.load(bill, lag_days=3).loaded[0].complete_through == date(2026, 4, 8)


def test_progress_is_told_to_the_last_byte(tmp_path: Path, lake: Lake) -> None:
    class Bar:
        def __init__(self) -> None:
            self.total, self.steps, self.notes = 0, [], []

        def start(self, total_bytes: int) -> None:
            self.total += total_bytes

        def advance(self, read_bytes: int) -> None:
            self.steps.append(read_bytes)

        def note(self, text: str) -> None:
            self.notes.append(text)

    write_csv(tmp_path / "bills" / "one.csv", [month("2026-03"), month("2026-04")])
    write_csv(tmp_path / "bills" / "two.csv", TEN)
    bar = Bar()
    source = Source("bills", tmp_path / "bills")
    clock = FixedClock(NOW)
    ingest_path(source.path, source=source, root=lake.root, clock=clock, progress=bar)
    sizes = sum(file.stat().st_size for file in source.path.iterdir())
    assert sum(bar.steps) == bar.total == sizes
    assert len(bar.steps) > 2
    assert bar.notes == ["one", "two"]


def test_charges_of_years_to_come_do_no_harm(tmp_path: Path, lake: Lake) -> None:
    bill = [month("2031-05"), {**month("2031-05"), "ChargePeriodStart": "2034-01-01"}]
    report = lake.load(write_csv(tmp_path / "bill.csv", bill))
    assert lake.manifest().generations[0].last_day == date(2034, 1, 1)
    assert report.loaded[0].complete_through < date(2031, 5, 1)
