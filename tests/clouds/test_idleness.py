"""Whether something works for its money, by table."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tools.clouds.idleness import IdleRule, idle_since, judge
from tools.clouds.resources import Address, Kind, Resource, Sample, State, Use
from tools.core.machines import Idleness

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
RULE = IdleRule()
STEPS = 72  # of five minutes in six hours


def series(*values: float, every: int = 5, until: datetime = NOW) -> tuple[Sample, ...]:
    count = len(values)
    return tuple(
        Sample(until - timedelta(minutes=every * (count - n)), value)
        for n, value in enumerate(values)
    )


def flat(value: float, count: int = STEPS) -> tuple[Sample, ...]:
    return series(*[value] * count)


MACHINE = Resource(
    address=Address("aws", "111122223333", "us-east-1", Kind.INSTANCE, "i-1"),
    state=State.RUNNING,
    type="p4d.24xlarge",
    gpu="A100",
    gpus=8,
    launched=NOW - timedelta(days=9),
)
QUIET = Use(gpu=flat(0), cpu=flat(1), network=flat(900), expected=STEPS, source="CloudWatch agent")


def of(kind: Kind, **changes: object) -> Resource:
    return replace(MACHINE, address=MACHINE.address._replace(kind=kind), **changes)


@pytest.mark.parametrize(
    ("use", "idleness"),
    [
        (QUIET, Idleness.IDLE),
        (replace(QUIET, gpu=flat(4.9)), Idleness.IDLE),
        (replace(QUIET, gpu=flat(5.0)), Idleness.BUSY),
        (
            replace(QUIET, gpu=(*flat(0)[:-1], Sample(NOW, 60.0))),
            Idleness.BUSY,
        ),  # the most, no mean
        (replace(QUIET, gpu=flat(60, 3)), Idleness.BUSY),  # used, however little was measured
        (replace(QUIET, gpu=flat(0, 65)), Idleness.IDLE),  # 90.3 % of the window
        (replace(QUIET, gpu=flat(0, 64)), Idleness.UNKNOWN),  # 88.9 %
        (replace(QUIET, gpu=(), missing="Install the agent."), Idleness.UNKNOWN),
        (replace(QUIET, cpu=flat(80)), Idleness.BUSY),  # data is being prepared
        (replace(QUIET, network=flat(5e6)), Idleness.BUSY),  # something is copied
        (replace(QUIET, cpu=()), Idleness.UNKNOWN),
        (replace(QUIET, network=()), Idleness.UNKNOWN),
        (replace(QUIET, gpu_memory=flat(82)), Idleness.IDLE),
        (None, Idleness.UNKNOWN),
        (Use(), Idleness.UNKNOWN),
    ],
)
def test_a_gpu_machine(use: Use | None, idleness: Idleness):
    assert judge(MACHINE, use, RULE, now=NOW).idleness is idleness


def test_the_evidence_is_said():
    found = judge(MACHINE, QUIET, RULE, now=NOW)
    assert found.sureness == "100 % of 6 h measured, GPU up to 0 %, CPU up to 1 %"
    assert found.advice == "stop it"


def test_a_model_in_memory_is_asked_about():
    found = judge(MACHINE, replace(QUIET, gpu_memory=flat(82)), RULE, now=NOW)
    assert found.advice == "ask the owner"
    assert found.sureness.endswith("a model lies in its memory")


def test_what_is_not_measured_says_what_would_fix_it():
    found = judge(MACHINE, replace(QUIET, gpu=(), missing="Install the agent."), RULE, now=NOW)
    assert (found.sureness, found.advice) == ("Install the agent.", "ask the owner")


def test_a_machine_that_just_began_is_not_judged():
    young = replace(MACHINE, launched=NOW - timedelta(hours=2))
    assert judge(young, QUIET, RULE, now=NOW).idleness is Idleness.UNKNOWN
    busy = replace(QUIET, gpu=flat(90, 20))
    assert judge(young, busy, RULE, now=NOW).idleness is Idleness.BUSY


@pytest.mark.parametrize(
    ("resource", "use", "idleness"),
    [
        (of(Kind.DISK, gpus=0, is_attached=False), None, Idleness.ZOMBIE),
        (of(Kind.DISK, gpus=0), None, Idleness.BUSY),
        (of(Kind.ENDPOINT), Use(requests=flat(0), expected=STEPS), Idleness.ZOMBIE),
        (of(Kind.ENDPOINT), Use(requests=(*flat(0), Sample(NOW, 1)), expected=72), Idleness.BUSY),
        (of(Kind.ENDPOINT), Use(requests=flat(0, 9), expected=STEPS), Idleness.UNKNOWN),
        (of(Kind.ENDPOINT), Use(expected=STEPS), Idleness.UNKNOWN),
        (of(Kind.NOTEBOOK, gpus=0), Use(cpu=flat(1), expected=STEPS), Idleness.ZOMBIE),
        (of(Kind.NOTEBOOK, gpus=0), Use(cpu=flat(44), expected=STEPS), Idleness.BUSY),
        (of(Kind.NOTEBOOK, gpus=0), Use(cpu=flat(1, 9), expected=STEPS), Idleness.UNKNOWN),
        (of(Kind.NOTEBOOK), QUIET, Idleness.IDLE),
        (of(Kind.INSTANCE, gpus=0), QUIET, Idleness.NOT_ASKED),
        (of(Kind.INSTANCE, state=State.STOPPED), QUIET, Idleness.NOT_ASKED),
    ],
)
def test_other_things(resource: Resource, use: Use | None, idleness: Idleness):
    assert judge(resource, use, RULE, now=NOW).idleness is idleness


@pytest.mark.parametrize(
    ("use", "minutes"),
    [
        (QUIET, 360),
        (replace(QUIET, gpu=series(*[0.0] * 10, 90.0, *[0.0] * 24)), 120),
        (replace(QUIET, gpu=series(*[0.0] * 24, 90.0)), None),
        (replace(QUIET, cpu=(*flat(1)[:-6], *series(*[90.0] * 3, *[1.0] * 3))), 15),
        (Use(requests=flat(0)), 360),
        (Use(requests=series(3, 0, 0)), 10),
        (Use(), None),
    ],
)
def test_since_when(use: Use, minutes: int | None):
    found = idle_since(use, RULE, until=NOW)
    assert found == (None if minutes is None else NOW - timedelta(minutes=minutes))


def test_a_gap_is_not_called_idle():
    early = series(*[0.0] * 24, until=NOW - timedelta(hours=5))
    assert idle_since(replace(QUIET, gpu=(*early, *flat(0, 12))), RULE, until=NOW) == (
        NOW - timedelta(hours=1)
    )
