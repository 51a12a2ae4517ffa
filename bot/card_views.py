"""The modals of a card: why somebody denies it, what somebody edits, and all there is to know."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.blocks import Block, clip, context_blocks, plain, rich_block, text_part
from bot.cards import Pressed, people, person
from bot.clock_line import read_timetable
from bot.clock_words import all_steps, is_clocked, zone_of
from bot.figures import clean
from bot.gpu_words import TagsError, read_tags
from bot.machine_words import clean_line, counted
from bot.proposal_words import (
    changes_text,
    effect_text,
    expiry_text,
    fate_text,
    headline,
    losses,
    moment_text,
    other_notes,
    price_text,
    stage_text,
    terms_text,
    undo_text,
)
from tools.clouds.resources import Verb
from tools.core.errors import InputError
from tools.gate.budget_ends import UNTIL
from tools.gate.budget_world import NO_AMOUNT
from tools.gate.proposals import Proposal, Target
from tools.gate.timetable import Timetable, timetable_of

DENIAL, EDITING = "purser.gate.denial", "purser.gate.editing"  # callback ids
VALUE = "value"  # action id of every input
REASON, TAGS, NUMBER, WHICH, DAY = "reason", "tags", "number", "which", "day"  # block ids
WHEN = "when"  # a timetable
LONGEST_REASON = 500
RUNS = 9  # of them in one block
STEPS = 40  # the same of lines with a stop and the start after it
VIEW_ROOM = 40  # targets in Details; the blocks of a modal are at most a hundred
FACT = 250  # characters of a fact in Details


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a modal was opened: which button, and on which message.

    Args:
        pressed: what the button carried.
        channel: of the message.
        message: its timestamp.
        thread: the thread it stands in.
    """

    pressed: Pressed
    channel: str
    message: str
    thread: str = ""

    @property
    def text(self) -> str:
        """As the modal carries it through Slack."""
        return json.dumps([self.pressed.value, self.channel, self.message, self.thread])

    @classmethod
    def parse(cls, text: str) -> Origin | None:
        """What a modal carries; None where it is none of ours."""
        try:
            value, channel, message, thread = json.loads(text)
        except (ValueError, TypeError):
            return None
        pressed = Pressed.parse(str(value))
        return cls(pressed, str(channel), str(message), str(thread)) if pressed else None


@dataclass(frozen=True, slots=True)
class Edited:
    """What somebody wants otherwise; None is as it was.

    Args:
        targets: those that are left.
        after: the new values.
        errors: block id → what is wrong with what stands there.
    """

    targets: tuple[str, ...] | None = None
    after: Mapping[str, str | None] | None = None
    errors: Mapping[str, str] | None = None


def denial_view(proposal: Proposal, origin: Origin) -> Block:
    """Asks why; it may be left empty."""
    asked = {
        "type": "plain_text_input",
        "action_id": VALUE,
        "multiline": True,
        "max_length": LONGEST_REASON,
    }
    blocks = [_summary(proposal), _input(REASON, "Why not?", asked, is_optional=True)]
    return _modal("Deny", blocks, submit="Deny", callback=DENIAL, origin=origin)


def editing_view(proposal: Proposal, origin: Origin) -> Block:
    """Other values, or fewer targets."""
    blocks = [_summary(proposal), *_value_inputs(proposal), *_which_input(proposal)]
    blocks += context_blocks("Saving makes a new version. Approvals given so far do not count.")
    return _modal("Edit", blocks, submit="Save", callback=EDITING, origin=origin)


def read_reason(values: Mapping[str, Any]) -> str:
    """Why somebody denies."""
    return str(_state(values, REASON).get("value") or "")


def read_edit(proposal: Proposal, values: Mapping[str, Any]) -> Edited:
    """What somebody edited; nothing where nothing was changed."""
    after: Mapping[str, str | None] | None = None
    try:
        if proposal.verb is Verb.TAG:
            tags = read_tags(str(_state(values, TAGS).get("value") or "").split("\n"))
            after = {f"tag:{key}": value for key, value in tags.items()}
        elif proposal.verb is Verb.SCHEDULE:
            after = _timetable(proposal, str(_state(values, WHEN).get("value") or ""))
        elif proposal.verb in (Verb.SCALE, Verb.BUDGET):
            number = str(_state(values, NUMBER).get("value") or "")
            after = {_fact(proposal): _number(number, proposal)}
            until = _state(values, DAY).get("selected_date")
            after |= {UNTIL: str(until)} if until else {}
    except TagsError as error:
        return Edited(errors={TAGS: error.sentence})
    except ValueError:
        return Edited(errors={NUMBER: "Write a number."})
    except InputError as error:
        return Edited(errors={WHEN: error.sentence})
    if after is not None and all(_is_as_before(after, t) for t in proposal.targets):
        after = None
    return Edited(_chosen(proposal, values), after)


