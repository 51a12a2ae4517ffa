"""Budgets in the ledger: every change is one transaction, with its entry in the audit log."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import asdict, fields, replace
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, delete, insert, select, update

from tools.core.budget import MOST, PERIODS, Budget, CloudLink, Ending
from tools.core.conditions import conditions_text, plain_scope, read_conditions
from tools.core.errors import InputError, RefusedError
from tools.core.money import money_text
from tools.core.query import Filter
from tools.gate.people import Actor
from tools.ledger.audit import append, plain, take_head
from tools.ledger.freezes import freeze_in
from tools.ledger.ledger import Ledger
from tools.ledger.moments import utc
from tools.ledger.schema import BUDGETS
from tools.ledger.watch_tables import ENDINGS

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

CLOCK = Actor("purser", via="schedule")
_CHANGED = "The budget for {title} was changed meanwhile; look at it with /budget and try again."


class BudgetRecords:
    """The ledger's record of budgets: one for each scope and period.

    Args:
        ledger: where it is kept.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def all(self) -> tuple[Budget, ...]:
        """Every budget that is not retired, by scope."""
        with self._ledger.begin() as connection:
            found = _read(connection)
        return tuple(sorted(found, key=lambda b: (b.title, b.id)))

    def find(self, id: str) -> Budget | None:
        """A budget by its id; None where there is none, or it is retired."""
        with self._ledger.begin() as connection:
            return next(iter(_read(connection, BUDGETS.c.id == id)), None)

    def of(self, scope: Sequence[Filter], period: str) -> Budget | None:
        """The budget of a scope, however its conditions are ordered, and period."""
        with self._ledger.begin() as connection:
            return _of(connection, scope, period)

    def create(self, budget: Budget, *, actor: Actor, deed: str = "") -> Budget:
        """Keep a new budget.

        Args:
            budget: its id, version and time are given here.
            actor: who makes it.
            deed: key of the approved deed it comes from.

        Raises:
            InputError: it is no budget.
            RefusedError: there is one of this scope and period.
        """
        _check(budget)
        now = self._ledger.now()
        new = replace(budget, id=secrets.token_hex(6), version=1, at=now)
        with self._ledger.begin() as connection:
            take_head(connection)
            there = _of(connection, new.scope, new.period)
            if new.ending:
                raise InputError("A new budget has nothing to fall back to; set it without an end.")
            if there:
                money = money_text(there.amount, there.currency)
                raise RefusedError(f"There is a budget for {there.title} already, of {money}.")
            connection.execute(insert(BUDGETS).values(id=new.id, is_retired=0, **_row(new)))
            after = {**_row(new), "deed": deed}
            _log(connection, "budget made", new, at=now, actor=actor, after=after)
        return new

    def change(self, budget: Budget, *, actor: Actor, was: Budget, deed: str = "") -> Budget:
        """Keep a change of a budget.

        Args:
            budget: as it shall be.
            actor: who changes it.
            was: as it was read; it must stand like that still.
            deed: key of the approved deed it comes from.

        Returns:
            The budget as it is kept now.

        Raises:
            InputError: it is no budget.
            RefusedError: it was changed or retired meanwhile; nothing was changed.
        """
        _check(budget)
        if (budget.id, budget.scope, budget.period) != (was.id, was.scope, was.period):
            raise InputError("A budget keeps its scope and period; make another one instead.")
        now = self._ledger.now()
        new = replace(budget, version=was.version + 1, at=now)
        with self._ledger.begin() as connection:
            take_head(connection)
            _change(connection, "budget changed", new, was=was, actor=actor, deed=deed, at=now)
        return new

    def retire(self, budget: Budget, *, actor: Actor, deed: str = "") -> None:
        """End a budget; another one may take its scope.

        Args:
            budget: as it was read; it must stand like that still.
            actor: who ends it.
            deed: key of the approved deed it comes from.

        Raises:
            RefusedError: it was changed or retired meanwhile.
        """
        version, now = budget.version + 1, self._ledger.now()
        with self._ledger.begin() as connection:
            take_head(connection)
            before = _row(_stands(connection, budget))
            mine = BUDGETS.c.id == budget.id
            ended = {"is_retired": 1, "version": version, "at": now}
            connection.execute(update(BUDGETS).where(mine).values(**ended))
            connection.execute(delete(ENDINGS).where(ENDINGS.c.budget == budget.id))
            told = {"before": before, "after": {"deed": deed}}
            _log(connection, "budget retired", budget, at=now, actor=actor, **told)


def fall_back(connection: Connection, was: Budget, *, at: datetime) -> Budget:
    """End an exception: the amount is what it was before, and never more than it is.

    Args:
        connection: of the transaction that tells of it.
        was: the budget as it was read; it must stand like that still.
        at: now; the exception must be over.

    Raises:
        RefusedError: it was changed meanwhile, is not over, or has none, or Purser is frozen;
            nothing was changed.
    """
    ending = was.ending
    is_over = ending is not None and ending.until <= at.date() and ending.back_to <= was.amount
    if ending is None or not is_over:
        raise RefusedError(f"The budget for {was.title} does not fall back now.")
    take_head(connection)  # which a freeze takes, too
    if freeze_in(connection):
        raise RefusedError("Purser is frozen, so nothing falls back.")
    new = replace(was, amount=ending.back_to, ending=None, version=was.version + 1, at=at)
    _change(connection, "budget fell back", new, was=was, actor=CLOCK, deed=ending.deed, at=at)
    return new


