"""What Lumen Labs runs at this moment, on the simulated cloud: the machines its bills tell of.

Ids, accounts, regions, types and tags are those of the bills, so that what a machine costs can be
read there. Everything counts back from the day of the demo.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from tools.clouds.resources import Address, Capacity, Kind, Resource, State
from tools.clouds.simulated_state import SimulatedState
from tools.clouds.simulated_use import Pattern
from tools.core.clock import Clock
from tools.prices.gpus import gpus_of
from tools.samples import aws_meters, gcp
from tools.samples.aws import IDLE, IDLE_RESOURCE, IDLE_SINCE
from tools.samples.organisation import ADA, HANA, MARCUS, PRIYA, SOFIA, TOM, Label
from tools.samples.traces import SWEEP, sweep, traces

FILE = "cloud.sqlite"
ACCOUNTS: Mapping[str, str] = {
    account.id: account.name
    for account in (
        *(aws_meters.PROD, aws_meters.RESEARCH, aws_meters.DEV, aws_meters.SANDBOX),
        *(gcp.ASSISTANT, gcp.RESEARCH, gcp.ANALYTICS, gcp.OLD),
    )
}
_GPUS = {"p4d": "A100", "p5": "H100", "g5": "A10G", "a3": "H100", "a2": "A100", "g2": "L4"}
_INSTANCE_STORE = ("p4d", "p5", "g5", "a3")
_EAST = "us-east-1"
_ZONE = "us-central1-a"
_LEFT = timedelta(days=233, hours=3)
_BUSY = Pattern("busy")


class Placed(NamedTuple):
    """A resource and how it is used."""

    resource: Resource
    pattern: Pattern


def write_fleet(path: Path, *, clock: Clock) -> SimulatedState:
    """The company's machines as a simulated cloud in a new file."""
    state = SimulatedState.create(path, clock=clock)
    for id, name in ACCOUNTS.items():
        state.add_account(id, name)
    for placed in fleet(clock.now()):
        state.put(placed.resource, placed.pattern)
    for trace in traces(clock.now()):
        state.trace(trace)
    return state


def fleet(now: datetime) -> tuple[Placed, ...]:
    """Everything that runs or is kept at a moment."""
    return (
        *_idle_and_forgotten(now),
        *_training(now),
        *_inference(now),
        *_sagemaker(now),
        *_sandbox(now),
        *_google(now),
    )


def launch_sweep(path: Path, *, clock: Clock) -> None:
    """Somebody's sweep takes eight machines at once, in the company's simulated cloud."""
    state, now = SimulatedState(path, clock), clock.now()
    names = [f"i-0{int(now.timestamp()):08x}{n}f4e8c2" for n in range(8)]
    for n, name in enumerate(names):
        node = _machine(aws_meters.RESEARCH.id, _EAST, name, "p4d.24xlarge", label=SWEEP)
        state.put(_at(node, f"sweep-{n}", now), _BUSY)
    state.trace(sweep(now, names))


def _idle_and_forgotten(now: datetime) -> Iterator[Placed]:
    begun = now - timedelta(days=IDLE_SINCE, hours=2)
    quiet = now - timedelta(days=IDLE_SINCE - 1, hours=13, minutes=25)
    machine = _machine(aws_meters.DEV.id, "us-east-2", IDLE_RESOURCE, "p4d.24xlarge", label=IDLE)
    yield Placed(_at(machine, "marcus-ablations", begun), Pattern("idle", since=quiet))
    for n in range(6):
        name = f"i-0ee17d4c{n}f00b2a1"
        node = _machine(aws_meters.DEV.id, "eu-west-1", name, "g5.2xlarge", label=None)
        yield Placed(_at(node, "", now - _LEFT), Pattern("idle", since=now - _LEFT))
    disk = Resource(
        address=Address("sim", aws_meters.DEV.id, "eu-west-1", Kind.DISK, "vol-0eksdemo"),
        state=State.STOPPED,
        launched=now - _LEFT,
        size_gb=12_176,
        is_attached=False,
    )
    yield Placed(disk, Pattern())


