"""Proposals as rows and back: what may be approved is JSON, frozen once it is written."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from datetime import UTC
from decimal import Decimal
from typing import Any

from sqlalchemy import Row

from tools.clouds.resources import Verb
from tools.core.errors import UnavailableError
from tools.gate.people import Actor
from tools.gate.proposals import Decision, Fate, Proposal, Run, Stage, Target, Terms
from tools.gate.world import Deed, Sight
from tools.ledger.audit import plain
from tools.ledger.moments import utc


def body_of(proposal: Proposal) -> str:
    """All that is frozen about a proposal, in the order of the card."""
    held = {
        "targets": [_target_json(target) for target in proposal.targets],
        "requester": asdict(proposal.requester),
        "terms": asdict(proposal.terms),
        "reason": proposal.reason,
        "daily": _decimal_text(proposal.daily),
        "monthly": _decimal_text(proposal.monthly),
        "currency": proposal.currency,
        "notes": proposal.notes,
        "unchecked": proposal.unchecked,
        "watches_use": proposal.watches_use,
        "extra": dict(proposal.extra),
    }
    return json.dumps(held, ensure_ascii=True, separators=(",", ":"))


def row_of(proposal: Proposal) -> dict[str, Any]:
    """A new proposal as a row of its table."""
    return {
        "id": proposal.id,
        "version": proposal.version,
        "digest": proposal.digest,
        "verb": proposal.verb.value,
        "stage": proposal.stage.value,
        "requester": plain(proposal.requester.user)[:64],
        "team": plain(proposal.requester.team)[:32],
        "at": proposal.at.astimezone(UTC),
        "expires": proposal.expires.astimezone(UTC),
        "body": body_of(proposal),
        "undoes": proposal.undoes,
        "outcome": "",
        "channel": proposal.channel,
        "message": proposal.message,
        "lease_holder": "",
    }


def proposal_of(
    row: Row[Any], decisions: Iterable[Row[Any]] = (), runs: Iterable[Row[Any]] = ()
) -> Proposal:
    """The proposal a row holds, with what was decided and what became of it.

    Raises:
        UnavailableError: the row does not hold what was approved; nothing may come of it.
    """
    try:
        proposal = _proposal(row, decisions, runs)
    except (ValueError, KeyError, TypeError, ArithmeticError):
        raise _altered() from None
    if proposal.digest != row.digest:
        raise _altered()
    return proposal


def _proposal(row: Row[Any], decisions: Iterable[Row[Any]], runs: Iterable[Row[Any]]) -> Proposal:
    body = json.loads(row.body)
    return Proposal(
        id=row.id,
        version=row.version,
        undoes=row.undoes,
        outcome=row.outcome,
        channel=row.channel,
        message=row.message,
        verb=Verb(row.verb),
        targets=tuple(_target(target) for target in body["targets"]),
        requester=Actor(**body["requester"]),
        at=utc(row.at),
        expires=utc(row.expires),
        terms=Terms(**{**body["terms"], **_tuples(body["terms"], "approvers", "reasons")}),
        reason=body["reason"],
        daily=_decimal(body["daily"]),
        monthly=_decimal(body["monthly"]),
        currency=body["currency"],
        notes=tuple(body["notes"]),
        unchecked=tuple(body["unchecked"]),
        watches_use=body["watches_use"],
        extra=body["extra"],
        stage=Stage(row.stage),
        decisions=tuple(decision_of(decision) for decision in decisions),
        runs=tuple(run_of(run) for run in runs),
        ended=utc(row.ended),
        snoozed_until=utc(row.snoozed_until),
    )


def _altered() -> UnavailableError:
    return UnavailableError(
        "The ledger's record of this proposal was altered, so nothing is done with it; "
        "propose it again."
    )


def decision_of(row: Row[Any]) -> Decision:
    """What somebody pressed, from its row."""
    return Decision(row.person, row.verdict, utc(row.at), row.reason)


def run_of(row: Row[Any]) -> Run:
    """What became of a target, from its row."""
    return Run(row.target, Fate(row.fate), row.said, utc(row.at))


def _target_json(target: Target) -> dict[str, Any]:
    sight = {field.name: getattr(target.sight, field.name) for field in fields(Sight)}
    sight |= {"facts": dict(target.sight.facts), "labels": dict(target.sight.labels)}
    sight["hourly"] = _decimal_text(target.sight.hourly)
    deed = {field.name: getattr(target.deed, field.name) for field in fields(Deed)}
    return {"sight": sight, "deed": {**deed, "after": dict(target.deed.after)}}


def _target(held: Mapping[str, Any]) -> Target:
    sight, deed = held["sight"], held["deed"]
    undo = None if deed["undo"] is None else Verb(deed["undo"])
    sight = {**sight, **_tuples(sight, "protections", "members", "notes")}
    deed = {**deed, **_tuples(deed, "notes")}
    return Target(
        sight=Sight(**{**sight, "hourly": _decimal(sight["hourly"])}),
        deed=Deed(**{**deed, "verb": Verb(deed["verb"]), "undo": undo}),
    )


def _tuples(held: Mapping[str, Any], *names: str) -> dict[str, tuple[Any, ...]]:
    return {name: tuple(held[name]) for name in names}


def _decimal_text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
