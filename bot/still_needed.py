"""Still needed? The message to an owner, or a team's channel, and what became of asking.

What anybody wrote stands in text elements that Slack does not parse. What was answered is drawn
from the ledger into the message as it stands, so that two people may answer at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

from bot.blocks import (
    TEXT_LIMIT,
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
from bot.cards import person
from bot.figures import clean, name_text
from bot.machine_blocks import CANNOT_STOP
from bot.machine_words import (
    IDLE,
    age,
    clean_line,
    counted,
    kept_text,
    money,
    sums_text,
    title_of,
    what_text,
)
from tools.core.errors import RefusedError
from tools.core.machines import Idleness, Machine
from tools.gate.roster import is_user
from tools.ledger.needs import Need, Said
from tools.needs import Ask, Asking

KEEP, STOP, NOT_MINE = "purser.need.keep", "purser.need.stop", "purser.need.notmine"
MOST = 15  # machines of one message: three blocks each, of fifty
TERMS: Mapping[str, tuple[str, int]] = {
    "1d": ("1 day", 1),
    "1w": ("1 week", 7),
    "1m": ("1 month", 30),
}
_ASKED, _SAID = "need:", "said:"  # what block ids begin with, before the resource's id
_LONGEST_ID = 240  # a block id holds 255 characters
_CHANNEL = re.compile(r"[CG][A-Z0-9]{2,30}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What became of asking.

    Args:
        told: the messages that arrived.
        not_told: those that could not be brought, which count as not asked.
        asking: who was to be asked, and about what nobody was.
    """

    told: tuple[Ask, ...]
    not_told: tuple[Ask, ...]
    asking: Asking


def needed_message(ask: Ask, *, by: str, now: datetime) -> Message:
    """The question, with a row of answers for each machine.

    Args:
        ask: to whom, about what; at most `MOST` machines.
        by: user id of who has it asked; whatever is no user id is Purser itself.
        now: for how long ago something was.
    """
    number, rest = _opening(ask)
    blocks: list[Block] = [rich_block(text_part(number, bold=True), text_part(rest))]
    for machine in ask.machines[:MOST]:
        blocks += [_about(machine, now), *_answers(machine)]
    asked = [text_part("Asked by "), person(by), text_part(". ")] if is_user(by) else []
    why = "The owner tag names you." if ask.is_person else "No owner was found, so I ask the team."
    quiet = f"{why} Without an answer nothing happens; I ask again another day."
    return Message(
        fallback(f"{number}{rest}"), (*blocks, rich_block(*asked, text_part(quiet, italic=True)))
    )


def answered_message(
    text: str, blocks: Sequence[Block], needs: Mapping[str, Iterable[Need]]
) -> Message:
    """The same message with what was answered, below each machine.

    Args:
        text: the message's text.
        blocks: the message as it stands.
        needs: by resource, what people said of it.
    """
    found: list[Block] = []
    for block in blocks:
        if str(block.get("block_id") or "").startswith(_SAID):
            continue
        id = resource_of(block.get("block_id"))
        if id is not None:
            found += _said(id, needs.get(id, ()))
        found.append(block)
    return Message(fallback(text), tuple(found))


def resource_of(block_id: object) -> str | None:
    """The resource that a row of answers is about; None where it is no such row."""
    text = str(block_id or "")
    return text.removeprefix(_ASKED) if text.startswith(_ASKED) else None


def until_of(term: str, *, now: datetime) -> datetime:
    """Until when somebody keeps it: the first midnight (UTC) after the time they chose.

    Raises:
        RefusedError: it is no choice of ours.
    """
    if term not in TERMS:
        raise RefusedError("I do not know for how long; choose a day, a week or a month.")
    last = (now + timedelta(days=TERMS[term][1])).astimezone(UTC)
    return datetime.combine(last.date() + timedelta(days=1), time(), UTC)


def asked_message(found: Asked) -> Message:
    """What became of asking, for who had it asked."""
    asking, told = found.asking, found.told
    count = sum(len(ask.machines) for ask in told)
    if not told:
        number, rest = "Nobody", " was asked."
        said: list[Block] = [text_part(number, bold=True), text_part(rest)]
    else:
        number, rest = f"{len(told)} asked", f" about {counted(count)}: "
        said = [text_part(number, bold=True), text_part(rest), *_named(told)]
    lines = [
        *(_not_told(ask) for ask in found.not_told),
        _counted(asking.kept, "kept until a day: {names}."),
        _counted(asking.asked, "asked about less than a day ago: {names}."),
        _counted(
            asking.nobody,
            "with nobody to ask: {names}. Name a member as the owner, or the team’s channel under "
            "[people.channels] in purser.toml.",
        ),
    ]
    shown = [f"• {line}" for line in lines if line]
    is_nothing = not shown and not told
    shown += ["Nothing is idle that I could ask about."] if is_nothing else []
    return Message(
        fallback(f"{number}{rest.rstrip(': ')}"), (rich_block(*said), *context_blocks(*shown))
    )


