"""What is planted in a year of the sample company's bills, and what is true of it.

Another seed plants other things at other places on other days, so that nothing that looks for
them can be tuned to one. The truth stays here; the bills hold charges and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from tools.core.periods import DAY, Period, Unit, shift
from tools.core.query import Filter
from tools.samples.charges import Bill, Meter
from tools.samples.models import KEYHOLDERS


class Plant(StrEnum):
    """What can be planted."""

    SPIKE = "spike"
    CLUSTER = "new cluster"
    PRICE = "price rise"
    RUNAWAY = "runaway job"
    SWITCH = "model switch"
    STEP = "lasting step"
    MIGRATION = "planned migration"
    PURCHASE = "one-off purchase"
    CORRECTION = "correction"
    OUTAGE = "outage"


ALARMING = (
    Plant.SPIKE, Plant.CLUSTER, Plant.PRICE, Plant.RUNAWAY, Plant.SWITCH, Plant.STEP,
)  # fmt: skip
LASTING = frozenset({Plant.PRICE, Plant.SWITCH, Plant.STEP})
NEWS = 14  # days for which something that stays is news
_NOBODYS = {"owner", "region"}  # not told apart by whoever finds a thing


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """One thing that was planted.

    Args:
        plant: what.
        source: whose bill it is in.
        days: on which it is news, half-open; what stays is news for two weeks.
        where: dimension → value of all its charges; None where nobody gave one.
        a_day: dollars beyond the usual on its first day; below zero where it costs less.
        told: what was told to Purser about it, and when it begins there; empty for nothing.
        scope: of what was told.
    """

    plant: Plant
    source: str
    days: Period
    where: Mapping[str, str | None]
    a_day: Decimal
    told: str = ""
    scope: tuple[Filter, ...] = ()

    @property
    def is_alarming(self) -> bool:
        """Whether it has to be found; anything else must not alarm."""
        return self.plant in ALARMING

    @property
    def is_planned(self) -> bool:
        """Whether it was announced before it began."""
        return self.plant is Plant.MIGRATION

    def fits(self, key: Mapping[str, str | None], days: Period) -> bool:
        """Whether something found may be this: days in common, and no value that it has not."""
        if days.start >= self.days.end or days.end <= self.days.start:
            return False
        return all(
            (self.where[name] or "").lower() == (value or "").lower()
            for name, value in key.items()
            if name in self.where and name not in _NOBODYS
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Restated:
    """Days of a bill that cost less for a while, until their provider sets them right again."""

    source: str
    days: Period
    seen: Period
    share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedBudget:
    """A budget of the planted year.

    Args:
        scope: whose.
        period: of the calendar.
        amount: at first.
        channel: of its alerts.
        raised: from which day on it has which amount; None where it stays.
    """

    scope: tuple[Filter, ...]
    period: Unit
    amount: Decimal
    channel: str
    raised: tuple[date, Decimal] | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Charges that belong together in a bill.

    Args:
        source: whose bill.
        where: dimension → value of all of them.
        meters: their places in the bill's list of meters; what commitments cover is not among
            them.
        usual: dollars a day, on average over the bill.
    """

    source: str
    where: Mapping[str, str | None]
    meters: tuple[int, ...]
    usual: float


_ENVIRONMENTS = {"production": "prod", "prd": "prod", "stg": "staging", "development": "dev"}


def where_of(meter: Meter) -> dict[str, str | None]:
    """The dimension values of a meter, as `sample_config` has them found in its bill."""
    tags = {name.lower(): value for name, value in meter.tags.items()}
    holder = KEYHOLDERS.get(meter.account.name)
    env = (holder.env if holder else tags.get("environment") or tags.get("env") or "").lower()
    return {
        "team": holder.pays if holder else tags.get("team"),
        "project": holder.project if holder else tags.get("project") or tags.get("app"),
        "env": _ENVIRONMENTS.get(env, env) or None,
        "workload": holder.workload if holder else tags.get("workload"),
        "service": meter.service,
        "account": meter.account.name,
        "region": meter.region,
    }


def places(bills: Mapping[str, Bill]) -> tuple[Place, ...]:
    """Everywhere that something can be planted: usage that no commitment covers."""
    found: dict[tuple[str, tuple[str | None, ...]], list[int]] = {}
    costs: dict[tuple[str, int], int] = {}
    for source, bill in bills.items():
        for n, meter in enumerate(bill.meters):
            if is_plain(meter):
                found.setdefault((source, tuple(where_of(meter).values())), []).append(n)
        for charge in bill.charges:
            name = (source, charge.meter)
            costs[name] = costs.get(name, 0) + charge.effective
    days = {source: sum(1 for _ in bill.calendar.days()) for source, bill in bills.items()}
    return tuple(
        Place(
            source,
            where_of(bills[source].meters[meters[0]]),
            tuple(meters),
            sum(costs.get((source, n), 0) for n in meters) / 1e9 / days[source],
        )
        for (source, _), meters in found.items()
    )


def usual_before(
    start: date, bills: Mapping[str, Bill], *, where: Mapping[str, str | None]
) -> float:
    """Dollars a day of what has those dimension values, on average of four weeks before a day."""
    days, found = Period(start - 28 * DAY, start), 0
    for bill in bills.values():
        keys = [where_of(meter) for meter in bill.meters]
        mine = {n for n, key in enumerate(keys) if all(key[k] == v for k, v in where.items())}
        found += sum(c.effective for c in bill.charges if c.meter in mine and c.day in days)
    return found / 1e9 / days.days


def is_plain(meter: Meter) -> bool:
    """Whether it is usage that no commitment covers, and no correction of an earlier bill."""
    is_use = meter.charge == "Usage" and not meter.charge_class
    return is_use and meter.commitment is None and meter.price.effective > 0


def news(plant: Plant, start: date, days: int) -> Period:
    """On which days something is news."""
    return Period(start, start + timedelta(days=NEWS if plant in LASTING else days))


def whole_months(days: Period, *, before: int) -> Period:
    """The whole months that hold some days, and so many before them."""
    start = shift(days.start.replace(day=1), Unit.MONTH, -before)
    return Period(start, shift((days.end - DAY).replace(day=1), Unit.MONTH, 1))
