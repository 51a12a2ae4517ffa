"""Which GPUs run, and which of them work for their money."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from tools.clouds.idleness import LOOK_BACK, IdleRule, idle_since, judge
from tools.clouds.resources import Kind, Resource, State, Use
from tools.core.context import Context
from tools.core.errors import InputError, UnavailableError
from tools.core.labels import holds
from tools.core.machines import Idleness, Machine, Machines
from tools.core.query import Filter

if TYPE_CHECKING:
    from tools.clouds.fleet import Fleet

LONGEST = 24 * 14  # hours of a window; metrics of longer ago are too coarse
_WASTEFUL = (Idleness.IDLE, Idleness.ZOMBIE)
_RUNS = (State.RUNNING, State.CHANGING)


def list_gpus(where: Sequence[Filter] = (), *, context: Context) -> Machines:
    """Which machines with GPUs run now, what each costs an hour, and whose they are.

    Args:
        where: conditions on dimensions, such as team, env, owner, account or region.
        context: the clouds, under the asker's scope.

    Raises:
        UnavailableError: no cloud is configured, or none answers.
    """
    fleet = _fleet(context)
    found, notes = _seen(fleet, where, context)
    machines = [_machine(r, fleet) for r in found if r.gpus and r.state in _RUNS]
    return _answer("", where, machines, notes, context=context)


def idle_gpus(
    where: Sequence[Filter] = (), hours: float | None = None, *, context: Context
) -> Machines:
    """Which machines with GPUs run without being used, and what that has wasted so far.

    Those that could not be measured are counted as unknown. Disks attached to nothing, endpoints
    without traffic and notebooks left open are listed, too.

    Args:
        where: conditions on dimensions, such as team, env, owner, account or region.
        hours: for how long it must have been idle; else as configured, six by default.
        context: the clouds, under the asker's scope.

    Raises:
        InputError: a window that makes no sense.
        UnavailableError: no cloud is configured, or none answers.
    """
    fleet = _fleet(context)
    rule = _rule(fleet.rule, hours)
    found, notes = _seen(fleet, where, context)
    candidates = [r for r in found if _may_idle(r)]
    now = context.clock.now()
    used = fleet.use(candidates, since=now - rule.window, until=now)
    machines = [_judged(r, used.get(r.id), rule, fleet, now=now) for r in candidates]
    wasteful = [m for m in machines if m.idleness in _WASTEFUL]
    told = _with_waste(wasteful, rule, fleet, now=now)
    unknown = [m for m in machines if m.idleness is Idleness.UNKNOWN]
    looked_at = sum(1 for r in candidates if r.gpus)
    return _answer(
        "idle",
        where,
        _with_kept([*told, *unknown], context),
        notes,
        context=context,
        hours=rule.hours,
        looked_at=looked_at,
    )


def _fleet(context: Context) -> Fleet:
    if context.fleet is None:
        raise UnavailableError(
            "I see no cloud from here: name accounts or projects under [clouds] in purser.toml."
        )
    return context.fleet


def _rule(configured: IdleRule, hours: float | None) -> IdleRule:
    if hours is None:
        return configured
    if not 0.5 <= hours <= LONGEST:
        raise InputError(f"Idle for how long? Between half an hour and {LONGEST // 24} days.")
    return IdleRule(configured.percent, hours, configured.coverage)


def _seen(
    fleet: Fleet, where: Sequence[Filter], context: Context
) -> tuple[list[Resource], tuple[str, ...]]:
    inventory = fleet.inventory(context.scope)
    if not inventory.resources and inventory.troubles:
        raise UnavailableError(inventory.troubles[0])
    found = [r for r in inventory.resources if holds(where, fleet.labels(r))]
    return found, inventory.troubles


def _may_idle(resource: Resource) -> bool:
    kind = resource.address.kind
    if kind is Kind.DISK:
        return not resource.is_attached
    if resource.state is not State.RUNNING or kind in (Kind.GROUP, Kind.TRAINING):
        return False
    return bool(resource.gpus) or kind in (Kind.NOTEBOOK, Kind.ENDPOINT)


def _machine(resource: Resource, fleet: Fleet) -> Machine:
    price = fleet.price(resource)
    return Machine(
        resource=resource,
        labels=fleet.labels(resource),
        hourly=price.hourly if price else None,
        currency=price.currency if price else "USD",
        price_from=price.source if price else "",
    )


def _judged(
    resource: Resource, use: Use | None, rule: IdleRule, fleet: Fleet, *, now: datetime
) -> Machine:
    found = judge(resource, use, rule, now=now)
    return replace(
        _machine(resource, fleet),
        use=use,
        idleness=found.idleness,
        sureness=found.sureness,
        advice=found.advice,
    )


def _with_waste(
    machines: Sequence[Machine], rule: IdleRule, fleet: Fleet, *, now: datetime
) -> list[Machine]:
    """Since when each is idle, as far back as metrics go, and what it has cost since."""
    asked = [m.resource for m in machines if m.resource.address.kind is not Kind.DISK]
    longer: Mapping[str, Use] = fleet.use(asked, since=now - LOOK_BACK, until=now) if asked else {}
    told = []
    for machine in machines:
        use = longer.get(machine.resource.id)
        since = idle_since(use, rule, until=now) if use else None
        wasted = None
        if since is not None and machine.hourly is not None:
            wasted = machine.hourly * Decimal(str((now - since).total_seconds() / 3600))
            wasted = wasted.quantize(Decimal("0.01"))
        told.append(replace(machine, idle_since=since, wasted=wasted))
    return told


def _with_kept(machines: Sequence[Machine], context: Context) -> list[Machine]:
    """Who keeps each until when; a list is worth having without it."""
    try:
        said = context.needs.of(m.resource.id for m in machines) if context.needs else {}
    except UnavailableError:
        said = {}
    now, told = context.clock.now(), []
    for machine in machines:
        keeps = [n for n in said.get(machine.resource.id, ()) if n.until and n.until > now]
        last = max(keeps, key=lambda n: n.until or now, default=None)
        if last:
            machine = replace(machine, kept_until=last.until, kept_by=last.person)
        told.append(machine)
    return told


def _answer(
    what: str,
    where: Sequence[Filter],
    machines: Sequence[Machine],
    notes: tuple[str, ...],
    *,
    context: Context,
    hours: float = 0.0,
    looked_at: int | None = None,
) -> Machines:
    conditions = " and ".join(f.text() for f in where)
    asked = " ".join(filter(None, [what, conditions and f"where {conditions}"]))
    return Machines(
        asked=asked,
        machines=tuple(sorted(machines, key=_rank)),
        as_of=context.clock.now(),
        hours=hours,
        hourly=_sums((m.currency, m.hourly) for m in _counted(machines)),
        wasted=_sums((m.currency, m.wasted) for m in machines),
        unknown=sum(m.idleness is Idleness.UNKNOWN for m in machines),
        unpriced=sum(m.hourly is None for m in machines),
        looked_at=sum(1 for m in machines if m.resource.gpus) if looked_at is None else looked_at,
        notes=notes,
    )


def _counted(machines: Sequence[Machine]) -> list[Machine]:
    """Those whose price is part of what the answer says is spent.

    Not what nobody measured, and no group beside its own machines: it is what they cost.
    """
    members = [said for m in machines for said in m.resource.members]
    return [
        m
        for m in machines
        if m.idleness is not Idleness.UNKNOWN
        and not (
            m.resource.address.kind is Kind.GROUP
            and any(said.endswith(f" {m.resource.address.name}") for said in members)
        )
    ]


def _rank(machine: Machine) -> tuple[bool, Decimal, Decimal, str]:
    """Unknown ones last; the most wasteful, else the dearest, first."""
    zero = Decimal(0)
    is_unknown = machine.idleness is Idleness.UNKNOWN
    return is_unknown, -(machine.wasted or zero), -(machine.hourly or zero), machine.resource.id


def _sums(pairs: Iterable[tuple[str, Decimal | None]]) -> dict[str, Decimal]:
    found: defaultdict[str, Decimal] = defaultdict(Decimal)
    for currency, amount in pairs:
        if amount is not None:
            found[currency] += amount
    return dict(found)
