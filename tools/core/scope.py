"""Who may see what, as conditions every query is put under."""

from __future__ import annotations

from dataclasses import dataclass

from tools.core.query import Filter


@dataclass(frozen=True, slots=True)
class Scope:
    """Conditions that all must hold, on top of whatever was asked.

    Scopes only ever narrow: the scope of an asker in a channel is what both may see.
    """

    filters: tuple[Filter, ...] = ()

    def __and__(self, other: Scope) -> Scope:
        return Scope(self.filters + tuple(f for f in other.filters if f not in self.filters))

    @property
    def is_everything(self) -> bool:
        """True where nothing is hidden."""
        return not self.filters

    def text(self) -> str:
        """As people read it: `team=ml and env=prod`; empty for everything."""
        return " and ".join(f.text() for f in self.filters)


EVERYTHING = Scope()
