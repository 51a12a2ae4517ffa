"""Price × running time: counted in any steps it is the same, and what runs away is told."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.core.conditions import conditions_text, read_conditions
from tools.watch.accrual import (
    Accrued,
    Runaway,
    Running,
    accrue,
    burning,
    group_key,
    is_back,
    is_told_now,
    jump,
    meant,
    of_scope,
    owner_of,
    read_group,
    usual_hour,
)
from tools.watch.reconciled import Error, errors, errors_by_day

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
YESTERDAY = date(2026, 11, 20)
HOUR = timedelta(hours=1)


def machine(
    id: str = "a",
    hourly: str | None = "12",
    since: datetime | None = NOW - 3 * HOUR,
    team: str | None = "ml",
) -> Running:
    price = None if hourly is None else Decimal(hourly)
    labels = {"team": team}
    return Running(resource=id, hourly=price, currency="USD", since=since, labels=labels)


def kept(rows: tuple[Accrued, ...], known: dict | None = None) -> dict:
    return {**(known or {}), **{(row.day, row.resource): row for row in rows}}


def total(known: dict) -> Decimal:
    return sum((row.amount for row in known.values()), Decimal(0))


@pytest.mark.parametrize(
    ("since", "after", "expected"),
    [
        (NOW - 3 * HOUR, YESTERDAY, {21: "36"}),
        (NOW - 30 * HOUR, YESTERDAY, {21: "108"}),
        (NOW - 30 * HOUR, date(2026, 11, 19), {20: "252", 21: "108"}),
        (NOW - 30 * HOUR, None, {20: "252", 21: "108"}),
        (None, None, {21: "0"}),
        (NOW, YESTERDAY, {21: "0"}),
        (NOW + HOUR, YESTERDAY, {}),
    ],
)
def test_a_machine_costs_its_price_since_the_last_billed_day(since, after, expected):
    rows = accrue([machine(since=since)], {}, after=after, now=NOW)
    assert {row.day.day: row.amount for row in rows} == {
        day: Decimal(amount) for day, amount in expected.items()
    }


@given(st.lists(st.integers(1, 700), min_size=1, max_size=8), st.booleans())
def test_counted_in_any_steps_it_comes_to_the_same(minutes: list[int], knows_launch: bool):
    one = machine(since=NOW if knows_launch else None)
    known = kept(accrue([one], {}, after=None, now=NOW))
    at = NOW
    for step in minutes:
        at += timedelta(minutes=step)
        known = kept(accrue([one], known, after=None, now=at), known)
        assert accrue([one], known, after=None, now=at) == ()
    expected = Decimal(sum(minutes)) / 60 * 12
    assert abs(total(known) - expected) < Decimal("0.001")


def test_what_stopped_and_was_launched_again_pays_for_no_pause():
    known = kept(accrue([machine()], {}, after=YESTERDAY, now=NOW))
    again = machine(since=NOW + 2 * HOUR)
    known = kept(accrue([again], known, after=YESTERDAY, now=NOW + 3 * HOUR), known)
    assert total(known) == Decimal(48)


def test_a_day_whose_bill_is_there_is_not_counted_on():
    (row,) = accrue([machine()], {}, after=YESTERDAY, now=NOW)
    known = {(row.day, "a"): Accrued(**{**fields(row), "is_billed": True})}
    assert accrue([machine()], known, after=None, now=NOW + HOUR) == ()


def fields(row: Accrued) -> dict:
    return {name: getattr(row, name) for name in Accrued.__slots__}


def test_burn_is_what_ran_when_it_was_counted_last():
    running = [machine("a"), machine("b", None), machine("c", "6", team="web")]
    known = kept(accrue(running, {}, after=YESTERDAY, now=NOW))
    known = kept(accrue(running[1:], known, after=YESTERDAY, now=NOW + HOUR), known)
    rows = tuple(known.values())
    found = burning(rows, counted=NOW + HOUR, now=NOW + HOUR)
    assert found and (found.hourly, found.machines, found.unpriced) == ({"USD": Decimal(6)}, 2, 1)
    assert found.accrued == {"USD": Decimal(36 + 24)}
    mine = of_scope(rows, read_conditions("team=ml"))
    assert burning(mine, counted=NOW, now=NOW).accrued == {"USD": Decimal(36)}
    assert burning(rows, counted=NOW, now=NOW + HOUR) is None
    assert burning((), counted=NOW, now=NOW).machines == 0


def peaks(*values: str, hour: int = 9) -> dict[datetime, Decimal]:
    first = NOW.replace(hour=hour) - timedelta(days=1)
    return {first - timedelta(days=n): Decimal(value) for n, value in enumerate(values)}


@pytest.mark.parametrize(
    ("known", "usual"),
    [
        (peaks("10", "20"), None),
        (peaks("10", "20", "12"), "12"),
        (peaks("10", "20", "12", hour=10), "12"),
        (peaks("10", "20", "12", hour=14), None),
        (peaks("1", "1", "1", "1", "1", "1", "90"), "90"),
        (peaks("1", "1", "1", "1", "1", "90", "1"), "1"),
    ],
)
def test_an_hour_is_usual_by_the_same_hour_of_other_days(known, usual):
    assert usual_hour(known, now=NOW) == (None if usual is None else Decimal(usual))


OLD, NEW = NOW - timedelta(days=3), NOW - timedelta(minutes=2)


@pytest.mark.parametrize(
    ("old", "new", "usual", "highest", "told"),
    [
        ("20", "0", "20", "20", False),
        ("20", "9", "20", "20", False),  # $9 an hour is less than a quarter of $1,000 a day
        ("20", "12", "20", "20", True),
        ("20", "12", "20", "40", False),  # as much as this ran before
        ("500", "12", "500", "500", True),
        ("45", "0", "20", "20", True),
        ("39", "0", "20", "20", False),
        ("20", "0", None, None, False),
        ("0", "12", None, None, True),
    ],
)
def test_burn_alarms_far_above_its_hour_or_by_new_machines(old, new, usual, highest, told):
    found = jump(
        [machine("old", old, OLD), machine("new", new, NEW)],
        usual=None if usual is None else Decimal(usual),
        highest=None if highest is None else Decimal(highest),
        severe=Decimal(1000),
        now=NOW,
    )
    assert (found is not None) is told


def test_what_was_told_is_told_again_when_it_has_doubled_and_after_it_went_back():
    found = jump(
        [machine("new", "40", NEW)], usual=None, highest=None, severe=Decimal(500), now=NOW
    )
    assert is_told_now(found, None)
    assert not is_told_now(found, Runaway("team=ml", NOW, Decimal(30), "k"))
    assert is_told_now(found, Runaway("team=ml", NOW, Decimal(20), "k"))
    told = Runaway("team=ml", NOW, Decimal(100), "k")
    assert is_back(Decimal(54), Decimal(10), told)
    assert not is_back(Decimal(56), Decimal(10), told)
    assert not is_back(Decimal(100), Decimal(90), told)
    assert is_back(Decimal(100), Decimal(100), told)
    assert is_back(Decimal(49), None, told)
    assert not is_back(Decimal(51), None, told)


def test_the_owner_is_the_team_else_the_account():
    assert conditions_text(owner_of({"team": "ml", "account": "dev"})) == "team=ml"
    assert conditions_text(owner_of({"team": None})) == "team is missing"
    assert conditions_text(owner_of({"account": "dev"})) == "account=dev"
    assert owner_of({}) == ()


def test_the_error_is_of_the_machines_that_are_on_the_bill():
    (row,) = accrue([machine()], {}, after=YESTERDAY, now=NOW)
    rows = [
        Accrued(**{**fields(row), "billed": Decimal(30), "is_billed": True}),
        Accrued(**{**fields(row), "resource": "b", "is_billed": True}),
        Accrued(**{**fields(row), "resource": "c"}),
    ]
    error = errors_by_day(rows)[row.day, "USD"]
    assert error == Error(Decimal(36), Decimal(30), 1, missing=1)
    assert error.ratio == Decimal("0.2")
    euros = Accrued(**{**fields(rows[0]), "resource": "d", "currency": "EUR"})
    assert errors([*rows, euros]) == {"USD": error, "EUR": replace(error, missing=0)}


def test_money_of_two_currencies_never_adds():
    running = [machine("a"), machine("b"), replace(machine("c", "5"), currency="EUR")]
    rows = accrue(running, {}, after=YESTERDAY, now=NOW)
    found = burning(rows, counted=NOW, now=NOW)
    assert found and list(found.hourly.items()) == [("USD", Decimal(24)), ("EUR", Decimal(5))]
    assert found.accrued == {"USD": Decimal(72), "EUR": Decimal(15)}


@pytest.mark.parametrize("scope", ["team=ml", 'team="a b#c"', "team is missing"])
def test_a_group_is_known_again_by_its_name(scope: str):
    conditions = read_conditions(scope)
    assert read_group(group_key(conditions, "EUR")) == (conditions, "EUR")
    long = group_key(read_conditions(f'team="{"x" * 300}"'), "USD")
    assert (read_group(long), len(long)) == (((), "USD"), 204)


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("team=ml", ["a", "b"]),
        ("team=ml and service=ec2", None),  # nobody knows what service b is
        ("team=web and service=ec2", ["c"]),
        ("team=web and service=s3", []),
        ("team=data and service=ec2", []),
        ("everything", ["a", "b", "c"]),
    ],
)
def test_what_does_not_tell_whether_it_is_meant_is_not_known(where, found):
    labels = {
        "a": {"team": "ml", "service": "ec2"},
        "b": {"team": "ml"},
        "c": {"Team": "web", "service": "ec2"},
    }
    rows = accrue(
        [replace(machine(id), labels=its) for id, its in labels.items()],
        {},
        after=YESTERDAY,
        now=NOW,
    )
    mine = meant(rows, read_conditions(where))
    assert (None if mine is None else [row.resource for row in mine]) == found
