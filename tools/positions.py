"""Where all budgets stand at once: for ten thousand of them the bills are read once.

What everybody has spent comes from one statement over the daily rollup, and sets. Only those
that a generous pace would bring over their amount, and about which nothing was said yet, are
looked at day by day, for a forecast.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal

from tools.core.budget import Budget
from tools.core.clock import today
from tools.core.conditions import plain_scope
from tools.core.context import Context
from tools.core.errors import PurserError
from tools.core.periods import DAY, Period
from tools.lake.budget_cells import is_coarse, read_cells
from tools.lake.day_costs import DaySeries, scopes_day_costs
from tools.watch.alerts import (
    FULL,
    HASTE,
    Fired,
    Kind,
    Position,
    is_reached,
    may_overrun,
    windows,
)
from tools.watch.forecast import forecast, gone_on

HISTORY = timedelta(days=400)  # of a forecast
AT_ONCE = 100  # budgets looked at day by day in one look, in one pass over the bills
_LATELY, _JUST = 14, 4  # days whose pace is supposed to go on, whichever is higher
_UNSETTLED = 3  # days; of the newest four, half may be missing
_GENEROUS = Decimal("1.25")

_Asked = tuple[object, Period]  # conditions in plain form, and a window
_Paced = tuple[Position, Decimal]  # where it stands, and a generous pace
Told = Mapping[tuple[str, date], Sequence[Fired]]  # by budget and first day of the period


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known besides the bills.

    Args:
        told: what is kept of earlier alerts.
        watched: sources whose bills were looked at before.
        late: sources that are later than usual.
        thresholds: percent at which owners are told.
    """

    told: Told = field(default_factory=dict)
    watched: frozenset[str] = frozenset()
    late: frozenset[str] = frozenset()
    thresholds: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Positions:
    """Where the budgets stand.

    Args:
        positions: one for each budget and period looked at.
        notes: a sentence for each budget of which nothing can be said.
    """

    positions: tuple[Position, ...]
    notes: tuple[str, ...] = ()


def positions(context: Context, budgets: Sequence[Budget], *, known: Known) -> Positions:
    """Where budgets stand now, each in its current period and in one just over.

    Args:
        context: the bills, the clock and what the asker may see.
        budgets: which.
        known: what is known besides.
    """
    found: list[_Paced] = []
    notes: list[str] = []
    for family in _families(context, budgets, notes):
        found += _standing(context, family, known, notes)
    return Positions(positions=_ahead(context, found, known), notes=tuple(notes))


def _families(
    context: Context, budgets: Iterable[Budget], notes: list[str]
) -> Iterable[Sequence[Budget]]:
    """The budgets that the daily rollup can tell of, and the rest."""
    sized: dict[tuple[str, ...], bool | None] = {}
    coarse: list[Budget] = []
    fine: list[Budget] = []
    for budget in budgets:
        names = tuple(sorted({f.dimension for f in budget.scope}))
        if names not in sized:
            try:
                sized[names] = is_coarse(names, context=context)
            except PurserError as error:  # a dimension that is not configured any more
                sized[names] = None
                notes.append(f"{budget.title}: {error.sentence}")
        if sized[names] is not None:
            (coarse if sized[names] else fine).append(budget)
    return [family for family in (coarse, fine) if family]


def _standing(
    context: Context, budgets: Sequence[Budget], known: Known, notes: list[str]
) -> list[_Paced]:
    day = today(context.clock)
    each = [windows(budget, today=day) for budget in budgets]
    windowed = list(dict.fromkeys(window for found in each for window in found))
    # Of a moment that is over, nothing is known that came after it.
    spans = [Period(window.start, min(window.end, day + DAY)) for window in windowed]
    names = [f.dimension for budget in budgets for f in budget.scope]
    cells = read_cells(context, names=names, spans=[*spans, *_recent(day)])
    made = []
    for budget, looked_at in zip(budgets, each, strict=True):
        covered = cells.covered(budget.scope)
        if covered.currencies - {budget.currency}:
            notes.append(f"{budget.title}: its charges are in another currency.")
            continue
        for window in looked_at:
            position = Position(
                budget=budget,
                window=window,
                spent=covered.sums[windowed.index(window)],
                today=day,
                sources=tuple(sorted(covered.sources)),
                late=tuple(sorted(covered.sources & known.late)),
                is_first=not covered.sources <= known.watched,
            )
            made.append((position, _pace(covered.sums[-2:])))
    return made


