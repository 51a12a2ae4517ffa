"""All configured clouds as one, with dimensions and prices; and one target of it for the gate."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from tools.clouds.cloud import Cloud
from tools.clouds.idleness import IdleRule
from tools.clouds.prometheus import Prometheus
from tools.clouds.resources import Address, Inventory, Kind, Resource, Use
from tools.clouds.traces import Asked, Traces
from tools.core.dimensions import BUILT_IN, Dimension
from tools.core.errors import PurserError, RefusedError, UnavailableError
from tools.core.labels import holds, known_labels, labels_of
from tools.core.query import Filter
from tools.core.scope import EVERYTHING, Scope
from tools.core.settings import LakeSettings
from tools.prices.listed import CURRENCY, listed, listed_disk

if TYPE_CHECKING:
    from tools.lake.lake import Lake, Snapshot
    from tools.prices.billed import Billed, HourPrice

T = TypeVar("T")
_TAG = "tag:"
_PROVIDERS = {"aws": "AWS", "gcp": "Google Cloud"}
# What of a bill's line a machine has none of.
_NEVER = ("model", "token_direction", "cache_action")
# Built-in dimensions a machine has; the others are known of bills only.
_KNOWN = ("provider", "account", "account_id", "region", "zone", "instance_type", "resource_name")
# How a bill's long ids name a kind, before the slash and the name.
_NOUNS = {
    Kind.INSTANCE: ("instance", "instances"),
    Kind.NOTEBOOK: ("notebook-instance",),
    Kind.ENDPOINT: ("endpoint",),
    Kind.TRAINING: ("training-job",),
    Kind.DISK: ("volume", "disks"),
}


@dataclass(frozen=True, slots=True)
class Price:
    """What a machine costs an hour.

    Args:
        hourly: the price, of the whole machine (of a group: of all that runs in it).
        currency: of it.
        source: `your bill of Nov 19`, or `AWS list price of Nov 2025, an estimate`.
    """

    hourly: Decimal
    currency: str
    source: str


@dataclass(frozen=True)
class Fleet:
    """What runs in the configured clouds.

    Args:
        clouds: by name; what speaks `Cloud`.
        settings: dimensions, by which tags and accounts become labels.
        rule: when something counts as idle.
        lake: the bills, for prices and for how accounts are called; None without bills.
        accounts: account id → name, as configuration calls them.
        dcgm: where GPU machines are measured that their cloud does not measure; None: nowhere.
    """

    clouds: Mapping[str, Cloud]
    settings: LakeSettings
    rule: IdleRule = field(default_factory=IdleRule)
    lake: Lake | None = None
    accounts: Mapping[str, str] = field(default_factory=dict)
    dcgm: Prometheus | None = None

    def cloud(self, address: Address) -> Cloud:
        """The cloud an address is in.

        Raises:
            RefusedError: no such cloud is configured.
        """
        cloud = self.clouds.get(address.cloud)
        if cloud is None:
            raise RefusedError(
                f"Purser is not configured for a cloud called “{address.cloud[:40]}”; an admin can "
                "add it to [clouds] in purser.toml."
            )
        return cloud

    def inventory(self, scope: Scope = EVERYTHING) -> Inventory:
        """Everything in all clouds, asked at once, as far as the asker may see it."""
        found = _at_once([partial(_listed, cloud) for cloud in self.clouds.values()])
        resources = [one for inventory in found for one in inventory.resources]
        return Inventory(
            tuple(one for one in resources if self.shows(one, scope)),
            tuple(trouble for inventory in found for trouble in inventory.troubles),
        )

    def read(self, id: str | Address, scope: Scope = EVERYTHING) -> Resource:
        """One resource as it is now; of state `GONE` where there is none.

        Raises:
            InputError: the id is none.
            RefusedError: no such cloud or account, or the asker may not see it.
            UnavailableError: it cannot be read.
        """
        address = id if isinstance(id, Address) else Address.parse(id)
        found = self.cloud(address).read(address)
        if not self.shows(found, scope):
            raise RefusedError("There is nothing under that id that you may see here.")
        return found

    def use(
        self, resources: Sequence[Resource], *, since: datetime, until: datetime
    ) -> dict[str, Use]:
        """By id, how much each was used; where a cloud does not say, its sentence is `missing`."""
        by_cloud: dict[str, list[Resource]] = {}
        for one in resources:
            by_cloud.setdefault(one.address.cloud, []).append(one)
        asked = [
            partial(self._use_in_cloud, mine, since=since, until=until)
            for mine in by_cloud.values()
        ]
        uses = {id: use for found in _at_once(asked) for id, use in found.items()}
        try:
            return self.dcgm.fill(uses, resources, since=since, until=until) if self.dcgm else uses
        except UnavailableError as error:
            # What is not measured stays unknown; why, is the step that would fix it.
            return {id: use if use.gpu else _missing(use, error) for id, use in uses.items()}

    def traces(self, asked: Asked) -> Traces:
        """Who started what, as the clouds' own logs have it; their ids are the clouds' own."""
        found = _at_once([partial(_traced, cloud, asked) for cloud in self.clouds.values()])
        return Traces(
            tuple(trace for one in found for trace in one.found),
            tuple(trouble for one in found for trouble in one.troubles),
        )

    def trace_troubles(self) -> tuple[str, ...]:
        """Why those logs cannot be read; empty where they can be, or where there are none."""
        found = _at_once([cloud.trace_troubles for cloud in self.clouds.values()])
        return tuple(trouble for troubles in found for trouble in troubles)

    def _use_in_cloud(
        self, resources: Sequence[Resource], *, since: datetime, until: datetime
    ) -> dict[str, Use]:
        try:
            cloud = self.cloud(resources[0].address)
            return cloud.use(resources, since=since, until=until)
        except PurserError as error:
            return {one.id: Use(missing=error.sentence) for one in resources}

    def labels(self, resource: Resource) -> dict[str, str | None]:
        """Its dimensions, resolved as the lake resolves those of a bill's line.

        Besides the configured ones, those built-in ones that are known of it: `account`,
        `region` … What hangs on something that is not known of it is left out: a condition on
        it does not hold, whatever it says.
        """
        columns = self._columns(resource)
        known = known_labels(self.settings, tags=resource.tags, columns=columns)
        names = {dimension.name.lower() for dimension in self.settings.dimensions}
        plain = {n: value for n, value in _built_in(columns).items() if n not in names}
        return {**plain, **known}

    def shows(self, resource: Resource, scope: Scope) -> bool:
        """Whether a scope lets this resource be seen; what is not known is not shown."""
        if scope.is_everything:
            return True
        keys = [f.dimension.strip()[len(_TAG) :].strip() for f in scope.filters if _is_tag(f)]
        tags = LakeSettings(dimensions=tuple(Dimension(_TAG + k, tags=(k,)) for k in keys))
        asked = labels_of(tags, tags=resource.tags, columns={})
        return holds(scope.filters, {**asked, **self.labels(resource)})

    def price(self, resource: Resource) -> Price | None:
        """What it costs an hour while it runs; None where nobody knows.

        Its own bill says best; then what the same type costs there on the same terms; then the
        list price, which is an estimate and says so.
        """
        each = self._billed_price(resource) or _list_price(resource)
        capacity = resource.capacity
        if each is None or capacity is None:
            return each
        return Price(each.hourly * capacity.desired, each.currency, each.source)

    def _billed_price(self, resource: Resource) -> Price | None:
        bills = self._billed()
        if bills is None:
            return None
        address, region = resource.address, _region(resource.address)
        own = _own_price(bills, resource)
        if own:
            return Price(own.hourly, own.currency, f"your bill of {_day(own)}")
        is_typed = bool(resource.type) and address.kind is not Kind.DISK
        same = bills.of_type(resource.type, region=region, is_spot=resource.is_spot)
        if not is_typed or same is None:
            return None
        source = f"{resource.type} on your bill of {_day(same)}, an estimate"
        return Price(same.hourly, same.currency, source)

    def _billed(self) -> Billed | None:
        """The bills' prices; None where there are no bills to read."""
        from tools.prices.billed import billed

        snapshot = self._snapshot()
        try:
            return billed(snapshot) if snapshot else None
        except UnavailableError:
            return None

    def _snapshot(self) -> Snapshot | None:
        try:
            return self.lake.snapshot() if self.lake else None
        except PurserError:
            return None

    def _columns(self, resource: Resource) -> dict[str, str]:
        """What is known of it as columns of the lake; blank where it is known to have none."""
        address = resource.address
        region = _region(address)
        columns = {
            "provider": _provider(address),
            "sub_account_id": address.account,
            "region": region,
            "instance_type": resource.type,
            "resource_name": resource.name,
            **dict.fromkeys(_NEVER, ""),
        }
        if region != address.region:
            columns["availability_zone"] = address.region
        return {**columns, **self._called(address), **self._names().get(address.account, {})}

    def _called(self, address: Address) -> dict[str, str]:
        name = self.accounts.get(address.account)
        return {"sub_account_name": name} if name else {}

    def _names(self) -> Mapping[str, Mapping[str, str]]:
        """Sub-account id → how its bill calls it and who pays, as the lake has it last."""
        snapshot = self._snapshot()
        if snapshot is None or not snapshot.manifest.generations:
            return {}
        try:
            return snapshot.kept("accounts by id", lambda: _account_names(snapshot))
        except UnavailableError:
            return {}


