"""AWS passes the contract that every cloud passes."""

import pytest

from tests.clouds.contract import CloudContract

pytestmark = pytest.mark.thorough

pytest_plugins = ["tests.clouds.aws_fixtures"]


class TestAws(CloudContract):
    @pytest.fixture
    def setup(self, aws_setup):
        return aws_setup
