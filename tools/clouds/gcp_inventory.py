"""Lists and reads what runs in one Google project."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tools.clouds.gcp_access import Access, calls
from tools.clouds.gcp_errors import AbsentError, told
from tools.clouds.gcp_operations import OPERATIONS
from tools.clouds.gcp_reading import disk, group, instance, last, template_urls
from tools.clouds.resources import Address, Kind, Resource
from tools.clouds.settings import GcpProject
from tools.core.errors import PurserError

_CALLS = calls(OPERATIONS)
_ZONE = re.compile(r"[a-z]+-[a-z]+\d+-[a-z]\Z")
_QUIET = ("", "NO_RESULTS_ON_PAGE")
_KINDS = (
    (Kind.INSTANCE, "machines"),
    (Kind.DISK, "disks"),
    (Kind.GROUP, "instance groups"),
)


def is_zone(place: str) -> bool:
    """Whether a place is a zone (`us-central1-a`), not a region."""
    return bool(_ZONE.match(place))


def looks_at(project: GcpProject, place: str) -> bool:
    """Whether a zone, or the region of one, is among those of a project's configuration."""
    inside = (zone == place or zone.rpartition("-")[0] == place for zone in project.zones)
    return not project.zones or any(inside)


@dataclass(frozen=True)
class Shelf:
    """One project, to be read.

    Args:
        access: makes the calls.
        project: which.
    """

    access: Access
    project: GcpProject

    def listed(self) -> tuple[list[Resource], list[str]]:
        """All resources of the project; and one sentence for each kind or place left out."""
        found: list[Resource] = []
        troubles: list[str] = []
        makers: Mapping[Kind, Callable[[], tuple[list[Resource], list[str]]]] = {
            Kind.INSTANCE: lambda: self._each("instances", instance),
            Kind.DISK: lambda: self._each("disks", disk),
            Kind.GROUP: self._groups,
        }
        for kind, called in _KINDS:
            try:
                resources, missed = makers[kind]()
            except PurserError as error:
                troubles.append(error.sentence)
            except AbsentError:
                troubles.append(f"{self._where}: there is no such project; check its id.")
            else:
                found += resources
                troubles += [self._missed(called, place) for place in missed]
        return found, list(dict.fromkeys(troubles))

    def read(self, address: Address) -> Resource:
        """One resource as it is now.

        Raises:
            AbsentError: there is none.
        """
        raw = self.raw(address)
        templates: list[Any] = []
        autoscaler = None
        if address.kind is Kind.GROUP:
            templates = [self._template(url) for url in template_urls(raw)]
            autoscaler = self._autoscaler(raw.status.autoscaler, address)
        with self._readable(f"{service_of(address)[0]}.get"):
            found = {
                Kind.INSTANCE: lambda: instance(self.project.id, raw),
                Kind.DISK: lambda: disk(self.project.id, raw),
                Kind.GROUP: lambda: group(
                    self.project.id, raw, autoscaler, [one for one in templates if one is not None]
                ),
            }[address.kind]()
            if found.address != address:
                raise ValueError("the answer is of something else")
            return found

    def raw(self, address: Address) -> Any:  # noqa: ANN401
        """The cloud's own answer of a resource."""
        service, name = service_of(address)
        return self._call(f"{service}.get", {**place_of(address), name: address.name})

    def _each(
        self, service: str, make: Callable[[str, Any], Resource]
    ) -> tuple[list[Resource], list[str]]:
        raws, missed = self._all(service)
        with self._readable(f"{service}.aggregated_list"):
            return [make(self.project.id, raw) for raw in raws], missed

    def _groups(self) -> tuple[list[Resource], list[str]]:
        raws, missed = self._all("instance_group_managers")
        if not raws:
            return [], missed
        autoscalers = {_path(one.self_link): one for one in self._all("autoscalers")[0]}
        templates = {_path(one.self_link): one for one in self._all("instance_templates")[0]}
        with self._readable("instance_group_managers.aggregated_list"):
            return [
                group(
                    self.project.id,
                    raw,
                    autoscalers.get(_path(raw.status.autoscaler)),
                    [templates[_path(u)] for u in template_urls(raw) if _path(u) in templates],
                )
                for raw in raws
            ], missed

    def _all(self, service: str) -> tuple[list[Any], list[str]]:
        """Everything of a service in the places looked at; and the places that did not answer."""
        call = f"{service}.aggregated_list"
        pages = self._call(call, {})
        raws: list[Any] = []
        missed: list[str] = []
        with self._readable(call):
            for page in pages:
                if not page.kind:
                    raise ValueError("the answer is no list of Google's")
                missed += [last(place) for place in getattr(page, "unreachables", ())]
                for scope, held in page.items.items():
                    if held.warning.code not in _QUIET:
                        missed.append(last(scope))
                    if last(scope) == "global" or looks_at(self.project, last(scope)):
                        raws += getattr(held, service)
        return raws, [place for place in dict.fromkeys(missed) if looks_at(self.project, place)]

    def _template(self, url: str) -> Any:  # noqa: ANN401
        """A template; None where it was deleted since."""
        place = _part(url, "regions")
        service = "region_instance_templates" if place else "instance_templates"
        request = {"region": place} if place else {}
        try:
            return self._call(f"{service}.get", {**request, "instance_template": last(url)})
        except AbsentError:
            return None

    def _autoscaler(self, url: str, address: Address) -> Any:  # noqa: ANN401
        if not url:
            return None
        service = "autoscalers" if is_zone(address.region) else "region_autoscalers"
        try:
            return self._call(f"{service}.get", {**place_of(address), "autoscaler": last(url)})
        except AbsentError:
            return None

    def _call(self, call: str, request: Mapping[str, Any]) -> Any:  # noqa: ANN401
        wanted = {"project": self.project.id, **request}
        return self.access.call(self.project, _CALLS[call], wanted)

    def _readable(self, call: str) -> Any:  # noqa: ANN401
        return told(_CALLS[call], _CALLS[call].credential, where=self._where)

    @property
    def _where(self) -> str:
        return f"Google project {self.project.id}"

    def _missed(self, called: str, place: str) -> str:
        return f"{self._where}: {called} of {place[:40]} could not be listed; ask again later."


def service_of(address: Address) -> tuple[str, str]:
    """The client's service for a resource, and what its requests call the resource."""
    zonal = {
        Kind.INSTANCE: ("instances", "instance"),
        Kind.DISK: ("disks", "disk"),
        Kind.GROUP: ("instance_group_managers", "instance_group_manager"),
    }[address.kind]
    return zonal if is_zone(address.region) else (f"region_{zonal[0]}", zonal[1])


def place_of(address: Address) -> dict[str, str]:
    """The zone or region of a resource, as requests take it."""
    return {"zone" if is_zone(address.region) else "region": address.region}


def _path(url: str) -> str:
    """The part of a URL that names the resource, without host and version."""
    return url[url.find("projects/") :] if "projects/" in url else url


def _part(url: str, after: str) -> str:
    """The segment that follows `after` in a URL; empty where there is none."""
    parts: Iterator[str] = iter(url.split("/"))
    return next(parts, "") if after in parts else ""
