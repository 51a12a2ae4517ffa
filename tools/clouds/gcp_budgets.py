"""Google Cloud budgets: read, change the amount, read back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from tools.clouds.budgets import CloudBudget
from tools.clouds.cloud import Credential, Operation
from tools.clouds.settings import GcpProject
from tools.core.budget import CloudLink

OPERATIONS = (
    Operation(
        "budgets.get_budget", ("billing.budgets.get",), Credential.READ, "reads linked budgets"
    ),
    Operation(
        "budgets.update_budget",
        ("billing.budgets.update",),
        Credential.WRITE,
        "changes the amount of linked budgets",
    ),
)


@dataclass(frozen=True)
class GcpBudgets:
    """`CloudBudgets` of the configured Google projects' billing accounts."""

    projects: Sequence[GcpProject]

    @property
    def operations(self) -> tuple[Operation, ...]:
        """Every call it makes."""
        return OPERATIONS

    def read(self, link: CloudLink) -> CloudBudget:
        """A budget as it is now."""
        raise NotImplementedError

    def change(self, link: CloudLink, amount: Decimal, *, expected: CloudBudget) -> CloudBudget:
        """Set its amount, and read it back."""
        raise NotImplementedError
