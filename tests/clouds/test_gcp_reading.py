"""What Google Cloud answers is read to the letter: by table, and through the real clients."""

from datetime import UTC, datetime

import pytest

from tests.clouds.gcp_server import Trouble
from tests.clouds.gcp_setup import PROJECT, REGION, ZONE
from tools.clouds.gcp_reading import gpus, managers, moment
from tools.clouds.resources import Address, Capacity, Kind, State
from tools.core.errors import RefusedError

pytest_plugins = ["tests.clouds.gcp_fixtures"]


class Attached:
    def __init__(self, kind, count):
        self.accelerator_type, self.accelerator_count = f"zones/z/acceleratorTypes/{kind}", count


@pytest.mark.parametrize(
    ("type_name", "attached", "expected"),
    [
        ("n1-standard-8", [("nvidia-tesla-t4", 2)], ("T4", 2)),
        ("n1-standard-8", [("nvidia-tesla-v100", 8)], ("V100", 8)),
        ("n1-standard-8", [("nvidia-tesla-t4-vws", 1)], ("T4", 1)),
        ("a2-highgpu-4g", [], ("A100", 4)),
        ("a2-ultragpu-8g", [("nvidia-a100-80gb", 8)], ("A100", 8)),
        ("a3-highgpu-8g", [("nvidia-h100-80gb", 8)], ("H100", 8)),
        ("a3-megagpu-8g", [("nvidia-h100-mega-80gb", 8)], ("H100", 8)),
        ("a3-ultragpu-8g", [], ("H200", 8)),
        ("a4-highgpu-8g", [("nvidia-b200", 8)], ("B200", 8)),
        ("a4x-highgpu-4g", [], ("GB200", 4)),
        ("g2-standard-96", [], ("L4", 8)),
        ("g2-standard-12", [("nvidia-l4", 1)], ("L4", 1)),
        ("g4-standard-48", [("nvidia-rtx-pro-6000", 1)], ("RTX PRO 6000", 1)),
        ("n2-standard-8", [], ("", 0)),
        ("n1-standard-8", [("nvidia-tesla-t4", 0)], ("", 0)),
        ("ct5lp-hightpu-4t", [("tpu-v5e", 4)], ("", 0)),
        ("n1-standard-8", [("nvidia-odd", 1)], ("nvidia-odd", 1)),
    ],
)
def test_gpus_are_those_attached_else_those_of_the_type(type_name, attached, expected):
    assert gpus(type_name, [Attached(*one) for one in attached]) == expected


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ({}, ()),
        ({"team": "ml"}, ()),
        ({"goog-gke-node": "", "goog-k8s-cluster-name": "train"}, ("GKE cluster train",)),
        ({"goog-gke-node": ""}, ("GKE",)),
        ({"dataflow_job_name": "etl"}, ("Dataflow job etl",)),
        ({"goog-dataproc-cluster-name": "spark"}, ("Dataproc cluster spark",)),
        ({"goog-new-thing": "x"}, ("a Google service (goog-new-thing)",)),
        ({"goog-terraform-provisioned": "true"}, ()),
    ],
)
def test_what_manages_a_machine_is_told_by_labels(labels, expected):
    assert managers(labels) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-20T03:00:00.000-08:00", datetime(2026, 11, 20, 11, tzinfo=UTC)),
        ("", None),
        ("yesterday", None),
    ],
)
def test_times_are_utc_or_unknown(text, expected):
    assert moment(text) == expected


def test_a_machine_is_read_whole(gcp):
    made_by = f"projects/123/zones/{ZONE}/instanceGroupManagers/train"
    address = gcp.machine(
        "train-1",
        tags={"team": "ml"},
        deletionProtection=True,
        scheduling={"provisioningModel": "SPOT"},
        disks=[{"type": "PERSISTENT"}, {"type": "SCRATCH"}],
        metadata={"items": [{"key": "created-by", "value": made_by}]},
        reservationAffinity={"consumeReservationType": "SPECIFIC_RESERVATION"},
    )
    found = gcp.cloud.read(address)
    assert found.id == f"gcp/{PROJECT}/{ZONE}/instance/train-1"
    assert (found.name, found.type, found.gpu, found.gpus) == (
        "train-1",
        "a2-highgpu-2g",
        "A100",
        2,
    )
    assert found.launched == datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
    assert found.created == datetime(2026, 11, 20, 4, tzinfo=UTC)
    assert found.tags == {"team": "ml"}
    assert found.protections == ("deletion protection",)
    assert found.members == ("managed instance group train",)
    assert found.keeps_billing == "its reservation is paid whether it runs or not"
    assert found.local_disks
    assert found.is_spot


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("RUNNING", State.RUNNING),
        ("STAGING", State.CHANGING),
        ("REPAIRING", State.CHANGING),
        ("TERMINATED", State.STOPPED),
        ("SUSPENDED", State.STOPPED),
        ("SOMETHING_NEW", State.UNKNOWN),
    ],
)
def test_a_state_is_what_it_means_for_money(gcp, status, expected):
    found = gcp.cloud.read(gcp.machine("m-1", tags={}, status=status))
    assert found.state is expected
    assert (found.launched is None) is (expected is State.STOPPED)
    assert (found.last_started is None) is (expected is not State.STOPPED)
    assert ("memory" in found.keeps_billing) is (status == "SUSPENDED")


def test_a_used_reservation_goes_on_costing(gcp):
    used = {"reservationConsumptionInfo": {"consumedReservation": "projects/p/reservations/r-1"}}
    address = gcp.machine("m-1", tags={}, resourceStatus=used)
    assert gcp.cloud.read(address).keeps_billing == "reservation r-1 is paid whether it runs or not"


