"""`purser bench`: measure Purser on this machine, one thing at a time."""

from __future__ import annotations

import argparse


def run(args: argparse.Namespace) -> None:
    """Measure and print."""
    if args.what == "lake":
        from bot.bench import run_lake

        run_lake(rows=args.rows, as_json=args.json)
    elif args.what == "explain":
        from bot.bench_explain import run_explain

        run_explain(seeds=args.seeds, as_json=args.json)
    elif args.what == "model":
        from bot.bench_model import run_model

        run_model(as_json=args.json)
    elif args.what == "gate":
        from bot.bench_gate import run_gate

        run_gate(as_json=args.json)
    elif args.what == "forecast":
        from bot.bench_forecast import run_forecast

        run_forecast(as_json=args.json)
    elif args.what == "budgets":
        from bot.bench_budgets import run_budgets

        run_budgets(count=args.count, rows=args.rows, as_json=args.json)
    elif args.what == "watch":
        from bot.bench_watch import run_watch

        run_watch(as_json=args.json)
    else:
        from bot.bench_slack import run_slack

        run_slack(as_json=args.json)
