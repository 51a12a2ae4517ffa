"""`purser serve`: answer in Slack, over Socket Mode or HTTP."""

from __future__ import annotations

import argparse
import logging
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from bot.app import Purser, build
from tools.core.errors import ConfigError

_LARGEST = 4 * 2**20  # bytes of a request; Slack's largest, a view with all its state, has less


def run(args: argparse.Namespace) -> None:
    """Serve until told to stop; which way follows from the tokens and `--port`."""
    secrets = args.config.secrets
    if not secrets.bot_token:
        raise ConfigError(
            "SLACK_BOT_TOKEN is not set. Make an app from deploy/slack-manifest.yaml, and set "
            "its tokens; `make demo` needs none."
        )
    signal.signal(signal.SIGTERM, _stop)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    if secrets.app_token and args.port is None:
        _socket_mode(args)
    elif secrets.signing_secret:
        _http(args)
    else:
        raise ConfigError(
            "Set SLACK_APP_TOKEN for Socket Mode, or SLACK_SIGNING_SECRET for HTTP; Slack's "
            "requests cannot be told from others' without one."
        )


def _stop(_signal: int, _frame: object) -> None:
    """What a supervisor sends ends it like Ctrl+C does."""
    raise KeyboardInterrupt


def _socket_mode(args: argparse.Namespace) -> None:
    from bot.faults import slack_logger
    from bot.slack_app import build_app, run_socket_mode
    from bot.watch.clockwork import clockwork

    purser = build(args.config)
    print("Listening over Socket Mode. Ctrl+C ends it.", flush=True)
    with clockwork(purser, logger=slack_logger()), _events(purser, args):
        run_socket_mode(build_app(purser), args.config)


@contextmanager
def _events(purser: Purser, args: argparse.Namespace) -> Iterator[None]:
    """Hear of events over HTTP beside Socket Mode, where a port is named."""
    if args.events_port is None:
        yield
        return
    from bot.event_http import hearing_events

    place = {"host": args.host, "port": args.events_port}
    with hearing_events(ledger=purser.ledger, config=purser.config, **place) as address:
        print(f"Hearing of events on {address}.", flush=True)
        yield


def _http(args: argparse.Namespace) -> None:
    from waitress import serve

    from bot.event_http import add_events
    from bot.faults import slack_logger
    from bot.slack_app import build_app, finish, http_app
    from bot.watch.clockwork import clockwork

    port = args.port if args.port is not None else 3000
    purser = build(args.config)
    app = build_app(purser)
    print(f"Listening on http://{args.host}:{port}/slack/events. Ctrl+C ends it.", flush=True)
    try:
        with clockwork(purser, logger=slack_logger()):
            flask = http_app(app)
            add_events(flask, ledger=purser.ledger, config=purser.config)
            serve(
                flask,
                host=args.host,
                port=port,
                threads=16,
                max_request_body_size=_LARGEST,
                _quiet=True,
            )
    finally:
        finish(app)  # whoever asked before the end still gets an answer
