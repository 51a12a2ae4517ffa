"""The simulated cloud behind `make demo` and the gate's tests: it bills nobody and is never down.

It keeps to the contract like the others: protection, marks against lost updates, credentials that
are missing, changes that take a moment, and every fault that one wants to see.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from tools.clouds.cloud import Act, Consequence, Credential, Operation
from tools.clouds.resources import Address, Inventory, Kind, Resource, State, Use, Verb
from tools.clouds.simulated_state import Fault, SimulatedState, Thing
from tools.clouds.simulated_use import use_of
from tools.clouds.traces import Asked, Traces
from tools.core.errors import RefusedError, UnavailableError
from tools.core.labels import is_guarded, plain_key

if TYPE_CHECKING:
    from sqlite3 import Connection

_STOP = Consequence(
    end=State.STOPPED, loses="what is in memory and on local disks", undo=Verb.START
)
_START = Consequence(end=State.RUNNING, undo=Verb.STOP)
_SCALE = Consequence(loses="the machines that go, with what is on them", undo=Verb.SCALE)
_TAG = Consequence(undo=Verb.TAG)


def _ending(loses: str) -> Consequence:
    return Consequence(end=State.GONE, loses=loses, is_final=True)


_VERBS: Mapping[Kind, Mapping[Verb, Consequence]] = {
    Kind.INSTANCE: {
        Verb.STOP: _STOP,
        Verb.START: _START,
        Verb.TERMINATE: _ending("the machine, its disks and its addresses"),
        Verb.TAG: _TAG,
    },
    Kind.GROUP: {Verb.SCALE: _SCALE, Verb.TAG: _TAG},
    Kind.NOTEBOOK: {
        Verb.STOP: replace(_STOP, loses="what is in memory and outside its home directory"),
        Verb.START: _START,
        Verb.TERMINATE: _ending("the notebook and its volume"),
        Verb.TAG: _TAG,
    },
    Kind.ENDPOINT: {
        Verb.SCALE: _SCALE,
        Verb.TERMINATE: _ending("the endpoint; whoever calls it gets errors"),
        Verb.TAG: _TAG,
    },
    Kind.TRAINING: {
        Verb.TERMINATE: _ending("all work since its last checkpoint; it cannot go on"),
        Verb.TAG: _TAG,
    },
    Kind.DISK: {Verb.TERMINATE: _ending("the disk and all that is on it"), Verb.TAG: _TAG},
}
_OPERATIONS = (
    Operation("sim.list", ("sim:List",), Credential.READ, "what runs"),
    Operation("sim.change", ("sim:Change",), Credential.WRITE, "stop, start, scale, tag"),
    Operation("sim.end", ("sim:End",), Credential.TERMINATE, "terminate"),
    Operation("sim.guarded_tags", ("sim:GuardedTags",), Credential.GUARDED_TAGS, "guarded tags"),
)
# What it must be for a verb, and how that verb is said of it.
_BEFORE = {
    Verb.STOP: (State.RUNNING, "stopped"),
    Verb.START: (State.STOPPED, "started"),
}


class SimulatedCloud:
    """A `Cloud` over a `SimulatedState`.

    Args:
        state: the world, shared by all that open its file.
        credentials: what it may do.
        guarded: tag keys that take the credential for guarded tags.
    """

    name = "sim"
    operations = _OPERATIONS

    def __init__(
        self,
        state: SimulatedState,
        *,
        credentials: Collection[Credential] = tuple(Credential),
        guarded: Collection[str] = (),
    ) -> None:
        self._state = state
        self._credentials = frozenset(credentials)
        self._guarded = frozenset(plain_key(key) for key in guarded)

    def verbs(self, kind: Kind) -> Mapping[Verb, Consequence]:
        """What can be done to a kind of resource."""
        return _VERBS[kind]

    def inventory(self) -> Inventory:
        """All that is not gone, account by account."""
        silent = {
            account
            for account in self._state.accounts()
            if self._state.fault("inventory", f"{self.name}/{account}/")
        }
        listed = (thing.resource for thing in self._state.things())
        return Inventory(
            tuple(
                one
                for one in listed
                if one.state is not State.GONE and one.address.account not in silent
            ),
            tuple(
                f"Account {account} of the simulated cloud did not answer; what runs there is "
                "unknown."
                for account in sorted(silent)
            ),
        )

    def read(self, address: Address) -> Resource:
        """One resource as it is now."""
        self._meet("read", address)
        self._own(address)
        thing = self._state.thing(address)
        return thing.resource if thing else Resource(address=address, state=State.GONE)

    def use(
        self, resources: Sequence[Resource], *, since: datetime, until: datetime
    ) -> dict[str, Use]:
        """By id, what was measured; unmeasured ones say what would fix it."""
        for resource in resources:
            self._meet("use", resource.address)
        known = {thing.resource.id: thing for thing in self._state.things()}
        now = self._state.now()
        return {
            one.id: use_of(one, known[one.id].pattern, since=since, until=until, now=now)
            if one.id in known
            else Use(missing="It is not there any more.")
            for one in resources
        }

    def traces(self, asked: Asked) -> Traces:
        """Who started what, as it was written down."""
        return Traces(
            tuple(
                one
                for one in self._state.traces()
                if asked.since <= one.at < asked.until
                and one.service in asked.services
                and asked.is_at(Address(self.name, one.account, one.region, Kind.INSTANCE, "-"))
            )
        )

    def trace_troubles(self) -> tuple[str, ...]:
        """None: what is written down can be read."""
        return ()

    def rehearse(self, act: Act) -> bool:
        """Whether it would; always asked."""
        self._meet("rehearse", act.resource.address)
        self._permit(act)
        with self._state.change() as db:
            self._check(act, self._thing(db, act))
        return True

    def perform(self, act: Act) -> None:
        """Begin it, once for a key; `read` tells when it is done."""
        fault = self._meet("perform", act.resource.address)
        self._permit(act)
        with self._state.change() as db:
            thing = self._thing(db, act)
            if self._state.record(
                db, act.key, address=act.resource.address, verb=act.verb, detail=_detail(act)
            ):
                self._check(act, thing)
                after, then = _after(act, thing.resource, self._state.now())
                self._state.write(db, after, then=then, is_stuck=fault is Fault.STUCK)
        if fault is Fault.LOST:
            raise UnavailableError(
                "The simulated cloud did not answer in time; whether it was done is not known yet."
            )

    def _meet(self, call: str, address: Address) -> Fault | None:
        """Raise the fault that is due; LOST and STUCK are the caller's."""
        fault = self._state.fault(call, address.text)
        if fault is Fault.DOWN:
            raise UnavailableError("The simulated cloud does not answer; try again in a minute.")
        if fault is Fault.REFUSED:
            raise RefusedError("The simulated cloud does not allow that; nothing was done.")
        return fault

    def _own(self, address: Address) -> None:
        if address.cloud != self.name or address.account not in self._state.accounts():
            raise RefusedError(
                f"Purser is not configured for account {address.account} of {address.cloud}."
            )

    def _permit(self, act: Act) -> None:
        """Nothing is tried without the credential it takes."""
        self._own(act.resource.address)
        credential = self._credential(act)
        if credential not in self._credentials:
            account = act.resource.address.account
            raise RefusedError(
                f"Purser has no {credential.value} credential for account {account} of the "
                "simulated cloud; nothing was done."
            )

    def _credential(self, act: Act) -> Credential:
        if act.verb is Verb.TERMINATE:
            return Credential.TERMINATE
        if any(is_guarded(key, self._guarded) for key in act.tags):
            return Credential.GUARDED_TAGS
        return Credential.WRITE

    def _thing(self, db: Connection, act: Act) -> Thing:
        thing = self._state.thing_within(db, act.resource.address)
        if thing is None or act.verb not in _VERBS[act.resource.address.kind]:
            raise RefusedError(
                f"The simulated cloud cannot {act.verb} this {act.resource.address.kind}; "
                "nothing was done."
            )
        return thing

    def _check(self, act: Act, thing: Thing) -> None:
        """Refuse what a cloud would refuse."""
        said = _objection(act, thing.resource)
        if said:
            raise RefusedError(f"{said}; nothing was done.")
        if act.resource.version not in ("", str(thing.version)):
            raise RefusedError("It was changed after it was read; nothing was done.")


