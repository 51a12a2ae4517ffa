"""Slack's limits on what stands inside a block: texts, options, buttons, menus, inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

TEXT_LIMIT = 3000
ID_LIMIT = 255
URL_LIMIT = 3000
BUTTON_TEXT = 75
BUTTON_VALUE = 2000
OPTION_TEXT = 75
OPTION_VALUE = 150
PLACEHOLDER = 150
ALT_TEXT = 2000
MENU_OPTIONS = 100
CHOICE_OPTIONS = 10

MARKUP = ("plain_text", "mrkdwn")
PLAIN = ("plain_text",)
_TEXT_KEYS = {"plain_text": {"type", "text", "emoji"}, "mrkdwn": {"type", "text", "verbatim"}}


@dataclass
class Complaints:
    """Collects what is wrong, each with the JSON pointer to it, as Slack words it.

    Args:
        files: ids and addresses of uploaded files; None where they cannot be known.
    """

    files: frozenset[str] | None = None
    found: list[str] = field(default_factory=list)

    def add(self, words: str, at: str) -> None:
        """Note one complaint about the value at a JSON pointer."""
        self.found.append(f"{words} [json-pointer:{at}]")

    def length(self, value: str, at: str, *, most: int, least: int = 1) -> None:
        """A text of `least` to `most` characters."""
        if len(value) > most:
            self.add(f"must be less than {most + 1} characters", at)
        elif len(value) < least:
            self.add(f"must be more than {least - 1} characters", at)

    def count(self, items: Sequence[object], at: str, *, most: int, least: int = 1) -> None:
        """A list of `least` to `most` items."""
        if len(items) > most:
            self.add(f"no more than {most} items allowed", at)
        elif len(items) < least:
            self.add(f"no less than {least} items allowed", at)

    def keys(self, value: Mapping[str, Any], allowed: set[str], at: str) -> None:
        """Slack refuses a whole message for one key it does not know."""
        for key in value:
            if key not in allowed:
                self.add(f"invalid additional property: {key}", at)

    def string(
        self, owner: Mapping[str, Any], key: str, at: str, *, most: int, needed: bool = False
    ) -> None:
        """An optional or needed string member."""
        value = owner.get(key)
        if value is None:
            if needed:
                self.add(f"missing required field: {key}", at)
        elif not isinstance(value, str):
            self.add("must be a string", f"{at}/{key}")
        else:
            self.length(value, f"{at}/{key}", most=most)

    def one_of(self, owner: Mapping[str, Any], key: str, at: str, *, values: set[str]) -> None:
        """An optional member with a fixed set of values."""
        if key in owner and str(owner[key]) not in values:
            self.add("must be a valid enum value", f"{at}/{key}")

    def items(self, owner: Mapping[str, Any], key: str, at: str) -> list[Any]:
        """A needed list member; empty, with a complaint, where there is none."""
        value = owner.get(key)
        if isinstance(value, list):
            return value
        self.add(f"missing required field: {key}" if value is None else "must be a list", at)
        return []

    def text(
        self,
        owner: Mapping[str, Any],
        key: str,
        at: str,
        *,
        most: int = TEXT_LIMIT,
        kinds: tuple[str, ...] = PLAIN,
        needed: bool = False,
    ) -> None:
        """An optional or needed text object."""
        value = owner.get(key)
        if value is None:
            if needed:
                self.add(f"missing required field: {key}", at)
            return
        self.text_object(value, f"{at}/{key}", most=most, kinds=kinds)

    def text_object(self, value: object, at: str, *, most: int, kinds: tuple[str, ...]) -> None:
        """A text object: `plain_text` or `mrkdwn`, within its length."""
        if not isinstance(value, dict):
            self.add("must be an object", at)
            return
        kind = value.get("type")
        if kind not in kinds:
            self.add("failed to match all allowed schemas", at)
            self.add(f"must be one of: {', '.join(kinds)}", f"{at}/type")
            return
        self.keys(value, _TEXT_KEYS[kind], at)
        self.string(value, "text", at, most=most, needed=True)


def check_element(element: object, at: str, out: Complaints, *, allowed: frozenset[str]) -> None:
    """An interactive element, or an image, inside a block that allows its type."""
    if not isinstance(element, dict):
        out.add("must be an object", at)
        return
    kind = str(element.get("type"))
    if kind not in allowed or kind not in _ELEMENTS:
        out.add(f"unsupported type: {kind}", f"{at}/type")
        return
    rule, keys = _ELEMENTS[kind]
    out.keys(element, keys | {"type"}, at)
    out.string(element, "action_id", at, most=ID_LIMIT)
    if "confirm" in element:
        _confirm(element["confirm"], f"{at}/confirm", out)
    out.text(element, "placeholder", at, most=PLACEHOLDER)
    rule(element, at, out)


def check_picture(value: Mapping[str, Any], at: str, out: Complaints) -> None:
    """What image blocks and image elements share: alternative text and one source."""
    out.string(value, "alt_text", at, most=ALT_TEXT, needed=True)
    out.string(value, "image_url", at, most=URL_LIMIT)
    if ("image_url" in value) == ("slack_file" in value):
        out.add("must define either `image_url` or `slack_file`", at)
    if "slack_file" not in value:
        return
    file = value["slack_file"]
    name = file.get("id") or file.get("url") if isinstance(file, dict) else None
    if not isinstance(name, str) or (out.files is not None and name not in out.files):
        out.add("invalid slack file", f"{at}/slack_file")


def _confirm(value: object, at: str, out: Complaints) -> None:
    if not isinstance(value, dict):
        out.add("must be an object", at)
        return
    out.keys(value, {"title", "text", "confirm", "deny", "style"}, at)
    out.text(value, "title", at, most=100, needed=True)
    out.text(value, "text", at, most=300, kinds=MARKUP, needed=True)
    out.text(value, "confirm", at, most=30, needed=True)
    out.text(value, "deny", at, most=30, needed=True)
    out.one_of(value, "style", at, values={"primary", "danger"})


def _button(value: Mapping[str, Any], at: str, out: Complaints) -> None:
    out.text(value, "text", at, most=BUTTON_TEXT, needed=True)
    out.string(value, "value", at, most=BUTTON_VALUE)
    out.string(value, "url", at, most=URL_LIMIT)
    out.string(value, "accessibility_label", at, most=BUTTON_TEXT)
    out.one_of(value, "style", at, values={"primary", "danger"})


def _feedback(value: Mapping[str, Any], at: str, out: Complaints) -> None:
    for side in ("positive_button", "negative_button"):
        place, half = f"{at}/{side}", value.get(side)
        if not isinstance(half, dict):
            out.add(f"missing required field: {side}", at)
            continue
        out.keys(half, {"text", "value", "accessibility_label"}, place)
        out.text(half, "text", place, most=BUTTON_TEXT, needed=True)
        out.string(half, "value", place, most=BUTTON_VALUE, needed=True)
        out.string(half, "accessibility_label", place, most=BUTTON_TEXT)


def _icon_button(value: Mapping[str, Any], at: str, out: Complaints) -> None:
    out.one_of(value, "icon", at, values={"trash"})
    out.text(value, "text", at, most=BUTTON_TEXT, needed=True)
    out.string(value, "value", at, most=BUTTON_VALUE)
    out.string(value, "accessibility_label", at, most=BUTTON_TEXT)


def _option(value: object, at: str, out: Complaints, *, kinds: tuple[str, ...] = PLAIN) -> None:
    if not isinstance(value, dict):
        out.add("must be an object", at)
        return
    out.keys(value, {"text", "value", "description", "url"}, at)
    out.text(value, "text", at, most=OPTION_TEXT, kinds=kinds, needed=True)
    out.string(value, "value", at, most=OPTION_VALUE, needed=True)
    out.text(value, "description", at, most=OPTION_TEXT, kinds=kinds)


def _options(
    owner: Mapping[str, Any],
    at: str,
    out: Complaints,
    *,
    most: int,
    least: int = 1,
    kinds: tuple[str, ...] = PLAIN,
) -> list[Any]:
    options = out.items(owner, "options", at)
    out.count(options, f"{at}/options", most=most, least=least)
    for index, option in enumerate(options):
        _option(option, f"{at}/options/{index}", out, kinds=kinds)
    return options


def _menu(value: Mapping[str, Any], at: str, out: Complaints) -> None:
    options: list[Any] = []
    if "option_groups" in value:
        groups = out.items(value, "option_groups", at)
        out.count(groups, f"{at}/option_groups", most=MENU_OPTIONS)
        for index, group in enumerate(groups):
            place = f"{at}/option_groups/{index}"
            if not isinstance(group, dict):
                out.add("must be an object", place)
                continue
            out.text(group, "label", place, most=OPTION_TEXT, needed=True)
            options += _options(group, place, out, most=MENU_OPTIONS)
    else:
        options = _options(value, at, out, most=MENU_OPTIONS)
    chosen = value.get("initial_options") or [value.get("initial_option")]
    if not isinstance(chosen, list) or any(
        option is not None and option not in options for option in chosen
    ):
        out.add("initial option must match exactly one of the options", at)


def _overflow(value: Mapping[str, Any], at: str, out: Complaints) -> None:
    _options(value, at, out, most=5, least=2)


def _choice(value: Mapping[str, Any], at: str, out: Complaints) -> None:
    _options(value, at, out, most=CHOICE_OPTIONS, kinds=MARKUP)


def _text_input(value: Mapping[str, Any], at: str, out: Complaints) -> None:
    out.string(value, "initial_value", at, most=TEXT_LIMIT)
    for key in ("min_length", "max_length"):
        size = value.get(key, 1)
        if not isinstance(size, int) or not 0 <= size <= TEXT_LIMIT:
            out.add(f"must be between 0 and {TEXT_LIMIT}", f"{at}/{key}")


def _number_input(value: Mapping[str, Any], at: str, out: Complaints) -> None:
    if not isinstance(value.get("is_decimal_allowed"), bool):
        out.add("missing required field: is_decimal_allowed", at)


def _anything(value: Mapping[str, Any], at: str, out: Complaints) -> None:
    """Elements with no limits beyond those all of them share."""


_Rule = Callable[[Mapping[str, Any], str, Complaints], None]
_COMMON = {"action_id", "confirm", "focus_on_load"}
_MENU_KEYS = _COMMON | {"placeholder", "options", "option_groups", "initial_option"}
_INPUT_KEYS = _COMMON | {"placeholder", "initial_value", "dispatch_action_config"}
_ELEMENTS: Mapping[str, tuple[_Rule, set[str]]] = {
    "button": (
        _button,
        {"action_id", "confirm", "text", "value", "url", "style", "accessibility_label"},
    ),
    "feedback_buttons": (_feedback, {"action_id", "positive_button", "negative_button"}),
    "icon_button": (
        _icon_button,
        {
            "action_id",
            "confirm",
            "icon",
            "text",
            "value",
            "accessibility_label",
            "visible_to_user_ids",
        },
    ),
    "image": (check_picture, {"alt_text", "image_url", "slack_file"}),
    "static_select": (_menu, _MENU_KEYS),
    "multi_static_select": (_menu, _MENU_KEYS | {"initial_options", "max_selected_items"}),
    "overflow": (_overflow, {"action_id", "confirm", "options"}),
    "checkboxes": (_choice, _COMMON | {"options", "initial_options"}),
    "radio_buttons": (_choice, _COMMON | {"options", "initial_option"}),
    "datepicker": (_anything, _COMMON | {"placeholder", "initial_date"}),
    "timepicker": (_anything, _COMMON | {"placeholder", "initial_time", "timezone"}),
    "users_select": (_anything, _COMMON | {"placeholder", "initial_user"}),
    "channels_select": (_anything, _COMMON | {"placeholder", "initial_channel"}),
    "conversations_select": (
        _anything,
        _COMMON | {"placeholder", "initial_conversation", "default_to_current_conversation"},
    ),
    "plain_text_input": (_text_input, _INPUT_KEYS | {"multiline", "min_length", "max_length"}),
    "number_input": (_number_input, _INPUT_KEYS | {"is_decimal_allowed", "min_value", "max_value"}),
    "email_text_input": (_anything, _INPUT_KEYS),
    "url_text_input": (_anything, _INPUT_KEYS),
}
MENUS = frozenset(
    {"static_select", "users_select", "channels_select", "conversations_select", "overflow"}
)
PICKERS = frozenset({"datepicker", "timepicker", "checkboxes", "radio_buttons"})
FEEDBACK = frozenset({"feedback_buttons", "icon_button"})
INPUTS = frozenset({"plain_text_input", "number_input", "email_text_input", "url_text_input"})
