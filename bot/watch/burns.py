"""What running machines cost now: as the job `accrual` counted it last, read from the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from tools.core.query import Filter
from tools.ledger.accruals import Accruals
from tools.watch.accrual import LONGEST, Burning, burning, meant

LOOK_BACK = timedelta(days=14)

if TYPE_CHECKING:
    from bot.app import Purser
    from tools.watch.accrual import Accrued


def reconciled(purser: Purser, *, at: datetime) -> tuple[str, ...]:
    """How far what accrued was from its bill on the newest day that has one; for every eye."""
    from bot.figures import day_text
    from bot.watch.accrual_blocks import error_text
    from tools.watch.reconciled import errors_by_day

    found = errors_by_day(Accruals(purser.ledger).billed(since=(at - LOOK_BACK).date()))
    newest = max((day for day, _ in found), default=None)
    return tuple(
        f"Running machines on {day_text(day, year=at.year)}, before their bill came: "
        f"{error_text(currency, error, shows_amounts=False)}."
        for (day, currency), error in found.items()
        if day == newest
    )


class Burns:
    """Burn and accrued spend by scope, read once. Estimates, all of it.

    Args:
        purser: wired; its ledger is read with the first question.
        at: the time.
        fresh: what was counted at this moment and is not kept yet; None to read what is.
    """

    def __init__(
        self, purser: Purser, *, at: datetime, fresh: tuple[Accrued, ...] | None = None
    ) -> None:
        self._purser = purser
        self._at = at
        self._fresh = fresh

    def of(self, scope: Sequence[Filter]) -> Burning | None:
        """Of the machines that meet all conditions.

        None where nobody has counted of late, and where it is not known of what runs whether it
        is meant: that it is none of it would be as wrong as that it is.
        """
        rows, counted = self._counted
        mine = meant(rows, scope)
        return None if mine is None else burning(mine, counted=counted, now=self._at)

    @cached_property
    def _counted(self) -> tuple[tuple[Accrued, ...], datetime | None]:
        if self._fresh is not None:
            return self._fresh, self._at
        store = Accruals(self._purser.ledger)
        since = (self._at - LONGEST).date()
        return store.open(since=since), store.counted_at()
