"""An answer in the terminal: the number in a sentence first, then the table, then its source."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from bot.answers import answer_json, result_json
from bot.conversation import Answer
from tools.core.budget import BudgetTable
from tools.core.clock import Clock
from tools.core.machines import Machines
from tools.core.results import Change, CostTable, Note, Result

if TYPE_CHECKING:
    from rich.console import Console

    from bot.cells import Cells

MOST_ROWS = 40  # what fits a screen or two; --csv has them all
_UNCUT = 100_000  # characters a line: a file or a program reads every digit


def show(answer: Answer, *, clock: Clock, as_json: bool, as_csv: bool) -> None:
    """Print the result as JSON, as CSV, or for people."""
    if as_json:
        print_json(result_json(answer.result))
    elif as_csv and isinstance(answer.result, CostTable):
        from bot.wording import csv_text

        sys.stdout.write(csv_text(answer.result))
    elif as_csv and isinstance(answer.result, Change):
        from bot.change_words import change_csv

        sys.stdout.write(change_csv(answer.result))
    elif as_csv and isinstance(answer.result, Machines | BudgetTable):
        sys.stdout.write(_acting_csv(answer.result))
    else:
        show_result(answer.result, clock=clock)


def show_with_path(answer: Answer, *, clock: Clock, as_json: bool, is_said: bool) -> None:
    """Print the answer with how it was understood; its text only where that was not said yet."""
    if as_json:
        print_json(answer_json(answer))
        return
    if answer.text and not is_said:
        print(answer.text)
    if answer.text and not isinstance(answer.result, Note):
        print()
    if not (answer.text and isinstance(answer.result, Note)):
        show(answer, clock=clock, as_json=False, as_csv=answer.shows == "csv")
    if answer.shows == "chart":
        print("Charts are drawn in Slack and in the console; here they are a table.")
    if answer.reading and answer.shows != "csv":
        print(f"\nRead as: /cost {answer.reading.text()}")


def print_json(value: dict[str, Any]) -> None:
    """One object on one line."""
    print(json.dumps(value, ensure_ascii=False))


def show_result(result: Result, *, clock: Clock) -> None:
    """Print a result for people."""
    from bot.wording import remarks, sentence, source_line

    print(sentence(result))
    match result:
        case Note(_, suggestions):
            for suggestion in suggestions:
                print(f"  {suggestion}")
        case CostTable() | Change():
            _print_table(result)
            for remark in remarks(result):
                print(f"· {remark}")
            print(source_line(result, now=clock.now()))
        case Machines():
            from bot.machine_words import machine_cells, machines_remarks, machines_source

            _print_cells(machine_cells(result))
            for remark in machines_remarks(result):
                print(f"· {remark}")
            print(machines_source(result, now=clock.now()))
        case BudgetTable():
            from bot.budget_words import (
                budget_cells,
                budgets_remarks,
                budgets_source,
                estimate_remark,
            )

            _print_cells(budget_cells(result))
            for remark in budgets_remarks(result):
                print(f"· {remark}")
            meant = estimate_remark(result)
            print(budgets_source(result, now=clock.now()) + (meant and f" · {meant}"))


def _acting_csv(result: Machines | BudgetTable) -> str:
    from bot.budget_words import budgets_csv
    from bot.machine_words import machines_csv

    return machines_csv(result) if isinstance(result, Machines) else budgets_csv(result)


def console() -> Console:
    """Where tables are printed: as wide as the terminal, and uncut where there is none."""
    from rich.console import Console

    return Console(highlight=False, width=None if sys.stdout.isatty() else _UNCUT)


def _print_table(table: CostTable | Change) -> None:
    from bot.change_words import change_cells
    from bot.wording import table_cells

    cells = change_cells(table) if isinstance(table, Change) else table_cells(table)
    if len(cells.rows) >= (1 if isinstance(table, Change) else 2):
        _print_cells(cells)


def _print_cells(cells: Cells) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    if not cells.rows:
        return
    drawn = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for column in cells.columns:
        drawn.add_column(Text(column.label), justify="right" if column.is_number else "left")
    for row in cells.rows[:MOST_ROWS]:
        drawn.add_row(*(Text(cell) for cell in row))
    console().print(drawn)
    if len(cells.rows) > MOST_ROWS:
        print(f"{MOST_ROWS} of {len(cells.rows)} lines; --csv prints them all.")
