"""The bench's figures as tables for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def print_lake(result: Mapping[str, Any]) -> None:
    """What `bench_lake` measured, and what is slower than the plain table."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    for title, part in (
        ("team, owner and account follow the project", result),
        ("tags and accounts drawn independently", result["independent"]),
    ):
        table = Table(
            title=f"{part['rows']:,} lines, {part['rollup_rows']:,} in the rollup; {title}",
            title_justify="left",
            box=SIMPLE_HEAD,
            pad_edge=False,
        )
        table.add_column("Milliseconds, median")
        for name in ("Purser", "plain table", "Parquet"):
            table.add_column(name, justify="right")
        for row in part["questions"]:
            slower = " slower" if row["ms"] > row["plain_ms"] else ""
            times = (row["ms"], row["plain_ms"], row["parquet_ms"])
            table.add_row(row["name"] + slower, *(f"{ms:,.1f}" for ms in times))
        console.print(table)
        console.print(_ingest(part["ingest"]))
    if "note" in result:
        console.print(result["note"])


def _ingest(figures: Mapping[str, Any]) -> str:
    speed, bare = figures["rows_per_s"], figures["bare_rows_per_s"]
    text = f"Loading: {speed:,} lines a second, {speed / bare:.2f} of a bare copy ({bare:,}); "
    peaks = [f"{figures[key]:,.0f}" for key in ("peak_mb_1m", "peak_mb_10m") if key in figures]
    return f"{text}peak memory {' and '.join(peaks)} MB.\n"
