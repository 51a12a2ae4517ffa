"""Plays a planted year: each morning its bills come, and the jobs of the watch run on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from bot.app import Purser
from bot.config import Config, load
from bot.watch.jobs import is_there
from bot.watch.running import keep, planned
from tools.clouds.settings import CloudSettings
from tools.core.budget import Budget
from tools.core.periods import DAY, Period, Unit, shift, unit_start
from tools.core.query import Filter, Op
from tools.gate.people import Actor
from tools.samples.company import SampleSource
from tools.samples.ordinary import PLANS
from tools.samples.planted_year import FINOPS, YEAR, PlantedYear, channel_of, write_year
from tools.samples.settings import Billed, sample_config
from tools.watch.settings import DigestSettings, WatchSettings

if TYPE_CHECKING:
    from tools.lake.lake import Lake
    from tools.samples.seen import SeenLake
    from tools.watch.outgoing import Outgoing

HOUR = time(9, tzinfo=UTC)
SAMPLE = Actor("purser", via="sample")
WATCHING = ("ml-research", "assistant")  # teams with digests of their own
_DIGEST = 5  # days between two digests


@dataclass(slots=True)
class PlayedClock:
    """A clock that is put forward."""

    at: datetime

    def now(self) -> datetime:
        """The moment it was put to."""
        return self.at


@dataclass(frozen=True)
class PlayedPurser(Purser):
    """Purser over the bills as they were."""

    bills: Lake = field(kw_only=True)

    @cached_property
    def lake(self) -> Lake:
        """The bills."""
        return self.bills


@dataclass(slots=True)
class Play:
    """A planted year on its stage.

    Args:
        year: what is true.
        purser: wired over what can be seen.
        clock: its clock.
        lake: its bills.
        days: those that are played.
        budgets: by id, the place among the planted ones.
        jobs: that run each morning, besides the digests.
        said: what was said anew, with its day.
    """

    year: PlantedYear
    purser: Purser
    clock: PlayedClock
    lake: SeenLake
    days: Period
    budgets: dict[str, int] = field(default_factory=dict)
    jobs: tuple[str, ...] = ("alerts", "anomalies")
    said: list[tuple[date, Outgoing]] = field(default_factory=list)

    def mornings(self) -> Iterator[date]:
        """Play each day, and be at its end while the caller looks."""
        self._set_budgets()
        self._tell_earlier()
        for day in self.days.each_day():
            self.lake.show(day)
            self.clock.at = datetime.combine(day, HOUR)
            self._tell(day)
            self._raise_budgets(day)
            for name in (*self.jobs, *self._digests(day)):
                if is_there(name):
                    self._run(day, name)
            yield day

    def _run(self, day: date, name: str) -> None:
        from tools.ledger.outbox import Outbox

        plan, outbox = planned(self.purser, name, self.clock.at), Outbox(self.purser.ledger)
        new = [post for post in plan.posts if outbox.find(post.key) is None]
        keep(self.purser, plan)
        self.said += [(day, post) for post in {post.key: post for post in new}.values()]

    def _digests(self, day: date) -> tuple[str, ...]:
        """One channel's every few days, in turn: they only say over what the others found."""
        every, (turn, rest) = self.purser.config.watch.digests, divmod(day.toordinal(), _DIGEST)
        if rest or not every:
            return ()
        return (f"digest {every[turn % len(every)].channel} daily",)

    def _tell(self, day: date) -> None:
        from tools.ledger.happenings import Happenings

        for happening in self.year.told(day):
            Happenings(self.purser.ledger).tell(happening, actor=SAMPLE)

    def _tell_earlier(self) -> None:
        """What was announced before the first day that is played is known on it."""
        if self.year.days.start < self.days.start:
            for day in Period(self.year.days.start, self.days.start).each_day():
                self._tell(day)

    def _set_budgets(self) -> None:
        start = datetime.combine(self.days.start - DAY, HOUR)
        self.clock.at = start
        for n, planned_budget in enumerate(self.year.budgets):
            raised = planned_budget.raised
            is_past = raised is not None and raised[0] < self.days.start
            budget = Budget(
                id="",
                scope=planned_budget.scope,
                period=planned_budget.period.value,
                amount=raised[1] if raised and is_past else planned_budget.amount,
                currency="USD",
                owner="U0CHLOEW00",
                channel=planned_budget.channel,
            )
            self.budgets[self.purser.budgets.records.create(budget, actor=SAMPLE).id] = n

    def _raise_budgets(self, day: date) -> None:
        records = self.purser.budgets.records
        for id_, n in self.budgets.items():
            raised = self.year.budgets[n].raised
            was = records.find(id_) if raised and raised[0] == day else None
            if was and raised:
                records.change(replace(was, amount=raised[1]), actor=SAMPLE, was=was)


@contextmanager
def staged(
    *, seed: int, days: Period, said: Callable[[str], None] = lambda _: None
) -> Iterator[Play]:
    """A planted year in a temporary folder, ready to be played.

    Args:
        seed: of the year.
        days: to play; what lies outside of the usual year is planted for itself.
        said: told what is being done.
    """
    from tools.samples.seen import SeenLake

    with TemporaryDirectory(prefix="purser-replay-") as name:
        folder, clock = Path(name), PlayedClock(datetime.combine(days.start, HOUR))
        config = _config(folder, clock)
        said("Making the year up")
        year = write_year(folder, config.lake, seed=seed, days=planted_days(days))
        said("Loading its bills")
        lake = SeenLake(year.seen)
        purser = PlayedPurser(config, bills=lake)
        yield Play(year=year, purser=purser, clock=clock, lake=lake, days=days)
        purser.ledger.close()


def planted_days(days: Period) -> Period:
    """The usual year where it holds those days, so that any part of it is a part of the same."""
    if YEAR.start <= days.start and days.end <= YEAR.end:
        return YEAR
    first = unit_start(days.start, Unit.MONTH)
    return Period(first, max(days.end, shift(first, Unit.MONTH, 2)))


def _config(folder: Path, clock: PlayedClock) -> Config:
    sources = tuple(
        SampleSource(plan.name, folder / "bills" / plan.name, plan.lag, clock.at.date())
        for plan in PLANS
    )
    text = sample_config(Billed(folder, sources))
    (folder / "purser.toml").write_text(text, encoding="utf-8")
    config = load(folder, environ={})
    return replace(config, clock=clock, clouds=CloudSettings(), watch=_watch(WATCHING))


def _watch(teams: Sequence[str]) -> WatchSettings:
    """Each team's channel hears of that team, the FinOps channel of everything."""
    return WatchSettings(
        operators=FINOPS,
        incidents="C0INCIDENT",
        digests=(
            DigestSettings(channel=FINOPS),
            *(
                DigestSettings(channel=channel_of(team), scope=(Filter("team", Op.IS, (team,)),))
                for team in teams
            ),
        ),
    )
