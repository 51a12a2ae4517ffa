"""Google Cloud keeps the contract, with accounts that hold the generated roles and no more."""

import pytest

from tests.clouds.contract import CloudContract
from tests.clouds.gcp_metrics import MetricsServer
from tests.clouds.gcp_server import GoogleServer
from tests.clouds.gcp_setup import GcpSetup


@pytest.fixture(scope="module")
def servers():
    google, metrics = GoogleServer(), MetricsServer()
    yield google, metrics
    google.shutdown()
    metrics.stop()


class TestGcp(CloudContract):
    @pytest.fixture
    def setup(self, servers):
        return GcpSetup(*servers)
