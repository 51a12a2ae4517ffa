"""Machines on a timetable, announcements that Slack took, and the clock at a step."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from tests.gate.desks import Desk, press
from tools.clouds.resources import Verb
from tools.gate.proposals import Proposal
from tools.ledger.outbox import Outbox
from tools.watch.outgoing import Outgoing, Sort

NIGHTS = {"stop": "20:00", "start": "07:00", "days": "nights"}
STOP = datetime(2026, 11, 21, 20, tzinfo=UTC)
START = datetime(2026, 11, 22, 7, tzinfo=UTC)
NEXT = datetime(2026, 11, 22, 20, tzinfo=UTC)


def put_on(desk: Desk, *targets: str, by: Sequence[str] = ("UADMIN",), **said: str) -> Proposal:
    """Propose a timetable, approve it and put it in force."""
    proposal = desk.propose(*targets, verb=Verb.SCHEDULE, after={**NIGHTS, **said})
    return desk.run(proposal, *by)


def post(desk: Desk, key: str) -> None:
    """Slack takes a message now."""
    put(desk, key)
    outbox = Outbox(desk.ledger)
    claimed = outbox.claim(holder="sender", lease=timedelta(minutes=1))
    assert claimed is not None
    outbox.mark_sent(claimed, channel="C1", ts=key)


def put(desk: Desk, key: str) -> None:
    """A message is to be posted."""
    outgoing = Outgoing(key=key, channel="C1", sort=Sort.SCHEDULE, text="It stops.")
    with desk.ledger.begin() as connection:
        Outbox(desk.ledger).put(connection, [outgoing])


def announce(desk: Desk, schedule: Proposal, at: datetime, *, minutes: float = 20) -> None:
    """Turn the clock to so long before a step, and announce it."""
    desk.clock.at = at - timedelta(minutes=minutes)
    key = f"stops/{schedule.id}/{at:%d%H}"
    post(desk, key)
    with desk.ledger.begin() as connection:
        desk.timetables.announced(connection, schedule=schedule.id, at=at, key=key)


def step(desk: Desk, schedule: Proposal, at: datetime, *, late: float = 0) -> tuple[Proposal, ...]:
    """Turn the clock to a step, or so many minutes later, and have it done."""
    desk.clock.at = at + timedelta(minutes=late)
    return desk.gate.step(schedule.id, at)


def told_and_done(desk: Desk, schedule: Proposal, at: datetime) -> tuple[Proposal, ...]:
    """Announce a step in time, and have it done."""
    announce(desk, schedule, at)
    return step(desk, schedule, at)


def undo(desk: Desk, proposal: Proposal, by: str = "UASKS") -> Proposal:
    """Take it back."""
    return desk.gate.execute(desk.gate.undo(proposal.id, actor=press(by)).id)


def states(desk: Desk, schedule: Proposal, at: datetime) -> list[tuple[str, str]]:
    """What became of the steps of one moment: state, and what was said."""
    return [(s.state.value, s.said) for s in desk.timetables.at(schedule.id, at)]
