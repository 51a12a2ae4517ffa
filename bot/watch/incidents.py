"""Incidents: opened with a thread of their own, looked after every minute until they are resolved.

`raise_incident` is what alerts and anomalies call. It writes nothing, as no job does: what it
says and keeps is a `Plan`, to be added to the caller's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from bot.blocks import Message
from bot.watch.incident_blocks import evidence_message, head_message
from bot.watch.on_call import levels_of
from bot.watch.plans import Plan, outgoing
from tools.core.query import Filter
from tools.ledger.incidents import Incidents, add_line, mark_shown, open_incident, worsen
from tools.watch.incidents import LEAST, WORST, Alarm, Incident, Line, incident_id, same_cause
from tools.watch.outgoing import Outgoing, Sort

if TYPE_CHECKING:
    from bot.app import Purser

PURSER = "purser"
NO_CHANNEL = "No channel is named for incidents ([watch] incidents), so none is opened."


def raise_incident(
    purser: Purser,
    *,
    title: str,
    scope: Sequence[Filter],
    severity: int,
    evidence: Sequence[str],
    source_key: str,
    at: datetime,
) -> Plan:
    """Open an incident, or join the one on the same cause that goes on.

    Args:
        purser: wired; read only.
        title: what is wrong, in a few words of plain text: `ml has spent 104 % of its budget`.
        scope: the conditions its charges meet; empty for everything.
        severity: 1 is the worst, 3 the least.
        evidence: sentences of plain text, the first says most: the cause as far as it is known.
        source_key: names the fact, such as the key of the alert's message; told once for all
            time, so that a resolved incident is not opened again by it.
        at: the moment.

    Returns:
        What to add to the caller's plan; empty where the fact was told or no channel is named.
    """
    alarm = Alarm(
        title=title,
        scope=tuple(scope),
        severity=severity,
        evidence=tuple(evidence),
        source_key=source_key,
    )
    return raise_incidents(purser, (alarm,), at=at)


def raise_incidents(purser: Purser, alarms: Sequence[Alarm], *, at: datetime) -> Plan:
    """The same for several alarms of one run: those on one cause share a thread, too."""
    channel, store = purser.config.watch.incidents, Incidents(purser.ledger)
    if not alarms or not channel:
        return Plan(said=NO_CHANNEL if alarms else "")
    told = store.told(alarm.source_key for alarm in alarms)
    fresh = [alarm for alarm in alarms if alarm.source_key[:255] not in told]
    going, found = list(store.going()) if fresh else [], Plan()
    for alarm in fresh:
        incident = same_cause(alarm.scope, going)
        if incident is None:
            incident = _opened(purser, store, alarm, at=at)
            going.append(incident)
            found += _opening(incident, alarm, at=at)
        found += _joining(incident, alarm, at=at)
    return found


def _opened(purser: Purser, store: Incidents, alarm: Alarm, *, at: datetime) -> Incident:
    made = Incident(
        id="",
        severity=min(max(alarm.severity, WORST), LEAST),
        title=alarm.title,
        scope=alarm.scope,
        channel=purser.config.watch.incidents,
        opened=at,
    )
    levels = levels_of(purser, at=at)
    id = incident_id(made.cause, store.earlier(made.cause))
    return replace(made, id=id, called=levels[0].ids if levels else ())


def _opening(incident: Incident, alarm: Alarm, *, at: datetime) -> Plan:
    first = _line(alarm, at)
    head = head_message(incident, burn=None, lines=(first,), at=at)
    post = outgoing(
        incident.message, head, channel=incident.channel, sort=Sort.INCIDENT, urgent=True
    )
    return Plan(
        (post,),
        (
            partial(open_incident, incident=incident),
            partial(mark_shown, id=incident.id, burn=None, at=at),
        ),
        f"Incident opened: {incident.title}.",
    )


def _joining(incident: Incident, alarm: Alarm, *, at: datetime) -> Plan:
    """The alarm's evidence in the incident's thread, once."""
    post = said_in(incident, alarm.source_key, evidence_message(alarm, at=at))
    return Plan(
        (post,),
        (
            partial(worsen, id=incident.id, severity=alarm.severity),
            partial(add_line, id=incident.id, line=_line(alarm, at)),
        ),
    )


def said_in(incident: Incident, fact: str, message: Message) -> Outgoing:
    """A message in the thread of an incident; `fact` names it."""
    return outgoing(
        f"{incident.message}/{fact}"[:255],
        message,
        channel=incident.channel,
        sort=Sort.INCIDENT,
        thread=incident.message,
        urgent=True,
    )


def _line(alarm: Alarm, at: datetime) -> Line:
    return Line(at, PURSER, alarm.evidence[0] if alarm.evidence else alarm.title, alarm.source_key)
