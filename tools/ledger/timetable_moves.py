"""The parts of which timetables' transitions are made, each within the caller's transaction."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, exists, select, update

from tools.clouds.resources import Verb
from tools.core.errors import RefusedError
from tools.gate.proposals import Fate, Proposal, Stage, Target
from tools.gate.timetable import PlannedStep, StepState, step_of
from tools.gate.world import Deed
from tools.ledger import proposal_moves as moves
from tools.ledger.moments import utc
from tools.ledger.schema import RUNS
from tools.ledger.watch_tables import TIMETABLE_STEPS, TIMETABLES

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

STEP = TIMETABLE_STEPS.c
_FATES = {
    Fate.WAITING: StepState.BEGUN,
    Fate.BEGUN: StepState.BEGUN,
    Fate.DONE: StepState.DONE,
    Fate.REFUSED: StepState.REFUSED,
    Fate.FAILED: StepState.FAILED,
    Fate.UNKNOWN: StepState.UNKNOWN,
}


def rows(connection: Connection, where: ColumnElement[bool]) -> tuple[PlannedStep, ...]:
    """The steps that are so, in order; what a proposal of theirs came to is read from it."""
    mine = (TIMETABLES.c.schedule == STEP.schedule) & (TIMETABLES.c.target == STEP.target)
    run = (RUNS.c.proposal == STEP.proposal) & (RUNS.c.version == 1) & (RUNS.c.position == 0)
    query = (
        select(
            TIMETABLE_STEPS,
            TIMETABLES.c.title,
            TIMETABLES.c.removed,
            RUNS.c.fate,
            RUNS.c.said.label("run_said"),
            RUNS.c.at.label("run_at"),
        )
        .join(TIMETABLES, mine)
        .outerjoin(RUNS, run)
        .where(where)
        .order_by(STEP.at, STEP.schedule, STEP.target)
    )
    return tuple(planned_of(row) for row in connection.execute(query))


def planned_of(row: Row[Any]) -> PlannedStep:
    """A step from its row."""
    state, said, changed = StepState(row.state), row.said, row.changed
    if state is StepState.BEGUN and row.fate is not None:
        state, said, changed = _FATES[Fate(row.fate)], row.run_said, row.run_at or row.changed
    return PlannedStep(
        schedule=row.schedule,
        at=utc(row.at),
        verb=Verb(row.verb),
        target=row.target,
        title=row.title,
        state=state,
        said=said,
        announcement=row.announcement,
        by=row.by,
        proposal=row.proposal,
        changed=utc(changed),
        is_in_force=row.removed is None,
    )


def claimed(connection: Connection, deed: Deed) -> tuple[Proposal, Target]:
    """The claimed proposal that a deed about a timetable is part of, and its target there.

    Raises:
        RefusedError: there is none.
    """
    id, version, _ = deed.key.rsplit("-", 2)
    proposal = moves.find(connection, id, int(version))
    if proposal is not None and proposal.stage is Stage.CLAIMED:
        for target in proposal.targets:
            if target.deed == deed:
                return proposal, target
    raise RefusedError("No approved proposal says so; nothing was done.")


def begin_step(connection: Connection, proposal: Proposal, *, now: datetime) -> None:
    """Let one proposal, and no other ever, do the step that it says it does.

    Raises:
        RefusedError: it was kept, taken back, or begun already.
    """
    step, target = step_of(proposal), proposal.targets[0].sight.target
    is_in_force = exists().where(
        TIMETABLES.c.schedule == STEP.schedule,
        TIMETABLES.c.target == STEP.target,
        TIMETABLES.c.removed.is_(None),
    )
    begun = connection.execute(
        update(TIMETABLE_STEPS)
        .where(STEP.schedule == proposal.under, STEP.at == step.at, STEP.target == target)
        .where(STEP.verb == proposal.verb.value, STEP.state == StepState.ANNOUNCED.value)
        .where(is_in_force)
        .values(state=StepState.BEGUN.value, said="", proposal=proposal.id, changed=now)
    )
    if not begun.rowcount:
        raise RefusedError("This step was kept, taken back, or begun already.")


def check_in_force(connection: Connection, proposal: Proposal) -> None:
    """A step goes no further once its timetable was taken back.

    Raises:
        RefusedError: it was.
    """
    target = proposal.targets[0].sight.target
    mine = (TIMETABLES.c.schedule == proposal.under) & (TIMETABLES.c.target == target)
    held = select(TIMETABLES.c.schedule).where(mine, TIMETABLES.c.removed.is_(None))
    if proposal.under and connection.execute(held).one_or_none() is None:
        raise RefusedError("Its timetable was taken back.")


def is_open() -> ColumnElement[bool]:
    """The condition for steps that may yet be done."""
    return STEP.state.in_([state.value for state in StepState if state.is_open])
