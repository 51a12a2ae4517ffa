from dataclasses import replace
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path

import pytest

from tests.clouds.contract import CloudContract
from tests.clouds.simulated_clouds import ACCOUNT, NOW, MovingClock, SimulatedSetup, resource
from tools.clouds.cloud import Act
from tools.clouds.resources import Address, Capacity, Kind, Resource, State, Use, Verb
from tools.clouds.simulated import SimulatedCloud
from tools.clouds.simulated_state import Fault, SimulatedState
from tools.clouds.simulated_use import Pattern
from tools.core.clock import FixedClock
from tools.core.errors import RefusedError, UnavailableError

HOURS = timedelta(hours=1)


@pytest.fixture
def setup(tmp_path) -> SimulatedSetup:
    return SimulatedSetup(tmp_path)


class TestSimulated(CloudContract):
    """Everything that holds of every cloud."""


def stop(setup: SimulatedSetup, one: Resource, *, key: str = "k") -> Act:
    return Act(verb=Verb.STOP, resource=setup.cloud.read(one.address), key=key)


def furnished(setup: SimulatedSetup, **parts) -> Resource:
    one = resource(**parts)
    setup.state.put(one)
    return one


def test_a_change_takes_as_long_as_it_takes(setup):
    one = furnished(setup)
    setup.cloud.perform(stop(setup, one))
    assert setup.cloud.read(one.address).state is State.CHANGING
    setup.clock.go(19)
    assert setup.cloud.read(one.address).state is State.CHANGING
    setup.clock.go(1)
    assert setup.cloud.read(one.address).state is State.STOPPED


def test_a_clock_that_stands_still_does_not_hold_the_world_up(tmp_path):
    state = SimulatedState.create(tmp_path / "c.sqlite", clock=FixedClock(NOW))
    state.put(resource())
    cloud = SimulatedCloud(state)
    cloud.perform(Act(verb=Verb.STOP, resource=cloud.read(resource().address), key="k"))
    states = [cloud.read(resource().address).state for _ in range(8)]
    assert states[0] is State.CHANGING
    assert states[-1] is State.STOPPED


def test_every_act_is_written_down_and_a_second_time_does_nothing_more(setup):
    one = furnished(setup)
    wanted = stop(setup, one)
    setup.cloud.perform(wanted)
    setup.cloud.perform(wanted)
    assert [
        (done.key, done.address, done.verb, done.at, done.is_first) for done in state(setup)
    ] == [
        ("k", one.id, Verb.STOP, NOW, True),
        ("k", one.id, Verb.STOP, NOW, False),
    ]


def state(setup: SimulatedSetup):
    return setup.state.acts()


def test_one_key_for_two_resources_is_two_acts(setup):
    both = [furnished(setup, name="i-1"), furnished(setup, name="i-2")]
    for one in both:
        setup.cloud.perform(stop(setup, one))
    assert [done.is_first for done in state(setup)] == [True, True]


def test_what_is_refused_is_not_written_down(setup):
    one = furnished(setup, state=State.STOPPED)
    with pytest.raises(RefusedError) as refused:
        setup.cloud.perform(stop(setup, one))
    assert refused.value.sentence == (
        "It is stopped, and only what is running can be stopped; nothing was done."
    )
    assert state(setup) == ()


REFUSALS = [
    (resource(is_spot=True), Verb.STOP, "A spot machine cannot be stopped, only terminated"),
    (resource(state=State.GONE), Verb.STOP, "It is gone"),
    (resource(), Verb.START, "It is running, and only what is stopped can be started"),
    (
        resource(protections=("termination protection",)),
        Verb.TERMINATE,
        "It is under termination protection",
    ),
    (resource(Kind.DISK, "v", is_attached=True), Verb.TERMINATE, "It is attached to a machine"),
    (
        resource(Kind.GROUP, "g"),
        Verb.SCALE,
        "The capacity is not between its minimum and maximum",
    ),
    (resource(Kind.DISK, "v"), Verb.STOP, "The simulated cloud cannot stop this disk"),
]


