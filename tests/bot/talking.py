"""A router that talks as it is told to, and remembers as the real one does."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal

import pytest

from bot.conversation import ALONE, Answer, Reading, Turn
from tests.bot.slack_parts import listening, parts
from tests.bot.tables import NOW, by_team
from tools.core.clock import FixedClock
from tools.core.context import Context
from tools.core.scope import Scope
from tools.ledger.answers import Answers
from tools.ledger.ledger import Ledger
from tools.ledger.records import Call, ModelCall, Trace

WORDS = ("**Spend rose** to $3,087.00 this month, ", "most of it by team-0. ", "That is all.")
TEXT = "".join(WORDS)


def model_answer(text: str = TEXT, result=None, **more: object) -> Answer:
    table = by_team(3)
    call = Call("cost_by", {"query": "this month by team"}, 1234)
    shown = table if result is None else result
    return Answer("model", shown, (call,), Reading(table.query), text=text, **more)


def straight(turn: Turn) -> Answer:
    """Says all of it at once."""
    turn.ear.status("Looking at spend by team…")
    for piece in WORDS:
        turn.ear.says(piece)
    return model_answer()


@dataclass
class Gate:
    """Says the first words, then waits to be let on or stopped."""

    first: str = WORDS[0]
    may_go_on: threading.Event = field(default_factory=threading.Event)
    begun: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def __call__(self, turn: Turn) -> Answer:
        turn.ear.status("Looking at spend by team…")
        if self.first:
            turn.ear.says(self.first)
        self.begun.release()
        while not self.may_go_on.wait(0.01):
            if turn.ear.wants_stop():
                return model_answer(self.first.strip())
        if turn.ear.wants_stop():
            return model_answer(self.first.strip())
        for piece in WORDS[1:]:
            turn.ear.says(piece)
        return model_answer(self.first + "".join(WORDS[1:]))


@dataclass
class Talking:
    """Every question goes by the script; each answer is recorded."""

    answers: Answers
    script: Callable[[Turn], Answer] = straight
    turns: list[tuple[str, Turn, Scope]] = field(default_factory=list)

    def command(self, text: str, *, context: Context, turn: Turn = ALONE) -> Answer:
        return self.ask(text, context=context, turn=turn)

    def ask(self, text: str, *, context: Context, turn: Turn = ALONE) -> Answer:
        self.turns.append((text, turn, context.scope))
        answer = replace(self.script(turn), id=secrets.token_hex(8))
        if turn.conversation is None:
            return replace(answer, id="")
        self.answers.record(
            Trace(
                id=answer.id,
                at=NOW,
                conversation=turn.conversation,
                asker=turn.asker,
                question=text,
                path=answer.path,
                reading=answer.reading.text() if answer.reading else None,
                calls=answer.tools,
                seconds=2.1,
            )
        )
        if answer.path == "model":
            self.answers.record_call(_call(answer.id, turn.asker))
        return answer

    @property
    def conversations(self) -> list[str | None]:
        return [turn.conversation for _, turn, _ in self.turns]


def _call(answer: str, asker: str) -> ModelCall:
    return ModelCall(
        answer=answer,
        asker=asker,
        at=NOW,
        provider="api.example.com",
        model="gpt-5-mini",
        input_tokens=4310,
        cached_tokens=2000,
        output_tokens=212,
        dollars=Decimal("0.00123"),
        seconds=1.9,
    )


@pytest.fixture
def answers(tmp_path):
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", FixedClock(NOW))
    yield Answers(ledger)
    ledger.close()


@pytest.fixture
def talking(workspace, answers):
    """Purser, listening, with a script that tests may change."""
    router = Talking(answers)
    with listening(parts(workspace, router=router, answers=answers), workspace):
        yield router


def finished(workspace, said, count=1):
    """The replies in a thread, once so many carry thumbs."""

    def judged():
        return [m for m in workspace.replies(said) if "context_actions" in str(m.blocks)]

    workspace.wait_for(lambda: len(judged()) >= count, timeout=20)
    return judged()
