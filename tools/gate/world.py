"""The world as the gate sees it: targets that can be looked at, and deeds that can be done.

The gate knows no cloud. What it approves, compares and undoes are *facts*: short texts by name,
the same that stand on the card. A deed says which facts it changes to what; it is done when they
read so, and undone by the deed that changes them back.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from tools.clouds.resources import Verb


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """A target as it is now.

    Args:
        target: its id: an address's text, or `budget/…`.
        title: what people call it, as data.
        facts: what is approved and compared, in the order of the card: `state` → `running`,
            `type`, `launched`, `tag:team`, `capacity`, `protection`, `member of` …; for a stop
            because of idleness `use`, too.
        labels: its dimensions: `team`, `env`, `owner` … → value; None is untagged.
        hourly: what it costs an hour while it runs; None where no price is known.
        currency: of `hourly`.
        price_from: where the price is from, and of which day.
        changes_owner_rules: tag keys that dimensions or policy read, among its tags.
        protections: what guards it, in the cloud or by policy tags.
        members: what manages it.
        notes: what a reader must know: what was not checked, what goes on costing.
        is_gone: there is no such thing (any more).
    """

    target: str
    title: str
    facts: Mapping[str, str]
    labels: Mapping[str, str | None] = field(default_factory=dict)
    hourly: Decimal | None = None
    currency: str = "USD"
    price_from: str = ""
    protections: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    is_gone: bool = False

    @property
    def digest(self) -> str:
        """A hash of target and facts: what an approval holds on to."""
        return digest([self.target, dict(self.facts)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One thing to be done to one target.

    Args:
        verb: what.
        target: to what.
        after: the facts it changes, and to what; None is a fact that goes (a removed tag).
        key: the same for every attempt at it.
        loses: what is gone afterwards; empty where nothing is.
        undo: the verb that takes it back; None where nothing does.
        is_final: counts as terminating.
        notes: what else a reader must know of doing it.
    """

    verb: Verb
    target: str
    after: Mapping[str, str | None]
    key: str = ""
    loses: str = ""
    undo: Verb | None = None
    is_final: bool = False
    notes: tuple[str, ...] = ()

    def is_done(self, sight: Sight) -> bool:
        """Whether the world reads as it should afterwards."""
        return all(sight.facts.get(name) == value for name, value in self.after.items())


class World(Protocol):
    """What can be looked at and changed: clouds (`tools.gate.resources`), budgets, both.

    Raises `UnavailableError` where it cannot be read, `RefusedError` where it may not.
    """

    def look(self, target: str, *, with_use: bool = False) -> Sight:
        """A target as it is now, read from where it lives and never from memory.

        Args:
            target: its id.
            with_use: also measure whether it is `idle`, `busy` or `unknown`, as the fact `use`.
        """

    def deed(self, verb: Verb, sight: Sight, *, after: Mapping[str, str | None]) -> Deed:
        """What it takes to do `verb` to what was seen; `after` only for scale, tag and budget.

        Raises:
            InputError: it cannot be done to such a thing, or makes no sense; the sentence says why.
        """

    def rehearse(self, deed: Deed, sight: Sight) -> bool:
        """Ask whether it would work; False where it cannot be asked. Raises `RefusedError`."""

    def act(self, deed: Deed, sight: Sight) -> None:
        """Begin it; `look` tells when it is done."""


def digest(value: object) -> str:
    """SHA-256 of a value's canonical JSON, in hex."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def differences(
    before: Mapping[str, str], now: Mapping[str, str]
) -> tuple[tuple[str, str, str], ...]:
    """What reads otherwise now: (fact, before, now); a fact that is not there is empty."""
    names = dict.fromkeys([*before, *now])
    pairs = ((name, before.get(name, ""), now.get(name, "")) for name in names)
    return tuple(pair for pair in pairs if pair[1] != pair[2])
