"""What Slack's client makes of a person's typing and pressing, before the app hears of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from bot.console.records import ROWS, Blocks, with_ids

Choice = str | Sequence[str] | None

_TOKEN = re.compile(r"<(?:[@#!][^<>\s]+|https?://[^<>\s]+)>|&(?:amp|lt|gt);|[&<>]")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_SELECTED = {
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "users_select": "selected_user",
    "channels_select": "selected_channel",
    "conversations_select": "selected_conversation",
}


def escaped(text: str, *, names: Mapping[str, str]) -> str:
    """Text as Slack passes it on: `&`, `<` and `>` escaped, `@name` as `<@id>`.

    Mentions, links and entities that are there already stay as they are.
    """
    safe = _TOKEN.sub(lambda m: _ENTITIES.get(m[0], m[0]), text)
    known = {name.lower(): user for name, user in names.items()}
    pattern = "|".join(sorted(map(re.escape, names), key=len, reverse=True))
    return re.sub(
        rf"(?<![\w@<])@({pattern})\b", lambda m: f"<@{known[m[1].lower()]}>", safe, flags=re.I
    )


def pressed(
    blocks: Blocks | list[dict[str, Any]],
    action_id: str,
    *,
    option: Choice,
    at: str,
    block_id: str | None = None,
) -> dict[str, Any]:
    """The entry of a `block_actions` payload for one element.

    Args:
        blocks: of the message or view.
        action_id: of the element; KeyError where there is none.
        option: the chosen option's value (values, where several can be chosen), a date, an id;
            of feedback buttons, the pressed one's value.
        at: time stamp of the action.
        block_id: of the element's block, where several blocks have such an element.
    """
    for block in with_ids(blocks):
        if block_id not in (None, block["block_id"]):
            continue
        for element in _elements(block):
            if element.get("action_id") == action_id:
                action = _action(block, element, at)
                return action if option is None else action | _selection(element, option)
    raise KeyError(f"no element {action_id!r} in these blocks")


def _elements(block: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = list(block.get("elements") or []) if block.get("type") in ROWS else []
    return found + [block[key] for key in ("accessory", "element") if key in block]


def _action(block: Mapping[str, Any], element: Mapping[str, Any], at: str) -> dict[str, Any]:
    kept = ("type", "action_id", "text", "value", "style", "confirm", "placeholder")
    action = {key: element[key] for key in kept if key in element}
    return action | {"block_id": block["block_id"], "action_ts": at}


def _selection(element: Mapping[str, Any], option: str | Sequence[str]) -> dict[str, Any]:
    kind = element["type"]
    if kind == "feedback_buttons":
        sides = (element["positive_button"], element["negative_button"])
        return next({"value": s["value"], "text": s["text"]} for s in sides if s["value"] == option)
    if kind in _SELECTED:
        return {_SELECTED[kind]: option}
    groups = element.get("option_groups") or [{"options": element.get("options", [])}]
    options = [o for group in groups for o in group["options"]]
    if isinstance(option, str):
        return {"selected_option": next(o for o in options if o["value"] == option)}
    return {"selected_options": [o for o in options if o["value"] in option]}
