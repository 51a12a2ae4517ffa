"""A small real lake for tests: Parquet files in the schema's shape, written without the ingest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from tests.lake.scratch import scratch
from tools.lake import manifest as manifests
from tools.lake import schema
from tools.lake.manifest import Generation, Manifest
from tools.lake.quoting import literal, name

LOADED_AT = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
PLAIN_DEFAULTS = {
    "source": "aws",
    "report": "r",
    "currency": "USD",
    "provider": "AWS",
    "service": "EC2",
    "charge_category": "Usage",
}


@dataclass(frozen=True)
class Charge:
    """One line of a bill: a day, amounts, and whatever else matters to the test."""

    day: date
    cost: Decimal | int | str | None = Decimal(1)
    hour: int = 0
    tags: tuple[tuple[str, str], ...] = ()
    columns: dict[str, object] = field(default_factory=dict)

    def value(self, column: str) -> object:
        """What stands in a column of `facts`, the tag hash excepted."""
        start = datetime(self.day.year, self.day.month, self.day.day, self.hour)
        made = {
            "charge_day": self.day,
            "billing_period": self.day.replace(day=1),
            "charge_start": start,
            "charge_end": start + timedelta(hours=1),
        }
        if column in self.columns:
            return self.columns[column]
        if column in ("billed_cost", "effective_cost", "list_cost", "contracted_cost"):
            return None if self.cost is None else Decimal(self.cost)
        return made.get(column, PLAIN_DEFAULTS.get(column))


def charge(
    day: str, cost: object = 1, *, tags: dict[str, str] | None = None, **columns: object
) -> Charge:
    """A charge; keyword arguments are columns of `facts`."""
    hour = columns.pop("hour", 0)
    return Charge(date.fromisoformat(day), cost, hour, tuple(sorted((tags or {}).items())), columns)


def write_lake(
    root: Path, charges: Iterable[Charge], *, complete: dict[str, date | None] | None = None
) -> Manifest:
    """Add the charges' billing periods to the lake at `root`, as an ingest would.

    Args:
        root: the lake's folder.
        charges: lines of bills.
        complete: source → the last complete day; else the last day of its charges.
    """
    root.mkdir(parents=True, exist_ok=True)
    units: dict[tuple[str, str, date], list[Charge]] = {}
    for one in charges:
        unit = (one.value("source"), one.value("report"), one.value("billing_period"))
        units.setdefault(unit, []).append(one)
    before = manifests.load(root)
    made = [
        _generation(root, unit, lines, f"g{before.version}-{n}", complete or {})
        for n, (unit, lines) in enumerate(sorted(units.items()))
    ]
    after = before.with_(made)
    manifests.save(root, after)
    return after


def _generation(root, unit, lines, identity, complete) -> Generation:
    source, report, period = unit
    files = {t: (f"{identity}-{t}.parquet",) for t in manifests.TABLES}
    _write_files(root, lines, files)
    last = max(line.day for line in lines)
    return Generation(
        id=identity,
        source=source,
        report=report,
        billing_period=period,
        files=files,
        rows=len(lines),
        rejected=0,
        first_day=min(line.day for line in lines),
        last_day=last,
        billed={},
        effective={},
        fingerprint=identity,
        data_as_of=LOADED_AT,
        loaded_at=LOADED_AT,
        complete_through=complete.get(source, last),
    )


def _write_files(root: Path, lines: list[Charge], files: dict[str, tuple[str, ...]]) -> None:
    con = scratch()
    typed = ", ".join(f"{name(c)} {kind}" for c, kind in schema.FACTS.items())
    con.execute(f"CREATE TEMP TABLE facts ({typed})")
    con.execute("CREATE TEMP TABLE tag_sets (tag_hash UBIGINT, tags MAP(VARCHAR, VARCHAR))")
    for tags in sorted({line.tags for line in lines if line.tags}):
        keys, values = ([literal(x) for x in side] for side in zip(*tags, strict=True))
        con.execute(
            f"INSERT INTO tag_sets VALUES ({tag_hash(tags)}, "
            f"MAP([{', '.join(keys)}], [{', '.join(values)}]))"
        )
    rows = ["(" + ", ".join(_cell(line, column) for column in schema.FACTS) + ")" for line in lines]
    con.execute(f"INSERT INTO facts VALUES {', '.join(rows)}")
    sums = {"resources": schema.RESOURCES, "daily": schema.DAILY, "overview": schema.OVERVIEW}
    for table, columns in sums.items():
        selected = [
            f"sum({c}) AS {c}"
            if c in schema.MEASURES
            else "count(*) AS bill_rows"
            if c == schema.ROW_COUNT
            else name(c)
            for c in columns
        ]
        con.execute(
            f"CREATE TEMP TABLE {table} AS SELECT {', '.join(selected)} FROM facts GROUP BY ALL"
        )
    for table, (path,) in files.items():
        con.execute(f"COPY {table} TO {literal(str(root / path))} (FORMAT parquet)")


def tag_hash(tags: tuple[tuple[str, str], ...]) -> int:
    """Names a set of tags, the same in every file; 0 for none."""
    return hash(tags) % 2**63 + 1 if tags else 0


def _cell(line: Charge, column: str) -> str:
    if column == "tag_hash":
        return str(tag_hash(line.tags))
    value = line.value(column)
    return f"TIMESTAMP '{value}'" if isinstance(value, datetime) else literal(value)
