"""A gate over a small world, with people one can name, and a clock one can turn."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from tests.gate.steps import Moments, Stepped
from tests.gate.worlds import SmallWorld
from tools.clouds.resources import Verb
from tools.core.errors import UnavailableError
from tools.gate.desk import Gate
from tools.gate.ground import Ground, Pace
from tools.gate.people import Actor
from tools.gate.policy import Limits, Policy, Rule
from tools.gate.proposals import Proposal
from tools.gate.rules import Book
from tools.gate.timetable_world import TimetableWorld
from tools.ledger.audit import Audit
from tools.ledger.freezes import Freezes
from tools.ledger.ledger import Ledger
from tools.ledger.proposals import Proposals
from tools.ledger.timetables import Timetables

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
PEOPLE = ("UASKS", "UADMIN", "UADMIN2", "UOTHER", "UOWNER", "UML1", "UML2")
ML = frozenset({"UML1", "UML2"})
POLICY = Policy(
    admins=("UADMIN", "UADMIN2"),
    rules=(Rule(name="dev", approve=("SML", "admins")),),
    environments=("dev",),
)
QUICK = Pace(lease=timedelta(minutes=2), patience=timedelta(seconds=1), pauses=(0.0, 0.25))


class TurnedClock:
    """A clock that goes when it is told to."""

    def __init__(self, at: datetime = NOW) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def turn(self, **by: float) -> None:
        self.at += timedelta(**by)


@dataclass
class SmallDirectory:
    """People who are known; Slack can be away."""

    full: set[str] = field(default_factory=lambda: set(PEOPLE))
    groups: dict[str, frozenset[str]] = field(default_factory=lambda: {"SML": ML})
    is_away: bool = False

    def members(self, group: str) -> frozenset[str]:
        self._answer()
        return self.groups.get(group, frozenset())

    def is_member(self, user: str) -> bool:
        self._answer()
        return user in self.full

    def find(self, email: str) -> str | None:
        self._answer()
        return None

    def _answer(self) -> None:
        if self.is_away:
            raise UnavailableError("Slack does not answer.")


class Desk:
    """A gate with all it stands on.

    Args:
        url: of the ledger.
        world: what it looks at and changes.
        policy: what it asks.
        clock: its time; another desk's, to be another process of the same Purser.
    """

    def __init__(
        self,
        url: str,
        world: SmallWorld,
        *,
        policy: Policy = POLICY,
        clock: TurnedClock | None = None,
        directory: SmallDirectory | None = None,
        pace: Pace = QUICK,
    ) -> None:
        self.url = url
        self.world = world
        self.clock = clock or TurnedClock()
        self.directory = directory or SmallDirectory()
        self.ledger = Ledger(url, self.clock)
        self.records = Proposals(self.ledger)
        self.audit = Audit(self.ledger)
        self.freezes = Freezes(self.ledger)
        self.timetables = Timetables(self.ledger)
        self.waited: list[float] = []
        self.moments = Moments()
        self.ground = Ground(
            records=Stepped(self.records, self.moments),
            freezes=self.freezes,
            audit=self.audit,
            timetables=self.timetables,
            world=TimetableWorld(Stepped(world, self.moments), self.timetables),
            book=Book(policy),
            directory=self.directory,
            clock=self.clock,
            pace=pace,
            wait=self._wait,
        )
        self.gate = Gate(self.ground)

    def when(self, step: str, action: Callable[[], object], *, target: str = "") -> None:
        """Have something happen at the next such step of this process."""
        self.moments.when(step, action, target=target)

    def _wait(self, seconds: float) -> None:
        self.moments("before wait", ())
        self.waited.append(seconds)

    def beside(self, *, policy: Policy | None = None, pace: Pace | None = None) -> Desk:
        """Another process of the same Purser."""
        return Desk(
            self.url,
            self.world,
            policy=policy or self.ground.book.policy,
            clock=self.clock,
            directory=self.directory,
            pace=pace or self.ground.pace,
        )

    def with_limits(self, **limits: int | Decimal) -> Desk:
        """The same under other limits."""
        policy = replace(self.ground.book.policy, limits=Limits(**limits))
        return self.beside(policy=policy)

    def propose(
        self,
        *targets: str,
        verb: Verb = Verb.STOP,
        by: str = "UASKS",
        after: Mapping[str, str | None] | None = None,
        watches_use: bool = False,
    ) -> Proposal:
        asker = Actor(by, team="T1", via="model")
        return self.gate.propose(
            verb, targets, asker=asker, after=after, reason="idle", watches_use=watches_use
        )

    def approve(self, proposal: Proposal, by: str = "UADMIN") -> Proposal:
        return self.gate.approve(
            proposal.id, version=proposal.version, digest=proposal.digest, actor=press(by)
        )

    def run(self, proposal: Proposal, *by: str) -> Proposal:
        """Approve and execute."""
        for person in by or ("UADMIN",):
            self.approve(proposal, person)
        return self.gate.execute(proposal.id)

    def done(self, *targets: str, verb: Verb = Verb.STOP, **other: object) -> Proposal:
        """Propose, approve and execute."""
        return self.run(self.propose(*targets, verb=verb, **other))

    def events(self, subject: str = "") -> list[str]:
        """What the audit log says happened, in order."""
        return [entry.event for entry in self.audit.entries(subject=subject, most=10_000)]


def press(user: str, team: str = "T1") -> Actor:
    """Somebody at a button."""
    return Actor(user, team=team, via="button")


def machines(world: SmallWorld, count: int = 1, **facts: str) -> Sequence[str]:
    """Running machines: `sim/a/r/instance/m0` …"""
    return [world.add(f"sim/a/r/instance/m{n}", **facts) for n in range(count)]


def desk_in(folder: Path, url: str, **other: object) -> Desk:
    """A desk with an empty world in a folder."""
    return Desk(url, SmallWorld(folder / "world.sqlite"), **other)
