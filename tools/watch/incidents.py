"""Incidents by rule: what belongs together, who is called when nobody answers, what is shown anew.

Pure: facts and now in, a decision out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from tools.core.conditions import conditions_text, lies_within, plain_scope
from tools.core.query import Filter

WORST, LEAST = 1, 3  # severities
DEED = "proposal/"  # of a line: its source begins with it where something was decided
PURSER = "purser"  # of a line of a timeline: who wrote it
LIVELY = timedelta(hours=2)  # after the opening, the burn is shown every minute
CALM = timedelta(minutes=15)  # later, at least so often
STIRS = Decimal("0.05")  # of the burn; so much of a difference is shown at once
RELATED = timedelta(hours=24)  # so near to an opening, what lies within may have the same cause
STALE = timedelta(days=1)  # nobody is called any more for what is older


class Standing(StrEnum):
    """How far along an incident is."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """What calls for an incident: a budget that is gone, a severe anomaly, a runaway cluster.

    Args:
        title: what is wrong, in a few words of plain text: `ml has spent 104 % of its budget`.
        scope: the conditions its charges meet; empty for everything.
        severity: 1 is the worst, 3 the least.
        evidence: sentences of plain text, the first says most: the cause as far as it is known.
        source_key: names the fact, such as the alert's key in the outbox; told once for all time.
        cause: names what it is about, such as a budget and its period; alarms of one cause share
            a thread for as long as that is open. Empty where nothing but the scope tells.
        began: when it began, where that is long before it was seen, as with late bills.
    """

    title: str
    scope: tuple[Filter, ...]
    severity: int
    evidence: tuple[str, ...]
    source_key: str
    cause: str = ""
    began: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One incident, as the ledger has it.

    Args:
        id: names it.
        severity: 1 is the worst.
        standing: how far along it is.
        title: what is wrong, plain text.
        scope: the conditions its charges meet.
        channel: where its thread is.
        opened: when.
        acknowledged_by: user id; empty where nobody did.
        acknowledged_at: when.
        escalated_at: when somebody else was last called.
        level: how often.
        called: ids that were mentioned, in order; `channel` for everybody.
        burn: money an hour of its running machines by currency, as last shown; None where it is
            not known.
        shown_at: when its head was last drawn.
        burnt: what its machines have cost from `metered` until then, an estimate.
        metered: since when what it burns is known; None where it never was.
        resolved_by: user id; empty while it goes on.
        resolved_at: when.
        summary: what was said at its end, plain text.
        causes: those of the alarms in its thread.
    """

    id: str
    severity: int
    standing: Standing = Standing.OPEN
    title: str
    scope: tuple[Filter, ...] = ()
    channel: str
    opened: datetime
    acknowledged_by: str = ""
    acknowledged_at: datetime | None = None
    escalated_at: datetime | None = None
    level: int = 0
    called: tuple[str, ...] = ()
    burn: Mapping[str, Decimal] | None = None
    shown_at: datetime | None = None
    burnt: Mapping[str, Decimal] = field(default_factory=dict)
    metered: datetime | None = None
    resolved_by: str = ""
    resolved_at: datetime | None = None
    summary: str = ""
    causes: frozenset[str] = frozenset()

    @property
    def cause(self) -> str:
        """What it is about, the same for the same charges."""
        return cause_of(self.scope)

    @property
    def message(self) -> str:
        """The key of its thread's head in the outbox."""
        return f"incident/{self.id}"

    @property
    def is_over(self) -> bool:
        """Whether it was resolved."""
        return self.standing is Standing.RESOLVED


class Line(NamedTuple):
    """A line of an incident's timeline.

    Args:
        at: when.
        who: user id, or `purser`.
        text: what happened, plain text.
        source: the fact it tells; each is told once.
        cause: of the alarm that it tells; empty for other lines.
    """

    at: datetime
    who: str
    text: str
    source: str
    cause: str = ""


def cause_of(scope: Iterable[Filter]) -> str:
    """A scope as the name of a cause: order, case and repetition do not matter."""
    filters = {text: one for one in scope for text in [one.text().lower()]}
    return conditions_text(filters[text] for text in sorted(filters)).lower()[:512]


