"""Where all budgets stand at once: for ten thousand of them the bills are read once.

What everybody has spent comes from one statement over the daily rollup, and sets. Only those
that a generous pace would bring over their amount, and about which nothing was said yet, are
looked at day by day, for a forecast.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
from tools.lake.lake import Snapshot
from tools.watch.alerts import (
    FULL,
    HASTE,
    OLD,
    Fired,
    Kind,
    Position,
    is_reached,
    may_overrun,
    windows,
)
from tools.watch.forecast import forecast, gone_on

HISTORY = timedelta(days=400)  # of a forecast
_TOGETHER = 100  # budgets of one statement, where no cells of theirs are kept
_TURN = 600  # seconds: after so long it is the turn of others, see `_now`
_NEVER = Period(date(1970, 1, 1), date(1970, 1, 2))  # no charge is of this day
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
        at_once: budgets looked at day by day in one look, in one pass over the bills.
    """

    told: Told = field(default_factory=dict)
    watched: frozenset[str] = frozenset()
    late: frozenset[str] = frozenset()
    thresholds: tuple[int, ...] = ()
    at_once: int = 200


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
    found: list[Position] = []
    notes: list[str] = []
    for family in _families(context, budgets, notes):
        paced = _standing(context, family, known, notes)
        names = family.names if family.is_coarse else ()
        found += _ahead(context, paced, known, names=names)
    return Positions(positions=tuple(found), notes=tuple(notes))


@dataclass(frozen=True, slots=True)
class _Family:
    """Budgets whose costs are read together.

    Args:
        is_coarse: whether the daily rollup can tell of them.
        budgets: which.
    """

    is_coarse: bool
    budgets: Sequence[Budget]

    @property
    def names(self) -> list[str]:
        """The dimensions that they name."""
        return sorted({f.dimension for budget in self.budgets for f in budget.scope})


def _families(context: Context, budgets: Iterable[Budget], notes: list[str]) -> Iterator[_Family]:
    """The budgets that the daily rollup can tell of, and the rest; of a second view by itself."""
    sized: dict[tuple[str, ...], bool | None] = {}
    alike: defaultdict[tuple[Snapshot, bool], list[Budget]] = defaultdict(list)
    snapshot = context.lake.snapshot()
    for budget in budgets:
        names = tuple(sorted({f.dimension for f in budget.scope}))
        if names not in sized:
            try:
                sized[names] = is_coarse(names, context=context)
            except PurserError as error:  # a dimension that is not configured any more
                sized[names] = None
                notes.append(f"{budget.title}: {error.sentence}")
        size = sized[names]
        if size is not None:
            alike[snapshot.asked(budget.scope), size].append(budget)
    yield from (_Family(size, some) for (_, size), some in alike.items())


def _standing(
    context: Context, family: _Family, known: Known, notes: list[str]
) -> Iterator[_Paced]:
    day, budgets = today(context.clock), family.budgets
    each = [windows(budget, today=day) for budget in budgets]
    windowed = list(dict.fromkeys(window for found in each for window in found))
    # Of a moment that is over, nothing is known that came after it.
    spans = [Period(window.start, min(window.end, day + DAY)) for window in windowed]
    spans += [_older(window, day) for window in windowed]
    where = budgets[0].scope
    cells = read_cells(context, names=family.names, spans=[*spans, *_recent(day)], where=where)
    for budget, looked_at in zip(budgets, each, strict=True):
        covered = cells.covered(budget.scope)
        if covered.currencies - {budget.currency}:
            notes.append(f"{budget.title}: its charges are in another currency.")
            continue
        for window in looked_at:
            place = windowed.index(window)
            is_first = not covered.sources <= known.watched
            position = Position(
                budget=budget,
                window=window,
                spent=covered.sums[place],
                today=day,
                sources=tuple(sorted(covered.sources)),
                late=tuple(sorted(covered.sources & known.late)),
                is_first=is_first,
                before=covered.sums[len(windowed) + place] if is_first else None,
            )
            yield position, _pace(covered.sums[-2:])


