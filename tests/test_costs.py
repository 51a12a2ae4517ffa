"""What `cost_by` answers over time, and what it says about its answers."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tests.asking import NOVEMBER, Bills, by
from tests.lake.lakes import LOADED_AT, charge
from tools.core.periods import AllTime, Between, Current, Period, Rolling, Since, Unit
from tools.core.query import Against, Filter, Grain, Op, Preceding, Query
from tools.core.results import Note, Point
from tools.core.settings import Source
from tools.costs import cost_by


@pytest.fixture
def bills(tmp_path: Path) -> Bills:
    return Bills(tmp_path / "lake")


def test_this_month_ends_with_the_last_complete_day_and_shows_the_tail(bills: Bills) -> None:
    bills.add(*(charge(f"2026-11-{n:02}", n) for n in (1, 18, 19, 20, 21)), aws=date(2026, 11, 19))
    answer = bills.ask(Query())
    assert answer.period == Period(date(2026, 11, 1), date(2026, 11, 20))
    assert (answer.total, answer.tail) == (38, 41)
    assert (answer.complete_through, answer.is_partial) == (date(2026, 11, 19), False)
    assert (answer.currency, answer.by_currency) == ("USD", {"USD": 38})
    assert (answer.bill_rows, answer.as_of, answer.sources) == (3, LOADED_AT, ("aws",))
    partial = [p for p in answer.series if p.is_partial]
    assert partial == [
        Point(date(2026, 11, 20), None, Decimal(20), is_partial=True),
        Point(date(2026, 11, 21), None, Decimal(21), is_partial=True),
    ]
    assert [p.day.day for p in answer.series] == list(range(1, 22))


def test_an_answer_ends_where_the_slowest_source_it_touches_is_complete(bills: Bills) -> None:
    for source, last in (("aws", 20), ("gcp", 17)):
        days = [charge(f"2026-11-{n:02}", 1, source=source) for n in range(1, last + 1)]
        bills.add(*days)
    whole = bills.ask(Query(period=Rolling(7)))
    assert whole.period == Period(date(2026, 11, 11), date(2026, 11, 18))
    assert whole.sources == ("aws", "gcp")
    only_aws = bills.ask(Query(period=Rolling(7), filters=(Filter("source", Op.IS, ("aws",)),)))
    assert only_aws.period == Period(date(2026, 11, 14), date(2026, 11, 21))
    assert only_aws.sources == ("aws",)


def test_a_source_that_stopped_is_named(bills: Bills) -> None:
    bills.add(charge("2026-11-20", 1), charge("2026-11-03", 1, source="gcp"))
    begun = "The bills begin on 2026-11-03, inside the period asked about."
    source = Source("gcp", Path("x"), lag_days=3)
    assert bills.ask(Query(period=NOVEMBER), sources=(source,)).notes == (
        begun,
        "gcp bills are complete only through 2026-11-03.",
    )
    slow = Source("gcp", Path("x"), lag_days=15)
    assert bills.ask(Query(period=NOVEMBER), sources=(slow,)).notes == (begun,)


def test_nothing_is_more_or_less_than_days_that_are_not_there_whole(bills: Bills) -> None:
    bills.add(*(charge(f"2026-{month}-{day:02}", 1) for month in (10, 11) for day in (1, 15, 19)))
    october = Between(date(2026, 10, 1), date(2026, 11, 1))
    september = Between(date(2026, 9, 1), date(2026, 10, 1))
    still = bills.ask(
        Query(period=october, compare=Against(Between(date(2026, 11, 1), date(2026, 12, 1))))
    )
    assert not still.is_comparable
    assert any("is complete only through" in note for note in still.notes)
    before = bills.ask(Query(period=september, compare=Against(october)))
    assert not before.is_comparable
    assert not before.is_partial
    alone = bills.ask(Query(period=Since(date(2026, 9, 10))))
    assert "The bills begin on 2026-10-01, inside the period asked about." in alone.notes


def test_an_hourly_answer_says_what_is_billed_by_the_day(bills: Bills) -> None:
    bills.add(charge("2026-11-03"), charge("2026-11-04", charge_end=datetime(2026, 11, 5)))
    answer = bills.ask(Query(period=NOVEMBER, grain=Grain.HOUR))
    said = "1 of 2 lines are billed by the day or longer, at their first hour."
    assert said in answer.notes


def test_top_n_sums_the_others_as_other(bills: Bills) -> None:
    bills.add(
        *(charge("2026-11-01", n, service=f"S{n}") for n in (1, 2, 3, 4)),
        *(charge("2026-10-01", n, service=f"S{5 - n}") for n in (1, 2, 3, 4)),
    )
    answer = bills.ask(Query(group_by=("service",), top=2, compare=Preceding()))
    assert [(r.key, r.value, r.previous, r.is_rest) for r in answer.rows] == [
        ({"service": "S4"}, 4, 1, False),
        ({"service": "S3"}, 3, 2, False),
        ({"service": "other"}, 3, 7, True),
    ]
    assert [r.groups for r in answer.rows] == [None, None, 2]
    assert (answer.total, answer.previous_total) == (10, 10)


def test_a_service_called_other_is_not_the_rest(bills: Bills) -> None:
    bills.add(*(charge("2026-11-01", n, service=s) for n, s in ((5, "other"), (1, "a"))))
    answer = bills.ask(Query(period=NOVEMBER, group_by=("service",), top=1))
    assert [(r.key["service"], r.value, r.is_rest) for r in answer.rows] == [
        ("other", 5, False),
        ("other", 1, True),
    ]


def test_top_n_over_time_ranks_by_the_whole_period(bills: Bills) -> None:
    bills.add(
        charge("2026-11-01", 9, service="a"),
        charge("2026-11-02", 5, service="b"),
        charge("2026-11-02", 1, service="a"),
    )
    answer = bills.ask(Query(period=NOVEMBER, group_by=("service",), top=1, grain=Grain.DAY))
    assert by(answer, "service", "time") == {
        ("a", "2026-11-01"): 9,
        ("a", "2026-11-02"): 1,
        ("other", "2026-11-02"): 5,
    }


def test_hours_come_from_the_facts(bills: Bills) -> None:
    bills.add(charge("2026-11-01", 1, hour=5), charge("2026-11-01", 2, hour=6))
    answer = bills.ask(Query(period=NOVEMBER, grain=Grain.HOUR))
    assert by(answer, "time") == {"2026-11-01T05:00": 1, "2026-11-01T06:00": 2}
    assert "FROM facts" in answer.sql


@pytest.mark.parametrize(
    ("dimension", "table"),
    [("service", "overview"), ("account", "daily"), ("resource", "resources"), ("sku", "facts")],
)
def test_a_question_reads_the_smallest_table_that_can_answer(bills, dimension, table) -> None:
    bills.add(charge("2026-11-01", 1, resource_id="i-1", sku_id="s"))
    answer = bills.ask(Query(period=NOVEMBER, group_by=(dimension,)))
    assert f"FROM {table} AS c" in answer.sql
    assert (answer.total, answer.bill_rows) == (1, 1)


def test_previous_days_stand_under_their_current_ones(bills: Bills) -> None:
    bills.add(
        *(charge(f"2026-10-{n:02}", n) for n in range(1, 32)),
        *(charge(f"2026-09-{n:02}", 100) for n in range(1, 31)),
    )
    september = Between(date(2026, 9, 1), date(2026, 10, 1))
    october = Between(date(2026, 10, 1), date(2026, 11, 1))
    daily = bills.ask(Query(period=october, grain=Grain.DAY, compare=Preceding()))
    assert {r.previous for r in daily.rows[:30]} == {Decimal(100)}
    assert (daily.rows[30].value, daily.rows[30].previous) == (31, 0)
    assert daily.notes[0] == "31 days against 30."
    bills.add(*(charge(f"2026-08-{n:02}", 1) for n in range(1, 32)))
    shorter = bills.ask(Query(period=september, grain=Grain.DAY, compare=Preceding()))
    assert len(shorter.rows) == 30
    assert sum(r.previous or 0 for r in shorter.rows) == 30
    assert shorter.previous_total == 31
    assert "having no day to stand beside" in shorter.notes[1]
    monthly = bills.ask(Query(period=september, grain=Grain.MONTH, compare=Preceding()))
    assert [(r.key, r.previous) for r in monthly.rows] == [({"time": "2026-09-01"}, 31)]


def test_a_comparison_that_reaches_before_the_first_bill_says_so(bills: Bills) -> None:
    bills.add(*(charge(f"2026-11-{n:02}", 1) for n in range(5, 21)))
    answer = bills.ask(Query(period=Rolling(10), compare=Preceding()))
    assert answer.notes == ("The bills begin on 2026-11-05, inside the period compared with.",)
    assert (answer.total, answer.previous_total) == (10, 6)


def test_a_chart_tells_the_five_largest_apart(bills: Bills) -> None:
    bills.add(
        *(charge("2026-11-19", n, service=f"S{n}") for n in range(1, 8)),
        *(charge("2026-11-20", n, service=f"S{n}") for n in range(1, 8)),
        aws=date(2026, 11, 19),
    )
    answer = bills.ask(Query(period=Rolling(1), group_by=("service",), grain=Grain.DAY))
    assert sorted(answer.series, key=lambda p: (p.day, p.key or "", p.value)) == sorted(
        (
            *(Point(date(2026, 11, 19), f"S{n}", Decimal(n)) for n in range(3, 8)),
            Point(date(2026, 11, 19), "other", Decimal(3)),
            *(Point(date(2026, 11, 20), f"S{n}", Decimal(n), is_partial=True) for n in range(3, 8)),
            Point(date(2026, 11, 20), "other", Decimal(3), is_partial=True),
        ),
        key=lambda p: (p.day, p.key or "", p.value),
    )
    assert (answer.total, answer.tail) == (28, 28)


def test_a_total_by_group_is_drawn_from_its_rows_and_still_has_its_tail(bills: Bills) -> None:
    bills.add(charge("2026-11-19", 1), charge("2026-11-20", 2), aws=date(2026, 11, 19))
    answer = bills.ask(Query(group_by=("service",)))
    assert (answer.total, answer.series, answer.tail) == (1, (), 2)


def test_months_are_points_at_their_first_day(bills: Bills) -> None:
    bills.add(charge("2026-06-05", 1), charge("2026-11-01", 1))
    monthly = bills.ask(Query(period=AllTime(), group_by=("service",), grain=Grain.MONTH))
    assert monthly.series == (
        Point(date(2026, 6, 1), "EC2", Decimal(1)),
        Point(date(2026, 11, 1), "EC2", Decimal(1), is_partial=True),
    )


def test_the_chart_of_a_total_lays_the_days_before_beside_it(bills: Bills) -> None:
    bills.add(*(charge(f"2026-11-{n:02}", n) for n in range(1, 21)))
    answer = bills.ask(Query(period=Rolling(2), compare=Preceding()))
    assert answer.series == (
        Point(date(2026, 11, 17), None, Decimal(17), is_previous=True),
        Point(date(2026, 11, 18), None, Decimal(18), is_previous=True),
        Point(date(2026, 11, 19), None, Decimal(19)),
        Point(date(2026, 11, 20), None, Decimal(20)),
    )


def test_no_data_says_what_was_searched(bills: Bills) -> None:
    bills.add(charge("2026-09-05"), charge("2026-10-06"))
    query = Query(period=Rolling(7), filters=(Filter("service", Op.IS, ("x",)),))
    assert cost_by(query, context=bills.context()) == Note(
        "No charges where service=x for last 7d (2026-09-30 to 2026-10-06). "
        "Searched aws, with bills from 2026-09-05 to 2026-10-06.",
        suggestions=("all time where service=x", "last 7d"),
    )


def test_an_empty_lake_says_how_to_fill_it(bills: Bills) -> None:
    answer = cost_by(Query(), context=bills.context())
    assert answer == Note("The lake holds no bills yet; `purser ingest` loads them.")


def test_today_is_partial_from_its_first_hour(bills: Bills) -> None:
    bills.add(charge("2026-11-20", 1), charge("2026-11-21", 2), aws=date(2026, 11, 20))
    answer = bills.ask(Query(period=Current(Unit.DAY)))
    assert (answer.total, answer.is_partial, answer.tail) == (2, True, None)
