"""Reading the lake: an in-process DuckDB over exactly the files the manifest names.

A `Snapshot` is one state of the lake: a manifest and a connection with views over its files.
Whoever needs several statements takes one snapshot for all, and sees no mixture; when the
manifest changes, the next taker gets a new one, and readers of the old keep their files.

Every connection is confined before it runs anything: it opens no file but the lake's own,
loads no extension, and its configuration is locked.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from tools.core.errors import UnavailableError
from tools.core.periods import Period
from tools.core.query import Filter, Op
from tools.core.settings import LakeSettings
from tools.lake import manifest as manifests
from tools.lake import views
from tools.lake.manifest import Manifest
from tools.lake.quoting import literal
from tools.lake.reading import SqlResult, run_readonly
from tools.lake.second_views import SecondView, second_views, without

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, Statement

Rows = list[tuple[Any, ...]]
T = TypeVar("T")
_Stamp = tuple[int, int, int] | None
_MOST_KEPT = 64  # sets of files for which cursors are kept
_MOST_PARSED = 256  # statements that are not parsed again; parsing takes DuckDB up to a millisecond


class Snapshot:
    """One state of the lake, open for reading by any number of threads.

    Its `manifest` holds what counts; the second views of it are `aside`, in no total.

    Args:
        root: the lake's folder.
        settings: dimensions and currencies.
        manifest: the live generations.
        alone: the one second view that is read by itself.
        writes: the one file that statements may write.
    """

    is_of_files = True  # what is shown of a generation is what its files hold, for all time

    def __init__(
        self,
        root: Path,
        settings: LakeSettings,
        *,
        manifest: Manifest,
        alone: SecondView | None = None,
        writes: Path | None = None,
    ) -> None:
        self.root = root
        self.settings = settings
        self.alone = alone
        self._writes = [str(writes)] if writes else []
        self.aside = () if alone else second_views(manifest, settings)
        self.manifest = without(manifest, self.aside)
        self._lock = threading.Lock()
        self._connection: DuckDBPyConnection | None = None
        self._to_make = views.made_when_named(settings)
        self._idle: dict[object, list[DuckDBPyConnection]] = {}
        self._statements: dict[str, Statement] = {}
        self._keep_lock = threading.Lock()
        self._kept: dict[object, object] = {}

    def run(
        self, sql: str, *, days: Iterable[Period] | None = None
    ) -> tuple[tuple[str, ...], Rows]:
        """Run one statement of ours and read it to its end: column names and rows.

        Args:
            sql: the statement.
            days: the charge days it keeps to; files without any of them are not opened.
        """
        with _whole_files(), self._narrowed(sql, days) as cursor:
            cursor.execute(self._parsed(sql, cursor))
            return tuple(column[0] for column in cursor.description or ()), cursor.fetchall()

    def cursor(self, sql: str) -> DuckDBPyConnection:
        """A cursor of its own, with every table that `sql` names in place."""
        with self._lock, _whole_files():
            return self._ready(sql).cursor()

    def _parsed(self, sql: str, cursor: DuckDBPyConnection) -> Statement:
        statement = self._statements.get(sql)
        if statement is None:
            if len(self._statements) >= _MOST_PARSED:
                self._statements.clear()
            (statement,) = cursor.extract_statements(sql)
            self._statements[sql] = statement
        return statement

    def _ready(self, sql: str) -> DuckDBPyConnection:
        """The connection, with every table that `sql` names in place; hold the lock."""
        if self._connection is None:
            self._connection = self._connect()
        text = sql.lower()
        for names in [n for n in self._to_make if any(name in text for name in n)]:
            self._connection.execute("; ".join(self._to_make.pop(names)))
        return self._connection

    @contextmanager
    def _narrowed(self, sql: str, days: Iterable[Period] | None) -> Iterator[DuckDBPyConnection]:
        """A cursor whose views have only files with some of `days`.

        It is kept for the next such statement: a view takes as long to make as an answer.
        """
        every, periods = self.manifest.generations, list(days or ())
        near = [g for g in every if any(map(g.overlaps, periods))] if periods else every
        tables = [t for t in views.BY_DAY if t in sql] if len(near) < len(every) else []
        key = (*tables, *(g.id for g in near)) if tables else ()
        with self._lock:
            connection, kept = self._ready(sql), self._idle.pop(key, [])
            self._idle = {key: kept, **dict(list(self._idle.items())[: _MOST_KEPT - 1])}
            cursor = kept.pop() if kept else None
        if cursor is None:
            cursor = connection.cursor()
            for table in tables:
                cursor.execute(views.view(table, self.root, near, kind="TEMP VIEW"))
        yield cursor
        with self._lock:
            kept.append(cursor)

    def asked(self, filters: Iterable[Filter]) -> Snapshot:
        """This state; where one source is asked for that is a second view, that source alone."""
        if not self.aside or any(d.name == "source" for d in self.settings.dimensions):
            return self
        names = [f.values for f in filters if (f.dimension, f.op) == ("source", Op.IS)]
        wanted = names[0][0].lower() if len(names) == 1 and len(names[0]) == 1 else None
        view = next((v for v in self.aside if v.generation.source.lower() == wanted), None)
        if view is None:
            return self
        name = view.generation.source
        aside = [v.generation for v in self.aside if v.generation.source == name]
        counted = [g for g in self.manifest.generations if g.source == name]
        manifest = Manifest(self.manifest.version, (*counted, *aside))
        return self.kept(
            ("alone", name),
            lambda: Snapshot(self.root, self.settings, manifest=manifest, alone=view),
        )

    def kept(self, key: object, make: Callable[[], T]) -> T:
        """What `make` returned for `key` the first time; forgotten with the snapshot."""
        with self._keep_lock:
            if key not in self._kept:
                self._kept[key] = make()
            return cast("T", self._kept[key])

    def _connect(self) -> DuckDBPyConnection:
        import duckdb

        options: dict[str, str | bool | int | float | list[str]] = {
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "python_enable_replacements": False,
            "temp_directory": str(Path(tempfile.gettempdir()) / "purser-duckdb"),
        }
        connection = duckdb.connect(":memory:", config=options)
        files = [
            str(self.root / f) for table in manifests.TABLES for f in self.manifest.files(table)
        ]
        confine = [
            "SET GLOBAL parquet_metadata_cache = true",  # for cursors too, which a SET is not
            f"SET allowed_paths = [{', '.join(literal(f) for f in (*files, *self._writes))}]",
            "SET enable_external_access = false",
            "SET lock_configuration = true",
        ]
        generations = self.manifest.generations
        make = views.configured_tables(self.settings)
        make += [views.view(table, self.root, generations) for table in manifests.TABLES]
        connection.execute("; ".join(confine + make))
        return connection


@contextmanager
def _whole_files() -> Iterator[None]:
    """Say in a person's words that a file the manifest names cannot be read."""
    import duckdb

    try:
        yield
    except (duckdb.IOException, duckdb.PermissionException) as error:
        raise UnavailableError(
            "A file of the lake is missing or damaged; `purser ingest` loads its bill again."
        ) from error


