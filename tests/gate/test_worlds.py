"""Budgets and clouds behind one door."""

import pytest

from tests.gate.budget_halls import hall as hall
from tests.gate.worlds import SmallWorld
from tools.clouds.resources import Verb
from tools.core.errors import UnavailableError
from tools.gate.worlds import Worlds


def test_each_target_finds_its_world(hall, tmp_path):
    clouds = SmallWorld(tmp_path / "world.sqlite")
    machine = clouds.add("sim/a/r/instance/m0")
    worlds = Worlds(clouds, hall.world)
    budget = hall.house.add("team=ml")
    assert worlds.look(machine).facts["state"] == "running"
    sight = worlds.look(budget.target)
    deed = worlds.deed(Verb.BUDGET, sight, after={"amount": "5"})
    assert worlds.rehearse(deed, sight)
    worlds.act(deed, sight)
    assert hall.amount(budget) == "5"
    stop = worlds.deed(Verb.STOP, worlds.look(machine), after={})
    worlds.act(stop, worlds.look(machine))
    assert [target for _, target in clouds.acts()] == [machine]


def test_without_a_cloud_only_budgets_are_there(hall):
    with pytest.raises(UnavailableError) as refused:
        Worlds(budgets=hall.world).look("sim/a/r/instance/m0")
    assert refused.value.sentence == (
        "I see no cloud from here: name accounts or projects under [clouds] in purser.toml."
    )


def test_without_a_ledger_there_are_no_budgets():
    with pytest.raises(UnavailableError) as refused:
        Worlds().look("budget/b1")
    assert refused.value.sentence == "There is no ledger here, so there are no budgets."
