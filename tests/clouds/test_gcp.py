"""Google Cloud keeps the contract, with accounts that hold the generated roles and no more."""

import pytest

from tests.clouds.contract import CloudContract

pytest_plugins = ["tests.clouds.gcp_fixtures"]


class TestGcp(CloudContract):
    @pytest.fixture
    def setup(self, gcp):
        return gcp
