"""Loads bills into the lake: whole, atomically, one (source, report, billing period) at a time.

Everything is written beside the live lake first; one switch of the manifest at the end makes the
whole run live. A crash before it leaves the old state, and a later run clears the leavings away.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypedDict

from tools.core.clock import Clock
from tools.core.errors import ConfigError, InputError, UnavailableError
from tools.core.settings import Source
from tools.lake.deliveries import find
from tools.lake.disk import watched
from tools.lake.loading import Loaded, Loader, connect
from tools.lake.manifest import Generation, Manifest
from tools.lake.report import Findings, IngestReport, LoadedUnit, Progress, Silent, counted
from tools.lake.switch import clean, run, switch
from tools.lake.tables import FILLABLE

__all__ = ["IngestReport", "LoadedUnit", "Progress", "ingest_path", "ingest_sources"]


def ingest_sources(
    sources: Iterable[Source],
    *,
    root: Path,
    clock: Clock,
    accept_shrink: bool = False,
    progress: Progress | None = None,
    told: Callable[[str, str], None] | None = None,
) -> IngestReport:
    """Fetch and load each source; one that fails leaves what stood, and does not keep others out.

    Args:
        sources: whose bills to load.
        root: the lake; made where there is none.
        clock: the time.
        accept_shrink: let a period lose more than a fifth of its rows or cost.
        progress: is told how far it is.
        told: is told of each source how it went: its name, and a sentence; empty where all is well.

    Raises:
        UnavailableError: the lake could not be written at all, for none of the sources.
    """
    total, troubles = IngestReport(), []
    how: _How = {"root": root, "clock": clock, "accept_shrink": accept_shrink}
    for source in sources:
        try:
            one = _ingest(source, how, progress)
            trouble = next(iter(one.failures), "")
        except InputError as error:
            one, trouble = IngestReport(failed=(error.sentence,)), error.sentence
        except UnavailableError as error:
            troubles.append(error)
            trouble = error.sentence
            one = IngestReport(failed=(f"{source.name}: {trouble}",))
        total += one
        if told:
            told(source.name, trouble)
    if troubles and len(total.failed) == 1 and not (total.loaded or total.unchanged):
        raise troubles[0]  # all there is to say; of several each is said
    return total


class _How(TypedDict):
    root: Path
    clock: Clock
    accept_shrink: bool


def _ingest(source: Source, how: _How, progress: Progress | None) -> IngestReport:
    """Fetch a source's bills where they lie elsewhere, and load what lies at its path."""
    if source.origin is None:
        return ingest_path(source.path, source=source, progress=progress, **how)
    from tools.landing.land import landed

    with landed(source, clock=how["clock"], progress=progress or Silent()) as found:
        fetched = IngestReport(left_out=found.left_out, notes=found.notes, failed=found.failed)
        if not found.has_bills:
            return fetched
        return fetched + ingest_path(source.path, source=source, progress=progress, **how)


def ingest_path(
    path: Path,
    *,
    source: Source,
    root: Path,
    clock: Clock,
    accept_shrink: bool = False,
    progress: Progress | None = None,
) -> IngestReport:
    """Load a file, or every bill below a folder, as bills of `source`.

    Args:
        path: what to read; names of reports are relative to the source's own folder where
            the path lies in it.
        source: whose bills they are.
        root: the lake; made where there is none.
        clock: the time.
        accept_shrink: let a period lose more than a fifth of its rows or cost.
        progress: is told how far it is.

    Raises:
        BadBillError: nothing under `path` could be loaded, and why.
        ConfigError: the source's fill names a column that cannot be filled.
        UnavailableError: the lake cannot be written.
    """
    _check_fill(source)
    found = find(path, base=source.path)
    findings = Findings(left_out=list(found.left_out), notes=list(found.notes))
    with watched(root), run(root, clock) as work, connect(work.folder) as db:
        loader = Loader(source, path, work, db, clock, findings, progress or Silent())
        loader.load_all(found.deliveries)
        done = switch(
            root,
            [each.generation for each in loader.new],
            refreshed=loader.refreshed,
            emptied=loader.emptied,
            clock=clock,
            accept_shrink=accept_shrink,
        )
        clean(root, clock)
    findings.refused += done.refused
    findings.notes += [_emptied(g) for g in done.dropped]
    _warn_of_twins(done.before, done.taken, findings)
    taken = {g.id for g in done.taken}
    loaded = [_unit(each, done.before) for each in loader.new if each.generation.id in taken]
    return findings.report(loaded, [g.unit for g in loader.unchanged])


def _check_fill(source: Source) -> None:
    for column in source.fill:
        if column not in FILLABLE:
            raise ConfigError(
                f"Source “{source.name}” cannot fill {column}; it can fill "
                f"{', '.join(sorted(FILLABLE))}."
            )


def _warn_of_twins(before: Manifest, taken: list[Generation], findings: Findings) -> None:
    everything = [*before.generations, *taken]
    for new in taken:
        for other in everything:
            same_place = (other.source, other.report) == (new.source, new.report)
            if other.fingerprint == new.fingerprint and not same_place:
                findings.notes.append(
                    f"{new.report} holds the same bytes as {other.report} of {other.source}; they "
                    "are two reports, and both count. Take one away if that is not meant."
                )


def _unit(loaded: Loaded, before: Manifest) -> LoadedUnit:
    generation = loaded.generation
    old = before.live(generation.unit)
    return LoadedUnit(
        *generation.unit,
        generation.rows,
        generation.rejected,
        loaded.written.providers,
        generation.complete_through,
        old is not None,
        old.rows if old else 0,
    )


def _emptied(gone: Generation) -> str:
    return (
        f"{gone.report} {gone.billing_period:%Y-%m} is empty by its export's manifest; its "
        f"{counted(gone.rows, 'row')} are gone."
    )
