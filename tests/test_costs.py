"""What `cost_by` answers, and what it says about its answers."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tests.lake.lakes import LOADED_AT, Charge, charge, write_lake
from tools.core.clock import FixedClock
from tools.core.context import Context
from tools.core.dimensions import Dimension, Rule
from tools.core.errors import ConfigError, InputError
from tools.core.periods import AllTime, Between, Current, Period, Rolling, Unit
from tools.core.query import Cost, Filter, Grain, Metric, MetricKind, Op, Preceding, Query
from tools.core.results import CostTable, Note, Point
from tools.core.scope import Scope
from tools.core.settings import CurrencySettings, LakeSettings, Rate, Source
from tools.costs import cost_by, dimension_values
from tools.lake.lake import Lake

NOW = FixedClock(datetime(2026, 11, 21, 12, tzinfo=UTC))
NOVEMBER = Between(date(2026, 11, 1), date(2026, 11, 21))
EUR_RATES = CurrencySettings(
    "USD",
    (
        Rate("EUR", date(2026, 11, 3), Decimal("1.10")),
        Rate("EUR", date(2026, 11, 5), Decimal("1.20")),
    ),
)


class Bills:
    """A lake in a folder of its own, and questions to it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def add(self, *charges: Charge, **complete: date | None) -> Bills:
        write_lake(self.root, charges, complete=complete)
        return self

    def context(self, *, scope: Scope | None = None, **settings: object) -> Context:
        lake = Lake(self.root, LakeSettings(**settings))
        return Context(lake, NOW, scope or Scope())

    def ask(self, query: Query, *, scope: Scope | None = None, **settings: object) -> CostTable:
        answer = cost_by(query, context=self.context(scope=scope, **settings))
        assert isinstance(answer, CostTable), answer
        return answer


@pytest.fixture
def bills(tmp_path: Path) -> Bills:
    return Bills(tmp_path / "lake")


def by(answer: CostTable, *names: str) -> dict:
    """Key → value, as plain numbers."""
    return {
        row.key[names[0]] if len(names) == 1 else tuple(row.key[n] for n in names): row.value
        for row in answer.rows
    }


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
    source = Source("gcp", Path("x"), lag_days=3)
    assert bills.ask(Query(period=NOVEMBER), sources=(source,)).notes == (
        "gcp bills are complete only through 2026-11-03.",
    )
    slow = Source("gcp", Path("x"), lag_days=15)
    assert bills.ask(Query(period=NOVEMBER), sources=(slow,)).notes == ()


def test_the_untagged_stay_visible_as_a_line_of_their_own(bills: Bills) -> None:
    bills.add(
        charge("2026-11-01", 6, tags={"team": "ml"}),
        charge("2026-11-01", 3, tags={"team": " "}),
        charge("2026-11-01", 1),
    )
    answer = bills.ask(Query(period=NOVEMBER, group_by=("team",)))
    assert by(answer, "team") == {"ml": 6, None: 4}
    assert [row.share for row in answer.rows] == [Decimal("0.6"), Decimal("0.4")]
    assert answer.total == 10


@pytest.mark.parametrize(
    ("tags", "team"),
    [
        ({"team": "a"}, "a"),
        ({" TEAM ": "a"}, "a"),
        ({"user:team": "a"}, "a"),
        ({"kubernetes/Team": "a"}, "a"),
        ({"team": "a", "Team": "b", "user:team": "c"}, "a"),
        ({"Team": "b", "user:team": "c"}, "b"),
        ({"team": "", "user:team": "c"}, "c"),
        ({"user:team": "c", "squad": "d"}, "c"),
        ({"squad": "d"}, "d"),
        ({"steam": "x", "team:lead": "y"}, None),
    ],
)
def test_a_tag_is_found_however_it_is_spelled(bills: Bills, tags, team) -> None:
    bills.add(charge("2026-11-01", 1, tags=tags))
    answer = bills.ask(
        Query(period=NOVEMBER, group_by=("team",)),
        dimensions=(Dimension("team", tags=("team", "squad")),),
    )
    assert by(answer, "team") == {team: 1}


