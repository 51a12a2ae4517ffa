"""`purser eval`: questions with known answers, asked of the model in use, or of none."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bot.app import Purser, build
from bot.commands.show import console, print_json
from bot.config import Config
from bot.evaluation.judging import Outcome
from bot.evaluation.questions import QuestionSet, read_sets, shipped
from bot.evaluation.run import Evaluation, Score, Totals, Verdict
from tools.core.money import money_text
from tools.lake.report import counted

if TYPE_CHECKING:
    from rich.progress import Progress

_MARKS = {Outcome.RIGHT: "✓", Outcome.ABSTAINED: "–", Outcome.WRONG: "✗"}


def run(args: argparse.Namespace) -> int:
    """Ask, judge, print each verdict and the totals; 1 where an answer is wrong."""
    sets = read_sets(args.questions) if args.questions else shipped()
    sets = tuple(_chosen(sets, args.tag))
    totals = Totals()
    with _bench(args.config, sets) as purser:
        found = Evaluation(purser).verdicts(sets)
        for verdict in _watched(found, count=sum(len(s.questions) for s in sets)):
            totals.add(verdict)
            if args.json:
                print_json(verdict.as_json())
            else:
                print(verdict_text(verdict), flush=True)
    if args.json:
        print_json(totals.as_json())
    else:
        _print_totals(totals, args.config)
    return 1 if totals.score.wrong else 0


def verdict_text(verdict: Verdict) -> str:
    """A verdict in two lines: the question, and what came of it."""
    asked = " → ".join(turn.text for turn in verdict.question.turns)
    scope = verdict.question.turns[-1].scope
    answered = f"read as {verdict.reading}" if verdict.reading else verdict.text
    parts = [verdict.path, answered, verdict.why]
    lines = (
        f"{_MARKS[verdict.outcome]} {asked}{f'  (as {scope})' if scope else ''}",
        f"    {' · '.join(' '.join(part.split()) for part in parts if part)}",
    )
    return "\n".join(lines)


def _chosen(sets: Iterable[QuestionSet], tag: str | None) -> Iterator[QuestionSet]:
    """The questions with a tag, in one set each; all of them without one."""
    if tag is None:
        yield from sets
        return
    every = tuple(sets)
    kept = [one for one in every if any(tag in q.tags for q in one.questions)]
    if not kept:
        whole = QuestionSet(tuple(q for one in every for q in one.questions))
        kept = [whole]  # which has none either, and says which tags there are
    yield from (one.tagged(tag) for one in kept)


@contextmanager
def _bench(config: Config, sets: Iterable[QuestionSet]) -> Iterator[Purser]:
    """Purser over the right bills, with a ledger that is thrown away."""
    if all(one.on_sample for one in sets):
        config = _sample(config)
    with tempfile.TemporaryDirectory(prefix="purser-eval-") as folder:
        purser = build(replace(config, ledger_url=f"sqlite:///{Path(folder) / 'ledger.sqlite'}"))
        try:
            yield purser
        finally:
            purser.ledger.close()


def _sample(config: Config) -> Config:
    """The sample company on its day, asked with the caller's model."""
    from bot.commands.ingest import Bar
    from bot.demo import prepare, with_model
    from bot.evaluation.sample import SAMPLE_DAY

    with Bar() as bar:
        sample = prepare(config.home / "evaluation", clock=SAMPLE_DAY, progress=bar)
    return with_model(sample, config)


def _watched(verdicts: Iterable[Verdict], *, count: int) -> Iterator[Verdict]:
    """The verdicts, with a bar on the error stream where somebody watches."""
    if not sys.stderr.isatty():
        yield from verdicts
        return
    with _bar() as bar:
        task = bar.add_task("Asking", total=count)
        for verdict in verdicts:
            yield verdict
            bar.advance(task)


def _bar() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=Console(stderr=True),
        transient=True,
        # What goes into a file or a pipe must not be drawn above the bar instead.
        redirect_stdout=sys.stdout.isatty(),
    )


def _print_totals(totals: Totals, config: Config) -> None:
    for title, scores in (("Path", totals.by_path), ("Tag", totals.by_tag)):
        _print_scores(title, scores)
    score = totals.score
    print(
        f"{counted(score.questions, 'question')}: {score.right} right, "
        f"{score.abstained} abstained, {score.wrong} wrong, in {totals.seconds:.1f} s. "
        f"{_spent(totals, config)}"
    )


def _spent(totals: Totals, config: Config) -> str:
    endpoint = config.model.endpoint
    if endpoint is None:
        return "No model was asked."
    if totals.dollars is None:
        return f"{endpoint.small} at {endpoint.host} has no known price."
    return f"{endpoint.small} at {endpoint.host} cost {money_text(totals.dollars, 'USD')}."


def _print_scores(title: str, scores: dict[str, Score]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold")
    table.add_column(title)
    for label in ("Questions", "Right", "Abstained", "Wrong"):
        table.add_column(label, justify="right")
    for name, score in sorted(scores.items()):
        table.add_row(Text(name), *(f"{n:,}" for n in score.as_json().values()))
    console().print(table)
