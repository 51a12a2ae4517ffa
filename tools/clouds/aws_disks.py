"""EBS volumes that no machine has: what is left lying, and deleted for good."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tools.clouds.aws_errors import AbsentError
from tools.clouds.aws_instances import DROP_TAGS, PUT_TAGS, tag_call, write_ec2_tags
from tools.clouds.aws_members import members_of, tags_of
from tools.clouds.aws_places import Place
from tools.clouds.aws_tags import tag_steps
from tools.clouds.cloud import Act, Consequence, Credential, Operation
from tools.clouds.resources import Kind, Resource, State, Verb
from tools.core.errors import RefusedError

DESCRIBE = Operation(
    "ec2.describe_volumes", ("ec2:DescribeVolumes",), Credential.READ, "list unattached disks"
)
DELETE = Operation(
    "ec2.delete_volume", ("ec2:DeleteVolume",), Credential.TERMINATE, "delete a disk"
)
VERBS: Mapping[Verb, Consequence] = {
    Verb.TERMINATE: Consequence(
        State.GONE,
        loses="the disk and all that is on it; Purser makes no snapshot of it",
        is_final=True,
    ),
    Verb.TAG: Consequence(undo=Verb.TAG),
}
_STATES = {
    "creating": State.CHANGING,
    "available": State.STOPPED,
    "in-use": State.RUNNING,
    "deleting": State.CHANGING,
    "deleted": State.GONE,
}


@dataclass(frozen=True)
class Disks:
    """The family of EBS volumes.

    Args:
        guarded: tag keys, in plain form, that only the tags role writes.
    """

    guarded: frozenset[str] = frozenset()
    operations = (DESCRIBE, DELETE, PUT_TAGS, DROP_TAGS)
    verbs = VERBS

    def listed(self, place: Place) -> list[Resource]:
        """Those that are attached to nothing; the others come and go with their machines."""
        chosen = [{"Name": "status", "Values": ["available"]}]
        return [_resource(place, one) for one in place.pages(DESCRIBE, "Volumes", Filters=chosen)]

    def read(self, place: Place, name: str) -> Resource:
        """One volume, attached or not."""
        found = place.pages(DESCRIBE, "Volumes", VolumeIds=[name])
        if not found:
            raise AbsentError(name)
        return _resource(place, found[0])

    def rehearse(self, place: Place, act: Act) -> bool:
        """DryRun."""
        name = act.resource.address.name
        if act.verb is Verb.TAG:
            for step in tag_steps(act, place, guarded=self.guarded):
                operation, arguments = tag_call(name, step)
                place.try_out(operation, credential=step.credential, **arguments)
            return True
        self._check(place, act)
        place.try_out(DELETE, VolumeId=name)
        return True

    def perform(self, place: Place, act: Act) -> None:
        """One call for one volume."""
        if act.verb is Verb.TAG:
            write_ec2_tags(place, act, guarded=self.guarded)
            return
        self._check(place, act)
        place.call(DELETE, VolumeId=act.resource.address.name)

    def _check(self, place: Place, act: Act) -> None:
        place.allow(Credential.TERMINATE)
        now = self.read(place, act.resource.address.name)
        if now.is_attached:
            raise RefusedError(f"{place.text}: {now.address.name} is attached to a machine.")


def _resource(place: Place, raw: dict[str, Any]) -> Resource:
    tags = tags_of(raw.get("Tags"))
    operator = raw.get("Operator", {})
    managed = f"AWS service {operator.get('Principal', '')}" if operator.get("Managed") else ""
    return Resource(
        address=place.address(Kind.DISK, raw["VolumeId"]),
        name=tags.get("Name", ""),
        state=_STATES.get(raw["State"], State.UNKNOWN),
        type=raw.get("VolumeType", ""),
        tags=tags,
        members=members_of(tags, managed),
        size_gb=raw.get("Size", 0),
        is_attached=bool(raw.get("Attachments")) or raw["State"] == "in-use",
    )
