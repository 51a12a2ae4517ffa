"""What was announced, and so surprises nobody."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from tools.core.labels import holds
from tools.core.periods import DAY, Period

if TYPE_CHECKING:
    from bot.app import Purser
    from tools.watch.accrual import Running


def unplanned(purser: Purser, running: Iterable[Running], *, at: datetime) -> tuple[Running, ...]:
    """Machines but those that an announcement for today is about."""
    from tools.ledger.happenings import Happenings

    plans = Happenings(purser.ledger).planned(Period(at.date(), at.date() + DAY))
    about = [plan.scope for plan in plans]
    return tuple(r for r in running if not any(holds(scope, r.labels) for scope in about))
