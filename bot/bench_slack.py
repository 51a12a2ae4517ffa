"""`purser bench slack`: from a slash command to its text and its chart, on the sample company.

Real requests over loopback sockets: the local workspace signs and sends the command, Purser
acknowledges, answers through Slack's Web API, uploads the chart and shows it. Beside it stands
an empty acknowledged request, so that the machine's own share can be seen.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bot.commands.ingest import Bar
from bot.console.records import Message
from bot.console.workspace import Workspace
from bot.demo import prepare, stage
from tools.core.clock import SystemClock

ROUNDS = 15
QUESTION = "last 30d by team"
WHO, WHERE = "chloe", "#finops"
_FRESH = """
import sys, time
sys.argv = ["purser", "--home", {home!r}, "cost", {question!r}]
from bot.__main__ import main
main()
models = {{"langchain", "langchain_core", "langgraph", "openai"}}
print("MODELS", len(models & {{m.partition(".")[0] for m in sys.modules}}))
"""


def run_slack(*, as_json: bool) -> None:
    """Measure and print: milliseconds, medians of fifteen, the slowest beside them."""
    with tempfile.TemporaryDirectory(prefix="purser-bench-") as folder, Bar() as bar:
        home = Path(folder)
        config = prepare(home, clock=SystemClock(), progress=bar)
        with stage(config) as running:
            _once(running.workspace)  # opens the lake and the chart engine, as a first asker does
            rounds = [_once(running.workspace) for _ in range(ROUNDS)]
            acks = [_ack(running.workspace) for _ in range(ROUNDS)]
        fresh = [_fresh(home) for _ in range(5)]
    figures = {
        "question": QUESTION,
        "rounds": ROUNDS,
        "text_ms": _spread([text for text, _ in rounds]),
        "chart_after_text_ms": _spread([chart - text for text, chart in rounds]),
        "bare_request_ms": _spread(acks),
        "fresh_command_ms": _spread([seconds for seconds, _ in fresh]),
        "model_libraries_loaded": max(models for _, models in fresh),
    }
    print(json.dumps(figures) if as_json else "\n".join(_lines(figures)))


def _once(workspace: Workspace) -> tuple[float, float]:
    """Seconds from the command to its text, and to its chart."""
    before = {m.ts for m in workspace.ephemerals(WHERE, WHO)}

    def new() -> Iterator[Message]:
        return (m for m in workspace.ephemerals(WHERE, WHO) if m.ts not in before)

    start = time.perf_counter()
    workspace.slash(WHO, WHERE, "/cost", QUESTION)
    text = _until(workspace, lambda: any(m.blocks for m in new()), start)
    chart = _until(workspace, lambda: any(_has_picture(m) for m in new()), start)
    return text, chart


def _ack(workspace: Workspace) -> float:
    """Seconds of a signed request that Purser only acknowledges."""
    start = time.perf_counter()
    delivery = workspace.open_home("dmitri", tab="messages")
    return _until(workspace, lambda: delivery.is_acked, start)


def _until(workspace: Workspace, claim: Callable[[], bool], start: float) -> float:
    workspace.wait_for(claim, timeout=30)
    return time.perf_counter() - start


def _has_picture(message: Message) -> bool:
    return any(block["type"] == "image" for block in message.blocks)


def _fresh(home: Path) -> tuple[float, int]:
    """Seconds of a whole new process answering once, and how many model libraries it loaded."""
    code = _FRESH.format(home=str(home), question=QUESTION)
    start = time.perf_counter()
    done = subprocess.run(  # noqa: S603  our own interpreter, our own code
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    seconds = time.perf_counter() - start
    return seconds, int(done.stdout.rpartition("MODELS ")[2])


def _spread(seconds: list[float]) -> dict[str, float]:
    return {
        "median": round(statistics.median(seconds) * 1000, 1),
        "slowest": round(max(seconds) * 1000, 1),
    }


def _lines(figures: dict[str, Any]) -> Iterator[str]:
    yield f"/cost {QUESTION}, on the sample company, {ROUNDS} times (median, slowest):"
    for label, name in (
        ("text posted after the request", "text_ms"),
        ("chart after the text", "chart_after_text_ms"),
        ("a request that is only acknowledged", "bare_request_ms"),
        (f'fresh `purser cost "{QUESTION}"`', "fresh_command_ms"),
    ):
        spread = figures[name]
        yield f"  {label:<38} {spread['median']:>8,.1f} ms {spread['slowest']:>8,.1f} ms"
    yield f"  model libraries loaded: {figures['model_libraries_loaded']}"
