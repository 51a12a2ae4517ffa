"""The job `stops`: every minute, what the clock stops and starts is announced, done, and told.

To do is no part of the plan: `work` has the gate do what is due, which a dry run leaves out. The
gate itself looks whether a step was announced in time, and that Slack has the message; here
nothing decides whether something is stopped.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING

from bot.machine_words import counted
from bot.scope import scope_of
from bot.watch.plans import Plan, outgoing
from bot.watch.stop_blocks import Announced, stop_message
from tools.clouds.resources import Verb
from tools.core.errors import PurserError
from tools.core.labels import holds
from tools.gate.roster import owner
from tools.gate.timetable import NOTICE, TOLERANCE, PlannedStep, StepState, moment_text
from tools.watch.outgoing import Sent, Sort

if TYPE_CHECKING:
    from bot.app import Purser
    from tools.gate.proposals import Proposal, Target
    from tools.ledger.timetables import Timetables

LEAD = timedelta(minutes=20)  # before a step: five minutes more than the notice that it takes
ENOUGH = 20.0  # seconds; then what comes next is announced, while a cloud is still busy
MOST_HANDS = 8  # threads that wait for clouds
BACK = timedelta(days=1)  # so long what came of a step is told
_HANDS = "stops"
_UNDONE = (StepState.MISSED, StepState.REFUSED)


def work(purser: Purser, *, name: str, at: datetime) -> None:
    """Have the gate do what is due; it looks at policy and at the machine again, each time."""
    do_due(purser, within=ENOUGH)


def do_due(purser: Purser, *, within: float) -> None:
    """Have it done, and wait for it so many seconds: a cloud that takes longer delays nothing else.

    It goes on beside what is announced meanwhile. The next minute begins what is left: a step is
    done once, whoever comes to it.
    """
    due = _store(purser).due(purser.config.clock.now())
    busy = sum(one.name.startswith(_HANDS) for one in threading.enumerate())
    if not due or busy >= MOST_HANDS:
        return
    pool = ThreadPoolExecutor(1, thread_name_prefix=_HANDS)
    doing = pool.submit(_do, purser, due)
    pool.shutdown(wait=False)
    if not wait([doing], within).not_done:
        doing.result()


def _do(purser: Purser, due: Iterable[tuple[str, datetime]]) -> None:
    for schedule, moment in due:
        purser.gate.step(schedule, moment)


def plan(purser: Purser, *, name: str, at: datetime) -> Plan:
    """Announce what comes within minutes, and put in its place what came of it."""
    found = _store(purser).between(at - BACK, at + LEAD + timedelta(seconds=1))
    looks = _Looks(purser)
    plans = [*_announced(looks, found, at), *_told(looks, found), *_missed(looks, found, at)]
    return sum(plans, start=Plan(said="" if plans else "Nothing is stopped or started now."))


def redrawn(purser: Purser, key: str, schedule: str, at: datetime) -> Plan:
    """One announcement as it stands now, in its place; nothing where nothing happened since."""
    found = [s for s in _store(purser).at(schedule, at) if s.announcement == key]
    return sum(_told(_Looks(purser), found), start=Plan())


def _store(purser: Purser) -> Timetables:
    from tools.ledger.timetables import Timetables

    return Timetables(purser.ledger)


@dataclass
class _Looks:
    """What is looked up for one run, each once.

    Args:
        purser: wired.
    """

    purser: Purser
    _schedules: dict[str, Proposal | None] = field(default_factory=dict)
    _owners: dict[str, str | None] = field(default_factory=dict)

    @property
    def store(self) -> Timetables:
        """The timetables."""
        return _store(self.purser)

    def schedule(self, id: str) -> Proposal | None:
        """The proposal behind a step; None where its record was altered, which ends no other."""
        if id not in self._schedules:
            try:
                self._schedules[id] = self.purser.gate.find(id)
            except PurserError:
                self._schedules[id] = None
        return self._schedules[id]

    def target(self, step: PlannedStep) -> Target | None:
        """The machine as it was approved."""
        schedule = self.schedule(step.schedule)
        targets = schedule.targets if schedule else ()
        return next((t for t in targets if t.sight.target == step.target), None)

    def owner(self, target: Target) -> str | None:
        """Who owns it: a full member whom Slack knows; nobody where it does not say."""
        said = target.sight.labels.get("owner") or ""
        if said not in self._owners:
            directory = self.purser.directory
            try:
                user = owner(target.sight, directory)
                self._owners[said] = user if user and directory.is_member(user) else None
            except PurserError:
                return None
        return self._owners[said]

    def place(self, step: PlannedStep) -> str:
        """The team's channel, else the owner, else where its card stands, else who proposed it.

        Of channels and people, only those who may see the machine.
        """
        target, schedule = self.target(step), self.schedule(step.schedule)
        if target is None or schedule is None:
            return ""
        config = self.purser.config
        team = (target.sight.labels.get("team") or "").lower()
        channels = {name.lower(): channel for name, channel in config.people.channels.items()}
        card = schedule.channel if schedule.channel.startswith(("C", "G")) else ""
        named = (channels.get(team), self.owner(target), card, config.watch.operators)
        able = (who for who in named if who and self._sees(who, target))
        return next(able, schedule.requester.user)

    def _sees(self, who: str, target: Target) -> bool:
        scope = scope_of(who, self.purser.config.scope)
        return scope.is_everything or holds(scope.filters, target.sight.labels)

    def announced(self, steps: Iterable[PlannedStep], told: datetime) -> Announced | None:
        """What is told in one message."""
        mine = tuple(steps)
        schedule = self.schedule(mine[0].schedule)
        if schedule is None:
            return None
        targets = {step.target: self.target(step) for step in mine}
        found = {id: self.owner(target) for id, target in targets.items() if target}
        owners = {id: user for id, user in found.items() if user}
        off = {step.target: at for step in mine if (at := self._off_since(step))}
        return Announced(schedule=schedule, steps=mine, told=told, owners=owners, off=off)

    def stop_before(self, start: PlannedStep) -> PlannedStep | None:
        """The stop that a start takes back, where it was done; None for none, and of a stop."""
        stop = self.store.last_stop(start) if start.verb is Verb.START else None
        return stop if stop and stop.state in (StepState.DONE, StepState.UNKNOWN) else None

    def _off_since(self, step: PlannedStep) -> datetime | None:
        stop = self.stop_before(step)
        return stop.at if stop and stop.state is StepState.DONE else None


def _announced(looks: _Looks, steps: Iterable[PlannedStep], at: datetime) -> Iterator[Plan]:
    """Announcements of what is to be done within minutes, or was while nobody was there."""
    new = [s for s in steps if s.state is StepState.PLANNED and s.is_in_force]
    near = [s for s in new if s.at - LEAD <= at < s.at + TOLERANCE - NOTICE]
    for (schedule, moment), mine in _by_moment(near):
        for (place, thread), there in _by_place(looks, mine):
            key = _key(schedule, moment, place, there)
            found = looks.announced(there, at)
            if found is None:
                continue
            post = outgoing(
                key,
                stop_message(found),
                channel=place,
                sort=Sort.SCHEDULE,
                thread=thread,
                urgent=True,  # what stops at night is announced at night
            )
            named = [step.target for step in there]
            kept = partial(
                looks.store.announced, schedule=schedule, at=moment, key=key, targets=named
            )
            said = f"{found.verb} of {counted(len(named))} is announced."
            yield Plan((post,), (kept,), said[:1].upper() + said[1:])


def _told(looks: _Looks, steps: Iterable[PlannedStep]) -> Iterator[Plan]:
    """What came of announced steps, in the place of their announcements."""
    from tools.ledger.outbox import Outbox

    outbox = Outbox(looks.purser.ledger)
    told = sorted((s for s in steps if s.announcement), key=lambda s: (s.announcement, s.target))
    for key, mine in groupby(told, key=lambda s: s.announcement):
        sent, there = outbox.find(key), tuple(mine)
        if sent is None or sent.at is None:
            continue
        fact = _news(looks, there, sent)
        if fact is None or outbox.find(f"{key}/{fact}"):
            continue  # told already: nobody is looked up for it again
        found = looks.announced(there, sent.at)
        if found is None:
            continue
        post = outgoing(
            f"{key}/{fact}",
            stop_message(found),
            channel=sent.outgoing.channel,
            sort=Sort.SCHEDULE,
            thread=sent.outgoing.thread,
            replaces=key,
        )
        yield Plan((post,))


def _news(looks: _Looks, steps: tuple[PlannedStep, ...], sent: Sent) -> str | None:
    """How announced steps stand by now; None where nothing has happened to them."""
    schedule = looks.schedule(steps[0].schedule)
    if schedule is None or sent.at is None:
        return None
    bare = Announced(schedule=schedule, steps=steps, told=sent.at)
    return None if bare.is_as_announced else bare.fact


def _missed(looks: _Looks, steps: Iterable[PlannedStep], at: datetime) -> Iterator[Plan]:
    """What was never announced, and so not done: it is told once, where it would have been."""
    ended = [s for s in steps if s.state in _UNDONE and not s.announcement]
    mattered = [s for s in ended if s.verb is Verb.STOP or looks.stop_before(s)]
    for (schedule, moment), mine in _by_moment(mattered):
        for (place, thread), there in _by_place(looks, mine):
            found = looks.announced(there, at)
            if found is not None:
                key = f"{_key(schedule, moment, place, there)}/missed"
                message = stop_message(found)
                yield Plan(
                    (outgoing(key, message, channel=place, sort=Sort.SCHEDULE, thread=thread),)
                )


def _key(schedule: str, moment: datetime, place: str, steps: Iterable[PlannedStep]) -> str:
    """Names a message by the machines in it: one that is announced later is no part of it."""
    named = json.dumps(sorted(step.target for step in steps))
    which = hashlib.sha256(named.encode()).hexdigest()[:12]
    return f"stops/{schedule}/{moment_text(moment)}/{place}/{which}"


def _by_moment(
    steps: Iterable[PlannedStep],
) -> Iterator[tuple[tuple[str, datetime], tuple[PlannedStep, ...]]]:
    ordered = sorted(steps, key=lambda s: (s.at, s.schedule, s.target))
    for (moment, schedule), mine in groupby(ordered, key=lambda s: (s.at, s.schedule)):
        yield (schedule, moment), tuple(mine)


def _by_place(
    looks: _Looks, steps: Iterable[PlannedStep]
) -> Iterator[tuple[tuple[str, str], tuple[PlannedStep, ...]]]:
    """By channel and thread: a start belongs below its stop, where it disturbs nobody.

    A start of what the clock did not stop is left out: it starts nothing.
    """
    from tools.ledger.outbox import Outbox

    found: dict[tuple[str, str], list[PlannedStep]] = {}
    for step in steps:
        if step.verb is Verb.STOP:
            found.setdefault((looks.place(step), ""), []).append(step)
        elif stop := looks.stop_before(step):
            head = Outbox(looks.purser.ledger).find(stop.announcement)
            place = head.outgoing.channel if head else looks.place(step)
            found.setdefault((place, stop.announcement if head else ""), []).append(step)
    for key, mine in found.items():
        if key[0]:
            yield key, tuple(mine)
