"""Spend that no bill shows yet: price × running time, and when it runs away. Estimates, all of it.

Pure: what runs and what was counted so far in, what has accrued out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from statistics import median

from tools.core.conditions import conditions_text, read_conditions
from tools.core.labels import holds
from tools.core.query import Filter, Op

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
LONGEST = timedelta(days=7)  # bills are there by then, or late
FRESH = timedelta(minutes=5)  # older than that, what was counted says nothing of now
HISTORY = timedelta(days=14)  # of peaks by the hour
FAR = 2  # times its usual hour
STEP = 2  # times what was told is told again
SHARE = 4  # of what is severe, a day: so much less is told already
_CENT = Decimal("0.000001")


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A machine that runs now.

    Args:
        resource: its id.
        hourly: what it costs an hour; None where no price is known.
        currency: of it.
        since: since when it runs; None where its cloud does not say.
        labels: its dimensions; None is a value nobody gave.
        name: what people call it.
        type: the machine type; empty where it has none.
    """

    resource: str
    hourly: Decimal | None
    currency: str
    since: datetime | None
    name: str = ""
    type: str = ""
    labels: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accrued:
    """What a machine has cost on a day so far, by price; an estimate.

    Args:
        day: UTC.
        resource: its id.
        amount: money until `through`.
        currency: of it.
        hourly: the price an hour; None where none is known: then the amount is nothing.
        through: until when it was counted.
        labels: its dimensions.
        billed: what its bill says of the day; None where that has no line of it.
        is_billed: the day's bill is there: what was accrued counts no more.
    """

    day: date
    resource: str
    amount: Decimal
    currency: str
    hourly: Decimal | None
    through: datetime
    labels: Mapping[str, str | None] = field(default_factory=dict)
    billed: Decimal | None = None
    is_billed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Burning:
    """What running machines cost now, and have cost since the last billed day; an estimate.

    Args:
        hourly: money an hour, by currency; that of most machines first.
        machines: how many run.
        unpriced: how many of those have no known price.
        accrued: since the last billed day, by currency.
        through: when it was counted.
    """

    hourly: Mapping[str, Decimal]
    machines: int
    unpriced: int
    accrued: Mapping[str, Decimal]
    through: datetime


@dataclass(frozen=True, slots=True)
class Runaway:
    """Burn that was told.

    Args:
        cause: whose machines: conditions, as they are kept.
        since: when it was told first.
        told: money an hour, as it was told last.
        message: key of the first message.
        over_at: when it had gone back; None while it goes on.
    """

    cause: str
    since: datetime
    told: Decimal
    message: str
    over_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Jump:
    """Why burn alarms.

    Args:
        hourly: money an hour now.
        usual: of this hour; None where too little is known of it.
        fresh: money an hour of the machines that were launched within the last hour.
        launched: how many those are.
    """

    hourly: Decimal
    usual: Decimal | None
    fresh: Decimal
    launched: int

    @property
    def excess(self) -> Decimal:
        """How much an hour more than is usual, or than before the launches."""
        return self.hourly - self.usual if self.usual is not None else self.fresh


def accrue(
    running: Iterable[Running],
    known: Mapping[tuple[date, str], Accrued],
    *,
    after: date | None,
    now: datetime,
) -> tuple[Accrued, ...]:
    """What has accrued until now, day by day; counted twice at one moment it is the same.

    A machine that ran on since it was counted is charged for the time between, however long
    nobody looked. One without a known launch is charged from when it was seen first.

    Args:
        running: what runs now.
        known: what was counted so far, by day and resource.
        after: the last billed day; the days up to it are the bill's. None where there is none.
        now: the time, aware.

    Returns:
        The days that changed.
    """
    earliest = now - LONGEST
    if after is not None:
        earliest = max(earliest, _midnight(after + timedelta(days=1)))
    seen: dict[str, dict[date, Accrued]] = {}
    for (day, resource), row in known.items():
        seen.setdefault(resource, {})[day] = row
    return tuple(
        part
        for machine in running
        for part in _of_machine(machine, seen.get(machine.resource, {}), earliest, now=now)
    )


def burning(rows: Sequence[Accrued], *, counted: datetime | None, now: datetime) -> Burning | None:
    """What was counted, summed up; None where nobody has counted of late.

    Args:
        rows: of the days without a bill, those of other machines left out.
        counted: when was counted last, whatever runs.
        now: the time.
    """
    return last_burning(rows, at=counted) if counted and is_fresh(counted, now=now) else None


def is_fresh(counted: datetime, *, now: datetime) -> bool:
    """Whether what was counted then tells what runs now."""
    return -MINUTE <= now - counted <= FRESH


def last_burning(rows: Sequence[Accrued], *, at: datetime) -> Burning:
    """What was counted, summed up as it was when that was done last, however long ago.

    Args:
        rows: of the days without a bill, those of other machines left out.
        at: when was counted last, whatever ran.
    """
    running = [row for row in rows if row.through == at]
    priced = [(row.currency, row.hourly) for row in running if row.hourly is not None]
    return Burning(
        hourly=sums(priced),
        machines=len(running),
        unpriced=len(running) - len(priced),
        accrued=sums((row.currency, row.amount) for row in rows if row.amount),
        through=at,
    )


def sums(amounts: Iterable[tuple[str, Decimal]]) -> dict[str, Decimal]:
    """By currency, that of most amounts first: money of two currencies never adds."""
    found: dict[str, list[Decimal]] = {}
    for currency, amount in amounts:
        found.setdefault(currency, []).append(amount)
    order = sorted(found, key=lambda currency: (-len(found[currency]), currency))
    return {currency: sum(found[currency], Decimal(0)) for currency in order}


