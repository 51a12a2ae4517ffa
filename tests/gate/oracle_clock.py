"""What the clock may do, said a second time: every step traces to a list that was approved.

Like the rest of the oracle it shares no code with the rules, and keeps a record of its own: which
timetables were put in force, what was posted when, what was kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from tests.gate.open_world import Done, Thing
from tests.gate.oracle import ADMINS, Oracle, Shown
from tools.clouds.resources import Verb
from tools.gate.people import Actor
from tools.gate.proposals import Fate, Proposal
from tools.gate.world import Deed

Slot = tuple[str, datetime, str]  # schedule, moment, machine
MAY_DIFFER = ("state", "use", "schedule", "launched")


@dataclass
class ClockOracle(Oracle):
    """Judges acts of people and of the clock.

    Args:
        on: schedule and machine of every timetable in force.
        posted: when the announcement of a step stood in Slack.
        kept: steps for which somebody pressed Keep.
        steps: proposals that the clock made.
        struck: what it did, by whom it was made.
        undone: proposals that were taken back.
    """

    on: set[tuple[str, str]] = field(default_factory=set)
    posted: dict[Slot, datetime] = field(default_factory=dict)
    kept: set[Slot] = field(default_factory=set)
    steps: dict[str, Proposal] = field(default_factory=dict)
    struck: dict[Slot, str] = field(default_factory=dict)
    undone: set[str] = field(default_factory=set)

    def judge(self, done: Done, *, at: datetime, hourly: Decimal | None) -> list[str]:
        """Everything that is wrong about an act; empty where it was rightly approved."""
        step = self.steps.get(done.deed.key.rsplit("-", 2)[0])
        if step is None:
            return super().judge(done, at=at, hourly=hourly)
        return [*self._of_step(done, step, at), *self._of_limits(done, at, hourly)]

    def put_on(self, ended: Proposal, things: Mapping[str, Thing], *, at: datetime) -> list[str]:
        """A proposal ended: keep what it put on a timetable or took off; what is wrong about it."""
        if ended.verb is not Verb.SCHEDULE:
            return []
        done = [run.target for run in ended.runs if run.fate is Fate.DONE]
        if ended.undoes:
            self.on -= {(ended.undoes, target) for target in done}
            return []
        self.on |= {(ended.id, target) for target in done}
        card = self._card(ended.id)
        deeds = {target.sight.target: target.deed for target in ended.targets}
        acts = [Done(deeds[target], dict(things[target].facts)) for target in done]
        return [wrong for act in acts for wrong in self._of_stopping(act, card, at)]

    def may_take_back(self, card: Proposal, actor: Actor, things: Mapping[str, Thing]) -> bool:
        """Whether somebody may take back a timetable; of anything else the act is judged."""
        if card.verb is not Verb.SCHEDULE:
            return True
        self.undone.add(card.id)
        on = [things[target].facts for id, target in self.on if id == card.id]
        is_owner = bool(on) and all(facts.get("tag:owner") == actor.user for facts in on)
        named = self._behind((card.id, card.version)) | set(ADMINS)
        return actor.user in self.full and (actor.user in named or is_owner)

    def _of_step(self, done: Done, step: Proposal, at: datetime) -> Iterator[str]:
        under, text = step.extra["under"], step.extra["step"]
        card, moment = self._card(under), _moment(text)
        slot = under, moment, done.deed.target
        if text not in card.proposal.extra["steps"].splitlines():
            yield "this step was not approved"
        listed = map(_moment, card.proposal.extra["steps"].splitlines())
        if any(moment < other <= at for other in listed):
            yield "the next step had come"
        if text.split()[1] != done.deed.verb:
            yield "it was another deed than the step's"
        if (under, done.deed.target) not in self.on:
            yield "it was on no timetable"
        yield from self._of_moment(slot, at)
        if slot in self.struck or done.deed.key in self.keys:
            yield "it was done twice"
        if self.is_frozen:
            yield "Purser was frozen"
        seen = {t.sight.target: t.sight.facts for t in card.proposal.targets}[done.deed.target]
        if _lasting(seen) != _lasting(done.facts):
            yield "the machine was not as it was approved"
        if done.deed.verb is Verb.START and not self._stopped(slot):
            yield "it was not the clock that stopped it"
        yield from self._of_stopping(done, card, at)
        self.struck[slot] = step.id
        self.keys.add(done.deed.key)

    def _of_moment(self, slot: Slot, at: datetime) -> Iterator[str]:
        moment = slot[1]
        if slot in self.kept:
            yield "somebody had kept it"
        if not moment <= at < moment + timedelta(hours=2):
            yield "it was not done in its time"
        if slot not in self.posted or at < self.posted[slot] + timedelta(minutes=15):
            yield "it was not announced before"

    def _stopped(self, slot: Slot) -> bool:
        """Whether the last thing that the clock did to it was a stop, which nobody took back."""
        under, moment, target = slot
        before = [s for s in self.struck if (s[0], s[2]) == (under, target) and s[1] < moment]
        last = max(before, default=None)
        by = self.struck.get(last) if last else None
        return by is not None and self.steps[by].verb is Verb.STOP and by not in self.undone

    def _of_stopping(self, done: Done, card: Shown, at: datetime) -> Iterator[str]:
        """What a stop takes is what a timetable takes; and a start, where it makes any."""
        starts = " start" in card.proposal.extra["steps"]
        for verb in (Verb.STOP, Verb.START) if starts else (Verb.STOP,):
            deed = Deed(verb=verb, target=done.deed.target, after={}, key=done.deed.key)
            for wrong in self._of_approvals(Done(deed, done.facts), card, at):
                yield f"{verb}: {wrong}"

    def _may(self, user: str, rule: str, done: Done, card: Shown, *, is_guarded: bool) -> bool:
        is_self = user == card.proposal.requester.user
        if is_self and card.proposal.verb is Verb.SCHEDULE:
            return False
        return super()._may(user, rule, done, card, is_guarded=is_guarded)

    def _needed(self, done: Done, proposal: Proposal) -> int:
        if proposal.verb is not Verb.SCHEDULE:
            return super()._needed(done, proposal)
        prices = [target.sight.hourly for target in proposal.targets]
        known = [price for price in prices if price is not None]
        weight = sum(known, Decimal(0)) * 730 if len(known) == len(prices) else None
        return super()._needed(done, replace(proposal, monthly=weight))

    def _behind(self, key: tuple[str, int]) -> set[str]:
        step = self.steps.get(key[0])
        if step is None:
            return super()._behind(key)
        card = self._card(step.extra["under"]).proposal
        return super()._behind((card.id, card.version))

    def _card(self, id: str) -> Shown:
        return self.shown[max(key for key in self.shown if key[0] == id)]


def _moment(text: str) -> datetime:
    return datetime.strptime(text.split()[0], "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC)


def _lasting(facts: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in facts.items() if name not in MAY_DIFFER}
