"""The ledger's outbox: what is to be said is written here first, and stays until Slack has it."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, exists, func, or_, select, text, update

from tools.core.clock import Clock, SystemClock
from tools.ledger.ledger import Ledger
from tools.ledger.moments import utc
from tools.ledger.watch_tables import OUTBOX
from tools.watch.outgoing import Outgoing, Sent, Sort, Told

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection, Row

OPEN = (Told.WAITING, Told.SENDING)
KEY_LENGTH, TROUBLE_LENGTH = 255, 255
AGAIN = 3  # tries in vain that are worth telling


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that its holder, and nobody else, sends now.

    Args:
        sent: what it is and where it stands.
        holder: who sends it.
        is_doubtful: somebody began to send it and did not say how that ended.
        since: when it was tried first; Slack cannot have it from before.
        until: nobody else sends it before, by the machine's clock.
    """

    sent: Sent
    holder: str
    is_doubtful: bool
    since: datetime
    until: datetime

    @property
    def key(self) -> str:
        """Its name."""
        return self.sent.outgoing.key


@dataclass(frozen=True, slots=True)
class Backlog:
    """How it stands with the outbox.

    Args:
        counts: how many messages stand where.
        oldest: when the oldest was put that is due and not sent; None where there is none.
    """

    counts: dict[Told, int]
    oldest: datetime | None


