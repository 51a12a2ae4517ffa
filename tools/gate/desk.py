"""The gate itself: what tools may propose, what buttons may press, and what then happens."""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from tools.clouds.resources import Verb
from tools.core.errors import InputError, PurserError, RefusedError
from tools.gate import rules
from tools.gate.drafting import Draft, askers, edited, propose
from tools.gate.executor import Execution, LeaseLostError
from tools.gate.ground import Ground, changed, not_there
from tools.gate.people import Actor
from tools.gate.proposals import Proposal, Stage
from tools.gate.settling import close, expire, settle_orphan
from tools.gate.step_rules import may_keep
from tools.gate.stepping import stepping
from tools.gate.timetable import PlannedStep
from tools.gate.undoing import undoing
from tools.ledger.claims import Claim
from tools.ledger.freezes import GATE
from tools.ledger.proposal_moves import Lease, over

BUTTON = "button"
LONGEST_REASON = 500
T = TypeVar("T")


class Gate:
    """Implements `Proposing`, `Pressing` and `Stepping`.

    One per process, safe to share between threads.

    Args:
        ground: what it stands on.
        log: where faults of the world go; their text is shown to nobody.
    """

    def __init__(self, ground: Ground, *, log: logging.Logger | None = None) -> None:
        self._ground = ground
        self._log = log or logging.getLogger("purser.gate")
        self._name = f"gate/{secrets.token_hex(8)}"
        self._lock = threading.Lock()
        self._has_noted_policy = False

    # What tools may do

    def propose(
        self,
        verb: Verb,
        targets: Sequence[str],
        *,
        asker: Actor,
        after: Mapping[str, str | None] | None = None,
        reason: str = "",
        watches_use: bool = False,
    ) -> Proposal:
        """A proposal with its evidence frozen, in the ledger; see `Proposing`."""
        self._note_policy()
        draft = Draft(
            id=secrets.token_hex(16),
            version=1,
            verb=verb,
            ids=tuple(targets),
            after=dict(after or {}),
            requester=asker,
            reason=reason,
            watches_use=watches_use,
        )
        with self._recorded("propose", GATE, asker, what=[verb.value, *draft.ids[:50]]):
            return self._ground.records.create(propose(self._ground, draft))

    # What buttons do

    def approve(self, id: str, *, version: int, digest: str, actor: Actor) -> Proposal:
        """Approve what the card showed; see `Pressing`."""
        self._note_policy()
        with self._recorded("approve", id, actor):
            proposal = self._pending(id, version, actor)
            if proposal.digest != digest:
                raise RefusedError("This card does not show what stands; look at the newest card.")
            seen = self._ground.see(proposal)
            said = changed(proposal, seen)
            if said:
                self._ground.records.end_pending(proposal, Stage.REFUSED, outcome=said)
                raise RefusedError(f"{said} Propose it again.")
            return self._approve(replace(proposal, targets=seen), actor)

    def _approve(self, proposal: Proposal, actor: Actor) -> Proposal:
        ground = self._ground
        sights = [target.sight for target in proposal.targets]
        roster = ground.roster(sights, ground.involved(proposal, actor.user))
        now, freeze = ground.now(), ground.freeze()
        terms = rules.may_approve(
            ground.book, proposal, actor=actor, roster=roster, now=now, freeze=freeze
        )
        if actor.user in askers(proposal) and not terms.requester_may_approve:
            raise RefusedError("You proposed an earlier version of this; somebody else must say.")
        found = ground.records.approve(
            proposal,
            actor=actor,
            needed=terms.approvals,
            standing=rules.standing(terms, proposal, roster=roster),
            claim=self._claim(),
        )
        # Whoever approved in the same moment was not asked after yet, so did not count.
        has_company = set(found.approved_by) - {*proposal.approved_by, actor.user}
        if found.stage is Stage.PENDING and has_company:
            return self._approve(replace(found, targets=proposal.targets), actor)
        return found

    def deny(self, id: str, *, version: int, actor: Actor, reason: str = "") -> Proposal:
        """Deny it; see `Pressing`."""
        with self._recorded("deny", id, actor):
            proposal = self._handled(id, version, actor)
            reason = reason.strip()[:LONGEST_REASON]
            return self._ground.records.deny(proposal, actor=actor, reason=reason)

    def edit(
        self,
        id: str,
        *,
        version: int,
        actor: Actor,
        targets: Sequence[str] | None = None,
        after: Mapping[str, str | None] | None = None,
    ) -> Proposal:
        """A new version, proposed by the editor; see `Pressing`."""
        self._note_policy()
        with self._recorded("edit", id, actor):
            proposal = self._handled(id, version, actor)
            draft = edited(proposal, actor=actor, targets=targets, after=after)
            return self._ground.records.replace(proposal, propose(self._ground, draft))

    def snooze(self, id: str, *, version: int, actor: Actor, hours: int = 1) -> Proposal:
        """Show the card again later; it expires all the same."""
        if not 1 <= hours <= 24:
            raise InputError("A card can be put off for 1 to 24 hours.")
        with self._recorded("snooze", id, actor):
            proposal = self._handled(id, version, actor)
            until = min(self._ground.now() + timedelta(hours=hours), proposal.expires)
            return self._ground.records.snooze(proposal, until=until, actor=actor)

    def execute(self, id: str) -> Proposal:
        """Do what was claimed by this process; see `Pressing`.

        Raises:
            RefusedError: it is not this process's to do.
        """
        ground = self._ground
        proposal = self._there(id)
        lease = Lease(f"{self._name}/{secrets.token_hex(8)}", ground.now() + ground.pace.lease)
        if not ground.records.hold(proposal, lease, was=self._name):
            raise RefusedError("This is not claimed, or already being done.")
        try:
            Execution(ground, proposal, lease).run()
        except LeaseLostError:
            self._log.warning("gate: lost the lease of proposal %s; it will be settled", id)
        except Exception:  # noqa: BLE001  no fault, of ours or the world's, may leave it open
            self._log.exception("gate: a fault while executing proposal %s", id)
            self._close(id, lease)
        return self._there(id, version=proposal.version)

    def undo(self, id: str, *, actor: Actor) -> Proposal:
        """Take back what was done; see `Pressing`."""
        self._note_policy()
        with self._recorded("undo", id, actor):
            done = self._there(id)
            self._check_actor(done, actor)
            if self._ground.records.taken_back(id):
                raise RefusedError("This was taken back already, or is being taken back.")
            back = undoing(self._ground, done, actor=actor)
            return self._ground.records.create(back, claim=self._claim())

    # What the clock does

    def step(self, id: str, at: datetime) -> tuple[Proposal, ...]:
        """Do one step of a timetable, one machine after the other; see `Stepping`."""
        self._note_policy()
        found = [one for one in self._ground.timetables.at(id, at) if one.state.is_open]
        ended = [self._one(partial(self._step, one)) for one in found if one.is_in_force]
        return tuple(proposal for proposal in ended if proposal)

    def _step(self, step: PlannedStep) -> Proposal | None:
        claimed = stepping(self._ground, step, claim=self._claim())
        return self.execute(claimed.id) if claimed else None

    def keep(
        self, id: str, at: datetime, targets: Sequence[str] = (), *, actor: Actor
    ) -> tuple[PlannedStep, ...]:
        """Leave out one stop of a timetable; see `Pressing`."""
        with self._recorded("keep", id, actor):
            schedule = self._there(id)
            self._check_actor(schedule, actor)
            may_keep(schedule, actor=actor, roster=self._ground.roster([], {actor.user}))
            return self._ground.timetables.keep(id, at, targets, actor=actor)

    def settle(self) -> tuple[Proposal, ...]:
        """Settle by reading what a crash left; expire what is too old. Those that ended."""
        ground = self._ground
        old = [self._one(partial(expire, ground, one)) for one in ground.records.too_old()]
        orphans = ground.records.orphans()
        left = [self._one(partial(settle_orphan, ground, *orphan)) for orphan in orphans]
        return tuple(proposal for proposal in (*old, *left) if proposal)

    def put_off(self) -> tuple[Proposal, ...]:
        """Pending ones whose card was put off until now; see `Pressing`."""
        return self._ground.records.put_off()

    # The kill switch

    def freeze(self, *, actor: Actor, reason: str = "") -> None:
        """Stop all execution; whoever may propose anything may."""
        with self._recorded("freeze", GATE, actor):
            roster = self._ground.roster([], {actor.user})
            rules.may_freeze(self._ground.book.policy, actor=actor, roster=roster)
            self._ground.freezes.freeze(actor=actor, reason=reason.strip()[:LONGEST_REASON])

    def unfreeze(self, *, actor: Actor) -> None:
        """Let it go on; only an admin may."""
        with self._recorded("unfreeze", GATE, actor):
            roster = self._ground.roster([], {actor.user})
            rules.may_unfreeze(self._ground.book.policy, actor=actor, roster=roster)
            self._ground.freezes.unfreeze(actor=actor)

    def frozen(self) -> str:
        """Why nothing is executed at this moment, in one sentence; empty where it is."""
        ground = self._ground
        return rules.frozen(ground.book.policy, now=ground.now(), freeze=ground.freeze())

    # Cards

    def placed(self, id: str, *, version: int, channel: str, message: str) -> None:
        """Where the card was posted."""
        self._ground.records.place(id, version=version, channel=channel, message=message)

    def find(self, id: str) -> Proposal | None:
        """The newest version."""
        return self._ground.records.find(id)

    def shown_at(self, channel: str, message: str) -> Proposal | None:
        """The proposal whose card is there."""
        return self._ground.records.shown_at(channel, message)

    # What they share

    def _there(self, id: str, *, version: int | None = None) -> Proposal:
        proposal = self._ground.records.find(id, version=version)
        if proposal is None:
            raise not_there()
        return proposal

    def _pending(self, id: str, version: int, actor: Actor) -> Proposal:
        """The pending proposal that a button means."""
        proposal = self._there(id)
        self._check_actor(proposal, actor)
        if proposal.version != version:
            raise RefusedError("This was edited; only the new card counts.")
        if proposal.stage is not Stage.PENDING:
            raise over(proposal)
        if proposal.expires <= self._ground.now():
            raise over(expire(self._ground, proposal))
        return proposal

    def _handled(self, id: str, version: int, actor: Actor) -> Proposal:
        """The same, by somebody who may handle it."""
        ground, proposal = self._ground, self._pending(id, version, actor)
        sights = [target.sight for target in proposal.targets]
        roster = ground.roster(sights, ground.involved(proposal, actor.user))
        rules.may_handle(ground.book, proposal, actor=actor, roster=roster)
        return proposal

    def _check_actor(self, proposal: Proposal, actor: Actor) -> None:
        if actor.via != BUTTON:
            raise RefusedError("This takes a press of the card's button.")
        if proposal.requester.team and actor.team != proposal.requester.team:
            raise RefusedError("This belongs to another workspace.")

    def _claim(self) -> Claim:
        until, policy = self._ground.now() + self._ground.pace.lease, self._ground.book.policy
        return Claim(Lease(self._name, until), policy.limits, policy.currency)

    def _close(self, id: str, lease: Lease) -> None:
        """Settle one's own execution after a fault, by reading; what fails is left to `settle`."""
        try:
            close(self._ground, self._there(id), lease)
        except Exception:  # noqa: BLE001  it stays claimed until its lease runs out
            self._log.exception("gate: proposal %s could not be settled yet", id)

    def _one(self, step: Callable[[], T | None]) -> T | None:
        """One of many: what another has ended meanwhile, or cannot be read, stops no other."""
        try:
            return step()
        except PurserError as error:
            self._log.warning("gate: not ended yet: %s", error.sentence)
        except Exception:  # noqa: BLE001  it stays as it is, and the others go on
            self._log.exception("gate: a fault while settling, or at a step")
        return None

    def _note_policy(self) -> None:
        """Once in a process: keep in the audit log under which policy it works."""
        with self._lock:
            if not self._has_noted_policy:
                says = asdict(self._ground.book.policy)
                text = json.dumps(says, default=str, sort_keys=True)
                hash = hashlib.sha256(text.encode()).hexdigest()
                self._ground.audit.note_policy(hash, says=json.loads(text))
                self._has_noted_policy = True

    @contextmanager
    def _recorded(
        self, tried: str, subject: str, actor: Actor, *, what: Sequence[str] = ()
    ) -> Iterator[None]:
        """Keep what was refused, to whom, and why."""
        try:
            yield
        except RefusedError as error:
            after = {"tried": tried, "said": error.sentence, "what": list(what)}
            self._ground.audit.record("turned away", subject, actor=actor, after=after)
            raise
