"""`purser gpu`: what runs, and what of it is idle. In a terminal Purser only looks."""

from __future__ import annotations

import argparse

from bot.app import build
from bot.commands.show import show
from bot.gpu_words import read_gpu
from bot.wishes import conditions_vocabulary
from tools.core.errors import RefusedError

ONLY_LOOKS = (
    "In a terminal nobody can press Approve, so I only look from here; propose it in Slack, with "
    "/gpu."
)


def run(args: argparse.Namespace) -> None:
    """Answer, and print it as asked."""
    purser = build(args.config)
    context = purser.context()
    line = read_gpu(" ".join(args.text), conditions_vocabulary(context))
    if line.wish.changes:
        raise RefusedError(ONLY_LOOKS)
    answer = purser.router.wishes.gpu(line, context)
    show(answer, clock=args.config.clock, as_json=args.json, as_csv=args.csv)
