"""EC2 to the letter: what manages a machine, what guards it, and that one call is one machine."""

from dataclasses import replace
from urllib.parse import parse_qs

import pytest

from tests.clouds.aws_setup import ACCOUNT, REGION
from tools.clouds.aws_instances import keeps_billing
from tools.clouds.aws_members import members_of
from tools.clouds.cloud import Act
from tools.clouds.resources import Address, Kind, State, Verb
from tools.core.errors import RefusedError, UnavailableError

pytest_plugins = ["tests.clouds.aws_fixtures"]
HERE = f"AWS account {ACCOUNT}, {REGION}"


def act_on(setup, address, verb, **more):
    return Act(verb=verb, resource=setup.cloud.read(address), key="k", **more)


def address_of(name, kind=Kind.INSTANCE):
    return Address("aws", ACCOUNT, REGION, kind, name)


@pytest.mark.parametrize(
    ("tags", "members"),
    [
        ({}, ()),
        ({"team": "ml", "Name": "a"}, ()),
        ({"aws:autoscaling:groupName": "train-a"}, ("Auto Scaling group train-a",)),
        ({"aws:cloudformation:stack-name": "base"}, ("CloudFormation stack base",)),
        ({"eks:cluster-name": "prod"}, ("EKS cluster prod",)),
        ({"kubernetes.io/cluster/prod": "owned"}, ("Kubernetes cluster prod",)),
        ({"karpenter.sh/nodepool": "gpu"}, ("Karpenter node pool gpu",)),
        ({"AWSBatchServiceTag": "batch"}, ("AWS Batch batch",)),
        ({"aws:batch:job-queue": "q"}, ("AWS Batch q",)),
        ({"parallelcluster:cluster-name": "hpc"}, ("ParallelCluster hpc",)),
        ({"parallelcluster:queue-name": "gpu"}, ("ParallelCluster gpu",)),
        ({"kubernetes.io/created-for/pvc/name": "data-0"}, ("Kubernetes volume claim data-0",)),
    ],
)
def test_what_manages_it_is_read_from_the_tags_of_its_managers(tags, members):
    assert members_of(tags) == members


def test_a_machine_of_a_group_says_so_and_the_group_has_it(aws_setup):
    name = aws_setup.group({})
    found = [
        one for one in aws_setup.cloud.inventory().resources if one.address.kind is Kind.INSTANCE
    ]
    assert [one.members for one in found] == [(f"Auto Scaling group {name}",)] * 2
    assert aws_setup.cloud.read(found[0].address).members == found[0].members


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ({}, ""),
        ({"InstanceLifecycle": "spot", "Placement": {"Tenancy": "default"}}, ""),
        (
            {"InstanceLifecycle": "capacity-block", "CapacityReservationId": "cr-1"},
            "its capacity block is paid for in advance",
        ),
        ({"CapacityReservationId": "cr-1"}, "its capacity reservation cr-1 goes on costing"),
        ({"Placement": {"HostId": "h-1"}}, "its dedicated host h-1 goes on costing"),
    ],
)
def test_what_goes_on_costing_when_it_is_stopped_is_said(raw, said):
    assert keeps_billing(raw) == said


def test_a_spot_machine_and_local_disks_are_told(aws_setup):
    spot = {"InstanceMarketOptions": {"MarketType": "spot"}, "InstanceType": "p4d.24xlarge"}
    found = aws_setup.cloud.read(address_of(aws_setup.instance({"Name": "a"}, **spot)))
    assert (found.name, found.gpu, found.gpus) == ("a", "A100", 8)
    assert found.is_spot
    assert found.local_disks
    plain = aws_setup.instance({}, InstanceType="m5.large")
    found = aws_setup.cloud.read(address_of(plain))
    assert (found.gpu, found.gpus, found.is_spot, found.local_disks) == ("", 0, False, False)


@pytest.mark.parametrize(
    ("attribute", "verb", "said"),
    [
        ("DisableApiTermination", Verb.TERMINATE, "termination protection"),
        ("DisableApiStop", Verb.STOP, "stop protection"),
    ],
)
def test_a_protection_refuses_though_the_dry_run_says_yes(aws_setup, attribute, verb, said):
    name = aws_setup.instance({})
    guard = {attribute: {"Value": True}}
    aws_setup.client("ec2").modify_instance_attribute(InstanceId=name, **guard)
    wanted = act_on(aws_setup, address_of(name), verb)
    assert wanted.resource.protections == (said,)
    for ask in (aws_setup.cloud.rehearse, aws_setup.cloud.perform):
        with pytest.raises(RefusedError) as refused:
            ask(wanted)
        assert refused.value.sentence == (
            f"{HERE}: {name} has {said}; only its owner can lift that at AWS."
        )
    assert not {"ec2.stop_instances", "ec2.terminate_instances"} & set(aws_setup.gateway.calls())


