"""What a period will come to, on series whose end is known."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from random import Random
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.core.periods import DAY, Period, Unit, shift
from tools.watch.days import DayCost
from tools.watch.forecast import Forecast, forecast, forecast_track, gone_on, track_of
from tools.watch.rhythm import calendar

NOVEMBER = Period(date(2026, 11, 1), date(2026, 12, 1))
TENTH = date(2026, 11, 10)
MAY = date(2026, 5, 1)


def cents(value: object) -> Decimal:
    return Decimal(str(value)).quantize(Decimal("0.01"))


def days(cost, *, start: date = MAY, through: date = TENTH) -> list[DayCost]:
    """A day's usual cost by a function of the day, through a day."""
    span = Period(start, through + DAY)
    return [DayCost(day, Decimal(str(cost(day)))) for day in span.each_day()]


def restless(cost) -> list[DayCost]:
    """The same with some noise, always alike."""
    random = Random(3)
    return days(lambda day: cost(day) * random.gauss(1, 0.02))


def left(day: date) -> int:
    return (shift(day.replace(day=1), Unit.MONTH, 1) - day).days - 1


def said(history, window: Period = NOVEMBER, through: date = TENTH) -> Forecast:
    found = forecast(history, window=window, complete_through=through)
    assert found is not None
    return found


def flat(day: date) -> int:
    return 100


def office(day: date) -> int:
    return 20 if day.weekday() >= 5 else 100


def push(day: date) -> int:
    return 250 if left(day) < 6 else 100


def push_of_offices(day: date) -> int:
    return office(day) * 3 if left(day) < 4 else office(day)


def weekdays_only(day: date) -> int:
    return 0 if day.weekday() >= 5 else 80


def first_of_month(day: date) -> int:
    return 700 if day.day == 1 else 100


def whole(cost, window: Period = NOVEMBER) -> int:
    return sum(cost(day) for day in window.each_day())


@pytest.mark.parametrize(
    "cost", [flat, office, push, push_of_offices, weekdays_only, first_of_month]
)
@pytest.mark.parametrize("through", [date(2026, 11, 3), TENTH, date(2026, 11, 20), NOVEMBER.last])
def test_a_rhythm_that_is_kept_is_foretold(cost, through):
    found = said(days(cost, through=through), through=through)
    assert float(found.point) == pytest.approx(whole(cost), rel=0.01)
    assert found.low <= found.point <= found.high
    assert float(found.high - found.low) <= 0.04 * whole(cost)


def test_what_is_known_counts_to_the_cent_and_nothing_is_left_to_expect():
    history = days(office, through=NOVEMBER.last)
    found = said(history, through=NOVEMBER.last)
    assert found.point == found.low == found.high == whole(office)


def test_a_period_that_is_over_expects_no_fee_of_the_next():
    fee = [
        day._replace(one_off=Decimal(300 if day.day.day == 20 else 0))
        for day in days(flat, through=NOVEMBER.last)
    ]
    assert said(fee, through=NOVEMBER.last).point == 3300


def test_on_the_first_day_the_earlier_months_tell():
    found = said(days(office, through=date(2026, 10, 31)), through=date(2026, 10, 31))
    assert found.point == whole(office)


def test_a_month_that_has_not_begun_does_not_count_the_days_before_it():
    found = said(days(flat, through=date(2026, 10, 28)), through=date(2026, 10, 28))
    assert found.point == 3000
    assert len(found.course) == 30


def test_commitments_go_on_whoever_works():
    history = [day._replace(committed=Decimal(40)) for day in days(weekdays_only)]
    assert said(history).point == whole(weekdays_only) + 40 * 30


def test_a_one_off_counts_once():
    history = days(flat)
    history[-3] = history[-3]._replace(one_off=Decimal(5000))
    assert said(history).point == 3000 + 5000


def test_an_old_one_off_is_not_expected_again():
    history = days(flat)
    history[-30] = history[-30]._replace(one_off=Decimal(5000))
    assert said(history).point == 3000