def test_a_dimension_takes_tags_then_rules_then_accounts_then_columns(bills: Bills) -> None:
    env = Dimension(
        "env",
        tags=("env",),
        rules=(Rule((Filter("service", Op.IS, ("s3",)), Filter("tag:env", Op.MISSING)), "prd"),),
        sub_accounts={"Sandbox": "dev"},
        accounts={"root": "staging"},
        columns=("region",),
        aliases={"PRD": "prod"},
    )
    everything = {
        "sub_account_name": "sandbox",
        "billing_account_id": "ROOT",
        "region": "prd",
        "service": "S3",
    }
    bills.add(
        charge("2026-11-01", 1, tags={"env": "Prd"}, **everything),
        charge("2026-11-01", 2, **everything),
        charge("2026-11-01", 4, **everything | {"service": "EC2"}),
        charge("2026-11-01", 8, **everything | {"service": "EC2", "sub_account_name": None}),
        charge("2026-11-01", 16, region="prd"),
        charge("2026-11-01", 32),
    )
    answer = bills.ask(Query(period=NOVEMBER, group_by=("env",)), dimensions=(env,))
    assert by(answer, "env") == {"prod": 19, "dev": 4, "staging": 8, None: 32}


def test_a_rule_may_not_look_at_a_configured_dimension(bills: Bills) -> None:
    bills.add(charge("2026-11-01"))
    rule = Rule((Filter("team", Op.IS, ("ml",)),), "x")
    with pytest.raises(ConfigError, match="rules look at built-in dimensions and tag:KEY"):
        bills.ask(
            Query(group_by=("env",)),
            dimensions=(Dimension("team", tags=("team",)), Dimension("env", rules=(rule,))),
        )


def test_unlike_keeps_the_untagged(bills: Bills) -> None:
    bills.add(
        charge("2026-11-01", 1, tags={"team": "ML"}),
        charge("2026-11-01", 2, tags={"team": "web"}),
        charge("2026-11-01", 4),
    )

    def total(op: Op, *values: str) -> Decimal | None:
        return bills.ask(Query(period=NOVEMBER, filters=(Filter("team", op, values),))).total

    assert total(Op.IS, "ml") == 1
    assert total(Op.IS_NOT, "ml") == 6
    assert total(Op.IS_NOT, "ml", "Web") == 4
    assert total(Op.CONTAINS, "E", "nothing") == 2
    assert total(Op.MISSING) == 4
    assert total(Op.PRESENT) == 3


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
    ("dimension", "table"), [("service", "daily"), ("resource", "resources"), ("sku", "facts")]
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
    assert answer.notes == (
        "The period compared with starts before the first bill (aws 2026-11-05).",
    )
    assert (answer.total, answer.previous_total) == (10, 6)


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
    assert answer.notes == ("Other currencies are converted to USD at the configured rates.",)
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
        "No charges where service=x in last 7d (2026-09-30 to 2026-10-06). "
        "Searched aws, with bills from 2026-09-05 to 2026-10-06.",
        suggestions=("all time where service=x", "last 7d"),
    )


def test_an_empty_lake_says_how_to_fill_it(bills: Bills) -> None:
    answer = cost_by(Query(), context=bills.context())
    assert answer == Note("The lake holds no bills yet; `purser ingest` loads them.")


def test_an_unknown_dimension_names_the_nearest(bills: Bills) -> None:
    bills.add(charge("2026-11-01"))
    with pytest.raises(InputError, match=r"There is no dimension “tema”.* team"):
        bills.ask(Query(group_by=("tema",)))


