"""`purser bench gate`: from a click on Approve to the deed done and the card replaced.

The whole way on the sample company: the local workspace signs and sends the click, Purser asks it
who the presser is, claims, looks again, acts on the simulated cloud, polls until it reads as it
should, writes the record, and updates the card. Beside it stands a click that is turned away.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.cards import APPROVE, UNDO
from bot.commands.ingest import Bar
from bot.console.records import Message
from bot.console.workspace import Workspace
from bot.demo import prepare, stage
from tools.core.clock import SystemClock
from tools.gate.policy import Limits

ROUNDS = 20
WHERE, ASKS, WRONG, RIGHT = "#platform", "ada", "ben", "chloe"
MACHINE = "sim/540987654324/us-east-2/instance/i-0d41b7e85f6a20c93"  # the idle one of the sample


def run_gate(*, as_json: bool) -> None:
    """Measure and print: milliseconds, medians of twenty, the slowest beside them."""
    with tempfile.TemporaryDirectory(prefix="purser-bench-") as folder, Bar() as bar:
        config = prepare(Path(folder), clock=SystemClock(), progress=bar)
        # The bench does in a minute what policy lets happen in a month.
        boundless = replace(config.policy, limits=Limits(None, None), stakes=())
        config = replace(config, policy=boundless)
        with stage(config) as running:
            _round(running.workspace)  # opens clouds, bills and ledger, as the first click does
            rounds = [_round(running.workspace) for _ in range(ROUNDS)]
    refused, done, undone = zip(*rounds, strict=True)
    figures = {
        "rounds": ROUNDS,
        "click_to_done_and_card_ms": _spread(done),
        "undo_to_done_and_card_ms": _spread(undone),
        "click_to_refusal_ms": _spread(refused),
    }
    print(json.dumps(figures) if as_json else "\n".join(_lines(figures)))


def _round(workspace: Workspace) -> tuple[float, float, float]:
    """Seconds until a wrong click is refused, a right one done, and an undo done."""
    before = {message.ts for message in workspace.messages(WHERE)}
    workspace.slash(ASKS, WHERE, "/gpu", f"stop {MACHINE}")

    def card() -> Message | None:
        new = [m for m in workspace.messages(WHERE) if m.ts not in before]
        return next((m for m in new if _has(m, APPROVE) or _has(m, UNDO)), None)

    workspace.wait_for(card, timeout=30)
    shown = card()
    if shown is None:
        raise LookupError("no card was shown")
    said = len(workspace.ephemerals(WHERE, WRONG))
    refused = _timed(workspace, WRONG, shown, APPROVE, lambda: _more(workspace, said))
    done = _timed(workspace, RIGHT, shown, APPROVE, lambda: (m := card()) and _has(m, UNDO))
    undone = _timed(workspace, RIGHT, card() or shown, UNDO, lambda: _is_back(workspace, before))
    return refused, done, undone


def _timed(workspace: Workspace, who: str, card: Message, action: str, claim: Any) -> float:  # noqa: ANN401
    start = time.perf_counter()
    workspace.press(who, card, action)
    workspace.wait_for(claim, timeout=30)
    return time.perf_counter() - start


def _is_back(workspace: Workspace, before: set[str]) -> bool:
    new = [m for m in workspace.messages(WHERE) if m.ts not in before]
    return any(m.text.endswith("started again.") for m in new)


def _more(workspace: Workspace, said: int) -> bool:
    return len(workspace.ephemerals(WHERE, WRONG)) > said


def _has(message: Message, action: str) -> bool:
    rows = [block for block in message.blocks if block["type"] == "actions"]
    return any(element["action_id"] == action for row in rows for element in row["elements"])


def _spread(seconds: tuple[float, ...]) -> dict[str, float]:
    return {
        "median": round(statistics.median(seconds) * 1000, 1),
        "slowest": round(max(seconds) * 1000, 1),
    }


def _lines(figures: dict[str, Any]) -> Iterator[str]:
    yield f"stop one machine of the simulated cloud, {ROUNDS} times (median, slowest):"
    for label, name in (
        ("click → done, card replaced", "click_to_done_and_card_ms"),
        ("undo → done, card replaced", "undo_to_done_and_card_ms"),
        ("the wrong person's click → refused", "click_to_refusal_ms"),
    ):
        spread = figures[name]
        yield f"  {label:<38} {spread['median']:>8,.1f} ms {spread['slowest']:>8,.1f} ms"
