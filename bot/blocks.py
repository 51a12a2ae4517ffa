"""Answers as Slack messages: Block Kit primitives, and `render` for every kind of result.

Text from bills stands only in `plain_text`, `raw_text` and rich-text elements, none of which
Slack parses, so a tag's value can form no mention, link or formatting. The fallback text, which
Slack does parse, is escaped.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from bot.cells import Cells, newest_first, table_cells
from bot.change_words import change_cells, change_follow_ups
from bot.conversation import Reading
from bot.wording import opening, remarks, sentence, source_line, subtitle, title
from tools.core.budget import BudgetTable
from tools.core.errors import NotUnderstoodError
from tools.core.machines import Machines
from tools.core.periods import AllTime
from tools.core.query import Grain, Preceding
from tools.core.results import Change, CostTable, Figure, Note, Result, Row
from tools.gate.proposals import Proposal

Block = dict[str, Any]
Shown = CostTable | Change  # what has a chart, a table and a source
Drawn = CostTable | Change | Machines  # what may have a chart

ROWS = 15  # of a table in Slack; the CSV has all
SHARE, CSV, ASK = "purser.share", "purser.csv", "purser.ask"  # action ids
SUGGESTIONS = 3
VALUE_LIMIT, BUTTON_LIMIT, ALT_LIMIT = 2000, 75, 2000
TABLE_COLUMNS, TABLE_CHARACTERS = 20, 9000
TEXT_LIMIT = 2900  # of one text object, a little under Slack's 3,000
LINE_LIMIT = 400  # of a small line; with ten of them a message stays far below its limit
FALLBACK_LIMIT = 3000


@dataclass(frozen=True, slots=True)
class Message:
    """What is posted: blocks, and the text for notifications and where blocks cannot be shown."""

    text: str
    blocks: tuple[Block, ...] = ()

    def without(self, indexes: Collection[int]) -> Message:
        """The message less some of its blocks."""
        kept = tuple(block for i, block in enumerate(self.blocks) if i not in indexes)
        return replace(self, blocks=kept)


@dataclass(frozen=True, slots=True)
class Setting:
    """What surrounds an answer.

    Args:
        now: for the age of the bills.
        command: name of the cost command, to write the question so that it can be asked again.
        scope: in words, what the answer was limited to; empty where nothing was hidden.
        can_share: offer to show the answer to the channel.
        is_from_words: the question was said in words, so tell how it was read.
        shared_by: user id of who shares it.
        commands: what a command does → its name here.
        can_act: offer what goes through the gate.
        file_id: the chart's picture, once it is uploaded.
        quiet_note: a word on what could not be done, such as a chart that was not posted.
    """

    now: datetime
    command: str = "/cost"
    scope: str = ""
    can_share: bool = False
    is_from_words: bool = False
    shared_by: str | None = None
    commands: Mapping[str, str] = field(default_factory=dict)
    can_act: bool = False
    file_id: str | None = None
    quiet_note: str = ""


def render(result: Result, setting: Setting) -> Message:
    """The whole answer in one message: sentence, chart, table, source, buttons."""
    match result:
        case Note():
            return note_message(result)
        case Figure():
            return plain_message(sentence(result))
        case CostTable() | Change():
            blocks = (
                *_headline(result, setting),
                *picture_blocks(result, setting.file_id),
                *table_blocks(result),
                *_context(result, setting, _cut_note(result)),
                *_buttons(result, setting),
            )
            return Message(fallback(sentence(result)), blocks)
        case Machines() | BudgetTable() | Proposal():
            return _rendered(result, setting)


def _rendered(result: Machines | BudgetTable | Proposal, setting: Setting) -> Message:
    """What has a file of its own; those stand on the primitives here."""
    from bot.budget_blocks import budgets_message
    from bot.cards import Face, card_message
    from bot.machine_blocks import machines_message

    match result:
        case Machines():
            return machines_message(result, setting)
        case BudgetTable():
            return budgets_message(result, setting)
        case Proposal():
            return card_message(result, Face(now=setting.now))


def render_headline(table: Drawn, setting: Setting) -> Message:
    """The answer without chart and table, which follow in a message of their own.

    Slack cannot change what answered a command, so what takes longer has to come after it.
    """
    if isinstance(table, Machines):
        return render(table, setting)
    blocks = (
        *_headline(table, setting),
        *_context(table, setting),
        *_buttons(table, setting, has_csv=False),
    )
    return Message(fallback(sentence(table)), blocks)


def render_details(table: Drawn, setting: Setting) -> Message:
    """Chart and table, following a headline."""
    if isinstance(table, Machines):
        picture = picture_blocks(table, setting.file_id)
        return Message(fallback(title(table)), (*picture, *context_blocks(setting.quiet_note)))
    blocks = (
        *picture_blocks(table, setting.file_id),
        *table_blocks(table),
        *context_blocks(_cut_note(table), setting.quiet_note),
        *actions_block(_csv_button(table)),
    )
    return Message(fallback(title(table)), blocks)


def note_message(note: Note) -> Message:
    """A plain answer, with what can be asked instead as buttons."""
    blocks = (
        rich_block(*_with_code(clip(note.text, TEXT_LIMIT))),
        *actions_block(suggestion_buttons(note.suggestions[:5])),
    )
    return Message(fallback(note.text), blocks)


def not_understood_message(error: NotUnderstoodError) -> Message:
    """The question with the part that was not understood marked, and the nearest questions."""
    start, end = error.span
    before = error.text[:start][-300:]
    marked = clip(error.text[start:end], 300)
    parts = [text_part(f"{clip(error.sentence, TEXT_LIMIT)}\n")]
    if marked.strip():
        parts += [text_part(before)] if before else []
        parts += [text_part(marked, code=True, bold=True)]
        parts += [text_part(clip(error.text[end:], 300))] if error.text[end:] else []
    buttons = suggestion_buttons(error.suggestions[:SUGGESTIONS])
    offered = "Did you mean one of these?" if error.is_near else "For instance, I can answer these."
    asked = (*context_blocks(offered), *actions_block(buttons)) if buttons else ()
    return Message(fallback(error.sentence), (rich_block(*parts), *asked))


def plain_message(text: str) -> Message:
    """One or a few sentences, as they are."""
    return Message(fallback(text), (rich_block(text_part(clip(text, TEXT_LIMIT))),))


def fallback(text: str) -> str:
    """Text for the field that Slack parses, with nothing left in it to parse."""
    shown = clip(text, FALLBACK_LIMIT)
    return shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def picture_blocks(table: Drawn, file_id: str | None) -> tuple[Block, ...]:
    """The chart, with its finding as alternative text."""
    if file_id is None:
        return ()
    return ({"type": "image", "slack_file": {"id": file_id}, "alt_text": alt_text(table)},)


def alt_text(table: Drawn) -> str:
    """What the chart shows, for those who cannot see it."""
    below = "" if isinstance(table, Machines) else f", {subtitle(table)}"
    return clip(f"{title(table)}{below}. {sentence(table)}", ALT_LIMIT)


def table_blocks(table: Shown) -> tuple[Block, ...]:
    """The first rows as a table; nothing where the sentence says it all."""
    if isinstance(table, Change):
        return cells_block(fitting(change_cells(table), keeps_last=True)) if table.parts else ()
    if not table.rows or (len(table.rows) < 2 and not table.query.group_by):
        return ()
    shown = replace(table, rows=_shown_rows(table))
    return cells_block(fitting(table_cells(shown), keeps_last=_ends_with_rest(table)))


def cells_block(cells: Cells) -> tuple[Block, ...]:
    """Cells as a table."""
    heading = [raw_cell(column.label) for column in cells.columns]
    rows = [[raw_cell(text) for text in row] for row in cells.rows]
    settings = [
        {"align": "right"} if column.is_number else {"align": "left", "is_wrapped": True}
        for column in cells.columns
    ]
    return ({"type": "table", "rows": [heading, *rows], "column_settings": settings},)


def context_blocks(*lines: str) -> tuple[Block, ...]:
    """Small grey lines; empty ones are left out."""
    shown = [plain(clip(line, LINE_LIMIT)) for line in lines if line.strip()]
    # Slack takes ten elements in one context block.
    return tuple(
        {"type": "context", "elements": shown[i : i + 10]} for i in range(0, len(shown), 10)
    )


def actions_block(buttons: Sequence[Block]) -> tuple[Block, ...]:
    """A row of buttons; nothing where there are none."""
    return ({"type": "actions", "elements": list(buttons)},) if buttons else ()


def suggestion_buttons(queries: Sequence[str]) -> tuple[Block, ...]:
    """Questions of the grammar that can be asked with a click."""
    return tuple(
        button(query, f"{ASK}.{i}", value=query)
        for i, query in enumerate(queries)
        if query.strip() and len(query) <= VALUE_LIMIT
    )


def button(text: str, action_id: str, *, value: str, style: str | None = None) -> Block:
    """A button that carries a question."""
    label = plain(clip(text, BUTTON_LIMIT))
    made = {"type": "button", "text": label, "action_id": action_id, "value": value}
    return {**made, "style": style} if style else made


def plain(text: str) -> Block:
    """Text that Slack shows as it is, emoji codes included."""
    return {"type": "plain_text", "text": text, "emoji": False}


def raw_cell(text: str) -> Block:
    """A cell of a table; Slack refuses an empty one."""
    return {"type": "raw_text", "text": text or "—"}


def rich_block(*parts: Block) -> Block:
    """A paragraph of rich text."""
    kept = [part for part in parts if part.get("text") != ""]
    section = {"type": "rich_text_section", "elements": kept or [text_part("—")]}
    return {"type": "rich_text", "elements": [section]}


def text_part(text: str, *, bold: bool = False, code: bool = False, italic: bool = False) -> Block:
    """A run of rich text, shown literally."""
    wanted = (("bold", bold), ("code", code), ("italic", italic))
    style = {name: True for name, on in wanted if on}
    part: Block = {"type": "text", "text": text}
    return {**part, "style": style} if style else part


def clip(text: str, length: int) -> str:
    """The text in at most so many characters."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def _headline(table: Shown, setting: Setting) -> tuple[Block, ...]:
    number, rest = opening(table)
    parts = [text_part(clip(number, TEXT_LIMIT), bold=True), text_part(clip(rest, TEXT_LIMIT))]
    blocks = [rich_block(*parts)]
    if setting.shared_by:
        who = {"type": "user", "user_id": setting.shared_by}
        asked = text_part(f"{setting.command} {_asked(_reading(table))}".strip(), code=True)
        blocks.insert(0, rich_block(who, text_part(" asked "), asked))
    return tuple(blocks)


