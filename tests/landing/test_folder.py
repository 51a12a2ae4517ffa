"""A landing folder is of one moment, whatever ends a fetch, and whoever else fetches."""

from pathlib import Path

import pytest
from filelock import FileLock, Timeout

from tests.lake.bills import NOW
from tests.landing.conftest import Store
from tools.core.clock import FixedClock
from tools.lake.ingest import ingest_sources
from tools.lake.report import Silent
from tools.landing.folder import Folder, opened


def texts(root: Path) -> dict[str, str]:
    """What is landed."""
    return {path: (root / path).read_text() for path in Folder(root).files()}


def put(root: Path, **files: str) -> None:
    """Write files."""
    for name, text in files.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


class _Crash(BaseException):
    """The machine stops."""


def test_moves_that_a_crash_cut_short_are_done_at_the_next_opening(tmp_path: Path):
    put(tmp_path, a="1", x__b="1", x__old="1", y__gone="1")
    for done in range(3):
        with pytest.raises(_Crash), opened(tmp_path, what="aws") as folder:
            put(folder.incoming, a="2", x__b="2")
            moves = {"take": ["a", "x/b"], "drop": ["x/old", "y/gone"]}
            folder.remember("moves", moves)
            if done > 0:
                (tmp_path / "x/old").unlink(missing_ok=True)
                (tmp_path / "y/gone").unlink(missing_ok=True)
            if done > 1:
                (tmp_path / "y").rmdir() if (tmp_path / "y").exists() else None
                folder.take("a")
            raise _Crash
        with opened(tmp_path, what="aws"):
            assert texts(tmp_path) == {"a": "2", "x/b": "2"}
        with opened(tmp_path, what="aws") as folder:
            assert folder.remembered("moves") is None
            assert not list(folder.incoming.iterdir())
        put(tmp_path, a="1", x__b="1", x__old="1", y__gone="1")


def test_what_was_fetched_and_not_moved_goes_with_the_crash(tmp_path: Path):
    put(tmp_path, a="1")
    with pytest.raises(_Crash), opened(tmp_path, what="aws") as folder:
        put(folder.incoming, a="2")
        raise _Crash
    with opened(tmp_path, what="aws"):
        assert texts(tmp_path) == {"a": "1"}


class _Watch(Silent):
    """Sees whether the landing folder is held whenever something is read."""

    def __init__(self, lock: Path) -> None:
        self.lock = lock
        self.held: list[bool] = []

    def start(self, total_bytes: int) -> None:
        try:
            FileLock(self.lock, timeout=0).acquire().lock.release()
        except Timeout:
            self.held.append(True)
        else:
            self.held.append(False)


def test_the_folder_is_held_until_its_bills_are_loaded(store: Store):
    store.bill("focus/a.csv", 1)
    watch = _Watch(store.source.path / ".landing.lock")
    ingest_sources([store.source], root=store.lake.root, clock=FixedClock(NOW), progress=watch)
    assert len(watch.held) > 1  # of the fetch and of the loading
    assert all(watch.held)
