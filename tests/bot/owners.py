"""A workspace with Purser, a small simulated cloud, and machines that belong to people."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from bot.app import Purser, build
from bot.config import Secrets, load
from bot.console.deliveries import Delivery
from bot.console.serve import serve_wsgi
from bot.console.transport import Envelope, SignedHttp
from bot.console.workspace import Workspace
from bot.slack_app import build_app, finish, http_app
from tests.clouds.simulated_clouds import NOW, MovingClock, resource
from tools.clouds.resources import Kind
from tools.clouds.simulated_state import SimulatedState
from tools.clouds.simulated_use import Pattern

ADA, BEN, CHLOE = "U0ADAPARK0", "U0BENORTIZ", "U0CHLOEW00"
TOML = """
[clouds]
simulated = "cloud.sqlite"

[people.channels]
platform = "C0PLATFORM"

[scope.channels]
C0MLRESRCH = "team=ml-research"

[policy]
admins = ["U0CHLOEW00"]
environments = ["dev"]

[[policy.rules]]
name = "dev"
verbs = ["stop"]
approve = ["owner", "admins"]
"""
HERS = ("i-hers-1", "i-hers-2")
QUIET = Pattern("idle", since=NOW - timedelta(days=3))


@dataclass
class Owners:
    """Purser at work among people who own machines."""

    workspace: Workspace
    purser: Purser
    clock: MovingClock
    url: str

    def ask(self, who: str = "chloe", text: str = "ask", channel: str = "#finops") -> str:
        """`/gpu ask`, and what the asker reads."""
        before = len(self.workspace.ephemerals(channel, who))
        self.workspace.slash(who, channel, "/gpu", text).wait()
        return self.heard(who, channel, before)

    def heard(self, who: str, channel: str, before: int = 0) -> str:
        """What somebody is told privately, after so many."""
        read = self.workspace.ephemerals
        self.workspace.wait_for(lambda: len(read(channel, who)) > before)
        return shown(read(channel, who)[-1])

    def told(self, who: str, channel: str, text: str) -> None:
        """Wait until somebody is told something privately."""
        read = self.workspace.ephemerals
        self.workspace.wait_for(lambda: any(text in shown(m) for m in read(channel, who)))

    def again(self, delivery: Delivery) -> None:
        """Slack delivers a press once more."""
        door = SignedHttp(self.url, self.workspace.signing_secret)
        door.send(Envelope("interaction", delivery.payload), timeout=5)

    def asked(self, where: str) -> list:
        """The questions that stand somewhere."""
        return [m for m in self.workspace.messages(where) if "Still needed?" in m.text]


@contextmanager
def owners(home: Path) -> Iterator[Owners]:
    """Two machines of Ada's, one of nobody's in the team platform, and one of nobody at all."""
    (home / "purser.toml").write_text(TOML, encoding="utf-8")
    clock = MovingClock()
    state = SimulatedState.create(home / "cloud.sqlite", clock=clock)
    mail = {"owner": "ada.park@lumen.example", "team": "ml-research", "env": "dev"}
    for name in HERS:
        state.put(resource(name=name, tags=mail), QUIET)
    state.put(resource(name="i-platform", tags={"team": "Platform", "env": "dev"}), QUIET)
    state.put(resource(Kind.DISK, "vol-left"), Pattern())
    state.put(resource(name="i-busy", tags=mail), Pattern("busy"))
    with Workspace.serve(ack_timeout=2.0) as workspace:
        config = load(home, environ={})
        config = replace(
            config,
            clock=clock,
            slack=replace(config.slack, api_url=workspace.api_url),
            secrets=Secrets(workspace.bot_token, workspace.app_token, workspace.signing_secret),
        )
        purser = build(config)
        app = build_app(purser, is_warm=False, makes_rounds=False)
        with serve_wsgi(http_app(app), threads=8) as address:
            url = f"{address}slack/events"
            workspace.connect(url)
            yield Owners(workspace, purser, clock, url)
        finish(app)
        purser.ledger.close()


def shown(message) -> str:
    """All that a message shows, as text; people and channels by their ids."""
    return "\n".join(filter(None, (_text(block) for block in message.blocks))) or message.text


def _text(part: dict) -> str:
    if "user_id" in part or "channel_id" in part:
        return str(part.get("user_id") or part.get("channel_id"))
    if part.get("type") in ("button", "static_select"):
        label = part.get("text") or part["placeholder"]
        return f"[{label['text']}]"
    inner = part.get("elements")
    if inner is not None:
        apart = {"context": "\n", "actions": " "}.get(part["type"], "")
        return apart.join(_text(one) for one in inner)
    return str(part.get("text", ""))
