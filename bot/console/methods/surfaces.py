"""views.*, assistant.threads.* and reactions.*: everything beside messages."""

from __future__ import annotations

import json
from typing import Any

from bot.console.block_rules import view_problems
from bot.console.cast import BOT_USER
from bot.console.methods.asked import Asked, SlackRefusalError
from bot.console.records import Message, View

VIEW_BYTES = 250_000
PROMPTS = 4
LOADING_MESSAGES = 10
LOADING_TEXT = 50


def open_view(asked: Asked) -> dict[str, Any]:
    """views.open, with the trigger of something a person just did."""
    payload = _view(asked)
    user = _triggered(asked)
    view = asked.workspace.store.open_view(user, payload)
    return _answer(asked, view)


def push_view(asked: Asked) -> dict[str, Any]:
    """views.push; at most three deep."""
    payload = _view(asked)
    view = asked.workspace.store.open_view(_triggered(asked), payload, push=True)
    return _answer(asked, view)


def update_view(asked: Asked) -> dict[str, Any]:
    """views.update, by view_id or external_id, guarded by hash."""
    payload = _view(asked)
    name = asked.get("view_id") or asked.get("external_id")
    view = asked.workspace.store.find_view(name) if name else None
    if view is None:
        raise SlackRefusalError("not_found")
    if asked.get("hash") not in ("", view.hash):
        raise SlackRefusalError("hash_conflict")
    return _answer(asked, asked.workspace.store.update_view(view, payload=payload))


def publish(asked: Asked) -> dict[str, Any]:
    """views.publish: one person's Home."""
    user, payload = asked.person("user_id"), _view(asked)
    current = asked.workspace.store.home(user)
    if current and asked.get("hash") not in ("", current.hash):
        raise SlackRefusalError("hash_conflict")
    return _answer(asked, asked.workspace.store.publish_home(user, payload))


def set_status(asked: Asked) -> dict[str, Any]:
    """assistant.threads.setStatus: “Purser is …” until the next message; empty clears it."""
    channel = asked.channel("channel_id")
    loading = asked.structure("loading_messages") or []
    long = [i for i, text in enumerate(loading) if len(text) > LOADING_TEXT]
    if len(loading) > LOADING_MESSAGES or long:
        at = f"loading_messages/{long[0]}" if long else "loading_messages"
        raise SlackRefusalError(
            "invalid_arguments",
            [f"must be less than {LOADING_TEXT + 1} characters [json-pointer:/{at}]"],
        )
    if BOT_USER not in asked.workspace.store.members(channel):
        raise SlackRefusalError("not_in_channel")
    asked.workspace.store.set_status(channel, asked.get("thread_ts") or None, asked.get("status"))
    return {}


def set_suggested_prompts(asked: Asked) -> dict[str, Any]:
    """assistant.threads.setSuggestedPrompts: at most four, each a title and a message."""
    channel = asked.channel("channel_id")
    prompts = asked.structure("prompts") or []
    complete = all(isinstance(p, dict) and p.get("title") and p.get("message") for p in prompts)
    if not prompts or len(prompts) > PROMPTS or not complete:
        raise SlackRefusalError("invalid_arguments", ["1 to 4 prompts with title and message"])
    asked.workspace.store.set_prompts(channel, prompts)
    return {}


def set_title(asked: Asked) -> dict[str, Any]:
    """assistant.threads.setTitle; the page does not show titles."""
    asked.channel("channel_id")
    asked.need("title")
    return {}


def add_reaction(asked: Asked) -> dict[str, Any]:
    """reactions.add, as the bot."""
    message, reaction = _reaction(asked)
    if reaction in message.reactions:
        raise SlackRefusalError("already_reacted")
    asked.workspace.store.change(message, reactions=(*message.reactions, reaction))
    return {}


def remove_reaction(asked: Asked) -> dict[str, Any]:
    """reactions.remove, as the bot."""
    message, reaction = _reaction(asked)
    if reaction not in message.reactions:
        raise SlackRefusalError("no_reaction")
    kept = tuple(r for r in message.reactions if r != reaction)
    asked.workspace.store.change(message, reactions=kept)
    return {}


def _reaction(asked: Asked) -> tuple[Message, tuple[str, str]]:
    ts, name = asked.need("timestamp", "name")
    message = asked.workspace.store.message(asked.channel(), ts)
    if message is None:
        raise SlackRefusalError("message_not_found")
    return message, (name.strip(":"), BOT_USER)


def _view(asked: Asked) -> dict[str, Any]:
    payload = asked.structure("view")
    wrong = view_problems(payload, files=asked.workspace.store.file_names())
    if wrong:
        raise SlackRefusalError("invalid_arguments", wrong)
    if len(json.dumps(payload)) > VIEW_BYTES:
        raise SlackRefusalError("view_too_large")
    checked: dict[str, Any] = payload
    return checked


def _triggered(asked: Asked) -> str:
    (trigger_id,) = asked.need("trigger_id")
    trigger = asked.workspace.store.spend_trigger(trigger_id)
    if isinstance(trigger, str):
        raise SlackRefusalError(trigger)
    return trigger.user


def _answer(asked: Asked, view: View | None) -> dict[str, Any]:
    if view is None:
        raise SlackRefusalError("push_limit_reached")
    return {"view": view.as_slack(asked.workspace.cast.team_id)}
