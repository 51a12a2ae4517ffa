"""Answers about machines and budgets, and proposals to change them, from lines that were read."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.budget_line import BudgetLine, read_budget
from bot.conversation import Answer, Path
from bot.gpu_words import GpuLine, Wish, hear_gpu, read_gpu
from bot.listed import Listed
from tools.core.conditions import conditions_text
from tools.core.context import TERMINAL, Context
from tools.core.dimensions import BUILT_IN
from tools.core.errors import InputError, NotUnderstoodError, RefusedError, UnavailableError
from tools.core.labels import holds
from tools.core.machines import Machines
from tools.core.results import Result
from tools.ledger.records import Call

if TYPE_CHECKING:
    from bot.grammar import Vocabulary
    from tools.clouds.fleet import Fleet
    from tools.clouds.resources import Resource
    from tools.core.query import Filter

FAMILIES = ("gpu", "budget")  # commands that are read here
ONLY_LOOKS = (
    "In a terminal nobody can press Approve, so I only look from here; propose it in Slack, with "
    "/gpu or /budget."
)


_UNUSUAL = re.compile(
    r"(?:(?:is|was) there |are there |have you seen |do you see )?"
    r"(?:anything|something|any|some|what(?: is|’s|'s)?|show|find|list)?(?: me)?(?: the)? ?"
    r"(?:unusual|odd|strange|suspicious|anomal(?:y|ies)|out of the ordinary)"
    r"(?: spend(?:ing)?| costs?)?"
    r"(?: (lately|recently|here|today|yesterday|this week|this month|in the bills?))?",
    re.IGNORECASE,
)
_DAYS = {"today": 3, "yesterday": 3, "this week": 7, "this month": 31}  # bills come days later


def as_it_is(context: Context) -> Context:
    """A context that holds already what there is."""
    return context


@dataclass(frozen=True)
class Wishes:
    """Reads and answers what is about machines and budgets.

    Args:
        equipped: gives a context the clouds, the budgets and the gate, which a question about
            costs never pays for.
        listed: what was listed to whom.
    """

    equipped: Callable[[Context], Context] = as_it_is
    listed: Listed = field(default_factory=Listed)

    def command(self, family: str, text: str, context: Context) -> Answer:
        """The answer to what follows `/gpu` or `/budget`.

        Raises:
            NotUnderstoodError: it is no such line.
        """
        words = conditions_vocabulary(context)
        try:
            if family == "budget":
                return self.budget(read_budget(text, words), context)
            return self.gpu(read_gpu(text, words), context)
        except NotUnderstoodError as error:
            raise _with_examples(error, family) from None

    def hear(self, text: str, context: Context) -> Answer | None:
        """The answer to a plain sentence; None where it is none about machines or the unusual."""
        if asked := _UNUSUAL.fullmatch(" ".join(text.split()).rstrip("?!. ")):
            return _unusual(context, when=(asked[1] or "").lower())
        line = hear_gpu(text)
        return self.gpu(line, context, path="phrasebook") if line else None

    def gpu(self, line: GpuLine, context: Context, *, path: Path = "command") -> Answer:
        """The answer to a line of `/gpu`."""
        context = self.equipped(context)
        if line.wish.changes:
            return self._proposed(line, context, path)
        from tools.gpus import idle_gpus, list_gpus

        found: Machines
        if line.wish is Wish.IDLE:
            found = idle_gpus(line.where, line.hours, context=context)
        else:
            found = list_gpus(line.where, context=context)
        self.keep(found, context)
        name = "idle_gpus" if line.wish is Wish.IDLE else "list_gpus"
        return Answer(path, found, (Call(name, {"asked": found.asked}),))

    def budget(self, line: BudgetLine, context: Context) -> Answer:
        """The answer to a line of `/budget`."""
        context = self.equipped(context)
        if line.amount:
            from tools.proposing import propose_budget

            _check_place(context)
            _check_direction(line, context)
            proposal = propose_budget(
                line.budget, line.amount, line.reason, line.until, context=context
            )
            said = {"budget": line.budget, "amount": line.amount, "until": line.until}
            call = Call("propose_budget", {name: value for name, value in said.items() if value})
            return Answer("command", proposal, (call,))
        from tools.budgets import list_budgets

        table = list_budgets(line.where, context=context)
        return Answer("command", table, (Call("list_budgets", {"asked": table.asked}),))

    def keep(self, found: Machines, context: Context) -> None:
        """Remember what was listed, so that its numbers mean something."""
        self.listed.keep(context.asker, [machine.resource.id for machine in found.machines])

    def stop(self, id: str, context: Context) -> Answer:
        """The answer to the button of an idle machine."""
        context = self.equipped(context)
        resource = _fleet(context).read(id, context.scope)
        from tools.proposing import propose_stop

        proposal = propose_stop([resource.id], because_idle=True, context=context)
        return Answer("command", proposal, (Call("propose_stop", {"resources": resource.id}),))

    def _proposed(self, line: GpuLine, context: Context, path: Path) -> Answer:
        from tools import proposing

        _check_place(context)
        left_out = ""
        if line.wish is Wish.SCHEDULE and line.where:
            ids, left_out = _clocked(line.where, context)
        else:
            ids = self._ids(line.names, context)
        reason, result = line.reason, None
        match line.wish:
            case Wish.STOP:
                result = proposing.propose_stop(ids, reason, context=context)
            case Wish.START:
                result = proposing.propose_start(ids, reason, context=context)
            case Wish.TERMINATE:
                result = proposing.propose_terminate(ids, reason, context=context)
            case Wish.SCALE:
                capacity = line.capacity or 0
                result = proposing.propose_scale(ids, capacity, reason, context=context)
            case Wish.SCHEDULE:
                result = proposing.propose_schedule(ids, line.timetable, reason, context=context)
            case _:
                result = proposing.propose_tags(ids, line.tags, reason, context=context)
        answer: Result = result
        call = Call(f"propose_{line.wish.value}", {"resources": ", ".join(ids)})
        return Answer(path, answer, (call,), text=left_out)

    def _ids(self, names: tuple[str, ...], context: Context) -> list[str]:
        """The ids that names mean: only of what Purser itself sees, under the asker's scope."""
        found: list[str] = []
        everything: tuple[Resource, ...] | None = None
        for name in names:
            if name.startswith("#"):
                id = self.listed.numbered(context.asker, name)
                found.append(_fleet(context).read(id, context.scope).id)
                continue
            if everything is None:
                everything = _fleet(context).inventory(context.scope).resources
            found.append(_named(name, everything))
        return found