def _older(window: Period, day: date) -> Period:
    """The days of it that are older than an alert may be; a day before it where none are."""
    end = min(window.end, day - OLD)
    return Period(window.start, end) if window.start < end else _NEVER


def _recent(day: date) -> tuple[Period, Period]:
    end = day - _UNSETTLED * DAY
    return Period(end - _LATELY * DAY, end), Period(day - _JUST * DAY, day)


def _pace(sums: Sequence[Decimal]) -> Decimal:
    """Of a day, as much as may be supposed."""
    lately, just = sums
    return max(lately / _LATELY, 2 * just / _JUST) * _GENEROUS


def _ahead(
    context: Context, paced: Iterable[_Paced], known: Known, *, names: Sequence[str]
) -> list[Position]:
    """With forecasts, where anything may rest on them.

    What was found out holds for as long as the bills stand.
    """
    found = list(paced)
    made = [position for position, _ in found]
    close = [place for place, (p, pace) in enumerate(found) if _is_close(p, known, pace)]
    close.sort(key=lambda place: _supposed(*found[place]), reverse=True)
    day = today(context.clock)
    kept: dict[_Asked, DaySeries | None] = context.lake.snapshot().kept(
        ("positions", day, context.scope), dict
    )
    asked = {place: (plain_scope(made[place].budget.scope), made[place].window) for place in close}
    new = {asked[place]: place for place in reversed(close) if asked[place] not in kept}
    turn = int(context.clock.now().timestamp()) // _TURN
    places = _now(list(reversed(new.values())), made, half=known.at_once // 2, turn=turn)
    step = len(places) if names else _TOGETHER
    for some in (places[n : n + step] for n in range(0, len(places), step or 1)):
        first = min([day - HISTORY, *(made[place].window.start for place in some)])
        scopes = [made[place].budget.scope for place in some]
        read = scopes_day_costs(context, scopes, period=Period(first, day + DAY), names=names)
        kept |= {
            asked[n]: own[0] if len(own) == 1 else None for n, own in zip(some, read, strict=True)
        }
    for place in close:
        series = kept.get(asked[place])
        if series is not None:
            made[place] = _looked_at(made[place], series)
    return made


def _now(places: Sequence[int], made: Sequence[Position], *, half: int, turn: int) -> list[int]:
    """Which of them are looked at day by day in this look, in the order of what they need.

    All that the first load has brought, so that one message can tell of it. Of the others half
    are those that are to go over by most; the other half go round with the time of day, so that
    each has its turn, however often new bills come.
    """
    first = [place for place in places if made[place].is_first]
    rest = [place for place in places if not made[place].is_first]
    most, others = rest[:half], rest[half:]
    start = turn * half % max(1, len(others))
    return [*first, *most, *(others[start:] + others[:start])[:half]]


def _supposed(position: Position, pace: Decimal) -> Decimal:
    """What the window comes to at a pace, as a share of the budget."""
    left = max(0, (position.window.end - position.today).days)
    return (position.spent + pace * left) / position.budget.amount


def _is_close(position: Position, known: Known, pace: Decimal) -> bool:
    """Whether something about it may be news that its sum alone does not tell."""
    if position.is_over or position.late or is_reached(position, FULL):
        return False
    fired = known.told.get((position.budget.id, position.window.start), ())
    if {Kind.FORECAST, Kind.PACE} <= {f.kind for f in fired if _is_same(f, position)}:
        return False
    return may_overrun(position, a_day=pace)


def _is_same(fired: Fired, position: Position) -> bool:
    """Whether it was told of no smaller amount: a raise makes it news again."""
    return fired.amount >= position.budget.amount


def _looked_at(position: Position, series: DaySeries) -> Position:
    through, amount = series.complete_through, position.budget.amount
    if through is None or position.is_over:
        return position
    made = position
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


def sources_of(found: Iterable[Position]) -> frozenset[str]:
    """All sources that budgets rest on."""
    return frozenset(source for position in found for source in position.sources)
