"""The ledger's record of unusual spend: what was found where, so that it is told once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update

from tools.core.conditions import conditions_text
from tools.core.money import decimal_text
from tools.core.query import Filter, Op
from tools.ledger.ledger import Ledger
from tools.ledger.watch_tables import ANOMALIES, WATCH_CHOICES
from tools.watch.anomaly import Anomaly

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, Row

_CAUSE = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """An anomaly as a channel knows it.

    Args:
        id: names it: what it is about, since when, and where it was told.
        channel: Slack channel.
        scope: the conditions its charges meet.
        first_day: since when.
        last_day: the newest day that belongs to it, so far.
        actual: what those days cost.
        expected: what they usually cost.
        currency: of both.
        score: standard deviations.
        message: key in the outbox; empty where it was kept and not told, being planned.
        at: when it was found.
    """

    id: str
    channel: str
    scope: tuple[Filter, ...]
    first_day: date
    last_day: date
    actual: Decimal
    expected: Decimal
    currency: str
    score: float
    message: str
    at: datetime

    @property
    def a_day(self) -> Decimal:
        """The excess of one of its days, on average."""
        return (self.actual - self.expected) / ((self.last_day - self.first_day).days + 1)

    @property
    def relative(self) -> Decimal:
        """The excess as a share of what is usual; of nothing, a large one."""
        return (self.actual - self.expected) / self.expected if self.expected > 0 else Decimal(99)


def known(anomaly: Anomaly, *, channel: str, message: str, at: datetime) -> Known:
    """An anomaly to be kept for a channel."""
    return Known(
        id=anomaly_id(anomaly, channel=channel),
        channel=channel,
        scope=anomaly.scope,
        first_day=anomaly.first_day,
        last_day=anomaly.last_day,
        actual=anomaly.actual,
        expected=anomaly.expected,
        currency=anomaly.currency,
        score=anomaly.score,
        message=message,
        at=at,
    )


def anomaly_id(anomaly: Anomaly, *, channel: str) -> str:
    """Names an anomaly in a channel: the same one always alike."""
    said = f"{channel}\n{conditions_text(anomaly.scope)}\n{anomaly.currency}\n{anomaly.first_day}"
    return hashlib.sha256(said.encode()).hexdigest()[:20]


class Anomalies:
    """What was found, by channel.

    Args:
        ledger: where it is kept.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def of_channel(self, channel: str, *, since: date | None = None) -> tuple[Known, ...]:
        """What a channel knows that went on until a day or later, oldest first."""
        mine = ANOMALIES.c.channel == channel
        return self._where(mine if since is None else mine & (ANOMALIES.c.last_day >= str(since)))

    def told(self) -> tuple[Known, ...]:
        """Everything that was told anywhere, oldest first."""
        return self._where(ANOMALIES.c.message != "")

    def of_message(self, key: str) -> Known | None:
        """The anomaly that a message of the outbox tells."""
        return next(iter(self._where(ANOMALIES.c.message == key)), None)

    def seen(self, channel: str) -> date | None:
        """The day up to which a channel's bills were looked at; None where they never were."""
        query = select(WATCH_CHOICES.c.choice).where(WATCH_CHOICES.c.subject == _seen(channel))
        with self._ledger.begin() as connection:
            found = connection.execute(query).scalar_one_or_none()
        return date.fromisoformat(json.loads(found)["through"]) if found else None

    def _where(self, condition: ColumnElement[bool]) -> tuple[Known, ...]:
        query = select(ANOMALIES).where(condition).order_by(ANOMALIES.c.first_day, ANOMALIES.c.id)
        with self._ledger.begin() as connection:
            return tuple(_read(row) for row in connection.execute(query))


def keep_known(connection: Connection, found: Sequence[Known]) -> None:
    """Keep what is new, and of what is known how far it has come."""
    for one in found:
        mine = ANOMALIES.c.id == one.id
        values = {"last_day": str(one.last_day), "body": _body(one)}
        if not connection.execute(update(ANOMALIES).where(mine).values(**values)).rowcount:
            connection.execute(insert(ANOMALIES).values(**_row(one), **values))


def keep_seen(connection: Connection, channel: str, through: date, *, at: datetime) -> None:
    """Note up to which day a channel's bills were looked at."""
    subject = _seen(channel)
    connection.execute(delete(WATCH_CHOICES).where(WATCH_CHOICES.c.subject == subject))
    choice = json.dumps({"through": str(through)})
    connection.execute(
        insert(WATCH_CHOICES).values(subject=subject, choice=choice, by="purser", at=at)
    )


def _seen(channel: str) -> str:
    return f"seen {channel} anomalies"


def _row(one: Known) -> dict[str, Any]:
    return {
        "id": one.id,
        "cause": conditions_text(one.scope)[:_CAUSE],
        "first_day": str(one.first_day),
        "channel": one.channel,
        "message": one.message,
        "at": one.at,
    }


def _body(one: Known) -> str:
    return json.dumps(
        {
            "scope": [[f.dimension, f.values[0] if f.values else None] for f in one.scope],
            "actual": decimal_text(one.actual),
            "expected": decimal_text(one.expected),
            "currency": one.currency,
            "score": one.score,
        }
    )


def _read(row: Row[Any]) -> Known:
    body = json.loads(row.body)
    return Known(
        id=row.id,
        channel=row.channel,
        scope=tuple(_filter(name, value) for name, value in body["scope"]),
        first_day=date.fromisoformat(row.first_day),
        last_day=date.fromisoformat(row.last_day),
        actual=Decimal(body["actual"]),
        expected=Decimal(body["expected"]),
        currency=body["currency"],
        score=float(body["score"]),
        message=row.message,
        at=row.at if row.at.tzinfo else row.at.replace(tzinfo=UTC),
    )


def _filter(name: str, value: str | None) -> Filter:
    return Filter(name, Op.MISSING) if value is None else Filter(name, Op.IS, (value,))
