"""The Bolt app, the same over HTTP and over Socket Mode."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from slack_bolt import App
from slack_sdk import WebClient

from bot.config import Config
from bot.delivery import Delivery
from bot.faults import slack_logger
from bot.listeners import register
from bot.listeners.desk import STATUS_AFTER, Desk, Routes
from bot.listeners.seen import Seen
from bot.pacing import retry_handlers
from bot.scope import People
from tools.core.context import Context
from tools.core.errors import ConfigError
from tools.core.scope import Scope

if TYPE_CHECKING:
    from flask import Flask
    from slack_bolt.adapter.socket_mode import SocketModeHandler

LISTENERS = 16  # threads that acknowledge and bring answers
WORKERS = 4  # answers computed at the same time; DuckDB uses all cores for each
REQUEST_LIMIT = 1024 * 1024  # bytes; Slack's requests are far smaller


def build_app(
    config: Config,
    router: Routes,
    *,
    context: Callable[[Scope], Context],
    seen: Seen,
    status_after: float = STATUS_AFTER,
) -> App:
    """The app with all its listeners. Calls Slack for the first time when it hears of something.

    Args:
        config: tokens, Slack's address, command names, scopes.
        router: answers questions.
        context: what tools are handed for a scope (`Purser.context`).
        seen: remembers delivered events (the ledger).
        status_after: seconds after which an answer that is not there yet is announced.

    Raises:
        ConfigError: without a bot token.
    """
    token = config.secrets.bot_token
    if not token:
        raise ConfigError("Slack needs a bot token: set SLACK_BOT_TOKEN to the app's xoxb-… token.")
    logger = slack_logger()
    client = WebClient(
        token=token,
        base_url=config.slack.api_url,
        retry_handlers=retry_handlers(),
        logger=logger,
    )
    app = App(
        client=client,
        signing_secret=config.secrets.signing_secret,
        # Over Socket Mode the connection itself is authenticated; over HTTP `http_app` insists.
        request_verification_enabled=config.secrets.signing_secret is not None,
        token_verification_enabled=False,  # `purser doctor` checks; serving starts offline, too
        listener_executor=ThreadPoolExecutor(LISTENERS, thread_name_prefix="listener"),
        logger=logger,
    )
    desk = Desk(
        config=config,
        router=router,
        context=context,
        delivery=Delivery(client, logger=logger),
        people=People(client),
        seen=seen,
        workers=ThreadPoolExecutor(WORKERS, thread_name_prefix="answer"),
        logger=logger,
        status_after=status_after,
    )
    register(app, desk)
    return app


def http_app(app: App, config: Config) -> Flask:
    """The WSGI application that answers Slack at `/slack/events`, and `/healthz`.

    Raises:
        ConfigError: without a signing secret nobody could tell Slack from a stranger.
    """
    if not config.secrets.signing_secret:
        raise ConfigError(
            "Slack over HTTP needs SLACK_SIGNING_SECRET; for Socket Mode set SLACK_APP_TOKEN."
        )
    from flask import Flask, Response, request
    from slack_bolt.adapter.flask import SlackRequestHandler

    flask = Flask("purser", static_folder=None)
    flask.config["MAX_CONTENT_LENGTH"] = REQUEST_LIMIT
    handler = SlackRequestHandler(app)

    @flask.post("/slack/events")
    def events() -> Response:
        return handler.handle(request)

    @flask.get("/healthz")
    def healthz() -> str:
        return "ok"

    return flask


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


def warm_up() -> None:
    """Start the chart engine in the background, so that the first chart is quick."""
    import threading

    from bot.charts import warm_up as draw_once

    threading.Thread(target=draw_once, name="warm-up", daemon=True).start()
