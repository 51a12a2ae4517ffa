"""The mutant test: each guard of the gate is disabled in turn, and a test must fail.

Run as `python -m tests.gate.mutants`; the last line says how many were caught. A guard is disabled
in a copy of the house, whose own tests are then run; that they pass while nothing is disabled is
tried first.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue

from tests.gate import (
    mutations_deciding,
    mutations_doing,
    mutations_stepping,
    mutations_timetables,
)
from tests.gate.mutations import Guard
from tests.ledger.databases import MEMORY

GUARDS = (
    *mutations_deciding.GUARDS,
    *mutations_doing.GUARDS,
    *mutations_timetables.GUARDS,
    *mutations_stepping.GUARDS,
)
ROOT = Path(__file__).parents[2]
HOUSE = ("tools", "bot", "tests", "prompts")
AT_ONCE = 2
LONGEST = 300  # seconds one guard's tests may take
QUICK = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
BROKEN = re.compile(r"\b(?:NameError|UnboundLocalError|SyntaxError|IndentationError)\b")


class OddMutantError(Exception):
    """A mutant that says nothing about the tests, and why."""


class House:
    """A copy of the house, in which one guard at a time is disabled.

    Args:
        folder: where it is built.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        without = shutil.ignore_patterns("__pycache__", ".hypothesis")
        for name in HOUSE:
            shutil.copytree(ROOT / name, folder / name, ignore=without)
        shutil.copy(ROOT / "pyproject.toml", folder)

    def is_caught(self, guard: Guard) -> bool:
        """Whether a test fails without this guard.

        Raises:
            OddMutantError: its text is not there once, or what fails is no test.
        """
        with self._without(guard):
            done = self.test(guard.tests, marked=guard.marked)
        if done.returncode in (0, 1) and not BROKEN.search(done.stdout):
            return done.returncode == 1
        raise OddMutantError(f"{guard.name}: no test said so\n{done.stdout[-2000:]}")

    def test(self, files: tuple[str, ...], *, marked: str = "") -> subprocess.CompletedProcess[str]:
        """Run tests of this copy, until the first that fails."""
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-n", "0", "--tb=line"]
        command += ["-p", "no:cacheprovider", *(["-m", marked] if marked else [])]
        try:
            return subprocess.run(
                [*command, *files],
                cwd=self._folder,
                capture_output=True,
                text=True,
                timeout=LONGEST,
                env=QUICK,
            )
        except subprocess.TimeoutExpired:
            return subprocess.CompletedProcess(command, 99, f"not done in {LONGEST} seconds", "")

    @contextmanager
    def _without(self, guard: Guard) -> Iterator[None]:
        held: dict[Path, str] = {}
        try:
            for edit in guard.edits:
                path = self._folder / edit.file
                text = path.read_text()
                held.setdefault(path, text)
                if text.count(edit.old) != 1:
                    raise OddMutantError(
                        f"{guard.name}: found {text.count(edit.old)} times, not once: {edit.old!r}"
                    )
                self._write(path, text.replace(edit.old, edit.new))
            yield
        finally:
            for path, text in held.items():
                self._write(path, text)

    def _write(self, path: Path, text: str) -> None:
        """Write source, and let no compiled copy stand for it."""
        path.write_text(text)
        for compiled in (path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"):
            compiled.unlink()


def hunt(guards: tuple[Guard, ...]) -> tuple[list[str], list[str]]:
    """The names of guards that no test missed, and of those that were odd."""
    missed: list[str] = []
    odd: list[str] = []
    with tempfile.TemporaryDirectory(prefix="purser-mutants-", dir=MEMORY) as folder:
        houses: SimpleQueue[House] = SimpleQueue()
        for number in range(AT_ONCE):
            houses.put(House(Path(folder) / str(number)))
        house = houses.get()
        odd += _unmutated(house, guards)
        houses.put(house)
        if odd:
            return missed, odd

        def one(guard: Guard) -> None:
            house = houses.get()
            try:
                if not house.is_caught(guard):
                    print(f"survived: {guard.name}", flush=True)
                    missed.append(guard.name)
            except OddMutantError as error:
                print(error, flush=True)
                odd.append(guard.name)
            finally:
                houses.put(house)

        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(one, guards))
    return missed, odd


def _unmutated(house: House, guards: tuple[Guard, ...]) -> list[str]:
    """The guards of which nothing can be said, because tests fail while every guard stands."""
    files = tuple(dict.fromkeys(file for guard in guards for file in guard.tests))
    done = house.test(files)
    if not done.returncode:
        return []
    print(f"With every guard a test fails.\n{done.stdout[-2000:]}", flush=True)
    return [guard.name for guard in guards]


def main() -> int:
    """Disable one guard after the other; 1 where no test noticed, or a mutant is odd."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="guards whose names hold this")
    args = parser.parse_args()
    guards = tuple(guard for guard in GUARDS if args.only in guard.name)
    missed, odd = hunt(guards)
    caught = len(guards) - len(missed) - len(odd)
    print(f"mutants: {caught} of {len(guards)} caught")
    return 1 if missed or odd or not guards else 0


if __name__ == "__main__":
    sys.exit(main())
