"""What was started just before an anomaly: from what runs, and from the clouds' own logs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property, partial
from typing import TYPE_CHECKING

from bot.scope import scope_of
from bot.watch.plans import Plan
from tools.core.conditions import lies_within, read_conditions
from tools.core.labels import holds
from tools.core.money import money_text
from tools.core.periods import DAY
from tools.core.query import Op
from tools.core.results import Event
from tools.watch.incidents import LIVELY, PURSER, Line

if TYPE_CHECKING:
    from bot.app import Purser
    from tools.clouds.fleet import Fleet
    from tools.clouds.resources import Inventory
    from tools.clouds.started import Start, Wanted
    from tools.clouds.traces import Traces
    from tools.core.context import Context
    from tools.core.query import Filter
    from tools.core.scope import Scope
    from tools.ledger.audit import Entry
    from tools.watch.anomaly import Anomaly
    from tools.watch.incidents import Incident

BACK = timedelta(days=3)  # so long before it what was started may be its cause
TOLD = 2  # starts in one message
AGAIN = timedelta(days=1)  # so often it is seen whether the logs can be read
BEFORE = timedelta(hours=2)  # the opening, what runs away was launched at most
EVERY = 5  # minutes, the logs are asked for who launched it
UNREAD = "unread logs"  # subject of what is remembered of that
_HOUR = timedelta(hours=1)


@dataclass
class Causes:
    """Looks once for all channels of a run; asks no cloud before there is an anomaly.

    Args:
        fleet: what runs; None where no cloud is configured.
    """

    fleet: Fleet | None
    _told: dict[tuple[object, ...], Traces] = field(default_factory=dict)

    def starts(self, anomaly: Anomaly, context: Context) -> tuple[Start, ...]:
        """What was started just before it, as far as whoever is told may see it."""
        from tools.clouds.traces import services_of

        if self.fleet is None or not services_of(anomaly.key.get("service")):
            return ()
        return self._found(_wanted(anomaly, context))

    def launchers(self, incident: Incident, seen: Scope, *, at: datetime) -> tuple[Start, ...]:
        """Who started the machines that an incident is about, as soon as a log has it.

        Args:
            incident: of machines that ran away.
            seen: what its channel may see.
            at: the time.
        """
        from tools.clouds.started import Wanted

        if self.fleet is None:
            return ()
        since, about = incident.opened - BEFORE, (*incident.scope, *seen.filters)
        names = [
            one.address.name
            for one in self._there.resources
            if one.launched is not None and since <= one.launched <= at
            if holds(about, self.fleet.labels(one))
        ]
        key = {f.dimension: f.values[0] if f.values else None for f in incident.scope}
        wanted = Wanted(key=key, since=since, until=at, names=names, scope=seen)
        found = self._found(wanted) if names else ()
        return tuple(start for start in found if start.by)

    def _found(self, wanted: Wanted) -> tuple[Start, ...]:
        from tools.clouds.started import started

        if self.fleet is None:
            return ()
        told = self._traces(self.fleet, wanted)
        return started(self.fleet, wanted, there=self._there, told=told)[:TOLD]

    @cached_property
    def _there(self) -> Inventory:
        from tools.clouds.resources import Inventory

        return self.fleet.inventory() if self.fleet else Inventory()

    def _traces(self, fleet: Fleet, wanted: Wanted) -> Traces:
        from tools.clouds.started import asked_of

        asked = asked_of(fleet, wanted)
        places = [wanted.key.get(name, "*") for name in ("account", "region")]
        key = (asked.since, asked.until, asked.services, *places)
        if key not in self._told:
            self._told[key] = fleet.traces(asked)
        return self._told[key]


def launch_lines(
    purser: Purser, incident: Incident, told: Iterable[Line], *, at: datetime
) -> tuple[Line, ...]:
    """Who launched what runs away, for the timeline: clouds write it down minutes later."""
    is_due = at - incident.opened < LIVELY and at.minute % EVERY == 0
    if not is_due or not any(cause.startswith("accrual/") for cause in incident.causes):
        return ()
    known, seen = {line.source for line in told}, scope_of(incident.channel, purser.config.scope)
    return tuple(
        Line(start.at, PURSER, f"{start.text}.", source)
        for start in Causes(purser.fleet).launchers(incident, seen, at=at)
        if (source := f"started/{incident.id}/{start.at:%Y-%m-%dT%H:%M}") not in known
    )


def seen_to_be_read(purser: Purser, *, at: datetime) -> Plan:
    """Once a day: whether the clouds' logs can be read; `/purser health` tells why not."""
    from tools.ledger.watch_choices import WatchChoices, keep_choice

    if purser.fleet is None:
        return Plan()
    known = WatchChoices(purser.ledger).find(UNREAD)
    if known is not None and at - known.at < AGAIN:
        return Plan()
    said = list(purser.fleet.trace_troubles())
    return Plan(keep=(partial(keep_choice, subject=UNREAD, value={"said": said}, at=at),))


