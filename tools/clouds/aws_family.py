"""What each kind of AWS resource knows how to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from tools.clouds.aws_places import Place
from tools.clouds.cloud import Act, Consequence
from tools.clouds.resources import Resource, Verb


class Family(Protocol):
    """One kind of resource.

    `read` and acting raise `AbsentError` where there is no such resource.
    """

    @property
    def verbs(self) -> Mapping[Verb, Consequence]:
        """What can be done to it."""

    def listed(self, place: Place) -> list[Resource]:
        """All that run or are kept in a place."""

    def read(self, place: Place, name: str) -> Resource:
        """One of them, as it is now."""

    def rehearse(self, place: Place, act: Act) -> bool:
        """Whether AWS would do it; False where it cannot be asked."""

    def perform(self, place: Place, act: Act) -> None:
        """Begin to do it."""
