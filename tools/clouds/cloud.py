"""The one protocol that every cloud speaks, and what a cloud declares about itself.

A cloud describes, measures and does; it decides nothing. Who may have what done is the gate's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from tools.clouds.resources import Address, Capacity, Inventory, Kind, Resource, State, Use, Verb
from tools.clouds.traces import Asked, Traces


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One thing to be done to one resource, as it was approved.

    Args:
        verb: what.
        resource: as it was read just before; its `version` guards the change where a cloud
            knows such marks.
        key: the same for every attempt at this act: the cloud's idempotency token where it has
            one (Google's `request_id` is derived from it).
        capacity: of a scaling; the new one.
        tags: of a tagging: key → new value, None to remove it.
    """

    verb: Verb
    resource: Resource
    key: str
    capacity: Capacity | None = None
    tags: Mapping[str, str | None] = field(default_factory=dict)


class Credential(StrEnum):
    """With which credentials an operation is made; each may be a role of its own."""

    READ = "read"
    WRITE = "write"  # start, stop, scale, ordinary tags
    TERMINATE = "terminate"
    GUARDED_TAGS = "guarded-tags"  # tags that policy or dimensions read: never the write role


@dataclass(frozen=True, slots=True)
class Operation:
    """One call of a cloud's interface that Purser may make, and the right it takes.

    Args:
        call: as the client names it: `ec2.stop_instances`.
        permissions: as the cloud's policies name them: `ec2:StopInstances`.
        credential: who makes it.
        why: what for, in a few words; it stands in the generated policy's comment.
    """

    call: str
    permissions: tuple[str, ...]
    credential: Credential
    why: str


@dataclass(frozen=True, slots=True)
class Consequence:
    """What a verb does to a kind of resource.

    Args:
        end: the state it ends in; None where it changes no state.
        loses: what is gone afterwards, as a person reads it; empty where nothing is.
        undo: the verb that takes it back; None where nothing does.
        is_final: counts as terminating, whatever the verb is called.
    """

    end: State | None = None
    loses: str = ""
    undo: Verb | None = None
    is_final: bool = False


class Cloud(Protocol):
    """AWS, Google Cloud, or the simulated one; the same contract tests pass on all.

    Every method raises `UnavailableError` where the cloud does not answer, and `RefusedError`
    where it does not allow the call; the sentence says what to do. No secret is in either.
    """

    @property
    def name(self) -> str:
        """`aws`, `gcp`, `sim`: the first part of its resources' ids."""

    @property
    def operations(self) -> tuple[Operation, ...]:
        """Every call it makes, with the right it takes; `deploy/` is generated from these."""

    def verbs(self, kind: Kind) -> Mapping[Verb, Consequence]:
        """What can be done to a kind of resource here, and what comes of it."""

    def inventory(self) -> Inventory:
        """Everything that runs or is kept, in all accounts and regions it is configured for."""

    def read(self, address: Address) -> Resource:
        """One resource as it is now; of state `GONE` where there is none."""

    def use(
        self, resources: Sequence[Resource], *, since: datetime, until: datetime
    ) -> dict[str, Use]:
        """By resource id, how much each was used. All are in the answer."""

    def traces(self, asked: Asked) -> Traces:
        """Who started what, as the cloud's own log has it; nothing where Purser reads none."""

    def trace_troubles(self) -> tuple[str, ...]:
        """Why that log cannot be read, a sentence for each account; empty where it can be."""

    def rehearse(self, act: Act) -> bool:
        """Ask the cloud whether it would (DryRun). False where it cannot be asked.

        Raises:
            RefusedError: it would not; nothing was done.
        """

    def perform(self, act: Act) -> None:
        """Begin it; `read` tells when it is done. Called at most once for a key.

        Raises:
            RefusedError: nothing was done.
            UnavailableError: whether it was done is not known until it is read.
        """


def addresses(resources: Iterable[Resource]) -> tuple[str, ...]:
    """The ids of resources."""
    return tuple(resource.id for resource in resources)