def _change(
    connection: Connection,
    event: str,
    new: Budget,
    *,
    was: Budget,
    actor: Actor,
    deed: str,
    at: datetime,
) -> None:
    """Keep it in the place of the old one; the audit log's head is taken already."""
    before = _said(_stands(connection, was))
    connection.execute(update(BUDGETS).where(BUDGETS.c.id == was.id).values(**_row(new)))
    connection.execute(delete(ENDINGS).where(ENDINGS.c.budget == was.id))
    if new.ending:
        connection.execute(insert(ENDINGS).values(budget=was.id, **_ending_row(new.ending)))
    told = {"before": before, "after": {**_said(new), "deed": deed}}
    _log(connection, event, new, at=at, actor=actor, **told)


def _stands(connection: Connection, was: Budget) -> Budget:
    found = next(iter(_read(connection, BUDGETS.c.id == was.id)), None)
    if found is None or found.version != was.version:
        raise RefusedError(_CHANGED.format(title=was.title))
    return found


def _of(connection: Connection, scope: Sequence[Filter], period: str) -> Budget | None:
    wanted = plain_scope(scope)
    found = _read(connection, BUDGETS.c.period == period)
    return next((b for b in found if plain_scope(b.scope) == wanted), None)


def _read(connection: Connection, *where: ColumnElement[bool]) -> tuple[Budget, ...]:
    ending = (ENDINGS.c[name] for name in ("until", "back_to", "deed"))
    joined = BUDGETS.outerjoin(ENDINGS, ENDINGS.c.budget == BUDGETS.c.id)
    query = select(BUDGETS, *ending).select_from(joined).where(BUDGETS.c.is_retired == 0, *where)
    return tuple(_budget(row) for row in connection.execute(query))


def _check(budget: Budget) -> None:
    if budget.period not in PERIODS:
        raise InputError("A budget is of a month, a quarter or a year.")
    if not budget.amount.is_finite() or not 0 < budget.amount < MOST:
        raise InputError("A budget is more than zero.")
    code = budget.currency
    if not (len(code) == 3 and code.isascii() and code.isalpha() and code.isupper()):
        raise InputError(f"“{plain(code)[:20]}” is no currency; write it like USD.")
    if any(not f.dimension.strip() for f in budget.scope):
        raise InputError("A condition of a budget's scope names no dimension.")
    ending = budget.ending
    if ending and not (ending.back_to.is_finite() and 0 < ending.back_to < budget.amount):
        raise InputError("An exception falls back to less than it is, and to more than zero.")


def _row(budget: Budget) -> dict[str, Any]:
    return {
        "scope": plain(conditions_text(budget.scope)),
        "period": budget.period,
        "amount": f"{budget.amount:f}",
        "currency": budget.currency,
        "owner": plain(budget.owner)[:64],
        "channel": plain(budget.channel)[:64],
        "approvers": json.dumps(budget.approvers),
        "link": json.dumps(asdict(budget.link)) if budget.link else "",
        "version": budget.version,
        "at": budget.at,
    }


def _ending_row(ending: Ending) -> dict[str, str]:
    back = f"{ending.back_to:f}"
    return {"until": ending.until.isoformat(), "back_to": back, "deed": plain(ending.deed)[:128]}


def _said(budget: Budget) -> dict[str, Any]:
    """All of it, as the audit log keeps it."""
    ending = budget.ending
    if ending is None:
        return _row(budget)
    return {**_row(budget), "until": ending.until.isoformat(), "back_to": f"{ending.back_to:f}"}


def _budget(row: Row[Any]) -> Budget:
    held = {f.name: getattr(row, f.name) for f in fields(Budget) if f.name != "ending"}
    ending = None
    if row.until:
        until, back = date.fromisoformat(row.until), Decimal(row.back_to)
        ending = Ending(until=until, back_to=back, deed=row.deed)
    return Budget(
        **{
            **held,
            "scope": read_conditions(row.scope),
            "amount": Decimal(row.amount),
            "approvers": tuple(json.loads(row.approvers)),
            "link": CloudLink(**json.loads(row.link)) if row.link else None,
            "at": utc(row.at),
            "ending": ending,
        }
    )


def _log(
    connection: Connection,
    event: str,
    budget: Budget,
    *,
    at: datetime,
    actor: Actor,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    told, now = _told(before), _told(after)
    append(connection, event, budget.target, at=at, actor=actor, before=told, after=now)


def _told(row: dict[str, Any] | None) -> dict[str, Any]:
    """What the audit log says of a budget; the entry has the time itself."""
    return {k: v for k, v in (row or {}).items() if k != "at" and (k, v) != ("deed", "")}
