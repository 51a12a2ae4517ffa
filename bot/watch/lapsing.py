"""The job `exceptions`: a budget that was raised for a time falls back on its day, as approved.

Nobody is asked again: what was granted ends by itself, as its card said. So nothing can prolong
it but another approval: neither that somebody has left who approved it, nor that policy changed.
Only the kill switch holds it up, which stops whatever Purser would do.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from bot.machine_words import counted
from bot.watch.alerting import place_for
from bot.watch.lapse_blocks import Lapse, Standing, lapse_message
from bot.watch.plans import Plan, outgoing
from tools.core.clock import today
from tools.watch.outgoing import Outgoing, Sort

if TYPE_CHECKING:
    from bot.app import Purser
    from tools.core.budget import Budget, BudgetStatus, Ending

AHEAD = timedelta(days=2)  # from when on it is announced


def plan(purser: Purser, *, name: str, at: datetime) -> Plan:
    """Announce what ends soon, and end what is over: each told in the same transaction."""
    from tools.budgets import statuses_of

    day, frozen = today(purser.config.clock), _frozen(purser)
    ending = [b for b in purser.budgets.records.all() if b.ending and b.ending.until <= day + AHEAD]
    if not ending:
        return Plan(said="No exception ends soon.")
    plans = [
        _one(purser, status, frozen=frozen, at=at)
        for status in statuses_of(ending, context=purser.context())
    ]
    return sum(plans, start=Plan(said=_said(ending, at=at, frozen=frozen)))


def _one(purser: Purser, status: BudgetStatus, *, frozen: str, at: datetime) -> Plan:
    budget, ending = status.budget, status.budget.ending
    if ending is None:
        return Plan()
    if at.date() < ending.until:
        return Plan(_posts(purser, status, ending, Standing.SOON, at))
    if budget.link:
        return Plan(_posts(purser, status, ending, Standing.ASKED, at))
    if frozen:
        return Plan()
    from tools.ledger.budgets import fall_back

    falls = partial(fall_back, was=budget, at=at)
    return Plan(_posts(purser, status, ending, Standing.OVER, at), (falls,))


def _posts(
    purser: Purser, status: BudgetStatus, ending: Ending, standing: Standing, at: datetime
) -> tuple[Outgoing, ...]:
    """One message, named by the deed that allowed the exception; none where nobody is named."""
    channel = place_for(purser, status.budget)
    if not channel:
        return ()
    message = lapse_message(Lapse(status, ending, standing, at))
    key = f"exception/{ending.deed}/{standing}"
    return (outgoing(key, message, channel=channel, sort=Sort.BUDGET),)


def _frozen(purser: Purser) -> str:
    """Why nothing is done at this moment; empty where it is."""
    from tools.gate.rules import frozen
    from tools.ledger.freezes import Freezes

    config = purser.config
    freeze = Freezes(purser.ledger).current()
    return frozen(config.policy, now=config.clock.now(), freeze=freeze)


def _said(ending: Iterable[Budget], *, at: datetime, frozen: str) -> str:
    over = [b for b in ending if b.ending and b.ending.until <= at.date() and not b.link]
    if over and frozen:
        return f"{counted(len(over), 'budget')} would fall back. {frozen}"
    return f"{counted(len(over), 'budget')} fell back." if over else "Announced what ends soon."
