"""Which files make up the lake right now: one JSON file, switched by a rename.

A generation is one loaded (source, report, billing period). Readers open the files that the
manifest names and no others; a switch replaces the manifest in one step, so a reader sees the
old total or the new one. Files that fell out are deleted later, when nobody can be reading them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from tools.core.errors import UnavailableError
from tools.core.periods import Period

NAME = "manifest.json"
LOCK = "manifest.lock"
TABLES = ("facts", "resources", "daily", "overview", "tag_sets")
BILL, REPORT = "bill", "report"


@dataclass(frozen=True, slots=True)
class Generation:
    """One loaded billing period of one report of one source.

    Args:
        id: names its files; never used twice.
        source: the configured source.
        report: the report within the source; a lone file is a report of its own.
        billing_period: first day of the period, as manifest or folder declares it, else the
            period most rows of a lone file name.
        files: table → paths below the lake's root.
        rows: lines of the bill in it.
        rejected: lines kept aside because they could not be read.
        first_day: first charge day.
        last_day: last charge day, included.
        billed: billed cost per currency.
        effective: effective cost per currency.
        fingerprint: of the bytes it was made from; the same again changes nothing.
        data_as_of: when the provider wrote it (manifest, else the newest file time).
        loaded_at: when Purser loaded it.
        complete_through: the last day that is complete in it; None where nothing is.
        issuers: provider and billing account of its lines; empty texts where they are not named.
        kind: `bill`, or `report` where it was read from a vendor's own cost interface.
    """

    id: str
    source: str
    report: str
    billing_period: date
    files: dict[str, tuple[str, ...]]
    rows: int
    rejected: int
    first_day: date
    last_day: date
    billed: dict[str, Decimal]
    effective: dict[str, Decimal]
    fingerprint: str
    data_as_of: datetime
    loaded_at: datetime
    complete_through: date | None
    issuers: tuple[tuple[str, str], ...] = ()
    kind: str = BILL

    @property
    def unit(self) -> tuple[str, str, date]:
        """What it replaces, and is replaced by."""
        return (self.source, self.report, self.billing_period)

    def overlaps(self, days: Period) -> bool:
        """Whether it can hold charges of those days."""
        return self.first_day < days.end and self.last_day >= days.start


@dataclass(frozen=True, slots=True)
class Manifest:
    """The live generations. `version` grows with every switch."""

    version: int = 0
    generations: tuple[Generation, ...] = ()
    _by_unit: dict[tuple[str, str, date], Generation] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        self._by_unit.update({g.unit: g for g in self.generations})

    def live(self, unit: tuple[str, str, date]) -> Generation | None:
        """The generation that stands for a unit now."""
        return self._by_unit.get(unit)

    def files(self, table: str) -> tuple[str, ...]:
        """Every live file of a table, relative to the lake's root."""
        return tuple(path for g in self.generations for path in g.files.get(table, ()))

    def sources(self) -> tuple[str, ...]:
        """Names of the sources that have bills."""
        return tuple(sorted({g.source for g in self.generations}))

    def complete_through(self, source: str) -> date | None:
        """The last day complete in the newest billing period of every current report.

        Reports that ended in an earlier period (last month's lone file) do not hold it back.
        """
        mine = [g for g in self.generations if g.source == source]
        if not mine:
            return None
        newest = max(g.billing_period for g in mine)
        days = [g.complete_through for g in mine if g.billing_period == newest]
        return None if None in days else min(day for day in days if day is not None)

    def with_(self, new: Iterable[Generation], *, drop: Iterable[str] = ()) -> Manifest:
        """The manifest after a switch: `new` replace their units, generations `drop` go."""
        added = {g.unit: g for g in new}
        gone = set(drop)
        kept = [g for g in self.generations if g.unit not in added and g.id not in gone]
        everything = sorted([*kept, *added.values()], key=lambda g: (g.unit, g.id))
        return Manifest(self.version + 1, tuple(everything))


