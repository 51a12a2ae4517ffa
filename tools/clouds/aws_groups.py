"""Auto Scaling groups: read and scaled; which machines go is AWS's choice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tools.clouds.aws_errors import AbsentError
from tools.clouds.aws_members import members_of, tags_of
from tools.clouds.aws_places import Place
from tools.clouds.aws_tags import TagStep, tag_steps, write_tags
from tools.clouds.aws_types import DESCRIBE_TYPES, Type, Types
from tools.clouds.cloud import Act, Consequence, Credential, Operation
from tools.clouds.resources import Capacity, Kind, Resource, State, Verb
from tools.core.errors import RefusedError

DESCRIBE = Operation(
    "autoscaling.describe_auto_scaling_groups",
    ("autoscaling:DescribeAutoScalingGroups",),
    Credential.READ,
    "list groups of machines",
)
TEMPLATE = Operation(
    "ec2.describe_launch_template_versions",
    ("ec2:DescribeLaunchTemplateVersions",),
    Credential.READ,
    "know what an empty group would launch",
)
SCALE = Operation(
    "autoscaling.set_desired_capacity",
    ("autoscaling:SetDesiredCapacity",),
    Credential.WRITE,
    "change how many machines a group has",
)
PUT_TAGS = Operation(
    "autoscaling.create_or_update_tags",
    ("autoscaling:CreateOrUpdateTags",),
    Credential.WRITE,
    "write a group's tags",
)
DROP_TAGS = Operation(
    "autoscaling.delete_tags",
    ("autoscaling:DeleteTags",),
    Credential.WRITE,
    "remove a group's tags",
)
VERBS: Mapping[Verb, Consequence] = {
    Verb.SCALE: Consequence(
        loses="the machines that go, with what is on their local disks", undo=Verb.SCALE
    ),
    Verb.TAG: Consequence(undo=Verb.TAG),
}
_SUSPENDED = {"Launch", "Terminate"}
_GONE = "the group is being deleted"


@dataclass(frozen=True)
class Groups:
    """The family of Auto Scaling groups.

    Args:
        types: what machine types are made of.
        guarded: tag keys, in plain form, that only the tags role writes.
    """

    types: Types
    guarded: frozenset[str] = frozenset()
    operations = (DESCRIBE, TEMPLATE, DESCRIBE_TYPES, SCALE, PUT_TAGS, DROP_TAGS)
    verbs = VERBS

    def listed(self, place: Place) -> list[Resource]:
        """All groups of a place."""
        return self._resources(place, place.pages(DESCRIBE, "AutoScalingGroups"))

    def read(self, place: Place, name: str) -> Resource:
        """One group."""
        return self._resources(place, [_found(place, name)])[0]

    def rehearse(self, place: Place, act: Act) -> bool:
        """AWS cannot be asked; what can be seen beforehand is refused here."""
        if act.verb is Verb.TAG:
            tag_steps(act, place, guarded=self.guarded)
        else:
            _checked(place, act)
        return False

    def perform(self, place: Place, act: Act) -> None:
        """Change capacity, or tags; one group."""
        name = act.resource.address.name
        if act.verb is Verb.TAG:
            self._write_tags(place, act)
            return
        wanted = _checked(place, act)
        # Not UpdateAutoScalingGroup: its right would also change what the group launches.
        place.call(
            SCALE, AutoScalingGroupName=name, DesiredCapacity=wanted.desired, HonorCooldown=False
        )

    def _write_tags(self, place: Place, act: Act) -> None:
        name = act.resource.address.name
        steps = tag_steps(act, place, guarded=self.guarded)
        raw = _found(place, name)
        # Whether the group's machines get a tag, too, stays as it was; new ones do not.
        passed_on = {t["Key"]: bool(t.get("PropagateAtLaunch")) for t in raw.get("Tags", [])}

        def write(step: TagStep) -> None:
            tags = [
                {
                    "ResourceId": name,
                    "ResourceType": "auto-scaling-group",
                    "Key": key,
                    "Value": value,
                    "PropagateAtLaunch": passed_on.get(key, False),
                }
                for key, value in (step.put or step.drop).items()
            ]
            operation = PUT_TAGS if step.put else DROP_TAGS
            place.call(operation, credential=step.credential, Tags=tags)

        write_tags(steps, write)

    def _resources(self, place: Place, raw: list[dict[str, Any]]) -> list[Resource]:
        named = [_type_name(place, one) for one in raw]
        types = self.types.of(place, named)
        pairs = zip(raw, named, strict=True)
        return [_resource(place, one, name, types.get(name)) for one, name in pairs]


def _found(place: Place, name: str) -> dict[str, Any]:
    listed = place.pages(DESCRIBE, "AutoScalingGroups", AutoScalingGroupNames=[name])
    if not listed:
        raise AbsentError(name)
    found: dict[str, Any] = listed[0]
    return found


def _checked(place: Place, act: Act) -> Capacity:
    """The capacity that is wanted, if the group would come to it."""
    place.allow(Credential.WRITE)
    raw = _found(place, act.resource.address.name)
    name, least, most = raw["AutoScalingGroupName"], raw["MinSize"], raw["MaxSize"]
    wanted = act.capacity
    if wanted is None or not least <= wanted.desired <= most:
        raise RefusedError(f"{place.text}: {name} can have {least} to {most} machines.")
    if (wanted.minimum, wanted.maximum) != (least, most):
        raise RefusedError(
            f"{place.text}: {name} can have {least} to {most} machines; Purser changes only how "
            "many there are."
        )
    if raw.get("Status"):
        raise RefusedError(f"{place.text}: {_GONE}; there is nothing to scale.")
    suspended = {one["ProcessName"] for one in raw.get("SuspendedProcesses", [])} & _SUSPENDED
    if suspended:
        raise RefusedError(
            f"{place.text}: {name} has {' and '.join(sorted(suspended))} suspended, so scaling "
            "would do nothing; its owner can resume it at AWS."
        )
    return wanted


def _resource(place: Place, raw: dict[str, Any], type_name: str, kind: Type | None) -> Resource:
    tags = tags_of(raw.get("Tags"))
    desired = raw["DesiredCapacity"]
    machines = raw.get("Instances", [])
    kept = sum(bool(one.get("ProtectedFromScaleIn")) for one in machines)
    return Resource(
        address=place.address(Kind.GROUP, raw["AutoScalingGroupName"]),
        name=raw["AutoScalingGroupName"],
        state=state_of(raw),
        type=type_name,
        gpu=kind.gpu if kind else "",
        gpus=kind.gpus if kind else 0,
        launched=raw.get("CreatedTime"),
        tags=tags,
        capacity=Capacity(desired, raw["MinSize"], raw["MaxSize"]),
        protections=(f"scale-in protection of {kept} of its machines",) if kept else (),
        members=members_of(tags),
        local_disks=kind.local_disks if kind else True,
        version=str(raw.get("AutoScalingGroupARN", "")),
    )


def state_of(raw: Mapping[str, Any]) -> State:
    """Running even where AWS has fewer machines than are wanted: that may last for days."""
    desired, machines = raw["DesiredCapacity"], raw.get("Instances", [])
    if raw.get("Status") or bool(desired) is not bool(machines):
        return State.CHANGING
    return State.RUNNING if desired else State.STOPPED


def _type_name(place: Place, raw: Mapping[str, Any]) -> str:
    """The machine type of all its machines; empty where there are several, or none is known."""
    named = types_in(raw)
    if named:
        return named.pop() if len(named) == 1 else ""
    mixed = raw.get("MixedInstancesPolicy", {}).get("LaunchTemplate", {})
    chosen = raw.get("LaunchTemplate") or mixed.get("LaunchTemplateSpecification")
    return _template_type(place, chosen) if chosen else ""


def types_in(raw: Mapping[str, Any]) -> set[str]:
    """The machine types it runs, else those it may run; none where its template says which."""
    running = {one["InstanceType"] for one in raw.get("Instances", []) if "InstanceType" in one}
    mixed = raw.get("MixedInstancesPolicy", {}).get("LaunchTemplate", {})
    return running or {str(one.get("InstanceType", "")) for one in mixed.get("Overrides", [])}


def _template_type(place: Place, chosen: Mapping[str, str]) -> str:
    by_id = "LaunchTemplateId" in chosen
    which = "LaunchTemplateId" if by_id else "LaunchTemplateName"
    version = chosen.get("Version") or "$Default"
    asked: dict[str, Any] = {which: chosen[which], "Versions": [version]}
    try:
        found = place.call(TEMPLATE, **asked)
    except (AbsentError, RefusedError):  # what it would launch is only shown, and may be unknown
        return ""
    versions = found.get("LaunchTemplateVersions", [])
    data = versions[0].get("LaunchTemplateData", {}) if versions else {}
    return str(data.get("InstanceType", ""))
