"""Which way a question goes: exact command, then phrasebook. A model will stand behind both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from tools.core.clock import today
from tools.core.context import Context
from tools.core.dimensions import BUILT_IN
from tools.core.errors import NotUnderstoodError
from tools.core.query import Query
from tools.core.results import Note, Result

if TYPE_CHECKING:
    from bot.grammar import Vocabulary

Path = Literal["command", "phrasebook", "none"]
# Consumed units that need no look at the bills to be understood; the bills may hold more.
UNITS = ("tokens", "hours", "gpu-hours", "gb", "gb-months", "requests")
HELP_WORDS = {"help", "?", "hilfe", "what can you do", "what can i ask", "hello", "hi"}


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool that was called for an answer, and with what."""

    name: str
    arguments: dict[str, object]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a question.

    Args:
        path: how it was understood; `none` for help and other answers that called no tool.
        result: what to show.
        tools: the calls it rests on, in order.
    """

    path: Path
    result: Result
    tools: tuple[ToolCall, ...] = field(default=())


class Router:
    """Reads questions and calls tools; holds nothing between questions."""

    def command(self, text: str, *, context: Context) -> Answer:
        """The answer to what follows `/cost`.

        Raises:
            NotUnderstoodError: with the part that could not be read and the nearest readings.
        """
        return self._answer(text, context, ("command", "phrasebook"))

    def ask(self, text: str, *, context: Context) -> Answer:
        """The answer to a sentence said to Purser; a command typed out is one, too.

        Raises:
            NotUnderstoodError: with the part that could not be read and the nearest readings.
        """
        words = text.strip()
        if words.startswith("/"):
            return self.command(words.partition(" ")[2], context=context)
        return self._answer(words, context, ("command", "phrasebook"))

    def run(self, query: Query, *, context: Context, path: Path = "command") -> Answer:
        """The answer to a query that was read before, under whoever asks now."""
        from tools.costs import cost_by

        call = ToolCall("cost_by", {"query": query.text()})
        return Answer(path, cost_by(query, context=context), (call,))

    def _answer(self, text: str, context: Context, paths: tuple[Path, ...]) -> Answer:
        if text.strip().lower().rstrip("!.") in HELP_WORDS:
            return Answer("none", help_note())
        failures: list[NotUnderstoodError] = []
        for path in paths:
            try:
                query = _reader(path)(text, context)
            except NotUnderstoodError as error:
                failures.append(error)
            else:
                return self.run(query, context=context, path=path)
        raise _nearest(text, failures)


def help_note() -> Note:
    """What can be asked, by example."""
    from bot.phrasebook import EXAMPLES

    return Note(
        "Ask me what things cost, in words or with `/cost`. Some questions I can answer:",
        tuple(example for example, _ in EXAMPLES),
    )


def _reader(path: Path) -> Callable[[str, Context], Query]:
    return _read_command if path == "command" else _read_words


def _read_command(text: str, context: Context) -> Query:
    """Names of dimensions suffice for almost every command, and cost no look at the bills."""
    from bot.grammar import read

    try:
        return read(text, vocabulary(context, with_values=False))
    except NotUnderstoodError:
        return read(text, vocabulary(context))


def _read_words(text: str, context: Context) -> Query:
    from bot.phrasebook import read_words

    return read_words(text, vocabulary(context))


def vocabulary(context: Context, *, with_values: bool = True) -> Vocabulary:
    """The words questions may use; values only those under the asker's scope."""
    from bot.grammar import Vocabulary
    from tools.costs import dimension_values

    configured = (d.name for d in context.lake.settings.dimensions)
    values = dimension_values(context) if with_values else {}
    return Vocabulary(
        dimensions=tuple(dict.fromkeys((*configured, *BUILT_IN))),
        units=tuple(dict.fromkeys((*UNITS, *values.get("unit", ())))),
        today=today(context.clock),
        values=values,
    )


def _nearest(text: str, failures: list[NotUnderstoodError]) -> NotUnderstoodError:
    """Of the readings that failed, the one that got furthest into the question."""
    return max(failures, key=lambda error: (error.span[0], len(error.suggestions)))
