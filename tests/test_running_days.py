"""A day that is not over: its hours against the same hours of usual days."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tests.asking import Bills
from tests.lake.lakes import charge, write_lake
from tools.anomalies import find_anomalies, unusual_spend
from tools.core.dimensions import Dimension
from tools.core.periods import DAY
from tools.core.query import Filter, Op
from tools.core.scope import Scope
from tools.lake import manifest as manifests

FIRST, WHOLE = date(2026, 10, 20), date(2026, 11, 19)
FRIDAY, SATURDAY = date(2026, 11, 20), date(2026, 11, 21)  # it is Saturday noon
DIMENSIONS = (Dimension("team", tags=("team",)),)
ML, WEB = {"team": "ml"}, {"team": "web"}
NIGHT = range(18, 22)


def by_hour(day: date, hour: int, cost: float, *, tags=ML, service="EC2", **columns):
    columns.setdefault("report", "past" if day <= WHOLE else "new")
    kept = {"sub_account_name": tags["team"], "region": "us-east-1", **columns}
    return charge(str(day), Decimal(str(cost)), hour=hour, tags=tags, service=service, **kept)


def by_day(day: date, cost: float, **columns):
    end = datetime(day.year, day.month, day.day) + DAY
    return by_hour(day, 0, cost, service="S3", charge_end=end, **columns)


def usually(day: date, hours=range(24)):
    """Machines by the hour, less on weekends; a nightly job of another team; storage by the day."""
    calm = 0.5 if day.weekday() >= 5 else 1
    noise = 1 + ((day.toordinal() * 7) % 11 - 5) / 150
    for hour in hours:
        yield by_hour(day, hour, round(30 * calm * noise, 2))
        if hour in NIGHT:
            yield by_hour(day, hour, round(200 * noise, 2), tags=WEB, service="Batch")
    if len(hours) == 24:
        yield by_day(day, 100)


@pytest.fixture(scope="module")
def past(tmp_path_factory) -> Path:
    """A lake of whole days, made once."""
    days = [FIRST + n * DAY for n in range((WHOLE - FIRST).days + 1)]
    root = tmp_path_factory.mktemp("past")
    write_lake(root, [line for day in days for line in usually(day)])
    return root


@pytest.fixture
def bills(past, tmp_path) -> Bills:
    """A copy of it that more can be added to, as another report of the same source."""
    shutil.copytree(past, tmp_path / "lake")
    return Bills(tmp_path / "lake")


def context(bills, *lines, whole=WHOLE, scope=None):
    """With more lines, and its days whole through one."""
    if whole > WHOLE:
        manifest = manifests.load(bills.root)
        told = [replace(g, complete_through=whole) for g in manifest.generations]
        manifests.save(bills.root, manifest.with_(told))
    bills.add(*lines, aws=whole)
    return bills.context(dimensions=DIMENSIONS, scope=scope)


def found(bills, *lines, **kwargs):
    seen = context(bills, *lines, **kwargs)
    return unusual_spend(seen, since=date(2026, 11, 12), until=FRIDAY).anomalies


def more(day, hours, cost, **columns):
    return [by_hour(day, hour, cost, **columns) for hour in hours]


@pytest.mark.parametrize("newest", [0, 5, 14, 19, 23])
def test_a_usual_day_is_nothing_unusual_at_any_hour(bills, newest):
    assert found(bills, *usually(FRIDAY, range(newest + 1))) == ()


def test_what_began_this_morning_is_told_at_noon(bills):
    lines = [*usually(FRIDAY), *usually(SATURDAY, range(11))]
    [anomaly] = found(bills, *lines, *more(SATURDAY, range(6, 11), 90), whole=FRIDAY)
    assert (anomaly.key["team"], anomaly.key["service"]) == ("ml", "EC2")
    assert (anomaly.first_day, anomaly.last_day) == (SATURDAY, SATURDAY)
    assert anomaly.until == datetime(2026, 11, 21, 11, tzinfo=UTC)
    assert float(anomaly.excess) == pytest.approx(450, rel=0.05)
    assert float(anomaly.expected) == pytest.approx(11 * 15, rel=0.05)


def test_something_new_counts_from_nothing(bills):
    lines = [*usually(FRIDAY, range(15))]
    new = more(FRIDAY, range(9, 15), 150, region="us-west-2", resource_id="i-0new")
    [anomaly] = found(bills, *lines, *new)
    assert anomaly.key["region"] == "us-west-2"
    assert (anomaly.actual, anomaly.expected) == (Decimal(900), Decimal(0))


def test_newest_hours_that_are_not_all_there_hide_nothing(bills):
    lines = [*usually(FRIDAY, range(10))]
    part = [by_hour(FRIDAY, hour, 2) for hour in range(10, 15)]
    [anomaly] = found(bills, *lines, *part, *more(FRIDAY, range(5), 150))
    assert anomaly.key["team"] == "ml"


def test_what_came_earlier_than_usual_is_no_more_than_usual(bills):
    early = more(FRIDAY, range(8, 12), 200, tags=WEB, service="Batch")
    assert found(bills, *usually(FRIDAY, range(15)), *early) == ()


def test_what_only_moved_to_another_region_is_no_more_than_usual(bills):
    moved = [by_hour(FRIDAY, hour, 30, region="eu-west-1") for hour in range(15)]
    storage = [line for line in usually(FRIDAY, range(15)) if line.columns["service"] != "EC2"]
    assert found(bills, *storage, *moved) == ()


def test_bills_by_the_day_wait_for_the_whole_day(bills):
    assert found(bills, by_day(FRIDAY, 4000)) == ()


@pytest.mark.parametrize(
    "columns", [{"charge_class": "Correction"}, {"commitment_status": "Unused"}]
)
def test_what_is_no_usage_does_not_alarm(bills, columns):
    lines = [*usually(FRIDAY, range(15))]
    assert found(bills, *lines, *more(FRIDAY, range(9, 15), 500, **columns)) == ()


def test_what_the_hours_told_the_whole_day_tells_under_the_same_name(bills):
    spike = more(FRIDAY, range(6, 12), 200)
    [early] = found(bills, *usually(FRIDAY, range(12)), *spike)
    [late] = found(bills, *usually(FRIDAY), *spike, whole=FRIDAY)
    assert (early.key, early.first_day) == (late.key, late.first_day)
    assert late.until is None
    assert late.excess == pytest.approx(early.excess, rel=Decimal("0.05"))


def test_a_scope_sees_only_its_own_hours(bills):
    lines = [*usually(FRIDAY, range(12)), *more(FRIDAY, range(6, 12), 200)]
    assert found(bills, *lines, scope=Scope((Filter("team", Op.IS, ("web",)),))) == ()


def test_who_asks_is_told_that_the_day_is_not_over(bills):
    lines = [*usually(FRIDAY, range(12)), *more(FRIDAY, range(6, 12), 200)]
    note = find_anomalies(context=context(bills, *lines))
    assert note.text.splitlines()[0] == (
        "$1,213.20 more than usual on 2026-11-20, by 12:00 UTC, for team=ml and service=EC2 and "
        "account=ml and region=us-east-1: $1,572.00 instead of about $358.80. The day is not over."
    )
