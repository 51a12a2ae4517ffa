"""A world over a simulated cloud, and the cloud's own state behind it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.clouds.simulated_clouds import MovingClock, resource
from tools.clouds.fleet import Fleet
from tools.clouds.resources import Resource, Verb
from tools.clouds.simulated import SimulatedCloud
from tools.clouds.simulated_state import SimulatedState
from tools.clouds.simulated_use import Pattern
from tools.core.settings import LakeSettings
from tools.gate.resources import Resources
from tools.gate.world import Deed, Sight

TAGS = {"team": "ml", "environment": "dev", "owner": "ada@lumen.example"}


class Scene:
    """A world over a simulated cloud, and the cloud's own state behind it."""

    def __init__(self, folder: Path) -> None:
        self.clock = MovingClock()
        self.state = SimulatedState.create(folder / "c.sqlite", clock=self.clock, delay=20)
        self.cloud = SimulatedCloud(self.state)
        self.fleet = Fleet({"sim": self.cloud}, LakeSettings())
        self.world = Resources(self.fleet, self.clock)

    def put(self, one: Resource, pattern: Pattern | None = None) -> str:
        self.state.put(one, pattern)
        return one.id

    def deed(self, id: str, verb: Verb, **after: str | None) -> tuple[Deed, Sight]:
        sight = self.world.look(id)
        return replace(self.world.deed(verb, sight, after=after), key="p-1-0"), sight


def full(**parts) -> Resource:
    return resource(**{"name": "i-1", "tags": TAGS, **parts})