def _training(now: datetime) -> Iterator[Placed]:
    pretrain = Label(ADA, "atlas", "prod", "pretraining", "lumen-vision-3")
    for n in range(2):
        name = f"i-07c2d9e4f1a6{n}b35"
        node = _machine(aws_meters.RESEARCH.id, _EAST, name, "p5.48xlarge", label=pretrain)
        guarded = _guarded(_at(node, f"atlas-pretrain-{n}", now - timedelta(days=61, hours=n)))
        yield Placed(guarded, _BUSY)
    ablations = Label(MARCUS, "ablations", "dev", "experiments", "lumen-vision-3")
    for n, pattern in enumerate((_BUSY, _BUSY, Pattern("preparing"))):
        name = f"i-03a9c8d7e6f5{n}177"
        node = _machine(
            aws_meters.RESEARCH.id, _EAST, name, "p4d.24xlarge", label=ablations, spot=True
        )
        yield Placed(_at(node, f"ablations-{n}", now - timedelta(hours=9, minutes=12 * n)), pattern)


def _inference(now: datetime) -> Iterator[Placed]:
    account = aws_meters.PROD.id
    ranking = Label(PRIYA, "semantic-search", "prod", "rerank-inference", "lumen-rerank-1")
    for n in range(6):
        node = _machine(account, _EAST, f"i-09d8c7b6a5e4{n}022", "g5.12xlarge", label=ranking)
        yield Placed(_guarded(_at(node, f"rerank-{n}", now - timedelta(days=97, hours=n))), _BUSY)
    embedding = Label(PRIYA, "semantic-search", "prod", "embed-inference", "lumen-embed-3")
    for n in range(6):
        node = _machine(account, _EAST, f"i-0c4d3e2f1a0b{n}911", "g5.2xlarge", label=embedding)
        member = replace(node, members=("Auto Scaling group embed-inference",))
        yield Placed(_at(member, f"embed-{n}", now - timedelta(days=6, hours=n)), _BUSY)
    group = _machine(
        account, _EAST, "embed-inference", "g5.2xlarge", label=embedding, kind=Kind.GROUP
    )
    yield Placed(replace(group, capacity=Capacity(6, 2, 12)), _BUSY)
    vision = Label(HANA, "vision-api", "prod", "caption-inference", "lumen-caption-7b")
    for n in range(3):
        node = _machine(account, _EAST, f"i-0f6e5d4c3b2a{n}733", "g5.48xlarge", label=vision)
        yield Placed(_guarded(_at(node, f"caption-{n}", now - timedelta(days=41, hours=n))), _BUSY)
    trials = Label(MARCUS, "ablations", "dev", "experiments", "lumen-vision-3")
    batch = _machine(
        aws_meters.DEV.id, _EAST, "ablation-sweeps", "g5.2xlarge", label=trials, kind=Kind.GROUP
    )
    yield Placed(replace(batch, capacity=Capacity(4, 0, 8)), Pattern("idle", is_measured=False))


def _sagemaker(now: datetime) -> Iterator[Placed]:
    ranking = Label(PRIYA, "semantic-search", "staging", "rerank-inference", "lumen-rerank-1")
    vision = Label(HANA, "vision-api", "staging", "caption-inference", "lumen-caption-7b")
    value = Label(TOM, "recommendations", "prod", "ltv-model", "lumen-ltv-2")
    quiet = Pattern("idle", since=now - timedelta(days=12, hours=5))
    for label, name, machines, pattern in (
        (ranking, "rr-endpoint", 1, _BUSY),
        (vision, "cap-endpoint", 2, quiet),
        (value, "ltv-endpoint", 2, _BUSY),
    ):
        one = _machine(
            aws_meters.PROD.id, _EAST, name, "ml.g5.2xlarge", label=label, kind=Kind.ENDPOINT
        )
        begun = now - timedelta(days=88)
        yield Placed(replace(_at(one, name, begun), capacity=Capacity(machines, 1, 4)), pattern)
    tuned = Label(ADA, "atlas", "staging", "finetuning", "lumen-caption-7b")
    job = _machine(
        aws_meters.RESEARCH.id, _EAST, "caption-7b", "ml.g5.2xlarge", label=tuned,
        kind=Kind.TRAINING,
    )  # fmt: skip
    yield Placed(_at(job, "caption-7b", now - timedelta(hours=7, minutes=40)), _BUSY)
    left = Label(ADA, "atlas", "dev", "notebook")
    book = _machine(
        aws_meters.RESEARCH.id, _EAST, "ada-scratch", "ml.g5.2xlarge", label=left,
        kind=Kind.NOTEBOOK,
    )  # fmt: skip
    open_since = now - timedelta(days=4, hours=3)
    yield Placed(
        _at(book, "ada-scratch", open_since), Pattern("idle", since=open_since + timedelta(hours=6))
    )


