"""What runs in a cloud, in the same words whichever cloud it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from tools.core.errors import InputError


class Kind(StrEnum):
    """What sort of thing it is."""

    INSTANCE = "instance"
    GROUP = "group"  # an Auto Scaling group, a managed instance group
    NOTEBOOK = "notebook"
    ENDPOINT = "endpoint"
    TRAINING = "training"  # a training job
    DISK = "disk"


class Verb(StrEnum):
    """What can be done to it."""

    STOP = "stop"
    START = "start"
    SCALE = "scale"
    TERMINATE = "terminate"
    TAG = "tag"
    BUDGET = "budget"  # change a budget's amount; no cloud resource
    SCHEDULE = "schedule"  # put it on a timetable, or take it off; changes the ledger only


class State(StrEnum):
    """How it is, as far as money is concerned."""

    RUNNING = "running"
    STOPPED = "stopped"
    CHANGING = "changing"  # on its way from one to another
    GONE = "gone"
    UNKNOWN = "unknown"


class Address(NamedTuple):
    """Where a resource is. Its text is the id by which people, cards and tools name it.

    Args:
        cloud: `aws`, `gcp`, `sim`.
        account: AWS account id, Google project id.
        region: region, or the zone where a cloud places it in one.
        kind: what sort of thing.
        name: the cloud's own id of it within that place.
    """

    cloud: str
    account: str
    region: str
    kind: Kind
    name: str

    @property
    def text(self) -> str:
        """`aws/540987654324/us-east-2/instance/i-0d41b7e85f6a20c93`."""
        return "/".join(self)

    @classmethod
    def parse(cls, text: str) -> Address:
        """The address a text names.

        Raises:
            InputError: it is none.
        """
        parts = text.split("/", 4)
        if len(parts) != 5 or not all(parts) or parts[3] not in set(Kind):
            raise InputError(
                "That is no id of a resource; take one from /gpu, such as "
                "aws/111122223333/us-east-1/instance/i-0abc."
            )
        return cls(parts[0], parts[1], parts[2], Kind(parts[3]), parts[4])


class Capacity(NamedTuple):
    """How many machines a group or an endpoint has, and may have."""

    desired: int
    minimum: int
    maximum: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One resource as the cloud describes it at one moment.

    Args:
        address: where it is.
        name: what people call it; empty where it has no name.
        state: how it is.
        type: the machine type; empty where it has none.
        gpu: the GPU's kind (`A100`); empty without one.
        gpus: how many of them, of one machine.
        launched: since when it runs; None where the cloud does not say.
        last_started: of one that is stopped, when it was started last; None as above.
        created: when it was made, where another one may get its id; None where none can.
        tags: tags or labels, as they are written there.
        capacity: of a group or endpoint.
        protections: what the cloud itself guards: `termination protection`.
        members: what it belongs to and is managed by: `Auto Scaling group train-a`.
        keeps_billing: why it goes on costing when it is stopped; empty where it does not.
        local_disks: whether it holds data that is lost when it stops.
        size_gb: of a disk.
        is_attached: whether a disk is attached to a machine.
        is_spot: whether the cloud may take it back.
        version: the cloud's own mark of a state (etag, fingerprint), sent back with a change.
    """

    address: Address
    name: str = ""
    state: State = State.UNKNOWN
    type: str = ""
    gpu: str = ""
    gpus: int = 0
    launched: datetime | None = None
    last_started: datetime | None = None
    created: datetime | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    capacity: Capacity | None = None
    protections: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    keeps_billing: str = ""
    local_disks: bool = False
    size_gb: int = 0
    is_attached: bool = True
    is_spot: bool = False
    version: str = ""

    @property
    def id(self) -> str:
        """The text of its address."""
        return self.address.text


class Sample(NamedTuple):
    """A measured value at a time."""

    at: datetime
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """How much a resource was used over a window. What was not measured is empty, never zero.

    Args:
        gpu: the busiest of its GPUs at each time, in percent.
        gpu_memory: the fullest of its GPUs at each time, in percent.
        cpu: in percent of all cores.
        network: bytes per second, in and out together.
        requests: of an endpoint, per sample.
        expected: how many samples a whole window would have.
        source: who measured: `CloudWatch agent`, `DCGM`, `Cloud Monitoring`.
        missing: why there is no GPU metric, and the step that would fix it; empty where there is.
    """

    gpu: tuple[Sample, ...] = ()
    gpu_memory: tuple[Sample, ...] = ()
    cpu: tuple[Sample, ...] = ()
    network: tuple[Sample, ...] = ()
    requests: tuple[Sample, ...] = ()
    expected: int = 0
    source: str = ""
    missing: str = ""

    @property
    def coverage(self) -> float:
        """The share of the window that was measured, 0 to 1."""
        held = max(len(self.gpu), len(self.requests))
        return min(1.0, held / self.expected) if self.expected else 0.0


@dataclass(frozen=True, slots=True)
class Inventory:
    """What runs, as far as it could be listed.

    Args:
        resources: in no order that matters.
        troubles: one sentence for each account or region that could not be listed; what is
            there is unknown, and said to be.
    """

    resources: tuple[Resource, ...] = ()
    troubles: tuple[str, ...] = ()