def test_a_fee_that_comes_every_month_is_expected_once_more():
    fee = [day._replace(one_off=Decimal(300 if day.day.day == 20 else 0)) for day in days(flat)]
    assert said(fee).point == 3300
    billed = [*fee, *(DayCost(TENTH + n * DAY, Decimal(100)) for n in range(1, 10))]
    billed.append(DayCost(date(2026, 11, 20), Decimal(100), one_off=Decimal(310)))
    assert said(billed, through=date(2026, 11, 19)).point == 3310


def test_a_quarter_expects_the_fee_of_every_month_left():
    quarter = Period(date(2026, 10, 1), date(2027, 1, 1))
    fee = [day._replace(one_off=Decimal(300 if day.day.day == 20 else 0)) for day in days(flat)]
    assert said(fee, quarter).point == 92 * 100 + 3 * 300


def test_a_day_that_is_still_coming_in_is_expected_whole():
    history = [*days(flat), DayCost(date(2026, 11, 11), Decimal(35))]
    assert said(history).point == 3000


def test_a_day_that_is_still_coming_in_and_already_costs_more_counts_as_billed():
    history = [*days(flat), DayCost(date(2026, 11, 11), Decimal(450))]
    assert said(history).point == 3350


def test_one_strange_day_changes_only_its_own_cost():
    history = days(flat)
    history[-2] = history[-2]._replace(usual=Decimal(2000))
    assert said(history).point == 3000 + 1900


@pytest.mark.parametrize("size", [0.5, 2, 6])
@pytest.mark.parametrize("over", [1, 3, 8])
@pytest.mark.parametrize("long", [1, 3, 6])
def test_a_run_of_strange_days_that_is_over_changes_only_its_own_cost(long, over, size):
    spike = [TENTH - n * DAY for n in range(over, over + long)]
    history = restless(lambda day: office(day) + (day in spike) * size * 100)
    inside = sum(size * 100 for day in spike if day in NOVEMBER)
    found, calm = said(history), said(restless(office))
    assert float(found.point) == pytest.approx(float(calm.point) + inside, rel=0.02)
    assert found.high - found.low <= Decimal("1.5") * (calm.high - calm.low)


@pytest.mark.parametrize("size", [0.4, 1.6, 3])
@pytest.mark.parametrize("since", [3, 5, 9, 14])
def test_a_step_is_how_things_are_from_its_third_day_on(since, size):
    def stepped(day: date) -> float:
        return office(day) * (size if day > TENTH - since * DAY else 1)

    actual = sum(stepped(day) for day in NOVEMBER.each_day())
    found = said(restless(stepped))
    assert float(found.point) == pytest.approx(actual, rel=0.02)
    assert found.low <= actual <= found.high


@pytest.mark.parametrize(("since", "is_midway"), [(1, False), (2, True)])
def test_of_what_began_just_now_both_ends_are_in_the_interval(since, is_midway):
    def stepped(day: date) -> int:
        return office(day) * (3 if day > TENTH - since * DAY else 1)

    past = sum(stepped(day) for day in NOVEMBER.each_day() if day <= TENTH)
    rest = sum(office(day) for day in NOVEMBER.each_day() if day > TENTH)
    found = said(days(stepped))
    assert float(found.point) == pytest.approx(past + rest * (2 if is_midway else 1), rel=0.02)
    assert found.low <= past + rest
    assert found.high >= past + 3 * rest


def test_what_strays_every_few_days_is_no_event():
    def now_and_then(day: date) -> int:
        return 400 if day.toordinal() % 5 < 2 else 100

    found = float(said(days(now_and_then)).point)
    assert found > 1.3 * 3000


def test_growth_goes_on_a_little_slower():
    def growing(day: date) -> float:
        return 100 * 1.05 ** ((day - MAY).days / 30)

    actual = sum(growing(day) for day in NOVEMBER.each_day())
    found = float(said(days(growing)).point)
    assert found == pytest.approx(actual, rel=0.01)


def test_a_restless_past_makes_a_wide_interval():
    random = Random(1)
    calm = said(days(lambda day: random.gauss(100, 2)))
    wild = said(days(lambda day: random.gauss(100, 20)))
    assert (wild.high - wild.low) > 5 * (calm.high - calm.low)


