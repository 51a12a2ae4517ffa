"""What CloudWatch measured, and what nobody did: only whole samples count."""

from datetime import UTC, datetime, timedelta

import pytest
from moto.cloudwatch.models import cloudwatch_backends

from tests.clouds.aws_setup import ACCOUNT, REGION, STEP, job
from tools.clouds.aws_metrics import Window
from tools.clouds.resources import Address, Kind

pytest_plugins = ["tests.clouds.aws_fixtures"]
INSTALL = (
    "There is no GPU metric; install the CloudWatch agent with nvidia_gpu, and InstanceId in its "
    "append_dimensions."
)
SPACE = "/aws/sagemaker/Endpoints"


@pytest.fixture
def meter(aws_setup):
    return Meter(aws_setup)


class Meter:
    """Feeds samples over one hour, and reads what was used."""

    def __init__(self, setup):
        self.setup = setup
        self.until = Window.between(setup.now - timedelta(hours=2), setup.now).end
        self.since = self.until - timedelta(hours=1)
        self.times = [self.since + n * STEP for n in range(12)]

    def feed(self, namespace, name, dims, values):
        """Samples from the window's start on; AWS's own namespaces are only AWS's to write to."""
        data = [
            {
                "MetricName": name,
                "Dimensions": [{"Name": key, "Value": text} for key, text in dims.items()],
                "Timestamp": at.replace(tzinfo=None),  # as moto keeps it
                "Value": value,
            }
            for at, value in zip(self.times, values, strict=False)
            if value is not None
        ]
        cloudwatch_backends[ACCOUNT][REGION].put_metric_data(namespace, data)

    def gpu(self, instance, index, values, name="nvidia_smi_utilization_gpu", **more):
        dims = {"InstanceId": instance, "host": "ip-10", "index": str(index), **more}
        self.feed("CWAgent", name, dims, values)

    def use(self, address):
        read = self.setup.cloud.read(address)
        return self.setup.cloud.use([read], since=self.since, until=self.until)[address.text]


def instance(setup, **more):
    return Address("aws", ACCOUNT, REGION, Kind.INSTANCE, setup.instance({}, **more))


def values(samples):
    return [sample.value for sample in samples]


def test_the_busiest_gpu_counts_at_each_time(aws_setup, meter):
    address = instance(aws_setup)
    for index in range(4):
        meter.gpu(address.name, index, [0, 90, 0] if index == 3 else [1, 2, 3])
    used = meter.use(address)
    assert values(used.gpu) == [1, 90, 3]
    assert [sample.at for sample in used.gpu] == meter.times[:3]
    assert (used.expected, used.coverage) == (12, 0.25)
    assert (used.source, used.missing) == ("CloudWatch agent", "")


def test_a_time_at_which_one_gpu_was_not_measured_is_no_sample(aws_setup, meter):
    address = instance(aws_setup)
    for index in range(4):
        meter.gpu(address.name, index, [0, None, 0] if index == 2 else [0, 0, 0])
    assert [sample.at for sample in meter.use(address).gpu] == [meter.times[0], meter.times[2]]


def test_a_machine_of_which_some_gpus_are_never_measured_is_not_measured(aws_setup, meter):
    address = instance(aws_setup)
    for index in range(3):
        meter.gpu(address.name, index, [0] * 12)
    used = meter.use(address)
    assert (used.gpu, used.coverage) == ((), 0.0)
    assert used.missing == (
        "Only 3 of 4 GPUs are measured; let nvidia_gpu of the CloudWatch agent report all of them."
    )


def test_an_agent_that_was_set_up_anew_in_the_window_is_one_series(aws_setup, meter):
    address = instance(aws_setup)
    for index in range(4):
        meter.gpu(address.name, index, [5] * 6)
        meter.gpu(address.name, index, [None] * 6 + [7] * 6, ImageId="ami-2")
    assert values(meter.use(address).gpu) == [5] * 6 + [7] * 6


def test_a_metric_summed_up_by_the_agent_is_of_all_gpus(aws_setup, meter):
    address = instance(aws_setup)
    meter.feed("Our/Agent", "nvidia_smi_utilization_gpu", {"InstanceId": address.name}, [3] * 12)
    assert values(meter.use(address).gpu) == [3] * 12


def test_memory_is_that_of_the_fullest_gpu(aws_setup, meter):
    address = instance(aws_setup)
    for index in range(4):
        meter.gpu(address.name, index, [0] * 12)
        used = [18000 if index == 1 else 3] * 12
        meter.gpu(address.name, index, used, "nvidia_smi_memory_used")
        meter.gpu(address.name, index, [24000] * 12, "nvidia_smi_memory_total")
    assert values(meter.use(address).gpu_memory) == [75] * 12


def test_an_agent_that_fell_silent_is_said(aws_setup, meter):
    address = instance(aws_setup)
    for index in range(4):
        meter.gpu(address.name, index, [0] * 12)
    read = aws_setup.cloud.read(address)
    later = meter.until + timedelta(hours=5)
    used = aws_setup.cloud.use([read], since=meter.until, until=later)[address.text]
    assert used.missing == (
        "The CloudWatch agent sent no GPU metric in this time; see that it runs."
    )


