"""How the app hears of things: signed, once more where it did not answer, and wrongly on demand."""

from __future__ import annotations

import time
from contextlib import contextmanager

import pytest
from flask import Flask, request

from bot.console.cast import BOT_USER
from bot.console.records import Message
from bot.console.serve import serve_wsgi
from bot.console.transport import SignedHttp
from bot.console.workspace import Workspace
from tools.core.errors import ConfigError


@contextmanager
def listening(answer):
    """An app that keeps the headers of what it gets and answers as told."""
    heard = []
    app = Flask("app")

    @app.post("/slack/events")
    def events():
        heard.append(dict(request.headers))
        return answer()

    with serve_wsgi(app, threads=4) as address:
        yield heard, f"{address}slack/events"


def test_bolt_refuses_a_wrong_signature(echoing):
    echoing.faults.sign_wrongly()
    delivery = echoing.slash("ada", "#ml-research", "/cost", "x").wait()
    assert delivery.acks[-1].status == 401
    (told,) = echoing.ephemerals("#ml-research", "ada")
    assert told.text == '/cost failed with the error "http_client_error"'


def test_bolt_refuses_a_signature_of_ten_minutes_ago(echoing):
    echoing.faults.sign_old()
    assert echoing.slash("ada", "#ml-research", "/cost", "x").wait().acks[-1].status == 401
    assert echoing.slash("ada", "#ml-research", "/cost", "x").wait().acks[-1].status == 200


def test_an_event_can_be_delivered_twice_with_the_same_id(echoing):
    echoing.faults.deliver_twice()
    said = echoing.post_as("ada", "ada", "hello")
    echoing.wait_for(lambda: len(echoing.messages("ada")) == 3)
    (delivery,) = echoing.deliveries
    assert [ack.status for ack in delivery.wait().acks] == [200, 200]
    assert delivery.payload["event"]["ts"] == said.ts


def test_an_event_that_was_not_acknowledged_is_delivered_once_more(workspace):
    with listening(lambda: ("", 500)) as (heard, url):
        workspace.connect(url)
        workspace.post_as("ada", "ada", "hello")
        workspace.deliveries[0].wait()
    assert [h.get("X-Slack-Retry-Num") for h in heard] == [None, "1"]
    assert heard[1]["X-Slack-Retry-Reason"] == "http_error"


def test_an_app_may_say_that_it_wants_no_redelivery(workspace):
    with listening(lambda: ("", 500, {"X-Slack-No-Retry": "1"})) as (heard, url):
        workspace.connect(url)
        workspace.post_as("ada", "ada", "hello")
        workspace.deliveries[0].wait()
    assert len(heard) == 1


def test_a_command_not_acknowledged_in_time_fails_before_the_askers_eyes():
    def slowly():
        time.sleep(0.4)
        return ""

    with Workspace.serve(ack_timeout=0.1) as workspace, listening(slowly) as (_, url):
        workspace.connect(url)
        workspace.slash("ada", "#ml-research", "/cost").wait()
        (told,) = workspace.ephemerals("#ml-research", "ada")
        assert told.text == '/cost failed with the error "operation_timeout"'
        assert workspace.messages("#ml-research", viewer="ben") == []


def test_a_command_with_no_app_there_fails_too(workspace):
    workspace.slash("ada", "#ml-research", "/cost").wait()
    (told,) = workspace.ephemerals("#ml-research", "ada")
    assert told.text == '/cost failed with the error "dispatch_failed"'


def test_an_acknowledgement_may_carry_the_answer(workspace):
    with listening(lambda: {"text": "here", "response_type": "in_channel"}) as (_, url):
        workspace.connect(url)
        workspace.slash("ada", "#ml-research", "/cost").wait()
    assert [m.text for m in workspace.messages("#ml-research")] == ["here"]


def test_what_people_type_is_escaped_and_names_become_mentions(workspace):
    said = workspace.post_as("ada", "#ml-research", "@Purser is a < b & c > d, @ben?")
    assert said.text == "<@U0PURSER00> is a &lt; b &amp; c &gt; d, <@U0BENORTIZ>?"


def test_a_menu_tells_what_was_chosen_and_where_it_stands(workspace):
    day = {"text": {"type": "plain_text", "text": "Day"}, "value": "day"}
    menu = {"type": "static_select", "action_id": "grain", "options": [day]}
    row = {"type": "actions", "block_id": "row", "elements": [menu]}
    message = workspace.store.add(Message("C0MLRESRCH", "", BOT_USER, "pick", (row,)))
    with listening(lambda: "") as (_, url):
        workspace.connect(url)
        payload = workspace.press("ada", message, "grain", option="day").wait().payload
    assert payload["container"]["message_ts"] == message.ts
    assert payload["message"]["blocks"] == [row]
    (action,) = payload["actions"]
    assert action["selected_option"] == day
    assert payload["user"]["id"] == "U0ADAPARK0"


def test_of_two_rows_with_the_same_button_the_pressed_one_is_meant(workspace):
    label = {"type": "plain_text", "text": "Stop"}
    rows = tuple(
        {"type": "actions", "block_id": name, "elements": [stop]}
        for name in ("one", "two")
        for stop in [{"type": "button", "action_id": "stop", "text": label, "value": name}]
    )
    message = workspace.store.add(Message("C0MLRESRCH", "", BOT_USER, "pick", rows))
    with listening(lambda: "") as (_, url):
        workspace.connect(url)
        payload = workspace.press("ada", message, "stop", block_id="two").wait().payload
    assert payload["actions"][0]["value"] == "two"


def test_the_console_speaks_to_this_machine_only():
    with pytest.raises(ConfigError):
        SignedHttp("https://purser.example/slack/events", "secret")
