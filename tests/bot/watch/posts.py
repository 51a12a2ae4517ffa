"""An outbox, whoever sends from it, and the Slack that takes it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.blocks import Message, plain_message
from bot.console.workspace import Workspace
from bot.watch.plans import outgoing
from bot.watch.posting import Poster, Spot
from tests.watch.senders import sender_to
from tools.ledger.ledger import Ledger
from tools.ledger.outbox import Outbox
from tools.watch.outgoing import Outgoing, Sort, Told
from tools.watch.settings import WatchSettings

HOME, FALLBACK = "C0PLATFORM", "C0MLRESRCH"


@dataclass
class Hand:
    """A clock that is set by hand."""

    at: datetime

    def now(self) -> datetime:
        return self.at


@dataclass
class Post:
    """An outbox, whoever sends from it, and the Slack that takes it."""

    workspace: Workspace
    ledger: Ledger
    clock: Hand
    settings: WatchSettings = field(default_factory=lambda: WatchSettings(fallback=FALLBACK))
    ticks: float = 0.0
    timeout: int = 5

    def __post_init__(self) -> None:
        self.outbox = Outbox(self.ledger, machine=self.clock)
        self.sender = sender_to(
            self.workspace.api_url,
            self.workspace.bot_token,
            self.ledger,
            outbox=self.outbox,
            settings=self.settings,
            clock=self.clock,
            timeout=self.timeout,
            ticks=lambda: self.ticks,
        )

    def put(self, *posts: Outgoing) -> None:
        with self.ledger.begin() as connection:
            self.outbox.put(connection, posts)

    def goes_on(self, seconds: float = 300.0) -> None:
        """Some time later."""
        self.ticks += seconds
        self.clock.at += timedelta(seconds=seconds)

    def rounds(self, count: int = 4) -> None:
        for _ in range(count):
            self.sender.round()
            self.goes_on()

    def said(self, channel: str = HOME) -> list[str]:
        return [m.text for m in self.workspace.store.messages(channel)]

    def told(self, key: str = "one") -> tuple[Told, str]:
        found = self.outbox.find(key)
        return found.told, found.trouble

    def dies_after(self, key: str = "one") -> None:
        """Slack takes it, and the process that sent it dies before it can say so."""
        claimed = self.outbox.claim(holder="dead", lease=timedelta(minutes=2))
        assert claimed.key == key
        said = claimed.sent.outgoing
        message = Message(said.text, tuple(json.loads(said.blocks)))
        spot = Spot(said.channel)
        self.sender.poster.post(spot, message, key=key, on_time=lambda: None)
        self.goes_on()


@dataclass(frozen=True)
class Slow(Poster):
    """Takes its time before it posts."""

    first: Callable[[], None]

    def post(self, spot, message, *, key, on_time):
        self.first()
        return Poster.post(self, spot, message, key=key, on_time=on_time)


def words(key: str = "one", channel: str = HOME, **rest) -> Outgoing:
    rest = {"sort": Sort.DIGEST, **rest}
    return outgoing(key, plain_message(f"This is {key}"), channel=channel, **rest)


def blocks(message) -> str:
    return json.dumps(message.blocks, ensure_ascii=False)
