"""`purser sql "…"`: run what an answer printed, read-only and confined to the lake."""

from __future__ import annotations

import argparse
from decimal import Decimal

from bot.app import build
from bot.commands.show import console, print_json
from tools.core.money import decimal_text


def run(args: argparse.Namespace) -> None:
    """Run one statement and print its rows."""
    result = build(args.config).lake.run_readonly(args.statement)
    cells = [[_text(value) for value in row] for row in result.rows]
    if args.json:
        print_json({"columns": list(result.columns), "rows": cells, "cut": result.is_cut})
        return
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in result.columns:
        table.add_column(Text(name))
    for row in cells:
        table.add_row(*(Text("" if cell is None else cell) for cell in row))
    console().print(table)
    if result.is_cut:
        print(f"The first {len(cells):,} rows; there are more.")


def _text(value: object) -> str | None:
    if isinstance(value, Decimal):
        return decimal_text(value)
    return None if value is None else str(value)
