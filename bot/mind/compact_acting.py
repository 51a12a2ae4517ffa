"""What a model is shown of machines, budgets and proposals, and the figures in it.

It never sees an id: machines have numbers, which mean something in this question only.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from bot.machine_words import clean_line, idle_text, is_idle_list, title_of, what_text
from bot.mind.compact import Compact, clean_note, fenced, figure_text, quoted
from bot.mind.held import Held, named
from bot.mind.veil import Veil
from tools.core.budget import BudgetStatus, BudgetTable
from tools.core.machines import Idleness, Machine, Machines
from tools.core.periods import Period
from tools.core.results import FigureKind, Note

MOST = 20  # machines or budgets
_PERCENT = Decimal(100)


def machines_text(found: Machines, *, veil: Veil, amounts: bool) -> Compact:
    """Machines by number, with what each costs and wastes."""
    lines, figures = [], list(_sums(found))
    idle = [m for m in found.machines if m.idleness in (Idleness.IDLE, Idleness.ZOMBIE)]
    if is_idle_list(found):
        lines.append(f"idle: {len(idle)}; not measured: {found.unknown}; use of {found.hours:g} h")
    else:
        lines.append(f"listed: {len(found.machines)}")
    if amounts:
        lines += [
            f"together {figure_text(v, FigureKind.MONEY)} {c} an hour"
            for c, v in found.hourly.items()
        ]
    for number, machine in enumerate(found.machines[:MOST], 1):
        lines.append(_machine_line(number, machine, found, veil, amounts=amounts))
        figures += _machine_figures(machine) if amounts else ()
    lines += [f"note: {veil.mask(clean_note(note))}" for note in found.notes[:4]]
    return Compact(fenced("machines", lines), tuple(figures), ranks=len(found.machines))


def budgets_text(table: BudgetTable, *, veil: Veil, amounts: bool) -> Compact:
    """Budgets with what is spent of them and expected."""
    lines: list[str] = [f"budgets: {len(table.statuses)}"]
    figures: list[Held] = []
    days: list[Period] = []
    for status in table.statuses[:MOST]:
        lines.append(_budget_line(status, veil, amounts=amounts))
        figures += _budget_figures(status) if amounts else ()
        days.append(status.window)
    lines += [f"note: {veil.mask(clean_note(note))}" for note in table.notes[:4]]
    return Compact(fenced("list_budgets", lines), tuple(figures), tuple(days), len(table.statuses))


def unusual_text(note: Note, *, veil: Veil) -> Compact:
    """What the asker is shown: a model may look further into it, and says none of it over."""
    lines = [f"unusual things that the asker is shown in full: {len(note.suggestions)}"]
    lines += [f"to look into one: {quoted(veil.mask(line))}" for line in note.suggestions]
    return Compact(fenced("find_anomalies", lines))


def proposed_text() -> str:
    """What a model learns of a proposal: that it waits. The card says all the rest."""
    return fenced(
        "proposal",
        [
            "The proposal was made; its card is shown to the people who may approve it.",
            "Nothing has been done. Say nothing more; the card says everything.",
        ],
    )


def _machine_line(
    number: int, machine: Machine, found: Machines, veil: Veil, *, amounts: bool
) -> str:
    resource = machine.resource
    title = veil.shown("resource_name", title_of(resource))
    parts = [f"#{number} {quoted(title)}", what_text(resource), resource.state.value]
    if is_idle_list(found):
        parts.append(f"{machine.idleness.value}, {idle_text(machine, found.as_of)}")
    if amounts and machine.hourly is not None:
        hourly = figure_text(machine.hourly, FigureKind.MONEY)
        parts.append(f"{hourly} {machine.currency} an hour")
    if amounts and machine.wasted is not None:
        parts.append(f"wasted about {figure_text(machine.wasted, FigureKind.MONEY)}")
    said = [(name, machine.labels.get(name)) for name in ("team", "env", "owner")]
    parts += [f"{name} {quoted(veil.shown(name, value))}" for name, value in said if value]
    return "; ".join(clean_line(part) for part in parts)


def _machine_figures(machine: Machine) -> Iterator[Held]:
    about = frozenset({named(title_of(machine.resource))})
    for value in (machine.hourly, machine.wasted):
        if value is not None:
            text = figure_text(value, FigureKind.MONEY)
            yield Held(value, FigureKind.MONEY, machine.currency, about=about, text=text)


def _sums(found: Machines) -> Iterator[Held]:
    for currency, value in (*found.hourly.items(), *found.wasted.items()):
        text = figure_text(value, FigureKind.MONEY)
        yield Held(value, FigureKind.MONEY, currency, text=text)


def _budget_line(status: BudgetStatus, veil: Veil, *, amounts: bool) -> str:
    budget = status.budget
    scope = " and ".join(f.text() for f in budget.scope) or "everything"
    parts = [f"{quoted(veil.mask(scope))} a {budget.period}"]
    if amounts:
        parts.append(f"{figure_text(budget.amount, FigureKind.MONEY)} {budget.currency}")
        if budget.ending:
            back = figure_text(budget.ending.back_to, FigureKind.MONEY)
            parts.append(f"until {budget.ending.until}, then back to {back}")
        known = (
            ("spent", status.spent),
            ("expected about", status.forecast),
            ("likely at least", status.forecast_low),
            ("likely at most", status.forecast_high),
        )
        for word, value in known:
            if value is not None:
                parts.append(f"{word} {figure_text(value, FigureKind.MONEY)}")
        if status.share is not None:
            share = figure_text(status.share * _PERCENT, FigureKind.PERCENT)
            parts.append(f"{share} % of it")
    return "; ".join(parts)


def _budget_figures(status: BudgetStatus) -> Iterator[Held]:
    budget = status.budget
    about = frozenset(named(v) for f in budget.scope for v in f.values)
    days = status.window
    ahead = (status.forecast, status.forecast_low, status.forecast_high)
    for value in (budget.amount, budget.usual, status.spent, *ahead):
        if value is not None:
            text = figure_text(value, FigureKind.MONEY)
            yield Held(value, FigureKind.MONEY, budget.currency, about, period=days, text=text)
    if status.share is not None:
        share = status.share * _PERCENT
        text = figure_text(share, FigureKind.PERCENT)
        yield Held(share, FigureKind.PERCENT, "", about, period=days, text=text)
