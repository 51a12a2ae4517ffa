"""Where budgets stand, and what a proposal about one is about."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tests.asking import Bills
from tests.budgeting import NOW, House
from tests.clouds.small_budgets import AWS_LINK
from tests.lake.lakes import charge
from tools.budgets import list_budgets, target_of
from tools.core.clock import FixedClock
from tools.core.context import Context
from tools.core.errors import InputError, RefusedError, UnavailableError
from tools.core.periods import Period
from tools.core.settings import CurrencySettings, LakeSettings
from tools.lake.lake import Lake


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    found = House(tmp_path)
    yield found
    found.ledger.close()


def test_a_budget_says_spent_share_and_forecast(house):
    house.add("team=ml")
    (status,) = house.list().statuses
    assert status.window == Period(date(2026, 11, 1), date(2026, 12, 1))
    assert status.spent == Decimal(12000)  # 19 complete days, and what is billed of the 20th
    assert status.share == Decimal("0.6000")
    assert status.forecast == Decimal("18000.00")
    assert status.likely == "likely $16,864 to $19,136"
    assert status.complete_through == date(2026, 11, 19)
    assert status.drift == ""


def test_the_fullest_comes_first(house):
    house.add("team=ml")
    house.add("team=search", "1000")
    house.add("everything", "100000")
    house.add("team=nobody", "1")
    found = house.list()
    assert [s.budget.title for s in found.statuses] == [
        "team=search a month",
        "team=ml a month",
        "everything a month",
        "team=nobody a month",
    ]
    assert [s.share for s in found.statuses] == [
        Decimal("2.0000"),
        Decimal("0.6000"),
        Decimal("0.1400"),
        None,
    ]
    assert found.notes == ("team=nobody a month: no charge matches in this month.",)
    assert found.as_of == datetime(2026, 11, 21, 6, tzinfo=UTC)


def test_only_budgets_within_the_scope_are_shown(house):
    for scope in ("team=ml", "team=ml and env is missing", "team=search", "everything"):
        house.add(scope)
    found = house.list(scope="team=ml")
    assert {s.budget.title for s in found.statuses} == {
        "team=ml a month",
        "team=ml and env is missing a month",
    }
    assert found.notes == ("Only budgets within team=ml are shown.",)


def test_a_question_narrows(house):
    for scope in ("team=ml", "team=search"):
        house.add(scope)
    found = house.list("team=search")
    assert [s.budget.title for s in found.statuses] == ["team=search a month"]
    assert found.asked == "team=search"
    assert house.list("team=data").notes == ("No budget lies within team=data.",)


def test_a_year_whose_bills_begin_inside_it_has_no_forecast(house):
    house.add("team=ml", period="year")
    found = house.list()
    (status,) = found.statuses
    assert status.spent == Decimal(600 * 51)
    assert status.forecast is None
    assert found.notes == (
        "team=ml a year: The bills begin on 2026-10-01, inside the period asked about.",
    )


def test_another_currency_is_not_summed(house):
    house.add("team=ml", currency="EUR")
    found = house.list()
    (status,) = found.statuses
    assert (status.spent, status.share, status.forecast) == (None, None, None)
    assert found.notes == (
        "team=ml a month: it is in EUR and its charges are in USD, so what is spent is not known; "
        "[currency] in purser.toml can bring them together.",
    )


def test_drift_is_shown(house):
    house.add("team=ml", link=AWS_LINK)
    assert house.list().statuses[0].drift == ""
    house.cloud.set(Decimal("25000"))
    assert house.list().statuses[0].drift == "In AWS it is $25,000.00, here $20,000.00."


def test_a_cloud_that_does_not_answer_hides_no_budget(house):
    house.add("team=ml", link=AWS_LINK)
    house.cloud.trouble = UnavailableError("AWS did not answer; try again in a minute.")
    found = house.list()
    assert found.statuses[0].spent == Decimal(12000)
    assert found.notes == (
        "team=ml a month: its budget in AWS was not read. "
        "AWS did not answer; try again in a minute.",
    )


def test_a_dimension_that_is_gone_is_said(house):
    house.add("squadron=x")
    found = house.list()
    assert found.statuses[0].spent is None
    assert found.notes[0].startswith("squadron=x a month: There is no dimension “squadron”;")


def test_without_a_ledger_there_are_none(house):
    context = Context(Lake(house.bills.root, LakeSettings()), NOW)
    with pytest.raises(UnavailableError, match="no ledger is open"):
        list_budgets(context=context)


def test_on_the_first_of_a_month_the_earlier_days_tell_what_to_expect(tmp_path):
    bills = [charge(f"2026-{day}", 600, tags={"team": "ml"}) for day in _october_on(1)]
    house = House(tmp_path, clock=FixedClock(datetime(2026, 11, 2, 12, tzinfo=UTC)))
    house.bills = Bills(tmp_path / "other").add(*bills, aws=date(2026, 10, 31))
    house.add("team=ml")
    (status,) = house.list().statuses
    assert status.spent == Decimal(600)
    assert status.forecast == Decimal(18000)
    house.ledger.close()


def _october_on(november: int) -> Iterator[str]:
    yield from (f"10-{day:02}" for day in range(1, 32))
    yield from (f"11-{day:02}" for day in range(1, november + 1))


@pytest.mark.parametrize(
    "said", ["{id}", "budget/{id}", "team=ml", "TEAM=ML a month", "ML", " ml "]
)
def test_a_budget_is_named_by_id_scope_or_value(house, said):
    one = house.add("team=ml")
    house.add("team=search")
    name = said.replace("TEAM=ML", "team=ML").format(id=one.id)
    assert target_of(name, context=house.context()) == f"budget/{one.id}"


def test_where_several_fit_all_are_named(house):
    month, year = house.add("team=ml"), house.add("team=ml", period="year")
    with pytest.raises(InputError) as refused:
        target_of("team=ml", context=house.context())
    assert refused.value.sentence == (
        f"Several budgets fit: team=ml a month ({month.id}); team=ml a year ({year.id}). "
        "Name one by its id."
    )
    assert target_of("team=ml a year", context=house.context()) == year.target


def test_a_scope_without_a_budget_is_for_a_new_one_of_who_asks(house):
    assert target_of("team=ml", context=house.context()) == "budget/new/month/USD/UADA/team=ml"
    assert (
        target_of("team=ml and env is missing a quarter", context=house.context())
        == "budget/new/quarter/USD/UADA/team=ml and env is missing"
    )
    assert target_of("everything", context=house.context()) == (
        "budget/new/month/USD/UADA/everything"
    )


def test_a_new_budget_is_in_the_currency_of_the_report(house):
    context = house.context(currency=CurrencySettings(report="EUR"))
    assert target_of("team=ml", context=context).startswith("budget/new/month/EUR/")


def test_charges_in_two_currencies_have_no_budget(house):
    house.bills.add(charge("2026-11-02", 5, tags={"team": "ml"}, currency="EUR", source="x"))
    with pytest.raises(InputError, match="Its charges are in EUR and USD; set"):
        target_of("team=ml", context=house.context())


@pytest.mark.parametrize("said", ["team=search", "everything", "env=prod"])
def test_a_scope_beyond_what_the_asker_sees_is_refused(house, said):
    house.add("team=search")
    with pytest.raises(RefusedError) as refused:
        target_of(said, context=house.context("team=ml"))
    assert refused.value.sentence == (
        f"You see team=ml here, and a budget for {said} goes beyond that."
    )


def test_the_id_of_a_budget_one_may_not_see_is_no_id(house):
    other = house.add("team=search")
    with pytest.raises(InputError, match="is no scope"):
        target_of(other.id, context=house.context("team=ml"))


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("mll", "“mll” is no scope; write conditions like"),
        ("squadron=x", "There is no dimension “squadron”"),
        ('team=""', "A budget's scope takes plain names, such as team=ml."),
        ('team="a\nb"', "A budget's scope takes plain names, such as team=ml."),
    ],
)
def test_what_names_no_budget_gets_a_sentence(house, said, sentence):
    with pytest.raises(InputError, match=sentence):
        target_of(said, context=house.context())


def test_of_a_moment_that_is_over_its_last_day_counts_and_nothing_later(tmp_path):
    house = House(tmp_path, clock=FixedClock(datetime(2026, 11, 15, 23, 59, tzinfo=UTC)))
    house.add("team=ml")
    (status,) = house.list().statuses
    assert status.spent == Decimal(15 * 600)
    assert status.forecast_low is not None
    assert status.forecast_low <= Decimal(18000) <= (status.forecast_high or 0)
    house.ledger.close()
