"""A hall with a gate and a Slack, for stories of the watch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bot.gate_parts import Hall, hall


@pytest.fixture
def here(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Hall]:
    """With the settings that the story's file calls `WATCH`."""
    with hall(tmp_path, watch=request.module.WATCH) as made:
        yield made
