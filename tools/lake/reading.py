"""Running SQL that a person wrote: read-only, confined to the lake, and bounded.

The connection opens no file but the lake's own (`lake.py`), but those it may also write: DuckDB
takes `WITH x AS (COPY … TO …) SELECT` for a SELECT. So the parsed text is looked at too, and
only nodes that read may stand in it.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tools.core.errors import InputError, UnavailableError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from tools.lake.lake import Rows, Snapshot

READING_NODES = {"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"}
_ONLY_READS = "Only one SELECT can be run here: the lake is for reading."


@dataclass(frozen=True, slots=True)
class SqlResult:
    """What a statement answered.

    Args:
        columns: their names.
        rows: the first `limit` of them.
        is_cut: true where there were more.
    """

    columns: tuple[str, ...]
    rows: Rows
    is_cut: bool = False


def run_readonly(
    snapshot: Snapshot, sql: str, *, limit: int = 10_000, seconds: float = 60
) -> SqlResult:
    """Run one SELECT over the lake's views.

    Raises:
        InputError: the text is not one SELECT, or DuckDB refuses it; says why.
        UnavailableError: it took longer than `seconds`.
    """
    import duckdb

    cursor = snapshot.cursor(sql)
    timer = threading.Timer(seconds, cursor.interrupt)
    timer.daemon = True
    timer.start()
    try:
        _check(cursor, sql)
        cursor.execute(sql)
        rows = cursor.fetchmany(limit + 1)
        columns = tuple(column[0] for column in cursor.description or ())
        return SqlResult(columns, rows[:limit], is_cut=len(rows) > limit)
    except duckdb.InterruptException as error:
        raise UnavailableError(
            f"The statement was stopped after {seconds:g} seconds; ask for fewer rows or days."
        ) from error
    except duckdb.Error as error:
        raise InputError(f"The SQL cannot be run: {_first_line(error)}") from error
    finally:
        timer.cancel()
        cursor.close()


def _check(cursor: DuckDBPyConnection, sql: str) -> None:
    """Refuse anything but one statement made of nodes that read."""
    statements = cursor.extract_statements(sql)
    if len(statements) != 1 or statements[0].type.name != "SELECT":
        raise InputError(_ONLY_READS)
    text = cursor.execute("SELECT json_serialize_sql($1::VARCHAR)", [sql]).fetchall()[0][0]
    parsed = json.loads(text)
    if parsed["error"] or not set(_nodes(parsed)) <= READING_NODES:
        raise InputError(_ONLY_READS)


def _nodes(parsed: Any) -> Iterator[str]:  # noqa: ANN401
    """The type of every query node, however deep."""
    children: list[Any] = []
    if isinstance(parsed, dict):
        kind = str(parsed.get("type", ""))
        if kind.endswith("_NODE"):
            yield kind
        children = list(parsed.values())
    elif isinstance(parsed, list):
        children = parsed
    for child in children:
        yield from _nodes(child)


def _first_line(error: Exception) -> str:
    """DuckDB's own words without the position, which its later lines draw."""
    return str(error).strip().partition("\n")[0]
