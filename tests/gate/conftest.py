"""The gate's tests run on SQLite and on a real PostgreSQL."""

from pathlib import Path

import pytest

from tests.gate.desks import Desk, desk_in
from tests.ledger.conftest import ledger_url as ledger_url
from tests.ledger.conftest import postgresql_url as postgresql_url


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """On SQLite; what hangs on the database uses `ledger_url`."""
    return desk_in(tmp_path, f"sqlite:///{tmp_path / 'ledger.sqlite'}")
