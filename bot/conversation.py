"""A question and its answer: who asks in which conversation, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, Protocol

from tools.core.context import Context
from tools.core.query import Query
from tools.core.results import Result
from tools.ledger.records import Call, Trace

Path = Literal["command", "phrasebook", "model", "none"]
Shown = Literal["", "chart", "table", "csv"]


class Ear(Protocol):
    """Follows an answer while it is made; called from the thread that makes it."""

    def status(self, text: str) -> None:
        """Told what is being done: “Looking at the bills…”."""

    def says(self, text: str) -> None:
        """Told the next piece of the answer's text; every number in it was checked."""

    def wants_stop(self) -> bool:
        """Whether the asker pressed stop; asked often."""


class Nobody:
    """An `Ear` that does not listen and never stops."""

    def status(self, text: str) -> None:
        """Nothing is told."""

    def says(self, text: str) -> None:
        """Nothing is shown."""

    def wants_stop(self) -> bool:
        """Never."""
        return False


@dataclass(frozen=True, slots=True)
class Turn:
    """One question in a conversation.

    Args:
        asker: Slack user id, or who sits at the terminal.
        conversation: key of the thread; None where nothing is to be remembered.
        ear: who follows the answer.
    """

    asker: str = "terminal"
    conversation: str | None = None
    ear: Ear = field(default_factory=Nobody)


ALONE = Turn()


@dataclass(frozen=True, slots=True)
class Reading:
    """A question as the grammar has it; the memory of a thread is made of these.

    Args:
        query: what, when, by what.
        is_why: asks for the reasons of a change, instead of the cost.
    """

    query: Query
    is_why: bool = False

    def text(self) -> str:
        """As it is typed after `/cost`; it reads back to an equal reading."""
        return f"why {self.query.text()}".strip() if self.is_why else self.query.text()


@dataclass(frozen=True, slots=True)
class Usage:
    """What an answer used of models.

    Args:
        calls: how many.
        input_tokens: of all prompts, cached ones included.
        cached_tokens: of those, read from the provider's cache.
        output_tokens: generated.
        dollars: their price; None where that of one is not known.
        models: by name, in order of first use.
    """

    calls: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    dollars: Decimal | None = None
    models: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a question.

    Args:
        path: how it was understood; `none` for help and other answers that called no tool.
        result: what to show.
        tools: the calls it rests on, in order.
        reading: the question as a line of the grammar, where `result` answers one.
        text: a model's words, each number checked; empty where the result speaks for itself.
        usage: of models; None where none was asked.
        id: names the answer for feedback and `/purser why`; empty where it is not remembered.
        shows: what a follow-up asked to see of it (“as a chart”).
    """

    path: Path
    result: Result
    tools: tuple[Call, ...] = field(default=())
    reading: Reading | None = None
    text: str = ""
    usage: Usage | None = None
    id: str = ""
    shows: Shown = ""


class Mind(Protocol):
    """Answers what the grammar cannot read: `bot.mind.agent.Agent`, or what stands in for it."""

    def answer(
        self, question: str, *, context: Context, turn: Turn, before: tuple[Trace, ...], id: str
    ) -> Answer:
        """The answer, with path `model`; every trouble is an answer or a `PurserError`, too.

        Args:
            question: in the asker's words.
            context: the lake under the asker's scope.
            turn: who asks and who listens.
            before: the conversation so far, oldest first; questions and readings, no figures.
            id: the answer's, under which model calls are recorded.
        """
