"""Announcements of stops by the clock: what they say, what they never become, Slack's limits."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.console.block_rules import problems
from bot.watch.stop_blocks import Announced, Kept, stop_message
from tests.bot.gate_parts import text
from tests.bot.test_cards import NASTY, proposal, target
from tools.clouds.resources import Verb
from tools.gate.proposals import Decision, Proposal, Stage
from tools.gate.timetable import PlannedStep, StepState

EIGHT = datetime(2026, 11, 23, 20, tzinfo=UTC)
SEVEN = EIGHT + timedelta(hours=11)
RULE = "stop 20:00, start 07:00, nights (UTC) until 2026-12-01"
BEN = "U0BENORTIZ"


def scheduled(*names: str, **changes: object) -> Proposal:
    targets = [
        target(name, verb=Verb.SCHEDULE, id=f"sim/1/eu/instance/i-{n}", after={"schedule": RULE})
        for n, name in enumerate(names)
    ]
    steps = "2026-11-23T20:00Z stop\n2026-11-24T07:00Z start"
    decided = (Decision(BEN, "approve", EIGHT - timedelta(days=1)),)
    more = {"extra": {"steps": steps}, "decisions": decided, "stage": Stage.DONE, **changes}
    return replace(proposal(*targets), verb=Verb.SCHEDULE, **more)


def announced(schedule: Proposal, *states: StepState, verb=Verb.STOP, **changes) -> Announced:
    steps = tuple(
        PlannedStep(
            schedule=schedule.id,
            at=EIGHT if verb is Verb.STOP else SEVEN,
            verb=verb,
            target=target.sight.target,
            title=target.sight.title,
            state=state,
            by=BEN if state is StepState.KEPT else "",
        )
        for target, state in zip(schedule.targets, states, strict=True)
    )
    told = EIGHT - timedelta(minutes=20)
    return Announced(**{"schedule": schedule, "steps": steps, "told": told, **changes})


@pytest.mark.parametrize("count", [1, 2, 25, 50])
@pytest.mark.parametrize("state", [StepState.ANNOUNCED, StepState.DONE])
def test_it_stays_within_slacks_limits_whatever_things_are_called(count, state):
    names = [NASTY[n % len(NASTY)] for n in range(count)]
    shown = stop_message(announced(scheduled(*names), *[state] * count))
    assert problems(list(shown.blocks)) == []
    parts = str([block for block in shown.blocks if block["type"] == "rich_text"])
    assert "'link'" not in parts
    assert "'broadcast'" not in parts
    assert "U0CHLOEW00'}" not in parts


def test_every_machine_is_named_however_many_there_are():
    names = [f"train-{n}" for n in range(50)]
    shown = text(stop_message(announced(scheduled(*names), *[StepState.ANNOUNCED] * 50)))
    assert [name for name in names if name not in shown] == []
    assert "and 10 machines more: train-40, train-41, train-42" in shown


@pytest.mark.parametrize(
    ("states", "said"),
    [
        ([StepState.ANNOUNCED], "1 machine stops at 20:00 UTC."),
        ([StepState.ANNOUNCED, StepState.KEPT], "1 machine stops at 20:00 UTC, 1 kept running."),
        ([StepState.DONE, StepState.ALREADY], "1 stopped at 20:00 UTC, 1 stopped already."),
        ([StepState.REFUSED, StepState.MISSED], "2 not stopped at 20:00 UTC."),
        ([StepState.UNKNOWN], "1 not known to be stopped at 20:00 UTC."),
        ([StepState.BEGUN], "1 being stopped at 20:00 UTC."),
    ],
)
def test_the_number_comes_first(states, said):
    names = [f"train-{n}" for n, _ in enumerate(states)]
    shown = stop_message(announced(scheduled(*names), *states))
    assert text(shown).startswith(said)
    assert shown.text.startswith(said)


def test_what_is_not_known_is_said():
    schedule = scheduled("a", "b")
    first = schedule.targets[0]
    unpriced = replace(first, sight=replace(first.sight, hourly=None))
    schedule = replace(schedule, targets=(unpriced, schedule.targets[1]))
    shown = text(stop_message(announced(schedule, StepState.DONE, StepState.DONE)))
    assert (
        "Off until Tue, Nov 24, 07:00; I don’t know what it saves, because a price is not known."
    ) in shown
    endless = replace(schedule, extra={"steps": "2026-11-23T20:00Z stop"})
    shown = text(stop_message(announced(endless, StepState.DONE, StepState.DONE)))
    assert "Nothing starts it again by the clock; /gpu start does." in shown


def test_what_waits_says_why_and_what_came_late_says_so():
    found = announced(scheduled("a"), StepState.ANNOUNCED, told=EIGHT)
    frozen = replace(found.steps[0], said="Everything is frozen.")
    shown = text(stop_message(replace(found, steps=(frozen,))))
    assert shown.startswith(
        "1 machine was to stop at 20:00 UTC, and stops 15 minutes after this message instead."
    )
    assert "a · p4d.24xlarge · i-0 · $32.77 an hour · not yet: Everything is frozen." in shown


def test_a_button_carries_which_stop_and_nothing_that_is_not_ours_is_read():
    for kept in (Kept("a" * 32, EIGHT), Kept("a" * 32, EIGHT, 7)):
        assert Kept.parse(kept.value) == kept
    for wrong in ("", "a|2026-11-23T20:00Z", "a|2026-99-23T20:00Z|all", "a|x|1", "<@U1>|1|1"):
        assert Kept.parse(wrong) is None
