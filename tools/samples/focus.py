"""The sample company's charges as FOCUS 1.2 rows, in each provider's dialect."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

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

    def columns(self) -> dict[str, str]:
        """As FOCUS columns."""
        return {
            "BillingAccountId": self.payer.id,
            "BillingAccountName": self.payer.name,
            "BillingAccountType": self.account_type,
            "InvoiceIssuerName": self.invoice_issuer,
            "ProviderName": self.provider,
            "PublisherName": self.publisher,
            "SubAccountType": self.sub_account_type,
        }


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
    columns = {
        **_PLAIN,
        **{name: quoted(value) for name, value in issuer.columns().items()},
        **{name: dialect.amount.format(sql) for name, sql in _AMOUNTS.items()},
        **{name: dialect.time.format(sql) for name, sql in _TIMES.items()},
        "InvoiceId": f"{quoted(issuer.payer.id[:4])} || strftime(period, '%Y%m')",
        "Tags": dialect.tags.format("tags"),
    }
    listed = ", ".join(f"{columns[name]} AS {name}" for name in sorted(columns))
    return f"SELECT {listed}{dialect.extra} FROM charges JOIN meters ON meters.id = meter_id"


def quoted(value: str) -> str:
    """A text as an SQL literal."""
    return "'" + value.replace("'", "''") + "'"


_PLAIN = {
    "AvailabilityZone": "zone",
    "BillingCurrency": "'USD'",
    "CapacityReservationId": "CAST(NULL AS VARCHAR)",
    "CapacityReservationStatus": "CAST(NULL AS VARCHAR)",
    "ChargeCategory": "charge",
    "ChargeClass": "charge_class",
    "ChargeDescription": "description",
    "ChargeFrequency": "frequency",
    "CommitmentDiscountCategory": "commitment_category",
    "CommitmentDiscountId": "commitment_id",
    "CommitmentDiscountName": "commitment_name",
    "CommitmentDiscountStatus": "commitment_status",
    "CommitmentDiscountType": "commitment_type",
    "CommitmentDiscountUnit": (
        "CASE commitment_category WHEN 'Spend' THEN 'USD' WHEN 'Usage' THEN unit END"
    ),
    "ConsumedUnit": "consumed_unit",
    "PricingCategory": "pricing",
    "PricingCurrency": "'USD'",
    "PricingUnit": "unit",
    "RegionId": "region",
    "RegionName": "region_name",
    "ResourceId": "resource",
    "ResourceName": "resource_name",
    "ResourceType": "resource_type",
    "ServiceCategory": "category",
    "ServiceName": "service",
    "ServiceSubcategory": "CAST(NULL AS VARCHAR)",
    "SkuId": "sku",
    "SkuMeter": "meter",
    "SkuPriceDetails": "details",
    "SkuPriceId": "sku || '-' || lower(pricing)",
    "SubAccountId": "account_id",
    "SubAccountName": "account_name",
}
_AMOUNTS = {
    "BilledCost": "billed / 1e9",
    "CommitmentDiscountQuantity": (
        "CASE commitment_category WHEN 'Spend' THEN effective / 1e9 "
        "WHEN 'Usage' THEN quantity / 1e6 END"
    ),
    "ConsumedQuantity": (
        "CASE WHEN consumed_unit IS NOT NULL THEN quantity / 1e6 * consumed_per_unit END"
    ),
    "ContractedCost": "contracted / 1e9",
    "ContractedUnitPrice": "contracted_price",
    "EffectiveCost": "effective / 1e9",
    "ListCost": "list / 1e9",
    "ListUnitPrice": "list_price",
    "PricingQuantity": "CASE WHEN unit IS NOT NULL THEN quantity / 1e6 END",
}
_TIMES = {
    "BillingPeriodEnd": "period + INTERVAL 1 MONTH",
    "BillingPeriodStart": "CAST(period AS TIMESTAMP)",
    "ChargePeriodEnd": "make_timestamp(ends * 1000000)",
    "ChargePeriodStart": "make_timestamp(starts * 1000000)",
}
