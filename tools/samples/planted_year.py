"""A year of the sample company's bills with things planted in it: budgets, too, and the truth."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from random import Random

from tools.core.periods import DAY, Period, Unit, shift, unit_start
from tools.core.query import Filter, Op
from tools.core.settings import LakeSettings
from tools.ledger.happenings import DEPLOYMENT, PLANNED, Happening
from tools.samples.charges import Bill
from tools.samples.ordinary import ordinary_bills
from tools.samples.planted import PlannedBudget, Planted, Restated, where_of, whole_months
from tools.samples.planting import Planter
from tools.samples.seen import Seen, Version, write_seen

YEAR = Period(date(2025, 11, 1), date(2026, 11, 1))
HISTORY = 6  # months of bills before the first day that is played
TEAMS = ("assistant", "search", "ml-research", "data", "platform", "growth")
FINOPS = "C0FINOPS00"
_CHANNEL = "C0{:.8}"
_MARGIN = timedelta(days=9)  # at the ends nothing begins: it could be judged by nobody
_RESTATED_A_YEAR = 6
Spent = dict[tuple[str, date], float]  # dollars in the end, by source and day


@dataclass(frozen=True, kw_only=True)
class PlantedYear:
    """What was planted, and what is true of it; the bills hold none of this.

    Args:
        days: those that are played.
        planted: everything, oldest first.
        budgets: with the raises to come.
        restated: what a bill told wrong for a while.
        seen: the bills as each day saw them.
        costs: by budget, in its order, what each source's day came to in the end.
    """

    days: Period
    planted: tuple[Planted, ...]
    budgets: tuple[PlannedBudget, ...]
    restated: tuple[Restated, ...]
    seen: Seen
    costs: tuple[Spent, ...]

    @cached_property
    def versions(self) -> Mapping[date, Sequence[Version]]:
        """By charge day, how it looked when."""
        found: defaultdict[date, list[Version]] = defaultdict(list)
        for version in self.seen.versions:
            found[version.day].append(version)
        return found

    def told(self, day: date) -> tuple[Happening, ...]:
        """What somebody tells Purser on a day: plans some days before, deployments on the day."""
        found = []
        for n, one in enumerate(self.planted):
            ahead = 4 * DAY if one.is_planned else timedelta(0)
            if one.told and one.days.start - ahead == day:
                found.append(_happening(one, n))
        return tuple(found)

    def spent(self, budget: int, day: date, window: Period) -> float:
        """What a budget's bills came to on the morning of a day, whole days and parts of days."""
        costs = self.costs[budget]
        return sum(
            costs.get((v.source, v.day), 0.0) * v.share
            for charged in window.each_day()
            for v in self.versions.get(charged, ())
            if v.seen_from <= day < v.seen_until
        )

    def whole(self, budget: int, window: Period) -> float:
        """What a budget's period came to in the end."""
        return sum(cost for (_, day), cost in self.costs[budget].items() if day in window)


def write_year(
    folder: Path,
    settings: LakeSettings,
    *,
    seed: int,
    days: Period = YEAR,
    history: int = HISTORY,
) -> PlantedYear:
    """Make a year up, write its bills and load them.

    Args:
        folder: where bills and lake are written.
        settings: dimensions and currencies to read them with.
        seed: another one plants other things at other places.
        days: that are to be played.
        history: whole months of bills before the first of them.
    """
    bills = ordinary_bills(whole_months(days, before=history), seed=seed)
    able = Period(days.start + _MARGIN, max(days.end - _MARGIN, days.start + _MARGIN + DAY))
    planted = Planter(bills, able, seed).plant_all()
    random = Random(f"budgets/{seed}")  # noqa: S311  not a secret
    restated = _restated(days, random)
    scopes = _scopes(random)
    costs = tuple(_costs(bills, scope) for scope, _, _ in scopes)
    return PlantedYear(
        days=days,
        planted=planted,
        budgets=tuple(
            _budget(scope, period, channel, cost, days, random)
            for (scope, period, channel), cost in zip(scopes, costs, strict=True)
        ),
        restated=restated,
        seen=write_seen(folder, bills, restated=restated, settings=settings, seed=seed),
        costs=costs,
    )


