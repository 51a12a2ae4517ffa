"""Who started what at Lumen Labs, as the simulated cloud's own log has it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from tools.clouds.traces import Service, Trace
from tools.samples import aws_meters
from tools.samples.aws import IDLE, IDLE_RESOURCE, SPIKE, SPIKE_DAYS, SPIKE_RESOURCES
from tools.samples.organisation import MARCUS, Label

SWEEP = Label(MARCUS, "ablations", "dev", "experiments", "lumen-vision-3")
_IDLE_BEGAN = 47  # days ago


def traces(now: datetime) -> Iterator[Trace]:
    """The launches behind what is unusual in the bills."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    first, _ = SPIKE_DAYS
    yield _launch(
        midnight - timedelta(days=first, minutes=8),
        "p5.48xlarge",
        SPIKE,
        account=aws_meters.PROD.id,
        region="us-west-2",
        names=SPIKE_RESOURCES,
    )
    yield _launch(
        midnight - timedelta(days=_IDLE_BEGAN) + timedelta(hours=9, minutes=12),
        "p4d.24xlarge",
        IDLE,
        account=aws_meters.DEV.id,
        region="us-east-2",
        names=(IDLE_RESOURCE,),
    )


def sweep(at: datetime, names: Sequence[str]) -> Trace:
    """Of machines of a sweep that were launched together."""
    return _launch(
        at, "p4d.24xlarge", SWEEP, account=aws_meters.RESEARCH.id, region="us-east-1", names=names
    )


def _launch(
    at: datetime, type: str, label: Label, *, account: str, region: str, names: Sequence[str]
) -> Trace:
    return Trace(
        at=at,
        what=type,
        done="launched",
        by=label.owner.email,
        service=Service.MACHINES,
        cloud="sim",
        account=account,
        region=region,
        names=tuple(names),
        count=len(names),
        tags=label.aws(),
    )
