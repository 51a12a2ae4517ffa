"""The kill switch: while it is pressed nothing is executed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from tools.gate.people import Actor
from tools.gate.rules import Freeze
from tools.ledger.audit import append, plain, take_head
from tools.ledger.ledger import Ledger
from tools.ledger.moments import utc
from tools.ledger.schema import FREEZE

if TYPE_CHECKING:
    from sqlalchemy import Connection

GATE = "gate"  # the subject of its entries in the audit log


class Freezes:
    """The kill switch in the ledger, so that every replica sees it.

    Args:
        ledger: where it is kept.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def current(self) -> Freeze | None:
        """The freeze that is on; None where there is none."""
        with self._ledger.begin() as connection:
            return freeze_in(connection)

    def freeze(self, *, actor: Actor, reason: str = "") -> bool:
        """Freeze; whether it was not frozen before. The first reason stands."""
        now = self._ledger.now()
        row = {"one": 1, "by": plain(actor.user)[:64], "at": now, "reason": plain(reason)}
        with self._ledger.begin() as connection:
            take_head(connection)
            if freeze_in(connection):
                return False
            connection.execute(insert(FREEZE).values(**row))
            after = {"frozen": True, "reason": reason}
            append(connection, "frozen", GATE, at=now, actor=actor, after=after)
        return True

    def unfreeze(self, *, actor: Actor) -> bool:
        """Let it go on; whether it was frozen."""
        with self._ledger.begin() as connection:
            take_head(connection)
            freeze = freeze_in(connection)
            if freeze is None:
                return False
            connection.execute(delete(FREEZE))
            before = {"frozen": True, "by": freeze.by, "reason": freeze.reason}
            now = self._ledger.now()
            append(connection, "unfrozen", GATE, at=now, actor=actor, before=before)
        return True


def freeze_in(connection: Connection) -> Freeze | None:
    """The freeze that is on, as a transaction sees it."""
    row = connection.execute(select(FREEZE)).one_or_none()
    if row is None:
        return None
    at = utc(row.at)
    return Freeze(row.by, at, row.reason)
