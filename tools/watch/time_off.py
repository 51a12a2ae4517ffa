"""What stops by the clock have saved so far: an estimate, from steps that were really done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby

from tools.clouds.resources import Verb
from tools.gate.proposals import Proposal
from tools.gate.timetable import PlannedStep, StepState, steps_of


def next_start(schedule: Proposal, after: datetime) -> datetime | None:
    """When the clock starts again what it stops at a moment; None where nothing does."""
    return next((s.at for s in steps_of(schedule) if s.verb is Verb.START and s.at > after), None)


def time_off(steps: Iterable[PlannedStep], *, now: datetime) -> dict[str, timedelta]:
    """By machine, for how long the clock kept it off: from each stop that was done to its start.

    Where the start did not come, the time after it was due is not counted: somebody may have
    started it by hand. Nor is a stop that nothing is to start again.
    """
    ordered = sorted(steps, key=lambda step: (step.target, step.at))
    return {
        target: sum((_off(mine, i, now) for i in range(len(mine))), timedelta())
        for target, mine in ((t, list(g)) for t, g in groupby(ordered, key=lambda s: s.target))
    }


def _off(mine: Sequence[PlannedStep], index: int, now: datetime) -> timedelta:
    step = mine[index]
    if step.verb is not Verb.STOP or step.state is not StepState.DONE or index + 1 == len(mine):
        return timedelta()
    until = min(mine[index + 1].at, now)
    is_start = mine[index + 1].verb is Verb.START
    return max(until - step.at, timedelta()) if is_start else timedelta()


def saved(schedule: Proposal, off: Mapping[str, timedelta]) -> tuple[Decimal | None, str]:
    """Time off times the price that was approved with, and its currency; None without a price."""
    total = Decimal(0)
    for target in schedule.targets:
        hourly, span = target.sight.hourly, off.get(target.sight.target, timedelta())
        if not span:
            continue
        if hourly is None:
            return None, schedule.currency
        total += hourly * Decimal(int(span.total_seconds())) / Decimal(3600)
    return total, schedule.currency