def _context(table: Shown, setting: Setting, cut_note: str = "") -> tuple[Block, ...]:
    again = "" if setting.shared_by else f"{setting.command} {_asked(_reading(table))}".strip()
    if again and setting.is_from_words:
        again = f"Read as {again}"
    scope = f"Limited to {setting.scope}." if setting.scope else ""
    return context_blocks(
        *(f"• {remark}" for remark in remarks(table)[:8]),
        source_line(table, now=setting.now),
        scope,
        cut_note,
        setting.quiet_note,
        again,
    )


def _buttons(table: Shown, setting: Setting, *, has_csv: bool = True) -> tuple[Block, ...]:
    value = _asked(_reading(table))
    found = []
    if setting.can_share and 0 < len(value) <= VALUE_LIMIT:
        found.append(button("Share in this channel", SHARE, value=value, style="primary"))
    if has_csv:
        found += _csv_button(table)
    # Under a shared answer a press would speak to everybody again, members of other
    # organisations included, without anybody having chosen to share.
    for i, (label, reading) in enumerate(() if setting.shared_by else _follow_ups(table)):
        if 0 < len(text := _asked(reading)) <= VALUE_LIMIT:
            found.append(button(label, f"{ASK}.{i}", value=text))
    return actions_block(found)


def _csv_button(table: Shown) -> tuple[Block, ...]:
    if isinstance(table, Change):
        return ()
    value = _asked(_reading(table))
    if _shown_count(table) >= len(table.rows) or not 0 < len(value) <= VALUE_LIMIT:
        return ()
    return (button(f"All {len(table.rows):,} lines as CSV", CSV, value=value),)


