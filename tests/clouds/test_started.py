"""What was started just before spend rose: from what runs and what logs tell, as far as it may
be seen."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import pytest

from tests.clouds.simulated_clouds import ACCOUNT, NOW, REGION, resource
from tools.clouds.fleet import Fleet
from tools.clouds.resources import Kind
from tools.clouds.simulated import SimulatedCloud
from tools.clouds.simulated_state import SimulatedState
from tools.clouds.started import Wanted, asked_of, started
from tools.clouds.traces import Service, Trace
from tools.core.clock import FixedClock
from tools.core.dimensions import Dimension
from tools.core.query import Filter, Op
from tools.core.scope import EVERYTHING, Scope
from tools.core.settings import LakeSettings

SETTINGS = LakeSettings(dimensions=(Dimension("team", tags=("team",)),))
EC2 = "Amazon Elastic Compute Cloud"
SINCE, UNTIL = NOW - timedelta(days=3), NOW
THEN = NOW - timedelta(hours=5)
ML = Scope((Filter("team", Op.IS, ("ml",)),))


@pytest.fixture
def state(tmp_path: Path) -> SimulatedState:
    return SimulatedState.create(tmp_path / "c.sqlite", clock=FixedClock(NOW))


def launch(*names: str, at=THEN, by="ada", **parts) -> Trace:
    whole = {
        "what": "p5.48xlarge", "done": "launched", "service": Service.MACHINES, "cloud": "sim",
        "account": ACCOUNT, "region": REGION, "count": len(names),
    }  # fmt: skip
    return Trace(at=at, by=by, names=names, **{**whole, **parts})


def told(
    state: SimulatedState,
    names: Iterable[str] = (),
    *,
    scope: Scope = EVERYTHING,
    service: str | None = EC2,
    **key: str | None,
) -> list[str]:
    fleet = Fleet({"sim": SimulatedCloud(state)}, SETTINGS)
    whole = {"service": service, "region": REGION, **key}
    wanted = Wanted(
        key={n: v for n, v in whole.items() if v != ""},
        since=SINCE, until=UNTIL, names=frozenset(names), scope=scope,
    )  # fmt: skip
    logs = fleet.traces(asked_of(fleet, wanted))
    return [s.text for s in started(fleet, wanted, there=fleet.inventory(), told=logs)]


def test_machines_that_run_are_told_together(state):
    for n in range(8):
        one = resource(name=f"i-{n}", launched=THEN + timedelta(minutes=n), tags={"team": "ml"})
        state.put(one)
    assert told(state, team="ml") == ["8 × p4d.24xlarge started"]
    assert told(state, team="web") == []


def test_a_log_says_who_and_of_what_is_gone(state):
    state.trace(launch("i-1", "i-2"))
    state.trace(launch("i-3", at=THEN + timedelta(minutes=50)))
    state.put(resource(name="i-3", launched=THEN))
    assert told(state, ["i-1"]) == ["3 × p5.48xlarge launched by ada"]


def test_what_costs_more_leaves_no_room_for_what_only_fits(state):
    state.trace(launch("i-1"))
    state.trace(launch("i-7", "i-8", "i-9", by="ben"))
    state.put(resource(name="i-5", launched=THEN))
    assert told(state, ["i-1"]) == ["1 × p5.48xlarge launched by ada"]
    assert told(state) == [
        "3 × p5.48xlarge launched by ben",
        "1 × p4d.24xlarge started",
        "1 × p5.48xlarge launched by ada",
    ]


def test_who_made_a_group_larger_started_its_machines(state):
    member = resource(name="i-1", launched=THEN, members=("Auto Scaling group embed",))
    state.put(member)
    state.trace(
        launch("embed", what="Auto Scaling group embed", done="set to 12 machines", count=0)
    )
    assert told(state, ["i-1"]) == [
        "1 × p4d.24xlarge started",
        "Auto Scaling group embed set to 12 machines by ada",
    ]
    tagged = launch("i-9", by="autoscaling", tags={"aws:autoscaling:groupName": "embed"})
    state.trace(tagged)
    assert "Auto Scaling group embed set to 12 machines by ada" in told(state, ["i-9"])


def test_where_an_old_machine_costs_more_a_new_one_is_not_why(state):
    state.put(resource(name="i-old", launched=NOW - timedelta(days=40)))
    state.put(resource(name="i-new", launched=THEN))
    assert told(state, ["i-old"]) == []
    assert told(state, ["12345"]) == ["1 × p4d.24xlarge started"]  # as Google’s bills name it


@pytest.mark.parametrize(
    ("trace", "is_told"),
    [
        (launch("i-1", tags={"team": "ml"}), True),
        (launch("i-1", tags={"team": "web"}), False),
        (launch("i-1"), False),  # tags may have come later: nobody knows whose it is
        (launch("i-0"), True),  # the inventory knows
        (launch("i-2"), True),  # a bill that may be seen names it
    ],
)
def test_a_channel_hears_of_what_it_may_see(state, trace, is_told):
    state.put(resource(name="i-0", launched=NOW - timedelta(days=9), tags={"team": "ml"}))
    state.trace(trace)
    assert bool(told(state, ["i-2"], scope=ML, team="ml")) is is_told


@pytest.mark.parametrize(
    "trace",
    [
        launch("i-1", at=SINCE - timedelta(seconds=1)),
        launch("i-1", at=UNTIL),
        launch("i-1", region="eu-west-1"),
        launch("i-1", account="111111111111"),
        launch("j", service=Service.SAGEMAKER, what="training job j", done="started", count=0),
    ],
)
def test_what_is_elsewhere_or_at_another_time_is_not_told(state, trace):
    state.trace(trace)
    assert told(state, account_id=ACCOUNT) == []


def test_a_service_that_nobody_starts_asks_for_nothing(state):
    state.trace(launch("i-1"))
    state.put(resource(name="i-2", launched=THEN))
    assert told(state, service="Amazon Simple Storage Service") == []


def test_without_a_service_all_sorts_are_told(state):
    state.put(resource(Kind.ENDPOINT, name="rank", launched=THEN))
    state.put(resource(name="i-2", launched=THEN))
    assert told(state, service="") == ["1 × p4d.24xlarge started", "endpoint rank started"]
