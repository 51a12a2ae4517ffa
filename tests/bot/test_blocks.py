"""Answers as Slack messages: within Slack's limits, and nothing in them that Slack would parse."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal as D

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.blocks import (
    CSV,
    SHARE,
    Setting,
    alt_text,
    not_understood_message,
    plain_message,
    render,
    render_details,
    render_headline,
    table_blocks,
)
from bot.console.block_rules import MESSAGE_TEXT, problems, text_length
from bot.welcome import help_message
from tests.bot.tables import NASTY, NOW, by_team, table, tables, total
from tools.core.errors import NotUnderstoodError
from tools.core.query import Grain, Query
from tools.core.results import Note, Row

PUBLIC = Setting(now=NOW)
PRIVATE = Setting(now=NOW, can_share=True)


def kinds(message):
    return [block["type"] for block in message.blocks]


def said(message):
    """Every text of a message, in order."""

    def texts(node):
        if isinstance(node, dict):
            if isinstance(node.get("text"), str):
                yield node["text"]
            for key, value in node.items():
                if key != "text" or not isinstance(value, str):
                    yield from texts(value)
        elif isinstance(node, list | tuple):
            for item in node:
                yield from texts(item)

    return list(texts(message.blocks))


def buttons(message):
    found = [b["elements"] for b in message.blocks if b["type"] == "actions"]
    return {e["action_id"]: e for elements in found for e in elements}


def test_a_whole_answer_is_sentence_chart_table_source_and_buttons():
    made = by_team(3)
    message = render(made, replace(PRIVATE, file_id="F1"))
    assert kinds(message) == ["rich_text", "image", "table", "context", "actions"]
    assert message.blocks[0]["elements"][0]["elements"][0] == {
        "type": "text",
        "text": "$3,087.00",
        "style": {"bold": True},
    }
    assert message.blocks[1] == {
        "type": "image",
        "slack_file": {"id": "F1"},
        "alt_text": alt_text(made),
    }
    assert said(message)[-3:] == ["Share in this channel", "Daily", "Compare with previous"]
    assert message.text.startswith("$3,087.00 this month so far (Nov 1–19).")


def test_the_table_is_aligned_and_its_first_row_names_the_columns():
    (block,) = [b for b in render(by_team(1), PUBLIC).blocks if b["type"] == "table"]
    assert block["rows"][0] == [
        {"type": "raw_text", "text": text} for text in ("Team", "Effective cost", "Share")
    ]
    assert [s["align"] for s in block["column_settings"]] == ["left", "right", "right"]


def test_a_single_figure_needs_no_table():
    assert "table" not in kinds(render(total(), PUBLIC))


def test_a_long_answer_is_cut_with_the_rest_kept_and_offered_as_csv():
    made = by_team(210)
    message = render(made, PUBLIC)
    (block,) = [b for b in message.blocks if b["type"] == "table"]
    assert len(block["rows"]) == 1 + 15
    assert block["rows"][-1][0]["text"] == "other (14 more)"
    assert "Showing 15 of 212 lines; the CSV has all." in said(message)
    assert buttons(message)[CSV]["value"] == made.query.text()
    assert buttons(message)[CSV]["text"]["text"] == "All 212 lines as CSV"


def test_a_short_answer_offers_no_csv():
    assert CSV not in buttons(render(by_team(3), PUBLIC))


def test_share_is_offered_only_where_it_makes_sense():
    assert SHARE in buttons(render(total(), PRIVATE))
    assert SHARE not in buttons(render(total(), PUBLIC))


def test_buttons_carry_queries_that_can_be_asked_again():
    values = [b["value"] for b in buttons(render(total(), PUBLIC)).values()]
    assert values == ["this month by service top 10", "this month daily"]


def test_a_query_too_long_for_a_button_gets_none():
    made = replace(
        by_team(30), query=Query(group_by=tuple(f"tag:{'k' * 200}{i}" for i in range(12)))
    )
    assert buttons(render(made, PRIVATE)) == {}


def test_the_source_the_scope_and_the_question_stand_below():
    made = total(tail=D(5), notes=("A source is late.",))
    words = said(render(made, replace(PUBLIC, scope="team=ml")))
    assert words[2:8] == [
        "• Nov 20 is still coming in: $5.00 so far, not counted.",
        "• A source is late.",
        "From 12,345 bill lines of aws and openai · complete through Nov 19 · loaded 2 h ago",
        "Limited to team=ml.",
        "/cost this month",
        "By service",
    ]


def test_a_question_in_words_says_how_it_was_read():
    assert "Read as /cost this month" in said(render(total(), replace(PUBLIC, is_from_words=True)))


def test_a_shared_answer_says_who_asked_and_what():
    message = render(total(), replace(PUBLIC, shared_by="U1"))
    (section,) = message.blocks[0]["elements"]
    assert section["elements"][0] == {"type": "user", "user_id": "U1"}
    assert section["elements"][2]["text"] == "/cost this month"


def test_headline_and_details_share_the_answer_between_them():
    made = by_team(210)
    first = render_headline(made, PRIVATE)
    assert kinds(first) == ["rich_text", "context", "actions"]
    assert SHARE in buttons(first)
    second = render_details(made, replace(PRIVATE, file_id="F1"))
    assert kinds(second) == ["image", "table", "context", "actions"]
    assert list(buttons(second)) == [CSV]


def test_a_chart_that_was_not_posted_is_said_quietly():
    message = render_details(by_team(3), replace(PRIVATE, quiet_note="No chart this time."))
    assert kinds(message) == ["table", "context"]
    assert said(message)[-1] == "No chart this time."


def test_a_note_offers_what_can_be_asked_instead():
    message = render(Note("No charges. Try `/cost all time`.", ("all time", "last month")), PUBLIC)
    assert said(message) == ["No charges. Try ", "/cost all time", ".", "all time", "last month"]
    assert [b["value"] for b in buttons(message).values()] == ["all time", "last month"]


def test_the_part_not_understood_is_marked_where_it_stands():
    error = NotUnderstoodError(
        "I do not know “temm”.",
        text="last 7d by temm top 3",
        span=(11, 15),
        suggestions=("last 7d by team", "last 7d by model", "last 7d", "yesterday"),
    )
    message = not_understood_message(error)
    parts = message.blocks[0]["elements"][0]["elements"]
    assert [p["text"] for p in parts] == [
        "I do not know “temm”.\n",
        "last 7d by ",
        "temm",
        " top 3",
    ]
    assert parts[2]["style"] == {"bold": True, "code": True}
    assert [b["value"] for b in buttons(message).values()] == list(error.suggestions[:3])
    assert problems(list(message.blocks)) == []


@pytest.mark.parametrize(
    ("is_near", "offered"),
    [(True, "Did you mean one of these?"), (False, "For instance, I can answer these.")],
)
def test_what_is_offered_is_called_near_only_where_it_is(is_near, offered):
    error = NotUnderstoodError(
        "I do not know “ceo”.",
        text="who is the ceo",
        span=(11, 14),
        suggestions=("yesterday",),
        is_near=is_near,
    )
    assert not_understood_message(error).blocks[1]["elements"][0]["text"] == offered


@pytest.mark.parametrize("nasty", NASTY)
def test_text_from_a_bill_stands_only_where_slack_parses_nothing(nasty):
    rows = (Row({"team": nasty}, D(9)), Row({"team": "b"}, D(1)))
    made = table(Query(group_by=("team",)), rows, sources=(nasty,), notes=(nasty,))
    message = render(made, PRIVATE)
    assert '"mrkdwn"' not in json.dumps(message.blocks)
    assert not any(f"<{c}" in message.text for c in "!@#h")
    assert problems(list(message.blocks)) == []


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tables(), st.booleans(), st.sampled_from(("", "team in (a, b)", "x" * 900)))
def test_any_answer_passes_slacks_rules(made, can_share, scope):
    setting = Setting(now=NOW, can_share=can_share, scope=scope, file_id="F1", shared_by="U1")
    for message in (
        render(made, setting),
        render_headline(made, setting),
        render_details(made, setting),
    ):
        blocks = list(message.blocks)
        assert problems(blocks, files={"F1"}) == []
        assert text_length(blocks) <= MESSAGE_TEXT
        assert 0 < len(message.text) <= 15_000


@settings(deadline=None)
@given(st.text(max_size=5000), st.lists(st.text(max_size=3000), max_size=9))
def test_any_note_passes_slacks_rules(text, suggestions):
    message = render(Note(text, tuple(suggestions)), PUBLIC)
    assert problems(list(message.blocks)) == []


@settings(deadline=None)
@given(st.text(max_size=3000), st.data())
def test_any_misunderstanding_passes_slacks_rules(text, data):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    error = NotUnderstoodError(text, text=text, span=(start, end), suggestions=(text, "today"))
    assert problems(list(not_understood_message(error).blocks)) == []


def test_help_and_plain_words_pass_slacks_rules():
    assert problems(list(help_message(command="/cost").blocks)) == []
    assert problems(list(plain_message("x" * 9000).blocks)) == []


def test_a_long_daily_table_shows_the_newest_days():
    days = [date(2026, 11, day) for day in range(1, 20)]
    rows = tuple(Row({"team": team, "time": str(d)}, D(1)) for d in days for team in ("a", "b"))
    shown = table(Query(group_by=("team",), grain=Grain.DAY), rows)
    (drawn,) = table_blocks(shown)
    assert [cell["text"] for cell in drawn["rows"][1][:2]] == ["a", "Nov 19"]
    assert drawn["rows"][-1][1]["text"] == "Nov 12"
