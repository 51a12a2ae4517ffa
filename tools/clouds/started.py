"""What was started in the clouds just before spend rose: what runs, and what their logs tell.

A machine that is gone by now is in a log alone; one that a log does not name is in the inventory.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from tools.clouds.fleet import Fleet
from tools.clouds.resources import Address, Inventory, Kind, Resource
from tools.clouds.traces import Asked, Service, Trace, Traces, services_of
from tools.core.labels import holds
from tools.core.scope import Scope

TOGETHER = timedelta(hours=1)  # what one person starts so near each other is one launch
_SERVICES: Mapping[Kind, Service] = {
    Kind.INSTANCE: Service.MACHINES,
    Kind.NOTEBOOK: Service.SAGEMAKER,
    Kind.ENDPOINT: Service.SAGEMAKER,
    Kind.TRAINING: Service.SAGEMAKER,
}
_PLACE = ("provider", "account", "account_id", "region")  # known of whatever is there
_GROUPED = "aws:autoscaling:groupName"

Labels = Mapping[str, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Something that began to cost.

    Args:
        at: when.
        text: `8 × p5.48xlarge launched by ada`: names in it are data.
        names: the clouds' own ids of what it was done to.
        is_sure: whether what costs more is among it; else it only fits.
        by: who did it: data; empty where no log says.
    """

    at: datetime
    text: str
    names: frozenset[str]
    is_sure: bool
    by: str = ""


class Wanted(NamedTuple):
    """Which starts are wanted.

    Args:
        key: dimension → value of what costs more.
        since: from when on.
        until: half-open.
        names: the clouds' own ids of what costs more, as far as bills name them.
        scope: what whoever is told may see.
    """

    key: Labels
    since: datetime
    until: datetime
    names: Collection[str]
    scope: Scope


def asked_of(fleet: Fleet, wanted: Wanted) -> Asked:
    """What to ask the clouds' logs for."""
    services = services_of(wanted.key.get("service"))
    return Asked(wanted.since, wanted.until, services, lambda place: _is_at(fleet, place, wanted))


def started(fleet: Fleet, wanted: Wanted, *, there: Inventory, told: Traces) -> tuple[Start, ...]:
    """What was started there and then, and who did it where a log says so.

    Args:
        fleet: knows whose things are.
        wanted: which.
        there: what runs, everywhere.
        told: what the clouds' logs answered to `asked_of`.

    Returns:
        The largest first; what only fits where bills do not name what costs more.
    """
    services = services_of(wanted.key.get("service"))
    known = {one.address.name: fleet.labels(one) for one in there.resources}
    names = _with_groups(wanted.names, there.resources, told)
    traces = [t for t in told.found if _is_wanted(_labels(fleet, t, known), t.names, names, wanted)]
    traced = {name for trace in traces for name in trace.names}
    runs = [
        _as_trace(one, one.launched)
        for one in there.resources
        if one.launched is not None
        and wanted.since <= one.launched < wanted.until
        and _SERVICES.get(one.address.kind) in services
        and one.address.name not in traced
        and _is_wanted(known[one.address.name], (one.address.name,), names, wanted)
    ]
    found = sorted(
        (_start(group, names) for group in _together([*traces, *runs])),
        key=lambda start: (-len(start.names), -start.at.timestamp(), start.text),
    )
    sure = tuple(start for start in found if start.is_sure)
    # Where bills and clouds name things alike, what only fits is not what costs more.
    return sure if any(name in names for name in (*known, *traced)) else tuple(found)


def _is_at(fleet: Fleet, place: Address, wanted: Wanted) -> bool:
    labels = fleet.labels(Resource(address=place))
    return _fits({name: labels[name] for name in _PLACE if name in labels}, wanted.key)


def _is_wanted(labels: Labels, mine: Iterable[str], names: Collection[str], wanted: Wanted) -> bool:
    """What costs more is always told; else what fits, and lies in what may be seen."""
    if any(name in names for name in mine):
        return True
    return _fits(labels, wanted.key) and holds(wanted.scope.filters, labels)


def _fits(labels: Labels, key: Labels) -> bool:
    """Whether what is known of a thing contradicts nothing of a key."""
    return all(labels[name] == value for name, value in key.items() if name in labels)


def _labels(fleet: Fleet, trace: Trace, known: Mapping[str, Labels]) -> Labels:
    """What is known of a trace's things: the inventory says best, then the tags it asked for.

    Without any, tags may have come later: whose it is is not known.
    """
    there = next((known[name] for name in trace.names if name in known), None)
    if there is not None:
        return there
    name = trace.names[0] if trace.names else "-"
    place = Address(trace.cloud, trace.account, trace.region, Kind.INSTANCE, name)
    labels = fleet.labels(Resource(address=place, tags=trace.tags))
    return labels if trace.tags else {name: labels[name] for name in _PLACE if name in labels}


def _with_groups(
    names: Collection[str], resources: Iterable[Resource], told: Traces
) -> frozenset[str]:
    """The names, and those of the groups that run them: who made a group larger started them."""
    groups = {
        said.rpartition(" ")[2]
        for one in resources
        if one.address.name in names
        for said in one.members
    }
    groups |= {
        trace.tags[_GROUPED]
        for trace in told.found
        if _GROUPED in trace.tags and any(name in names for name in trace.names)
    }
    return frozenset({*names, *groups})


def _as_trace(resource: Resource, at: datetime) -> Trace:
    """As a log would have it that does not say by whom."""
    address = resource.address
    is_machine = address.kind is Kind.INSTANCE and bool(resource.type)
    name = resource.name or address.name
    return Trace(
        at=at,
        what=resource.type if is_machine else f"{address.kind} {name}",
        done="started",
        count=1 if is_machine else 0,
        service=_SERVICES[address.kind],
        cloud=address.cloud,
        account=address.account,
        region=address.region,
        names=(address.name,),
    )


def _together(traces: Iterable[Trace]) -> Iterator[Sequence[Trace]]:
    """What one person did to things of one sort within the hour, each group the oldest first."""
    groups: dict[tuple[object, ...], list[list[Trace]]] = {}
    for trace in sorted(traces, key=lambda t: (t.at, t.names)):
        sort = (trace.what, trace.done, trace.by, trace.cloud, trace.account, trace.region)
        mine = groups.setdefault(sort, [])
        if mine and trace.at - mine[-1][0].at < TOGETHER:
            mine[-1].append(trace)
        else:
            mine.append([trace])
    for held in groups.values():
        yield from held


def _start(group: Sequence[Trace], names: Collection[str]) -> Start:
    first, mine = group[0], frozenset(name for trace in group for name in trace.names)
    count = sum(trace.count for trace in group)
    by = f" by {first.by}" if first.by else ""
    what = f"{count} × {first.what}" if count else first.what
    return Start(
        at=first.at,
        text=f"{what} {first.done}{by}",
        names=mine,
        is_sure=any(name in names for name in mine),
        by=first.by,
    )