def of_scope(rows: Iterable[Accrued], scope: Sequence[Filter]) -> tuple[Accrued, ...]:
    """Those that meet all conditions; one on what is not known of a machine is not met."""
    return tuple(row for row in rows if holds(scope, row.labels))


def meant(rows: Iterable[Accrued], where: Sequence[Filter]) -> tuple[Accrued, ...] | None:
    """The same; None where it is not known of one whether it meets them, and so of all."""
    found: list[Accrued] = []
    for row in rows:
        names = {name.lower() for name in row.labels}
        known = [f for f in where if f.dimension.strip().lower() in names]
        if not holds(known, row.labels):
            continue
        if len(known) < len(where):
            return None
        found.append(row)
    return tuple(found)


def usual_hour(peaks: Mapping[datetime, Decimal], *, now: datetime) -> Decimal | None:
    """What this hour of the day usually costs at its peak; None where too little is known.

    The median of the same hour (and its neighbours: jobs are early or late) on the days before,
    or a week ago if that was more: what runs every night or every Monday is usual.

    Args:
        peaks: by full hour, the most an hour cost.
        now: the time.
    """
    hour = now.replace(minute=0, second=0, microsecond=0)
    days = [_around(peaks, hour - timedelta(days=back)) for back in range(1, HISTORY.days + 1)]
    seen = [peak for peak in days if peak is not None]
    if len(seen) < 3:
        return None
    return max(median(seen), days[6] or Decimal(0))


def jump(
    running: Sequence[Running],
    *,
    usual: Decimal | None,
    highest: Decimal | None,
    severe: Decimal,
    now: datetime,
) -> Jump | None:
    """Whether a group's machines run away: far above the usual hour, or launched beyond a size.

    Args:
        running: the group's machines, in one currency.
        usual: what this hour usually costs; None where too little is known.
        highest: the most that any hour of the last days cost; None where none is known.
        severe: money a day beyond the usual that is severe; a quarter of it is told.
        now: the time.
    """
    size = severe / 24 / SHARE
    priced = [one for one in running if one.hourly is not None]
    fresh = [one for one in priced if one.since is not None and now - one.since < HOUR]
    found = Jump(hourly=_sum(priced), usual=usual, fresh=_sum(fresh), launched=len(fresh))
    is_far = usual is not None and found.hourly >= FAR * usual and found.hourly - usual >= size
    is_new = found.fresh >= size and found.hourly - (highest or Decimal(0)) >= size / 2
    return found if size > 0 and (is_far or is_new) else None


def is_told_now(found: Jump | None, told: Runaway | None) -> bool:
    """Whether it is said: at first, and again each time the burn has doubled."""
    if found is None:
        return False
    return told is None or found.hourly >= STEP * told.told


def is_back(hourly: Decimal, usual: Decimal | None, told: Runaway) -> bool:
    """Whether burn that was told has gone back, so that the next time is told anew.

    Half of the way to the usual is enough; and what has become usual is back where it is.
    """
    if usual is not None and usual >= told.told:
        return True
    return hourly < (told.told + (usual or Decimal(0))) / 2


def owner_of(labels: Mapping[str, str | None]) -> tuple[Filter, ...]:
    """Whose machine it is: its team's; without one its account's."""
    if "team" in labels:
        return (_condition("team", labels["team"]),)
    account = labels.get("account") or labels.get("account_id")
    name = "account" if labels.get("account") else "account_id"
    return (_condition(name, account),) if account else ()


def group_key(scope: Iterable[Filter], currency: str) -> str:
    """The name under which a group's peaks are kept: `team=ml USD`; too long, it ends in a hash."""
    text = conditions_text(scope).lower()
    if len(text) > 200:
        text = text[:180] + "#" + hashlib.sha256(text.encode()).hexdigest()[:19]
    return f"{text} {currency}"


def read_group(key: str) -> tuple[tuple[Filter, ...], str]:
    """Conditions and currency of a name; no conditions where they were too long to be kept."""
    text, _, currency = key.rpartition(" ")
    is_cut = len(text) == 200 and text[180] == "#"
    return () if is_cut else read_conditions(text), currency


def _of_machine(
    machine: Running,
    known: Mapping[date, Accrued],
    earliest: datetime,
    *,
    now: datetime,
) -> Iterator[Accrued]:
    start = machine.since or max((row.through for row in known.values()), default=now)
    for day in _days(max(start, earliest), now):
        row = known.get(day)
        begin = max(start, earliest, _midnight(day))
        end = min(now, _midnight(day + timedelta(days=1)))
        if row is not None:
            if row.is_billed or row.through >= end:
                continue
            begin = max(begin, row.through)
        if begin > end:
            continue
        hours = Decimal(int((end - begin).total_seconds())) / 3600
        old = row.amount if row is not None else Decimal(0)
        yield Accrued(
            day=day,
            resource=machine.resource,
            amount=(old + hours * (machine.hourly or Decimal(0))).quantize(_CENT),
            currency=machine.currency,
            hourly=machine.hourly,
            through=end,
            labels=machine.labels,
        )


def _days(start: datetime, end: datetime) -> Iterator[date]:
    day = start.astimezone(UTC).date()
    while day <= end.astimezone(UTC).date():
        yield day
        day += timedelta(days=1)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _around(peaks: Mapping[datetime, Decimal], hour: datetime) -> Decimal | None:
    found = [peaks[at] for at in (hour - HOUR, hour, hour + HOUR) if at in peaks]
    return max(found, default=None)


def _sum(machines: Iterable[Running]) -> Decimal:
    return sum((one.hourly for one in machines if one.hourly is not None), Decimal(0))


def _condition(name: str, value: str | None) -> Filter:
    return Filter(name, Op.MISSING) if value is None else Filter(name, Op.IS, (value,))
