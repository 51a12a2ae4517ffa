"""The clouds and the budgets as one world: an id says in which of them it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tools.clouds.resources import Verb
from tools.core.errors import UnavailableError
from tools.gate.roster import is_budget
from tools.gate.world import Deed, Sight, World


@dataclass(frozen=True, slots=True)
class Worlds:
    """A `World` of two.

    Args:
        clouds: what runs; None where no cloud is configured.
        budgets: the budgets; None where there are none.
    """

    clouds: World | None = None
    budgets: World | None = None

    def look(self, target: str, *, with_use: bool = False) -> Sight:
        """A target as it is now."""
        return self._of(target).look(target, with_use=with_use)

    def deed(self, verb: Verb, sight: Sight, *, after: Mapping[str, str | None]) -> Deed:
        """What it takes to do `verb` to what was seen."""
        return self._of(sight.target).deed(verb, sight, after=after)

    def rehearse(self, deed: Deed, sight: Sight) -> bool:
        """Ask whether it would work."""
        return self._of(sight.target).rehearse(deed, sight)

    def act(self, deed: Deed, sight: Sight) -> None:
        """Begin it."""
        self._of(sight.target).act(deed, sight)

    def _of(self, target: str) -> World:
        if is_budget(target):
            if self.budgets is None:
                raise UnavailableError("There is no ledger here, so there are no budgets.")
            return self.budgets
        if self.clouds is None:
            raise UnavailableError(
                "I see no cloud from here: name accounts or projects under [clouds] in purser.toml."
            )
        return self.clouds
