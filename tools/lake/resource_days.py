"""What single resources cost each day, to be compared with what was reckoned for them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from tools.core.periods import Period
from tools.lake.lake import Snapshot
from tools.lake.quoting import literal


class ResourceDay(NamedTuple):
    """A resource and a day.

    Args:
        day: UTC.
        account: sub-account id.
        name: the last part of the resource's id.
    """

    day: date
    account: str
    name: str


def resource_days(
    snapshot: Snapshot, *, days: Period, names: Collection[str]
) -> dict[ResourceDay, dict[str, Decimal]]:
    """Effective cost by currency of each day's usage, of resources with these names.

    Args:
        snapshot: of the lake.
        days: which days.
        names: the last parts of the resources' ids.
    """
    if not names or not snapshot.manifest.generations:
        return {}
    wanted = ", ".join(literal(name) for name in sorted(names))
    _, rows = snapshot.run(
        f"""
SELECT charge_day, coalesce(sub_account_id, ''), regexp_extract(resource_id, '[^/]*$') AS name,
  currency, sum(effective_cost)
FROM facts
WHERE charge_day >= {literal(days.start)} AND charge_day < {literal(days.end)}
  AND resource_id IS NOT NULL AND coalesce(lower(charge_category), 'usage') = 'usage'
  AND regexp_extract(resource_id, '[^/]*$') IN ({wanted})
GROUP BY ALL HAVING sum(effective_cost) IS NOT NULL
""",
        days=[days],
    )
    found: dict[ResourceDay, dict[str, Decimal]] = {}
    for day, account, name, currency, cost in rows:
        found.setdefault(ResourceDay(day, account, name), {})[currency] = Decimal(cost)
    return found
