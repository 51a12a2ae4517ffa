"""How much Google Cloud's machines are used, by Cloud Monitoring. Nothing measured is no zero."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from tools.clouds.gcp_access import Access, calls
from tools.clouds.gcp_errors import AbsentError, told
from tools.clouds.gcp_operations import OPERATIONS
from tools.clouds.gcp_reading import marked
from tools.clouds.resources import Kind, Resource, Sample, Use
from tools.clouds.settings import GcpProject
from tools.core.errors import PurserError, RefusedError

_OPERATION = calls(OPERATIONS)["metrics.list_time_series"]
_SOURCE = "Cloud Monitoring"
_AT_ONCE = 50  # machines asked about in one call
_FINE, _COARSE = 60, 300  # seconds between samples
_FINE_UP_TO = timedelta(hours=24)

Points = Mapping[datetime, float]
Series = dict[str, dict[tuple[str, ...], Points]]  # by machine number, by labels


class _Metric(NamedTuple):
    """A metric of Cloud Monitoring, and how its samples are brought together.

    Args:
        type: its name.
        aligner: how the samples of one stretch become one.
        reducer: how series become one.
        labels: of the metric, by which series stay apart.
    """

    type: str
    aligner: str
    reducer: str
    labels: tuple[str, ...] = ()


_GPU = _Metric("agent.googleapis.com/gpu/utilization", "ALIGN_MAX", "REDUCE_MAX", ("uuid",))
_MEMORY = _Metric(
    "agent.googleapis.com/gpu/memory/bytes_used",
    "ALIGN_MAX",
    "REDUCE_MAX",
    ("uuid", "memory_state"),
)
_CPU = _Metric("compute.googleapis.com/instance/cpu/utilization", "ALIGN_MEAN", "REDUCE_MEAN")
_RECEIVED = _Metric(
    "compute.googleapis.com/instance/network/received_bytes_count", "ALIGN_RATE", "REDUCE_SUM"
)
_SENT = _Metric(
    "compute.googleapis.com/instance/network/sent_bytes_count", "ALIGN_RATE", "REDUCE_SUM"
)
_ALL = (_GPU, _MEMORY, _CPU, _RECEIVED, _SENT)


@dataclass(frozen=True)
class _Window:
    """What is asked for: half-open, in whole steps that end at `until`."""

    since: datetime
    until: datetime

    @property
    def step(self) -> int:
        return _FINE if self.until - self.since <= _FINE_UP_TO else _COARSE

    @property
    def expected(self) -> int:
        return max(0, int((self.until - self.since).total_seconds()) // self.step)


def measured(
    access: Access,
    project: GcpProject,
    resources: Sequence[Resource],
    *,
    since: datetime,
    until: datetime,
) -> dict[str, Use]:
    """By resource id, how much each was used in `[since, until)`; all are in the answer."""
    window = _Window(since, until)
    found = {one.id: Use(missing=_unasked(one)) for one in resources}
    machines = {marked(one.version)[0]: one for one in resources if not found[one.id].missing}
    for start in range(0, len(machines), _AT_ONCE):
        numbers = list(machines)[start : start + _AT_ONCE]
        try:
            held = _held(access, project, numbers, window)
        except PurserError as error:
            found |= {machines[n].id: Use(missing=error.sentence) for n in numbers}
        else:
            found |= {machines[n].id: _use(machines[n], n, held, window) for n in numbers}
    return found


def _unasked(resource: Resource) -> str:
    """Why a resource cannot be asked about; empty where it can be."""
    if resource.address.kind is Kind.GROUP:
        return "A group is not measured as a whole; look at its machines."
    if resource.address.kind is not Kind.INSTANCE:
        return f"Google Cloud measures no use of a {resource.address.kind}."
    if not marked(resource.version)[0].isdigit():
        return "Its number in Google Cloud is not known; read it again."
    return ""


def _held(
    access: Access, project: GcpProject, numbers: list[str], window: _Window
) -> dict[str, Series]:
    if project.endpoint_url and not project.metrics_url:
        raise RefusedError(f"Google project {project.id} has no metrics_url; set it.")
    return {
        metric.type: _asked(access, project, metric, numbers=numbers, window=window)
        for metric in _ALL
    }


def _asked(
    access: Access,
    project: GcpProject,
    metric: _Metric,
    *,
    numbers: list[str],
    window: _Window,
) -> Series:
    chosen = ", ".join(f'"{number}"' for number in numbers)
    request = {
        "name": f"projects/{project.id}",
        "filter": (
            f'metric.type = "{metric.type}" AND resource.type = "gce_instance" AND '
            f"resource.labels.instance_id = one_of({chosen})"
        ),
        "interval": {"start_time": window.since, "end_time": window.until},
        "aggregation": {
            "alignment_period": timedelta(seconds=window.step),
            "per_series_aligner": metric.aligner,
            "cross_series_reducer": metric.reducer,
            "group_by_fields": [
                "resource.label.instance_id",
                *(f"metric.label.{label}" for label in metric.labels),
            ],
        },
        "view": "FULL",
    }
    try:
        pages = access.call(project, _OPERATION, request)
    except AbsentError:  # nobody has ever sent this metric to the project
        return {}
    with told(_OPERATION, _OPERATION.credential, where=f"Google project {project.id}"):
        return _series(pages, metric, window)


def _series(pages: Iterable[Any], metric: _Metric, window: _Window) -> Series:
    found: Series = defaultdict(dict)
    for page in pages:
        for one in page.time_series:
            number = one.resource.labels["instance_id"]
            labels = tuple(one.metric.labels[label] for label in metric.labels)
            held = {**found[number].get(labels, {}), **_points(one, window)}
            found[number][labels] = held
    return dict(found)


def _points(one: Any, window: _Window) -> Points:  # noqa: ANN401
    """Samples by the start of the stretch that each stands for."""
    step = timedelta(seconds=window.step)
    points: dict[datetime, float] = {}
    for point in one.points:
        end = datetime.fromtimestamp(point.interval.end_time.timestamp(), UTC)
        value = _value(point.value)
        if value is not None and window.since <= end - step < window.until:
            points[end - step] = value
    return points


def _value(value: Any) -> float | None:  # noqa: ANN401
    kind = value._pb.WhichOneof("value")
    if kind not in ("double_value", "int64_value"):
        return None
    number = float(getattr(value, kind))
    return number if math.isfinite(number) and number >= 0 else None


def _use(resource: Resource, number: str, held: Mapping[str, Series], window: _Window) -> Use:
    reports = held[_GPU.type].get(number, {})
    gpu = _busiest(reports, resource.gpus)
    received = _one(held[_RECEIVED.type].get(number, {}))
    sent = _one(held[_SENT.type].get(number, {}))
    cpu = _one(held[_CPU.type].get(number, {}))
    return Use(
        gpu=_samples(gpu),
        gpu_memory=_samples(_fullest(held[_MEMORY.type].get(number, {}))),
        cpu=_samples({at: value * 100 for at, value in cpu.items()}),
        network=_samples({at: received[at] + sent[at] for at in received.keys() & sent.keys()}),
        expected=window.expected,
        source=_SOURCE,
        missing="" if gpu else _missing(resource, len(reports)),
    )


def _one(series: Mapping[tuple[str, ...], Points]) -> Points:
    return series.get((), {})


def _busiest(series: Mapping[tuple[str, ...], Points], gpus: int) -> Points:
    """The busiest GPU at each time when all reported: one that is silent may be the busy one."""
    values: dict[datetime, list[float]] = defaultdict(list)
    for points in series.values():
        for at, value in points.items():
            values[at].append(value)
    return {at: max(held) for at, held in values.items() if len(held) >= max(1, gpus)}


def _fullest(series: Mapping[tuple[str, ...], Points]) -> Points:
    """The share of memory used of the fullest GPU at each time, in percent."""
    used: dict[datetime, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    whole: dict[datetime, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for (uuid, state), points in series.items():
        for at, value in points.items():
            whole[at][uuid] += value
            used[at][uuid] += value if state == "used" else 0.0
    return {
        at: 100 * max(used[at][uuid] / size for uuid, size in sizes.items() if size)
        for at, sizes in whole.items()
        if any(sizes.values())
    }


def _samples(points: Points) -> tuple[Sample, ...]:
    return tuple(Sample(at, points[at]) for at in sorted(points))


def _missing(resource: Resource, reporting: int) -> str:
    if not resource.gpus:
        return "It has no GPU."
    if reporting:
        return (
            f"Never did all its {resource.gpus} GPUs report together, {reporting} did at all: see "
            "whether the Ops Agent and NVIDIA's driver on it know all of them."
        )
    return (
        "Cloud Monitoring has no GPU metric of it: install the Ops Agent on it, with NVIDIA's "
        "driver, and let its service account write metrics (roles/monitoring.metricWriter)."
    )
