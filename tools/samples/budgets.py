"""The sample company's budgets, near what its bills say, so that there is something to see."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from tools.core.budget import Budget
from tools.core.clock import today
from tools.core.conditions import read_conditions
from tools.core.context import Context
from tools.core.periods import Current, Earlier, Unit
from tools.core.query import Query
from tools.core.results import CostTable
from tools.costs import cost_by
from tools.gate.people import Actor
from tools.ledger.budgets import BudgetRecords

SAMPLE = Actor("purser", via="sample")
ADA, BEN, CHLOE = "U0ADAPARK0", "U0BENORTIZ", "U0CHLOEW00"
FINOPS, RESEARCH = "C0FINOPS00", "C0MLRESRCH"


_YOUNG = 10  # days of a month, whose cost is no measure yet


class _Plan(NamedTuple):
    """A budget as a share of what was paid: last month, or this one so far."""

    scope: str
    share: Decimal
    owner: str
    channel: str
    period: Unit = Unit.MONTH
    is_of_this_month: bool = False


PLANS = (
    _Plan("everything", Decimal("1.05"), CHLOE, FINOPS),
    _Plan("team=ml-research", Decimal("0.85"), ADA, RESEARCH),
    _Plan("team=search", Decimal("0.85"), CHLOE, FINOPS, is_of_this_month=True),  # exceeded
    _Plan("team=platform and env=prod", Decimal("3.3"), BEN, FINOPS, Unit.QUARTER),
)


def write_budgets(records: BudgetRecords, *, context: Context) -> None:
    """Make those that are not there; what somebody changed stays."""
    for plan in PLANS:
        scope = read_conditions(plan.scope)
        if records.of(scope, plan.period) is None and (paid := _paid(plan, context)) > 0:
            new = Budget(
                id="",
                scope=scope,
                period=plan.period.value,
                amount=_round(paid * plan.share),
                currency="USD",
                owner=plan.owner,
                channel=plan.channel,
            )
            records.create(new, actor=SAMPLE)


def _paid(plan: _Plan, context: Context) -> Decimal:
    """This month so far where that is wanted and it is not young, else last month."""
    filters = read_conditions(plan.scope)
    months = (Current(Unit.MONTH), Earlier(Unit.MONTH))
    is_told = plan.is_of_this_month and today(context.clock).day > _YOUNG
    for period in months if is_told else months[1:]:
        found = cost_by(Query(period=period, filters=filters), context=context)
        if isinstance(found, CostTable) and found.total:
            return found.total
    return Decimal(0)


def _round(amount: Decimal) -> Decimal:
    """To two digits, as people set budgets: 43 000."""
    step = Decimal(1).scaleb(max(0, amount.adjusted() - 1))
    return max(step, (amount / step).quantize(Decimal(1)) * step).quantize(Decimal(1))
