"""Budgets: where they stand, and what a proposal to change one is about."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from tools.clouds.budgets import CloudBudget, CloudBudgets
from tools.core.accrual import Accrual
from tools.core.budget import PERIODS, Budget, BudgetStatus, BudgetTable
from tools.core.clock import today
from tools.core.conditions import conditions_text, lies_within, plain_scope, read_conditions
from tools.core.context import Context
from tools.core.errors import InputError, PurserError, RefusedError, UnavailableError
from tools.core.money import money_text
from tools.core.periods import DAY, AllTime, Between, Period, Unit, shift, unit_start
from tools.core.query import Filter, Op, Query
from tools.core.results import CostTable
from tools.gate.roster import is_user

if TYPE_CHECKING:
    from tools.ledger.budgets import BudgetRecords
    from tools.watch.forecast import Forecast

CLOUDS = {"aws": "AWS", "gcp": "Google Cloud"}
_TOGETHER = 100  # budgets whose days are read in one statement
_SHARE = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Budgets:
    """The budgets of the ledger, and those of the clouds that some are linked to.

    Args:
        records: the ledger's.
        clouds: by the `cloud` of a link.
    """

    records: BudgetRecords
    clouds: Mapping[str, CloudBudgets] = field(default_factory=dict)

    def cloud(self, budget: Budget) -> CloudBudgets:
        """The cloud that a linked budget is linked to.

        Raises:
            UnavailableError: it is not configured.
        """
        link = budget.link
        found = self.clouds.get(link.cloud) if link else None
        if found is None:
            raise UnavailableError(
                f"{cloud_name(budget)}, which the budget for {budget.title} is linked to, is not "
                "set up here; name the account under [clouds] in purser.toml."
            )
        return found

    def in_cloud(self, budget: Budget) -> CloudBudget | None:
        """The cloud's own budget as it is now; None where none is linked.

        Raises:
            InputError: there is none of that name any more.
            RefusedError: it may not be read.
            UnavailableError: the cloud does not answer, or is not configured.
        """
        return self.cloud(budget).read(budget.link) if budget.link else None


def list_budgets(where: Sequence[Filter] = (), *, context: Context) -> BudgetTable:
    """Which budgets there are, what is spent of each so far, and what the period comes to.

    Args:
        where: conditions on dimensions, such as team; only budgets that lie within them.
        context: the bills and budgets, under the asker's scope.

    Returns:
        The budgets that the asker may see, the fullest first. What is expected is an estimate.

    Raises:
        UnavailableError: there is no ledger.
    """
    found = [b for b in seen(context) if lies_within(b.scope, where)]
    looks = [_look(budget, context) for budget in found]
    ahead = _accruing(_ahead([look.status for look in looks], context), context)
    statuses = sorted(ahead, key=_fullest)
    notes = [note for look in looks for note in look.notes]
    if not context.scope.is_everything:
        notes.append(f"Only budgets within {context.scope.text()} are shown.")
    if not found and where:
        notes.append(f"No budget lies within {conditions_text(where)}.")
    return BudgetTable(
        asked=conditions_text(where) if where else "",
        statuses=tuple(statuses),
        as_of=max((look.as_of for look in looks if look.as_of), default=None),
        notes=tuple(dict.fromkeys(notes)),
    )


def _accruing(statuses: Iterable[BudgetStatus], context: Context) -> Iterator[BudgetStatus]:
    """With what has accrued since the last whole bill."""
    from tools.accrued import accrued, metered

    found = metered(context)
    for status in statuses:
        accrual = accrued(found, status.budget.scope, days=status.window)
        yield replace(status, accrued=accrual) if accrual else status


def accrued_of(budget: Budget, *, context: Context) -> Accrual | None:
    """The same of one budget, in its current period."""
    from tools.accrued import accrued, metered

    window = window_of(budget, day=today(context.clock))
    return accrued(metered(context), budget.scope, days=window)


def seen(context: Context) -> tuple[Budget, ...]:
    """The budgets that lie within what the asker may see.

    Raises:
        UnavailableError: there is no ledger.
    """
    every = of_context(context).records.all()
    return tuple(b for b in every if lies_within(b.scope, context.scope.filters))


def of_context(context: Context) -> Budgets:
    """The budgets a tool was handed.

    Raises:
        UnavailableError: there is no ledger.
    """
    if context.budgets is None:
        raise UnavailableError("There are no budgets here: no ledger is open.")
    return context.budgets


def status_of(budget: Budget, *, context: Context) -> BudgetStatus:
    """Where a budget stands by the bills, under the asker's scope; without a look at its cloud."""
    (status,) = statuses_of([budget], context=context)
    return status


