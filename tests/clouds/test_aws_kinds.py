"""Groups, endpoints, training jobs, notebooks and disks of AWS: what is refused, and why."""

from datetime import UTC, datetime

import pytest

from tests.clouds.aws_setup import ACCOUNT, REGION, job
from tools.clouds.aws_groups import state_of, types_in
from tools.clouds.aws_training import keeps_billing, machines_of
from tools.clouds.cloud import Act
from tools.clouds.resources import Address, Capacity, Kind, State, Verb
from tools.core.errors import RefusedError

pytest_plugins = ["tests.clouds.aws_fixtures"]
HERE = f"AWS account {ACCOUNT}, {REGION}"

P5, G5 = {"InstanceType": "p5.48xlarge"}, {"InstanceType": "g5.xlarge"}


def address_of(kind, name):
    return Address("aws", ACCOUNT, REGION, kind, name)


def refusal(setup, verb, address, **more):
    """What both rehearsal and performance are refused with."""
    wanted = Act(verb=verb, resource=setup.cloud.read(address), key="k", **more)
    said = set()
    for ask in (setup.cloud.rehearse, setup.cloud.perform):
        with pytest.raises(RefusedError) as refused:
            ask(wanted)
        said.add(refused.value.sentence)
    return said


def test_a_group_is_scaled_and_back(aws_setup):
    address = address_of(Kind.GROUP, aws_setup.group({}))
    before = aws_setup.cloud.read(address)
    for desired in (4, 2):
        wanted = Capacity(desired, 1, 4)
        act = Act(verb=Verb.SCALE, resource=before, key=str(desired), capacity=wanted)
        assert not aws_setup.cloud.rehearse(act)  # AWS has no DryRun for it
        aws_setup.cloud.perform(act)
        assert aws_setup.cloud.read(address).capacity == wanted
    assert (before.type, before.gpu, before.gpus) == ("g5.12xlarge", "A10G", 4)


@pytest.mark.parametrize(
    ("capacity", "said"),
    [
        (Capacity(0, 1, 4), "can have 1 to 4 machines."),
        (Capacity(5, 1, 4), "can have 1 to 4 machines."),
        (None, "can have 1 to 4 machines."),
        (
            Capacity(2, 0, 4),
            "can have 1 to 4 machines; Purser changes only how many there are.",
        ),
    ],
)
@pytest.mark.parametrize("kind", [Kind.GROUP, Kind.ENDPOINT])
def test_capacity_stays_within_the_limits_at_aws(aws_setup, kind, capacity, said):
    address = aws_setup.make(kind, tags={})
    assert refusal(aws_setup, Verb.SCALE, address, capacity=capacity) == {
        f"{HERE}: {address.name} {said}"
    }


def test_a_group_whose_scaling_is_suspended_is_refused(aws_setup):
    name = aws_setup.group({})
    aws_setup.client("autoscaling").suspend_processes(
        AutoScalingGroupName=name, ScalingProcesses=["Terminate", "Launch", "AZRebalance"]
    )
    wanted = Capacity(1, 1, 4)
    assert refusal(aws_setup, Verb.SCALE, address_of(Kind.GROUP, name), capacity=wanted) == {
        f"{HERE}: {name} has Launch and Terminate suspended, so scaling would do nothing; its "
        "owner can resume it at AWS."
    }


def test_a_group_without_machines_is_stopped_and_knows_what_it_would_launch(aws_setup):
    name = aws_setup.group({}, MinSize=0, DesiredCapacity=0)
    found = aws_setup.cloud.read(address_of(Kind.GROUP, name))
    assert (found.state, found.type, found.gpus) == (State.STOPPED, "g5.12xlarge", 4)
    assert found.capacity == (0, 0, 4)


def test_a_groups_tags_go_on_to_machines_as_they_did(aws_setup):
    name = aws_setup.group({"note": "a"})
    autoscaling = aws_setup.client("autoscaling")
    tag = {"ResourceId": name, "ResourceType": "auto-scaling-group"}
    autoscaling.create_or_update_tags(
        Tags=[{**tag, "Key": "squad", "Value": "a", "PropagateAtLaunch": True}]
    )
    read = aws_setup.cloud.read(address_of(Kind.GROUP, name))
    tags = {"squad": "b", "note": "b", "new": "b"}
    aws_setup.cloud.perform(Act(verb=Verb.TAG, resource=read, key="k", tags=tags))
    listed = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])
    found = listed["AutoScalingGroups"][0]["Tags"]
    assert {one["Key"]: (one["Value"], one["PropagateAtLaunch"]) for one in found} == {
        "squad": ("b", True),
        "note": ("b", False),
        "new": ("b", False),
    }


@pytest.mark.parametrize(
    ("raw", "state"),
    [
        ({"DesiredCapacity": 2, "Instances": [{}, {}]}, State.RUNNING),
        ({"DesiredCapacity": 8, "Instances": [{}]}, State.RUNNING),  # AWS has no more of them
        ({"DesiredCapacity": 2, "Instances": []}, State.CHANGING),
        ({"DesiredCapacity": 0, "Instances": [{}]}, State.CHANGING),
        ({"DesiredCapacity": 0, "Instances": []}, State.STOPPED),
        ({"DesiredCapacity": 0, "Instances": [], "Status": "Delete in progress"}, State.CHANGING),
    ],
)
def test_a_group_runs_while_it_has_machines(raw, state):
    assert state_of(raw) is state


