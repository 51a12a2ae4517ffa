"""Under which service machines are billed: their clouds do not tell it, their bills do."""

from __future__ import annotations

from collections.abc import Mapping

from tools.core.periods import DAY, Period
from tools.lake.lake import Snapshot
from tools.lake.quoting import literal
from tools.prices.billed import TYPE

_BACK = 30 * DAY


def services_by_type(snapshot: Snapshot) -> Mapping[tuple[str, str], str]:
    """By provider and machine type in lower case, the service; none where bills name several."""
    return snapshot.kept("services by type", lambda: _read(snapshot))


def _read(snapshot: Snapshot) -> dict[tuple[str, str], str]:
    manifest = snapshot.manifest
    ends = [manifest.complete_through(source) for source in manifest.sources()]
    last = max((end for end in ends if end is not None), default=None)
    if last is None:
        return {}
    days = Period(last - _BACK, last + DAY)
    _, rows = snapshot.run(
        f"""
SELECT provider, {TYPE} AS kind, min(service) FROM facts
WHERE charge_day >= {literal(days.start)} AND charge_day < {literal(days.end)}
  AND charge_category = 'Usage' AND provider IS NOT NULL AND {TYPE} IS NOT NULL
GROUP BY ALL HAVING count(DISTINCT service) = 1
""",
        days=[days],
    )
    return {(provider, type): service for provider, type, service in rows}
