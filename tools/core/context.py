"""What a tool is handed besides its arguments."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tools.core.clock import Clock
from tools.core.scope import EVERYTHING, Scope
from tools.gate.people import Actor

if TYPE_CHECKING:
    from tools.budgets import Budgets
    from tools.clouds.fleet import Fleet
    from tools.gate.gate import Proposing
    from tools.lake.lake import Lake
    from tools.ledger.accruals import Accruals
    from tools.ledger.needs import Needs

TERMINAL = Actor("terminal", via="terminal")


@dataclass(frozen=True, slots=True)
class Context:
    """The stores, the clock, and on whose behalf.

    Args:
        lake: the bills.
        clock: the time.
        scope: what the asker may see; every tool puts its queries under it.
        asker: who asks; proposals are made in their name, whatever is said.
        fleet: what runs in the configured clouds; None where none is configured.
        gate: where something may be proposed; None where nothing can be.
        budgets: the budgets; None where there is no ledger.
        needs: what owners said is still needed; None where there is no ledger.
        meter: the record of what accrues, opened when it is asked; None where nothing is metered.
        zone: IANA name of the time zone in which hours are meant where none is said.
    """

    lake: Lake
    clock: Clock
    scope: Scope = EVERYTHING
    asker: Actor = field(default=TERMINAL)
    fleet: Fleet | None = None
    gate: Proposing | None = None
    budgets: Budgets | None = None
    needs: Needs | None = None
    meter: Callable[[], Accruals] | None = None
    zone: str = "UTC"
