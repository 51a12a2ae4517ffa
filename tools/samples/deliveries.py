"""The sample company's bills, laid out in folders as its providers would deliver them."""

from __future__ import annotations

import json
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

from tools.core.periods import DAY, Unit, shift
from tools.samples.charges import Account, Bill
from tools.samples.focus import (
    ANTHROPIC,
    AWS,
    AZURE,
    GCP,
    OPENAI,
    Issuer,
    focus_select,
)

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def _copy(db: DuckDBPyConnection, select: str, path: Path, *, options: str, where: str) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    query = f"{select} WHERE {where}"
    written = db.execute(f"COPY ({query}) TO '{path}' ({options})").fetchone()
    return int(written[0]) if written else 0


def _periods(bill: Bill) -> tuple[date, ...]:
    return tuple(sorted({charge.billing_period for charge in bill.charges}))


def _delivered(period: date, today: date) -> datetime:
    """When the provider wrote a period's files last: days after its end, or this night."""
    day = min(shift(period, Unit.MONTH, 1) + 4 * DAY, today)
    return datetime(day.year, day.month, day.day, 0, 12, tzinfo=UTC)


def _stamp(path: Path, at: datetime) -> None:
    os.utime(path, (at.timestamp(), at.timestamp()))


def _json(path: Path, content: object, at: datetime) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    _stamp(path, at)


def aws_export(db: DuckDBPyConnection, bill: Bill, folder: Path) -> None:
    """AWS Data Exports, FOCUS 1.2: `data/` and `metadata/` under the export's name."""
    name = "lumen-focus"
    select = focus_select(AWS_ISSUER, AWS)
    for period in _periods(bill):
        at = _delivered(period, bill.calendar.today)
        partition = f"BILLING_PERIOD={period:%Y-%m}"
        data = folder / name / "data" / partition / f"{name}-00001.snappy.parquet"
        _copy(db, select, data, options=AWS.options, where=f"period = DATE '{period}'")
        _stamp(data, at)
        bucket = f"s3://lumen-billing-exports/focus/{name}"
        content = {
            "executionId": str(uuid5(NAMESPACE_URL, f"{name}/{at.isoformat()}")),
            "exportArn": f"arn:aws:bcm-data-exports:us-east-1:111122223333:export/{name}-5f0c",
            "exportName": name,
            "createdAt": at.isoformat(),
            "table": "FOCUS_1_2_AWS",
            "billingPeriod": {"start": f"{period}", "end": f"{shift(period, Unit.MONTH, 1)}"},
            "dataFiles": [f"{bucket}/data/{partition}/{data.name}"],
        }
        _json(folder / name / "metadata" / partition / f"{name}-Manifest.json", content, at)


def gcp_export(db: DuckDBPyConnection, bill: Bill, folder: Path) -> None:
    """BigQuery's FOCUS view, exported to Parquet month by month."""
    select = focus_select(GCP_ISSUER, GCP)
    for period in _periods(bill):
        path = folder / "focus_view" / f"BILLING_PERIOD={period:%Y-%m}" / "000000000000.parquet"
        _copy(db, select, path, options=GCP.options, where=f"period = DATE '{period}'")
        _stamp(path, _delivered(period, bill.calendar.today))


def azure_export(db: DuckDBPyConnection, bill: Bill, folder: Path) -> None:
    """Cost Management exports: a folder a run, a manifest in each, older runs left lying."""
    for period in _periods(bill):
        at = _delivered(period, bill.calendar.today)
        _azure_run(db, folder, period, at, before=None)
        if period == _periods(bill)[-1]:
            _azure_run(db, folder, period, at - DAY, before=bill.calendar.complete_through)


