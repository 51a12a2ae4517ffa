"""A world that anybody may change, in memory; it writes down what was done to it.

Its dimensions come from tags, as in a real one: so whoever changes a tag may change a rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from tools.clouds.resources import Verb
from tools.core.errors import InputError, RefusedError, UnavailableError
from tools.gate.world import Deed, Sight

ENDS = {Verb.STOP: "stopped", Verb.START: "running", Verb.TERMINATE: "gone"}
UNDO = {Verb.STOP: Verb.START, Verb.START: Verb.STOP, Verb.SCALE: Verb.SCALE, Verb.TAG: Verb.TAG}
DIMENSIONS = ("env", "owner", "team")


@dataclass(frozen=True, slots=True)
class Done:
    """One act: the deed, and the facts just before it."""

    deed: Deed
    facts: Mapping[str, str]


@dataclass
class Thing:
    """A machine, or a group of them."""

    facts: dict[str, str]
    hourly: Decimal | None = Decimal(3)
    members: tuple[str, ...] = ()
    protections: tuple[str, ...] = ()
    use: str = "idle"


@dataclass
class OpenWorld:
    """Things by id, and all that was done to them."""

    things: dict[str, Thing] = field(default_factory=dict)
    done: list[Done] = field(default_factory=list)
    is_away: bool = False
    refuses: bool = False
    loses_answers: bool = False

    def look(self, target: str, *, with_use: bool = False) -> Sight:
        if self.is_away:
            raise UnavailableError("The open world does not answer.")
        thing = self.things.get(target)
        if thing is None or thing.facts["state"] == "gone":
            return Sight(target=target, title=target, facts={"state": "gone"}, is_gone=True)
        use = {"use": thing.use} if with_use else {}
        return Sight(
            target=target,
            title=thing.facts.get("tag:Name", target.rpartition("/")[2]),
            facts={**thing.facts, **use},
            labels={name: thing.facts.get(f"tag:{name}") for name in DIMENSIONS},
            hourly=thing.hourly,
            members=thing.members,
            protections=thing.protections,
        )

    def deed(self, verb: Verb, sight: Sight, *, after: Mapping[str, str | None]) -> Deed:
        if verb is Verb.BUDGET or (verb in ENDS and after):
            raise InputError("That makes no sense here.")
        if verb is Verb.SCALE and set(after) != {"capacity"}:
            raise InputError("Scale to what?")
        if verb is Verb.TAG and not all(name.startswith("tag:") for name in after):
            raise InputError("Name a tag.")
        return Deed(
            verb=verb,
            target=sight.target,
            after={"state": ENDS[verb]} if verb in ENDS else dict(after),
            undo=UNDO.get(verb),
            loses="Its disks are lost." if verb is Verb.TERMINATE else "",
            is_final=verb is Verb.TERMINATE,
        )

    def rehearse(self, deed: Deed, sight: Sight) -> bool:
        return False

    def act(self, deed: Deed, sight: Sight) -> None:
        if self.refuses:
            raise RefusedError("The open world says no.")
        facts = self.things[deed.target].facts
        self.done.append(Done(deed, dict(facts)))
        for name, value in deed.after.items():
            self.write(deed.target, name, value)
        if self.loses_answers:
            raise UnavailableError("The answer was lost.")

    def write(self, target: str, name: str, value: str | None) -> None:
        """Change a fact, past every gate."""
        facts = self.things[target].facts
        facts.pop(name, None)
        if value is not None:
            facts[name] = value
