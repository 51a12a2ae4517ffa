"""`purser sql "…"`: run what an answer printed, read-only and confined to the lake."""

from __future__ import annotations

import argparse
from decimal import Decimal

from bot.answers import decimal_text
from bot.app import build
from bot.commands.show import print_json


def run(args: argparse.Namespace) -> None:
    """Run one statement and print its rows."""
    columns, rows = build(args.config).lake.run_readonly(args.statement)
    cells = [[_text(value) for value in row] for row in rows]
    if args.json:
        print_json({"columns": list(columns), "rows": cells})
        return
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*(Text(name) for name in columns), box=SIMPLE_HEAD, pad_edge=False)
    for row in cells:
        table.add_row(*(Text("" if cell is None else cell) for cell in row))
    Console(highlight=False).print(table)


def _text(value: object) -> str | None:
    if isinstance(value, Decimal):
        return decimal_text(value)
    return None if value is None else str(value)
