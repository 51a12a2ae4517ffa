"""What people set differently from `purser.toml`, for a while or for good."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import delete, select

from tools.ledger.ledger import Ledger
from tools.ledger.moments import utc
from tools.ledger.watch_tables import WATCH_CHOICES

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, Row


class Choice(NamedTuple):
    """What somebody chose.

    Args:
        subject: what about: `digest C0ML daily`, `mute C0ML anomaly`.
        value: what, as its owner reads it.
        by: Slack user id.
        at: when it was chosen.
        until: when it is over; None for good.
    """

    subject: str
    value: Mapping[str, Any]
    by: str
    at: datetime
    until: datetime | None = None


class WatchChoices:
    """People's choices; what is over is as if it had never been said.

    Args:
        ledger: where they are kept.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def find(self, subject: str) -> Choice | None:
        """What holds for a subject now."""
        found = self._where(WATCH_CHOICES.c.subject == subject)
        return found[0] if found else None

    def beginning(self, start: str) -> tuple[Choice, ...]:
        """What holds for every subject that begins so, in the order of their names."""
        return self._where(WATCH_CHOICES.c.subject.startswith(start, autoescape=True))

    def choose(
        self, subject: str, value: Mapping[str, Any], *, by: str, until: datetime | None = None
    ) -> None:
        """Set a choice; the last one holds."""
        at = self._ledger.now()
        with self._ledger.begin() as connection:
            keep_choice(connection, subject=subject, value=value, by=by, at=at, until=until)

    def forget(self, subject: str) -> bool:
        """Let `purser.toml` hold again; whether somebody had chosen."""
        mine = WATCH_CHOICES.c.subject == subject
        with self._ledger.begin() as connection:
            return bool(connection.execute(delete(WATCH_CHOICES).where(mine)).rowcount)

    def _where(self, condition: ColumnElement[bool]) -> tuple[Choice, ...]:
        query = select(WATCH_CHOICES).where(condition).order_by(WATCH_CHOICES.c.subject)
        with self._ledger.begin() as connection:
            found = [_choice(row) for row in connection.execute(query)]
        now = self._ledger.now()
        return tuple(c for c in found if c.until is None or c.until > now)


def keep_choice(
    connection: Connection,
    *,
    subject: str,
    value: Mapping[str, Any],
    at: datetime,
    by: str = "",
    until: datetime | None = None,
) -> None:
    """Set a choice, in the transaction of whoever sets it; the last one holds."""
    from sqlalchemy.dialects import postgresql, sqlite

    chosen = {"choice": json.dumps(dict(value)), "by": by[:64], "at": at, "until": until}
    # Two people may press the same button at once.
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    put = dialect.insert(WATCH_CHOICES).values(subject=subject, **chosen)
    connection.execute(put.on_conflict_do_update(index_elements=["subject"], set_=chosen))


def _choice(row: Row[Any]) -> Choice:
    until = utc(row.until)
    return Choice(row.subject, json.loads(row.choice), row.by, utc(row.at), until)
