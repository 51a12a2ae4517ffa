"""Cloud Monitoring on loopback: real gRPC, samples aligned and brought together as asked."""

from __future__ import annotations

import re
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
from google.cloud import monitoring_v3 as monitoring

PAGE = 2
_FILTER = re.compile(
    r'metric\.type = "(?P<type>[^"]+)" AND resource\.type = "gce_instance" AND '
    r"resource\.labels\.instance_id = one_of\((?P<ids>[^)]*)\)\Z"
)
_REDUCE = {"REDUCE_MAX": max, "REDUCE_SUM": sum, "REDUCE_MEAN": lambda v: sum(v) / len(v)}


@dataclass
class Metrics:
    """What was measured: (metric, machine number, labels) → samples."""

    held: dict[tuple[str, str, tuple[tuple[str, str], ...]], list[tuple[datetime, float]]] = field(
        default_factory=dict
    )
    refusal: grpc.StatusCode | None = None
    asked: list[Any] = field(default_factory=list)

    def feed(self, kind: str, number: str, at: datetime, value: float, **labels: str) -> None:
        key = (kind, number, tuple(sorted(labels.items())))
        self.held.setdefault(key, []).append((at, value))

    def answer(self, request: Any, context: Any) -> Any:
        self.asked.append(request)
        if self.refusal:
            context.abort(self.refusal, "No.")
        found = _FILTER.match(request.filter)
        assert found, request.filter
        numbers = re.findall(r'"(\d+)"', found["ids"])
        groups = self._groups(request, found["type"], numbers)
        start = int(request.page_token or 0)
        more = str(start + PAGE) if start + PAGE < len(groups) else ""
        return monitoring.ListTimeSeriesResponse(
            time_series=[_series(*one) for one in sorted(groups.items())][start : start + PAGE],
            next_page_token=more,
        )

    def _groups(self, request: Any, kind: str, numbers: list[str]) -> dict[Any, dict[Any, float]]:
        how = request.aggregation
        kept = [f.removeprefix("metric.label.") for f in how.group_by_fields if "metric." in f]
        gathered: dict[Any, dict[datetime, list[float]]] = defaultdict(lambda: defaultdict(list))
        for (type_, number, labels), samples in list(self.held.items()):
            if type_ == kind and number in numbers:
                group = (number, tuple((k, v) for k, v in labels if k in kept))
                for at, value in _aligned(samples, request).items():
                    gathered[group][at].append(value)
        reduce = _REDUCE[how.cross_series_reducer.name]
        return {g: {at: reduce(v) for at, v in held.items()} for g, held in gathered.items()}


def _aligned(samples: list[tuple[datetime, float]], request: Any) -> dict[datetime, float]:
    how = request.aggregation
    step = how.alignment_period
    start = datetime.fromtimestamp(request.interval.start_time.timestamp(), UTC)
    end = datetime.fromtimestamp(request.interval.end_time.timestamp(), UTC)
    stretches: dict[datetime, list[float]] = defaultdict(list)
    for at, value in samples:
        if start < at <= end:
            stretches[end - ((end - at) // step) * step].append(value)
    align = {
        "ALIGN_MAX": max,
        "ALIGN_MEAN": lambda v: sum(v) / len(v),
        "ALIGN_RATE": lambda v: sum(v) / step.total_seconds(),
    }[how.per_series_aligner.name]
    return {at: align(values) for at, values in stretches.items()}


def _series(group: Any, points: dict[datetime, float]) -> Any:
    number, labels = group
    return monitoring.TimeSeries(
        metric={"labels": dict(labels)},
        resource={"type": "gce_instance", "labels": {"instance_id": number}},
        points=[
            {"interval": {"end_time": at, "start_time": at}, "value": {"double_value": value}}
            for at, value in sorted(points.items(), reverse=True)
        ],
    )


class MetricsServer:
    """The gRPC server; `metrics` may be replaced between tests."""

    def __init__(self) -> None:
        self.metrics = Metrics()
        request, response = monitoring.ListTimeSeriesRequest, monitoring.ListTimeSeriesResponse
        handler = grpc.unary_unary_rpc_method_handler(
            lambda asked, context: self.metrics.answer(asked, context),
            request_deserializer=request.deserialize,
            response_serializer=response.serialize,
        )
        service = "google.monitoring.v3.MetricService"
        handlers = grpc.method_handlers_generic_handler(service, {"ListTimeSeries": handler})
        self.server = grpc.server(ThreadPoolExecutor(2))
        self.server.add_generic_rpc_handlers((handlers,))
        self.place = f"127.0.0.1:{self.server.add_insecure_port('127.0.0.1:0')}"
        self.server.start()

    def stop(self) -> None:
        self.server.stop(None)


MINUTE = timedelta(minutes=1)
