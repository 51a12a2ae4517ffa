"""What the app may say without the Web API: response_url, and the body of an acknowledgement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.console.block_rules import problems, view_problems
from bot.console.cast import BOT_USER
from bot.console.records import Hook, Message, View
from bot.console.store import Store

TEXT_LIMIT = 40_000


def respond(store: Store, hook: Hook, answer: Mapping[str, Any]) -> str:
    """Post, replace or delete as `answer` says.

    Returns:
        Empty where it was done, else Slack's error.
    """
    text, blocks = str(answer.get("text") or ""), answer.get("blocks") or []
    original = store.message(hook.channel, hook.original) if hook.original else None
    if answer.get("delete_original"):
        if original is not None:
            store.change(original, is_deleted=True)
        return ""
    if not text and not blocks:
        return "no_text"
    if len(text) > TEXT_LIMIT:
        return "msg_too_long"
    if problems(blocks, files=store.file_names()):
        return "invalid_blocks"
    if answer.get("replace_original") and original is not None:
        store.change(original, text=text, blocks=tuple(blocks), edited=store.next_ts())
        return ""
    is_public = answer.get("response_type") == "in_channel"
    message = Message(
        hook.channel,
        "",
        BOT_USER,
        text,
        tuple(blocks),
        thread_ts=answer.get("thread_ts"),
        only_for=None if is_public else hook.user,
        metadata=answer.get("metadata"),
    )
    store.add(message)
    return ""


def after_submission(store: Store, view: View, answer: Mapping[str, Any]) -> dict[str, Any]:
    """Do what the acknowledgement of a `view_submission` asks for.

    Returns:
        `errors` by block_id where the modal stays with complaints, else empty; `problem` where
        the answer itself was wrong.
    """
    match answer.get("response_action"):
        case "errors":
            return {"errors": dict(answer.get("errors") or {})}
        case "clear":
            store.close_views(view.user)
        case "update" | "push" as action:
            fresh = answer.get("view")
            if view_problems(fresh, files=store.file_names()) or not isinstance(fresh, dict):
                return {"problem": "We had some trouble connecting. Try again?"}
            if action == "update":
                store.update_view(view, payload=fresh, values={})
            else:
                store.open_view(view.user, fresh, push=True)
        case _:
            store.close_views(view.user, count=1)
    return {}
