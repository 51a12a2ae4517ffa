"""Proposals to change something. Nothing here acts: a proposal waits for a person's button.

Targets are ids that `list_gpus`, `idle_gpus` or `list_budgets` returned, never names or guesses.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation

from tools.clouds.resources import Verb
from tools.core.context import Context
from tools.core.errors import InputError, UnavailableError
from tools.gate.gate import Proposing
from tools.gate.proposals import Proposal

MOST_TARGETS = 25  # on one card, which a person must be able to read


def propose_stop(
    resources: Sequence[str], reason: str = "", because_idle: bool = False, *, context: Context
) -> Proposal:
    """Propose to stop machines. They stop only after somebody entitled pressed Approve.

    Args:
        resources: ids as `list_gpus` or `idle_gpus` gave them.
        reason: why, in the asker's words.
        because_idle: they are stopped for being idle; whether they still are is looked at again
            just before.
        context: the gate, and who asks.
    """
    gate, ids = _gate(context), _ids(resources, context)
    return gate.propose(
        Verb.STOP, ids, asker=context.asker, reason=reason, watches_use=because_idle
    )


def propose_start(resources: Sequence[str], reason: str = "", *, context: Context) -> Proposal:
    """Propose to start machines that are stopped.

    Args:
        resources: ids as `list_gpus` gave them.
        reason: why, in the asker's words.
        context: the gate, and who asks.
    """
    return _gate(context).propose(
        Verb.START, _ids(resources, context), asker=context.asker, reason=reason
    )


def propose_scale(
    resources: Sequence[str], capacity: int, reason: str = "", *, context: Context
) -> Proposal:
    """Propose another number of machines for groups or endpoints.

    Args:
        resources: ids of groups or endpoints as `list_gpus` gave them.
        capacity: how many machines there shall be; the group's own minimum holds.
        reason: why, in the asker's words.
        context: the gate, and who asks.
    """
    after = {"capacity": str(_count(capacity))}
    return _gate(context).propose(
        Verb.SCALE, _ids(resources, context), asker=context.asker, after=after, reason=reason
    )


def propose_terminate(resources: Sequence[str], reason: str = "", *, context: Context) -> Proposal:
    """Propose to terminate machines, delete endpoints or disks, or stop training jobs for good.

    This cannot be undone, so it takes two people; stopping first is often enough.

    Args:
        resources: ids as `list_gpus` or `idle_gpus` gave them.
        reason: why, in the asker's words.
        context: the gate, and who asks.
    """
    gate = _gate(context)
    return gate.propose(
        Verb.TERMINATE, _ids(resources, context), asker=context.asker, reason=reason
    )


def propose_tags(
    resources: Sequence[str],
    tags: Mapping[str, str | None],
    reason: str = "",
    *,
    context: Context,
) -> Proposal:
    """Propose to set or remove tags of one or many resources.

    Args:
        resources: ids as `list_gpus` or `idle_gpus` gave them.
        tags: key → value; null removes the tag.
        reason: why, in the asker's words.
        context: the gate, and who asks.
    """
    if not tags:
        raise InputError("Name at least one tag, such as team=ml.")
    after = {f"tag:{key}": value for key, value in tags.items()}
    return _gate(context).propose(
        Verb.TAG, _ids(resources, context), asker=context.asker, after=after, reason=reason
    )


def propose_schedule(
    resources: Sequence[str],
    timetable: Mapping[str, str | None],
    reason: str = "",
    *,
    context: Context,
) -> Proposal:
    """Propose to stop machines by the clock, and to start them again: at night, over weekends.

    It is approved once, as dated steps; each is announced before, and can be kept from happening.

    Args:
        resources: ids as `list_gpus` or `idle_gpus` gave them.
        timetable: `stop` and `start` as hours (`20:00`), `days` (`weekdays`, `nights`,
            `weekends`), `zone` (`Europe/Berlin`), `until` (the last day, `2027-02-21`); all but
            `stop` may be left out.
        reason: why, in the asker's words.
        context: the gate, who asks, and the zone where none is said.
    """
    after = {"zone": context.zone, **{name: said for name, said in timetable.items() if said}}
    return _gate(context).propose(
        Verb.SCHEDULE, _ids(resources, context), asker=context.asker, after=after, reason=reason
    )


def propose_budget(
    budget: str, amount: str, reason: str = "", until: str = "", *, context: Context
) -> Proposal:
    """Propose another amount for a budget, for good or as an exception until a day.

    Args:
        budget: its id as `list_budgets` gave it; a scope such as `team=ml` for a new one.
        amount: of each period, in the budget's currency: `20000`.
        reason: why, in the asker's words.
        until: of a raise, the day on which it falls back to what it was: `2026-12-15`; empty
            where it is to hold.
        context: the gate, and who asks.
    """
    from tools.budgets import target_of

    target = target_of(budget, context=context)
    after: dict[str, str | None] = {"amount": f"{_amount(amount):f}"}
    if until:
        after["until"] = until
    return _gate(context).propose(
        Verb.BUDGET, [target], asker=context.asker, after=after, reason=reason
    )


def _gate(context: Context) -> Proposing:
    if context.gate is None:
        raise UnavailableError("Nothing can be changed from here: no cloud and no policy is set.")
    return context.gate


def _ids(resources: Sequence[str], context: Context) -> list[str]:
    ids = list(dict.fromkeys(resources))
    if not ids:
        raise InputError("Name at least one resource by its id, from /gpu.")
    if len(ids) > MOST_TARGETS:
        raise InputError(f"One proposal takes at most {MOST_TARGETS} resources; make several.")
    if context.fleet is not None and not context.scope.is_everything:
        for id in ids:  # whoever may not see it is not shown it on a card either
            context.fleet.read(id, context.scope)
    return ids


def _count(capacity: int) -> int:
    if capacity < 0:
        raise InputError("A number of machines cannot be less than zero.")
    return capacity


def _amount(text: str) -> Decimal:
    try:
        amount = Decimal(str(text).replace(",", "").strip().removeprefix("$"))
    except InvalidOperation:
        raise InputError(f"“{text}” is no amount; write it like 20000.") from None
    if not amount.is_finite() or amount <= 0 or amount >= Decimal(10) ** 15:
        raise InputError("A budget is more than zero.")
    return amount