def _objection(act: Act, held: Resource) -> str:
    if held.state in (State.GONE, State.CHANGING):
        return "It is gone" if held.state is State.GONE else "It is changing just now"
    wanted, said = _BEFORE.get(act.verb, (held.state, ""))
    if wanted is not held.state:
        return f"It is {held.state}, and only what is {wanted} can be {said}"
    if act.verb is Verb.STOP and held.is_spot:
        return "A spot machine cannot be stopped, only terminated"
    if act.verb is Verb.TERMINATE:
        return _final_objection(held)
    return _capacity_objection(act) if act.verb is Verb.SCALE else ""


def _final_objection(held: Resource) -> str:
    if held.protections:
        return f"It is under {held.protections[0]}"
    if held.address.kind is Kind.DISK and held.is_attached:
        return "It is attached to a machine"
    return ""


def _capacity_objection(act: Act) -> str:
    held = act.capacity
    if held is None or not 0 <= held.minimum <= held.desired <= held.maximum:
        return "The capacity is not between its minimum and maximum"
    return ""


def _after(act: Act, held: Resource, now: datetime) -> tuple[Resource, State | None]:
    """The resource once the act has begun, and the state it will come to."""
    if act.verb is Verb.TAG:
        merged = {**held.tags, **act.tags}
        return replace(held, tags={k: v for k, v in merged.items() if v is not None}), None
    if act.verb is Verb.SCALE:
        return replace(held, capacity=act.capacity), None
    end = _VERBS[held.address.kind][act.verb].end
    if act.verb is Verb.STOP:
        return replace(held, launched=None, last_started=held.launched), end
    if act.verb is Verb.START:
        return replace(held, launched=now, last_started=None), end
    return held, end


def _detail(act: Act) -> str:
    return json.dumps(act.capacity if act.verb is Verb.SCALE else dict(act.tags))
