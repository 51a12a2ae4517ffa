"""Incidents: opened with a thread of their own, looked after every minute until they are resolved.

`raise_incident` is what alerts and anomalies call. It writes nothing, as no job does: what it
says and keeps is a `Plan`, to be added to the caller's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from bot.blocks import Message, plain_message
from bot.scope import scope_of
from bot.watch.burns import Burns
from bot.watch.causing import launch_lines
from bot.watch.incident_blocks import escalation_message, evidence_message, head_message
from bot.watch.on_call import Level, levels_of
from bot.watch.plans import Plan, outgoing
from bot.watch.post_mortem import deed_text, deeds
from tools.core.conditions import lies_within
from tools.core.query import Filter
from tools.gate.proposals import Stage
from tools.ledger.incidents import (
    Incidents,
    add_line,
    escalate,
    mark_shown,
    open_incident,
    worsen,
)
from tools.watch.accrual import Burning
from tools.watch.incidents import (
    DEED,
    LEAST,
    PURSER,
    WORST,
    Alarm,
    Incident,
    Line,
    due_level,
    incident_id,
    is_overdue,
    is_shown_anew,
    same_cause,
)
from tools.watch.outgoing import Outgoing, Sort

if TYPE_CHECKING:
    from bot.app import Purser
    from tools.gate.proposals import Proposal

_WORKED = (Stage.DONE, Stage.PARTIAL)
NOT_SHOWN = "The channel of incidents may not be shown this, so none is opened."
NO_CHANNEL = "No channel is named for incidents ([watch] incidents), so none is opened."


def plan(purser: Purser, *, name: str, at: datetime) -> Plan:
    """Calls somebody else where nobody acknowledged, and shows what is burnt now."""
    store, found = Incidents(purser.ledger), Plan()
    going = store.going()
    if not going:
        return found
    burns = Burns(purser, at=at)
    for incident in going:
        found += _looked_after(purser, store, incident, burns.of(incident.scope), at=at)
    return found


def raise_incident(
    purser: Purser,
    *,
    title: str,
    scope: Sequence[Filter],
    severity: int,
    evidence: Sequence[str],
    source_key: str,
    at: datetime,
    cause: str = "",
    began: datetime | None = None,
    burns: Burns | None = None,
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
        cause: names what it is about; alarms of one cause share a thread while that is open.
        began: when it began, where that is long before it was seen.
        burns: what is burnt now, where the caller has just counted it.

    Returns:
        What to add to the caller's plan; empty where the fact was told or no channel is named.
    """
    alarm = Alarm(
        title=title,
        scope=tuple(scope),
        severity=severity,
        evidence=tuple(evidence),
        source_key=source_key,
        cause=cause,
        began=began,
    )
    return raise_incidents(purser, (alarm,), at=at, burns=burns)


def raise_incidents(
    purser: Purser, alarms: Sequence[Alarm], *, at: datetime, burns: Burns | None = None
) -> Plan:
    """The same for several alarms of one run: those on one cause share a thread, too."""
    channel, store = purser.config.watch.incidents, Incidents(purser.ledger)
    if not alarms or not channel:
        return Plan(said=NO_CHANNEL if alarms else "")
    seen = scope_of(channel, purser.config.scope).filters
    alarms = [alarm for alarm in alarms if lies_within(alarm.scope, seen)]
    if not alarms:
        return Plan(said=NOT_SHOWN)
    told = store.told(alarm.source_key for alarm in alarms)
    fresh = [alarm for alarm in alarms if alarm.source_key[:255] not in told]
    going, found = list(store.going()) if fresh else [], Plan()
    burns = burns or Burns(purser, at=at)
    lines: dict[str, tuple[Line, ...]] = {}
    for alarm in fresh:
        incident, burn = same_cause(alarm, going, now=at), burns.of(alarm.scope)
        if incident is None:
            incident, trouble = _opened(purser, store, alarm, at=at)
            going.append(incident)
            lines[incident.id] = (_line(alarm, at),)
            found += _opening(incident, alarm, burn, trouble, at=at)
        else:
            before = lines.get(incident.id) or store.lines(incident.id)
            lines[incident.id] = (*before, _line(alarm, at))
            burn = burns.of(incident.scope)
            found += _joined(incident, alarm, burn, lines[incident.id], at=at)
        found += _joining(incident, alarm, at=at)
    return found


def _opened(
    purser: Purser, store: Incidents, alarm: Alarm, *, at: datetime
) -> tuple[Incident, str]:
    """The incident, and a sentence on who on call could not be found out."""
    made = Incident(
        id="",
        severity=min(max(alarm.severity, WORST), LEAST),
        title=alarm.title,
        scope=alarm.scope,
        channel=purser.config.watch.incidents,
        opened=at,
        causes=frozenset({alarm.cause} - {""}),
    )
    first = levels_of(purser)[0]
    id = incident_id(made.cause, store.earlier(made.cause))
    return replace(made, id=id, called=first.ids), first.trouble


def _opening(
    incident: Incident, alarm: Alarm, burn: Burning | None, trouble: str, *, at: datetime
) -> Plan:
    first = _line(alarm, at)
    head = head_message(incident, burn=burn, lines=(first,), at=at)
    post = outgoing(
        incident.message, head, channel=incident.channel, sort=Sort.INCIDENT, urgent=True
    )
    told = (said_in(incident, "on call", plain_message(trouble)),) if trouble else ()
    return Plan(
        (post, *told),
        (
            partial(open_incident, incident=incident),
            partial(mark_shown, id=incident.id, burn=burn.hourly if burn else None, at=at),
        ),
        f"Incident opened: {incident.title}.",
    )


