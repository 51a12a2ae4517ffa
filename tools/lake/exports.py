"""The folder layouts of AWS Data Exports and Azure cost exports, with their manifests.

AWS    <export>/data/BILLING_PERIOD=2026-04/[<time>-<execution>/]*.parquet|*.csv.gz
       <export>/metadata/BILLING_PERIOD=2026-04/[<time>-<execution>/]<export>-Manifest.json
Azure  <export>/20260401-20260430/[<time>/]<run>/part_0_0001.csv + manifest.json

Both may keep every earlier run beside the newest; only the files that the newest run's manifest
names count, whatever else lies there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from tools.lake.deliveries import Dated, Delivery, Found, is_bill, is_hidden, newest, written

_PERIOD = re.compile(r"billing_period=(\d{4})-(\d{2})(?:-\d{2})?\Z", re.IGNORECASE)
_RANGE = re.compile(r"(\d{4})(\d{2})(\d{2})-(\d{4})(\d{2})(\d{2})\Z")
_TIME = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})[T_-]?(\d{2}):?-?(\d{2})(?::?-?(\d{2}))?")

_WHEN = re.compile(r"(?i)created|updated|completed|submitted|executed|generated|execution.?time")


@dataclass(frozen=True, slots=True)
class _Run:
    """One execution of an export for one stretch of days."""

    time: tuple[str, float]
    files: tuple[Path, ...]
    missing: tuple[str, ...]
    as_of: datetime
    days: tuple[date, date] | None = None
    covered: date | None = None


def place(file: Path, base: Path) -> tuple[str, date] | None:
    """Report and month of a file that lies in an export's folders; None for any other."""
    found = _aws_place(file, base)
    if found:
        return found
    azure_place = _azure_place(file, base)
    return (azure_place[0], azure_place[1][0].replace(day=1)) if azure_place else None


def aws(files: list[Path], base: Path, *, dated: Dated = written) -> tuple[Found, list[Path]]:
    """Deliveries under `BILLING_PERIOD=` folders, and the files that are not.

    Args:
        files: what there is; manifests are read, bills need not be there yet.
        base: the folder that reports are named below.
        dated: when each file was written.
    """
    groups: dict[tuple[str, date], list[Path]] = {}
    rest = []
    for file in files:
        at = _aws_place(file, base)
        if at is None:
            rest.append(file)
        else:
            groups.setdefault(at, []).append(file)
    found = [_aws_delivery(*at, group, dated) for at, group in sorted(groups.items())]
    return _found(found), rest


def azure(files: list[Path], base: Path, *, dated: Dated = written) -> tuple[Found, list[Path]]:
    """Deliveries under `YYYYMMDD-YYYYMMDD` folders, and the files that are not; as `aws`."""
    groups: dict[tuple[str, date], dict[tuple[date, date], list[Path]]] = {}
    rest = []
    for file in files:
        at = _azure_place(file, base)
        if at is None:
            rest.append(file)
            continue
        report, days = at
        month = groups.setdefault((report, days[0].replace(day=1)), {})
        month.setdefault(days, []).append(file)
    found = [_azure_delivery(*at, ranges, dated) for at, ranges in sorted(groups.items())]
    return _found(found), rest


def _found(found: list[tuple[Delivery | None, str | None]]) -> Found:
    return Found(
        tuple(delivery for delivery, _ in found if delivery),
        tuple(note for _, note in found if note),
    )


def around(file: Path, base: Path | None) -> Found | None:
    """The delivery that a file in an export's folder is part of; None for a lone file.

    Its report is named below `base`, else as when the export's own folder is given.
    """
    parts = file.parts
    for place, part in enumerate(parts[:-1]):
        for pattern, read in ((_PERIOD, aws), (_RANGE, azure)):
            if match := pattern.match(part):
                export = _export(Path(*parts[:place]))
                files = list(_of_month(export, pattern, match.groups()[:2]))
                return read(files, base or export)[0]
    return None


