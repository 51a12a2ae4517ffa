"""Purser with answers made by hand, on a real port beside the local workspace."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bot.config import Config, ScopeSettings, Secrets
from bot.config import SlackSettings as Slack
from bot.console.serve import serve_wsgi
from bot.console.transport import Envelope, SignedHttp
from bot.console.workspace import Workspace
from bot.conversation import ALONE, Answer, Turn
from bot.listeners.desk import Routes
from bot.listeners.seen import Seen, SeenInMemory
from bot.slack_app import Wired, build_app, finish, http_app
from tests.bot.tables import NOW, by_team, daily, total
from tools.core.clock import FixedClock
from tools.core.context import Context
from tools.core.errors import NotUnderstoodError, UnavailableError
from tools.core.results import Note, Result
from tools.core.scope import Scope
from tools.core.settings import LakeSettings
from tools.lake.lake import Lake
from tools.ledger.answers import Answers
from tools.ledger.ledger import Ledger

ANSWERS: dict[str, Result] = {
    "": total(),
    "this month": total(series=daily()),
    "by team": by_team(3),
    "everyone": by_team(210),
    "2019": Note("No charges in 2019.", ("all time",)),
}


@dataclass
class Answering:
    """A router that knows a few questions by heart, and remembers who asked what."""

    asked: list[tuple[str, str, Scope]] = field(default_factory=list)
    may_go_on: threading.Event = field(default_factory=threading.Event)

    def command(self, text: str, *, context: Context, turn: Turn = ALONE) -> Answer:
        return self._answer("command", text, context)

    def ask(self, text: str, *, context: Context, turn: Turn = ALONE) -> Answer:
        return self._answer("ask", text, context)

    def _answer(self, way: str, text: str, context: Context) -> Answer:
        self.asked.append((way, text, context.scope))
        if text == "slowly":
            self.may_go_on.wait(10)
            return Answer("command", total())
        if text == "explode":
            raise ZeroDivisionError("xoxb-1234567890-secret and the bill of ACME")
        if text == "lake down":
            raise UnavailableError("The lake is being loaded; ask again in a minute.")
        # A canonical query is a key too: buttons carry it.
        known = ANSWERS | {
            made.query.text(): made for made in ANSWERS.values() if not isinstance(made, Note)
        }
        known |= {"this month": ANSWERS["this month"]}
        if text not in known:
            raise NotUnderstoodError(
                f"I cannot read “{text}”.", text=text, span=(0, len(text)), suggestions=("by team",)
            )
        return Answer("command", known[text])


@dataclass
class Parts:
    """What the Slack app is built on."""

    config: Config
    router: Routes
    ledger: Seen
    answers: Answers

    @property
    def gate(self):
        raise UnavailableError("There is no gate in this test.")

    @property
    def audit(self):
        raise UnavailableError("There is no record in this test.")

    def context(self, scope: Scope) -> Context:
        return Context(
            lake=Lake(self.config.lake_root, self.config.lake), clock=self.config.clock, scope=scope
        )


def parts(
    workspace: Workspace,
    *,
    scope: ScopeSettings | None = None,
    seen: Seen | None = None,
    router: Routes | None = None,
    answers: Answers | None = None,
) -> Parts:
    config = Config(
        home=Path("nowhere"),
        lake=LakeSettings(),
        ledger_url="sqlite://",
        slack=Slack(api_url=workspace.api_url),
        scope=scope or ScopeSettings(),
        secrets=Secrets(workspace.bot_token, workspace.app_token, workspace.signing_secret),
        clock=FixedClock(NOW),
    )
    # Nothing but looking back needs the ledger; the tests of that bring one.
    away = Answers(Ledger("sqlite:///nowhere/at/all.sqlite", FixedClock(NOW)))
    return Parts(config, router or Answering(), seen or SeenInMemory(), answers or away)


@contextmanager
def listening(
    made: Wired, workspace: Workspace, *, status_after: float = 1.0, pause: float = 0.0
) -> Iterator[str]:
    """The app over HTTP, connected to the workspace: its address. Ends with answers under way."""
    app = build_app(made, status_after=status_after, pause=pause, is_warm=False, makes_rounds=False)
    with serve_wsgi(http_app(app), threads=8) as address:
        url = f"{address}slack/events"
        workspace.connect(url)
        yield url
    finish(app)


def deliver(url: str, workspace: Workspace, payload: Mapping[str, object]) -> int:
    """Send the app one event, signed, and give the HTTP status it is answered with."""
    door = SignedHttp(url, workspace.signing_secret)
    return door.send(Envelope("event", payload), timeout=5).status


def told(workspace, person="ada", channel="#ml-research", count=1):
    """The private answers somebody has, once there are so many."""
    workspace.wait_for(lambda: len(workspace.ephemerals(channel, person)) >= count)
    return workspace.ephemerals(channel, person)


def kinds(message):
    return [block["type"] for block in message.blocks]


def words(message):
    return json.dumps(message.blocks, ensure_ascii=False)


def has_image(message):
    return "image" in kinds(message)
