"""A year of bills as each day of it saw them, from one load.

Bills grow, and are wrong for a while: the newest day is there in part, days that look whole grow a
little still, and a provider states days anew. Each such *version* of a day is written as a report
of its own, all are loaded at once, and a lake that is told which day it is shows of each day the
version that was there then, and no later day.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, NamedTuple

from tools.core.clock import FixedClock
from tools.core.periods import DAY, Period, Unit, shift
from tools.core.settings import LakeSettings, Source
from tools.lake import manifest as manifests
from tools.lake import views
from tools.lake.ingest import ingest_path
from tools.lake.lake import Lake, Snapshot
from tools.lake.manifest import Generation, Manifest
from tools.samples.charges import Bill, Charge, scaled
from tools.samples.focus import OPENAI, focus_select, opened
from tools.samples.ordinary import PLANS, Plan
from tools.samples.planted import Restated

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MORNING = time(7, tzinfo=UTC)  # when a day's bills have come
FINAL, PARTIAL, EARLY, LATER = "final", "partial", "early", "later"
_SETTLES = 2  # days for which a whole day still grows
_OPTIONS = "FORMAT parquet, COMPRESSION snappy"


class Version(NamedTuple):
    """One way a day's charges looked, and on which days, half-open, it was what there was."""

    source: str
    name: str
    day: date
    share: float  # of what the day came to in the end
    seen_from: date
    seen_until: date


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything a year of days can see.

    Args:
        root: the lake that holds all versions.
        settings: dimensions and currencies.
        versions: when each is what there is.
    """

    root: Path
    settings: LakeSettings
    versions: tuple[Version, ...]


def write_seen(
    folder: Path,
    bills: Mapping[str, Bill],
    *,
    restated: Sequence[Restated],
    settings: LakeSettings,
    seed: int,
) -> Seen:
    """Write every version of the bills below a folder, and load them into a lake there.

    Args:
        folder: where to.
        bills: by source, as they are in the end.
        restated: what was wrong for a while.
        settings: dimensions and currencies.
        seed: of how much days still grow.
    """
    versions: list[Version] = []
    root = folder / "lake"
    for plan in PLANS:
        bill = bills[plan.name]
        mine = [r for r in restated if r.source == plan.name]
        where = folder / "bills" / plan.name
        found = list(_versions(bill, plan, mine, seed=seed))
        _write(bill, plan, found, where)
        versions += found
        end = datetime.combine(bill.calendar.today + 20 * DAY, MORNING)
        source = Source(plan.name, where, plan.lag)
        ingest_path(where, source=source, root=root, clock=FixedClock(end))
    return Seen(root, settings, tuple(versions))


def _write(bill: Bill, plan: Plan, versions: Sequence[Version], where: Path) -> None:
    """Each version as a report; what belongs to a later bill than its day's apart."""
    for name in sorted({version.name for version in versions}):
        shares = {v.day: v.share for v in versions if v.name == name}
        some = [c for c in bill.charges if c.day in shares and _name(c, name) == name]
        if name not in (FINAL, LATER):
            some = [scaled(c, shares[c.day]) for c in some]
        with opened(replace(bill, charges=some, meters=list(bill.meters))) as db:
            _copy(db, plan, where / name / "all.parquet")


def _name(charge: Charge, name: str) -> str:
    """The version that holds a charge: `LATER` where its bill is a later month's, else any."""
    is_later = charge.billing_period > charge.day
    return LATER if is_later else FINAL if name == LATER else name