def _of_month(
    export: Path, pattern: re.Pattern[str], month: tuple[str | Any, ...]
) -> Iterator[Path]:
    """The files in the folders of a month: of its data, and of the manifests beside them."""
    for folder in (export, export / "data", export / "metadata"):
        for period in sorted(folder.iterdir()) if folder.is_dir() else ():
            found = pattern.match(period.name)
            if found and found.groups()[:2] == month:
                inside = sorted(period.rglob("*"))
                yield from (f for f in inside if f.is_file() and not is_hidden(f, period))


def _export(above: Path) -> Path:
    """The export's folder, from the one that its periods lie in."""
    return above.parent if above.name.lower() in ("data", "metadata") else above


def _aws_place(file: Path, base: Path) -> tuple[str, date] | None:
    parts = file.parts
    for place, part in enumerate(parts[:-1]):
        match = _PERIOD.match(part)
        if match:
            above = _export(Path(*parts[:place]))
            return _export_name(above, base), date(int(match[1]), int(match[2]), 1)
    return None


def _azure_place(file: Path, base: Path) -> tuple[str, tuple[date, date]] | None:
    parts = file.parts
    for place, part in enumerate(parts[:-1]):
        match = _RANGE.match(part)
        if match:
            year, month, day, end_year, end_month, end_day = (int(n) for n in match.groups())
            days = (date(year, month, day), date(end_year, end_month, end_day))
            return _export_name(Path(*parts[:place]), base), days
    return None


def _export_name(folder: Path, base: Path) -> str:
    if folder != base and folder.is_relative_to(base):
        return folder.relative_to(base).as_posix()
    return folder.name


def _aws_delivery(
    report: str, period: date, files: list[Path], dated: Dated
) -> tuple[Delivery | None, str | None]:
    bills = [f for f in files if is_bill(f)]
    manifests = [(f, raw) for f in files for raw in _manifest(f) if _lists_files(raw)]
    if manifests:
        claimed = {_tail(n, _PERIOD) for _, raw in manifests for n in _bill_names(raw)}
        runs = [_aws_run(file, raw, bills, dated, claimed) for file, raw in manifests]
        run = max(runs, key=lambda run: run.time)
    else:
        run = _newest_folder(bills, dated)
    if not manifests and not bills:
        return None, None
    delivery = Delivery(report, period, run.files, run.as_of, run.covered, run.missing)
    return delivery, _left_out(report, period, len(bills) - len(run.files))


def _aws_run(
    file: Path, raw: dict[str, Any], bills: list[Path], dated: Dated, claimed: set[str]
) -> _Run:
    names = list(_bill_names(raw))
    files, missing = _named(names, bills, after=_PERIOD, claimed=claimed)
    times = [*(_time_in(text) for text in (*file.parts, *names)), *_times_told(raw)]
    as_of = newest(files or [file], dated)
    return _Run((max(times), dated(file).timestamp()), files, missing, as_of)


def _azure_delivery(
    report: str, period: date, ranges: dict[tuple[date, date], list[Path]], dated: Dated
) -> tuple[Delivery | None, str | None]:
    runs = [run for days, files in ranges.items() for run in _azure_runs(days, files, dated)]
    kept: list[_Run] = []
    for run in sorted(runs, key=lambda run: run.time, reverse=True):
        if not any(_overlap(run, newer) for newer in kept):
            kept.append(run)
    if not kept:
        return None, None
    delivery = Delivery(
        report,
        period,
        tuple(sorted(file for run in kept for file in run.files)),
        max(run.as_of for run in kept),
        max((run.covered for run in kept if run.covered), default=None),
        tuple(name for run in kept for name in run.missing),
    )
    bills = sum(is_bill(f) for files in ranges.values() for f in files)
    return delivery, _left_out(report, period, bills - len(delivery.files))


def _azure_runs(days: tuple[date, date], files: list[Path], dated: Dated) -> Iterator[_Run]:
    bills = [f for f in files if is_bill(f)]
    manifests = [(f, raw) for f in files for raw in _manifest(f) if "blobs" in raw]
    for file, raw in manifests:
        info = raw.get("runInfo") or {}
        submitted = _moment(info.get("submittedTime"))
        names = [str(blob.get("blobName", "")) for blob in raw["blobs"]]
        beside = [bill for bill in bills if bill.is_relative_to(file.parent)]
        named, missing = _named(names, beside, after=_RANGE)
        as_of = submitted or newest(named or [file], dated)
        end = _moment(info.get("endDate"))
        time = (as_of.strftime("%Y%m%d%H%M%S"), dated(file).timestamp())
        yield _Run(time, named, missing, as_of, days, end.date() if end else None)
    if not manifests and bills:
        run = _newest_folder(bills, dated)
        yield _Run(run.time, run.files, (), run.as_of, days)


