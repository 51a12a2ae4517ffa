"""Purser over a small simulated cloud, with a policy, in a local workspace."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.app import Purser, build
from bot.config import Config, Secrets
from bot.config import SlackSettings as Slack
from bot.console.workspace import Workspace
from bot.listeners.gate_desk import GateDesk
from tests.bot.slack_parts import listening
from tools.clouds.resources import Address, Capacity, Kind, Resource, State, Verb
from tools.clouds.settings import CloudSettings
from tools.clouds.simulated_state import SimulatedState
from tools.clouds.simulated_use import Pattern
from tools.core.query import Filter, Op
from tools.core.settings import LakeSettings
from tools.gate.policy import Policy, Rule

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ADA, BEN, CHLOE, DMITRI = "U0ADAPARK0", "U0BENORTIZ", "U0CHLOEW00", "U0DMITRI00"
LEADS = "S0FINOPS00"
PLATFORM, RANDOM = "#platform", "#random"
DEV = (Filter("env", Op.IS, ("dev",)),)


@dataclass
class Hands:
    """A clock whose hands tests move."""

    at: datetime = NOON

    def now(self) -> datetime:
        return self.at


@dataclass
class Hall:
    """Everything of one test.

    Args:
        workspace: Slack.
        purser: Purser in it.
        state: the simulated cloud.
        clock: of all of them.
        url: where Purser hears Slack.
    """

    workspace: Workspace
    purser: Purser
    state: SimulatedState
    clock: Hands
    url: str = ""
    last: list[int] = field(default_factory=list)

    def state_of(self, name: str) -> State:
        """How a machine is in the cloud itself."""
        thing = self.state.thing(machine(name).address)
        assert thing is not None
        return thing.resource.state

    def cards(self, channel: str = PLATFORM):
        """The messages of a channel that are cards, oldest first."""
        return [m for m in self.workspace.messages(channel) if "purser.gate." in str(m.blocks)]

    def card(self, channel: str = PLATFORM, *, says: str = ""):
        """The newest card, once it says something."""

        def found():
            shown = self.cards(channel)
            return shown[-1] if shown and says in text(shown[-1]) else None

        return self.workspace.wait_for(found)

    def round(self) -> None:
        """What Purser does once a minute, when every card is known to stand where it does."""
        gate = self.purser.gate
        for card in self.cards():
            self.workspace.wait_for(lambda at=card: gate.shown_at(at.channel, at.ts))
        desk_of(self.purser).round()

    def ask(self, person: str, command: str, line: str = "", channel: str = PLATFORM):
        """Type a command, and give its private answer where there is one."""
        before = len(self.workspace.ephemerals(channel, person))
        self.workspace.slash(person, channel, command, line)
        return before

    def told(self, person: str, channel: str = PLATFORM, *, says: str = ""):
        """What somebody alone was told last, once it says something."""

        def found():
            shown = [m for m in self.workspace.ephemerals(channel, person) if says in text(m)]
            return shown[-1] if shown else None

        return self.workspace.wait_for(found)


def desk_of(purser: Purser) -> GateDesk:
    """Another process's hands on the same gate and the same Slack."""
    from slack_sdk import WebClient

    from bot.delivery import Delivery
    from bot.directory import SlackDirectory
    from bot.listeners.failures import Failures
    from bot.listeners.shown_cards import ShownCards
    from bot.scope import People

    logger = logging.getLogger("purser.tests")
    config = purser.config
    client = WebClient(token=config.secrets.bot_token, base_url=config.slack.api_url)
    delivery = Delivery(client, logger=logger)
    cards = ShownCards(
        lambda: purser.gate, SlackDirectory(client), delivery, config.clock, logger=logger
    )
    return GateDesk(
        gate=lambda: purser.gate,
        cards=cards,
        people=People(client),
        delivery=delivery,
        failures=Failures(delivery, logger),
        workers=ThreadPoolExecutor(1),
        clock=config.clock,
        logger=logger,
    )


def machine(id: str, **changes: object) -> Resource:
    given = {
        "address": Address("sim", "540987654324", "us-east-2", Kind.INSTANCE, f"i-{id}"),
        "name": id,
        "state": State.RUNNING,
        "type": "p4d.24xlarge",
        "gpu": "A100",
        "gpus": 8,
        "launched": NOON - timedelta(days=9),
        "tags": {"team": "ml", "env": "dev"},
    }
    return Resource(**{**given, **changes})


def group(name: str, desired: int = 4) -> Resource:
    address = Address("sim", "540987654324", "us-east-2", Kind.GROUP, name)
    return machine(name, address=address, capacity=Capacity(desired, 1, 8))


def policy(**changes: object) -> Policy:
    """Finops leads approve what is not production; terminating takes two."""
    rules = (
        Rule(name="tags", verbs=(Verb.TAG,), approve=(LEADS, BEN)),
        Rule(name="dev", where=DEV, approve=(LEADS, BEN, ADA)),
        Rule(name="budgets", verbs=(Verb.BUDGET,), approve=(LEADS,)),
    )
    return Policy(**{"admins": (CHLOE,), "rules": rules, **changes})


@contextmanager
def hall(folder: Path, *things: Resource, delay: float = 0.0, **changes: object) -> Iterator[Hall]:
    """A workspace with Purser in it, over a cloud with some machines that are idle."""
    clock = Hands()
    state = SimulatedState.create(folder / "cloud.sqlite", clock=clock, delay=delay)
    for thing in things or (machine("train-1"), machine("train-2"), group("farm")):
        state.put(thing, Pattern("idle", since=NOON - timedelta(days=3)))
    with Workspace.serve(ack_timeout=2.0, clock=clock) as workspace:
        config = Config(
            home=folder,
            lake=LakeSettings(),
            ledger_url=f"sqlite:///{folder / 'ledger.sqlite'}",
            slack=Slack(api_url=workspace.api_url),
            secrets=Secrets(workspace.bot_token, None, workspace.signing_secret),
            clouds=CloudSettings(simulated=folder / "cloud.sqlite"),
            clock=clock,
            **{"policy": policy(), **changes},
        )
        purser = build(config)
        with listening(purser, workspace) as url:
            yield Hall(workspace, purser, state, clock, url)
        purser.ledger.close()


def text(message) -> str:
    """All that a message shows, its mentions as `@U…`, in one line."""
    return " ".join(words(message.blocks).split()) or message.text


def words(part) -> str:
    if isinstance(part, list | tuple):
        return "".join(words(one) for one in part)
    if not isinstance(part, dict):
        return ""
    kind = part.get("type")
    if kind == "user":
        return f"@{part['user_id']}"
    if kind == "button":
        return f" [{part['text']['text']}]"
    own = part.get("text")
    inner = words(own) if isinstance(own, dict) else own or ""
    parts = (words(part.get(key)) for key in ("elements", "rows", "fields", "element", "label"))
    end = "\n" if kind in ("rich_text_section", "section", "plain_text") else ""
    return f"{inner}{''.join(parts)}{end}"
