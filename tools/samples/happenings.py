"""What the sample company told of itself: what was put to work just before its bills changed."""

from __future__ import annotations

from datetime import UTC, datetime, time

from tools.core.conditions import read_conditions
from tools.core.periods import DAY
from tools.ledger.happenings import DEPLOYMENT, Happening, Happenings
from tools.samples.budgets import SAMPLE
from tools.samples.company import SampleCompany

_HOUR = time(23, 44, tzinfo=UTC)


def tell_happenings(happenings: Happenings, *, company: SampleCompany) -> None:
    """Tell what came before the surge; told again on the same day it changes nothing."""
    day = company.spike.period.start - DAY  # its machines come at midnight
    surge = Happening(
        start=datetime.combine(day, _HOUR),
        kind=DEPLOYMENT,
        text="embed-refresh 2.4: the whole corpus anew with lumen-embed-3, in us-west-2",
        scope=read_conditions("team=search and workload=embed-refresh"),
        by=SAMPLE.user,
        id=f"sample-embed-refresh-{day}",
    )
    happenings.tell(surge, actor=SAMPLE)
