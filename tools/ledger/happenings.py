"""What people and their pipelines told Purser: what happened, and what is planned to."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, or_, select

from tools.core.conditions import conditions_text, lies_within, plain_scope, read_conditions
from tools.core.errors import InputError
from tools.core.periods import Period
from tools.core.query import Filter, Op
from tools.core.results import Event
from tools.gate.people import Actor
from tools.ledger.audit import append, plain, take_head
from tools.ledger.ledger import Ledger
from tools.ledger.moments import utc
from tools.ledger.watch_tables import HAPPENINGS

if TYPE_CHECKING:
    from sqlalchemy import Row

PLANNED = "planned"
DEPLOYMENT = "deployment"
LONGEST = 500  # characters of what is told
PLANNED_FOR = timedelta(days=7)  # a plan of which nobody said until when, and no longer
LOOK_BACK = timedelta(days=3)  # so long before a change what happened may be its cause
_ID, _KIND, _BY = 64, 32, 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something that happened, or is planned.

    Args:
        start: since when, aware.
        end: until when, half-open; None for a moment. A plan that is kept has one.
        kind: `planned`, `deployment`, or any other short word.
        text: what, in the words of who told it: data, never markup.
        scope: whose costs it touches; empty for everything.
        by: who told it.
        id: of its own; told again with the same id it is the same.
        is_dated: who told it said since when; else that is when it was told first.
    """

    start: datetime
    kind: str
    text: str
    end: datetime | None = None
    scope: tuple[Filter, ...] = ()
    by: str = ""
    id: str = ""
    is_dated: bool = field(default=True, compare=False)

    @property
    def is_planned(self) -> bool:
        """Whether it was announced, so that what it costs is no surprise."""
        return self.kind == PLANNED

    def overlaps(self, days: Period) -> bool:
        """Whether any of it falls on those days."""
        if self.start.date() >= days.end:
            return False
        if self.end is None:
            return self.start.date() >= days.start
        return self.end > _midnight(days.start)

    def touches(self, scope: Iterable[Filter]) -> bool:
        """Whether it may concern charges of a scope: no condition of one excludes the other."""
        mine = [pair for f in self.scope for pair in _given(f)]
        return not any(
            dimension == name and not (values & theirs)
            for dimension, values in mine
            for f in scope
            for name, theirs in _given(f)
        )

    def covers(self, scope: Sequence[Filter]) -> bool:
        """Whether all charges of a scope are what it is about."""
        return lies_within(tuple(scope), self.scope)

    def as_event(self) -> Event:
        """As a change lists what came before it."""
        key = {f.dimension: f.values[0] for f in self.scope if f.op is Op.IS and f.values}
        return Event(self.start.date(), self.text, dict(key))