def unread(purser: Purser) -> tuple[str, ...]:
    """Why logs could not be read when it was last tried."""
    from tools.ledger.watch_choices import WatchChoices

    known = WatchChoices(purser.ledger).find(UNREAD)
    return tuple(map(str, known.value["said"])) if known else ()


def with_starts(
    events: Iterable[Event], starts: Iterable[Start], anomaly: Anomaly
) -> Iterator[Event]:
    """What was started, then what else came before, but for what only tells of the same."""
    told = tuple(starts)
    yield from (_event(start, anomaly) for start in told)
    names = [name for start in told for name in start.names]
    yield from (event for event in events if not any(name in event.text for name in names))


def may_be_of(labels: Mapping[str, str | None], anomaly: Anomaly) -> bool:
    """Whether what is known of a thing contradicts nothing, and agrees in something."""
    same = [labels[name] == value for name, value in anomaly.key.items() if labels.get(name)]
    return bool(same) and all(same)


def budget_events(
    entries: Iterable[Entry], anomaly: Anomaly, *, seen: Sequence[Filter]
) -> Iterator[Event]:
    """Budgets of an anomaly's own spend whose amount was changed just before it.

    Args:
        entries: of the audit log, about budgets.
        anomaly: what it may have to do with.
        seen: what whoever is told may see.
    """
    first, last = anomaly.first_day - BACK, anomaly.first_day
    for entry in entries:
        day = datetime.fromisoformat(entry.at).date()
        was, now = json.loads(entry.before), json.loads(entry.after)
        if not first <= day <= last or not _is_changed(was, now):
            continue
        scope = read_conditions(now["scope"])
        labels = {f.dimension: f.values[0] for f in scope if f.op is Op.IS and f.values}
        if may_be_of(labels, anomaly) and lies_within(scope, tuple(seen)):
            yield Event(day, _budgeted(was, now), {})


def _is_changed(was: Mapping[str, str], now: Mapping[str, str]) -> bool:
    amounts = [Decimal(told.get("amount") or 0) for told in (was, now)]
    return bool(amounts[1]) and amounts[0] != amounts[1]


def _budgeted(was: Mapping[str, str], now: Mapping[str, str]) -> str:
    amount = money_text(Decimal(now["amount"]), now["currency"])
    name = f"budget {now['scope']} a {now['period']}"
    if not was.get("amount"):
        return f"{name} was made, {amount}"
    before = money_text(Decimal(was["amount"]), now["currency"])
    done = "raised" if Decimal(now["amount"]) > Decimal(was["amount"]) else "lowered"
    return f"{name} was {done} from {before} to {amount}"


def _wanted(anomaly: Anomaly, context: Context) -> Wanted:
    from tools.anomalies import dearer_resources
    from tools.clouds.started import Wanted
    from tools.lake.happenings import short_name

    names = dearer_resources(anomaly, context=context)
    return Wanted(
        key=anomaly.key,
        since=_began(anomaly) - BACK,
        until=_began(anomaly) + (_HOUR if anomaly.hour else DAY),
        names=frozenset(map(short_name, names)),
        scope=context.scope,
    )


def _began(anomaly: Anomaly) -> datetime:
    return anomaly.hour or datetime.combine(anomaly.first_day, time(), tzinfo=UTC)


def _event(start: Start, anomaly: Anomaly) -> Event:
    hours = (_began(anomaly) - start.at) // _HOUR if anomaly.hour else 0
    ago = f", {hours} hour{'s' if hours > 1 else ''} before" if hours > 0 else ""
    return Event(start.at.date(), f"{start.text} at {start.at:%H:%M} UTC{ago}", {})
