"""Bills for the bench: as many rows as asked, hourly over thirteen months, made inside DuckDB.

Row `i` belongs to resource `i % 4000`, and rows lie evenly over the hours: every resource is
billed on every day once there are 1.6 million rows or more. Three resources
of a project share a service, some of them also environment and pricing; no more than that lies
together, so a daily rollup is not flattered.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tools.core.periods import DAY, Period, Unit, shift

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

RESOURCES, PROJECTS, TEAMS, ACCOUNTS, SERVICES = 4_000, 200, 20, 40, 30
DAYS = Period(date(2025, 10, 1), date(2026, 11, 1))
DELIVERED = datetime(2026, 11, 4, 6, 0, tzinfo=UTC)
HOURS = DAYS.days * 24


@dataclass(frozen=True, slots=True)
class BenchBills:
    """What was written.

    Args:
        files: one Parquet file per billing period, in order.
        rows: lines in all of them.
        days: the days they cover, all complete.
        resource: the id of a resource to look up.
    """

    files: tuple[Path, ...]
    rows: int
    days: Period
    resource: str


def write_bench_bills(
    folder: Path,
    *,
    rows: int,
    following: bool = True,
    seed: int = 1,
    advance: Callable[[int], None] | None = None,
) -> BenchBills:
    """Write exactly `rows` lines of FOCUS bills to `folder/BILLING_PERIOD=…/bills.parquet`.

    Args:
        folder: where to.
        rows: how many lines.
        following: team, owner and account follow the project of a resource; otherwise tags and
            accounts are drawn independently for every resource and day.
        seed: another seed, other amounts and fleets.
        advance: told how many lines were written, after each file.
    """
    import duckdb

    files = []
    with duckdb.connect() as db:
        db.execute("SET enable_progress_bar = false")  # it would stand on standard output
        _fleet(db, seed=seed)
        for period, first, end in _slices(rows):
            path = folder / f"BILLING_PERIOD={period:%Y-%m}" / "bills.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            select = _select(first, end, rows=rows, following=following, seed=seed)
            db.execute(f"COPY ({select}) TO '{path}' (FORMAT parquet, COMPRESSION snappy)")
            os.utime(path, (DELIVERED.timestamp(), DELIVERED.timestamp()))
            files.append(path)
            if advance:
                advance(end - first)
        resource = db.execute("SELECT resource_id FROM fleet WHERE n = 1234").fetchall()[0][0]
    return BenchBills(tuple(files), rows, DAYS, str(resource))


def _slices(rows: int) -> Iterator[tuple[date, int, int]]:
    """Billing period, and the half-open range of row numbers whose hour lies in it."""
    period, first = DAYS.start, 0
    while period < DAYS.end:
        following = shift(period, Unit.MONTH, 1)
        hour = (following - DAYS.start) // DAY * 24
        # The smallest row number whose hour is not before `hour`, see `_select`.
        end = -(-hour * rows // HOURS)
        if end > first:
            yield period, first, end
        period, first = following, end


def _fleet(db: DuckDBPyConnection, *, seed: int) -> None:
    """The resources, with every column that is the same on all lines of one of them."""
    fixed = ", ".join(f"{sql} AS {name}" for name, sql in _OF_A_RESOURCE.items())
    db.execute(f"""
        CREATE TABLE fleet AS
        WITH numbered AS (
          SELECT n::INTEGER AS n, (n % {PROJECTS})::INTEGER AS project,
            (((n % {PROJECTS}) * 7 + n // {PROJECTS} // 3) % {SERVICES})::INTEGER AS service,
            (hash(n, {seed}) % 4294967296)::BIGINT AS luck
          FROM range({RESOURCES}) AS r(n)
        ), described AS (
          SELECT *, (project % {ACCOUNTS})::INTEGER AS account,
            ['prod', 'prod', 'prod', 'prod', 'prod', 'staging', 'dev'][luck % 7 + 1] AS env,
            ['us-east-1', 'us-west-2', 'eu-west-1', 'eu-central-1'][project % 4 + 1] AS region,
            ['m6i.xlarge', 'c6i.2xlarge', 'r6i.large', 'g5.2xlarge', 'p4d.24xlarge']
              [service % 5 + 1] AS kind,
            ['Dynamic', 'Committed', 'Standard', 'Standard', 'Standard'][luck % 5 + 1] AS pricing,
            'arn:aws:bench:us-east-1:' || (100000000000 + project % {ACCOUNTS})
              || ':resource/r-' || format('{{:08x}}{{:04}}', luck, n) AS resource_id,
            0.02 + (luck % 1000) / 250.0 AS rate
          FROM numbered
        )
        SELECT n, account, luck, rate, pricing, resource_id, {fixed},
          {_tags("project", f"project % {TEAMS}", "project", "env")} AS tags
        FROM described""")


def _tags(project: str, team: str, owner: str, env: str) -> str:
    """A MAP of tags; some resources lack the owner, some have none at all."""
    both = f"'project': 'project-' || {project}, 'team': 'team-' || {team}, 'env': {env}"
    return f"""CASE WHEN luck % 17 = 0 THEN MAP {{}}
            WHEN luck % 10 = 0 THEN MAP {{{both}}}
            ELSE MAP {{{both}, 'owner': 'owner-' || {owner} || '@bench.example'}} END"""


def _select(first: int, end: int, *, rows: int, following: bool, seed: int) -> str:
    labels = "account, tags" if following else _independent(seed)
    columns = {**{name: name for name in _OF_A_RESOURCE}, **_OF_A_LINE}
    listed = ", ".join(f"{columns[name]} AS {name}" for name in sorted(columns))
    return f"""
        WITH lines AS (
          SELECT (i % {RESOURCES})::INTEGER AS n,
            TIMESTAMP '{DAYS.start}' + to_hours(i * {HOURS} // {rows}) AS starts,
            round(0.5 + (hash(i, {seed}) % 1000000)::DOUBLE / 1000000, 6) AS quantity
          FROM range({first}, {end}) AS r(i)
        ), labelled AS (
          SELECT lines.*, fleet.* EXCLUDE (n, account, tags), {labels}
          FROM lines JOIN fleet USING (n)
        )
        SELECT {listed} FROM labelled"""


def _independent(seed: int) -> str:
    """Tags and account drawn for every resource and day, each for itself."""

    def drawn(salt: int, among: int) -> str:
        # Hashed twice: hashes of several columns at once go together in their lower bits.
        return f"(hash(hash(n, starts::DATE) // 2 + {seed * 100 + salt}) % {among})::INTEGER"

    env = f"['prod', 'staging', 'dev'][{drawn(1, 3)} + 1]"
    tags = _tags(drawn(2, PROJECTS), drawn(3, TEAMS), drawn(4, PROJECTS), env)
    return f"{drawn(5, ACCOUNTS)} AS account, {tags} AS tags"


_OF_A_RESOURCE = {
    "AvailabilityZone": "region || 'a'",
    "BillingAccountId": "'999999999999'",
    "BillingAccountName": "'Bench'",
    "BillingCurrency": "'USD'",
    "ChargeCategory": "'Usage'",
    "ChargeClass": "CAST(NULL AS VARCHAR)",
    "ChargeDescription": "'Per ' || kind || ' hour of service ' || service",
    "ChargeFrequency": "'Usage-Based'",
    "CommitmentDiscountStatus": "CASE pricing WHEN 'Committed' THEN 'Used' END",
    "CommitmentDiscountType": "CASE pricing WHEN 'Committed' THEN 'Savings Plan' END",
    "ConsumedUnit": "'Hours'",
    "ContractedUnitPrice": "rate",
    "InvoiceIssuerName": "'Bench Cloud'",
    "ListUnitPrice": "round(rate * 1.1, 8)",
    "PricingCategory": "pricing",
    "PricingUnit": "'Hours'",
    "ProviderName": "'Bench Cloud'",
    "PublisherName": "'Bench Cloud'",
    "RegionId": "region",
    "ResourceId": "resource_id",
    "ResourceName": "right(resource_id, 14)",
    "ResourceType": "'Instance'",
    "ServiceCategory": (
        "['Compute', 'Storage', 'Databases', 'Networking', 'Analytics', "
        "'AI and Machine Learning'][service % 6 + 1]"
    ),
    "ServiceName": "'Service ' || service",
    "SkuId": "'SKU-' || service || '-' || kind",
    "SkuMeter": "'Usage:' || kind",
    "SkuPriceId": "'SKU-' || service || '-' || kind || '-' || pricing",
}
_OF_A_LINE = {
    "BilledCost": "CASE pricing WHEN 'Committed' THEN 0 ELSE round(rate * quantity, 8) END",
    "BillingPeriodEnd": "(date_trunc('month', starts) + INTERVAL 1 MONTH)::TIMESTAMP_MS",
    "BillingPeriodStart": "date_trunc('month', starts)::TIMESTAMP_MS",
    "ChargePeriodEnd": "(starts + INTERVAL 1 HOUR)::TIMESTAMP_MS",
    "ChargePeriodStart": "starts::TIMESTAMP_MS",
    "CommitmentDiscountId": "CASE pricing WHEN 'Committed' THEN 'sp-' || account END",
    "ConsumedQuantity": "quantity",
    "ContractedCost": "round(rate * quantity, 8)",
    "EffectiveCost": "round(rate * quantity * if(pricing = 'Committed', 0.7, 1), 8)",
    "ListCost": "round(rate * 1.1 * quantity, 8)",
    "PricingQuantity": "quantity",
    "SubAccountId": "CAST(100000000000 + account AS VARCHAR)",
    "SubAccountName": "'account-' || account",
    "Tags": "tags",
}
