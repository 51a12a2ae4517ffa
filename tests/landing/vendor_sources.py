"""A vendor's interface, the source that reads it, and the lake its bills go to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.lake.bills import NOW, Lake
from tests.landing.vendor_api import KEY, VendorApi
from tools.core.clock import FixedClock
from tools.core.settings import Interface, Source
from tools.lake.ingest import IngestReport, ingest_sources
from tools.lake.report import Silent
from tools.landing.folder import Landed, opened
from tools.landing.vendors import land_reports


@dataclass
class Vendor:
    """One vendor to fetch from."""

    api: VendorApi
    home: Path
    lake: Lake
    since: date = date(2026, 11, 1)
    now: datetime = NOW
    key: str | None = KEY

    @property
    def source(self) -> Source:
        """The source, as configured."""
        name = f"{self.api.vendor.upper()}_ADMIN_KEY"
        place = Interface(self.api.vendor, self.api.url, self.key, name, self.since)
        return Source(self.api.vendor, self.home / "landing" / self.api.vendor, origin=place)

    def ingest(self, **changes: Any) -> IngestReport:
        """Fetch and load; the journal begins anew."""
        self.api.asked.clear()
        source = replace(self.source, **changes)
        return ingest_sources([source], root=self.lake.root, clock=FixedClock(self.now))

    def land(self, sleep: Callable[[float], None]) -> Landed:
        """Fetch only."""
        source = self.source
        with opened(source.path, what=source.name) as folder:
            return land_reports(
                folder, source.origin, clock=FixedClock(self.now), progress=Silent(), sleep=sleep
            )

    def lines(self) -> list[tuple]:
        """What the lake holds: day, account, key, model, direction, cache, cost and quantity."""
        return self.lake.rows(
            "SELECT charge_day::VARCHAR, sub_account_name, resource_name, model, "
            "token_direction, cache_action, billed_cost, consumed_quantity "
            "FROM t ORDER BY ALL"
        )

    def total(self) -> Decimal:
        """What the lake holds was billed."""
        return self.lake.totals()[1]
