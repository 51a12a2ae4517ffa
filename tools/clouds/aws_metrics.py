"""CloudWatch: which metrics there are, and their samples over a window."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import Any, NamedTuple

from tools.clouds.aws_places import Place
from tools.clouds.cloud import Credential, Operation

LIST = Operation(
    "cloudwatch.list_metrics",
    ("cloudwatch:ListMetrics",),
    Credential.READ,
    "find GPU metrics with their dimensions",
)
DATA = Operation(
    "cloudwatch.get_metric_data",
    ("cloudwatch:GetMetricData",),
    Credential.READ,
    "measure how much is used",
)
_AT_ONCE = 500  # queries a call, CloudWatch's limit
_FINE = timedelta(minutes=5)
_COARSE = timedelta(hours=1)
_FINE_FOR = timedelta(days=60)  # CloudWatch keeps samples of five minutes for 63 days
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Series = Mapping[datetime, float]


class Dims(NamedTuple):
    """The dimensions of a metric, in the order in which CloudWatch lists them."""

    pairs: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, **named: str) -> Dims:
        """Dimensions by name."""
        return cls(tuple(named.items()))

    def get(self, name: str) -> str:
        """A dimension's value; empty where it has none."""
        return dict(self.pairs).get(name, "")


@dataclass(frozen=True, slots=True)
class Metric:
    """One series to be read.

    Args:
        namespace: of the metric.
        name: of the metric.
        dims: all of its dimensions: CloudWatch answers nothing to a part of them.
        stat: `Maximum`, `Average`, `Sum`.
    """

    namespace: str
    name: str
    dims: Dims
    stat: str = "Maximum"


@dataclass(frozen=True, slots=True)
class Window:
    """Whole steps between two moments.

    Args:
        start: of the first step.
        step: how long each is.
        steps: how many.
    """

    start: datetime
    step: timedelta
    steps: int

    @classmethod
    def between(cls, since: datetime, until: datetime) -> Window:
        """The steps that lie wholly in [since, until)."""
        step = _FINE if until - since <= _FINE_FOR else _COARSE
        first = -((_EPOCH - since) // step)
        last = (until - _EPOCH) // step
        return cls(_EPOCH + first * step, step, max(0, last - first))

    @property
    def end(self) -> datetime:
        """The end of the last step."""
        return self.start + self.steps * self.step


def found(place: Place, name: str, dims: Dims, *, namespace: str | None = None) -> list[Metric]:
    """The metrics of a name that carry some dimensions, in a namespace or in any."""
    wanted: dict[str, Any] = {"Namespace": namespace} if namespace else {}
    metrics = place.pages(
        LIST,
        "Metrics",
        MetricName=name,
        Dimensions=[{"Name": key, "Value": value} for key, value in dims.pairs],
        **wanted,
    )
    listed = (Metric(one["Namespace"], name, _dims(one["Dimensions"])) for one in metrics)
    return list(dict.fromkeys(listed))


def samples(place: Place, metrics: Iterable[Metric], window: Window) -> dict[Metric, Series]:
    """By metric, its values by the step in which they were measured.

    A metric that CloudWatch could not read whole has no values: a part would look like rest.
    """
    wanted = list(dict.fromkeys(metrics))
    if not window.steps:
        return {metric: {} for metric in wanted}
    read: dict[Metric, Series] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        read |= _read(place, wanted[start : start + _AT_ONCE], window)
    return read


def _read(place: Place, metrics: list[Metric], window: Window) -> dict[Metric, Series]:
    pages = place.pages(
        DATA,
        "MetricDataResults",
        MetricDataQueries=[_query(n, metric, window.step) for n, metric in enumerate(metrics)],
        StartTime=window.start,
        EndTime=window.end,
    )
    values: dict[str, dict[datetime, float]] = {}
    broken = set()
    for page in pages:
        held = values.setdefault(page["Id"], {})
        if page.get("StatusCode", "Complete") not in ("Complete", "PartialData"):
            broken.add(page["Id"])
        for at, value in zip(page["Timestamps"], page["Values"], strict=True):
            if window.start <= at < window.end and isfinite(value):
                held[at.astimezone(UTC)] = float(value)
    ids = {f"m{n}": metric for n, metric in enumerate(metrics)}
    return {m: {} if key in broken else values.get(key, {}) for key, m in ids.items()}


def _query(number: int, metric: Metric, step: timedelta) -> dict[str, Any]:
    return {
        "Id": f"m{number}",
        "MetricStat": {
            "Metric": {
                "Namespace": metric.namespace,
                "MetricName": metric.name,
                "Dimensions": [{"Name": key, "Value": text} for key, text in metric.dims.pairs],
            },
            "Period": int(step.total_seconds()),
            "Stat": metric.stat,
        },
    }


def _dims(raw: Iterable[Mapping[str, str]]) -> Dims:
    return Dims(tuple((one["Name"], one["Value"]) for one in raw))
