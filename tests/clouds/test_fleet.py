from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from threading import Barrier

import pytest

from tests.clouds.simulated_clouds import ACCOUNT, NOW, MovingClock, resource
from tests.lake.lakes import charge, write_lake
from tools.clouds.connections import open_fleet
from tools.clouds.fleet import Fleet, Price
from tools.clouds.resources import Address, Capacity, Inventory, Kind, Resource, State, Use
from tools.clouds.settings import AwsAccount, CloudSettings, GcpProject
from tools.clouds.simulated import SimulatedCloud
from tools.clouds.simulated_state import Fault, SimulatedState
from tools.clouds.simulated_use import Pattern
from tools.core.dimensions import Dimension
from tools.core.dimensions import Rule as Named
from tools.core.errors import InputError, RefusedError
from tools.core.query import Filter, Op
from tools.core.scope import Scope
from tools.core.settings import LakeSettings
from tools.lake.lake import Lake

SETTINGS = LakeSettings(
    dimensions=(
        Dimension("team", tags=("team",), sub_accounts={"lumen-dev": "research"}),
        Dimension("env", tags=("env",), accounts={"111122223333": "dev"}),
        Dimension(
            "tier",
            rules=(Named((Filter("instance_type", Op.CONTAINS, ("p4d",)),), "big"),),
        ),
        Dimension("service_owner", rules=(Named((Filter("service", Op.IS, ("EC2",)),), "me"),)),
        Dimension("model", tags=("model",), columns=("model",)),
    )
)
ARN = f"arn:aws:ec2:us-east-2:{ACCOUNT}:instance/"
P4D = "p4d.24xlarge"
NAMES = {
    "sub_account_id": ACCOUNT,
    "sub_account_name": "lumen-dev",
    "billing_account_id": "111122223333",
    "billing_account_name": "Lumen",
}


def machine_charge(day: str, cost: object, hours: object = 24, **columns: object):
    """A line of a bill that is a machine by the hour."""
    told = {
        "resource_id": f"{ARN}i-1",
        "instance_type": P4D,
        "region": "us-east-2",
        "pricing_category": "Standard",
        "consumed_unit": "hours",
        "consumed_quantity": hours,
        "sku_id": "EC2-p4d",
    }
    return charge(day, cost, **{**NAMES, **told, **columns})


def is_(dimension: str, *values: str) -> Scope:
    return Scope((Filter(dimension, Op.IS, values),))


class Site:
    """A fleet over a simulated cloud and, if wanted, bills."""

    def __init__(self, folder) -> None:
        self.folder = folder
        self.state = SimulatedState.create(folder / "c.sqlite", clock=MovingClock())
        self.cloud = SimulatedCloud(self.state)
        self.fleet = Fleet({"sim": self.cloud}, SETTINGS)

    def billed(self, *charges, **complete: date) -> Fleet:
        write_lake(self.folder / "lake", charges, complete=complete or None)
        return replace(self.fleet, lake=Lake(self.folder / "lake", SETTINGS))

    def put(self, name: str = "i-1", **parts) -> Resource:
        one = resource(**{"name": name, **parts})
        self.state.put(one, Pattern("idle"))
        return one


@pytest.fixture
def site(tmp_path) -> Site:
    return Site(tmp_path)


class Meeting(SimulatedCloud):
    """Answers only while another cloud is being asked, too."""

    def __init__(self, state: SimulatedState, barrier: Barrier) -> None:
        super().__init__(state)
        self._barrier = barrier

    def inventory(self) -> Inventory:
        self._barrier.wait(10)
        return super().inventory()


def test_all_clouds_are_asked_at_once(site):
    barrier = Barrier(2)
    site.put()
    clouds = {name: Meeting(site.state, barrier) for name in ("sim", "other")}
    assert len(Fleet(clouds, SETTINGS).inventory().resources) == 2


def test_a_cloud_that_does_not_answer_is_a_trouble_and_the_others_are_listed(site, tmp_path):
    one = site.put()
    away = SimulatedCloud(SimulatedState(tmp_path / "none.sqlite", MovingClock()))
    inventory = Fleet({"a": away, "sim": site.cloud}, SETTINGS).inventory()
    assert [found.id for found in inventory.resources] == [one.id]
    assert inventory.troubles == (
        "The simulated cloud does not answer: its file cannot be opened; "
        "`purser demo` makes it anew.",
    )


