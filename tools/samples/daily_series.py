"""Daily costs to forecast: the sample company's, with and without things planted, and made-up ones.

Made-up series have what real ones have: weekends, growth and decline, noise that lingers, pushes
before the month closes, commitments, fees, purchases, lasting steps and spikes of a day.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from random import Random

from tools.core.periods import DAY, Period, Unit, shift
from tools.samples.charges import Bill, Meter
from tools.samples.ordinary import ordinary_bills
from tools.samples.planted import where_of
from tools.samples.planting import Planter
from tools.watch.forecast import Track

SPAN = Period(date(2025, 5, 1), date(2026, 11, 1))
MADE_UP = 60  # series of a seed
_NANO = 1_000_000_000
_BY = ("team", "account", "service")
_BEFORE, _MARGIN = 184, 9  # days at the ends on which nothing planted begins
_PURCHASE = 0.01  # chance a day


@dataclass(frozen=True, slots=True)
class Named:
    """A series, and the days on which something was planted in it.

    Args:
        name: such as `team=ml`.
        track: its days.
        planted: the days on which something planted begins or ends.
    """

    name: str
    track: Track
    planted: tuple[date, ...] = ()


def company_series(seed: int, *, with_planted: bool) -> Iterator[Named]:
    """Everything, and each team, account and service of the sample company."""
    bills = ordinary_bills(SPAN, seed=seed)
    able = Period(SPAN.start + _BEFORE * DAY, SPAN.end - _MARGIN * DAY)
    planted = Planter(bills, able, seed).plant_all() if with_planted else ()
    found: dict[tuple[str, str | None], Track] = {}
    for bill in bills.values():
        _add(bill, found)
    for (name, value), track in found.items():
        touched = [p.days for p in planted if name == "all" or p.where.get(name) == value]
        days = tuple(day for p in touched for day in (p.start, p.end))
        yield Named(f"{name}={value}" if value is not None else name, track, days)


def _add(bill: Bill, found: dict[tuple[str, str | None], Track]) -> None:
    kinds = [_kind(meter) for meter in bill.meters]
    keys = [_keys(where_of(meter)) for meter in bill.meters]
    for charge in bill.charges:
        place, cost = (charge.day - SPAN.start).days, charge.effective / _NANO
        for key in keys[charge.meter]:
            if key not in found:
                found[key] = Track(SPAN.start, *([0.0] * SPAN.days for _ in range(3)))
            getattr(found[key], kinds[charge.meter])[place] += cost


def _keys(where: Mapping[str, str | None]) -> list[tuple[str, str | None]]:
    return [("all", None), *((name, where[name]) for name in _BY if where[name])]


def _kind(meter: Meter) -> str:
    """As `day_costs` tells it from the bill."""
    if meter.charge != "Usage" or meter.charge_class:
        return "one_off"
    return "committed" if meter.commitment_status else "usual"


def made_up_series(seed: int) -> Iterator[Named]:
    """So many as one seed makes."""
    random = Random(f"series/{seed}")  # noqa: S311  not a secret
    for n in range(MADE_UP):
        made = _MadeUp(random)
        yield Named(f"{seed}/{n}", made.track(), made.steps)


class _MadeUp:
    """One series, drawn."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._level = float(10 ** random.uniform(1.5, 4))
        self._growth = random.gauss(0.02, 0.03)  # a month
        self._weekend = random.choice((1.0, 1.0, 0.7, 0.5, 0.2, 0.0))
        self._noise, self._lingers = random.uniform(0.02, 0.15), random.choice((0.0, 0.0, 0.6))
        self._wanders = random.choice((0.0, 0.0, 0.01))
        self._push = random.choice((0.0, 0.0, 0.0, random.uniform(0.3, 1.5)))
        self._push_days = random.randint(3, 7)
        self._committed = random.choice((0.0, 0.0, random.uniform(0.1, 0.6))) * self._level
        self._fee, self._fee_day = random.choice((0.0, 0.5)) * self._level, random.randint(1, 28)
        days = [*SPAN.each_day()]
        stepped = sorted(random.sample(days[60:], random.choice((0, 0, 0, 1, 2))))
        self.steps = tuple(stepped)
        self._sizes = {day: random.uniform(0.5, 1.8) for day in stepped}
        self._spikes = {
            random.choice(days): random.uniform(1, 5) for _ in range(random.randint(0, 3))
        }

    def track(self) -> Track:
        """The days."""
        random, track = self._random, Track(SPAN.start, [], [], [])
        level, lingering = self._level, 0.0
        grows = float((1 + self._growth) ** (1 / 30.44))
        for day in SPAN.each_day():
            fresh = random.gauss(0, self._noise) * (1 - self._lingers**2) ** 0.5
            lingering = self._lingers * lingering + fresh
            level *= grows * (1 + random.gauss(0, self._wanders)) * self._sizes.get(day, 1.0)
            cost = level * self._shape(day) * max(0.1, 1 + lingering)
            track.usual.append(cost + self._level * self._spikes.get(day, 0.0))
            track.committed.append(self._committed)
            track.one_off.append(self._once(day))
        return track

    def _shape(self, day: date) -> float:
        left = (shift(day.replace(day=1), Unit.MONTH, 1) - day).days
        push = 1 + self._push if left <= self._push_days else 1.0
        return push * (self._weekend if day.weekday() >= 5 else 1.0)

    def _once(self, day: date) -> float:
        bought = self._random.random() < _PURCHASE
        purchase = self._level * self._random.uniform(1, 8) if bought else 0.0
        return purchase + (self._fee if day.day == self._fee_day else 0.0)