class Lake:
    """The bills, opened when first asked and reopened when an ingest has switched them.

    Args:
        root: the lake's folder; it need not exist.
        settings: dimensions and currencies; a change of them is a new `Lake`, nothing is reloaded.
    """

    def __init__(self, root: Path, settings: LakeSettings) -> None:
        self.root = root
        self.settings = settings
        self._lock = threading.Lock()
        self._stamp: _Stamp = None
        self._snapshot: Snapshot | None = None

    def snapshot(self) -> Snapshot:
        """The lake as it stands now; the same object as long as nothing changes."""
        with self._lock:
            stamp = self._read_stamp()
            if self._snapshot is None or stamp != self._stamp:
                manifest = manifests.load(self.root)
                self._snapshot = Snapshot(self.root, self.settings, manifest=manifest)
                self._stamp = stamp
            return self._snapshot

    def manifest(self) -> Manifest:
        """The live generations that count."""
        return self.snapshot().manifest

    def run(self, sql: str) -> tuple[tuple[str, ...], Rows]:
        """Run one trusted statement on the lake as it stands: column names and rows."""
        return self.snapshot().run(sql)

    def run_readonly(self, sql: str, *, limit: int = 10_000, seconds: float = 60) -> SqlResult:
        """Run one SELECT that a person wrote, confined to the lake; see `reading.py`."""
        return run_readonly(self.snapshot(), sql, limit=limit, seconds=seconds)

    def _read_stamp(self) -> _Stamp:
        try:
            stat = (self.root / manifests.NAME).stat()
        except (FileNotFoundError, NotADirectoryError):  # reading the manifest tells which
            return None
        return (stat.st_ino, stat.st_mtime_ns, stat.st_size)
