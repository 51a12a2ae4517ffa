"""A year of bills as each day of it saw them, from one load.

Bills grow, and are wrong for a while: the newest day is there in part, days that look whole grow a
little still, and a provider states days anew. The bills are loaded once, as they are in the end;
each such *version* of a day is a share of it. A lake that is told which day it is shows of each
day the version that was there then, and no later day.
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
from tools.lake.schema import DECIMAL, MEASURES
from tools.samples.charges import Bill
from tools.samples.focus import OPENAI, focus_select, opened
from tools.samples.ordinary import PLANS, Plan
from tools.samples.planted import Restated

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MORNING = time(7, tzinfo=UTC)  # when a day's bills have come
FINAL, PARTIAL, EARLY, LATER = "final", "partial", "early", "later"
_SETTLES = 2  # days for which a whole day still grows
_OPTIONS = "FORMAT parquet, COMPRESSION snappy"
_PUT_ASIDE = ("daily", "overview", "resources")  # what most questions read, as it is to be seen
_Place = tuple[str, date, bool]  # source, charge day, whether a later bill holds it


class Version(NamedTuple):
    """One way a day's charges looked, and on which days, half-open, it was what there was."""

    source: str
    name: str
    day: date
    share: float  # of what the day came to in the end; what a later bill holds is no part of it
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
    """Write the bills below a folder, load them into a lake there, and say when each is seen how.

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
        _write(bill, plan, where / "all.parquet")
        versions += _versions(bill, plan, mine, seed=seed)
        end = datetime.combine(bill.calendar.today + 20 * DAY, MORNING)
        source = Source(plan.name, where, plan.lag)
        ingest_path(where, source=source, root=root, clock=FixedClock(end))
    return Seen(root, settings, tuple(versions))


def _write(bill: Bill, plan: Plan, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    select = focus_select(plan.issuer, replace(OPENAI, tags="tags", time="{}"))
    with opened(bill) as db:
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
        self._versions = seen.versions
        self._whole = manifests.load(seen.root)
        self._connection = _loaded(seen, self._whole)
        self._shown: dict[_Place, float] = {}
        self._remade: date | None = None
        self._now: Snapshot = Snapshot(seen.root, seen.settings, manifest=Manifest())

    def show(self, day: date) -> None:
        """Be as the lake was on the morning of a day."""
        shown = {
            (v.source, v.day, v.name == LATER): 1.0 if v.name == LATER else v.share
            for v in self._versions
            if v.seen_from <= day < v.seen_until
        }
        month = day.replace(day=1)
        if month != self._remade:  # so that what was taken out fills no memory
            self._remade, self._shown = month, {}
            self._connection.execute(_EMPTY)
        changed = {
            place: shown.get(place)
            for place in shown.keys() | self._shown.keys()
            if shown.get(place) != self._shown.get(place)
        }
        if changed:
            rows = [(*place, share) for place, share in changed.items()]
            columns = [list(column) for column in zip(*rows, strict=True)]
            self._connection.execute(_CHANGED, columns)
            days = [place[1] for place in changed]
            self._connection.execute(_change(min(days), max(days)))
        self._shown = shown
        manifest = Manifest((day - date.min).days, tuple(_generations(self._whole, day)))
        self._now = _SeenSnapshot(self, manifest)

    def snapshot(self) -> Snapshot:
        """The lake as it was."""
        return self._now


class _SeenSnapshot(Snapshot):
    """Reads the tables of a `SeenLake`; narrowing to files would only look past them."""

    is_of_files = False

    def __init__(self, lake: SeenLake, manifest: Manifest) -> None:
        super().__init__(lake.root, lake.settings, manifest=manifest)
        self._connection = lake._connection
        self._to_make = {}

    @contextmanager
    def _narrowed(self, sql: str, days: Iterable[Period] | None) -> Iterator[DuckDBPyConnection]:
        with self._lock:
            cursor = self._ready(sql).cursor()
        yield cursor


def _shares(table: str, places: str) -> str:
    """The rows of a table as they are to be seen at those places."""
    columns = [f't."{column}"' for column in views.COLUMNS[table]]
    for n, column in enumerate(views.COLUMNS[table]):
        if column in MEASURES:
            share = f"(t.{column}::DOUBLE * p.share)::{DECIMAL}"
            columns[n] = f"CASE p.share WHEN 1 THEN t.{column} ELSE {share} END AS {column}"
    return (
        f"SELECT {', '.join(columns)} FROM all_{table} t JOIN {places} p ON p.source = t.source "
        "AND p.day = t.charge_day AND p.is_later = (t.billing_period > t.charge_day)"
    )


_PLACES = "source VARCHAR, day DATE, is_later BOOLEAN, share DOUBLE"
_EMPTY = "; ".join(
    [
        f"CREATE OR REPLACE TABLE places ({_PLACES})",
        *(f"CREATE OR REPLACE TABLE {table} AS {_shares(table, 'places')}" for table in _PUT_ASIDE),
    ]
)
_CHANGED = (
    "CREATE OR REPLACE TEMP TABLE changed AS SELECT unnest($1::VARCHAR[]) AS source, "
    "unnest($2::DATE[]) AS day, unnest($3::BOOLEAN[]) AS is_later, unnest($4::DOUBLE[]) AS share"
)


def _change(first: date, last: date) -> str:
    """What differs from the day shown before, between two charge days: few rows of very many."""
    there = "(FROM changed WHERE share IS NOT NULL)"
    statements = [
        "DELETE FROM places p USING changed c "
        "WHERE p.source = c.source AND p.day = c.day AND p.is_later = c.is_later",
        f"INSERT INTO places FROM {there}",
    ]
    for table in _PUT_ASIDE:
        near = f"t.charge_day BETWEEN DATE '{first}' AND DATE '{last}'"
        statements += [
            f"DELETE FROM {table} t USING changed c WHERE {near} AND t.source = c.source "
            "AND t.charge_day = c.day AND (t.billing_period > t.charge_day) = c.is_later",
            f"INSERT INTO {table} {_shares(table, there)} WHERE {near}",
        ]
    return "; ".join(statements)


def _loaded(seen: Seen, whole: Manifest) -> DuckDBPyConnection:
    """Everything in memory, with a table of what is to be seen of it, which is nothing yet."""
    import duckdb

    db = duckdb.connect(":memory:")
    db.execute("SET enable_progress_bar = false; SET threads = 1")  # so few rows are one thread's
    for table in manifests.TABLES:
        db.execute(views.view(table, seen.root, whole.generations, kind="TEMP VIEW"))
        order = "" if table == "tag_sets" else "ORDER BY charge_day"
        db.execute(f"CREATE TABLE all_{table} AS FROM {table} {order}")
    made = [*views.configured_tables(seen.settings)]
    for statements in views.made_when_named(seen.settings).values():
        made += statements
    made += [f"DROP VIEW {table}" for table in manifests.TABLES]
    made += ["CREATE VIEW tag_sets AS FROM all_tag_sets", _EMPTY]
    made += [f"CREATE VIEW facts AS {_shares('facts', 'places')}"]
    db.execute("; ".join(made))
    return db


def _generations(whole: Manifest, day: date) -> Iterator[Generation]:
    """The bills' periods as a day's manifest told of them."""
    lags = {plan.name: (plan.lag, 1 if plan.partial else 0) for plan in PLANS}
    at = datetime.combine(day, MORNING)
    for one in whole.generations:
        lag, partial = lags[one.source]
        complete, period = day - (1 + lag) * DAY, one.billing_period
        last = min(complete + partial * DAY, shift(period, Unit.MONTH, 1) - DAY)
        if last >= period:
            yield replace(
                one,
                first_day=period,
                last_day=last,
                data_as_of=at,
                loaded_at=at,
                complete_through=min(complete, last) if complete >= period else None,
            )
