"""Does what was claimed: one target at a time, after a second look at policy and world.

The lease is renewed before every target, and what is about to be touched is written first; so a
process that stalls or dies leaves nothing that another would do again.
"""

from __future__ import annotations

from tools.core.errors import PurserError, RefusedError, UnavailableError
from tools.gate.ground import Ground, changes
from tools.gate.outcomes import outcome_of, stage_of
from tools.gate.proposals import Fate, Proposal, Run, Target
from tools.gate.rules import may_execute
from tools.gate.settling import reading
from tools.gate.stepping import check_step
from tools.gate.undoing import check_undo
from tools.gate.world import Sight
from tools.ledger.proposal_moves import Lease


class LeaseLostError(Exception):
    """Another process may have settled it: this one keeps its hands off."""


class Execution:
    """One execution of one claimed proposal.

    Args:
        ground: what the gate stands on.
        proposal: claimed, with its decisions.
        lease: held by this execution alone.
    """

    def __init__(self, ground: Ground, proposal: Proposal, lease: Lease) -> None:
        self._ground = ground
        self._proposal = proposal
        self._lease = lease

    def run(self) -> None:
        """Do all of it, and write what became of it.

        Raises:
            LeaseLostError: nothing more was touched once that was known.
        """
        runs: list[Run] = []
        for position, target in enumerate(self._proposal.targets):
            if any(run.fate is Fate.UNKNOWN for run in runs):
                run = self._refused(target, "Not tried, because one before it is not settled.")
            else:
                run = self._do(position, target)
            if not self._ground.records.end(self._proposal, position, run, lease=self._lease):
                raise LeaseLostError
            runs.append(run)
        proposal = self._proposal
        outcome = outcome_of(proposal.verb, runs, undoes=bool(proposal.undoes))
        stage = stage_of(runs)
        if not self._ground.records.finish(proposal, stage, outcome=outcome, lease=self._lease):
            raise LeaseLostError

    def _do(self, position: int, target: Target) -> Run:
        try:
            sight = self._prepare(target)
            self._begin(position)
        except PurserError as error:
            return self._refused(target, error.sentence)
        try:
            self._ground.world.act(target.deed, sight)
        except RefusedError as error:
            return self._refused(target, error.sentence)
        except UnavailableError:
            pass  # whether it was done is found by reading
        return self._watch(target)

    def _prepare(self, target: Target) -> Sight:
        """Look again, ask policy again, and ask the cloud whether it would."""
        self._renew()
        ground, proposal = self._ground, self._proposal
        seen = ground.see_one(proposal, target)
        said = changes(target.sight, seen.sight, with_use=proposal.watches_use)
        if said and not proposal.takes_off:
            raise RefusedError(said)
        self._ask_policy(seen)
        ground.world.rehearse(target.deed, seen.sight)
        return seen.sight

    def _ask_policy(self, seen: Target) -> None:
        ground, proposal = self._ground, self._proposal
        if proposal.under:
            check_step(ground, proposal, seen)
            return
        if not proposal.undoes:
            now, freeze = ground.now(), ground.freeze()
            roster = ground.roster([seen.sight], ground.involved(proposal))
            may_execute(ground.book, proposal, [seen], roster=roster, now=now, freeze=freeze)
            return
        undone = ground.records.find(proposal.undoes)
        if undone is None:
            raise RefusedError("What this takes back is not in the ledger.")
        check_undo(ground, undone, [seen], actor=proposal.requester)

    def _begin(self, position: int) -> None:
        self._lease = self._prolonged()
        if not self._ground.records.begin(self._proposal, position, lease=self._lease):
            raise LeaseLostError
        if self._ground.now() >= self._lease.until:  # it took so long that another may settle it
            raise LeaseLostError

    def _watch(self, target: Target) -> Run:
        """Look until it is done, or patience ends."""
        ground, waited = self._ground, 0.0
        pauses = iter(ground.pace.pauses)
        pause = ground.pace.pauses[0]
        while True:
            run = reading(ground, target)
            if run.fate is Fate.DONE or waited >= ground.pace.patience.total_seconds():
                return run
            pause = next(pauses, pause)
            ground.wait(pause)
            waited += pause
            if self._lease.until - ground.now() < ground.pace.lease / 2:
                self._renew()

    def _renew(self) -> None:
        lease = self._prolonged()
        if not self._ground.records.hold(self._proposal, lease, was=self._lease.holder):
            raise LeaseLostError
        self._lease = lease

    def _prolonged(self) -> Lease:
        return self._lease._replace(until=self._ground.now() + self._ground.pace.lease)

    def _refused(self, target: Target, said: str) -> Run:
        return Run(target.sight.target, Fate.REFUSED, said)
