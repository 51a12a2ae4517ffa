"""What a tool is handed besides its arguments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools.core.clock import Clock
from tools.core.scope import EVERYTHING, Scope

if TYPE_CHECKING:
    from tools.lake.lake import Lake


@dataclass(frozen=True, slots=True)
class Context:
    """The stores, the clock, and on whose behalf.

    Args:
        lake: the bills.
        clock: the time.
        scope: what the asker may see; every tool puts its queries under it.
    """

    lake: Lake
    clock: Clock
    scope: Scope = EVERYTHING
