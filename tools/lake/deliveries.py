"""What lies under a path: which files make up which report and billing period.

Three layouts are told apart. AWS Data Exports and Azure cost exports declare the period in a
folder name and the files that count in a manifest; every other file is a report of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from tools.core.errors import BadBillError

_BILL = re.compile(r"\.(csv|tsv|parquet|zip)(\.gz|\.gzip|\.zst|\.zstd)?\Z", re.IGNORECASE)
_ENDINGS = re.compile(
    r"(\.snappy|\.csv|\.tsv|\.parquet|\.zip|\.gz|\.gzip|\.zst|\.zstd)+\Z", re.IGNORECASE
)

Dated = Callable[[Path], datetime]  # when a file was written


@dataclass(frozen=True, slots=True)
class Delivery:
    """Files that are loaded together.

    Args:
        report: the report within its source.
        period: first day of the billing period they hold, as a folder declares it; None for a
            lone file, whose rows name their periods.
        files: what counts; none where a manifest says that the period is empty.
        data_as_of: when the provider wrote them.
        covered: the last day the manifest says they cover, if it says so.
        missing: files the manifest names that are not there.
    """

    report: str
    period: date | None
    files: tuple[Path, ...]
    data_as_of: datetime
    covered: date | None = None
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """What lies under a path, and sentences: what was left out of it, what was taken with it."""

    deliveries: tuple[Delivery, ...]
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def find(path: Path, *, base: Path | None = None) -> Found:
    """The deliveries under `path`; report names are relative to the folder `base`.

    Raises:
        BadBillError: there is nothing at `path`, or nothing that could be a bill.
    """
    from tools.lake import exports

    if path.is_file():
        return _find_file(path, base if base and base.is_dir() else None)
    if not path.is_dir():
        raise BadBillError(f"There is nothing at {path}; check the path.", file=str(path))
    root = base if base and base.is_dir() and path.is_relative_to(base) else path
    files, links = _each_once(path)
    aws, rest = exports.aws(files, root)
    azure, rest = exports.azure(rest, root)
    lone = [f for f in rest if _BILL.search(f.name)]
    found = Found(
        (*aws.deliveries, *azure.deliveries, *_lone(lone, root)),
        (*links, *aws.left_out, *azure.left_out),
    )
    if not found.deliveries:
        raise BadBillError(
            f"There is no bill under {path}: no CSV or Parquet file, plain, .gz, .zst or .zip.",
            file=str(path),
        )
    return found


def _find_file(path: Path, base: Path | None) -> Found:
    """A lone file; or, where it lies in an export's folder, the whole delivery it is part of.

    As a report of its own it would count beside the export it belongs to.
    """
    from tools.lake import exports

    root = base if base and path.is_relative_to(base) else None
    found = exports.around(path.absolute(), root)
    if found is None:
        name = report_name(path, base or path.parent)
        return Found((Delivery(name, None, (path,), written(path)),))
    for delivery in found.deliveries:
        if path.absolute() in delivery.files:
            whole = f"{delivery.report} {delivery.period:%Y-%m}"
            note = f"{path.name} is one of {len(delivery.files)} files of {whole}; all are read."
            return replace(found, notes=(note,) if len(delivery.files) > 1 else ())
    raise BadBillError(
        f"{path.name} lies in an export's folder and is not of the newest run, which counts; give "
        "the export's folder.",
        file=path.name,
    )


def _each_once(folder: Path) -> tuple[list[Path], list[str]]:
    """The files below a folder, each real one once, and sentences on the links left out."""
    found = sorted(f for f in folder.rglob("*") if f.is_file() and not is_hidden(f, folder))
    real = {f.resolve(): f for f in found if not f.is_symlink()}
    files, left_out = [], []
    for file in found:
        first = real.setdefault(file.resolve(), file)
        if first is file:
            files.append(file)
        elif is_bill(file):
            link, target = (f.relative_to(folder).as_posix() for f in (file, first))
            left_out.append(f"{link} is a link to {target}, which counts once.")
    return files, left_out


def is_bill(path: Path) -> bool:
    """True where the name says that the file may hold a bill."""
    return bool(_BILL.search(path.name))


def report_name(path: Path, base: Path) -> str:
    """The path below `base`, without its endings."""
    relative = path.relative_to(base) if path.is_relative_to(base) else Path(path.name)
    return (relative.parent / (_ENDINGS.sub("", relative.name) or relative.name)).as_posix()


def written(path: Path) -> datetime:
    """The file's modification time."""
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)


def newest(files: Iterable[Path], dated: Dated = written) -> datetime:
    """The newest time of writing."""
    return max((dated(f) for f in files), default=datetime(1970, 1, 1, tzinfo=UTC))


def _lone(files: list[Path], base: Path) -> list[Delivery]:
    names: dict[str, Path] = {}
    for file in files:
        name = report_name(file, base)
        if name in names:  # bill.csv beside bill.parquet: two reports
            name = file.relative_to(base).as_posix()
        names[name] = file
    return [Delivery(name, None, (file,), written(file)) for name, file in names.items()]


def is_hidden(path: Path, root: Path) -> bool:
    """True where a name below `root` says that it is not for others to read."""
    return any(part.startswith((".", "_")) for part in path.relative_to(root).parts)


def grouped(files: Iterable[Path], keys: Mapping[Path, str]) -> dict[str, list[Path]]:
    """Files by key, in order."""
    groups: dict[str, list[Path]] = {}
    for file in files:
        groups.setdefault(keys[file], []).append(file)
    return groups
