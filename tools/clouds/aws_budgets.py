"""AWS Budgets: read, change the amount, read back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from tools.clouds.budgets import CloudBudget
from tools.clouds.cloud import Credential, Operation
from tools.clouds.settings import AwsAccount
from tools.core.budget import CloudLink

OPERATIONS = (
    Operation(
        "budgets.describe_budget", ("budgets:ViewBudget",), Credential.READ, "reads linked budgets"
    ),
    Operation(
        "budgets.update_budget",
        ("budgets:ModifyBudget",),
        Credential.WRITE,
        "changes the amount of linked budgets",
    ),
)


@dataclass(frozen=True)
class AwsBudgets:
    """`CloudBudgets` of the configured AWS accounts."""

    accounts: Sequence[AwsAccount]

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