def details_view(proposal: Proposal, *, now: datetime) -> Block:
    """Everything that was recorded, target by target."""
    blocks: list[Block] = [_summary(proposal), *_terms(proposal, now)]
    for target in proposal.targets[:VIEW_ROOM]:
        blocks += [{"type": "divider"}, _facts(target)]
    hidden = len(proposal.targets) - VIEW_ROOM
    blocks += context_blocks(f"and {counted(hidden, 'more target')}" if hidden > 0 else "")
    return {"type": "modal", "title": plain("Details"), "close": plain("Close"), "blocks": blocks}


def _summary(proposal: Proposal) -> Block:
    return rich_block(
        text_part(clip(headline(proposal), 600), bold=True),
        text_part("\nproposed by "),
        person(proposal.requester.user),
    )


def _terms(proposal: Proposal, now: datetime) -> Iterator[Block]:
    lines = [stage_text(proposal), clean_line(proposal.outcome), effect_text(proposal)]
    lines += [f"Lost: {loss}" for loss in losses(proposal)]
    lines += [undo_text(proposal), f"{terms_text(proposal)}.", *other_notes(proposal)]
    lines += [f"Not checked: {clean_line(text)}" for text in proposal.unchecked]
    if not proposal.stage.is_end:
        lines.append(expiry_text(proposal, now=now))
    yield rich_block(text_part(clip("\n".join(filter(None, lines)), 2800)))
    yield rich_block(text_part("May approve: "), *people(proposal.terms.approvers))
    for decision in proposal.decisions[:10]:
        said = f": “{clip(clean_line(decision.reason), FACT)}”" if decision.reason else ""
        word = {"approve": " approved", "deny": " denied"}.get(decision.verdict, " decided")
        at = moment_text(decision.at, now=now)
        yield rich_block(person(decision.person), text_part(f"{word} at {at}{said}"))
    runs = [clip(f"{clean(run.target)}: {fate_text(run)}", 300) for run in proposal.runs]
    for start in range(0, len(runs), RUNS):
        yield rich_block(text_part("\n".join(runs[start : start + RUNS])))
    yield from _steps(proposal)
    number = f"Proposal {proposal.id}, version {proposal.version}"
    yield from context_blocks(number, f"Digest {proposal.digest[:16]}")


def _steps(proposal: Proposal) -> Iterator[Block]:
    """Every step with its date: these are approved, and nothing else ever happens."""
    lines = list(all_steps(proposal))
    if lines:
        head = f"Steps, in the time of {zone_of(proposal)}:"
        for start in range(0, len(lines), STEPS):
            text = "\n".join((*([head] if not start else []), *lines[start : start + STEPS]))
            yield rich_block(text_part(text))


def _facts(target: Target) -> Block:
    sight = target.sight
    parts = [text_part(clean(sight.title), bold=True), text_part(f"\n{clip(sight.target, 300)}\n")]
    lines = [changes_text(target), price_text(target), clean_line(sight.price_from)]
    lines += [f"{clean(name)}: {clip(clean_line(v), FACT)}" for name, v in sight.facts.items()]
    lines += [f"protected: {clean_line(text)}" for text in sight.protections]
    lines += [f"part of: {clean_line(text)}" for text in sight.members]
    parts.append(text_part(clip("\n".join(filter(None, lines)), 2600)))
    return rich_block(*parts)


