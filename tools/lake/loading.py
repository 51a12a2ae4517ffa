"""Reads the deliveries of one source into generations that are not live yet."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from tools.core.clock import Clock
from tools.core.errors import BadBillError, UnavailableError
from tools.core.settings import Interface, Source
from tools.lake import manifest, tables
from tools.lake.bill_files import NotABillError, OtherDatasetError, open_bill, reason
from tools.lake.completeness import complete_through, is_out_of_time
from tools.lake.deliveries import Delivery
from tools.lake.dialect import detect
from tools.lake.disk import is_of_lake, unavailable
from tools.lake.generations import Written, path_of, write, write_rejects
from tools.lake.manifest import Generation, Manifest
from tools.lake.normalise import Normal
from tools.lake.periods_of import Share, assign
from tools.lake.report import Findings, Progress, counted
from tools.lake.review import review
from tools.lake.switch import Run

if TYPE_CHECKING:
    import duckdb

_FORMAT = "4"  # of what is written; a new one loads the same bytes again
_STANDS = "Nothing of it was loaded; what stood before still stands."
_MEMORY = "900MB"
_THREADS = 2  # each adds about 150 MB at its peak; writing Parquet gains little from more


@dataclass(frozen=True, slots=True)
class Loaded:
    """A generation on disk, and what is in it."""

    generation: Generation
    written: Written


@dataclass(slots=True)
class Loader:
    """Loads the deliveries of one source.

    Args:
        source: whose they are.
        path: what was given to read; files are named below it.
        run: the ingest at work.
        db: its database.
        clock: the time.
        findings: where sentences are gathered.
        progress: is told how far it is.

    After `load_all`, what it found is in these:

    Args:
        new: generations to make live.
        unchanged: live ones of the same bytes.
        refreshed: those of them that a newer file of the same bytes makes more complete.
        emptied: units that their export's manifest now calls empty.
    """

    source: Source
    path: Path
    run: Run
    db: duckdb.DuckDBPyConnection
    clock: Clock
    findings: Findings
    progress: Progress
    new: list[Loaded] = field(default_factory=list)
    unchanged: list[Generation] = field(default_factory=list)
    refreshed: list[Generation] = field(default_factory=list)
    emptied: list[tuple[str, str, date]] = field(default_factory=list)

    def load_all(self, deliveries: Sequence[Delivery]) -> None:
        """Read every delivery; a bad one among several is told of and left.

        Raises:
            BadBillError: the one file that was given is bad.
        """
        live = manifest.load(self.run.root)
        self.progress.start(sum(size(d) for d in deliveries))
        for delivery in deliveries:
            steps = _Steps(self.progress, size(delivery))
            self.progress.note(delivery.report)
            try:
                self._take(delivery, live, steps)
            except BadBillError as error:
                self._tell_bad(error)
            steps.reach(1)

    def _take(self, delivery: Delivery, live: Manifest, steps: _Steps) -> None:
        digest = self._digest(delivery)
        if delivery.period and not delivery.files:
            self.emptied.append((self.source.name, delivery.report, delivery.period))
            return
        same = _same(live, self.source.name, delivery.report, digest)
        if not same:
            self.new += self._load(delivery, digest, steps)
            return
        self.unchanged += same
        for generation in same:
            dated = self._dated(generation, delivery)
            if dated.data_as_of > generation.data_as_of:
                self.refreshed.append(dated)

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
        read_as = (_FORMAT, self.source.lag_days, sorted(self.source.fill.items()))
        digest = hashlib.sha256(repr(read_as).encode())
        for file in delivery.files:
            with file.open("rb") as opened:
                digest.update(hashlib.file_digest(opened, "sha256").digest())
        return digest.hexdigest()

    def _load(self, delivery: Delivery, digest: str, steps: _Steps) -> list[Loaded]:
        import duckdb

        shown = self._named(delivery)
        steps.reach(0.1)
        try:
            files = [self._open(path) for path in delivery.files]
            constants = tables.build(self.db, files, self.findings)
            rejects = review(self.db, files, self.findings)
            shares = assign(self.db, delivery, self.findings, shown=shown)
            loaded = []
            for place, share in enumerate(shares):
                steps.reach(0.3 + 0.7 * place / len(shares))
                fingerprint = f"{digest}/{len(shares)}"
                loaded.append(self._write(delivery, share, fingerprint, rejects, constants))
        except duckdb.OutOfMemoryException as error:
            raise UnavailableError(
                f"There was not enough memory or disk to load {shown}; nothing was changed."
            ) from error
        except duckdb.OutOfRangeException as error:
            raise BadBillError(
                f"{shown}: its amounts add up to more than 26 digits before the point, which no "
                "bill does; look for one that is far too large.",
                file=shown,
            ) from error
        except duckdb.Error as error:
            if is_of_lake(error, self.run.root):
                raise unavailable() from error
            raise BadBillError(
                f"{shown} cannot be read to its end: {reason(error)}", file=shown
            ) from error
        self._tell_gaps(shown, [each.written for each in loaded])
        return loaded

    def _tell_gaps(self, shown: str, written: list[Written]) -> None:
        for column in ("billed", "effective"):
            gaps = sum(getattr(each, f"{column}_gaps") for each in written)
            if gaps:
                self.findings.notes.append(
                    f"{shown}: {counted(gaps, 'row')} {'has' if gaps == 1 else 'have'} no {column} "
                    "cost; nothing is added for them."
                )

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
    ) -> Loaded:
        root = self.run.root
        id_ = f"{self.run.id}-{len(list((root / 'facts').glob(f'{self.run.id}-*')))}"
        unit = (self.source.name, delivery.report, share.period)
        written = write(self.db, root, id_, unit=unit, where=share.where, constants=constants)
        if share.rejected:
            write_rejects(self.db, root, id_, select=rejects)
        generation = Generation(
            id=id_,
            source=unit[0],
            report=unit[1],
            billing_period=unit[2],
            files={table: (path_of(table, id_),) for table in manifest.TABLES},
            rows=written.rows,
            rejected=share.rejected,
            first_day=written.first_day,
            last_day=written.last_day,
            billed=written.billed(),
            effective=written.effective(),
            fingerprint=fingerprint,
            data_as_of=delivery.data_as_of,
            loaded_at=self.clock.now(),
            complete_through=None,
            issuers=written.issuers,
            kind=manifest.REPORT if isinstance(self.source.origin, Interface) else manifest.BILL,
        )
        return Loaded(self._dated(generation, delivery), written)

    def _dated(self, generation: Generation, delivery: Delivery) -> Generation:
        """The generation as of the delivery's time, complete as far as that makes it."""
        as_of = delivery.data_as_of
        if is_out_of_time(as_of, last_day=generation.last_day, now=self.clock.now()):
            as_of = generation.loaded_at
        through = complete_through(
            generation.billing_period,
            last_day=generation.last_day,
            data_as_of=as_of,
            lag_days=self.source.lag_days,
            covered=delivery.covered,
        )
        return replace(generation, data_as_of=as_of, complete_through=through)


