"""The villain and the clock: timetables for anything, Keep by anybody, and steps at any moment."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tests.gate.clocks import post
from tests.gate.oracle import ADMINS, ENGINEERS, PEOPLE, TEAM
from tests.gate.villain_house import TIMETABLES, VIAS, number
from tests.gate.villain_people import House
from tools import registry
from tools.gate.people import Actor
from tools.gate.timetable import PlannedStep

AHEAD = timedelta(days=3)
EARLY = (20, 20, 20, 20, 20, 16, 15, 14, 3, 0)  # minutes before a step at which it is announced
LATE = (0, 0, 0, 0, 0, 0, 1, 16, 119, 120, 200, -1)  # minutes after it at which the clock strikes


class Villain(House):
    """One house, one villain, everybody in it, and a clock."""

    @rule(which=number, who=number, how=number, by=st.lists(number, min_size=2, max_size=3))
    def puts_it_on_a_timetable(self, which: int, who: int, how: int, by: list[int]) -> None:
        """Somebody asks for a timetable, and others approve it."""
        self._put_on(which, who, how, by)

    def _put_on(self, which: int, who: int, how: int, by: list[int]) -> None:
        things = list(self.world.things)
        ids = {things[which % len(things)], things[which // 7 % len(things)]}
        tool = next(t for t in registry.PROPOSE if t.__name__ == "propose_schedule")
        asker = Actor(ENGINEERS[who % 3], TEAM, via="model")
        said = {"resources": sorted(ids)[: 1 + how % 2], "timetable": TIMETABLES[how % 3]}
        self.directory.is_away = self.world.is_away = False
        card = self._propose(lambda: tool(**said, context=self._context(asker)))
        for person in by if card else ():
            self._approve(card, Actor((*ADMINS, *ENGINEERS)[person % 5], TEAM))

    @rule(which=number, who=number, via=number, is_all=st.booleans())
    def keeps(self, which: int, who: int, via: int, is_all: bool) -> None:
        """Anybody presses Keep, on any step."""
        step = self._step(which)
        if step is not None:
            self._keep(step, who, via, is_all=is_all)

    def _keep(self, step: PlannedStep, who: int, via: int, *, is_all: bool) -> None:
        team = TEAM if who % 9 else "T2"
        actor = Actor(PEOPLE[who % len(PEOPLE)], team, via=VIAS[via % len(VIAS)])
        ids = [] if is_all else [step.target]
        kept = self._try(lambda: self.gate.keep(step.schedule, step.at, ids, actor=actor))
        if kept:
            assert (actor.via, actor.team) == ("button", TEAM), "it was kept without a press"
            assert actor.user in self.oracle.full, "it was kept by a stranger"
            self.oracle.kept |= {(one.schedule, one.at, one.target) for one in kept}

    @rule(which=number, early=number, is_sent=st.integers(0, 5))
    def is_announced(self, which: int, early: int, is_sent: int) -> None:
        """A step is announced, in time or not; now and then Slack does not take it."""
        step = self._step(which % 3)
        if step is not None:
            self._announce(step, early, is_sent)

    @rule(noise=st.lists(number, min_size=0, max_size=2), at=st.tuples(*[number] * 5))
    def a_night_goes_by(self, noise: list[int], at: tuple[int, ...]) -> None:
        """A stop and the start after it, and what people and things do meanwhile."""
        if at[4] % 3:  # a night takes as long as many steps
            return
        if not self.timetables.in_force():
            self._put_on(at[3], at[4], at[2], [0, 1, 2, 3, 4])
        for turn in range(2 + at[2] % 2):
            step = self._step(at[3] % 2)
            if step is None:
                return
            self._announce(step, at[0] % 11, at[1])
            for odd in noise[: 1 if turn else 2]:
                self._disturb(odd, step)
            self.directory.is_away = self.world.is_away = False
            self._strike_at(step, at[1] % 13)

    def _disturb(self, odd: int, step: PlannedStep) -> None:
        card = self.gate.find(step.schedule)
        assert card is not None, "a timetable of nobody's"
        match odd % 8:
            case 0:
                self._keep(step, odd // 8, odd // 16, is_all=False)
            case 1:
                self.world.write(step.target, "state", ("running", "stopped")[odd // 8 % 2])
            case 2:
                self.world.write(step.target, "tag:env", ("prod", "dev", "qa")[odd // 8 % 3])
            case 3:
                self.world.write(step.target, "type", ("p5", "p6", "p4d")[odd // 8 % 3])
            case 4:
                behind = (card.requester.user, *card.approved_by)
                where = self.oracle.full if odd // 8 % 2 else self.oracle.group
                where.discard(behind[odd // 16 % len(behind)])
            case 5:
                self._undo(card, Actor(PEOPLE[odd // 8 % len(PEOPLE)], TEAM))
            case 6:
                self.throws_the_switch(who=odd // 8, is_on=True, often=odd // 16 % 2)

    def _announce(self, step: PlannedStep, early: int, is_sent: int) -> None:
        self._turn(step.at - timedelta(minutes=EARLY[early % len(EARLY)]))
        key = f"stops/{step.schedule}/{step.at}/{self.clock.at}"
        with self.ledger.begin() as connection:
            told = self.timetables.announced(
                connection, schedule=step.schedule, at=step.at, key=key
            )
        if is_sent and told:
            post(self, key)  # type: ignore[arg-type]
            at = self.clock.at
            self.oracle.posted |= {(step.schedule, step.at, target): at for target in told}

    @rule(which=number, late=number, odd=st.integers(0, 9))
    def strikes(self, which: int, late: int, odd: int) -> None:
        """The clock does what is due; now and then what is not, or what was never proposed."""
        step = self._step(which % 3)
        if step is None:
            return
        self._strike_at(step, late)
        if not odd:
            self._strike(step.schedule, self.clock.at)
            self._strike("0" * 32, step.at)
        held = {(one.schedule, one.target) for one in self.timetables.in_force()}
        assert held <= self.oracle.on, "a timetable is in force that nobody approved"

    def _strike_at(self, step: PlannedStep, late: int) -> None:
        self._turn(step.at + timedelta(minutes=LATE[late % len(LATE)]))
        self._strike(step.schedule, step.at)

    def _strike(self, schedule: str, at: datetime) -> None:
        for ended in self._try(lambda: self.gate.step(schedule, at)) or ():
            self.oracle.steps[ended.id] = ended
            self._show(ended)
            if ended.ended is not None:
                self.oracle.finished[ended.id] = ended.ended
        self._judge()  # before the clock goes on

    def _step(self, which: int) -> PlannedStep | None:
        """One of the next steps of what is in force."""
        now = self.clock.at
        found = self.timetables.between(now - timedelta(hours=2), now + AHEAD)
        ahead = [one for one in found if one.state.is_open]
        return ahead[which % len(ahead)] if ahead else None

    def _turn(self, at: datetime) -> None:
        self.clock.at = max(self.clock.at, at)
