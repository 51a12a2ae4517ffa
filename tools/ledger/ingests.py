"""How loading each source went, and which of them were said to be late."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from tools.ledger.ledger import Ledger
from tools.ledger.moments import utc
from tools.ledger.watch_tables import INGESTS

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row


class Ingest(NamedTuple):
    """The last time a source was loaded.

    Args:
        source: its name.
        at: when.
        trouble: a sentence; empty where it went well.
        well_at: when it went well the last time; None where it never did.
        late_key: what told that it is late, in the outbox; empty while it is not.
    """

    source: str
    at: datetime
    trouble: str = ""
    well_at: datetime | None = None
    late_key: str = ""


class Ingests:
    """The ledger's record of loading.

    Args:
        ledger: where it is kept.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def all(self) -> dict[str, Ingest]:
        """Every source that was loaded, or said to be late, by name."""
        with self._ledger.begin() as connection:
            rows = connection.execute(select(INGESTS).order_by(INGESTS.c.source))
            return {row.source: _ingest(row) for row in rows}

    def note(self, source: str, *, trouble: str = "") -> None:
        """A source was loaded now, or could not be."""
        now = self._ledger.now()
        values: dict[str, Any] = {"at": now, "trouble": trouble}
        values |= {} if trouble else {"well_at": now}
        try:
            with self._ledger.begin() as connection:
                _set(connection, source, values)
        except IntegrityError:  # the job and a terminal were both the first
            with self._ledger.begin() as connection:
                _set(connection, source, values)

    def tell_late(self, connection: Connection, source: str, key: str) -> None:
        """Note by which message it was said to be late; an empty key: it is not any more."""
        _set(connection, source, {"late_key": key}, new={"at": self._ledger.now(), "trouble": ""})


def _set(
    connection: Connection,
    source: str,
    values: dict[str, Any],
    new: dict[str, Any] | None = None,
) -> None:
    """Of two at once that know no row yet, one fails."""
    mine = INGESTS.c.source == source
    if not connection.execute(update(INGESTS).where(mine).values(**values)).rowcount:
        row = {"source": source, "late_key": "", **(new or {}), **values}
        connection.execute(insert(INGESTS).values(**row))


def _ingest(row: Row[Any]) -> Ingest:
    well_at = utc(row.well_at)
    return Ingest(row.source, utc(row.at), row.trouble, well_at, row.late_key)
