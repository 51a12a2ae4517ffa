"""The sample company's machines are those of its bills, and each tells its story."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.samples.companies import NOW, Loaded, loaded_company
from tools.clouds.connections import open_fleet
from tools.clouds.fleet import Fleet
from tools.clouds.resources import Kind, Resource, State
from tools.clouds.settings import CloudSettings
from tools.core.clock import FixedClock
from tools.core.context import Context
from tools.core.machines import Idleness
from tools.gpus import idle_gpus, list_gpus
from tools.lake.lake import Lake
from tools.samples import aws
from tools.samples.fleet import FILE, fleet, write_fleet

CLOCK = FixedClock(NOW)
IDLE = f"sim/540987654324/us-east-2/instance/{aws.IDLE_RESOURCE}"


@pytest.fixture(scope="module")
def company(tmp_path_factory) -> Loaded:
    return loaded_company(tmp_path_factory)


@pytest.fixture(scope="module")
def context(company: Loaded, tmp_path_factory) -> Context:
    path = tmp_path_factory.mktemp("cloud") / FILE
    write_fleet(path, clock=CLOCK)
    lake = Lake(company.config.lake_root, company.config.lake)
    opened = open_fleet(CloudSettings(simulated=path), lake, clock=CLOCK)
    return Context(lake=lake, clock=CLOCK, fleet=opened)


@pytest.fixture(scope="module")
def found(context: Context) -> dict[str, Resource]:
    assert context.fleet
    return {one.id: one for one in context.fleet.inventory().resources}


def billed(context: Context) -> dict[str, tuple[str, str]]:
    """Last part of a resource's id in the bills → its account, and its long id."""
    _, rows = context.lake.run(
        "SELECT DISTINCT resource_id, sub_account_id FROM facts "
        "WHERE resource_id IS NOT NULL AND charge_day >= DATE '2026-11-09'"
    )
    return {id.rsplit("/", 1)[-1]: (account, id) for id, account in rows}


# What has no line of its own: a group is its machines, and these are too small to be told of.
NOT_BILLED = {"embed-inference", "ablation-sweeps", "ada-scratch", "writer-eval-0"}


def test_every_machine_is_on_the_bill_of_its_account(context, found):
    bills = billed(context)
    names = {one.address.name: one for one in found.values()}
    assert set(names) - set(bills) == NOT_BILLED
    for name in set(names) & set(bills):
        account, id = bills[name]
        assert account == names[name].address.account
        assert names[name].address.region in id


def test_every_machine_has_a_price_and_most_from_the_bill(context, found):
    fleet: Fleet = context.fleet
    prices = {id: fleet.price(one) for id, one in found.items()}
    assert all(prices.values())
    own = {id for id, price in prices.items() if price.source == "your bill of Nov 19"}
    others = {found[id].address.name for id in set(prices) - own}
    # A training job of several machines, and what ran too seldom, go by their type.
    assert others <= NOT_BILLED | {"caption-7b", "i-0aa11bb22cc33dd44"} | {
        f"ocr-a100-{n}" for n in range(6)
    }


def test_tags_say_the_same_as_the_bill(context, found):
    labels = context.fleet.labels(found[IDLE])
    assert {name: labels[name] for name in ("team", "env", "owner", "workload", "account")} == {
        "team": "ml-research",
        "env": "dev",
        "owner": "marcus.vale@lumen.example",
        "workload": "notebook",
        "account": "lumen-dev",
    }
    google = next(one for one in found.values() if one.address.name == "chat-h100-0")
    told = context.fleet.labels(google)
    assert (told["env"], told["owner"]) == ("prod", "hana.sato@lumen.example")
    assert (told["region"], told["zone"]) == ("us-central1", "us-central1-a")


def test_the_idle_machine_has_been_idle_for_three_weeks(context, found):
    answer = idle_gpus(context=context)
    first = answer.machines[0]
    assert first.resource.id == IDLE
    assert first.idleness is Idleness.IDLE
    assert first.hourly == Decimal("21.079336")
    assert first.price_from == "your bill of Nov 19"
    assert timedelta(days=21) < NOW - first.idle_since < timedelta(days=22)


def test_each_kind_of_waste_and_of_work_is_there(context):
    answer = idle_gpus(context=context)
    by_name = {m.resource.address.name: m.idleness for m in answer.machines}
    forgotten = [f"i-0ee17d4c{n}f00b2a1" for n in range(6)]
    assert {by_name[name] for name in forgotten} == {Idleness.IDLE}
    assert by_name["vol-0eksdemo"] is by_name["cap-endpoint"] is Idleness.ZOMBIE
    assert by_name["i-0aa11bb22cc33dd44"] is Idleness.UNKNOWN
    assert by_name["writer-eval-0"] is Idleness.IDLE
    assert not {"i-07c2d9e4f1a60b35", "i-03a9c8d7e6f52177", "chat-h100-0"} & set(by_name)


def test_production_is_protected_and_groups_manage_their_own(found):
    names = {one.address.name: one for one in found.values()}
    assert names["i-07c2d9e4f1a60b35"].protections == ("termination protection",)
    assert names["chat-h100-0"].protections == ("deletion protection",)
    assert names["i-0c4d3e2f1a0b0911"].members == ("Auto Scaling group embed-inference",)
    assert names["embed-inference"].address.kind is Kind.GROUP
    assert names["ocr-a100-5"].state is State.STOPPED


def test_listing_puts_the_dearest_first(context):
    answer = list_gpus(context=context)
    prices = [machine.hourly for machine in answer.machines]
    assert prices == sorted(prices, reverse=True)
    assert answer.unpriced == 0


def test_the_same_moment_has_the_same_machines():
    assert fleet(NOW) == fleet(NOW)
    later = fleet(NOW + timedelta(days=1))
    assert [one.resource.id for one in later] == [one.resource.id for one in fleet(NOW)]


def test_no_cloud_configured_is_no_fleet(company):
    lake = Lake(company.config.lake_root, company.config.lake)
    assert open_fleet(CloudSettings(), lake, clock=CLOCK) is None


def test_the_demo_has_policy_and_machines_of_its_own(company):
    config = company.config
    assert config.policy.trouble == ""
    assert config.policy.admins == ("U0CHLOEW00",)
    assert config.clouds.simulated == config.home / FILE
    assert replace(config.clouds, simulated=None) == CloudSettings()
