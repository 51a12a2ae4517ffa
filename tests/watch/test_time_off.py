"""What stops by the clock saved: only hours that were really off are counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tools.clouds.resources import Verb
from tools.gate.timetable import PlannedStep, StepState
from tools.watch.time_off import time_off

EIGHT = datetime(2026, 11, 20, 20, tzinfo=UTC)
SEVEN = EIGHT + timedelta(hours=11)
DONE, KEPT, MISSED, PLANNED = (
    StepState.DONE,
    StepState.KEPT,
    StepState.MISSED,
    StepState.PLANNED,
)


def step(at: datetime, verb: Verb, state: StepState, target: str = "a") -> PlannedStep:
    return PlannedStep(schedule="s", at=at, verb=verb, target=target, title=target, state=state)


@pytest.mark.parametrize(
    ("stop", "start", "now", "hours"),
    [
        (DONE, DONE, SEVEN + timedelta(days=9), 11),
        (DONE, PLANNED, EIGHT + timedelta(hours=3), 3),
        (DONE, MISSED, SEVEN + timedelta(hours=5), 11),  # somebody may have started it by hand
        (KEPT, MISSED, SEVEN, 0),
        (StepState.ALREADY, DONE, SEVEN, 0),  # it was off without the clock
        (StepState.UNKNOWN, DONE, SEVEN, 0),
        (PLANNED, PLANNED, EIGHT - timedelta(hours=1), 0),
    ],
)
def test_time_off_runs_from_a_stop_that_was_done_to_its_start(stop, start, now, hours):
    steps = [step(SEVEN, Verb.START, start), step(EIGHT, Verb.STOP, stop)]
    assert time_off(steps, now=now) == {"a": timedelta(hours=hours)}


def test_each_machine_counts_for_itself_and_nothing_where_nothing_starts_it():
    night = timedelta(days=1)
    steps = [
        step(EIGHT, Verb.STOP, DONE),
        step(SEVEN, Verb.START, DONE),
        step(EIGHT + night, Verb.STOP, DONE),
        step(SEVEN + night, Verb.START, DONE),
        step(EIGHT, Verb.STOP, DONE, "b"),
        step(EIGHT + night, Verb.STOP, DONE, "b"),
    ]
    found = time_off(steps, now=EIGHT + 9 * night)
    assert found == {"a": timedelta(hours=22), "b": timedelta()}
