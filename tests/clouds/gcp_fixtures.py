"""Fixtures of the tests of Google Cloud; a test file names this module in `pytest_plugins`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.clouds.gcp_metrics import MetricsServer
from tests.clouds.gcp_server import GoogleServer
from tests.clouds.gcp_setup import GcpSetup


@pytest.fixture(scope="session")
def gcp_servers() -> Iterator[tuple[GoogleServer, MetricsServer]]:
    """Google on two sockets."""
    google, metrics = GoogleServer(), MetricsServer()
    yield google, metrics
    google.shutdown()
    google.server_close()
    metrics.stop()


@pytest.fixture
def gcp(gcp_servers: tuple[GoogleServer, MetricsServer]) -> GcpSetup:
    """An empty Google."""
    return GcpSetup(*gcp_servers)
