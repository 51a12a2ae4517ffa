"""One app, over HTTP and over Socket Mode; and what it does without tokens."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.config import Secrets
from bot.console.workspace import Workspace
from bot.slack_app import build_app, finish, http_app, socket_mode
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
