"""Timetables around a world of real resources: what can be put on one, and what passes through."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.clouds.simulated_clouds import resource
from tests.gate.budget_halls import hall as hall
from tests.gate.clocks import NIGHTS, put_on
from tests.gate.desks import machines
from tests.gate.scenes import TAGS, Scene, full
from tools.clouds.resources import Kind, State, Verb
from tools.core.errors import InputError, RefusedError
from tools.gate.timetable_world import TimetableWorld
from tools.ledger.ledger import Ledger
from tools.ledger.timetables import Timetables

TEXT = "stop 20:00, start 07:00, nights (UTC) until 2026-12-24"


@pytest.fixture
def scene(tmp_path) -> Scene:
    return Scene(tmp_path)


@pytest.fixture
def world(scene, tmp_path) -> TimetableWorld:
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", scene.clock)
    return TimetableWorld(scene.world, Timetables(ledger))


def wanted(world, id, text=TEXT):
    return world.deed(Verb.SCHEDULE, world.look(id), after={"schedule": text})


@pytest.mark.parametrize("kind", [Kind.INSTANCE, Kind.NOTEBOOK])
@pytest.mark.parametrize("state", [State.RUNNING, State.STOPPED])
def test_what_can_be_stopped_and_started_can_be_put_on_a_timetable(scene, world, kind, state):
    id = scene.put(resource(kind, "i-1", tags=TAGS, state=state, local_disks=True))
    deed = wanted(world, id)
    assert (deed.after, deed.undo, deed.is_final) == ({"schedule": TEXT}, Verb.SCHEDULE, False)
    assert deed.loses.startswith("what is in memory and o")
    assert world.rehearse(deed, world.look(id)) is False


@pytest.mark.parametrize(
    ("one", "sentence"),
    [
        (resource(Kind.GROUP, "g-1"), "cannot be stopped here; it can be scaled"),
        (resource(Kind.ENDPOINT, "e-1"), "is an endpoint, which cannot be stopped here"),
        (resource(Kind.TRAINING, "t-1"), "is a training job, which cannot be st"),
        (resource(Kind.DISK, "d-1"), "is unknown just now|is a disk, which cannot be stopped"),
        (full(protections=("stop protection",)), "has stop protection; whoever set it must"),
        (full(state=State.CHANGING), "is changing just now; try again in a minute"),
        (full(state=State.UNKNOWN), "is unknown just now; try again in a minute"),
    ],
)
def test_nothing_else_can(scene, world, one, sentence):
    with pytest.raises(InputError, match=sentence):
        wanted(world, scene.put(one))


def test_what_has_no_timetable_is_the_same_as_ever(scene, world):
    id = scene.put(full())
    sight = world.look(id)
    assert sight == scene.world.look(id)
    stop = replace(world.deed(Verb.STOP, sight, after={}), key="p-1-0")
    assert world.rehearse(stop, sight) == scene.world.rehearse(stop, sight)
    world.act(stop, sight)
    assert [act.verb for act in scene.state.acts()] == [Verb.STOP]


def test_a_machine_on_a_timetable_is_stopped_by_hand_all_the_same(desk):
    (machine,) = machines(desk.world)
    put_on(desk, machine)
    done = desk.done(machine)
    assert done.outcome == "Stopped."
    assert done.targets[0].sight.facts["schedule"].startswith("stop 20:00")


def test_only_a_claimed_proposal_writes_or_ends_a_timetable(desk):
    (machine,) = machines(desk.world)
    proposal = desk.propose(machine, verb=Verb.SCHEDULE, after=NIGHTS)
    deed, sight = proposal.targets[0].deed, proposal.targets[0].sight
    world = desk.ground.world
    for odd in (deed, replace(deed, key="0" * 32 + "-1-0")):
        with pytest.raises(RefusedError, match="No approved proposal says so"):
            world.act(odd, sight)
    desk.approve(proposal)
    with pytest.raises(RefusedError, match="No approved proposal says so"):
        world.act(replace(deed, after={"schedule": TEXT}), sight)
    with pytest.raises(RefusedError, match="No approved proposal says so"):
        world.act(replace(deed, after={"schedule": None}), sight)
    world.act(deed, sight)
    world.act(deed, sight)  # and once is enough
    assert len(desk.timetables.in_force(target=machine)) == 1
    other = desk.beside()
    desk.gate.execute(proposal.id)
    assert other.timetables.of(machine) == deed.after["schedule"]


def test_the_ledger_itself_puts_nothing_on_two_timetables(desk):
    (machine,) = machines(desk.world)
    first, second = (
        desk.propose(machine, verb=Verb.SCHEDULE, after={**NIGHTS, "stop": stop})
        for stop in ("20:00", "21:00")
    )
    desk.approve(first)
    desk.gate.execute(first.id)
    desk.clock.turn(minutes=1)
    # Past the gate's own look: as if both had been claimed at the same moment.
    with desk.ledger.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE proposals SET stage = 'claimed' WHERE id = ?", (second.id,)
        )
    target = second.targets[0]
    with pytest.raises(RefusedError, match="put on another timetable meanwhile"):
        desk.ground.world.act(target.deed, target.sight)


def test_a_budget_is_put_on_no_timetable(hall):
    budget = hall.house.add("team=ml")
    with pytest.raises(InputError, match="Of a budget only the amount can be changed"):
        hall.desk.propose(f"budget/{budget.id}", verb=Verb.SCHEDULE, after=NIGHTS)
