"""The post-mortem of an incident as a short Markdown file: what, when, cost, cause, actions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from statistics import median
from typing import TYPE_CHECKING

from bot.figures import clean
from bot.machine_words import clean_line
from bot.proposal_words import headline
from bot.watch.incident_blocks import burnt_text, lasted_text, severity_text
from tools.core.errors import PurserError
from tools.core.labels import holds
from tools.core.money import money_text, sums_text
from tools.core.periods import DAY, Period
from tools.core.scope import EVERYTHING
from tools.ledger.incidents import Incidents
from tools.watch.incidents import DEED, PURSER

if TYPE_CHECKING:
    from bot.app import Purser
    from tools.gate.proposals import Proposal
    from tools.lake.day_costs import DaySeries
    from tools.watch.incidents import Incident, Line

Names = Callable[[str], str]
BEFORE = 14  # days before it that are its usual
SHOWN = 31  # days of the table
ASIDE = ("escalation/", DEED)  # sources of lines of Purser's that tell no cause
ACTIONS = "actions"  # source of the line that says what was done


def post_mortem(purser: Purser, incident: Incident, *, names: Names, at: datetime) -> str:
    """The file's text.

    Args:
        purser: wired; bills, ledger and the record of the gate are read.
        incident: resolved or not.
        names: how people are called, by their ids.
        at: the time.
    """
    lines = Incidents(purser.ledger).lines(incident.id)
    parts = (
        *_what(incident),
        *_when(incident, lines, lru_cache(names)),
        *_cost(purser, incident, at=at),
        *_cause(lines),
        *_actions(purser, incident, lines, at=at),
    )
    return "\n".join(parts).rstrip() + "\n"


def deeds(purser: Purser, incident: Incident, *, at: datetime) -> tuple[Proposal, ...]:
    """What came to its end at the gate meanwhile, of what the incident is about."""
    from tools.ledger.proposals import Proposals

    ended = Proposals(purser.ledger).ended(since=incident.opened, until=incident.resolved_at or at)
    return tuple(one for one in ended if _is_of(one, incident))


def deed_text(proposal: Proposal) -> str:
    """`Stop 8 machines, sweep-0 and 7 more: done`."""
    return f"{headline(proposal)}: {proposal.outcome or proposal.stage}"


def _is_of(proposal: Proposal, incident: Incident) -> bool:
    if proposal.channel == incident.channel:
        return True
    labels = [target.sight.labels for target in proposal.targets]
    return bool(incident.scope) and all(holds(incident.scope, one) for one in labels)


def file_name(incident: Incident) -> str:
    """`post-mortem-2026-11-21-3fa2b1c09d8e.md`."""
    return f"post-mortem-{incident.opened:%Y-%m-%d}-{incident.id}.md"


def _what(incident: Incident) -> Iterator[str]:
    about = " and ".join(f.text() for f in incident.scope) or "everything"
    yield f"# {_plain(incident.title)}"
    yield from ["", f"{severity_text(incident)}. About {_plain(about)}.", ""]
    if incident.summary:
        yield from [_plain(incident.summary), ""]


def _when(incident: Incident, lines: Sequence[Line], names: Names) -> Iterator[str]:
    yield from ["## When", ""]
    yield f"- opened {_moment(incident.opened)}"
    if incident.acknowledged_at:
        took = lasted_text(incident.acknowledged_at - incident.opened)
        who = _plain(names(incident.acknowledged_by))
        yield f"- acknowledged {_moment(incident.acknowledged_at)} by {who}, after {took}"
    if incident.resolved_at:
        took = lasted_text(incident.resolved_at - incident.opened)
        who = _plain(names(incident.resolved_by))
        yield f"- resolved {_moment(incident.resolved_at)} by {who}, after {took}"
    yield from ["", "## Timeline", ""]
    for line in lines:
        who = "Purser" if line.who == PURSER else names(line.who)
        yield f"- {_moment(line.at)} · {_plain(who)}: {_plain(line.text)}"
    yield ""


def _cost(purser: Purser, incident: Incident, *, at: datetime) -> Iterator[str]:
    yield from ["## Cost", ""]
    if incident.burn is not None:
        yield from [_burnt(incident, at=at), ""]
    try:
        found = _billed(purser, incident, at=at)
    except PurserError as error:
        yield from [f"I don’t know what was billed: {error.sentence}", ""]
        return
    if not found:
        yield from ["Nothing of it is on the bills yet.", ""]
    for series in found:
        yield from _series(incident, series)


def _burnt(incident: Incident, *, at: datetime) -> str:
    """What its machines cost while it went on."""
    burnt = burnt_text(incident, incident.resolved_at or at) or "nothing was burnt"
    hour = sums_text({n: sum for n, sum in (incident.burn or {}).items() if sum}) or "nothing"
    return (
        f"Running machines: {burnt}, {hour} an hour when last seen. Price × running time of all "
        "that it is about, an estimate."
    )


def _series(incident: Incident, series: DaySeries) -> Iterator[str]:
    first = incident.opened.date()
    usual = median([d.whole for d in series.complete if d.day < first] or [Decimal(0)])
    during = [day for day in series.complete if day.day >= first][:SHOWN]
    through = series.complete_through
    yield f"Usual day: {money_text(usual, series.currency)}, the median of those before."
    if during:
        more = money_text(sum((day.whole - usual for day in during), Decimal(0)), series.currency)
        yield f"From the day it was opened, {more} more than usual was billed."
    yield f"Bills are complete through {through}." if through else "No day is billed whole yet."
    yield from ["", f"| day | effective cost, {series.currency} |", "|---|--:|"]
    for day in [d for d in series.days if d.day >= first - timedelta(days=3)][:SHOWN]:
        note = "" if through and day.day <= through else " (not complete)"
        yield f"| {day.day}{note} | {money_text(day.whole, series.currency)} |"
    yield ""


def _billed(purser: Purser, incident: Incident, *, at: datetime) -> tuple[DaySeries, ...]:
    from tools.lake.day_costs import day_costs

    scope = purser.config.scope.channels.get(incident.channel, EVERYTHING)
    end = (incident.resolved_at or at).date() + DAY
    days = Period(incident.opened.date() - timedelta(days=BEFORE), end)
    return day_costs(purser.context(scope), period=days, where=incident.scope).series


def _cause(lines: Sequence[Line]) -> Iterator[str]:
    told = [line for line in lines if line.who == PURSER and "/" in line.source]
    yield from ["## Cause, as far as it was known", ""]
    yield from [f"- {_plain(line.text)}" for line in told if not line.source.startswith(ASIDE)]
    yield ""


def _actions(
    purser: Purser, incident: Incident, lines: Sequence[Line], *, at: datetime
) -> Iterator[str]:
    yield from ["## Actions", ""]
    said = [f"- {_plain(line.text)}" for line in lines if line.source == ACTIONS]
    said += [f"- {_plain(deed_text(one))}" for one in deeds(purser, incident, at=at)]
    yield from said or ["- none were recorded"]


def _plain(text: str) -> str:
    """What anybody wrote, on one line and without markup."""
    kept = clean_line(text)
    return "".join(f"\\{letter}" if letter in "\\`*_[]<>|#" else letter for letter in kept)


def _moment(at: datetime) -> str:
    return clean(f"{at:%Y-%m-%d %H:%M} UTC")
