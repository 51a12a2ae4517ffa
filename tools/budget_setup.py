"""What an operator sets of a budget besides its amount: the cloud's budget, and people."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from tools.budgets import CLOUDS, Budgets, drift_between
from tools.core.budget import Budget, CloudLink
from tools.core.errors import InputError, RefusedError
from tools.gate.people import Actor
from tools.gate.roster import is_group, is_user

_FORM = "A cloud's budget is named aws:ACCOUNT:NAME or gcp:BILLINGACCOUNT:BUDGETID."
_CHANNEL = re.compile(r"[CG][A-Z0-9]{2,}\Z")


def read_link(text: str) -> CloudLink:
    """The cloud's budget that `aws:111122223333:ml` or `gcp:01ABCD-23EF45-678901:b-1` names.

    Raises:
        InputError: it names none.
    """
    cloud, account, name = (*text.strip().split(":", 2), "", "")[:3]
    if cloud not in CLOUDS or not account or not name or not text.isprintable():
        raise InputError(_FORM)
    if cloud == "gcp":
        name = f"billingAccounts/{account}/budgets/{name}"
    return CloudLink(cloud=cloud, account=account, name=name)


def link_budget(budget: Budget, link: CloudLink, *, budgets: Budgets, actor: Actor) -> Budget:
    """Link a budget to a cloud's, which is read first; their amounts may differ until one is set.

    Raises:
        InputError: the cloud has no such budget.
        RefusedError: the two could never agree, or another budget is linked to it.
        UnavailableError: it could not be read.
    """
    other = next((b for b in budgets.records.all() if b.link == link and b.id != budget.id), None)
    if other:
        raise RefusedError(f"The budget for {other.title} is linked to that one already.")
    new = replace(budget, link=link)
    there = budgets.cloud(new).read(link)
    if there.fixed:
        raise RefusedError(there.fixed)
    if there.amount is None or (there.currency, there.period) != (budget.currency, budget.period):
        raise RefusedError(f"The two could never agree. {drift_between(new, there)}")
    return budgets.records.change(new, was=budget, actor=actor)


def unlink_budget(budget: Budget, *, budgets: Budgets, actor: Actor) -> Budget:
    """Let a budget stand for itself again; the cloud's stays as it is.

    Raises:
        InputError: it is not linked.
    """
    if budget.link is None:
        raise InputError(f"The budget for {budget.title} is not linked to a cloud's.")
    return budgets.records.change(replace(budget, link=None), was=budget, actor=actor)


def assign_budget(
    budget: Budget,
    *,
    budgets: Budgets,
    actor: Actor,
    owner: str | None = None,
    channel: str | None = None,
    approvers: Sequence[str] | None = None,
) -> Budget:
    """Set whose a budget is; what is None stays, what is empty is taken away.

    Args:
        budget: as it was read.
        budgets: all of them.
        actor: who sets it.
        owner: Slack user id.
        channel: Slack channel id.
        approvers: ids of users and user groups.

    Raises:
        InputError: that is no such id.
    """
    if owner and not is_user(owner):
        raise InputError(f"“{owner[:40]}” is no Slack user id; those begin with U or W.")
    if channel and not _CHANNEL.match(channel):
        raise InputError(f"“{channel[:40]}” is no Slack channel id; those begin with C or G.")
    for name in approvers or ():
        if not is_user(name) and not is_group(name):
            raise InputError(f"“{name[:40]}” is no Slack id of a user (U…) or user group (S…).")
    new = replace(
        budget,
        owner=budget.owner if owner is None else owner,
        channel=budget.channel if channel is None else channel,
        approvers=budget.approvers if approvers is None else tuple(dict.fromkeys(approvers)),
    )
    return budgets.records.change(new, was=budget, actor=actor)