@pytest.mark.parametrize("verb", [Verb.STOP, Verb.TERMINATE])
def test_one_call_is_one_machine_tried_first_and_done_then(aws_setup, verb):
    name = aws_setup.instance({})
    wanted = act_on(aws_setup, address_of(name), verb)
    assert aws_setup.cloud.rehearse(wanted)
    aws_setup.cloud.perform(wanted)
    made = [
        parse_qs(one.body)
        for one in aws_setup.gateway.asked
        if one.call == f"ec2.{verb}_instances" and one.is_pursers
    ]
    keys = ("InstanceId.1", "InstanceId.2", "DryRun", "Force", "Hibernate")
    assert [tuple(one.get(key, [""])[0] for key in keys) for one in made] == [
        (name, "", "true", "", ""),
        (name, "", "", "", ""),
    ]


def test_what_takes_a_dry_run_for_real_is_told(aws_setup):
    wanted = act_on(aws_setup, address_of(aws_setup.instance({})), Verb.STOP)
    aws_setup.gateway.is_deaf = True
    with pytest.raises(UnavailableError) as trouble:
        aws_setup.cloud.rehearse(wanted)
    assert trouble.value.sentence == (
        f"{HERE}: what answers does not know DryRun and may have done it; look at the resource, "
        "and check endpoint_url."
    )


def test_a_machine_that_is_stopped_runs_since_never_and_says_when_it_was_started(aws_setup):
    address = address_of(aws_setup.instance({}))
    started = aws_setup.cloud.read(address).launched
    aws_setup.cloud.perform(act_on(aws_setup, address, Verb.STOP))
    found = aws_setup.cloud.read(address)
    assert (found.state, found.launched) == (State.STOPPED, None)
    assert found.last_started == started


@pytest.mark.parametrize(
    ("tags", "said"),
    [
        (
            {"aws:team": "x"},
            "Tags that begin with aws: are AWS's own; nobody else can write them.",
        ),
        (
            {"k" * 129: "x"},
            "At AWS a tag's key has 1 to 128 characters and its value at most 256.",
        ),
        ({"k": "v" * 257}, "At AWS a tag's key has 1 to 128 characters and its value at most 256."),
        ({"": "v"}, "At AWS a tag's key has 1 to 128 characters and its value at most 256."),
    ],
)
def test_a_tag_that_aws_cannot_hold_is_refused_before_anything_is_written(aws_setup, tags, said):
    address = address_of(aws_setup.instance({}))
    with pytest.raises(RefusedError) as refused:
        aws_setup.cloud.perform(act_on(aws_setup, address, Verb.TAG, tags={"note": "a", **tags}))
    assert refused.value.sentence == said
    assert aws_setup.cloud.read(address).tags == {}


def test_guarded_tags_come_first_and_a_later_failure_says_that_some_were_written(aws_setup):
    address = address_of(aws_setup.instance({"old": "1"}))
    wanted = act_on(aws_setup, address, Verb.TAG, tags={"note": "a", "owner": "ada", "old": None})
    aws_setup.gateway.trouble("ec2.delete_tags", "UnauthorizedOperation", status=403)
    with pytest.raises(UnavailableError) as trouble:
        aws_setup.cloud.perform(wanted)
    assert trouble.value.sentence == (
        f"{HERE}: ec2:DeleteTags is not allowed; the rights that Purser needs are in "
        "deploy/aws-write-policy.json. Some of the tags were written before."
    )
    signers = [one.signer for one in aws_setup.gateway.asked if one.call.endswith("_tags")]
    assert signers == ["purser-guarded-tags", "purser-write", "purser-write"]
    assert aws_setup.cloud.read(address).tags == {"note": "a", "owner": "ada", "old": "1"}


def test_a_tag_that_changed_meanwhile_is_not_removed(aws_setup):
    address = address_of(aws_setup.instance({"note": "a"}))
    wanted = act_on(aws_setup, address, Verb.TAG, tags={"note": None})
    aws_setup.client("ec2").create_tags(
        Resources=[address.name], Tags=[{"Key": "note", "Value": "b"}]
    )
    aws_setup.cloud.perform(wanted)
    assert aws_setup.cloud.read(address).tags == {"note": "b"}


def test_a_region_that_is_not_configured_is_refused(aws_setup):
    address = replace_region(address_of("i-0abc"))
    with pytest.raises(RefusedError) as refused:
        aws_setup.cloud.read(address)
    assert refused.value.sentence == (
        f"Purser does not look at eu-south-2 of AWS account {ACCOUNT}; an admin can add it to "
        "its regions in purser.toml."
    )


def replace_region(address):
    return address._replace(region="eu-south-2")


def test_terminated_machines_are_not_listed_and_read_as_gone(aws_setup):
    address = address_of(aws_setup.instance({}))
    aws_setup.client("ec2").terminate_instances(InstanceIds=[address.name])
    assert aws_setup.cloud.inventory().resources == ()
    assert replace(aws_setup.cloud.read(address), tags={}).state is State.GONE
