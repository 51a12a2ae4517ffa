"""Mentions and direct messages, and the stop button below an answer on its way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.delivery import Place
from bot.listeners.desk import Desk, Question
from bot.listeners.hearing import home_of, is_from_person, words

if TYPE_CHECKING:
    from slack_bolt import App, BoltContext


def register(app: App, desk: Desk) -> None:
    """Listen to mentions in channels, and to everything in direct messages."""

    @app.event("app_mention")
    def mentioned(event: dict[str, Any], body: dict[str, Any], context: BoltContext) -> None:
        if is_from_person(event) and desk.hears(body):
            place = _thread(event, is_private=_is_overheard(event, body, desk))
            desk.answer(Question(_text(event), place, home_of(context)))

    @app.event("message")
    def written(event: dict[str, Any], body: dict[str, Any], context: BoltContext) -> None:
        if event.get("channel_type") == "im" and is_from_person(event) and desk.hears(body):
            place = Place(
                channel=event["channel"],
                user=event["user"],
                thread_ts=event.get("thread_ts"),
                heard_ts=event["ts"],
            )
            desk.answer(Question(_text(event), place, home_of(context)))

    @app.event("agent_session_stopped")
    def stopped(event: dict[str, Any], body: dict[str, Any]) -> None:
        if desk.hears(body):
            place = Place(event["channel"], event["user"], thread_ts=event.get("thread_ts"))
            desk.stops.in_thread(place)


def _thread(event: dict[str, Any], *, is_private: bool) -> Place:
    return Place(
        channel=event["channel"],
        user=event["user"],
        thread_ts=event.get("thread_ts") or event["ts"],
        heard_ts=event["ts"],
        is_private=is_private,
    )


def _text(event: dict[str, Any]) -> str:
    return words(event.get("text") or "") or "help"


def _is_overheard(event: dict[str, Any], body: dict[str, Any], desk: Desk) -> bool:
    """Whether people of other organisations would read the answer, without being let in.

    A channel with a scope of its own was thought about; any other shared one is answered to
    the asker alone.
    """
    is_shared = bool(body.get("is_ext_shared_channel"))
    scope = desk.config.scope
    return is_shared and not scope.guests and event["channel"] not in scope.channels
