"""Where all budgets stand at once, and that it is the same as each looked at alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tests.asking import Bills
from tests.lake.lakes import Charge, charge
from tools.budgets import status_of
from tools.core.budget import Budget
from tools.core.clock import FixedClock
from tools.core.conditions import read_conditions
from tools.core.context import Context
from tools.core.dimensions import Dimension
from tools.core.periods import Period
from tools.core.settings import Source
from tools.positions import Known, positions
from tools.watch.alerts import Fired, Kind, Position

TEAM = (Dimension("team", tags=("team",)), Dimension("env", tags=("env",)))
NOVEMBER = Period(date(2026, 11, 1), date(2026, 12, 1))
WATCHED = Known(watched=frozenset({"aws", "gcp"}), thresholds=(50, 75, 90, 100))
DAYS = range(1, 21)
SCOPES = (
    "everything",
    "team=ml",
    "team=ML and env=prod",
    "team in (ml, web) and service=ec2",
    "team!=ml",
    "team is missing",
    "env is present and service contains s3",
    "source=gcp",
    "resource=i-1",
    "tag:cost=a",
    "team=nobody",
)


@pytest.fixture
def bills(tmp_path: Path) -> Bills:
    return Bills(tmp_path / "lake")


def budget(scope: str, amount: int = 100, period: str = "month") -> Budget:
    return Budget(
        id=scope,
        scope=read_conditions(scope),
        period=period,
        amount=Decimal(amount),
        currency="USD",
    )


def spread() -> list[Charge]:
    tags = [
        {"team": "ml", "env": "prod", "cost": "a"},
        {"team": "ML", "env": "dev"},
        {"team": "web", "env": "prod", "cost": "b"},
        {},
    ]
    return [
        charge(
            f"2026-{month:02}-{day:02}",
            day + n,
            tags=tags[n % 4],
            service=("EC2", "S3")[n % 2],
            source=("aws", "gcp")[n % 3 == 0],
            resource_id=f"i-{n % 5}",
        )
        for month in (7, 10, 11)
        for day in (1, 9, 20)
        for n in range(12)
    ]


def found(context: Context, *budgets: Budget, known: Known = WATCHED) -> list[Position]:
    return list(positions(context, budgets, known=known).positions)


@pytest.mark.parametrize("period", ["month", "quarter", "year"])
def test_all_at_once_is_what_each_is_alone(bills: Bills, period: str) -> None:
    context = bills.add(*spread()).context(dimensions=TEAM)
    budgets = [budget(scope, period=period) for scope in SCOPES]
    alone = {b.id: status_of(b, context=context) for b in budgets}
    for position in found(context, *budgets):
        status = alone[position.budget.id]
        assert (position.window, position.spent) == (status.window, status.spent or 0)


def test_a_month_just_over_is_looked_at_too(bills: Bills) -> None:
    bills.add(charge("2026-10-31", 70), charge("2026-11-02", 5))
    early = replace(bills.context(), clock=FixedClock(datetime(2026, 11, 5, tzinfo=UTC)))
    before, now = found(early, budget("everything"))
    assert (before.window.start, before.spent, before.is_over) == (date(2026, 10, 1), 70, True)
    assert (now.window, now.spent, now.is_over) == (NOVEMBER, 5, False)


def test_of_a_day_that_is_over_nothing_later_is_counted(bills: Bills) -> None:
    bills.add(*(charge(f"2026-11-{n:02}", 10) for n in (2, 5, 9)))
    then = replace(bills.context(), clock=FixedClock(datetime(2026, 11, 5, 9, tzinfo=UTC)))
    assert [position.spent for position in found(then, budget("everything"))][-1] == 20


def test_what_nobody_looked_at_before_tells_what_is_old_of_it(bills: Bills) -> None:
    bills.add(*(charge(f"2026-11-{n:02}", 10) for n in range(1, 21)))
    new = replace(WATCHED, watched=frozenset())
    [first] = found(bills.context(), budget("everything"), known=new)
    assert (first.is_first, first.spent, first.before) == (True, 200, 180)  # on the 21st
    [known] = found(bills.context(), budget("everything"))
    assert (known.is_first, known.before) == (False, None)
    begun = replace(bills.context(), clock=FixedClock(datetime(2026, 11, 2, tzinfo=UTC)))
    october, november = found(begun, budget("everything"), known=new)
    assert (october.before, november.before, november.spent) == (0, 0, 20)


def test_a_first_load_knows_of_every_budget_however_many_are_close(bills: Bills) -> None:
    many = 25
    bills.add(
        *(
            charge(f"2026-11-{n:02}", 10, sub_account_id=f"{k:03}")
            for k in range(many)
            for n in DAYS
        )
    )
    budgets = [budget(f"account={k:03}", 250) for k in range(many)]
    few = replace(WATCHED, at_once=10)
    first = found(bills.context(), *budgets, known=replace(few, watched=frozenset()))
    assert [p.forecast for p in first] == [300] * many
    later = found(bills.context(), *budgets, known=few)
    assert sum(p.forecast is not None for p in later) == 10


def test_what_is_close_has_its_turn_however_often_bills_are_loaded(bills: Bills) -> None:
    many = 25
    bills.add(
        *(
            charge(f"2026-11-{n:02}", 10, sub_account_id=f"{k:03}")
            for k in range(many)
            for n in DAYS
        )
    )
    budgets = [budget(f"account={k:03}", 250 - k % 7) for k in range(many)]
    few, reached = replace(WATCHED, at_once=10), set()
    for turn in range(4):
        at = datetime(2026, 11, 21, 12, 10 * turn, tzinfo=UTC)
        fresh = replace(bills.context(), clock=FixedClock(at))  # as after a load: nothing is kept
        reached |= {
            p.budget.id for p in found(fresh, *budgets, known=few) if p.forecast is not None
        }
    assert len(reached) == many
    again = bills.context()
    for _ in range(3):  # the same bills: what was found out is kept, and the rest comes next
        known = [p for p in found(again, *budgets, known=few) if p.forecast is not None]
    assert len(known) == many


def test_of_a_second_view_alone_it_says_what_the_list_of_budgets_says(bills: Bills) -> None:
    bills.add(
        *(charge(f"2026-11-{n:02}", 10, tags={"team": "ml"}) for n in DAYS),
        *(charge(f"2026-11-{n:02}", 7, source="gateway", tags={"team": "ml"}) for n in DAYS),
    )
    twice = Source("gateway", Path("bills"), second_view_of="aws")
    context = bills.context(dimensions=TEAM, sources=(twice,))
    budgets = [budget(scope, 210) for scope in ("everything", "source=gateway", "source=aws")]
    known = replace(WATCHED, watched=frozenset({"aws", "gateway"}))
    for position in found(context, *budgets, known=known):
        status = status_of(position.budget, context=context)
        assert (position.spent, position.forecast) == (status.spent, status.forecast)
        assert position.spent == (140 if position.budget.id == "source=gateway" else 200)


def test_only_what_may_go_over_is_forecast(bills: Bills) -> None:
    bills.add(*(charge(f"2026-11-{n:02}", 10) for n in range(1, 21)))
    near, far = found(bills.context(), budget("everything", 290), budget("source=aws", 2000))
    assert near.forecast == 300
    assert near.burn == 10
    assert near.gone_on == date(2026, 11, 29)
    assert (far.forecast, far.burn, far.gone_on) == (None, None, None)


def test_what_was_told_is_not_forecast_again_until_a_raise(bills: Bills) -> None:
    bills.add(*(charge(f"2026-11-{n:02}", 10) for n in range(1, 21)))
    rows = [Fired(k, 0, 0, Decimal(250), Decimal(90)) for k in (Kind.FORECAST, Kind.PACE)]
    known = replace(WATCHED, told={("everything", NOVEMBER.start): rows})
    same, raised = (
        found(bills.context(), budget("everything", amount), known=known)[0]
        for amount in (250, 260)
    )
    assert (same.forecast, raised.forecast) == (None, 300)


def test_late_bills_let_nothing_be_forecast(bills: Bills) -> None:
    bills.add(*(charge(f"2026-11-{n:02}", 10) for n in range(1, 11)))
    [late] = found(
        bills.context(), budget("everything", 110), known=replace(WATCHED, late=frozenset({"aws"}))
    )
    assert (late.late, late.forecast, late.spent) == (("aws",), None, 100)


def test_what_cannot_be_told_is_said(bills: Bills) -> None:
    context = bills.add(charge("2026-11-01", 1, currency="EUR")).context()
    told = positions(context, [budget("everything"), budget("gone=ml")], known=WATCHED)
    assert told.positions == ()
    unknown, other = told.notes
    assert unknown.startswith("gone=ml a month: There is no dimension “gone”")
    assert other == "everything a month: its charges are in another currency."
