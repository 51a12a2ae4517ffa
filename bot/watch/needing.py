"""The job `needs`: on Mondays, owners are asked whether what is idle is still needed."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from bot.machine_words import counted
from bot.scope import scope_of
from bot.still_needed import MOST, needed_message
from bot.watch.plans import Plan, outgoing
from tools.gate.people import Actor
from tools.needs import PAUSE, Ask, Asking, who_to_ask
from tools.watch.outgoing import Sort

if TYPE_CHECKING:
    from bot.app import Purser
    from tools.clouds.fleet import Fleet
    from tools.core.context import Context

CLOCKWORK = Actor("schedule", via="schedule")


def plan(purser: Purser, *, name: str, at: datetime) -> Plan:
    """One question to each owner, or to the team's channel, about all that is idle."""
    fleet = purser.fleet
    if fleet is None:
        return Plan(said="No cloud is configured, so nothing runs that I know of.")
    context = purser.equipped(replace(purser.context(), asker=CLOCKWORK))
    asking = _asking(purser, context, fleet, at)
    asks = [replace(ask, machines=ask.machines[:MOST]) for ask in asking.asks]
    plans = [_one(purser, ask, at) for ask in asks]
    about = counted(sum(len(ask.machines) for ask in asks))
    said = f"Asked {counted(len(asks), 'owner')} about {about}." if asks else "Nothing to ask."
    return sum(plans, start=Plan(said=said))


def _asking(purser: Purser, context: Context, fleet: Fleet, at: datetime) -> Asking:
    from tools.gpus import idle_gpus

    config = purser.config
    machines = idle_gpus((), context=context).machines
    return who_to_ask(
        machines,
        needs=purser.needs.of(machine.resource.id for machine in machines),
        directory=purser.directory,
        channels=config.people.channels,
        now=at,
        sees=lambda who, machine: fleet.shows(machine.resource, scope_of(who, config.scope)),
    )


def _one(purser: Purser, ask: Ask, at: datetime) -> Plan:
    ids = [machine.resource.id for machine in ask.machines]
    key = f"needs/{ask.to}/{at:%Y-%m-%d}"
    message = needed_message(ask, by=CLOCKWORK.user, now=at)
    post = outgoing(key, message, channel=ask.to, sort=Sort.NEEDS)
    asked = partial(purser.needs.claim_in, resources=ids, person=ask.to, since=at - PAUSE)
    return Plan((post,), (asked,))
