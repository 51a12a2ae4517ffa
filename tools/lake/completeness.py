"""Through which day a loaded billing period is complete."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from tools.core.periods import DAY, Unit, shift


def is_out_of_time(written: datetime, *, last_day: date, now: datetime) -> bool:
    """True where a file's time cannot be when its bill was written.

    A file from the future, or older than its own charges, was dated by another clock than the
    one that reads it: a replay under `PURSER_NOW`, or a copy with a wrong time.
    """
    return written > now or written.date() < last_day


def complete_through(
    period: date,
    *,
    last_day: date,
    data_as_of: datetime,
    lag_days: int,
    covered: date | None = None,
) -> date:
    """The last complete day; before `period` where none of its days is complete yet.

    Args:
        period: first day of the billing period.
        last_day: last charge day in the bill.
        data_as_of: when the provider wrote the bill.
        lag_days: how long charges of a day usually keep arriving.
        covered: the last day the export's manifest says it covers, if it says so.
    """
    written = data_as_of.date()
    period_last = shift(period, Unit.MONTH, 1) - DAY
    end = period_last if covered is None else min(period_last, covered)
    if written > end + timedelta(days=lag_days):
        return end
    return min(last_day, end, written - timedelta(days=1 + lag_days))
