"""What holds for every test."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.sizes import IS_LONG

# Speed belongs in a benchmark: a busy machine must not fail a test. Nor does chance: the same
# commit tries the same examples (`--hypothesis-profile=default` tries others).
settings.register_profile(
    "purser", deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
settings.load_profile("purser")

_MEMORY = Path("/dev/shm")
_ENOUGH = 4 << 30  # a container is often given 64 MB


def pytest_configure(config: pytest.Config) -> None:
    """Files of the tests stay in memory where there is room: a disk's waits teach nothing here."""
    if _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ENOUGH:
        tempfile.tempdir = str(_MEMORY)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is marked `thorough` waits for `make test-long`."""
    if IS_LONG:
        return
    left = [item for item in items if item.get_closest_marker("thorough")]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if not item.get_closest_marker("thorough")]
