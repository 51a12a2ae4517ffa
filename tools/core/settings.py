"""What configuration tells the tools: frozen, checked at the edge, never read from here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

from tools.core.dimensions import DEFAULT_DIMENSIONS, Dimension


@dataclass(frozen=True, slots=True)
class Rate:
    """From `day` on, one unit of `currency` is worth `rate` of the report currency."""

    currency: str
    day: date
    rate: Decimal


@dataclass(frozen=True, slots=True)
class CurrencySettings:
    """In which currency to report.

    Without `report`, currencies stay apart. With it, a charge is converted at the newest rate
    not after its day; a currency with no such rate stays apart and is named.
    """

    report: str | None = None
    rates: tuple[Rate, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """A place bills come from.

    Args:
        name: how people and the lake call it.
        path: a file or a folder tree.
        lag_days: how many days after a day's end its charges are usually complete.
        fill: lake column → value for what the bill leaves empty (`currency` → `EUR`).
    """

    name: str
    path: Path
    lag_days: int = 1
    fill: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LakeSettings:
    """What the lake needs to know to load and to answer."""

    sources: tuple[Source, ...] = ()
    dimensions: tuple[Dimension, ...] = DEFAULT_DIMENSIONS
    currency: CurrencySettings = field(default_factory=CurrencySettings)
