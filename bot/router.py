"""Which way a question goes: exact command, then phrasebook. A model will stand behind both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.conversation import Answer, Path, Reading
from tools.core.clock import today
from tools.core.context import Context
from tools.core.dimensions import BUILT_IN
from tools.core.errors import NotUnderstoodError
from tools.core.query import Query
from tools.core.results import CostTable, Note
from tools.ledger.records import Call

if TYPE_CHECKING:
    from bot.grammar import Vocabulary

# Consumed units as the lake writes them; looking into the bills for more would cost every command.
UNITS = (
    "tokens",
    "hours",
    "gpu-hours",
    "gb",
    "gb-months",
    "gib",
    "gib-months",
    "requests",
)
HELP_WORDS = {"help", "?", "hilfe", "what can you do", "what can i ask", "hello", "hi"}


class Router:
    """Reads questions and calls tools; holds nothing between questions."""

    def command(self, text: str, *, context: Context) -> Answer:
        """The answer to what follows `/cost`.

        Raises:
            NotUnderstoodError: with the part that could not be read and the nearest readings.
        """
        from bot.grammar import read
        from bot.phrasebook import read_words

        if is_help(text):
            return Answer("none", help_note(context))
        words = vocabulary(context)
        try:
            return self.run(read(text, words), context=context)
        except NotUnderstoodError as strict:
            try:
                query = read_words(text, words)
            except NotUnderstoodError as loose:
                # “how” is no word of the grammar, yet not what was wrong with the question.
                raise (loose if loose.span[0] > strict.span[0] else strict) from None
            return self.run(query, context=context, path="phrasebook")

    def ask(self, text: str, *, context: Context) -> Answer:
        """The answer to a sentence said to Purser; a command typed out is one, too.

        Raises:
            NotUnderstoodError: with the part that could not be read and the nearest readings.
        """
        from bot.phrasebook import read_words

        words = text.strip()
        if words.startswith("/"):
            return self.command(words.partition(" ")[2], context=context)
        if is_help(words):
            return Answer("none", help_note(context))
        query = read_words(words, vocabulary(context))
        path: Path = "command" if words == query.text() else "phrasebook"
        return self.run(query, context=context, path=path)

    def run(self, query: Query, *, context: Context, path: Path = "command") -> Answer:
        """The answer to a query that was read before, under whoever asks now."""
        from tools.costs import cost_by

        result = cost_by(query, context=context)
        rows = result.bill_rows if isinstance(result, CostTable) else 0
        call = Call("cost_by", {"query": query.text()}, rows)
        return Answer(path, result, (call,), Reading(query))


def help_note(context: Context) -> Note:
    """What can be asked, by example."""
    from bot.phrasebook import examples

    return Note(
        "Ask me what things cost, in words or with /cost. Some questions I can answer:",
        tuple(example for example, _ in examples(vocabulary(context))),
    )


def vocabulary(context: Context) -> Vocabulary:
    """The words questions may use; values only those under the asker's scope.

    Values are looked up when a question needs one: most commands name dimensions only.
    """
    from bot.grammar import LazyValues, Vocabulary
    from tools.costs import dimension_values

    configured = (d.name for d in context.lake.settings.dimensions)
    return Vocabulary(
        dimensions=tuple(dict.fromkeys((*configured, *BUILT_IN))),
        units=UNITS,
        today=today(context.clock),
        values=LazyValues(lambda: dimension_values(context)),
    )


def is_help(text: str) -> bool:
    """Whether somebody asks for help, or only says hello."""
    said = text.strip().lower()
    return said in HELP_WORDS or said.rstrip("!.?") in HELP_WORDS
