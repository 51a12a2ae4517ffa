"""What is pressed and asked about stops by the clock. Who presses is Slack's signed user."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from bot.blocks import Message, fallback, plain_message, rich_block, text_part
from bot.cards import people
from bot.clock_blocks import Standing, ended_text, schedules_message
from bot.delivery import Place
from bot.listeners.gate_desk import OLD_CARD, member
from bot.listeners.pressing import Press
from bot.listeners.watch_desk import WatchDesk
from bot.proposal_words import lower_first
from bot.scope import Home
from bot.watch.running import keep
from bot.watch.stop_blocks import Kept
from bot.watch.stopping import redrawn
from tools.core.errors import RefusedError, UnavailableError
from tools.gate.proposals import Stage
from tools.gate.timetable import PlannedStep, StepState
from tools.watch.time_off import saved, time_off

if TYPE_CHECKING:
    from bot.listeners.shown_cards import ShownCards
    from tools.core.scope import Scope
    from tools.gate.proposals import Proposal
    from tools.gate.timetable import Scheduled
    from tools.ledger.timetables import Timetables

OLD = "This announcement is not one of mine any more; look at the newest one."
KEPT = "It is kept; the clock leaves it out this time."
MANY_KEPT = "{count} machines are kept; the clock leaves them out this time."


@dataclass(frozen=True)
class ClockDesk(WatchDesk):
    """Takes presses on announcements, and lists and ends timetables.

    Args:
        cards: draws the cards of timetables anew.
    """

    cards: ShownCards

    def keep(self, press: Press) -> None:
        """Leave out one stop, of one machine or of all in the message: whoever sees it may."""
        with self.failures.told(press.place):
            actor = member(press.user, press.home, self.people)
            wanted = Kept.parse(press.value)
            schedule = self.purser.gate.find(wanted.schedule) if wanted else None
            if wanted is None or schedule is None:
                raise RefusedError(OLD)
            steps = self._meant(wanted, schedule, press)
            targets = [step.target for step in steps]
            kept = self.purser.gate.keep(schedule.id, wanted.at, targets, actor=actor)
            for key in dict.fromkeys(step.announcement for step in steps if step.announcement):
                keep(self.purser, redrawn(self.purser, key, schedule.id, wanted.at))
            now = self._store().at(schedule.id, wanted.at)
            by = [s.by for s in now if s.target in targets and s.state is StepState.KEPT]
            self.delivery.post(press.place, _kept_message(len(kept), by))

    def show_all(self, place: Place, home: Home) -> None:
        """Which timetables stand, to who asks alone."""
        with self.failures.told(place):
            scope = self.scope(place.user, place.channel, home)
            self.delivery.post(place.privately(), schedules_message(tuple(self._standing(scope))))

    def end(self, press: Press) -> None:
        """Take a timetable back: nothing of it is stopped or started any more."""
        with self.failures.told(press.place):
            actor, pressed = member(press.user, press.home, self.people), press.pressed
            gate = self.purser.gate
            schedule = gate.find(pressed.id) if pressed else None
            if schedule is None:
                raise RefusedError(OLD_CARD)
            back = gate.execute(gate.undo(schedule.id, actor=actor).id)
            if back.stage is not Stage.DONE:
                raise RefusedError(f"It still stands: {lower_first(back.outcome)}")
            self.cards.undone(schedule, by=actor.user)
            self.cards.refresh(schedule)
            names = [target.sight.title for target in back.targets]
            self.delivery.post(press.place, plain_message(ended_text(names)))

    def _meant(self, wanted: Kept, schedule: Proposal, press: Press) -> tuple[PlannedStep, ...]:
        """The machine that a button names, or all that the pressed message is about.

        Raises:
            RefusedError: there is no such stop.
        """
        from tools.ledger.outbox import Outbox

        steps = self._store().at(schedule.id, wanted.at)
        if wanted.position is None:
            message = press.message
            outbox = Outbox(self.purser.ledger)
            head = outbox.of_message(message.channel, str(message.ts)) if message else None
            key = (head.outgoing.replaces or head.outgoing.key) if head else ""
            found = tuple(step for step in steps if step.announcement == key)
        else:
            there = schedule.targets[wanted.position : wanted.position + 1]
            found = tuple(s for s in steps if s.target in [t.sight.target for t in there])
        if not found:
            raise RefusedError(OLD)
        return found

    def _standing(self, scope: Scope) -> Iterator[Standing]:
        visible = self._visible(scope)
        found = sorted(self._store().in_force(), key=lambda one: (one.since, one.schedule))
        for id, group in groupby(found, key=lambda one: one.schedule):
            schedule, machines = self._found(id), tuple(group)
            seen = [one for one in machines if visible is None or one.target in visible]
            if schedule is not None and seen:
                yield self._one(schedule, seen)

    def _found(self, id: str) -> Proposal | None:
        """One whose record was altered hides no other."""
        try:
            return self.purser.gate.find(id)
        except UnavailableError:
            return None

    def _one(self, schedule: Proposal, machines: list[Scheduled]) -> Standing:
        now = self.purser.config.clock.now()
        ends = max(one.ends for one in machines) + timedelta(seconds=1)
        since = min(one.since for one in machines)
        mine = {one.target for one in machines}
        steps = [
            step
            for step in self._store().between(since, ends, schedule=schedule.id)
            if step.target in mine
        ]
        ahead = [s for s in steps if s.state.is_open and s.is_in_force and s.at > now]
        amount, _ = saved(schedule, time_off(steps, now=now))
        return Standing(
            schedule=schedule,
            names=tuple(one.title for one in machines),
            text=machines[0].text,
            coming=ahead[0] if ahead else None,
            saved=amount,
            done=dict(Counter(s.state for s in steps if not s.state.is_open)),
        )

    def _visible(self, scope: Scope) -> frozenset[str] | None:
        """The machines that somebody may see; None for all, also those that are gone."""
        fleet = self.purser.fleet
        if scope.is_everything or fleet is None:
            return None if scope.is_everything else frozenset()
        return frozenset(one.id for one in fleet.inventory(scope).resources)

    def _store(self) -> Timetables:
        from tools.ledger.timetables import Timetables

        return Timetables(self.purser.ledger)


def _kept_message(count: int, by: Iterable[str]) -> Message:
    """One sentence to who pressed: how many they kept, or who did before."""
    if count:
        return plain_message(KEPT if count == 1 else MANY_KEPT.format(count=count))
    said = rich_block(text_part("It is kept already, by "), *people(by), text_part("."))
    return Message(fallback("It is kept already."), (said,))
