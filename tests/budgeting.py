"""A house with bills of two teams, a ledger for budgets, and a small cloud that has one."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

from tests.asking import Bills
from tests.clouds.small_budgets import SmallBudgets, cloud_budget
from tests.lake.lakes import charge
from tools.budgets import Budgets, list_budgets
from tools.core.budget import Budget, BudgetTable
from tools.core.clock import Clock, FixedClock
from tools.core.conditions import read_conditions
from tools.core.context import Context
from tools.core.scope import EVERYTHING, Scope
from tools.core.settings import LakeSettings
from tools.gate.people import Actor
from tools.lake.lake import Lake
from tools.ledger.budgets import BudgetRecords
from tools.ledger.ledger import Ledger

NOW = FixedClock(datetime(2026, 11, 21, 12, tzinfo=UTC))
ADA = Actor("UADA", "T1")


class House:
    """November: ml pays 600 a day, search 100; the 20th is not complete.

    Args:
        folder: of the lake, and of the ledger where no url is given.
        url: of the ledger.
        clock: the time.
    """

    def __init__(self, folder: Path, url: str = "", clock: Clock = NOW) -> None:
        shutil.copytree(_written(), folder / "lake")
        self.bills = Bills(folder / "lake")
        self.clock = clock
        self.ledger = Ledger(url or f"sqlite:///{folder / 'ledger.sqlite'}", clock)
        self.cloud = SmallBudgets(cloud_budget())
        self.budgets = Budgets(BudgetRecords(self.ledger), {"aws": self.cloud})

    def add(self, scope: str, amount: str = "20000", **parts: object) -> Budget:
        held = {"period": "month", "currency": "USD", **parts}
        new = Budget(id="", scope=read_conditions(scope), amount=Decimal(amount), **held)
        return self.budgets.records.create(new, actor=ADA)

    def context(self, scope: str = "", **settings: object) -> Context:
        seen = Scope(read_conditions(scope)) if scope else EVERYTHING
        lake = Lake(self.bills.root, LakeSettings(**settings))
        return Context(lake, self.clock, seen, asker=ADA, budgets=self.budgets)

    def list(self, where: str = "", *, scope: str = "", **settings: object) -> BudgetTable:
        context = self.context(scope, **settings)
        return list_budgets(read_conditions(where), context=context)


@cache
def _written() -> Path:
    """The lake of every house, written once and copied."""
    folder = tempfile.TemporaryDirectory(prefix="purser-house-")
    atexit.register(folder.cleanup)
    days = [f"2026-10-{day:02}" for day in range(1, 32)]
    days += [f"2026-11-{day:02}" for day in range(1, 21)]
    paid = [charge(d, 600, tags={"team": "ml"}) for d in days]
    paid += [charge(d, 100, tags={"team": "search"}) for d in days]
    return Bills(Path(folder.name)).add(*paid, aws=date(2026, 11, 19)).root
