"""Streams, agent sessions, the stop button and thumbs, as Slack's client and API behave."""

from __future__ import annotations

import pytest

from bot.console.block_rules import problems
from tests.console.apps import client_of, error_of

ROOM = "C0MLRESRCH"
ADA = "U0ADAPARK0"


@pytest.fixture
def asked(workspace):
    return workspace.post_as("ada", "#ml-research", "why?")


def begin(workspace, asked, text="**Spend** ", **more):
    arguments = {
        "channel": ROOM,
        "thread_ts": asked.ts,
        "recipient_team_id": workspace.cast.team_id,
        "recipient_user_id": ADA,
        "markdown_text": text,
    }
    return client_of(workspace).chat_startStream(**arguments | more)["ts"]


def thumbs(**more):
    half = {"text": {"type": "plain_text", "text": "Good"}, "value": "good:1"}
    other = {"text": {"type": "plain_text", "text": "Bad"}, "value": "bad:1"}
    element = {
        "type": "feedback_buttons",
        "action_id": "judge",
        "positive_button": half,
        "negative_button": other,
    }
    return {"type": "context_actions", "elements": [element | more]}


# Streams


@pytest.mark.parametrize("missing", ["recipient_team_id", "recipient_user_id"])
def test_in_a_channel_a_stream_says_for_whom_it_is(workspace, client, asked, missing):
    start = {"recipient_team_id": "T", "recipient_user_id": ADA} | {missing: None}
    refused = error_of(client.chat_startStream, channel=ROOM, thread_ts=asked.ts, **start)
    assert refused == f"missing_{missing}"


def test_in_a_direct_message_it_need_not(workspace, client):
    said = workspace.post_as("ada", "ada", "why?")
    ts = client.chat_startStream(channel=said.channel, thread_ts=said.ts)["ts"]
    assert workspace.store.message(said.channel, ts).is_streaming


def test_a_stream_grows_and_ends_with_blocks(workspace, client, asked):
    ts = begin(workspace, asked)
    client.chat_appendStream(channel=ROOM, ts=ts, markdown_text="rose.")
    client.chat_stopStream(channel=ROOM, ts=ts, blocks=[thumbs()])
    (done,) = workspace.replies(asked)
    assert (done.text, done.is_streaming) == ("**Spend** rose.", False)
    assert done.blocks[0]["type"] == "context_actions"


def test_nothing_is_appended_after_the_end_or_elsewhere(workspace, client, asked):
    ts = begin(workspace, asked)
    client.chat_stopStream(channel=ROOM, ts=ts)
    late = error_of(client.chat_appendStream, channel=ROOM, ts=ts, markdown_text="x")
    assert late == "message_not_in_streaming_state"
    astray = error_of(client.chat_appendStream, channel=ROOM, ts="1.2", markdown_text="x")
    assert astray == "message_not_found"
    nowhere = error_of(begin, workspace, asked, thread_ts="1.2")
    assert nowhere == "thread_not_found"


def test_a_call_takes_12000_characters(workspace, client, asked):
    ts = begin(workspace, asked)
    client.chat_appendStream(channel=ROOM, ts=ts, markdown_text="x" * 12_000)
    over = error_of(client.chat_appendStream, channel=ROOM, ts=ts, markdown_text="x" * 12_001)
    assert over == "msg_too_long"


def test_a_stream_is_changed_only_once_it_ended(workspace, client, asked):
    ts = begin(workspace, asked)
    assert error_of(client.chat_update, channel=ROOM, ts=ts, text="x") == "streaming_state_conflict"
    client.chat_stopStream(channel=ROOM, ts=ts)
    client.chat_update(channel=ROOM, ts=ts, text="x")
    (changed,) = workspace.replies(asked)
    assert (changed.text, changed.is_markdown) == ("x", False)


# Agent sessions


def test_a_session_keeps_its_first_title_and_its_last_status(workspace, client, asked):
    at = {"channel_id": ROOM, "thread_ts": asked.ts}
    client.agents_sessions_setStatus(**at, status="processing", title="Why?")
    client.agents_sessions_setStatus(**at, status="active", title="Other")
    assert workspace.sessions.status(ROOM, asked.ts) == "active"
    assert workspace.sessions.title(ROOM, asked.ts) == "Why?"


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"status": "busy"}, "invalid_arguments"),
        ({"title": "x" * 201}, "invalid_arguments"),
        ({"thread_ts": None}, "invalid_arguments"),
        ({"thread_ts": "1.2"}, "thread_not_found"),
        ({"channel_id": "C0RANDOM00"}, "not_in_channel"),
        ({"channel_id": "C1"}, "channel_not_found"),
    ],
)
def test_what_slack_refuses_of_a_session(client, asked, arguments, error):
    given = {"channel_id": ROOM, "thread_ts": asked.ts, "status": "processing"} | arguments
    assert error_of(client.agents_sessions_setStatus, **given) == error


def test_a_stream_begins_its_session_and_its_end_lets_it_rest(workspace, client, asked):
    ts = begin(workspace, asked)
    assert workspace.sessions.processing() == ((ROOM, asked.ts),)
    client.chat_stopStream(channel=ROOM, ts=ts, session_status="suspended")
    assert workspace.sessions.status(ROOM, asked.ts) == "suspended"
    ts = begin(workspace, asked)
    client.chat_stopStream(channel=ROOM, ts=ts)
    assert workspace.sessions.status(ROOM, asked.ts) == "active"


def test_the_stop_button_ends_streams_and_tells_the_app_but_leaves_the_status(workspace, asked):
    mine = begin(workspace, asked)
    other = workspace.post_as("ben", "#ml-research", "and?")
    begin(workspace, other)
    event = workspace.stop_answer("ada", "#ml-research", asked.ts).payload["event"]
    assert {**event, "event_ts": ""} == {
        "type": "agent_session_stopped",
        "channel": ROOM,
        "thread_ts": asked.ts,
        "streaming_message_ts": [mine],
        "user": ADA,
        "event_ts": "",
    }
    assert [m.is_streaming for m in workspace.replies(asked)] == [False]
    assert [m.is_streaming for m in workspace.replies(other)] == [True]
    assert workspace.sessions.status(ROOM, asked.ts) == "processing"


# Thumbs


def test_a_pressed_thumb_tells_its_value(workspace, client):
    client.chat_postMessage(channel=ROOM, text="x", blocks=[thumbs()])
    (message,) = workspace.messages("#ml-research")
    payload = workspace.press("ada", message, "judge", option="bad:1").payload
    (action,) = payload["actions"]
    assert (action["type"], action["action_id"], action["value"]) == (
        "feedback_buttons",
        "judge",
        "bad:1",
    )


@pytest.mark.parametrize(
    ("block", "complaint"),
    [
        (thumbs(), None),
        (thumbs(negative_button=None), "missing required field: negative_button"),
        (thumbs(style="primary"), "invalid additional property: style"),
        ({"type": "context_actions", "elements": []}, "no less than 1 items allowed"),
        (
            {"type": "context_actions", "elements": [{"type": "button"}]},
            "unsupported type: button",
        ),
    ],
)
def test_thumbs_as_slack_takes_them(block, complaint):
    found = problems([block])
    assert (found == []) if complaint is None else (complaint in found[0])


def test_thumbs_stand_in_messages_only():
    assert "unsupported type: context_actions" in problems([thumbs()], surface="home")[0]
