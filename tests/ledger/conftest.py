"""The ledger's tests run on SQLite and on a real PostgreSQL, each test in a database of its own."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ledger.databases import NoServerError, new_database, postgresql


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    with contextlib.ExitStack() as stack:
        try:
            url = stack.enter_context(postgresql())
        except NoServerError as error:
            pytest.skip(str(error))
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    return new_database(request.getfixturevalue("postgresql_url"))