SCOPES = [
    (is_("team", "ml"), True),
    (is_("team", "ML"), True),
    (is_("team", "web"), False),
    (is_("tag:squad", "blue"), True),
    (is_("tag:Squad", "green"), False),
    (Scope((Filter("tag:nothing", Op.MISSING),)), True),
    (Scope((Filter("env", Op.MISSING),)), False),  # not known without bills, so not shown
    (Scope((Filter("env", Op.IS_NOT, ("prod",)),)), False),
    (is_("region", "us-east-2"), True),
    (is_("region", "us-east-1"), False),
    (is_("account_id", ACCOUNT), True),
    (is_("account", "lumen-dev"), False),  # how it is called is not known
    (is_("provider", "AWS"), True),
    (is_("instance_type", P4D), True),
    (is_("service", "EC2"), False),
    (is_("team", "ml") & is_("region", "us-east-1"), False),
]


@pytest.mark.parametrize(("scope", "is_shown"), SCOPES, ids=lambda v: str(v)[:60])
def test_what_the_asker_may_not_see_is_not_there(site, scope, is_shown):
    one = site.put(tags={"team": "ml", "squad": "blue"})
    assert bool(site.fleet.inventory(scope).resources) is is_shown
    if is_shown:
        assert site.fleet.read(one.id, scope).id == one.id
        return
    with pytest.raises(RefusedError) as refused:
        site.fleet.read(one.id, scope)
    assert refused.value.sentence == "There is nothing under that id that you may see here."


def test_a_scope_says_the_same_of_what_is_hidden_and_of_what_is_not_there(site):
    site.put(tags={"team": "web"})
    for name in ("i-1", "i-404"):
        with pytest.raises(RefusedError, match="nothing under that id"):
            site.fleet.read(
                Address("sim", ACCOUNT, "us-east-2", Kind.INSTANCE, name), is_("team", "ml")
            )


def test_what_is_no_id_or_in_no_cloud_is_said(site):
    with pytest.raises(InputError):
        site.fleet.read("i-1")
    with pytest.raises(RefusedError) as refused:
        site.fleet.read(f"aws/{ACCOUNT}/us-east-2/instance/i-1")
    assert refused.value.sentence == (
        "Purser is not configured for a cloud called “aws”; an admin can add it to [clouds] in "
        "purser.toml."
    )
    site.state.add_account(ACCOUNT)
    assert site.fleet.read(f"sim/{ACCOUNT}/us-east-2/instance/i-1").state is State.GONE


def test_use_is_asked_of_every_cloud_and_what_does_not_answer_says_so(site):
    here, there = site.put("i-1"), site.put("i-2")
    lost = replace(there, address=there.address._replace(cloud="aws"))
    span = {"since": NOW - timedelta(hours=6), "until": NOW}
    use = site.fleet.use([here, lost], **span)
    assert len(use[here.id].gpu) == 72
    assert use[lost.id] == Use(
        missing="Purser is not configured for a cloud called “aws”; an admin can add it to "
        "[clouds] in purser.toml."
    )
    site.state.fail("use", Fault.DOWN)
    assert use != site.fleet.use([here, there], **span)
    assert site.fleet.use([], **span) == {}


def test_labels_come_from_tags_accounts_and_the_machine(site):
    plain = site.put()
    fleet = site.billed(machine_charge("2026-11-19", 480))
    assert fleet.labels(plain) == {
        "provider": "AWS",
        "account": "lumen-dev",
        "account_id": ACCOUNT,
        "region": "us-east-2",
        "instance_type": P4D,
        "resource_name": None,
        "team": "research",
        "env": "dev",
        "tier": "big",
        "model": None,
    }
    assert fleet.labels(replace(plain, tags={"Team": "ml", "env": "prod"}))["team"] == "ml"


def test_without_bills_configuration_names_the_accounts(site):
    one = site.put()
    assert not {"account", "team", "env"} & set(site.fleet.labels(one))
    named = replace(site.fleet, accounts={ACCOUNT: "lumen-dev"})
    assert named.labels(one)["team"] == "research"
    assert named.labels(one)["account"] == "lumen-dev"


