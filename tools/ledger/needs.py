"""What owners said of resources: still needed until a day, not theirs; and whom was asked when."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import delete, insert, select

from tools.gate.people import Actor
from tools.ledger.audit import append, take_head
from tools.ledger.ledger import Ledger
from tools.ledger.moments import utc
from tools.ledger.schema import NEEDS

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row


class Said(StrEnum):
    """What an owner answered."""

    ASKED = "asked"  # nothing yet
    KEEP = "keep"
    STOP = "stop"  # a proposal to stop it was made
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
                need = Need(row.resource, row.person, Said(row.answer), utc(row.until), utc(row.at))
                found[row.resource].append(need)
        return {id: tuple(needs) for id, needs in found.items()}

    def claim(self, resources: Iterable[str], *, person: str, since: datetime) -> tuple[str, ...]:
        """Note that somebody is being asked, unless they were already; of two at once, one does.

        What they answered before is answered anew, but not that it is not theirs.

        Args:
            resources: what about.
            person: Slack user id, or the channel.
            since: whom was asked, or has answered, after this is not asked again.

        Returns:
            What they are to be asked about.
        """
        with self._ledger.begin() as connection:
            return self.claim_in(connection, resources, person=person, since=since)

    def claim_in(
        self, connection: Connection, resources: Iterable[str], *, person: str, since: datetime
    ) -> tuple[str, ...]:
        """The same in the caller's transaction."""
        now, found = self._ledger.now(), []
        take_head(connection)
        for resource in dict.fromkeys(resources):
            mine = (NEEDS.c.resource == resource) & (NEEDS.c.person == person)
            rows = connection.execute(select(NEEDS).where(NEEDS.c.resource == resource)).all()
            if any(_forbids(row, person, since=since, now=now) for row in rows):
                continue
            connection.execute(delete(NEEDS).where(mine))
            row = {"resource": resource, "person": person, "answer": Said.ASKED, "at": now}
            connection.execute(insert(NEEDS).values(**row))
            found.append(resource)
        return tuple(found)

    def release(self, resources: Iterable[str], *, person: str) -> None:
        """The question could not be brought: they were not asked after all."""
        mine = (NEEDS.c.person == person) & (NEEDS.c.answer == Said.ASKED)
        with self._ledger.begin() as connection:
            take_head(connection)
            connection.execute(delete(NEEDS).where(mine & NEEDS.c.resource.in_(list(resources))))

    def answer(
        self, resource: str, said: Said, *, actor: Actor, until: datetime | None = None
    ) -> None:
        """Keep what somebody answered, with an entry in the audit log.

        The same answer once more, as a click delivered twice, changes nothing.
        """
        now = self._ledger.now()
        mine = (NEEDS.c.resource == resource) & (NEEDS.c.person == actor.user)
        row = {"resource": resource, "person": actor.user, "answer": said, "until": until}
        with self._ledger.begin() as connection:
            take_head(connection)
            before = connection.execute(select(NEEDS).where(mine)).one_or_none()
            if before and (before.answer, utc(before.until)) == (said, until):
                return
            connection.execute(delete(NEEDS).where(mine))
            connection.execute(insert(NEEDS).values(**row, at=now))
            was = {"answer": before.answer, "until": _text(before.until)} if before else {}
            after = {"answer": said.value, "until": _text(until)}
            append(connection, "need", resource, at=now, actor=actor, before=was, after=after)


def is_kept(needs: Iterable[Need], *, now: datetime) -> bool:
    """Whether somebody still needs it."""
    return any(n.said is Said.KEEP and n.until is not None and n.until > now for n in needs)


def not_theirs(needs: Mapping[str, Iterable[Need]], resource: str) -> frozenset[str]:
    """Who said that it is not theirs, and is not asked again."""
    return frozenset(n.person for n in needs.get(resource, ()) if n.said is Said.NOT_MINE)


def _forbids(row: Row[Any], person: str, *, since: datetime, now: datetime) -> bool:
    """Whether what somebody said of a resource forbids to ask a person about it."""
    if row.answer == Said.KEEP and row.until is not None and utc(row.until) > now:
        return True
    return bool(row.person == person and (row.answer == Said.NOT_MINE or utc(row.at) > since))


def _text(at: datetime | None) -> str | None:
    return None if at is None else utc(at).isoformat()
