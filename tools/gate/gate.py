"""The gate: proposes, takes decisions, executes, undoes. Everything that changes the world is here.

It stands on pure rules (`rules.py`), on records with atomic transitions (`tools.ledger.proposals`)
and on a world that can be looked at (`world.py`). Tools get `propose` only; the buttons get the
rest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from tools.clouds.resources import Verb
from tools.gate.people import Actor
from tools.gate.proposals import Proposal
from tools.gate.timetable import PlannedStep


class Proposing(Protocol):
    """What tools, and through them the model, may do: no more than propose."""

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
        """A proposal with its evidence frozen, in the ledger.

        Args:
            verb: what is to be done, to every target.
            targets: ids that Purser listed.
            asker: who asks, by who they are and not by what they say.
            after: for scale (`capacity` → `2`), tag (`tag:team` → `ml`), budget (`amount`) and
                schedule (`stop` → `20:00`, and `start`, `days`, `zone`, `until`).
            reason: in the asker's words.
            watches_use: being idle is part of what is approved.

        Raises:
            InputError: it makes no sense.
            RefusedError: policy forbids it, or nobody could approve it.
            UnavailableError: policy, people or the world could not be read.
        """


class Pressing(Protocol):
    """What the buttons do. Who presses is taken from Slack's signed request, never from words."""

    def approve(self, id: str, *, version: int, digest: str, actor: Actor) -> Proposal:
        """Approve what the card showed; the last approval that is needed claims it.

        A claimed proposal is returned in stage `claimed`; whoever got it calls `execute`.

        Raises:
            RefusedError: this person may not, or it is not what stands any more.
        """

    def deny(self, id: str, *, version: int, actor: Actor, reason: str = "") -> Proposal:
        """Deny it; whoever might approve it, and the requester, may."""

    def edit(
        self,
        id: str,
        *,
        version: int,
        actor: Actor,
        targets: Sequence[str] | None = None,
        after: Mapping[str, str | None] | None = None,
    ) -> Proposal:
        """A new version, proposed by the editor: earlier approvals are void."""

    def snooze(self, id: str, *, version: int, actor: Actor, hours: int = 1) -> Proposal:
        """Show the card again later; it expires all the same."""

    def execute(self, id: str) -> Proposal:
        """Do what was claimed by this process, one target at a time, and record each."""

    def undo(self, id: str, *, actor: Actor) -> Proposal:
        """Take back what was done, within 24 hours; requester, approvers and owner may.

        A timetable as long as it lasts, and admins may, too.

        Like an approval it returns a claimed proposal; whoever got it calls `execute`.
        """

    def keep(
        self, id: str, at: datetime, targets: Sequence[str] = (), *, actor: Actor
    ) -> tuple[PlannedStep, ...]:
        """Leave out one stop of a timetable; any full member may, for nothing happens then.

        Args:
            id: of the timetable's proposal.
            at: which of its stops.
            targets: of which machines; empty for all of them.
            actor: who presses.

        Returns:
            The steps that were not kept before.

        Raises:
            RefusedError: it is no stop that is still to come, or they may not.
        """

    def settle(self) -> tuple[Proposal, ...]:
        """Settle by reading, never by acting, what a crash left; expire what is too old."""

    def put_off(self) -> tuple[Proposal, ...]:
        """Pending ones whose card was put off until now, or until some time before."""

    def freeze(self, *, actor: Actor, reason: str = "") -> None:
        """Stop all execution; whoever may propose anything may."""

    def unfreeze(self, *, actor: Actor) -> None:
        """Let it go on; only an admin may."""

    def placed(self, id: str, *, version: int, channel: str, message: str) -> None:
        """Where the card was posted."""

    def find(self, id: str) -> Proposal | None:
        """The newest version."""

    def shown_at(self, channel: str, message: str) -> Proposal | None:
        """The proposal whose card is there."""


class Stepping(Protocol):
    """What the clock does, and nobody else: no tool, no command and no button reaches it."""

    def step(self, id: str, at: datetime) -> tuple[Proposal, ...]:
        """Do one step of a timetable that was approved, one machine after the other.

        Each becomes a claimed proposal of its own and is executed; it is checked again against
        the approved list, policy, people and world. What may not be done is written down at the
        step; what may not be done yet is left for the next call, for two hours.

        Args:
            id: of the timetable's proposal.
            at: which of its steps.

        Returns:
            The proposals that ended now.
        """
