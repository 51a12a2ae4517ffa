"""Does to Google Cloud's resources what was approved, once."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tools.clouds.cloud import Act, Credential, Operation
from tools.clouds.gcp_access import Access, allow, calls
from tools.clouds.gcp_errors import AbsentError, of_failed
from tools.clouds.gcp_inventory import Shelf, place_of, service_of
from tools.clouds.gcp_operations import OPERATIONS
from tools.clouds.gcp_reading import marked
from tools.clouds.resources import Capacity, Kind, Resource, State, Verb
from tools.clouds.settings import GcpProject
from tools.core.errors import PurserError, RefusedError, UnavailableError

_CALLS = calls(OPERATIONS)
_SPACE = uuid.UUID("6f0b6f0a-4b0c-5d2e-9d5e-0c6f1f1d7a11")  # of request ids made from act keys
_METHODS: Mapping[Verb, str] = {
    Verb.STOP: "stop",
    Verb.START: "start",
    Verb.TERMINATE: "delete",
    Verb.TAG: "set_labels",
    Verb.SCALE: "resize",
}
# Google's rule: letters of any script but no capitals, digits, _ and -; at most 63.
_WORD = re.compile(r"[\w-]{0,63}\Z")
_LABELS = 64
_LABEL_BODIES = {
    "instances": "instances_set_labels_request_resource",
    "disks": "zone_set_labels_request_resource",
    "region_disks": "region_set_labels_request_resource",
}
_LOOK = 0.5  # seconds between looks at what was begun


@dataclass(frozen=True)
class Deeds:
    """Acts on the resources of one project.

    Args:
        shelf: reads them.
        guarded: label keys, in lower case, that only the tags account writes.
        patience: seconds to look whether what was begun fails at once; `read` tells the end.
        pause: waits between looks.
    """

    shelf: Shelf
    guarded: frozenset[str] = frozenset()
    patience: float = 8.0
    pause: Callable[[float], None] = field(default=time.sleep)

    def check(self, act: Act) -> None:
        """Refuse what can be known to be refused, without changing anything.

        Raises:
            AbsentError: it is not there any more.
            RefusedError: it would be refused.
        """
        allow(self._project, self._credential(act))
        now = self.shelf.read(act.resource.address)
        name = act.resource.address.name
        if marked(now.version)[0] != marked(act.resource.version)[0]:
            raise RefusedError(f"{name} was replaced by another of that name; propose it again.")
        _CHECKS[act.verb](act, now)

    def perform(self, act: Act) -> None:
        """Begin it, and see whether it fails at once.

        Raises:
            AbsentError: it is not there any more.
            RefusedError: nothing was done.
            UnavailableError: whether it was done is not known until it is read.
        """
        self.check(act)
        address = act.resource.address
        service, name = service_of(address)
        operation = _CALLS[f"{service}.{_METHODS[act.verb]}"]
        request = {
            "project": self._project.id,
            **place_of(address),
            "resource" if act.verb is Verb.TAG and service != "instances" else name: address.name,
            "request_id": request_id(act),
            **_body(act, service),
        }
        begun = self._access.call(
            self._project, operation, request, credential=self._credential(act)
        )
        self._follow(begun, act)

    def _follow(self, begun: Any, act: Act) -> None:  # noqa: ANN401
        """Look at what was begun until it ends or patience does; its failure is told."""
        self._raise_failed(begun)
        for _ in range(int(self.patience / _LOOK)):
            if begun.status.name == "DONE":
                return
            self.pause(_LOOK)
            found = self._looked(begun, act)
            if found is None:
                return
            begun = found
            self._raise_failed(begun)

    def _looked(self, begun: Any, act: Act) -> Any:  # noqa: ANN401
        """The operation as it is now; None where that cannot be seen: reading tells the end."""
        place = place_of(act.resource.address)
        call = "zone_operations.get" if "zone" in place else "region_operations.get"
        request = {"project": self._project.id, **place, "operation": begun.name}
        try:
            return self._access.call(self._project, _CALLS[call], request)
        except (AbsentError, PurserError):
            return None

    def _raise_failed(self, begun: Any) -> None:  # noqa: ANN401
        codes = [str(one.code) for one in begun.error.errors]
        if codes or begun.http_error_status_code:
            raise of_failed(codes, where=f"Google project {self._project.id}")

    def _credential(self, act: Act) -> Credential:
        """Whose rights: Google cannot keep single labels from whoever may write labels.

        So all labels are written by the tags account where there is one. Without it the write
        account writes those that nobody guards, if somebody gave it that right.
        """
        declared = _operation(act).credential
        if declared is not Credential.GUARDED_TAGS or self._project.tags_account:
            return declared
        is_guarded = any(key.lower() in self.guarded for key in act.tags)
        return Credential.GUARDED_TAGS if is_guarded else Credential.WRITE

    @property
    def _project(self) -> GcpProject:
        return self.shelf.project

    @property
    def _access(self) -> Access:
        return self.shelf.access


def request_id(act: Act) -> str:
    """The mark by which Google Cloud knows a second attempt at the same act."""
    return str(uuid.uuid5(_SPACE, f"{act.key}\n{act.verb}\n{act.resource.id}"))


def _operation(act: Act) -> Operation:
    return _CALLS[f"{service_of(act.resource.address)[0]}.{_METHODS[act.verb]}"]


def _body(act: Act, service: str) -> dict[str, Any]:
    if act.verb is Verb.STOP:
        # Explicit, for Google refuses a machine with local SSDs otherwise; the card said it.
        return {"discard_local_ssd": act.resource.local_disks}
    if act.verb is Verb.SCALE and act.capacity:
        return {"size": act.capacity.desired}
    if act.verb is Verb.TAG:
        labels = labels_after(act)
        fingerprint = marked(act.resource.version)[1]
        return {_LABEL_BODIES[service]: {"labels": labels, "label_fingerprint": fingerprint}}
    return {}


def labels_after(act: Act) -> dict[str, str]:
    """All labels as they are to be: Google takes the whole set."""
    merged: dict[str, str | None] = {**act.resource.tags, **act.tags}
    return {key: value for key, value in merged.items() if value is not None}


def _check_stop(act: Act, now: Resource) -> None:
    if now.state is not State.RUNNING:
        raise _refused(act, f"it is {now.state}, not running")
    if now.local_disks and not act.resource.local_disks:
        raise _refused(act, "it has a local SSD now, and stopping it would lose its data")


def _check_start(act: Act, now: Resource) -> None:
    if now.state is not State.STOPPED:
        raise _refused(act, f"it is {now.state}, not stopped")
    if "suspended" in now.keeps_billing:
        raise _refused(act, "it is suspended; resume it in Google Cloud")


def _check_terminate(act: Act, now: Resource) -> None:
    if now.protections:
        raise _refused(act, "it is protected against deletion in Google Cloud; lift that there")
    if now.address.kind is Kind.DISK and now.is_attached:
        raise _refused(act, "it is attached to a machine")


def _check_tag(act: Act, now: Resource) -> None:
    for key, value in act.tags.items():
        if value is not None and not (is_label(key, value)):
            raise _refused(
                act,
                "Google Cloud takes only small letters, digits, _ and - in labels, up to 63, and "
                "keys that begin with a letter",
            )
    if len(labels_after(act)) > _LABELS:
        raise _refused(act, f"more than {_LABELS} labels do not fit on it; remove one first")
    # The label set is written whole: the cloud compares the fingerprint once more.
    if dict(now.tags) not in (dict(act.resource.tags), labels_after(act)):
        raise _refused(act, "its labels were changed since it was read; propose it again")


def _check_scale(act: Act, now: Resource) -> None:
    held, wanted = now.capacity, act.capacity
    if wanted is None:
        raise _refused(act, "no size was given")
    if held is None:
        raise UnavailableError(
            f"The autoscaler of {act.resource.address.name} cannot be read; try again later."
        )
    if now.protections:
        raise _refused(act, "it scales by itself; turn its autoscaler off or change its limits")
    if (wanted.minimum, wanted.maximum) != (held.minimum, held.maximum):
        raise _refused(act, "its limits are its autoscaler's; change them in Google Cloud")
    if not held.minimum <= wanted.desired <= held.maximum:
        raise _refused(act, f"it may have {held.minimum} to {held.maximum} machines")
    if now.capacity not in (act.resource.capacity, _sized(held, wanted.desired)):
        raise _refused(act, f"it has {held.desired} machines by now; propose it again")


_CHECKS: Mapping[Verb, Callable[[Act, Resource], None]] = {
    Verb.STOP: _check_stop,
    Verb.START: _check_start,
    Verb.TERMINATE: _check_terminate,
    Verb.TAG: _check_tag,
    Verb.SCALE: _check_scale,
}


def is_label(key: str, value: str) -> bool:
    """Whether Google Cloud takes this key and this value."""
    whole = (key, value)
    spelled = all(_WORD.match(text) and text == text.lower() for text in whole)
    return spelled and bool(key) and key[0].isalpha() and len(key.encode()) <= 128


def _sized(held: Capacity, desired: int) -> Capacity:
    return held._replace(desired=desired)


def _refused(act: Act, why: str) -> RefusedError:
    return RefusedError(f"{act.resource.address.name[:80]}: {why}; nothing was done.")
