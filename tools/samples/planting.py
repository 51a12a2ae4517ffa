"""Draws what is planted in a year, by seed, and puts it into the bills."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from tools.core.periods import DAY, Period
from tools.core.query import Filter, Op
from tools.samples import aws_meters, azure, gcp
from tools.samples.charges import Account, Bill, Meter, Price, scaled
from tools.samples.organisation import PEOPLE, Label
from tools.samples.planted import (
    ALARMING,
    Place,
    Plant,
    Planted,
    is_plain,
    news,
    places,
    usual_before,
    where_of,
)

ALARMS_A_MONTH = 2
QUIET = (Plant.MIGRATION, Plant.PURCHASE, Plant.CORRECTION, Plant.OUTAGE)
LEAST = 160.0  # dollars a day: what costs less beyond the usual is nobody's alarm
_APART = timedelta(days=35)  # between two things in one team and service
_REPRICED = frozenset({Plant.PRICE, Plant.SWITCH})
_MODELS = ("OpenAI API", "Claude API")
_JOBS = frozenset(
    [*_MODELS, "BigQuery", "AWS Glue", "Amazon Athena", "Vertex AI", "Amazon SageMaker"]
)


class NoPlaceError(Exception):
    """Nothing of this kind can be planted there: another draw may."""


@dataclass(slots=True)
class Planter:
    """Plants in bills, and remembers what.

    Args:
        bills: by source; they are changed.
        days: on which something may begin.
        seed: of every draw.
    """

    bills: Mapping[str, Bill]
    days: Period
    seed: int
    planted: list[Planted] = field(default_factory=list)
    _places: tuple[Place, ...] = ()
    _random: Random = field(default_factory=Random)

    def __post_init__(self) -> None:
        self._places = places(self.bills)
        self._random = Random(f"planted/{self.seed}")  # noqa: S311  not a secret

    def plant_all(self) -> tuple[Planted, ...]:
        """Everything of the period, oldest first."""
        months = max(1, round(self.days.days / 30.44))
        for among, count in ((ALARMING, ALARMS_A_MONTH * months), (QUIET, max(1, months))):
            kinds = [among[n % len(among)] for n in range(count)]
            self._random.shuffle(kinds)
            for n, plant in enumerate(kinds):
                self._plant(plant, self._stretch(n, count))
        return tuple(sorted(self.planted, key=lambda p: (p.days.start, p.plant)))

    def _stretch(self, n: int, count: int) -> Period:
        """The n-th of so many parts of the period, so that no part of it is empty."""
        whole = self.days.days
        start = self.days.start + n * whole // count * DAY
        return Period(start, max(start + DAY, self.days.start + (n + 1) * whole // count * DAY))

    def _plant(self, plant: Plant, stretch: Period) -> None:
        for _ in range(60):
            start = stretch.start + self._random.randrange(stretch.days) * DAY
            if plant in _REPRICED and start.weekday() >= 5:
                continue  # many places rest then, and a price shows with use only
            try:
                found = _PLANTS[plant](self, plant, start)
            except NoPlaceError:
                continue
            self.planted.append(found)
            return
        if plant is not Plant.SPIKE and plant in ALARMING:
            self._plant(Plant.SPIKE, stretch)

    # What kind of place, and whether anything is near

    def _place(self, start: date, wanted: Callable[[Place], bool]) -> Place:
        able = [p for p in self._places if wanted(p) and self._is_free(p.where, start)]
        if not able:
            raise NoPlaceError
        chosen = self._random.choice(able)
        usual = usual_before(start, self.bills, where=chosen.where)
        return replace(chosen, usual=usual, meters=self._meters(chosen))

    def _meters(self, place: Place) -> tuple[int, ...]:
        """Its meters as they are now: a price rise makes others."""
        every = enumerate(self.bills[place.source].meters)
        return tuple(n for n, meter in every if is_plain(meter) and where_of(meter) == place.where)

    def _series(self, where: Mapping[str, str | None], start: date) -> float:
        """Dollars a day that the team pays for the service by then."""
        return usual_before(start, self.bills, where={k: where[k] for k in ("team", "service")})

    def _is_free(self, where: Mapping[str, str | None], start: date) -> bool:
        return all(
            (abs(start - other.days.start) > _APART and other.where != where)
            or (other.where["team"], other.where["service"]) != (where["team"], where["service"])
            for other in self.planted
        )

    def _excess(
        self, where: Mapping[str, str | None], start: date, low: float, high: float
    ) -> float:
        """Dollars a day that stand out from what the team pays for the service."""
        usual = self._series(where, start)
        return max(LEAST, usual * self._random.uniform(low, high)) * self._random.uniform(1, 1.5)

    def _more(self, place: Place, a_day: Mapping[date, float]) -> None:
        """Charges of a place's own meters, so many dollars more on each day."""
        bill = self.bills[place.source]
        meter = bill.meters[self._random.choice(place.meters)]
        price = meter.price.effective
        bill.on_days(meter, {day: dollars / price for day, dollars in a_day.items()})

    def _noisy(self, days: Period, dollars: float) -> dict[date, float]:
        return {day: dollars * self._random.uniform(0.94, 1.06) for day in days.each_day()}

    # What is planted

    def _spike(self, plant: Plant, start: date) -> Planted:
        place = self._place(start, lambda p: p.usual >= 40)
        days = Period(start, start + self._random.randint(2, 6) * DAY)
        dollars = self._excess(place.where, start, 0.6, 2.0)
        self._more(place, self._noisy(days, dollars))
        return self._of(plant, place, days, dollars, *self._deployed(place))

    def _runaway(self, plant: Plant, start: date) -> Planted:
        place = self._place(start, lambda p: p.where["service"] in _JOBS and p.usual >= 15)
        days = Period(start, start + self._random.randint(3, 5) * DAY)
        dollars, faster = self._excess(place.where, start, 0.8, 1.4), self._random.uniform(1.2, 1.7)
        self._more(place, {d: dollars * faster**n for n, d in enumerate(days.each_day())})
        return self._of(plant, place, days, dollars)

    def _step(self, plant: Plant, start: date) -> Planted:
        place = self._place(start, lambda p: p.usual >= 40)
        dollars = self._excess(place.where, start, 0.6, 1.4)
        self._more(place, self._noisy(self._rest(start), dollars))
        return self._of(plant, place, Period(start, start + DAY), dollars, *self._deployed(place))

    def _price(self, plant: Plant, start: date) -> Planted:
        place = self._place(start, lambda p: p.usual >= 2 * LEAST)
        share = self._series(place.where, start) / place.usual
        rise = max(0.45 * share, LEAST / place.usual) * self._random.uniform(1, 1.4)
        if rise > 1.2 or not self._is_used(place, start):
            raise NoPlaceError
        self._repriced(place, start, lambda meter: _dearer(meter, 1 + rise))
        return self._of(plant, place, Period(start, start + DAY), place.usual * rise)

    def _switch(self, plant: Plant, start: date) -> Planted:
        place = self._place(start, lambda p: p.where["service"] in _MODELS and p.usual >= 60)
        share = self._series(place.where, start) / place.usual
        factor = 1 + max(0.6 * share, LEAST / place.usual) * self._random.uniform(1, 1.5)
        if factor > 6 or not self._is_used(place, start):
            raise NoPlaceError
        self._repriced(place, start, lambda meter: _other_model(meter, factor))
        return self._of(plant, place, Period(start, start + DAY), place.usual * (factor - 1))

    def _cluster(self, plant: Plant, start: date) -> Planted:
        person = self._random.choice(PEOPLE)
        env = self._random.choice(("dev", "staging", "prod"))
        name = self._random.choice(("sweep", "backfill", "load-test", "reindex", "distill"))
        label = Label(person, f"{name}-{start:%m%d}", env, name)
        long = self._random.randint(5, 18)
        return self._machines(plant, start, label if self._random.random() < 0.85 else None, long)

    def _migration(self, plant: Plant, start: date) -> Planted:
        person = self._random.choice(PEOPLE)
        label = Label(person, f"move-{start:%m%d}", "prod", f"migration-{start:%m%d}")
        found = self._machines(plant, start, label, self._random.randint(6, 14))
        team = Filter("team", Op.IS, (label.pays,))
        workload = Filter("workload", Op.IS, (label.workload,))
        scope = (team, workload) if self._random.random() < 0.5 else (team,)
        return replace(found, told=f"We move to {label.project}", scope=scope)

    def _machines(self, plant: Plant, start: date, label: Label | None, long: int) -> Planted:
        source = self._random.choice(("aws", "aws", "gcp", "azure"))
        make = self._random.choice(_MACHINES[source])
        first = make(label, 0, start)
        where = where_of(first)
        if not self._is_free(where, start):
            raise NoPlaceError
        each = 24 * first.price.effective
        count = min(24, max(1, round(self._excess(where, start, 0.7, 1.6) / each + 0.5)))
        days = Period(start, min(start + long * DAY, self.bills[source].calendar.today))
        for n in range(count):
            self.bills[source].on_days(make(label, n, start), self._noisy(days, 24))
        place = Place(source, where, (), 0)
        return self._of(plant, place, days, count * each)

    def _purchase(self, plant: Plant, start: date) -> Planted:
        source = self._random.choice(("aws", "azure", "gcp"))
        near = self._place(start, lambda p: p.source == source and p.usual >= 20)
        meter = replace(
            self.bills[source].meters[near.meters[0]],
            service=f"{self._random.choice(('Vector', 'Trace', 'Label'))} licence, marketplace",
            description="Subscription for a year", price=Price.plain(1.0), unit="Dollars",
            consumed_unit=None, resource=None, resource_name=None, resource_type=None,
            sku="MARKETPLACE", meter="Subscription", details={}, charge="Purchase",
            frequency="One-Time", pricing="Standard",
        )  # fmt: skip
        dollars = self._random.uniform(2_500, 14_000)
        self.bills[source].on_days(meter, {start: dollars})
        place = Place(source, where_of(meter), (), 0)
        return self._of(plant, place, Period(start, start + DAY), dollars)

    def _correction(self, plant: Plant, start: date) -> Planted:
        place = self._place(start, lambda p: p.source in ("aws", "azure") and p.usual >= 60)
        meter = replace(
            self.bills[place.source].meters[place.meters[0]],
            description="Usage of an earlier month, charged late", price=Price.plain(1.0),
            unit=None, consumed_unit=None, charge_class="Correction", frequency="One-Time",
            pricing=None,
        )  # fmt: skip
        dollars = self._random.uniform(1_500, 6_000)
        self.bills[place.source].on_days(meter, {start: dollars})
        return self._of(plant, place, Period(start, start + DAY), dollars)

    def _outage(self, plant: Plant, start: date) -> Planted:
        place = self._place(start, lambda p: p.usual >= 120)
        days = Period(start, start + self._random.randint(1, 3) * DAY)
        charges, mine = self.bills[place.source].charges, set(place.meters)
        for n, charge in enumerate(charges):
            if charge.meter in mine and charge.day in days:
                charges[n] = scaled(charge, 0.1)
        return self._of(plant, place, days, -0.9 * place.usual)

    # How it is put down

    def _repriced(self, place: Place, start: date, change: Callable[[Meter], Meter]) -> None:
        """From a day on, a place's meters are others: the same use at other prices."""
        bill = self.bills[place.source]
        for meter in place.meters:
            later = {
                c.day: c.quantity / 1e6 for c in bill.charges if c.meter == meter and c.day >= start
            }
            bill.charges[:] = [c for c in bill.charges if c.meter != meter or c.day < start]
            bill.on_days(change(bill.meters[meter]), later)

    def _is_used(self, place: Place, start: date) -> bool:
        """Whether a price shows: there is use on the first day, and on most of the next ones."""
        bill, near = self.bills[place.source], Period(start, start + 14 * DAY)
        days = {c.day for c in bill.charges if c.meter in place.meters and c.day in near}
        return start in days and len(days) >= 9

    def _rest(self, start: date) -> Period:
        return Period(start, self.bills["aws"].calendar.today)

    def _deployed(self, place: Place) -> tuple[str, tuple[Filter, ...]]:
        """Now and then somebody told of a deployment just before."""
        project = place.where["project"]
        if project is None or self._random.random() < 0.5:
            return "", ()
        return f"{project} deployed", (Filter("project", Op.IS, (project,)),)

    def _of(
        self,
        plant: Plant,
        place: Place,
        days: Period,
        dollars: float,
        told: str = "",
        scope: Sequence[Filter] = (),
    ) -> Planted:
        return Planted(
            plant=plant,
            source=place.source,
            days=news(plant, days.start, days.days),
            where=place.where,
            a_day=Decimal(str(round(dollars, 2))),
            told=told,
            scope=tuple(scope),
        )


