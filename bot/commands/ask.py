"""`purser ask "…"`: a question in words."""

from __future__ import annotations

import argparse

from bot.app import build
from bot.commands.show import show_with_path


def run(args: argparse.Namespace) -> None:
    """Answer, and print it as asked."""
    purser = build(args.config)
    answer = purser.router.ask(" ".join(args.text), context=purser.context())
    show_with_path(answer, clock=args.config.clock, as_json=args.json)
