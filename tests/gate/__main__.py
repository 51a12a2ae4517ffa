"""The gate's tests at full size: run as `python -m tests.gate`; some ten minutes on two cores.

Two run at a time, and what each found is said in the same order every time. The villain and the
kills are the longest: each has a lane of its own at first.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
TOLD_EVERY = 60  # seconds


@dataclass
class Part:
    """One of the tests, and what it said."""

    name: str
    arguments: tuple[str, ...] = ()
    said: str = ""
    code: int | None = None

    def run(self) -> None:
        command = [sys.executable, "-m", f"tests.gate.{self.name}", *self.arguments]
        done = subprocess.run(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.said, self.code = done.stdout, done.returncode


def main() -> int:
    """Run them all; 1 where any found what must not be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", default="3", help="kills at each step")
    args = parser.parse_args()
    villain, races, mutants = Part("villain"), Part("races", ("--rounds", "20")), Part("mutants")
    kills = Part("kills", ("--times", args.kills, "--postgresql"))
    parts = (villain, kills, races, mutants)
    both = ((villain, races), (kills, mutants))
    lanes = [threading.Thread(target=_run, args=lane, daemon=True) for lane in both]
    for lane in lanes:
        lane.start()
    _wait(lanes, parts)
    for part in parts:
        print(part.said.strip(), flush=True)
    return int(any(part.code != 0 for part in parts))


def _run(*parts: Part) -> None:
    for part in parts:
        part.run()


def _wait(lanes: list[threading.Thread], parts: tuple[Part, ...]) -> None:
    began = time.monotonic()
    for lane in lanes:
        while lane.is_alive():
            lane.join(TOLD_EVERY)
            if lane.is_alive():
                left = ", ".join(part.name for part in parts if part.code is None)
                print(
                    f"{(time.monotonic() - began) / 60:.0f} min, still to end: {left}", flush=True
                )


if __name__ == "__main__":
    sys.exit(main())
