"""All configured clouds as one, with dimensions and prices; and one target of it for the gate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from tools.clouds.cloud import Cloud
from tools.clouds.idleness import IdleRule
from tools.clouds.resources import Inventory, Resource, Use
from tools.core.scope import Scope
from tools.core.settings import LakeSettings


@dataclass(frozen=True, slots=True)
class Price:
    """What a machine costs an hour.

    Args:
        hourly: the price, of the whole machine (of a group: of all that runs in it).
        currency: of it.
        source: `your bill of Nov 19`, or `AWS list price of Nov 2026, an estimate`.
    """

    hourly: Decimal
    currency: str
    source: str


@dataclass(frozen=True)
class Fleet:
    """What runs in the configured clouds.

    Args:
        clouds: by name; what speaks `Cloud`.
        settings: dimensions, by which tags and accounts become labels.
        rule: when something counts as idle.
    """

    clouds: Mapping[str, Cloud]
    settings: LakeSettings
    rule: IdleRule = field(default_factory=IdleRule)

    def inventory(self, scope: Scope) -> Inventory:
        """What runs anywhere, of what the asker may see; troubles for what cannot be listed."""
        raise NotImplementedError

    def use(
        self, resources: Sequence[Resource], *, since: datetime, until: datetime
    ) -> dict[str, Use]:
        """By resource id, how much each was used; one that could not be asked is left out."""
        raise NotImplementedError

    def labels(self, resource: Resource) -> dict[str, str | None]:
        """Its dimensions, resolved as the lake resolves those of a bill's line."""
        raise NotImplementedError

    def price(self, resource: Resource) -> Price | None:
        """What it costs an hour; None where nobody knows."""
        raise NotImplementedError