def _dearer(meter: Meter, factor: float) -> Meter:
    old = meter.price
    price = Price(*(round(p * factor, 9) for p in _prices(old)))
    return replace(meter, price=price, description=f"{meter.description} (new price)")


def _other_model(meter: Meter, factor: float) -> Meter:
    new = "claude-titan-5" if meter.service == "Claude API" else "gpt-5-omni"
    details = {**meter.details, "ModelId": new}
    sku = f"{new}-{(meter.meter or '').lower().replace(' ', '-')}"
    dearer = _dearer(meter, factor)
    return replace(dearer, details=details, sku=sku, description=f"{new} {meter.meter}")


def _prices(price: Price) -> Iterator[float]:
    return iter((price.list, price.contracted, price.effective, price.billed))


Make = Callable[[Label | None, int, date], Meter]


def _aws(machine: aws_meters.Machine, account: Account, region: str) -> Make:
    def make(label: Label | None, n: int, start: date) -> Meter:
        name = f"i-0{start:%Y%m%d}{n:02}ab{machine.cores:03}e"
        return aws_meters.instance(machine, name, label, account=account, region=region)

    return make


def _gcp(kind: str) -> Make:
    def make(label: Label | None, n: int, start: date) -> Meter:
        return gcp.machine(kind, f"burst-{start:%m%d}-{n}", label, project=gcp.ANALYTICS)

    return make