def _account_names(snapshot: Snapshot) -> Mapping[str, Mapping[str, str]]:
    names = ("sub_account_name", "billing_account_id", "billing_account_name")
    newest = ", ".join(f"coalesce(max_by({name}, charge_day), '')" for name in names)
    _, rows = snapshot.run(
        f"SELECT sub_account_id, {newest} FROM daily WHERE sub_account_id IS NOT NULL GROUP BY 1"
    )
    return {row[0]: dict(zip(names, row[1:], strict=True)) for row in rows}


def _listed(cloud: Cloud) -> Inventory:
    try:
        return cloud.inventory()
    except PurserError as error:
        return Inventory(troubles=(error.sentence,))


def _traced(cloud: Cloud, asked: Asked) -> Traces:
    try:
        return cloud.traces(asked)
    except PurserError as error:
        return Traces(troubles=(error.sentence,))


def _missing(use: Use, error: UnavailableError) -> Use:
    return replace(use, missing=error.sentence) if use.missing else use


def _at_once(jobs: Sequence[Callable[[], T]]) -> list[T]:
    """What each job returns; side by side where there are several."""
    if len(jobs) < 2:
        return [job() for job in jobs]
    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(lambda job: job(), jobs))


def _built_in(columns: Mapping[str, str]) -> dict[str, str | None]:
    """The built-in dimensions that the columns decide."""
    found: dict[str, str | None] = {}
    for name in _KNOWN:
        values = [columns.get(column) for column in BUILT_IN[name]]
        first = next((value for value in values if value != ""), "")
        if first is not None:
            found[name] = first or None
    return found


