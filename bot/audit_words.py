"""The audit log's entries as a Slack message."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.blocks import (
    Block,
    Message,
    cells_block,
    context_blocks,
    fallback,
    fitting,
    plain_message,
    rich_block,
    text_part,
)
from bot.cells import Cells, Column
from bot.machine_words import clean_line, counted

if TYPE_CHECKING:
    from tools.ledger.audit import Entry

LONGEST = 160
CLOCKED = ("announced", "kept", "lapsed")  # events of stops by the clock


def audit_message(entries: Sequence[Entry]) -> Message:
    """The last entries, the newest first."""
    if not entries:
        return plain_message("Nothing is on the record yet.")
    columns = (Column("#", is_number=True), Column("When"), Column("Who"), Column("What"))
    rows = tuple(entry_row(entry) for entry in reversed(entries))
    count = counted(len(entries), "entry") if len(entries) == 1 else f"{len(entries)} entries"
    said = f"The last {count} of the record."
    last = entries[-1]
    blocks: tuple[Block, ...] = (
        rich_block(text_part(said)),
        *cells_block(fitting(Cells(columns, rows), keeps_last=False)),
        *context_blocks(
            f"Head {last.seq}:{last.hash[:12]}… · purser audit verify checks the whole chain"
        ),
    )
    return Message(fallback(said), blocks)


def entry_row(entry: Entry) -> tuple[str, str, str, str]:
    """Number, moment, who, and what happened to what."""
    at = datetime.fromisoformat(entry.at)
    return (str(entry.seq), f"{at:%b} {at.day}, {at:%H:%M}", clean_line(entry.actor), what(entry))


def what(entry: Entry) -> str:
    """`turned away: approve, “This belongs to …”`, in at most a line or two."""
    after = _read(entry.after)
    parts = [entry.event]
    for name in ("tried", "verb", "target", "fate", "stage", "outcome", "said", "reason"):
        value = after.get(name)
        if isinstance(value, str) and value.strip():
            parts.append(clean_line(value))
    parts += _of_clock(entry.event, after)
    subject = entry.subject if len(entry.subject) < 16 else entry.subject[:8]
    text = f"{' · '.join(parts)} ({clean_line(subject)})"
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"


def _of_clock(event: str, after: dict[str, Any]) -> Iterator[str]:
    """Of what is stopped by the clock: which machines, and for which moment."""
    if event not in CLOCKED and not event.startswith("step "):
        return
    targets = after.get("targets")
    if isinstance(targets, list) and targets:
        named = [clean_line(str(target)).rpartition("/")[2] for target in targets[:2]]
        yield ", ".join(named) + (f" and {len(targets) - 2} more" if len(targets) > 2 else "")
    with suppress(ValueError):
        at = datetime.fromisoformat(str(after.get("at")))
        yield f"for {at:%b} {at.day}, {at:%H:%M} UTC"


def _read(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
