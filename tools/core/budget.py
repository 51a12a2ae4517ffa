"""A budget, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from tools.core.accrual import Accrual
from tools.core.conditions import conditions_text, read_conditions
from tools.core.errors import InputError
from tools.core.money import about_text
from tools.core.periods import Period, Unit
from tools.core.query import Filter

MOST = Decimal(10) ** 15  # amounts are less
PERIODS = (Unit.MONTH, Unit.QUARTER, Unit.YEAR)
_KEPT, _NEW, _NOBODY = "budget/", "budget/new/", "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudLink:
    """The cloud's own budget that one of ours is linked to.

    Args:
        cloud: `aws` or `gcp`.
        account: AWS account id, or Google billing account id.
        name: the budget's name there (AWS), or its resource name (Google).
    """

    cloud: str
    account: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """That a budget's amount holds for a time: an exception, as somebody approved it.

    Args:
        until: the first day on which it does not hold any more, UTC.
        back_to: the amount that holds from then on, which is less.
        deed: key of the approved deed that allowed it; empty before it is done.
    """

    until: date
    back_to: Decimal
    deed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """A budget as the ledger has it.

    Args:
        id: names it: the target `budget/<id>` of a proposal.
        scope: what it covers, as conditions on dimensions; empty for everything.
        period: `month`, `quarter` or `year`, of the calendar, UTC.
        amount: of each period.
        currency: of the amount.
        owner: Slack user id, or empty.
        channel: Slack channel id for its alerts, or empty.
        approvers: user or group ids who may approve changes, besides what policy says.
        link: the cloud's budget it is linked to.
        version: counts changes.
        at: when it was last changed.
        ending: until when its amount holds; None where it holds until somebody changes it.
    """

    id: str
    scope: tuple[Filter, ...]
    period: str
    amount: Decimal
    currency: str
    owner: str = ""
    channel: str = ""
    approvers: tuple[str, ...] = ()
    link: CloudLink | None = None
    version: int = 1
    at: datetime | None = None
    ending: Ending | None = None

    @property
    def usual(self) -> Decimal:
        """What the amount is without an exception."""
        return self.ending.back_to if self.ending else self.amount

    @property
    def title(self) -> str:
        """`team=ml a month`, as people read it."""
        return f"{conditions_text(self.scope)} a {self.period}"

    @property
    def target(self) -> str:
        """How a proposal names it; one that is not kept yet (no id) by all that makes it up.

        `budget/3f9c…`, `budget/new/month/USD/U0ADA/team=ml`.
        """
        if self.id:
            return _KEPT + self.id
        parts = (self.period, self.currency, self.owner or _NOBODY, conditions_text(self.scope))
        return _NEW + "/".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetStatus:
    """Where a budget stands.

    Args:
        budget: which.
        window: its current period.
        spent: effective cost of it so far, in the budget's currency; None where currencies differ
            or nothing could be asked.
        share: of the amount, 0 to 1 and above.
        forecast: of the whole period, an estimate; None before there is enough to go by.
        forecast_low: with `forecast_high`, where four of five periods end.
        forecast_high: see `forecast_low`.
        accrued: of its machines, on days without a whole bill: an estimate, in no figure here.
        complete_through: the last day complete in every source it touches.
        drift: what the cloud's budget says otherwise, in one sentence; empty where it agrees.
    """

    budget: Budget
    window: Period
    spent: Decimal | None = None
    share: Decimal | None = None
    forecast: Decimal | None = None
    complete_through: date | None = None
    drift: str = ""
    forecast_low: Decimal | None = None
    forecast_high: Decimal | None = None
    accrued: Accrual | None = None

    @property
    def likely(self) -> str:
        """`likely $7,112 to $7,888`: where four of five periods end; empty where that is one."""
        low, high, currency = self.forecast_low, self.forecast_high, self.budget.currency
        if low is None or high is None:
            return ""
        ends = (about_text(low, currency), about_text(high, currency))
        return f"likely {ends[0]} to {ends[1]}" if ends[0] != ends[1] else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetTable:
    """The answer of `list_budgets`.

    Args:
        asked: what was asked, as `/budget` takes it.
        statuses: the fullest first.
        as_of: when the newest of the bills was loaded.
        notes: sentences a reader must know.
    """

    asked: str
    statuses: tuple[BudgetStatus, ...]
    as_of: datetime | None = None
    notes: tuple[str, ...] = field(default=())


def read_target(target: str) -> str | Budget:
    """The id in a proposal's target, or the budget that is to be made, with no amount yet.

    Raises:
        InputError: it names no budget.
    """
    new = target.removeprefix(_NEW).split("/", 3) if target.startswith(_NEW) else []
    if len(new) == 4 and new[0] in PERIODS:
        period, currency, owner, scope = new
        return Budget(
            id="",
            scope=read_conditions(scope),
            period=period,
            amount=Decimal(0),
            currency=currency,
            owner="" if owner == _NOBODY else owner,
        )
    id = target.removeprefix(_KEPT)
    if id == target or not id or "/" in id:
        raise InputError("That is no id of a budget; take one from /budget.")
    return id
