"""Incidents and their timelines, kept; every change is a condition on how one stands."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, update

from tools.core.conditions import conditions_text, read_conditions
from tools.core.money import decimal_text
from tools.ledger.ledger import Ledger
from tools.ledger.moments import utc
from tools.ledger.watch_tables import INCIDENT_LINES, INCIDENTS
from tools.watch.incidents import Incident, Line, Standing, burnt_until

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row, Select


class Incidents:
    """The ledger's record of incidents.

    Args:
        ledger: where it is kept.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def going(self) -> tuple[Incident, ...]:
        """Those that were not resolved, oldest first."""
        query = select(INCIDENTS).where(INCIDENTS.c.state != Standing.RESOLVED)
        return self._all(query.order_by(INCIDENTS.c.opened, INCIDENTS.c.id))

    def newest(self, most: int = 20) -> tuple[Incident, ...]:
        """The newest, resolved ones too."""
        return self._all(select(INCIDENTS).order_by(INCIDENTS.c.opened.desc()).limit(most))

    def find(self, id: str) -> Incident | None:
        """One of them."""
        found = self._all(select(INCIDENTS).where(INCIDENTS.c.id == id))
        return found[0] if found else None

    def lines(self, id: str) -> tuple[Line, ...]:
        """Its timeline, oldest first."""
        query = select(INCIDENT_LINES).where(INCIDENT_LINES.c.incident == id)
        with self._ledger.begin() as connection:
            rows = connection.execute(query.order_by(INCIDENT_LINES.c.number)).all()
        lines = [Line(utc(row.at), row.who, row.text, row.source, row.cause) for row in rows]
        return tuple(sorted(lines, key=lambda line: line.at))  # of one moment, as they came

    def told(self, sources: Iterable[str]) -> frozenset[str]:
        """Which of these facts stand in some timeline already."""
        wanted = [source[:255] for source in sources]
        query = select(INCIDENT_LINES.c.source).where(INCIDENT_LINES.c.source.in_(wanted))
        with self._ledger.begin() as connection:
            return frozenset(connection.execute(query).scalars())

    def earlier(self, cause: str) -> int:
        """How many there were of this name."""
        query = select(func.count()).select_from(INCIDENTS).where(INCIDENTS.c.cause == cause)
        with self._ledger.begin() as connection:
            return int(connection.execute(query).scalar_one())

    def _causes(self, ids: Iterable[str]) -> defaultdict[str, set[str]]:
        lines, found = INCIDENT_LINES.c, defaultdict[str, set[str]](set)
        query = select(lines.incident, lines.cause).where(lines.incident.in_(list(ids)))
        with self._ledger.begin() as connection:
            for row in connection.execute(query.where(lines.cause != "")):
                found[row.incident].add(row.cause)
        return found

    def _all(self, query: Select[Any]) -> tuple[Incident, ...]:
        with self._ledger.begin() as connection:
            found = [_incident(row) for row in connection.execute(query)]
        causes = self._causes([one.id for one in found])
        return tuple(replace(one, causes=frozenset(causes[one.id])) for one in found)


def open_incident(connection: Connection, incident: Incident) -> None:
    """Keep a new incident; one of this id that is there already stays as it is."""
    from sqlalchemy.dialects import postgresql, sqlite

    # Alerts and anomalies may open it at once, each in a transaction of its own.
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    connection.execute(dialect.insert(INCIDENTS).values(_row(incident)).on_conflict_do_nothing())


def add_line(connection: Connection, id: str, line: Line) -> None:
    """Add to a timeline what it does not tell yet."""
    mine = INCIDENT_LINES.c.incident == id
    source = line.source[:255]
    known = select(INCIDENT_LINES.c.number).where(mine & (INCIDENT_LINES.c.source == source))
    # The incident's own row is the lock under which lines are numbered.
    held = update(INCIDENTS).where(INCIDENTS.c.id == id).values(state=INCIDENTS.c.state)
    if not connection.execute(held).rowcount or connection.execute(known).first():
        return
    last = connection.execute(select(func.max(INCIDENT_LINES.c.number)).where(mine)).scalar()
    row = {"incident": id, "number": (last or 0) + 1, "at": line.at, "who": line.who}
    row |= {"text": line.text, "source": source, "cause": line.cause[:255]}
    connection.execute(insert(INCIDENT_LINES).values(**row))


