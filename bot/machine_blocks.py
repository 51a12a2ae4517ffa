"""What runs and what is idle, as a Slack message: idle ones one by one, with what can be done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from bot.blocks import (
    LINE_LIMIT,
    TEXT_LIMIT,
    VALUE_LIMIT,
    Block,
    Message,
    actions_block,
    button,
    cells_block,
    clip,
    context_blocks,
    fallback,
    fitting,
    picture_blocks,
    rich_block,
    text_part,
)
from bot.cards import person
from bot.cells import Cells
from bot.figures import clean, name_text
from bot.machine_words import (
    IDLE,
    WHO,
    clean_line,
    idle_text,
    is_idle_list,
    kept_text,
    machine_cells,
    machines_opening,
    machines_remarks,
    machines_source,
    money,
    title_of,
    what_text,
)
from bot.wording import sentence
from tools.core.machines import Idleness, Machine, Machines

if TYPE_CHECKING:
    from bot.blocks import Setting

STOP_IDLE, NEEDED = "purser.gpu.stop", "purser.gpu.needed"  # action ids
EACH = 10  # idle ones shown one by one; the CSV and `/gpu idle where …` have the others
LINES = 15  # of the table
CANNOT_STOP = ("group", "endpoint", "training", "disk")


def machines_message(found: Machines, setting: Setting, *, has_picture: bool = True) -> Message:
    """The whole answer."""
    number, rest = machines_opening(found)
    blocks = [rich_block(text_part(number, bold=True), text_part(clip(rest, TEXT_LIMIT)))]
    blocks += picture_blocks(found, setting.file_id) if has_picture else ()
    if is_idle_list(found):
        blocks += _one_by_one(found, setting)
    else:
        blocks += _table(found)
    return Message(fallback(sentence(found)), (*blocks, *_context(found, setting)))


def _table(found: Machines) -> tuple[Block, ...]:
    cells = machine_cells(found)
    if not cells.rows:
        return ()
    return cells_block(fitting(Cells(cells.columns, cells.rows[:LINES]), keeps_last=False))


def _one_by_one(found: Machines, setting: Setting) -> Iterator[Block]:
    for number, machine in enumerate(found.machines[:EACH], 1):
        resource = machine.resource
        title = clip(f"#{number}  {title_of(resource)}", LINE_LIMIT)
        rest = f"  {what_text(resource)}\n{_cost(machine, found)}"
        yield rich_block(text_part(title, bold=True), text_part(clip(rest, TEXT_LIMIT)))
        yield from context_blocks(_whose(machine), _evidence(machine))
        if machine.kept_until:
            kept = text_part(f"✓ K{kept_text(machine.kept_until)[1:]} by ")
            yield rich_block(kept, person(machine.kept_by))
        if setting.can_act and not setting.shared_by:
            yield from actions_block(tuple(_buttons(machine)))


def _cost(machine: Machine, found: Machines) -> str:
    cost = f"{money(machine.hourly, machine.currency)} an hour" if machine.hourly else ""
    wasted = money(machine.wasted, machine.currency) if machine.wasted else ""
    state = idle_text(machine, found.as_of)
    idle = f"idle for {state}" if machine.idleness in IDLE and machine.idle_since else state
    return " · ".join(filter(None, (idle, cost, f"about {wasted} wasted" if wasted else "")))


def _whose(machine: Machine) -> str:
    """Whose it is, and where."""
    known = [name for name in WHO if name in machine.labels]
    who = [f"{name} {name_text(machine.labels[name], name)}" for name in known]
    address = machine.resource.address
    return " · ".join((*who, f"{clean(address.name)} in {clean(address.region)}"))


def _evidence(machine: Machine) -> str:
    """How sure that is, and what to do about it."""
    said = (clean_line(machine.sureness), clean_line(machine.advice))
    return "; ".join(text for text in said if text)


def _buttons(machine: Machine) -> Iterator[Block]:
    resource = machine.resource
    if not 0 < len(resource.id) <= VALUE_LIMIT:
        return
    is_idle = machine.idleness in IDLE
    if is_idle and resource.address.kind not in CANNOT_STOP:
        yield button("Stop…", STOP_IDLE, value=resource.id)
    if machine.idleness in (*IDLE, Idleness.UNKNOWN):
        yield button("Still needed?", NEEDED, value=resource.id)


def _context(found: Machines, setting: Setting) -> tuple[Block, ...]:
    shown = EACH if is_idle_list(found) else LINES
    total = len(found.machines)
    cut = f"Showing {shown} of {total:,}; narrow it down with where." if total > shown else ""
    scope = f"Limited to {setting.scope}." if setting.scope else ""
    asked = f"{setting.commands.get('gpu', '/gpu')} {found.asked}".strip()
    if setting.is_from_words:
        asked = f"Read as {asked}"
    return context_blocks(
        *(f"• {remark}" for remark in machines_remarks(found)[:8]),
        machines_source(found, now=setting.now),
        scope,
        cut,
        setting.quiet_note,
        "" if setting.shared_by else asked,
    )