def statuses_of(budgets: Iterable[Budget], *, context: Context) -> tuple[BudgetStatus, ...]:
    """The same of many, in their order."""
    return tuple(_ahead([_spent(budget, context).status for budget in budgets], context))


def _ahead(statuses: Sequence[BudgetStatus], context: Context) -> list[BudgetStatus]:
    """With forecasts, of those whose spending is known; the bills are read once for many."""
    alike: dict[tuple[Period, frozenset[str]], list[int]] = {}
    for place, status in enumerate(statuses):
        if status.spent is not None:
            names = frozenset(f.dimension for f in status.budget.scope)
            alike.setdefault((status.window, names), []).append(place)
    made = list(statuses)
    for (window, _), places in alike.items():
        for start in range(0, len(places), _TOGETHER):
            some = places[start : start + _TOGETHER]
            found = _forecasts([made[n].budget for n in some], window, context)
            for place, ahead in zip(some, found, strict=True):
                if ahead is not None:
                    made[place] = replace(
                        made[place],
                        forecast=ahead.point,
                        forecast_low=ahead.low,
                        forecast_high=ahead.high,
                    )
    return made


def _forecasts(
    budgets: Sequence[Budget], window: Period, context: Context
) -> Iterator[Forecast | None]:
    """What the window comes to for each, under the asker's scope."""
    from tools.lake.day_costs import scopes_day_costs
    from tools.watch.forecast import MOST, forecast

    # Of a moment that is over, nothing is known that came after it.
    end = min(window.end, today(context.clock) + DAY)
    known = Period(window.start - MOST * DAY, end)
    scopes = [budget.scope for budget in budgets]
    for budget, found in zip(budgets, scopes_day_costs(context, scopes, period=known), strict=True):
        mine = next((series for series in found if series.currency == budget.currency), None)
        through = mine.complete_through if mine else None
        if mine is None or through is None:
            yield None
        else:
            yield forecast(mine.days, window=window, complete_through=through)


def drift_between(budget: Budget, there: CloudBudget) -> str:
    """What the cloud's budget says otherwise, in one sentence; empty where both agree."""
    name = cloud_name(budget)
    if there.amount is None:
        return f"In {name} the amount is worked out anew each period, so the two cannot agree."
    if there.currency != budget.currency:
        return f"In {name} it is in {there.currency}, here in {budget.currency}."
    if there.period != budget.period:
        return f"In {name} it is of a {there.period}, here of a {budget.period}."
    if there.amount == budget.amount:
        return ""
    theirs, ours = (money_text(amount, budget.currency) for amount in (there.amount, budget.amount))
    return f"In {name} it is {theirs}, here {ours}."


def cloud_name(budget: Budget) -> str:
    """The cloud of a linked budget as people call it."""
    return CLOUDS.get(budget.link.cloud, budget.link.cloud) if budget.link else "no cloud"


def target_of(budget: str, *, context: Context) -> str:
    """The target of a proposal about a budget.

    Args:
        budget: its id; its scope, also with a period, such as `team=ml` or `team=ml a quarter`;
            a value in its scope, such as `ml`. A scope without a budget is for a new one, of a
            month where no period is said, owned by who asks.
        context: the bills and budgets, under the asker's scope.

    Raises:
        InputError: it names no budget, or several.
        RefusedError: its scope lies outside of what the asker may see.
        UnavailableError: there is no ledger.
    """
    found = found_by(budget, context=context)
    if found:
        return found.target
    scope, period = _scope_said(budget)
    if not lies_within(scope, context.scope.filters):
        raise RefusedError(
            f"You see {context.scope.text()} here, and a budget for {conditions_text(scope)} goes "
            "beyond that."
        )
    return _new(scope, period or Unit.MONTH, context).target


def found_by(budget: str, *, context: Context) -> Budget | None:
    """The budget of an id, a scope or a value in one; None where a scope has none yet.

    Raises:
        InputError: it is none of these, or several budgets fit.
        UnavailableError: there is no ledger.
    """
    text, every = budget.strip(), seen(context)
    by_id = [b for b in every if text in (b.id, b.target)]
    by_value = [b for b in every if text.lower() in _values(b)]
    if by_id or by_value:
        return _only(by_id or by_value)
    scope, period = _scope_said(text)
    same = [b for b in every if plain_scope(b.scope) == plain_scope(scope)]
    fitting = [b for b in same if period in ("", b.period)]
    return _only(fitting) if fitting else None


