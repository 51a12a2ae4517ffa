"""`purser init`: write a commented purser.toml that works as it stands."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import resources

from bot.config import FILE
from tools.core.errors import InputError
from tools.gate.roster import is_group, is_user

_NOBODY = "admins = []  "


def run(args: argparse.Namespace) -> None:
    """Write the file, and say what to do next."""
    home = args.config.home
    path = home / FILE
    if path.exists() and not args.force:
        raise InputError(f"{path} is already there; --force writes over it.")
    admins = tuple(args.admin or _asked())
    text = template(admins)
    home.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    print(f"Wrote {path}. Name your bills under [[sources]], then run `purser ingest`.")
    if not admins:
        print(
            "Actions are refused until [policy] admins names somebody: "
            "`purser init --force --admin U…` does."
        )


def template(admins: Sequence[str] = ()) -> str:
    """The commented purser.toml as `purser init` writes it.

    Args:
        admins: Slack user or group ids of the policy's admins.

    Raises:
        InputError: one of them is no such id.
    """
    wrong = next((name for name in admins if not is_user(name) and not is_group(name)), None)
    if wrong is not None:
        raise InputError(f"“{wrong}” is no Slack user id (U…) or user group id (S…).")
    text = (resources.files("bot") / "purser.template.toml").read_text(encoding="utf-8")
    named = ", ".join(f'"{name}"' for name in dict.fromkeys(admins))
    return text.replace(_NOBODY, f"admins = [{named}]  ", 1)


def _asked() -> list[str]:
    """Ask whoever sits at the terminal; nobody where nobody does."""
    if not sys.stdin.isatty():
        return []
    print("Slack user ids of who decides on actions (profile, ⋮, Copy member ID); empty for later:")
    try:
        return input("> ").replace(",", " ").split()
    except EOFError:
        return []
