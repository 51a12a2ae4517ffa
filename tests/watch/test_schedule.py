"""What is due: time zones, clocks that are put forward and back, and runs that were missed."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.watch.schedule import MONDAY, AtHour, Every, due, following, is_stale, latest

BERLIN = AtHour(time(9), "Europe/Berlin")
MONDAYS = AtHour(time(9), "Europe/Berlin", MONDAY)
GAP = AtHour(time(2, 30), "Europe/Berlin")  # is skipped on March 29, comes twice on October 25
KOLKATA = AtHour(time(9), "Asia/Kolkata")
HOURLY = Every(60)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("timing", "now", "slot"),
    [
        (HOURLY, "2026-11-21T09:00", "2026-11-21T09:00"),
        (HOURLY, "2026-11-21T09:59", "2026-11-21T09:00"),
        (Every(7), "2026-11-21T09:00", "2026-11-21T08:56"),
        (BERLIN, "2026-11-21T07:59", "2026-11-20T08:00"),
        (BERLIN, "2026-11-21T08:00", "2026-11-21T08:00"),
        (BERLIN, "2026-03-28T12:00", "2026-03-28T08:00"),
        (BERLIN, "2026-03-29T12:00", "2026-03-29T07:00"),
        (BERLIN, "2026-10-25T12:00", "2026-10-25T08:00"),
        (GAP, "2026-03-29T12:00", "2026-03-29T01:30"),  # 03:30 there, the hour after the gap
        (GAP, "2026-10-25T00:30", "2026-10-25T00:30"),  # the first 02:30
        (GAP, "2026-10-25T01:45", "2026-10-25T00:30"),  # the second is none
        (KOLKATA, "2026-11-21T03:29", "2026-11-20T03:30"),
        (MONDAYS, "2026-11-21T12:00", "2026-11-16T08:00"),
        (MONDAYS, "2026-11-23T08:00", "2026-11-23T08:00"),
        (AtHour(time(0), "Pacific/Auckland"), "2026-11-20T11:30", "2026-11-20T11:00"),
    ],
)
def test_the_newest_scheduled_moment(timing, now, slot):
    assert latest(timing, at(now)) == at(slot)


@pytest.mark.parametrize(
    ("timing", "last", "now", "slot"),
    [
        (HOURLY, None, "2026-11-21T09:10", "2026-11-21T09:00"),
        (HOURLY, "2026-11-21T09:00", "2026-11-21T09:59", None),
        (HOURLY, "2026-11-21T09:00", "2026-11-21T10:00", "2026-11-21T10:00"),
        # A laptop slept through a night, and through a week: one run, not one an hour.
        (HOURLY, "2026-11-20T18:00", "2026-11-21T09:10", "2026-11-21T09:00"),
        (BERLIN, "2026-11-14T08:00", "2026-11-21T09:10", "2026-11-21T08:00"),
        (BERLIN, "2026-11-21T08:00", "2026-11-22T07:59", None),
        # The hour was changed at noon (`last` is then the moment of the change).
        (BERLIN, "2026-11-21T12:00", "2026-11-21T12:01", None),
        (BERLIN, "2026-11-21T12:00", "2026-11-22T08:00", "2026-11-22T08:00"),
        # A clock that was put back by hand runs nothing twice.
        (HOURLY, "2026-11-21T10:00", "2026-11-21T09:30", None),
    ],
)
def test_what_is_due(timing, last, now, slot):
    found = due(timing, last=None if last is None else at(last), now=at(now))
    assert found == (None if slot is None else at(slot))


@pytest.mark.parametrize(
    ("timing", "late", "is_too_late"),
    [
        (HOURLY, timedelta(days=9), False),
        (BERLIN, timedelta(hours=12), False),
        (BERLIN, timedelta(hours=12, minutes=1), True),
        (MONDAYS, timedelta(hours=36), False),
        (MONDAYS, timedelta(hours=37), True),
    ],
)
def test_a_good_morning_in_the_evening_is_none(timing, late, is_too_late):
    slot = latest(timing, at("2026-11-21T12:00"))
    assert is_stale(timing, slot, slot + late) is is_too_late


moments = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
timings = st.one_of(
    st.builds(Every, st.integers(1, 1440)),
    st.builds(
        AtHour,
        st.times().map(lambda t: t.replace(second=0, microsecond=0)),
        st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"]),
        st.sampled_from([None, *range(7)]),
    ),
)


@given(timing=timings, now=moments)
def test_the_next_moment_follows_the_newest(timing, now):
    before, after = latest(timing, now), following(timing, now)
    assert before <= now < after
    assert following(timing, before) == after
    assert latest(timing, after) == after
    assert due(timing, last=before, now=now) is None
    assert due(timing, last=before, now=after) == after


@given(start=moments, zone=st.sampled_from(["Europe/Berlin", "America/New_York"]), at_=st.times())
def test_every_day_comes_once_whatever_the_clock_does(start, zone, at_):
    timing, found, moment = AtHour(at_.replace(second=0, microsecond=0), zone), [], start
    for _day in range(10):
        moment = following(timing, moment)
        found.append(moment)
    gaps = {later - earlier for earlier, later in itertools.pairwise(found)}
    assert gaps <= {timedelta(hours=hours) for hours in (23, 24, 25)}
