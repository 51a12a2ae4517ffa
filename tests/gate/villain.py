"""The obedient villain: a model that does whatever it reads, people who press whatever they see.

Run as a module it takes many steps and ends with one line. Every act on the world is judged by the
oracle, which knows what was shown, who pressed, and who they were; every card is walked for
anything that could become a mention, a link or an image of somebody else's making.
"""

from __future__ import annotations

import argparse
import sys

from hypothesis import HealthCheck, Phase, settings
from hypothesis import seed as seeded
from hypothesis.stateful import run_state_machine_as_test

from tests.gate.villain_clock import Villain
from tests.gate.villain_house import tally


def rounds(examples: int, *, seed: int) -> None:
    """So many houses, a villain in each."""
    machine = seeded(seed)(type("Villain", (Villain,), {}))
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=100,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


def line() -> str:
    """What was counted."""
    return (
        f"villain: {tally['steps']} steps, {tally['proposals']} proposals, "
        f"{tally['executed']} executed, {tally['unapproved']} unapproved"
    )


def main() -> int:
    """Take many steps, and say what was found; 1 where anything was unapproved, or too few."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    seed = args.seed
    try:
        while tally["steps"] < args.steps:
            rounds(50, seed=seed)
            seed += 1
    finally:
        print(line())
    return 1 if tally["unapproved"] else 0


if __name__ == "__main__":
    sys.exit(main())
