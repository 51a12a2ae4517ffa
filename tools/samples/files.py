"""The sample company's charges, written as its providers would deliver them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, uuid5

from tools.core.periods import DAY, Unit, shift
from tools.samples.charges import Account, Bill, Meter

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_REGIONS = {
    "us-east-1": "US East (N. Virginia)",
    "us-east-2": "US East (Ohio)",
    "us-west-2": "US West (Oregon)",
    "eu-west-1": "Europe (Ireland)",
    "global": "Global",
    "us-central1": "Iowa",
    "eastus2": "East US 2",
}
_EPOCH = date(1970, 1, 1)

_METERS = {
    "id": "INTEGER",
    **dict.fromkeys(
        (
            "service", "category", "description", "unit", "account_id", "account_name", "region",
            "region_name", "zone", "resource", "resource_name", "resource_type", "sku", "meter",
            "charge", "charge_class", "frequency", "pricing", "commitment_id", "commitment_name",
            "commitment_type", "commitment_category", "commitment_status", "consumed_unit",
            "details",
        ),
        "VARCHAR",
    ),
    "list_price": "DOUBLE",
    "contracted_price": "DOUBLE",
    "consumed_per_unit": "BIGINT",
    "tags": "MAP(VARCHAR, VARCHAR)",
}  # fmt: skip
_CHARGES = {
    "meter_id": "INTEGER",
    "starts": "BIGINT",
    "ends": "BIGINT",
    "period": "DATE",
    **dict.fromkeys(("quantity", "list", "contracted", "effective", "billed"), "BIGINT"),
}


@dataclass(frozen=True, slots=True)
class Issuer:
    """What is the same on every line of a provider's bill."""

    provider: str
    publisher: str
    invoice_issuer: str
    payer: Account
    account_type: str
    sub_account_type: str


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a provider writes amounts, times, tags and price details, as SQL around a column."""

    amount: str = "CAST({} AS DECIMAL(20, 9))"
    time: str = "strftime({}, '%Y-%m-%dT%H:%M:%SZ')"
    tags: str = "CAST(to_json({}) AS VARCHAR)"
    options: str = "FORMAT csv, HEADER"
    extra: str = ""


AWS = Dialect(
    amount="CAST({} AS DOUBLE)",
    time="CAST({} AS TIMESTAMP_MS)",
    tags="{}",
    options="FORMAT parquet, COMPRESSION snappy",
    extra=", meter AS x_UsageType, replace(service, ' ', '') AS x_ServiceCode",
)
GCP = Dialect(
    amount="CAST({} AS DECIMAL(38, 9))",
    time="{}",
    tags="map_entries({})",
    options="FORMAT parquet, COMPRESSION snappy",
    extra=", 'regular' AS x_CostType",
)
AZURE = Dialect(options="FORMAT csv, HEADER, COMPRESSION gzip", extra=", 'D1' AS x_SkuTier")
OPENAI = Dialect()
ANTHROPIC = Dialect(options="FORMAT csv, HEADER, COMPRESSION gzip")


@contextmanager
def opened(bill: Bill) -> Iterator[DuckDBPyConnection]:
    """A DuckDB that holds the bill as tables `meters` and `charges`."""
    import duckdb

    with TemporaryDirectory(prefix="purser-sample-") as folder, duckdb.connect() as db:
        meters, charges = Path(folder) / "meters.json", Path(folder) / "charges.csv"
        with meters.open("w", encoding="utf-8") as file:
            file.writelines(
                json.dumps({"id": n, **_meter(m)}) + "\n" for n, m in enumerate(bill.meters)
            )
        with charges.open("w", encoding="utf-8") as file:
            file.writelines(_lines(bill))
        db.execute(
            f"CREATE TABLE meters AS FROM read_json('{meters}', format='nd', columns={_METERS})"
        )
        db.execute(
            "CREATE TABLE charges AS FROM "
            f"read_csv('{charges}', header=false, auto_detect=false, columns={_CHARGES})"
        )
        yield db


def _meter(meter: Meter) -> dict[str, object]:
    deal = meter.commitment
    return {
        "service": meter.service,
        "category": meter.category,
        "description": meter.description,
        "unit": meter.unit,
        "account_id": meter.account.id,
        "account_name": meter.account.name,
        "region": meter.region,
        "region_name": _REGIONS.get(meter.region or ""),
        "zone": meter.zone,
        "resource": meter.resource,
        "resource_name": meter.resource_name,
        "resource_type": meter.resource_type,
        "sku": meter.sku,
        "meter": meter.meter,
        "charge": meter.charge,
        "charge_class": meter.charge_class,
        "frequency": meter.frequency,
        "pricing": meter.pricing,
        "commitment_id": deal.id if deal else None,
        "commitment_name": deal.name if deal else None,
        "commitment_type": deal.kind if deal else None,
        "commitment_category": deal.category if deal else None,
        "commitment_status": meter.commitment_status,
        "consumed_unit": meter.consumed_unit if meter.charge == "Usage" else None,
        "details": json.dumps(meter.details) if meter.details else None,
        "list_price": meter.price.list if meter.unit else None,
        "contracted_price": meter.price.contracted if meter.unit else None,
        "consumed_per_unit": meter.consumed_per_unit,
        "tags": dict(meter.tags),
    }


def _lines(bill: Bill) -> Iterator[str]:
    for c in bill.charges:
        starts = (c.day - _EPOCH).days * 86_400 + c.hour * 3_600
        yield (
            f"{c.meter},{starts},{starts + c.hours * 3_600},{c.billing_period},{c.quantity},"
            f"{c.list},{c.contracted},{c.effective},{c.billed}\n"
        )


def focus_select(issuer: Issuer, dialect: Dialect) -> str:
    """The bill as FOCUS 1.2 columns, in the dialect; needs a `WHERE` on `charges`."""

    def money(column: str) -> str:
        return dialect.amount.format(f"{column} / 1e9")

    def time(sql: str) -> str:
        return dialect.time.format(sql)

    def text(value: str) -> str:
        return "'" + value.replace("'", "''") + "'"

    amount = "CASE WHEN unit IS NOT NULL THEN {} END"
    quantity = dialect.amount.format("quantity / 1e6")
    consumed = dialect.amount.format("quantity / 1e6 * consumed_per_unit")
    is_spend = "commitment_category = 'Spend'"
    return f"""
        SELECT zone AS AvailabilityZone, {money("billed")} AS BilledCost,
          {text(issuer.payer.id)} AS BillingAccountId, {text(issuer.payer.name)} AS BillingAccountName,
          {text(issuer.account_type)} AS BillingAccountType, 'USD' AS BillingCurrency,
          {time("period + INTERVAL 1 MONTH")} AS BillingPeriodEnd,
          {time("CAST(period AS TIMESTAMP)")} AS BillingPeriodStart,
          CAST(NULL AS VARCHAR) AS CapacityReservationId,
          CAST(NULL AS VARCHAR) AS CapacityReservationStatus,
          charge AS ChargeCategory, charge_class AS ChargeClass, description AS ChargeDescription,
          frequency AS ChargeFrequency,
          {time("make_timestamp(ends * 1000000)")} AS ChargePeriodEnd,
          {time("make_timestamp(starts * 1000000)")} AS ChargePeriodStart,
          commitment_category AS CommitmentDiscountCategory, commitment_id AS CommitmentDiscountId,
          commitment_name AS CommitmentDiscountName,
          CASE WHEN {is_spend} THEN {money("effective")}
               WHEN commitment_id IS NOT NULL THEN {quantity} END AS CommitmentDiscountQuantity,
          commitment_status AS CommitmentDiscountStatus, commitment_type AS CommitmentDiscountType,
          CASE WHEN {is_spend} THEN 'USD'
               WHEN commitment_id IS NOT NULL THEN unit END AS CommitmentDiscountUnit,
          CASE WHEN consumed_unit IS NOT NULL THEN {consumed} END AS ConsumedQuantity,
          consumed_unit AS ConsumedUnit, {money("contracted")} AS ContractedCost,
          {dialect.amount.format("contracted_price")} AS ContractedUnitPrice,
          {money("effective")} AS EffectiveCost,
          {text(issuer.payer.id[:4])} || strftime(period, '%Y%m') AS InvoiceId,
          {text(issuer.invoice_issuer)} AS InvoiceIssuerName, {money("list")} AS ListCost,
          {dialect.amount.format("list_price")} AS ListUnitPrice, pricing AS PricingCategory,
          'USD' AS PricingCurrency, {amount.format(quantity)} AS PricingQuantity,
          unit AS PricingUnit, {text(issuer.provider)} AS ProviderName,
          {text(issuer.publisher)} AS PublisherName, region AS RegionId, region_name AS RegionName,
          resource AS ResourceId, resource_name AS ResourceName, resource_type AS ResourceType,
          category AS ServiceCategory, service AS ServiceName,
          CAST(NULL AS VARCHAR) AS ServiceSubcategory, sku AS SkuId, meter AS SkuMeter,
          details AS SkuPriceDetails, sku || '-' || lower(pricing) AS SkuPriceId,
          account_id AS SubAccountId, account_name AS SubAccountName,
          {text(issuer.sub_account_type)} AS SubAccountType,
          {dialect.tags.format("tags")} AS Tags{dialect.extra}
        FROM charges JOIN meters ON meters.id = charges.meter_id"""


Deliver = Callable[["DuckDBPyConnection", Bill, Path], None]


def _copy(db: DuckDBPyConnection, select: str, path: Path, *, options: str, where: str) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    query = f"{select} WHERE {where} ORDER BY starts, meter_id"
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
    size = path.stat().st_size
    scope = "/providers/Microsoft.Billing/billingAccounts/7654321"
    content = {
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
            "endDate": f"{end}T00:00:00",
        },
        "blobs": [
            {"blobName": f"focus/{below}/{path.name}", "byteCount": size, "dataRowCount": rows}
        ],
    }
    _json(path.parent / "manifest.json", content, at)


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
