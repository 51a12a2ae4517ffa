"""The state of the simulated cloud: one SQLite file, one world for every process that opens it.

Everything that was done to it is written down with its key, so that tests can count what was done
twice; faults are set here, too, and met by whoever comes next, in whatever process.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from tools.clouds.resources import Address, Capacity, Resource, State, Verb
from tools.clouds.simulated_use import Pattern
from tools.clouds.traces import Service, Trace
from tools.core.clock import Clock
from tools.core.errors import UnavailableError

_TABLES = """
CREATE TABLE IF NOT EXISTS settings (delay REAL NOT NULL);
CREATE TABLE IF NOT EXISTS accounts (id TEXT PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS things (
    address TEXT PRIMARY KEY, described TEXT NOT NULL, pattern TEXT NOT NULL,
    next_state TEXT, due REAL, looks INTEGER NOT NULL DEFAULT 0, version INTEGER NOT NULL DEFAULT 1
);
CREATE TABLE IF NOT EXISTS acts (
    number INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL, address TEXT NOT NULL,
    verb TEXT NOT NULL, detail TEXT NOT NULL, at TEXT NOT NULL, is_first INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS acts_by_key ON acts (key, address);
CREATE TABLE IF NOT EXISTS traces (number INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS faults (
    number INTEGER PRIMARY KEY AUTOINCREMENT, call TEXT NOT NULL, prefix TEXT NOT NULL,
    kind TEXT NOT NULL, times INTEGER
);
"""
_LOOKS = 3  # a clock that stands still must not hold the world up
_DELAY = 0.15
_NEVER = 10**12


class Fault(StrEnum):
    """What can go wrong."""

    DOWN = "down"  # no answer, nothing done
    LOST = "lost"  # it is done, and the answer gets lost
    REFUSED = "refused"  # the cloud says no
    STUCK = "stuck"  # it begins and never ends


class Done(NamedTuple):
    """One act that the cloud took.

    Args:
        key: the caller's.
        address: id of the resource.
        verb: what was done.
        detail: capacity or tags, as JSON.
        at: when.
        is_first: False where the same key came again, and nothing more was done.
    """

    key: str
    address: str
    verb: Verb
    detail: str
    at: datetime
    is_first: bool


@dataclass(frozen=True, slots=True)
class Thing:
    """A resource in the file, with what only the simulation knows.

    Args:
        resource: as it is now.
        pattern: how it is used.
        version: counts changes.
    """

    resource: Resource
    pattern: Pattern
    version: int


class SimulatedState:
    """The file, safe to share between threads and processes.

    Args:
        path: of the file; made with `create`.
        clock: decides when what is changing has changed.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._open = threading.local()

    @classmethod
    def create(cls, path: Path, *, clock: Clock, delay: float = _DELAY) -> SimulatedState:
        """An empty world in a new file; `delay` is how many seconds a change takes."""
        path.parent.mkdir(parents=True, exist_ok=True)
        for old in (path, *path.parent.glob(f"{path.name}-*")):
            old.unlink(missing_ok=True)
        path.touch()
        state = cls(path, clock)
        with state.change() as db:
            for statement in filter(str.strip, _TABLES.split(";")):
                db.execute(statement)
            db.execute("INSERT INTO settings VALUES (?)", (delay,))
        return state

    def now(self) -> datetime:
        """The time."""
        return self._clock.now()

    def add_account(self, id: str, name: str = "") -> None:
        """One more account or project, empty."""
        with self.change() as db:
            db.execute("INSERT OR REPLACE INTO accounts VALUES (?, ?)", (id, name))

    def accounts(self) -> tuple[str, ...]:
        """The ids of all accounts."""
        with self.change() as db:
            return tuple(row[0] for row in db.execute("SELECT id FROM accounts ORDER BY id"))

    def put(self, resource: Resource, pattern: Pattern | None = None) -> None:
        """Set a resource as it is from now on, whatever it was; its account comes with it."""
        with self.change() as db:
            db.execute(
                "INSERT OR IGNORE INTO accounts VALUES (?, ?)", (resource.address.account, "")
            )
            row = _found(db, resource.address)
            kept = row[1] if row and pattern is None else (pattern or Pattern()).written
            db.execute(
                "INSERT OR REPLACE INTO things VALUES (?, ?, ?, NULL, NULL, 0, ?)",
                (resource.id, _written(resource), kept, 1 + (row[5] if row else 0)),
            )

    def thing(self, address: Address) -> Thing | None:
        """What is there now; None where nothing ever was. Looking is counted."""
        with self.change() as db:
            row = _found(db, address)
            if row and row[2] is not None:
                db.execute("UPDATE things SET looks = looks + 1 WHERE address = ?", (address.text,))
            return self._thing(row) if row else None

    def things(self) -> tuple[Thing, ...]:
        """Everything there is, what is gone included."""
        with self.change() as db:
            rows = db.execute(f"SELECT {_COLUMNS} FROM things ORDER BY address").fetchall()
        return tuple(map(self._thing, rows))

    def write(
        self, db: sqlite3.Connection, resource: Resource, *, then: State | None, is_stuck: bool
    ) -> None:
        """Within `change`: how it is now, and what it becomes after the delay."""
        (delay,) = db.execute("SELECT delay FROM settings").fetchone()
        due = _NEVER if is_stuck else self.now().timestamp() + delay
        db.execute(
            "UPDATE things SET described = ?, next_state = ?, due = ?, looks = ?, "
            "version = version + 1 WHERE address = ?",
            (_written(resource), then, due, -_NEVER if is_stuck else 0, resource.id),
        )

    def thing_within(self, db: sqlite3.Connection, address: Address) -> Thing | None:
        """The same as `thing`, within a change and not counted."""
        row = _found(db, address)
        return self._thing(row) if row else None

    def record(
        self, db: sqlite3.Connection, key: str, *, address: Address, verb: Verb, detail: str
    ) -> bool:
        """Within `change`: write an act down; whether its key is new for this resource."""
        known = db.execute(
            "SELECT 1 FROM acts WHERE key = ? AND address = ?", (key, address.text)
        ).fetchone()
        db.execute(
            "INSERT INTO acts (key, address, verb, detail, at, is_first) VALUES (?, ?, ?, ?, ?, ?)",
            (key, address.text, verb, detail, self.now().isoformat(), known is None),
        )
        return known is None

    def acts(self) -> tuple[Done, ...]:
        """Everything that was done, oldest first, in whatever process."""
        with self.change() as db:
            rows = db.execute(
                "SELECT key, address, verb, detail, at, is_first FROM acts ORDER BY number"
            ).fetchall()
        return tuple(
            Done(key, address, Verb(verb), detail, datetime.fromisoformat(at), bool(first))
            for key, address, verb, detail, at, first in rows
        )

    def trace(self, trace: Trace) -> None:
        """Write down that somebody started something."""
        body = {**asdict(trace), "tags": dict(trace.tags), "at": trace.at.isoformat()}
        with self.change() as db:
            db.execute("INSERT INTO traces (body) VALUES (?)", (json.dumps(body),))

    def traces(self) -> tuple[Trace, ...]:
        """Who started what, oldest first."""
        with self.change() as db:
            rows = db.execute("SELECT body FROM traces ORDER BY number").fetchall()
        return tuple(_traced(json.loads(row[0])) for row in rows)

    def fail(self, call: str, kind: Fault, *, under: str = "", times: int | None = 1) -> None:
        """Let calls fail from now on.

        Args:
            call: `inventory`, `read`, `use`, `rehearse`, `perform`; `*` for all.
            kind: how; LOST and STUCK are of `perform` only.
            under: the beginning of the ids it happens to; all by default.
            times: how often; None for ever.
        """
        with self.change() as db:
            db.execute(
                "INSERT INTO faults (call, prefix, kind, times) VALUES (?, ?, ?, ?)",
                (call, under, kind, times),
            )

    def mend(self) -> None:
        """No more faults."""
        with self.change() as db:
            db.execute("DELETE FROM faults")

    def fault(self, call: str, id: str) -> Fault | None:
        """What goes wrong with this call, which uses it up; None where all is well."""
        with self.change() as db:
            row = db.execute(
                "SELECT number, kind, times FROM faults WHERE call IN (?, '*') "
                "AND substr(?, 1, length(prefix)) = prefix ORDER BY number LIMIT 1",
                (call, id),
            ).fetchone()
            if row is None:
                return None
            if row[2] == 1:
                db.execute("DELETE FROM faults WHERE number = ?", (row[0],))
            db.execute("UPDATE faults SET times = times - 1 WHERE number = ?", (row[0],))
            return Fault(row[1])

    @contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """A transaction that holds the file's write lock from its beginning.

        Raises:
            UnavailableError: the file is not there or cannot be used.
        """
        try:
            db = self._connection()
            db.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            raise UnavailableError(
                "The simulated cloud does not answer: its file cannot be opened; "
                "`purser demo` makes it anew."
            ) from error
        try:
            yield db
        except BaseException:
            db.execute("ROLLBACK")
            raise
        db.execute("COMMIT")

    def _connection(self) -> sqlite3.Connection:
        """This thread's own."""
        db: sqlite3.Connection | None = getattr(self._open, "db", None)
        if db is None:
            address = f"{self._path.absolute().as_uri()}?mode=rw"
            db = sqlite3.connect(address, uri=True, timeout=20, isolation_level=None)
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = NORMAL")
            self._open.db = db
        return db

    def _thing(self, row: tuple[Any, ...]) -> Thing:
        described, pattern, then, due, looks, version = row
        resource = _read(described)
        if then is not None:
            is_over = self.now().timestamp() >= due or looks >= _LOOKS
            resource = replace(resource, state=State(then) if is_over else State.CHANGING)
        return Thing(replace(resource, version=str(version)), Pattern.read(pattern), version)


def _traced(body: dict[str, Any]) -> Trace:
    at, service = datetime.fromisoformat(body["at"]), Service(body["service"])
    return Trace(**{**body, "at": at, "service": service, "names": tuple(body["names"])})


_MOMENTS = ("launched", "last_started", "created")
_COLUMNS = "described, pattern, next_state, due, looks, version"


def _found(db: sqlite3.Connection, address: Address) -> tuple[Any, ...] | None:
    row: tuple[Any, ...] | None = db.execute(
        f"SELECT {_COLUMNS} FROM things WHERE address = ?", (address.text,)
    ).fetchone()
    return row


def _written(resource: Resource) -> str:
    values = asdict(resource)
    values["address"] = resource.id
    values["tags"] = dict(resource.tags)
    for name in _MOMENTS:
        values[name] = values[name].isoformat() if values[name] else None
    return json.dumps(values)


def _read(text: str) -> Resource:
    values: dict[str, Any] = json.loads(text)
    capacity = values["capacity"]
    moments = {name: values[name] for name in _MOMENTS if values.get(name)}
    tags: Mapping[str, str] = values["tags"]
    return Resource(
        **{
            **values,
            "address": Address.parse(values["address"]),
            "state": State(values["state"]),
            **{name: datetime.fromisoformat(text) for name, text in moments.items()},
            "capacity": Capacity(*capacity) if capacity else None,
            "protections": tuple(values["protections"]),
            "members": tuple(values["members"]),
            "tags": tags,
        }
    )
