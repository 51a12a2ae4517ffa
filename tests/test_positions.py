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
from tools.positions import Known, positions
from tools.watch.alerts import Fired, Kind, Position

TEAM = (Dimension("team", tags=("team",)), Dimension("env", tags=("env",)))
NOVEMBER = Period(date(2026, 11, 1), date(2026, 12, 1))
WATCHED = Known(watched=frozenset({"aws", "gcp"}), thresholds=(50, 75, 90, 100))
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


def test_what_nobody_looked_at_before_tells_when_it_was_crossed(bills: Bills) -> None:
    bills.add(*(charge(f"2026-11-{n:02}", 10) for n in range(1, 9)))
    [first] = found(
        bills.context(), budget("everything"), known=replace(WATCHED, watched=frozenset())
    )
    assert first.is_first
    assert first.crossed_on == {50: date(2026, 11, 5), 75: date(2026, 11, 8)}
    [known] = found(bills.context(), budget("everything"))
    assert (known.is_first, known.crossed_on) == (False, {})


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