def _own_price(bills: Billed, resource: Resource) -> HourPrice | None:
    address = resource.address
    nouns = _NOUNS.get(address.kind)
    if nouns is None:
        return None
    return bills.of_resource(
        address.account,
        address.name,
        nouns=nouns,
        place=address.region,
        type="" if address.kind is Kind.DISK else resource.type,
        is_one=resource.capacity is None,
    )


def _list_price(resource: Resource) -> Price | None:
    if resource.address.kind is Kind.DISK:
        is_google = _provider(resource.address) == _PROVIDERS["gcp"]
        found = listed_disk(resource.size_gb, is_google=is_google) if resource.size_gb else None
    else:
        found = listed(resource.type)
    if found is None:
        return None
    source = f"{found.source}; spot costs less" if resource.is_spot else found.source
    return Price(found.hourly, CURRENCY, source)


def _provider(address: Address) -> str:
    """As bills call it; the simulated cloud plays AWS and Google."""
    plays = "aws" if address.account.isdigit() else "gcp"
    return _PROVIDERS.get(address.cloud, _PROVIDERS[plays])


def _region(address: Address) -> str:
    """The region: of a zone such as `us-central1-a`, what stands before its letter."""
    head, _, zone = address.region.rpartition("-")
    is_zone = head and len(zone) == 1 and zone.isalpha()
    return head if is_zone else address.region


def _day(price: HourPrice) -> str:
    return f"{price.day:%b} {price.day.day}"


def _is_tag(filter_: Filter) -> bool:
    return filter_.dimension.strip().lower().startswith(_TAG)
