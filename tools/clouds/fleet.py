"""All configured clouds as one, with dimensions and prices; and one target of it for the gate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from tools.clouds.cloud import Cloud
from tools.clouds.resources import Resource
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
    """

    clouds: Mapping[str, Cloud]
    settings: LakeSettings

    def labels(self, resource: Resource) -> dict[str, str | None]:
        """Its dimensions, resolved as the lake resolves those of a bill's line."""
        raise NotImplementedError

    def price(self, resource: Resource) -> Price | None:
        """What it costs an hour; None where nobody knows."""
        raise NotImplementedError