def _azure(kind: str) -> Make:
    def make(label: Label | None, n: int, start: date) -> Meter:
        name = f"burst-{start:%m%d}-{n}"
        return azure.machine(kind, name, label, subscription=azure.RESEARCH)

    return make


_MACHINES: Mapping[str, tuple[Make, ...]] = {
    "aws": (
        _aws(aws_meters.G5_12, aws_meters.DEV, "us-west-2"),
        _aws(aws_meters.G5_48, aws_meters.PROD, "eu-west-1"),
        _aws(aws_meters.G5_2, aws_meters.RESEARCH, "us-east-2"),
        _aws(aws_meters.P4D, aws_meters.RESEARCH, "us-west-2"),
        _aws(aws_meters.M6I, aws_meters.DATA, "us-east-1"),
    ),
    "gcp": (_gcp("a2-highgpu-1g"), _gcp("n2-standard-16"), _gcp("g2-standard-12")),
    "azure": (_azure("Standard_NC24ads_A100_v4"), _azure("Standard_NC96ads_A100_v4")),
}
_PLANTS: Mapping[Plant, Callable[[Planter, Plant, date], Planted]] = {
    Plant.SPIKE: Planter._spike,
    Plant.CLUSTER: Planter._cluster,
    Plant.PRICE: Planter._price,
    Plant.RUNAWAY: Planter._runaway,
    Plant.SWITCH: Planter._switch,
    Plant.STEP: Planter._step,
    Plant.MIGRATION: Planter._migration,
    Plant.PURCHASE: Planter._purchase,
    Plant.CORRECTION: Planter._correction,
    Plant.OUTAGE: Planter._outage,
}
