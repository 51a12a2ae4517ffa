"""The demo's clock, put forward to the next step of a timetable: announced first, then done."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from bot.app import build
from bot.watch.running import run
from bot.watch.stopping import LEAD
from tools.clouds.resources import Verb
from tools.core.clock import FixedClock
from tools.gate.timetable import LONGEST, PlannedStep, StepState

if TYPE_CHECKING:
    from datetime import datetime

    from bot.config import Config
    from tools.ledger.timetables import Timetables

HOLDER = "next stop"


def play_next_stop(config: Config) -> None:
    """Run the job `stops` as if its time had come; nothing where nothing is on a timetable.

    Args:
        config: of a simulated cloud, whose clock says the present.
    """
    at = _next(config)
    if at is None:
        return
    purser = build(replace(config, clock=FixedClock(at)))
    try:
        run(purser, "stops", at, holder=HOLDER, is_asked=True)
    finally:
        purser.ledger.close()


def _next(config: Config) -> datetime | None:
    """When the next step is announced; where it is announced already, when it is done."""
    from tools.ledger.timetables import Timetables

    purser, now = build(config), config.clock.now()
    store = Timetables(purser.ledger)
    try:
        steps = store.between(now, now + LONGEST)
        ahead = next((one for one in steps if _comes(store, one)), None)
    finally:
        purser.ledger.close()
    if ahead is None:
        return None
    is_new = ahead.state is StepState.PLANNED
    return max(ahead.at - LEAD, now) if is_new else ahead.at


def _comes(store: Timetables, step: PlannedStep) -> bool:
    """Whether it is to be done: nothing is started that the clock did not stop."""
    if not step.state.is_open or not step.is_in_force:
        return False
    stop = store.last_stop(step) if step.verb is Verb.START else None
    return step.verb is Verb.STOP or (stop is not None and stop.state is StepState.DONE)
