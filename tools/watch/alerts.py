"""When a budget's owner is told: pure rules over where it stands and what was said before.

Each threshold of actual spend is told once for its budget and period, whatever happens to the
bills. What was told is kept under an *arming*, which counts the raises of the budget: a raise
lets begin anew what is ahead again, and carries over what stays behind.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from tools.core.budget import Budget
from tools.core.periods import DAY, Period, Unit, shift, unit_start

FULL = 100  # percent: the budget is gone
CLEARLY = Decimal("1.05")  # of the amount: less over it is within what a forecast may be off
SETTLES = timedelta(days=10)  # after its end, a period's last bills have come
OLD = timedelta(days=2)  # of what the first load brings, older crossings alarm nobody
HASTE = 3  # complete days whose pace is taken for the burn
_HALF = 2  # a budget that is gone in half of the days left is burning
_SPARE = 3  # days before the period's end, or what the forecast says; later it is no news


class Kind(StrEnum):
    """What an alert rests on."""

    SPENT = "spent"
    FORECAST = "forecast"
    PACE = "pace"
    ACCRUED = "accrued"
    SEEN = "seen"  # no alert: where the budget stood at the last look


class Fired(NamedTuple):
    """What is kept of an alert.

    Args:
        kind: what it rested on.
        threshold: percent; 0 where the kind has none.
        arming: counts raises of the budget in this period.
        amount: the budget's, then.
        spent: of it, then.
        message: key in the outbox; empty where it was carried over, or summed up.
    """

    kind: Kind
    threshold: int
    arming: int
    amount: Decimal
    spent: Decimal
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where a budget stands in one of its periods.

    Args:
        budget: which.
        window: the period.
        spent: everything billed in it so far.
        today: UTC.
        sources: whose bills it rests on.
        late: of them, those that are later than usual: what rests on a pace is not claimed.
        forecast: what the window comes to; None where nobody can say, or need ask.
        low: of the forecast, the lower end of its interval.
        high: of the forecast, the upper end.
        gone_on: the day on which the budget is gone as expected; None where it is not.
        burn: of a day, over the last complete ones; None where that is not known.
        is_first: some of its bills were never looked at before.
        before: of `spent`, what is older than an alert may be; known where `is_first`.
    """

    budget: Budget
    window: Period
    spent: Decimal
    today: date
    sources: tuple[str, ...] = ()
    late: tuple[str, ...] = ()
    forecast: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    gone_on: date | None = None
    burn: Decimal | None = None
    is_first: bool = False
    before: Decimal | None = None

    @property
    def share(self) -> Decimal:
        """Of the amount, 1 for all of it."""
        return self.spent / self.budget.amount

    @property
    def left(self) -> Decimal:
        """Not spent yet; less than zero where more is."""
        return self.budget.amount - self.spent

    @property
    def is_over(self) -> bool:
        """Whether the period has ended."""
        return self.today >= self.window.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What is to be told of a budget, in one message, and what is to be kept.

    Args:
        position: where it stands.
        crossed: thresholds crossed anew, ascending; those of an old load are not among them.
        kinds: what is told, the gravest first; empty for nothing.
        old: thresholds that old bills had crossed long ago, for the summary.
        arming: of what is told.
        keep: rows for the ledger; of `SEEN` the newest replaces the one before.
    """

    position: Position
    crossed: tuple[int, ...] = ()
    kinds: tuple[Kind, ...] = ()
    old: tuple[int, ...] = ()
    arming: int = 0
    keep: tuple[Fired, ...] = ()

    @property
    def key(self) -> str:
        """Names the fact that is told: `alert/3f9c/2026-11-01/spent/90/0`; empty for nothing."""
        if not self.kinds:
            return ""
        kind = self.kinds[0]
        threshold = self.crossed[-1] if kind is Kind.SPENT else 0
        return key_of(self.position, kind, threshold, self.arming)

    @property
    def is_gone(self) -> bool:
        """Whether it tells that the budget is gone."""
        return bool(self.crossed) and self.crossed[-1] >= FULL


def key_of(position: Position, kind: Kind, threshold: int, arming: int) -> str:
    """How the outbox names an alert, for all time."""
    budget, start = position.budget.id, position.window.start
    return f"alert/{budget}/{start}/{kind}/{threshold}/{arming}"


def windows(budget: Budget, *, today: date) -> tuple[Period, ...]:
    """The periods that are looked at: the current one, and before it one whose bills still come.

    What ended before a budget was made is none of its periods.
    """
    unit = Unit(budget.period)
    start = unit_start(today, unit)
    current = Period(start, shift(start, unit, 1))
    is_new = budget.version == 1 and budget.at is not None and budget.at.date() >= start
    if today - start >= SETTLES or is_new:
        return (current,)
    return (Period(shift(start, unit, -1), start), current)


def judged(
    position: Position, fired: Sequence[Fired], *, thresholds: Iterable[int], is_quiet: bool = False
) -> Verdict:
    """What is to be told of a budget now.

    Args:
        position: where it stands.
        fired: what is kept of this budget and period.
        thresholds: percent at which its owner is told.
        is_quiet: somebody put it off: only that it is gone is told before that is over.
    """
    arming, carried = _armed(position, fired)
    done = {f.threshold for f in (*fired, *carried) if _is_of(f, Kind.SPENT, arming)}
    reached = [t for t in sorted(set(thresholds)) if is_reached(position, t)]
    anew = [t for t in reached if t not in done]
    if is_quiet and not any(t >= FULL for t in anew):
        return Verdict(
            position=position, arming=arming, keep=_seen(position, fired, arming, carried)
        )
    old = [t for t in anew if _is_old(position, t)]
    crossed = tuple(t for t in anew if t not in old)
    is_gone = any(t >= FULL for t in reached)
    ahead = () if is_gone else _ahead(position, (*fired, *carried), arming)
    told = ahead if not position.is_first else ()
    kinds = (*([Kind.SPENT] if crossed else []), *told)
    verdict = Verdict(
        position=position, crossed=crossed, kinds=kinds, old=tuple(old), arming=arming
    )
    new = [_fired(position, Kind.SPENT, t, arming, "" if t in old else verdict.key) for t in anew]
    new += [_fired(position, kind, 0, arming, verdict.key if told else "") for kind in ahead]
    keep = _seen(position, (*fired, *new), arming, (*carried, *new))
    return Verdict(
        position=position, crossed=crossed, kinds=kinds, old=tuple(old), arming=arming, keep=keep
    )


def is_reached(position: Position, threshold: int) -> bool:
    """Whether so many percent of the budget are spent."""
    return position.spent * FULL >= threshold * position.budget.amount


def may_overrun(position: Position, *, a_day: Decimal) -> bool:
    """Whether a forecast is worth its time: what is spent, and a generous pace from here on.

    Args:
        position: where it stands.
        a_day: the highest pace that may be supposed.
    """
    left = max(0, (position.window.end - position.today).days + 1)
    return position.spent + a_day * left >= position.budget.amount


def is_burning(position: Position) -> bool:
    """Whether, at the pace of the last days, the budget is gone in half of the days left.

    No news where the forecast says about the same day.
    """
    gone = burnt_on(position)
    if gone is None:
        return False
    ahead, left = (gone - position.today).days, (position.window.end - position.today).days
    limit = min(position.window.last, position.gone_on or position.window.last)
    return ahead * _HALF <= left and gone <= limit - _SPARE * DAY


def burnt_on(position: Position) -> date | None:
    """The day on which the budget is gone at the pace of the last days; None for not in time."""
    if position.burn is None or position.burn <= 0 or position.left <= 0:
        return None
    days = int(position.left / position.burn)
    found = position.today + days * DAY if days < position.window.days else None
    return found if found is not None and found in position.window else None


def _ahead(position: Position, fired: Sequence[Fired], arming: int) -> tuple[Kind, ...]:
    """What is told of what is to come; nothing of it where bills are late."""
    if position.late or position.is_over:
        return ()
    done = {f.kind for f in fired if f.arming == arming}
    found = []
    if Kind.FORECAST not in done and _overruns(position):
        found.append(Kind.FORECAST)
    if Kind.PACE not in done and is_burning(position):
        found.append(Kind.PACE)
    return tuple(found)


def _overruns(position: Position) -> bool:
    """Whether the forecast is over the amount by more than it may be off."""
    if position.forecast is None:
        return False
    amount = position.budget.amount
    is_sure = position.low is not None and position.low > amount
    return is_sure or position.forecast >= CLEARLY * amount


def _armed(position: Position, fired: Sequence[Fired]) -> tuple[int, tuple[Fired, ...]]:
    """The arming that holds now, and what a change just now carries over into it.

    A raise carries over what stays behind; a fall-back to an earlier amount what was told of that.
    """
    last = max((f for f in fired if f.kind is Kind.SEEN), key=lambda f: f.arming, default=None)
    if last is None:
        return 0, ()
    amount, then = position.budget.amount, last.arming
    if amount < last.amount:
        return then, _told_of(position, fired, then)
    if amount == last.amount:
        return then, ()
    behind = [
        f.threshold
        for f in fired
        if _is_of(f, Kind.SPENT, then) and last.spent * FULL >= f.threshold * amount
    ]
    return then + 1, tuple(_fired(position, Kind.SPENT, t, then + 1, "") for t in sorted(behind))


def _told_of(position: Position, fired: Sequence[Fired], arming: int) -> tuple[Fired, ...]:
    """What was told of this amount before it was raised, and not since."""
    since = {(f.kind, f.threshold) for f in fired if f.arming == arming}
    told = {(f.kind, f.threshold) for f in fired if f.amount == position.budget.amount}
    before = sorted(told - since - {(Kind.SEEN, 0)})
    return tuple(_fired(position, kind, threshold, arming, "") for kind, threshold in before)


def _seen(
    position: Position, fired: Sequence[Fired], arming: int, keep: Sequence[Fired]
) -> tuple[Fired, ...]:
    """With where the budget stands, once there is anything to remember of it."""
    now = _fired(position, Kind.SEEN, 0, arming, "")
    if not fired or now in fired:
        return tuple(keep)
    return (*keep, now)


def _fired(position: Position, kind: Kind, threshold: int, arming: int, message: str) -> Fired:
    return Fired(kind, threshold, arming, position.budget.amount, position.spent, message)


def _is_of(fired: Fired, kind: Kind, arming: int) -> bool:
    return fired.kind is kind and fired.arming == arming


def _is_old(position: Position, threshold: int) -> bool:
    """Whether bills that were never looked at before had crossed it long ago."""
    if not position.is_first:
        return False
    before = position.before
    return before is None or before * FULL >= threshold * position.budget.amount