def worsen(connection: Connection, id: str, severity: int) -> None:
    """Raise its severity to that of an alarm that joined it; it is never lowered."""
    mine = (INCIDENTS.c.id == id) & (INCIDENTS.c.severity > severity)
    connection.execute(update(INCIDENTS).where(mine).values(severity=severity))


def acknowledge(connection: Connection, id: str, *, by: str, at: datetime) -> bool:
    """Somebody has taken it on; False where it is not open any more."""
    values = {"acknowledged_by": by, "acknowledged_at": at, "state": Standing.ACKNOWLEDGED}
    return _changed(connection, id, (Standing.OPEN,), values)


def resolve(connection: Connection, id: str, *, by: str, at: datetime, summary: str) -> bool:
    """It is over; False where it was before."""
    values = {"resolved_by": by, "resolved_at": at, "summary": summary}
    going = (Standing.OPEN, Standing.ACKNOWLEDGED)
    return _changed(connection, id, going, {**values, "state": Standing.RESOLVED})


def escalate(
    connection: Connection, id: str, *, level: int, called: Iterable[str], at: datetime
) -> None:
    """Somebody else was called, as nobody acknowledged."""
    values = {"level": level, "called": " ".join(called), "escalated_at": at}
    _changed(connection, id, (Standing.OPEN,), values)


def mark_shown(
    connection: Connection, id: str, *, burn: Mapping[str, Decimal] | None, at: datetime
) -> None:
    """Its head was drawn with this burn; what was burnt at the one before is added up."""
    mine = INCIDENTS.c.id == id
    row = connection.execute(select(INCIDENTS).where(mine)).one_or_none()
    if row is None:
        return
    before = _incident(row)
    metered = before.metered or (None if burn is None else at)
    values = {"burn": _text(burn), "burnt": _text(burnt_until(before, at)), "metered": metered}
    values |= {"shown_at": at}
    connection.execute(update(INCIDENTS).where(mine).values(**values))


def _changed(
    connection: Connection, id: str, standing: tuple[Standing, ...], values: dict[str, Any]
) -> bool:
    mine = (INCIDENTS.c.id == id) & INCIDENTS.c.state.in_(standing)
    return connection.execute(update(INCIDENTS).where(mine).values(**values)).rowcount == 1


def _row(incident: Incident) -> dict[str, Any]:
    return {
        "id": incident.id,
        "cause": incident.cause,
        "severity": incident.severity,
        "state": incident.standing,
        "title": incident.title,
        "scope": conditions_text(incident.scope),
        "channel": incident.channel,
        "message": incident.message,
        "opened": incident.opened,
        "acknowledged_by": incident.acknowledged_by,
        "acknowledged_at": incident.acknowledged_at,
        "escalated_at": incident.escalated_at,
        "level": incident.level,
        "called": " ".join(incident.called),
        "burn": _text(incident.burn),
        "burnt": _text(incident.burnt),
        "metered": incident.metered,
        "shown_at": incident.shown_at,
        "resolved_by": incident.resolved_by,
        "resolved_at": incident.resolved_at,
        "summary": incident.summary,
    }


def _incident(row: Row[Any]) -> Incident:
    return Incident(
        id=row.id,
        severity=row.severity,
        standing=Standing(row.state),
        title=row.title,
        scope=read_conditions(row.scope),
        channel=row.channel,
        opened=utc(row.opened),
        acknowledged_by=row.acknowledged_by,
        acknowledged_at=utc(row.acknowledged_at),
        escalated_at=utc(row.escalated_at),
        level=row.level,
        called=tuple(row.called.split()),
        burn=_sums(row.burn) if row.burn else None,
        burnt=_sums(row.burnt),
        metered=utc(row.metered),
        shown_at=utc(row.shown_at),
        resolved_by=row.resolved_by,
        resolved_at=utc(row.resolved_at),
        summary=row.summary,
    )


def _text(sums: Mapping[str, Decimal] | None) -> str:
    """Empty for what is not known, which is not nothing."""
    if sums is None:
        return ""
    return json.dumps({currency: decimal_text(amount) for currency, amount in sums.items()})


def _sums(text: str) -> dict[str, Decimal]:
    return {currency: Decimal(amount) for currency, amount in json.loads(text).items()}
