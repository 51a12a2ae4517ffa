"""`purser ingest`: load the configured sources, or one path, with a progress bar."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable
from decimal import Decimal
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from bot.app import build
from bot.commands.show import console
from tools.core.errors import InputError, UnavailableError
from tools.core.money import money_text
from tools.core.settings import LakeSettings, Source
from tools.lake.report import counted

if TYPE_CHECKING:
    from rich.progress import Progress

    from bot.app import Purser
    from bot.config import Config
    from tools.lake.report import IngestReport, LoadedUnit, ProviderCost

SOURCE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\Z")


def run(args: argparse.Namespace) -> int:
    """Load, print what was loaded, and fail where something was refused."""
    config = args.config
    with Bar() as bar:
        report = _load(args, config, bar)
    print_report(report, views=_second_views(report, config))
    for sentence in report.failures:
        print(sentence, file=sys.stderr)
    return 2 if report.failures else 0


def _load(args: argparse.Namespace, config: Config, bar: Bar) -> IngestReport:
    from tools.lake.ingest import ingest_path, ingest_sources

    how = {
        "root": config.lake_root,
        "clock": config.clock,
        "accept_shrink": args.accept_shrink,
        "progress": bar,
    }
    if args.path is None:
        sources = _configured(args.source, config.lake)
        return ingest_sources(sources, **how, told=partial(_note, build(config)))
    path = args.path.expanduser().absolute()
    source = _source_of(path, args.source, config.lake)
    if source.origin is not None:
        raise InputError(
            f"“{source.name}” is fetched from elsewhere: run purser ingest --source {source.name}. "
            "Give bills that lie here a source of their own."
        )
    report = ingest_path(path, source=source, **how)
    if source in config.lake.sources and path == source.path.absolute():  # it is all of it
        _note(build(config), source.name, next(iter(report.failures), ""))
    return report


def _note(purser: Purser, source: str, trouble: str) -> None:
    """Keep how it went, as the job does, where `/purser health` looks; a load needs no ledger."""
    from tools.ledger.ingests import Ingests

    try:
        if purser.ledger.is_there:
            Ingests(purser.ledger).note(source, trouble=trouble)
    except UnavailableError as error:
        print(f"Not noted for /purser health: {error.sentence}", file=sys.stderr)


def _second_views(report: IngestReport, config: Config) -> tuple[str, ...]:
    """Sentences on those of the bills just read that only show what another source holds."""
    from tools.lake import manifest
    from tools.lake.second_views import second_views

    touched = {unit.source for unit in report.loaded} | {unit[0] for unit in report.unchanged}
    months: dict[tuple[str, str], set[str]] = {}
    for view in second_views(manifest.load(config.lake_root), config.lake):
        if touched & {view.generation.source, view.of}:
            key = (view.generation.source, view.of)
            months.setdefault(key, set()).add(f"{view.generation.billing_period:%Y-%m}")
    return tuple(
        f"{name} is a second view of {of} in {_span(found)}; not added."
        for (name, of), found in sorted(months.items())
    )


def _configured(name: str | None, settings: LakeSettings) -> tuple[Source, ...]:
    if not settings.sources:
        raise InputError(
            "No sources are configured. Name one under [[sources]] in purser.toml, or give "
            "a path: purser ingest PATH --source NAME."
        )
    chosen = tuple(source for source in settings.sources if name in (None, source.name))
    if not chosen:
        known = ", ".join(source.name for source in settings.sources)
        raise InputError(f"No source “{name}” is configured; there are {known}.")
    return chosen


def _source_of(path: Path, name: str | None, settings: LakeSettings) -> Source:
    """The configured source a path belongs to, by name or place; a new one under a new name."""
    for source in settings.sources:
        if name == source.name or (not name and path.is_relative_to(source.path.absolute())):
            return source
    if name is None:
        raise InputError("Say which source the bill belongs to: purser ingest PATH --source NAME.")
    if not SOURCE_NAME.match(name):
        raise InputError(
            f"“{name}” cannot name a source; use letters, digits, dots, dashes and underscores."
        )
    return Source(name, path)


class Bar:
    """A progress bar on the terminal's error stream; silent where nobody watches."""

    def __init__(self) -> None:
        self._progress: Progress | None = None

    def __enter__(self) -> Bar:
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

            self._progress = Progress(
                TextColumn("{task.description:<32.32}"),
                BarColumn(),
                DownloadColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._task = self._progress.add_task("Reading bills", total=None)
            self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._progress:
            self._progress.stop()

    def start(self, total_bytes: int) -> None:
        """More is to be read."""
        if self._progress:
            total = (self._progress.tasks[0].total or 0) + total_bytes
            self._progress.update(self._task, total=total)

    def advance(self, read_bytes: int) -> None:
        """So much has been read."""
        if self._progress:
            self._progress.advance(self._task, read_bytes)

    def note(self, text: str) -> None:
        """What is being read."""
        if self._progress:
            self._progress.update(self._task, description=text)


def print_report(report: IngestReport, *, views: Iterable[str] = ()) -> None:
    """What was loaded, what was repaired or left out, and why.

    Args:
        report: of the ingest.
        views: sentences on bills that are second views of others.
    """
    print(_headline(report))
    if report.loaded:
        _print_table(report)
    for title, sentences in (
        ("Replaced what was loaded before", _replaced(report)),
        ("Repaired", report.repaired),
        ("Left out", report.left_out),
        ("Good to know", (*views, *report.notes)),
    ):
        if sentences:
            print(f"{title}:", *(f"  · {sentence}" for sentence in sentences), sep="\n")


def _headline(report: IngestReport) -> str:
    parts = []
    if report.loaded:
        periods = len({(u.source, u.billing_period) for u in report.loaded})
        lines = counted(report.rows, "line of bills", "lines of bills")
        parts.append(f"Loaded {lines}, {counted(periods, 'billing period')}")
    if report.unchanged:
        periods = len({(source, period) for source, _, period in report.unchanged})
        parts.append(f"{counted(periods, 'billing period')} already loaded and unchanged")
    if report.rejected:
        kept = "is kept aside" if report.rejected == 1 else "are kept aside"
        parts.append(f"{counted(report.rejected, 'line')} could not be read and {kept}")
    return "; ".join(parts) + "." if parts else "Nothing was loaded."


def _replaced(report: IngestReport) -> list[str]:
    """One line per report: its periods, and how many lines they had and have."""
    reports: dict[tuple[str, str], list[LoadedUnit]] = {}
    for unit in report.loaded:
        if unit.replaced:
            reports.setdefault((unit.source, unit.report), []).append(unit)
    return [
        f"{name} of {source}, {_periods(units)}: "
        f"{counted(sum(u.rows_before for u in units), 'line')} then, "
        f"{sum(u.rows for u in units):,} now"
        for (source, name), units in reports.items()
    ]


def _periods(units: Iterable[LoadedUnit]) -> str:
    """`2026-04`, or `2026-01 … 2026-04 (4)`."""
    return _span({f"{unit.billing_period:%Y-%m}" for unit in units})


def _span(months: Iterable[str]) -> str:
    """The same, of months as they are written."""
    periods = sorted(months)
    return periods[0] if len(periods) == 1 else f"{periods[0]} … {periods[-1]} ({len(periods)})"


def _print_table(report: IngestReport) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for label in ("Source", "Provider", "Billing periods"):
        table.add_column(label)
    for label in ("Lines", "Billed", "Effective"):
        table.add_column(label, justify="right")
    table.add_column("Complete through")
    for cells in _lines(report):
        table.add_row(*(Text(cell) for cell in cells))
    console().print(table)


def _lines(report: IngestReport) -> list[tuple[str, ...]]:
    """One line per source, provider and currency."""
    groups: dict[tuple[str, str, str], list[tuple[LoadedUnit, ProviderCost]]] = {}
    for unit in report.loaded:
        for cost in unit.providers:
            key = (unit.source, cost.provider or "", cost.currency or "")
            groups.setdefault(key, []).append((unit, cost))
    return [_line(key, members) for key, members in sorted(groups.items())]


def _line(
    key: tuple[str, str, str], members: list[tuple[LoadedUnit, ProviderCost]]
) -> tuple[str, ...]:
    source, provider, currency = key
    newest = max(members, key=lambda member: member[0].billing_period)[0]
    return (
        source,
        provider or "not named",
        _periods(unit for unit, _ in members),
        f"{sum(cost.rows for _, cost in members):,}",
        money_text(sum((cost.billed for _, cost in members), Decimal(0)), currency or None),
        money_text(sum((cost.effective for _, cost in members), Decimal(0)), currency or None),
        str(newest.complete_through or "no day yet"),
    )
