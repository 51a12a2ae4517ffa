"""How good forecasts are, against guesses anybody can make."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from tools.core.periods import DAY, Period
from tools.samples.daily_series import made_up_series
from tools.watch.days import DayCost
from tools.watch.forecast import Track
from tools.watch.held_back import Guess, guessed, held_back, scored

pytestmark = pytest.mark.thorough

JANUARY = date(2026, 1, 1)
MARCH = Period(date(2026, 3, 1), date(2026, 4, 1))


def test_the_plain_guesses_know_the_one_off_charges_too():
    days = [DayCost(JANUARY + n * DAY, Decimal(10), Decimal(5)) for n in range(69)]
    days[60] = days[60]._replace(one_off=Decimal(300))  # on the second of March
    found = guessed(days, window=MARCH, complete_through=date(2026, 3, 10), actual=765)
    assert found is not None
    assert found.straight_line == pytest.approx(31 * 15 + 300)
    assert found.last_month == pytest.approx(28 * 15 + 300)
    assert found.forecast == pytest.approx(31 * 15 + 300)


def test_a_month_before_the_history_cannot_be_compared():
    days = [DayCost(date(2026, 2, 20) + n * DAY, Decimal(10)) for n in range(19)]
    assert guessed(days, window=MARCH, complete_through=date(2026, 3, 10), actual=310) is None
    assert guessed([], window=MARCH, complete_through=date(2026, 3, 10), actual=310) is None


def test_whole_months_with_a_past_are_held_back():
    days = (date(2026, 7, 15) - JANUARY).days
    track = Track(JANUARY, [10.0] * days, [0.0] * days, [0.0] * days)
    guesses = [*held_back(track, day=10)]
    assert [guess.actual for guess in guesses] == [300, 310, 300]  # April to June
    assert all(guess.forecast == pytest.approx(guess.actual) for guess in guesses)


@pytest.mark.parametrize(
    ("planted", "months"), [(date(2026, 5, 11), 2), (date(2026, 5, 10), 3), (date(2026, 7, 1), 3)]
)
def test_a_month_in_which_nobody_could_know_is_left_out(planted, months):
    days = (date(2026, 7, 15) - JANUARY).days
    track = Track(JANUARY, [10.0] * days, [0.0] * days, [0.0] * days)
    assert len([*held_back(track, day=10, planted=[planted])]) == months


def test_errors_are_shares_of_what_a_month_came_to():
    score = scored([Guess(100, 90, 80, 99, 150, 50), Guess(200, 210, 190, 230, 200, 300)])
    assert score is not None
    errors = (score.error, score.straight_line, score.last_month, score.ratio)
    assert errors == pytest.approx((0.075, 0.25, 0.5, 0.3))
    assert (score.inside, score.guesses) == (0.5, 2)
    assert scored([]) is None


@pytest.mark.parametrize("day", [10, 20])
def test_months_of_made_up_series_are_foretold_better_than_by_plain_guesses(day):
    series = made_up_series(7)
    score = scored(g for s in series for g in held_back(s.track, day=day, planted=s.planted))
    assert score is not None
    assert score.ratio <= 0.8
    assert 0.72 <= score.inside <= 0.92
