"""One bill file, opened: what it is, its columns, and where its rows can be read as Parquet.

Parquet is read where it lies. CSV is parsed once, all columns as text, into a Parquet file of
the running ingest, so that everything after it has one form, a row number and cheap re-reads.
"""

from __future__ import annotations

import csv
import gzip
import re
import shutil
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tools.core.errors import BadBillError
from tools.lake.columns import Column, by_plain_name, known, other_dataset, plain, read_twice
from tools.lake.disk import is_of_lake, unavailable
from tools.lake.quoting import literal
from tools.lake.stats import UNKNOWN, text_stats

if TYPE_CHECKING:
    import duckdb

_HEAD = 1 << 20
_LINE = 1 << 24
_PROBABLY_A_BILL = 2
_NOT_UTF8 = "is not UTF-8"


class OtherDatasetError(BadBillError):
    """A FOCUS dataset that holds no charges; left out of a folder, refused alone."""


class NotABillError(BadBillError):
    """A file that shows no sign of being a bill; left out of a folder, refused alone."""


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line of a CSV file that is not a row: its 1-based data row, text and reason."""

    row: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class BillFile:
    """An open bill.

    Args:
        name: the file as the person named it.
        data: the Parquet file its rows are read from.
        columns: by plain name.
        bad_lines: lines of a CSV file that could not be parsed.
        recoded: lines of it that were not UTF-8 and were read as Windows-1252.
    """

    name: str
    data: Path
    columns: dict[str, Column]
    bad_lines: tuple[BadLine, ...] = ()
    recoded: int = 0

    @property
    def relation(self) -> str:
        """What SQL reads it from."""
        return f"read_parquet({literal(str(self.data))}, hive_partitioning=false)"

    def column(self, *names: str) -> Column | None:
        """The first of the FOCUS columns that the file has."""
        return next((self.columns[n] for n in map(plain, names) if n in self.columns), None)


def open_bill(db: duckdb.DuckDBPyConnection, path: Path, *, shown: str, staging: Path) -> BillFile:
    """Open a file; CSV rows land in `staging`.

    Raises:
        BadBillError: it cannot be read, or is no bill; the sentence names it.
    """
    head = _head_bytes(path, shown)
    if head.startswith(b"PK\x03\x04"):
        path = _unzipped(path, shown=shown, staging=staging)
        head = _head_bytes(path, shown)
    if head.startswith(b"PAR1"):
        return _checked(_open_parquet(db, path, shown))
    return _checked(_open_csv(db, path, shown=shown, staging=staging))


def _head_bytes(path: Path, shown: str) -> bytes:
    try:
        with path.open("rb") as file:
            head = file.read(16)
    except OSError as error:
        reason = error.strerror or "it did not open"
        raise BadBillError(f"{shown} cannot be read: {reason}.", file=shown) from error
    if not head:
        raise BadBillError(f"{shown} is empty.", file=shown)
    return head


def _unzipped(path: Path, *, shown: str, staging: Path) -> Path:
    try:
        with zipfile.ZipFile(path) as archive:
            members = [m for m in archive.infolist() if not m.is_dir()]
            if len(members) != 1:
                raise BadBillError(
                    f"{shown} holds {len(members)} files; a zip must hold one bill. Unpack it and "
                    "ingest the folder.",
                    file=shown,
                )
            target = _fresh(staging, ".unzipped")
            with archive.open(members[0]) as source, target.open("wb") as copy:
                shutil.copyfileobj(source, copy)
    except (zipfile.BadZipFile, OSError, EOFError, RuntimeError, NotImplementedError) as error:
        if is_of_lake(error, staging):
            raise unavailable() from error
        raise BadBillError(f"{shown} is not a readable zip file.", file=shown) from error
    return target


def _open_parquet(db: duckdb.DuckDBPyConnection, path: Path, shown: str) -> BillFile:
    import duckdb

    relation = f"read_parquet({literal(str(path))}, hive_partitioning=false)"
    try:
        rows = db.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
        spelt = _spelt(db, path)
    except duckdb.Error as error:
        raise BadBillError(
            f"{shown} is cut off or damaged: its Parquet footer cannot be read.", file=shown
        ) from error
    _refuse_twins(spelt, shown)
    return _described(db, shown, path, [(row[0], row[1]) for row in rows])


def _spelt(db: duckdb.DuckDBPyConnection, path: Path) -> list[str]:
    """Column names as the footer has them: DuckDB numbers those that differ in case alone."""
    nodes = db.execute(f"SELECT name, num_children FROM parquet_schema({literal(str(path))})")
    names, below = [], 0
    for column, children in nodes.fetchall()[1:]:  # the first is the root of them all
        if not below:
            names.append(column)
            below = 1
        below += (children or 0) - 1
    return names


def _refuse_twins(names: Iterable[str], shown: str) -> None:
    twin = read_twice(names)
    if twin:
        raise BadBillError(
            f"{shown} has the column {twin} twice, and which of them counts cannot be told; take "
            "one away.",
            file=shown,
            column=twin,
        )


def _open_csv(db: duckdb.DuckDBPyConnection, path: Path, *, shown: str, staging: Path) -> BillFile:
    bill = _parsed(db, path, shown=shown, staging=staging)
    is_other_text = any(line.reason == _NOT_UTF8 for line in bill.bad_lines)
    if not is_other_text or _compression(path) == "zstd":
        return bill
    recoded = _fresh(staging, ".utf8")
    count = _recode(path, recoded)
    return replace(_parsed(db, recoded, shown=shown, staging=staging), recoded=count)


def _recode(path: Path, target: Path) -> int:
    """Write a text file as UTF-8; returns how many of its lines were Windows-1252 instead."""
    count = 0
    read = gzip.open if _compression(path) == "gzip" else open
    with read(path, "rb") as lines, target.open("wb") as copy:
        for line in lines:
            try:
                line.decode("utf-8")
                copy.write(line)
            except UnicodeDecodeError:
                copy.write(line.decode("cp1252", errors="replace").encode("utf-8"))
                count += 1
    return count


def _parsed(db: duckdb.DuckDBPyConnection, path: Path, *, shown: str, staging: Path) -> BillFile:
    import duckdb

    head = _first_lines(db, path, shown)
    delimiter, header = _header(head, shown)
    _refuse_twins(header, shown)
    header = _unique(header)
    target = _fresh(staging, ".parquet")
    columns = "{" + ", ".join(f"{literal(h)}: 'VARCHAR'" for h in header) + "}"
    reader = (
        f"read_csv({literal(str(path))}, auto_detect=false, header=true, delim={literal(delimiter)}"
        f", quote='\"', escape='\"', columns={columns}, compression={literal(_compression(path))}"
        f", nullstr='', max_line_size={_LINE}, ignore_errors=true, store_rejects=true"
        ", rejects_table='bad_lines', rejects_scan='bad_scans', rejects_limit=0)"
    )
    db.execute("DROP TABLE IF EXISTS bad_lines; DROP TABLE IF EXISTS bad_scans")
    db.execute("SET preserve_insertion_order=true")
    try:
        db.execute(
            f"COPY (FROM {reader}) TO {literal(str(target))} (FORMAT parquet, COMPRESSION lz4)"
        )
        bad = tuple(_bad_lines(db))
    except duckdb.Error as error:
        if is_of_lake(error, staging):
            raise unavailable() from error
        raise BadBillError(
            f"{shown} cannot be read to its end: {reason(error)}", file=shown
        ) from error
    finally:
        db.execute("SET preserve_insertion_order=false")
    return _described(db, shown, target, [(h, "VARCHAR") for h in header], bad)


def _described(
    db: duckdb.DuckDBPyConnection,
    shown: str,
    data: Path,
    columns: list[tuple[str, str]],
    bad: tuple[BadLine, ...] = (),
) -> BillFile:
    stats = text_stats(db, data)
    described = [Column(name, kind, stats.get(name, UNKNOWN)) for name, kind in columns]
    return BillFile(shown, data, by_plain_name(described), bad)


def _bad_lines(db: duckdb.DuckDBPyConnection) -> Iterator[BadLine]:
    rows = db.execute(
        # A missing field is told of once for each that is missing, one too many likewise.
        "SELECT line, any_value(csv_line), any_value(error_type)::VARCHAR, "
        "CASE any_value(error_type)::VARCHAR WHEN 'MISSING COLUMNS' "
        "THEN min_by(error_message, column_idx) ELSE max_by(error_message, column_idx) END "
        "FROM bad_lines GROUP BY scan_id, file_id, line ORDER BY line"
    ).fetchall()
    for line, text, kind, message in rows:
        yield BadLine(max(1, line - 1), text.strip("\r\n"), _why_no_row(kind, message))


def _why_no_row(kind: str, message: str) -> str:
    """`has 2 fields, the header 11`, from DuckDB's words."""
    counts = re.search(r"Columns: (\d+) Found: (\d+)", message)
    if counts:
        fields = "1 field" if counts[2] == "1" else f"{counts[2]} fields"
        return f"has {fields}, the header {counts[1]}"
    known = {
        "UNQUOTED VALUE": "has a quotation mark that does not end",
        "LINE SIZE OVER MAXIMUM": "is longer than 16 MB",
        "INVALID ENCODING": _NOT_UTF8,
    }
    return known.get(kind, "cannot be divided into fields")


