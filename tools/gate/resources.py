"""The clouds as the gate's world: one resource of the fleet, as flat facts that can be compared.

Facts are what the cloud says and nothing else: no price, no name of an account, nothing that
reads otherwise while the resource stays as it is. What is measured is a fact only when asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from tools.clouds.cloud import Act, Consequence
from tools.clouds.idleness import judge
from tools.clouds.resources import Address, Capacity, Kind, Resource, State, Verb
from tools.clouds.tag_limits import tag_limits
from tools.core.clock import Clock
from tools.core.errors import InputError, RefusedError
from tools.core.labels import lowered
from tools.gate.guards import plain
from tools.gate.world import Deed, Sight, differences

if TYPE_CHECKING:
    from tools.clouds.fleet import Fleet

TAG = "tag:"
USE = "use"
_DONE = {Verb.STOP: "stopped", Verb.START: "started", Verb.TERMINATE: "terminated"}
_MAY = {
    Verb.STOP: "stopped",
    Verb.START: "started",
    Verb.SCALE: "scaled",
    Verb.TERMINATE: "terminated",
    Verb.TAG: "tagged",
}
_FROM = {Verb.STOP: State.RUNNING, Verb.START: State.STOPPED}
_SPOT = "It is a spot machine: the cloud may take it back, and may not give it again."


@dataclass(frozen=True, slots=True)
class Resources:
    """A `World` of what runs in the clouds.

    Args:
        fleet: the clouds.
        clock: the end of the window over which use is measured.
    """

    fleet: Fleet
    clock: Clock

    def look(self, target: str, *, with_use: bool = False) -> Sight:
        """A resource as it is now, read from its cloud.

        Args:
            target: its id.
            with_use: also measure whether it is idle, as the fact `use`.
        """
        found = self.fleet.read(target)
        if found.state is State.GONE:
            return Sight(
                target=target,
                title=found.name or found.address.name,
                facts={"state": State.GONE.value},
                is_gone=True,
            )
        return self._sight(found, {USE: self._use(found)} if with_use else {})

    def deed(self, verb: Verb, sight: Sight, *, after: Mapping[str, str | None]) -> Deed:
        """What it takes to do `verb` to what was seen.

        Args:
            verb: what.
            sight: to what.
            after: `capacity` → `2` for scale, `tag:KEY` → value or None for tag; else empty.

        Raises:
            InputError: it cannot be done to such a thing, or makes no sense.
        """
        address = Address.parse(sight.target)
        consequence = self._consequence(verb, address, sight)
        wanted = _wanted(verb, sight, consequence, after)
        return Deed(
            verb=verb,
            target=sight.target,
            after=wanted,
            loses=_loses(verb, sight, consequence, wanted),
            undo=consequence.undo,
            is_final=consequence.is_final,
            notes=tuple(_notes(verb, sight, wanted)),
        )

    def rehearse(self, deed: Deed, sight: Sight) -> bool:
        """Ask the cloud whether it would; False where it cannot be asked."""
        act = self._act(deed, sight)
        return self.fleet.cloud(act.resource.address).rehearse(act)

    def act(self, deed: Deed, sight: Sight) -> None:
        """Begin it, if the resource still reads as it was seen."""
        act = self._act(deed, sight)
        self.fleet.cloud(act.resource.address).perform(act)

    def _sight(self, found: Resource, use: Mapping[str, str]) -> Sight:
        price = self.fleet.price(found)
        return Sight(
            target=found.id,
            title=found.name or found.address.name,
            facts={**facts(found), **use},
            labels={**_tag_labels(found), **self.fleet.labels(found)},
            hourly=price.hourly if price else None,
            currency=price.currency if price else "USD",
            price_from=price.source if price else "",
            protections=found.protections,
            members=found.members,
            notes=(_SPOT,) if found.is_spot else (),
        )

    def _use(self, found: Resource) -> str:
        rule, now = self.fleet.rule, self.clock.now()
        used = self.fleet.use([found], since=now - rule.window, until=now)
        return judge(found, used.get(found.id), rule, now=now).idleness.value

    def _consequence(self, verb: Verb, address: Address, sight: Sight) -> Consequence:
        verbs = self.fleet.cloud(address).verbs(address.kind)
        if verb in verbs:
            return verbs[verb]
        can = [_MAY[one] for one in verbs if one in _MAY]
        known = f"; it can be {' or '.join(can)}" if can else ""
        done = _MAY.get(verb, "changed like that")
        raise InputError(
            f"“{plain(sight.title)}” is {_a(address.kind)}, which cannot be {done} here{known}."
        )

    def _act(self, deed: Deed, sight: Sight) -> Act:
        """The act on the resource as it reads at this moment, whose mark guards it."""
        found = self.fleet.read(deed.target)
        seen = {name: value for name, value in sight.facts.items() if name != USE}
        if deed.target != sight.target or differences(seen, facts(found)):
            raise RefusedError(
                f"“{plain(sight.title)}” changed while it was looked at; nothing was done."
            )
        return Act(
            verb=deed.verb,
            resource=found,
            key=deed.key,
            capacity=_capacity(deed, found) if deed.verb is Verb.SCALE else None,
            tags=_tags(deed.after) if deed.verb is Verb.TAG else {},
        )


def facts(found: Resource) -> dict[str, str]:
    """What is approved and compared, in the order of the card; what it has not is left out."""
    if found.state is State.GONE:
        return {"state": State.GONE.value}
    held = found.capacity
    told = {
        "account": found.address.account,
        "region": found.address.region,
        "type": found.type,
        "gpus": f"{found.gpus} × {found.gpu}" if found.gpus else "",
        "state": found.state.value,
        "created": _moment(found.created),
        "launched": _moment(found.launched),
        "last started": _moment(found.last_started),
        "capacity": str(held.desired) if held else "",
        "minimum": str(held.minimum) if held else "",
        "maximum": str(held.maximum) if held else "",
        "protection": ", ".join(found.protections),
        "member of": ", ".join(found.members),
        "local disks": "yes" if found.local_disks else "",
        "spot": "yes" if found.is_spot else "",
        "size": f"{found.size_gb} GB" if found.size_gb else "",
        "attached": _attached(found),
        "when stopped": found.keeps_billing,
    }
    tags = {f"{TAG}{key}": found.tags[key] for key in sorted(found.tags)}
    return {**{name: value for name, value in told.items() if value}, **tags}


def _tag_labels(found: Resource) -> dict[str, str | None]:
    """`tag:KEY` → value, for conditions on tags; a key that stands there twice says nothing."""
    plain_keys = [lowered(key) for key in found.tags]
    return {
        f"{TAG}{lowered(key)}": value
        for key, value in found.tags.items()
        if plain_keys.count(lowered(key)) == 1
    }


def _wanted(
    verb: Verb, sight: Sight, consequence: Consequence, after: Mapping[str, str | None]
) -> dict[str, str | None]:
    """The facts that change. What cannot be is said here, before anybody is asked."""
    state = sight.facts.get("state", State.UNKNOWN.value)
    if state not in (State.RUNNING.value, State.STOPPED.value) and verb is not Verb.TAG:
        raise InputError(f"“{plain(sight.title)}” is {state} just now; try again in a minute.")
    if verb is Verb.SCALE:
        return _scaled(sight, after)
    if verb is Verb.TAG:
        return _tagged(sight, after)
    if after:
        raise InputError(f"To {verb} something takes no values; leave them out.")
    _check_state(verb, sight, state)
    return {"state": consequence.end.value if consequence.end else state}


def _check_state(verb: Verb, sight: Sight, state: str) -> None:
    name = plain(sight.title)
    begin = _FROM.get(verb)
    if begin is not None and state != begin.value:
        raise InputError(f"“{name}” is {state} already.")
    against = _against(verb, sight)
    if against:
        raise InputError(
            f"“{name}” has {plain(against)}; whoever set it must lift it before it can be "
            f"{_DONE[verb]}."
        )
    if verb is Verb.TERMINATE and sight.facts.get("attached") == "yes":
        raise InputError(f"“{name}” is attached to a machine; detach it first.")


def _against(verb: Verb, sight: Sight) -> str:
    """The cloud's own protection that stands in the way; a stop is stopped by its own only."""
    if verb is Verb.TERMINATE:
        return next(iter(sight.protections), "")
    named = (one for one in sight.protections if "stop" in one.lower())
    return next(named, "") if verb is Verb.STOP else ""


