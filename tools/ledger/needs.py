"""What owners said of resources: still needed until a day, not theirs; and whom was asked when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import delete, insert, select

from tools.gate.people import Actor
from tools.ledger.audit import append, take_head
from tools.ledger.ledger import Ledger
from tools.ledger.schema import NEEDS


class Said(StrEnum):
    """What an owner answered."""

    ASKED = "asked"  # nothing yet
    KEEP = "keep"
    NOT_MINE = "not-mine"


class Need(NamedTuple):
    """What one person said of one resource.

    Args:
        resource: its id.
        person: Slack user id, or the channel that was asked.
        said: what.
        until: of `keep`, until when.
        at: when it was said, or asked.
    """

    resource: str
    person: str
    said: Said
    until: datetime | None
    at: datetime


class Needs:
    """The ledger's record of “Still needed?”.

    Args:
        ledger: where it is kept.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def of(self, resources: Iterable[str]) -> dict[str, tuple[Need, ...]]:
        """By resource, what people said of it."""
        wanted = list(resources)
        found: dict[str, list[Need]] = {id: [] for id in wanted}
        query = select(NEEDS).where(NEEDS.c.resource.in_(wanted)).order_by(NEEDS.c.at)
        with self._ledger.begin() as connection:
            for row in connection.execute(query):
                need = Need(
                    row.resource, row.person, Said(row.answer), _utc(row.until), _at(row.at)
                )
                found[row.resource].append(need)
        return {id: tuple(needs) for id, needs in found.items()}

    def asked(self, resources: Iterable[str], *, person: str) -> None:
        """Somebody was asked; what they answered before is answered anew."""
        for resource in resources:
            self._keep(resource, person, Said.ASKED, None)

    def answer(
        self, resource: str, said: Said, *, actor: Actor, until: datetime | None = None
    ) -> None:
        """Keep what somebody answered, with an entry in the audit log."""
        self._keep(resource, actor.user, said, until, actor=actor)

    def _keep(
        self,
        resource: str,
        person: str,
        said: Said,
        until: datetime | None,
        *,
        actor: Actor | None = None,
    ) -> None:
        now = self._ledger.now()
        mine = (NEEDS.c.resource == resource) & (NEEDS.c.person == person)
        row = {"resource": resource, "person": person, "answer": said, "until": until, "at": now}
        with self._ledger.begin() as connection:
            take_head(connection)
            connection.execute(delete(NEEDS).where(mine))
            connection.execute(insert(NEEDS).values(**row))
            if actor is not None:
                after = {"answer": said.value, "until": until.isoformat() if until else None}
                append(connection, "need", resource[:255], at=now, actor=actor, after=after)


def is_kept(needs: Iterable[Need], *, now: datetime) -> bool:
    """Whether somebody still needs it."""
    return any(n.said is Said.KEEP and n.until is not None and n.until > now for n in needs)


def not_theirs(needs: Mapping[str, Iterable[Need]], resource: str) -> frozenset[str]:
    """Who said that it is not theirs, and is not asked again."""
    return frozenset(n.person for n in needs.get(resource, ()) if n.said is Said.NOT_MINE)


def _utc(at: datetime | None) -> datetime | None:
    return None if at is None else _at(at)


def _at(at: datetime) -> datetime:
    """SQLite forgets the zone."""
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