def _first_lines(db: duckdb.DuckDBPyConnection, path: Path, shown: str) -> str:
    compression = _compression(path)
    try:
        if compression == "gzip":
            with gzip.open(path, "rb") as file:
                head = file.read(_HEAD)
        elif compression == "zstd":
            return "\n".join(_zstd_lines(db, path))
        else:
            with path.open("rb") as file:
                head = file.read(_HEAD)
    except (OSError, EOFError) as error:
        raise BadBillError(f"{shown} is cut off or damaged.", file=shown) from error
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BadBillError(f"{shown} is UTF-16; save it as UTF-8 and ingest it again.", file=shown)
    if b"\0" in head:
        raise NotABillError(f"{shown} is not a bill: it is neither CSV nor Parquet.", file=shown)
    return head.decode("utf-8-sig", errors="replace")


def _zstd_lines(db: duckdb.DuckDBPyConnection, path: Path) -> list[str]:
    import duckdb

    try:
        rows = db.execute(
            f"SELECT line FROM read_csv({literal(str(path))}, auto_detect=false, header=false, "
            "columns={'line': 'VARCHAR'}, delim='\x01', quote='', escape='', compression='zstd', "
            f"max_line_size={_LINE}, ignore_errors=true) LIMIT 20"
        ).fetchall()
    except duckdb.Error as error:
        raise BadBillError(f"{path.name} is cut off or damaged.", file=path.name) from error
    lines = [row[0] or "" for row in rows]
    return [lines[0].removeprefix("\ufeff"), *lines[1:]] if lines else []


