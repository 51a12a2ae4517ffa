"""Which way a question goes: command, phrasebook, the thread's last question, then a model."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bot.conversation import ALONE, Answer, Mind, Path, Reading, Turn
from bot.wishes import FAMILIES, Wishes
from tools.core.clock import today
from tools.core.context import Context
from tools.core.dimensions import BUILT_IN
from tools.core.errors import NotUnderstoodError
from tools.core.machines import Machines
from tools.core.query import Query
from tools.core.results import Change, CostTable, Note, Result
from tools.ledger.records import Call

if TYPE_CHECKING:
    from bot.grammar import Vocabulary
    from bot.memory import Memory
    from bot.threads import Before, Understood

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


_NEEDS_MODEL = "I need a model for that; here is what I can answer."


def nobody() -> None:
    """No model is configured."""
    return


@dataclass(frozen=True)
class Router:
    """Reads questions and calls tools; what it remembers of them is in the ledger.

    Args:
        mind: the model's side, or None where none is configured; asked for when needed.
        memory: of conversations; opened only for a turn that has one.
        wishes: answers what is about machines and budgets.
        commands: what a command does → its name here.
    """

    mind: Callable[[], Mind | None] = nobody
    memory: Callable[[], Memory] | None = None
    wishes: Wishes = field(default_factory=Wishes)
    commands: Mapping[str, str] = field(default_factory=dict)

    def command(self, text: str, *, context: Context, turn: Turn = ALONE) -> Answer:
        """The answer to what follows `/cost`, or to a whole command; never a model's.

        Raises:
            NotUnderstoodError: with the part that could not be read and the nearest readings.
        """
        family, rest = self._family(text)
        if family in FAMILIES:
            return self._kept(
                text, lambda _: self.wishes.command(family, rest, context), context, turn
            )
        return self._kept(rest, lambda _: self._commanded(rest, context), context, turn)

    def ask(self, text: str, *, context: Context, turn: Turn = ALONE) -> Answer:
        """The answer to a sentence said to Purser; a command typed out is one, too.

        Raises:
            NotUnderstoodError: with the part that could not be read and the nearest readings.
            UnavailableError: the model, or the memory of the thread, did not answer.
        """
        words = text.strip()
        if words.startswith("/"):
            return self.command(words, context=context, turn=turn)
        return self._kept(words, lambda id: self._asked(words, context, turn, id), context, turn)

    def stop(self, id: str, *, context: Context) -> Answer:
        """A proposal to stop what was listed as idle."""
        return self.wishes.stop(id, context)

    def run(self, query: Query, *, context: Context, path: Path = "command") -> Answer:
        """The answer to a query that was read before, under whoever asks now."""
        return self.answer(Reading(query), context=context, path=path)

    def answer(self, reading: Reading, *, context: Context, path: Path = "command") -> Answer:
        """The answer to a reading, under whoever asks now."""
        result: Result
        if reading.is_why:
            from tools.changes import explain_change

            name, result = "explain_change", explain_change(reading.query, context=context)
        else:
            from tools.accrued import with_accrued
            from tools.costs import cost_by

            table = cost_by(reading.query, context=context)
            name, result = "cost_by", with_accrued(table, reading.query, context=context)
        rows = result.bill_rows if isinstance(result, CostTable | Change) else 0
        call = Call(name, {"query": reading.query.text()}, rows)
        return Answer(path, result, (call,), reading)

    def _family(self, text: str) -> tuple[str, str]:
        """Which command a line is of, and what follows; a line without one is about costs."""
        if not text.startswith("/"):
            return "cost", text
        name, _, rest = text.partition(" ")
        found = (family for family, named in self.commands.items() if named == name)
        return next(found, name.removeprefix("/")), rest

    def _commanded(self, text: str, context: Context) -> Answer:
        from bot.grammar import read_reading
        from bot.phrasebook import hear

        if is_help(text):
            return Answer("none", help_note(context))
        words = vocabulary(context)
        try:
            return self.answer(read_reading(text, words), context=context)
        except NotUnderstoodError as strict:
            try:
                heard = hear(text, words)
            except NotUnderstoodError as loose:
                # “how” is no word of the grammar, yet not what was wrong with the question.
                raise (loose if loose.span[0] > strict.span[0] else strict) from None
            answer = self.answer(heard.reading, context=context, path="phrasebook")
            return replace(answer, shows=heard.said.shows or "")

    def _asked(self, words: str, context: Context, turn: Turn, id: str) -> Answer:
        from bot.threads import understand

        if is_help(words):
            return Answer("none", help_note(context))
        if wished := self.wishes.hear(words, context):
            return wished
        known = vocabulary(context)

        def last() -> Before | None:
            return self.memory().last(turn, known) if self.memory and turn.conversation else None

        try:
            found = understand(words, remembered=last, vocabulary=known)
        except NotUnderstoodError as error:
            mind = self.mind()
            if mind is None:
                raise _honest(error) from None
            before = self.memory().turns(turn) if self.memory and turn.conversation else ()
            whole = self.wishes.equipped(context)
            answer = mind.answer(words, context=whole, turn=turn, before=before, id=id)
            if isinstance(answer.result, Machines):
                self.wishes.keep(answer.result, context)
            return answer
        return _shown(self.answer(found.reading, context=context, path=found.path), found)

    def _kept(
        self, text: str, answered: Callable[[str], Answer], context: Context, turn: Turn
    ) -> Answer:
        """The answer, remembered where the turn belongs to a conversation."""
        at, began, id = context.clock.now(), time.perf_counter(), secrets.token_hex(16)
        answer = answered(id)
        if self.memory is None or turn.conversation is None:
            return answer
        seconds = time.perf_counter() - began
        return self.memory().keep(
            replace(answer, id=id), question=text, turn=turn, at=at, seconds=seconds
        )


def _honest(error: NotUnderstoodError) -> NotUnderstoodError:
    """Words that have no reading here might have one for a model; that is said."""
    if not error.is_foreign:
        return error
    return NotUnderstoodError(
        f"{error.sentence} {_NEEDS_MODEL}",
        text=error.text,
        span=error.span,
        suggestions=error.suggestions,
        is_foreign=True,
        is_near=error.is_near,
    )


def _shown(answer: Answer, found: Understood) -> Answer:
    """The answer, shown as asked for, with what must be known of the reading."""
    result = answer.result
    if found.remark and isinstance(result, CostTable | Change):
        result = replace(result, notes=(found.remark, *result.notes))
    return replace(answer, result=result, shows=found.shows)


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
