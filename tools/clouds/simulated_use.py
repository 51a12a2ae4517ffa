"""How much simulated machines are used: the same at every look, and going on with the clock."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zlib import crc32

from tools.clouds.resources import Kind, Resource, Sample, Use

STEP = timedelta(minutes=5)
COARSE = timedelta(minutes=30)  # over windows longer than `FINE`, as real clouds do it
FINE = timedelta(days=2)
_MEGABYTE = 1_000_000.0


class _Range(NamedTuple):
    least: float
    most: float


# pattern → signal → between what it moves: percent, bytes a second, requests a step.
_LEVELS: Mapping[str, Mapping[str, _Range]] = {
    "busy": {
        "gpu": _Range(71, 98),
        "gpu_memory": _Range(74, 93),
        "cpu": _Range(18, 52),
        "network": _Range(20 * _MEGABYTE, 240 * _MEGABYTE),
        "requests": _Range(140, 900),
    },
    "idle": {
        "gpu": _Range(0, 0.8),
        "gpu_memory": _Range(0.3, 0.9),
        "cpu": _Range(0.5, 2.2),
        "network": _Range(400, 6_000),
        "requests": _Range(0, 0),
    },
    # A model in memory that nobody asks anything: ask the owner.
    "loaded": {
        "gpu": _Range(0, 0.4),
        "gpu_memory": _Range(81, 83),
        "cpu": _Range(0.8, 2.6),
        "network": _Range(900, 9_000),
        "requests": _Range(0, 0),
    },
    # Data is being prepared on the processors: not idle, whatever the GPU says.
    "preparing": {
        "gpu": _Range(0, 2.5),
        "gpu_memory": _Range(1, 4),
        "cpu": _Range(58, 91),
        "network": _Range(60 * _MEGABYTE, 180 * _MEGABYTE),
        "requests": _Range(0, 0),
    },
}
_PATCHY = 0.55  # of the steps that were measured, where a pattern has gaps


@dataclass(frozen=True, slots=True)
class Pattern:
    """How a machine is used.

    Args:
        name: `busy`, `idle`, `loaded`, `preparing`.
        since: from when; before that it was busy.
        is_measured: whether anybody measures its GPUs.
        has_gaps: whether a part of the samples is missing.
        gpu: a fixed use of the GPU instead.
    """

    name: str = "busy"
    since: datetime | None = None
    is_measured: bool = True
    has_gaps: bool = False
    gpu: float | None = None

    @property
    def written(self) -> str:
        """As the state keeps it."""
        since = self.since.isoformat() if self.since else None
        return json.dumps([self.name, since, self.is_measured, self.has_gaps, self.gpu])

    @classmethod
    def read(cls, text: str) -> Pattern:
        """What `written` wrote."""
        name, since, is_measured, has_gaps, gpu = json.loads(text)
        begin = datetime.fromisoformat(since) if since else None
        return cls(name, begin, is_measured, has_gaps, gpu)

    def levels(self, signal: str, *, id: str, steps: Sequence[datetime]) -> tuple[Sample, ...]:
        """A signal of a machine at several times."""
        now, before = _LEVELS[self.name][signal], _LEVELS["busy"][signal]
        begun = self.since or datetime.min.replace(tzinfo=UTC)
        if signal == "gpu" and self.gpu is not None:
            now = _Range(self.gpu, self.gpu)
        what = f"{signal}/{id}"
        return tuple(Sample(at, _moving(now if at >= begun else before, what, at)) for at in steps)

    def is_kept(self, *, id: str, at: datetime) -> bool:
        """Whether a sample of that time arrived."""
        return not self.has_gaps or _chance(f"gap/{id}", at) < _PATCHY


def use_of(
    resource: Resource, pattern: Pattern, *, since: datetime, until: datetime, now: datetime
) -> Use:
    """What was measured on it between two times, every few minutes while it ran."""
    if resource.address.kind is Kind.DISK:
        return Use()
    begin = max(since, resource.launched or since)
    width = STEP if until - since <= FINE else COARSE
    steps = _steps(begin, min(until, now), width)
    expected = len(_steps(since, until, width))
    tell = _teller(resource, pattern, steps)
    source = _source(resource)
    if resource.address.kind is Kind.ENDPOINT:
        return Use(requests=tell("requests"), cpu=tell("cpu"), expected=expected, source=source)
    common = Use(cpu=tell("cpu"), network=tell("network"), expected=expected)
    if not pattern.is_measured or not resource.gpu:
        return Use(
            cpu=common.cpu,
            network=common.network,
            expected=expected,
            missing=_missing(resource) if resource.gpu else "",
        )
    return Use(
        gpu=tell("gpu"),
        gpu_memory=tell("gpu_memory"),
        cpu=common.cpu,
        network=common.network,
        expected=expected,
        source=source,
    )


def _teller(
    resource: Resource, pattern: Pattern, steps: list[datetime]
) -> Callable[[str], tuple[Sample, ...]]:
    id = resource.id
    kept = [at for at in steps if pattern.is_kept(id=id, at=at)]
    return lambda signal: pattern.levels(signal, id=id, steps=kept)


def _steps(since: datetime, until: datetime, width: timedelta) -> list[datetime]:
    """Every whole `width` in [since, until)."""
    each = int(width.total_seconds())
    first = -(-int(since.timestamp()) // each) * each
    return [datetime.fromtimestamp(at, UTC) for at in range(first, int(until.timestamp()), each)]


def _source(resource: Resource) -> str:
    agent = "CloudWatch agent" if resource.address.account.isdigit() else "Cloud Monitoring"
    return f"{agent} (simulated)"


def _missing(resource: Resource) -> str:
    if resource.address.account.isdigit():
        return (
            "No GPU metrics: install the CloudWatch agent on it and let it collect "
            "nvidia_gpu utilization_gpu."
        )
    return "No GPU metrics: install the Ops Agent on it, which reports GPU use by itself."


def _moving(between: _Range, what: str, at: datetime) -> float:
    least, most = between
    return round(least + (most - least) * _chance(what, at), 2)


def _chance(what: str, at: datetime) -> float:
    """A number from 0 to 1 that is the same whenever it is asked for."""
    return crc32(f"{what}/{int(at.timestamp())}".encode()) / 2**32
