"""The lake's columns: one list that loading, rollups, views and questions all read.

Five tables, each a set of Parquet files, one generation per unit of replacement:

facts      one row per line of the bill
resources  one row per resource, day and everything in `DAILY_KEYS`, sorted by resource
daily      one row per day and everything in `DAILY_KEYS`; answers the common questions
overview   `daily` without accounts and tags, a fraction of it; for questions that name neither
tag_sets   `tag_hash` → `tags` (MAP of text to text, as in the bill)

Money and quantities are DECIMAL(38,12); text is NULL where the bill is empty (`NULL` and ``
as text included); times are naive UTC; `charge_day` is the day of the charge period's start,
to which a charge belongs however long its period.
"""

from __future__ import annotations

DECIMAL = "DECIMAL(38,12)"

# The unit of replacement, constant within a file.
UNIT_COLUMNS = {"source": "VARCHAR", "report": "VARCHAR", "billing_period": "DATE"}

DAILY_KEYS = {
    "charge_day": "DATE",
    "provider": "VARCHAR",
    "invoice_issuer": "VARCHAR",
    "billing_account_id": "VARCHAR",
    "billing_account_name": "VARCHAR",
    "sub_account_id": "VARCHAR",
    "sub_account_name": "VARCHAR",
    "region": "VARCHAR",
    "service": "VARCHAR",
    "service_category": "VARCHAR",
    "charge_category": "VARCHAR",
    "charge_class": "VARCHAR",
    "pricing_category": "VARCHAR",
    "commitment_status": "VARCHAR",
    "instance_type": "VARCHAR",
    "model": "VARCHAR",
    "token_direction": "VARCHAR",
    "cache_action": "VARCHAR",
    "currency": "VARCHAR",
    "consumed_unit": "VARCHAR",  # normalised: tokens, hours, gb, gb-months, requests, …
    "tag_hash": "UBIGINT",  # 0 where there are no tags
}

_NOT_IN_OVERVIEW = {"sub_account_id", "sub_account_name", "tag_hash"}

MEASURES = {
    "billed_cost": DECIMAL,
    "effective_cost": DECIMAL,
    "list_cost": DECIMAL,
    "contracted_cost": DECIMAL,
    "consumed_quantity": DECIMAL,  # in consumed_unit, multiples resolved (1M tokens = 1000000)
    "gpu_hours": DECIMAL,  # hours × GPUs of the instance; NULL where the bill does not tell
}
ROW_COUNT = "bill_rows"  # BIGINT, in daily and resources

RESOURCE_KEYS = {
    "resource_id": "VARCHAR",
    "resource_name": "VARCHAR",
    "resource_type": "VARCHAR",
}

FACT_ONLY = {
    "charge_start": "TIMESTAMP",
    "charge_end": "TIMESTAMP",
    "availability_zone": "VARCHAR",
    "charge_description": "VARCHAR",
    "charge_frequency": "VARCHAR",
    "commitment_id": "VARCHAR",
    "sku_id": "VARCHAR",
    "sku_meter": "VARCHAR",
    "gpu_count": DECIMAL,
}

FACTS = {**UNIT_COLUMNS, **DAILY_KEYS, **RESOURCE_KEYS, **FACT_ONLY, **MEASURES}
RESOURCES = {
    **UNIT_COLUMNS,
    **RESOURCE_KEYS,
    **DAILY_KEYS,
    **MEASURES,
    ROW_COUNT: "BIGINT",
}
DAILY = {**UNIT_COLUMNS, **DAILY_KEYS, **MEASURES, ROW_COUNT: "BIGINT"}
OVERVIEW = {c: k for c, k in DAILY.items() if c not in _NOT_IN_OVERVIEW}
TAG_SETS = {"tag_hash": "UBIGINT", "tags": "MAP(VARCHAR, VARCHAR)"}
