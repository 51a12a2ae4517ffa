"""`/gpu schedules`: which timetables stand, what comes next, who approved, what was saved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from bot.blocks import (
    Block,
    Message,
    actions_block,
    button,
    clip,
    context_blocks,
    fallback,
    plain,
    rich_block,
    text_part,
)
from bot.cards import Pressed, people
from bot.clock_words import step_moment, zone_of
from bot.figures import clean
from bot.machine_words import clean_line, counted, sums_text
from tools.core.money import money_text
from tools.gate.proposals import Proposal
from tools.gate.timetable import PlannedStep, StepState

END = "purser.clock.end"
SHOWN = 15  # timetables in one message
NAMED = 5  # machines of one
NOTHING = (
    "No machine is stopped by the clock, as far as I may show. Propose it: /gpu schedule #1 nights."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A timetable that is in force.

    Args:
        schedule: the proposal that was approved.
        names: of its machines that the asker may see.
        text: the timetable.
        coming: the next step that is still to be done; None where none is.
        saved: what it saved so far, an estimate; None where a price is not known.
        done: what became of the steps so far.
    """

    schedule: Proposal
    names: tuple[str, ...]
    text: str
    coming: PlannedStep | None = None
    saved: Decimal | None = Decimal(0)
    done: dict[StepState, int] = field(default_factory=dict)


def schedules_message(found: Sequence[Standing]) -> Message:
    """All of them, each with a button to end it."""
    if not found:
        return Message(fallback(NOTHING), (rich_block(text_part(NOTHING)),))
    many = sum(len(one.names) for one in found)
    head = f"{counted(len(found), 'timetable')} for {counted(many)}"
    sums: dict[str, Decimal] = {}
    for one in found:
        if one.saved:
            currency = one.schedule.currency
            sums[currency] = sums.get(currency, Decimal(0)) + one.saved
    rest = f", which saved about {sums_text(sums)} so far, an estimate." if sums else "."
    blocks: list[Block] = [rich_block(text_part(head, bold=True), text_part(rest))]
    for one in found[:SHOWN]:
        blocks += [_about(one), *actions_block([_end_button(one)])]
    hidden = len(found) - SHOWN
    more = f"and {counted(hidden, 'more timetable')}" if hidden > 0 else ""
    return Message(fallback(f"{head}{rest}"), (*blocks, *context_blocks(more)))


def ended_text(names: Sequence[str]) -> str:
    """What whoever ended it is told."""
    return (
        f"The timetable of {_named(names)} is ended: the clock stops and starts nothing of it any "
        "more. What is stopped now stays so until somebody starts it."
    )


def _about(one: Standing) -> Block:
    parts = [text_part(_named(one.names), bold=True), text_part(f"\n{clean_line(one.text)}")]
    if one.coming:
        zone = zone_of(one.schedule)
        parts.append(text_part(f"\nNext: {one.coming.verb} {step_moment(one.coming.at, zone)}"))
        waits = f" ({clean_line(one.coming.said)})" if one.coming.said else ""
        parts.append(text_part(clip(waits, 300)))
    parts.append(text_part(f"\n{_so_far(one)}"))
    if one.schedule.approved_by:
        parts += [text_part("\nApproved by "), *people(one.schedule.approved_by)]
    return rich_block(*parts)


def _so_far(one: Standing) -> str:
    if not one.done:
        return "Nothing done yet."
    words = {StepState.DONE: "done", StepState.KEPT: "kept", StepState.MISSED: "missed"}
    others = sum(count for state, count in one.done.items() if state not in words)
    parts = [f"{one.done[state]} {word}" for state, word in words.items() if one.done.get(state)]
    parts += [f"{others} otherwise"] if others else []
    if one.saved is None:
        saved = "what it saved is not known, because a price is not"
    else:
        saved = f"saved about {money_text(one.saved, one.schedule.currency)} so far, an estimate"
    return f"Steps: {', '.join(parts)}; {saved}."


def _end_button(one: Standing) -> Block:
    confirm = {
        "title": plain("End this timetable?"),
        "text": plain(clip(f"{_named(one.names)}: {clean_line(one.text)}.", 300)),
        "confirm": plain("End it"),
        "deny": plain("Not now"),
    }
    return {**button("End it", END, value=Pressed.of(one.schedule).value), "confirm": confirm}


def _named(names: Sequence[str]) -> str:
    shown = ", ".join(clip(clean(name), 80) for name in names[:NAMED])
    return f"{shown} and {len(names) - NAMED} more" if len(names) > NAMED else shown
