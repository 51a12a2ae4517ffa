"""`purser init`: write a commented purser.toml that works as it stands."""

from __future__ import annotations

import argparse
from importlib import resources

from bot.config import FILE
from tools.core.errors import InputError


def run(args: argparse.Namespace) -> None:
    """Write the file, and say what to do next."""
    home = args.config.home
    path = home / FILE
    if path.exists() and not args.force:
        raise InputError(f"{path} is already there; --force writes over it.")
    home.mkdir(parents=True, exist_ok=True)
    path.write_text(template(), encoding="utf-8")
    print(f"Wrote {path}. Name your bills under [[sources]], then run `purser ingest`.")


def template() -> str:
    """The commented purser.toml as `purser init` writes it."""
    return (resources.files("bot") / "purser.template.toml").read_text(encoding="utf-8")
