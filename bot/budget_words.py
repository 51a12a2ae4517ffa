"""Budgets and where they stand, in words and as a table: the same on every surface."""

from __future__ import annotations

import csv
import io
from datetime import datetime
from decimal import Decimal

from bot.cells import UNKNOWN, Cells, Column, harmless
from bot.figures import age_text, clean, day_text, percent_text, span_text
from bot.machine_words import clean_line, money
from tools.core.budget import BudgetStatus, BudgetTable
from tools.core.money import about_text, decimal_text, money_text

FULL = Decimal(1)


def budgets_opening(table: BudgetTable) -> tuple[str, str]:
    """The number, and the sentence it begins."""
    match table.statuses:
        case ():
            return "No budgets", " are set yet, as far as you may see."
        case (one,):
            return _one(one)
        case several:
            over = [s for s in several if s.share is not None and s.share > FULL]
            fullest = _fullest(several[0])
            if over:
                verb = "is" if len(over) == 1 else "are"
                return f"{len(over)} of {len(several)} budgets", f" {verb} spent.{fullest}"
            return f"{len(several)} budgets", f", none of them spent yet.{fullest}"


def budgets_remarks(table: BudgetTable) -> tuple[str, ...]:
    """What a reader must know besides; what the cloud's own budget says otherwise among it."""
    ends = [
        f"The amount for {title_of(status)} holds {ending}."
        for status in table.statuses
        if len(table.statuses) > 1 and (ending := ending_text(status))
    ]
    drifts = [f"{title_of(s)}: {s.drift}" for s in table.statuses if s.drift]
    accrued = [text] if (text := accrued_remark(table)) else []
    return tuple(clean_line(text) for text in (*ends, *drifts, *accrued, *table.notes))


def budgets_source(table: BudgetTable, *, now: datetime) -> str:
    """`Complete through Nov 19 · bills loaded 2 h ago`."""
    days = [s.complete_through for s in table.statuses if s.complete_through]
    parts = [f"Complete through {day_text(min(days), year=now.year)}"] if days else []
    if table.as_of:
        parts.append(f"bills loaded {age_text(now - table.as_of)}")
    return " · ".join(parts) or "No bill has been loaded yet"


def budget_cells(table: BudgetTable) -> Cells:
    """A line for each: what it covers, what is spent, and what is expected."""
    accrues = any(status.accrued for status in table.statuses)
    columns = (
        Column("Budget"),
        Column("Spent", is_number=True),
        Column("Of", is_number=True),
        Column("Share", is_number=True),
        *([Column("Accrued", is_number=True)] if accrues else []),
        Column("Expected", is_number=True),
        Column("Likely"),
        Column("Days"),
    )
    rows = tuple(
        (
            title_of(status),
            money(status.spent, status.budget.currency),
            money_text(status.budget.amount, status.budget.currency),
            UNKNOWN if status.share is None else percent_text(status.share),
            *([status.accrued.about if status.accrued else UNKNOWN] if accrues else []),
            _about(status.forecast, status.budget.currency),
            status.likely.removeprefix("likely ") or UNKNOWN,
            span_text(status.window, year=status.window.last.year),
        )
        for status in table.statuses
    )
    return Cells(columns, rows)


def budgets_csv(table: BudgetTable) -> str:
    """All of them as CSV with raw decimals."""
    out = io.StringIO()
    writer = csv.writer(out)
    heading = ["id", "scope", "period", "amount", "currency", "spent", "share", "forecast"]
    more = [
        "forecast_low",
        "forecast_high",
        "start",
        "end",
        "linked",
        "until",
        "back_to",
        "accrued",
    ]
    writer.writerow([*heading, *more])
    for status in table.statuses:
        budget = status.budget
        scope = " and ".join(f.text() for f in budget.scope)
        ahead = (status.forecast, status.forecast_low, status.forecast_high)
        figures = (status.spent, status.share, *ahead)
        texts = [budget.id, scope, budget.period, decimal_text(budget.amount) or ""]
        texts += [budget.currency, *(decimal_text(figure) or "" for figure in figures)]
        texts += [str(status.window.start), str(status.window.end)]
        texts.append(f"{budget.link.cloud}:{budget.link.name}" if budget.link else "")
        ending = budget.ending
        texts += [str(ending.until), decimal_text(ending.back_to) or ""] if ending else ["", ""]
        mine = status.accrued.amounts.get(budget.currency) if status.accrued else None
        texts.append(decimal_text(mine) or "")
        writer.writerow([harmless(text) for text in texts])
    return out.getvalue()


def estimate_remark(table: BudgetTable) -> str:
    """What `likely` means, where it is said."""
    if not any(status.likely for status in table.statuses):
        return ""
    return "What is expected is an estimate; four of five end within what is likely"


def accrued_text(status: BudgetStatus) -> str:
    """`about $2,310 accrued since Nov 20 (estimate)`; empty where nothing has."""
    if status.accrued is None:
        return ""
    day = day_text(status.accrued.since, year=status.window.last.year)
    return f"{status.accrued.about} accrued since {day} (estimate)"


def accrued_remark(table: BudgetTable) -> str:
    """What `accrued` means, where it is said, and how old it is."""
    found = [status.accrued for status in table.statuses if status.accrued]
    if not found:
        return ""
    through = max(accrual.through for accrual in found)
    until = f"{day_text(through.date(), year=through.year)}, {through:%H:%M} UTC"
    return (
        "Accrued is price × running time of what no bill shows whole yet, metered until "
        f"{until}: an estimate, in no share here; part of it may be billed already."
    )


def title_of(status: BudgetStatus) -> str:
    """`team=ml a month`."""
    return clean(status.budget.title)


def ending_text(status: BudgetStatus) -> str:
    """`until Dec 15, then back to $100,000.00`; empty where the amount holds."""
    budget = status.budget
    if budget.ending is None:
        return ""
    day = day_text(budget.ending.until, year=status.window.last.year)
    return f"until {day}, then back to {money_text(budget.ending.back_to, budget.currency)}"


def expected_text(status: BudgetStatus) -> str:
    """What the whole period will come to, how sure that is, and whether it is too much."""
    budget = status.budget
    if status.forecast is None:
        return "too little is known yet to say what to expect"
    expected = f"about {about_text(status.forecast, budget.currency)} expected"
    if status.likely:
        expected += f" ({status.likely})"
    over = status.forecast - budget.amount
    if over > 0:
        return f"{expected}, {about_text(over, budget.currency)} over"
    return expected


def _one(status: BudgetStatus) -> tuple[str, str]:
    budget = status.budget
    amount = money_text(budget.amount, budget.currency)
    ending = ending_text(status)
    if status.spent is None:
        said = f" {ending}" if ending else ""
        return amount, f"{said} for {title_of(status)}; what is spent of it is not known."
    share = "" if status.share is None else f" ({percent_text(status.share)})"
    spent = money_text(status.spent, budget.currency)
    holds = f" The amount holds {ending}." if ending else ""
    besides = f" Besides, {accrued}." if (accrued := accrued_text(status)) else ""
    said = f" of {amount}{share} for {title_of(status)}; {expected_text(status)}."
    return spent, f"{said}{besides}{holds}"


def _about(amount: Decimal | None, currency: str) -> str:
    return UNKNOWN if amount is None else about_text(amount, currency)


def _fullest(status: BudgetStatus) -> str:
    if status.share is None:
        return ""
    return f" Fullest: {title_of(status)}, {percent_text(status.share)} of {_of(status)}."


def _of(status: BudgetStatus) -> str:
    return money_text(status.budget.amount, status.budget.currency)