def test_a_scope_hides_values_sources_days_and_totals(bills: Bills) -> None:
    bills.add(
        charge("2026-10-01", 7, tags={"team": "secret"}, source="hidden", service="Vault"),
        charge("2026-11-01", 5, tags={"team": "ml"}),
        charge("2026-11-02", 9, tags={"team": "secret"}, source="hidden", service="Vault"),
    )
    scope = Scope((Filter("team", Op.IS, ("ml",)),))
    answer = bills.ask(Query(period=NOVEMBER, compare=Preceding()), scope=scope)
    assert (answer.total, answer.previous_total, answer.sources) == (5, 0, ("aws",))
    nothing = cost_by(
        Query(filters=(Filter("service", Op.IS, ("vault",)),)), context=bills.context(scope=scope)
    )
    assert isinstance(nothing, Note)
    assert "hidden" not in nothing.text
    assert "from 2026-11-01 to 2026-11-01" in nothing.text
    stranger = Scope((Filter("team", Op.IS, ("nobody",)),))
    assert cost_by(Query(period=AllTime()), context=bills.context(scope=stranger)) == Note(
        "There are no bills among what you may see."
    )
    values = dimension_values(bills.context(scope=scope))
    assert (values["team"], values["service"], values["source"]) == (("ml",), ("EC2",), ("aws",))
    assert dimension_values(bills.context())["team"] == ("ml", "secret")


def test_a_scope_over_a_dimension_that_is_not_there_refuses(bills: Bills) -> None:
    bills.add(charge("2026-11-01"))
    with pytest.raises(InputError):
        bills.ask(Query(), scope=Scope((Filter("gone", Op.IS, ("x",)),)))


def test_names_of_dimensions_never_clash_with_the_columns_of_the_answer(bills: Bills) -> None:
    names = ("value", "time", "currency", "is_rest", "whole", "cost", "unit")
    dimensions = tuple(Dimension(name, tags=(name,)) for name in names if name != "currency")
    bills.add(charge("2026-11-01", 2, tags={name: name.upper() for name in names}))
    for kind in (MetricKind.COST, MetricKind.UNIT_COST):
        metric = Metric(kind, unit=None if kind is MetricKind.COST else "hours")
        for grain in (Grain.TOTAL, Grain.DAY):
            query = Query(metric, NOVEMBER, names, grain=grain, top=1, compare=Preceding())
            context = bills.context(dimensions=dimensions)
            answer = cost_by(query, context=context)
            if isinstance(answer, CostTable):
                assert answer.rows[0].key["value"] == "VALUE"
                assert answer.total == 2


def test_a_filter_without_values_holds_for_nothing(bills: Bills) -> None:
    bills.add(charge("2026-11-01", 2))
    for op in (Op.IS, Op.CONTAINS):
        query = Query(period=AllTime(), filters=(Filter("team", op),))
        assert isinstance(cost_by(query, context=bills.context()), Note)
    scope = Scope((Filter("service", Op.IS),))
    assert isinstance(cost_by(Query(period=AllTime()), context=bills.context(scope=scope)), Note)


def test_one_resource_is_found_whatever_its_case(bills: Bills) -> None:
    bills.add(
        charge("2026-11-01", 2, resource_id="arn:I-1"),
        charge("2026-11-01", 4, resource_id="ARN:i-1", resource_name="box"),
        charge("2026-11-01", 8, resource_id="arn:i-2", resource_name="Box"),
        charge("2026-11-01", 16),
    )

    def total(dimension: str, op: Op, value: str) -> Decimal | None:
        filters = (Filter(dimension, op, (value,)),)
        return bills.ask(Query(period=NOVEMBER, filters=filters)).total

    assert total("resource", Op.IS, "arn:i-1") == 6
    assert total("resource", Op.IS_NOT, "arn:i-1") == 24
    assert total("resource_name", Op.IS, "BOX") == 12


def test_a_change_of_configuration_needs_no_reload(bills: Bills) -> None:
    bills.add(charge("2026-11-01", 2, tags={"crew": "ml"}))
    query = Query(period=NOVEMBER, group_by=("team",))
    assert by(bills.ask(query), "team") == {None: 2}
    crew = (Dimension("team", tags=("crew",)),)
    assert by(bills.ask(query, dimensions=crew), "team") == {"ml": 2}


def test_today_is_partial_from_its_first_hour(bills: Bills) -> None:
    bills.add(charge("2026-11-20", 1), charge("2026-11-21", 2), aws=date(2026, 11, 20))
    answer = bills.ask(Query(period=Current(Unit.DAY)))
    assert (answer.total, answer.is_partial, answer.tail) == (2, True, None)
