"""What one day cost, split as forecasts and alarms need it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple


class DayCost(NamedTuple):
    """Effective cost of a day, in one currency.

    Args:
        day: UTC.
        usual: usage, which goes on: what weekdays and trends are seen in.
        committed: of commitments, used or not; the same every day, whoever works.
        one_off: purchases, fees, taxes, credits, refunds and corrections: no usage behind them.
    """

    day: date
    usual: Decimal
    committed: Decimal = Decimal(0)
    one_off: Decimal = Decimal(0)

    @property
    def whole(self) -> Decimal:
        """All of it."""
        return self.usual + self.committed + self.one_off
