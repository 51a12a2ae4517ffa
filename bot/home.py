"""Purser's Home: this month at a glance, as a view.

Slack shows no tables on a Home, so breakdowns are lines of fixed width with small bars. Names
from bills stand in rich text only, which Slack does not parse.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from bot.blocks import (
    TEXT_LIMIT,
    Block,
    actions_block,
    clip,
    context_blocks,
    note_message,
    plain,
    rich_block,
    suggestion_buttons,
    text_part,
)
from bot.change_words import cause_text, part_name, signed_text
from bot.figures import age_text, clean, day_text, name_text, percent_text, present_year
from bot.glance import Feed, Glance
from bot.wording import opening, remarks
from tools.core.money import money_text
from tools.core.results import Change, CostTable, Note, Part, Row

BUTTONS = 5
# Offered until somebody has asked questions of their own.
FIRST_QUESTIONS = (
    "last 7d by team",
    "this month by service vs last month",
    "why last week",
    "last 30d by provider daily",
    "cost per 1m tokens last month by model",
)
_NAME, _BAR = 18, 10  # characters of a line: the name, and the longest bar
_CHANGES, _FEEDS = 4, 9
_BLOCKS = "▏▎▍▌▋▊▉█"
_MINUS = "−"


@dataclass(frozen=True, slots=True)
class HomeSetting:
    """What surrounds the glance.

    Args:
        now: for the age of bills.
        command: name of the cost command.
        scope: in words, what the viewer sees; empty for everything.
        accrued: what no bill shows yet, in a sentence; empty where nothing is known of it.
        questions: lines of the grammar that can be asked with a click.
        failed: sources that could not be loaded the last time, and when that was tried.
    """

    now: datetime
    command: str = "/cost"
    scope: str = ""
    accrued: str = ""
    questions: tuple[str, ...] = ()
    failed: Mapping[str, datetime] = field(default_factory=dict)


def glance_view(found: Glance, setting: HomeSetting) -> Block:
    """The Home of somebody who may see costs."""
    blocks: list[Block] = [_header("This month at a glance")]
    match found.month:
        case Note(text):
            blocks += note_message(Note(text)).blocks
        case CostTable() as month:
            blocks += _month_blocks(month)
            blocks += context_blocks(f"• {setting.accrued}" if setting.accrued else "")
            for table in found.groups:
                blocks += _group_blocks(table)
            blocks += _change_blocks(found.change)
            blocks += () if found.is_whole else context_blocks("Looking for what changed most…")
    blocks += _feed_blocks(found, setting)
    blocks += _question_blocks(setting)
    return {"type": "home", "blocks": blocks}


def sentence_view(sentence: str) -> Block:
    """One sentence in place of figures: a refusal, or what is wrong."""
    said = {"type": "section", "text": plain(clip(sentence, TEXT_LIMIT))}
    return {"type": "home", "blocks": [_header("Purser"), said]}


def _header(text: str) -> Block:
    return {"type": "header", "text": plain(text)}


def _month_blocks(month: CostTable) -> Iterator[Block]:
    number, rest = opening(month)
    yield rich_block(
        text_part(clip(number, TEXT_LIMIT), bold=True), text_part(clip(rest, TEXT_LIMIT))
    )
    yield from context_blocks(*(f"• {remark}" for remark in remarks(month)[:4]))


def _group_blocks(table: CostTable) -> Iterator[Block]:
    """A heading and a line for each group: name, bar, amount, and the change since last month."""
    if not table.rows:
        return
    heading = text_part(f"By {clean(table.query.group_by[0]).replace('_', ' ')}", bold=True)
    lines = "\n".join(_group_lines(table))
    yield {
        "type": "rich_text",
        "elements": [
            {"type": "rich_text_section", "elements": [heading]},
            {"type": "rich_text_preformatted", "elements": [text_part(clip(lines, TEXT_LIMIT))]},
        ],
    }


def _group_lines(table: CostTable) -> list[str]:
    rows = [row for row in table.rows if row.value is not None]
    # The rest is no group: where it is large, its bar would flatten all others.
    most = max((row.value or Decimal(0) for row in rows if not row.is_rest), default=Decimal(0))
    amounts = [money_text(row.value or Decimal(0), row.currency or table.currency) for row in rows]
    width = max(map(len, amounts), default=0)
    # Bars of different currencies would say that ¥1,000 is more than $999.
    is_one = len({row.currency for row in rows}) <= 1
    return [
        "  ".join(
            (
                _padded(_row_name(row, table)),
                _bar(row, most if is_one else Decimal(0)).ljust(_BAR),
                amount.rjust(width),
                _since(row, table).rjust(8),
            )
        ).rstrip()
        for row, amount in zip(rows, amounts, strict=True)
    ]


def _row_name(row: Row, table: CostTable) -> str:
    if row.is_rest:
        return f"other ({row.groups})" if row.groups else "other"
    dimension = table.query.group_by[0]
    return name_text(row.key.get(dimension), dimension)


def _padded(name: str) -> str:
    """A name in a column of fixed width; a wide character takes two places."""
    kept, taken = "", 0
    for character in name:
        width = 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if taken + width > _NAME - 1 and len(kept) + 1 < len(name):
            kept, taken = f"{kept.rstrip()}…", taken + 1
            break
        kept, taken = kept + character, taken + width
    return kept + " " * max(0, _NAME - taken)


def _bar(row: Row, most: Decimal) -> str:
    """A bar of up to ten characters, in eighths."""
    value = row.value or Decimal(0)
    if value <= 0 or most <= 0 or row.is_rest:
        return ""
    eighths = max(1, round(value / most * _BAR * 8))
    whole, rest = divmod(eighths, 8)
    return "█" * whole + (_BLOCKS[rest - 1] if rest else "")


def _since(row: Row, table: CostTable) -> str:
    """The change in percent, where both periods are whole."""
    if not table.is_comparable or row.value is None or table.previous_period is None:
        return ""
    before = row.previous or Decimal(0)
    if before > 0:
        ratio = (row.value - before) / before
        return (
            percent_text(ratio, signed=True) if abs(ratio) < 10 else f"{row.value / before:,.0f}×"
        )
    return "new" if not before and row.value > 0 else ""


def _change_blocks(change: Change | None) -> Iterator[Block]:
    """What changed most against last month, one line each."""
    parts = _largest(change) if change else ()
    if not change or not parts:
        return
    items = [
        {"type": "rich_text_section", "elements": list(_part_line(part, change))} for part in parts
    ]
    yield {
        "type": "rich_text",
        "elements": [
            {
                "type": "rich_text_section",
                "elements": [text_part("What changed most since last month", bold=True)],
            },
            {"type": "rich_text_list", "style": "bullet", "elements": items},
        ],
    }


def _largest(change: Change) -> Sequence[Part]:
    """The named reasons, largest first; what sums what is too small to name is none."""
    named = [part for part in change.parts if part.key and part.amount]
    return named[:_CHANGES]


def _part_line(part: Part, change: Change) -> Iterator[Block]:
    yield text_part(signed_text(part.amount, change.currency), bold=True)
    yield text_part(clip(f"  {part_name(part)}, {cause_text(part, change)}", 300))


def _feed_blocks(found: Glance, setting: HomeSetting) -> tuple[Block, ...]:
    """How fresh each source is; those that are late or could not be loaded first."""
    now = setting.now
    year = present_year(found.month) if isinstance(found.month, CostTable) else now.year

    def rank(feed: Feed) -> tuple[bool, bool, bool]:
        return feed.loaded_at is not None, not feed.is_behind, feed.name not in setting.failed

    feeds = sorted(found.feeds, key=rank)
    lines = [_feed_text(f, now, year, setting.failed.get(f.name)) for f in feeds[:_FEEDS]]
    if len(feeds) > _FEEDS:
        lines.append(f"and {len(feeds) - _FEEDS} more sources")
    return context_blocks(*lines)


def _feed_text(feed: Feed, now: datetime, year: int, failed: datetime | None) -> str:
    name = clean(feed.name)
    trouble = f"; loading it failed {age_text(now - failed)}" if failed else ""
    if feed.loaded_at is None:
        return f"{name}: nothing loaded yet{trouble}"
    through = _through(feed.complete_through, year)
    late = "behind: " if feed.is_behind else ""
    of = clean(feed.second_view_of)
    if feed.is_aside:
        through = f"a second view of {of}, not added"
    elif of:
        through += f", in part a second view of {of}, not added"
    return f"{name}: {late}{through}, loaded {age_text(now - feed.loaded_at)}{trouble}"


def _through(day: date | None, year: int) -> str:
    return f"complete through {day_text(day, year=year)}" if day else "no day complete yet"


def _question_blocks(setting: HomeSetting) -> Iterator[Block]:
    yield {"type": "divider"}
    yield from context_blocks("Ask again with a click; I answer in our direct messages.")
    yield from actions_block(suggestion_buttons(setting.questions[:BUTTONS]))
    yield from context_blocks(
        f"{setting.command} help shows everything that can be asked.",
        f"You see {setting.scope}." if setting.scope else "",
    )