class Outbox:
    """Messages by their keys. Safe to share between threads and replicas.

    Args:
        ledger: where it is kept.
        machine: the clock of leases: those are about processes, which no replay slows down.
    """

    def __init__(self, ledger: Ledger, *, machine: Clock | None = None) -> None:
        self._ledger = ledger
        self._machine = machine or SystemClock()

    # What is to be said

    def put(self, connection: Connection, posts: Iterable[Outgoing]) -> tuple[str, ...]:
        """Keep what is to be said, in the caller's transaction; the keys that were new."""
        at = self._ledger.now()
        return tuple(post.key for post in posts if _insert(connection, post, at=at))

    def find(self, key: str) -> Sent | None:
        """What became of a message."""
        return self._one(OUTBOX.c.key == short_key(key))

    def of_message(self, channel: str, ts: str) -> Sent | None:
        """The message that stands there in Slack, not what took its place since."""
        return self._one((OUTBOX.c.posted == channel) & (OUTBOX.c.ts == ts))

    # Sending

    def claim(
        self,
        *,
        holder: str,
        lease: timedelta,
        urgent_only: bool = False,
        but_not: Collection[str] = (),
    ) -> Claimed | None:
        """The next message to send, leased to `holder`; of two who ask, one gets it.

        In a channel one message is under way at a time. What belongs into a thread, or takes the
        place of another, waits for that one.

        Args:
            holder: names the process.
            lease: for so long nobody else sends it.
            urgent_only: quiet hours; what replaces a message rings nobody and goes on.
            but_not: channels that have to wait.
        """
        now, real = self._ledger.now(), self._machine.now()
        query = select(OUTBOX).where(*_claimable(now, real)).order_by(OUTBOX.c.number).limit(1)
        if urgent_only:
            query = query.where(or_(OUTBOX.c.urgent == 1, OUTBOX.c.replaces != ""))
        if but_not:
            query = query.where(OUTBOX.c.channel.not_in(list(but_not)))
        with self._ledger.begin() as connection:
            _be_alone(connection)
            row = connection.execute(query).one_or_none()
            if row is None:
                return None
            since = utc(row.tried_at) or real
            connection.execute(
                update(OUTBOX)
                .where(OUTBOX.c.number == row.number)
                .values(
                    told=Told.SENDING.value,
                    tries=row.tries + 1,
                    tried_at=since,
                    lease_holder=holder,
                    lease_until=real + lease,
                )
            )
        return Claimed(_sent(row), holder, row.told == Told.SENDING, since, real + lease)

    def is_held(self, claimed: Claimed, *, margin: timedelta) -> bool:
        """Whether it is its holder's for so much longer; a clock that slept knows it is not."""
        return self._machine.now() + margin <= claimed.until

    def mark_sent(self, claimed: Claimed, *, channel: str, ts: str, trouble: str = "") -> bool:
        """Slack has it; False where another took it over meanwhile.

        Args:
            claimed: what was sent.
            channel: which took it.
            ts: Slack's name of it.
            trouble: why it did not go where it should; empty where it did.
        """
        at = self._ledger.now()
        return self._settle(
            claimed, Told.SENT, sent_at=at, posted=channel, ts=ts, trouble=trouble[:TROUBLE_LENGTH]
        )

    def rest(
        self, claimed: Claimed, pause: timedelta, *, trouble: str, is_doubtful: bool = False
    ) -> bool:
        """Try again after a pause; False where another took it over meanwhile.

        Args:
            claimed: what could not be sent.
            pause: by the machine's clock.
            trouble: Slack's word for it.
            is_doubtful: Slack may have it all the same.
        """
        told = Told.SENDING if is_doubtful else Told.WAITING
        until = self._machine.now() + pause
        return self._settle(claimed, told, lease_until=until, trouble=trouble[:TROUBLE_LENGTH])

    def drop(self, claimed: Claimed, *, trouble: str, told: Told = Told.DROPPED) -> bool:
        """Nobody will hear it; False where another took it over meanwhile."""
        return self._settle(claimed, told, trouble=trouble[:TROUBLE_LENGTH])

    def is_superseded(self, outgoing: Outgoing) -> bool:
        """Whether something newer is to stand in the same place."""
        if not outgoing.replaces:
            return False
        mine = select(OUTBOX.c.number).where(OUTBOX.c.key == short_key(outgoing.key))
        newer = select(OUTBOX.c.key).where(
            OUTBOX.c.replaces == short_key(outgoing.replaces),
            OUTBOX.c.number > mine.scalar_subquery(),
            _is_due(self._ledger.now()),
        )
        with self._ledger.begin() as connection:
            return connection.execute(newer.limit(1)).one_or_none() is not None

    def tidy(self, *, before: datetime) -> None:
        """Forget how old messages looked, but never that they were said.

        What only took the place of another is forgotten altogether: an incident's burn is drawn
        anew every minute.
        """
        old = and_(OUTBOX.c.at < before, ~_is_open())
        with self._ledger.begin() as connection:
            connection.execute(delete(OUTBOX).where(old, OUTBOX.c.replaces != ""))
            connection.execute(
                update(OUTBOX).where(old, OUTBOX.c.blocks != "[]").values(blocks="[]", text="")
            )

    def begin_anew(self) -> int:
        """Let all that was sent be sent once more, into a workspace that begins empty.

        What is forgotten or superseded stays as it is. Nobody else may send meanwhile.

        Returns:
            How many messages wait for it.
        """
        kept = OUTBOX.c.told.in_([Told.SENT.value, Told.SENDING.value]) & (OUTBOX.c.text != "")
        newest = select(func.max(OUTBOX.c.number)).group_by(OUTBOX.c.replaces)
        stands = or_(OUTBOX.c.replaces == "", OUTBOX.c.number.in_(newest))
        fresh = {"tries": 0, "tried_at": None, "trouble": "", "sent_at": None}
        fresh |= {"posted": "", "ts": "", "lease_holder": "", "lease_until": None}
        again = update(OUTBOX).where(kept, stands).values(told=Told.WAITING.value, **fresh)
        with self._ledger.begin() as connection:
            return connection.execute(again).rowcount

    # Looking

    def backlog(self) -> Backlog:
        """How many messages stand where, and since when the oldest one waits."""
        counted = select(OUTBOX.c.told, func.count()).group_by(OUTBOX.c.told)
        oldest = select(func.min(OUTBOX.c.at)).where(_is_open(), _is_due(self._ledger.now()))
        with self._ledger.begin() as connection:
            counts = {Told(told): count for told, count in connection.execute(counted).all()}
            found = connection.execute(oldest).scalar()
        return Backlog(counts, utc(found))

    def failures(self, *, since: datetime, channel: str = "", most: int = 50) -> tuple[Sent, ...]:
        """What was put since then and did not go as it should, newest first.

        Dropped, gone to the fallback channel, or tried in vain again and again; told to wait
        once is no failure, nor is what is muted.

        Args:
            since: of the time they were put.
            channel: where they were meant for; empty for all.
            most: at most so many.
        """
        query = select(OUTBOX).where(
            OUTBOX.c.at >= since,
            OUTBOX.c.trouble != "",
            OUTBOX.c.told != Told.MUTED.value,
            or_(~_is_open(), OUTBOX.c.tries >= AGAIN),
        )
        if channel:
            query = query.where(OUTBOX.c.channel == channel)
        with self._ledger.begin() as connection:
            rows = connection.execute(query.order_by(OUTBOX.c.number.desc()).limit(most)).all()
        return tuple(_sent(row) for row in rows)

    def _one(self, condition: ColumnElement[bool]) -> Sent | None:
        query = select(OUTBOX).where(condition).order_by(OUTBOX.c.number).limit(1)
        with self._ledger.begin() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _sent(row)

    def _settle(self, claimed: Claimed, told: Told, **values: object) -> bool:
        mine = and_(
            OUTBOX.c.key == short_key(claimed.key),
            OUTBOX.c.told == Told.SENDING.value,
            OUTBOX.c.lease_holder == claimed.holder,
        )
        values = {"lease_until": None, **values, "told": told.value, "lease_holder": ""}
        with self._ledger.begin() as connection:
            return connection.execute(update(OUTBOX).where(mine).values(**values)).rowcount == 1


