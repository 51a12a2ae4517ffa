"""`purser demo`: the local console on the sample company; it needs no key, token or account."""

from __future__ import annotations

import argparse
import sys
import threading

from bot.commands.ingest import Bar
from bot.config import Config, foreign_credentials, has_display
from bot.demo import prepare, stage, with_model
from tools.core.clock import today
from tools.core.periods import DAY

_STORY = """\
The first minute plays this month's days in it, up to now. You are Chloe; bottom left changes that.
  #finops      digests, budgets at 50, 75, 90 and 100 %, and what is unusual, with its cause
  #incidents   acknowledge; in the thread, @Purser why?; Resolve writes the post-mortem
  Let it happen, at the top: machines run away, and an incident opens in a minute
"""


def run(args: argparse.Namespace) -> None:
    """Set the stage, print its address, and serve until Ctrl+C."""
    home = args.config.home / "demo"
    with Bar() as bar:
        config = prepare(home, clock=args.config.clock, seed=args.seed, progress=bar)
    if not args.no_model:
        config = with_model(config, args.config)
    with stage(config, port=args.port, runs_jobs=True) as running:
        address = running.workspace.address
        print("Purser's console, on the sample company Lumen Labs:\n")
        print(f"  {address}\n")
        print(_STORY)
        print(f"{_what_leaves(config)} Ctrl+C ends it. In another terminal:")
        print(f'  .venv/bin/purser --home {home} cost "last 30d by team"')
        print(f"  .venv/bin/purser --home {home} run-job alerts {_last_month(config)}")
        if credentials := foreign_credentials(but_model=config.model.endpoint is not None):
            print(f"\nLeft alone, though set in the environment: {', '.join(credentials)}.")
        sys.stdout.flush()  # a pipe would keep the address to itself
        if not args.no_browser and has_display():
            import webbrowser

            webbrowser.open(address)
        threading.Event().wait()


def _last_month(config: Config) -> str:
    """Other days on which budgets filled up, for `run-job` to play."""
    last = today(config.clock).replace(day=1) - DAY
    return f"--at {last.replace(day=10)}T12:00 --through {last}T12:00"


def _what_leaves(config: Config) -> str:
    endpoint = config.model.endpoint
    if endpoint is None:
        return "Nothing leaves this machine."
    return (
        f"Questions the grammar cannot read go to {endpoint.small} at {endpoint.host}, with the "
        "sample's figures; --no-model keeps them here."
    )
