"""Bills with a known cause: a small company's four weeks, and one thing that changed in them.

Around what is planted everything moves as it does in life: weekends, noise by day and by
resource, slow growth and decline, small things that come and go, a fleet whose pods are named
anew every day, resources without tags.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from pathlib import Path
from random import Random

from tools.core.periods import DAY, Period

HALF = 14  # days in each of the two periods
BEFORE = Period(date(2026, 10, 12), date(2026, 10, 26))
AFTER = Period(date(2026, 10, 26), date(2026, 11, 9))


class Kind(StrEnum):
    """What can be planted."""

    PRICE = "price rise"
    USAGE = "more usage"
    NEW = "new resource"
    GONE = "gone resource"
    OFFSET = "offsetting changes"
    CORRECTION = "correction"


@dataclass(frozen=True, slots=True)
class Truth:
    """A planted cause.

    Args:
        cause: as `tools.core.results.Cause` calls it.
        key: what has to be named.
        also: what may be named besides, being true of nine tenths of what was planted.
    """

    cause: str
    key: Mapping[str, str]
    also: Mapping[str, str | None] = field(default_factory=dict)

    def is_named_by(self, cause: str, key: Mapping[str, str | None]) -> bool:
        """Whether a part tells it: the right cause, all of the key, and nothing untrue."""
        true = {**self.also, **self.key}
        right = all(key.get(name) == value for name, value in self.key.items())
        return cause == self.cause and right and all(true.get(n, ...) == v for n, v in key.items())


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that can be bought: a service's meter."""

    service: str
    category: str
    sku: str
    unit: str
    price: float
    level: float  # of one resource, units a day
    instance_type: str | None = None
    model: str | None = None
    direction: str | None = None


_OFFERS = (
    Offer("Compute", "Compute", "CPU-LARGE", "Hours", 0.77, 24, "m6i.4xlarge"),
    Offer("Compute", "Compute", "GPU-SMALL", "Hours", 1.21, 24, "g5.2xlarge"),
    Offer("Compute", "Compute", "GPU-LARGE", "Hours", 8.23, 14, "p4d.24xlarge"),
    Offer("Object Storage", "Storage", "STORED", "GB-Months", 0.022, 3_800),
    Offer("Object Storage", "Storage", "REQUESTS", "Requests", 0.0000004, 50_000_000),
    Offer("Databases", "Databases", "DB-LARGE", "Hours", 2.08, 24),
    Offer("Data Transfer", "Networking", "EGRESS", "GB", 0.09, 420),
    Offer("Model API", "AI and Machine Learning", "BIG-IN", "Tokens", 3e-6, 15e6, None,
          "big-1", "Input"),
    Offer("Model API", "AI and Machine Learning", "BIG-OUT", "Tokens", 15e-6, 2e6, None,
          "big-1", "Output"),
    Offer("Model API", "AI and Machine Learning", "SMALL-IN", "Tokens", 1e-6, 22e6, None,
          "small-1", "Input"),
    Offer("Logging", "Management", "LOGS", "GB", 0.5, 48),
)  # fmt: skip
_TEAMS = ("search", "assistant", "growth", "data", "platform")
_ACCOUNTS = {"search": "prod", "assistant": "prod", "growth": "web", "data": "lake"}
_REGIONS = ("us-east-1", "us-east-1", "eu-west-1")


@dataclass(frozen=True, slots=True)
class Use:
    """What one resource buys, and how that moves."""

    resource: str
    offer: Offer
    team: str | None
    env: str
    region: str
    level: float
    weekend: float
    noise: float
    drift: float  # relative growth over the four weeks
    first: int = 0  # days of the four weeks on which it runs, half-open
    end: int = 2 * HALF

    @property
    def account(self) -> str:
        """Where it is billed."""
        return _ACCOUNTS.get(self.team or "", "shared")

    def true(self) -> dict[str, str | None]:
        """Every dimension of its charges."""
        return {
            "service": self.offer.service,
            "category": self.offer.category,
            "team": self.team,
            "env": self.env if self.team else None,
            "project": f"{self.team}-{self.env}" if self.team else None,
            "account": self.account,
            "region": self.region,
            "instance_type": self.offer.instance_type,
            "model": self.offer.model,
            "direction": self.offer.direction and self.offer.direction.lower(),
            "resource": self.resource,
            "provider": "Example Cloud",
        }


@dataclass(frozen=True, slots=True)
class CausedBill:
    """What was written, and what is true of it, most money first."""

    path: Path
    truths: tuple[Truth, ...]


Line = dict[str, object]


def write_caused(folder: Path, kind: Kind, *, seed: int) -> CausedBill:
    """Write the bill of four weeks with one planted cause to `folder/bill.csv`.

    The same arguments write the same bill.
    """
    random = Random(f"{kind}/{seed}")  # noqa: S311 - not a secret
    uses = _company(random)
    lines: list[Line] = []
    truths, uses, rise = _planted(kind, uses, random, lines)
    for use in uses:
        lines += _lines(use, random, rise)
    lines += _fleet(random)
    lines += [_flat(AFTER.start, "Tax", "Tax", round(random.uniform(20, 60), 2))]
    lines += [_flat(BEFORE.start, "Tax", "Tax", round(random.uniform(20, 60), 2))]
    path = folder / "bill.csv"
    folder.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, _COLUMNS)
        writer.writeheader()
        writer.writerows(lines)
    return CausedBill(path, truths)


