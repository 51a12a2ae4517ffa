"""What is proposed, what becomes of it, and who decided: plain frozen records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from tools.clouds.resources import Verb
from tools.gate.people import Actor
from tools.gate.world import Deed, Sight, digest

BOUND = ("steps", "under", "step")  # what of `extra` is approved, too: see `tools.gate.timetable`


class Stage(StrEnum):
    """Where a proposal stands. Only the transitions of `tools.ledger.proposals` change it.

    pending ──▶ claimed ──▶ done | partial | failed | refused | unsettled
       │            (a claimed one whose lease ran out is settled by reading, into any of these)
       └──────▶ denied | expired | replaced | refused
    """

    PENDING = "pending"
    CLAIMED = "claimed"  # approved, and being executed under a lease
    DONE = "done"
    PARTIAL = "partial"  # some targets done, others not
    FAILED = "failed"  # nothing was done
    UNSETTLED = "unsettled"  # the world could not be read afterwards; somebody must look
    REFUSED = "refused"  # policy, limits or a changed world forbade it
    DENIED = "denied"
    EXPIRED = "expired"
    REPLACED = "replaced"  # edited: another version stands for it

    @property
    def is_end(self) -> bool:
        """Whether nothing will happen to it any more."""
        return self not in (Stage.PENDING, Stage.CLAIMED)


class Fate(StrEnum):
    """What became of one target."""

    WAITING = "waiting"
    BEGUN = "begun"  # written before the world is touched
    DONE = "done"
    REFUSED = "refused"  # nothing was done to it
    FAILED = "failed"  # it was tried, and reads as before
    UNKNOWN = "unknown"  # it was tried, and cannot be read


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One thing to be changed: as it was seen, and what is to be done.

    Args:
        sight: frozen when proposed.
        deed: what is to be done.
    """

    sight: Sight
    deed: Deed


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What policy asked for when it was proposed, and what must still hold when it is done.

    Args:
        approvals: how many different people must approve.
        approvers: user ids who might, as the groups were when it was proposed; somebody who
            joins later does not count.
        requester_may_approve: whether the requester counts as one of them.
        lasts_seconds: from proposal to expiry.
        reasons: why so many, in a few words each: `terminate takes two`.
    """

    approvals: int
    approvers: tuple[str, ...]
    requester_may_approve: bool
    lasts_seconds: int
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """What somebody pressed."""

    person: str
    verdict: str  # approve, deny
    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """What became of one target.

    Args:
        target: its id.
        fate: what became of it.
        said: a sentence of ours where it went otherwise than well.
        at: when that was found.
    """

    target: str
    fate: Fate
    said: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A proposal and all that is known of it.

    Args:
        id: unguessable; the same for all its versions.
        version: counts edits from 1; a button carries it, so that an old card approves nothing.
        verb: what is to be done, to every target.
        targets: what to.
        reason: why, in the requester's words, as data; may be empty.
        requester: who asked for it.
        at: when.
        expires: when it is too late to approve.
        terms: what policy asked for.
        daily: what it saves (negative) or costs a day; None where a price is unknown.
        monthly: the same for 730 hours.
        currency: of both.
        notes: consequences a reader must know, in order.
        unchecked: what was not or could not be checked.
        watches_use: whether being idle is part of what was approved.
        undoes: id of the proposal this one takes back; empty for any other.
        stage: where it stands.
        decisions: who pressed what, oldest first; of this version only.
        runs: what became of each target, in order; empty before it is claimed.
        outcome: one sentence of ours, once it has ended.
        ended: when.
        channel: where its card is; empty until it is posted.
        message: the card's timestamp.
        snoozed_until: when the card is to be shown again.
        extra: what else is kept; for a timetable `steps`, for one of its steps `under` and `step`.
    """

    id: str
    version: int
    verb: Verb
    targets: tuple[Target, ...]
    requester: Actor
    at: datetime
    expires: datetime
    terms: Terms
    reason: str = ""
    daily: Decimal | None = None
    monthly: Decimal | None = None
    currency: str = "USD"
    notes: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()
    watches_use: bool = False
    undoes: str = ""
    stage: Stage = Stage.PENDING
    decisions: tuple[Decision, ...] = ()
    runs: tuple[Run, ...] = ()
    outcome: str = ""
    ended: datetime | None = None
    channel: str = ""
    message: str = ""
    snoozed_until: datetime | None = None
    extra: Mapping[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """A hash of all that is approved: a button that carries another approves nothing."""
        deeds = [
            [t.sight.digest, t.deed.verb, t.deed.target, dict(t.deed.after)] for t in self.targets
        ]
        bound = [[name, self.extra[name]] for name in BOUND if name in self.extra]
        return digest([self.id, self.version, self.verb, deeds, self.watches_use, *bound])

    @property
    def under(self) -> str:
        """Id of the timetable's proposal whose step this one does; empty for any other."""
        return self.extra.get("under", "")

    @property
    def takes_off(self) -> bool:
        """Whether it takes machines off a timetable: that touches none, whatever they do."""
        return bool(self.undoes) and self.verb is Verb.SCHEDULE

    @property
    def is_final(self) -> bool:
        """Whether some of it cannot be taken back by anybody."""
        return any(target.deed.is_final for target in self.targets)

    @property
    def approved_by(self) -> tuple[str, ...]:
        """Who approved this version."""
        return tuple(d.person for d in self.decisions if d.verdict == "approve")
