"""The same app works without an address of its own."""

from __future__ import annotations

import pytest
from slack_bolt.adapter.socket_mode import SocketModeHandler

from bot.console.workspace import Workspace
from tests.console.apps import echo_app
from tests.console.socket_mode import serve_socket_mode


@pytest.fixture(scope="module")
def over_socket():
    with Workspace.serve() as workspace, serve_socket_mode(workspace) as sockets:
        handler = SocketModeHandler(echo_app(workspace), workspace.app_token)
        handler.connect()
        assert sockets.connected.wait(5)
        yield workspace
        handler.close()


def test_a_command_and_a_button_work_over_a_web_socket(over_socket):
    over_socket.slash("ada", "#ml-research", "/cost", "by team").wait()
    (answer,) = over_socket.wait_for(lambda: over_socket.ephemerals("#ml-research", "ada"))
    assert answer.text == "You said by team"
    over_socket.press("ada", answer, "share").wait()
    over_socket.wait_for(lambda: over_socket.messages("#ml-research"))


def test_a_mention_is_answered_over_a_web_socket(over_socket):
    said = over_socket.post_as("ada", "#ml-research", "@Purser hello")
    over_socket.wait_for(lambda: over_socket.replies(said))
