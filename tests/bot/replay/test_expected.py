"""Which alerts a year has to bring, and how those that came are held against them."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bot.replay.expected import Fact, Told, expected_alerts, tallied
from tools.core.periods import DAY, Period, Unit
from tools.core.settings import LakeSettings
from tools.samples.planted import PlannedBudget
from tools.samples.planted_year import PlantedYear
from tools.samples.seen import Seen, Version

APRIL = Period(date(2026, 4, 1), date(2026, 5, 1))
A, B = Fact(0, APRIL.start, 50), Fact(0, APRIL.start, 75)


def year(amount: int, *, raised: tuple[date, Decimal] | None = None) -> PlantedYear:
    """Ten dollars a day, each day whole on the next morning; the 10th and 11th show no bill."""
    versions = [
        Version("aws", "final", day, 1.0, max(day + DAY, gap), until)
        for day in Period(date(2026, 3, 1), date(2026, 5, 1)).each_day()
        for gap, until in ((date.min, date(2026, 4, 10)), (date(2026, 4, 12), date.max))
        if day + DAY < until
    ]
    budget = PlannedBudget(
        scope=(), period=Unit.MONTH, amount=Decimal(amount), channel="C0", raised=raised
    )
    return PlantedYear(
        days=APRIL,
        planted=(),
        budgets=(budget,),
        restated=(),
        seen=Seen(Path(), LakeSettings(), tuple(versions)),
        costs=({("aws", v.day): 10.0 for v in versions},),
    )


def crossed(found: PlantedYear, days: Period = APRIL) -> list[tuple[int, date]]:
    told, _ = expected_alerts(found, days, (50, 75, 90, 100))
    return [(t.fact.threshold, t.day) for t in told if t.fact.start == APRIL.start]


def test_each_threshold_is_due_once_although_the_bill_goes_down_and_up_again():
    assert crossed(year(100)) == [
        (50, date(2026, 4, 6)), (75, date(2026, 4, 9)),
        (90, date(2026, 4, 12)), (100, date(2026, 4, 12)),
    ]  # fmt: skip


def test_a_raise_arms_anew_what_is_ahead_again():
    raised = (date(2026, 4, 15), Decimal(200))
    assert crossed(year(100, raised=raised))[4:] == [
        (75, date(2026, 4, 16)), (90, date(2026, 4, 19)), (100, date(2026, 4, 21)),
    ]  # fmt: skip


def test_what_was_crossed_before_anybody_looked_is_not_due():
    days = Period(date(2026, 4, 14), APRIL.end)
    told, old = expected_alerts(year(200), days, (50, 75))
    assert [(t.fact.threshold, t.day) for t in told] == [(75, date(2026, 4, 16))]
    assert A in old


@pytest.mark.parametrize(
    ("found", "figures"),
    [
        ([(A, 6), (B, 9)], (2, 2, 0, 0)),
        ([(A, 7), (B, 9)], (2, 2, 0, 0)),  # the day after is in time
        ([(A, 8), (B, 9)], (2, 2, 0, 1)),
        ([(A, 6)], (2, 1, 0, 1)),
        ([(A, 6), (A, 7), (B, 9)], (2, 3, 1, 0)),
        ([(A, 5), (A, 6), (B, 9)], (2, 3, 1, 0)),
        ([(A, 6), (B, 9), (Fact(0, APRIL.start, 90), 9)], (2, 3, 0, 0)),
    ],
)
def test_what_came_is_held_against_what_had_to(
    found: list[tuple[Fact, int]], figures: tuple[int, int, int, int]
):
    due = [Told(A, date(2026, 4, 6)), Told(B, date(2026, 4, 9))]
    came = [Told(fact, date(2026, 4, day)) for fact, day in found]
    tally = tallied(due, frozenset(), came, end=APRIL.end)
    assert (tally.expected, tally.sent, tally.doubled, tally.missed) == figures
    assert len(tally.wrong) == sum(f.threshold == 90 for f, _ in found)


def test_what_is_due_on_the_last_morning_may_still_come():
    due = [Told(A, date(2026, 4, 6))]
    tally = tallied(due, frozenset(), [], end=date(2026, 4, 6) + timedelta(days=1))
    assert (tally.expected, tally.missed) == (0, 0)
