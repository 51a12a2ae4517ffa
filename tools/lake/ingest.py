"""Loads bills into the lake: whole, atomically, one (source, report, billing period) at a time.

Everything is written beside the live lake first; one switch of the manifest at the end makes the
whole run live. A crash before it leaves the old state, and a later run clears the leavings away.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from tools.core.clock import Clock
from tools.core.errors import BadBillError, InputError
from tools.core.settings import Source
from tools.lake import manifest, tables
from tools.lake.bill_files import NotABillError, OtherDatasetError, open_bill, reason
from tools.lake.completeness import complete_through
from tools.lake.deliveries import Delivery, find
from tools.lake.dialect import detect
from tools.lake.generations import Written, path_of, write, write_rejects
from tools.lake.manifest import Generation, Manifest
from tools.lake.normalise import Normal
from tools.lake.periods_of import Share, assign
from tools.lake.report import Findings, IngestReport, LoadedUnit, Progress, Silent, counted
from tools.lake.review import review
from tools.lake.switch import Run, clean, run, switch

if TYPE_CHECKING:
    import duckdb

__all__ = ["IngestReport", "LoadedUnit", "Progress", "ingest_path", "ingest_sources"]

_FORMAT = "1"  # of what is written; a new one loads the same bytes again
_STANDS = "Nothing of it was loaded; what stood before still stands."


def ingest_sources(
    sources: Iterable[Source],
    *,
    root: Path,
    clock: Clock,
    accept_shrink: bool = False,
    progress: Progress | None = None,
) -> IngestReport:
    """Load what lies at each source's path; one that fails does not keep the others out."""
    total = IngestReport()
    for source in sources:
        try:
            total += ingest_path(
                source.path,
                source=source,
                root=root,
                clock=clock,
                accept_shrink=accept_shrink,
                progress=progress,
            )
        except InputError as error:
            total += IngestReport(failed=(error.sentence,))
    return total


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
    """
    found = find(path, base=source.path)
    findings = Findings(left_out=list(found.left_out))
    with run(root, clock) as work, connect(work.folder) as db:
        loader = _Loader(source, path, work, db, clock, findings, progress or Silent())
        new, unchanged = loader.load_all(found.deliveries)
        written = {g.id: w for g, w in new}
        done = switch(
            root,
            [g for g, _ in new],
            emptied=loader.emptied,
            clock=clock,
            accept_shrink=accept_shrink,
        )
        findings.refused += done.refused
        findings.notes += [_emptied(g) for g in done.dropped]
        _warn_of_twins(done.before, done.taken, findings)
        clean(root, clock)
    loaded = [_loaded(g, written[g.id], done.before) for g in done.taken]
    return findings.report(loaded, unchanged)


@dataclass(slots=True)
class _Loader:
    """Reads the deliveries of one source into generations that are not live yet."""

    source: Source
    path: Path
    run: Run
    db: duckdb.DuckDBPyConnection
    clock: Clock
    findings: Findings
    progress: Progress
    emptied: list[tuple[str, str, date]] = field(default_factory=list)

    def load_all(
        self, deliveries: Sequence[Delivery]
    ) -> tuple[list[tuple[Generation, Written]], list[tuple[str, str, date]]]:
        new: list[tuple[Generation, Written]] = []
        unchanged: list[tuple[str, str, date]] = []
        live = manifest.load(self.run.root)
        self.progress.start(sum(_size(d) for d in deliveries))
        for delivery in deliveries:
            self.progress.note(delivery.report)
            try:
                digest = self._digest(delivery)
                same = _same(live, self.source.name, delivery.report, digest)
                if delivery.period and not delivery.files:
                    self.emptied.append((self.source.name, delivery.report, delivery.period))
                elif same:
                    unchanged += [g.unit for g in same]
                else:
                    new += self._load(delivery, digest)
            except BadBillError as error:
                self._tell_bad(error)
            self.progress.advance(_size(delivery))
        return new, unchanged

    def _tell_bad(self, error: BadBillError) -> None:
        """A bad file among others is told of; a bad file alone is the end of it."""
        stands = f"{error.sentence} {_STANDS}"
        if self.path.is_file():
            raise BadBillError(
                stands, file=error.file, row=error.row, column=error.column
            ) from error
        if isinstance(error, OtherDatasetError | NotABillError):
            self.findings.left_out.append(error.sentence)
        else:
            self.findings.failed.append(stands)

    def _shown(self, file: Path) -> str:
        return file.name if self.path.is_file() else file.relative_to(self.path).as_posix()

    def _digest(self, delivery: Delivery) -> str:
        if delivery.missing:
            raise BadBillError(
                f"{delivery.report}: the manifest names {delivery.missing[0]}, which is not there; "
                "copy the export whole.",
                file=delivery.missing[0],
            )
        digest = hashlib.sha256(f"{_FORMAT} {sorted(self.source.fill.items())}".encode())
        for file in delivery.files:
            with file.open("rb") as opened:
                digest.update(hashlib.file_digest(opened, "sha256").digest())
        return digest.hexdigest()

    def _load(self, delivery: Delivery, digest: str) -> list[tuple[Generation, Written]]:
        import duckdb

        db = self.db
        try:
            files = [self._open(path) for path in delivery.files]
            constants = tables.build(db, files, self.findings)
            rejects = review(db, files, self.findings)
            shares = assign(db, delivery, self.findings, shown=self._named(delivery))
            return [
                self._write(delivery, share, f"{digest}/{len(shares)}", rejects, constants)
                for share in shares
            ]
        except duckdb.Error as error:
            shown = self._named(delivery)
            raise BadBillError(
                f"{shown} cannot be read to its end: {reason(error)}", file=shown
            ) from error

    def _named(self, delivery: Delivery) -> str:
        if len(delivery.files) == 1:
            return self._shown(delivery.files[0])
        return f"{delivery.report} {delivery.period:%Y-%m}"

    def _open(self, path: Path) -> Normal:
        bill = open_bill(self.db, path, shown=self._shown(path), staging=self.run.folder)
        return Normal(bill, detect(self.db, bill), self.source.fill)

    def _write(
        self,
        delivery: Delivery,
        share: Share,
        fingerprint: str,
        rejects: str,
        constants: dict[str, str | None],
    ) -> tuple[Generation, Written]:
        root = self.run.root
        id_ = f"{self.run.id}-{len(list((root / 'facts').glob(f'{self.run.id}-*')))}"
        unit = (self.source.name, delivery.report, share.period)
        written = write(self.db, root, id_, unit=unit, where=share.where, constants=constants)
        if share.rejected:
            write_rejects(self.db, root, id_, select=rejects)
        through = complete_through(
            share.period,
            last_day=written.last_day,
            data_as_of=delivery.data_as_of,
            lag_days=self.source.lag_days,
            covered=delivery.covered,
        )
        costs = LoadedUnit(*unit, written.rows, share.rejected, written.providers, through, False)
        generation = Generation(
            id=id_,
            source=unit[0],
            report=unit[1],
            billing_period=unit[2],
            files={t: (path_of(t, id_),) for t in manifest.TABLES},
            rows=written.rows,
            rejected=share.rejected,
            first_day=written.first_day,
            last_day=written.last_day,
            billed=costs.billed(),
            effective=costs.effective(),
            fingerprint=fingerprint,
            data_as_of=delivery.data_as_of,
            loaded_at=self.clock.now(),
            complete_through=through,
        )
        return generation, written


def connect(folder: Path) -> duckdb.DuckDBPyConnection:
    """An empty in-memory database that spills to `folder`; times in it are UTC."""
    import duckdb

    db = duckdb.connect()
    db.execute("SET TimeZone='UTC'; SET preserve_insertion_order=false; SET memory_limit='900MB'")
    db.execute(f"SET threads=2; SET temp_directory='{str(folder / 'spill').replace(chr(39), '')}'")
    return db


def _same(live: Manifest, source: str, report: str, digest: str) -> list[Generation]:
    """The live generations of exactly these bytes, if every period of theirs is live."""
    same = [
        g
        for g in live.generations
        if (g.source, g.report) == (source, report) and g.fingerprint.startswith(f"{digest}/")
    ]
    whole = same and all(g.fingerprint == f"{digest}/{len(same)}" for g in same)
    return same if whole else []


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


def _loaded(generation: Generation, written: Written, before: Manifest) -> LoadedUnit:
    return LoadedUnit(
        *generation.unit,
        generation.rows,
        generation.rejected,
        written.providers,
        generation.complete_through,
        before.live(generation.unit) is not None,
    )


def _emptied(gone: Generation) -> str:
    return (
        f"{gone.report} {gone.billing_period:%Y-%m} is empty by its export's manifest; its "
        f"{counted(gone.rows, 'row')} are gone."
    )


def _size(delivery: Delivery) -> int:
    return sum(file.stat().st_size for file in delivery.files)
