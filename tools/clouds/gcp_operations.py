"""Every call Purser makes to Google Cloud, and what its verbs do there.

A call that is not declared here cannot be made: `Access` looks it up, and takes the credential
from it. `deploy/gcp-*-role.yaml` is generated from the same declarations.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from tools.clouds.cloud import Consequence, Credential, Operation
from tools.clouds.resources import Kind, State, Verb


def _read(call: str, permission: str, why: str) -> Operation:
    return Operation(call, (permission,), Credential.READ, why)


_READ = (
    _read("instances.aggregated_list", "compute.instances.list", "list machines"),
    _read("instances.get", "compute.instances.get", "read a machine before and after acting"),
    _read("disks.aggregated_list", "compute.disks.list", "list disks"),
    _read("disks.get", "compute.disks.get", "read a disk before and after acting"),
    _read("region_disks.get", "compute.disks.get", "the same for a regional disk"),
    _read(
        "instance_group_managers.aggregated_list",
        "compute.instanceGroupManagers.list",
        "list managed instance groups",
    ),
    _read(
        "instance_group_managers.get",
        "compute.instanceGroupManagers.get",
        "read a group before and after acting",
    ),
    _read(
        "region_instance_group_managers.get",
        "compute.instanceGroupManagers.get",
        "the same for a regional group",
    ),
    _read("autoscalers.aggregated_list", "compute.autoscalers.list", "know the groups that scale"),
    _read("autoscalers.get", "compute.autoscalers.get", "know whether a group scales by itself"),
    _read("region_autoscalers.get", "compute.autoscalers.get", "the same for a regional group"),
    _read(
        "instance_templates.aggregated_list",
        "compute.instanceTemplates.list",
        "know labels and GPUs of the machines of groups",
    ),
    _read(
        "instance_templates.get",
        "compute.instanceTemplates.get",
        "know labels and GPUs of the machines of a group",
    ),
    _read(
        "region_instance_templates.get",
        "compute.instanceTemplates.get",
        "the same for a regional template",
    ),
    _read("zone_operations.get", "compute.zoneOperations.get", "see whether an act failed"),
    _read("region_operations.get", "compute.regionOperations.get", "the same for regional acts"),
    _read("metrics.list_time_series", "monitoring.timeSeries.list", "measure use"),
)
_WRITE = (
    Operation(
        "instances.stop", ("compute.instances.stop",), Credential.WRITE, "stop a machine, approved"
    ),
    Operation(
        "instances.start",
        ("compute.instances.start",),
        Credential.WRITE,
        "start a machine, approved",
    ),
    Operation(
        "instance_group_managers.resize",
        ("compute.instanceGroupManagers.update",),
        Credential.WRITE,
        "resize a group, approved",
    ),
    Operation(
        "region_instance_group_managers.resize",
        ("compute.instanceGroupManagers.update",),
        Credential.WRITE,
        "the same for a regional group",
    ),
)
_TERMINATE = (
    Operation(
        "instances.delete",
        ("compute.instances.delete",),
        Credential.TERMINATE,
        "delete a machine, approved",
    ),
    Operation(
        "disks.delete", ("compute.disks.delete",), Credential.TERMINATE, "delete a disk, approved"
    ),
    Operation(
        "region_disks.delete",
        ("compute.disks.delete",),
        Credential.TERMINATE,
        "the same for a regional disk",
    ),
)
# Google has one right for all labels of a machine: it cannot keep some from the write role, so
# that role has none of it.
_LABELS = (
    Operation(
        "instances.set_labels",
        ("compute.instances.setLabels",),
        Credential.GUARDED_TAGS,
        "change labels of a machine, approved",
    ),
    Operation(
        "disks.set_labels",
        ("compute.disks.setLabels",),
        Credential.GUARDED_TAGS,
        "change labels of a disk, approved",
    ),
    Operation(
        "region_disks.set_labels",
        ("compute.disks.setLabels",),
        Credential.GUARDED_TAGS,
        "the same for a regional disk",
    ),
)
OPERATIONS = (*_READ, *_WRITE, *_TERMINATE, *_LABELS)

_TAG = Consequence(undo=Verb.TAG)
VERBS: Mapping[Kind, Mapping[Verb, Consequence]] = MappingProxyType(
    {
        Kind.INSTANCE: {
            Verb.STOP: Consequence(
                end=State.STOPPED,
                loses="memory, data on local SSDs, and an address that is not reserved",
                undo=Verb.START,
            ),
            Verb.START: Consequence(end=State.RUNNING, undo=Verb.STOP),
            Verb.TERMINATE: Consequence(
                end=State.GONE,
                loses="the machine, its boot disk, and every disk that is set to go with it",
                is_final=True,
            ),
            Verb.TAG: _TAG,
        },
        Kind.GROUP: {
            Verb.SCALE: Consequence(
                loses="when it shrinks: what is on the machines that Google Cloud picks to go",
                undo=Verb.SCALE,
            ),
        },
        Kind.DISK: {
            Verb.TERMINATE: Consequence(
                end=State.GONE, loses="all data on the disk", is_final=True
            ),
            Verb.TAG: _TAG,
        },
    }
)
