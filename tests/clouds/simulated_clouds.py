"""A simulated cloud to test with, and how the contract suite furnishes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tools.clouds.cloud import Credential
from tools.clouds.resources import Address, Capacity, Kind, Resource, State
from tools.clouds.simulated import SimulatedCloud
from tools.clouds.simulated_state import Fault, SimulatedState
from tools.clouds.simulated_use import Pattern

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
ACCOUNT = "540987654324"
OTHER = "210987654321"
REGION = "us-east-2"
HOSTILE = "<!channel> <@U0ADAPARK0> <https://evil.example|click> ![x](y) *b* `c` \"'; DROP\n\u202e"
_NAMES = {
    Kind.INSTANCE: "i-0d41b7e85f6a2{:04x}",
    Kind.DISK: "vol-0c91b7e85f6a2{:04x}",
}


class MovingClock:
    """A clock that goes when it is told to."""

    def __init__(self, at: datetime = NOW) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def go(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


def resource(kind: Kind = Kind.INSTANCE, name: str = "i-1", **parts) -> Resource:
    """A resource of the simulated cloud that runs."""
    is_machine = kind not in (Kind.DISK, Kind.TRAINING)
    plain = Resource(
        address=Address("sim", ACCOUNT, REGION, kind, name),
        state=State.STOPPED if kind is Kind.DISK else State.RUNNING,
        type="p4d.24xlarge" if is_machine else "",
        gpu="A100" if is_machine else "",
        gpus=8 if is_machine else 0,
        launched=NOW - timedelta(days=22),
        capacity=Capacity(2, 1, 4) if kind in (Kind.GROUP, Kind.ENDPOINT) else None,
        is_attached=kind is not Kind.DISK,
        size_gb=400 if kind is Kind.DISK else 0,
    )
    return replace(plain, **parts)


class SimulatedSetup:
    """The simulated cloud for the contract suite."""

    hostile = HOSTILE
    guarded = "owner"
    secrets = ()

    def __init__(self, folder: Path) -> None:
        self.clock = MovingClock()
        self.state = SimulatedState.create(folder / "cloud.sqlite", clock=self.clock, delay=20)
        self.state.add_account(ACCOUNT)
        self.cloud = SimulatedCloud(self.state, guarded=["Owner"])
        self._folder = folder
        self._made = 0

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def make(self, kind: Kind, *, tags: Mapping[str, str]) -> Address:
        self._made += 1
        name = _NAMES.get(kind, "thing-{:04x}").format(self._made)
        one = resource(kind, name, tags=tags)
        self.state.put(one, Pattern(is_measured=False))
        return one.address

    def protect(self, address: Address) -> None:
        held = self.cloud.read(address)
        self.state.put(replace(held, protections=("termination protection",)))

    def measure(self, address: Address, *, gpu: float, since: datetime) -> None:
        self.state.put(self.cloud.read(address), Pattern(gpu=gpu, since=since))

    def wait(self) -> None:
        self.clock.go(15)

    def without(self, credential: Credential) -> SimulatedCloud:
        rest = set(Credential) - {credential}
        return SimulatedCloud(self.state, credentials=rest, guarded=["owner"])

    def unreachable(self) -> SimulatedCloud:
        return SimulatedCloud(SimulatedState(self._folder / "nowhere.sqlite", self.clock))

    def partial(self) -> SimulatedCloud:
        self.state.add_account(OTHER)
        self.state.fail("inventory", Fault.DOWN, under=f"sim/{OTHER}/")
        return self.cloud

    def elsewhere(self, address: Address) -> Address:
        return address._replace(account="999999999999")
