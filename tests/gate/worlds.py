"""A small world with behaviour: machines in an SQLite file that every process sees.

Every act is written down with its key, so a test can count what was really done. It can be slow
to change, fail before or after it did something, be unreadable, and lie.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

from tools.clouds.resources import Verb
from tools.core.errors import InputError, RefusedError, UnavailableError
from tools.gate.world import Deed, Sight

ENDS = {Verb.STOP: "stopped", Verb.START: "running", Verb.TERMINATE: "gone"}
UNDO = {Verb.STOP: Verb.START, Verb.START: Verb.STOP, Verb.SCALE: Verb.SCALE, Verb.TAG: Verb.TAG}


class SmallWorld:
    """Machines that can be stopped, started, scaled, tagged and terminated.

    Args:
        path: the file it is kept in.
        slow: how many looks pass before a change can be seen.
    """

    def __init__(self, path: Path, *, slow: int = 0) -> None:
        self._path = path
        self.slow = slow
        self.unreadable: set[str] = set()  # targets that cannot be looked at
        self.refuses: set[str] = set()  # targets whose act is refused
        self.refuses_rehearsal: set[str] = set()
        self.drops: set[str] = set()  # targets whose act is lost without a trace
        self.fails_after: set[str] = set()  # targets whose act is done, but the answer is lost
        self.breaks: set[str] = set()  # targets whose act raises what nobody expects
        self.pointless: set[str] = set()  # targets about which no deed changes anything
        self.stays_down: set[str] = set()  # targets that nothing brings back
        self.rehearsed: list[str] = []
        with closing(self._open()) as file:
            file.execute(
                "CREATE TABLE IF NOT EXISTS machines (id TEXT PRIMARY KEY, facts TEXT, labels TEXT,"
                " hourly TEXT, pending TEXT, looks INTEGER)"
            )
            file.execute("CREATE TABLE IF NOT EXISTS acts (key TEXT, target TEXT, after TEXT)")

    def add(self, id: str, *, hourly: str | None = "4", env: str = "dev", **facts: str) -> str:
        """A new machine; running, if nothing else is said."""
        facts = {"state": "running", "type": "p4d", **facts}
        labels = {"env": env, "team": "ml", "owner": "UOWNER"}
        with closing(self._open()) as file:
            file.execute(
                "INSERT INTO machines VALUES (?, ?, ?, ?, NULL, 0)",
                (id, json.dumps(facts), json.dumps(labels), hourly),
            )
        return id

    def change(self, id: str, **facts: str | None) -> None:
        """Somebody else changes it."""
        with closing(self._open()) as file:
            self._write(file, id, {name.replace("_", ":"): v for name, v in facts.items()})

    def acts(self) -> list[tuple[str, str]]:
        """(key, target) of every act, in order."""
        with closing(self._open()) as file:
            return list(file.execute("SELECT key, target FROM acts ORDER BY rowid"))

    def facts(self, id: str) -> dict[str, str]:
        """As it is now, without the slowness."""
        with closing(self._open()) as file:
            row = file.execute("SELECT facts, pending FROM machines WHERE id = ?", (id,)).fetchone()
        return _merged(json.loads(row[0]), json.loads(row[1] or "{}"))

    # What the gate asks of a world

    def look(self, target: str, *, with_use: bool = False) -> Sight:
        if target in self.unreadable:
            raise UnavailableError("The small world does not answer.")
        with closing(self._open()) as file:
            row = self._row(file, target)
            if row is None:
                return Sight(target=target, title=target, facts={}, is_gone=True)
            facts, labels, hourly, pending, looks = row
            if pending and looks <= 0:
                self._write(file, target, json.loads(pending))
                facts = self._row(file, target)[0]
            elif pending:
                file.execute("UPDATE machines SET looks = looks - 1 WHERE id = ?", (target,))
        held = json.loads(facts)
        use = {"use": held.pop("use", "idle")} if with_use else {}
        held.pop("use", None)
        return Sight(
            target=target,
            title=target.rpartition("/")[2],
            facts={**held, **use},
            labels=json.loads(labels),
            hourly=None if hourly is None else Decimal(hourly),
            is_gone=held.get("state") == "gone",
        )

    def deed(self, verb: Verb, sight: Sight, *, after: Mapping[str, str | None]) -> Deed:
        if verb in ENDS and after:
            raise InputError("That takes no values.")
        facts = {"state": ENDS[verb]} if verb in ENDS else dict(after)
        facts = {} if sight.target in self.pointless else facts
        return Deed(
            verb=verb,
            target=sight.target,
            after=facts,
            undo=None if sight.target in self.stays_down else UNDO.get(verb),
            loses="Its disks are lost." if verb is Verb.TERMINATE else "",
            is_final=verb is Verb.TERMINATE,
        )

    def rehearse(self, deed: Deed, sight: Sight) -> bool:
        self.rehearsed.append(deed.key)
        if deed.target in self.refuses_rehearsal:
            raise RefusedError("The rehearsal says no.")
        return True

    def act(self, deed: Deed, sight: Sight) -> None:
        if deed.target in self.refuses:
            raise RefusedError("The small world says no.")
        if deed.target in self.breaks:
            raise KeyError("a fault")
        after = json.dumps(dict(deed.after))
        with closing(self._open()) as file:
            file.execute("INSERT INTO acts VALUES (?, ?, ?)", (deed.key, deed.target, after))
            if deed.target not in self.drops:
                file.execute(
                    "UPDATE machines SET pending = ?, looks = ? WHERE id = ?",
                    (after, self.slow, deed.target),
                )
        if deed.target in self.fails_after | self.drops:
            raise UnavailableError("The answer was lost.")

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=20, isolation_level=None)

    def _row(self, file: sqlite3.Connection, id: str) -> Any:
        query = "SELECT facts, labels, hourly, pending, looks FROM machines WHERE id = ?"
        return file.execute(query, (id,)).fetchone()

    def _write(self, file: sqlite3.Connection, id: str, after: Mapping[str, str | None]) -> None:
        facts = _merged(json.loads(self._row(file, id)[0]), after)
        file.execute(
            "UPDATE machines SET facts = ?, pending = NULL WHERE id = ?", (json.dumps(facts), id)
        )


def _merged(facts: Mapping[str, str], after: Mapping[str, str | None]) -> dict[str, str]:
    merged = {**facts, **after}
    return {name: value for name, value in merged.items() if value is not None}
