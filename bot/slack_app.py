"""The Bolt app, the same over HTTP and over Socket Mode."""

from __future__ import annotations

import secrets
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, TypeVar, cast
from weakref import WeakKeyDictionary

from slack_bolt import App
from slack_sdk import WebClient

from bot import charts
from bot.config import Config, hide_tokens
from bot.delivery import Delivery, Place
from bot.directory import SlackDirectory
from bot.faults import slack_logger
from bot.listeners import alarms, alerts, clocks, gate, health, incidents, needs, register, schedule
from bot.listeners.alarm_desk import AlarmDesk
from bot.listeners.alert_desk import AlertDesk
from bot.listeners.bringing import Bringing
from bot.listeners.clock_desk import ClockDesk
from bot.listeners.conversation import Conversations
from bot.listeners.desk import STATUS_AFTER, Desk, Routes, Workers
from bot.listeners.failures import Failures
from bot.listeners.gate_desk import GateDesk
from bot.listeners.health import HealthDesk
from bot.listeners.incident_desk import IncidentDesk
from bot.listeners.needs_desk import NeedsDesk
from bot.listeners.rounds import Rounds
from bot.listeners.schedule import ScheduleDesk
from bot.listeners.seen import Seen
from bot.listeners.shown_cards import ShownCards
from bot.listeners.switch import Switch
from bot.listeners.watch_desk import WatchDesk
from bot.pacing import retry_handlers
from bot.scope import People
from bot.streaming import PAUSE
from bot.watch import threads
from tools.core.context import Context
from tools.core.errors import ConfigError
from tools.core.scope import Scope

if TYPE_CHECKING:
    from logging import Logger

    from flask import Flask, Request
    from slack_bolt.adapter.socket_mode import SocketModeHandler

    from bot.app import Purser
    from tools.gate.gate import Pressing
    from tools.ledger.answers import Answers
    from tools.ledger.audit import Audit
    from tools.ledger.needs import Needs
    from tools.ledger.records import Trace

OfWatch = TypeVar("OfWatch", bound=WatchDesk)

LISTENERS = 48  # threads that acknowledge and bring answers; a stop must not wait for them
COMMANDS = 4  # answers computed at the same time; DuckDB uses all cores for each
DEEDS = 4  # approved proposals carried out at the same time
WORDS = 24  # answers to words at the same time; with a model they mostly wait for it
NO_ANSWER = (
    "I could not reach Slack with my token just now. Please try again in a minute; "
    "if it stays so, whoever runs me can see why with `purser doctor`."
)
REQUEST_LIMIT = 1024 * 1024  # bytes; Slack's requests are far smaller
_ROUNDS: WeakKeyDictionary[App, Rounds] = WeakKeyDictionary()  # who looks after an app's proposals


class Wired(Protocol):
    """What the app is built on: `bot.app.Purser`, or what stands in for it."""

    @property
    def config(self) -> Config:
        """Tokens, Slack's address, command names, scopes, the clock."""

    @property
    def router(self) -> Routes:
        """Answers questions."""

    @property
    def ledger(self) -> Seen:
        """Remembers delivered events."""

    @property
    def answers(self) -> Answers:
        """Remembers how answers came about."""

    @property
    def gate(self) -> Pressing:
        """Where buttons are pressed; opened with the first press."""

    @property
    def audit(self) -> Audit:
        """The record of all that was proposed, decided and done."""

    @property
    def needs(self) -> Needs:
        """What owners said is still needed."""

    def context(self, scope: Scope) -> Context:
        """What tools are handed for a scope."""

    def equipped(self, context: Context) -> Context:
        """A context with the clouds, the budgets and the gate."""


def build_app(
    purser: Wired,
    *,
    status_after: float = STATUS_AFTER,
    pause: float = PAUSE,
    is_warm: bool = True,
    makes_rounds: bool = True,
) -> App:
    """The app with all its listeners. Calls Slack for the first time when it hears of something.

    Args:
        purser: Purser, wired.
        status_after: seconds after which an answer that is not there yet is announced.
        pause: seconds between two pieces of a streamed answer.
        is_warm: start the chart engine in the background, and what asks models where one is
            configured, so that the first of either is quick.
        makes_rounds: settle and expire proposals, at once and then every minute, until `finish`.

    Raises:
        ConfigError: without a bot token.
    """
    config = purser.config
    token = config.secrets.bot_token
    if not token:
        raise ConfigError("Slack needs a bot token: set SLACK_BOT_TOKEN to the app's xoxb-… token.")
    hide_tokens()
    logger = slack_logger()
    client = WebClient(
        token=token,
        base_url=config.slack.api_url,
        retry_handlers=retry_handlers(),
        logger=logger,
    )
    app = App(
        client=client,
        # Socket Mode needs none. Without one nobody's HTTP requests pass, instead of everybody's.
        signing_secret=config.secrets.signing_secret or secrets.token_hex(32),
        token_verification_enabled=False,  # `purser doctor` checks; serving starts offline, too
        listener_executor=ThreadPoolExecutor(LISTENERS, thread_name_prefix="listener"),
        logger=logger,
        user_facing_authorize_error_message=NO_ANSWER,
    )
    desk = _desk(purser, client, logger, status_after=status_after, pause=pause)
    presses = _connect(app, purser, desk)
    if makes_rounds:
        rounds = Rounds(presses.round, logger=logger)
        _ROUNDS[app] = rounds
        rounds.start()
    if is_warm:
        threading.Thread(target=_warm_up, args=(config,), name="warm-up", daemon=True).start()
    return app