def _only(found: Sequence[Budget]) -> Budget:
    if len(found) > 1:
        named = "; ".join(f"{b.title} ({b.id})" for b in found)
        raise InputError(f"Several budgets fit: {named}. Name one by its id.")
    return found[0]


def _values(budget: Budget) -> set[str]:
    return {value.lower() for f in budget.scope if f.op is Op.IS for value in f.values}


def _scope_said(text: str) -> tuple[tuple[Filter, ...], str]:
    """Scope and period of `team=ml a quarter`; the period is empty where none is said."""
    for period in PERIODS:
        head = text.strip().removesuffix(f" a {period}")
        if head != text.strip():
            return read_conditions(head), period
    return read_conditions(text), ""


def _new(scope: tuple[Filter, ...], period: str, context: Context) -> Budget:
    """A budget that is to be made; its dimensions exist, and its charges are in one currency."""
    from tools.costs import cost_by

    if not conditions_text(scope).isprintable() or any(f.values == ("",) for f in scope):
        raise InputError("A budget's scope takes plain names, such as team=ml.")
    found = cost_by(Query(period=AllTime(), filters=scope), context=context)
    report = context.lake.settings.currency.report
    charged = sorted(found.by_currency) if isinstance(found, CostTable) else []
    if report is None and len(charged) > 1:
        raise InputError(
            f"Its charges are in {' and '.join(charged)}; set [currency] report in purser.toml, so "
            "that one budget can cover them."
        )
    currency = report or (charged[0] if charged else "USD")
    owner = context.asker.user if is_user(context.asker.user) else ""
    return Budget(
        id="", scope=scope, period=period, amount=Decimal(0), currency=currency, owner=owner
    )


@dataclass(frozen=True, slots=True)
class _Look:
    """A status, when its bills were loaded, and what a reader must know of it."""

    status: BudgetStatus
    as_of: datetime | None = None
    notes: tuple[str, ...] = ()


def _look(budget: Budget, context: Context) -> _Look:
    look = _spent(budget, context)
    if budget.link is None:
        return look
    try:
        there = of_context(context).in_cloud(budget)
    except PurserError as error:
        note = f"{budget.title}: its budget in {cloud_name(budget)} was not read. {error.sentence}"
        return replace(look, notes=(*look.notes, note))
    drift = drift_between(budget, there) if there else ""
    return replace(look, status=replace(look.status, drift=drift))


def _spent(budget: Budget, context: Context) -> _Look:
    from tools.costs import cost_by

    window = window_of(budget, day=today(context.clock))
    empty = BudgetStatus(budget=budget, window=window)
    # Whatever was charged by today counts, of days that are not complete, too.
    charged = Between(window.start, min(window.end, today(context.clock) + DAY))
    query = Query(period=charged, filters=budget.scope)
    try:
        found = cost_by(query, context=context)
    except PurserError as error:  # a dimension that is not configured any more
        return _Look(empty, notes=(f"{budget.title}: {error.sentence}",))
    if not isinstance(found, CostTable):
        return _Look(empty, notes=(f"{budget.title}: no charge matches in this {budget.period}.",))
    if found.currency != budget.currency or found.total is None:
        return _Look(empty, as_of=found.as_of, notes=(_other_money(budget, found),))
    notes = tuple(f"{budget.title}: {note}" for note in found.notes)
    return _Look(_status(budget, found, window), as_of=found.as_of, notes=notes)


def _status(budget: Budget, found: CostTable, window: Period) -> BudgetStatus:
    spent = (found.total or Decimal(0)) + (found.tail or Decimal(0))
    return BudgetStatus(
        budget=budget,
        window=window,
        spent=spent,
        share=(spent / budget.amount).quantize(_SHARE),
        complete_through=found.complete_through,
    )


def window_of(budget: Budget, *, day: date) -> Period:
    """The calendar period of a budget that holds a day."""
    unit = Unit(budget.period)
    start = unit_start(day, unit)
    return Period(start, shift(start, unit, 1))


def _other_money(budget: Budget, found: CostTable) -> str:
    charged = " and ".join(sorted(found.by_currency)) or "no currency"
    return (
        f"{budget.title}: it is in {budget.currency} and its charges are in {charged}, so what is "
        "spent is not known; [currency] in purser.toml can bring them together."
    )


def _fullest(status: BudgetStatus) -> tuple[bool, Decimal, str]:
    return status.share is None, -(status.share or Decimal(0)), status.budget.title