def _header(head: str, shown: str) -> tuple[str, list[str]]:
    lines = [line for line in head.splitlines() if line.strip()]
    if not lines:
        raise BadBillError(f"{shown} is empty.", file=shown)
    readings = {d: next(csv.reader([lines[0]], delimiter=d), []) for d in ",;\t|"}
    delimiter = max(readings, key=lambda d: known(readings[d]))
    header = [h.strip().strip('"') for h in readings[delimiter]]
    if known(header) < _PROBABLY_A_BILL:
        begins = lines[0].strip()[:40]
        raise NotABillError(
            f"{shown} is not a bill: its first line has no FOCUS columns (it begins “{begins}”).",
            file=shown,
        )
    return delimiter, header


def _unique(header: list[str]) -> list[str]:
    seen: set[str] = set()
    names = []
    for place, column in enumerate(header):
        unique = column or f"column {place + 1}"
        while unique.lower() in seen:
            unique += " again"
        seen.add(unique.lower())
        names.append(unique)
    return names


def _checked(bill: BillFile) -> BillFile:
    names = [column.name for column in bill.columns.values()]
    dataset = other_dataset(names)
    if dataset:
        raise OtherDatasetError(
            f"{bill.name} is a FOCUS {dataset} dataset: it holds no charges.", file=bill.name
        )
    if known(names) < _PROBABLY_A_BILL:
        raise NotABillError(
            f"{bill.name} is not a bill: none of its columns is a FOCUS column.", file=bill.name
        )
    if not bill.column("ChargePeriodStart"):
        raise BadBillError(
            f"{bill.name} has no column ChargePeriodStart, so its charges have no day.",
            file=bill.name,
            column="ChargePeriodStart",
        )
    if not bill.column("BilledCost") and not bill.column("EffectiveCost"):
        raise BadBillError(
            f"{bill.name} has no cost column: neither BilledCost nor EffectiveCost.",
            file=bill.name,
            column="BilledCost",
        )
    return bill


def _compression(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(4)
    if head.startswith(b"\x1f\x8b"):
        return "gzip"
    return "zstd" if head == b"\x28\xb5\x2f\xfd" else "none"


def _fresh(staging: Path, ending: str) -> Path:
    return staging / f"{len(list(staging.iterdir()))}{ending}"


def reason(error: Exception) -> str:
    """Why DuckDB could not read a file, without its own words around it."""
    line = str(error).splitlines()[0]
    line = re.sub(r'\A[A-Z][\w ]*Error: |Failed to read file "[^"]*": |file "[^"]*"', "", line)
    return line.strip().removesuffix(".") + "."
