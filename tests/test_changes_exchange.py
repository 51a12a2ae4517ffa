"""Why a cost changed where the bill has another currency than the answer."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest

from tests.asking import Bills
from tests.lake.lakes import charge
from tests.test_changes import ML, NOVEMBER, OCTOBER, steady, told, used, why
from tools.core.results import Cause
from tools.core.settings import CurrencySettings, Rate

BEFORE, AFTER = date(2026, 1, 1), date(2026, 11, 1)
RATES = CurrencySettings("USD", (Rate("EUR", BEFORE, D(1)), Rate("EUR", AFTER, D("1.1"))))
KEY = {"service": "EC2", "team": "ml", "currency": "EUR", "resource": "i-1"}


@pytest.fixture
def bills(tmp_path):
    return Bills(tmp_path)


def test_a_currency_that_is_worth_more_is_no_higher_price(bills):
    bills.add(*steady(), *used((*OCTOBER, *NOVEMBER), 2, 10, currency="EUR"))
    change = why(bills, currency=RATES)
    assert told(change) == [("exchange", KEY, D(20))]  # 200 EUR × (1.1 − 1.0)
    assert (change.parts[0].before, change.parts[0].after) == (200, 220)


def test_use_and_price_are_at_the_earlier_rate_and_conversion_apart(bills):
    bills.add(
        *steady(), *used(OCTOBER, 2, 10, currency="EUR"), *used(NOVEMBER, 3, 30, currency="EUR")
    )
    causes = {part.cause: part.amount for part in why(bills, currency=RATES).parts}
    # 200 more hours × €2, then 300 hours × €1, then €900 × 0.1
    assert causes == {Cause.USAGE: 400, Cause.RATE: 300, Cause.EXCHANGE: 90}


def test_another_way_of_paying_is_told_apart_from_conversion(bills):
    covered = {"pricing_category": "Committed", "commitment_status": "Used"}
    bills.add(
        *steady(),
        *used(OCTOBER, 2, 24, currency="EUR", **covered),
        *used(NOVEMBER, 3, 24, currency="EUR"),
    )
    causes = {part.cause: part.amount for part in why(bills, currency=RATES).parts}
    assert causes == {Cause.RATE: 240, Cause.EXCHANGE: 72}  # 240 hours × €1, then €720 × 0.1


def test_without_quantities_conversion_is_still_known(bills):
    labels = {"tags": ML, "resource_id": "i-1", "currency": "EUR"}
    lines = [charge(day, 20, **labels) for day in OCTOBER]
    lines += [charge(day, 30, **labels) for day in NOVEMBER]
    causes = {
        part.cause: part.amount for part in why(bills.add(*steady(), *lines), currency=RATES).parts
    }
    assert causes == {Cause.UNEXPLAINED: 100, Cause.EXCHANGE: 30}


def test_a_bill_in_another_currency_for_the_same_use_is_a_price(bills):
    bills.add(*steady(), *used(OCTOBER, 2, 10), *used(NOVEMBER, 2, 10, currency="EUR"))
    (part,) = why(bills, currency=RATES).parts
    assert (part.cause, part.amount) == (Cause.RATE, 20)


def test_refunds_that_nearly_even_out_have_no_rate_of_their_own(bills):
    dear = CurrencySettings(
        "USD", (RATES.rates[0], Rate("EUR", date(2026, 10, 15), D("1.2")), RATES.rates[1])
    )
    bills.add(
        *steady(),
        *used(OCTOBER[:1], 100, 1, currency="EUR"),
        *used(OCTOBER[9:], -90, 1, currency="EUR"),
        *used(NOVEMBER[:2], 5, 1, currency="EUR"),
    )
    assert Cause.EXCHANGE not in {part.cause for part in why(bills, currency=dear).parts}


def test_one_currency_has_no_exchange(bills):
    bills.add(*steady(), *used(OCTOBER, 2, 10), *used(NOVEMBER, 3, 10))
    assert [part.cause for part in why(bills, currency=RATES).parts] == [Cause.RATE]
