"""Google Cloud budgets: read, change the amount with mask and etag, read back."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tools.clouds.budgets import CloudBudget, check_expected, new_amount
from tools.clouds.cloud import Credential, Operation
from tools.clouds.gcp_access import Access, account_of
from tools.clouds.gcp_errors import AbsentError, told
from tools.clouds.settings import GcpProject
from tools.core.budget import CloudLink
from tools.core.errors import InputError, RefusedError, UnavailableError

GET = Operation(
    "budgets.get_budget", ("billing.budgets.get",), Credential.READ, "read linked budgets"
)
UPDATE = Operation(
    "budgets.update_budget",
    ("billing.budgets.update",),
    Credential.WRITE,
    "change the amount of linked budgets, approved",
)
OPERATIONS = (GET, UPDATE)
_NAME = re.compile(r"billingAccounts/([A-Za-z0-9-]+)/budgets/[A-Za-z0-9-]+\Z")
_NANOS = 10**9
_LAST = "Google Cloud takes the amount of this budget from the period before; set one there first."


@dataclass(frozen=True)
class GcpBudgets:
    """`CloudBudgets` of the billing accounts that Google projects are configured with.

    Args:
        projects: as configured; one with the billing account lends its service accounts.
        access: makes the calls.
    """

    projects: Sequence[GcpProject]
    access: Access = field(default_factory=Access)

    @property
    def operations(self) -> tuple[Operation, ...]:
        """Every call it makes."""
        return OPERATIONS

    def read(self, link: CloudLink) -> CloudBudget:
        """A budget as it is now."""
        return self._read(link, self._project(link, Credential.READ))

    def change(self, link: CloudLink, amount: Decimal, *, expected: CloudBudget) -> CloudBudget:
        """Set its amount, and read it back."""
        project = self._project(link, Credential.WRITE)
        now = self._read(link, project)
        check_expected(now, expected, where="Google Cloud")
        money = _money(new_amount(amount), now.currency)
        request = {
            "budget": {
                "name": link.name,
                "amount": {"specified_amount": money},
                "etag": expected.version,
            },
            "update_mask": {"paths": ["amount.specified_amount"]},
        }
        try:
            self.access.call(project, UPDATE, request)
        except AbsentError:
            raise _none(link) from None
        found = self._read(link, project)
        if found.amount != amount:
            raise UnavailableError(
                "Google Cloud took the new amount, but the budget reads otherwise now; look at it "
                "there."
            )
        return found

    def _read(self, link: CloudLink, project: GcpProject) -> CloudBudget:
        try:
            raw = self.access.call(project, GET, {"name": link.name})
        except AbsentError:
            raise _none(link) from None
        with told(GET, GET.credential, where=f"Google billing account {link.account}"):
            return _budget(link, raw)

    def _project(self, link: CloudLink, credential: Credential) -> GcpProject:
        found = _NAME.match(link.name)
        if link.cloud != "gcp" or not found or found[1] != link.account:
            raise InputError(
                "That is no Google budget; its name reads billingAccounts/…/budgets/…, of the "
                "billing account of the link."
            )
        held = [one for one in self.projects if one.billing_account == link.account]
        if not held:
            raise RefusedError(
                f"Purser is not configured for Google billing account {link.account[:40]}; an "
                "admin can name it as billing_account of a project in purser.toml."
            )
        if credential is Credential.READ:
            return held[0]
        able = next((one for one in held if account_of(one, credential)), None)
        if able is None:
            raise RefusedError(
                f"Purser may not change budgets of Google billing account {link.account}; an "
                "admin can name write_account for its project in purser.toml."
            )
        return able


def _budget(link: CloudLink, raw: Any) -> CloudBudget:  # noqa: ANN401  made at run time
    has_amount = "specified_amount" in raw.amount
    money = raw.amount.specified_amount if has_amount else None
    return CloudBudget(
        link=link,
        name=raw.display_name,
        amount=_amount(money) if money else None,
        currency=money.currency_code if money else "",
        period=_period(raw.budget_filter),
        covers=_covers(link, raw.budget_filter),
        version=raw.etag,
        is_guarded=True,
        fixed="" if has_amount else _LAST,
    )


def _period(chosen: Any) -> str:  # noqa: ANN401
    if "custom_period" in chosen:
        return "custom"
    periods = {"QUARTER": "quarter", "YEAR": "year"}
    return periods.get(chosen.calendar_period.name, "month")


def _covers(link: CloudLink, chosen: Any) -> str:  # noqa: ANN401
    labels = [
        f"{key} {', '.join(str(one) for one in values)}" for key, values in chosen.labels.items()
    ]
    parts: Mapping[str, Sequence[str]] = {
        "": [*chosen.projects, *chosen.resource_ancestors],
        "services ": chosen.services,
        "subaccounts ": chosen.subaccounts,
        "label ": labels,
    }
    told_of = [f"{what}{', '.join(held)}" for what, held in parts.items() if held]
    return "; ".join(told_of)[:300] or f"all of billing account {link.account}"


def _amount(money: Any) -> Decimal:  # noqa: ANN401
    return Decimal(int(money.units)) + Decimal(int(money.nanos)) / _NANOS


def _money(text: str, currency: str) -> dict[str, Any]:
    amount = Decimal(text)
    units = int(amount)
    nanos = int((amount - units) * _NANOS)
    return {"currency_code": currency, "units": units, "nanos": nanos}


def _none(link: CloudLink) -> InputError:
    return InputError(f"Google billing account {link.account} has no such budget; link it anew.")
