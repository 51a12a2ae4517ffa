"""Why a cost changed, on small lakes where the reason is known."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest

from tests.asking import Bills
from tests.lake.lakes import charge
from tools.changes import explain_change
from tools.core.dimensions import Dimension
from tools.core.periods import AllTime, Between
from tools.core.query import (
    Against,
    Cost,
    Filter,
    Metric,
    MetricKind,
    Op,
    Preceding,
    Query,
)
from tools.core.results import Cause, Change, Note
from tools.core.scope import Scope
from tools.core.settings import CurrencySettings, Rate

DIMENSIONS = (Dimension("team", tags=("team",)), Dimension("env", tags=("env",)))
OCTOBER = tuple(f"2026-10-{day:02}" for day in range(11, 21))
NOVEMBER = tuple(f"2026-11-{day:02}" for day in range(1, 11))
NOW = Between(date(2026, 11, 1), date(2026, 11, 11))
THEN = Between(date(2026, 10, 11), date(2026, 10, 21))
WHY = Query(period=NOW, compare=Against(THEN))
ML = {"team": "ml", "env": "prod"}


@pytest.fixture
def bills(tmp_path):
    return Bills(tmp_path)


def used(days, price, hours, *, tags=ML, **columns):
    """The same use on every day."""
    return [
        charge(
            day,
            D(str(price)) * hours,
            tags=tags,
            consumed_quantity=D(hours),
            **{
                "consumed_unit": "hours",
                "sku_id": "vm",
                "resource_id": "i-1",
                "pricing_category": "Standard",
                **columns,
            },
        )
        for day in days
    ]


def why(bills, query=WHY, *, scope=None, dimensions=DIMENSIONS, **settings) -> Change:
    context = bills.context(scope=scope, dimensions=dimensions, **settings)
    change = explain_change(query, context=context)
    assert isinstance(change, Change), change
    assert sum((p.amount for p in change.parts), D(0)) == change.difference
    return change


def told(change: Change) -> list[tuple[str, dict, D]]:
    return [(part.cause.value, dict(part.key), part.amount) for part in change.parts]


def steady():
    """What does not change, so that something can stand out from it."""
    labels = {"team": "web", "env": "prod"}
    kept = used((*OCTOBER, *NOVEMBER), 1, 10, tags=labels, resource_id="i-9", service="RDS")
    return kept + used((*OCTOBER, *NOVEMBER), 1, 10, resource_id="i-8", region="eu", service="S3")


def test_a_higher_price_is_a_rate(bills):
    bills.add(*steady(), *used(OCTOBER, 2, 24), *used(NOVEMBER, 3, 24))
    change = why(bills)
    assert told(change) == [("rate", {"service": "EC2", "team": "ml", "resource": "i-1"}, D(240))]
    part = change.parts[0]
    assert (part.before, part.after, part.unit) == (480, 720, "hours")
    assert (part.quantity_before, part.quantity_after) == (240, 240)


def test_more_hours_are_usage_at_the_old_price(bills):
    bills.add(*steady(), *used(OCTOBER, 2, 10), *used(NOVEMBER, 3, 30))
    change = why(bills)
    key = {"service": "EC2", "team": "ml", "resource": "i-1"}
    # (300 − 100) hours × $2, then 300 hours × ($3 − $2)
    assert told(change) == [("usage", key, D(400)), ("rate", key, D(300))]
    assert change.gross == change.difference == 700


def test_what_was_not_there_is_new_and_what_is_no_more_is_gone(bills):
    bills.add(
        *steady(),
        *used(OCTOBER[:4], 2, 24, resource_id="i-old", instance_type="p4d"),
        *used(NOVEMBER[3:], 5, 24, resource_id="i-new", instance_type="p5"),
    )
    change = why(bills)
    key = {"service": "EC2", "team": "ml"}
    assert told(change) == [
        ("new", {**key, "instance_type": "p5", "resource": "i-new"}, D(840)),
        ("gone", {**key, "instance_type": "p4d", "resource": "i-old"}, D(-192)),
    ]
    assert [part.first_day for part in change.parts] == [date(2026, 11, 4), date(2026, 10, 15)]
    assert [(event.day, event.text) for event in change.events] == [
        (date(2026, 10, 14), "i-old last billed (p4d)"),
        (date(2026, 11, 4), "i-new first billed (p5)"),
    ]


def test_pods_named_anew_every_day_are_no_news(bills):
    pods = [
        line
        for days, hours in ((OCTOBER, 2), (NOVEMBER, 3))
        for day in days
        for line in used([day], 2, hours, resource_id=f"pod-{day}")
    ]
    change = why(bills.add(*steady(), *pods))
    assert [(p.cause, p.amount, p.resources) for p in change.parts] == [(Cause.USAGE, D(20), 20)]


def test_one_huge_newcomer_among_pods_is_new(bills):
    pods = [
        line
        for day in (*OCTOBER, *NOVEMBER)
        for line in used([day], 2, 3, resource_id=f"pod-{day}")
    ]
    huge = used(NOVEMBER, 2, 24, resource_id="i-huge")
    first = why(bills.add(*steady(), *pods, *huge)).parts[0]
    assert (first.cause, first.key["resource"], first.amount) == (Cause.NEW, "i-huge", 480)


def test_another_tag_on_the_same_resource_is_no_change(bills):
    bills.add(*used(OCTOBER, 2, 24), *used(NOVEMBER, 2, 24, tags={"team": "web"}))
    change = why(bills)
    assert (change.parts, change.gross, change.difference) == ((), 0, 0)
    by_team = why(bills, WHY.with_(group_by=("team",)))
    assert {(p.key["team"], p.amount) for p in by_team.parts} == {("ml", -480), ("web", 480)}


def test_a_larger_machine_under_the_same_name_is_a_rate_of_its_kind(bills):
    bills.add(
        *steady(),
        *used(OCTOBER, 2, 24, instance_type="m6i"),
        *used(NOVEMBER, 9, 24, instance_type="p4d"),
    )
    (part,) = why(bills).parts
    assert (part.cause, part.amount, part.key["instance_type"]) == (Cause.RATE, 1680, "p4d")


def test_a_commitment_that_ends_is_a_rate_with_the_way_of_paying(bills):
    covered = {"pricing_category": "Committed", "commitment_status": "Used"}
    bills.add(
        *steady(),
        *used(OCTOBER, 2, 24, **covered),
        *used(NOVEMBER[:5], 2, 24, **covered),
        *used(NOVEMBER[5:], 3, 24),
    )
    change = why(bills)
    assert told(change) == [
        (
            "rate",
            {"service": "EC2", "team": "ml", "pricing": "Standard", "resource": "i-1"},
            D(120),
        )
    ]


def test_an_unused_commitment_costs_a_rate(bills):
    unused = {"pricing_category": "Committed", "commitment_status": "Unused"}
    lines = [
        charge(day, cost, tags=ML, resource_id="plan", **unused)
        for days, cost in ((OCTOBER, 1), (NOVEMBER, 9))
        for day in days
    ]
    (part,) = why(bills.add(*steady(), *lines)).parts
    assert (part.cause, part.key["commitment_status"], part.amount) == (Cause.RATE, "Unused", 80)


def test_purchases_credits_and_taxes_are_one_offs(bills):
    bills.add(
        *steady(),
        charge("2026-11-03", 700, charge_category="Purchase", service="Support"),
        charge("2026-11-02", -200, charge_category="Credit", service="Credits"),
    )
    assert told(why(bills)) == [
        ("one-off", {"service": "Support", "charge": "Purchase"}, D(700)),
        ("one-off", {"service": "Credits", "charge": "Credit"}, D(-200)),
    ]


def test_a_commitment_that_is_bought_is_told_though_it_has_no_effective_cost(bills):
    bought = charge(
        "2026-11-04", 0, billed_cost=D(9000), charge_category="Purchase", resource_id="x:plan/sp-1",
        service="Savings Plans",
    )  # fmt: skip
    change = why(bills.add(*steady(), bought))
    assert change.parts == ()
    assert [(e.day, e.text) for e in change.events] == [
        (date(2026, 11, 4), "sp-1 bought (Savings Plans)")
    ]


def test_a_correction_is_not_taken_for_usage(bills):
    bills.add(*steady(), *used(NOVEMBER[2:3], -40, 1, charge_class="Correction", resource_id="i-8"))
    change = why(bills)
    assert [(p.cause, p.amount, p.first_day) for p in change.parts] == [
        (Cause.CORRECTION, D(-40), date(2026, 11, 3))
    ]
    assert [event.text for event in change.events] == ["Correction of an earlier period (EC2)"]


def test_without_quantities_no_reason_is_made_up(bills):
    lines = [
        charge(day, cost, tags=ML, resource_id="k-1")
        for days, cost in ((OCTOBER, 1), (NOVEMBER, 3))
        for day in days
    ]
    change = why(bills.add(*steady(), *lines))
    assert [(p.cause, p.amount) for p in change.parts] == [(Cause.UNEXPLAINED, D(20))]
    assert change.unexplained == 20
    assert change.notes == (
        "Where the bill counts no quantity, usage and price cannot be told apart.",
    )


def test_what_offsets_is_named_though_nothing_remains(bills):
    up = [*used(OCTOBER, 1, 10), *used(NOVEMBER, 1, 30)]
    other = {"team": "data", "env": "prod"}
    down = [
        *used(OCTOBER, 1, 30, tags=other, resource_id="i-2"),
        *used(NOVEMBER, 1, 10, tags=other, resource_id="i-2"),
    ]
    change = why(bills.add(*steady(), *up, *down))
    assert (change.difference, change.gross) == (0, 400)
    assert sorted((p.key["team"], p.amount) for p in change.parts) == [("data", -200), ("ml", 200)]


def test_a_switch_of_models_is_told(bills):
    def tokens(days, model, price):
        return used(
            days, price, 10, resource_id="key-1", model=model, sku_id=model, consumed_unit="tokens"
        )

    change = why(bills.add(*steady(), *tokens(OCTOBER, "old-1", 2), *tokens(NOVEMBER, "new-2", 3)))
    assert [(p.cause, p.key["model"], p.amount) for p in change.parts] == [
        (Cause.NEW, "new-2", D(300)),
        (Cause.GONE, "old-1", D(-200)),
    ]
    assert change.notes == ("key-1 moved from old-1 to new-2.",)


def test_a_step_inside_the_period_has_its_day(bills):
    preceding = WHY.with_(compare=Preceding())
    calm = (*[f"2026-10-{day}" for day in range(22, 32)], *NOVEMBER[:4])
    bills.add(*used(calm, 1, 10), *used(NOVEMBER[4:], 1, 30))
    (part,) = why(bills, preceding).parts
    assert (part.cause, part.first_day) == (Cause.USAGE, date(2026, 11, 5))


def test_only_what_the_asker_may_see_is_explained(bills):
    hidden = {"team": "secret"}
    bills.add(
        *steady(), *used(NOVEMBER, 9, 24, tags=hidden, resource_id="i-hidden"),
        *used(OCTOBER, 2, 10), *used(NOVEMBER, 2, 20),
    )  # fmt: skip
    change = why(bills, scope=Scope((Filter("team", Op.IS, ("ml",)),)))
    assert (change.before, change.after) == (300, 500)
    assert "secret" not in str(change.parts + change.drivers + change.events)
    assert "i-hidden" not in str(change.parts + change.drivers + change.events)


def test_billed_cost_is_explained_where_it_is_asked_for(bills):
    bills.add(charge("2026-11-02", 5, billed_cost=D(900), charge_category="Purchase"), *steady())
    change = why(bills, WHY.with_(metric=Metric(cost=Cost.BILLED)))
    assert change.parts[0].amount == 900


def test_converted_currencies_add_up_to_the_last_digit(bills):
    third = D("0.333333333333")
    rates = CurrencySettings("USD", (Rate("EUR", date(2026, 1, 1), D("1.0837")),))
    lines = [
        *used(OCTOBER, third, 7, currency="EUR"),
        *used(NOVEMBER, third, 11, currency="EUR", resource_id="i-2"),
    ]
    change = why(bills.add(*steady(), *lines), currency=rates)
    assert change.currency == "USD"
    assert change.notes == ("Other currencies are converted to USD at the configured rates.",)


def test_currencies_that_stay_apart_are_asked_for_one_by_one(bills):
    bills.add(*steady(), *used(NOVEMBER, 1, 1, currency="EUR"))
    note = explain_change(WHY, context=bills.context(dimensions=DIMENSIONS))
    assert isinstance(note, Note)
    assert note.suggestions == (
        "why 2026-11-01..2026-11-10 where currency=EUR vs 2026-10-11..2026-10-20",
        "why 2026-11-01..2026-11-10 where currency=USD vs 2026-10-11..2026-10-20",
    )
    only = WHY.with_(filters=(Filter("currency", Op.IS, ("EUR",)),))
    assert why(bills, only).currency == "EUR"


@pytest.mark.parametrize(
    ("query", "text"),
    [
        (WHY.with_(metric=Metric(MetricKind.QUANTITY, unit="hours")), "I can say why a cost"),
        (Query(period=AllTime()), "There is nothing before all time"),
        (WHY.with_(filters=(Filter("team", Op.IS, ("nobody",)),)), "No charges where team=nobody"),
    ],
)
def test_what_cannot_be_explained_is_a_note(bills, query, text):
    bills.add(*steady())
    note = explain_change(query, context=bills.context(dimensions=DIMENSIONS))
    assert isinstance(note, Note)
    assert note.text.startswith(text)


def test_a_longer_month_and_other_weekends_are_said(bills):
    days = [f"2026-{month:02}-{day:02}" for month, of in ((9, 30), (10, 31)) for day in (1, of)]
    bills.add(*used(days, 1, 30))
    october = Query(period=Between(date(2026, 10, 1), date(2026, 11, 1)), compare=Preceding())
    assert why(bills, october).notes == (
        "31 days against 30.",
        "One day more come to about $2.00 at the earlier pace.",
    )
    one = Query(period=Between(date(2026, 10, 31), date(2026, 11, 1)), compare=Preceding())
    assert why(bills, one).notes == ("A Saturday is compared with a Friday.",)
