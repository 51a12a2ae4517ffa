"""A timetable on its card: its dated steps, what it saves, and how it can be ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from tools.clouds.resources import Verb
from tools.core.errors import InputError
from tools.gate.proposals import Proposal
from tools.gate.timetable import Step, steps_of, timetable_of

SHOWN = 4  # of the first steps on a card; Details has them all


def is_clocked(proposal: Proposal) -> bool:
    """Whether it puts something on a timetable, or takes it off."""
    return proposal.verb is Verb.SCHEDULE


def zone_of(proposal: Proposal) -> str:
    """The zone in which the hours of a timetable are meant."""
    try:
        return timetable_of(proposal).zone
    except InputError:
        return "UTC"


def step_moment(at: datetime, zone: str) -> str:
    """`Mon, Nov 23, 20:00`, in the zone."""
    there = at.astimezone(ZoneInfo(zone))
    return f"{there:%a}, {there:%b} {there.day}, {there:%H:%M}"


def hour_text(at: datetime, zone: str) -> str:
    """`20:00`, in the zone; UTC says so."""
    return f"{at.astimezone(ZoneInfo(zone)):%H:%M}{' UTC' if zone == 'UTC' else ''}"


def steps_text(proposal: Proposal) -> str:
    """`8 until Fri, Nov 27, 07:00: stop Mon, Nov 23, 20:00; start Tue, Nov 24, 07:00; …`."""
    found, zone = steps_of(proposal), zone_of(proposal)
    if not found:
        return ""
    first = "; ".join(f"{step.verb} {step_moment(step.at, zone)}" for step in found[:SHOWN])
    more = "; …" if len(found) > SHOWN else ""
    count = "1 step" if len(found) == 1 else f"{len(found)} steps"
    return f"{count} until {step_moment(found[-1].at, zone)} ({zone}): {first}{more}"


def all_steps(proposal: Proposal) -> Iterator[str]:
    """Every step with its date, a stop and the start after it on one line."""
    found, zone = steps_of(proposal), zone_of(proposal)
    for pair in _pairs(found):
        yield ", ".join(f"{step.verb} {step_moment(step.at, zone)}" for step in pair)


def _pairs(found: Sequence[Step]) -> Iterator[tuple[Step, ...]]:
    held: tuple[Step, ...] = ()
    for step in found:
        if held and step.verb is Verb.STOP:
            yield held
            held = ()
        held = (*held, step)
    if held:
        yield held
