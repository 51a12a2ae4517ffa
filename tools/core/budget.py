"""A budget, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from tools.core.periods import Period
from tools.core.query import Filter


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

    @property
    def title(self) -> str:
        """`team=ml a month`, as people read it."""
        conditions = " and ".join(f.text() for f in self.scope) or "everything"
        return f"{conditions} a {self.period}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetStatus:
    """Where a budget stands.

    Args:
        budget: which.
        window: its current period.
        spent: effective cost of it so far, in the budget's currency; None where currencies differ
            or nothing could be asked.
        share: of the amount, 0 to 1 and above.
        forecast: of the whole period at the pace so far, an estimate; None before there is a pace.
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