def _connect(app: App, purser: Wired, desk: Desk) -> GateDesk:
    """All listeners; who takes the presses of cards."""
    presses = _presses(purser, desk)
    needs.register(app, needs_desk(purser, desk))  # before `/gpu` takes all that follows it
    clocks.register(app, _watch_desk(ClockDesk, purser, desk, cards=desk.cards))
    command = purser.config.slack.commands.get("purser", "")
    alarms.register(app, _watch_desk(AlarmDesk, purser, desk), command=command)
    if command:
        schedule.register(app, _watch_desk(ScheduleDesk, purser, desk), command=command)
        health.register(app, _watch_desk(HealthDesk, purser, desk), command=command)
    register(app, desk)
    gate.register(app, presses)
    incidents.register(app, _watch_desk(IncidentDesk, purser, desk))
    alerts.register(app, _watch_desk(AlertDesk, purser, desk))
    return presses


def _warm_up(config: Config) -> None:
    charts.warm_up()
    if config.model.endpoint is not None:
        from bot.mind.agent import warm_up

        warm_up()


def _desk(
    purser: Wired, client: WebClient, logger: Logger, *, status_after: float, pause: float
) -> Desk:
    delivery, people = Delivery(client, logger=logger), People(client)
    failures = Failures(delivery, logger)
    cards = ShownCards(
        gate=lambda: purser.gate,
        directory=SlackDirectory(client),
        delivery=delivery,
        clock=purser.config.clock,
        logger=logger,
    )
    desk = Desk(
        config=purser.config,
        router=purser.router,
        context=purser.context,
        bringing=Bringing(delivery, logger),
        conversations=_conversations(purser, client, logger),
        people=people,
        seen=purser.ledger,
        workers=Workers(
            commands=ThreadPoolExecutor(COMMANDS, thread_name_prefix="answer"),
            words=ThreadPoolExecutor(WORDS, thread_name_prefix="words"),
        ),
        failures=failures,
        logger=logger,
        cards=cards,
        status_after=status_after,
        pause=pause,
    )
    switch = Switch(
        gate=lambda: purser.gate,
        audit=lambda: purser.audit,
        people=people,
        scope=desk.scope,
        delivery=delivery,
        failures=failures,
    )
    return replace(desk, switch=switch)


def _conversations(purser: Wired, client: WebClient, logger: Logger) -> Conversations:
    def opened(place: Place) -> Trace | None:
        return threads.opening(cast("Purser", purser), place)

    return Conversations(client, purser.answers, logger=logger, opening=opened)


def _presses(purser: Wired, desk: Desk) -> GateDesk:
    return GateDesk(
        gate=lambda: purser.gate,
        cards=desk.cards,
        people=desk.people,
        delivery=desk.delivery,
        failures=desk.failures,
        workers=ThreadPoolExecutor(DEEDS, thread_name_prefix="deed"),
        clock=purser.config.clock,
        logger=desk.logger,
    )


def needs_desk(purser: Wired, desk: Desk) -> NeedsDesk:
    """Who asks owners whether an idle machine is still needed."""
    return NeedsDesk(
        config=purser.config,
        context=lambda actor, scope: purser.equipped(replace(purser.context(scope), asker=actor)),
        needs=lambda: purser.needs,
        directory=desk.cards.directory,
        scope=desk.scope,
        show=desk.cards.post,
        seen=desk.seen,
        delivery=desk.delivery,
        failures=desk.failures,
    )


def _watch_desk(kind: type[OfWatch], purser: Wired, desk: Desk, **more: ShownCards) -> OfWatch:
    return kind(
        **more,
        purser=cast("Purser", purser),  # what only answers has no watch to be asked of
        people=desk.people,
        scope=desk.scope,
        directory=desk.cards.directory,
        show=desk.cards.post,
        delivery=desk.delivery,
        failures=desk.failures,
    )


def http_app(app: App) -> Flask:
    """The WSGI application that answers Slack at `/slack/events`, and `/healthz`."""
    from flask import Flask, Response, request
    from slack_bolt.adapter.flask import SlackRequestHandler

    flask = Flask("purser", static_folder=None)
    flask.config["MAX_CONTENT_LENGTH"] = REQUEST_LIMIT
    handler = SlackRequestHandler(app)

    @flask.post("/slack/events")
    def events() -> Response:
        if not _is_sound(request):
            return Response("This is no request of Slack's.", 400, mimetype="text/plain")
        return handler.handle(request)

    @flask.get("/healthz")
    def healthz() -> str:
        return "ok"

    return flask


def _is_sound(request: Request) -> bool:
    """Whether Bolt can read a request; it does so before it looks at the signature."""
    from slack_bolt import BoltRequest

    if not request.headers.get("X-Slack-Request-Timestamp", "0").isdecimal():
        return False
    try:
        BoltRequest(
            body=request.get_data(as_text=True),
            headers={"content-type": request.headers.get("Content-Type", "")},
        )
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        return False
    return True


def finish(app: App) -> None:
    """Wait for the answers under way; afterwards the app hears nothing any more."""
    if rounds := _ROUNDS.pop(app, None):
        rounds.end()
    app.listener_runner.listener_executor.shutdown(wait=True)


def socket_mode(app: App, config: Config) -> SocketModeHandler:
    """Socket Mode over this app: `start()` serves until interrupted, `close()` ends it.

    Raises:
        ConfigError: without an app token.
    """
    if not config.secrets.app_token:
        raise ConfigError("Socket Mode needs SLACK_APP_TOKEN, the app's xapp-… token.")
    from slack_bolt.adapter.socket_mode import SocketModeHandler

    return SocketModeHandler(app, config.secrets.app_token, logger=slack_logger())


def run_socket_mode(app: App, config: Config) -> None:
    """Serve over Socket Mode until interrupted."""
    handler = socket_mode(app, config)
    try:
        handler.start()  # type: ignore[no-untyped-call]
    finally:
        handler.close()  # type: ignore[no-untyped-call]
