"""Proposals in the ledger: every transition is one transaction, with its entry in the audit log.

What may be approved is frozen when it is written. Where a proposal stands changes only here, and
only from where it stood: each update names the stage (and holder) that it leaves.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from tools.core.errors import RefusedError
from tools.gate.effects import weight
from tools.gate.people import Actor
from tools.gate.proposals import Fate, Proposal, Run, Stage
from tools.ledger import proposal_moves as moves
from tools.ledger.audit import PURSER, plain, take_head
from tools.ledger.claims import DAY, Claim, check_alone, check_freeze, check_limits, take
from tools.ledger.ledger import Ledger
from tools.ledger.moments import utc
from tools.ledger.proposal_moves import Lease, is_version
from tools.ledger.proposal_rows import row_of
from tools.ledger.schema import PROPOSALS, RUNS
from tools.ledger.timetable_moves import begin_step, check_in_force

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Connection


MOST_READ = 1000  # proposals at once


class Proposals:
    """The ledger's record of proposals.

    Args:
        ledger: where it is kept.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    # Reading

    def find(self, id: str, *, version: int | None = None) -> Proposal | None:
        """A proposal: its newest version, or the one that is asked for."""
        with self._ledger.begin() as connection:
            return moves.find(connection, id, version)

    def shown_at(self, channel: str, message: str) -> Proposal | None:
        """The newest proposal whose card is there."""
        place = (PROPOSALS.c.channel == channel) & (PROPOSALS.c.message == message)
        found = self._where(place) if message else ()
        return found[-1] if found else None

    def too_old(self) -> tuple[Proposal, ...]:
        """Pending ones that have expired."""
        now = self._ledger.now()
        return self._where(
            (PROPOSALS.c.stage == Stage.PENDING.value) & (PROPOSALS.c.expires <= now)
        )

    def put_off(self) -> tuple[Proposal, ...]:
        """Pending ones whose card was put off until now, or until some time before."""
        now = self._ledger.now()
        pending = PROPOSALS.c.stage == Stage.PENDING.value
        return self._where(pending & (PROPOSALS.c.snoozed_until <= now))

    def ended(self, *, since: datetime, until: datetime) -> tuple[Proposal, ...]:
        """What was decided, or ran out of time, in that span, oldest first; edits are none."""
        when = (PROPOSALS.c.ended >= since) & (PROPOSALS.c.ended < until)
        return self._where(when & (PROPOSALS.c.stage != Stage.REPLACED.value))

    def orphans(self) -> tuple[tuple[Proposal, Lease], ...]:
        """Claimed ones whose lease has run out, with the lease they had."""
        now = self._ledger.now()
        where = (PROPOSALS.c.stage == Stage.CLAIMED.value) & (PROPOSALS.c.lease_until <= now)
        with self._ledger.begin() as connection:
            rows = connection.execute(select(PROPOSALS).where(where)).all()
            leases = [Lease(row.lease_holder, utc(row.lease_until)) for row in rows]
            found = [moves.load_or_skip(connection, row) for row in rows]
        return tuple((one, lease) for one, lease in zip(found, leases, strict=True) if one)

    def taken_back(self, id: str) -> Proposal | None:
        """The proposal that takes this one back, or did."""
        with self._ledger.begin() as connection:
            return moves.taken_back(connection, id)

    def lately(self, requester: Actor, *, besides: str = "") -> Decimal:
        """What somebody has pending or had executed within a day weighs, in money a month.

        Args:
            requester: who.
            besides: id of a proposal that does not count: the one that is being edited.
        """
        with self._ledger.begin() as connection:
            return self._lately(connection, requester, besides=besides)

    # Proposing

    def create(self, proposal: Proposal, *, claim: Claim | None = None) -> Proposal:
        """Keep a new proposal.

        Args:
            proposal: what is proposed.
            claim: given where the requester's word is enough, to take something back, and for a
                step of a timetable, which was approved with it.

        Raises:
            RefusedError: it takes back what is being, or was, taken back already; or its step is
                not to be done any more.
        """
        requester, after = proposal.requester, moves.shown(proposal)
        with self._transition() as connection:
            if proposal.undoes and moves.taken_back(connection, proposal.undoes):
                raise RefusedError("This was taken back already, or is being taken back.")
            if claim is None:
                self._check_lately(connection, proposal)
            if proposal.under:
                begin_step(connection, proposal, now=self._ledger.now())
            connection.execute(insert(PROPOSALS).values(**row_of(proposal)))
            self._log(connection, "proposed", proposal, actor=requester, after=after)
            if claim:
                if not proposal.under:  # that was approved with its timetable
                    self._approve(connection, proposal, actor=requester)
                self._claim(connection, proposal, claim, actor=requester)
            return moves.there(connection, proposal)

    def replace(self, old: Proposal, new: Proposal) -> Proposal:
        """Put a new version in the place of a pending one; approvals of the old are void."""
        now = self._ledger.now()
        with self._transition() as connection:
            ended = {"outcome": "Edited: the next version stands for it.", "ended": now}
            moves.leave(connection, old, stage=Stage.REPLACED.value, **ended)
            self._check_lately(connection, new)
            connection.execute(insert(PROPOSALS).values(**row_of(new)))
            self._log(
                connection,
                "edited",
                new,
                actor=new.requester,
                before=moves.shown(old),
                after=moves.shown(new),
            )
        return new

    def place(self, id: str, *, version: int, channel: str, message: str) -> None:
        """Keep where the card is."""
        at = {"channel": plain(channel)[:64], "message": plain(message)[:64]}
        with self._transition() as connection:
            connection.execute(update(PROPOSALS).where(is_version(id, version)).values(**at))
            proposal = moves.find(connection, id, version)
            if proposal:
                self._log(connection, "placed", proposal, after=at)

    def snooze(self, proposal: Proposal, *, until: datetime, actor: Actor) -> Proposal:
        """Show the card again later."""
        with self._transition() as connection:
            moves.leave(connection, proposal, snoozed_until=until)
            after = {"until": until.isoformat()}
            self._log(connection, "snoozed", proposal, actor=actor, after=after)
        return replace(proposal, snoozed_until=until)

    # Deciding

    def approve(
        self,
        shown: Proposal,
        *,
        actor: Actor,
        needed: int,
        standing: Collection[str],
        claim: Claim,
    ) -> Proposal:
        """Keep an approval; where it is the last that was needed, claim the proposal.

        Either all of it happens or none: what freeze or limits forbid leaves no approval behind,
        and can be pressed again.

        Args:
            shown: what was approved.
            actor: who presses.
            needed: how many different people must approve.
            standing: whose earlier approvals still count.
            claim: for whoever gets it.

        Raises:
            RefusedError: it is not what stands any more, or may not be executed now.
        """
        with self._transition() as connection:
            current = moves.pending(connection, shown, now=self._ledger.now())
            earlier = set(current.approved_by)
            if actor.user not in earlier:
                self._approve(connection, current, actor=actor)
            missing = needed - len((earlier & set(standing)) | {actor.user})
            if missing <= 0:
                self._claim(connection, current, claim, actor=actor)
            elif actor.user in earlier:
                raise RefusedError(f"You have approved this; {_more(missing)} must.")
            return moves.there(connection, current)

    def deny(self, proposal: Proposal, *, actor: Actor, reason: str = "") -> Proposal:
        """End a pending proposal because somebody says no."""
        now = self._ledger.now()
        with self._transition() as connection:
            current = moves.pending(connection, proposal, now=now)
            moves.decide(
                connection, current, person=actor.user, verdict="deny", at=now, reason=plain(reason)
            )
            ended = {"outcome": "Denied.", "ended": now}
            moves.leave(connection, current, stage=Stage.DENIED.value, **ended)
            self._log(connection, "denied", current, actor=actor, after={"reason": reason})
            return moves.there(connection, proposal)

    def end_pending(self, proposal: Proposal, stage: Stage, *, outcome: str) -> Proposal:
        """End a pending proposal that is too old, or that a changed world has overtaken."""
        now = self._ledger.now()
        with self._transition() as connection:
            ended = {"outcome": plain(outcome), "ended": now}
            moves.leave(connection, proposal, stage=stage.value, **ended)
            self._log(connection, stage.value, proposal, after={"outcome": outcome})
            return moves.there(connection, proposal)

    # Executing

    def hold(self, proposal: Proposal, lease: Lease, *, was: str) -> bool:
        """Keep a claim that this process has, or pass it on within it; False where it is lost."""
        with self._ledger.begin() as connection:
            return moves.hold(connection, proposal, lease, was=was, now=self._ledger.now())

    def begin(self, proposal: Proposal, position: int, *, lease: Lease) -> bool:
        """Write that a target is about to be touched; False where it must not be any more.

        Raises:
            RefusedError: everything was frozen meanwhile, or its timetable taken back.
        """
        now = self._ledger.now()
        with self._transition() as connection:
            if not moves.hold(connection, proposal, lease, was=lease.holder, now=now):
                return False
            check_freeze(connection)
            check_in_force(connection, proposal)
            begun = {"fate": Fate.BEGUN.value, "at": now}
            if not moves.change_fate(connection, proposal, position, Fate.WAITING, **begun):
                return False
            target = proposal.targets[position]
            before = {name: target.sight.facts.get(name) for name in target.deed.after}
            subject = {"target": target.sight.target}
            self._log(
                connection,
                "began",
                proposal,
                before={**subject, "facts": before},
                after={**subject, "facts": dict(target.deed.after)},
            )
        return True

    def end(self, proposal: Proposal, position: int, run: Run, *, lease: Lease) -> bool:
        """Write what became of a target; False where another has settled it meanwhile."""
        with self._transition() as connection:
            held = select(PROPOSALS.c.number).where(
                is_version(proposal.id, proposal.version),
                PROPOSALS.c.stage == Stage.CLAIMED.value,
                PROPOSALS.c.lease_holder == lease.holder,
            )
            fate = {"fate": run.fate.value, "said": plain(run.said), "at": self._ledger.now()}
            if connection.execute(held).one_or_none() is None or not moves.change_fate(
                connection, proposal, position, Fate.WAITING, Fate.BEGUN, **fate
            ):
                return False
            after = {"target": run.target, "fate": run.fate.value, "said": run.said}
            self._log(connection, "ended", proposal, after=after)
        return True

    def finish(self, proposal: Proposal, stage: Stage, *, outcome: str, lease: Lease) -> bool:
        """End a claimed proposal; False where it has ended without this caller."""
        now = self._ledger.now()
        with self._transition() as connection:
            finished = connection.execute(
                update(PROPOSALS)
                .where(is_version(proposal.id, proposal.version))
                .where(PROPOSALS.c.stage == Stage.CLAIMED.value)
                .where(PROPOSALS.c.lease_holder == lease.holder)
                .values(stage=stage.value, outcome=plain(outcome), ended=now, lease_holder="")
            )
            if not finished.rowcount:
                return False
            after = {"stage": stage.value, "outcome": outcome}
            self._log(connection, "finished", proposal, after=after)
        return True

    def take_over(self, proposal: Proposal, old: Lease, new: Lease) -> bool:
        """Take an orphan in order to settle it; of two at once one gets it."""
        now = self._ledger.now()
        with self._transition() as connection:
            taken = connection.execute(
                update(PROPOSALS)
                .where(is_version(proposal.id, proposal.version))
                .where(PROPOSALS.c.stage == Stage.CLAIMED.value)
                .where(PROPOSALS.c.lease_holder == old.holder, PROPOSALS.c.lease_until <= now)
                .values(lease_holder=new.holder, lease_until=new.until)
            )
            if not taken.rowcount:
                return False
            self._log(connection, "taken over", proposal)
        return True

    def _approve(self, connection: Connection, proposal: Proposal, *, actor: Actor) -> None:
        at, after = self._ledger.now(), {"digest": proposal.digest}
        moves.decide(connection, proposal, person=actor.user, verdict="approve", at=at)
        self._log(connection, "approved", proposal, actor=actor, after=after)

    def _claim(
        self, connection: Connection, proposal: Proposal, claim: Claim, *, actor: Actor
    ) -> None:
        now, after = self._ledger.now(), {"digest": proposal.digest}
        check_freeze(connection)
        check_alone(connection, proposal)
        check_limits(connection, proposal, claim, now=now)
        take(connection, proposal, lease=claim.lease, now=now, currency=claim.currency)
        self._log(connection, "claimed", proposal, actor=actor, after=after)

    def _log(
        self,
        connection: Connection,
        event: str,
        proposal: Proposal,
        *,
        actor: Actor = PURSER,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> None:
        now = self._ledger.now()
        moves.log(connection, event, proposal, at=now, actor=actor, before=before, after=after)

    def _lately(self, connection: Connection, requester: Actor, *, besides: str) -> Decimal:
        since = self._ledger.now() - DAY
        claimed = select(RUNS.c.proposal).where(RUNS.c.claimed > since)
        found = _read(
            connection,
            PROPOSALS.c.requester == requester.user,
            PROPOSALS.c.team == requester.team,
            PROPOSALS.c.id != besides,
            (PROPOSALS.c.stage == Stage.PENDING.value) | PROPOSALS.c.id.in_(claimed),
        )
        weights = [each for proposal in found for each in _weights(proposal)]
        return sum((each for each in weights if each is not None), Decimal(0))

    def _check_lately(self, connection: Connection, proposal: Proposal) -> None:
        """Nobody gets below a stake by proposing several things in the same moment."""
        counted = Decimal(proposal.extra.get("lately", "Infinity"))
        if self._lately(connection, proposal.requester, besides=proposal.id) > counted:
            raise RefusedError("You proposed something else at the same moment; try this again.")

    @contextmanager
    def _transition(self) -> Iterator[Connection]:
        with self._ledger.begin() as connection:
            take_head(connection)
            yield connection

    def _where(self, where: ColumnElement[bool]) -> tuple[Proposal, ...]:
        with self._ledger.begin() as connection:
            return _read(connection, where)


def _read(connection: Connection, *where: ColumnElement[bool]) -> tuple[Proposal, ...]:
    """The last of them, oldest first."""
    query = select(PROPOSALS).where(*where).order_by(PROPOSALS.c.number.desc()).limit(MOST_READ)
    rows = connection.execute(query).all()
    found = [moves.load_or_skip(connection, row) for row in reversed(rows)]
    return tuple(proposal for proposal in found if proposal)


def _weights(proposal: Proposal) -> Iterator[Decimal | None]:
    """What each target weighs, as long as it may yet be touched, or was."""
    if proposal.stage is Stage.PENDING:
        yield from map(weight, proposal.targets)
    for target, run in zip(proposal.targets, proposal.runs, strict=False):
        if run.fate is not Fate.REFUSED:
            yield weight(target)


def _more(count: int) -> str:
    return "one more person" if count == 1 else f"{count} more people"