@pytest.mark.parametrize(("one", "verb", "said"), REFUSALS, ids=lambda v: str(v)[:40])
def test_it_refuses_what_a_cloud_refuses(setup, one, verb, said):
    setup.state.put(one)
    wanted = Act(
        verb=verb, resource=setup.cloud.read(one.address), key="k", capacity=Capacity(9, 1, 4)
    )
    for ask in (setup.cloud.rehearse, setup.cloud.perform):
        with pytest.raises(RefusedError) as refused:
            ask(wanted)
        assert refused.value.sentence == f"{said}; nothing was done."


def test_what_changed_after_it_was_read_is_refused(setup):
    one = furnished(setup)
    wanted = stop(setup, one)
    setup.state.put(replace(one, tags={"team": "other"}))
    with pytest.raises(RefusedError, match="It was changed after it was read"):
        setup.cloud.perform(wanted)


def test_what_is_changing_is_left_alone(setup):
    one = furnished(setup)
    setup.cloud.perform(stop(setup, one))
    with pytest.raises(RefusedError, match="It is changing just now"):
        setup.cloud.perform(stop(setup, one, key="another"))


def test_a_start_begins_a_new_run(setup):
    one = furnished(setup, state=State.STOPPED)
    setup.cloud.perform(Act(verb=Verb.START, resource=one, key="k"))
    assert setup.cloud.read(one.address).launched == NOW


def test_an_answer_that_gets_lost_leaves_the_act_done(setup):
    one = furnished(setup)
    setup.state.fail("perform", Fault.LOST)
    with pytest.raises(UnavailableError, match="whether it was done is not known yet"):
        setup.cloud.perform(stop(setup, one))
    setup.clock.go(30)
    assert setup.cloud.read(one.address).state is State.STOPPED


def test_a_change_that_is_stuck_never_ends(setup):
    one = furnished(setup)
    setup.state.fail("perform", Fault.STUCK)
    setup.cloud.perform(stop(setup, one))
    setup.clock.go(10**6)
    assert {setup.cloud.read(one.address).state for _ in range(9)} == {State.CHANGING}


def test_faults_are_used_up_and_can_be_mended(setup):
    one = furnished(setup)
    setup.state.fail("read", Fault.DOWN, under=one.id, times=2)
    setup.state.fail("*", Fault.REFUSED, under="sim/1", times=None)
    for _ in range(2):
        with pytest.raises(UnavailableError):
            setup.cloud.read(one.address)
    assert setup.cloud.read(one.address).state is State.RUNNING
    elsewhere = one.address._replace(account="1")
    for _ in range(3):
        with pytest.raises(RefusedError, match="does not allow that"):
            setup.cloud.read(elsewhere)
    setup.state.mend()
    with pytest.raises(RefusedError, match="not configured for account 1"):
        setup.cloud.read(elsewhere)


def _stop_it(path: Path, number: int) -> None:
    cloud = SimulatedCloud(SimulatedState(path, FixedClock(NOW)))
    one = cloud.read(Address("sim", ACCOUNT, "us-east-2", Kind.INSTANCE, f"i-{number}"))
    cloud.perform(Act(verb=Verb.STOP, resource=one, key=f"k{number}"))


def test_several_processes_see_one_world(tmp_path):
    path = tmp_path / "c.sqlite"
    made = SimulatedState.create(path, clock=FixedClock(NOW))
    for number in range(4):
        made.put(resource(name=f"i-{number}"))
    context = get_context("spawn")
    jobs = [context.Process(target=_stop_it, args=(path, number)) for number in range(4)]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join(60)
    assert sorted(done.key for done in made.acts()) == ["k0", "k1", "k2", "k3"]
    assert {thing.resource.state for thing in made.things()} == {State.CHANGING}


def measured(setup: SimulatedSetup, pattern: Pattern, **parts) -> Use:
    one = resource(**parts)
    setup.state.put(one, pattern)
    return setup.cloud.use([one], since=NOW - 6 * HOURS, until=NOW)[one.id]


def highest(samples) -> float:
    return max(sample.value for sample in samples)


