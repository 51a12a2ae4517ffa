"""Timetables in the ledger: what is put on one, its dated steps, and what became of each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from tools.clouds.resources import Verb
from tools.core.errors import RefusedError
from tools.gate.people import Actor
from tools.gate.timetable import SCHEDULE, TOLERANCE, PlannedStep, Scheduled, StepState, steps_of
from tools.gate.world import Deed
from tools.ledger.audit import PURSER, append, plain, take_head
from tools.ledger.ledger import Ledger
from tools.ledger.moments import utc
from tools.ledger.outbox import short_key
from tools.ledger.timetable_moves import STEP, claimed, is_open, rows
from tools.ledger.watch_tables import OUTBOX, TIMETABLE_STEPS, TIMETABLES
from tools.watch.outgoing import Told

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection


class Timetables:
    """The ledger's record of timetables.

    Args:
        ledger: where it is kept.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    # Reading

    def of(self, target: str) -> str:
        """The timetable that a machine is on, as text; empty where it is on none."""
        return next((one.text for one in self.in_force(target=target)), "")

    def in_force(self, *, target: str = "") -> tuple[Scheduled, ...]:
        """The machines that are on a timetable which is neither taken back nor over."""
        lasts = TIMETABLES.c.ends > self._ledger.now() - TOLERANCE
        query = select(TIMETABLES).where(TIMETABLES.c.removed.is_(None), lasts)
        if target:
            query = query.where(TIMETABLES.c.target == target)
        with self._ledger.begin() as connection:
            found = connection.execute(query.order_by(TIMETABLES.c.at, TIMETABLES.c.target)).all()
        return tuple(
            Scheduled(
                schedule=row.schedule,
                target=row.target,
                title=row.title,
                text=row.text,
                since=utc(row.at),
                ends=utc(row.ends),
            )
            for row in found
        )

    def between(
        self, since: datetime, until: datetime, *, schedule: str = ""
    ) -> tuple[PlannedStep, ...]:
        """The steps in a span as they stand, in order.

        Of a timetable that was taken back, only what was announced, or had happened.
        """
        when = (STEP.at >= since) & (STEP.at < until)
        found = self._where(when & (STEP.schedule == schedule) if schedule else when)
        return tuple(
            one for one in found if one.is_in_force or one.announcement or not one.state.is_open
        )

    def due(self, now: datetime) -> tuple[tuple[str, datetime], ...]:
        """Schedule and moment of every step that is to be done, or to be given up."""
        in_force = TIMETABLES.c.removed.is_(None)
        found = self._where(is_open() & in_force & (STEP.at <= now))
        return tuple(dict.fromkeys((one.schedule, one.at) for one in found))

    def at(self, schedule: str, at: datetime, *, target: str = "") -> tuple[PlannedStep, ...]:
        """The steps of one moment; with `target`, of one machine."""
        where = (STEP.schedule == schedule) & (STEP.at == at)
        return self._where(where & (STEP.target == target) if target else where)

    def last_stop(self, start: PlannedStep) -> PlannedStep | None:
        """The stop before a start of the same machine, by the same timetable."""
        mine = (STEP.schedule == start.schedule) & (STEP.target == start.target)
        found = self._where(mine & (STEP.verb == Verb.STOP.value) & (STEP.at < start.at))
        return found[-1] if found else None

    def posted(self, step: PlannedStep) -> datetime | None:
        """When Slack took a step's announcement; None where it has none yet."""
        key = (OUTBOX.c.key == step.announcement) & (OUTBOX.c.told == Told.SENT.value)
        with self._ledger.begin() as connection:
            at = connection.execute(select(OUTBOX.c.sent_at).where(key)).scalar_one_or_none()
        return utc(at) if at else None

    # What an approved proposal does

    def put_on(self, deed: Deed) -> None:
        """Put a machine on the timetable of a claimed proposal; once, however often it is tried.

        Raises:
            RefusedError: no claimed proposal says so, or it is on another already.
        """
        now = self._ledger.now()
        with self._ledger.begin() as connection:
            take_head(connection)
            proposal, target = claimed(connection, deed)
            mine = _is(proposal.id, deed.target)
            if connection.execute(select(TIMETABLES).where(mine)).one_or_none():
                return
            self._check_free(connection, deed.target, now=now)
            ahead = [step for step in steps_of(proposal) if step.at > now]
            if not ahead:
                raise RefusedError("All of its steps are over; propose it again.")
            held = {"schedule": proposal.id, "target": deed.target}
            rule = {"title": plain(target.sight.title), "text": deed.after[SCHEDULE]}
            span = {"at": now, "ends": ahead[-1].at}
            connection.execute(insert(TIMETABLES).values(**held, **rule, **span, removed_by=""))
            fresh = {"state": StepState.PLANNED.value, "changed": now}
            fresh |= {"said": "", "announcement": "", "by": "", "proposal": ""}
            dated = ({"at": step.at, "verb": step.verb.value} for step in ahead)
            connection.execute(insert(TIMETABLE_STEPS), [{**held, **fresh, **one} for one in dated])

    def take_off(self, deed: Deed) -> None:
        """Take a machine off the timetable that a claimed proposal takes back.

        Raises:
            RefusedError: no claimed proposal says so.
        """
        with self._ledger.begin() as connection:
            take_head(connection)
            proposal, _ = claimed(connection, deed)
            removed = {"removed": self._ledger.now(), "removed_by": proposal.id}
            mine = _is(proposal.undoes, deed.target) & TIMETABLES.c.removed.is_(None)
            connection.execute(update(TIMETABLES).where(mine).values(**removed))

    # What happens to steps

    def announced(
        self,
        connection: Connection,
        *,
        schedule: str,
        at: datetime,
        key: str,
        targets: Collection[str] = (),
    ) -> tuple[str, ...]:
        """Keep which message announces a step, in the caller's transaction with that message.

        Args:
            connection: the transaction.
            schedule: id of the proposal.
            at: the moment.
            key: of the message in the outbox.
            targets: of which machines; empty for all of them.

        Returns:
            The machines whose step had not been announced before.
        """
        take_head(connection)
        mine = (STEP.schedule == schedule) & (STEP.at == at)
        found = rows(connection, mine & (STEP.state == StepState.PLANNED.value))
        told = tuple(
            one.target
            for one in found
            if one.is_in_force and (not targets or one.target in targets)
        )
        change = {"state": StepState.ANNOUNCED.value, "announcement": short_key(key)}
        self._change(connection, mine & STEP.target.in_(told), **change)
        if told:
            after = {"at": at.isoformat(), "targets": told, "key": short_key(key)}
            self._log(connection, "announced", schedule, after=after)
        return told

    def keep(
        self, schedule: str, at: datetime, targets: Iterable[str], *, actor: Actor
    ) -> tuple[PlannedStep, ...]:
        """Leave out one stop of these machines, or of all.

        Returns:
            Those that were not kept before.

        Raises:
            RefusedError: it is no stop that is still to come.
        """
        wanted = set(targets)
        with self._ledger.begin() as connection:
            take_head(connection)
            mine = (STEP.schedule == schedule) & (STEP.at == at)
            found = rows(connection, mine & (STEP.verb == Verb.STOP.value))
            found = tuple(one for one in found if one.target in wanted or not wanted)
            ahead = [one.target for one in found if one.state.is_open and one.is_in_force]
            if not ahead and not any(one.state is StepState.KEPT for one in found):
                raise RefusedError(_why_not(found))
            if ahead:
                change = {"state": StepState.KEPT.value, "by": plain(actor.user)[:64]}
                self._change(connection, mine & STEP.target.in_(ahead), **change)
                after = {"at": at.isoformat(), "targets": sorted(ahead)}
                self._log(connection, "kept", schedule, actor=actor, after=after)
            return rows(connection, mine & STEP.target.in_(ahead))

    def note(self, step: PlannedStep, said: str) -> None:
        """Keep why a step is not done yet."""
        self._settle(step, "step waits", said=said)

    def close(self, step: PlannedStep, state: StepState, said: str) -> None:
        """End a step that no proposal was made for; one that another has ended stays as it is."""
        self._settle(step, f"step {state.value}", state=state, said=said)

    def lapse(self, step: PlannedStep, said: str) -> None:
        """End a step, and the timetable of its machine with it: there is nothing left to stop."""
        self.close(step, StepState.REFUSED, said)
        mine = _is(step.schedule, step.target) & TIMETABLES.c.removed.is_(None)
        with self._ledger.begin() as connection:
            take_head(connection)
            removed = update(TIMETABLES).where(mine).values(removed=self._ledger.now())
            if connection.execute(removed).rowcount:
                after = {"target": step.target, "said": said}
                self._log(connection, "lapsed", step.schedule, after=after)

    def _settle(
        self, step: PlannedStep, event: str, *, said: str, state: StepState | None = None
    ) -> None:
        mine = (STEP.schedule == step.schedule) & (STEP.at == step.at)
        mine &= STEP.target == step.target
        change = {"said": plain(said)}
        is_new = STEP.said != change["said"]
        if state is not None:  # else it stays as it is now, which may not be as it was read
            change["state"], is_new = state.value, is_new | (STEP.state != state.value)
        with self._ledger.begin() as connection:
            take_head(connection)
            if self._change(connection, mine & is_open() & is_new, **change):
                after = {"at": step.at.isoformat(), "target": step.target, "said": said}
                after["verb"] = step.verb.value
                self._log(connection, event, step.schedule, after=after)

    def _change(self, connection: Connection, where: ColumnElement[bool], **values: str) -> int:
        changed = update(TIMETABLE_STEPS).where(where, is_open())
        return connection.execute(changed.values(changed=self._ledger.now(), **values)).rowcount

    def _check_free(self, connection: Connection, target: str, *, now: datetime) -> None:
        held = (TIMETABLES.c.target == target) & TIMETABLES.c.removed.is_(None)
        query = select(TIMETABLES.c.text).where(held, TIMETABLES.c.ends > now - TOLERANCE)
        if connection.execute(query).first():
            raise RefusedError("It was put on another timetable meanwhile; nothing was done.")

    def _where(self, where: ColumnElement[bool]) -> tuple[PlannedStep, ...]:
        with self._ledger.begin() as connection:
            return rows(connection, where)

    def _log(
        self,
        connection: Connection,
        event: str,
        schedule: str,
        *,
        after: Mapping[str, Any],
        actor: Actor = PURSER,
    ) -> None:
        append(connection, event, schedule, at=self._ledger.now(), actor=actor, after=after)


def _is(schedule: str, target: str) -> ColumnElement[bool]:
    return (TIMETABLES.c.schedule == schedule) & (TIMETABLES.c.target == target)


def _why_not(found: Sequence[PlannedStep]) -> str:
    if not found:
        return "There is no such stop; look at the newest announcement."
    if not any(one.is_in_force for one in found):
        return "Its timetable was taken back, so it is not stopped."
    if any(one.state is StepState.BEGUN for one in found):
        return "It is being stopped already; undo that instead."
    return "That stop is over already."
