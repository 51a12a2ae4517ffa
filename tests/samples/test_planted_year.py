"""A planted year: each day sees what was there, and another seed plants other things elsewhere."""

from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest

from tools.core.clock import FixedClock
from tools.core.context import Context
from tools.core.dimensions import Dimension
from tools.core.periods import DAY, Period
from tools.core.settings import LakeSettings
from tools.lake.day_costs import day_costs
from tools.samples.ordinary import ordinary_bills
from tools.samples.planted import ALARMING, LASTING, Planted
from tools.samples.planted_year import YEAR, PlantedYear, periods_of, write_year
from tools.samples.planting import Planter
from tools.samples.seen import SeenLake

pytestmark = pytest.mark.thorough

MONTHS = Period(date(2026, 2, 1), date(2026, 4, 1))
TAGS = tuple(Dimension(name, tags=(name,)) for name in ("workload",))


def planted(seed: int) -> tuple[Planted, ...]:
    days = Period(date(2025, 10, 1), date(2026, 3, 1))
    begin = Period(date(2025, 12, 1), date(2026, 2, 20))
    return Planter(ordinary_bills(days, seed=seed), begin, seed).plant_all()


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> PlantedYear:
    folder = tmp_path_factory.mktemp("year")
    return write_year(folder, LakeSettings((), TAGS), seed=5, days=MONTHS, history=0)


def test_each_morning_shows_what_the_bills_said_then(year: PlantedYear):
    lake = SeenLake(year.seen)
    wrong = [r.seen.start for r in year.restated]
    for day in (date(2026, 2, 1), date(2026, 2, 3), date(2026, 3, 31), *wrong):
        lake.show(day)
        context = Context(lake, FixedClock(datetime.combine(day, time(9, tzinfo=UTC))))
        (window,) = periods_of(year.budgets[0], Period(day, day + DAY))
        found = day_costs(context, period=window)
        seen = sum((d.whole for s in found.series for d in s.days), Decimal(0))
        assert float(seen) == pytest.approx(year.spent(0, day, window), rel=1e-6)
        assert found.complete_through is None or found.complete_through <= day - 3 * DAY
        lasts = [s.days[-1].day for s in found.series if s.days]
        assert not lasts or max(lasts) < day


def test_of_each_day_there_is_one_version_and_some_are_wrong_for_a_while(year: PlantedYear):
    wrong = year.restated[0]
    for day in Period(wrong.seen.start - 2 * DAY, wrong.seen.end + 2 * DAY).each_day():
        there = [v for v in year.seen.versions if v.seen_from <= day < v.seen_until]
        assert len({(v.source, v.day) for v in there}) == len(there)
        shares = {v.share for v in there if v.source == wrong.source and v.day in wrong.days}
        assert (wrong.share in shares) is (day in wrong.seen)


def test_the_same_seed_plants_the_same_and_another_elsewhere():
    assert planted(1) == planted(1)
    places = [
        {(p.days.start, p.where["team"], p.where["service"]) for p in planted(n)} for n in (1, 2)
    ]
    assert len(places[0] & places[1]) <= 1


def test_things_that_alarm_stand_apart_from_each_other():
    found = [p for p in planted(3) if p.is_alarming]
    assert {p.plant for p in found} <= set(ALARMING)
    assert len(found) >= 5
    for one in found:
        assert one.a_day >= 150
        assert one.plant not in LASTING or one.days.days == 14
        near = [o for o in found if o is not one and abs(o.days.start - one.days.start).days < 36]
        same = [
            o
            for o in near
            if (o.where["team"], o.where["service"]) == (one.where["team"], one.where["service"])
        ]
        assert same == []


def test_a_finding_fits_where_days_meet_and_nothing_contradicts():
    one = next(p for p in planted(3) if p.where["team"])
    day = Period(one.days.start, one.days.start + DAY)
    assert one.fits({"team": one.where["team"], "service": one.where["service"]}, day)
    assert one.fits({}, day)
    assert not one.fits({"team": "somebody-else"}, day)
    assert not one.fits({"team": one.where["team"]}, Period(date(2020, 1, 1), date(2020, 1, 2)))
    assert YEAR.days == 365