def channel_of(team: str) -> str:
    """The channel of a team's alerts and digests."""
    return _CHANNEL.format(team.replace("-", "").upper())


def _happening(one: Planted, n: int) -> Happening:
    start = datetime.combine(one.days.start, time(), tzinfo=UTC)
    return Happening(
        id=f"planted-{n}",
        start=start,
        end=start + timedelta(days=one.days.days) if one.is_planned else None,
        kind=PLANNED if one.is_planned else DEPLOYMENT,
        text=one.told,
        scope=one.scope,
        by="the sample",
    )


def _restated(days: Period, random: Random) -> tuple[Restated, ...]:
    """Now and then a month's bill is lower for some days, then as it was."""
    found: list[Restated] = []
    for _ in range(max(1, round(_RESTATED_A_YEAR * days.days / 365))):
        day = days.start + random.randrange(days.days) * DAY
        start = max(unit_start(day, Unit.MONTH) + 9 * DAY, day)
        source = random.choice(("aws", "aws", "gcp"))
        seen = Period(start, start + random.randint(2, 4) * DAY)
        month = Period(unit_start(start, Unit.MONTH), start - 3 * DAY)
        near = Period(seen.start - 5 * DAY, seen.end + 5 * DAY)
        if all(r.source != source or r.seen.start not in near for r in found):
            share = random.uniform(0.8, 0.88)
            found.append(Restated(source=source, days=month, seen=seen, share=share))
    return tuple(found)


def _scopes(random: Random) -> list[tuple[tuple[Filter, ...], Unit, str]]:
    """Whose budgets there are: everything, each team's, one team's production a quarter."""
    team = random.choice(TEAMS)
    prod = (Filter("team", Op.IS, (team,)), Filter("env", Op.IS, ("prod",)))
    return [
        ((), Unit.MONTH, FINOPS),
        *(((Filter("team", Op.IS, (t,)),), Unit.MONTH, channel_of(t)) for t in TEAMS),
        (prod, Unit.QUARTER, channel_of(team)),
        ((Filter("service", Op.IS, ("Claude API",)),), Unit.MONTH, FINOPS),
    ]


def _costs(bills: Mapping[str, Bill], scope: Sequence[Filter]) -> Spent:
    found: Spent = {}
    for source, bill in bills.items():
        keys = [where_of(meter) for meter in bill.meters]
        mine = {n for n, key in enumerate(keys) if in_scope(key, scope)}
        for charge in bill.charges:
            # What a later bill corrects comes when nobody looks at the period any more.
            if charge.meter in mine and charge.billing_period <= charge.day:
                place = (source, charge.day)
                found[place] = found.get(place, 0.0) + charge.effective / 1e9
    return found


def in_scope(key: Mapping[str, str | None], scope: Sequence[Filter]) -> bool:
    """Whether charges with those dimension values belong to a scope."""
    return all(key[f.dimension] in f.values for f in scope)


def _budget(
    scope: tuple[Filter, ...],
    period: Unit,
    channel: str,
    costs: Spent,
    days: Period,
    random: Random,
) -> PlannedBudget:
    """Near what its periods come to: some are always kept, some never, most now and then."""
    months = 3 if period is Unit.QUARTER else 1
    paid = sum(cost for (_, day), cost in costs.items() if day in days)
    usual = paid / days.days * 30.44 * months
    amount = _round(usual * random.uniform(0.8, 1.45))
    raised = None
    if random.random() < 0.4 and days.days > 60:
        day = days.start + random.randint(30, days.days - 20) * DAY
        raised = (day, _round(float(amount) * random.uniform(1.15, 1.5)))
    return PlannedBudget(scope=scope, period=period, amount=amount, channel=channel, raised=raised)


def _round(amount: float) -> Decimal:
    """To two digits, as people set budgets."""
    whole = Decimal(round(amount))
    step = Decimal(1).scaleb(max(0, whole.adjusted() - 1))
    return ((whole / step).quantize(Decimal(1)) * step).quantize(Decimal(1))


def periods_of(budget: PlannedBudget, days: Period) -> tuple[Period, ...]:
    """The budget's periods that any of those days lie in."""
    found, start = [], unit_start(days.start, budget.period)
    while start < days.end:
        end = shift(start, budget.period, 1)
        found.append(Period(start, end))
        start = end
    return tuple(found)
