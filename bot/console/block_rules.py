"""Slack's limits on Block Kit, as one pure function over plain dicts.

The stand-in refuses what Slack refuses, with Slack's words; the Slack side asks the same
function before it sends. Block types Purser has no use for count as unsupported, so that none
slips into a message unseen. Sources: Slack's Block Kit reference, and refusals as people report
them (`invalid additional property`, `invalid slack file`, `only_one_table_allowed`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Literal

from bot.console.block_elements import (
    FEEDBACK,
    ID_LIMIT,
    INPUTS,
    MARKUP,
    MENUS,
    PICKERS,
    TEXT_LIMIT,
    Complaints,
    check_element,
    check_picture,
)

Surface = Literal["message", "modal", "home"]

MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
SECTION_FIELDS = 10
FIELD_TEXT = 2000
HEADER_TEXT = 150
CONTEXT_ELEMENTS = 10
ACTIONS_ELEMENTS = 25
CONTEXT_ACTIONS_ELEMENTS = 5
TABLE_ROWS = 100
TABLE_COLUMNS = 20
TABLE_TEXT = 10_000
MARKDOWN_TEXT = 12_000
IMAGE_TITLE = 2000
LABEL_TEXT = 2000
PRIVATE_METADATA = 3000
VIEW_TITLE = 24

# Not in Slack's reference: it answers msg_blocks_too_long near this many characters outside
# tables (slackapi/bolt-js issue 2509 measured 13,172 to 13,297).
MESSAGE_TEXT = 13_000

_ACCESSORIES = frozenset({"button", "image", "multi_static_select"}) | MENUS | PICKERS
_ACTIONS = frozenset({"button"}) | MENUS | PICKERS | {"multi_static_select"}
_INPUT_ELEMENTS = (MENUS - {"overflow"}) | PICKERS | INPUTS | {"multi_static_select"}
_RICH_PARTS = {
    "rich_text_section",
    "rich_text_list",
    "rich_text_quote",
    "rich_text_preformatted",
}


def problems(
    blocks: object,
    *,
    surface: Surface = "message",
    files: Collection[str] | None = None,
    root: str = "/blocks",
) -> list[str]:
    """What Slack would refuse in these blocks; empty where it would take them.

    Args:
        blocks: the list of blocks, as plain dicts.
        surface: where they are to stand; tables and Markdown stand in messages only.
        files: ids and addresses that `slack_file` may name; None checks no names.
        root: JSON pointer of the list, `/view/blocks` inside a view.

    Returns:
        Sentences in Slack's words, each with a JSON pointer:
        `must be less than 3001 characters [json-pointer:/blocks/0/text/text]`.
    """
    out = Complaints(None if files is None else frozenset(files))
    if not isinstance(blocks, list):
        out.add("must be a list", root)
        return out.found
    out.count(blocks, root, most=MESSAGE_BLOCKS if surface == "message" else VIEW_BLOCKS, least=0)
    for index, block in enumerate(blocks):
        _block(block, f"{root}/{index}", out, surface=surface)
    _across(blocks, root, out)
    return out.found


def view_problems(view: object, *, files: Collection[str] | None = None) -> list[str]:
    """What Slack would refuse in a modal or Home view; empty where it would take it."""
    out = Complaints()
    if not isinstance(view, dict) or _kind(view) not in ("modal", "home"):
        out.add("must be a modal or home view", "/view/type")
        return out.found
    modal = _kind(view) == "modal"
    out.keys(view, _MODAL_KEYS if modal else _HOME_KEYS, "/view")
    if modal:
        out.text(view, "title", "/view", most=VIEW_TITLE, needed=True)
        out.text(view, "submit", "/view", most=VIEW_TITLE)
        out.text(view, "close", "/view", most=VIEW_TITLE)
    for key, most in (("callback_id", ID_LIMIT), ("external_id", ID_LIMIT)):
        if view.get(key):
            out.string(view, key, "/view", most=most)
    if view.get("private_metadata"):
        out.string(view, "private_metadata", "/view", most=PRIVATE_METADATA)
    blocks = out.items(view, "blocks", "/view")
    if modal and "submit" not in view and any(_kind(b) == "input" for b in blocks):
        out.add("missing required field: submit", "/view")
    surface: Surface = "modal" if modal else "home"
    return out.found + problems(blocks, surface=surface, files=files, root="/view/blocks")


def text_length(blocks: Sequence[Mapping[str, Any]]) -> int:
    """Characters of every text outside tables: what `msg_blocks_too_long` is about."""
    return sum(_characters(block) for block in blocks if _kind(block) != "table")


_HOME_KEYS = {"type", "blocks", "private_metadata", "callback_id", "external_id"}
_MODAL_KEYS = _HOME_KEYS | {
    "title",
    "submit",
    "close",
    "clear_on_close",
    "notify_on_close",
    "submit_disabled",
}


def _kind(block: object) -> str:
    return str(block.get("type")) if isinstance(block, Mapping) else ""


def _characters(value: object) -> int:
    if isinstance(value, Mapping):
        own = value.get("text")
        rest = sum(
            _characters(v) for k, v in value.items() if k != "text" or not isinstance(v, str)
        )
        return rest + (len(own) if isinstance(own, str) else 0)
    if isinstance(value, list):
        return sum(_characters(v) for v in value)
    return 0


def _block(block: object, at: str, out: Complaints, *, surface: Surface) -> None:
    if not isinstance(block, dict):
        out.add("must be an object", at)
        return
    rule = _BLOCKS.get(_kind(block))
    if rule is None or (surface != "message" and _kind(block) in _MESSAGES_ONLY):
        out.add(f"unsupported type: {block.get('type')}", f"{at}/type")
        return
    check, keys = rule
    out.keys(block, keys | {"type", "block_id"}, at)
    out.string(block, "block_id", at, most=ID_LIMIT)
    check(block, at, out)


def _across(blocks: list[Any], root: str, out: Complaints) -> None:
    """Rules over all blocks together: ids, tables, the Markdown of one message."""
    seen: set[str] = set()
    tables = written = 0
    for index, block in enumerate(b if isinstance(b, dict) else {} for b in blocks):
        name = block.get("block_id")
        if isinstance(name, str):
            if name in seen:
                out.add("`block_id` already exists", f"{root}/{index}/block_id")
            seen.add(name)
        if _kind(block) == "table":
            tables += 1
            if tables > 1:
                out.add("only_one_table_allowed", f"{root}/{index}")
        if _kind(block) == "markdown":
            text = block.get("text")
            written += len(text) if isinstance(text, str) else 0
            # A single block over the limit has been named already.
            if written > MARKDOWN_TEXT >= len(str(text)):
                out.add(f"must be less than {MARKDOWN_TEXT + 1} characters in all", root)


def _section(block: Mapping[str, Any], at: str, out: Complaints) -> None:
    if "text" not in block and "fields" not in block:
        out.add("must define either `text` or `fields`", at)
    out.text(block, "text", at, kinds=MARKUP)
    if "fields" in block:
        fields = out.items(block, "fields", at)
        out.count(fields, f"{at}/fields", most=SECTION_FIELDS)
        for index, value in enumerate(fields):
            out.text_object(value, f"{at}/fields/{index}", most=FIELD_TEXT, kinds=MARKUP)
    if "accessory" in block:
        check_element(block["accessory"], f"{at}/accessory", out, allowed=_ACCESSORIES)


def _header(block: Mapping[str, Any], at: str, out: Complaints) -> None:
    out.text(block, "text", at, most=HEADER_TEXT, needed=True)


def _context(block: Mapping[str, Any], at: str, out: Complaints) -> None:
    elements = out.items(block, "elements", at)
    out.count(elements, f"{at}/elements", most=CONTEXT_ELEMENTS)
    for index, element in enumerate(elements):
        place = f"{at}/elements/{index}"
        if _kind(element) == "image":
            check_element(element, place, out, allowed=frozenset({"image"}))
        else:
            out.text_object(element, place, most=TEXT_LIMIT, kinds=MARKUP)


def _actions(block: Mapping[str, Any], at: str, out: Complaints) -> None:
    _pressable(block, at, out, most=ACTIONS_ELEMENTS, allowed=_ACTIONS)


def _context_actions(block: Mapping[str, Any], at: str, out: Complaints) -> None:
    _pressable(block, at, out, most=CONTEXT_ACTIONS_ELEMENTS, allowed=FEEDBACK)


def _pressable(
    block: Mapping[str, Any], at: str, out: Complaints, *, most: int, allowed: frozenset[str]
) -> None:
    """A row of elements, each with an id of its own."""
    elements = out.items(block, "elements", at)
    out.count(elements, f"{at}/elements", most=most)
    seen: set[str] = set()
    for index, element in enumerate(elements):
        place = f"{at}/elements/{index}"
        check_element(element, place, out, allowed=allowed)
        name = element.get("action_id") if isinstance(element, dict) else None
        if isinstance(name, str):
            if name in seen:
                out.add("`action_id` already exists for this block", f"{place}/action_id")
            seen.add(name)


def _image(block: Mapping[str, Any], at: str, out: Complaints) -> None:
    check_picture(block, at, out)
    out.text(block, "title", at, most=IMAGE_TITLE)


def _input(block: Mapping[str, Any], at: str, out: Complaints) -> None:
    out.text(block, "label", at, most=LABEL_TEXT, needed=True)
    out.text(block, "hint", at, most=LABEL_TEXT)
    if "element" in block:
        check_element(block["element"], f"{at}/element", out, allowed=_INPUT_ELEMENTS)
    else:
        out.add("missing required field: element", at)


def _markdown(block: Mapping[str, Any], at: str, out: Complaints) -> None:
    out.string(block, "text", at, most=MARKDOWN_TEXT, needed=True)


def _rich_text(block: Mapping[str, Any], at: str, out: Complaints) -> None:
    for index, part in enumerate(out.items(block, "elements", at)):
        place = f"{at}/elements/{index}"
        if _kind(part) not in _RICH_PARTS:
            out.add(f"unsupported type: {_kind(part)}", f"{place}/type")
            continue
        for inner, element in enumerate(out.items(part, "elements", place)):
            if _kind(element) == "text":
                out.string(
                    element, "text", f"{place}/elements/{inner}", most=TABLE_TEXT, needed=True
                )


def _table(block: Mapping[str, Any], at: str, out: Complaints) -> None:
    rows = out.items(block, "rows", at)
    out.count(rows, f"{at}/rows", most=TABLE_ROWS)
    for index, row in enumerate(rows):
        place = f"{at}/rows/{index}"
        if not isinstance(row, list):
            out.add("must be a list", place)
            continue
        out.count(row, place, most=TABLE_COLUMNS)
        for column, cell in enumerate(row):
            _cell(cell, f"{place}/{column}", out)
    if _characters(rows) > TABLE_TEXT:
        out.add(f"must be less than {TABLE_TEXT + 1} characters", f"{at}/rows")
    settings = out.items(block, "column_settings", at) if "column_settings" in block else []
    out.count(settings, f"{at}/column_settings", most=TABLE_COLUMNS, least=0)
    for index, setting in enumerate(settings):
        out.one_of(
            setting if isinstance(setting, dict) else {},
            "align",
            f"{at}/column_settings/{index}",
            values={"left", "center", "right"},
        )


def _cell(cell: object, at: str, out: Complaints) -> None:
    if not isinstance(cell, dict) or _kind(cell) not in ("raw_text", "rich_text"):
        out.add("failed to match all allowed schemas", at)
    elif cell["type"] == "raw_text":
        out.keys(cell, {"type", "text"}, at)
        out.string(cell, "text", at, most=TABLE_TEXT, needed=True)
    else:
        _rich_text(cell, at, out)


def _divider(block: Mapping[str, Any], at: str, out: Complaints) -> None:
    """A line has nothing to limit."""


_Rule = Callable[[Mapping[str, Any], str, Complaints], None]
_MESSAGES_ONLY = {"table", "markdown", "context_actions"}
_BLOCKS: Mapping[str, tuple[_Rule, set[str]]] = {
    "section": (_section, {"text", "fields", "accessory", "expand"}),
    "header": (_header, {"text", "level"}),
    "context": (_context, {"elements"}),
    "context_actions": (_context_actions, {"elements"}),
    "divider": (_divider, set()),
    "actions": (_actions, {"elements"}),
    "image": (_image, {"alt_text", "image_url", "slack_file", "title"}),
    "input": (_input, {"label", "element", "hint", "optional", "dispatch_action"}),
    "markdown": (_markdown, {"text"}),
    "rich_text": (_rich_text, {"elements"}),
    "table": (_table, {"rows", "column_settings"}),
}