def _cut_note(table: Shown) -> str:
    if isinstance(table, Change):
        return ""
    shown = _shown_count(table)
    if shown >= len(table.rows) or not table_blocks(table):
        return ""
    return f"Showing {shown} of {len(table.rows):,} lines; the CSV has all."


def _follow_ups(table: Shown) -> list[tuple[str, Reading]]:
    """One step on from the answer: broken down, over time, compared."""
    if isinstance(table, Change):
        return change_follow_ups(table)
    query = table.query
    found = []
    if not query.group_by:
        found.append(("By service", query.with_(group_by=("service",), top=10)))
    if query.grain is Grain.TOTAL and table.period.days > 1:
        found.append(("Daily", query.with_(grain=Grain.DAY, compare=None)))
    is_comparable = not isinstance(query.period, AllTime) and query.compare is None
    if is_comparable and query.grain is Grain.TOTAL:
        found.append(("Compare with previous", query.with_(compare=Preceding())))
    return [(label, Reading(query)) for label, query in found[:2]]


def _reading(table: Shown) -> Reading:
    return Reading(table.query, is_why=isinstance(table, Change))


def _asked(reading: Reading) -> str:
    """The question as the grammar writes it; empty for the rare one that has no such line."""
    try:
        return reading.text()
    except ValueError:
        return ""


def _ends_with_rest(table: CostTable) -> bool:
    return table.query.grain is Grain.TOTAL and bool(table.rows) and table.rows[-1].is_rest


def _shown_rows(table: CostTable) -> tuple[Row, ...]:
    """The first rows, and the rest line that may be the last."""
    if len(table.rows) <= ROWS:
        return table.rows
    if _ends_with_rest(table):
        return (*table.rows[: ROWS - 1], table.rows[-1])
    return newest_first(table.rows)[:ROWS]


def _shown_count(table: CostTable) -> int:
    found = table_blocks(table)
    return len(found[0]["rows"]) - 1 if found else len(table.rows)


def fitting(cells: Cells, *, keeps_last: bool) -> Cells:
    """So many rows and columns as Slack takes; the figures at the end of a row come first."""
    numbers = [i for i, column in enumerate(cells.columns) if column.is_number]
    names = [i for i, column in enumerate(cells.columns) if not column.is_number]
    kept = sorted([*names[: TABLE_COLUMNS - len(numbers)], *numbers])
    columns = tuple(cells.columns[i] for i in kept)
    rows = [tuple(row[i] for i in kept) for row in cells.rows]
    room = TABLE_CHARACTERS - sum(len(column.label) for column in columns)
    while len(rows) > 1 and sum(len(text) for row in rows for text in row) > room:
        rows.pop(-2 if keeps_last else -1)
    return Cells(columns, tuple(rows))


def _with_code(text: str) -> list[Block]:
    """Backticks of our own sentences as code."""
    parts = re.split(r"`([^`\n]+)`", text)
    return [text_part(part, code=bool(i % 2)) for i, part in enumerate(parts) if part]
