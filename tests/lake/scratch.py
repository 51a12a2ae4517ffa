"""A database in memory for what tests read and write themselves, opened once."""

from __future__ import annotations

import atexit
from functools import cache

import duckdb


def scratch() -> duckdb.DuckDBPyConnection:
    """A connection of its own; only temporary tables are its own, too."""
    return _database().cursor()


@cache
def _database() -> duckdb.DuckDBPyConnection:
    # Tests write other bytes to a path that was read: nothing of files may be remembered.
    db = duckdb.connect(config={"enable_external_file_cache": False})
    atexit.register(db.close)
    return db