def _company(random: Random) -> list[Use]:
    """Some fifty resources of five teams, one in ten without a tag, some short-lived."""
    uses = []
    for n in range(54):
        offer = _OFFERS[n % len(_OFFERS)]
        team = _TEAMS[random.randrange(len(_TEAMS))] if random.random() > 0.1 else None
        uses.append(
            Use(
                resource=f"r-{random.getrandbits(40):010x}",
                offer=offer,
                team=team,
                env=random.choice(("prod", "prod", "prod", "dev")),
                region=random.choice(_REGIONS),
                level=offer.level * random.uniform(0.5, 1.6),
                weekend=random.choice((1.0, 1.0, 0.7, 0.3)),
                noise=random.uniform(0.02, 0.15),
                drift=random.gauss(0.02, 0.04),
            )
        )
    for n in random.sample(range(len(uses)), 4):
        cut = random.randrange(3, 2 * HALF - 3)
        small = replace(uses[n], level=uses[n].level * 0.15)
        uses[n] = replace(small, first=cut) if n % 2 else replace(small, end=cut)
    return uses


def _planted(
    kind: Kind, uses: list[Use], random: Random, lines: list[Line]
) -> tuple[tuple[Truth, ...], list[Use], Mapping[str, float]]:
    """What is true, the uses as they are then, and by how much which SKU's price rises."""
    whole = sum(use.level * use.offer.price for use in uses)
    size = random.uniform(0.08, 0.25) * whole  # dollars a day
    match kind:
        case Kind.PRICE:
            return _dearer(uses, random, size)
        case Kind.USAGE:
            truth, uses = _moved(uses, random, size, frozenset())
            return (truth,), uses, {}
        case Kind.OFFSET:
            up, uses = _moved(uses, random, size, frozenset())
            down, uses = _moved(uses, random, -size, frozenset({up.key["team"]}))
            return (up, down), uses, {}
        case Kind.NEW | Kind.GONE:
            one = _one_more(kind, uses, random, size)
            return (
                (Truth(kind.name.lower(), {"resource": one.resource}, one.true()),),
                [*uses, one],
                {},
            )
        case Kind.CORRECTION:
            truth, line = _corrected(uses, random, size)
            lines.append(line)
            return (truth,), uses, {}


def _dearer(
    uses: list[Use], random: Random, size: float
) -> tuple[tuple[Truth, ...], list[Use], Mapping[str, float]]:
    """One SKU's price rises for everybody who uses it."""
    whole = sum(use.level * use.offer.price for use in uses)
    sku = random.choice([o for o in _OFFERS if _cost(uses, o.sku) > 0.04 * whole]).sku
    hit = [use for use in uses if use.offer.sku == sku]
    rise = max(0.15, size / _cost(uses, sku))
    return (Truth("rate", _common_key(hit), _common(hit)),), uses, {sku: 1 + rise}


def _one_more(kind: Kind, uses: list[Use], random: Random, size: float) -> Use:
    """A machine that is there in one of the two periods only."""
    offer = random.choice([o for o in _OFFERS if o.instance_type])
    model = random.choice([use for use in uses if use.team])
    one = replace(
        model, resource=f"r-planted-{random.getrandbits(24):06x}", offer=offer,
        level=size / offer.price, weekend=1.0, noise=0.05, drift=0.0,
    )  # fmt: skip
    off = random.randrange(0, 6)
    span = (HALF + off, 2 * HALF) if kind is Kind.NEW else (0, HALF - off)
    return replace(one, first=span[0], end=span[1])


def _corrected(uses: list[Use], random: Random, size: float) -> tuple[Truth, Line]:
    """A line that belongs to a month closed long ago."""
    amount = round(size * HALF * random.choice((1, -1)), 2)
    use = random.choice([use for use in uses if use.team])
    day = AFTER.start + random.randrange(HALF) * DAY
    line = {**_labels(use), **_amount(day, amount), "ChargeClass": "Correction"}
    truth = Truth("correction", {"service": use.offer.service}, {**use.true(), "charge": "Usage"})
    return truth, line


def _moved(
    uses: list[Use], random: Random, size: float, but: frozenset[str]
) -> tuple[Truth, list[Use]]:
    """More (or less) of one service in one team, from some day of the second period on."""
    able = {
        (u.team, u.offer.service) for u in uses
        if u.team and u.team not in but
        and _of(uses, u.team, u.offer.service) > (1.1 * -size if size < 0 else 0.25 * size)
    }  # fmt: skip
    if not able:  # the company is too small for it: the largest there is
        able = {max(((u.team, u.offer.service) for u in uses if u.team and u.team not in but),
                    key=lambda pair: _of(uses, *pair))}  # fmt: skip
    team, service = random.choice(sorted(able))
    factor = max(0.05, 1 + size / _of(uses, team, service))
    since = HALF + random.randrange(0, 4)
    hit = [u for u in uses if (u.team, u.offer.service) == (team, service)]
    moved = [
        part
        for u in hit
        for part in (
            replace(u, end=min(u.end, since)),
            replace(u, first=max(u.first, since), level=u.level * factor),
        )
    ]
    others = [u for u in uses if u not in hit]
    return Truth("usage", {"team": str(team), "service": service}, _common(hit)), others + moved


