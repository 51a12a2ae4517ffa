"""Small real bills for tests, and what the lake holds after they were loaded."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from tests.lake.scratch import scratch
from tools.core.clock import FixedClock
from tools.core.settings import Source
from tools.lake import manifest
from tools.lake.ingest import IngestReport, ingest_path

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SHARED = Path(__file__).resolve().parents[2].parent / "shared" / "data"

ROW = {
    "BilledCost": "1.5",
    "EffectiveCost": "1.25",
    "BillingCurrency": "USD",
    "BillingPeriodStart": "2026-04-01T00:00:00Z",
    "BillingPeriodEnd": "2026-05-01T00:00:00Z",
    "ChargePeriodStart": "2026-04-02T00:00:00Z",
    "ChargePeriodEnd": "2026-04-03T00:00:00Z",
    "ChargeCategory": "Usage",
    "ProviderName": "AWS",
    "ServiceName": "AmazonEC2",
    "ResourceId": "i-1",
}


def row(**changes: str | None) -> dict[str, str]:
    """A line of a bill; a column changed to None is left out."""
    merged = {**ROW, **changes}
    return {column: value for column, value in merged.items() if value is not None}


def april(day: int, **changes: str | None) -> dict[str, str]:
    """A charge of a day in April 2026."""
    return row(ChargePeriodStart=f"2026-04-{day:02}T00:00:00Z", **changes)


def month(first: str, **changes: str | None) -> dict[str, str]:
    """A charge on the first day of a billing period written as 2026-04."""
    year, number = (int(part) for part in first.split("-"))
    after = f"{year + number // 12}-{number % 12 + 1:02}"
    return row(
        BillingPeriodStart=f"{first}-01T00:00:00Z",
        BillingPeriodEnd=f"{after}-01T00:00:00Z",
        ChargePeriodStart=f"{first}-01T00:00:00Z",
        ChargePeriodEnd=f"{first}-02T00:00:00Z",
        **changes,
    )


def write_csv(path: Path, rows: Iterable[Mapping[str, str]]) -> Path:
    """A CSV bill of these rows; the first names the columns."""
    rows = list(rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_parquet(path: Path, select: str) -> Path:
    """A Parquet file of a SELECT."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with scratch() as db:
        db.execute("SET TimeZone='UTC'")
        db.execute(f"COPY ({select}) TO '{path}' (FORMAT parquet, COMPRESSION snappy)")
    return path


@dataclass(frozen=True, slots=True)
class Lake:
    """A lake under a test's folder, loaded at a fixed moment."""

    root: Path
    now: datetime = NOW

    def load(
        self,
        path: Path,
        *,
        source: str = "bills",
        accept_shrink: bool = False,
        lag_days: int = 1,
        fill: Mapping[str, str] | None = None,
    ) -> IngestReport:
        """Ingest a path as bills of a source."""
        return ingest_path(
            path,
            source=Source(source, path, lag_days, fill or {}),
            root=self.root,
            clock=FixedClock(self.now),
            accept_shrink=accept_shrink,
        )

    def manifest(self) -> manifest.Manifest:
        """What is live."""
        return manifest.load(self.root)

    def rows(self, sql: str, table: str = "facts") -> list[tuple]:
        """The rows of a statement over one table, which it calls `t`."""
        files = [str(self.root / file) for file in self.manifest().files(table)]
        with scratch() as db:
            return db.execute(f"WITH t AS (FROM read_parquet({files})) {sql}").fetchall()

    def totals(self) -> tuple[int, Decimal, Decimal]:
        """Rows, billed and effective cost of everything that is live."""
        if not self.manifest().generations:
            return (0, Decimal(0), Decimal(0))
        return self.rows("SELECT count(*), sum(billed_cost), sum(effective_cost) FROM t")[0]

    def units(self) -> list[tuple[str, str]]:
        """Report and billing period of what is live."""
        return [(g.report, f"{g.billing_period:%Y-%m}") for g in self.manifest().generations]