def incident_id(cause: str, earlier: int) -> str:
    """The name of the incident after `earlier` ones of the same cause: always the same."""
    return hashlib.sha256(f"{cause}\n{earlier}".encode()).hexdigest()[:12]


def same_cause(alarm: Alarm, incidents: Iterable[Incident], *, now: datetime) -> Incident | None:
    """The incident that an alarm joins; None where it opens one of its own.

    Its own cause's, however long that goes on: the same budget and period, the same cluster. Else
    one that covers what it is about and began within a day of it: what comes to the same team a
    week later is something else, and would be hidden under an old title. What is about everything
    takes in only what is about everything: else it would gather all.

    Args:
        alarm: what is wrong.
        incidents: those that go on, oldest first.
        now: the time.
    """
    going = [one for one in incidents if not one.is_over]
    if own := [one for one in going if alarm.cause and alarm.cause in one.causes]:
        return own[-1]
    near = [one for one in going if _is_near(alarm, one, now)]
    plain = plain_scope(alarm.scope)
    if equal := [one for one in near if plain_scope(one.scope) == plain]:
        return equal[-1]
    around = [one for one in near if one.scope and lies_within(alarm.scope, one.scope)]
    return around[-1] if around else None


def due_level(
    incident: Incident, *, levels: int, called: datetime | None, after: timedelta, now: datetime
) -> int | None:
    """The next level to be called, as nobody acknowledged in time; None for none yet.

    Args:
        incident: as it stands.
        levels: how many there are; the first, 0, is called at the opening.
        called: when those heard of it who were called last; None where they did not yet.
        after: time that each has.
        now: the time.
    """
    if incident.level + 1 >= levels:
        return None
    return incident.level + 1 if is_overdue(incident, called=called, after=after, now=now) else None


def is_overdue(
    incident: Incident, *, called: datetime | None, after: timedelta, now: datetime
) -> bool:
    """Whether nobody acknowledged in the time that those have who were called last.

    What is older than a day calls nobody any more: whoever comes back to it, after a process was
    off for long, finds its head, and there is no need to wake everybody.
    """
    is_stale = now - incident.opened >= STALE
    if incident.standing is not Standing.OPEN or called is None or is_stale:
        return False
    return now - called >= after


def burnt_until(incident: Incident, moment: datetime) -> dict[str, Decimal]:
    """What its machines have cost since they are metered, by currency: an estimate.

    Each rate counts until the next one was seen.
    """
    until = min(moment, incident.resolved_at or moment)
    since, burn = incident.shown_at or until, incident.burn or {}
    hours = Decimal(max(0, int((until - since).total_seconds()))) / 3600
    names = dict.fromkeys((*incident.burnt, *burn))
    none = Decimal(0)
    return {n: incident.burnt.get(n, none) + burn.get(n, none) * hours for n in names}


def is_shown_anew(incident: Incident, burn: Mapping[str, Decimal] | None, *, now: datetime) -> bool:
    """Whether its head is drawn again with the burn of now.

    Every minute while it is young; later when the burn has changed, and now and then.
    """
    if incident.is_over:
        return False
    if incident.shown_at is None or _stirs(incident.burn, burn):
        return True
    is_lively = burn is not None and now - incident.opened < LIVELY
    pause = timedelta(minutes=1) if is_lively else CALM
    return now - incident.shown_at >= pause


def _stirs(before: Mapping[str, Decimal] | None, now: Mapping[str, Decimal] | None) -> bool:
    if before is None or now is None:
        return (before is None) is not (now is None)
    none = Decimal(0)
    pairs = [(before.get(n, none), now.get(n, none)) for n in {*before, *now}]
    return any(abs(new - old) > STIRS * max(abs(old), abs(new)) for old, new in pairs)


def _is_near(alarm: Alarm, incident: Incident, now: datetime) -> bool:
    """Whether it was seen, or began, about when the incident was opened."""
    moments = (now, alarm.began or now)
    return any(abs(moment - incident.opened) < RELATED for moment in moments)
