"""What somebody may not see, they cannot have shown to them on a card."""

from dataclasses import replace

import pytest

from tests.clouds.simulated_clouds import MovingClock, resource
from tools.clouds.fleet import Fleet
from tools.clouds.resources import Verb
from tools.clouds.simulated import SimulatedCloud
from tools.clouds.simulated_state import SimulatedState
from tools.core.context import Context
from tools.core.errors import InputError, RefusedError
from tools.core.query import Filter, Op
from tools.core.scope import EVERYTHING, Scope
from tools.core.settings import LakeSettings
from tools.lake.lake import Lake
from tools.proposing import propose_stop, propose_tags

ML = Scope((Filter("team", Op.IS, ("ml",)),))


class Listening:
    """A gate that remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[Verb, list[str]]] = []

    def propose(self, verb, targets, **_more):
        self.asked.append((verb, list(targets)))


@pytest.fixture
def gate() -> Listening:
    return Listening()


@pytest.fixture
def context(tmp_path, gate) -> Context:
    state = SimulatedState.create(tmp_path / "c.sqlite", clock=MovingClock())
    for name, team in (("i-1", "ml"), ("i-2", "web")):
        state.put(resource(name=name, tags={"team": team}))
    settings = LakeSettings()
    return Context(
        lake=Lake(tmp_path / "lake", settings),
        clock=MovingClock(),
        scope=ML,
        fleet=Fleet({"sim": SimulatedCloud(state)}, settings),
        gate=gate,
    )


MINE, YOURS = resource(name="i-1").id, resource(name="i-2").id


def test_what_is_in_scope_is_proposed(context, gate):
    propose_stop([MINE, MINE], context=context)
    assert gate.asked == [(Verb.STOP, [MINE])]


@pytest.mark.parametrize("ids", [[YOURS], [MINE, YOURS]])
def test_what_is_out_of_scope_is_not_proposed_at_all(context, gate, ids):
    with pytest.raises(RefusedError, match="nothing under that id that you may see"):
        propose_tags(ids, {"team": "ml"}, context=context)
    assert gate.asked == []


def test_what_is_no_id_is_said(context, gate):
    with pytest.raises(InputError, match="no id of a resource"):
        propose_stop(["trainer"], context=context)


def test_without_a_scope_the_gate_looks_itself(context, gate):
    propose_stop([YOURS], context=replace(context, scope=EVERYTHING))
    assert gate.asked == [(Verb.STOP, [YOURS])]