def _opening(ask: Ask) -> tuple[str, str]:
    machines = ask.machines
    idle = [m for m in machines if m.idleness in IDLE]
    unknown = len(machines) - len(idle)
    whose = "of yours" if ask.is_person else f"of {name_text(ask.team, 'team')}"
    verb = "seems" if len(idle) == 1 else "seem"
    hourly, wasted = _sum(idle, "hourly"), _sum(idle, "wasted")
    cost = f" at {hourly} an hour" if hourly else ""
    lost = f", about {wasted} wasted so far" if wasted else ""
    if not idle:
        is_are = "was" if unknown == 1 else "were"
        return counted(unknown), f" {whose} {is_are} not measured. Still needed?"
    more = f" {unknown} more could not be measured." if unknown else ""
    said = f" {whose} {verb} idle{cost}{lost}.{more} Still needed?"
    return counted(len(idle)), said


def _sum(machines: Iterable[Machine], what: str) -> str:
    sums: dict[str, Decimal] = {}
    for machine in machines:
        amount: Decimal | None = getattr(machine, what)
        if amount is not None:
            sums[machine.currency] = sums.get(machine.currency, Decimal(0)) + amount
    return sums_text(sums)


def _about(machine: Machine, now: datetime) -> Block:
    """The facts of one machine, each on its line; names are data."""
    resource, address = machine.resource, machine.resource.address
    named = f"{clean(address.name)} " if clean(resource.name) else ""
    lines = [
        " · ".join(filter(None, _figures(machine, now))),
        f"{named}in {clean(address.region)}",
        clean_line(machine.sureness),
    ]
    text = "\n".join(filter(None, lines))
    heading = text_part(clip(title_of(resource), 200), bold=True)
    return rich_block(heading, text_part(f" · {what_text(resource)}\n{clip(text, TEXT_LIMIT)}"))


def _figures(machine: Machine, now: datetime) -> Iterator[str]:
    if machine.idleness is Idleness.UNKNOWN:
        yield "not measured"
    elif machine.idle_since:
        yield f"idle for {age(now - machine.idle_since)}"
    else:
        yield "unused" if machine.idleness is Idleness.ZOMBIE else "idle"
    if machine.hourly:
        yield f"{money(machine.hourly, machine.currency)} an hour"
    if machine.wasted:
        yield f"about {money(machine.wasted, machine.currency)} wasted so far"


def _answers(machine: Machine) -> tuple[Block, ...]:
    resource = machine.resource
    if len(resource.id) > _LONGEST_ID:
        return ()
    options = [{"text": plain(f"for {text}"), "value": term} for term, (text, _) in TERMS.items()]
    keep = {
        "type": "static_select",
        "action_id": KEEP,
        "placeholder": plain("Keep…"),
        "options": options,
    }
    elements: list[Block] = [keep]
    if resource.address.kind not in CANNOT_STOP:
        is_idle = machine.idleness in IDLE
        elements.append(button("Stop…", STOP, value="idle" if is_idle else "unknown"))
    elements.append(button("Not mine", NOT_MINE, value="not-mine"))
    (row,) = actions_block(elements)
    return ({**row, "block_id": f"{_ASKED}{resource.id}"},)


def _said(id: str, needs: Iterable[Need]) -> tuple[Block, ...]:
    """Who answered what, a line each; nothing where nobody did."""
    parts: list[Block] = []
    for need in needs:
        if need.said is Said.ASKED:
            continue
        parts += [text_part("\n")] if parts else [text_part("✓ ")]
        parts += [text_part(f"{_word(need)} "), person(need.person)]
    return ({**rich_block(*parts), "block_id": f"{_SAID}{id}"},) if parts else ()


def _word(need: Need) -> str:
    match need.said:
        case Said.KEEP if need.until is not None:
            return f"K{kept_text(need.until)[1:]} by"
        case Said.STOP:
            return "To be stopped, says"
        case _:
            return "Not theirs:"


def _named(told: Sequence[Ask]) -> Iterator[Block]:
    for index, ask in enumerate(told):
        yield from [text_part(", ")] if index else []
        is_channel = not ask.is_person and _CHANNEL.fullmatch(ask.to)
        yield {"type": "channel", "channel_id": ask.to} if is_channel else person(ask.to)
        yield text_part(f" ({len(ask.machines)})")
    yield text_part(".")


def _not_told(ask: Ask) -> str:
    if ask.is_person:
        return "An owner could not be reached; try again in a minute."
    return f"I may not post in the channel of {name_text(ask.team, 'team')}; /invite me there."


def _counted(machines: Sequence[Machine], text: str) -> str:
    if not machines:
        return ""
    names = [title_of(m.resource) for m in machines[:4]]
    more = f" and {len(machines) - 4} more" if len(machines) > 4 else ""
    return f"{len(machines)} {text.format(names=', '.join(names) + more)}"
