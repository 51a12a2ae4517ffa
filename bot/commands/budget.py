"""`purser budget`: where budgets stand, and what an operator sets of them besides the amount."""

from __future__ import annotations

import argparse
from dataclasses import replace

from bot.app import build
from bot.commands.show import print_json, show_result
from tools.budgets import Budgets, drift_between, found_by, list_budgets, of_context
from tools.core.budget import Budget
from tools.core.conditions import read_conditions
from tools.core.context import TERMINAL, Context
from tools.core.errors import InputError


def run(args: argparse.Namespace) -> None:
    """List, link, unlink or assign."""
    purser = build(args.config)
    context = replace(purser.context(), budgets=purser.budgets)
    if args.action in (None, "list"):
        _list(args, context)
        return
    budgets = of_context(context)
    budget = _named(args.budget, context)
    match args.action:
        case "link":
            _link(budget, args.cloud, budgets)
        case "unlink":
            _unlink(budget, budgets)
        case _:
            _assign(budget, args, budgets)


def _list(args: argparse.Namespace, context: Context) -> None:
    where = " ".join(getattr(args, "where", []))
    table = list_budgets(read_conditions(where), context=context)
    if args.json:
        from bot.answers import result_json

        print_json(result_json(table))
    else:
        show_result(table, clock=context.clock)


def _named(text: str, context: Context) -> Budget:
    found = found_by(text, context=context)
    if found is None:
        raise InputError(f"There is no budget for {text} yet; propose one with /budget in Slack.")
    return found


def _link(budget: Budget, cloud: str, budgets: Budgets) -> None:
    from tools.budget_setup import link_budget, read_link

    linked = link_budget(budget, read_link(cloud), budgets=budgets, actor=TERMINAL)
    there = budgets.in_cloud(linked)
    drift = drift_between(linked, there) if there else ""
    print(f"Linked {linked.title} to {cloud}.")
    if there:
        print(f"It covers {_plain(there.covers)}; see that this is {linked.title} as well.")
    if drift:
        print(f"{drift} Set the one to the other before you change them together.")


def _unlink(budget: Budget, budgets: Budgets) -> None:
    from tools.budget_setup import unlink_budget

    left = unlink_budget(budget, budgets=budgets, actor=TERMINAL)
    print(f"Unlinked {left.title}. The cloud's budget stays as it is.")


def _assign(budget: Budget, args: argparse.Namespace, budgets: Budgets) -> None:
    from tools.budget_setup import assign_budget

    if args.owner is None and args.channel is None and args.approvers is None:
        raise InputError("Say --owner, --channel or --approvers.")
    named = args.approvers
    left = assign_budget(
        budget,
        budgets=budgets,
        actor=TERMINAL,
        owner=args.owner,
        channel=args.channel,
        approvers=None if named is None else [n for n in named.split(",") if n],
    )
    approvers = ", ".join(left.approvers) or "only whom policy names"
    owner, channel = left.owner or "nobody", left.channel or "none"
    print(f"{left.title}: owner {owner}, channel {channel}, approvers {approvers}.")


def _plain(text: str) -> str:
    """A text from a cloud on one line, without control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