def _joined(
    incident: Incident,
    alarm: Alarm,
    burn: Burning | None,
    lines: Sequence[Line],
    *,
    at: datetime,
) -> Plan:
    """The head of the thread that an alarm joins, with its line and perhaps its severity."""
    worse = replace(incident, severity=max(WORST, min(incident.severity, alarm.severity)))
    return Plan((head_again(worse, burn, lines, fact=alarm.source_key, at=at),))


def _joining(incident: Incident, alarm: Alarm, *, at: datetime) -> Plan:
    """The alarm's evidence in the incident's thread, once."""
    is_worse = alarm.severity < incident.severity
    called = incident.called if is_worse else ()
    post = said_in(incident, alarm.source_key, evidence_message(alarm, called=called, at=at))
    return Plan(
        (post,),
        (
            partial(worsen, id=incident.id, severity=max(WORST, alarm.severity)),
            partial(add_line, id=incident.id, line=_line(alarm, at)),
        ),
    )


def _looked_after(
    purser: Purser, store: Incidents, incident: Incident, burn: Burning | None, *, at: datetime
) -> Plan:
    found, lines = Plan(), store.lines(incident.id)
    ended = deeds(purser, incident, at=at)
    done = _told(ended, lines, at=at) + launch_lines(purser, incident, lines, at=at)
    after = timedelta(minutes=purser.config.watch.escalate_after)
    called = _called(purser, incident, ended)
    is_late = is_overdue(incident, called=called, after=after, now=at)
    levels = levels_of(purser) if is_late else ()
    level = due_level(incident, levels=len(levels), called=called, after=after, now=at)
    if level is not None:
        found, line = _escalation(incident, levels[level], level, at=at)
        incident = replace(incident, called=(*incident.called, *levels[level].ids))
        lines = (*lines, line)
    lines = (*lines, *done)
    found += Plan(keep=tuple(partial(add_line, id=incident.id, line=line) for line in done))
    hourly = burn.hourly if burn else None
    if level is None and not done and not is_shown_anew(incident, hourly, now=at):
        return found
    drawn = head_again(incident, burn, lines, fact=f"{at:%Y-%m-%dT%H:%M}", at=at)
    shown = partial(mark_shown, id=incident.id, burn=hourly, at=at)
    return found + Plan((drawn,), (shown,))


def _told(ended: Iterable[Proposal], lines: Sequence[Line], *, at: datetime) -> tuple[Line, ...]:
    """What came to its end at the gate, where the timeline does not tell it yet."""
    told = {line.source for line in lines}
    named = [(f"{DEED}{one.id}", one) for one in ended]
    return tuple(
        Line(one.ended or at, PURSER, deed_text(one), source)
        for source, one in named
        if source not in told
    )


def _called(purser: Purser, incident: Incident, ended: Iterable[Proposal]) -> datetime | None:
    """Since when those who were called last have had their time.

    From when Slack had what calls them: None while it waits. What was done at the gate gives them
    their time anew: somebody is at work, though nobody said so.
    """
    from tools.ledger.outbox import OPEN, Outbox

    key = said_key(incident, f"escalation/{incident.level}") if incident.level else incident.message
    sent = Outbox(purser.ledger).find(key)
    if sent is not None and sent.told in OPEN:
        return None
    worked = (one.ended for one in ended if one.stage in _WORKED)
    moments = (incident.escalated_at, sent.sent_at if sent else None, *worked)
    return max((moment for moment in moments if moment), default=incident.opened)


def _escalation(
    incident: Incident, level: Level, number: int, *, at: datetime
) -> tuple[Plan, Line]:
    fact = f"escalation/{number}"
    line = Line(at, PURSER, "Nobody acknowledged in time; others were called.", fact)
    called = tuple(dict.fromkeys((*incident.called, *level.ids)))
    said = escalation_message(incident, level.ids, at=at, trouble=level.trouble)
    post = said_in(incident, fact, said)
    kept = partial(escalate, id=incident.id, level=number, called=called, at=at)
    told = partial(add_line, id=incident.id, line=line)
    return Plan((post,), (kept, told), f"Escalated: {incident.title}."), line


def head_again(
    incident: Incident,
    burn: Burning | None,
    lines: Sequence[Line],
    *,
    fact: str,
    at: datetime,
) -> Outgoing:
    """The head of a thread as it stands now, in the place of the one that was posted."""
    return outgoing(
        f"{incident.message}/head/{fact}",
        head_message(incident, burn=burn, lines=lines, at=at),
        channel=incident.channel,
        sort=Sort.INCIDENT,
        replaces=incident.message,
        urgent=True,
    )


def said_in(incident: Incident, fact: str, message: Message) -> Outgoing:
    """A message in the thread of an incident; `fact` names it."""
    return outgoing(
        said_key(incident, fact),
        message,
        channel=incident.channel,
        sort=Sort.INCIDENT,
        thread=incident.message,
        urgent=True,
    )


def said_key(incident: Incident, fact: str) -> str:
    """How the outbox names what is said of a fact in an incident's thread."""
    return f"{incident.message}/{fact}"[:255]


def _line(alarm: Alarm, at: datetime) -> Line:
    said = alarm.evidence[0] if alarm.evidence else alarm.title
    return Line(at, PURSER, said, alarm.source_key, alarm.cause)
