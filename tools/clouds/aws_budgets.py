"""AWS Budgets: read, change the amount, read back.

AWS takes a whole budget and knows no mark of a state: the budget is read immediately before, the
same is written with another amount, and what is read back must differ in nothing else.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from tools.clouds.aws_errors import AbsentError, code_of, readable
from tools.clouds.aws_places import Place, Sessions
from tools.clouds.budgets import CloudBudget, check_expected, new_amount
from tools.clouds.cloud import Credential, Operation
from tools.clouds.settings import AwsAccount
from tools.core.budget import CloudLink
from tools.core.errors import InputError, RefusedError, UnavailableError

DESCRIBE = Operation(
    "budgets.describe_budget", ("budgets:ViewBudget",), Credential.READ, "read linked budgets"
)
UPDATE = Operation(
    "budgets.update_budget",
    ("budgets:ModifyBudget",),
    Credential.WRITE,
    "change the amount of linked budgets, approved",
)
OPERATIONS = (DESCRIBE, UPDATE)
_REPORTED = ("CalculatedSpend", "LastUpdatedTime", "HealthStatus")  # AWS takes none of it back
_OLD, _NEW = ("CostFilters", "CostTypes"), ("FilterExpression", "Metrics")
_PERIODS = {
    "DAILY": "day",
    "MONTHLY": "month",
    "QUARTERLY": "quarter",
    "ANNUALLY": "year",
    "CUSTOM": "custom",
}
_FIXED = {
    "AutoAdjustData": "AWS adjusts the amount of this budget by itself; change that at AWS.",
    "PlannedBudgetLimits": "This budget has amounts planned by period; change them at AWS.",
}
_SPEND = "AWS shows zero spend on this budget after a change, until it has recalculated."


@dataclass(frozen=True)
class AwsBudgets:
    """`CloudBudgets` of the configured AWS accounts.

    Args:
        accounts: as configured.
        sessions: signs the calls.
    """

    accounts: Sequence[AwsAccount]
    sessions: Sessions

    @property
    def operations(self) -> tuple[Operation, ...]:
        """Every call it makes."""
        return OPERATIONS

    def read(self, link: CloudLink) -> CloudBudget:
        """A budget as it is now."""
        place = self._place(link)
        with readable(place.account_text):
            return _budget(link, _described(place, link))

    def change(self, link: CloudLink, amount: Decimal, *, expected: CloudBudget) -> CloudBudget:
        """Set its amount, and read it back."""
        place = self._place(link)
        place.allow(Credential.WRITE)
        with readable(place.account_text):
            raw = _described(place, link)
            check_expected(_budget(link, raw), expected, where="AWS")
            text = new_amount(amount)
            limit = {"Amount": text, "Unit": raw["BudgetLimit"]["Unit"]}
            wanted = {**_writable(raw), "BudgetLimit": limit}
            place.call(UPDATE, AccountId=link.account, NewBudget=wanted)
            return _checked(link, _described(place, link), wanted)

    def _place(self, link: CloudLink) -> Place:
        found = next((one for one in self.accounts if one.id == link.account), None)
        if link.cloud != "aws" or found is None:
            raise RefusedError(
                f"Purser is not configured for AWS account {link.account[:40]}; an admin can add "
                "it to purser.toml."
            )
        return Place(found, found.regions[0], self.sessions)


def _described(place: Place, link: CloudLink) -> dict[str, Any]:
    """The budget; with its filter expression, which is else left out and would then be lost."""
    asked: dict[str, Any] = {
        "AccountId": link.account,
        "BudgetName": link.name,
        "ShowFilterExpression": True,
    }
    try:
        raw: dict[str, Any] = place.call(DESCRIBE, **asked)["Budget"]
    except AbsentError:
        raise _none(place) from None
    except RefusedError as error:
        cause = error.__cause__
        if hasattr(cause, "response") and code_of(cause) == "NotFoundException":
            raise _none(place) from error
        raise
    if raw["BudgetType"] != "COST":
        raise InputError(
            "That AWS budget is of use or of commitments, not of money; link one of type COST."
        )
    return raw


def _budget(link: CloudLink, raw: Mapping[str, Any]) -> CloudBudget:
    limit = raw.get("BudgetLimit") or {}
    spend = (raw.get("CalculatedSpend") or {}).get("ActualSpend") or {}
    currency = str(limit.get("Unit", ""))
    amount = _decimal(limit.get("Amount"))
    fixed = next((why for key, why in _FIXED.items() if raw.get(key)), "")
    if amount is None and not fixed:
        fixed = "This budget has no amount of its own; set one at AWS."
    return CloudBudget(
        link=link,
        name=raw["BudgetName"],
        amount=amount,
        currency=currency,
        period=_PERIODS.get(raw["TimeUnit"], "custom"),
        covers=_covers(link, raw),
        version=_version(raw),
        is_guarded=False,
        spent=_decimal(spend.get("Amount")) if spend.get("Unit") == currency else None,
        fixed=fixed,
        notes=() if fixed else (_SPEND,),
    )


def _covers(link: CloudLink, raw: Mapping[str, Any]) -> str:
    filters = raw.get("CostFilters") or {}
    if filters:
        listed = [f"{key} {', '.join(map(str, values))}" for key, values in filters.items()]
        return "; ".join(listed)[:300]
    if raw.get("FilterExpression"):
        return json.dumps(raw["FilterExpression"], sort_keys=True, ensure_ascii=False)[:300]
    return f"all of account {link.account}"


def _writable(raw: Mapping[str, Any]) -> dict[str, Any]:
    """What may be sent back: filters in one language, never in both."""
    kept = {key: value for key, value in raw.items() if key not in _REPORTED and value != {}}
    if "FilterExpression" in kept and (kept.get("Metrics") or "CostFilters" not in kept):
        return {key: value for key, value in kept.items() if key not in _OLD}
    dropped = _NEW if "CostTypes" in kept or "CostFilters" in kept else ()
    return {key: value for key, value in kept.items() if key not in dropped}


def _version(raw: Mapping[str, Any]) -> str:
    """A hash of all that a person set: AWS has no mark of its own."""
    held = {key: value for key, value in raw.items() if key not in _REPORTED}
    text = json.dumps(held, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _checked(link: CloudLink, raw: Mapping[str, Any], wanted: Mapping[str, Any]) -> CloudBudget:
    """What was read back, seen to be what was sent."""
    found = _budget(link, raw)
    others = {key: value for key, value in wanted.items() if key != "BudgetLimit"}
    is_same = all(raw.get(key) == value for key, value in others.items())
    if not is_same or found.amount != Decimal(wanted["BudgetLimit"]["Amount"]):
        raise UnavailableError(
            "AWS took the new amount, but the budget reads otherwise now; look at it at AWS."
        )
    return found


def _decimal(text: object) -> Decimal | None:
    try:
        return Decimal(str(text)) if text is not None else None
    except InvalidOperation:
        return None


def _none(place: Place) -> InputError:
    return InputError(f"{place.account_text} has no budget of that name; link it anew.")
