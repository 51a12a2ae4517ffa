"""`purser cost "…"`: the same grammar as `/cost`, in the terminal."""

from __future__ import annotations

import argparse

from bot.app import build
from bot.commands.show import show


def run(args: argparse.Namespace) -> None:
    """Answer, and print it as asked."""
    purser = build(args.config)
    answer = purser.router.command(" ".join(args.text), context=purser.context())
    show(answer, clock=args.config.clock, as_json=args.json, as_csv=args.csv)
