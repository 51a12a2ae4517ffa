"""What is unusual in days that are not over yet, where bills are hourly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from tools.core.clock import today
from tools.core.context import Context
from tools.core.periods import DAY, Period
from tools.core.query import Filter
from tools.lake.hour_costs import hour_costs, hourly_days
from tools.watch.anomaly import Anomaly
from tools.watch.hours import FEWEST, RunningDay, going_on, usual_days
from tools.watch.lookout import suspects
from tools.watch.suspects import Key, Suspect, is_within
from tools.watch.unusual import Sensitivity

if TYPE_CHECKING:
    from tools.lake.day_costs import DayCosts, DaySeries

_BACK = 3 * DAY  # back from today: what is not whole by then waits for its bill
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class RunningDays:
    """Days that are not over, and the daily costs that they are added to.

    Args:
        costs: daily costs of the finest keys.
        days: oldest first; none where nothing is billed by the hour.
    """

    costs: DayCosts
    days: tuple[RunningDay, ...]

    def suspects(
        self, keys: Sequence[Sequence[str]], *, sensitivity: Sensitivity, known: Sequence[Suspect]
    ) -> list[Suspect]:
        """Events that began on these days; what began before, the whole days tell.

        Args:
            keys: which dimensions are looked at together.
            sensitivity: what counts as unusual.
            known: events of whole days.
        """
        if not self.days:
            return []
        series: Sequence[DaySeries] = self.costs.series
        for day in self.days:
            series = [*going_on(series, day)]
        since = self.days[0].day
        found = suspects(series, keys, sensitivity=sensitivity, since=since)
        return [one for one in found if one.first_day >= since and self._is_new(one, known)]

    def billed(self, anomaly: Anomaly) -> Anomaly:
        """An event of theirs with what its hours cost so far, and usually do."""
        mine = [one for one in self.days if anomaly.first_day <= one.day <= anomaly.last_day]
        sums = [one.so_far(anomaly.key, anomaly.currency) for one in mine]
        return replace(
            anomaly,
            actual=_money(sum(billed for billed, _ in sums)),
            expected=_money(sum(usual for _, usual in sums)),
            until=mine[-1].until(anomaly.key),
        )

    def _is_new(self, suspect: Suspect, known: Sequence[Suspect]) -> bool:
        """Whether no whole day knows of it."""
        is_known = any(
            one.key == suspect.key and one.last_day >= suspect.first_day for one in known
        )
        return not is_known and not self._is_whole(suspect.key, suspect.first_day)

    def _is_whole(self, key: Key, day: date) -> bool:
        mine = [one.complete_through for one in self.costs.series if is_within(one.key, key)]
        return all(through is not None and through >= day for through in mine)


def running_days(
    context: Context,
    costs: DayCosts,
    *,
    by: Sequence[str],
    where: Sequence[Filter] = (),
    until: date,
) -> RunningDays:
    """The days that are not over in bills that are hourly, today included.

    Args:
        context: the lake, the clock and what the asker may see.
        costs: daily costs, by the same dimensions and conditions.
        by: dimensions, outermost first.
        where: conditions that all must hold.
        until: the last whole day to look at; of the past, no day goes on.

    Raises:
        InputError: a dimension does not exist.
    """
    now = today(context.clock)
    if until < now - DAY:
        return RunningDays(costs, ())
    newest = hourly_days(context, period=Period(now - _BACK, now + DAY))
    found = []
    for day, hours in sorted(newest.items()):
        behind = [*_behind(costs, day, sources=hours.keys())]
        usual = usual_days(day, through=max(behind)) if behind else ()
        if len(usual) >= FEWEST:
            series = hour_costs(context, day=day, usual=usual, by=by, where=where)
            found.append(RunningDay(day=day, hours=series, newest=hours))
    return RunningDays(costs, tuple(found))


def _behind(costs: DayCosts, day: date, *, sources: Set[str]) -> Iterator[date]:
    """The last whole days of what has hours on a day that is not whole."""
    for series in costs.series:
        through = series.complete_through
        if through is not None and through < day and sources & set(series.sources):
            yield through


def _money(amount: float) -> Decimal:
    return Decimal(str(amount)).quantize(_CENT)
