"""What the gate stands on, and the few looks at it that proposing, pressing and executing share."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from tools.core.clock import Clock
from tools.core.errors import RefusedError
from tools.gate.people import Directory
from tools.gate.proposals import Proposal, Target
from tools.gate.roster import Roster, read_roster
from tools.gate.rules import Book, Freeze
from tools.gate.world import Sight, World, differences
from tools.ledger.audit import Audit
from tools.ledger.freezes import Freezes
from tools.ledger.proposals import Proposals
from tools.ledger.timetables import Timetables

USE = "use"  # the fact that is measured only where it is part of what was approved
MOST_SHOWN = 3  # differences are named up to so many, the others counted
LONGEST = 60  # characters of a fact's value in a sentence


@dataclass(frozen=True, slots=True)
class Pace:
    """How long things may take.

    Args:
        lease: until a process that says nothing counts as gone.
        patience: until something that was begun counts as not done.
        pauses: seconds between two looks at what was begun; the last one is repeated.
    """

    lease: timedelta = timedelta(minutes=2)
    patience: timedelta = timedelta(minutes=10)
    pauses: tuple[float, ...] = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Everything the gate works with.

    Args:
        records: proposals in the ledger.
        freezes: the kill switch.
        audit: the log.
        timetables: what is stopped and started by the clock.
        world: what is looked at and changed.
        book: policy.
        directory: Slack, asked who people are.
        clock: the time.
        pace: how long things may take.
        wait: sleeps so many seconds.
    """

    records: Proposals
    freezes: Freezes
    audit: Audit
    timetables: Timetables
    world: World
    book: Book
    directory: Directory
    clock: Clock
    pace: Pace = field(default_factory=Pace)
    wait: Callable[[float], None] = time.sleep

    def now(self) -> datetime:
        """The time."""
        return self.clock.now()

    def freeze(self) -> Freeze | None:
        """The kill switch, as it is now."""
        return self.freezes.current()

    def roster(self, sights: Iterable[Sight], people: Iterable[str]) -> Roster:
        """Who is who now.

        Raises:
            UnavailableError: Slack does not say.
        """
        return read_roster(
            self.book.policy, sights, directory=self.directory, people=frozenset(people)
        )

    def involved(self, proposal: Proposal, *others: str) -> frozenset[str]:
        """Whom to ask after: who asked for it, who approved it, who acts."""
        return frozenset({proposal.requester.user, *proposal.approved_by, *others})

    def behind(self, proposal: Proposal) -> Proposal:
        """The same with the people who stand behind it: of a step, those of its timetable."""
        schedule = self.records.find(proposal.under) if proposal.under else None
        if schedule is None:
            return proposal
        return replace(proposal, requester=schedule.requester, decisions=schedule.decisions)

    def see(self, proposal: Proposal) -> tuple[Target, ...]:
        """The targets of a proposal as they are now, with the deeds as they were approved."""
        return tuple(self.see_one(proposal, target) for target in proposal.targets)

    def see_one(self, proposal: Proposal, target: Target) -> Target:
        """One target as it is now.

        Raises:
            UnavailableError: it cannot be read.
        """
        sight = self.world.look(target.sight.target, with_use=proposal.watches_use)
        return replace(target, sight=sight)


def changes(then: Sight, now: Sight, *, with_use: bool) -> str:
    """What reads otherwise than it was approved, in one sentence; empty where nothing does."""
    if now.is_gone or now.target != then.target:
        return "It is gone."
    found = differences(then.facts, now.facts)
    told = [change for change in found if with_use or change[0] != USE]
    if not told:
        return ""
    parts = [f"{plain_fact(n)} was {quoted(a)} and is {quoted(b)}" for n, a, b in told[:MOST_SHOWN]]
    if len(told) > MOST_SHOWN:
        parts.append(f"{len(told) - MOST_SHOWN} more changed")
    return f"It has changed since it was proposed: {'; '.join(parts)}."


def changed(proposal: Proposal, now: Sequence[Target]) -> str:
    """The first difference between what was approved and what is there now; empty without one."""
    for then, there in zip(proposal.targets, now, strict=True):
        said = changes(then.sight, there.sight, with_use=proposal.watches_use)
        if said:
            many = len(proposal.targets) > 1
            return f"{quoted(then.sight.title)}: {said}" if many else said
    return ""


def quoted(value: str) -> str:
    """A value from outside, short and on one line, as data; nothing is called nothing."""
    text = plain_fact(value)
    return f"“{text}”" if text else "nothing"


def plain_fact(value: str) -> str:
    """A text from outside without line breaks and control characters, and not too long."""
    text = " ".join("".join(c if c.isprintable() else " " for c in value).split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def not_there() -> RefusedError:
    """The refusal of something that is in no ledger."""
    return RefusedError("There is no such proposal; look at the newest card.")
