"""One workspace, and one with the echo app, on real ports."""

from __future__ import annotations

import pytest

from bot.console.workspace import Workspace
from tests.console.apps import client_of, echo_app, serve_bolt


@pytest.fixture
def workspace():
    with Workspace.serve(ack_timeout=2.0) as served:
        yield served


@pytest.fixture
def client(workspace):
    return client_of(workspace)


@pytest.fixture
def echoing(workspace):
    with serve_bolt(echo_app(workspace)) as url:
        workspace.connect(url)
        yield workspace
