"""What runs and what of it is idle, over a small cloud."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from tests.clouds.simulated_clouds import NOW, resource
from tools.clouds.fleet import Fleet
from tools.clouds.resources import Inventory, Kind, Resource, Sample, State, Use
from tools.core.clock import FixedClock
from tools.core.context import Context
from tools.core.errors import InputError, UnavailableError
from tools.core.machines import Idleness
from tools.core.query import Filter, Op
from tools.core.scope import Scope
from tools.core.settings import LakeSettings
from tools.gpus import idle_gpus, list_gpus

ML = {"team": "ml"}


def quiet(since: datetime, until: datetime, *, gpu: float = 0.0) -> Use:
    steps = int((until - since) / timedelta(minutes=5))

    def flat(value: float) -> tuple[Sample, ...]:
        return tuple(Sample(since + timedelta(minutes=5 * n), value) for n in range(steps))

    return Use(gpu=flat(gpu), cpu=flat(1), network=flat(9), requests=flat(0), expected=steps)


@dataclass
class SmallCloud:
    """Holds what it is given, and measures everything as idle but what is named."""

    held: tuple[Resource, ...] = ()
    troubles: tuple[str, ...] = ()
    busy: frozenset[str] = frozenset()
    unmeasured: frozenset[str] = frozenset()
    asked: list[timedelta] = field(default_factory=list)
    name: str = "sim"

    def inventory(self) -> Inventory:
        return Inventory(self.held, self.troubles)

    def use(
        self, resources: Sequence[Resource], *, since: datetime, until: datetime
    ) -> Mapping[str, Use]:
        self.asked.append(until - since)
        found = {}
        for one in resources:
            name = one.address.name
            begin = max(since, one.launched or since)
            use = quiet(begin, until, gpu=90.0 if name in self.busy else 0.0)
            use = replace(use, expected=int((until - since) / timedelta(minutes=5)))
            found[one.id] = Use(missing="Install it.") if name in self.unmeasured else use
        return found


def context(cloud: SmallCloud, scope: Scope | None = None) -> Context:
    fleet = Fleet({"sim": cloud}, LakeSettings())
    return Context(lake=None, clock=FixedClock(NOW), scope=scope or Scope(), fleet=fleet)


def names(found) -> list[str]:
    return [machine.resource.address.name for machine in found.machines]


def test_what_runs_is_listed_with_its_price_the_dearest_first():
    held = (
        resource(name="i-1", type="g5.2xlarge", gpu="A10G", gpus=1, tags=ML),
        resource(name="i-2"),
        resource(name="i-3", state=State.STOPPED),
        resource(name="i-4", gpus=0, gpu="", type="m6i.large"),
    )
    found = list_gpus(context=context(SmallCloud(held)))
    assert names(found) == ["i-2", "i-1"]
    assert found.hourly == {"USD": sum(m.hourly for m in found.machines)}
    assert (found.asked, found.hours, found.looked_at, found.unknown) == ("", 0.0, 2, 0)
    assert all(m.idleness is Idleness.NOT_ASKED for m in found.machines)


def test_a_group_is_not_added_to_its_own_machines():
    machine = resource(name="i-1", members=("Auto Scaling group train",))
    group, other = resource(Kind.GROUP, "train"), resource(Kind.GROUP, "rain")
    both = list_gpus(context=context(SmallCloud((machine, group))))
    alone = list_gpus(context=context(SmallCloud((machine,))))
    assert len(both.machines) == 2
    assert both.hourly == alone.hourly
    assert list_gpus(context=context(SmallCloud((machine, other)))).hourly != alone.hourly


def test_idle_ones_tell_since_when_and_what_that_wasted():
    held = (resource(name="i-1", launched=NOW - timedelta(hours=48)), resource(name="i-2"))
    cloud = SmallCloud(held, busy=frozenset({"i-2"}))
    found = idle_gpus(context=context(cloud))
    (machine,) = found.machines
    assert machine.idleness is Idleness.IDLE
    assert machine.idle_since == NOW - timedelta(hours=48)
    assert machine.wasted == (machine.hourly * 48).quantize(Decimal("0.01"))
    assert found.wasted == {"USD": machine.wasted}
    assert (found.looked_at, found.hours) == (2, 6.0)
    assert cloud.asked == [timedelta(hours=6), timedelta(days=30)]


def test_unknown_ones_come_last_and_cost_nothing_in_the_sum():
    held = (resource(name="i-1"), resource(name="i-2"))
    found = idle_gpus(context=context(SmallCloud(held, unmeasured=frozenset({"i-1"}))))
    assert names(found) == ["i-2", "i-1"]
    assert found.unknown == 1
    unknown = found.machines[1]
    assert (unknown.sureness, unknown.advice) == ("Install it.", "ask the owner")
    assert unknown.wasted is None
    assert found.hourly == {"USD": found.machines[0].hourly}


def test_zombies_are_listed_too():
    held = (
        resource(Kind.DISK, "vol-1"),
        resource(Kind.DISK, "vol-2", is_attached=True),
        resource(Kind.ENDPOINT, "rerank", gpus=0, gpu=""),
        resource(Kind.NOTEBOOK, "scratch", gpus=0, gpu=""),
        resource(Kind.GROUP, "train"),
        resource(Kind.TRAINING, "job"),
    )
    found = idle_gpus(context=context(SmallCloud(held)))
    assert sorted(names(found)) == ["rerank", "scratch", "vol-1"]
    assert {m.idleness for m in found.machines} == {Idleness.ZOMBIE}
    assert found.looked_at == 0


def test_conditions_and_scope_narrow_what_is_listed():
    held = (resource(name="i-1", tags=ML), resource(name="i-2", tags={"team": "search"}))
    team = Filter("team", Op.IS, ("ml",))
    found = list_gpus((team,), context=context(SmallCloud(held)))
    assert (names(found), found.asked) == (["i-1"], "where team=ml")
    scoped = context(SmallCloud(held), Scope((team,)))
    assert names(list_gpus(context=scoped)) == ["i-1"]
    assert names(idle_gpus(context=scoped)) == ["i-1"]


def test_another_window_is_asked_for():
    cloud = SmallCloud((resource(name="i-1"),))
    assert idle_gpus(hours=24, context=context(cloud)).hours == 24
    assert cloud.asked[0] == timedelta(hours=24)


@pytest.mark.parametrize("hours", [0, 0.4, -6, 337, float("nan")])
def test_a_window_that_makes_no_sense_is_one_sentence(hours: float):
    with pytest.raises(InputError, match="Between half an hour and 14 days"):
        idle_gpus(hours=hours, context=context(SmallCloud((resource(),))))


def test_what_cannot_be_listed_is_said():
    cloud = SmallCloud((resource(),), troubles=("eu-west-1 does not answer.",))
    assert list_gpus(context=context(cloud)).notes == ("eu-west-1 does not answer.",)
    with pytest.raises(UnavailableError, match="eu-west-1 does not answer"):
        list_gpus(context=context(SmallCloud(troubles=("eu-west-1 does not answer.",))))


def test_without_clouds_it_says_how_to_name_some():
    nowhere = Context(lake=None, clock=FixedClock(NOW))
    with pytest.raises(UnavailableError, match=r"\[clouds\] in purser.toml"):
        list_gpus(context=nowhere)