@pytest.mark.parametrize(
    ("raw", "types"),
    [
        ({"Instances": [P5, P5]}, {"p5.48xlarge"}),
        ({"Instances": [P5, G5]}, {"p5.48xlarge", "g5.xlarge"}),
        ({"Instances": []}, set()),
        ({"MixedInstancesPolicy": {"LaunchTemplate": {"Overrides": [G5]}}}, {"g5.xlarge"}),
        (
            {"Instances": [P5], "MixedInstancesPolicy": {"LaunchTemplate": {"Overrides": [G5]}}},
            {"p5.48xlarge"},
        ),
    ],
)
def test_a_group_has_the_machine_types_it_runs_or_may_run(raw, types):
    assert types_in(raw) == types


def test_an_endpoint_of_several_variants_is_not_scaled(aws_setup):
    address = address_of(Kind.ENDPOINT, aws_setup.endpoint({}, variants=2))
    assert aws_setup.cloud.read(address).capacity is None
    assert refusal(aws_setup, Verb.SCALE, address, capacity=Capacity(1, 1, 4)) == {
        f"{HERE}: {address.name} has 2 variants or no machines of its own; scale it at AWS."
    }


def test_an_endpoint_that_nothing_scales_may_have_one_to_a_hundred(aws_setup):
    name = aws_setup.endpoint({})
    aws_setup.client("application-autoscaling").deregister_scalable_target(
        ServiceNamespace="sagemaker",
        ResourceId=f"endpoint/{name}/variant/all-0",
        ScalableDimension="sagemaker:variant:DesiredInstanceCount",
    )
    found = aws_setup.cloud.read(address_of(Kind.ENDPOINT, name))
    assert found.capacity == (2, 1, 100)
    assert (found.type, found.gpu, found.gpus) == ("ml.g4dn.12xlarge", "T4", 4)


def test_a_notebook_is_not_stopped_twice(aws_setup):
    address = aws_setup.make(Kind.NOTEBOOK, tags={})
    aws_setup.client("sagemaker").stop_notebook_instance(NotebookInstanceName=address.name)
    assert refusal(aws_setup, Verb.STOP, address) == {
        f"{HERE}: notebook {address.name} is stopped; it cannot be stopped now."
    }


def test_a_training_job_that_has_ended_is_gone_and_not_listed(aws_setup):
    address = aws_setup.make(Kind.TRAINING, tags={})
    found = aws_setup.cloud.read(address)
    assert (found.gpu, found.gpus, found.capacity) == ("A100", 8, (2, 2, 2))
    job(address.name).training_job_status = "Completed"
    assert aws_setup.cloud.read(address).state is State.GONE
    assert aws_setup.cloud.inventory().resources == ()
    assert refusal(aws_setup, Verb.TERMINATE, address) == {
        f"There is no {address.name} any more; nothing was done."
    }


@pytest.mark.parametrize(
    ("config", "machines", "said"),
    [
        ({"InstanceType": "ml.p4d.24xlarge", "InstanceCount": 2}, ("ml.p4d.24xlarge", 2), ""),
        ({}, ("", 0), ""),
        (
            {
                "InstanceGroups": [
                    {"InstanceType": "ml.p4d.24xlarge", "InstanceCount": 2},
                    {"InstanceType": "ml.c5.xlarge", "InstanceCount": 1},
                ],
                "KeepAlivePeriodInSeconds": 600,
            },
            ("", 3),
            "its machines are kept warm for 600 seconds",
        ),
        (
            {
                "InstanceType": "ml.p5.48xlarge",
                "InstanceCount": 1,
                "TrainingPlanArn": "arn:aws:sagemaker:us-east-1:1:training-plan/a",
            },
            ("ml.p5.48xlarge", 1),
            "its training plan is paid for in advance",
        ),
    ],
)
def test_a_training_jobs_machines_and_what_goes_on_costing(config, machines, said):
    assert machines_of(config) == machines
    assert keeps_billing(config) == said


def test_an_attached_disk_is_not_listed_and_not_deleted(aws_setup):
    ec2 = aws_setup.client("ec2")
    name = aws_setup.instance({})
    volume = aws_setup.disk({"Name": "scratch"})
    address = address_of(Kind.DISK, volume)
    free = aws_setup.cloud.read(address)
    assert (free.name, free.size_gb, free.is_attached, free.state) == (
        "scratch",
        40,
        False,
        State.STOPPED,
    )
    ec2.attach_volume(VolumeId=volume, InstanceId=name, Device="/dev/sdf")
    kinds = {one.address.kind for one in aws_setup.cloud.inventory().resources}
    assert kinds == {Kind.INSTANCE}
    assert refusal(aws_setup, Verb.TERMINATE, address) == {
        f"{HERE}: {volume} is attached to a machine."
    }


def test_the_launch_time_of_what_runs_is_in_utc(aws_setup):
    before = datetime.now(UTC)
    for kind in (Kind.INSTANCE, Kind.GROUP, Kind.NOTEBOOK, Kind.ENDPOINT, Kind.TRAINING):
        launched = aws_setup.cloud.read(aws_setup.make(kind, tags={})).launched
        assert abs((launched - before).total_seconds()) < 60
