"""The audit log: append-only, each entry holding the hash of the one before.

Whoever changes the ledger's gate tables takes the head of the chain first, in the same
transaction; so transitions come one after the other, on every database.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import func, insert, select, text, update

from tools.core.errors import InputError, UnavailableError
from tools.gate.people import Actor
from tools.ledger.ledger import Ledger
from tools.ledger.schema import AUDIT, AUDIT_HEAD

if TYPE_CHECKING:
    from sqlalchemy import Connection

GENESIS = "0" * 64  # what the first entry holds as the hash of the one before
PURSER = Actor("purser", via="schedule")
POLICY = "policy"  # subject of the entries that say under which policy the gate was opened


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry, as it is kept and hashed.

    Args:
        seq: counts from 1 without a gap.
        at: when, as ISO text in UTC.
        actor: user id, or `terminal`, `schedule`, `purser`.
        team: the workspace.
        via: how it came in.
        event: what happened, in a word or two.
        subject: to what: a proposal's id, `gate`, `policy`.
        before: what stood before, as canonical JSON.
        after: what stands now, as canonical JSON.
        previous: the hash of the entry before.
        hash: of all the above.
    """

    seq: int
    at: str
    actor: str
    team: str
    via: str
    event: str
    subject: str
    before: str
    after: str
    previous: str
    hash: str = ""

    @property
    def computed(self) -> str:
        """What its hash must be."""
        held = [getattr(self, field.name) for field in fields(self) if field.name != "hash"]
        return hashlib.sha256(_canonical(held).encode()).hexdigest()


