"""Which alerts were raised, and of whom: each once, so that nobody hears of one thing twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import bindparam, delete, insert, select, update

from tools.ledger.ledger import Ledger
from tools.ledger.moments import utc
from tools.ledger.watch_tables import ALERTS, WATCHED
from tools.watch.alerts import Fired, Kind

if TYPE_CHECKING:
    from sqlalchemy import Connection

Place = tuple[str, date]  # a budget's id, and the first day of its period
_KEY = ("budget", "period", "kind", "threshold", "arming")


class Acknowledged(NamedTuple):
    """Who takes care of what an alert told, and since when."""

    by: str
    at: datetime


class Alerts:
    """The ledger's record of alerts.

    Args:
        ledger: where it is kept.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def since(self, first: date) -> Mapping[Place, tuple[Fired, ...]]:
        """What is kept of every period that began on that day or later."""
        found: defaultdict[Place, list[Fired]] = defaultdict(list)
        query = select(ALERTS).where(ALERTS.c.period >= first.isoformat())
        with self._ledger.begin() as connection:
            for row in connection.execute(query):
                found[row.budget, date.fromisoformat(row.period)].append(
                    Fired(
                        Kind(row.kind),
                        row.threshold,
                        row.arming,
                        Decimal(row.amount),
                        Decimal(row.spent),
                        row.message,
                    )
                )
        return {place: tuple(rows) for place, rows in found.items()}

    def watched(self) -> frozenset[str]:
        """The sources whose bills were looked at before."""
        with self._ledger.begin() as connection:
            return frozenset(connection.execute(select(WATCHED.c.source)).scalars())

    def acknowledge(self, message: str, person: str) -> Acknowledged | None:
        """Note that somebody takes care of it; the first one stays.

        Args:
            message: the alert's key in the outbox.
            person: Slack user id.

        Returns:
            Who does; None where no alert has this key.
        """
        free = (ALERTS.c.message == message) & (ALERTS.c.acknowledged_by == "")
        with self._ledger.begin() as connection:
            connection.execute(
                update(ALERTS)
                .where(free)
                .values(acknowledged_by=person[:64], acknowledged_at=self._ledger.now())
            )
        return self.acknowledged(message)

    def acknowledged(self, message: str) -> Acknowledged | None:
        """Who takes care of it; None where nobody does yet."""
        mine = (ALERTS.c.message == message) & (ALERTS.c.acknowledged_by != "")
        with self._ledger.begin() as connection:
            row = connection.execute(select(ALERTS).where(mine).limit(1)).one_or_none()
        return Acknowledged(row.acknowledged_by, utc(row.acknowledged_at)) if row else None

    def budget_of(self, message: str) -> str | None:
        """The id of the budget that an alert is about; None where no alert has this key."""
        mine = ALERTS.c.message == message
        with self._ledger.begin() as connection:
            return connection.execute(select(ALERTS.c.budget).where(mine).limit(1)).scalar()


def keep(connection: Connection, rows: Sequence[tuple[Place, Fired]], *, at: datetime) -> None:
    """Keep what a run told; of where a budget stood, only the last look.

    What is there already stays as it is.
    """
    seen = [_row(place, fired, at) for place, fired in rows if fired.kind is Kind.SEEN]
    new = [_row(place, fired, at) for place, fired in rows if fired.kind is not Kind.SEEN]
    if new:
        there = _there(connection, {str(row["period"]) for row in new})
        new = [row for row in new if tuple(row[name] for name in _KEY) not in there]
    if seen:
        same = [ALERTS.c[name] == bindparam(f"_{name}") for name in _KEY]
        connection.execute(
            delete(ALERTS).where(*same), [{f"_{name}": row[name] for name in _KEY} for row in seen]
        )
    if new or seen:
        connection.execute(insert(ALERTS), [*new, *seen])


def watch(connection: Connection, sources: Iterable[str], *, at: datetime) -> None:
    """From now on what these sources bring is news."""
    there = set(connection.execute(select(WATCHED.c.source)).scalars())
    new = [{"source": source, "since": at} for source in sorted(set(sources) - there)]
    if new:
        connection.execute(insert(WATCHED), new)


def _there(connection: Connection, periods: set[str]) -> set[tuple[object, ...]]:
    columns = [ALERTS.c[name] for name in _KEY]
    query = select(*columns).where(ALERTS.c.period.in_(periods))
    return {tuple(row) for row in connection.execute(query)}


def _row(place: Place, fired: Fired, at: datetime) -> dict[str, object]:
    budget, start = place
    return {
        "budget": budget,
        "period": start.isoformat(),
        "kind": fired.kind.value,
        "threshold": fired.threshold,
        "arming": fired.arming,
        "message": fired.message,
        "amount": f"{fired.amount:f}",
        "spent": f"{fired.spent:f}",
        "at": at,
        "acknowledged_by": "",
        "acknowledged_at": None,
    }
