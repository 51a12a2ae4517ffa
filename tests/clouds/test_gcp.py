"""Google Cloud keeps the contract, with accounts that hold the generated roles and no more."""

import pytest

from tests.clouds.contract import CloudContract
from tests.test_house import HEAVY, loaded_by

pytest_plugins = ["tests.clouds.gcp_fixtures"]


class TestGcp(CloudContract):
    @pytest.fixture
    def setup(self, gcp):
        return gcp


def test_knowing_the_clouds_loads_none_of_their_libraries(tmp_path):
    loaded = loaded_by(
        "import tools.clouds.gcp, tools.clouds.gcp_roles; "
        "from datetime import UTC, datetime; "
        "from tools.clouds.budgets import cloud_budgets; "
        "from tools.clouds.settings import AwsAccount, CloudSettings, GcpProject; "
        "from tools.core.clock import FixedClock; "
        "settings = CloudSettings(aws=(AwsAccount(id='1', regions=('r',)),), "
        "gcp=(GcpProject(id='p'),)); "
        "assert set(cloud_budgets(settings, FixedClock(datetime(2026, 1, 1, tzinfo=UTC)))) == "
        "{'aws', 'gcp'}; tools.clouds.gcp.connect(settings.gcp)",
        home=tmp_path,
    )
    assert "tools" in loaded
    assert not loaded & HEAVY