def test_a_zone_is_in_its_region(site):
    address = Address("gcp", "lumen-research", "us-central1-a", Kind.INSTANCE, "writer")
    labels = site.fleet.labels(resource(address=address))
    assert (labels["region"], labels["zone"]) == ("us-central1", "us-central1-a")
    assert labels["provider"] == "Google Cloud"


def test_its_own_bill_prices_a_machine(site):
    fleet = site.billed(
        machine_charge("2026-11-18", 480),
        machine_charge("2026-11-19", 240, 12),
        machine_charge("2026-11-20", 999, 1),
        aws=date(2026, 11, 19),
    )
    assert fleet.price(site.put()) == Price(Decimal("20.000000"), "USD", "your bill of Nov 19")


def test_covered_and_uncovered_hours_make_one_price(site):
    fleet = site.billed(
        machine_charge("2026-11-19", 120, 12),
        machine_charge("2026-11-19", 240, 12, pricing_category="Committed"),
    )
    assert fleet.price(site.put()).hourly == Decimal(15)


def test_the_same_type_there_prices_a_machine_that_is_new(site):
    fleet = site.billed(
        machine_charge("2026-11-19", 480),
        machine_charge("2026-11-19", 48, pricing_category="Dynamic", resource_id=f"{ARN}i-spot"),
    )
    source = "p4d.24xlarge on your bill of Nov 19, an estimate"
    assert fleet.price(site.put("i-new")) == Price(Decimal("20.000000"), "USD", source)
    assert fleet.price(site.put("i-new", is_spot=True)).hourly == Decimal(2)
    elsewhere = site.put("i-new")
    there = replace(elsewhere, address=elsewhere.address._replace(region="eu-west-1"))
    assert fleet.price(there).source == "AWS list price of Nov 2025, an estimate"


def test_what_is_on_no_bill_goes_by_the_list(site):
    assert site.fleet.price(site.put()) == Price(
        Decimal("21.957642"), "USD", "AWS list price of Nov 2025, an estimate"
    )
    assert site.fleet.price(site.put(type="x9.huge")) is None
    spot = site.fleet.price(site.put(is_spot=True))
    assert spot.source == "AWS list price of Nov 2025, an estimate; spot costs less"


def test_a_group_costs_what_runs_in_it(site):
    fleet = site.billed(machine_charge("2026-11-19", 480))
    group = site.put("train-a", kind=Kind.GROUP)
    assert fleet.price(group).hourly == 40
    assert fleet.price(replace(group, capacity=Capacity(0, 0, 4))).hourly == 0


def test_an_endpoint_of_several_machines_is_priced_by_the_hour_of_one(site):
    endpoint = f"arn:aws:sagemaker:us-east-2:{ACCOUNT}:endpoint/rank"
    fleet = site.billed(
        machine_charge(
            "2026-11-19",
            96,
            48,
            resource_id=endpoint,
            instance_type=None,
            sku_meter="USE2-Host:ml.g5.2xlarge",
            sku_id="host",
        )
    )
    one = site.put("rank", kind=Kind.ENDPOINT, type="ml.g5.2xlarge")
    assert fleet.price(one) == Price(Decimal(4), "USD", "your bill of Nov 19")


def test_a_disk_costs_what_its_days_cost(site):
    told = {
        "resource_id": f"arn:aws:ec2:us-east-2:{ACCOUNT}:volume/vol-1",
        "instance_type": None,
        "consumed_unit": "gb-months",
        "sku_meter": "EBS:VolumeUsage.gp3",
    }
    fleet = site.billed(
        machine_charge("2026-11-18", 12, 13, **told), machine_charge("2026-11-19", 12, 13, **told)
    )
    assert fleet.price(site.put("vol-1", kind=Kind.DISK)).hourly == Decimal("0.5")
    new = fleet.price(site.put("vol-2", kind=Kind.DISK, size_gb=730))
    assert new == Price(Decimal("0.08"), "USD", "AWS list price of Nov 2025, an estimate")
    assert fleet.price(site.put("vol-3", kind=Kind.DISK, size_gb=0)) is None


