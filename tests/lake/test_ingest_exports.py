"""Folder trees as AWS Data Exports and Azure cost exports leave them."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tests.lake.bills import Lake, april, month, write_csv, write_parquet
from tools.core.errors import BadBillError

OLD, NEW = "2026-04-10T03:00:00.000Z-aaaa", "2026-04-11T03:00:00.000Z-bbbb"


def _parquet(path: Path, rows: int, *, period: str = "2026-04", cost: float = 1.0) -> Path:
    return write_parquet(
        path,
        f"SELECT {cost}::DOUBLE AS BilledCost, {cost}::DOUBLE AS EffectiveCost, "
        f"TIMESTAMP '{period}-01' AS BillingPeriodStart, 'USD' AS BillingCurrency, "
        f"TIMESTAMP '{period}-01' + INTERVAL 1 MONTH AS BillingPeriodEnd, 'AWS' AS ProviderName, "
        f"TIMESTAMP '{period}-02' AS ChargePeriodStart, 'EC2' AS ServiceName, "
        f"MAP {{'team': 'ml'}} AS Tags FROM range({rows})",
    )


def _aws_manifest(
    export: Path, files: list[str], *, period: str = "2026-04", run: str = ""
) -> Path:
    """As AWS writes it: the S3 names of the files that count."""
    folder = export / "metadata" / f"BILLING_PERIOD={period}" / run
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{export.name}-Manifest.json"
    path.write_text(
        json.dumps(
            {
                "exportArn": f"arn:aws:bcm-data-exports:us-east-1:1:export/{export.name}-1",
                "executionId": run or "none",
                "columns": [{"name": "BilledCost", "type": "double"}],
                "dataFiles": [
                    f"s3://bucket/prefix/{export.name}/data/BILLING_PERIOD={period}/{f}"
                    for f in files
                ],
            }
        )
    )
    return path


def _aws_with_two_runs(root: Path) -> Path:
    export = root / "focus-export"
    data = export / "data" / "BILLING_PERIOD=2026-04"
    _parquet(data / OLD / "focus-export-00001.snappy.parquet", 70)
    _parquet(data / NEW / "focus-export-00001.snappy.parquet", 20)
    _parquet(data / NEW / "focus-export-00002.snappy.parquet", 20)
    _aws_manifest(export, [f"{OLD}/focus-export-00001.snappy.parquet"], run=OLD)
    newest = [f"{NEW}/focus-export-0000{n}.snappy.parquet" for n in (1, 2)]
    _aws_manifest(export, newest, run=NEW)
    _aws_manifest(export, newest)
    return export


def test_aws_manifest_names_the_files_that_count(tmp_path: Path, lake: Lake) -> None:
    _aws_with_two_runs(tmp_path / "bucket")
    report = lake.load(tmp_path / "bucket")
    assert lake.units() == [("focus-export", "2026-04")]
    assert lake.totals()[0] == 40
    assert report.left_out == (
        "focus-export 2026-04: 1 file of earlier runs left out; the newest run counts.",
    )


def test_aws_manifest_may_name_its_files_under_any_key_and_tell_its_time(
    tmp_path: Path, lake: Lake
) -> None:
    export = tmp_path / "bucket" / "focus-export"
    data = export / "data" / "BILLING_PERIOD=2026-04"
    _parquet(data / "run-b" / "part.parquet", 70)
    _parquet(data / "run-a" / "part.parquet", 20)
    for run, created in (("run-b", "2026-04-20T01:00:00Z"), ("run-a", "2026-04-21T01:00:00Z")):
        folder = export / "metadata" / "BILLING_PERIOD=2026-04" / run
        folder.mkdir(parents=True)
        files = [{"key": f"s3://b/focus-export/data/BILLING_PERIOD=2026-04/{run}/part.parquet"}]
        (folder / "Manifest.json").write_text(json.dumps({"createdAt": created, "files": files}))
    lake.load(tmp_path / "bucket")
    assert lake.totals()[0] == 20


def test_aws_report_has_one_name_from_wherever_the_tree_is_given(
    tmp_path: Path, lake: Lake
) -> None:
    export = _aws_with_two_runs(tmp_path / "bucket")
    lake.load(tmp_path / "bucket")
    for inner in (export, export / "data", export / "data" / "BILLING_PERIOD=2026-04"):
        lake.load(inner)
        assert lake.units() == [("focus-export", "2026-04")], inner


def test_file_of_a_loaded_export_is_known_as_part_of_it(tmp_path: Path, lake: Lake) -> None:
    export = tmp_path / "export"
    folder = export / "BILLING_PERIOD=2026-04"
    write_csv(folder / "x.csv", [april(1)])
    write_csv(export / "BILLING_PERIOD=2026-05" / "x.csv", [month("2026-05")])
    lake.load(export)
    report = lake.load(folder / "x.csv")
    assert report.unchanged == (("bills", "export", date(2026, 4, 1)),)
    assert lake.totals()[0] == 2
    write_csv(folder / "x.csv", [april(1), april(2)])
    assert lake.load(folder / "x.csv").loaded[0].replaced
    assert lake.totals()[0] == 3


def test_file_of_an_export_brings_the_others_of_its_run(tmp_path: Path, lake: Lake) -> None:
    export = _aws_with_two_runs(tmp_path / "bucket")
    data = export / "data" / "BILLING_PERIOD=2026-04"
    report = lake.load(data / NEW / "focus-export-00002.snappy.parquet")
    assert lake.units() == [("focus-export", "2026-04")]
    assert lake.totals()[0] == 40
    assert any("one of 2 files of focus-export 2026-04; all are read" in n for n in report.notes)
    assert lake.load(export).unchanged == (("bills", "focus-export", date(2026, 4, 1)),)


def test_file_of_an_earlier_run_is_refused(tmp_path: Path, lake: Lake) -> None:
    export = _aws_with_two_runs(tmp_path)
    lake.load(export)
    old = export / "data" / "BILLING_PERIOD=2026-04" / OLD / "focus-export-00001.snappy.parquet"
    with pytest.raises(BadBillError, match=r"not of the newest run.*give the export's folder"):
        lake.load(old)
    assert lake.totals()[0] == 40


def test_aws_runs_without_manifest_count_once(tmp_path: Path, lake: Lake) -> None:
    data = tmp_path / "export" / "data" / "BILLING_PERIOD=2026-04"
    _parquet(data / OLD / "a-00001.parquet", 70)
    _parquet(data / NEW / "a-00001.parquet", 40)
    lake.load(tmp_path / "export")
    assert lake.totals()[0] == 40


def test_aws_files_side_by_side_all_count(tmp_path: Path, lake: Lake) -> None:
    for period, rows in (("2026-03", 30), ("2026-04", 10)):
        data = tmp_path / "export" / "data" / f"BILLING_PERIOD={period}"
        _parquet(data / "a-00001.snappy.parquet", rows, period=period)
        _parquet(data / "a-00002.snappy.parquet", 1, period=period)
    lake.load(tmp_path / "export")
    assert lake.units() == [("export", "2026-03"), ("export", "2026-04")]
    assert lake.totals()[0] == 42


def test_declared_period_holds_its_stray_rows(tmp_path: Path, lake: Lake) -> None:
    data = tmp_path / "export" / "data" / "BILLING_PERIOD=2026-04"
    _parquet(data / "a-00001.parquet", 10)
    _parquet(data / "a-00002.parquet", 9, period="2026-05")
    lake.load(tmp_path / "export")
    assert lake.units() == [("export", "2026-04")]
    assert lake.rows("SELECT DISTINCT billing_period FROM t") == [(date(2026, 4, 1),)]
    assert lake.totals()[0] == 19


def test_files_of_one_period_may_differ_in_columns_and_types(tmp_path: Path, lake: Lake) -> None:
    data = tmp_path / "export" / "data" / "BILLING_PERIOD=2026-04"
    _parquet(data / "a-00001.parquet", 10)
    write_csv(data / "a-00002.csv", [april(1, BilledCost="2", Tags="team=ml")])
    write_parquet(
        data / "a-00003.parquet",
        "SELECT 3::DECIMAL(9,2) AS billedcost, DATE '2026-04-03' AS chargeperiodstart",
    )
    lake.load(tmp_path / "export")
    assert lake.totals()[:2] == (12, 15)


def test_new_run_replaces_the_period_and_others_stay(tmp_path: Path, lake: Lake) -> None:
    export = tmp_path / "export"
    _parquet(export / "data" / "BILLING_PERIOD=2026-03" / "a-00001.parquet", 5, period="2026-03")
    _parquet(export / "data" / "BILLING_PERIOD=2026-04" / "a-00001.parquet", 10)
    lake.load(export)
    _parquet(export / "data" / "BILLING_PERIOD=2026-04" / "a-00001.parquet", 12)
    report = lake.load(export)
    assert [u.billing_period for u in report.loaded] == [date(2026, 4, 1)]
    assert report.unchanged == (("bills", "export", date(2026, 3, 1)),)
    assert lake.totals()[0] == 17


def test_export_copied_by_half_is_refused_and_the_old_state_stands(
    tmp_path: Path, lake: Lake
) -> None:
    export = _aws_with_two_runs(tmp_path)
    lake.load(export)
    (
        export / "data" / "BILLING_PERIOD=2026-04" / NEW / "focus-export-00002.snappy.parquet"
    ).unlink()
    report = lake.load(export)
    assert "focus-export-00002.snappy.parquet, which is not there" in report.failed[0]
    assert "what stood before still stands" in report.failed[0]
    assert lake.totals()[0] == 40


def test_period_that_its_manifest_empties_goes_only_when_accepted(
    tmp_path: Path, lake: Lake
) -> None:
    export = _aws_with_two_runs(tmp_path)
    lake.load(export)
    _aws_manifest(export, [], run="2026-04-12T03:00:00.000Z-cccc")
    report = lake.load(export)
    assert "40 rows to 0" in report.refused[0]
    assert lake.totals()[0] == 40
    report = lake.load(export, accept_shrink=True)
    assert lake.units() == []
    assert any("empty" in note for note in report.notes)


def _azure_run(
    folder: Path, rows: list[dict[str, str]], *, submitted: str, days: str, parts: int = 1
) -> None:
    """A run as Azure writes it: parts and a manifest.json beside them."""
    blobs = []
    for part in range(parts):
        name = f"part_{part}_0001.csv"
        write_csv(folder / name, rows[part::parts])
        blobs.append({"blobName": f"exports/{folder.name}/{name}", "dataRowCount": len(rows)})
    first, last = (f"{d[:4]}-{d[4:6]}-{d[6:]}T00:00:00" for d in days.split("-"))
    manifest = {
        "manifestVersion": "2024-04-01",
        "blobCount": parts,
        "exportConfig": {"exportName": "focus-cost", "type": "FocusCost", "dataVersion": "1.0"},
        "deliveryConfig": {"dataOverwriteBehavior": "CreateNewReport", "fileFormat": "Csv"},
        "runInfo": {
            "executionType": "Scheduled",
            "submittedTime": submitted,
            "runId": folder.name,
            "startDate": first,
            "endDate": last,
        },
        "blobs": blobs,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8-sig")


APRIL = "20260401-20260430"


def test_newest_azure_run_counts(tmp_path: Path, lake: Lake) -> None:
    export = tmp_path / "exports" / "focus-cost"
    newer = [april(day) for day in range(1, 13)]
    _azure_run(
        export / APRIL / "zzz-old", newer[:10], submitted="2026-04-11T02:01:00.1234567Z", days=APRIL
    )
    _azure_run(
        export / APRIL / "aaa-new", newer, submitted="2026-04-13T02:01:00Z", days=APRIL, parts=2
    )
    report = lake.load(tmp_path / "exports")
    assert lake.units() == [("focus-cost", "2026-04")]
    assert lake.totals()[0] == 12
    assert "1 file of earlier runs left out" in report.left_out[0]
    live = lake.manifest().generations[0]
    assert live.data_as_of == datetime(2026, 4, 13, 2, 1, tzinfo=UTC)
    assert live.complete_through == date(2026, 4, 11)


def test_azure_months_are_periods_of_one_report(tmp_path: Path, lake: Lake) -> None:
    export = tmp_path / "focus-cost"
    may = "20260501-20260531"
    _azure_run(export / APRIL / "r1", [april(1)], submitted="2026-05-03T02:00:00Z", days=APRIL)
    _azure_run(export / may / "r2", [month("2026-05")], submitted="2026-05-03T03:00:00Z", days=may)
    lake.load(export)
    assert lake.units() == [("focus-cost", "2026-04"), ("focus-cost", "2026-05")]


def test_azure_exports_of_single_days_add_up_to_their_month(tmp_path: Path, lake: Lake) -> None:
    export = tmp_path / "focus-cost"
    for day in (1, 2, 3):
        days = f"2026040{day}-2026040{day}"
        submitted = f"2026-04-0{day + 1}T02:00:00Z"
        _azure_run(export / days / f"r{day}", [april(day)], submitted=submitted, days=days)
    _azure_run(
        export / "20260402-20260402" / "again",
        [april(2), april(2)],
        submitted="2026-04-09T02:00:00Z",
        days="20260402-20260402",
    )
    lake.load(export)
    assert lake.units() == [("focus-cost", "2026-04")]
    assert lake.totals()[0] == 4


def test_file_of_an_azure_export_is_known_as_part_of_it(tmp_path: Path, lake: Lake) -> None:
    export = tmp_path / "focus-cost"
    for day in (1, 2):
        days = f"2026040{day}-2026040{day}"
        submitted = f"2026-04-0{day + 1}T02:00:00Z"
        _azure_run(export / days / f"r{day}", [april(day)], submitted=submitted, days=days)
    lake.load(export)
    report = lake.load(export / "20260402-20260402" / "r2" / "part_0_0001.csv")
    assert report.unchanged == (("bills", "focus-cost", date(2026, 4, 1)),)
    assert lake.totals()[0] == 2


def test_azure_runs_without_manifest_count_once(tmp_path: Path, lake: Lake) -> None:
    export = tmp_path / "focus-cost" / APRIL
    write_csv(export / "202604110201" / "run1" / "part_0_0001.csv", [april(d) for d in (1, 2)])
    write_csv(export / "202604120201" / "run2" / "part_0_0001.csv", [april(d) for d in (1, 2, 3)])
    lake.load(tmp_path / "focus-cost")
    assert lake.totals()[0] == 3


def test_folder_without_any_bill_is_one_sentence(tmp_path: Path, lake: Lake) -> None:
    (tmp_path / "bills").mkdir()
    (tmp_path / "bills" / "notes.txt").write_text("hello")
    with pytest.raises(BadBillError, match=r"There is no bill under .*bills"):
        lake.load(tmp_path / "bills")
