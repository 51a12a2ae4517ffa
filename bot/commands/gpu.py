"""`purser gpu`: what runs, and what of it is idle. In a terminal Purser only looks."""

from __future__ import annotations

import argparse

from bot.app import build
from bot.commands.show import show
from bot.gpu_words import read_gpu
from bot.wishes import conditions_vocabulary


def run(args: argparse.Namespace) -> None:
    """Answer, and print it as asked."""
    purser = build(args.config)
    context = purser.context()
    line = read_gpu(" ".join(args.text), conditions_vocabulary(context))
    answer = purser.router.wishes.gpu(line, context)
    show(answer, clock=args.config.clock, as_json=args.json, as_csv=args.csv)
