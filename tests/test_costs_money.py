"""Currencies and units: what `cost_by` never adds up."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.asking import NOVEMBER, Bills, by
from tests.lake.lakes import charge
from tools.core.query import Cost, Filter, Grain, Metric, MetricKind, Op, Query
from tools.core.settings import CurrencySettings, Rate

EUR_RATES = CurrencySettings(
    "USD",
    (
        Rate("EUR", date(2026, 11, 3), Decimal("1.10")),
        Rate("EUR", date(2026, 11, 5), Decimal("1.20")),
    ),
)


@pytest.fixture
def bills(tmp_path: Path) -> Bills:
    return Bills(tmp_path / "lake")


def test_currencies_stay_apart_without_a_report_currency(bills: Bills) -> None:
    bills.add(charge("2026-11-01", 5), charge("2026-11-01", 7, currency="EUR"))
    answer = bills.ask(Query(period=NOVEMBER, group_by=("service",)))
    assert (answer.total, answer.currency) == (None, None)
    assert answer.by_currency == {"EUR": 7, "USD": 5}
    assert [(r.key, r.currency, r.value, r.share) for r in answer.rows] == [
        ({"service": "EC2", "currency": "EUR"}, "EUR", 7, None),
        ({"service": "EC2", "currency": "USD"}, "USD", 5, None),
    ]
    assert answer.series == ()
    assert answer.notes == ("Currencies are kept apart: EUR, USD.",)


def test_a_charge_is_converted_at_the_newest_rate_not_after_its_day(bills: Bills) -> None:
    bills.add(
        charge("2026-11-03", 10, currency="EUR"),
        charge("2026-11-04", 10, currency="EUR"),
        charge("2026-11-05", 10, currency="EUR"),
        charge("2026-11-05", 1),
    )
    answer = bills.ask(Query(period=NOVEMBER), currency=EUR_RATES)
    assert (answer.total, answer.currency) == (Decimal("35"), "USD")
    assert answer.notes == (
        "Other currencies are converted to USD at the configured rates.",
        "The bills begin on 2026-11-03, inside the period asked about.",
    )
    assert sum(p.value for p in answer.series) == 35
    by_bill = bills.ask(Query(period=NOVEMBER, group_by=("currency",)), currency=EUR_RATES)
    assert by(by_bill, "currency") == {"EUR": 34, "USD": 1}


def test_a_currency_without_a_rate_for_its_day_stays_apart_and_is_named(bills: Bills) -> None:
    bills.add(
        charge("2026-11-02", 10, currency="EUR"),
        charge("2026-11-03", 10, currency="EUR"),
        charge("2026-11-03", 4, currency="GBP"),
    )
    answer = bills.ask(Query(period=NOVEMBER), currency=EUR_RATES)
    assert answer.by_currency == {"EUR": 10, "GBP": 4, "USD": 11}
    assert answer.total is None
    assert "There is no EUR rate for some of these days; EUR stays apart." in answer.notes
    assert "There is no GBP rate for some of these days; GBP stays apart." in answer.notes


def test_money_without_a_currency_is_never_added_to_another(bills: Bills) -> None:
    bills.add(charge("2026-11-02", 10), charge("2026-11-03", 3, currency=None))
    answer = bills.ask(Query(period=NOVEMBER))
    assert answer.by_currency == {"USD": 10, "unknown": 3}
    assert answer.total is None
    assert "3.00 carries no currency and stays apart as unknown currency." in answer.notes


def test_a_price_per_unit_is_a_ratio_of_sums_over_the_rows_that_have_the_unit(bills) -> None:
    tokens = {"consumed_unit": "tokens"}
    bills.add(
        charge("2026-11-01", 30, model="a", consumed_quantity=Decimal(10_000_000), **tokens),
        charge("2026-11-02", 10, model="a", consumed_quantity=Decimal(10_000_000), **tokens),
        charge("2026-11-01", 6, model="b", consumed_quantity=Decimal(1_000_000), **tokens),
        charge("2026-11-01", 2, model="c", consumed_quantity=Decimal(1_000_000), **tokens),
        charge("2026-11-01", 999, model="a", consumed_unit="hours", consumed_quantity=Decimal(1)),
    )
    metric = Metric(MetricKind.UNIT_COST, unit="tokens", per=1_000_000)
    answer = bills.ask(Query(metric=metric, period=NOVEMBER, group_by=("model",), top=1))
    assert [(r.key["model"], r.value, r.share) for r in answer.rows] == [
        ("b", 6, None),
        ("other", 2, None),
    ]
    assert answer.total == Decimal("2.181818181818")
    assert (answer.unit, answer.currency, answer.bill_rows) == ("tokens", "USD", 4)


def test_gpu_hours_rest_on_the_lines_that_tell_them(bills: Bills) -> None:
    hours = {"consumed_unit": "hours", "consumed_quantity": Decimal(2)}
    bills.add(
        charge("2026-11-01", 96, gpu_hours=Decimal(16), **hours),
        charge("2026-11-01", 5, service="S3", **hours),
    )
    used = bills.ask(Query(metric=Metric(MetricKind.QUANTITY, unit="gpu-hours"), period=NOVEMBER))
    assert (used.total, used.unit, used.currency, used.by_currency) == (16, "gpu-hours", None, {})
    price = Metric(MetricKind.UNIT_COST, unit="gpu-hours")
    assert bills.ask(Query(metric=price, period=NOVEMBER)).total == 6


def test_units_never_mix(bills: Bills) -> None:
    bills.add(
        charge("2026-11-01", 1, consumed_unit="tokens", consumed_quantity=Decimal(5)),
        charge("2026-11-01", 1, consumed_unit="hours", consumed_quantity=Decimal(7)),
        charge("2026-11-01", 1),
    )
    query = Query(metric=Metric(MetricKind.QUANTITY), period=NOVEMBER)
    answer = bills.ask(query)
    assert by(answer, "unit") == {"tokens": 5, "hours": 7}
    assert (answer.total, answer.unit) == (None, None)
    one = bills.ask(query.with_(filters=(Filter("unit", Op.IS, ("hours",)),)))
    assert (one.total, one.unit, one.rows[0].key) == (7, "hours", {})


def test_lines_without_the_cost_asked_for_are_counted(bills: Bills) -> None:
    bills.add(charge("2026-11-01", 3), charge("2026-11-01", 3, list_cost=None))
    answer = bills.ask(Query(metric=Metric(cost=Cost.LIST), period=NOVEMBER, grain=Grain.HOUR))
    assert answer.notes == ("1 of 2 lines carry no list cost and count as nothing.",)
