"""The roles in `deploy/` say what the code declares, and no role holds another's rights."""

from pathlib import Path

import yaml

from tools.clouds.gcp_operations import OPERATIONS
from tools.clouds.gcp_roles import role_files

DEPLOY = Path(__file__).parents[2] / "deploy"


def permissions(name: str) -> set[str]:
    return set(yaml.safe_load((DEPLOY / name).read_text())["includedPermissions"])


def test_the_roles_in_deploy_are_those_that_are_declared():
    written = {path.name: path.read_text() for path in DEPLOY.glob("gcp-*-role.yaml")}
    assert written == role_files()


def test_no_right_is_in_two_roles():
    names = [path.name for path in DEPLOY.glob("gcp-*-role.yaml")]
    rights = [right for name in names for right in permissions(name)]
    assert len(names) == 6
    assert len(set(rights)) == len(rights)


def test_the_reading_role_only_reads():
    verbs = {right.rsplit(".", 1)[1] for right in permissions("gcp-read-role.yaml")}
    assert verbs == {"get", "list"}


def test_the_writing_role_neither_deletes_nor_labels():
    assert permissions("gcp-write-role.yaml") == {
        "compute.instances.stop",
        "compute.instances.start",
        "compute.instanceGroupManagers.update",
    }


def test_roles_for_projects_and_for_billing_accounts_are_apart():
    billing = set(permissions("gcp-budgets-read-role.yaml"))
    billing |= permissions("gcp-budgets-write-role.yaml")
    assert billing == {"billing.budgets.get", "billing.budgets.update"}
    assert not [one for one in OPERATIONS if one.permissions[0].startswith("billing.")]