NO_PRICE = {
    "more hours than a day has": [machine_charge("2026-11-19", 480, 96)],
    "cores, not machines": [machine_charge("2026-11-19", 480, consumed_unit="core-hours")],
    "cores and GPUs apart": [
        machine_charge("2026-11-19", 5, sku_id="cores"),
        machine_charge("2026-11-19", 70, sku_id="gpus"),
    ],
    "memory beside hours": [
        machine_charge("2026-11-19", 5),
        machine_charge("2026-11-19", 2, consumed_unit="gb-hours"),
    ],
    "two currencies": [
        machine_charge("2026-11-19", 5, 12),
        machine_charge("2026-11-19", 5, 12, currency="EUR"),
    ],
    "nothing consumed": [machine_charge("2026-11-19", 480, 0)],
    "no cost": [machine_charge("2026-11-19", None)],
    "no use": [machine_charge("2026-11-19", 480, charge_category="Purchase")],
    "a correction": [machine_charge("2026-11-19", 480, charge_class="Correction")],
    "nobody's commitment": [machine_charge("2026-11-19", 480, commitment_status="Unused")],
    "another account": [machine_charge("2026-11-19", 480, sub_account_id="1", region="r")],
    "another type": [machine_charge("2026-11-19", 480, instance_type="g5.xlarge")],
    "another kind of thing": [
        machine_charge("2026-11-19", 480, resource_id="arn:x:volume/i-1", region="r")
    ],
    "another zone": [
        machine_charge(
            "2026-11-19", 480, resource_id="//c/projects/p/zones/z/instances/i-1", region="r"
        )
    ],
    "a short id elsewhere": [machine_charge("2026-11-19", 480, resource_id="i-1", region="r")],
    "no day is complete": [],
}


@pytest.mark.parametrize("why", NO_PRICE)
def test_what_is_not_plainly_its_price_is_none(site, why):
    fleet = site.billed(*NO_PRICE[why])
    price = fleet.price(site.put("i-1"))
    own = price.source == "your bill of Nov 19"
    assert not own, why


def test_a_bill_with_short_ids_prices_as_well(site):
    fleet = site.billed(machine_charge("2026-11-19", 480, resource_id="i-1"))
    assert fleet.price(site.put()).source == "your bill of Nov 19"


def test_a_google_machine_is_found_in_its_zone(site):
    address = Address("sim", ACCOUNT, "us-central1-a", Kind.INSTANCE, "writer")
    id = "//compute.googleapis.com/projects/p/zones/us-central1-a/instances/writer"
    fleet = site.billed(machine_charge("2026-11-19", 480, resource_id=id, region="us-central1"))
    assert fleet.price(resource(address=address)).source == "your bill of Nov 19"


def test_a_lake_that_cannot_be_read_leaves_list_prices(site, tmp_path):
    fleet = site.billed(machine_charge("2026-11-19", 480))
    for file in (tmp_path / "lake").glob("*.parquet"):
        file.unlink()
    one = site.put()
    assert fleet.price(one).source == "AWS list price of Nov 2025, an estimate"
    assert fleet.labels(one)["account_id"] == ACCOUNT


def test_a_manifest_that_cannot_be_read_leaves_list_prices(site, tmp_path):
    fleet = site.billed(machine_charge("2026-11-19", 480))
    (tmp_path / "lake" / "manifest.json").write_text("{")
    assert fleet.price(site.put()).source == "AWS list price of Nov 2025, an estimate"


def test_configuration_opens_what_it_names(tmp_path):
    SimulatedState.create(tmp_path / "c.sqlite", clock=MovingClock())
    settings = CloudSettings(
        aws=(AwsAccount(id="111122223333", regions=("us-east-1",), name="prod"),),
        gcp=(GcpProject(id="lumen-research"),),
        simulated=tmp_path / "c.sqlite",
        prometheus_url="http://127.0.0.1:9090",
        idle_hours=3.0,
    )
    lake = Lake(tmp_path / "lake", SETTINGS)
    fleet = open_fleet(settings, lake, clock=MovingClock(), guarded=["owner"])
    assert sorted(fleet.clouds) == ["aws", "gcp", "sim"]
    assert {name: cloud.name for name, cloud in fleet.clouds.items()} == {
        name: name for name in fleet.clouds
    }
    assert fleet.accounts == {"111122223333": "prod"}
    assert fleet.rule.hours == 3.0
    assert fleet.dcgm.url == "http://127.0.0.1:9090"
    assert fleet.settings is SETTINGS
