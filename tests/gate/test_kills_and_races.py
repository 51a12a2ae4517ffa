"""The kill test and the race test at a small size; `make test-gate` runs them large."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run(module, *arguments):
    done = subprocess.run(
        [sys.executable, "-m", f"tests.gate.{module}", *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


def test_killed_anywhere_nothing_is_doubled_or_lost():
    (line,) = run("kills", "--every", "50")
    found = re.fullmatch(r"kill: (\d+) kills at \1 steps, (\d+) completed, 0 doubled, 0 lost", line)
    assert found
    kills, completed = map(int, found.groups())
    assert 0 < completed < kills


def test_fifty_approvals_at_once_are_one_execution_and_so_are_replicas_at_a_step():
    said = run("races")
    databases = ("sqlite",) if said[0].startswith("no Po") else ("sqlite", "postgresql")
    assert said[-2 * len(databases) :] == [
        *(f"race: 50 approvals at once, 1 execution ({name})" for name in databases),
        *(f"race: 8 replicas at one step, 1 execution ({name})" for name in databases),
    ]
