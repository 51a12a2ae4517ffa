"""EC2 instances: listed, read, stopped, started, terminated, tagged; one machine a call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from tools.clouds.aws_errors import AbsentError
from tools.clouds.aws_members import members_of, tags_of
from tools.clouds.aws_places import Place
from tools.clouds.aws_tags import TagStep, listed, tag_steps, write_tags
from tools.clouds.aws_types import DESCRIBE_TYPES, Type, Types
from tools.clouds.cloud import Act, Consequence, Credential, Operation
from tools.clouds.resources import Kind, Resource, State, Verb
from tools.core.errors import RefusedError

DESCRIBE = Operation(
    "ec2.describe_instances", ("ec2:DescribeInstances",), Credential.READ, "list machines"
)
ATTRIBUTE = Operation(
    "ec2.describe_instance_attribute",
    ("ec2:DescribeInstanceAttribute",),
    Credential.READ,
    "read termination and stop protection",
)
GROUPED = Operation(
    "autoscaling.describe_auto_scaling_instances",
    ("autoscaling:DescribeAutoScalingInstances",),
    Credential.READ,
    "know which machines a group manages",
)
STOP = Operation("ec2.stop_instances", ("ec2:StopInstances",), Credential.WRITE, "stop a machine")
START = Operation(
    "ec2.start_instances", ("ec2:StartInstances",), Credential.WRITE, "start a machine again"
)
TERMINATE = Operation(
    "ec2.terminate_instances",
    ("ec2:TerminateInstances",),
    Credential.TERMINATE,
    "terminate a machine",
)
PUT_TAGS = Operation("ec2.create_tags", ("ec2:CreateTags",), Credential.WRITE, "write tags")
DROP_TAGS = Operation("ec2.delete_tags", ("ec2:DeleteTags",), Credential.WRITE, "remove tags")
VERBS: Mapping[Verb, Consequence] = {
    Verb.STOP: Consequence(State.STOPPED, loses="what is in its memory", undo=Verb.START),
    Verb.START: Consequence(State.RUNNING, undo=Verb.STOP),
    Verb.TERMINATE: Consequence(
        State.GONE,
        loses="the machine, its memory, its local disks and the volumes set to go with it",
        is_final=True,
    ),
    Verb.TAG: Consequence(undo=Verb.TAG),
}
_STATES = {
    "pending": State.CHANGING,
    "running": State.RUNNING,
    "shutting-down": State.CHANGING,
    "stopping": State.CHANGING,
    "stopped": State.STOPPED,
    "terminated": State.GONE,
}
_LIVE = ["pending", "running", "shutting-down", "stopping", "stopped"]
_PROTECTIONS = {
    "disableApiTermination": ("DisableApiTermination", "termination protection"),
    "disableApiStop": ("DisableApiStop", "stop protection"),
}
_AGAINST = {Verb.TERMINATE: "termination protection", Verb.STOP: "stop protection"}
_CALLS = {Verb.STOP: STOP, Verb.START: START, Verb.TERMINATE: TERMINATE}
_AT_ONCE = 4


@dataclass(frozen=True)
class Instances:
    """The family of EC2 instances.

    Args:
        types: what machine types are made of.
        guarded: tag keys, in plain form, that only the tags role writes.
    """

    types: Types
    guarded: frozenset[str] = frozenset()
    operations = (
        DESCRIBE,
        ATTRIBUTE,
        GROUPED,
        DESCRIBE_TYPES,
        STOP,
        START,
        TERMINATE,
        PUT_TAGS,
        DROP_TAGS,
    )
    verbs = VERBS

    def listed(self, place: Place) -> list[Resource]:
        """All machines of a place that are not terminated.

        Protection is read for those with GPUs only: it takes two calls a machine, and before
        anything is done `read` asks for it anyway.
        """
        chosen = [{"Name": "instance-state-name", "Values": _LIVE}]
        raw = _instances(place.pages(DESCRIBE, "Reservations", Filters=chosen))
        groups = _groups(place.pages(GROUPED, "AutoScalingInstances"))
        types = self.types.of(place, {one["InstanceType"] for one in raw})
        found = [_resource(place, one, groups, types) for one in raw]
        return _with_protections(place, found)

    def read(self, place: Place, name: str) -> Resource:
        """One machine with its protections."""
        raw = _instances(place.pages(DESCRIBE, "Reservations", InstanceIds=[name]))
        if not raw:
            raise AbsentError(name)
        groups = _groups(place.pages(GROUPED, "AutoScalingInstances", InstanceIds=[name]))
        types = self.types.of(place, [raw[0]["InstanceType"]])
        found = _resource(place, raw[0], groups, types)
        if found.state is State.GONE:
            return found
        return replace(found, protections=_protections(place, name))

    def rehearse(self, place: Place, act: Act) -> bool:
        """DryRun; it says yes of a protected machine, so that is looked at here."""
        name = act.resource.address.name
        if act.verb is Verb.TAG:
            for step in tag_steps(act, place, guarded=self.guarded):
                operation, arguments = tag_call(name, step)
                place.try_out(operation, credential=step.credential, **arguments)
            return True
        self._check(place, act)
        place.try_out(_CALLS[act.verb], InstanceIds=[name])
        return True

    def perform(self, place: Place, act: Act) -> None:
        """One call for one machine; for tags one for each kind of change."""
        name = act.resource.address.name
        if act.verb is Verb.TAG:
            write_ec2_tags(place, act, guarded=self.guarded)
            return
        self._check(place, act)
        place.call(_CALLS[act.verb], InstanceIds=[name])

    def _check(self, place: Place, act: Act) -> None:
        """Look once more: AWS says yes to some things that it then does not do."""
        place.allow(_CALLS[act.verb].credential)
        now = self.read(place, act.resource.address.name)
        if now.state is State.GONE:
            raise AbsentError(now.id)
        guard = _AGAINST.get(act.verb)
        if guard in now.protections:
            raise RefusedError(
                f"{place.text}: {now.address.name} has {guard}; only its owner can lift that at "
                "AWS."
            )


def write_ec2_tags(place: Place, act: Act, *, guarded: frozenset[str]) -> None:
    """Write tags of anything that EC2 keeps."""
    name = act.resource.address.name

    def write(step: TagStep) -> None:
        operation, arguments = tag_call(name, step)
        place.call(operation, credential=step.credential, **arguments)

    write_tags(tag_steps(act, place, guarded=guarded), write)


def tag_call(name: str, step: TagStep) -> tuple[Operation, dict[str, Any]]:
    """The call that a step takes. A removal names the value, so that it removes no newer one."""
    operation = PUT_TAGS if step.put else DROP_TAGS
    return operation, {"Resources": [name], "Tags": listed(step.put or step.drop)}


def _instances(reservations: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for reservation in reservations for one in reservation.get("Instances", [])]


def _groups(raw: Iterable[dict[str, Any]]) -> dict[str, str]:
    return {one["InstanceId"]: one["AutoScalingGroupName"] for one in raw}


def _resource(
    place: Place, raw: dict[str, Any], groups: Mapping[str, str], types: Mapping[str, Type]
) -> Resource:
    name, tags = raw["InstanceId"], tags_of(raw.get("Tags"))
    state = _STATES.get(raw["State"]["Name"], State.UNKNOWN)
    kind = types[raw["InstanceType"]]
    group = f"Auto Scaling group {groups[name]}" if name in groups else ""
    operator = raw.get("Operator", {})
    managed = f"AWS service {operator.get('Principal', '')}" if operator.get("Managed") else ""
    return Resource(
        address=place.address(Kind.INSTANCE, name),
        name=tags.get("Name", ""),
        state=state,
        type=raw["InstanceType"],
        gpu=kind.gpu,
        gpus=kind.gpus,
        launched=raw.get("LaunchTime") if state is State.RUNNING else None,
        last_started=raw.get("LaunchTime") if state is State.STOPPED else None,
        tags=tags,
        members=members_of(tags, group, managed),
        keeps_billing=keeps_billing(raw),
        local_disks=kind.local_disks,
        is_spot=raw.get("InstanceLifecycle") == "spot",
    )


def keeps_billing(raw: Mapping[str, Any]) -> str:
    """Why stopping saves nothing; empty where it does. Its volumes cost in either case."""
    if raw.get("InstanceLifecycle") == "capacity-block":
        return "its capacity block is paid for in advance"
    if raw.get("CapacityReservationId"):
        return f"its capacity reservation {raw['CapacityReservationId']} goes on costing"
    if raw.get("Placement", {}).get("HostId"):
        return f"its dedicated host {raw['Placement']['HostId']} goes on costing"
    return ""


def _with_protections(place: Place, found: list[Resource]) -> list[Resource]:
    asked = [one for one in found if one.gpus]
    names = [one.address.name for one in asked]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        held = dict(zip(names, pool.map(lambda n: _still(place, n), names), strict=True))
    return [replace(one, protections=held.get(one.address.name, ())) for one in found]


def _still(place: Place, name: str) -> tuple[str, ...]:
    try:
        return _protections(place, name)
    except AbsentError:  # it went away since the listing
        return ()


def _protections(place: Place, name: str) -> tuple[str, ...]:
    found = []
    for attribute, (key, said) in _PROTECTIONS.items():
        answer = place.call(ATTRIBUTE, InstanceId=name, Attribute=attribute)
        if answer[key]["Value"]:
            found.append(said)
    return tuple(found)
