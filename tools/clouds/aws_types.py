"""What an EC2 machine type is made of: asked once of AWS for each region."""

from __future__ import annotations

from collections.abc import Iterable
from threading import Lock
from typing import Any, NamedTuple

from tools.clouds.aws_places import Place
from tools.clouds.cloud import Credential, Operation
from tools.prices.gpus import gpus_of

DESCRIBE_TYPES = Operation(
    "ec2.describe_instance_types",
    ("ec2:DescribeInstanceTypes",),
    Credential.READ,
    "know GPUs and local disks of machine types",
)
_AT_ONCE = 100
# For machine types that EC2 does not describe in the region; SageMaker has some of those.
_FAMILIES = {
    "p3": "V100",
    "p3dn": "V100",
    "p4d": "A100",
    "p4de": "A100",
    "p5": "H100",
    "p5e": "H200",
    "p5en": "H200",
    "p6-b200": "B200",
    "p6-b300": "B300",
    "g4dn": "T4",
    "g5": "A10G",
    "g6": "L4",
    "g6e": "L40S",
}


class Type(NamedTuple):
    """A machine type.

    Args:
        gpu: kind of its GPUs; empty without one.
        gpus: how many.
        local_disks: whether it has instance store; assumed where AWS does not say.
        cores: how many vCPUs; 1 where AWS does not say.
    """

    gpu: str = ""
    gpus: int = 0
    local_disks: bool = True
    cores: int = 1


class Types:
    """Machine types as AWS describes them; they do not change, so each is asked for once."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Type] = {}
        self._lock = Lock()

    def of(self, place: Place, names: Iterable[str]) -> dict[str, Type]:
        """The types of these names, `ml.` before them or not."""
        wanted = {name for name in names if name}
        plain = sorted({name.removeprefix("ml.") for name in wanted})
        with self._lock:
            missing = [name for name in plain if (place.region, name) not in self._known]
        for start in range(0, len(missing), _AT_ONCE):
            self._ask(place, missing[start : start + _AT_ONCE])
        with self._lock:
            return {n: self._known[place.region, n.removeprefix("ml.")] for n in wanted}

    def cores(self, place: Place, name: str) -> int:
        """How many vCPUs a type has; 1 where nobody knows."""
        return self.of(place, [name])[name].cores if name else 1

    def _ask(self, place: Place, names: list[str]) -> None:
        # A filter, and not InstanceTypes: one unknown name there fails the whole call.
        chosen = [{"Name": "instance-type", "Values": names}]
        found = place.pages(DESCRIBE_TYPES, "InstanceTypes", Filters=chosen)
        types = {raw["InstanceType"]: _type(raw) for raw in found}
        with self._lock:
            for name in names:
                self._known[place.region, name] = types.get(name) or _guessed(name)


def _type(raw: dict[str, Any]) -> Type:
    gpus = raw.get("GpuInfo", {}).get("Gpus", [])
    return Type(
        gpu=gpus[0].get("Name", "") if gpus else "",
        gpus=sum(gpu.get("Count", 0) for gpu in gpus),
        local_disks=bool(raw.get("InstanceStorageSupported", True)),
        cores=raw.get("VCpuInfo", {}).get("DefaultVCpus", 1),
    )


def _guessed(name: str) -> Type:
    gpus = gpus_of(name) or 0
    return Type(gpu=_FAMILIES.get(name.partition(".")[0], "GPU") if gpus else "", gpus=gpus)
