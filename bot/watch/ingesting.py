"""The job `ingest`: bills are loaded, and a source that is later than usual is reported once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from bot.blocks import Message, fallback, rich_block, text_part
from bot.machine_words import clean_line
from bot.watch.plans import Plan, outgoing
from tools.core.clock import today
from tools.watch.lateness import Late, late_sources
from tools.watch.outgoing import Outgoing, Sort

if TYPE_CHECKING:
    from bot.app import Purser
    from tools.ledger.ingests import Ingest, Ingests


def work(purser: Purser, *, name: str, at: datetime) -> None:
    """Load every configured source, and keep how each went; one that fails leaves what stood."""
    from tools.core.errors import PurserError
    from tools.lake.ingest import ingest_sources
    from tools.ledger.ingests import Ingests

    config, ingests = purser.config, Ingests(purser.ledger)
    for source in config.lake.sources:
        try:
            report = ingest_sources([source], root=config.lake_root, clock=config.clock)
            trouble = report.failures[0] if report.failures else ""
        except PurserError as error:
            trouble = error.sentence
        ingests.note(source.name, trouble=trouble)


def plan(purser: Purser, *, name: str, at: datetime) -> Plan:
    """Tell the operators of sources that became late, and of those that came back."""
    from tools.ledger.ingests import Ingests

    ingests = Ingests(purser.ledger)
    known, late = ingests.all(), {one.source: one for one in late_now(purser)}
    channel = purser.config.watch.operators
    plans = [
        *_newly_late(late, known, ingests, channel=channel),
        *_back(late, known, ingests, channel=channel),
    ]
    return sum(plans, start=Plan(said=_said(purser, late, known)))


def late_now(purser: Purser) -> tuple[Late, ...]:
    """The sources that are later than usual: what rests on their last days is not said yet."""
    manifest = purser.lake.snapshot().manifest
    sources = purser.config.lake.sources
    through = {source.name: manifest.complete_through(source.name) for source in sources}
    return late_sources(sources, through, day=today(purser.config.clock))


def _newly_late(
    late: dict[str, Late], known: dict[str, Ingest], ingests: Ingests, *, channel: str
) -> Iterator[Plan]:
    for source, one in late.items():
        before = known.get(source)
        if not channel or (before and before.late_key):
            continue
        if one.through is None and not (before and before.trouble):
            continue  # nothing was ever there: `doctor` tells, nobody waits for it
        key = f"late/{source}/{one.through or 'never'}"
        post = _post(key, late_text(one, before.trouble if before else ""), channel)
        yield Plan((post,), (partial(ingests.tell_late, source=source, key=key),))


def _back(
    late: dict[str, Late], known: dict[str, Ingest], ingests: Ingests, *, channel: str
) -> Iterator[Plan]:
    for source, one in known.items():
        if not one.late_key or source in late:
            continue
        said = f"{source} bills are as recent as usual again."
        posts = (_post(f"{one.late_key}/back", said, channel, thread=one.late_key),)
        yield Plan(posts if channel else (), (partial(ingests.tell_late, source=source, key=""),))


def late_text(late: Late, trouble: str) -> str:
    """What operators are told of a late source."""
    usual = {0: "on time", 1: "1 day behind"}.get(late.lag, f"{late.lag} days behind")
    if late.through is None:
        said = f"{late.source} has no complete day yet."
    else:
        days = "1 day" if late.behind == 1 else f"{late.behind} days"
        said = (
            f"{late.source} bills are {days} late: complete through "
            f"{late.through:%b} {late.through.day}, and usually {usual}."
        )
    why = f" The last try to load them: {clean_line(trouble)}" if trouble else ""
    return f"{said} Digests say so, and nothing is claimed of the days that are missing.{why}"


def _post(key: str, text: str, channel: str, *, thread: str = "") -> Outgoing:
    message = Message(fallback(text), (rich_block(text_part(text)),))
    return outgoing(key, message, channel=channel, sort=Sort.OPERATOR, thread=thread)


def _said(purser: Purser, late: dict[str, Late], known: dict[str, Ingest]) -> str:
    count = len(purser.config.lake.sources)
    failed = [source for source, one in known.items() if one.trouble]
    parts = ["1 source" if count == 1 else f"{count} sources"]
    parts += [f"not loaded: {', '.join(failed)}"] if failed else []
    parts += [f"late: {', '.join(late)}"] if late else []
    return "; ".join(parts) + "."
