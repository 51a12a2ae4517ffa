"""AWS as a `Cloud`: many accounts by assumed role, many regions, one kind of resource a family."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from tools.clouds.aws_disks import Disks
from tools.clouds.aws_endpoints import Endpoints
from tools.clouds.aws_errors import AbsentError, readable
from tools.clouds.aws_family import Family
from tools.clouds.aws_groups import Groups
from tools.clouds.aws_instances import Instances
from tools.clouds.aws_notebooks import Notebooks
from tools.clouds.aws_places import OPERATIONS as SIGNING_IN
from tools.clouds.aws_places import Place, Sessions, places
from tools.clouds.aws_trail import LOOKUP, Trail
from tools.clouds.aws_training import TrainingJobs
from tools.clouds.aws_types import Types
from tools.clouds.aws_use import OPERATIONS as MEASURING
from tools.clouds.aws_use import use_in
from tools.clouds.cloud import Act, Cloud, Consequence, Operation
from tools.clouds.resources import Address, Inventory, Kind, Resource, State, Use, Verb
from tools.clouds.settings import AwsAccount
from tools.clouds.traces import Asked, Traces
from tools.core.clock import Clock
from tools.core.errors import PurserError, RefusedError

OPERATIONS: tuple[Operation, ...] = tuple(
    dict.fromkeys(
        [
            *SIGNING_IN,
            *Instances.operations,
            *Groups.operations,
            *Notebooks.operations,
            *Endpoints.operations,
            *TrainingJobs.operations,
            *Disks.operations,
            *MEASURING,
            LOOKUP,
        ]
    )
)
_AT_ONCE = 8


class Aws:
    """What runs at AWS, in the configured accounts and regions.

    Args:
        accounts: as configured.
        families: by kind; what can be listed and done.
        types: what machine types are made of.
        sessions: signs the calls.
        trail: tells who started what.
    """

    name = "aws"

    def __init__(
        self,
        accounts: Sequence[AwsAccount],
        *,
        families: Mapping[Kind, Family],
        types: Types,
        sessions: Sessions,
        trail: Trail,
    ) -> None:
        self._accounts = {account.id: account for account in accounts}
        self._families = families
        self._types = types
        self._sessions = sessions
        self._trail = trail

    @property
    def operations(self) -> tuple[Operation, ...]:
        """Every call it makes, with the right it takes."""
        return OPERATIONS

    def verbs(self, kind: Kind) -> Mapping[Verb, Consequence]:
        """What can be done to a kind of resource, and what comes of it."""
        family = self._families.get(kind)
        return family.verbs if family else {}

    def inventory(self) -> Inventory:
        """Everything in all accounts and regions; what could not be listed is a trouble."""
        asked = [
            (place, family)
            for place in places(self._accounts.values(), self._sessions)
            for family in self._families.values()
        ]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            answers = list(pool.map(lambda pair: _listed(*pair), asked))
        found = {one.id: one for resources, _ in answers for one in resources}
        troubles = dict.fromkeys(trouble for _, trouble in answers if trouble)
        return Inventory(tuple(found.values()), tuple(troubles))

    def read(self, address: Address) -> Resource:
        """One resource as it is now; of state `GONE` where there is none."""
        place, family = self._place(address), self._family(address)
        try:
            with readable(place.text):
                return family.read(place, address.name)
        except AbsentError:
            return Resource(address=address, state=State.GONE)

    def use(
        self, resources: Sequence[Resource], *, since: datetime, until: datetime
    ) -> dict[str, Use]:
        """By resource id, how much each was used."""
        places: dict[Place, list[Resource]] = {}
        for resource in resources:
            places.setdefault(self._place(resource.address), []).append(resource)

        def measured(place: Place) -> dict[str, Use]:
            return use_in(place, places[place], self._types, since=since, until=until)

        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return {
                name: one for found in pool.map(measured, places) for name, one in found.items()
            }

    def traces(self, asked: Asked) -> Traces:
        """Who started what, as CloudTrail has it."""
        return self._trail.read(places(self._accounts.values(), self._sessions), asked)

    def trace_troubles(self) -> tuple[str, ...]:
        """Why CloudTrail cannot be read."""
        return self._trail.troubles(places(self._accounts.values(), self._sessions))

    def rehearse(self, act: Act) -> bool:
        """Ask AWS whether it would; False where it cannot be asked.

        Raises:
            RefusedError: it would not.
        """
        place, family = self._for(act)
        try:
            with readable(place.text):
                return family.rehearse(place, act)
        except AbsentError as error:
            raise _gone(act) from error

    def perform(self, act: Act) -> None:
        """Begin it; `read` tells when it is done.

        Raises:
            RefusedError: nothing was done.
            UnavailableError: whether it was done is not known until it is read.
        """
        place, family = self._for(act)
        try:
            with readable(place.text):
                family.perform(place, act)
        except AbsentError as error:
            raise _gone(act) from error

    def _for(self, act: Act) -> tuple[Place, Family]:
        address = act.resource.address
        place, family = self._place(address), self._family(address)
        if act.verb not in family.verbs:
            raise RefusedError(f"Purser does not {act.verb} a {address.kind} at AWS.")
        return place, family

    def _place(self, address: Address) -> Place:
        account = self._accounts.get(address.account)
        if address.cloud != self.name or account is None:
            raise RefusedError(
                f"Purser is not configured for AWS account {address.account[:40]}; an admin can "
                "add it to purser.toml."
            )
        if address.region not in account.regions:
            raise RefusedError(
                f"Purser does not look at {address.region[:40]} of AWS account {account.id}; an "
                "admin can add it to its regions in purser.toml."
            )
        return Place(account, address.region, self._sessions)

    def _family(self, address: Address) -> Family:
        family = self._families.get(address.kind)
        if family is None:
            raise RefusedError(f"Purser knows no {address.kind} at AWS.")
        return family


def connect(
    accounts: Iterable[AwsAccount],
    clock: Clock,
    *,
    guarded: Iterable[str] = (),
    attempts: int = 4,
) -> Cloud:
    """AWS, not asked for anything yet: boto3 is loaded at the first call.

    Args:
        accounts: where to look, and with whose rights.
        clock: tells when roles have to be taken on again.
        guarded: tag keys in plain form that only the tags role writes (`tools.core.labels`).
        attempts: how often a reading call is tried; a changing one is made once.
    """
    return over(accounts, Sessions(clock, attempts=attempts), guarded=guarded)


def over(
    accounts: Iterable[AwsAccount],
    sessions: Sessions,
    *,
    guarded: Iterable[str] = (),
    trail: Trail | None = None,
) -> Aws:
    """Every kind that Purser knows at AWS, over sessions that may be signed in already."""
    types, keys = Types(), frozenset(guarded)
    families: dict[Kind, Family] = {
        Kind.INSTANCE: Instances(types, keys),
        Kind.GROUP: Groups(types, keys),
        Kind.NOTEBOOK: Notebooks(types, keys),
        Kind.ENDPOINT: Endpoints(types, keys),
        Kind.TRAINING: TrainingJobs(types, keys),
        Kind.DISK: Disks(keys),
    }
    trail = trail or Trail(sessions.clock)
    return Aws(tuple(accounts), families=families, types=types, sessions=sessions, trail=trail)


def _listed(place: Place, family: Family) -> tuple[list[Resource], str]:
    try:
        with readable(place.text):
            return family.listed(place), ""
    except PurserError as error:
        return [], error.sentence
    except AbsentError:
        return [], f"{place.text}: it changed while it was listed; ask again."


def _gone(act: Act) -> RefusedError:
    return RefusedError(f"There is no {act.resource.address.name[:80]} any more; nothing was done.")
