"""How much what runs at AWS is used: the busiest GPU at each time, from complete samples only.

A time at which one GPU of several was not measured is no sample: the others' rest proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime

from tools.clouds.aws_errors import AbsentError, readable
from tools.clouds.aws_metrics import DATA, LIST, Dims, Metric, Series, Window, found, samples
from tools.clouds.aws_places import Place
from tools.clouds.aws_types import DESCRIBE_TYPES, Types
from tools.clouds.resources import Kind, Resource, Sample, Use
from tools.core.errors import PurserError

OPERATIONS = (LIST, DATA, DESCRIBE_TYPES)
_GPU = "nvidia_smi_utilization_gpu"
_AGENT = "CloudWatch agent"
_INSTALL = (
    "There is no GPU metric; install the CloudWatch agent with nvidia_gpu, and InstanceId in its "
    "append_dimensions."
)
_SILENT = "The CloudWatch agent sent no GPU metric in this time; see that it runs."
_NO_GPU = "It has no GPU."
_NOTEBOOK = (
    "SageMaker measures no GPU of a notebook; ask its owner, or measure it with DCGM and "
    "Prometheus."
)
_SAGEMAKER = "SageMaker shows no metric of it in this time; ask its owner."
_VARIANT = {"EndpointName", "VariantName"}
_AT_ONCE = 4


@dataclass(frozen=True)
class _Wanted:
    """The metrics of one resource.

    Args:
        gpu: by part (GPU, or machine with all its GPUs), its series; several where an agent
            has been set up anew.
        used: by part, memory in use; `total` all of it; `memory` their share, where that is sent.
        cpu: in percent of one core, or of all, as `cores` says.
        network: in and out.
        requests: of an endpoint.
        need: how many parts a sample must hold to be complete.
        cores: by which `cpu` is divided.
        source: who measures.
        missing: what is to be said where there is no GPU metric.
    """

    gpu: Mapping[str, list[Metric]] = field(default_factory=dict)
    used: Mapping[str, list[Metric]] = field(default_factory=dict)
    total: Mapping[str, list[Metric]] = field(default_factory=dict)
    memory: Mapping[str, list[Metric]] = field(default_factory=dict)
    cpu: tuple[Metric, ...] = ()
    network: tuple[Metric, ...] = ()
    requests: tuple[Metric, ...] = ()
    need: int = 1
    cores: int = 1
    source: str = ""
    missing: str = ""

    def metrics(self) -> Iterable[Metric]:
        """All of them."""
        for parts in (self.gpu, self.used, self.total, self.memory):
            for held in parts.values():
                yield from held
        yield from (*self.cpu, *self.network, *self.requests)


def use_in(
    place: Place,
    resources: Sequence[Resource],
    types: Types,
    *,
    since: datetime,
    until: datetime,
) -> dict[str, Use]:
    """By id, how much the resources of one place were used; why not, where that is not known."""
    window = Window.between(since, until)
    try:
        with readable(place.text):
            with ThreadPoolExecutor(_AT_ONCE) as pool:
                wanted = list(pool.map(lambda one: _wanted(place, one, types), resources))
            read = samples(place, [m for one in wanted for m in one.metrics()], window)
            pairs = zip(resources, wanted, strict=True)
            return {one.id: _use(one, want, read, window) for one, want in pairs}
    except (PurserError, AbsentError) as error:
        said = error.sentence if isinstance(error, PurserError) else _SAGEMAKER
        return {one.id: Use(expected=window.steps, missing=said) for one in resources}


def _wanted(place: Place, resource: Resource, types: Types) -> _Wanted:
    name = resource.address.name
    match resource.address.kind:
        case Kind.INSTANCE:
            return _of_agent(place, resource, Dims.of(InstanceId=name))
        case Kind.GROUP:
            return _of_agent(place, resource, Dims.of(AutoScalingGroupName=name))
        case Kind.ENDPOINT:
            return _of_endpoint(place, resource, types)
        case Kind.TRAINING:
            return _of_training(place, resource, types)
        case Kind.NOTEBOOK:
            return _Wanted(missing=_NOTEBOOK if resource.gpus else _NO_GPU)
        case _:
            return _Wanted(missing=_NO_GPU)


def _of_agent(place: Place, resource: Resource, dims: Dims) -> _Wanted:
    """Machines of EC2: what the CloudWatch agent sends, and what EC2 measures from outside."""
    outside = _Wanted(
        cpu=(Metric("AWS/EC2", "CPUUtilization", dims, "Average"),),
        network=tuple(Metric("AWS/EC2", n, dims, "Sum") for n in ("NetworkIn", "NetworkOut")),
        missing=_INSTALL if resource.gpus else _NO_GPU,
    )
    gpus = found(place, _GPU, dims) if resource.gpus else []
    if not gpus:
        return outside
    machines = resource.capacity.desired if resource.capacity else 1
    return replace(
        outside,
        gpu=_parts(gpus),
        used=_parts(_renamed(gpus, "nvidia_smi_memory_used")),
        total=_parts(_renamed(gpus, "nvidia_smi_memory_total")),
        need=resource.gpus * machines,
        source=_AGENT,
        missing=_SILENT,
    )


def _of_endpoint(place: Place, resource: Resource, types: Types) -> _Wanted:
    """Endpoints: SageMaker's own metrics of each variant, summed over GPUs and cores."""
    space, dims = "/aws/sagemaker/Endpoints", Dims.of(EndpointName=resource.address.name)
    cpu = found(place, "CPUUtilization", dims, namespace=space)
    variants = {m.dims for m in cpu if {k for k, _ in m.dims.pairs} == _VARIANT}
    gpu = [Metric(space, "GPUUtilization", d) for d in variants] if resource.gpus else []
    memory = [Metric(space, "GPUMemoryUtilization", d) for d in variants] if resource.gpus else []
    return _Wanted(
        gpu={m.dims.get("VariantName"): [m] for m in gpu},
        memory={m.dims.get("VariantName"): [m] for m in memory},
        cpu=tuple(Metric(space, "CPUUtilization", d) for d in variants),
        requests=tuple(Metric("AWS/SageMaker", "Invocations", d, "Sum") for d in variants),
        need=len(variants),
        cores=types.cores(place, resource.type),
        source="SageMaker",
        missing=_SAGEMAKER if resource.gpus else _NO_GPU,
    )


