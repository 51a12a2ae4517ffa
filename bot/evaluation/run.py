"""Asks the questions, each in a conversation of its own, and keeps the score."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from bot.app import Purser
from bot.conversation import Turn
from bot.evaluation.judging import Heard, Judge, Outcome
from bot.evaluation.questions import Asked, Question, QuestionSet
from bot.grammar import Vocabulary, read_filters
from bot.router import vocabulary
from tools.core.context import Context
from tools.core.errors import InputError, NotUnderstoodError, PurserError
from tools.core.money import decimal_text
from tools.core.scope import EVERYTHING, Scope
from tools.lake.reading import SqlResult

NO_MODEL: Decimal | None = Decimal(0)


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one question went.

    Args:
        question: what was asked.
        outcome: right, abstained or wrong.
        path: how it was understood; `none` where it was not.
        reading: the question as a line of the grammar; empty where it has none.
        text: what was answered, in a sentence.
        why: what is wrong; empty where nothing is.
        seconds: for all its turns.
        dollars: of models for all its turns; None where a price is not known.
    """

    question: Question
    outcome: Outcome
    path: str
    reading: str
    text: str
    why: str = ""
    seconds: float = 0.0
    dollars: Decimal | None = NO_MODEL

    def as_json(self) -> dict[str, Any]:
        """One line of `purser eval --json`."""
        return {
            "id": self.question.id,
            "ask": [turn.text for turn in self.question.turns],
            "as": self.question.turns[-1].scope or "everyone",
            "tags": list(self.question.tags),
            "needs_model": self.question.needs_model,
            "verdict": self.outcome.value,
            "path": self.path,
            "reading": self.reading,
            "answer": self.text,
            "why": self.why,
            "dollars": decimal_text(self.dollars),
            "seconds": round(self.seconds, 3),
        }


@dataclass(slots=True)
class Score:
    """So many questions, and how they went."""

    questions: int = 0
    right: int = 0
    abstained: int = 0
    wrong: int = 0

    def add(self, outcome: Outcome) -> None:
        """Count one more."""
        self.questions += 1
        setattr(self, outcome.value, getattr(self, outcome.value) + 1)

    def as_json(self) -> dict[str, int]:
        """As the totals have it."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(slots=True)
class Totals:
    """The score of a run."""

    score: Score = field(default_factory=Score)
    by_path: dict[str, Score] = field(default_factory=dict)
    by_tag: dict[str, Score] = field(default_factory=dict)
    dollars: Decimal | None = NO_MODEL
    seconds: float = 0.0

    def add(self, verdict: Verdict) -> None:
        """Count a verdict, under its path and under each of its tags."""
        outcome = verdict.outcome
        self.score.add(outcome)
        self.by_path.setdefault(verdict.path, Score()).add(outcome)
        for tag in verdict.question.tags:
            self.by_tag.setdefault(tag, Score()).add(outcome)
        self.seconds += verdict.seconds
        self.dollars = _sum(self.dollars, verdict.dollars)

    def as_json(self) -> dict[str, Any]:
        """The last line of `purser eval --json`."""
        return {
            **self.score.as_json(),
            "dollars": decimal_text(self.dollars),
            "seconds": round(self.seconds, 2),
            "by_path": {name: s.as_json() for name, s in sorted(self.by_path.items())},
            "by_tag": {name: s.as_json() for name, s in sorted(self.by_tag.items())},
        }


@dataclass(frozen=True)
class Evaluation:
    """Asks Purser questions and judges what it says.

    Args:
        purser: wired over bills and a ledger that may be thrown away.
        ticks: a clock in seconds.
    """

    purser: Purser
    ticks: Callable[[], float] = time.perf_counter

    def verdicts(self, sets: Iterable[QuestionSet]) -> Iterator[Verdict]:
        """A verdict for each question, as it is asked."""
        for one in sets:
            for question in one.questions:
                yield self.verdict(question, views=one.views)

    def verdict(self, question: Question, *, views: str = "") -> Verdict:
        """Ask every turn, judge the last.

        Raises:
            InputError: an asker, a line or a statement of the question cannot be read.
        """
        try:
            return self._verdict(question, views)
        except InputError as error:
            raise InputError(f"Question “{question.id}”: {error.sentence}") from error

    def _verdict(self, question: Question, views: str) -> Verdict:
        started, heard = self.ticks(), Heard()
        for turn in question.turns:
            heard = self._hear(turn, question)
        seconds = self.ticks() - started
        outcome, why = self._judge(question, views).judge(heard, question.expected)
        answer = heard.answer
        return Verdict(
            question,
            outcome,
            path=answer.path if answer else "none",
            reading=answer.reading.text() if answer and answer.reading else "",
            text=heard.text,
            why=why or _why_not(outcome, question),
            seconds=seconds,
            dollars=self._dollars(question),
        )

    def _dollars(self, question: Question) -> Decimal | None:
        """What the ledger has of it: calls that came to nothing cost something, too."""
        if self.purser.config.model.endpoint is None:
            return NO_MODEL
        spent = NO_MODEL
        for asker in dict.fromkeys(_asker(turn, question) for turn in question.turns):
            for call in self.purser.answers.calls_by(asker):
                spent = _sum(spent, call.dollars)
        return spent

    def _judge(self, question: Question, views: str) -> Judge:
        context = self._context(question.turns[-1])
        return Judge(
            context,
            vocabulary(context),
            lambda sql: self.statement(sql, views=views),
            tuple(turn.text for turn in question.turns),
        )

    def statement(self, sql: str, *, views: str = "") -> SqlResult:
        """Run a statement of a question, as `purser sql` would.

        Raises:
            InputError: it cannot be run.
        """
        return self.purser.lake.run_readonly(f"{views}\n{sql}")

    def _context(self, turn: Asked) -> Context:
        return self.purser.context(scope_of(turn.scope, vocabulary(self.purser.context())))

    def _hear(self, turn: Asked, question: Question) -> Heard:
        context = self._context(turn)
        asked = Turn(_asker(turn, question), f"evaluation:{question.id}")
        try:
            return Heard(self.purser.router.ask(turn.text, context=context, turn=asked))
        except NotUnderstoodError as error:
            return Heard(None, error.sentence, error.suggestions)
        except PurserError as error:
            return Heard(None, error.sentence)
        except Exception as error:  # noqa: BLE001  a fault of Purser's is a verdict, too
            return Heard(fault=type(error).__name__)


def scope_of(text: str, words: Vocabulary) -> Scope:
    """What an asker may see, from conditions such as `team=search and env=prod`.

    Raises:
        InputError: they cannot be read.
    """
    if not text:
        return EVERYTHING
    try:
        return Scope(read_filters(text, words))
    except NotUnderstoodError as error:
        raise InputError(f"“as: {text}” is no scope: {error.sentence}") from error


def _why_not(outcome: Outcome, question: Question) -> str:
    return "needs a model" if outcome is Outcome.ABSTAINED and question.needs_model else ""


def _asker(turn: Asked, question: Question) -> str:
    """A name for whoever has this scope in this conversation, and in no other."""
    scopes = list(dict.fromkeys(said.scope for said in question.turns))
    return f"{question.id[:50]}/{scopes.index(turn.scope)}"


def _sum(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return None if one is None or other is None else one + other