def short_key(key: str) -> str:
    """A key as the table holds it: one that is too long ends in its hash."""
    if len(key) <= KEY_LENGTH:
        return key
    return f"{key[: KEY_LENGTH - 33]}#{hashlib.sha256(key.encode()).hexdigest()[:32]}"


def _insert(connection: Connection, post: Outgoing, *, at: datetime) -> bool:
    row = {
        "key": short_key(post.key),
        "channel": post.channel,
        "sort": post.sort.value,
        "text": post.text.replace("\0", ""),  # PostgreSQL takes none
        "blocks": post.blocks,
        "thread": short_key(post.thread),
        "replaces": short_key(post.replaces),
        "urgent": int(post.urgent),
        "at": at,
        "not_before": utc(post.not_before),
        "told": Told.WAITING.value,
    }
    rest = {"tries": 0, "trouble": "", "posted": "", "ts": "", "lease_holder": ""}
    is_there = select(OUTBOX.c.number).where(OUTBOX.c.key == row["key"])
    if connection.execute(is_there).one_or_none() is not None:
        return False
    # Of two replicas at once, the second finds nothing above and is told of it here.
    from sqlalchemy.dialects import postgresql, sqlite

    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    made = dialect.insert(OUTBOX).values(**row, **rest).on_conflict_do_nothing()
    return connection.execute(made.returning(OUTBOX.c.number)).one_or_none() is not None


def _claimable(now: datetime, real: datetime) -> tuple[ColumnElement[bool], ...]:
    other = OUTBOX.alias("other")
    is_under_way = and_(
        other.c.channel == OUTBOX.c.channel,
        other.c.told == Told.SENDING.value,
        other.c.lease_until > real,
    )
    is_head = and_(
        other.c.key.in_([OUTBOX.c.thread, OUTBOX.c.replaces]),
        other.c.told.in_([told.value for told in OPEN]),
    )
    return (
        _is_open(),
        _is_due(now),
        or_(OUTBOX.c.lease_until.is_(None), OUTBOX.c.lease_until <= real),
        ~exists().where(is_under_way),
        ~exists().where(is_head),
    )


def _is_open() -> ColumnElement[bool]:
    return OUTBOX.c.told.in_([told.value for told in OPEN])


def _is_due(now: datetime) -> ColumnElement[bool]:
    return or_(OUTBOX.c.not_before.is_(None), OUTBOX.c.not_before <= now)


def _be_alone(connection: Connection) -> None:
    """Two replicas would else both find the channel free; SQLite's writers are alone anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(20261123)"))


def _sent(row: Row[Any]) -> Sent:
    outgoing = Outgoing(
        key=row.key,
        channel=row.channel,
        sort=Sort(row.sort),
        text=row.text,
        blocks=row.blocks,
        thread=row.thread,
        replaces=row.replaces,
        urgent=bool(row.urgent),
        not_before=utc(row.not_before),
    )
    return Sent(
        outgoing=outgoing,
        told=Told(row.told),
        tries=row.tries,
        trouble=row.trouble,
        at=utc(row.at),
        sent_at=utc(row.sent_at),
        posted=row.posted,
        ts=row.ts,
    )
