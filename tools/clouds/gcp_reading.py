"""What Google Cloud answers, in the words of `Resource`. Nothing here makes a call."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from tools.clouds.resources import Address, Capacity, Kind, Resource, State
from tools.prices.gpus import gpus_of

_STATES: Mapping[str, State] = {
    "RUNNING": State.RUNNING,
    "TERMINATED": State.STOPPED,
    "STOPPED": State.STOPPED,
    "SUSPENDED": State.STOPPED,
    "PENDING": State.CHANGING,
    "PENDING_STOP": State.CHANGING,
    "PROVISIONING": State.CHANGING,
    "STAGING": State.CHANGING,
    "STOPPING": State.CHANGING,
    "SUSPENDING": State.CHANGING,
    "REPAIRING": State.CHANGING,
    "DEPROVISIONING": State.CHANGING,
}
_DISK_STATES: Mapping[str, State] = {
    "READY": State.RUNNING,  # it costs, attached or not
    "CREATING": State.CHANGING,
    "RESTORING": State.CHANGING,
    "DELETING": State.CHANGING,
}
# Of labels that Google's services put on what they manage: how each is called, its name in it.
_MANAGERS: Mapping[str, str] = {
    "goog-k8s-cluster-name": "GKE cluster",
    "goog-gke-node": "GKE",
    "goog-gke-node-pool-provisioning-model": "GKE",
    "goog-gke-volume": "GKE",
    "goog-dataproc-cluster-name": "Dataproc cluster",
    "goog-dataflow-job-name": "Dataflow job",
    "dataflow_job_name": "Dataflow job",
    "dataflow_job_id": "Dataflow job",
    "goog-composer-environment": "Composer environment",
    "goog-batch-job-uid": "Batch job",
    "batch-job-id": "Batch job",
    "ghpc_deployment": "Cluster Toolkit deployment",
}
_HARMLESS = ("goog-terraform-provisioned", "goog-ops-agent-policy", "goog-ec-src")
_FAMILIES = (
    ("a2-", "A100"),
    ("a3-ultragpu-", "H200"),
    ("a3-", "H100"),
    ("a4x-", "GB200"),
    ("a4-", "B200"),
    ("g2-", "L4"),
    ("g4-", "RTX PRO 6000"),
)
_ACCELERATOR = re.compile(r"nvidia-(?:tesla-)?(rtx-pro-6000|[a-z]+\d+[a-z]*)(?:-.*)?\Z")
_ZONAL_MAXIMUM, _REGIONAL_MAXIMUM = 1000, 2000  # machines Google lets one group have


def last(url: str) -> str:
    """The name at the end of a resource's URL."""
    return url.rsplit("/", 1)[-1]


def moment(text: str) -> datetime | None:
    """A time as Google writes it (`2026-11-20T03:00:00.000-08:00`), in UTC."""
    try:
        return datetime.fromisoformat(text).astimezone(UTC) if text else None
    except ValueError:
        return None


def mark(raw: Any, fingerprint: str) -> str:  # noqa: ANN401  classes made at run time
    """A resource's version: its number, which a namesake made later does not have, and state."""
    return f"{raw.id}:{fingerprint}"


def marked(version: str) -> tuple[str, str]:
    """Number and fingerprint out of a version."""
    number, _, fingerprint = version.partition(":")
    return number, fingerprint


def gpus(type_name: str, accelerators: Iterable[Any]) -> tuple[str, int]:
    """Kind and number of a machine's GPUs, by what is attached, else by its type."""
    attached = [(last(one.accelerator_type), int(one.accelerator_count)) for one in accelerators]
    attached = [(kind, count) for kind, count in attached if count and "nvidia" in kind]
    if attached:
        return _accelerator(attached[0][0]), sum(count for _, count in attached)
    count = gpus_of(type_name) or 0
    family = next((gpu for start, gpu in _FAMILIES if type_name.startswith(start)), "GPU")
    return (family, count) if count else ("", 0)


def instance(project: str, raw: Any) -> Resource:  # noqa: ANN401
    """A Compute Engine machine."""
    type_name, labels = last(raw.machine_type), dict(raw.labels)
    gpu, count = gpus(type_name, raw.guest_accelerators)
    state = _STATES.get(raw.status, State.UNKNOWN)
    started = moment(raw.last_start_timestamp) or moment(raw.creation_timestamp)
    return Resource(
        address=Address("gcp", project, last(raw.zone), Kind.INSTANCE, raw.name),
        name=raw.name,
        state=state,
        type=type_name,
        gpu=gpu,
        gpus=count,
        launched=None if state is State.STOPPED else started,
        last_started=started if state is State.STOPPED else None,
        created=moment(raw.creation_timestamp),
        tags=labels,
        protections=("deletion protection",) if raw.deletion_protection else (),
        members=(*_creator(raw), *managers(labels)),
        keeps_billing=_keeps_billing(raw),
        local_disks=any(disk.type_ == "SCRATCH" for disk in raw.disks),
        is_spot=raw.scheduling.preemptible or raw.scheduling.provisioning_model == "SPOT",
        version=mark(raw, raw.label_fingerprint),
    )


