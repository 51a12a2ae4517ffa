"""`purser bench model`: faults of model endpoints, and what a question costs Purser itself.

The first part plays every fault through the stand-in and counts how the questions ended. The
second asks questions with two tool calls on the sample company; the stand-in answers at once, and
what it takes is taken off: what is left is Purser's own share.
"""

from __future__ import annotations

import json
import logging
import statistics
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from bot.app import build
from bot.bench_faults import Ending, Outcome, play_all, small_lake
from bot.commands.ingest import Bar
from bot.config import Config, Endpoint, ModelSettings
from bot.conversation import Answer, Turn
from bot.demo import prepare
from bot.mind.agent import Agent, warm_up
from bot.mind.standin import Body, Reply, Standin, calls, says
from tools.core.clock import SystemClock
from tools.core.errors import PurserError
from tools.core.results import CostTable

QUESTIONS = 40
_ASKED = ("team", "service", "model", "provider", "env", "project", "account", "region")


def run_model(*, as_json: bool) -> None:
    """Play the faults, time the questions, and print both."""
    logging.disable(logging.WARNING)  # the faults are meant
    warnings.simplefilter("ignore")
    figures = measure()
    print(json.dumps(figures) if as_json else "\n".join(_lines(figures)))


def measure(*, questions: int = QUESTIONS) -> dict[str, Any]:
    """The figures of both parts."""
    warm_up()
    with tempfile.TemporaryDirectory(prefix="purser-bench-") as folder, Bar() as bar:
        with small_lake(Path(folder)) as context:
            outcomes = play_all(context)
        home = Path(folder) / "home"
        config = prepare(home, clock=SystemClock(), progress=bar)
        took = _own_share(config, questions)
    return {
        "faults": len(outcomes),
        **{ending.name.lower(): n for ending, n in _counted(outcomes).items()},
        "otherwise_than_meant": [o.case.name for o in outcomes if not o.is_as_wanted],
        "endings": {o.case.name: o.ending.value for o in outcomes},
        "questions": len(took),
        "tool_calls_each": 2,
        "own_ms": {
            "median": round(statistics.median(took) * 1000, 1),
            "slowest": round(max(took) * 1000, 1),
        },
    }


def _counted(outcomes: list[Outcome]) -> dict[Ending, int]:
    counted = Counter(outcome.ending for outcome in outcomes)
    return {ending: counted[ending] for ending in Ending}


def _own_share(config: Config, questions: int) -> list[float]:
    """Seconds of each question without those the endpoint took; the first one warms up."""
    with Standin(_conversation()) as standin:
        endpoint = Endpoint(standin.base_url, "small", "large")
        purser = build(replace(config, model=ModelSettings(endpoint)))
        agent = Agent(purser.config.model, purser.config.secrets, lambda: purser.answers)
        took = []
        for number in range(questions + 1):
            before, start = standin.served_seconds, time.perf_counter()
            answer = agent.answer(
                f"Tell me something about {_ASKED[number % len(_ASKED)]}, number {number}",
                context=purser.context(),
                turn=Turn(),
                before=(),
                id=f"bench-{number}",
            )
            spent = time.perf_counter() - start
            _check(answer)
            took.append(spent - (standin.served_seconds - before))
    return took[1:]


def _conversation() -> Any:  # noqa: ANN401  a script of the stand-in
    """Two calls, then words: what the question names, in total and compared."""

    def reply(body: Body) -> Reply:
        messages = body["messages"]
        asked = next(m["content"] for m in messages if m["role"] == "user")
        by = asked.removeprefix("Tell me something about ").partition(",")[0]
        done = sum(m["role"] == "tool" for m in messages)
        if done == 0:
            return calls("cost_by", {"period": "last month", "by": by, "top": 10})
        if done == 1:
            more = {"period": "last month", "by": by, "compare": "previous"}
            return calls("cost_by", more)
        return says("Here is last month beside the month before. The table has it all.")

    return reply


def _check(answer: Answer) -> None:
    """A bench of wrong answers is worth nothing."""
    if not isinstance(answer.result, CostTable) or len(answer.tools) != 2 or not answer.text:
        raise PurserError("The bench stops: a question was not answered as its script has it.")


def _lines(figures: dict[str, Any]) -> Iterator[str]:
    yield f"{figures['faults']} faults of model endpoints, through a stand-in on this machine:"
    for ending in Ending:
        yield f"  {ending.value + 's':<40} {figures[ending.name.lower()]:>6}"
    for name in figures["otherwise_than_meant"]:
        yield f"  otherwise than meant: {name} ({figures['endings'][name]})"
    own = figures["own_ms"]
    yield f"A question through the model, two tool calls, {figures['questions']} times:"
    label = "Purser itself (median, slowest)"
    yield f"  {label:<40} {own['median']:>6,.1f} ms {own['slowest']:>8,.1f} ms"