@dataclass(slots=True)
class _Steps:
    """Tells the share of one delivery that is done as bytes of its files."""

    progress: Progress
    total: int
    told: int = 0

    def reach(self, share: float) -> None:
        """So much of it is done."""
        done = int(self.total * share)
        self.progress.advance(done - self.told)
        self.told = done


def connect(folder: Path) -> duckdb.DuckDBPyConnection:
    """An empty in-memory database that spills to `folder`; times in it are UTC."""
    import duckdb

    settings: dict[str, str | bool | int | float | list[str]] = {
        "preserve_insertion_order": False,
        "memory_limit": _MEMORY,
        "threads": _THREADS,
        "temp_directory": str(folder / "spill"),
    }
    db = duckdb.connect(config=settings)
    db.execute("SET TimeZone = 'UTC'")  # as a connection setting it would need icu too early
    return db


def size(delivery: Delivery) -> int:
    """Bytes of its files."""
    return sum(file.stat().st_size for file in delivery.files)


def _same(live: Manifest, source: str, report: str, digest: str) -> list[Generation]:
    """The live generations of exactly these bytes, if every period of theirs is live."""
    same = [
        g
        for g in live.generations
        if (g.source, g.report) == (source, report) and g.fingerprint.startswith(f"{digest}/")
    ]
    whole = same and all(g.fingerprint == f"{digest}/{len(same)}" for g in same)
    return same if whole else []
