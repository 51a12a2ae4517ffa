"""What a digest says, as facts: every figure is an answer of a tool, under the channel's scope."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import NamedTuple

from tools.core.budget import BudgetStatus, BudgetTable
from tools.core.clock import FixedClock, today
from tools.core.conditions import conditions_text, lies_within, plain_scope
from tools.core.context import Context
from tools.core.dimensions import BUILT_IN
from tools.core.errors import PurserError
from tools.core.machines import Machines
from tools.core.periods import DAY, Between, Period, Unit, shift, unit_start
from tools.core.query import Against, Filter, Grain, Metric, MetricKind, Op, Query
from tools.core.results import Change, CostTable, Row
from tools.gate.proposals import Proposal
from tools.watch.accrual import Burning
from tools.watch.headline import Headline, Pace, costs, headline, lately, month_before, named
from tools.watch.lateness import Late, late_sources
from tools.watch.outgoing import Sent
from tools.watch.reconciled import Error

QUIET = Decimal("0.1")  # of what is usual: a day that differs by less, in all and in parts
CHART_DAYS = 30
GROUPS = 8
BUDGETS = 50  # so many are looked at, one question to the bills for each
_MILLION = 1_000_000
_ZERO = Decimal(0)


class ModelCost(NamedTuple):
    """What a model cost, and what a million of its tokens did.

    Args:
        name: of the model; None for what sums the rest.
        cost: effective cost.
        currency: of both.
        per_million: None where its bill counts no tokens.
    """

    name: str | None
    cost: Decimal
    currency: str | None
    per_million: Decimal | None = None


class Untagged(NamedTuple):
    """What carries no value of a dimension."""

    dimension: str
    cost: Decimal
    share: Decimal
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """Everything a digest says.

    Args:
        pace: how often it comes.
        where: what the channel is about, and may see.
        today: the day it is said on.
        headline: the number it begins with.
        change: why it is more or less than usual.
        month: the month of the headline's last day, up to that day, against the same days before.
        budgets: the budgets within the scope.
        groups: by team, or by what there is in its place.
        untagged: what carries no value of that dimension.
        models: what models cost, the dearest first.
        idle: what runs and is not used; None where no cloud is configured.
        decided: proposals that have ended since the last digest.
        undelivered: what was to be said and did not arrive.
        chart: the thirty days up to the headline's last.
        late: sources further behind than usual.
        accrued: what running machines cost that no bill shows yet; an estimate. None where it is
            not known.
        errors: by currency, how far the estimates of a month's days were from their bills.
        is_told: the last digest was about the same day and said the same: nothing came in since.
        notes: sentences on what could not be looked at.
    """

    pace: Pace
    where: tuple[Filter, ...]
    today: date
    headline: Headline
    month: CostTable | None = None
    change: Change | None = None
    budgets: BudgetTable | None = None
    groups: CostTable | None = None
    untagged: Untagged | None = None
    models: tuple[ModelCost, ...] = ()
    idle: Machines | None = None
    decided: tuple[Proposal, ...] = ()
    undelivered: tuple[Sent, ...] = ()
    chart: CostTable | None = None
    late: tuple[Late, ...] = ()
    complete_through: date | None = None
    as_of: datetime | None = None
    accrued: Burning | None = None
    errors: Mapping[str, Error] = field(default_factory=dict)
    is_told: bool = False
    notes: tuple[str, ...] = field(default=())

    @property
    def budget(self) -> BudgetStatus | None:
        """The monthly budget that covers exactly what the channel is about."""
        same = plain_scope(self.where)
        statuses = self.budgets.statuses if self.budgets else ()
        mine = [s for s in statuses if plain_scope(s.budget.scope) == same]
        return next((s for s in mine if s.budget.period == Unit.MONTH), None)

    @property
    def strained(self) -> tuple[BudgetStatus, ...]:
        """The other budgets that are spent, or are expected to be."""
        statuses = self.budgets.statuses if self.budgets else ()
        return tuple(s for s in statuses if s is not self.budget and _is_strained(s))

    @property
    def is_quiet(self) -> bool:
        """Whether the day was like any other, in all and in its parts, or was told before."""
        if self.is_told:
            return True
        usual, difference = self.headline.usual, self.headline.difference
        if self.pace is not Pace.DAILY or usual is None or difference is None:
            return False
        named = [abs(part.amount) for part in (self.change.parts if self.change else ())]
        return max([abs(difference), *named]) <= QUIET * abs(usual)


def digest(
    pace: Pace,
    *,
    context: Context,
    where: Sequence[Filter] = (),
    decided: Sequence[Proposal] = (),
    undelivered: Sequence[Sent] = (),
) -> Digest | str:
    """The facts of a digest; a sentence where there is nothing to say yet.

    Args:
        pace: daily is about the last complete day, weekly about the last seven, monthly about the
            last month once its bills are closed.
        context: bills, clouds and budgets, under the channel's scope.
        where: what the channel is about.
        decided: proposals that have ended since the last one.
        undelivered: what was to be said and did not arrive.
    """
    where = tuple(dict.fromkeys((*where, *context.scope.filters)))
    days = lately(pace, context=context, where=where)
    if days is None:
        return "No charge matches what this channel is about."
    day = today(context.clock)
    if days.complete_through is None or days.is_partial:
        return "No day of the bills is complete yet."
    first = headline(pace, days, context=context, where=where)
    if first is None:
        last_month = shift(unit_start(day, Unit.MONTH), Unit.MONTH, -1)
        return f"The bills of {last_month:%B %Y} are not closed yet."
    found = Digest(
        pace=pace,
        where=where,
        today=day,
        headline=first,
        decided=tuple(decided),
        undelivered=tuple(undelivered),
        late=_late(days, context, where=where),
        complete_through=days.period.last,
        as_of=days.as_of,
    )
    return _with_clouds(_with_month(_with_change(found, context), context), context)


def _with_change(found: Digest, context: Context) -> Digest:
    """With what moved, and the chart."""
    from tools.changes import explain_change

    period, against = found.headline.period, found.headline.against
    first = period.last - (CHART_DAYS - 1) * DAY
    shown = Between(min(first, period.start), period.end)
    chart = costs(Query(period=shown, grain=Grain.DAY, filters=found.where), context)
    if against is None:
        return replace(found, chart=chart)
    compare = Against(named(against))
    asked = Query(period=named(period), filters=found.where, compare=compare)
    change = explain_change(asked, context=context)
    return replace(found, chart=chart, change=change if isinstance(change, Change) else None)


def _with_month(found: Digest, context: Context) -> Digest:
    """With the month so far, its budgets, its teams and its models."""
    last = found.headline.period.last
    period = Period(unit_start(last, Unit.MONTH), last + DAY)
    asked = Query(
        period=named(period), filters=found.where, compare=Against(named(month_before(period)))
    )
    month, who = costs(asked, context), _who(found.where, context)
    return replace(
        found,
        month=month,
        groups=_groups(asked, who, context),
        untagged=_untagged(month, who, asked, context),
        models=tuple(_models(asked, context)),
        budgets=_budgets(found, context, last=last),
    )


def _who(where: tuple[Filter, ...], context: Context) -> str:
    """The dimension that splits what the channel is about: teams, where there is more than one."""
    pinned = {f.dimension for f in where if f.op is Op.IS and len(f.values) == 1}
    configured = [d.name for d in context.lake.settings.dimensions if d.name not in BUILT_IN]
    ranked = sorted(configured, key=lambda name: name != "team")
    return next((name for name in ranked if name not in pinned), "service")


def _groups(asked: Query, who: str, context: Context) -> CostTable | None:
    """By that dimension; by service where nothing has a value of it."""
    found = costs(asked.with_(group_by=(who,), top=GROUPS), context)
    if found is None or any(row.key.get(who) is not None for row in found.rows):
        return found
    return costs(asked.with_(group_by=("service",), top=GROUPS), context)


def _untagged(month: CostTable | None, who: str, asked: Query, context: Context) -> Untagged | None:
    if who in BUILT_IN or month is None or not month.total or month.currency is None:
        return None
    missing = (*asked.filters, Filter(who, Op.MISSING))
    found = costs(asked.with_(filters=missing, compare=None), context)
    cost = found.total if found and found.total is not None else _ZERO
    return Untagged(who, cost, cost / month.total, month.currency)


def _models(asked: Query, context: Context) -> Iterator[ModelCost]:
    query = asked.with_(
        group_by=("model",),
        filters=(*asked.filters, Filter("model", Op.PRESENT)),
        top=GROUPS,
        compare=None,
    )
    dearest = costs(query, context)
    if dearest is None:
        return
    price = Metric(MetricKind.UNIT_COST, unit="tokens", per=_MILLION)
    prices = costs(query.with_(metric=price, top=None), context)
    per_million = {_model(row): row.value for row in prices.rows} if prices else {}
    for row in dearest.rows:
        if row.value:
            name, currency = _model(row)
            yield ModelCost(name, row.value, currency, per_million.get((name, currency)))


def _model(row: Row) -> tuple[str | None, str | None]:
    return (None if row.is_rest else row.key.get("model")), row.currency


def _budgets(found: Digest, context: Context, *, last: date) -> BudgetTable | None:
    """Where the budgets stood in the month the digest is about."""
    from tools.budgets import list_budgets, seen, status_of

    if context.budgets is None:
        return None
    if unit_start(last, Unit.MONTH) != unit_start(found.today, Unit.MONTH):
        # Its last evening, not the headline's: what is still coming in was counted before, too.
        end = shift(unit_start(last, Unit.MONTH), Unit.MONTH, 1) - DAY
        evening = datetime.combine(end, time(23, 59), UTC)
        context = replace(context, clock=FixedClock(evening))
    every = [b for b in seen(context) if lies_within(b.scope, found.where)]
    if len(every) <= BUDGETS:
        return list_budgets(found.where, context=context)
    mine = [b for b in every if plain_scope(b.scope) == plain_scope(found.where)]
    note = f"There are {len(every):,} budgets here, too many to look at each."
    statuses = tuple(status_of(budget, context=context) for budget in mine)
    return BudgetTable(asked=conditions_text(found.where), statuses=statuses, notes=(note,))


def _with_clouds(found: Digest, context: Context) -> Digest:
    """With what runs unused, where a cloud can be asked."""
    from tools.gpus import idle_gpus

    if context.fleet is None:
        return found
    try:
        return replace(found, idle=idle_gpus(found.where, context=context))
    except PurserError as error:
        return replace(found, notes=(*found.notes, f"Idle machines: {error.sentence}"))


def _late(days: CostTable, context: Context, *, where: tuple[Filter, ...]) -> tuple[Late, ...]:
    """Late sources, of all that are configured; for a part of the bills, of those it is made of."""
    sources, manifest = context.lake.settings.sources, context.lake.snapshot().manifest
    mine = [source for source in sources if not where or source.name in days.sources]
    through = {source.name: manifest.complete_through(source.name) for source in mine}
    return late_sources(mine, through, day=today(context.clock))


def _is_strained(status: BudgetStatus) -> bool:
    amount = status.budget.amount
    figures = (status.spent, status.forecast)
    return any(figure is not None and figure > amount for figure in figures)
