"""Timetables: what is asked for, as text, and as dated steps; summer time among them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.clouds.resources import Verb
from tools.core.errors import InputError
from tools.gate.timetable import Days, Step, Timetable, moment, moment_text, steps

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)  # a Saturday
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")
times = st.builds(time, st.integers(0, 23), st.integers(0, 59))


@st.composite
def timetables(draw):
    stop = draw(times)
    start = draw(st.none() | times.filter(lambda other: other != stop))
    until = date(2026, 1, 1) + timedelta(days=draw(st.integers(0, 700)))
    zone, days = draw(st.sampled_from(ZONES)), draw(st.sampled_from(Days))
    return Timetable(stop=stop, start=start, days=days, zone=zone, until=until)


def asked(**said):
    return Timetable.of({"stop": "20:00", **said}, now=NOW)


def first(count=6, **said):
    return [f"{s.at:%a %d %H:%M} {s.verb}" for s in steps(asked(**said), NOW)[:count]]


def test_what_is_not_said_is_usual():
    assert asked() == Timetable(stop=time(20), until=date(2027, 2, 21))
    assert asked().text == "stop 20:00, weekdays (UTC) until 2027-02-21"
    said = {"start": "7:00", "days": "Nights and  weekends", "zone": "Europe/Berlin"}
    text = "stop 20:00, start 07:00, weekdays (Europe/Berlin) until 2026-12-01"
    assert asked(**said, until="2026-12-01").text == text


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"stop": None}, "Stop it at what time of day? Say it like 20:00."),
        ({"stop": "20:00", "hours": "3"}, "Stop it at what time of day? Say it like 20:00."),
        ({"stop": "8pm"}, "At what time of day? Say it like 20:00."),
        ({"stop": "24:00"}, "At what time of day? Say it like 20:00."),
        ({"stop": "٢٠:00"}, "At what time of day? Say it like 20:00."),
        ({"start": "noon"}, "At what time of day? Say it like 20:00."),
        ({"start": "20:00"}, "It cannot stop and start at the same time."),
        ({"days": "mondays"}, "On which days? Say weekdays, weekends or nights."),
        ({"zone": "Berlin"}, "I know no such time zone; name one like Europe/Berlin."),
        ({"zone": "../UTC"}, "I know no such time zone; name one like Europe/Berlin."),
        ({"until": "soon"}, "Until which day? Say it like 2027-02-21."),
        (
            {"until": "2027-02-22"},
            "A timetable lasts from today to 2027-02-21 at most; it can be proposed again then.",
        ),
        (
            {"until": "2026-11-20"},
            "A timetable lasts from today to 2027-02-21 at most; it can be proposed again then.",
        ),
        (
            {"until": "2026-11-22"},
            "Until 2026-11-22 there is nothing to stop by this timetable.",
        ),
        (
            {"until": "2026-11-23", "start": "07:00"},
            "Until 2026-11-23 there is nothing to stop by this timetable.",
        ),
    ],
)
def test_what_makes_no_sense_is_said(said, sentence):
    with pytest.raises(InputError) as caught:
        Timetable.of({"stop": "20:00", **said}, now=NOW)
    assert caught.value.sentence == sentence


def test_what_is_no_timetable_is_not_read():
    for text in (
        "",
        "stop",
        "stop 20:00, weekdays (UTC) until",
        "stop 25:00, nights (UTC) until x",
    ):
        with pytest.raises(InputError):
            Timetable.parse(text)


def test_weekdays_are_off_at_night_and_over_the_weekend():
    assert first(4, start="07:00") == [
        "Mon 23 20:00 stop",
        "Tue 24 07:00 start",
        "Tue 24 20:00 stop",
        "Wed 25 07:00 start",
    ]
    friday = [s for s in steps(asked(start="07:00"), NOW) if s.at.day in (27, 28, 29, 30)][1:3]
    assert [f"{s.at:%a %H} {s.verb}" for s in friday] == ["Fri 20 stop", "Mon 07 start"]


def test_weekends_are_off_from_friday_to_monday():
    assert first(2, start="07:00", days="weekends") == ["Fri 27 20:00 stop", "Mon 30 07:00 start"]


def test_a_stop_after_midnight_is_of_the_day_before():
    assert first(2, stop="01:00", start="07:00", days="weekends") == [
        "Sat 28 01:00 stop",
        "Mon 30 07:00 start",
    ]
    last = steps(asked(stop="01:00", start="07:00", until="2026-11-28"), NOW)[-1]
    assert f"{last.at:%a %H} {last.verb}" == "Fri 07 start"  # and is not left off over the end


def test_without_a_start_it_is_stopped_every_time():
    assert first(3, days="every day") == [
        "Sat 21 20:00 stop",
        "Sun 22 20:00 stop",
        "Mon 23 20:00 stop",
    ]


@pytest.mark.parametrize(
    ("said", "hours"),
    [
        ({"start": "07:00"}, 103),  # of 168: on for 5 × 13
        ({"start": "07:00", "days": "weekends"}, 59),
        ({"start": "07:00", "days": "nights"}, 77),
        ({"stop": "01:00", "start": "07:00", "days": "nights"}, 42),
        ({}, None),
    ],
)
def test_the_share_that_is_off_is_that_of_a_usual_week(said, hours):
    share = asked(**said).share_off()
    assert (share and round(share * 168, 9)) == (None if hours is None else Decimal(hours))


def berlin(day, stop, start):
    table = Timetable(
        stop=stop, start=start, days=Days.NIGHTS, zone="Europe/Berlin", until=day + timedelta(2)
    )
    begin = datetime.combine(day - timedelta(1), time(12), UTC)
    return [f"{s.at:%d %H:%M} {s.verb}" for s in steps(table, begin)]


def test_summer_time_moves_the_steps_and_loses_none():
    assert berlin(date(2027, 3, 28), time(20), time(7)) == [
        "27 19:00 stop", "28 05:00 start",
        "28 18:00 stop", "29 05:00 start",
        "29 18:00 stop", "30 05:00 start",
    ]  # fmt: skip


def test_a_time_that_is_left_out_is_an_hour_later_and_one_that_comes_twice_is_the_first():
    assert berlin(date(2027, 3, 28), time(2, 30), time(7))[:4] == [
        "28 01:30 stop", "28 05:00 start", "29 00:30 stop", "29 05:00 start",
    ]  # fmt: skip
    assert berlin(date(2026, 10, 25), time(2, 30), time(7))[:2] == [
        "25 00:30 stop",
        "25 06:00 start",
    ]


def test_two_steps_that_fall_on_one_moment_are_both_left_out():
    assert berlin(date(2027, 3, 28), time(2, 30), time(3, 30))[:2] == [
        "29 00:30 stop", "29 01:30 start",
    ]  # fmt: skip
    assert berlin(date(2027, 3, 28), time(3, 30), time(2, 30)) == [
        "29 01:30 stop", "30 00:30 start",
    ]  # fmt: skip


@given(timetables())
def test_a_text_reads_back_as_what_it_says(table):
    assert Timetable.parse(table.text) == table


@given(timetables(), st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 1)))
def test_steps_take_turns_in_the_future_on_their_days_and_at_their_times(table, since):
    since = since.replace(tzinfo=UTC)
    found = steps(table, since)
    assert list(found) == sorted(found)
    assert len({step.at for step in found}) == len(found)
    zone = ZoneInfo(table.zone)
    for step in found:
        there = step.at.astimezone(zone)
        wanted = table.stop if step.verb is Verb.STOP else table.start
        # Read backwards: the local time there is the one that was meant, or it does not exist.
        meant = datetime.combine(there.date(), wanted, tzinfo=zone)
        exists = meant.astimezone(UTC).astimezone(zone).time() == wanted
        assert step.at > since
        assert there.date() <= table.until
        assert there.time() == wanted or not exists
    if table.start is not None:
        verbs = [step.verb for step in found]
        assert verbs == [Verb.STOP, Verb.START] * (len(found) // 2)


@given(timetables(), st.integers(0, 400))
def test_later_there_is_nothing_new(table, days):
    since = datetime(2026, 2, 1, tzinfo=UTC)
    later = since + timedelta(days=days)
    assert set(steps(table, later)) <= set(steps(table, since))


@given(timetables().filter(lambda table: table.start))
def test_a_machine_is_off_for_part_of_a_week(table):
    assert 0 < table.share_off() < 1


@given(st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1)), st.sampled_from(Verb))
def test_a_moment_is_named_to_the_minute(at, verb):
    at = at.replace(second=0, microsecond=0, tzinfo=UTC)
    assert moment(moment_text(at)) == at
    assert Step(at, verb).text == f"{moment_text(at)} {verb}"
