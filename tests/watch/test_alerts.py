"""When a budget's owner is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.core.budget import Budget
from tools.core.periods import Period
from tools.watch.alerts import Fired, Kind, Position, burnt_on, is_burning, judged, windows

NOVEMBER = Period(date(2026, 11, 1), date(2026, 12, 1))
TODAY = date(2026, 11, 12)
USUAL = (50, 75, 90, 100)


def budget(amount: int = 1000, **changes: object) -> Budget:
    made = {"id": "b1", "scope": (), "period": "month", "currency": "USD", **changes}
    return Budget(amount=Decimal(amount), **made)


def at(spent: int, *, amount: int = 1000, **changes: object) -> Position:
    made = {"window": NOVEMBER, "today": TODAY, **changes}
    return Position(budget=budget(amount), spent=Decimal(spent), **made)


class Days:
    """A budget as the days are played forward, with what is kept of it."""

    def __init__(self) -> None:
        self.fired: dict[tuple[Kind, int, int], Fired] = {}

    def look(self, spent: int, **changes: object) -> str:
        verdict = judged(at(spent, **changes), tuple(self.fired.values()), thresholds=USUAL)
        for row in verdict.keep:
            self.fired[row.kind, row.threshold, row.arming] = row
        return ", ".join(map(str, verdict.crossed)) or ", ".join(verdict.kinds)


# What is spent day by day, of which amount, and what is told.
PLAYED = {
    "each threshold on its day": ([(490, 1000, ""), (500, 1000, "50"), (760, 1000, "75")]),
    "several at once are one": [(950, 1000, "50, 75, 90"), (1000, 1000, "100")],
    "once, though bills go down and up": [
        (760, 1000, "50, 75"),
        (400, 1000, ""),
        (800, 1000, ""),
        (900, 1000, "90"),
    ],
    "a raise arms what is ahead again": [
        (920, 1000, "50, 75, 90"),
        (920, 1200, ""),
        (1080, 1200, "90"),
        (1200, 1200, "100"),
    ],
    "a raise carries over what stays behind": [(1010, 1000, "50, 75, 90, 100"), (1010, 1100, "")],
    "a raise and new bills at once": [(760, 1000, "50, 75"), (1190, 1500, "75")],
    "two raises": [
        (1000, 1000, "50, 75, 90, 100"),
        (1000, 2000, ""),
        (2000, 2000, "75, 90, 100"),
        (2000, 4000, ""),
        (3000, 4000, "75"),
    ],
    "a fall-back tells nothing again, and once what it puts behind": [
        (760, 1000, "50, 75"),
        (760, 1600, ""),
        (880, 1600, "50"),
        (920, 1000, "90"),
        (930, 1000, ""),
        (930, 1600, ""),
        (1200, 1600, "75"),
    ],
    "a cut tells what it puts behind": [(510, 1000, "50"), (510, 600, "75")],
    "a cut that is taken back tells it again when it comes": [
        (510, 1000, "50"),
        (510, 600, "75"),
        (510, 1000, ""),
        (760, 1000, "75"),
    ],
}


@pytest.mark.parametrize("steps", PLAYED.values(), ids=PLAYED)
def test_a_threshold_is_told_once(steps: list[tuple[int, int, str]]) -> None:
    days = Days()
    assert [days.look(spent, amount=amount) for spent, amount, _ in steps] == [t for *_, t in steps]


@given(st.lists(st.integers(0, 1500), min_size=1, max_size=30))
def test_whatever_the_bills_do_all_that_is_reached_is_told_exactly_once(spent: list[int]) -> None:
    days = Days()
    told = [t for each in spent for t in days.look(each).split(", ") if t]
    assert sorted(map(int, told)) == [t for t in USUAL if max(spent) * 100 >= t * 1000]


@given(st.lists(st.tuples(st.integers(0, 3000), st.integers(500, 2000)), max_size=30))
def test_looking_twice_tells_nothing_more(steps: list[tuple[int, int]]) -> None:
    days = Days()
    for spent, amount in steps:
        days.look(spent, amount=amount)
        assert days.look(spent, amount=amount) == ""


@given(st.lists(st.tuples(st.integers(0, 2000), st.booleans()), max_size=30))
def test_what_is_told_of_an_amount_is_told_once_however_often_it_falls_back(
    steps: list[tuple[int, bool]],
) -> None:
    days, told = Days(), []
    for spent, is_raised in steps:
        said = days.look(spent, amount=1600 if is_raised else 1000)
        told += [] if is_raised else [t for t in said.split(", ") if t]
    assert len(told) == len(set(told))


def test_the_key_names_the_fact() -> None:
    verdict = judged(at(930), (), thresholds=USUAL)
    assert verdict.key == "alert/b1/2026-11-01/spent/90/0"
    assert {f.message for f in verdict.keep if f.kind is Kind.SPENT} == {verdict.key}
    ahead = judged(at(10, forecast=Decimal(1100), low=Decimal(900)), (), thresholds=USUAL)
    assert ahead.key == "alert/b1/2026-11-01/forecast/0/0"


# What the forecast and the pace are, and what is told of what is to come.
AHEAD = {
    "nothing known": ({}, ()),
    "over by little": ({"forecast": 1049, "low": 950}, ()),
    "over by much": ({"forecast": 1051, "low": 950}, (Kind.FORECAST,)),
    "over for sure": ({"forecast": 1020, "low": 1001}, (Kind.FORECAST,)),
    "not over": ({"forecast": 999, "low": 800}, ()),
    "burning": ({"burn": 120}, (Kind.PACE,)),
    "burning as expected": ({"burn": 120, "gone_on": date(2026, 11, 21)}, ()),
    "fast, not burning": ({"burn": 60}, ()),
    "both": ({"forecast": 2000, "low": 1500, "burn": 120}, (Kind.FORECAST, Kind.PACE)),
    "bills are late": ({"forecast": 2000, "low": 1500, "burn": 120, "late": ("aws",)}, ()),
    "the month is over": ({"forecast": 2000, "burn": 120, "today": date(2026, 12, 2)}, ()),
}


@pytest.mark.parametrize(("facts", "told"), AHEAD.values(), ids=AHEAD)
def test_what_is_to_come(facts: dict[str, object], told: tuple[Kind, ...]) -> None:
    money = {k: Decimal(v) if isinstance(v, int) else v for k, v in facts.items()}
    assert judged(at(100, **money), (), thresholds=USUAL).kinds == told


def test_what_is_to_come_is_told_once_and_after_a_raise_again() -> None:
    days = Days()
    over = {"forecast": Decimal(3000), "low": Decimal(2500)}
    assert [days.look(100, **over), days.look(110, **over)] == ["forecast", ""]
    assert [days.look(110, amount=2000, **over), days.look(120, amount=2000, **over)] == [
        "forecast",
        "",
    ]


def test_what_is_to_come_is_not_told_again_where_a_budget_falls_back() -> None:
    days, over = Days(), {"forecast": Decimal(3000), "low": Decimal(2500)}
    told = [days.look(100, **over), days.look(110, amount=4000, **over), days.look(110, **over)]
    assert told == ["forecast", "", ""]


def test_a_budget_that_is_gone_needs_no_forecast() -> None:
    days = Days()
    over = {"forecast": Decimal(3000), "low": Decimal(2500), "burn": Decimal(100)}
    assert [days.look(1000, **over), days.look(1100, **over)] == ["50, 75, 90, 100", ""]


def test_late_bills_hold_back_no_threshold_that_is_crossed() -> None:
    assert judged(at(510, late=("aws",)), (), thresholds=USUAL).crossed == (50,)


def test_a_first_load_tells_only_of_the_last_two_days() -> None:
    over = {"forecast": Decimal(2000), "low": Decimal(1500)}
    verdict = judged(at(800, is_first=True, before=Decimal(740), **over), (), thresholds=USUAL)
    assert (verdict.crossed, verdict.old, verdict.kinds) == ((75,), (50,), (Kind.SPENT,))
    kept = {(f.kind, f.threshold): f.message for f in verdict.keep}
    assert kept == {
        (Kind.SPENT, 50): "",
        (Kind.SPENT, 75): "alert/b1/2026-11-01/spent/75/0",
        (Kind.FORECAST, 0): "",
        (Kind.SEEN, 0): "",
    }


def test_put_off_is_all_but_that_it_is_gone() -> None:
    quiet = judged(at(800), (), thresholds=USUAL, is_quiet=True)
    assert (quiet.kinds, quiet.keep) == ((), ())
    gone = judged(at(1001), (), thresholds=USUAL, is_quiet=True)
    assert (gone.crossed, gone.is_gone) == (USUAL, True)


def test_the_day_the_budget_is_gone_at_the_pace_of_the_last_days() -> None:
    position = at(400, burn=Decimal(100))
    assert burnt_on(position) == date(2026, 11, 18)
    assert is_burning(position)
    assert burnt_on(replace(position, burn=Decimal(10))) is None
    assert burnt_on(replace(position, spent=Decimal(1200))) is None


def test_a_month_is_looked_at_until_its_bills_have_settled() -> None:
    october = Period(date(2026, 10, 1), date(2026, 11, 1))
    assert windows(budget(), today=date(2026, 11, 10)) == (october, NOVEMBER)
    assert windows(budget(), today=date(2026, 11, 11)) == (NOVEMBER,)
    made = datetime(2026, 11, 2, tzinfo=UTC)
    assert windows(budget(at=made), today=date(2026, 11, 5)) == (NOVEMBER,)
    assert windows(budget(at=made, version=2), today=date(2026, 11, 5)) == (october, NOVEMBER)
    year = windows(budget(period="year"), today=date(2026, 1, 1) + timedelta(days=2))
    assert [w.start.year for w in year] == [2025, 2026]
