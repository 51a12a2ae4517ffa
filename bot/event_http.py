"""`POST /events`: a pipeline tells of a deployment, with a token that can do nothing else."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from bot.events_told import event_json, read_event
from tools.core.errors import InputError, PurserError, RefusedError
from tools.gate.people import Actor
from tools.ledger.event_tokens import EventTokens, Teller
from tools.ledger.happenings import Happenings

if TYPE_CHECKING:
    from flask import Flask, Request

    from bot.config import Config
    from tools.ledger.ledger import Ledger

PATH = "/events"
LIMIT = 16 * 1024  # bytes of one event
_LOG = logging.getLogger("purser.events")

Answer = tuple[dict[str, Any], int]


def add_events(flask: Flask, *, ledger: Ledger, config: Config) -> None:
    """Let a web application hear of events."""
    from flask import request

    @flask.post(PATH, endpoint="told")  # Slack’s requests have the name `events`
    def events() -> Answer:
        try:
            return _told(request, ledger, config)
        except RefusedError as error:
            return {"error": error.sentence}, 403
        except InputError as error:
            return {"error": error.sentence}, 400
        except PurserError as error:
            return {"error": error.sentence}, 503


def events_app(*, ledger: Ledger, config: Config) -> Flask:
    """An application that hears of events and nothing else, beside Socket Mode."""
    from flask import Flask

    flask = Flask("purser-events", static_folder=None)
    add_events(flask, ledger=ledger, config=config)
    return flask


def _told(request: Request, ledger: Ledger, config: Config) -> Answer:
    teller = _teller(request, ledger)
    if teller is None:
        return {"error": "Send Authorization: Bearer with a token of `purser event --token`."}, 401
    if (request.content_length or LIMIT + 1) > LIMIT:
        return {"error": f"An event has at most {LIMIT:,} bytes, and says how many."}, 413
    event = teller.allowed(read_event(_fields(request), clock=config.clock))
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


def _teller(request: Request, ledger: Ledger) -> Teller | None:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return EventTokens(ledger).of(token.strip()) if kind.lower() == "bearer" and token else None