def _azure_run(
    db: DuckDBPyConnection, folder: Path, period: date, at: datetime, *, before: date | None
) -> None:
    end = shift(period, Unit.MONTH, 1) - DAY
    run = str(uuid5(NAMESPACE_URL, f"azure/{period}/{at.isoformat()}"))
    below = f"lumen-focus/{period:%Y%m%d}-{end:%Y%m%d}/{at:%Y%m%d%H%M}/{run}"
    path = folder / below / "part_0_0001.csv.gz"
    where = f"period = DATE '{period}'"
    if before:
        where += f" AND starts < epoch(DATE '{before}')"
    select = focus_select(AZURE_ISSUER, AZURE)
    rows = _copy(db, select, path, options=AZURE.options, where=where)
    _stamp(path, at)
    content = _azure_manifest(path, rows, at, period=period, run=run, blob=f"focus/{below}")
    _json(path.parent / "manifest.json", content, at)


def _azure_manifest(
    path: Path, rows: int, at: datetime, *, period: date, run: str, blob: str
) -> dict[str, object]:
    size = path.stat().st_size
    scope = "/providers/Microsoft.Billing/billingAccounts/7654321"
    return {
        "manifestVersion": "2024-04-01",
        "byteCount": size,
        "blobCount": 1,
        "dataRowCount": rows,
        "exportConfig": {
            "exportName": "lumen-focus",
            "resourceId": f"{scope}/providers/Microsoft.CostManagement/exports/lumen-focus",
            "dataVersion": "1.2-preview",
            "apiVersion": "2025-03-01",
            "type": "FocusCost",
            "timeFrame": "MonthToDate",
            "granularity": "Daily",
        },
        "deliveryConfig": {
            "partitionData": True,
            "dataOverwriteBehavior": "CreateNewReport",
            "fileFormat": "Csv",
            "compressionMode": "Gzip",
            "containerUri": "/subscriptions/0/resourceGroups/billing/storageAccounts/lumenbilling",
            "rootFolderPath": "focus",
        },
        "runInfo": {
            "executionType": "Scheduled",
            "submittedTime": (at - timedelta(minutes=7)).isoformat(),
            "runId": run,
            "startDate": f"{period}T00:00:00",
            "endDate": f"{shift(period, Unit.MONTH, 1) - DAY}T00:00:00",
        },
        "blobs": [{"blobName": f"{blob}/{path.name}", "byteCount": size, "dataRowCount": rows}],
    }


def openai_files(db: DuckDBPyConnection, bill: Bill, folder: Path) -> None:
    """One CSV a month."""
    _monthly(db, bill, folder, focus_select(OPENAI_ISSUER, OPENAI), OPENAI.options, ".csv")


def anthropic_files(db: DuckDBPyConnection, bill: Bill, folder: Path) -> None:
    """One compressed CSV a month."""
    select = focus_select(ANTHROPIC_ISSUER, ANTHROPIC)
    _monthly(db, bill, folder, select, ANTHROPIC.options, ".csv.gz")


def _monthly(
    db: DuckDBPyConnection, bill: Bill, folder: Path, select: str, options: str, suffix: str
) -> None:
    for period in _periods(bill):
        path = folder / f"{bill.source}-focus-{period:%Y-%m}{suffix}"
        _copy(db, select, path, options=options, where=f"period = DATE '{period}'")
        _stamp(path, _delivered(period, bill.calendar.today))


AWS_ISSUER = Issuer(
    "AWS", "Amazon Web Services, Inc.", "Amazon Web Services, Inc.",
    Account("111122223333", "Lumen Labs"), "Payer Account", "Linked Account",
)  # fmt: skip
GCP_ISSUER = Issuer(
    "Google Cloud", "Google Cloud", "Google LLC",
    Account("01A2B3-C4D5E6-F70819", "Lumen Labs Billing"), "Billing Account", "Project",
)  # fmt: skip
AZURE_ISSUER = Issuer(
    "Microsoft", "Microsoft", "Microsoft", Account("7654321", "Lumen Labs Inc."),
    "Billing Profile", "Subscription",
)  # fmt: skip
OPENAI_ISSUER = Issuer(
    "OpenAI", "OpenAI", "OpenAI, LLC", Account("org-lumenlabs", "Lumen Labs"), "Organization",
    "Project",
)  # fmt: skip
ANTHROPIC_ISSUER = Issuer(
    "Anthropic", "Anthropic", "Anthropic, PBC", Account("org_lumenlabs", "Lumen Labs"),
    "Organization", "Workspace",
)  # fmt: skip
