"""What the contract suite is written with: acts as the gate makes them, and waiting for ends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from tools.clouds.cloud import Act
from tools.clouds.resources import Address, Capacity, Kind, Resource, State, Verb
from tools.core.errors import PurserError

if TYPE_CHECKING:
    from tests.clouds.contract import Setup

VERBS = (Verb.STOP, Verb.START, Verb.SCALE, Verb.TERMINATE, Verb.TAG)
ALL = [(kind, verb) for kind in Kind for verb in VERBS]
TEAM = "squad"  # a tag nobody guards
NEW = "note"
KEY = "p0000000000000001-0"
MANY = 40


def made(setup: Setup, kind: Kind, *, tags: Mapping[str, str]) -> Address | None:
    """One of a kind, settled; None where this cloud has no such kind."""
    if not setup.cloud.verbs(kind):
        return None
    address = setup.make(kind, tags=tags)
    _settled(setup, address)
    return address


def ready_for(setup: Setup, kind: Kind, *, verb: Verb) -> Address | None:
    """One to which the verb can be done: stopped for a start. None where it cannot be."""
    if verb not in setup.cloud.verbs(kind):
        return None
    address = made(setup, kind, tags={TEAM: "ml"})
    assert address
    if verb is Verb.START:
        setup.cloud.perform(replace(act(setup, address, Verb.STOP), key=KEY + "-before"))
        assert _settled(setup, address).state is State.STOPPED
    return address


def act(
    setup: Setup,
    address: Address,
    verb: Verb,
    *,
    capacity: Capacity | None = None,
    tags: Mapping[str, str | None] | None = None,
    key: str = KEY,
) -> Act:
    """An act on the resource as it reads now; one key per verb, as one proposal has."""
    return Act(
        verb=verb,
        resource=setup.cloud.read(address),
        key=f"{key}-{verb}",
        capacity=capacity if verb is Verb.SCALE else None,
        tags=_back(tags) if verb is Verb.TAG and tags is not None else {},
    )


def after(setup: Setup, address: Address, *, verb: Verb) -> Act:
    """The suite's own example of a verb: scale to 3, tag with something new."""
    made = act(setup, address, verb)
    held = made.resource.capacity
    if verb is Verb.SCALE:
        return replace(made, capacity=held._replace(desired=3) if held else Capacity(3, 1, 4))
    return replace(made, tags={TEAM: "web", NEW: "one"}) if verb is Verb.TAG else made


def tagging(setup: Setup, address: Address, tags: Mapping[str, str | None]) -> Act:
    """A tagging; its key differs with what is written."""
    made = Act(verb=Verb.TAG, resource=setup.cloud.read(address), key=KEY, tags=tags)
    return replace(made, key=f"{KEY}-{sorted(map(str, tags.items()))}")


def done(setup: Setup, address: Address, *, verb: Verb, like: Resource | None = None) -> Resource:
    """The resource, once it reads as the verb leaves it."""
    found = _settled(setup, address)
    for _ in range(MANY):
        if _reads_as(found, setup, verb, like):
            return found
        setup.wait()
        found = setup.cloud.read(address)
    raise AssertionError(f"{verb} did not come to its end: {found}")


def _reads_as(found: Resource, setup: Setup, verb: Verb, like: Resource | None) -> bool:
    if like is not None:
        return alike(found) == alike(like)
    if verb is Verb.SCALE:
        return found.capacity is not None and found.capacity.desired == 3
    if verb is Verb.TAG:
        return found.tags.get(TEAM) == "web" and found.tags.get(NEW) == "one"
    return found.state is setup.cloud.verbs(found.address.kind)[verb].end


def alike(resource: Resource) -> Resource:
    """What of a resource must not differ where nothing changed: all but marks and start."""
    starts = {"launched": None, "last_started": None}
    return replace(resource, version="", **starts, tags=dict(resource.tags))


def is_one_sentence(said: PurserError | str, setup: Setup) -> bool:
    """Whether a person can read it: one short line, with a full stop, without a secret."""
    text = said.sentence if isinstance(said, PurserError) else said
    assert not [secret for secret in setup.secrets if secret in text], text
    assert text.endswith(("”", ".")), text
    assert "\n" not in text, text
    assert len(text) <= 300, text
    assert "Traceback" not in text, text
    assert "Error" not in text, text
    return True


def _settled(setup: Setup, address: Address) -> Resource:
    for _ in range(MANY):
        found = setup.cloud.read(address)
        if found.state is not State.CHANGING:
            return found
        setup.wait()
    raise AssertionError(f"it goes on changing: {found}")


def _back(tags: Mapping[str, str | None]) -> dict[str, str | None]:
    """The tags as they were, and what the suite added gone."""
    return {NEW: None, **tags}
