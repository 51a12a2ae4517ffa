"""One app, over HTTP and over Socket Mode; and what it does without tokens."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.config import Secrets
from bot.console.serve import serve_wsgi
from bot.console.workspace import Workspace
from bot.slack_app import NO_ANSWER, build_app, finish, http_app, socket_mode
from tests.bot.slack_parts import parts
from tests.console.socket_mode import serve_socket_mode
from tools.core.errors import ConfigError


@pytest.fixture
def workspace():
    with Workspace.serve() as served:
        yield served


def without(made, **secrets):
    kept = replace(made.config.secrets, **secrets)
    return replace(made, config=replace(made.config, secrets=kept))


def test_starting_asks_slack_nothing(workspace):
    finish(build_app(parts(workspace), is_warm=False))
    assert workspace.calls == []


def test_the_same_app_answers_over_socket_mode(workspace):
    made = parts(workspace)
    app = build_app(made, is_warm=False)
    with serve_socket_mode(workspace) as sockets:
        handler = socket_mode(app, made.config)
        handler.connect()
        assert sockets.connected.wait(5)
        try:
            said = workspace.post_as("ben", "#platform", "@Purser by team")
            workspace.wait_for(lambda: [m for m in workspace.replies(said) if m.edited])
            workspace.slash("ada", "#ml-research", "/cost").wait()
            workspace.wait_for(lambda: workspace.ephemerals("#ml-research", "ada"))
        finally:
            handler.close()
            finish(app)


def test_socket_mode_needs_no_signing_secret_and_http_lets_nobody_in_without(workspace):
    app = build_app(without(parts(workspace), signing_secret=None), is_warm=False)
    answer = http_app(app).test_client().post("/slack/events", data="{}")
    assert answer.status_code == 401
    finish(app)


def test_what_is_missing_is_named(workspace):
    with pytest.raises(ConfigError, match="SLACK_BOT_TOKEN"):
        build_app(without(parts(workspace), bot_token=None), is_warm=False)
    made = without(parts(workspace), app_token=None)
    app = build_app(made, is_warm=False)
    with pytest.raises(ConfigError, match="SLACK_APP_TOKEN"):
        socket_mode(app, made.config)
    finish(app)


def test_secrets_stay_out_of_sight(workspace):
    assert workspace.bot_token not in repr(Secrets(workspace.bot_token))


@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded"])
@pytest.mark.parametrize("body", ["nonsense", "null", "[]", "payload=nonsense", "[" * 100_000])
def test_what_bolt_cannot_read_is_refused_without_a_fault(workspace, kind, body):
    app = build_app(parts(workspace), is_warm=False)
    answer = http_app(app).test_client().post("/slack/events", data=body, content_type=kind)
    assert answer.status_code in (400, 401)
    finish(app)


def test_a_time_stamp_that_is_none_is_refused_without_a_fault(workspace):
    app = build_app(parts(workspace), is_warm=False)
    headers = {"X-Slack-Request-Timestamp": "soon", "X-Slack-Signature": "v0=00"}
    answer = http_app(app).test_client().post("/slack/events", json={}, headers=headers)
    assert answer.status_code == 400
    finish(app)


def test_a_token_that_slack_does_not_take_is_said_in_pursers_own_words(workspace):
    made = without(parts(workspace), bot_token="xoxb-none-of-its")
    app = build_app(made, is_warm=False)
    with serve_wsgi(http_app(app)) as address:
        workspace.connect(f"{address}slack/events")
        said = workspace.slash("ada", "#platform", "/cost").wait(5)
        assert said.acks[0].body == NO_ANSWER
    finish(app)
