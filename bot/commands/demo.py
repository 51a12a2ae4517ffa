"""`purser demo`: the local console on the sample company, with no key, token or account."""

from __future__ import annotations

import argparse
import threading

from bot.commands.ingest import Bar
from bot.config import foreign_credentials, has_display
from bot.demo import prepare, stage


def run(args: argparse.Namespace) -> None:
    """Set the stage, print its address, and serve until Ctrl+C."""
    home = args.config.home / "demo"
    credentials = foreign_credentials()
    with Bar() as bar:
        config = prepare(home, clock=args.config.clock, seed=args.seed, progress=bar)
    with stage(config, port=args.port) as running:
        address = running.workspace.address
        print("Purser's console, on the sample company Lumen Labs:\n")
        print(f"  {address}\n")
        print("Nothing leaves this machine. Ctrl+C ends it. In another terminal:")
        print(f'  .venv/bin/purser --home {home} cost "last 30d by team"')
        if credentials:
            print(f"\nLeft alone, though set in the environment: {', '.join(credentials)}.")
        if not args.no_browser and has_display():
            import webbrowser

            webbrowser.open(address)
        threading.Event().wait()
