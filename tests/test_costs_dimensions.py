"""Dimensions, filters and scopes, as `cost_by` answers them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tests.asking import NOVEMBER, Bills, by
from tests.lake.lakes import charge
from tools.core.dimensions import Dimension, Rule
from tools.core.errors import ConfigError, InputError
from tools.core.periods import AllTime
from tools.core.query import Filter, Grain, Metric, MetricKind, Op, Preceding, Query
from tools.core.results import CostTable, Note
from tools.core.scope import Scope
from tools.costs import cost_by, dimension_values


@pytest.fixture
def bills(tmp_path: Path) -> Bills:
    return Bills(tmp_path / "lake")


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
