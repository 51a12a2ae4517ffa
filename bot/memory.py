"""What a conversation remembers: questions and how they were answered, never figures."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.conversation import Answer, Turn
from bot.threads import Before
from tools.core.errors import NotUnderstoodError, PurserError, UnavailableError
from tools.ledger.records import Call, Trace

if TYPE_CHECKING:
    from datetime import datetime

    from bot.grammar import Vocabulary
    from tools.ledger.answers import Answers

# Arguments that would carry figures of an answer into the ledger.
_FIGURES = frozenset({"expression"})
_FORGOTTEN = "…"
_AWAY = "I cannot look up what we talked about just now; please ask the whole question."


@dataclass(frozen=True)
class Memory:
    """Remembers conversations in the ledger; opens it only where there is one to remember.

    Args:
        answers: opens the ledger's record of answers.
        logger: told where the ledger is away.
    """

    answers: Callable[[], Answers]
    logger: logging.Logger

    def last(self, turn: Turn, vocabulary: Vocabulary) -> Before | None:
        """The conversation's last question; without a reading where a model's answer has none.

        Help and other answers that read no bill are passed over.

        Raises:
            UnavailableError: the ledger is away, so what the thread is about is not known.
        """
        if turn.conversation is None:
            return None
        try:
            traces = self.answers().turns(turn.conversation)
        except _troubles() as error:
            self._tell("a conversation was not looked up", error)
            raise UnavailableError(_AWAY) from error
        asked = (trace for trace in reversed(traces) if trace.reading or trace.path == "model")
        last = next(asked, None)
        return _before(last, vocabulary) if last else None

    def turns(self, turn: Turn) -> tuple[Trace, ...]:
        """The conversation so far, oldest first; none where the ledger is away."""
        if turn.conversation is None:
            return ()
        try:
            return self.answers().turns(turn.conversation)
        except _troubles() as error:
            self._tell("a conversation was not looked up", error)
            return ()

    def keep(
        self, answer: Answer, *, question: str, turn: Turn, at: datetime, seconds: float
    ) -> Answer:
        """The answer, with its id where it is remembered; where the ledger is away, without."""
        if turn.conversation is None:
            return replace(answer, id="")
        trace = Trace(
            id=answer.id,
            at=at,
            conversation=turn.conversation,
            asker=turn.asker,
            question=question,
            path=answer.path,
            reading=answer.reading.text() if answer.reading else None,
            calls=tuple(map(_kept, answer.tools)),
            seconds=seconds,
        )
        try:
            self.answers().record(trace)
        except _troubles() as error:
            self._tell("an answer is not remembered", error)
            return replace(answer, id="")
        return answer

    def _tell(self, what: str, error: Exception) -> None:
        # The text of a database's error holds what was being written.
        why = error.sentence if isinstance(error, PurserError) else type(error).__name__
        self.logger.warning("%s: %s", what, why)


def _troubles() -> tuple[type[Exception], ...]:
    from sqlalchemy.exc import SQLAlchemyError

    return (SQLAlchemyError, PurserError)


def _before(trace: Trace, vocabulary: Vocabulary) -> Before:
    """The trace's question; no reading where it cannot be read, its dimension gone perhaps."""
    from bot.grammar import read_reading

    try:
        reading = read_reading(trace.reading, vocabulary) if trace.reading else None
    except NotUnderstoodError:
        reading = None
    return Before(reading, trace.at.date())


def _kept(call: Call) -> Call:
    arguments = {
        name: _FORGOTTEN if name in _FIGURES else value for name, value in call.arguments.items()
    }
    return Call(call.name, arguments, call.rows)
