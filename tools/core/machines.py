"""The answer to “what is running, and what of it is idle?”."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from tools.clouds.resources import Resource, Use


class Idleness(StrEnum):
    """Whether something works for its money."""

    BUSY = "busy"
    IDLE = "idle"  # measured, over the whole window, by every signal there is
    ZOMBIE = "zombie"  # no GPU, and nobody uses it: an unattached disk, an endpoint without traffic
    UNKNOWN = "unknown"  # not measured: ask the owner, at most
    NOT_ASKED = "not asked"  # only listed


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """One resource, what it costs and whether it is used.

    Args:
        resource: as the cloud describes it.
        labels: its dimensions; None is a value nobody gave.
        hourly: what it costs an hour; None where no price is known.
        currency: of the money in it.
        price_from: `your bill of Nov 19`, `AWS list price of Nov 2026`; an estimate says so.
        idleness: whether it works for its money.
        use: what was measured.
        idle_since: since when nothing was measured on it, as far back as was looked.
        wasted: its cost since then; None where price or time are unknown. An estimate.
        sureness: how sure, and why, in a few words: `94 % of 6 h measured, GPU 0 %, CPU 1 %`.
        advice: the next step, in a few words; empty where none is needed.
        kept_until: until when somebody said it is still needed; None where nobody did.
        kept_by: user id of who said so.
    """

    resource: Resource
    labels: Mapping[str, str | None] = field(default_factory=dict)
    hourly: Decimal | None = None
    currency: str = "USD"
    price_from: str = ""
    idleness: Idleness = Idleness.NOT_ASKED
    use: Use | None = None
    idle_since: datetime | None = None
    wasted: Decimal | None = None
    sureness: str = ""
    advice: str = ""
    kept_until: datetime | None = None
    kept_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machines:
    """The answer of `list_gpus` and `idle_gpus`.

    Args:
        asked: what was asked, as the grammar of `/gpu` writes it: `idle where team=ml`.
        machines: the dearest (of idle ones the most wasteful) first.
        as_of: when the clouds were asked.
        hours: the window over which use was measured; 0 where it was not.
        hourly: by currency, what those listed cost an hour, where prices are known.
        wasted: by currency, what the idle ones among them have wasted; an estimate.
        unknown: how many could not be measured.
        unpriced: how many have no known price.
        looked_at: how many GPU machines there are in the asker's scope.
        notes: sentences a reader must know: accounts that could not be listed …
    """

    asked: str
    machines: tuple[Machine, ...]
    as_of: datetime
    hours: float = 0.0
    hourly: Mapping[str, Decimal] = field(default_factory=dict)
    wasted: Mapping[str, Decimal] = field(default_factory=dict)
    unknown: int = 0
    unpriced: int = 0
    looked_at: int = 0
    notes: tuple[str, ...] = ()
