"""Accrued spend, kept by day and machine until its bill is there, and a while after."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, select, update

from tools.core.money import decimal_text
from tools.ledger.ledger import Ledger
from tools.ledger.moments import utc
from tools.ledger.watch_tables import ACCRUALS, BURNS, RUNAWAYS
from tools.watch.accrual import HISTORY, Accrued, Runaway

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, Row

NONE = "-"  # in the column of what is billed: the bill is there, and has no line of it
_HOUR = "%Y-%m-%dT%H"


class Accruals:
    """The ledger's record of what runs and has accrued.

    Args:
        ledger: where it is kept.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def open(self, *, since: date) -> tuple[Accrued, ...]:
        """What runs and ran on the days from `since` on whose bills are not there yet."""
        days = ACCRUALS.c.day >= since.isoformat()
        return self._all(days & (ACCRUALS.c.billed == ""))

    def billed(self, *, since: date) -> tuple[Accrued, ...]:
        """Of the days from `since` on, what was compared with its bill."""
        days = ACCRUALS.c.day >= since.isoformat()
        return self._all(days & (ACCRUALS.c.billed != ""))

    def counted_at(self) -> datetime | None:
        """When was counted last."""
        with self._ledger.begin() as connection:
            return utc(connection.execute(select(func.max(ACCRUALS.c.through))).scalar())

    def peaks(self) -> dict[str, dict[datetime, Decimal]]:
        """By group and full hour, the most that its machines cost an hour."""
        found: dict[str, dict[datetime, Decimal]] = {}
        with self._ledger.begin() as connection:
            for row in connection.execute(select(BURNS)):
                hour = datetime.strptime(row.hour, _HOUR).replace(tzinfo=UTC)
                found.setdefault(row.cause, {})[hour] = Decimal(row.peak)
        return found

    def runaways(self) -> tuple[Runaway, ...]:
        """What was told of late, oldest first."""
        query = select(RUNAWAYS).order_by(RUNAWAYS.c.since, RUNAWAYS.c.cause)
        with self._ledger.begin() as connection:
            rows = connection.execute(query).all()
        return tuple(
            Runaway(row.cause, utc(row.since), Decimal(row.told), row.message, utc(row.over_at))
            for row in rows
        )

    def _all(self, condition: ColumnElement[bool]) -> tuple[Accrued, ...]:
        query = select(ACCRUALS).where(condition).order_by(ACCRUALS.c.day, ACCRUALS.c.resource)
        with self._ledger.begin() as connection:
            return tuple(_accrued(row) for row in connection.execute(query))


def keep_accrued(connection: Connection, rows: Iterable[Accrued], *, at: datetime) -> None:
    """Keep what was counted, in the place of what was before; and when, even where nothing runs."""
    for row in (*rows, _looked(at)):
        mine = (ACCRUALS.c.day == row.day.isoformat()) & (ACCRUALS.c.resource == row.resource)
        values = {
            "dollars": decimal_text(row.amount),
            "currency": row.currency,
            "hourly": decimal_text(row.hourly) or "",
            "through": row.through,
            "labels": json.dumps(dict(row.labels), ensure_ascii=False, sort_keys=True),
        }
        if connection.execute(update(ACCRUALS).where(mine).values(**values)).rowcount:
            continue
        key = {"day": row.day.isoformat(), "resource": row.resource[:512]}
        connection.execute(
            insert(ACCRUALS).values(**key, **values, billed="" if row.resource else NONE)
        )


def keep_billed(connection: Connection, billed: Mapping[tuple[date, str], Decimal | None]) -> None:
    """Keep what the bills say; None where a day's bill has no line of a machine."""
    for (day, resource), amount in billed.items():
        mine = (ACCRUALS.c.day == day.isoformat()) & (ACCRUALS.c.resource == resource)
        text = NONE if amount is None else decimal_text(amount)
        connection.execute(update(ACCRUALS).where(mine).values(billed=text))


def keep_peak(connection: Connection, cause: str, *, hourly: Decimal, at: datetime) -> None:
    """Keep the burn of now, if it is the hour's peak; what is too old goes."""
    hour = at.astimezone(UTC).strftime(_HOUR)
    mine = (BURNS.c.cause == cause) & (BURNS.c.hour == hour)
    before = connection.execute(select(BURNS.c.peak).where(mine)).scalar()
    if before is None:
        oldest = (at - HISTORY).astimezone(UTC).strftime(_HOUR)
        connection.execute(delete(BURNS).where(BURNS.c.cause == cause, BURNS.c.hour < oldest))
        row = {"cause": cause, "hour": hour, "peak": decimal_text(hourly)}
        connection.execute(insert(BURNS).values(**row))
    elif hourly > Decimal(before):
        connection.execute(update(BURNS).where(mine).values(peak=decimal_text(hourly)))


def keep_runaway(connection: Connection, runaway: Runaway) -> None:
    """Keep that it was told, or that it has gone back."""
    mine = (RUNAWAYS.c.cause == runaway.cause) & (RUNAWAYS.c.since == runaway.since)
    connection.execute(delete(RUNAWAYS).where(mine))
    row = {"cause": runaway.cause, "since": runaway.since, "message": runaway.message}
    told = decimal_text(runaway.told)
    connection.execute(insert(RUNAWAYS).values(**row, told=told, over_at=runaway.over_at))


def forget(connection: Connection, before: date) -> None:
    """Let go of what is older than a day, billed or not."""
    connection.execute(delete(ACCRUALS).where(ACCRUALS.c.day < before.isoformat()))
    start = datetime.combine(before, time(), UTC)
    connection.execute(delete(RUNAWAYS).where(RUNAWAYS.c.over_at < start))


def _looked(at: datetime) -> Accrued:
    """The row of no machine, which tells when was counted."""
    day = at.astimezone(UTC).date()
    return Accrued(day=day, resource="", amount=Decimal(0), currency="", hourly=None, through=at)


def _accrued(row: Row[Any]) -> Accrued:
    return Accrued(
        day=date.fromisoformat(row.day),
        resource=row.resource,
        amount=Decimal(row.dollars),
        currency=row.currency,
        hourly=Decimal(row.hourly) if row.hourly else None,
        through=utc(row.through),
        labels=json.loads(row.labels),
        billed=Decimal(row.billed) if row.billed not in ("", NONE) else None,
        is_billed=row.billed != "",
    )