class Anchor(NamedTuple):
    """The head of the chain at some moment, kept outside: who holds it can prove more."""

    seq: int
    hash: str

    @property
    def text(self) -> str:
        """`SEQ:HASH`, as it is printed and read back."""
        return f"{self.seq}:{self.hash}"

    @classmethod
    def parse(cls, text: str) -> Anchor:
        """The anchor a text holds.

        Raises:
            InputError: it holds none.
        """
        seq, _, digest = text.strip().partition(":")
        is_hash = len(digest) == len(GENESIS) and not set(digest) - set("0123456789abcdef")
        if not (seq.isascii() and seq.isdigit() and len(seq) < 16 and is_hash):
            raise InputError("An anchor reads SEQ:HASH, as `purser audit verify` prints it.")
        return cls(int(seq), digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What the chain proves, and what it does not.

    Args:
        entries: how many there are.
        head: the last of them; what to keep outside as an anchor.
        faults: one sentence for each entry that was altered, removed or moved, in order.
        unproven: what could have happened all the same, in sentences.
    """

    entries: int
    head: Anchor
    faults: tuple[str, ...] = ()
    unproven: tuple[str, ...] = ()


def take_head(connection: Connection) -> None:
    """Be the only one to change the gate's tables until this transaction ends."""
    first = "INSERT INTO audit_head (one, seq, hash) VALUES (1, 0, :hash) ON CONFLICT DO NOTHING"
    if not connection.execute(update(AUDIT_HEAD).values(seq=AUDIT_HEAD.c.seq)).rowcount:
        connection.execute(text(first), {"hash": GENESIS})
        connection.execute(update(AUDIT_HEAD).values(seq=AUDIT_HEAD.c.seq))


def append(
    connection: Connection,
    event: str,
    subject: str,
    *,
    at: datetime,
    actor: Actor,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> Anchor:
    """Add an entry in the caller's transaction, which began with `take_head`.

    Raises:
        UnavailableError: the chain does not go on where its head says; nothing may happen then.
    """
    connection.execute(update(AUDIT_HEAD).values(seq=AUDIT_HEAD.c.seq + 1))
    seq, previous = connection.execute(select(AUDIT_HEAD.c.seq, AUDIT_HEAD.c.hash)).one()
    last = connection.execute(select(func.max(AUDIT.c.seq))).scalar() or 0
    if last != seq - 1:
        raise UnavailableError(
            "The audit log does not end where its head says, so nothing is changed; "
            "run `purser audit verify`."
        )
    entry = Entry(
        seq=seq,
        at=at.astimezone(UTC).isoformat(),
        actor=plain(actor.user)[:64],
        team=plain(actor.team)[:32],
        via=plain(actor.via)[:16],
        event=event,
        subject=plain(subject)[:255],
        before=_canonical(before or {}),
        after=_canonical(after or {}),
        previous=previous,
    )
    row = {field.name: getattr(entry, field.name) for field in fields(entry)}
    connection.execute(insert(AUDIT).values({**row, "hash": entry.computed}))
    connection.execute(update(AUDIT_HEAD).values(hash=entry.computed))
    return Anchor(seq, entry.computed)


class Audit:
    """The log as it is read, and written where nothing else changes.

    Args:
        ledger: where it is kept.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def record(
        self, event: str, subject: str, *, actor: Actor, after: Mapping[str, Any] | None = None
    ) -> None:
        """Keep that something was tried that changed nothing: a refusal."""
        with self._ledger.begin() as connection:
            take_head(connection)
            now = self._ledger.now()
            append(connection, event, subject, at=now, actor=actor, after=after)

    def note_policy(self, hash: str, *, says: Mapping[str, Any]) -> bool:
        """Keep that the gate was opened under another policy than the last time.

        Args:
            hash: of the whole policy.
            says: the policy, for whoever reads the log.

        Returns:
            Whether it was another.
        """
        query = select(AUDIT.c.after).where(AUDIT.c.subject == POLICY)
        with self._ledger.begin() as connection:
            take_head(connection)
            newest = query.order_by(AUDIT.c.seq.desc()).limit(1)
            last = json.loads(connection.execute(newest).scalar() or "{}").get("hash", "")
            if last == hash:
                return False
            append(
                connection,
                "policy",
                POLICY,
                at=self._ledger.now(),
                actor=PURSER,
                before={"hash": last},
                after={"hash": hash, "policy": says},
            )
        return True

    def entries(self, *, subject: str = "", most: int = 50) -> tuple[Entry, ...]:
        """The last entries, of all subjects that begin so, oldest first."""
        query = select(AUDIT).order_by(AUDIT.c.seq.desc()).limit(most)
        if subject:
            query = query.where(AUDIT.c.subject.startswith(subject, autoescape=True))
        with self._ledger.begin() as connection:
            rows = connection.execute(query).all()
        return tuple(Entry(**row._asdict()) for row in reversed(rows))

    def head(self) -> Anchor:
        """The last entry's number and hash: what an anchor is made of."""
        with self._ledger.begin() as connection:
            return _head(connection)

    def verify(self, *anchors: Anchor | None) -> Verification:
        """Read the whole chain; say what is wrong with it and what it cannot prove.

        Args:
            anchors: the head at some earlier moments, kept outside; None is none.
        """
        held = [anchor for anchor in anchors if anchor is not None]
        with self._ledger.begin() as connection:
            if connection.dialect.name == "postgresql":  # one moment, while others write on
                connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            head = _head(connection)
            walk = _Walk(held)
            for row in connection.execute(select(AUDIT).order_by(AUDIT.c.seq)):
                walk.step(Entry(**row._asdict()))
        return Verification(
            entries=walk.entries,
            head=walk.last,
            faults=tuple(walk.end(head)),
            unproven=tuple(_unproven(max(held, default=None), head)),
        )


class _Walk:
    """Goes along the chain and notes what does not fit."""

    def __init__(self, anchors: Iterable[Anchor]) -> None:
        self.entries = 0
        self.last = Anchor(0, GENESIS)
        self._faults: list[str] = []
        self._anchors = set(anchors) - {self.last}
        self._at = {anchor.seq for anchor in self._anchors}

    def step(self, entry: Entry) -> None:
        self.entries += 1
        gap = range(self.last.seq + 1, entry.seq)
        if gap:
            self._faults.append(f"{_span(gap)} missing.")
        elif entry.previous != self.last.hash:
            self._faults.append(f"Entry {entry.seq} does not follow on the one before it.")
        if entry.computed != entry.hash:
            self._faults.append(f"Entry {entry.seq} was altered.")
        self.last = Anchor(entry.seq, entry.hash)
        if entry.seq in self._at:
            self._anchors.discard(self.last)

    def end(self, head: Anchor) -> Iterator[str]:
        yield from self._faults
        if head.seq > self.last.seq:
            yield f"{_span(range(self.last.seq + 1, head.seq + 1))} missing at the end."
        elif head != self.last:
            yield f"The head says {head.seq}, the last entry is {self.last.seq}: one was altered."
        yield from (self._unmet(anchor) for anchor in sorted(self._anchors))

    def _unmet(self, anchor: Anchor) -> str:
        if anchor.seq > self.last.seq:
            return (
                f"The anchor is entry {anchor.seq}, the log ends at {self.last.seq}: "
                "its end was cut off."
            )
        return (
            f"Entry {anchor.seq} is not the one of the anchor: "
            "the log was written anew, there or before."
        )


def _unproven(anchor: Anchor | None, head: Anchor) -> Iterator[str]:
    if anchor is None:
        yield "Without an anchor: that nothing was cut off the end, nor all of it written anew."
    elif anchor.seq < head.seq:
        yield (
            f"After the anchor, from entry {anchor.seq + 1} on: that nothing was cut off the end, "
            "nor all of that written anew."
        )


def _span(missing: range) -> str:
    if len(missing) == 1:
        return f"Entry {missing[0]} is"
    return f"Entries {missing[0]} to {missing[-1]} are"


def _head(connection: Connection) -> Anchor:
    row = connection.execute(select(AUDIT_HEAD.c.seq, AUDIT_HEAD.c.hash)).one_or_none()
    return Anchor(row.seq, row.hash) if row else Anchor(0, GENESIS)


def plain(value: str) -> str:
    """A text as every database keeps it: no NUL, no half of a character."""
    return value.replace("\0", "�").encode("utf-8", "replace").decode("utf-8")


def _canonical(value: Mapping[str, Any] | Iterable[Any]) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