def test_a_short_past_makes_a_wide_interval():
    found = said(days(flat, start=date(2026, 11, 1)))
    assert found.point == 3000
    assert found.high > 3300


@pytest.mark.parametrize(("known", "is_said"), [(0, False), (2, False), (3, True)])
def test_a_forecast_takes_three_days(known, is_said):
    history = (
        days(flat, start=NOVEMBER.start, through=NOVEMBER.start + (known - 1) * DAY)
        if known
        else []
    )
    through = NOVEMBER.start + (known - 1) * DAY
    found = forecast(history, window=NOVEMBER, complete_through=through)
    assert (found is not None) is is_said


def test_a_period_whose_own_past_is_missing_has_no_forecast():
    history = days(flat, start=date(2026, 11, 2))
    assert forecast(history, window=NOVEMBER, complete_through=TENTH) is None


def test_days_before_a_thing_was_first_used_are_no_rhythm():
    def begun(day: date) -> int:
        return 100 if day >= date(2026, 11, 4) else 0

    assert said(days(begun)).point == 2700


def test_what_is_switched_off_is_expected_to_stay_off():
    def gone(day: date) -> int:
        return 100 if day < date(2026, 10, 20) else 0

    assert said(days(gone)).point == 0


def test_credits_alone_are_no_rhythm():
    credit = [DayCost(day, Decimal(0), one_off=Decimal(-5)) for day, *_ in days(flat)]
    assert said(credit).point == -150


def test_gaps_cost_nothing():
    through = date(2026, 11, 15)  # a Sunday
    history = [day for day in days(weekdays_only, through=through) if day.usual]
    found = said(history, through=through)
    assert found.point == whole(weekdays_only)
    assert len(found.course) == 30


def test_the_day_on_which_a_budget_is_gone():
    found = said(days(flat))
    assert gone_on(found, Decimal(2000)) == date(2026, 11, 20)
    assert gone_on(found, Decimal(500)) == date(2026, 11, 5)
    assert gone_on(found, Decimal(3001)) is None


def test_the_days_of_the_course_add_up_to_the_whole():
    found = said(days(push))
    assert len(found.course) == 30
    assert cents(found.course[-1]) == found.point
    assert cents(found.course[9]) == whole(push, Period(NOVEMBER.start, date(2026, 11, 11)))


def test_places_in_a_month_are_told_from_its_ends():
    weekdays, places = calendar(date(2026, 11, 1), 31)
    assert weekdays[:3] == (6, 0, 1)
    assert places == (*range(15), *range(29, 14, -1), 0)


costs = st.lists(
    st.tuples(
        st.decimals("-50", "5000", places=2),
        st.decimals("0", "100", places=2),
        st.decimals("-500", "500", places=2),
    ),
    min_size=1,
    max_size=140,
)


@given(costs, st.integers(-40, 5), st.sampled_from(list(Unit)[2:]))
def test_whatever_the_days_are_the_interval_holds_the_point(parts, shifted, unit):
    start = date(2026, 8, 1)
    history = [DayCost(start + n * DAY, *some) for n, some in enumerate(parts)]
    through = history[-1].day + shifted * DAY
    begin = shift(through.replace(day=1), Unit.MONTH, 0)
    window = Period(begin, shift(begin, unit, 1))
    found = forecast(history, window=window, complete_through=through)
    if found is not None:
        assert found.low <= found.point <= found.high
        assert len(found.course) == window.days


@given(st.decimals("0.5", "2000", places=1))
def test_in_another_currency_it_says_the_same(rate):
    history = days(push_of_offices)
    other = [DayCost(day.day, day.usual * rate) for day in history]
    assert float(said(other).point) == pytest.approx(float(said(history).point * rate), rel=1e-5)


def test_ten_thousand_forecasts_take_seconds_at_most():
    track = track_of(days(push_of_offices, start=date(2025, 11, 1)))
    assert track is not None
    start = process_time()
    for _ in range(500):
        forecast_track(track, window=NOVEMBER, complete_through=TENTH)
    assert process_time() - start < 0.5  # of CPU, that is a thousandth of a second each
