"""What an hour of a machine really cost, from the last complete week of the bills.

The price is the effective cost divided by the hours that were billed, of one resource, else of
all on the same terms. Lines count only where a line *is* the machine: a cloud that bills cores,
memory and GPUs of one machine apart gives no price here, for any one of them would be too low.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from tools.core.periods import DAY, Period
from tools.lake.lake import Snapshot
from tools.lake.quoting import literal

WEEK = timedelta(days=7)
# A machine's type on a bill's line; SageMaker writes it into the meter only.
TYPE = r"""coalesce(lower(instance_type),
    nullif(regexp_extract(lower(sku_meter), ':(ml\.[a-z0-9-]+\.[a-z0-9]+)$', 1), ''))"""
_PRECISE = Decimal("0.000001")
_HOURS_A_DAY = Decimal("24.5")  # a day's lines round up


class Line(NamedTuple):
    """What one resource cost on one kind of terms over the week.

    Args:
        account: sub-account id.
        resource: as the bill writes its id.
        region: as the bill writes it.
        type: machine type in lower case; empty for a disk.
        pricing: FOCUS pricing category.
        currency: of the cost.
        cost: effective.
        hours: billed; of a disk, 24 for each day.
        days: on which it was billed.
        last: the last of them.
    """

    account: str
    resource: str
    region: str
    type: str
    pricing: str
    currency: str
    cost: Decimal
    hours: Decimal
    days: int
    last: date


@dataclass(frozen=True, slots=True)
class HourPrice:
    """A price of an hour, and the last day it was paid."""

    hourly: Decimal
    currency: str
    day: date


@dataclass(frozen=True)
class Billed:
    """The lines, findable.

    Args:
        lines: all of them, by account and the last part of the resource's id.
        by_type: what each type cost in a region on demand or on spot.
    """

    lines: dict[tuple[str, str], list[Line]]
    by_type: dict[tuple[str, str, str], HourPrice]

    def of_resource(
        self,
        account: str,
        name: str,
        *,
        nouns: tuple[str, ...],
        place: str,
        type: str,
        is_one: bool,
    ) -> HourPrice | None:
        """What one resource cost an hour; None where its bill does not tell.

        Args:
            account: sub-account id.
            name: its own id.
            nouns: what may stand before the name in a long id, such as `instance`.
            place: region or zone.
            type: machine type; empty for a disk.
            is_one: whether it is one machine, which has no more than 24 hours a day.
        """
        found = [
            line
            for line in self.lines.get((account, name), ())
            if line.type == type.lower() and _is_it(line, nouns, place)
        ]
        if is_one and any(line.hours > line.days * _HOURS_A_DAY for line in found):
            return None
        return _average(found)

    def of_type(self, type: str, *, region: str, is_spot: bool) -> HourPrice | None:
        """What machines of a type cost an hour there, on demand or on spot."""
        return self.by_type.get((type.lower(), region, "Dynamic" if is_spot else "Standard"))


def billed(snapshot: Snapshot) -> Billed:
    """The prices of this state of the lake; read once."""
    return snapshot.kept("billed prices", lambda: _read(snapshot))


def _read(snapshot: Snapshot) -> Billed:
    weeks = dict(_weeks(snapshot))
    if not weeks:
        return Billed({}, {})
    _, rows = snapshot.run(_sql(weeks), days=weeks.values())
    lines = [Line(*row) for row in rows]
    by_name: dict[tuple[str, str], list[Line]] = {}
    by_terms: dict[tuple[str, str, str], list[Line]] = {}
    for line in lines:
        by_name.setdefault((line.account, _tail(line.resource)), []).append(line)
        if line.type:
            by_terms.setdefault((line.type, line.region, line.pricing), []).append(line)
    prices = {terms: _average(lines) for terms, lines in by_terms.items()}
    return Billed(by_name, {terms: price for terms, price in prices.items() if price})


def _weeks(snapshot: Snapshot) -> Iterator[tuple[str, Period]]:
    """Of each source, the week up to its last complete day."""
    for source in {generation.source for generation in snapshot.manifest.generations}:
        last = snapshot.manifest.complete_through(source)
        if last is not None:
            yield source, Period(last + DAY - WEEK, last + DAY)


def _sql(weeks: dict[str, Period]) -> str:
    days = " OR ".join(
        f"(source = {literal(source)} AND charge_day >= {literal(week.start)} "
        f"AND charge_day < {literal(week.end)})"
        for source, week in sorted(weeks.items())
    )
    return f"""
WITH used AS (
  SELECT *, {TYPE} AS kind
  FROM facts
  WHERE ({days}) AND charge_category = 'Usage' AND charge_class IS NULL
    AND coalesce(commitment_status, '') <> 'Unused'
    AND resource_id IS NOT NULL AND sub_account_id IS NOT NULL
)
SELECT sub_account_id, resource_id, coalesce(region, ''), kind, coalesce(pricing_category, ''),
  currency, sum(effective_cost), sum(consumed_quantity), count(DISTINCT charge_day),
  max(charge_day)
FROM used WHERE kind IS NOT NULL GROUP BY ALL
HAVING bool_and(coalesce(consumed_unit, '') = 'hours') AND sum(consumed_quantity) > 0
  AND count(DISTINCT coalesce(sku_id, sku_meter, '')) = 1 AND sum(effective_cost) IS NOT NULL
UNION ALL
SELECT sub_account_id, resource_id, coalesce(region, ''), '', coalesce(pricing_category, ''),
  currency, sum(effective_cost), 24 * count(DISTINCT charge_day), count(DISTINCT charge_day),
  max(charge_day)
FROM used WHERE kind IS NULL AND consumed_unit = 'gb-months' GROUP BY ALL
HAVING sum(effective_cost) IS NOT NULL
"""


def _average(lines: Iterable[Line]) -> HourPrice | None:
    """Cost by hours; None of nothing, or of several currencies."""
    found = list(lines)
    if len({line.currency for line in found}) != 1:
        return None
    cost, hours = sum(line.cost for line in found), sum(line.hours for line in found)
    hourly = (Decimal(cost) / Decimal(hours)).quantize(_PRECISE)
    return HourPrice(hourly, found[0].currency, max(line.last for line in found))


def _is_it(line: Line, nouns: tuple[str, ...], place: str) -> bool:
    """Whether the bill's long id means a thing of that kind in that place."""
    if "/" not in line.resource:
        return line.region in ("", place)
    if "/zones/" in line.resource and f"/zones/{place}/" not in line.resource:
        return False
    return line.resource.rsplit("/", 2)[-2].rsplit(":", 1)[-1] in nouns


def _tail(resource: str) -> str:
    return resource.rsplit("/", 1)[-1]
