"""Budgets as a Slack message: the sentence, a bar for each, and how to change one."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from bot.blocks import (
    TEXT_LIMIT,
    Block,
    Message,
    cells_block,
    clip,
    context_blocks,
    fallback,
    fitting,
    rich_block,
    text_part,
)
from bot.budget_words import (
    accrued_text,
    budget_cells,
    budgets_opening,
    budgets_remarks,
    budgets_source,
    estimate_remark,
    expected_text,
    title_of,
)
from bot.cells import Cells
from bot.figures import percent_text
from bot.machine_words import money
from bot.wording import sentence
from tools.core.budget import BudgetStatus, BudgetTable

if TYPE_CHECKING:
    from bot.blocks import Setting

BARS = 8  # budgets drawn as bars
LINES = 20  # of the table
WIDTH = 16  # of a bar, in letters


def budgets_message(table: BudgetTable, setting: Setting) -> Message:
    """The whole answer."""
    number, rest = budgets_opening(table)
    blocks = (
        rich_block(text_part(number, bold=True), text_part(clip(rest, TEXT_LIMIT))),
        *_bars(table),
        *_table(table),
        *_context(table, setting),
    )
    return Message(fallback(sentence(table)), blocks)


def bar(status: BudgetStatus) -> str:
    """`████████▒▒▒░░░░░  62.0 %`: spent, expected besides, and what is left."""
    spent = _letters(status.share)
    amount = status.budget.amount
    ahead = status.forecast / amount if status.forecast is not None and amount > 0 else None
    expected = max(0, _letters(ahead) - spent)
    return "█" * spent + "▒" * expected + "░" * (WIDTH - spent - expected)


def _letters(share: Decimal | None) -> int:
    if share is None or share <= 0:
        return 0
    return min(WIDTH, max(1, round(share * WIDTH)))


def _bars(table: BudgetTable) -> tuple[Block, ...]:
    known = [status for status in table.statuses if status.share is not None][:BARS]
    if not known:
        return ()
    parts: list[Block] = []
    for index, status in enumerate(known):
        end = "\n\n" if index < len(known) - 1 else ""
        parts += [text_part(title_of(status), bold=True), text_part(f"\n{bar(status)}  ")]
        parts.append(text_part(f"{_figures(status)}{end}"))
    return (rich_block(*parts),)


def _figures(status: BudgetStatus) -> str:
    """`118.9 % · $52,309.20 of $44,000.00 · about $80,000.00 expected, …`."""
    budget = status.budget
    share = percent_text(status.share or Decimal(0))
    spent = f"{money(status.spent, budget.currency)} of {money(budget.amount, budget.currency)}"
    accrued = accrued_text(status)
    billed = f"{spent} billed · {accrued}" if accrued else spent
    return f"{share} · {billed} · {expected_text(status)}"


def _table(table: BudgetTable) -> tuple[Block, ...]:
    cells = budget_cells(table)
    drawn = sum(1 for status in table.statuses if status.share is not None)
    if len(cells.rows) == drawn <= BARS:
        return ()  # the bars say it all
    return cells_block(fitting(Cells(cells.columns, cells.rows[:LINES]), keeps_last=False))


def _context(table: BudgetTable, setting: Setting) -> tuple[Block, ...]:
    command = setting.commands.get("budget", "/budget")
    total = len(table.statuses)
    cut = (
        f"Showing {LINES} of {total:,}; narrow it down, {command} team=ml." if total > LINES else ""
    )
    scope = f"Limited to {setting.scope}." if setting.scope else ""
    how = (
        f"Change one: {command} raise team=ml 25000, or set a new one: {command} set team=ml 20000"
    )
    return context_blocks(
        *(f"• {remark}" for remark in budgets_remarks(table)[:8]),
        budgets_source(table, now=setting.now),
        estimate_remark(table),
        scope,
        cut,
        "" if setting.shared_by else how,
    )
