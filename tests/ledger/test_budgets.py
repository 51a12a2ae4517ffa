"""Budgets in the ledger: on SQLite and PostgreSQL."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tools.core.budget import Budget, CloudLink
from tools.core.clock import FixedClock
from tools.core.conditions import read_conditions
from tools.core.errors import InputError, RefusedError
from tools.core.query import Filter, Op
from tools.gate.people import Actor
from tools.ledger.audit import Audit
from tools.ledger.budgets import BudgetRecords
from tools.ledger.ledger import Ledger

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
ADA = Actor("UADA", "T1")


def budget(scope: str = "team=ml", **parts: object) -> Budget:
    held = {"period": "month", "amount": Decimal("20000"), "currency": "USD", **parts}
    return Budget(id="", scope=read_conditions(scope), **held)


@pytest.fixture
def ledger(ledger_url):
    with_ledger = Ledger(ledger_url, FixedClock(NOW))
    yield with_ledger
    with_ledger.close()


@pytest.fixture
def records(ledger):
    return BudgetRecords(ledger)


def test_a_budget_is_kept_as_it_was_made(records):
    made = records.create(
        budget(
            'team in (ml, "a b") and tag:"x y" is missing',
            amount=Decimal("20000.50"),
            owner="UADA",
            channel="C1",
            approvers=("U1", "S2"),
            link=CloudLink(cloud="aws", account="111122223333", name="ml é"),
        ),
        actor=ADA,
    )
    assert (made.version, made.at) == (1, NOW)
    assert records.find(made.id) == made
    assert records.all() == (made,)
    assert f"{records.find(made.id).amount:f}" == "20000.50"


def test_one_budget_for_a_scope_and_period_however_it_is_written(records):
    records.create(budget("team=ml and env=prod"), actor=ADA)
    with pytest.raises(RefusedError) as refused:
        records.create(budget("env=PROD and team=ml", amount=Decimal(5)), actor=ADA)
    assert refused.value.sentence == (
        "There is a budget for team=ml and env=prod a month already, of $20,000.00."
    )
    records.create(budget("env=PROD and team=ml", period="quarter"), actor=ADA)
    assert len(records.all()) == 2


def test_a_change_counts_versions_and_refuses_old_ones(records):
    made = records.create(budget(), actor=ADA)
    changed = records.change(replace(made, amount=Decimal("25000")), actor=ADA, was=made)
    assert (changed.version, changed.amount) == (2, Decimal("25000"))
    with pytest.raises(RefusedError) as refused:
        records.change(replace(made, amount=Decimal("9")), actor=ADA, was=made)
    assert refused.value.sentence == (
        "The budget for team=ml a month was changed meanwhile; look at it with /budget and try "
        "again."
    )
    assert records.find(made.id) == changed


def test_of_many_changes_at_once_one_wins(records, ledger):
    made = records.create(budget(), actor=ADA)

    def change(amount: int) -> bool:
        try:
            records.change(replace(made, amount=Decimal(amount)), actor=ADA, was=made)
        except RefusedError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(change, range(1, 17)))
    assert won.count(True) == 1
    assert records.find(made.id).amount == Decimal(won.index(True) + 1)
    assert [e.event for e in Audit(ledger).entries()] == ["budget made", "budget changed"]


def test_of_many_made_at_once_for_a_scope_one_is_kept(records):
    def create(amount: int) -> bool:
        try:
            records.create(budget(amount=Decimal(amount)), actor=ADA)
        except RefusedError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(create, range(1, 9))).count(True) == 1
    assert len(records.all()) == 1


def test_a_retired_budget_is_gone_and_its_scope_is_free(records):
    made = records.create(budget(), actor=ADA)
    records.retire(made, actor=ADA)
    assert records.find(made.id) is None
    assert records.all() == ()
    with pytest.raises(RefusedError):
        records.retire(made, actor=ADA)
    again = records.create(budget(), actor=ADA)
    assert again.id != made.id


def test_every_change_is_on_the_record(records, ledger):
    made = records.create(budget(), actor=ADA)
    changed = records.change(replace(made, amount=Decimal("25000")), actor=ADA, was=made)
    records.retire(changed, actor=ADA)
    entries = Audit(ledger).entries(subject=f"budget/{made.id}")
    assert [(e.event, e.actor) for e in entries] == [
        ("budget made", "UADA"),
        ("budget changed", "UADA"),
        ("budget retired", "UADA"),
    ]
    assert json.loads(entries[1].before)["amount"] == "20000"
    assert json.loads(entries[1].after)["amount"] == "25000"
    assert json.loads(entries[2].before)["scope"] == "team=ml"
    assert Audit(ledger).verify().faults == ()


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ({"amount": Decimal(0)}, "A budget is more than zero."),
        ({"amount": Decimal("NaN")}, "A budget is more than zero."),
        ({"amount": Decimal(10) ** 15}, "A budget is more than zero."),
        ({"period": "week"}, "A budget is of a month, a quarter or a year."),
        ({"currency": "usd"}, "“usd” is no currency; write it like USD."),
    ],
)
def test_what_is_no_budget_is_not_kept(records, parts, sentence):
    with pytest.raises(InputError) as refused:
        records.create(budget(**parts), actor=ADA)
    assert refused.value.sentence == sentence
    assert records.all() == ()


def test_a_condition_on_nothing_is_no_scope(records):
    nothing = replace(budget(), scope=(Filter(" ", Op.IS, ("ml",)),))
    with pytest.raises(InputError, match="names no dimension"):
        records.create(nothing, actor=ADA)


def test_scope_and_period_stay(records):
    made = records.create(budget(), actor=ADA)
    with pytest.raises(InputError) as refused:
        records.change(replace(made, period="year"), actor=ADA, was=made)
    assert refused.value.sentence == (
        "A budget keeps its scope and period; make another one instead."
    )


typed = st.decimals("0.0001", "999999999999999", allow_nan=False, places=4) | st.decimals(
    1, 10**12, places=0
)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15, deadline=None
)
@given(amount=typed, after=typed)
def test_amounts_are_kept_to_the_last_digit(records, amount, after):
    made = records.create(budget(amount=amount), actor=ADA)
    try:
        changed = records.change(replace(made, amount=after), actor=ADA, was=made)
        found = records.find(made.id).amount
        assert (type(found), f"{found:f}") == (Decimal, f"{after:f}")
    finally:
        records.retire(changed, actor=ADA)