def _scaled(sight: Sight, after: Mapping[str, str | None]) -> dict[str, str | None]:
    text = after.get("capacity") or ""
    if set(after) != {"capacity"} or not text.isascii() or not text.isdigit():
        raise InputError("Scale to how many machines? Give a whole number, such as 2.")
    name, wanted = plain(sight.title), int(text)
    least, most = int(sight.facts["minimum"]), int(sight.facts["maximum"])
    if not least <= wanted <= most:
        raise InputError(
            f"“{name}” may have {least} to {most} machines, and not {wanted}; its own limits "
            "are changed where it is configured."
        )
    return {"capacity": str(wanted)}


def _tagged(sight: Sight, after: Mapping[str, str | None]) -> dict[str, str | None]:
    if not after or not all(name.startswith(TAG) for name in after):
        raise InputError("Name at least one tag, such as team=ml.")
    limits = tag_limits(Address.parse(sight.target))
    changes = _tags(after)
    held = _tags(sight.facts)
    said = next((said for k, v in changes.items() if (said := limits.objection(k, v))), "")
    said = said or limits.too_many({k: v for k, v in held.items() if v is not None}, changes)
    if said:
        raise InputError(said)
    return dict(after)


def _loses(
    verb: Verb, sight: Sight, consequence: Consequence, wanted: Mapping[str, str | None]
) -> str:
    """What is gone afterwards; a group that grows loses nothing, a machine its local disks."""
    if verb is Verb.SCALE and int(wanted["capacity"] or 0) >= int(sight.facts["capacity"]):
        return ""
    said = consequence.loses
    is_told = "local disk" in said or "local SSD" in said
    is_lost = verb in (Verb.STOP, Verb.TERMINATE) and "local disks" in sight.facts
    return f"{said}, and all that is on its local disks" if is_lost and not is_told else said


