"""What runs, with its price and dimensions, as it is metered before its bill is there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from tools.clouds.resources import Kind, Resource, State, Verb
from tools.core.errors import PurserError
from tools.core.labels import holds
from tools.core.query import Filter
from tools.prices.services import services_by_type
from tools.watch.accrual import Running

if TYPE_CHECKING:
    from bot.app import Purser
    from tools.clouds.fleet import Fleet
    from tools.core.scope import Scope

Services = Mapping[tuple[str, str], str]  # provider and type → service
_COUNTED = (Kind.INSTANCE, Kind.NOTEBOOK, Kind.ENDPOINT, Kind.TRAINING, Kind.GROUP)


def what_runs(
    purser: Purser, fleet: Fleet, *, at: datetime
) -> tuple[tuple[Running, ...], tuple[str, ...]]:
    """What runs now, and what could not be looked at."""
    inventory, services = fleet.inventory(), _services(purser)
    members = {said for one in inventory.resources for said in one.members}
    found = [one for one in inventory.resources if _is_counted(one, members)]
    there = [one for one in found if one.launched is None or one.launched <= at]
    return tuple(_as_running(one, fleet, services) for one in there), inventory.troubles


def launched(
    fleet: Fleet, scope: Sequence[Filter], *, since: datetime, seen: Scope
) -> list[Resource]:
    """What runs of a burn that was told, launched since then, and can be stopped; dearest first."""
    there = fleet.inventory(seen).resources
    found = [
        one
        for one in there
        if _is_counted(one, ())
        and one.launched is not None
        and one.launched >= since
        and Verb.STOP in fleet.cloud(one.address).verbs(one.address.kind)
        and holds(scope, fleet.labels(one))
    ]
    prices = {one.id: price.hourly for one in found if (price := fleet.price(one))}
    return sorted(found, key=lambda one: (-prices.get(one.id, Decimal(0)), one.id))


def _services(purser: Purser) -> Services:
    """Under which service a machine's type is billed; of what bills do not tell, nothing."""
    try:
        return services_by_type(purser.lake.snapshot())
    except PurserError:
        return {}


def _is_counted(resource: Resource, members: Iterable[str]) -> bool:
    """Whether it runs; a group whose machines are listed themselves is not counted again."""
    address = resource.address
    if resource.state is not State.RUNNING or address.kind not in _COUNTED:
        return False
    is_group = address.kind is Kind.GROUP
    return not (is_group and any(said.endswith(f" {address.name}") for said in members))


def _as_running(resource: Resource, fleet: Fleet, services: Services) -> Running:
    price, labels = fleet.price(resource), fleet.labels(resource)
    service = services.get((labels.get("provider") or "", resource.type.lower()))
    return Running(
        resource=resource.id,
        name=resource.name or resource.address.name,
        type=resource.type,
        hourly=price.hourly if price else None,
        currency=price.currency if price else "",
        since=resource.launched,
        labels={"service": service, **labels} if service else labels,
    )
