"""The gate's tests run on SQLite and on a real PostgreSQL."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gate.desks import Desk, desk_in
from tests.ledger.conftest import ledger_url as ledger_url
from tests.ledger.conftest import postgresql_url as postgresql_url
from tests.ledger.databases import MEMORY


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A folder in memory: these tests commit so often that a disk would make them slow."""
    with tempfile.TemporaryDirectory(prefix="purser-gate-", dir=MEMORY) as folder:
        yield Path(folder)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """On SQLite; what hangs on the database uses `ledger_url`."""
    return desk_in(tmp_path, f"sqlite:///{tmp_path / 'ledger.sqlite'}")