def disk(project: str, raw: Any) -> Resource:  # noqa: ANN401
    """A persistent disk, of a zone or a region; its start is when it was last let go."""
    labels, is_attached = dict(raw.labels), bool(raw.users)
    let_go = None if is_attached else moment(raw.last_detach_timestamp)
    return Resource(
        address=Address("gcp", project, last(raw.zone or raw.region), Kind.DISK, raw.name),
        name=raw.name,
        state=_DISK_STATES.get(raw.status, State.UNKNOWN),
        type=last(raw.type_),
        launched=let_go or moment(raw.creation_timestamp),
        tags=labels,
        members=managers(labels),
        size_gb=int(raw.size_gb),
        is_attached=is_attached,
        version=mark(raw, raw.label_fingerprint),
    )


def group(project: str, raw: Any, autoscaler: Any, templates: list[Any]) -> Resource:  # noqa: ANN401
    """A managed instance group, of a zone or a region.

    Args:
        project: its project.
        raw: the group.
        autoscaler: of the group; None where it has none, or none that could be read.
        templates: of the machines it makes; what they do not agree on is not known.
    """
    labels = _agreed([dict(one.properties.labels) for one in templates])
    labels |= dict(raw.all_instances_config.properties.labels)
    kinds = {_machine(one) for one in templates}
    type_name, gpu, count = kinds.pop() if len(kinds) == 1 else ("", "", 0)
    size = int(raw.target_size)
    settled = State.RUNNING if size else State.STOPPED
    return Resource(
        address=Address("gcp", project, last(raw.zone or raw.region), Kind.GROUP, raw.name),
        name=raw.name,
        state=settled if raw.status.is_stable else State.CHANGING,
        type=type_name,
        gpu=gpu,
        gpus=count,
        launched=moment(raw.creation_timestamp),
        tags=labels,
        capacity=_capacity(raw, autoscaler),
        protections=("autoscaling is on",) if _scales_itself(raw, autoscaler) else (),
        members=managers(labels),
        local_disks=any(d.type_ == "SCRATCH" for one in templates for d in one.properties.disks),
        is_spot=any(_is_spot(one) for one in templates),
        version=mark(raw, raw.fingerprint),
    )


def managers(labels: Mapping[str, str]) -> tuple[str, ...]:
    """What manages a thing with these labels: `GKE cluster train`."""
    named = [
        f"{called} {labels[key]}" if called not in ("GKE", "") else called
        for key, called in _MANAGERS.items()
        if key in labels
    ]
    clusters = [name for name in named if name != "GKE"] or named
    unknown = [
        f"a Google service ({key})"
        for key in sorted(labels)
        if key.startswith("goog-") and key not in _MANAGERS and key not in _HARMLESS
    ]
    return tuple(dict.fromkeys(clusters)) or tuple(unknown)


def template_urls(raw: Any) -> list[str]:  # noqa: ANN401
    """The templates of which a group makes its machines."""
    urls = [version.instance_template for version in raw.versions] or [raw.instance_template]
    return [url for url in dict.fromkeys(urls) if url]


def _creator(raw: Any) -> tuple[str, ...]:  # noqa: ANN401
    made_by = next((i.value for i in raw.metadata.items if i.key == "created-by"), "")
    is_group = "/instanceGroupManagers/" in made_by
    return (f"managed instance group {last(made_by)}",) if is_group else ()


def _keeps_billing(raw: Any) -> str:  # noqa: ANN401
    if raw.status == "SUSPENDED":
        return "it is suspended: its memory goes on costing"
    used = raw.resource_status.reservation_consumption_info.consumed_reservation
    if used:
        return f"reservation {last(used)} is paid whether it runs or not"
    if raw.reservation_affinity.consume_reservation_type == "SPECIFIC_RESERVATION":
        return "its reservation is paid whether it runs or not"
    return ""


def _accelerator(kind: str) -> str:
    match = _ACCELERATOR.match(kind)
    return match[1].upper().replace("-", " ") if match else kind


def _agreed(labels: list[dict[str, str]]) -> dict[str, str]:
    if not labels:
        return {}
    first, *others = labels
    return {k: v for k, v in first.items() if all(one.get(k) == v for one in others)}


def _machine(template: Any) -> tuple[str, str, int]:  # noqa: ANN401
    type_name = last(template.properties.machine_type)
    return (type_name, *gpus(type_name, template.properties.guest_accelerators))


def _is_spot(template: Any) -> bool:  # noqa: ANN401
    how = template.properties.scheduling
    return bool(how.preemptible or how.provisioning_model == "SPOT")


def _scales_itself(raw: Any, autoscaler: Any) -> bool:  # noqa: ANN401
    if autoscaler is None:
        return bool(raw.status.autoscaler)  # one that could not be read may well be on
    return bool(autoscaler.autoscaling_policy.mode != "OFF")


def _capacity(raw: Any, autoscaler: Any) -> Capacity | None:  # noqa: ANN401
    size = int(raw.target_size)
    if autoscaler is not None:
        policy = autoscaler.autoscaling_policy
        return Capacity(size, int(policy.min_num_replicas), int(policy.max_num_replicas))
    if raw.status.autoscaler:
        return None
    return Capacity(size, 0, _REGIONAL_MAXIMUM if raw.region else _ZONAL_MAXIMUM)
