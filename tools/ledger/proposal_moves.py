"""The parts of which a proposal's transitions are made, each within the caller's transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import Row, delete, insert, select, update

from tools.clouds.resources import Verb
from tools.core.errors import RefusedError, UnavailableError
from tools.gate.people import Actor
from tools.gate.proposals import Fate, Proposal, Stage
from tools.ledger.audit import append, plain
from tools.ledger.moments import utc
from tools.ledger.proposal_rows import body_of, proposal_of
from tools.ledger.schema import DECISIONS, PROPOSALS, RUNS

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection

_STANDS = (Stage.PENDING, Stage.CLAIMED, Stage.DONE, Stage.PARTIAL, Stage.UNSETTLED)
_SAYS = {
    Stage.CLAIMED: "This is approved already, and being done.",
    Stage.DENIED: "This was denied; propose it again if it is still wanted.",
    Stage.EXPIRED: "This has expired; propose it again.",
    Stage.REPLACED: "This was edited; only the new card counts.",
    Stage.REFUSED: "This was refused; propose it again.",
}


class Lease(NamedTuple):
    """Who executes a proposal, and until when nobody else may settle it."""

    holder: str
    until: datetime


def is_version(id: str, version: int) -> ColumnElement[bool]:
    """The condition for one version's row."""
    return (PROPOSALS.c.id == id) & (PROPOSALS.c.version == version)


def load(connection: Connection, row: Row[Any]) -> Proposal:
    """The proposal of a row, with its decisions and runs."""
    mine = DECISIONS.c.proposal == row.id, DECISIONS.c.version == row.version
    decided = select(DECISIONS).where(*mine).order_by(DECISIONS.c.at, DECISIONS.c.person)
    runs = select(RUNS).where(RUNS.c.proposal == row.id, RUNS.c.version == row.version)
    return proposal_of(
        row,
        connection.execute(decided).all(),
        connection.execute(runs.order_by(RUNS.c.position)).all(),
    )


def load_or_skip(connection: Connection, row: Row[Any]) -> Proposal | None:
    """The same in a list, where one record that was altered must not hide the others."""
    try:
        return load(connection, row)
    except UnavailableError:
        return None


def find(connection: Connection, id: str, version: int | None = None) -> Proposal | None:
    """The newest version, or the one asked for."""
    query = select(PROPOSALS).where(PROPOSALS.c.id == id).order_by(PROPOSALS.c.version.desc())
    if version is not None:
        query = query.where(PROPOSALS.c.version == version)
    row = connection.execute(query.limit(1)).one_or_none()
    return load(connection, row) if row else None


def there(connection: Connection, proposal: Proposal) -> Proposal:
    """The version as it stands now; it is there."""
    found = find(connection, proposal.id, proposal.version)
    if found is None:
        raise RefusedError("This proposal is not in the ledger any more; propose it again.")
    return found


def pending(connection: Connection, shown: Proposal, *, now: datetime) -> Proposal:
    """What was shown, as it stands now.

    Raises:
        RefusedError: it cannot be decided any more, and why.
    """
    current = find(connection, shown.id)
    if current is None:
        raise RefusedError("There is no such proposal.")
    if (current.version, current.digest) != (shown.version, shown.digest):
        raise RefusedError(_SAYS[Stage.REPLACED])
    if current.stage is not Stage.PENDING:
        raise over(current)
    if current.expires <= now:
        raise RefusedError(_SAYS[Stage.EXPIRED])
    return current


def over(proposal: Proposal) -> RefusedError:
    """Why nothing can be decided about it any more."""
    said = f"This has ended already: {proposal.outcome or proposal.stage.value}"
    return RefusedError(_SAYS.get(proposal.stage, said))


def leave(connection: Connection, proposal: Proposal, **values: object) -> None:
    """Change a pending proposal's row, and no other.

    Raises:
        RefusedError: it is not pending any more.
    """
    left = connection.execute(
        update(PROPOSALS)
        .where(is_version(proposal.id, proposal.version))
        .where(PROPOSALS.c.stage == Stage.PENDING.value)
        .values(**values)
    )
    if not left.rowcount:
        raise over(there(connection, proposal))


def decide(
    connection: Connection,
    proposal: Proposal,
    *,
    person: str,
    verdict: str,
    at: datetime,
    reason: str = "",
) -> None:
    """Keep what somebody pressed; one decision a person and version, the last one."""
    key = {"proposal": proposal.id, "version": proposal.version, "person": person}
    mine = (DECISIONS.c.proposal == proposal.id) & (DECISIONS.c.version == proposal.version)
    connection.execute(delete(DECISIONS).where(mine, DECISIONS.c.person == person))
    row = {**key, "verdict": verdict, "reason": plain(reason), "at": at}
    connection.execute(insert(DECISIONS).values(**row))


def hold(
    connection: Connection, proposal: Proposal, lease: Lease, *, was: str, now: datetime
) -> bool:
    """Prolong a lease that has not run out; whether it was still held."""
    held = connection.execute(
        update(PROPOSALS)
        .where(is_version(proposal.id, proposal.version))
        .where(PROPOSALS.c.stage == Stage.CLAIMED.value)
        .where(PROPOSALS.c.lease_holder == was, PROPOSALS.c.lease_until > now)
        .values(lease_holder=lease.holder, lease_until=lease.until)
    )
    return bool(held.rowcount)


def change_fate(
    connection: Connection, proposal: Proposal, position: int, *was: Fate, **values: object
) -> bool:
    """Change what is written of one target; False where it stood otherwise."""
    changed = connection.execute(
        update(RUNS)
        .where(RUNS.c.proposal == proposal.id, RUNS.c.version == proposal.version)
        .where(RUNS.c.position == position, RUNS.c.fate.in_([fate.value for fate in was]))
        .values(**values)
    )
    return bool(changed.rowcount)


def taken_back(connection: Connection, undone: str) -> Proposal | None:
    """The newest proposal that takes another one back, as long as it did not come to nothing.

    What took only some machines off a timetable keeps nobody from taking off the others.
    """
    stages = [stage.value for stage in _STANDS]
    in_part = [Stage.PARTIAL.value, Stage.UNSETTLED.value]
    in_part_off = (PROPOSALS.c.verb == Verb.SCHEDULE.value) & PROPOSALS.c.stage.in_(in_part)
    query = select(PROPOSALS).where(PROPOSALS.c.undoes == undone, PROPOSALS.c.stage.in_(stages))
    query = query.where(~in_part_off)
    row = connection.execute(query.order_by(PROPOSALS.c.number.desc()).limit(1)).one_or_none()
    return load(connection, row) if row else None


def log(
    connection: Connection,
    event: str,
    proposal: Proposal,
    *,
    at: datetime,
    actor: Actor,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Write a transition of this version into the audit log."""
    held = {"version": proposal.version, **(after or {})}
    append(connection, event, proposal.id, at=at, actor=actor, before=before, after=held)


def shown(proposal: Proposal) -> dict[str, Any]:
    """What the audit log says of a proposal that is new."""
    return {
        "verb": proposal.verb.value,
        "targets": [target.sight.target for target in proposal.targets],
        "facts": [dict(target.sight.facts) for target in proposal.targets],
        "deeds": [dict(target.deed.after) for target in proposal.targets],
        "approvals": proposal.terms.approvals,
        "digest": proposal.digest,
        "body": hashlib.sha256(body_of(proposal).encode()).hexdigest(),
        "reason": proposal.reason,
        "undoes": proposal.undoes,
        "expires": utc(proposal.expires).isoformat(),
    }
