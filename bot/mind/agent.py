"""The `Mind`: one question, answered by a model over the tools.

Importing this is cheap; LangChain and the client library are loaded with the first question, or
before by `warm_up`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import resources
from typing import TYPE_CHECKING

from bot.config import ModelSettings, Secrets
from bot.conversation import Answer, Turn
from bot.wording import sentence
from tools.core.clock import today
from tools.core.context import Context
from tools.core.errors import UnavailableError
from tools.core.results import Note
from tools.ledger.records import Trace

if TYPE_CHECKING:
    from bot.mind.endpoints import Endpoints
    from bot.mind.guard import Asked, Guard
    from bot.mind.loop import Attempt
    from bot.mind.meter import Meter
    from bot.mind.toolbox import Toolbox
    from tools.ledger.answers import Answers

MOST_HISTORY = 6  # earlier questions that a model is told
UNFOUND = (
    "I could not back an answer to that with your bills, so I would rather not give one. "
    "Put it another way, or ask one of these:"
)
TOO_MUCH = (
    "That took more model calls than one question may use; ask for less at once, or raise "
    "max_tokens in purser.toml."
)
UNFINISHED = "I did not get to the end of this; what I had found by then:"
STOPPED = "Stopped before I had found anything."


@dataclass(frozen=True, slots=True)
class Agent:
    """Answers what the grammar cannot read. Safe to share between threads.

    Args:
        settings: whom to ask, within which limits, and what may be sent.
        secrets: the endpoints' keys.
        answers: opens the ledger's record, which keeps every call; None keeps none.
    """

    settings: ModelSettings
    secrets: Secrets = field(default_factory=Secrets)
    answers: Callable[[], Answers] | None = None

    def answer(
        self, question: str, *, context: Context, turn: Turn, before: tuple[Trace, ...], id: str
    ) -> Answer:
        """The answer, with path `model`.

        Raises:
            PurserError: no endpoint answered, and nothing was found before.
        """
        return _Question(self, question, context, turn, before, id).answer()


def warm_up() -> None:
    """Load what the first question needs; takes about two seconds."""
    import bot.mind.loop  # noqa: F401  for its weight
    from bot.mind.meter import Tokens, price
    from tools.core.clock import SystemClock

    price("none", Tokens(0, 0, 0), base_url="https://localhost", at=SystemClock().now())


@dataclass
class _Question:
    """One question on its way."""

    agent: Agent
    text: str
    context: Context
    turn: Turn
    before: tuple[Trace, ...]
    id: str
    _is_finished: bool = True

    def __post_init__(self) -> None:
        from bot.mind.endpoints import Endpoints
        from bot.mind.guard import Asked
        from bot.mind.meter import Meter
        from bot.mind.toolbox import Toolbox
        from bot.mind.veil import Veil
        from tools.costs import dimension_values

        settings, day = self.agent.settings, today(self.context.clock)
        readings = " ".join(trace.reading or "" for trace in self.before[-MOST_HISTORY:])
        ledger = self.agent.answers() if self.agent.answers else None
        self.meter: Meter = Meter(ledger, self.id, self.turn.asker, self.context.clock)
        self.endpoints: Endpoints = Endpoints(settings, self.agent.secrets, self.meter)
        veil = Veil(
            settings.sent,
            self.context.lake.settings.dimensions,
            lambda: dimension_values(self.context),
        )
        self.said: Asked = Asked.of(self.text, today=day, before=readings)
        self.toolbox: Toolbox = Toolbox(
            self.context, veil, settings.sent.amounts, self.said.numbers, self.text
        )
        self.guard: Guard = self._guard()

    def answer(self) -> Answer:
        from bot.mind.endpoints import Exhausted
        from bot.mind.streaming import Stopped
        from bot.mind.trouble import Trouble

        try:
            self._try()
        except Stopped:
            return self._found(STOPPED)
        except Exhausted:
            return self._found(TOO_MUCH, is_finished=False)
        except Trouble as found:
            if not self._has_something:
                raise found.error() from None
            return self._found(UNFOUND, is_finished=False)
        return self._found(UNFOUND, is_finished=self._is_finished)

    @property
    def _has_something(self) -> bool:
        return bool(self.guard.text.strip()) or self.toolbox.best is not None

    def _try(self) -> None:
        """The small model first; the large one where that verifiably failed."""
        from bot.mind.loop import GaveUp

        left = self.agent.settings.max_tool_calls
        while True:
            attempt = self._attempt(left)
            try:
                attempt.run(self._system(), self._asked())
                is_answered = bool(self.guard.text.strip()) or not self.guard.dropped
                self._is_finished = True
            except GaveUp as gave_up:
                is_answered = bool(self.guard.text.strip())
                self._is_finished = gave_up.has_all
            left -= attempt.made
            if is_answered or self.toolbox.is_final or not self.endpoints.has_larger or left <= 0:
                return
            self.endpoints.tier, self.guard = "large", self._guard()
            self.turn.ear.status("Looking more closely…")

    def _guard(self) -> Guard:
        from bot.mind.guard import Guard

        return Guard(self.toolbox.store, self.said, reveal=self.toolbox.veil.reveal)

    def _attempt(self, left: int) -> Attempt:
        from bot.mind.loop import Attempt

        return Attempt(self.endpoints, self.toolbox, self.guard, self.turn.ear, left)

    def _found(self, otherwise: str, *, is_finished: bool = True) -> Answer:
        """The answer of what there is; a sentence where there is nothing."""
        text = self.guard.text.strip()
        result = self.toolbox.best
        if not text and not is_finished and result is not None:
            text = f"{UNFINISHED} {sentence(result)}"
        if result is None:
            result = Note(text) if text else Note(otherwise, self._suggestions(otherwise))
        return Answer(
            path="model",
            result=result,
            tools=tuple(self.toolbox.calls),
            reading=self.toolbox.reading,
            text=text,
            usage=self.meter.usage(),
            id=self.id,
        )

    def _suggestions(self, otherwise: str) -> tuple[str, ...]:
        from bot.router import help_note

        return help_note(self.context).suggestions[:3] if otherwise.endswith(":") else ()

    def _system(self) -> str:
        words = self.toolbox.words
        return prompt("answer.md").format(
            today=today(self.context.clock),
            dimensions=", ".join(words.dimensions),
            units=", ".join(words.units),
        )

    def _asked(self) -> str:
        """The question, after what was asked before it."""
        veil = self.toolbox.veil
        lines = []
        if self.agent.settings.sent.history and self.before:
            lines.append("Earlier in this conversation (questions only; ask the tools again):")
            for trace in self.before[-MOST_HISTORY:]:
                read = f" (read as: {trace.reading})" if trace.reading else ""
                lines.append(f"- {veil.mask(' '.join(trace.question.split()) + read)}")
            lines += ["", "Now:"]
        return "\n".join([*lines, veil.mask(self.text)])


def prompt(name: str) -> str:
    """A prompt by its file name.

    Raises:
        UnavailableError: it was not installed.
    """
    try:
        return resources.files("prompts").joinpath(name).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UnavailableError(
            f"The prompt {name} is missing; please install Purser anew."
        ) from None
