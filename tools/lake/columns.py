"""FOCUS column names, of every version from 1.0 to 1.4, and the lake's column each one feeds."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from tools.lake.stats import UNKNOWN, Stats

# Lake column → FOCUS columns; the first that is not empty wins.
TEXTS: Mapping[str, tuple[str, ...]] = {
    "provider": ("ProviderName", "ServiceProviderName", "HostProviderName", "PublisherName"),
    "invoice_issuer": ("InvoiceIssuerName", "InvoiceIssuer"),
    "billing_account_id": ("BillingAccountId",),
    "billing_account_name": ("BillingAccountName",),
    "sub_account_id": ("SubAccountId",),
    "sub_account_name": ("SubAccountName",),
    "region": ("RegionId", "RegionName", "Region"),
    "service": ("ServiceName",),
    "service_category": ("ServiceCategory",),
    "charge_category": ("ChargeCategory", "ChargeType"),
    "charge_class": ("ChargeClass",),
    "pricing_category": ("PricingCategory",),
    "commitment_status": ("CommitmentDiscountStatus",),
    "currency": ("BillingCurrency",),
    "resource_id": ("ResourceId",),
    "resource_name": ("ResourceName",),
    "resource_type": ("ResourceType",),
    "availability_zone": ("AvailabilityZone",),
    "charge_description": ("ChargeDescription",),
    "charge_frequency": ("ChargeFrequency",),
    "commitment_id": ("CommitmentDiscountId",),
    "sku_id": ("SkuId",),
    "sku_meter": ("SkuMeter", "x_SkuMeterName"),
}
COSTS: Mapping[str, str] = {
    "billed_cost": "BilledCost",
    "effective_cost": "EffectiveCost",
    "list_cost": "ListCost",
    "contracted_cost": "ContractedCost",
}
# What tells the meter of a charge: instance type, model, token direction, unit.
DETAILS = ("SkuPriceDetails", "x_SkuDetails")
INSTANCE_TYPE = ("x_InstanceType", "InstanceType", "x_SkuInstanceType", "x_UsageType")
MODEL = ("x_ModelId", "x_Model", "ModelId", "x_ModelName")
DIRECTION = ("x_TokenDirection", "x_TokenType", "TokenDirection", "TokenType")
CACHE = ("x_TokenCacheAction", "x_CacheAction", "TokenCacheAction")
GPU_COUNT = ("x_GpuCount", "GpuCount")
TAGS = ("Tags", "x_Tags", "x_ResourceTags", "Labels", "x_Labels")

# Columns that only one of the other FOCUS datasets has, and what that dataset is called.
_OTHER_DATASETS: Mapping[str, str] = {
    "ContractCommitmentType": "Contract Commitment",
    "ContractCommitmentCategory": "Contract Commitment",
    "BillingPeriodStatus": "Billing Period",
    "BillingPeriodCreated": "Billing Period",
    "InvoiceDetailGrain": "Invoice Detail",
    "InvoiceDetailCreated": "Invoice Detail",
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column as the file has it.

    Args:
        name: as the file spells it.
        kind: its DuckDB type; VARCHAR for everything out of a CSV file.
        stats: what the file tells of its texts.
    """

    name: str
    kind: str
    stats: Stats = UNKNOWN

    @property
    def is_text(self) -> bool:
        """True where values have yet to be read out of text."""
        return self.kind in ("VARCHAR", "BLOB")


def plain(name: str) -> str:
    """A column name without case, spaces, underscores and byte order mark."""
    return re.sub(r"[\W_]+", "", name).lower()


def by_plain_name(columns: Collection[Column]) -> dict[str, Column]:
    """Columns by plain name; of two that are spelt alike, the first counts."""
    found: dict[str, Column] = {}
    for column in columns:
        found.setdefault(plain(column.name), column)
    return found


def read_twice(names: Iterable[str]) -> str | None:
    """The first of `names` that names a column Purser reads which an earlier one names too."""
    seen: set[str] = set()
    for name in names:
        key = plain(name)
        if key in seen and key in _READ:
            return name
        seen.add(key)
    return None


def known(names: Collection[str]) -> int:
    """How many of `names` are FOCUS columns that a bill is read from."""
    return len({plain(name) for name in names} & _KNOWN)


def other_dataset(names: Collection[str]) -> str | None:
    """The FOCUS dataset these columns belong to, where it is not Cost and Usage."""
    have = {plain(name) for name in names}
    if "chargeperiodstart" in have:
        return None
    for column, dataset in _OTHER_DATASETS.items():
        if plain(column) in have:
            return dataset
    return None


_KNOWN = {
    plain(name)
    for name in (
        *(focus for names in TEXTS.values() for focus in names),
        *COSTS.values(),
        *DETAILS,
        *TAGS,
        *_OTHER_DATASETS,
        "BillingPeriodStart",
        "BillingPeriodEnd",
        "ChargePeriodStart",
        "ChargePeriodEnd",
        "ConsumedQuantity",
        "ConsumedUnit",
        "PricingQuantity",
        "PricingUnit",
        "SkuPriceId",
    )
}
_READ = _KNOWN | {
    plain(name) for names in (INSTANCE_TYPE, MODEL, DIRECTION, CACHE, GPU_COUNT) for name in names
}
