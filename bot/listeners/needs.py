"""“Still needed?”: the command, its button in the idle list, and the answers of who was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.delivery import Place, Posted
from bot.listeners.hearing import home_of, place_of, words
from bot.listeners.needs_desk import Answering
from bot.machine_blocks import NEEDED
from bot.still_needed import KEEP, NOT_MINE, STOP

if TYPE_CHECKING:
    from slack_bolt import Ack, App, BoltContext

    from bot.listeners.needs_desk import NeedsDesk

ASK = "ask"


def register(app: App, desk: NeedsDesk) -> None:
    """Listen before the commands do: of `/gpu`, only `ask` is taken here."""
    commands = desk.config.slack.commands
    for what in ("gpu", "purser"):
        if what in commands:
            _listen(app, desk, what, commands[what])
    for action in (KEEP, STOP, NOT_MINE):
        _answers(app, desk, action)

    @app.action(NEEDED)
    def needed(ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
        ack()
        id = str(body["actions"][0].get("value") or "")
        desk.ask_one(id, _place(body), home_of(context))


def _listen(app: App, desk: NeedsDesk, what: str, name: str) -> None:
    def is_ask(command: dict[str, Any]) -> bool:
        return _asked(command, what) is not None

    @app.command(name, matchers=[is_ask])
    def heard(ack: Ack, command: dict[str, Any], context: BoltContext) -> None:
        ack()
        place = place_of(command)
        desk.ask_all(_asked(command, what) or "", place, home_of(context))


def _asked(command: dict[str, Any], what: str) -> str | None:
    """What follows `/gpu ask` or `/purser gpu ask`; None where it is another command."""
    text = words(command.get("text") or "")
    if what == "purser":
        first, _, text = text.partition(" ")
        if first.lower() != "gpu":
            return None
    first, _, rest = text.partition(" ")
    return rest.strip() if first.lower() == ASK else None


def _answers(app: App, desk: NeedsDesk, action: str) -> None:
    @app.action(action)
    def answered(ack: Ack, body: dict[str, Any], context: BoltContext) -> None:
        ack()
        pressed: dict[str, Any] = body["actions"][0]
        message: dict[str, Any] = body.get("message") or {}
        place, container = _place(body), body.get("container") or {}
        ts = str(container.get("message_ts") or message.get("ts") or "")
        chosen = pressed.get("selected_option") or pressed
        can_change = bool(ts) and not container.get("is_ephemeral")
        desk.answer(
            Answering(
                user=place.user,
                home=home_of(context),
                action=action,
                value=str(chosen.get("value") or ""),
                block_id=str(pressed.get("block_id") or ""),
                place=place.privately(),
                message=Posted(place.channel, ts) if can_change else None,
                text=str(message.get("text") or ""),
                blocks=tuple(message.get("blocks") or ()),
                key=f"{place.channel}:{ts}:{pressed.get('action_ts')}",
            )
        )


def _place(body: dict[str, Any]) -> Place:
    container, user = body.get("container") or {}, str(body["user"]["id"])
    message: dict[str, Any] = body.get("message") or {}
    return Place(
        channel=str((body.get("channel") or {}).get("id") or user),
        user=user,
        thread_ts=container.get("thread_ts") or message.get("thread_ts"),
        response_url=body.get("response_url"),
        is_private=bool(container.get("is_ephemeral")),
    )
