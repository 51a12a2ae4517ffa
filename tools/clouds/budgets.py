"""Budgets that live in a cloud: AWS Budgets and Google Cloud budgets behind one small protocol."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from tools.clouds.cloud import Operation
from tools.clouds.settings import CloudSettings
from tools.core.budget import CloudLink
from tools.core.clock import Clock
from tools.core.errors import InputError, RefusedError

_CENT = Decimal("0.01")
_MOST = Decimal("1e12")


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudBudget:
    """A cloud's own budget as it is at one moment.

    Args:
        link: where it is.
        name: what people call it there, as data.
        amount: of each period; None where the cloud works it out anew each period.
        currency: of the money in it; empty where there is no amount.
        period: `day`, `month`, `quarter` or `year`; `custom` for one with dates of its own.
        covers: what it covers, as a person reads it: `all of account 111122223333`.
        version: the mark of this state, sent or compared with a change.
        is_guarded: whether the cloud itself refuses a change of anything but `version`; without
            it Purser reads immediately before, so that a short window stays: the card says so.
        spent: what the cloud shows as spent in this period; None where it shows nothing.
        fixed: why its amount cannot be changed from here, in one sentence; empty where it can.
        notes: what a reader must know before changing it.
    """

    link: CloudLink
    name: str
    amount: Decimal | None
    currency: str
    period: str
    covers: str
    version: str
    is_guarded: bool
    spent: Decimal | None = None
    fixed: str = ""
    notes: tuple[str, ...] = ()


class CloudBudgets(Protocol):
    """The budgets of one cloud. It changes an amount and nothing else of a budget."""

    @property
    def operations(self) -> tuple[Operation, ...]:
        """Every call it makes, with the right it takes; `deploy/` is generated from these."""

    def read(self, link: CloudLink) -> CloudBudget:
        """A budget as it is now.

        Raises:
            InputError: it is no budget of money, or there is none of that name.
            RefusedError: it may not be read.
            UnavailableError: the cloud does not answer.
        """

    def change(self, link: CloudLink, amount: Decimal, *, expected: CloudBudget) -> CloudBudget:
        """Set its amount, and read it back.

        Args:
            link: which.
            amount: the new one, in the currency it has.
            expected: the budget as it was read when the change was approved.

        Returns:
            The budget as it was read back; its amount is the new one.

        Raises:
            InputError: the amount is none the cloud takes, or there is no such budget.
            RefusedError: it is not as expected any more, may not be changed, or its amount is
                fixed; nothing was changed.
            UnavailableError: whether it was changed is not known until it is read.
        """


def cloud_budgets(settings: CloudSettings, clock: Clock) -> Mapping[str, CloudBudgets]:
    """By the `cloud` of a link, what reads and changes the budgets of the configured clouds."""
    from tools.clouds.aws_budgets import AwsBudgets
    from tools.clouds.aws_places import Sessions
    from tools.clouds.gcp_budgets import GcpBudgets

    found: dict[str, CloudBudgets] = {}
    if settings.aws:
        found["aws"] = AwsBudgets(settings.aws, Sessions(clock))
    if settings.gcp:
        found["gcp"] = GcpBudgets(settings.gcp)
    return found


def new_amount(amount: Decimal) -> str:
    """An amount as clouds take it: `20000`, `1234.5`.

    Raises:
        InputError: it is none that clouds take.
    """
    if not amount.is_finite() or amount <= 0 or amount >= _MOST:
        raise InputError("A budget's amount is more than zero and less than a trillion.")
    if amount != amount.quantize(_CENT):
        raise InputError("A budget's amount has at most two decimals.")
    return f"{amount.normalize():f}"


def check_expected(now: CloudBudget, expected: CloudBudget, *, where: str) -> None:
    """See that a budget is as it was when its change was approved, and may be changed.

    Raises:
        RefusedError: it is not; nothing was changed.
    """
    if now.fixed:
        raise RefusedError(now.fixed)
    if now.version == expected.version:
        return
    if (now.amount, now.currency) != (expected.amount, expected.currency):
        raise RefusedError(
            f"The budget was changed at {where} since: it is {_money(now)} now and was "
            f"{_money(expected)}; propose it again."
        )
    raise RefusedError(f"The budget was changed at {where} since; propose it again.")


def _money(budget: CloudBudget) -> str:
    return f"{budget.amount:,f} {budget.currency}" if budget.amount is not None else "without one"
