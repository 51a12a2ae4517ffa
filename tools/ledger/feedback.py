"""What people said of what Purser said without being asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from tools.ledger.ledger import Ledger
from tools.ledger.watch_tables import FEEDBACK, OUTBOX
from tools.watch.outgoing import Told

if TYPE_CHECKING:
    from sqlalchemy import Row


class Verdict(StrEnum):
    """What somebody thinks of an alarm."""

    REAL = "real"  # a problem
    EXPECTED = "expected"  # right, and no surprise
    NOISE = "noise"  # of no use


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What one person said of one message; the last word counts.

    Args:
        message: key in the outbox.
        person: Slack user id.
        sort: what kind of message it is.
        channel: where it stands.
        verdict: what they think.
        at: when.
    """

    message: str
    person: str
    sort: str
    channel: str
    verdict: Verdict
    at: datetime


class Feedback:
    """What people said of alarms.

    Args:
        ledger: where it is kept.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def say(self, message: str, *, person: str, sort: str, channel: str, verdict: Verdict) -> None:
        """Keep what somebody thinks of a message, in the place of what they said before."""
        from sqlalchemy.dialects import postgresql, sqlite

        said = {"sort": sort, "channel": channel, "verdict": verdict.value}
        row = {**said, "message": message, "person": person, "at": self._ledger.now()}
        with self._ledger.begin() as connection:
            # Whoever presses twice at once is heard once.
            dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
            put = dialect.insert(FEEDBACK).values(**row)
            put = put.on_conflict_do_update(index_elements=["message", "person"], set_=row)
            connection.execute(put)

    def all(self) -> tuple[Said, ...]:
        """Everything that was said, oldest first."""
        query = select(FEEDBACK).order_by(FEEDBACK.c.at, FEEDBACK.c.message, FEEDBACK.c.person)
        with self._ledger.begin() as connection:
            return tuple(_said(row) for row in connection.execute(query))

    def of_message(self, message: str) -> tuple[Said, ...]:
        """What was said of one message, oldest first."""
        return tuple(said for said in self.all() if said.message == message)

    def sent(self) -> dict[tuple[str, str], int]:
        """How many messages of each kind went to each channel: (channel, kind) → number."""
        query = (
            select(OUTBOX.c.channel, OUTBOX.c.sort, func.count())
            .where((OUTBOX.c.told != Told.DROPPED.value) & (OUTBOX.c.replaces == ""))
            .where(OUTBOX.c.thread == "")
            .group_by(OUTBOX.c.channel, OUTBOX.c.sort)
        )
        with self._ledger.begin() as connection:
            return {(row[0], row[1]): int(row[2]) for row in connection.execute(query)}


def _said(row: Row[Any]) -> Said:
    return Said(
        message=row.message,
        person=row.person,
        sort=row.sort,
        channel=row.channel,
        verdict=Verdict(row.verdict),
        at=row.at if row.at.tzinfo else row.at.replace(tzinfo=UTC),
    )
