"""A world whose machines can be on a timetable, which is a fact of theirs like any other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tools.clouds.resources import Verb
from tools.core.errors import InputError
from tools.gate.guards import called, plain
from tools.gate.timetable import SCHEDULE
from tools.gate.world import Deed, Sight, World

if TYPE_CHECKING:
    from tools.ledger.timetables import Timetables

_STATE = "state"
_ANY = ("running", "stopped")


@dataclass(frozen=True, slots=True)
class TimetableWorld:
    """A `World` around another one.

    Args:
        inner: what is looked at and changed.
        timetables: which machines are on a timetable.
    """

    inner: World
    timetables: Timetables

    def look(self, target: str, *, with_use: bool = False) -> Sight:
        """A target as it is now, with the timetable it is on."""
        sight = self.inner.look(target, with_use=with_use)
        text = "" if sight.is_gone else self.timetables.of(target)
        return replace(sight, facts={**sight.facts, SCHEDULE: text}) if text else sight

    def deed(self, verb: Verb, sight: Sight, *, after: Mapping[str, str | None]) -> Deed:
        """What it takes to do `verb` to what was seen.

        Raises:
            InputError: it cannot be done, or makes no sense.
        """
        if verb is not Verb.SCHEDULE:
            return self.inner.deed(verb, bare(sight), after=after)
        wanted = after.get(SCHEDULE)
        if wanted is None:
            return Deed(verb=verb, target=sight.target, after={SCHEDULE: None})
        stop, held = self._stop(sight), sight.facts.get(SCHEDULE)
        if held:
            raise InputError(
                f"{called(sight)} is on a timetable already ({plain(held)}); take that back first."
            )
        return Deed(
            verb=verb,
            target=sight.target,
            after={SCHEDULE: wanted},
            loses=stop.loses,
            undo=Verb.SCHEDULE,
            notes=stop.notes,
        )

    def rehearse(self, deed: Deed, sight: Sight) -> bool:
        """Ask whether it would work; of a timetable nobody can be asked."""
        return deed.verb is not Verb.SCHEDULE and self.inner.rehearse(deed, bare(sight))

    def act(self, deed: Deed, sight: Sight) -> None:
        """Begin it; a timetable is only written down."""
        if deed.verb is not Verb.SCHEDULE:
            self.inner.act(deed, bare(sight))
        elif deed.after[SCHEDULE]:
            self.timetables.put_on(deed)
        else:
            self.timetables.take_off(deed)

    def _stop(self, sight: Sight) -> Deed:
        """What it takes to stop it, however it is now, if it can be started again."""
        facts = bare(sight).facts
        state = facts.get(_STATE, "")
        if state and state not in _ANY:
            raise InputError(f"{called(sight)} is {plain(state)} just now; try again in a minute.")
        running = replace(sight, facts={**facts, _STATE: _ANY[0]})
        stop = self.inner.deed(Verb.STOP, running, after={})
        self.inner.deed(Verb.START, replace(sight, facts={**facts, _STATE: _ANY[1]}), after={})
        if stop.is_final or stop.undo is not Verb.START:
            raise InputError(f"{called(sight)} could not be started again, so no clock stops it.")
        return stop


def bare(sight: Sight) -> Sight:
    """What was seen, without the timetable: as the inner world knows it."""
    facts = {name: value for name, value in sight.facts.items() if name != SCHEDULE}
    return replace(sight, facts=facts)
