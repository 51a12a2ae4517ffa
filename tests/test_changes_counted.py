"""Why a cost changed where the two sides are not counted, or not named, the same way."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest

from tests.asking import Bills
from tests.lake.lakes import charge
from tests.test_changes import ML, NOVEMBER, OCTOBER, steady, told, used, why
from tools.core.results import Cause

OTHERWISE = (
    "Where the bill seems to count otherwise than before, usage and price cannot be told apart."
)


@pytest.fixture
def bills(tmp_path):
    return Bills(tmp_path)


def test_a_meter_counted_in_another_unit_is_neither_new_nor_gone(bills):
    bills.add(
        *steady(), *used(OCTOBER, 2, 24), *used(NOVEMBER, D(2) / 60, 1440, consumed_unit="minutes")
    )
    change = why(bills)
    assert [abs(part.amount) < D("0.000001") for part in change.parts] in ([], [True])


def test_another_unit_and_another_cost_have_no_reason_in_the_bill(bills):
    bills.add(
        *steady(), *used(OCTOBER, 2, 24), *used(NOVEMBER, D("0.05"), 1440, consumed_unit="minutes")
    )
    change = why(bills)
    key = {"service": "EC2", "team": "ml", "resource": "i-1"}
    assert told(change) == [("unexplained", key, D(240))]
    assert (change.parts[0].unit, change.notes) == (None, (OTHERWISE,))


def test_a_bill_that_begins_to_count_gives_no_reason_for_the_first_time(bills):
    bare = [
        charge(day, 48, tags=ML, resource_id="i-1", sku_id="vm", pricing_category="Standard")
        for day in OCTOBER
    ]
    bills.add(*steady(), *bare, *used(NOVEMBER, 3, 24))
    assert [(p.cause, p.amount) for p in why(bills).parts] == [(Cause.UNEXPLAINED, 240)]


def test_thousands_of_a_quantity_are_no_less_use_at_a_thousandfold_price(bills):
    bills.add(*steady(), *used(OCTOBER, D("0.002"), 24000), *used(NOVEMBER, 2, 24))
    assert why(bills).parts == ()


def test_many_hours_of_a_far_smaller_machine_are_a_rate(bills):
    bills.add(
        *steady(),
        *used(OCTOBER[:1], 98, 1, instance_type="p5"),
        *used(NOVEMBER, D("0.1"), 24, instance_type="m6i"),
    )
    (part,) = why(bills).parts
    assert (part.cause, part.amount, part.key["instance_type"]) == (Cause.RATE, -74, "m6i")


def test_a_tax_that_comes_every_month_has_no_first_day(bills):
    tax = [
        charge(days[0], cost, charge_category="Tax", service="VAT")
        for days, cost in ((OCTOBER, 10), (NOVEMBER, 20))
    ]
    (part,) = why(bills.add(*steady(), *tax)).parts
    assert (part.cause, part.amount, part.first_day) == (Cause.ONE_OFF, 10, None)


def test_a_quantity_counted_by_thousands_gives_no_million_of_use(bills):
    bills.add(*steady(), *used(OCTOBER, 2, 24), *used(NOVEMBER, D("0.002"), 24000))
    assert why(bills).parts == ()


def test_what_was_cut_off_has_no_first_day(bills):
    labels = {"resource_id": "i-new", "instance_type": "p5"}
    bills.add(
        *steady(),
        *used(OCTOBER, 2, 10, resource_id="i-old", instance_type="p4d"),
        *used(NOVEMBER, 5, 24, **labels),
        *used(OCTOBER, 1, 10),
        *used(NOVEMBER, 1, 30),
    )
    # Nobody asked about the days between, so nothing is known to begin on Nov 1.
    found = {part.cause: part.first_day for part in why(bills).parts}
    assert found == {Cause.NEW: None, Cause.GONE: None, Cause.USAGE: None}


def test_as_much_under_another_name_may_have_moved(bills):
    bills.add(
        *steady(),
        *used(OCTOBER, 2, 24, resource_id=None, tags={"team": "ml"}),
        *used(NOVEMBER, 2, 24, resource_id=None, tags={"team": "search"}),
    )
    change = why(bills)
    assert {(p.cause, p.key["team"], p.amount) for p in change.parts} == {
        (Cause.NEW, "search", D(480)),
        (Cause.GONE, "ml", D(-480)),
    }
    assert change.notes == (
        "What is gone under team ml is about as much as is new under team search: it may have "
        "moved, or have been renamed.",
    )


def test_much_less_under_another_name_is_not_said_to_have_moved(bills):
    bills.add(
        *steady(),
        *used(OCTOBER, 2, 24, resource_id=None, tags={"team": "ml"}),
        *used(NOVEMBER, 2, 12, resource_id=None, tags={"team": "search"}),
    )
    assert why(bills).notes == ()


def test_a_step_on_a_day_that_was_asked_about_keeps_its_day(bills):
    bills.add(*steady(), *used(NOVEMBER[1:], 5, 24, resource_id="i-new", instance_type="p5"))
    assert [part.first_day for part in why(bills).parts] == [date(2026, 11, 2)]
