"""What a deed does to costs: pure arithmetic on what was seen."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

from tools.clouds.resources import Verb
from tools.gate.budget_ends import BACK
from tools.gate.proposals import Target
from tools.gate.timetable import SCHEDULE, Timetable

DAY = Decimal(24)  # hours
MONTH = Decimal(730)  # hours, as the clouds count them


def hourly_effect(target: Target) -> Decimal | None:
    """What one deed adds to (saves of, negative) an hour's cost; None where no price is known."""
    sight = target.sight
    match target.deed.verb:
        case Verb.TAG | Verb.BUDGET:
            return Decimal(0)
        case Verb.START:
            return sight.hourly
        case Verb.SCALE:
            return _scaled(target)
        case Verb.SCHEDULE:
            return _on_a_timetable(target)
    # It stops or ends. What one that stands still goes on costing is not known.
    is_running = sight.facts.get("state") != "stopped"
    return -sight.hourly if sight.hourly is not None and is_running else None


def monthly_effect(target: Target) -> Decimal | None:
    """The same for 730 hours."""
    hourly = hourly_effect(target)
    return None if hourly is None else hourly * MONTH


def total_effect(targets: Sequence[Target], *, hours: Decimal) -> Decimal | None:
    """What all deeds do to the cost of so many hours; None where one price is not known.

    Prices in several currencies have no sum either.
    """
    effects = [hourly_effect(target) for target in targets]
    known = [effect for effect in effects if effect is not None]
    if len(known) < len(effects) or len({target.sight.currency for target in targets}) > 1:
        return None
    return sum(known, Decimal(0)) * hours


def stake(targets: Sequence[Target]) -> Decimal | None:
    """The money a month that is at stake: what each deed changes, whichever way, added up.

    What one of them saves makes up for nothing that another one costs. None where one is not
    known, or they are in several currencies.
    """
    weights = [weight(target) for target in targets]
    known = [each for each in weights if each is not None]
    if len(known) < len(weights) or len({target.sight.currency for target in targets}) > 1:
        return None
    return sum(known, Decimal(0))


def weight(target: Target) -> Decimal | None:
    """What one deed weighs: its effect on costs a month; of a budget, its change.

    What prolongs an exception, or makes it stay, weighs all that is above what it was to fall to.
    A timetable weighs what a stop does.
    """
    if target.deed.verb is Verb.SCHEDULE:
        hourly = target.sight.hourly
        return None if hourly is None else abs(hourly) * MONTH
    if target.deed.verb is not Verb.BUDGET:
        effect = monthly_effect(target)
        return None if effect is None else abs(effect)
    try:
        usual = Decimal(target.sight.facts.get(BACK) or target.sight.facts.get("amount", ""))
        amount = Decimal(target.deed.after.get("amount") or "")
        return max(abs(_change(target, "amount")), abs(amount - usual))
    except (ArithmeticError, ValueError):
        return None


def _scaled(target: Target) -> Decimal | None:
    """The price of a group is that of all that runs in it; of an empty one there is none."""
    try:
        change, before = _change(target, "capacity"), Decimal(target.sight.facts["capacity"])
    except (ArithmeticError, ValueError, KeyError):
        return None
    if not change:
        return Decimal(0)
    if target.sight.hourly is None or before <= 0:
        return None
    return target.sight.hourly * change / before


def _on_a_timetable(target: Target) -> Decimal | None:
    """On the average of a week; what people start themselves is off for nobody knows how long."""
    text, hourly = target.deed.after.get(SCHEDULE), target.sight.hourly
    if not text:
        return Decimal(0)
    share = Timetable.parse(text).share_off()
    return None if share is None or hourly is None else -hourly * share


def _change(target: Target, fact: str) -> Decimal:
    before, after = target.sight.facts.get(fact, ""), target.deed.after.get(fact) or ""
    change = Decimal(after) - Decimal(before)
    if not change.is_finite():
        raise InvalidOperation
    return change
