"""Buttons: sharing, the CSV, questions that were offered, stopping, judging, looking back."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from bot.blocks import ASK, CSV, SHARE
from bot.delivery import Place
from bot.listeners.desk import Desk, Question
from bot.listeners.hearing import home_of
from bot.machine_blocks import STOP_IDLE
from bot.spoken import HOW, JUDGE, STOP

if TYPE_CHECKING:
    from slack_bolt import Ack, App, BoltContext


def register(app: App, desk: Desk) -> None:
    """Listen to Purser's buttons. Whoever presses is the asker, with their own scope."""

    @app.action(SHARE)
    def share(ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
        ack()
        desk.share(_question(body, context), pressed_ts=_container(body).get("message_ts", ""))

    @app.action(CSV)
    def csv(ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
        ack()
        desk.send_csv(_question(body, context, is_private=True))

    @app.action(re.compile(rf"^{re.escape(ASK)}\.\d+$"))
    def ask(ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
        ack()
        desk.answer(_question(body, context))

    @app.action(STOP_IDLE)
    def stop_idle(ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
        ack()
        desk.stop_idle(_question(body, context))

    @app.action(HOW)
    def how(ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
        ack()
        desk.review.how(_place(body), home_of(context), _value(body))

    @app.action(JUDGE)
    def judge(ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
        ack()
        desk.review.judge(_place(body), home_of(context), _value(body))

    @app.action(STOP)
    def stop(ack: Ack, body: dict[str, Any]) -> None:
        ack()
        desk.stops.one(_place(body), _value(body))


def _question(
    body: dict[str, Any], context: BoltContext, *, is_private: bool | None = None
) -> Question:
    place = _place(body, is_private=is_private)
    return Question(_value(body), place, home_of(context), is_command=True)


def _place(body: dict[str, Any], *, is_private: bool | None = None) -> Place:
    container = _container(body)
    user = body["user"]["id"]
    if is_private is None:
        is_private = bool(container.get("is_ephemeral"))
    return Place(
        # On the Home there is no channel: answers go to the direct messages.
        channel=(body.get("channel") or {}).get("id") or user,
        user=user,
        thread_ts=_thread_ts(body, container),
        response_url=body.get("response_url"),
        is_private=is_private,
    )


def _value(body: dict[str, Any]) -> str:
    return str(body["actions"][0].get("value") or "")


def _container(body: dict[str, Any]) -> dict[str, Any]:
    container: dict[str, Any] = body.get("container") or {}
    return container


def _thread_ts(body: dict[str, Any], container: dict[str, Any]) -> str | None:
    """The thread the pressed message stands in, or starts: a channel is not the place to go on."""
    message: dict[str, Any] = body.get("message") or {}
    found: str | None = container.get("thread_ts") or message.get("thread_ts")
    is_channel = not str((body.get("channel") or {}).get("id", "D")).startswith("D")
    return found or (message.get("ts") if is_channel else None)