def _cost(uses: list[Use], sku: str) -> float:
    return sum(use.level * use.offer.price for use in uses if use.offer.sku == sku)


def _of(uses: list[Use], team: str | None, service: str) -> float:
    mine = (u for u in uses if (u.team, u.offer.service) == (team, service))
    return sum(use.level * use.offer.price for use in mine)


def _common(uses: list[Use]) -> dict[str, str | None]:
    """What is true of nine tenths of their money."""
    whole = sum(use.level * use.offer.price for use in uses)
    sums: defaultdict[tuple[str, str | None], float] = defaultdict(float)
    for use in uses:
        for pair in use.true().items():
            sums[pair] += use.level * use.offer.price
    return {name: value for (name, value), cost in sums.items() if cost >= 0.9 * whole}


def _common_key(uses: list[Use]) -> dict[str, str]:
    """A price is a service's, and where it has one, a machine's or a model's."""
    found = _common(uses)
    names = ("service", "instance_type", "model", "direction")
    return {n: str(found[n]) for n in names if found.get(n) is not None}


def _lines(use: Use, random: Random, rise: Mapping[str, float]) -> Iterator[Line]:
    whim = random.gauss(1, use.noise / 2)
    for n in range(max(use.first, 0), use.end):
        day = BEFORE.start + n * DAY
        grown = 1 + use.drift * (n / (2 * HALF))
        calm = use.weekend if day.weekday() >= 5 else 1.0
        shift = whim if n >= HALF else 1.0
        quantity = use.level * grown * calm * shift * max(0.2, random.gauss(1, use.noise))
        price = use.offer.price * (rise.get(use.offer.sku, 1.0) if n >= HALF else 1.0)
        yield _line(use, day, quantity, price)


def _fleet(random: Random) -> Iterator[Line]:
    """Workers that are started every night under new names."""
    worker = Use("", _OFFERS[0], "research", "prod", "us-east-1", 6.0, 1.0, 0.1, 0.0)
    for n in range(2 * HALF):
        for pod in range(random.randint(5, 7)):
            name = f"worker-{n:02}-{pod}-{random.getrandbits(20):05x}"
            day, hours = BEFORE.start + n * DAY, random.uniform(5, 7)
            yield _line(replace(worker, resource=name), day, hours, worker.offer.price)


def _line(use: Use, day: date, quantity: float, price: float) -> Line:
    counted = round(quantity, 6)
    line = {**_labels(use), **_amount(day, round(counted * price, 10))}
    return {**line, "ConsumedQuantity": f"{counted:.6f}", "ConsumedUnit": use.offer.unit}


def _labels(use: Use) -> Line:
    offer = use.offer
    tags = f'{{"team": "{use.team}", "project": "{use.team}-{use.env}", "env": "{use.env}"}}'
    return {
        "ServiceName": offer.service,
        "ServiceCategory": offer.category,
        "SkuId": offer.sku,
        "SkuMeter": offer.sku,
        "ResourceId": use.resource,
        "RegionId": use.region,
        "SubAccountId": use.account,
        "SubAccountName": use.account,
        "x_InstanceType": offer.instance_type or "",
        "x_ModelId": offer.model or "",
        "x_TokenDirection": offer.direction or "",
        "ChargeCategory": "Usage",
        "PricingCategory": "Standard",
        "Tags": tags if use.team else "{}",
    }


def _flat(day: date, service: str, charge: str, amount: float) -> Line:
    return {**_amount(day, amount), "ServiceName": service, "ChargeCategory": charge}


def _amount(day: date, amount: float) -> Line:
    month = day.replace(day=1)
    following = (month + 31 * DAY).replace(day=1)
    cost = f"{amount:.10f}"
    return {
        "BillingPeriodStart": f"{month}T00:00:00Z",
        "BillingPeriodEnd": f"{following}T00:00:00Z",
        "ChargePeriodStart": f"{day}T00:00:00Z",
        "ChargePeriodEnd": f"{day + DAY}T00:00:00Z",
        "BilledCost": cost,
        "EffectiveCost": cost,
        "BillingCurrency": "USD",
        "ProviderName": "Example Cloud",
    }


_COLUMNS = (
    "BilledCost", "EffectiveCost", "BillingCurrency", "BillingPeriodStart", "BillingPeriodEnd",
    "ChargePeriodStart", "ChargePeriodEnd", "ChargeCategory", "ChargeClass", "ProviderName",
    "ServiceName", "ServiceCategory", "SkuId", "SkuMeter", "ResourceId", "RegionId",
    "SubAccountId", "SubAccountName", "PricingCategory", "ConsumedQuantity", "ConsumedUnit",
    "x_InstanceType", "x_ModelId", "x_TokenDirection", "Tags",
)  # fmt: skip
