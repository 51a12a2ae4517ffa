"""The folder where a source's bills are landed, and what is remembered of where they came from.

Files come in by rename from a hidden folder beside them, so that a crash or a full disk leaves
none half written. The moves of one fetch are written down first: what a crash leaves of them is
done at the next opening, as half of them would be bills of two moments. What is remembered of a
file is forgotten before the file is touched: after a crash it is fetched again.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.core.errors import PurserError, UnavailableError

_STATE = ".landing.json"
_LOCK = ".landing.lock"
_INCOMING = ".incoming"
_MOVES = "moves"


@dataclass(frozen=True, slots=True)
class Landed:
    """What a fetch did, in sentences for the ingest's report.

    Args:
        notes: what is good to know.
        left_out: what was not fetched because it does not count.
        failed: what should have come and did not; what stood before still stands.
        has_bills: whether there is anything to load.
    """

    notes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    has_bills: bool = True


class Folder:
    """A landing folder; open it with `opened`.

    Args:
        root: where the files are.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.incoming = root / _INCOMING / root.name  # exports are named after their folder
        self._state = self._load()

    def _load(self) -> dict[str, Any]:
        try:
            raw = json.loads((self.root / _STATE).read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):  # what is not remembered is fetched again
            return {}
        return raw if isinstance(raw, dict) else {}

    def remembered(self, what: str) -> Any:  # noqa: ANN401
        """What was remembered under a name; None where nothing was."""
        return self._state.get(what)

    def remember(self, what: str, value: object) -> None:
        """Keep something for the next fetch; None forgets it."""
        if value is None:
            self._state.pop(what, None)
        else:
            self._state[what] = value
        temporary = self.root / f"{_STATE}.new"
        with temporary.open("w", encoding="utf-8") as file:
            json.dump(self._state, file, indent=1, sort_keys=True)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self.root / _STATE)

    def files(self) -> list[str]:
        """Paths of what is landed, below the folder."""
        found = (f for f in self.root.rglob("*") if f.is_file())
        below = (f.relative_to(self.root) for f in found)
        return sorted(p.as_posix() for p in below if not p.parts[0].startswith("."))

    def size(self, path: str) -> int | None:
        """Bytes of a landed file; None where it is not there."""
        try:
            return (self.root / path).stat().st_size
        except OSError:
            return None

    def clear(self) -> None:
        """Empty the hidden folder."""
        shutil.rmtree(self.incoming, ignore_errors=True)
        self.incoming.mkdir(parents=True)

    def take(self, path: str) -> None:
        """Move a file in from the hidden folder, over what was there."""
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        (self.incoming / path).replace(target)

    def settle(self, *, take: Iterable[str], drop: Iterable[str]) -> None:
        """Delete some files and move others in; all of it, if need be after a crash."""
        self.remember(_MOVES, {"take": sorted(take), "drop": sorted(drop)})
        self.finish()

    def finish(self) -> None:
        """Do what is left of the moves that were begun."""
        moves = self.remembered(_MOVES)
        if not moves:
            return
        for path in moves["drop"]:
            self._drop(path)
        for path in moves["take"]:
            if (self.incoming / path).is_file():
                self.take(path)
        self.remember(_MOVES, None)

    def close(self) -> None:
        """Leave nothing in the hidden folder, but for moves that were not done."""
        if not self.remembered(_MOVES):
            shutil.rmtree(self.root / _INCOMING, ignore_errors=True)

    def _drop(self, path: str) -> None:
        """Delete a landed file, and the folders that are empty without it."""
        target = self.root / path
        target.unlink(missing_ok=True)
        for folder in target.parents:
            if folder == self.root or (folder.is_dir() and any(folder.iterdir())):
                break
            if folder.is_dir():
                folder.rmdir()


@contextmanager
def opened(root: Path, *, what: str) -> Iterator[Folder]:
    """The folder, to one fetch at a time.

    Args:
        root: where it is; made where it is not.
        what: whose bills they are, for sentences.

    Raises:
        UnavailableError: it cannot be written, or another fetch holds it for too long.
    """
    from filelock import FileLock, Timeout

    try:
        root.mkdir(parents=True, exist_ok=True)
        with FileLock(root / _LOCK, timeout=600):
            folder = Folder(root)
            folder.finish()
            folder.clear()
            try:
                yield folder
            finally:
                folder.close()
    except Timeout as error:
        raise UnavailableError(
            f"Another ingest is fetching {what}; it has not finished in time."
        ) from error
    except PurserError:
        raise
    except OSError as error:
        raise UnavailableError(
            f"The bills of {what} cannot be written to {root} ({error.strerror}). What stood "
            "before still stands."
        ) from error
