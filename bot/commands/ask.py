"""`purser ask "…"`: a question in words."""

from __future__ import annotations

import argparse

from bot.app import build
from bot.commands.listening import Terminal
from bot.commands.show import show_with_path
from bot.conversation import Turn


def run(args: argparse.Namespace) -> None:
    """Answer, and print it as asked; in a named conversation, go on from what was asked before."""
    purser = build(args.config)
    terminal = Terminal(is_quiet=args.json)
    thread = f"terminal:{args.thread}" if args.thread else None
    turn = Turn(conversation=thread, ear=terminal)
    with terminal.stoppable():
        answer = purser.router.ask(" ".join(args.text), context=purser.context(), turn=turn)
    show_with_path(answer, clock=args.config.clock, as_json=args.json, is_said=terminal.has_said)
