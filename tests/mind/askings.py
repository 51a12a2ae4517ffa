"""A question to the mind, over a small lake and the stand-in."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot.config import Endpoint, ModelSettings, Secrets
from bot.conversation import Answer, Turn
from bot.mind.agent import Agent
from bot.mind.standin import Standin
from tools.core.context import Context


@dataclass
class Listening:
    """An ear that keeps what it hears, and presses stop after so many words."""

    stop_after: int | None = None
    statuses: list[str] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)

    def status(self, text: str) -> None:
        self.statuses.append(text)

    def says(self, text: str) -> None:
        self.pieces.append(text)

    def wants_stop(self) -> bool:
        return self.stop_after is not None and len(self.pieces) >= self.stop_after


def ask(
    standin: Standin,
    context: Context,
    question: str = "How do the teams stand?",
    *,
    ear: Listening | None = None,
    before: tuple = (),
    answers=None,
    secrets: Secrets | None = None,
    **settings: object,
) -> Answer:
    """What comes of a question."""
    chosen = {"timeout_seconds": 5.0, **settings}
    endpoint = Endpoint(standin.base_url, "small", "large")
    agent = Agent(
        ModelSettings(endpoint, **chosen),
        secrets or Secrets(model_key="key-1"),
        (lambda: answers) if answers else None,
    )
    turn = Turn("U1", "C1", ear or Listening())
    return agent.answer(question, context=context, turn=turn, before=before, id="a1")


def heard(standin: Standin, number: int = -1) -> str:
    """Everything that one request sent, as text."""
    return "\n".join(str(m["content"]) for m in standin.requests[number]["messages"])