def load(root: Path) -> Manifest:
    """The manifest as it stands; an empty one where nothing was ever loaded."""
    try:
        text = (root / NAME).read_text(encoding="utf-8")
    except FileNotFoundError:
        return Manifest()
    except NotADirectoryError as error:
        raise _not_a_folder(root) from error
    except OSError as error:
        raise UnavailableError(f"The lake's {NAME} cannot be read: {error.strerror}.") from error
    try:
        raw = json.loads(text)
        return Manifest(raw["version"], tuple(_generation(g) for g in raw["generations"]))
    except (ValueError, KeyError, TypeError) as error:
        raise UnavailableError(
            f"The lake's {NAME} cannot be read; put back a copy, or remove the lake and "
            "ingest again."
        ) from error


def save(root: Path, manifest: Manifest) -> None:
    """Switch to `manifest` in one step that a crash cannot halve. Hold `locked` around it."""
    raw = {"version": manifest.version, "generations": [_raw(g) for g in manifest.generations]}
    temporary = root / f".{NAME}.{os.getpid()}"
    with temporary.open("w", encoding="utf-8") as file:
        json.dump(raw, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(root / NAME)
    folder = os.open(root, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


@contextmanager
def locked(root: Path, *, timeout: float = 600) -> Iterator[None]:
    """Keep other switches out; the lock goes with the process that holds it."""
    from filelock import FileLock, Timeout

    try:
        root.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as error:
        raise _not_a_folder(root) from error
    try:
        with FileLock(root / LOCK, timeout=timeout):
            yield
    except Timeout as error:
        raise UnavailableError(
            "Another ingest holds the lake; it has not finished in time."
        ) from error


def _not_a_folder(root: Path) -> UnavailableError:
    return UnavailableError(
        f"The lake cannot be opened: {root} is not a folder. Move what lies there away."
    )


def _raw(g: Generation) -> dict[str, object]:
    return {
        "id": g.id,
        "source": g.source,
        "report": g.report,
        "billing_period": g.billing_period.isoformat(),
        "files": {table: list(paths) for table, paths in g.files.items()},
        "rows": g.rows,
        "rejected": g.rejected,
        "first_day": g.first_day.isoformat(),
        "last_day": g.last_day.isoformat(),
        "billed": {currency: str(amount) for currency, amount in g.billed.items()},
        "effective": {currency: str(amount) for currency, amount in g.effective.items()},
        "fingerprint": g.fingerprint,
        "data_as_of": g.data_as_of.isoformat(),
        "loaded_at": g.loaded_at.isoformat(),
        "complete_through": g.complete_through.isoformat() if g.complete_through else None,
        "issuers": [list(issuer) for issuer in g.issuers],
        "kind": g.kind,
    }


def _generation(raw: dict[str, object]) -> Generation:
    def day(name: str) -> date:
        return date.fromisoformat(str(raw[name]))

    def amounts(name: str) -> dict[str, Decimal]:
        return {currency: Decimal(amount) for currency, amount in _mapping(raw[name]).items()}

    files = _mapping(raw["files"])
    issuers: Any = raw.get("issuers", ())  # a manifest of before there were second views
    return Generation(
        id=str(raw["id"]),
        source=str(raw["source"]),
        report=str(raw["report"]),
        billing_period=day("billing_period"),
        files={table: tuple(paths) for table, paths in files.items()},
        rows=int(str(raw["rows"])),
        rejected=int(str(raw["rejected"])),
        first_day=day("first_day"),
        last_day=day("last_day"),
        billed=amounts("billed"),
        effective=amounts("effective"),
        fingerprint=str(raw["fingerprint"]),
        data_as_of=datetime.fromisoformat(str(raw["data_as_of"])),
        loaded_at=datetime.fromisoformat(str(raw["loaded_at"])),
        complete_through=day("complete_through") if raw["complete_through"] else None,
        issuers=tuple((str(provider), str(account)) for provider, account in issuers),
        kind=str(raw.get("kind", BILL)),
    )


def _mapping(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise TypeError("expected a JSON object")
    return value
