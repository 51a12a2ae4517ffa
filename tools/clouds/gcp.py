"""Google Cloud as a `Cloud`: Compute Engine machines, managed instance groups, disks."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from tools.clouds.cloud import Act, Cloud, Consequence, Operation
from tools.clouds.gcp_access import Access, Sign, default_credentials
from tools.clouds.gcp_acts import Deeds
from tools.clouds.gcp_errors import AbsentError
from tools.clouds.gcp_inventory import Shelf, looks_at
from tools.clouds.gcp_operations import OPERATIONS, VERBS
from tools.clouds.gcp_use import measured
from tools.clouds.resources import Address, Inventory, Kind, Resource, State, Use, Verb
from tools.clouds.settings import GcpProject
from tools.clouds.traces import Asked, Traces
from tools.core.errors import RefusedError

_AT_ONCE = 4


class Gcp:
    """What runs at Google Cloud, in the configured projects.

    Args:
        projects: as configured.
        access: makes the calls.
        deeds: does what was approved, to what a shelf reads.
    """

    name = "gcp"

    def __init__(
        self,
        projects: Sequence[GcpProject],
        *,
        access: Access,
        deeds: Callable[[Shelf], Deeds],
    ) -> None:
        self._projects = {project.id: project for project in projects}
        self._access = access
        self._deeds = deeds

    @property
    def operations(self) -> tuple[Operation, ...]:
        """Every call it makes, with the right it takes."""
        return OPERATIONS

    def verbs(self, kind: Kind) -> Mapping[Verb, Consequence]:
        """What can be done to a kind of resource, and what comes of it."""
        return VERBS.get(kind, {})

    def inventory(self) -> Inventory:
        """Everything in all projects; what could not be listed is a trouble."""
        shelves = [Shelf(self._access, project) for project in self._projects.values()]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            answers = list(pool.map(Shelf.listed, shelves))
        found = {one.id: one for resources, _ in answers for one in resources}
        troubles = tuple(trouble for _, told in answers for trouble in told)
        return Inventory(tuple(found.values()), troubles)

    def read(self, address: Address) -> Resource:
        """One resource as it is now; of state `GONE` where there is none."""
        shelf = self._shelf(address)
        try:
            return shelf.read(address)
        except AbsentError:
            return Resource(address=address, state=State.GONE)

    def use(
        self, resources: Sequence[Resource], *, since: datetime, until: datetime
    ) -> dict[str, Use]:
        """By resource id, how much each was used."""
        found: dict[str, Use] = {}
        for project in {resource.address.account for resource in resources}:
            held = [one for one in resources if one.address.account == project]
            shelf = self._shelf(held[0].address)
            found |= measured(shelf.access, shelf.project, held, since=since, until=until)
        return found

    def traces(self, asked: Asked) -> Traces:
        """Nothing: since when a machine runs is in the inventory, and that is read there."""
        return Traces()

    def trace_troubles(self) -> tuple[str, ...]:
        """None: no log is read."""
        return ()

    def rehearse(self, act: Act) -> bool:
        """Refuse what can be known to be refused; Google Cloud cannot be asked more: False."""
        deeds = self._for(act)
        try:
            deeds.check(act)
        except AbsentError as error:
            raise _gone(act) from error
        return False

    def perform(self, act: Act) -> None:
        """Begin it; `read` tells when it is done.

        Raises:
            RefusedError: nothing was done.
            UnavailableError: whether it was done is not known until it is read.
        """
        deeds = self._for(act)
        try:
            deeds.perform(act)
        except AbsentError as error:
            raise _gone(act) from error

    def _for(self, act: Act) -> Deeds:
        shelf = self._shelf(act.resource.address)
        kind = act.resource.address.kind
        if act.verb not in self.verbs(kind):
            raise RefusedError(f"Purser does not {act.verb} a {kind} at Google Cloud.")
        return self._deeds(shelf)

    def _shelf(self, address: Address) -> Shelf:
        project = self._projects.get(address.account)
        if address.cloud != self.name or project is None:
            raise RefusedError(
                f"Purser is not configured for Google project {address.account[:40]}; an admin "
                "can add it to purser.toml."
            )
        if not looks_at(project, address.region):
            raise RefusedError(
                f"Purser does not look at {address.region[:40]} of Google project {project.id}; "
                "an admin can add it to its zones in purser.toml."
            )
        if not self.verbs(address.kind):
            raise RefusedError(f"Purser knows no {address.kind} at Google Cloud.")
        return Shelf(self._access, project)


def connect(
    projects: Iterable[GcpProject],
    *,
    guarded: Iterable[str] = (),
    patience: float = 8.0,
    pause: Callable[[float], None] = time.sleep,
    sign: Sign = default_credentials,
) -> Cloud:
    """Google Cloud, not asked for anything yet: its clients are loaded at the first call.

    Args:
        projects: where to look, and with whose rights.
        guarded: label keys that only the tags account writes (`guarded_keys`).
        patience: seconds to try reading again, and to look whether an act fails at once.
        pause: waits between those looks.
        sign: makes the credentials of a service account.
    """
    access = Access(sign=sign, patience=patience)
    keys = frozenset(key.lower() for key in guarded)
    return Gcp(
        tuple(projects), access=access, deeds=lambda shelf: Deeds(shelf, keys, patience, pause)
    )


def _gone(act: Act) -> RefusedError:
    return RefusedError(f"There is no {act.resource.address.name[:80]} any more; nothing was done.")
