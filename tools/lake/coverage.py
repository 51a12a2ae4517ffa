"""Which sources a question touches, through which day they are complete, and how old they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from tools.core.periods import DAY, Period
from tools.core.settings import LakeSettings
from tools.core.windows import Window
from tools.lake.compile import Compiler, touched
from tools.lake.lake import Snapshot
from tools.lake.manifest import Generation, Manifest

LOOK_BACK = timedelta(days=45)  # a source silent for longer no longer holds a question back
_SLACK_DAYS = 2  # how far beyond its usual lag a source may fall behind unremarked


@dataclass(frozen=True, slots=True)
class Touched:
    """A source with charges that match a question.

    Args:
        name: the source.
        first_day: its first matching charge day, or its first one at all.
        last_day: its last one, included.
        bills_start: the first charge day of all its bills.
        complete_through: the last day complete in it.
        loaded_at: when its newest bill was loaded.
    """

    name: str
    first_day: date
    last_day: date
    bills_start: date
    complete_through: date | None
    loaded_at: datetime


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the sources that a question touches have in common."""

    sources: tuple[Touched, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The sources' names."""
        return tuple(source.name for source in self.sources)

    @property
    def complete_through(self) -> date | None:
        """The last day that is complete in every source."""
        days = [source.complete_through for source in self.sources]
        known = [day for day in days if day is not None]
        return min(known) if known and len(known) == len(days) else None

    @property
    def days(self) -> Period | None:
        """From the first to the last charge day."""
        if not self.sources:
            return None
        first = min(source.first_day for source in self.sources)
        return Period(first, max(source.last_day for source in self.sources) + DAY)

    def holds(self, days: Period) -> bool:
        """Whether the bills hold these days whole, from before their start to their last one.

        A source that starts later may be a new vendor; where all do, the days have a hole.
        """
        return bool(self.sources) and not self.short(days)

    def short(self, days: Period) -> frozenset[str]:
        """The sources whose bills do not hold these days whole."""
        starts = [source.bills_start for source in self.sources]
        if starts and min(starts) > days.start:
            return frozenset(self.names)
        through = [(source.name, source.complete_through) for source in self.sources]
        return frozenset(name for name, day in through if day is None or day < days.last)

    @property
    def as_of(self) -> datetime | None:
        """When the newest of the bills was loaded."""
        return max((source.loaded_at for source in self.sources), default=None)


def coverage(snapshot: Snapshot, compiler: Compiler, *, days: Period | None) -> Coverage:
    """The sources with matching charges in `days` or shortly before; everywhere if None.

    Read from the manifest alone where nothing narrows the question, or where only one source
    comes into question anyway.
    """
    manifest = snapshot.manifest
    reach = Period(days.start - LOOK_BACK, days.end) if days else None
    near = [g for g in manifest.generations if reach is None or g.overlaps(reach)]
    names = sorted({g.source for g in near})
    is_narrowed = compiler.condition.sql != "true"
    if not is_narrowed or (len(names) == 1 and days is not None):
        return Coverage(tuple(_from_manifest(manifest, name, near) for name in names))
    _, rows = snapshot.run(touched(compiler, reach), days=[reach] if reach else None)
    return Coverage(tuple(_touched(manifest, *row) for row in rows))


def stale_notes(found: Coverage, settings: LakeSettings) -> tuple[str, ...]:
    """A sentence for each source whose bills lie further behind the others than usual."""
    lags = {source.name: source.lag_days for source in settings.sources}
    notes = []
    for source in found.sources:
        others = [s.complete_through for s in found.sources if s.name != source.name]
        newest = max((day for day in others if day is not None), default=None)
        mine = source.complete_through
        if mine is None or newest is None:
            continue
        if (newest - mine).days > lags.get(source.name, 1) + _SLACK_DAYS:
            notes.append(f"{source.name} bills are complete only through {mine}.")
    return tuple(notes)


def hole_notes(found: Coverage, window: Window, *, is_named: bool) -> tuple[str, ...]:
    """Sentences where the days asked about, or those compared with, are not there whole.

    Args:
        found: the sources touched.
        window: the days.
        is_named: somebody chose the first day; `all time` begins with the bills.
    """
    if not found.sources:
        return ()
    notes: list[str] = []
    start = min(source.bills_start for source in found.sources)
    previous, through = window.previous, found.complete_through
    if is_named and start > window.period.start:
        notes.append(f"The bills begin on {start}, inside the period asked about.")
    if previous is not None:
        notes += _late_starts(found, previous)
        if through is not None and previous.last > through:
            notes.append(f"The period compared with is complete only through {through}.")
    return tuple(notes)


def _late_starts(found: Coverage, previous: Period) -> list[str]:
    late = [s for s in found.sources if s.bills_start > previous.start]
    if not late:
        return []
    if len({s.bills_start for s in found.sources}) == 1:
        return [f"The bills begin on {late[0].bills_start}, inside the period compared with."]
    firsts = ", ".join(f"{s.name} {s.bills_start}" for s in late)
    return [f"Some bills begin inside the period compared with: {firsts}."]


def _from_manifest(manifest: Manifest, name: str, near: list[Generation]) -> Touched:
    mine = [g for g in near if g.source == name]
    first, last = min(g.first_day for g in mine), max(g.last_day for g in mine)
    return _touched(manifest, name, first, last)


def _touched(manifest: Manifest, name: str, first_day: date, last_day: date) -> Touched:
    mine = [g for g in manifest.generations if g.source == name]
    return Touched(
        name,
        first_day,
        last_day,
        bills_start=min(g.first_day for g in mine),
        complete_through=_complete_through(manifest, name),
        loaded_at=max(g.loaded_at for g in mine),
    )


def _complete_through(manifest: Manifest, source: str) -> date | None:
    """The manifest's word; where the newest period has no complete day yet, the one before."""
    day = manifest.complete_through(source)
    if day is not None:
        return day
    days = [g.complete_through for g in manifest.generations if g.source == source]
    return max((d for d in days if d is not None), default=None)