def _recent(day: date) -> tuple[Period, Period]:
    end = day - _UNSETTLED * DAY
    return Period(end - _LATELY * DAY, end), Period(day - _JUST * DAY, day)


def _pace(sums: Sequence[Decimal]) -> Decimal:
    """Of a day, as much as may be supposed."""
    lately, just = sums
    return max(lately / _LATELY, 2 * just / _JUST) * _GENEROUS


def _ahead(context: Context, found: Sequence[_Paced], known: Known) -> tuple[Position, ...]:
    """With forecasts, and days of crossing, where anything may rest on them.

    A look has its bounds: of very many budgets those come first that are to go over by most, and
    the others with the next look. What was found out holds for as long as the bills stand.
    """
    made = [position for position, _ in found]
    close = [place for place, (p, pace) in enumerate(found) if _is_close(p, known, pace)]
    close.sort(key=lambda place: _supposed(*found[place]), reverse=True)
    day = today(context.clock)
    kept: dict[_Asked, DaySeries | None] = context.lake.snapshot().kept(
        ("positions", day, context.scope), dict
    )
    asked = {place: (plain_scope(made[place].budget.scope), made[place].window) for place in close}
    new = [place for place in close if asked[place] not in kept][:AT_ONCE]
    for start in range(0, len(new), AT_ONCE):
        places = new[start : start + AT_ONCE]
        first = min([day - HISTORY, *(made[place].window.start for place in places)])
        scopes = [made[place].budget.scope for place in places]
        read = scopes_day_costs(context, scopes, period=Period(first, day + DAY))
        kept |= {
            asked[n]: own[0] if len(own) == 1 else None for n, own in zip(places, read, strict=True)
        }
    for place in close:
        series = kept.get(asked[place])
        if series is not None:
            made[place] = _looked_at(made[place], series, known)
    return tuple(made)


def _supposed(position: Position, pace: Decimal) -> Decimal:
    """What the window comes to at a pace, as a share of the budget."""
    left = max(0, (position.window.end - position.today).days)
    return (position.spent + pace * left) / position.budget.amount


def _is_close(position: Position, known: Known, pace: Decimal) -> bool:
    """Whether something about it may be news that its sum alone does not tell."""
    if position.is_first and any(is_reached(position, t) for t in known.thresholds):
        return True
    if position.is_over or position.late or is_reached(position, FULL):
        return False
    fired = known.told.get((position.budget.id, position.window.start), ())
    if {Kind.FORECAST, Kind.PACE} <= {f.kind for f in fired if _is_same(f, position)}:
        return False
    return may_overrun(position, a_day=pace)


def _is_same(fired: Fired, position: Position) -> bool:
    """Whether it was told of no smaller amount: a raise makes it news again."""
    return fired.amount >= position.budget.amount


def _looked_at(position: Position, series: DaySeries, known: Known) -> Position:
    through, amount = series.complete_through, position.budget.amount
    made = position
    if position.is_first:
        made = replace(made, crossed_on=_crossed_on(position, series, known.thresholds))
    if through is None or position.is_over:
        return made
    expected = forecast(series.days, window=position.window, complete_through=through)
    if expected is not None:
        made = replace(
            made,
            forecast=expected.point,
            low=expected.low,
            high=expected.high,
            gone_on=gone_on(expected, amount),
        )
    last = [d.usual + d.committed for d in series.complete if d.day in position.window][-HASTE:]
    return replace(made, burn=sum(last, Decimal(0)) / HASTE) if len(last) == HASTE else made


def _crossed_on(
    position: Position, series: DaySeries, thresholds: Iterable[int]
) -> dict[int, date]:
    """The day on which each threshold was reached first."""
    found: dict[int, date] = {}
    spent = Decimal(0)
    for day in series.days:
        if day.day in position.window:
            spent += day.whole
            so_far = replace(position, spent=spent)
            for threshold in thresholds:
                if threshold not in found and is_reached(so_far, threshold):
                    found[threshold] = day.day
    return found


def sources_of(found: Iterable[Position]) -> frozenset[str]:
    """All sources that budgets rest on."""
    return frozenset(source for position in found for source in position.sources)