class Happenings:
    """The ledger's record of what was told.

    Args:
        ledger: where it is kept.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def tell(self, happening: Happening, *, actor: Actor) -> Happening:
        """Keep it, with an entry in the audit log; told again with its id it changes nothing.

        Returns:
            What is kept: with an id, the text as it can be shown, and an end if it is planned.

        Raises:
            InputError: it says nothing, ends before it begins, or its id is another's.
        """
        new = _checked(happening, actor)
        with self._ledger.begin() as connection:
            take_head(connection)
            query = select(HAPPENINGS).where(HAPPENINGS.c.id == new.id)
            if row := connection.execute(query).one_or_none():
                return _same(_read(row), new)
            new = _ended(new)
            connection.execute(insert(HAPPENINGS).values(**_row(new)))
            after = {k: str(v) for k, v in _row(new).items() if k != "id" and v is not None}
            now = self._ledger.now()
            append(connection, "told", new.id, at=now, actor=actor, after=after)
        return new

    def withdraw(self, id: str, *, actor: Actor) -> bool:
        """Forget what was told or planned; whether it was there."""
        with self._ledger.begin() as connection:
            take_head(connection)
            row = connection.execute(select(HAPPENINGS).where(HAPPENINGS.c.id == id)).one_or_none()
            if row is None:
                return False
            connection.execute(delete(HAPPENINGS).where(HAPPENINGS.c.id == id))
            before = {"text": row.text, "scope": row.scope, "kind": row.kind}
            now = self._ledger.now()
            append(connection, "withdrawn", id, at=now, actor=actor, before=before)
        return True

    def during(self, days: Period) -> tuple[Happening, ...]:
        """Everything that falls on those days, oldest first."""
        ends = or_(HAPPENINGS.c.end.is_(None), HAPPENINGS.c.end > _midnight(days.start))
        query = (
            select(HAPPENINGS)
            .where((HAPPENINGS.c.start < _midnight(days.end)) & ends)
            .order_by(HAPPENINGS.c.start, HAPPENINGS.c.id)
        )
        with self._ledger.begin() as connection:
            found = [_read(row) for row in connection.execute(query)]
        return tuple(h for h in found if h.overlaps(days))

    def planned(self, days: Period) -> tuple[Happening, ...]:
        """What was announced for those days, oldest first."""
        return tuple(h for h in self.during(days) if h.is_planned)

    def before(
        self, day: date, scope: Iterable[Filter], *, back: timedelta = LOOK_BACK
    ) -> tuple[Happening, ...]:
        """What happened on a day or just before it and may concern a scope, newest first."""
        conditions = tuple(scope)
        near = self.during(Period(day - back, day + timedelta(days=1)))
        return tuple(h for h in reversed(near) if h.touches(conditions))


def _checked(happening: Happening, actor: Actor) -> Happening:
    text = " ".join(plain(happening.text).split())[:LONGEST]
    kind = " ".join(plain(happening.kind).lower().split())[:_KIND]
    if not text or not kind:
        raise InputError("Say what happened, in a few words.")
    if happening.start.tzinfo is None or (happening.end and happening.end.tzinfo is None):
        raise InputError("Say the time with its zone, such as 2026-11-21T09:00Z.")
    start, end = happening.start.astimezone(UTC), happening.end and happening.end.astimezone(UTC)
    if end is not None and end <= start:
        raise InputError("It ends before it begins.")
    if len(happening.id) > _ID or not happening.id.isprintable():
        raise InputError(f"An event's id has at most {_ID} printable characters.")
    read_conditions(conditions_text(happening.scope))  # what could not be read back is not kept
    return replace(
        happening,
        start=start,
        end=end,
        kind=kind,
        text=text,
        by=plain(happening.by or actor.user)[:_BY],
        id=happening.id or secrets.token_hex(6),
    )


def _ended(happening: Happening) -> Happening:
    """With an end, if it is planned: what nobody withdraws must not keep alarms quiet for ever."""
    if happening.end is not None or not happening.is_planned:
        return happening
    left = datetime.max.replace(tzinfo=UTC) - happening.start
    return replace(happening, end=happening.start + min(PLANNED_FOR, left))


def _same(there: Happening, new: Happening) -> Happening:
    start = new.start if new.is_dated else there.start
    said = (
        start,
        _ended(replace(new, start=start)).end,
        new.kind,
        new.text,
        plain_scope(new.scope),
    )
    if (there.start, there.end, there.kind, there.text, plain_scope(there.scope)) != said:
        raise InputError(f"Another event has the id “{new.id}” already.")
    return there


def _given(condition: Filter) -> list[tuple[str, frozenset[str]]]:
    """Dimension and values of a condition that names values; the empty one is nobody's."""
    name = condition.dimension.lower()
    if condition.op is Op.IS:
        return [(name, frozenset(value.lower() for value in condition.values))]
    return [(name, frozenset({""}))] if condition.op is Op.MISSING else []


def _row(happening: Happening) -> dict[str, Any]:
    return {
        "id": happening.id,
        "start": happening.start,
        "end": happening.end,
        "kind": happening.kind,
        "text": happening.text,
        "scope": conditions_text(happening.scope),
        "by": happening.by,
    }


def _read(row: Row[Any]) -> Happening:
    kept = Happening(
        id=row.id,
        start=utc(row.start),
        end=utc(row.end),
        kind=row.kind,
        text=row.text,
        scope=read_conditions(row.scope),
        by=row.by,
    )
    return _ended(kept)  # earlier ones had no end


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