def _value_inputs(proposal: Proposal) -> Iterator[Block]:
    first = proposal.targets[0].deed.after
    if proposal.verb is Verb.TAG:
        lines = [f"{k.removeprefix('tag:')}={v or ''}" for k, v in first.items()]
        element = {"type": "plain_text_input", "action_id": VALUE, "multiline": True}
        element["initial_value"] = clip("\n".join(lines), 2900)
        yield _input(TAGS, "Tags, one a line: key=value; nothing after = removes it", element)
    elif proposal.verb is Verb.SCHEDULE:
        element = {"type": "plain_text_input", "action_id": VALUE}
        element["initial_value"] = clip(timetable_of(proposal).text, 300)
        yield _input(WHEN, "When: stop 20:00 start 07:00 weekdays until 2027-02-21", element)
    elif proposal.verb in (Verb.SCALE, Verb.BUDGET):
        is_budget = proposal.verb is Verb.BUDGET
        label = "Amount of each period" if is_budget else "How many machines"
        element = {
            "type": "number_input",
            "action_id": VALUE,
            "is_decimal_allowed": is_budget,
            "min_value": "0",
            "initial_value": str(first.get(_fact(proposal)) or "0"),
        }
        yield _input(NUMBER, label, element)
        if is_budget and proposal.targets[0].sight.facts.get("amount") != NO_AMOUNT:
            picker: Block = {"type": "datepicker", "action_id": VALUE}
            if until := first.get(UNTIL):
                picker["initial_date"] = until
            label = "Until when it holds (then it falls back); leave empty for good"
            yield _input(DAY, label, picker, is_optional=True)


def _is_as_before(after: Mapping[str, str | None], target: Target) -> bool:
    """Whether an edit says what is proposed; of a budget more follows from what is said."""
    if target.deed.verb is not Verb.BUDGET:
        return dict(after) == dict(target.deed.after)
    said = {name: value for name, value in target.deed.after.items() if name in (*after, UNTIL)}
    return dict(after) == {name: v for name, v in said.items() if v or name != UNTIL}


def _which_input(proposal: Proposal) -> Iterator[Block]:
    """Which of the targets are left, by their place in this version."""
    if len(proposal.targets) < 2:
        return
    options = [
        {"text": plain(clip(_choice(proposal, t), 75)), "value": str(i)}
        for i, t in enumerate(proposal.targets[:100])
    ]
    element = {
        "type": "multi_static_select",
        "action_id": VALUE,
        "options": options,
        "initial_options": options,
    }
    yield _input(WHICH, "Which of them", element)


def _choice(proposal: Proposal, target: Target) -> str:
    """Its name and what is to change of it; of a timetable that is the same for all."""
    title = clean(target.sight.title)
    return title if is_clocked(proposal) else f"{title} · {changes_text(target)}"


def _chosen(proposal: Proposal, values: Mapping[str, Any]) -> tuple[str, ...] | None:
    if len(proposal.targets) < 2:
        return None
    picked = {str(o.get("value")) for o in _state(values, WHICH).get("selected_options") or []}
    kept = [t.sight.target for i, t in enumerate(proposal.targets) if str(i) in picked]
    return None if len(kept) == len(proposal.targets) else tuple(kept)


def _timetable(proposal: Proposal, text: str) -> Mapping[str, str | None] | None:
    """Other hours, as they were typed; None where they are what they were."""
    held = timetable_of(proposal)
    after = {"zone": held.zone, "until": f"{held.until}", **read_timetable(text, line=text)}
    is_same = Timetable.of(after, now=proposal.at) == held
    return None if is_same else after


def _fact(proposal: Proposal) -> str:
    return "amount" if proposal.verb is Verb.BUDGET else "capacity"


def _number(text: str, proposal: Proposal) -> str:
    from decimal import Decimal, InvalidOperation

    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        raise ValueError(text) from None
    if not value.is_finite() or not 0 <= value < Decimal(10) ** 15:
        raise ValueError(text)
    if proposal.verb is not Verb.BUDGET and value != int(value):  # half a machine is none
        raise ValueError(text)
    return f"{value:f}" if proposal.verb is Verb.BUDGET else str(int(value))


def _state(values: Mapping[str, Any], block: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = (values.get(block) or {}).get(VALUE) or {}
    return found


def _input(block: str, label: str, element: Block, *, is_optional: bool = False) -> Block:
    return {
        "type": "input",
        "block_id": block,
        "label": plain(label),
        "element": element,
        "optional": is_optional,
    }


def _modal(title: str, blocks: list[Block], *, submit: str, callback: str, origin: Origin) -> Block:
    return {
        "type": "modal",
        "callback_id": callback,
        "private_metadata": origin.text,
        "title": plain(title),
        "submit": plain(submit),
        "close": plain("Cancel"),
        "blocks": blocks,
    }
