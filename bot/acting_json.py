"""Machines, budgets and proposals as JSON: the part of the contract that is about acting."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from bot.answers import accrued_json
from bot.wording import sentence
from tools.core.budget import Budget, BudgetStatus, BudgetTable
from tools.core.machines import Machine, Machines
from tools.core.money import decimal_text
from tools.gate.proposals import Proposal


def acting_json(result: Machines | BudgetTable | Proposal) -> dict[str, Any]:
    """The result with numbers as decimal strings and times in ISO form."""
    match result:
        case Machines():
            return _machines(result)
        case BudgetTable():
            return _budgets(result)
        case Proposal():
            return _proposal(result)


def _machines(found: Machines) -> dict[str, Any]:
    return {
        "machines": [_machine(machine) for machine in found.machines],
        "asked": found.asked,
        "as_of": found.as_of.isoformat(),
        "hours": found.hours,
        "hourly": {c: decimal_text(v) for c, v in found.hourly.items()},
        "wasted": {c: decimal_text(v) for c, v in found.wasted.items()},
        "unknown": found.unknown,
        "unpriced": found.unpriced,
        "looked_at": found.looked_at,
        "notes": list(found.notes),
    }


def _machine(machine: Machine) -> dict[str, Any]:
    resource = machine.resource
    return {
        "id": resource.id,
        "name": resource.name,
        "kind": resource.address.kind.value,
        "type": resource.type,
        "gpu": resource.gpu,
        "gpus": resource.gpus,
        "state": resource.state.value,
        "labels": dict(machine.labels),
        "hourly": decimal_text(machine.hourly),
        "currency": machine.currency,
        "price_from": machine.price_from,
        "idleness": machine.idleness.value,
        "idle_since": machine.idle_since.isoformat() if machine.idle_since else None,
        "wasted": decimal_text(machine.wasted),
        "sureness": machine.sureness,
        "advice": machine.advice,
    }


def _budgets(table: BudgetTable) -> dict[str, Any]:
    return {
        "budgets": [_budget(status) for status in table.statuses],
        "asked": table.asked,
        "as_of": table.as_of.isoformat() if table.as_of else None,
        "notes": list(table.notes),
    }


def _budget(status: BudgetStatus) -> dict[str, Any]:
    budget = status.budget
    return {
        "id": budget.id,
        "scope": [f.text() for f in budget.scope],
        "every": budget.period,
        "amount": decimal_text(budget.amount),
        "currency": budget.currency,
        "ending": _ending(budget),
        "period": {"start": str(status.window.start), "end": str(status.window.end)},
        "spent": decimal_text(status.spent),
        "share": decimal_text(status.share),
        "accrued": accrued_json(status.accrued),
        "forecast": decimal_text(status.forecast),
        "forecast_low": decimal_text(status.forecast_low),
        "forecast_high": decimal_text(status.forecast_high),
        "complete_through": str(status.complete_through) if status.complete_through else None,
        "drift": status.drift,
        "owner": budget.owner,
        "channel": budget.channel,
        "approvers": list(budget.approvers),
        "link": asdict(budget.link) if budget.link else None,
    }


def _ending(budget: Budget) -> dict[str, str | None] | None:
    """Until when the amount holds, and what it falls back to."""
    if budget.ending is None:
        return None
    return {"until": str(budget.ending.until), "back_to": decimal_text(budget.ending.back_to)}


def _proposal(proposal: Proposal) -> dict[str, Any]:
    return {
        "proposal": {
            "id": proposal.id,
            "version": proposal.version,
            "text": sentence(proposal),
            "verb": proposal.verb.value,
            "stage": proposal.stage.value,
            "targets": [target.sight.target for target in proposal.targets],
            "changes": [dict(target.deed.after) for target in proposal.targets],
            "daily": decimal_text(proposal.daily),
            "monthly": decimal_text(proposal.monthly),
            "currency": proposal.currency,
            "approvals": proposal.terms.approvals,
            "expires": proposal.expires.isoformat(),
            "outcome": proposal.outcome,
        }
    }