def _copy(db: DuckDBPyConnection, plan: Plan, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    select = focus_select(plan.issuer, replace(OPENAI, tags="tags", time="{}"))
    db.execute(f"COPY ({select}) TO '{path}' ({_OPTIONS})")


def _versions(
    bill: Bill, plan: Plan, restated: Sequence[Restated], *, seed: int
) -> Iterator[Version]:
    random = Random(f"seen/{seed}/{plan.name}")  # noqa: S311  not a secret
    for day in (each.date for each in bill.calendar.days()):
        whole = day + (1 + plan.lag) * DAY
        settled, share = whole + _SETTLES * DAY, random.uniform(0.965, 1.0)
        if plan.partial:
            yield Version(plan.name, PARTIAL, day, plan.partial, whole - DAY, whole)
        wrong = [(n, r) for n, r in enumerate(restated) if day in r.days]
        for name, part, start, end in (
            (EARLY, share, whole, settled),
            (FINAL, 1.0, settled, date.max),
        ):
            for n, each in wrong:
                first, last = max(start, each.seen.start), min(end, each.seen.end)
                if first < last:
                    yield Version(plan.name, f"restated-{n}", day, each.share, first, last)
            for first, last in _without(start, end, [each.seen for _, each in wrong]):
                yield Version(plan.name, name, day, part, first, last)
    for charge in (c for c in bill.charges if c.billing_period > c.day):
        yield Version(plan.name, LATER, charge.day, 0.0, charge.billing_period + 2 * DAY, date.max)


def _without(start: date, end: date, gone: Iterable[Period]) -> Iterator[tuple[date, date]]:
    """What is left of `[start, end)` without some periods that do not overlap."""
    for period in sorted(gone):
        if start < period.start and period.start < end:
            yield start, period.start
        start = max(start, min(period.end, end)) if period.start < end else start
    if start < end:
        yield start, end


class SeenLake(Lake):
    """A lake that shows what a day saw. For one thread at a time, and reading only.

    Args:
        seen: everything there is to see.
    """

    def __init__(self, seen: Seen) -> None:
        super().__init__(seen.root, seen.settings)
        self._whole = manifests.load(seen.root)
        self._connection = _loaded(seen, self._whole)
        self._to_make = views.made_when_named(seen.settings)
        self._now: Snapshot = Snapshot(seen.root, seen.settings, manifest=Manifest())

    def show(self, day: date) -> None:
        """Be as the lake was on the morning of a day."""
        for table in manifests.TABLES:
            if table != "tag_sets":
                columns = ", ".join(f'"{column}"' for column in views.COLUMNS[table])
                # What most questions read is put aside, so that each of them reads a quarter.
                kind = "TABLE" if table in ("daily", "overview") else "VIEW"
                self._connection.execute(
                    f"CREATE OR REPLACE {kind} {table} AS SELECT {columns} FROM all_{table} "
                    f"WHERE DATE '{day}' >= seen_from AND DATE '{day}' < seen_until"
                )
        manifest = Manifest((day - date.min).days, tuple(_generations(self._whole, day)))
        self._now = _SeenSnapshot(self, manifest)

    def snapshot(self) -> Snapshot:
        """The lake as it was."""
        return self._now


class _SeenSnapshot(Snapshot):
    """Reads the views of a `SeenLake`; narrowing to files would only look past them."""

    def __init__(self, lake: SeenLake, manifest: Manifest) -> None:
        super().__init__(lake.root, lake.settings, manifest=manifest)
        self._connection = lake._connection
        self._to_make = lake._to_make

    @contextmanager
    def _narrowed(self, sql: str, days: Iterable[Period] | None) -> Iterator[DuckDBPyConnection]:
        with self._lock:
            cursor = self._ready(sql).cursor()
        yield cursor


def _loaded(seen: Seen, whole: Manifest) -> DuckDBPyConnection:
    """Everything in memory, with the days on which each row was to be seen."""
    import duckdb

    db = duckdb.connect(":memory:")
    db.execute("SET enable_progress_bar = false")
    db.execute(
        "CREATE TABLE versions "
        "(source VARCHAR, version VARCHAR, day DATE, seen_from DATE, seen_until DATE)"
    )
    rows = [(v.source, v.name, v.day, v.seen_from, v.seen_until) for v in seen.versions]
    columns = [list(column) for column in zip(*rows, strict=True)]
    kinds = ("VARCHAR", "VARCHAR", "DATE", "DATE", "DATE")
    unnested = ", ".join(f"unnest(${n + 1}::{kind}[])" for n, kind in enumerate(kinds))
    db.execute(f"INSERT INTO versions SELECT {unnested}", columns)
    for table in manifests.TABLES:
        db.execute(views.view(table, seen.root, whole.generations, kind="TEMP VIEW"))
        if table == "tag_sets":
            db.execute("CREATE TABLE all_tag_sets AS FROM tag_sets")
        else:
            db.execute(
                f"CREATE TABLE all_{table} AS SELECT t.*, v.seen_from, v.seen_until "
                f"FROM {table} t JOIN versions v ON v.source = t.source "
                "AND v.version = split_part(t.report, '/', 1) AND v.day = t.charge_day"
            )
        db.execute(f"DROP VIEW {table}")
    db.execute(
        "CREATE VIEW tag_sets AS FROM all_tag_sets; "
        + "; ".join(views.configured_tables(seen.settings))
    )
    return db


def _generations(whole: Manifest, day: date) -> Iterator[Generation]:
    """The bills' periods as a day's manifest told of them."""
    lags = {plan.name: (plan.lag, 1 if plan.partial else 0) for plan in PLANS}
    at = datetime.combine(day, MORNING)
    for one in whole.generations:
        if not one.report.startswith(FINAL):
            continue
        lag, partial = lags[one.source]
        complete = day - (1 + lag) * DAY
        period = one.first_day
        while period <= complete + partial * DAY:
            last = min(complete + partial * DAY, shift(period, Unit.MONTH, 1) - DAY)
            yield replace(
                one,
                id=f"{one.id}-{period}",
                billing_period=period,
                first_day=period,
                last_day=last,
                data_as_of=at,
                loaded_at=at,
                complete_through=min(complete, last) if complete >= period else None,
            )
            period = shift(period, Unit.MONTH, 1)