def test_a_disk_says_since_when_nobody_uses_it(gcp):
    free = gcp.cloud.read(gcp.disk("free", tags={}, place=REGION))
    used = gcp.cloud.read(gcp.disk("used", tags={}, users=["zones/z/instances/m"]))
    assert (free.is_attached, used.is_attached) == (False, True)
    assert free.launched == datetime(2026, 11, 1, 8, tzinfo=UTC)
    assert used.launched == datetime(2026, 11, 20, 4, tzinfo=UTC)
    assert (free.address.region, free.size_gb, free.type) == (REGION, 500, "pd-ssd")


def test_a_group_has_labels_and_gpus_of_its_template(gcp):
    own = {"properties": {"labels": {"env": "dev"}}}
    address = gcp.group(
        "g-1", tags={"team": "ml", "env": "prod"}, place=REGION, allInstancesConfig=own
    )
    found = gcp.cloud.read(address)
    assert found.tags == {"team": "ml", "env": "dev"}
    assert (found.type, found.gpu, found.gpus) == ("g2-standard-24", "L4", 2)
    assert found.capacity == Capacity(2, 1, 4)
    assert found.protections == ()
    [listed] = [one for one in gcp.cloud.inventory().resources if one.address == address]
    assert listed == found


def test_templates_that_do_not_agree_leave_unknown_what_they_do_not_agree_on(gcp):
    scope = f"regions/{REGION}"
    urls = [
        gcp.template("t-1", scope=scope, labels={"team": "ml", "env": "dev"}),
        gcp.template("t-2", labels={"team": "ml", "env": "prod"}, machineType="a2-highgpu-1g"),
    ]
    address = gcp.group("g-1", tags={}, versions=[{"instanceTemplate": url} for url in urls])
    found = gcp.cloud.read(address)
    assert found.tags == {"team": "ml"}
    assert (found.type, found.gpu, found.gpus) == ("", "", 0)
    assert gcp.cloud.inventory().resources == (found,)


def test_a_group_whose_template_is_gone_has_no_labels(gcp):
    address = gcp.group("g-1", tags={"env": "dev"})
    gone = f"projects/{PROJECT}/global/instanceTemplates/g-1-template"
    del gcp.google.things[gone]
    assert gcp.cloud.read(address).tags == {}
    assert gcp.cloud.inventory().resources[0].tags == {}


@pytest.mark.parametrize(
    ("mode", "capacity", "protections"),
    [
        ("ON", (2, 1, 4), ("autoscaling is on",)),
        ("ONLY_SCALE_OUT", (2, 1, 4), ("autoscaling is on",)),
        ("OFF", (2, 1, 4), ()),
        (None, (2, 0, 1000), ()),
    ],
)
def test_a_group_says_whether_it_scales_by_itself(gcp, mode, capacity, protections):
    address = gcp.group("g-1", tags={}, mode=mode)
    found = gcp.cloud.read(address)
    assert (found.capacity, found.protections) == (capacity, protections)


def test_an_autoscaler_that_cannot_be_read_leaves_the_capacity_unknown(gcp):
    address = gcp.group("g-1", tags={})
    gcp.google.things.pop(f"projects/{PROJECT}/zones/{ZONE}/autoscalers/g-1-scaler")
    found = gcp.cloud.read(address)
    assert (found.capacity, found.protections) == (None, ("autoscaling is on",))


def test_lists_have_pages_and_places_that_did_not_answer_are_said(gcp):
    addresses = {gcp.machine(f"m-{n}", tags={}) for n in range(8)}
    gcp.google.unreachable.add("us-east4-a")
    inventory = gcp.cloud.inventory()
    assert {one.address for one in inventory.resources} == addresses
    assert inventory.troubles == tuple(
        f"Google project {PROJECT}: {kind} of us-east4-a could not be listed; ask again later."
        for kind in ("machines", "disks", "instance groups")
    )


def test_only_configured_zones_are_looked_at(gcp):
    here, there = gcp.machine("m-1", tags={}), gcp.disk("d-1", tags={}, place="us-east4-a")
    regional = gcp.disk("d-2", tags={}, place=REGION)
    gcp.google.unreachable.add("europe-west1-b")
    cloud = gcp.narrowed(ZONE)
    assert {one.address for one in cloud.inventory().resources} == {here, regional}
    assert cloud.inventory().troubles == ()
    with pytest.raises(RefusedError) as refused:
        cloud.read(there)
    assert refused.value.sentence == (
        "Purser does not look at us-east4-a of Google project acme-ml; an admin can add it to its "
        "zones in purser.toml."
    )


def test_one_list_that_is_refused_leaves_the_others(gcp):
    address = gcp.machine("m-1", tags={})
    gcp.google.troubles.append(Trouble("aggregated/disks", 403, "forbidden"))
    inventory = gcp.cloud.inventory()
    assert [one.address for one in inventory.resources] == [address]
    assert inventory.troubles == (
        "Google project acme-ml: compute.disks.list is not allowed; the rights that Purser needs "
        "are in deploy/gcp-read-role.yaml.",
    )


def test_a_kind_that_google_does_not_have_is_refused(gcp):
    with pytest.raises(RefusedError, match="Purser knows no notebook at Google Cloud"):
        gcp.cloud.read(Address("gcp", PROJECT, ZONE, Kind.NOTEBOOK, "n-1"))
