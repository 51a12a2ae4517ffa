"""Budgets over bills that grow day by day, with the job looking when it is told to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path

from bot.app import Purser, build
from bot.config import load
from bot.watch.plans import Plan
from bot.watch.running import keep, planned
from tests.lake.lakes import charge, write_lake
from tools.core.budget import Budget
from tools.core.clock import FixedClock
from tools.core.conditions import read_conditions
from tools.core.periods import DAY
from tools.gate.people import Actor
from tools.watch.settings import WatchSettings

ADA = Actor("U0ADA")
WATCH = WatchSettings(incidents="C0INC", operators="C0OPS")
FIRST = date(2026, 10, 1)


class Story:
    """Purser over bills that grow by a day each day; the bill of a day is there the next."""

    def __init__(self, home: Path, watch: WatchSettings = WATCH) -> None:
        self.home, self.watch = home, watch
        self.costs: dict[date, int] = {}
        self.is_loaded = True

    def purser(self, day: date) -> Purser:
        now = datetime.combine(day, time(9), UTC)
        return build(replace(load(self.home, environ={}), watch=self.watch, clock=FixedClock(now)))

    def budget(self, amount: int = 1000, **changes: object) -> Budget:
        made = {
            "scope": "team=ml",
            "period": "month",
            "owner": "U0ADA",
            "channel": "C0ML",
            **changes,
        }
        budget = Budget(
            id="",
            amount=Decimal(amount),
            currency="USD",
            **{**made, "scope": read_conditions(str(made["scope"]))},
        )
        return self.purser(FIRST).budgets.records.create(budget, actor=ADA)

    def raise_to(self, budget: Budget, amount: int, day: date) -> Budget:
        new = replace(budget, amount=Decimal(amount))
        return self.purser(day).budgets.records.change(new, was=budget, actor=ADA)

    def bill(self, day: date, cost: int) -> None:
        """The day costs that much, and its bill is there."""
        self.costs[day] = cost
        self.is_loaded = False

    def load(self) -> None:
        """Load the newest month's bill."""
        day, self.is_loaded = max(self.costs), True
        days = [d for d in self.costs if (d.year, d.month) == (day.year, day.month)]
        lines = [charge(str(d), self.costs[d], tags={"team": "ml"}) for d in days]
        write_lake(self.purser(day).config.lake_root, lines, complete={"aws": max(days)})

    def look(self, day: date, job: str = "alerts") -> Plan:
        if not self.is_loaded:
            self.load()
        purser = self.purser(day)
        found = planned(purser, job, purser.config.clock.now())
        keep(purser, found)
        return found

    def spend(self, costs: Iterable[int], start: date) -> None:
        """Days cost so much, and nobody looks."""
        for n, cost in enumerate(costs):
            self.bill(start + n * DAY, cost)

    def play(self, costs: Iterable[int], start: date) -> list[str]:
        """What is told, day by day, of costs day by day."""
        told = []
        for n, cost in enumerate(costs):
            self.bill(start + n * DAY, cost)
            told += keys(self.look(start + (n + 1) * DAY))
        return told


def keys(found: Plan) -> list[str]:
    return [
        post.key.partition("/2026-")[2] for post in found.posts if post.key.startswith("alert/")
    ]