def test_cpu_and_network_are_measured_without_an_agent(aws_setup, meter):
    address = instance(aws_setup)
    dims = {"InstanceId": address.name}
    meter.feed("AWS/EC2", "CPUUtilization", dims, [12.5, 25])
    meter.feed("AWS/EC2", "NetworkIn", dims, [600_000, 300])
    meter.feed("AWS/EC2", "NetworkOut", dims, [300_000])
    used = meter.use(address)
    assert values(used.cpu) == [12.5, 25]
    assert values(used.network) == [3000]  # bytes a second; where one was not measured, neither
    assert (used.gpu, used.source, used.missing) == ((), "", INSTALL)


def test_what_has_no_gpu_says_so(aws_setup, meter):
    assert meter.use(instance(aws_setup, InstanceType="m5.large")).missing == "It has no GPU."
    disk = Address("aws", ACCOUNT, REGION, Kind.DISK, aws_setup.disk({}))
    assert meter.use(disk).missing == "It has no GPU."


def test_a_group_is_measured_when_all_its_machines_are(aws_setup, meter):
    name = aws_setup.group({}, MinSize=1, DesiredCapacity=2)
    address = Address("aws", ACCOUNT, REGION, Kind.GROUP, name)
    for machine in ("i-1", "i-2"):
        for index in range(4):
            idle = [0] * 12 if machine == "i-1" else [0] * 6
            meter.gpu(machine, index, idle, AutoScalingGroupName=name)
    assert [sample.at for sample in meter.use(address).gpu] == meter.times[:6]


def test_an_endpoint_nobody_asks_has_zero_requests_while_it_lives(aws_setup, meter):
    name = aws_setup.endpoint({})
    address = Address("aws", ACCOUNT, REGION, Kind.ENDPOINT, name)
    dims = {"EndpointName": name, "VariantName": "all-0"}
    meter.feed(SPACE, "CPUUtilization", dims, [48] * 6)  # of 48 cores
    meter.feed(SPACE, "GPUUtilization", dims, [130] * 6)  # of four GPUs, at most 100 each
    meter.feed("AWS/SageMaker", "Invocations", dims, [None, 40])
    used = meter.use(address)
    assert values(used.requests) == [0, 40, 0, 0, 0, 0]
    assert values(used.cpu) == [1] * 6
    assert values(used.gpu) == [100] * 6
    assert (used.source, used.missing) == ("SageMaker", "")


def test_an_endpoint_that_sends_nothing_is_not_measured(aws_setup, meter):
    address = Address("aws", ACCOUNT, REGION, Kind.ENDPOINT, aws_setup.endpoint({}))
    used = meter.use(address)
    assert (used.requests, used.coverage) == ((), 0.0)
    assert used.missing == "SageMaker shows no metric of it in this time; ask its owner."


def test_a_training_job_is_measured_on_all_its_machines(aws_setup, meter):
    name = aws_setup.training({})
    address = Address("aws", ACCOUNT, REGION, Kind.TRAINING, name)
    assert job(name).resource_config["InstanceCount"] == 2
    for host, busy in (("algo-1", [20] * 12), ("algo-2", [60] * 3)):
        space = "/aws/sagemaker/TrainingJobs"
        meter.feed(space, "GPUUtilization", {"Host": f"{name}/{host}"}, busy)
    assert values(meter.use(address).gpu) == [60] * 3


def test_a_notebook_is_said_not_to_be_measured(aws_setup, meter):
    address = Address("aws", ACCOUNT, REGION, Kind.NOTEBOOK, aws_setup.notebook({}))
    assert meter.use(address).missing == (
        "SageMaker measures no GPU of a notebook; ask its owner, or measure it with DCGM and "
        "Prometheus."
    )


def test_metrics_that_may_not_be_read_are_no_rest(aws_setup, meter):
    addresses = [instance(aws_setup), instance(aws_setup)]
    read = [aws_setup.cloud.read(address) for address in addresses]
    aws_setup.gateway.nonsense.add("cloudwatch.list_metrics")
    used = aws_setup.cloud.use(read, since=meter.since, until=meter.until)
    assert {one.missing for one in used.values()} == {
        f"AWS account {ACCOUNT}, {REGION}: AWS does not answer; check the network, the region and "
        "endpoint_url."
    }
    assert {(one.gpu, one.expected) for one in used.values()} == {((), 12)}


@pytest.mark.parametrize(
    ("since", "until", "start", "steps", "minutes"),
    [
        ("10:00:00", "11:00:00", "10:00:00", 12, 5),
        ("10:00:01", "11:04:59", "10:05:00", 11, 5),
        ("10:01:00", "10:04:00", "10:05:00", 0, 5),
    ],
)
def test_a_window_holds_only_whole_steps(since, until, start, steps, minutes):
    first, last, begin = (
        datetime.fromisoformat(f"2026-11-21T{text}+00:00") for text in (since, until, start)
    )
    assert Window.between(first, last) == Window(begin, timedelta(minutes=minutes), steps)


def test_a_long_window_is_measured_by_the_hour():
    until = datetime(2026, 11, 21, tzinfo=UTC)
    window = Window.between(until - timedelta(days=90), until)
    assert (window.step, window.steps) == (timedelta(hours=1), 90 * 24)
