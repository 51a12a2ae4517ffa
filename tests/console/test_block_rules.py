"""Slack's limits on Block Kit: each is met exactly, and one more is refused where it stands."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.console.block_rules import problems, text_length, view_problems


def mrkdwn(text):
    return {"type": "mrkdwn", "text": text}


def plain(text):
    return {"type": "plain_text", "text": text}


def section(text="x", **more):
    return {"type": "section", "text": mrkdwn(text), **more}


def actions(*elements):
    return {"type": "actions", "elements": list(elements)}


def button(text="Go", **more):
    return {"type": "button", "text": plain(text), **more}


def option(text="a", value="a"):
    return {"text": plain(text), "value": value}


def menu(count=1, **more):
    options = [option(str(n), str(n)) for n in range(count)]
    return {"type": "static_select", "options": options, **more}


def overflow(count):
    return {"type": "overflow", "options": [option(str(n), str(n)) for n in range(count)]}


def confirm(title="t", text="t"):
    words = {"confirm": plain("Yes"), "deny": plain("No")}
    return {"title": plain(title), "text": mrkdwn(text), **words}


def cells(count, text="x"):
    return [{"type": "raw_text", "text": text}] * count


def table(rows=1, columns=1, text="x", **more):
    return {"type": "table", "rows": [cells(columns, text)] * rows, **more}


def image(**more):
    return {"type": "image", "alt_text": "a", "image_url": "https://example.org/a.png", **more}


def an_input(element):
    return {"type": "input", "label": plain("L"), "element": element}


GOOD = [
    [section("x" * 3000)],
    [{"type": "section", "fields": [mrkdwn("x" * 2000)] * 10}],
    [{"type": "header", "text": plain("x" * 150)}],
    [{"type": "context", "elements": [mrkdwn("x")] * 9 + [image()]}],
    [actions(*[button(action_id=str(n)) for n in range(25)])],
    [actions(button("x" * 75, value="v" * 2000, action_id="a" * 255, style="danger"))],
    [actions(button(confirm=confirm("t" * 100, "t" * 300)))],
    [actions(menu(100, initial_option=option("7", "7")), overflow(5))],
    [image(alt_text="x" * 2000, title=plain("t"))],
    [{"type": "image", "slack_file": {"id": "F1"}, "alt_text": "a"}],
    [table(100, 20, column_settings=[{"align": "right", "is_wrapped": True}] * 20)],
    [table(1, 1, "x" * 10_000)],
    [{"type": "markdown", "text": "x" * 12_000}],
    [section(block_id="x" * 255), section(block_id="y")],
    [{"type": "divider"}] * 50,
    [an_input({"type": "plain_text_input", "max_length": 3000})],
    [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": []}]}],
    [section("x", accessory=button())],
]


@pytest.mark.parametrize("blocks", GOOD, ids=range(len(GOOD)))
def test_what_just_fits_is_taken(blocks):
    assert problems(blocks, files={"F1"}) == []


BAD = [
    ([section("x" * 3001)], "must be less than 3001 characters", "/0/text/text"),
    ([section("")], "must be more than 0 characters", "/0/text/text"),
    ([{"type": "section"}], "must define either `text` or `fields`", "/0"),
    ([section("x", colour="red")], "invalid additional property: colour", "/0"),
    (
        [{"type": "section", "text": {**mrkdwn("x"), "emoji": True}}],
        "invalid additional property: emoji",
        "/0/text",
    ),
    (
        [{"type": "section", "fields": [mrkdwn("x")] * 11}],
        "no more than 10 items allowed",
        "/0/fields",
    ),
    (
        [{"type": "section", "fields": [mrkdwn("x" * 2001)]}],
        "must be less than 2001 characters",
        "/0/fields/0/text",
    ),
    (
        [{"type": "header", "text": plain("x" * 151)}],
        "must be less than 151 characters",
        "/0/text/text",
    ),
    ([{"type": "header", "text": mrkdwn("x")}], "must be one of: plain_text", "/0/text/type"),
    (
        [{"type": "context", "elements": [mrkdwn("x")] * 11}],
        "no more than 10 items allowed",
        "/0/elements",
    ),
    (
        [actions(*[button(action_id=str(n)) for n in range(26)])],
        "no more than 25 items allowed",
        "/0/elements",
    ),
    ([actions()], "no less than 1 items allowed", "/0/elements"),
    ([actions(button("x" * 76))], "must be less than 76 characters", "/0/elements/0/text/text"),
    (
        [actions({**button(), "text": mrkdwn("x")})],
        "must be one of: plain_text",
        "/0/elements/0/text/type",
    ),
    (
        [actions(button(value="x" * 2001))],
        "must be less than 2001 characters",
        "/0/elements/0/value",
    ),
    (
        [actions(button(action_id="x" * 256))],
        "must be less than 256 characters",
        "/0/elements/0/action_id",
    ),
    (
        [actions(button(action_id="a"), button(action_id="a"))],
        "`action_id` already exists for this block",
        "/0/elements/1/action_id",
    ),
    ([actions(button(style="bold"))], "must be a valid enum value", "/0/elements/0/style"),
    (
        [actions(button(confirm=confirm("t" * 101)))],
        "must be less than 101 characters",
        "/0/elements/0/confirm/title/text",
    ),
    (
        [actions(button(confirm=confirm("t", "t" * 301)))],
        "must be less than 301 characters",
        "/0/elements/0/confirm/text/text",
    ),
    ([actions(menu(101))], "no more than 100 items allowed", "/0/elements/0/options"),
    (
        [actions({"type": "static_select", "options": [option("x" * 76)]})],
        "must be less than 76 characters",
        "/0/elements/0/options/0/text/text",
    ),
    (
        [actions(menu(1, initial_option=option("z", "z")))],
        "initial option must match exactly one of the options",
        "/0/elements/0",
    ),
    ([actions(overflow(6))], "no more than 5 items allowed", "/0/elements/0/options"),
    ([actions(overflow(1))], "no less than 2 items allowed", "/0/elements/0/options"),
    (
        [actions({"type": "plain_text_input"})],
        "unsupported type: plain_text_input",
        "/0/elements/0/type",
    ),
    (
        [{"type": "image", "image_url": "https://example.org/a.png"}],
        "missing required field: alt_text",
        "/0",
    ),
    (
        [{"type": "image", "alt_text": "a"}],
        "must define either `image_url` or `slack_file`",
        "/0",
    ),
    (
        [{"type": "image", "alt_text": "a", "slack_file": {"id": "F2"}}],
        "invalid slack file",
        "/0/slack_file",
    ),
    ([table(101)], "no more than 100 items allowed", "/0/rows"),
    ([table(1, 21)], "no more than 20 items allowed", "/0/rows/0"),
    ([table(text="")], "must be more than 0 characters", "/0/rows/0/0/text"),
    ([table(2, 2, "x" * 2501)], "must be less than 10001 characters", "/0/rows"),
    ([table(), table()], "only_one_table_allowed", "/1"),
    (
        [table(column_settings=[{"align": "middle"}])],
        "must be a valid enum value",
        "/0/column_settings/0/align",
    ),
    (
        [{"type": "markdown", "text": "x" * 12_001}],
        "must be less than 12001 characters",
        "/0/text",
    ),
    (
        [{"type": "markdown", "text": "x" * 6001}] * 2,
        "must be less than 12001 characters in all",
        "",
    ),
    ([section(block_id="x" * 256)], "must be less than 256 characters", "/0/block_id"),
    (
        [section(block_id="a"), section(block_id="a")],
        "`block_id` already exists",
        "/1/block_id",
    ),
    ([{"type": "divider"}] * 51, "no more than 50 items allowed", ""),
    ([{"type": "carousel"}], "unsupported type: carousel", "/0/type"),
    (["text"], "must be an object", "/0"),
    ("text", "must be a list", ""),
    ([an_input({"type": "overflow"})], "unsupported type: overflow", "/0/element/type"),
    (
        [an_input({"type": "plain_text_input", "max_length": 3001})],
        "must be between 0 and 3000",
        "/0/element/max_length",
    ),
]


@pytest.mark.parametrize(("blocks", "words", "at"), BAD, ids=range(len(BAD)))
def test_what_does_not_fit_is_refused_where_it_stands(blocks, words, at):
    assert f"{words} [json-pointer:/blocks{at}]" in problems(blocks, files={"F1"})


@pytest.mark.parametrize("block", [table(), {"type": "markdown", "text": "x"}])
def test_tables_and_markdown_stand_in_messages_only(block):
    assert problems([block]) == []
    assert problems([block], surface="home") == [
        f"unsupported type: {block['type']} [json-pointer:/blocks/0/type]"
    ]


def test_a_home_takes_a_hundred_blocks():
    view = {"type": "home", "blocks": [{"type": "divider"}] * 100}
    assert view_problems(view) == []
    view["blocks"].append({"type": "divider"})
    assert view_problems(view) == ["no more than 100 items allowed [json-pointer:/view/blocks]"]


def test_a_modal_with_inputs_needs_a_submit_button():
    view = {
        "type": "modal",
        "title": plain("T" * 24),
        "private_metadata": "x" * 3000,
        "blocks": [an_input({"type": "plain_text_input"})],
    }
    assert view_problems(view) == ["missing required field: submit [json-pointer:/view]"]
    assert view_problems(view | {"submit": plain("Save")}) == []


def test_text_in_tables_does_not_count_towards_a_messages_length():
    assert text_length([section("12345"), table(2, 2, "678"), actions(button("90"))]) == 7


TYPES = ["section", "actions", "context", "image", "input", "table", "rich_text", "markdown"]
TYPES += ["button", "static_select", "overflow", "mrkdwn", "plain_text", "raw_text", "text"]
TYPES += ["rich_text_section", "modal", "home", "checkboxes", "plain_text_input"]
MEMBERS = ["text", "elements", "rows", "options", "option_groups", "blocks", "confirm", "fields"]
MEMBERS += ["accessory", "element", "label", "slack_file", "block_id", "action_id", "style"]
MEMBERS += ["column_settings", "initial_option", "initial_options", "alt_text", "title"]


def objects(inner):
    """Lists, and dicts that look like a part of Block Kit with anything in its members."""
    part = st.fixed_dictionaries(
        {"type": st.sampled_from(TYPES) | inner},
        optional=dict.fromkeys(MEMBERS, inner),
    )
    return st.lists(inner, max_size=3) | part


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5), objects, max_leaves=12
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(objects(ANYTHING), max_size=3))
def test_no_shape_at_all_makes_the_rules_stumble(blocks):
    assert isinstance(problems(blocks), list)
    for block in blocks:
        assert isinstance(view_problems(block), list)


def test_the_rules_need_neither_flask_nor_slack():
    code = "import sys, bot.console.block_rules; print({'flask', 'slack_sdk'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
