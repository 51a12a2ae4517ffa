"""`POST /events`: a pipeline tells of a deployment, with a token that can do nothing else."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from bot.event_limits import Limits
from bot.events_told import event_json, read_event
from tools.core.errors import InputError, PurserError, RefusedError
from tools.gate.people import Actor
from tools.ledger.event_tokens import EventTokens
from tools.ledger.happenings import Happenings

if TYPE_CHECKING:
    from flask import Flask, Request

    from bot.config import Config
    from tools.ledger.ledger import Ledger

Answer = tuple[dict[str, Any], int] | tuple[dict[str, Any], int, dict[str, str]]

PATH = "/events"
LIMIT = 16 * 1024  # bytes of one event
_NOBODY: Answer = (
    {"error": "Send Authorization: Bearer with a token of `purser event --token`."},
    401,
)
_LOG = logging.getLogger("purser.events")


def add_events(
    flask: Flask, *, ledger: Ledger, config: Config, limits: Limits | None = None
) -> None:
    """Let a web application hear of events.

    Args:
        flask: the application.
        ledger: keeps them, and knows the tokens.
        config: has the clock.
        limits: how often they may be told.
    """
    from flask import request

    limits = limits or Limits()

    @flask.post(PATH, endpoint="told")  # Slack’s requests have the name `events`
    def events() -> Answer:
        try:
            return _heard(request, limits, ledger, config)
        except RefusedError as error:
            return {"error": error.sentence}, 403
        except InputError as error:
            return {"error": error.sentence}, 400
        except PurserError as error:
            return {"error": error.sentence}, 503


@contextmanager
def hearing_events(
    *, ledger: Ledger, config: Config, host: str, port: int, limits: Limits | None = None
) -> Iterator[str]:
    """Hear of events and nothing else until the block ends, beside Socket Mode.

    Args:
        ledger: keeps them, and knows the tokens.
        config: has the clock.
        host: to listen on.
        port: to listen on; 0 takes a free one.
        limits: how often they may be told.

    Yields:
        Where they are told.
    """
    from flask import Flask

    from bot.console.serve import serve_wsgi

    flask = Flask("purser-events", static_folder=None)
    add_events(flask, ledger=ledger, config=config, limits=limits)
    # What is much longer is not even read; the event itself is held to its own limit.
    with serve_wsgi(flask, host=host, port=port, threads=4, largest=4 * LIMIT) as address:
        yield address.rstrip("/") + PATH


def _heard(request: Request, limits: Limits, ledger: Ledger, config: Config) -> Answer:
    """What is cheap to refuse is refused before the ledger, which one at a time may write."""
    token = _token(request)
    if not token:
        return _NOBODY
    if wait := limits.wait(token, address=request.remote_addr or ""):
        said = f"Too many at once; come again in {wait} seconds."
        return {"error": said}, 429, {"Retry-After": str(wait)}
    if request.content_length is None or request.content_length > LIMIT:
        return {"error": f"An event has at most {LIMIT:,} bytes, and says how many."}, 413
    teller = EventTokens(ledger).of(token)
    if teller is None:
        return _NOBODY
    limits.proven(token)
    event = teller.allowed(read_event(_fields(request), config=config))
    kept = Happenings(ledger).tell(event, actor=Actor(teller.name, via="http"))
    _LOG.info("%s told of event %s", teller.name, kept.id)
    return event_json(kept), 201


def _fields(request: Request) -> dict[str, Any]:
    try:
        fields = request.get_json(silent=True, force=True)
    except RecursionError:  # brackets in brackets
        fields = None
    if not isinstance(fields, dict):
        raise InputError('Send one JSON object, such as {"text": "search-api 4.2"}.')
    return fields


def _token(request: Request) -> str:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""
