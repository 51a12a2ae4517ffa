"""What `deploy/` allows is what the code declares, and no more."""

from functools import cache
from pathlib import Path

import botocore.session
import pytest
from botocore import xform_name

from bot.commands.permissions import files_of
from bot.config import load
from tests.clouds.iam import may
from tools.clouds.aws import OPERATIONS as CLOUD
from tools.clouds.aws_budgets import OPERATIONS as BUDGETS
from tools.clouds.aws_errors import POLICIES
from tools.clouds.cloud import Credential
from tools.core.errors import ConfigError
from tools.core.labels import is_guarded
from tools.gate.guards import guarded_tags

DEPLOY = Path(__file__).parents[2] / "deploy"
ALL = {*CLOUD, *BUDGETS}
INSTANCE = "arn:aws:ec2:us-east-1:111122223333:instance/i-0abc"
GROUP = "arn:aws:autoscaling:us-east-1:111122223333:autoScalingGroup:1:autoScalingGroupName/a"
GUARDED_KEYS = [
    "owner",
    "Owner",
    "OWNER",
    "env",
    "Environment",
    "do-not-stop",
    "Do_Not_Terminate",
    "purser:protected",
    "Purser/anything",
    "user:owner",
    "eks:cluster-name",
    "kubernetes.io/cluster/a",
    "AWSBatchServiceTag",
]


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The policies of the configuration that ships."""
    return files_of(load(tmp_path_factory.mktemp("home"), environ={}))


@cache
def methods(service):
    model = botocore.session.get_session().get_service_model(service)
    return {xform_name(name) for name in model.operation_names}


def policy(files, credential):
    return files[POLICIES[credential].removeprefix("deploy/")]


def test_deploy_holds_what_the_code_declares(files):
    assert {name: (DEPLOY / name).read_text(encoding="utf-8") for name in files} == files


def test_the_command_writes_them(tmp_path, capsys):
    from bot.__main__ import main

    assert main(["--home", str(tmp_path / "home"), "permissions", str(tmp_path / "mine")]) == 0
    assert {p.name for p in (tmp_path / "mine").iterdir()} >= {"aws-write-policy.json"}
    assert capsys.readouterr().out == (
        f"Wrote 12 files to {tmp_path / 'mine'}. Attach each to the role it is named for.\n"
    )


def test_regions_and_roles_are_those_of_the_configuration(tmp_path):
    (tmp_path / "purser.toml").write_text(
        '[policy]\nadmins = ["U0000000001"]\n[[clouds.aws]]\nid = "111122223333"\n'
        'regions = ["eu-west-1"]\nwrite_role = "arn:aws:iam::111122223333:role/w"\n'
    )
    made = files_of(load(tmp_path, environ={}))
    write = policy(made, Credential.WRITE)
    assert may(write, "ec2:StopInstances", INSTANCE, {"aws:RequestedRegion": "eu-west-1"})
    assert not may(write, "ec2:StopInstances", INSTANCE, {"aws:RequestedRegion": "us-east-1"})
    assume = made["aws-assume-policy.json"]
    assert may(assume, "sts:AssumeRole", "arn:aws:iam::111122223333:role/w")
    assert not may(assume, "sts:AssumeRole", "arn:aws:iam::111122223333:role/purser-read")


def test_a_policy_that_cannot_be_read_writes_none(tmp_path):
    (tmp_path / "purser.toml").write_text('[policy]\nadmins = "everybody"\n')
    with pytest.raises(ConfigError):
        files_of(load(tmp_path, environ={}))


@pytest.mark.parametrize("operation", sorted(ALL, key=str), ids=lambda one: one.call)
def test_every_declared_call_exists_in_the_service(operation):
    service, method = operation.call.split(".")
    assert method in methods(service)


@pytest.mark.parametrize("operation", sorted(ALL, key=str), ids=lambda one: one.call)
def test_every_permission_is_in_the_policy_of_its_role_and_in_no_other(files, operation):
    for permission in operation.permissions:
        mine = {POLICIES[operation.credential].removeprefix("deploy/")}
        if operation.call == "sts.assume_role":
            mine = {"aws-assume-policy.json"}
        if permission.endswith("Tags") and operation.credential is Credential.WRITE:
            mine.add("aws-tags-policy.json")
        allowing = {
            name
            for name, text in files.items()
            if name.startswith("aws-") and name.endswith(".json") and f'"{permission}"' in text
        }
        denying = (
            {"aws-write-policy.json"} if operation.credential is Credential.TERMINATE else set()
        )
        assert allowing == mine | denying


def test_no_policy_has_a_wildcard_among_its_actions(files):
    assert not [text for text in files.values() if ':*"' in text]


def test_policies_fit_into_what_iam_takes(files):
    sizes = {n: len("".join(t.split())) for n, t in files.items() if n.endswith(".json")}
    assert max(sizes.values()) <= 6144


def test_the_write_role_stops_and_never_ends(files):
    write = policy(files, Credential.WRITE)
    assert may(write, "ec2:StopInstances", INSTANCE)
    assert not may(write, "ec2:TerminateInstances", INSTANCE)
    assert not may(write, "sagemaker:StopTrainingJob")
    assert not may(policy(files, Credential.READ), "ec2:StopInstances", INSTANCE)
    assert not may(policy(files, Credential.TERMINATE), "ec2:StopInstances", INSTANCE)
    assert may(policy(files, Credential.TERMINATE), "ec2:TerminateInstances", INSTANCE)


def test_nothing_of_another_account_is_touched(files):
    other = {"aws:ResourceAccount": "999999999999"}
    assert not may(policy(files, Credential.WRITE), "ec2:StopInstances", INSTANCE, other)
    assert not may(policy(files, Credential.TERMINATE), "ec2:TerminateInstances", INSTANCE, other)


@pytest.mark.parametrize(
    "tag", ["aws:autoscaling:groupName", "aws:cloudformation:stack-name", "eks:cluster-name"]
)
def test_managed_machines_are_left_alone(files, tag):
    managed = {f"aws:ResourceTag/{tag}": "a"}
    assert not may(policy(files, Credential.WRITE), "ec2:StopInstances", INSTANCE, managed)
    assert not may(policy(files, Credential.TERMINATE), "ec2:TerminateInstances", INSTANCE, managed)


@pytest.mark.parametrize("key", GUARDED_KEYS)
@pytest.mark.parametrize("action", ["ec2:CreateTags", "ec2:DeleteTags"])
def test_only_the_tags_role_writes_deciding_tags(files, key, action):
    write, tags = policy(files, Credential.WRITE), policy(files, Credential.GUARDED_TAGS)
    config = load(DEPLOY, environ={})
    assert is_guarded(key, guarded_tags(config.policy, config.lake))
    for named in ([key], ["note", key], [key, "note"]):
        assert not may(write, action, INSTANCE, {"aws:TagKeys": named})
    assert may(tags, action, INSTANCE, {"aws:TagKeys": [key]})
    assert not may(tags, action, INSTANCE, {"aws:TagKeys": [key, "note"]})


def test_the_write_role_writes_other_tags_but_only_by_name(files):
    write, tags = policy(files, Credential.WRITE), policy(files, Credential.GUARDED_TAGS)
    assert may(write, "ec2:CreateTags", INSTANCE, {"aws:TagKeys": ["note", "squad"]})
    assert not may(write, "ec2:DeleteTags", INSTANCE)  # which would remove every tag
    assert not may(tags, "ec2:DeleteTags", INSTANCE)
    assert not may(tags, "ec2:CreateTags", INSTANCE, {"aws:TagKeys": ["note"]})


def test_a_group_is_scaled_and_nothing_else(files):
    write = policy(files, Credential.WRITE)
    assert may(write, "autoscaling:SetDesiredCapacity", GROUP)
    assert not may(write, "autoscaling:UpdateAutoScalingGroup", GROUP)