def test_an_idle_machine_was_busy_before(setup):
    use = measured(setup, Pattern("idle", since=NOW - 3 * HOURS))
    assert len(use.gpu) == len(use.cpu) == use.expected == 72
    assert min(s.value for s in use.gpu if s.at < NOW - 3 * HOURS) > 70
    assert highest(s for s in use.gpu if s.at >= NOW - 3 * HOURS) < 1


PATTERNS = [
    (Pattern("busy"), 98, 93, 52),
    (Pattern("idle"), 0.8, 0.9, 2.2),
    (Pattern("loaded"), 0.4, 83, 2.6),
    (Pattern("preparing"), 2.5, 4, 91),
]


@pytest.mark.parametrize(("pattern", "gpu", "memory", "cpu"), PATTERNS)
def test_each_pattern_keeps_to_its_levels(setup, pattern, gpu, memory, cpu):
    use = measured(setup, pattern)
    found = [highest(samples) for samples in (use.gpu, use.gpu_memory, use.cpu)]
    for most, value in zip((gpu, memory, cpu), found, strict=True):
        assert 0.5 * most <= value <= most
    assert use == measured(setup, pattern)


def test_gaps_are_gaps(setup):
    use = measured(setup, Pattern("idle", has_gaps=True))
    assert 0.3 < use.coverage < 0.8
    assert len(use.gpu) < use.expected


def test_what_is_not_measured_is_empty_and_says_what_would_fix_it(setup):
    use = measured(setup, Pattern("idle", is_measured=False))
    assert use.gpu == use.gpu_memory == ()
    assert len(use.cpu) == 72
    assert use.missing == (
        "No GPU metrics: install the CloudWatch agent on it and let it collect nvidia_gpu "
        "utilization_gpu."
    )
    there = Address("sim", "lumen-research-gcp", "us-central1-a", Kind.INSTANCE, "writer")
    setup.state.add_account(there.account)
    other = measured(setup, Pattern(is_measured=False), address=there)
    assert other.missing == (
        "No GPU metrics: install the Ops Agent on it, which reports GPU use by itself."
    )


def test_nothing_is_measured_before_it_ran(setup):
    use = measured(setup, Pattern(), launched=NOW - 2 * HOURS)
    assert len(use.gpu) == 24
    assert use.expected == 72


def test_an_endpoint_counts_requests_and_a_disk_nothing(setup):
    quiet = measured(setup, Pattern("idle"), kind=Kind.ENDPOINT, name="e")
    assert {sample.value for sample in quiet.requests} == {0.0}
    assert highest(measured(setup, Pattern(), kind=Kind.ENDPOINT, name="e").requests) > 100
    assert measured(setup, Pattern("idle"), kind=Kind.DISK, name="v") == Use()
    assert measured(setup, Pattern(), gpu="", gpus=0, type="m6i.4xlarge").missing == ""


def test_of_what_is_not_there_no_use_is_known(setup):
    one = resource(name="i-none")
    use = setup.cloud.use([one], since=NOW - HOURS, until=NOW)
    assert use == {one.id: Use(missing="It is not there any more.")}


def test_accounts_that_do_not_answer_are_named(setup):
    furnished(setup)
    cloud = setup.partial()
    assert cloud.inventory().troubles == (
        "Account 210987654321 of the simulated cloud did not answer; what runs there is unknown.",
    )


def test_a_file_that_is_not_there_is_one_sentence(tmp_path):
    cloud = SimulatedCloud(SimulatedState(tmp_path / "none.sqlite", MovingClock()))
    with pytest.raises(UnavailableError) as missing:
        cloud.inventory()
    assert missing.value.sentence == (
        "The simulated cloud does not answer: its file cannot be opened; "
        "`purser demo` makes it anew."
    )


def test_long_windows_are_measured_more_coarsely(setup):
    one = resource()
    setup.state.put(one, Pattern("idle", since=NOW - timedelta(days=9)))
    use = setup.cloud.use([one], since=NOW - timedelta(days=14), until=NOW)[one.id]
    assert use.expected == len(use.gpu) == 14 * 48
    assert use.coverage == 1.0