def _clocked(where: tuple[Filter, ...], context: Context) -> tuple[list[str], str]:
    """What meets the conditions and can be stopped and started again; what is left out, said."""
    from tools.clouds.resources import Kind, State

    fleet = _fleet(context)
    inventory = fleet.inventory(context.scope)
    found: list[Resource] = []
    others: list[Resource] = []
    for one in inventory.resources:
        if one.address.kind is Kind.DISK or not holds(where, fleet.labels(one)):
            continue
        can_start_again = one.address.kind in (Kind.INSTANCE, Kind.NOTEBOOK) and not one.is_spot
        is_there = one.state in (State.RUNNING, State.CHANGING, State.STOPPED)
        (found if can_start_again and is_there else others).append(one)
    if not found:
        missing = f" {inventory.troubles[0]}" if inventory.troubles else ""
        raise InputError(
            f"I see nothing of {conditions_text(where)} that can be stopped and started again; "
            f"/gpu lists what runs.{missing}"
        )
    return [one.id for one in found], _left_out(others)


def _left_out(others: Sequence[Resource]) -> str:
    from bot.machine_words import title_of

    if not others:
        return ""
    names = ", ".join(title_of(one) for one in others[:5])
    more = f" and {len(others) - 5} more" if len(others) > 5 else ""
    return f"Left out, because no clock can stop and start them again: {names}{more}."


def conditions_vocabulary(context: Context) -> Vocabulary:
    """The words of conditions; values are not looked up in bills, clouds know others."""
    from bot.grammar import Vocabulary
    from tools.core.clock import today

    configured = (d.name for d in context.lake.settings.dimensions)
    dimensions = tuple(dict.fromkeys((*configured, *BUILT_IN)))
    return Vocabulary(dimensions=dimensions, units=(), today=today(context.clock), values={})


def _named(name: str, everything: tuple[Resource, ...]) -> str:
    """The id of the one thing that is called so by its cloud; never by what somebody named it."""
    exact = [r.id for r in everything if name in (r.id, r.address.name)]
    if len(exact) == 1:
        return exact[0]
    if exact:
        ids = " or ".join(exact[:3])
        raise InputError(f"There are several called {name[:80]}; say which: {ids}.")
    called = [r for r in everything if r.name and r.name == name]
    if called:
        one = called[0]
        raise InputError(
            f"“{name[:80]}” is only a name, which anybody may give; say the id: {one.address.name}."
        )
    raise InputError(f"I see no “{name[:80]}” here; /gpu lists what runs, with its ids.")


def _fleet(context: Context) -> Fleet:
    if context.fleet is None:
        raise UnavailableError(
            "I see no cloud from here: name accounts or projects under [clouds] in purser.toml."
        )
    return context.fleet


def _check_place(context: Context) -> None:
    if context.asker == TERMINAL:
        raise RefusedError(ONLY_LOOKS)


def _check_direction(line: BudgetLine, context: Context) -> None:
    """To raise is to make more: whoever mistypes an amount is told so."""
    if not line.direction:
        return
    from decimal import Decimal

    from tools.budgets import seen, target_of

    target = target_of(line.budget, context=context)
    now = next((b for b in seen(context) if b.target == target), None)
    if now is None:
        raise InputError("There is no such budget yet; set it first: set team=ml 20000.")
    is_more = Decimal(line.amount) > now.amount
    if is_more != (line.direction == "raise") or Decimal(line.amount) == now.amount:
        raise RefusedError(
            f"That does not {line.direction} it: the budget for {now.title} is {now.amount:,f} "
            "now. To set it all the same, say set."
        )


def _with_examples(error: NotUnderstoodError, family: str) -> NotUnderstoodError:
    """The same, with lines that can be read, by their command."""
    from bot.budget_line import EXAMPLES as BUDGETS
    from bot.gpu_words import EXAMPLES as GPUS

    lines = BUDGETS if family == "budget" else GPUS
    offered = tuple(f"/{family} {line}".strip() for line in lines[:3])
    return NotUnderstoodError(
        error.sentence, text=error.text, span=error.span, suggestions=offered, is_near=False
    )


def _unusual(context: Context, *, when: str) -> Answer:
    from tools.anomalies import DAYS, find_anomalies

    days = _DAYS.get(when, DAYS)
    found = find_anomalies(days=days, context=context)
    return Answer("phrasebook", found, (Call("find_anomalies", {"days": days}),))
