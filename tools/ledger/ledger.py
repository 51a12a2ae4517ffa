"""The ledger's door: opens the database, brings it up to date, and answers for its tables."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, delete, event, insert, inspect, select, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlalchemy.pool import QueuePool

from tools.core.clock import Clock
from tools.core.errors import UnavailableError
from tools.ledger.schema import METADATA, SEEN, VERSION
from tools.ledger.steps import STEPS

if TYPE_CHECKING:
    from sqlite3 import Connection as SqliteConnection

    from sqlalchemy import Connection, Engine

REMEMBER = timedelta(days=2)  # Slack gives up redelivering after minutes


class Ledger:
    """Opens on first use; one per process, safe to share between threads.

    Args:
        url: SQLAlchemy address, `sqlite:///…` or `postgresql+psycopg://…`.
        clock: the time.
    """

    def __init__(self, url: str, clock: Clock) -> None:
        self._url = url
        self._clock = clock

    def first_time(self, key: str) -> bool:
        """Whether `key` is new; remembers it. Of two callers at once, one is told True."""
        now = self._clock.now()
        try:
            with self._engine.begin() as connection:
                connection.execute(delete(SEEN).where(SEEN.c.at < now - REMEMBER))
                connection.execute(insert(SEEN).values(key=key[:255], at=now))
        except IntegrityError:
            return False
        return True

    def begin(self) -> AbstractContextManager[Connection]:
        """A transaction, committed where the block ends well.

        Raises:
            UnavailableError: where the ledger cannot be opened.
        """
        return self._engine.begin()

    def now(self) -> datetime:
        """The time, as the ledger's records have it."""
        return self._clock.now()

    @property
    def is_there(self) -> bool:
        """Whether it was made already; looking makes none."""
        url = make_url(self._url)
        return url.get_backend_name() != "sqlite" or Path(url.database or "").is_file()

    def check(self) -> str:
        """What kind of ledger it is and how far along, for `purser doctor`.

        Raises:
            UnavailableError: where it cannot be opened.
        """
        with self._engine.connect() as connection:
            steps = connection.execute(select(VERSION.c.steps)).scalar_one()
        return f"{self._engine.dialect.name}, step {steps} of {len(STEPS)}"

    def close(self) -> None:
        """Let go of the database."""
        if "_engine" in self.__dict__:
            self._engine.dispose()

    @cached_property
    def _engine(self) -> Engine:
        engine = create_engine(self._url, poolclass=QueuePool, pool_pre_ping=True)
        if engine.dialect.name == "sqlite":
            _tame_sqlite(engine)
        try:
            with engine.begin() as connection:
                _take_steps(connection)
        except DatabaseError as error:
            raise UnavailableError(
                "The ledger cannot be opened; check [ledger] url and that its folder can be "
                "written."
            ) from error
        return engine


def _tame_sqlite(engine: Engine) -> None:
    """Take the write lock at the start: a deferred one fails half way under two writers."""

    @event.listens_for(engine, "connect")
    def _connect(connection: SqliteConnection, _record: object) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA busy_timeout = 20000")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _take_steps(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        # Two replicas that start at once would both create the tables.
        connection.exec_driver_sql("SELECT pg_advisory_xact_lock(20261121)")
    if not inspect(connection).has_table(VERSION.name):
        METADATA.create_all(connection, tables=[VERSION])
        connection.execute(insert(VERSION).values(steps=0))
    taken = connection.execute(select(VERSION.c.steps)).scalar_one()
    if taken > len(STEPS):
        raise UnavailableError(
            "The ledger was written by a newer Purser; update this one before using it."
        )
    for tables in STEPS[taken:]:
        METADATA.create_all(connection, tables=list(tables))
    connection.execute(update(VERSION).values(steps=len(STEPS)))
