"""A small cloud's budgets, with behaviour of their own: versions, troubles, somebody else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from tools.clouds.budgets import CloudBudget
from tools.clouds.cloud import Operation
from tools.core.budget import CloudLink
from tools.core.errors import InputError, PurserError, RefusedError

AWS_LINK = CloudLink(cloud="aws", account="111122223333", name="ml")


def cloud_budget(amount: str = "20000.0", **parts: object) -> CloudBudget:
    held = {
        "link": AWS_LINK,
        "name": "ml",
        "amount": Decimal(amount),
        "currency": "USD",
        "period": "month",
        "covers": "all of account 111122223333",
        "version": "1",
        "is_guarded": False,
        **parts,
    }
    return CloudBudget(**held)


class SmallBudgets:
    """One cloud's budgets in memory.

    Args:
        budgets: what is there.
    """

    def __init__(self, *budgets: CloudBudget) -> None:
        self.held = {budget.link: budget for budget in budgets}
        self.changes: list[Decimal] = []
        self.trouble: PurserError | None = None  # met by every call
        self.refuses: PurserError | None = None  # met by a change
        self.after_change: Callable[[], None] = lambda: None  # a crash, an answer that is lost

    @property
    def operations(self) -> tuple[Operation, ...]:
        return ()

    def read(self, link: CloudLink) -> CloudBudget:
        if self.trouble:
            raise self.trouble
        if link not in self.held:
            raise InputError("There is no budget of that name in AWS; link another one.")
        return self.held[link]

    def change(self, link: CloudLink, amount: Decimal, *, expected: CloudBudget) -> CloudBudget:
        there = self.read(link)
        if self.refuses:
            raise self.refuses
        if there.version != expected.version:
            raise RefusedError("The budget was changed in AWS meanwhile; nothing was changed.")
        self.set(amount)
        self.changes.append(amount)
        self.after_change()
        return self.held[link]

    def set(self, amount: Decimal, link: CloudLink = AWS_LINK) -> None:
        """Somebody changes it there."""
        there = self.held[link]
        self.held[link] = replace(there, amount=amount, version=str(int(there.version) + 1))