def _notes(verb: Verb, sight: Sight, wanted: Mapping[str, str | None]) -> Iterator[str]:
    """What else a reader must know of doing it."""
    billing = sight.facts.get("when stopped")
    if verb is Verb.STOP and billing:
        yield f"Stopped, it goes on costing: {plain(billing)}."
    if verb is Verb.SCALE:
        yield "What scales it by itself may change the number again."
    if verb is Verb.TAG:
        yield from _spellings(sight, wanted)


def _spellings(sight: Sight, wanted: Mapping[str, str | None]) -> Iterator[str]:
    """Keys that stand there in another spelling: both would count."""
    for name, value in wanted.items():
        others = [n for n in sight.facts if n != name and lowered(n) == lowered(name)]
        if value is not None and others:
            other, key = (plain(n.removeprefix(TAG)) for n in (others[0], name))
            yield f"It has a tag “{other}” already; “{key}” is a second one beside it."


def _capacity(deed: Deed, found: Resource) -> Capacity | None:
    held = found.capacity
    return held._replace(desired=int(deed.after["capacity"] or 0)) if held else None


def _tags(named: Mapping[str, str | None] | Mapping[str, str]) -> dict[str, str | None]:
    """Tag key → value, of facts."""
    return {n.removeprefix(TAG): value for n, value in named.items() if n.startswith(TAG)}


def _attached(found: Resource) -> str:
    if found.address.kind is not Kind.DISK:
        return ""
    return "yes" if found.is_attached else "no"


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else ""


def _a(kind: Kind) -> str:
    named = "training job" if kind is Kind.TRAINING else kind.value
    return f"{'an' if named[0] in 'aeiou' else 'a'} {named}"
