"""What each day cost, as forecasts, alerts and digests are handed it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.asking import Bills
from tests.lake.lakes import LOADED_AT, charge
from tools.core.dimensions import Dimension
from tools.core.periods import Period
from tools.core.query import Filter, Op
from tools.core.scope import Scope
from tools.core.settings import CurrencySettings, Rate
from tools.lake.day_costs import Reads, day_costs, scopes_day_costs
from tools.watch.days import DayCost

NOVEMBER = Period(date(2026, 11, 1), date(2026, 12, 1))
TEAM = (Dimension("team", tags=("team",)),)


@pytest.fixture
def bills(tmp_path: Path) -> Bills:
    return Bills(tmp_path / "lake")


def day(number: int, *parts: int) -> DayCost:
    return DayCost(date(2026, 11, number), *map(Decimal, parts))


def test_a_day_is_split_in_usage_commitments_and_one_offs(bills: Bills) -> None:
    bills.add(
        charge("2026-11-01", 10),
        charge("2026-11-01", 3, charge_category=None),
        charge("2026-11-01", 4, commitment_status="Used"),
        charge("2026-11-01", 1, commitment_status="Unused"),
        charge("2026-11-01", 50, charge_category="Purchase"),
        charge("2026-11-01", -7, charge_category="Credit"),
        charge("2026-11-01", 2, charge_class="Correction"),
    )
    [series] = day_costs(bills.context(), period=NOVEMBER).series
    assert series.days == (day(1, 13, 5, 45),)
    assert (series.key, series.currency, series.sources) == ({}, "USD", ("aws",))


def test_a_complete_day_without_charges_is_zero_and_a_later_one_is_left_out(bills: Bills) -> None:
    bills.add(
        *(charge(f"2026-11-{n:02}", n, tags={"team": "ml"}) for n in (1, 4, 20)),
        charge("2026-11-02", 2),
        aws=date(2026, 11, 5),
    )
    found = day_costs(bills.context(dimensions=TEAM), period=NOVEMBER, by=("team",))
    ml, nobody = found.series
    assert (ml.key, nobody.key) == ({"team": "ml"}, {"team": None})
    assert ml.days == (day(1, 1), day(2, 0), day(3, 0), day(4, 4), day(5, 0), day(20, 20))
    assert ml.complete == ml.days[:-1]
    assert (found.complete_through, found.as_of) == (date(2026, 11, 5), LOADED_AT)


def test_a_series_waits_only_for_the_sources_it_has_charges_in(bills: Bills) -> None:
    bills.add(
        *(charge(f"2026-11-{n:02}", 1, tags={"team": "ml"}) for n in (1, 20)),
        *(charge(f"2026-11-{n:02}", 1, source="gcp", tags={"team": "web"}) for n in (1, 20)),
        gcp=date(2026, 11, 3),
    )
    found = day_costs(bills.context(dimensions=TEAM), period=NOVEMBER, by=("team",))
    assert [s.complete_through for s in found.series] == [date(2026, 11, 20), date(2026, 11, 3)]
    assert [s.sources for s in found.series] == [("aws",), ("gcp",)]
    assert found.complete_through == date(2026, 11, 3)


def test_today_is_never_complete(bills: Bills) -> None:
    bills.add(charge("2026-11-21", 1))
    found = day_costs(bills.context(), period=NOVEMBER)
    assert found.complete_through == date(2026, 11, 20)
    assert found.series[0].complete_through == date(2026, 11, 20)


def test_who_asks_sees_only_what_is_theirs(bills: Bills) -> None:
    bills.add(
        charge("2026-11-01", 1, tags={"team": "ml"}), charge("2026-11-01", 2, tags={"team": "web"})
    )
    ml = Scope((Filter("team", Op.IS, ("ml",)),))
    found = day_costs(bills.context(scope=ml, dimensions=TEAM), period=NOVEMBER, by=("team",))
    assert [(dict(s.key), s.days) for s in found.series] == [({"team": "ml"}, (day(1, 1),))]


def test_currencies_stay_apart_unless_there_is_a_rate(bills: Bills) -> None:
    bills.add(charge("2026-11-01", 1), charge("2026-11-01", 2, currency="EUR"))
    apart = day_costs(bills.context(), period=NOVEMBER).series
    assert [(s.currency, s.days) for s in apart] == [("EUR", (day(1, 2),)), ("USD", (day(1, 1),))]
    money = CurrencySettings("USD", (Rate("EUR", date(2026, 1, 1), Decimal(2)),))
    [one] = day_costs(bills.context(currency=money), period=NOVEMBER).series
    assert (one.currency, one.days) == ("USD", (day(1, 5),))


def test_where_nothing_was_ever_loaded_there_is_nothing(bills: Bills) -> None:
    found = day_costs(bills.context(), period=NOVEMBER)
    assert (found.series, found.complete_through, found.first_day) == ((), None, None)


def test_many_scopes_are_read_in_one_pass(bills: Bills) -> None:
    bills.add(
        charge("2026-11-01", 1, tags={"team": "ml"}),
        charge("2026-11-02", 2, tags={"team": "ml"}, service="S3", charge_category="Tax"),
        charge("2026-11-02", 4, tags={"team": "web"}),
        charge("2026-11-02", 8, source="gcp"),
        gcp=date(2026, 11, 1),
    )
    ml, s3 = Filter("team", Op.IS, ("ML",)), Filter("service", Op.IS, ("s3",))
    scopes = [(ml,), (ml, s3), (), (Filter("team", Op.MISSING),), (Filter("team", Op.IS, ("x",)),)]
    found = scopes_day_costs(bills.context(dimensions=TEAM), scopes, period=NOVEMBER)
    assert [[s.days for s in series] for series in found] == [
        [(day(1, 1), day(2, 0, 0, 2))],
        [(day(1, 0), day(2, 0, 0, 2))],
        [(day(1, 1), day(2, 12, 0, 2))],
        [(day(2, 8),)],
        [],
    ]
    assert [s.complete_through for series in found for s in series] == [
        date(2026, 11, 2),
        date(2026, 11, 2),
        date(2026, 11, 1),
        date(2026, 11, 1),
    ]


@pytest.mark.parametrize("first", [1, 2])
@pytest.mark.parametrize(
    "where",
    [
        (),
        (Filter("team", Op.IS, ("ML",)),),
        (Filter("team", Op.IS_NOT, ("ml",)), Filter("service", Op.PRESENT)),
        (Filter("team", Op.MISSING),),
        (Filter("team", Op.IS, ("x",)),),
        (Filter("source", Op.IS, ("gcp",)),),  # no key tells it: it is read for itself
    ],
)
def test_who_shares_a_read_is_told_what_the_bills_say(
    bills: Bills, where: tuple[Filter, ...], first: int
) -> None:
    bills.add(
        *(charge(f"2026-11-{n:02}", n, tags={"team": "ml"}) for n in (1, 3, 20)),
        charge("2026-11-02", 2, tags={"team": "web"}),
        charge("2026-11-09", 4, source="gcp", tags={"team": "web"}),
        charge("2026-11-10", 8, source="gcp"),
        charge("2026-11-12", 5, source="openai", charge_category="Tax"),
        gcp=date(2026, 11, 14),
    )
    context, period = bills.context(dimensions=TEAM), Period(date(2026, 11, first), NOVEMBER.end)
    reads, by = Reads(NOVEMBER.start), ("team", "service")
    for _ in range(2):
        shared = reads.day_costs(context, period=period, by=by, where=where)
        assert shared == day_costs(context, period=period, by=by, where=where)
