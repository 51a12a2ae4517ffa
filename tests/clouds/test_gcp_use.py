"""Use measured through Cloud Monitoring; what nobody measured is never zero."""

from datetime import timedelta

import grpc
import pytest

from tests.clouds.gcp_metrics import MINUTE
from tests.clouds.gcp_setup import GPU, PROJECT
from tools.clouds.gcp import connect
from tools.clouds.resources import Sample
from tools.clouds.settings import GcpProject

pytest_plugins = ["tests.clouds.gcp_fixtures"]
MEMORY = "agent.googleapis.com/gpu/memory/bytes_used"
CPU = "compute.googleapis.com/instance/cpu/utilization"
RECEIVED = "compute.googleapis.com/instance/network/received_bytes_count"
SENT = "compute.googleapis.com/instance/network/sent_bytes_count"


@pytest.fixture
def machine(gcp):
    return gcp.cloud.read(gcp.machine("m-1", tags={}))


def fed(gcp, machine, *samples):
    """Samples (metric, minutes before now, value, labels), each in the middle of its minute."""
    number = machine.version.partition(":")[0]
    for kind, minutes, value, labels in samples:
        at = gcp.now - minutes * MINUTE + MINUTE / 2
        gcp.metrics.metrics.feed(kind, number, at, value, **labels)


def used(gcp, *machines, hours=1, cloud=None):
    since = gcp.now - timedelta(hours=hours)
    return (cloud or gcp.cloud).use(machines, since=since, until=gcp.now)


def test_every_signal_is_in_its_own_unit(gcp, machine):
    a, b = {"uuid": "a"}, {"uuid": "b"}
    fed(
        gcp,
        machine,
        (GPU, 10, 3.0, a),
        (GPU, 10, 40.0, b),
        (MEMORY, 10, 30.0, {**a, "memory_state": "used"}),
        (MEMORY, 10, 10.0, {**a, "memory_state": "free"}),
        (MEMORY, 10, 4.0, {**b, "memory_state": "used"}),
        (MEMORY, 10, 36.0, {**b, "memory_state": "free"}),
        (CPU, 10, 0.25, {}),
        (RECEIVED, 10, 600.0, {"instance_name": "m-1"}),
        (SENT, 10, 1200.0, {"instance_name": "m-1"}),
    )
    found = used(gcp, machine)[machine.id]
    at = gcp.now - 10 * MINUTE
    assert found.gpu == (Sample(at, 40.0),)
    assert found.gpu_memory == (Sample(at, 75.0),)
    assert found.cpu == (Sample(at, 25.0),)
    assert found.network == (Sample(at, 30.0),)
    assert (found.expected, found.source, found.missing) == (60, "Cloud Monitoring", "")


def test_a_time_at_which_one_gpu_is_silent_is_not_measured(gcp, machine):
    fed(gcp, machine, (GPU, 10, 0.0, {"uuid": "a"}), (GPU, 9, 0.0, {"uuid": "a"}))
    found = used(gcp, machine)[machine.id]
    assert found.gpu == ()
    assert found.missing == (
        "Never did all its 2 GPUs report together, 1 did at all: see whether the Ops Agent and "
        "NVIDIA's driver on it know all of them."
    )
    fed(gcp, machine, (GPU, 9, 2.0, {"uuid": "b"}))
    assert used(gcp, machine)[machine.id].gpu == (Sample(gcp.now - 9 * MINUTE, 2.0),)


def test_without_the_agent_the_step_that_would_fix_it_is_said(gcp, machine):
    found = used(gcp, machine)[machine.id]
    assert (found.gpu, found.coverage) == ((), 0.0)
    assert found.missing == (
        "Cloud Monitoring has no GPU metric of it: install the Ops Agent on it, with NVIDIA's "
        "driver, and let its service account write metrics (roles/monitoring.metricWriter)."
    )


def test_network_is_known_only_when_both_directions_are(gcp, machine):
    fed(gcp, machine, (RECEIVED, 10, 600.0, {}))
    assert used(gcp, machine)[machine.id].network == ()


def test_what_is_outside_the_window_or_no_number_is_left_out(gcp, machine):
    a, b = {"uuid": "a"}, {"uuid": "b"}
    fed(gcp, machine, *[(GPU, m, v, u) for m, v in ((61, 9.0), (30, float("nan"))) for u in (a, b)])
    assert used(gcp, machine)[machine.id].gpu == ()


def test_many_machines_are_asked_about_together(gcp):
    machines = [gcp.cloud.read(gcp.machine(f"m-{n}", tags={})) for n in range(5)]
    for one in machines:
        fed(gcp, one, (GPU, 10, 1.0, {"uuid": "a"}), (GPU, 10, 2.0, {"uuid": "b"}))
    found = used(gcp, *machines)
    assert [found[one.id].gpu[0].value for one in machines] == [2.0] * 5
    assert {one.name for one in gcp.metrics.metrics.asked} == {f"projects/{PROJECT}"}


def test_a_long_window_is_measured_in_coarser_steps(gcp, machine):
    a, b = {"uuid": "a"}, {"uuid": "b"}
    fed(gcp, machine, *[(GPU, m, float(m), u) for m in (1, 2, 3) for u in (a, b)])
    found = used(gcp, machine, hours=48)[machine.id]
    assert found.expected == 576
    assert found.gpu == (Sample(gcp.now - 5 * MINUTE, 3.0),)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (grpc.StatusCode.PERMISSION_DENIED, "monitoring.timeSeries.list is not allowed"),
        (grpc.StatusCode.INTERNAL, "trouble of its own"),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, "asks to slow down"),
    ],
)
def test_a_refusal_is_the_reason_why_nothing_is_known(gcp, machine, code, words):
    gcp.metrics.metrics.refusal = code
    quick = gcp.connected(gcp.project, patience=0)
    found = used(gcp, machine, cloud=quick)[machine.id]
    assert words in found.missing
    assert found.gpu == ()


def test_a_metric_that_nobody_ever_sent_is_missing_not_an_outage(gcp, machine):
    gcp.metrics.metrics.refusal = grpc.StatusCode.NOT_FOUND
    assert "install the Ops Agent" in used(gcp, machine)[machine.id].missing


def test_what_is_no_machine_is_not_measured(gcp):
    disk = gcp.cloud.read(gcp.disk("d-1", tags={}))
    group = gcp.cloud.read(gcp.group("g-1", tags={}))
    plain = gcp.cloud.read(
        gcp.machine("m-1", tags={}, machineType="n2-standard-8", guestAccelerators=[])
    )
    found = used(gcp, disk, group, plain)
    assert found[disk.id].missing == "Google Cloud measures no use of a disk."
    assert found[group.id].missing == "A group is not measured as a whole; look at its machines."
    assert found[plain.id].missing == "It has no GPU."


def test_a_stand_in_without_metrics_asks_nobody_else(gcp, machine):
    gcp.google.grants = None
    project = GcpProject(id=PROJECT, endpoint_url=gcp.project.endpoint_url)
    found = used(gcp, machine, cloud=connect([project]))[machine.id]
    assert found.missing == "Google project acme-ml has no metrics_url; set it."
