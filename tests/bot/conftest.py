"""A workspace on loopback, and Purser listening in it."""

from __future__ import annotations

import pytest

from bot.console.workspace import Workspace
from tests.bot.slack_parts import listening, parts
from tests.bot.talking import answers, talking  # noqa: F401  fixtures


@pytest.fixture
def workspace():
    with Workspace.serve(ack_timeout=2.0) as served:
        yield served


@pytest.fixture
def purser(workspace):
    made = parts(workspace)
    with listening(made, workspace):
        yield made
