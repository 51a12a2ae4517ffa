"""That a budget's exception ends, as a Slack message: when, what to, and how to ask for longer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from bot.blocks import (
    TEXT_LIMIT,
    Block,
    Message,
    actions_block,
    button,
    clip,
    fallback,
    rich_block,
    text_part,
)
from bot.cards import person
from bot.figures import clean, day_text, percent_text
from tools.budgets import cloud_name
from tools.core.budget import BudgetStatus, Ending
from tools.core.money import money_text
from tools.gate.roster import is_user

LONGER, BACK = "purser.exception.longer", "purser.exception.back"
MORE = timedelta(days=14)  # that the button asks for; the card's Edit takes another day


class Standing(StrEnum):
    """How far an exception is."""

    SOON = "soon"
    OVER = "over"
    ASKED = "asked"  # it is over, and falls back only with an approval


class Lapse(NamedTuple):
    """An exception that ends.

    Args:
        status: the budget with its exception, and where it stands.
        ending: of the exception.
        standing: how far it is.
        now: the time.
    """

    status: BudgetStatus
    ending: Ending
    standing: Standing
    now: datetime

    @property
    def longer(self) -> date:
        """The day until which the button asks for it."""
        return max(self.ending.until, self.now.date()) + MORE


def lapse_message(lapse: Lapse) -> Message:
    """The whole message."""
    number, rest = _opening(lapse)
    owner = lapse.status.budget.owner
    named = [person(owner), text_part(", this budget is yours. ")] if is_user(owner) else []
    stands = _stands(lapse)
    blocks = (
        rich_block(text_part(number, bold=True), text_part(clip(rest, TEXT_LIMIT))),
        *((rich_block(*named, text_part(stands)),) if named or stands else ()),
        *actions_block([*_buttons(lapse)]),
    )
    mention = f" <@{owner}>" if named else ""
    return Message(f"{fallback(f'{number}{rest} {stands}'.strip())}{mention}", blocks)


def _opening(lapse: Lapse) -> tuple[str, str]:
    budget, title = lapse.status.budget, clip(clean(lapse.status.budget.title), 300)
    now, back = _money(lapse, budget.amount), _money(lapse, lapse.ending.back_to)
    day = day_text(lapse.ending.until, year=lapse.now.year)
    match lapse.standing:
        case Standing.SOON:
            how = f"falls back from {now} to {back}"
            if budget.link:
                how = f"is to go back from {now} to {back}, which takes an approval then"
            return _when(lapse), f", on {day} (UTC), the budget for {title} {how}."
        case Standing.OVER:
            return back, f" again is the budget for {title}: its exception of {now} ended on {day}."
        case _:
            cloud = cloud_name(budget)
            return back, (
                f" was to be the budget for {title} again from {day}. It is {now} still, because "
                f"I change the budget in {cloud} only with an approval."
            )


def _when(lapse: Lapse) -> str:
    days = (lapse.ending.until - lapse.now.date()).days
    return "Tomorrow" if days == 1 else f"In {days} days"


def _stands(lapse: Lapse) -> str:
    """What is spent, of what it falls back to."""
    spent, back = lapse.status.spent, lapse.ending.back_to
    if spent is None:
        return "What is spent of it so far is not known."
    share = percent_text(spent / back)
    said = f"Spent so far: {_money(lapse, spent)}, {share} of {_money(lapse, back)}"
    return f"{said}: more than there is." if spent > back else f"{said}."


def _buttons(lapse: Lapse) -> Iterator[Block]:
    budget = lapse.status.budget
    if lapse.standing is Standing.ASKED:
        label = f"Set it back to {_money(lapse, lapse.ending.back_to, places=0)}"
        value = f"{budget.id} {lapse.ending.back_to:f}"
        yield button(label, BACK, value=value, style="primary")
    day = day_text(lapse.longer, year=lapse.now.year)
    value = f"{budget.id} {budget.amount:f} {lapse.longer}"
    yield button(f"Ask for it until {day}", LONGER, value=value)


def _money(lapse: Lapse, amount: Decimal, *, places: int | None = None) -> str:
    return money_text(amount, lapse.status.budget.currency, places=places)
