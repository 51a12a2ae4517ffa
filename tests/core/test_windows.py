"""Periods as people name them become days; every case by table."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.core.periods import (
    DAY,
    AllTime,
    Between,
    Current,
    Earlier,
    Period,
    Rolling,
    Since,
    Unit,
)
from tools.core.query import Against, Preceding, Shifted
from tools.core.windows import Known, nominal, resolve

TODAY = date(2026, 11, 21)  # a Saturday


def day(text: str) -> date:
    return date.fromisoformat(text if len(text) > 5 else f"2026-{text}")


def days(text: str) -> Period | None:
    if not text:
        return None
    first, last = text.split("..")
    return Period(day(first), day(last) + DAY)


def known(complete: str | None, today: date = TODAY) -> Known:
    return Known(today, complete_through=day(complete) if complete else None)


PERIODS = [
    # spec, complete through → period, tail, partial
    (Rolling(7), "11-19", "11-13..11-19", "11-20..11-21", False),
    (Rolling(1), "11-20", "11-20..11-20", "11-21..11-21", False),
    (Rolling(30), "11-03", "10-05..11-03", "11-04..11-21", False),
    (Rolling(7), None, "11-15..11-21", "", True),
    (Rolling(7), "12-31", "11-14..11-20", "11-21..11-21", False),
    (Current(Unit.MONTH), "11-19", "11-01..11-19", "11-20..11-21", False),
    (Current(Unit.MONTH), "10-31", "11-01..11-21", "", True),
    (Current(Unit.MONTH), "11-01", "11-01..11-01", "11-02..11-21", False),
    (Current(Unit.MONTH), None, "11-01..11-21", "", True),
    (Current(Unit.DAY), "11-20", "11-21..11-21", "", True),
    (Current(Unit.WEEK), "11-19", "11-16..11-19", "11-20..11-21", False),
    (Current(Unit.QUARTER), "11-19", "10-01..11-19", "11-20..11-21", False),
    (Current(Unit.YEAR), "11-19", "01-01..11-19", "11-20..11-21", False),
    (Since(date(2026, 9, 15)), "11-19", "09-15..11-19", "11-20..11-21", False),
    (Since(date(2026, 11, 20)), "11-19", "11-20..11-21", "", True),
    (Since(date(2026, 12, 24)), "11-19", "12-24..12-24", "", False),
    (Earlier(Unit.DAY), "11-20", "11-20..11-20", "", False),
    (Earlier(Unit.DAY), "11-19", "11-20..11-20", "", True),
    (Earlier(Unit.WEEK), "11-19", "11-09..11-15", "", False),
    (Earlier(Unit.MONTH), "11-19", "10-01..10-31", "", False),
    (Earlier(Unit.MONTH, 3, 3), "11-19", "08-01..10-31", "", False),
    (Earlier(Unit.QUARTER), "11-19", "07-01..09-30", "", False),
    (Earlier(Unit.YEAR), "11-19", "2025-01-01..2025-12-31", "", False),
    (Between(date(2026, 9, 1), date(2026, 10, 1)), "11-19", "09-01..09-30", "", False),
    (Between(date(2026, 11, 1), date(2026, 12, 1)), "11-19", "11-01..11-30", "", True),
    (Between(date(2026, 11, 1), date(2026, 11, 20)), "11-19", "11-01..11-19", "", False),
    (Between(date(2027, 1, 1), date(2027, 2, 1)), "11-19", "2027-01-01..2027-01-31", "", False),
]


@pytest.mark.parametrize(("spec", "complete", "period", "tail", "is_partial"), PERIODS)
def test_a_period_becomes_days(spec, complete, period, tail, is_partial) -> None:
    window = resolve(spec, None, known=known(complete))
    assert (window.period, window.tail, window.is_partial) == (
        days(period),
        days(tail),
        is_partial,
    )
    assert (window.previous, window.notes) == (None, ())


def test_all_time_reaches_from_the_first_to_the_last_charge_even_if_incomplete() -> None:
    here = Known(TODAY, day("11-19"), first_day=day("2025-10-03"), last_day=day("11-20"))
    window = resolve(AllTime(), None, known=here)
    assert window.period == days("2025-10-03..2026-11-20")
    assert window.is_partial
    assert window.tail is None


COMPARISONS = [
    # spec, comparison, complete through → previous, notes
    (Rolling(7), Preceding(), "11-19", "11-06..11-12", ()),
    (Rolling(30), Shifted(Unit.MONTH), "11-19", "09-21..10-20", ()),
    (Rolling(7), Shifted(Unit.WEEK), "11-19", "11-06..11-12", ()),
    (Rolling(7), Shifted(Unit.YEAR), "11-19", "2025-11-13..2025-11-19", ()),
    (Current(Unit.MONTH), Preceding(), "11-19", "10-01..10-19", ()),
    (Current(Unit.MONTH), Shifted(Unit.MONTH), "11-19", "10-01..10-19", ()),
    (Current(Unit.MONTH), Shifted(Unit.YEAR), "11-19", "2025-11-01..2025-11-19", ()),
    (Current(Unit.WEEK), Preceding(), "11-19", "11-09..11-12", ()),
    (Current(Unit.QUARTER), Preceding(), "11-19", "07-01..08-19", ()),
    (Current(Unit.DAY), Preceding(), "11-20", "11-20..11-20", ()),
    (Earlier(Unit.DAY), Preceding(), "11-20", "11-19..11-19", ()),
    (Earlier(Unit.DAY), Shifted(Unit.WEEK), "11-20", "11-13..11-13", ()),
    (Earlier(Unit.MONTH), Preceding(), "11-19", "09-01..09-30", ("31 days against 30.",)),
    (Earlier(Unit.MONTH), Shifted(Unit.MONTH), "11-19", "09-01..09-30", ("31 days against 30.",)),
    (Earlier(Unit.MONTH), Shifted(Unit.YEAR), "11-19", "2025-10-01..2025-10-31", ()),
    (Earlier(Unit.WEEK), Preceding(), "11-19", "11-02..11-08", ()),
    (
        Earlier(Unit.QUARTER),
        Preceding(),
        "11-19",
        "04-01..06-30",
        ("92 days against 91.",),
    ),
    (
        Between(day("09-01"), day("10-01")),
        Preceding(),
        "11-19",
        "08-01..08-31",
        ("30 days against 31.",),
    ),
    (Between(day("09-01"), day("09-16")), Preceding(), "11-19", "08-17..08-31", ()),
    (Between(day("09-10"), day("09-11")), Shifted(Unit.MONTH), "11-19", "08-10..08-10", ()),
    (Since(day("11-10")), Preceding(), "11-19", "10-31..11-09", ()),
    (Rolling(7), Against(Between(day("08-01"), day("08-08"))), "11-19", "08-01..08-07", ()),
    (
        Current(Unit.MONTH),
        Against(Between(day("08-01"), day("09-01"))),
        "11-19",
        "08-01..08-19",
        ("Compared with the first 19 days from 2026-08-01.",),
    ),
    (
        Between(day("09-01"), day("10-01")),
        Against(Between(day("08-01"), day("09-01"))),
        "11-19",
        "08-01..08-31",
        ("30 days against 31.",),
    ),
    (Rolling(7), Against(Earlier(Unit.DAY)), "11-20", "11-20..11-20", ("7 days against 1.",)),
]


@pytest.mark.parametrize(("spec", "compare", "complete", "previous", "notes"), COMPARISONS)
def test_a_comparison_becomes_days(spec, compare, complete, previous, notes) -> None:
    window = resolve(spec, compare, known=known(complete))
    assert window.previous == days(previous)
    assert window.notes == notes


def test_a_month_to_date_longer_than_the_month_before_is_clipped_and_says_so() -> None:
    here = Known(date(2026, 4, 1), complete_through=date(2026, 3, 30))
    march = resolve(Since(date(2026, 3, 1)), Shifted(Unit.MONTH), known=here)
    assert march.previous == days("02-01..02-28")
    assert march.notes == ("30 days against 28: the period before is shorter.",)
    here = Known(date(2026, 3, 31), complete_through=date(2026, 3, 30))
    assert resolve(Current(Unit.MONTH), Preceding(), known=here).previous == days("02-01..02-28")


def test_nothing_lies_before_all_time() -> None:
    window = resolve(AllTime(), Preceding(), known=known("11-19"))
    assert window.previous is None
    assert window.notes == ("There is nothing before all time to compare with.",)


def test_the_nominal_days_of_all_time_are_unknown() -> None:
    assert nominal(AllTime(), today=TODAY) is None
    assert nominal(Rolling(7), today=TODAY) == days("11-14..11-20")


open_ended = st.one_of(
    st.builds(Rolling, st.integers(1, 400)),
    st.builds(Current, st.sampled_from(Unit)),
    st.builds(Since, st.dates(date(2024, 1, 1), TODAY)),
)
comparisons = st.one_of(st.just(Preceding()), st.builds(Shifted, st.sampled_from(Unit)))


@given(open_ended, comparisons, st.dates(date(2024, 1, 1), TODAY))
def test_open_ended_comparisons_hold_equally_many_days_or_say_why_not(
    spec, compare, complete
) -> None:
    window = resolve(spec, compare, known=Known(TODAY, complete))
    assert window.previous is not None
    assert window.previous.days == window.period.days or window.notes
    assert window.previous.start < window.period.start


@given(open_ended, st.dates(date(2024, 1, 1), date(2027, 1, 1)))
def test_an_open_ended_period_ends_complete_or_is_called_partial(spec, complete) -> None:
    window = resolve(spec, None, known=Known(TODAY, complete))
    assert window.is_partial == (window.period.last > min(complete, TODAY - DAY))
    assert window.tail is None or window.tail == Period(window.period.end, TODAY + DAY)


@pytest.mark.parametrize(
    ("spec", "compare", "through", "period", "before", "tail"),
    [
        # November named outright on the 21st: eighteen days against October's first eighteen.
        (
            Between(date(2026, 11, 1), date(2026, 12, 1)),
            Preceding(),
            "11-18",
            "11-01..11-18",
            "10-01..10-18",
            "11-19..11-21",
        ),
        (
            Between(date(2026, 11, 1), date(2026, 12, 1)),
            Shifted(Unit.MONTH),
            "11-18",
            "11-01..11-18",
            "10-01..10-18",
            "11-19..11-21",
        ),
        (
            Between(date(2026, 1, 1), date(2027, 1, 1)),
            Against(Between(date(2025, 1, 1), date(2026, 1, 1))),
            "11-18",
            "01-01..11-18",
            "2025-01-01..2025-11-18",
            "11-19..11-21",
        ),
        (Earlier(Unit.WEEK), Preceding(), "11-13", "11-09..11-13", "11-02..11-06", "11-14..11-15"),
    ],
)
def test_a_named_period_still_coming_in_is_compared_over_complete_days(
    spec, compare, through, period, before, tail
) -> None:
    window = resolve(spec, compare, known=known(through))
    assert window.period == days(period)
    assert window.previous == days(before)
    assert window.tail == days(tail)
    assert not window.is_partial


def test_yesterday_without_a_complete_day_stands_as_named_and_partial() -> None:
    window = resolve(Earlier(Unit.DAY), Shifted(Unit.WEEK), known=known("11-18"))
    assert (window.period, window.previous) == (days("11-20..11-20"), days("11-13..11-13"))
    assert window.is_partial
