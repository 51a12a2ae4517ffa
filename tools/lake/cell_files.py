"""What every cell of budgets cost, day by day: a small file for each generation, made once.

A *cell* is one combination of the dimension values that budgets name. A look at all budgets reads
these files, and of the bills only what was loaded since: a generation never changes, and a new
one has a new name. They can be deleted at any time; the next look makes them again.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from tools.core.errors import UnavailableError
from tools.core.periods import DAY, Between, Period
from tools.core.query import Filter, Query
from tools.core.scope import EVERYTHING
from tools.core.settings import LakeSettings
from tools.lake.compile import Compiler, within
from tools.lake.lake import Rows, Snapshot
from tools.lake.manifest import Generation, Manifest
from tools.lake.quoting import literal
from tools.lake.resolve import Resolver
from tools.watch.cells import Cell, Cells

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

FOLDER = "cells"
_FORM = 1  # of the files; another one is another folder
_SUMS = ("usual", "committed", "one_off")

Statement = Callable[[Compiler, Period], str]


def read_kept(
    snapshot: Snapshot,
    scopes: Sequence[Sequence[Filter]],
    *,
    names: Iterable[str],
    period: Period,
    statement: Statement,
) -> Rows | None:
    """Source, day, currency, number of the scope, and three sums as text.

    Args:
        snapshot: the bills.
        scopes: conditions on some of the dimensions.
        names: of all dimensions that the files tell apart.
        period: which days.
        statement: gives the days of all cells, as the rollup has them.

    Returns:
        None where the files can be neither read nor written.
    """
    wanted = tuple(sorted({name.strip().lower() for name in names}))
    near = [g for g in snapshot.manifest.generations if g.overlaps(period)]
    try:
        files = [str(_file(snapshot, g, wanted, statement)) for g in near]
        return _read(files, scopes, wanted, period) if files else []
    except (OSError, UnavailableError):
        return None


def fingerprint(names: Sequence[str], settings: LakeSettings) -> str:
    """What the files depend on besides their bills."""
    held = repr((_FORM, names, settings.dimensions, settings.currency))
    return hashlib.sha256(held.encode()).hexdigest()[:16]


def _file(snapshot: Snapshot, g: Generation, names: Sequence[str], statement: Statement) -> Path:
    """Where the cells of a generation are; made where they are not yet."""
    folder = snapshot.root / FOLDER / fingerprint(names, snapshot.settings)
    path = folder / f"{g.id}.parquet"
    try:
        os.utime(path)  # what is in use is not cleaned away
    except FileNotFoundError:
        folder.mkdir(parents=True, exist_ok=True)
        made = folder / f".{g.id}.{secrets.token_hex(4)}"  # others may make it, too
        try:
            _write(made, snapshot, g, names, statement)
            made.replace(path)
        finally:
            made.unlink(missing_ok=True)
    return path


def _write(
    path: Path, snapshot: Snapshot, g: Generation, names: Sequence[str], statement: Statement
) -> None:
    settings, days = snapshot.settings, Period(g.first_day, g.last_day + DAY)
    query = Query(period=Between(days.start, days.end), group_by=tuple(names))
    compiler = Compiler(query, EVERYTHING, Resolver(settings), settings.currency)
    alone = Snapshot(snapshot.root, settings, manifest=Manifest(0, (g,)), writes=path)
    keys = ", ".join(f"key_{place}::VARCHAR" for place in range(len(names)))
    alone.run(
        f"COPY (SELECT source, day, currency, to_json([{keys}])::VARCHAR AS cell, "
        f"{', '.join(_SUMS)} FROM ({statement(compiler, days)}) ORDER BY day) "
        f"TO {literal(str(path))} (FORMAT parquet)"
    )


def _read(
    files: Sequence[str], scopes: Sequence[Sequence[Filter]], names: tuple[str, ...], period: Period
) -> Rows:
    import duckdb

    listed = ", ".join(literal(file) for file in files)
    days = f"read_parquet([{listed}]) WHERE {within('day', period)}"
    sums = ", ".join(f"sum({name}) AS {name}" for name in _SUMS)
    texts = ", ".join(f"nullif(sum({name}), 0)::VARCHAR" for name in _SUMS)
    try:
        with duckdb.connect(":memory:", config={"autoload_known_extensions": False}) as db:
            found = db.execute(f"SELECT DISTINCT cell FROM {days}").fetchall()
            _cover(db, _alike([row[0] for row in found], scopes, names))
            return db.execute(
                f"WITH lots AS (SELECT lot, source, day, currency, {sums} FROM "
                f"(SELECT * FROM {days}) JOIN cells USING (cell) GROUP BY ALL)\n"
                f"SELECT source, day, currency, scope::VARCHAR, {texts} "
                "FROM lots JOIN covered USING (lot) GROUP BY ALL"
            ).fetchall()
    except duckdb.Error as error:
        for file in files:  # they hold nothing that cannot be made again
            Path(file).unlink(missing_ok=True)
        raise UnavailableError("The kept cells of budgets cannot be read.") from error


def _alike(
    found: Sequence[str], scopes: Sequence[Sequence[Filter]], names: tuple[str, ...]
) -> Mapping[tuple[int, ...], list[str]]:
    """Cells that the same scopes cover, together: by the scopes' numbers."""
    none = (Decimal(0),)
    cells = Cells(names, [Cell(tuple(json.loads(cell)), "", "", none) for cell in found], 1)
    covering: defaultdict[int, list[int]] = defaultdict(list)
    for number, scope in enumerate(scopes):
        for place in cells.matching(scope):
            covering[place].append(number)
    alike: defaultdict[tuple[int, ...], list[str]] = defaultdict(list)
    for place, numbers in covering.items():
        alike[tuple(numbers)].append(found[place])
    return alike


def _cover(db: DuckDBPyConnection, alike: Mapping[tuple[int, ...], list[str]]) -> None:
    lots = list(enumerate(alike.items()))
    _table(db, "cells", ("lot", "cell"), ((n, cell) for n, (_, cells) in lots for cell in cells))
    _table(db, "covered", ("lot", "scope"), ((n, scope) for n, (key, _) in lots for scope in key))


def _table(
    db: DuckDBPyConnection, name: str, columns: tuple[str, str], rows: Iterable[tuple[int, object]]
) -> None:
    held = list(rows)
    first, second = ([row[place] for row in held] for place in (0, 1))
    kind = "VARCHAR" if columns[1] == "cell" else "INTEGER"
    db.execute(
        f"CREATE TABLE {name} AS SELECT unnest(?::INTEGER[]) AS {columns[0]}, "
        f"unnest(?::{kind}[]) AS {columns[1]}",
        [first, second],
    )
