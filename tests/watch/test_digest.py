"""A digest's facts, from a small lake: what is usual, what moved, what is not known."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from tests.asking import Bills
from tests.lake.lakes import charge
from tools.budgets import Budgets
from tools.core.budget import Budget
from tools.core.clock import FixedClock
from tools.core.conditions import read_conditions
from tools.core.context import Context
from tools.core.dimensions import Dimension
from tools.core.periods import DAY, Period
from tools.core.query import Filter, Op
from tools.core.scope import Scope
from tools.core.settings import Source
from tools.gate.people import Actor
from tools.ledger.budgets import BudgetRecords
from tools.ledger.ledger import Ledger
from tools.watch.digest import BUDGETS, Digest, ModelCost, Untagged, digest
from tools.watch.headline import Headline, Pace
from tools.watch.lateness import Late

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
TEAM = Dimension("team", tags=("team",))
ML = (Filter("team", Op.IS, ("ml",)),)
FIRST, LAST = date(2026, 10, 1), date(2026, 11, 20)


def each_day(cost, *, first=FIRST, last=LAST, **parts):
    days = (first + timedelta(n) for n in range((last - first).days + 1))
    return [charge(str(day), cost, **parts) for day in days]


def at(context: Context, moment: datetime) -> Context:
    return replace(context, clock=FixedClock(moment))


@pytest.fixture
def bills(tmp_path):
    return Bills(tmp_path / "lake")


def budgets_in(folder, amounts):
    """Monthly budgets in dollars: scope → amount."""
    records = BudgetRecords(Ledger(f"sqlite:///{folder / 'ledger.sqlite'}", FixedClock(NOON)))
    for scope, amount in amounts.items():
        new = Budget(
            id="",
            scope=read_conditions(scope),
            period="month",
            amount=Decimal(amount),
            currency="USD",
        )
        records.create(new, actor=Actor("UADA", "T1"))
    return Budgets(records)


def told(found: Digest | str) -> Digest:
    assert isinstance(found, Digest), found
    return found


def test_a_day_is_measured_by_the_middle_one_of_its_name(bills):
    fridays = [90, 500, 110, 80, 100, 105]  # from Oct 16 on; one was far out
    days = [date(2026, 10, 16) + timedelta(7 * n) for n in range(6)]
    bills.add(*[charge(str(d), c) for d, c in zip(days, fridays, strict=True)])
    found = told(digest(Pace.DAILY, context=bills.context()))
    assert found.headline == Headline(
        period=Period(LAST, LAST + DAY),
        cost={"USD": Decimal(105)},
        usual=Decimal(100),
        against=Period(date(2026, 11, 13), date(2026, 11, 14)),
        compared=5,
    )


@pytest.mark.parametrize(
    ("first", "compared", "usual"), [(FIRST, 5, 10), (date(2026, 11, 7), 1, 10), (LAST, 0, None)]
)
def test_without_enough_days_before_it_says_less(bills, first, compared, usual):
    bills.add(*each_day(10, first=first))
    found = told(digest(Pace.DAILY, context=bills.context())).headline
    assert (found.compared, found.usual) == (compared, usual)


def test_what_moved_adds_up_to_the_difference(bills):
    bills.add(*each_day(10), charge(str(LAST), 90, service="SageMaker"))
    found = told(digest(Pace.DAILY, context=bills.context()))
    assert [(p.key, p.amount) for p in found.change.parts] == [({"service": "SageMaker"}, 90)]
    assert sum(p.amount for p in found.change.parts) == found.headline.difference == 90
    assert not found.is_quiet


@pytest.mark.parametrize(
    ("added", "removed", "is_quiet"),
    [(0, 0, True), (10, 0, True), (11, 0, False), (60, 60, False)],
)
def test_a_day_is_quiet_where_neither_the_sum_nor_a_part_moved_much(
    bills, added, removed, is_quiet
):
    a, b = each_day(50, service="A"), each_day(50, service="B")
    a[-1] = charge(str(LAST), 50 + added, service="A")
    b[-1] = charge(str(LAST), 50 - min(removed, 50), service="B")
    bills.add(*a, *b)
    assert told(digest(Pace.DAILY, context=bills.context())).is_quiet is is_quiet


def test_everything_is_under_what_the_channel_is_about_and_may_see(bills):
    bills.add(
        *each_day(3, tags={"team": "ml", "env": "prod"}),
        *each_day(4, tags={"team": "ml"}),
        *each_day(100, tags={"team": "web"}),
    )
    dimensions = (TEAM, Dimension("env", tags=("env",)))
    context = bills.context(scope=Scope(ML), dimensions=dimensions)
    found = told(digest(Pace.DAILY, context=context))
    assert found.headline.cost == {"USD": 7}
    assert found.month.total == 140
    assert found.chart.total == 210
    # Its team is given, so what splits it is the next dimension.
    assert {row.key["env"]: row.value for row in found.groups.rows} == {None: 80, "prod": 60}
    assert found.untagged == Untagged("env", Decimal(80), Decimal(80) / 140, "USD")
    chosen = told(digest(Pace.DAILY, context=bills.context(dimensions=dimensions), where=ML))
    assert (chosen.headline, chosen.untagged) == (found.headline, found.untagged)


def test_a_models_price_is_of_a_million_tokens(bills):
    tokens = {"model": "gpt-5.1", "consumed_quantity": 2_000_000, "consumed_unit": "tokens"}
    bills.add(*each_day(5, **tokens), *each_day(9, model="own"), *each_day(1))
    found = told(digest(Pace.DAILY, context=bills.context()))
    assert found.models == (
        ModelCost("own", Decimal(180), "USD"),
        ModelCost("gpt-5.1", Decimal(100), "USD", Decimal("2.5")),
    )


def test_its_budget_is_the_one_of_exactly_its_scope(bills, tmp_path):
    bills.add(*each_day(10, tags={"team": "ml"}), *each_day(30, tags={"team": "web"}))
    context = bills.context(dimensions=(TEAM,))
    context = replace(context, budgets=budgets_in(tmp_path, {"": 5000, "team=ml": 150}))
    of_all = told(digest(Pace.DAILY, context=context))
    assert (of_all.budget.budget.title, of_all.budget.spent) == ("everything a month", 800)
    assert [s.budget.title for s in of_all.strained] == ["team=ml a month"]
    of_ml = told(digest(Pace.DAILY, context=context, where=ML))
    assert (of_ml.budget.budget.title, of_ml.budget.spent) == ("team=ml a month", 200)
    assert of_ml.strained == ()


def test_of_very_many_budgets_only_its_own_is_looked_at(bills, tmp_path):
    bills.add(*each_day(10, tags={"team": "ml"}))
    teams = {f"team=t{n}": 1 for n in range(BUDGETS)}
    budgets = budgets_in(tmp_path, {"team=ml": 150, **teams})
    found = told(digest(Pace.DAILY, context=replace(bills.context(), budgets=budgets)))
    assert (found.budget, found.strained) == (None, ())
    assert found.budgets.notes == ("There are 51 budgets here, too many to look at each.",)


def test_on_the_first_of_a_month_budgets_are_those_of_the_month_it_is_about(bills, tmp_path):
    bills.add(*each_day(10, last=date(2026, 11, 30)))
    context = replace(bills.context(), budgets=budgets_in(tmp_path, {"": 5000}))
    first = at(context, datetime(2026, 12, 1, 9, tzinfo=UTC))
    found = told(digest(Pace.DAILY, context=first))
    assert (found.month.total, found.budget.spent) == (300, 300)


def test_what_is_spent_is_no_less_once_the_month_is_over(bills, tmp_path):
    bills.add(*each_day(10, last=date(2026, 11, 30)), *each_day(1, source="gcp", last=LAST))
    context = replace(bills.context(), budgets=budgets_in(tmp_path, {"": 5000}))
    mornings = (datetime(2026, 11, 30, 9, tzinfo=UTC), datetime(2026, 12, 1, 9, tzinfo=UTC))
    found = [told(digest(Pace.DAILY, context=at(context, morning))) for morning in mornings]
    assert [f.headline.period.last for f in found] == [LAST, LAST]
    assert [f.budget.spent for f in found] == [320, 320]


def test_a_week_is_seven_complete_days_against_the_seven_before(bills):
    bills.add(*each_day(10, last=date(2026, 11, 13)), *each_day(12, first=date(2026, 11, 14)))
    found = told(digest(Pace.WEEKLY, context=bills.context())).headline
    assert (found.period, found.cost, found.usual) == (
        Period(date(2026, 11, 14), date(2026, 11, 21)),
        {"USD": 84},
        70,
    )


@pytest.mark.parametrize(
    ("today", "complete", "says"),
    [
        (date(2026, 11, 4), date(2026, 11, 2), 310),
        (date(2026, 11, 3), date(2026, 11, 2), "The bills of October 2026 are not closed yet."),
        (date(2026, 11, 4), date(2026, 10, 30), "The bills of October 2026 are not closed yet."),
    ],
)
def test_a_month_is_told_when_its_bills_are_closed(bills, today, complete, says):
    bills.add(*each_day(10, first=date(2026, 9, 1), last=complete))
    moment = datetime.combine(today, NOON.timetz())
    found = digest(Pace.MONTHLY, context=at(bills.context(), moment))
    assert (found if isinstance(found, str) else found.headline.only[0]) == says


def test_a_late_source_is_named(bills):
    bills.add(*each_day(10), *each_day(1, source="gcp", last=date(2026, 11, 15)))
    sources = (Source("gcp", Path("gcp"), lag_days=2),)
    found = told(digest(Pace.DAILY, context=bills.context(sources=sources)))
    assert found.late == (Late("gcp", date(2026, 11, 15), 3, 2),)
    assert found.headline.period.last == date(2026, 11, 15)


def test_currencies_that_stay_apart_are_not_compared(bills):
    bills.add(*each_day(10), *each_day(5, currency="EUR"))
    found = told(digest(Pace.DAILY, context=bills.context()))
    assert found.headline == Headline(
        period=Period(LAST, LAST + DAY), cost={"USD": Decimal(10), "EUR": Decimal(5)}
    )


def test_without_charges_it_is_one_sentence(bills):
    bills.add(*each_day(10))
    other = (Filter("service", Op.IS, ("Lambda",)),)
    said = digest(Pace.DAILY, context=bills.context(), where=other)
    assert said == "No charge matches what this channel is about."