def _of_training(place: Place, resource: Resource, types: Types) -> _Wanted:
    """Training jobs: SageMaker's own metrics of each machine."""
    space, machines = "/aws/sagemaker/TrainingJobs", resource.capacity or (1,)
    name = resource.address.name
    hosts = {f"algo-{n}": Dims.of(Host=f"{name}/algo-{n}") for n in range(1, machines[0] + 1)}
    gpu = {h: [Metric(space, "GPUUtilization", d)] for h, d in hosts.items()}
    memory = {h: [Metric(space, "GPUMemoryUtilization", d)] for h, d in hosts.items()}
    return _Wanted(
        gpu=gpu if resource.gpus else {},
        memory=memory if resource.gpus else {},
        cpu=tuple(Metric(space, "CPUUtilization", d) for d in hosts.values()),
        need=len(hosts),
        cores=types.cores(place, resource.type),
        source="SageMaker",
        missing=_SAGEMAKER if resource.gpus else _NO_GPU,
    )


def _parts(metrics: Iterable[Metric]) -> dict[str, list[Metric]]:
    """Series by GPU. One GPU has several where image, host or agent changed in the window."""
    parts: dict[str, list[Metric]] = {}
    for metric in metrics:
        index = metric.dims.get("index")
        part = f"{metric.dims.get('InstanceId')}/{index}" if index else ""
        parts.setdefault(part, []).append(metric)
    return parts


def _renamed(metrics: Iterable[Metric], name: str) -> list[Metric]:
    return [replace(metric, name=name) for metric in metrics]


def _use(resource: Resource, wanted: _Wanted, read: Mapping[Metric, Series], window: Window) -> Use:
    gpu_parts = _merged(wanted.gpu, read)
    gpu = _busiest(gpu_parts, wanted.need)
    cpu = _busiest({str(n): read[m] for n, m in enumerate(wanted.cpu)}, 1)
    missing = "" if gpu else _why(gpu_parts, wanted)
    return Use(
        gpu=_listed(gpu, most=100.0),
        gpu_memory=_listed(_fullest(wanted, read), most=100.0),
        cpu=_listed({at: value / wanted.cores for at, value in cpu.items()}, most=100.0),
        network=_listed(_rate([read[m] for m in wanted.network], window)),
        requests=_listed(_asked([read[m] for m in wanted.requests], cpu)),
        expected=window.steps,
        source=wanted.source if gpu or (wanted.requests and cpu) else "",
        missing=missing,
    )


def _why(parts: Mapping[str, Series], wanted: _Wanted) -> str:
    seen = sum(bool(series) for series in parts.values())
    if 0 < seen < wanted.need and wanted.source == _AGENT:
        return (
            f"Only {seen} of {wanted.need} GPUs are measured; let nvidia_gpu of the CloudWatch "
            "agent report all of them."
        )
    return wanted.missing


def _merged(
    parts: Mapping[str, list[Metric]], read: Mapping[Metric, Series]
) -> dict[str, dict[datetime, float]]:
    merged: dict[str, dict[datetime, float]] = {}
    for part, metrics in parts.items():
        held = merged.setdefault(part, {})
        for metric in metrics:
            for at, value in read[metric].items():
                held[at] = max(value, held.get(at, value))
    return merged


def _busiest(parts: Mapping[str, Series], need: int) -> dict[datetime, float]:
    """The most at each time at which all parts were measured; one without a part is of all."""
    if "" in parts:
        return dict(parts[""])
    times = {at for series in parts.values() for at in series}
    held = {at: [series[at] for series in parts.values() if at in series] for at in times}
    return {at: max(values) for at, values in held.items() if len(values) >= need}


def _fullest(wanted: _Wanted, read: Mapping[Metric, Series]) -> dict[datetime, float]:
    if wanted.memory:
        return _busiest(_merged(wanted.memory, read), wanted.need)
    used, total = _merged(wanted.used, read), _merged(wanted.total, read)
    shares = {
        part: {at: 100 * v / total[part][at] for at, v in series.items() if total[part].get(at)}
        for part, series in used.items()
    }
    return _busiest(shares, wanted.need)


def _rate(parts: list[Series], window: Window) -> dict[datetime, float]:
    """Bytes per second, where in and out were both measured."""
    if not parts:
        return {}
    times = set(parts[0]).intersection(*parts[1:])
    return {at: sum(part[at] for part in parts) / window.step.total_seconds() for at in times}


def _asked(parts: list[Series], alive: Series) -> dict[datetime, float]:
    """Requests in each step.

    SageMaker sends nothing where nobody asked: if the endpoint sent other metrics at that time,
    it was asked for nothing, and else it was not measured.
    """
    if not parts:
        return {}
    return {at: sum(part.get(at, 0.0) for part in parts) for at in alive}


def _listed(series: Series, *, most: float | None = None) -> tuple[Sample, ...]:
    bound = float("inf") if most is None else most
    return tuple(Sample(at, min(bound, series[at])) for at in sorted(series))