def _sandbox(now: datetime) -> Iterator[Placed]:
    """The one machine that nobody measures."""
    trial = Label(TOM, "hackweek", "sandbox", "playground")
    name = "i-0aa11bb22cc33dd44"
    node = _machine(aws_meters.SANDBOX.id, _EAST, name, "g5.2xlarge", label=trial)
    yield Placed(
        _at(node, "hackweek", now - timedelta(days=2, hours=4)), Pattern("idle", is_measured=False)
    )


def _google(now: datetime) -> Iterator[Placed]:
    chat = Label(HANA, "assistant-app", "prod", "chat-inference", "lumen-write-13b")
    kept = _google_machine(gcp.ASSISTANT.id, "chat-h100-0", "a3-highgpu-8g", chat)
    kept = replace(kept, keeps_billing="its reservation is paid whether it runs or not")
    yield Placed(_guarded(_at(kept, "chat-h100-0", now - timedelta(days=140))), _BUSY)
    burst = _google_machine(gcp.ASSISTANT.id, "chat-h100-burst", "a3-highgpu-8g", chat)
    yield Placed(replace(_at(burst, "", now - timedelta(hours=5)), is_spot=True), _BUSY)
    guard = Label(HANA, "assistant-app", "prod", "moderation", "lumen-guard-1")
    for n in range(8):
        node = _google_machine(gcp.ASSISTANT.id, f"guard-l4-{n}", "g2-standard-12", guard)
        yield Placed(_at(node, "", now - timedelta(days=19, hours=n)), _BUSY)
    reading = Label(SOFIA, "documents", "prod", "ocr-batch", "lumen-ocr-2")
    for n in range(6):
        node = _google_machine(gcp.ANALYTICS.id, f"ocr-a100-{n}", "a2-highgpu-1g", reading)
        running = _at(node, "", now - timedelta(hours=8, minutes=n))
        off = replace(node, state=State.STOPPED)
        yield Placed(running if n < 2 else off, _BUSY)
    writing = Label(ADA, "writer", "dev", "evaluation", "lumen-write-13b")
    loaded = _google_machine(gcp.RESEARCH.id, "writer-eval-0", "a2-highgpu-1g", writing)
    since = now - timedelta(days=1, hours=20)
    yield Placed(_at(loaded, "", now - timedelta(days=3)), Pattern("loaded", since=since))
    for n in range(2):
        booth = _google_machine(gcp.OLD.id, f"demo-booth-{n}", "g2-standard-12", None)
        begun = now - timedelta(days=120)
        yield Placed(_at(booth, "", begun), Pattern("idle", since=begun + timedelta(days=3)))


def _machine(
    account: str,
    region: str,
    name: str,
    kind_of_machine: str,
    *,
    label: Label | None,
    kind: Kind = Kind.INSTANCE,
    spot: bool = False,
) -> Resource:
    family = kind_of_machine.removeprefix("ml.").partition(".")[0].partition("-")[0]
    return Resource(
        address=Address("sim", account, region, kind, name),
        state=State.RUNNING,
        type=kind_of_machine,
        gpu=_GPUS[family],
        gpus=gpus_of(kind_of_machine) or 0,
        tags=label.aws() if label else {},
        local_disks=kind is Kind.INSTANCE and family in _INSTANCE_STORE,
        is_spot=spot,
    )


def _google_machine(project: str, name: str, type: str, label: Label | None) -> Resource:
    made = _machine(project, _ZONE, name, type, label=None)
    return replace(made, name=name, tags=label.gcp() if label else {})


def _at(resource: Resource, name: str, launched: datetime) -> Resource:
    """Named, and running since."""
    return replace(resource, name=name or resource.name, launched=launched)


def _guarded(resource: Resource) -> Resource:
    is_google = not resource.address.account.isdigit()
    named = "deletion protection" if is_google else "termination protection"
    return replace(resource, protections=(named,))