def _newest_folder(bills: list[Path], dated: Dated) -> _Run:
    """Without a manifest: of several runs' folders the newest; files side by side all count."""
    folders: dict[Path, list[Path]] = {}
    for bill in bills:
        folders.setdefault(bill.parent, []).append(bill)
    runs = [
        _Run(
            (_time_in(folder.as_posix()), newest(files, dated).timestamp()),
            tuple(files),
            (),
            newest(files, dated),
        )
        for folder, files in folders.items()
    ]
    return max(runs, key=lambda run: run.time, default=_Run(("", 0.0), (), (), newest([])))


def _overlap(one: _Run, other: _Run) -> bool:
    if one.days is None or other.days is None:
        return True
    return one.days[0] <= other.days[1] and other.days[0] <= one.days[1]


def _named(
    names: list[str],
    bills: list[Path],
    *,
    after: re.Pattern[str],
    claimed: Collection[str] = (),
) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """The local files behind a manifest's names, told by what follows the period's folder.

    Or by the bare name where that is unique, as copies may lie flat; but a file that some run's
    manifest claims by its folder is that run's, and no other's of the same name.
    """
    by_tail = {_tail(bill.as_posix(), after): bill for bill in bills}
    free = [bill for tail, bill in by_tail.items() if tail not in claimed]
    by_name = {bill.name: bill for bill in free}
    if len(by_name) != len(free):
        by_name = {}
    files, missing = [], []
    for name in names:
        file = by_tail.get(_tail(name, after)) or by_name.get(name.rsplit("/", 1)[-1])
        if file is None:
            missing.append(name)
        else:
            files.append(file)
    return tuple(sorted(set(files))), tuple(missing)


def _tail(path: str, after: re.Pattern[str]) -> str:
    parts = path.split("/")
    places = [place for place, part in enumerate(parts[:-1]) if after.match(part)]
    return "/".join(parts[places[-1] + 1 :]) if places else parts[-1]


def _manifest(file: Path) -> Iterator[dict[str, Any]]:
    """The manifest in a file, if it is one: a JSON object."""
    if not file.name.lower().endswith("manifest.json"):
        return
    try:
        raw = json.loads(file.read_text(encoding="utf-8-sig"))
    except (ValueError, OSError):
        return
    if isinstance(raw, dict):
        yield raw


def _lists_files(raw: dict[str, Any]) -> bool:
    """An empty list is a word, too: the newest execution has nothing for this period."""
    return "dataFiles" in raw or any(True for _ in _bill_names(raw))


def _bill_names(raw: object) -> Iterator[str]:
    """Whatever in a manifest names a bill file; under which key has changed over the years."""
    match raw:
        case str() if is_bill(Path(raw)):
            yield raw
        case dict():
            for value in raw.values():
                yield from _bill_names(value)
        case list():
            for value in raw:
                yield from _bill_names(value)


def _times_told(raw: dict[str, Any]) -> Iterator[str]:
    """When the execution ran, as far as the manifest tells."""
    for key, value in raw.items():
        moment = _moment(value) if _WHEN.search(key) else None
        if moment:
            yield moment.strftime("%Y%m%d%H%M%S")


def _time_in(text: str) -> str:
    found = [match for part in text.split("/") for match in [_TIME.match(part)] if match]
    return "".join(group or "00" for group in found[-1].groups()) if found else ""


def _moment(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", str(value)))
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _left_out(report: str, period: date, count: int) -> str | None:
    if count <= 0:
        return None
    files = "1 file" if count == 1 else f"{count} files"
    return f"{report} {period:%Y-%m}: {files} of earlier runs left out; the newest run counts."
