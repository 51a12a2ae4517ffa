"""Budgets that hold for a time: what a change says of its end, and what the card says of it.

An exception is a raise with a day on which it is over. What the budget falls back to then is what
it is without the exception, so that nothing is left of it that nobody approved.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation

from tools.core.budget import Budget, Ending
from tools.core.errors import InputError
from tools.core.money import money_text

UNTIL, BACK = "until", "then back to"  # facts of a budget that holds for a time
ANNOUNCED = "announced in its channel two days before"


def ending_facts(budget: Budget) -> Iterator[tuple[str, str]]:
    """What its card says of its end; nothing where it has none."""
    if budget.ending:
        yield UNTIL, budget.ending.until.isoformat()
        yield BACK, f"{budget.ending.back_to:f}"


def ending_said(
    after: Mapping[str, str | None], *, was: Budget, amount: Decimal, today: date
) -> Ending | None:
    """The end that a change sets; None where the amount is to hold until somebody changes it.

    Args:
        after: the facts as they shall read; what it falls back to need not be among them.
        was: the budget as it stands.
        amount: the new one.
        today: UTC.

    Raises:
        InputError: that is no end.
    """
    said, back = after.get(UNTIL), after.get(BACK)
    if said is None:
        if back is not None:
            raise InputError("Say until when it holds, such as 2026-12-15.")
        return None
    until, usual = _day(said), was.usual if back is None else _money(back)
    if until <= today:
        raise InputError(f"An exception ends on a day to come; {until} is not.")
    if amount <= usual:
        raise InputError(
            "Only a raise takes an end, and then falls back: the budget for "
            f"{was.title} is {money_text(usual, was.currency)} without it."
        )
    return Ending(until=until, back_to=usual)


def ending_changes(was: Budget, ending: Ending | None) -> dict[str, str | None]:
    """The facts about its end as they shall read; none where it neither has nor gets one."""
    if not was.ending and not ending:
        return {}
    until, back = (ending.until.isoformat(), f"{ending.back_to:f}") if ending else (None, None)
    return {UNTIL: until, BACK: back}


def is_same_end(was: Budget, ending: Ending | None) -> bool:
    """Whether the change leaves the end as it is."""
    return dict(ending_facts(was)) == {n: v for n, v in ending_changes(was, ending).items() if v}


def ending_notes(was: Budget, ending: Ending | None, *, cloud: str) -> Iterator[str]:
    """What happens on the day, in a sentence.

    Args:
        was: the budget as it stands.
        ending: of the change.
        cloud: the cloud whose budget it is linked to; empty where it is linked to none.
    """
    if ending is None:
        if was.ending:
            yield (
                f"It does not fall back on {_text(was.ending.until)} any more: the new amount "
                "holds until somebody changes it."
            )
        return
    day, back = _text(ending.until), money_text(ending.back_to, was.currency)
    if cloud:
        yield (
            f"On {day} it does not fall back by itself, because Purser changes the budget in "
            f"{cloud} only with an approval: its owner is asked then to set both back to {back}."
        )
    else:
        yield f"On {day}, UTC, it falls back to {back} by itself, {ANNOUNCED}."


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise InputError("That is no day; write it like 2026-12-15.") from None


def _money(text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        raise InputError("That is no amount; write it like 20000.") from None
    if not amount.is_finite() or amount <= 0:
        raise InputError("A budget is more than zero.")
    return amount


def _text(day: date) -> str:
    return f"{day:%b} {day.day}, {day.year}"
