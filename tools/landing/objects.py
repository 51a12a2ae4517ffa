"""Which objects of a bucket count: told from their names and the exports' manifests alone.

So that an old run of an export, which may be as large as the newest, is never downloaded.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from tools.lake import exports
from tools.lake.deliveries import Delivery, is_bill

_QUIET = timedelta(hours=1)  # after it, a file newer than its manifest was copied so
_ODD = re.compile(r"[\x00-\x1f\\]")
_LONGEST = 255  # bytes of a name that file systems take


@dataclass(frozen=True, slots=True)
class Thing:
    """An object as a bucket lists it.

    Args:
        key: its name in the bucket.
        path: where it lands, below the landing folder.
        size: bytes.
        etag: changes with its content.
        modified: when it was written.
    """

    key: str
    path: str
    size: int
    etag: str
    modified: datetime

    @property
    def is_manifest(self) -> bool:
        """Whether it may tell which files of an export count."""
        return self.key.lower().endswith("manifest.json")

    @property
    def seen(self) -> list[object]:
        """What is remembered of it."""
        return [self.etag, self.size]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to have in the landing folder.

    Args:
        wanted: objects that count, manifests included.
        kept: paths below which nothing is touched, because their export is not whole now.
        left_out: sentences: runs that do not count.
        notes: sentences: exports that are being written.
        failed: sentences: exports of which files are missing.
    """

    wanted: tuple[Thing, ...]
    kept: frozenset[tuple[str, date]] = frozenset()
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()


def landing_path(key: str, prefix: str) -> str | None:
    """Where an object lands; None for what is no bill, no manifest, or not for others to read."""
    below = key.removeprefix(f"{prefix}/") if prefix else key
    if key == prefix:
        below = key.rsplit("/", 1)[-1]
    elif prefix and below == key:
        return None
    if not (is_bill(Path(below)) or below.lower().endswith("manifest.json")):
        return None
    return None if any(part.startswith((".", "_")) for part in below.split("/")) else below


def is_odd(path: str) -> bool:
    """Whether a name cannot be a file's here, or would lead out of the folder."""
    parts = path.split("/")
    return (
        bool(_ODD.search(path))
        or any(part in ("", ".", "..") for part in parts)
        or any(len(part.encode()) > _LONGEST for part in parts)
    )


def without_odd(things: Iterable[Thing]) -> list[Thing]:
    """Those that can be files here, all of them beside each other."""
    fit = [thing for thing in things if not is_odd(thing.path)]
    folders = {folder.as_posix() for thing in fit for folder in Path(thing.path).parents}
    return [thing for thing in fit if thing.path not in folders]


def planned(things: Iterable[Thing], root: Path, *, now: datetime) -> Plan:
    """Which of `things` count.

    Args:
        things: everything listed; the manifests among them lie below `root`.
        root: a folder.
        now: the bucket's own clock.
    """
    by_path = {root / thing.path: thing for thing in things}
    files = sorted(by_path)

    def dated(file: Path) -> datetime:
        return by_path[file].modified

    aws, rest = exports.aws(files, root, dated=dated)
    azure, rest = exports.azure(rest, root, dated=dated)
    manifests = _by_place(by_path, root)
    wanted = [by_path[file] for file in rest if is_bill(file)]
    kept, notes, failed = set(), [], []
    for delivery in (*aws.deliveries, *azure.deliveries):
        place = _place(delivery)
        mine = manifests.get(place, [])
        if delivery.missing:
            failed.append(_missing(delivery))
        elif newer := _newer(delivery, mine, by_path, now=now):
            notes.append(_written_now(delivery, newer))
        else:
            wanted += [*mine, *(by_path[file] for file in delivery.files)]
            continue
        kept.add(place)
    left_out = (*aws.left_out, *azure.left_out)
    return Plan(tuple(wanted), frozenset(kept), left_out, tuple(notes), tuple(failed))


def place_of(path: str, root: Path) -> tuple[str, date] | None:
    """Report and month of a landed file, where an export's folders tell them."""
    return exports.place(root / path, root)


def _place(delivery: Delivery) -> tuple[str, date]:
    if delivery.period is None:
        raise AssertionError("an export's folders declare its period")
    return (delivery.report, delivery.period)


def _by_place(by_path: Mapping[Path, Thing], root: Path) -> dict[tuple[str, date], list[Thing]]:
    found: dict[tuple[str, date], list[Thing]] = {}
    for file, thing in by_path.items():
        at = exports.place(file, root) if thing.is_manifest else None
        if at:
            found.setdefault(at, []).append(thing)
    return found


def _newer(
    delivery: Delivery,
    manifests: list[Thing],
    by_path: Mapping[Path, Thing],
    *,
    now: datetime,
) -> int:
    """How many files were written after every manifest, and just now: AWS writes it last."""
    if not manifests:
        return 0
    last = max(manifest.modified for manifest in manifests)
    times = [by_path[file].modified for file in delivery.files]
    return sum(last < time and now - time < _QUIET for time in times)


def _missing(delivery: Delivery) -> str:
    return (
        f"{delivery.report} {delivery.period:%Y-%m}: its manifest names {delivery.missing[0]}, "
        "which is not in the bucket. What stood before still stands; if the export was being "
        "written, the next ingest reads it."
    )


def _written_now(delivery: Delivery, newer: int) -> str:
    files = "1 file is" if newer == 1 else f"{newer} files are"
    return (
        f"{delivery.report} {delivery.period:%Y-%m} is being written: {files} newer than its "
        "manifest. What stood before still stands; the next ingest reads it."
    )
