"""What is unusual in a series, and what is not."""

from itertools import product
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.watch.unusual import Pace, Sensitivity, Shape, unusual

CARES = Sensitivity(score=5, relative=0.25, absolute=50)
WEEK = (1000, 1020, 990, 1010, 1000, 400, 380)


def weeks(count: int, *, noise: float = 0.02, seed: int = 1) -> list[float]:
    random = Random(seed)
    return [day * random.gauss(1, noise) for _ in range(count) for day in WEEK]


def found(values, **kwargs):
    kwargs.setdefault("sensitivity", CARES)
    return [(e.first, e.last, e.shape) for e in unusual(values, **kwargs).events]


def earlier(place: int) -> list[list[int]]:
    """By month of thirty days, the days around the same one."""
    months = [[place - n * 30 + off for off in (0, 1, -1)] for n in (1, 2, 3)]
    return [[n for n in month if n >= 0] for month in months]


def test_weekdays_and_weekends_alone_are_nothing_unusual():
    assert not [found(weeks(30, seed=seed)) for seed in range(20) if found(weeks(30, seed=seed))]


def test_a_spike_is_one_event_of_its_days_with_what_was_expected():
    values = weeks(10)
    for place in (44, 45, 46):
        values[place] += 800
    [event] = unusual(values, sensitivity=CARES).events
    assert (event.first, event.last, event.shape, event.goes_on) == (44, 46, Shape.SPIKE, False)
    assert event.excess == pytest.approx(2400, rel=0.1)
    assert event.score > 5


def test_a_weekend_that_is_as_dear_as_a_weekday_is_unusual():
    values = weeks(10)
    values[7 * 8 + 5] = 1000
    assert found(values) == [(61, 61, Shape.SPIKE)]


def test_a_lasting_step_is_told_once_and_then_is_how_things_are():
    values = weeks(8) + [day * 1.8 for day in weeks(20)]
    [(first, last, shape)] = found(values)
    assert (first, shape) == (56, Shape.STEP)
    assert last < 56 + 7 * 4


def test_a_step_within_its_first_days_goes_on():
    values = weeks(8) + [day * 1.8 for day in weeks(1)][:3]
    [event] = unusual(values, sensitivity=CARES).events
    assert (event.first, event.last, event.goes_on) == (56, 58, True)


def test_a_ramp_is_found_and_called_one():
    values = weeks(8, noise=0.005) + [1000 + 90 * n for n in range(1, 15)]
    [(first, _, shape), *_] = found(values, sensitivity=Sensitivity(score=3, relative=0.1))
    assert first < 62
    assert shape is Shape.RAMP


def test_spend_that_falls_alarms_neither_going_nor_coming_back():
    values = weeks(8) + [100.0] * 10 + weeks(6)
    assert not found(values)


def test_what_is_new_counts_from_nothing():
    assert found([0.0] * 30 + [300.0, 310.0, 0, 0, 0, 0, 0]) == [(30, 31, Shape.SPIKE)]


def test_nothing_is_unusual_before_there_is_a_past():
    assert not found([100, 100, 900, 100, 100])


def test_what_stops_for_a_weekend_is_one_event():
    nightly = [240.0] * 5 + [0.0] * 2
    assert len(found([0.0] * 28 + nightly * 6)) == 1


def test_all_three_sizes_have_to_be_surpassed():
    values = weeks(10, noise=0.001)
    values[45] += 200
    for score, relative, absolute in product((5, 9e9), (0.1, 0.9), (50, 500)):
        care = Sensitivity(score=score, relative=relative, absolute=absolute)
        assert bool(found(values, sensitivity=care)) == (
            (score, relative, absolute) == (5, 0.1, 50)
        )


def test_what_was_as_much_on_the_same_days_of_earlier_months_is_not_unusual():
    values = [100.0 + n % 2 for n in range(90)]
    for end in (28, 58, 88):
        values[end] = values[end + 1] = 900
    assert len(found(values)) == 3

    assert found(values, alike=earlier) == [(28, 29, Shape.SPIKE)]


def test_what_was_as_much_once_in_several_months_is_unusual_again():
    values = [100.0 + n % 2 for n in range(120)]
    for end in (58, 118):  # not on the days 28 and 88
        values[end] = values[end + 1] = 900
    assert [first for first, _, _ in found(values, alike=earlier)] == [58, 118]


def test_what_was_dear_in_the_first_weeks_hides_nothing_later():
    values = [value * 4 if 10 <= n < 16 else value for n, value in enumerate(weeks(12))]
    values[60:64] = [value + 1500 for value in values[60:64]]
    assert found(values) == [(60, 63, Shape.SPIKE)]


def test_a_calm_week_does_not_make_the_ordinary_unusual():
    random = Random(4)
    restless = [1000 * random.gauss(1, 0.2) for _ in range(70)]
    calm = [1000 * random.gauss(1, 0.005) for _ in range(21)]
    assert not found([*restless, *calm, 1500])
    assert found([*restless, *calm, 1500], pace=Pace(lasting=0.1))
    assert found([*restless, *calm, 3000]) == [(91, 91, Shape.STEP)]


def test_earlier_months_explain_as_much_more_as_they_had_and_no_more():
    values = weeks(20)
    values[96] = 1000  # a Saturday as dear as the working days of earlier months
    assert found(values, alike=earlier) == [(96, 96, Shape.SPIKE)]
    pushed = weeks(20)
    for end in (28, 58, 88, 118):
        pushed[end] += 600
    pushed[118] += 600
    assert [first for first, _, _ in found(pushed, alike=earlier)] == [28, 118]


def test_a_day_nobody_knows_of_neither_alarms_nor_ends_an_event():
    values: list[float | None] = [*weeks(8), 3000, None, 3000, 1000]
    [event] = unusual(values, sensitivity=CARES).events
    assert (event.first, event.last) == (56, 58)


@given(st.lists(st.floats(0, 1e6), max_size=120), st.floats(0.01, 1000))
def test_events_do_not_overlap_and_are_more_than_expected(values, factor):
    watched = unusual([value * factor for value in values], sensitivity=CARES)
    places = [n for e in watched.events for n in (e.first, e.last)]
    assert places == sorted(places)
    assert all(event.score > 0 for event in watched.events)


@given(st.lists(st.floats(0, 1e6), min_size=30, max_size=90), st.integers(20, 60))
def test_what_is_found_does_not_depend_on_what_comes_later(values, cut):
    early = unusual(values[:cut], sensitivity=CARES).events
    whole = unusual(values, sensitivity=CARES).events
    assert [e.first for e in early] == [e.first for e in whole if e.first < cut]
