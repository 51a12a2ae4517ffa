"""GPU use from NVIDIA's DCGM exporter, through Prometheus, where the cloud itself has none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tools.clouds.resources import Resource, Sample, Use
from tools.core.errors import UnavailableError

STEP = timedelta(minutes=5)
MOST_POINTS = 11_000  # Prometheus answers no more a series
_OF_ONE_GPU = (
    "gpu, UUID, pci_bus_id, device, modelName, GPU_I_ID, GPU_I_PROFILE, container, namespace, pod"
)
_BUSIEST = f"max without ({_OF_ONE_GPU}) (DCGM_FI_DEV_GPU_UTIL)"
_FULLEST = (
    f"max without ({_OF_ONE_GPU}) (100 * DCGM_FI_DEV_FB_USED"
    " / (DCGM_FI_DEV_FB_USED + DCGM_FI_DEV_FB_FREE))"
)
# Labels by which exporters name the machine they run on.
_NAMES = ("Hostname", "hostname", "node", "instance_id", "kubernetes_node", "instance")


@dataclass(frozen=True, slots=True)
class Prometheus:
    """Asks a Prometheus server, or what speaks its HTTP interface.

    Args:
        url: up to the path before `/api/v1`.
        timeout: seconds.
    """

    url: str
    timeout: float = 20.0

    def fill(
        self,
        uses: Mapping[str, Use],
        resources: Sequence[Resource],
        *,
        since: datetime,
        until: datetime,
    ) -> dict[str, Use]:
        """The same, with DCGM's samples for GPU machines that have none.

        A machine is known by its id or name in the exporter's labels. Where two machines share
        a name, neither gets samples: they could be the other's.

        Raises:
            UnavailableError: Prometheus does not answer, or not as Prometheus does.
        """
        wanted = [r for r in resources if r.gpus and not uses.get(r.id, Use()).gpu]
        if not wanted:
            return dict(uses)
        step = max(STEP, (until - since) / MOST_POINTS)
        owners = _owners(wanted)
        gpu = self._series(_BUSIEST, owners, since, until, step)
        memory = self._series(_FULLEST, owners, since, until, step) if gpu else {}
        filled = dict(uses)
        for id, samples in gpu.items():
            filled[id] = replace(
                uses.get(id, Use()),
                gpu=samples,
                gpu_memory=memory.get(id, ()),
                expected=int((until - since) / step),
                source="DCGM",
                missing="",
            )
        return filled

    def _series(
        self,
        query: str,
        owners: Mapping[str, str],
        since: datetime,
        until: datetime,
        step: timedelta,
    ) -> dict[str, tuple[Sample, ...]]:
        """By resource id, the highest value at each time."""
        found: defaultdict[str, dict[float, float]] = defaultdict(dict)
        for series in self._asked(query, since, until, step):
            owner = _owner(series["metric"], owners)
            if owner is None:
                continue
            for at, text in series["values"]:
                value = float(text)
                if value == value:  # no NaN
                    found[owner][at] = max(value, found[owner].get(at, value))
        return {
            id: tuple(Sample(datetime.fromtimestamp(at, UTC), v) for at, v in sorted(of.items()))
            for id, of in found.items()
        }

    def _asked(
        self, query: str, since: datetime, until: datetime, step: timedelta
    ) -> list[dict[str, Any]]:
        import httpx

        # The first sample of a window lies one step after its start, the last at its end.
        asked = {
            "query": query,
            "start": f"{(since + step).timestamp():.3f}",
            "end": f"{until.timestamp():.3f}",
            "step": f"{step.total_seconds():.3f}",
        }
        try:
            answer = httpx.get(
                f"{self.url.rstrip('/')}/api/v1/query_range", params=asked, timeout=self.timeout
            )
            answer.raise_for_status()
            found = answer.json()["data"]
            return [
                {"metric": dict(s["metric"]), "values": [(float(t), v) for t, v in s["values"]]}
                for s in {"matrix": found["result"]}[found["resultType"]]
            ]
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError) as error:
            raise UnavailableError(
                "Prometheus does not answer as it should, so DCGM's GPU metrics are missing; "
                "check prometheus_url under [clouds]."
            ) from error


def _owners(resources: Iterable[Resource]) -> dict[str, str]:
    """Name or id, in lower case → resource id, where only one machine has it."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for resource in resources:
        for name in (resource.address.name, resource.name):
            if name:
                found[name.lower()].add(resource.id)
    return {name: ids.pop() for name, ids in found.items() if len(ids) == 1}


def _owner(labels: Mapping[str, str], owners: Mapping[str, str]) -> str | None:
    for label in _NAMES:
        host = str(labels.get(label, "")).lower().rpartition("//")[2]
        for name in (host, host.partition(":")[0], host.partition(".")[0]):
            if name and name in owners:
                return owners[name]
    return None
