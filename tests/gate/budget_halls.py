"""A gate over budgets only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.budgeting import House
from tests.clouds.small_budgets import AWS_LINK
from tests.gate.desks import Desk, TurnedClock, press
from tools.budgets import Budgets, target_of
from tools.clouds.budgets import CloudBudgets
from tools.clouds.resources import Verb
from tools.core.budget import Budget
from tools.gate.budget_world import BudgetWorld
from tools.gate.proposals import Proposal
from tools.gate.worlds import Worlds


class Hall:
    """A house, and a gate over its budgets.

    Args:
        folder: of everything.
        url: of the ledger.
        clouds: with the budgets that some are linked to; else a small one.
    """

    def __init__(
        self, folder: Path, url: str, clouds: Mapping[str, CloudBudgets] | None = None
    ) -> None:
        clock = TurnedClock()
        self.house = House(folder, url, clock)
        if clouds:
            self.house.budgets = Budgets(self.house.budgets.records, clouds)
        self.cloud = self.house.cloud
        self.records = self.house.budgets.records
        self.world = BudgetWorld(self.house.context())
        self.desk = Desk(url, Worlds(budgets=self.world), clock=clock)

    def linked(self, **parts: object) -> Budget:
        return self.house.add("team=ml", link=AWS_LINK, **parts)

    def propose(self, budget: str, amount: str, until: str = "", **parts: object) -> Proposal:
        target = target_of(budget, context=self.house.context())
        after = {"amount": amount, **({"until": until} if until else {})}
        return self.desk.propose(target, verb=Verb.BUDGET, after=after, **parts)

    def done(self, budget: str, amount: str, until: str = "") -> Proposal:
        return self.desk.run(self.propose(budget, amount, until))

    def undone(self, proposal: Proposal) -> Proposal:
        back = self.desk.gate.undo(proposal.id, actor=press("UADMIN"))
        return self.desk.gate.execute(back.id)

    def amount(self, budget: Budget) -> str:
        found = self.records.find(budget.id)
        return f"{found.amount:f}" if found else "none"

    def close(self) -> None:
        self.house.ledger.close()
        self.desk.ledger.close()


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    found = Hall(tmp_path, f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    yield found
    found.close()
