"""The announcement of a step by the clock, and in its place what came of it.

Drawn from the ledger alone, whoever draws it and when, so that the same facts are the same
message. Names are data in text elements that Slack does not parse.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.blocks import (
    Block,
    Message,
    actions_block,
    button,
    clip,
    fallback,
    plain,
    rich_block,
    text_part,
)
from bot.cards import people, person
from bot.clock_words import hour_text, step_moment, zone_of
from bot.figures import clean
from bot.machine_words import clean_line, counted
from bot.proposal_words import price_text
from tools.clouds.resources import Verb
from tools.core.money import money_text
from tools.gate.proposals import Proposal, Target
from tools.gate.timetable import NOTICE, PlannedStep, StepState, moment, moment_text
from tools.watch.time_off import next_start, saved

KEEP = "purser.stops.keep"
SHOWN = 40  # machines with a row of their own; a message has fifty blocks
NAMED = 3  # in the line for notifications
LINE = 500
TITLE = 100
MOST_LOST = 3
_VALUE = re.compile(r"([0-9a-zA-Z_-]{1,64})\|([0-9TZ:-]{10,20})\|(\d{1,3}|all)")
_WORDS: Mapping[Verb, Mapping[StepState, str]] = {
    Verb.STOP: {
        StepState.DONE: "stopped",
        StepState.ALREADY: "stopped already",
        StepState.KEPT: "kept running",
        StepState.BEGUN: "being stopped",
        StepState.REFUSED: "not stopped",
        StepState.FAILED: "not stopped, though it was tried",
        StepState.UNKNOWN: "not known to be stopped",
        StepState.MISSED: "not stopped",
    },
    Verb.START: {
        StepState.DONE: "started again",
        StepState.ALREADY: "running already",
        StepState.KEPT: "left as it was",
        StepState.BEGUN: "being started",
        StepState.REFUSED: "not started",
        StepState.FAILED: "not started, though it was tried",
        StepState.UNKNOWN: "not known to be started",
        StepState.MISSED: "not started",
    },
}


@dataclass(frozen=True, slots=True)
class Kept:
    """What a Keep button carries.

    Args:
        schedule: id of the timetable's proposal.
        at: of the step.
        position: of the machine among the proposal's targets; None for all in the message.
    """

    schedule: str
    at: datetime
    position: int | None = None

    @property
    def value(self) -> str:
        """As the button carries it."""
        which = "all" if self.position is None else str(self.position)
        return f"{self.schedule}|{moment_text(self.at)}|{which}"

    @classmethod
    def parse(cls, value: str) -> Kept | None:
        """What a value says; None where it is none of ours."""
        found = _VALUE.fullmatch(value)
        if not found:
            return None
        try:
            at = moment(found[2])
        except ValueError:
            return None
        return cls(found[1], at, None if found[3] == "all" else int(found[3]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """One announcement: the machines of one step that are told of in one place.

    Args:
        schedule: the approved timetable.
        steps: as they stand, at least one; all of one moment.
        told: when its announcement was written.
        owners: target id → user id of its owner, as the directory found it.
        off: of a start, target id → since when the clock had it off.
    """

    schedule: Proposal
    steps: tuple[PlannedStep, ...]
    told: datetime
    owners: Mapping[str, str] = field(default_factory=dict)
    off: Mapping[str, datetime] = field(default_factory=dict)

    @property
    def at(self) -> datetime:
        """When it is done."""
        return self.steps[0].at

    @property
    def verb(self) -> Verb:
        """Stop or start."""
        return self.steps[0].verb

    @property
    def open(self) -> tuple[PlannedStep, ...]:
        """What may yet be done."""
        return tuple(s for s in self.steps if s.state.is_open and s.is_in_force)

    @property
    def is_as_announced(self) -> bool:
        """Whether nothing has happened since."""
        return len(self.open) == len(self.steps) and not any(s.said for s in self.steps)

    @property
    def fact(self) -> str:
        """Names how it stands, for a key."""
        said = [[s.target, s.state.value, s.by, s.said, s.is_in_force] for s in self.steps]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:12]


def stop_message(found: Announced) -> Message:
    """The announcement, and from the first thing that happens on what came of it."""
    head = _head(found)
    parts = [text_part(clip(head, LINE), bold=True), *_rest(found)]
    rows = [_row(found, step) for step in found.steps[:SHOWN]]
    more = _more(found.steps[SHOWN:])
    names = ", ".join(clean(step.title) for step in found.steps[:NAMED])
    many = f" and {len(found.steps) - NAMED} more" if len(found.steps) > NAMED else ""
    blocks = (rich_block(*parts), *rows, *more, *_keep_all(found), _foot(found))
    return Message(fallback(f"{head} {names}{many}"), blocks)


def _more(steps: Sequence[PlannedStep]) -> list[Block]:
    """By name alone: nothing is stopped that its announcement does not name."""
    named = ", ".join(clip(clean(step.title), TITLE) for step in steps)
    return [rich_block(text_part(f"and {counted(len(steps))} more: {named}"))] if steps else []


def _head(found: Announced) -> str:
    """The number, and what happens when: `2 machines stop at 20:00.`."""
    zone = zone_of(found.schedule)
    hour = hour_text(found.at, zone) + ("" if zone == "UTC" else f" ({zone})")
    waiting, ended = len(found.open), [s for s in found.steps if _is_ended(s)]
    parts = list(_counts(found, hour))
    if waiting:
        parts.insert(0, _to_come(found, waiting, hour))
    if ended:
        parts.append(f"{len(ended)} left alone, because the timetable was ended")
    return f"{', '.join(parts)}."


def _to_come(found: Announced, count: int, hour: str) -> str:
    does = {Verb.STOP: "stop", Verb.START: "start"}[found.verb]
    verb = f"{does}s" if count == 1 else f"{does}"
    if found.told > found.at - NOTICE:
        was = "was" if count == 1 else "were"
        return (
            f"{counted(count)} {was} to {does} at {hour}, and {verb} 15 minutes after this "
            "message instead"
        )
    again = " again" if found.verb is Verb.START else ""
    return f"{counted(count)} {verb}{again} at {hour}"


def _counts(found: Announced, hour: str) -> Iterator[str]:
    at = "" if found.open else f" at {hour}"
    words = _WORDS[found.verb]
    for word in dict.fromkeys(words.values()):
        count = sum(words.get(s.state) == word for s in found.steps)
        if count:
            yield f"{count} {word}{at}"
            at = ""


def _rest(found: Announced) -> Iterator[Block]:
    """Who is asked, what it saves, what is lost."""
    asked = [s.target for s in found.open]
    if asked and found.verb is Verb.STOP:
        owners = [found.owners[target] for target in asked if target in found.owners]
        one = "it is" if len(asked) == 1 else "one is"
        yield text_part("\n")
        yield from people(owners)
        yield text_part(f"{', p' if owners else 'P'}ress Keep if {one} needed this time.")
    for line in (_saves(found), _lost(found)):
        if line:
            yield text_part(f"\n{line}")


def _saves(found: Announced) -> str:
    """An estimate of what it saves, of those that are or will be off."""
    done = [s for s in found.steps if s.state is StepState.DONE]
    zone = zone_of(found.schedule)
    if found.verb is Verb.START:
        off = {s.target: found.at - found.off[s.target] for s in done if s.target in found.off}
        since = min((found.off[target] for target in off), default=None)
        amount = _amount(found.schedule, off, "saved")
        return f"Off since {step_moment(since, zone)}{amount}." if since else ""
    until, off_now = next_start(found.schedule, found.at), [*done, *found.open]
    if not off_now:
        return ""
    if until is None:
        return "Nothing starts it again by the clock; /gpu start does."
    amount = _amount(found.schedule, {s.target: until - found.at for s in off_now}, "saves")
    return f"Off until {step_moment(until, zone)}{amount}."


def _amount(schedule: Proposal, off: Mapping[str, timedelta], verb: str) -> str:
    amount, currency = saved(schedule, off)
    if amount is None:
        return f"; I don’t know what it {verb}, because a price is not known"
    return f", which {verb} about {money_text(amount, currency)}, an estimate"


def _lost(found: Announced) -> str:
    if found.verb is not Verb.STOP or not found.open:
        return ""
    targets = {target.sight.target: target for target in found.schedule.targets}
    mine = [targets[s.target].deed.loses for s in found.open if s.target in targets]
    lost = "; ".join(list(dict.fromkeys(clean_line(text) for text in mine if text))[:MOST_LOST])
    return f"Lost: {lost}." if lost else ""


def _row(found: Announced, step: PlannedStep) -> Block:
    """One machine: what it is while it waits, else what became of it."""
    position, target = _target(found.schedule, step.target)
    title = clip(clean(step.title), TITLE)
    if not step.state.is_open or not step.is_in_force:
        return rich_block(text_part(title, bold=True), *_became(step))
    said = f" · not yet: {clean_line(step.said)}" if step.said else ""
    facts = _facts(target) if target else []
    text = clip(" · ".join((title, *facts)) + said, LINE)
    block: Block = {"type": "section", "text": plain(text)}
    if found.verb is Verb.STOP and len(found.open) > 1:
        value = Kept(step.schedule, step.at, position).value
        block["accessory"] = button("Keep", KEEP, value=value)
    return block


def _facts(target: Target) -> list[str]:
    """Its type, what its cloud calls it, and its price."""
    id = clean(target.sight.target.rpartition("/")[2])
    named = "" if id == clean(target.sight.title) else id
    return list(
        filter(None, (clean(target.sight.facts.get("type", "")), named, price_text(target)))
    )


def _became(step: PlannedStep) -> list[Block]:
    if _is_ended(step):
        return [text_part(" · left alone, because the timetable was ended")]
    word = _WORDS[step.verb].get(step.state, step.state.value)
    said = f": {clean_line(step.said)}" if step.said else ""
    parts = [text_part(clip(f" · {word}{said}", LINE))]
    if step.state is StepState.KEPT:
        parts += [text_part(" by "), person(step.by)]
    return parts


def _keep_all(found: Announced) -> tuple[Block, ...]:
    if found.verb is not Verb.STOP or not found.open:
        return ()
    value = Kept(found.schedule.id, found.at).value
    word = "Keep" if len(found.open) == 1 else "Keep all"
    return actions_block([button(word, KEEP, value=value)])


def _foot(found: Announced) -> Block:
    schedule = found.schedule
    text = schedule.targets[0].deed.after.get("schedule") or ""
    parts = [text_part(clip(f"By the timetable {clean_line(text)}", LINE), italic=True)]
    if schedule.approved_by:
        parts += [text_part(", approved by ", italic=True), *people(schedule.approved_by)]
    return rich_block(*parts, text_part(". /gpu schedules shows and ends it.", italic=True))


def _target(schedule: Proposal, id: str) -> tuple[int | None, Target | None]:
    for position, target in enumerate(schedule.targets):
        if target.sight.target == id:
            return position, target
    return None, None


def _is_ended(step: PlannedStep) -> bool:
    return step.state.is_open and not step.is_in_force
