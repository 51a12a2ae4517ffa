"""`purser cost "…"`: the same grammar as `/cost`, in the terminal."""

from __future__ import annotations

import argparse

from bot.app import build
from bot.commands.show import show


def run(args: argparse.Namespace) -> None:
    """Answer, and print it as asked."""
    purser = build(args.config)
    # People paste what they type in Slack, command and all.
    text = " ".join(args.text).strip().removeprefix(args.config.slack.commands["cost"])
    answer = purser.router.command(text, context=purser.context())
    show(answer, clock=args.config.clock, as_json=args.json, as_csv=args.csv)
