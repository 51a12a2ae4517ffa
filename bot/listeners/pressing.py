"""A press of a card's button, as Slack signed it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.card_views import Origin
from bot.cards import Pressed
from bot.delivery import Place, Posted
from bot.scope import Home


@dataclass(frozen=True, slots=True)
class Press:
    """Who pressed which button where.

    Args:
        user: Slack's signed user id.
        home: the organisation Purser is installed in.
        value: what the button carried.
        place: where to answer, to the presser alone.
        message: the message whose button it was; None where it cannot be changed.
        trigger: opens a modal, for three seconds.
    """

    user: str
    home: Home
    value: str
    place: Place
    message: Posted | None
    trigger: str = ""

    @property
    def pressed(self) -> Pressed | None:
        """Which proposal; None where the value is none of ours."""
        return Pressed.parse(self.value)


def press_of(body: Mapping[str, Any], home: Home) -> Press:
    """The press in a `block_actions` payload."""
    container: Mapping[str, Any] = body.get("container") or {}
    channel, user = str((body.get("channel") or {}).get("id") or ""), str(body["user"]["id"])
    ts = str(container.get("message_ts") or "")
    thread = container.get("thread_ts") or (body.get("message") or {}).get("thread_ts")
    is_ephemeral = bool(container.get("is_ephemeral"))
    place = Place(
        channel=channel or user,
        user=user,
        thread_ts=thread,
        response_url=body.get("response_url"),
        is_private=True,
    )
    return Press(
        user=user,
        home=home,
        value=str(body["actions"][0].get("value") or ""),
        place=place.privately(),
        message=Posted(channel, ts) if channel and ts and not is_ephemeral else None,
        trigger=str(body.get("trigger_id") or ""),
    )


def in_thread(press: Press) -> Place:
    """Below what was pressed, for everybody there to see."""
    ts = press.message.ts if press.message else None
    return replace(press.place, is_private=False, thread_ts=press.place.thread_ts or ts)


def submission_of(body: Mapping[str, Any], home: Home) -> tuple[Press, Origin] | None:
    """The same for a modal that was opened by a press; None where it is none of ours."""
    origin = Origin.parse(str(body["view"].get("private_metadata") or ""))
    if origin is None:
        return None
    user = str(body["user"]["id"])
    place = Place(origin.channel or user, user, thread_ts=origin.thread or None, is_private=True)
    message = Posted(origin.channel, origin.message) if origin.message else None
    return Press(user, home, origin.pressed.value, place, message), origin
