"""Random questions on random lakes, against a slow and honest recomputation from the rows."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.lake.lakes import Charge, charge, write_lake
from tests.oracle import add, expected, holds, measured, value
from tests.sizes import sized
from tools.core.clock import FixedClock
from tools.core.context import Context
from tools.core.dimensions import Dimension, Rule
from tools.core.periods import AllTime, Between, Current, Earlier, Period, Rolling, Since, Unit
from tools.core.query import (
    Cost,
    Filter,
    Grain,
    Metric,
    MetricKind,
    Op,
    Preceding,
    Query,
    Shifted,
)
from tools.core.results import CostTable
from tools.core.scope import Scope
from tools.core.settings import CurrencySettings, LakeSettings, Rate
from tools.costs import cost_by
from tools.lake.lake import Lake

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
FIRST = date(2026, 8, 25)
PLACES = Decimal(1).scaleb(-9)
RATES = CurrencySettings(
    "USD",
    (
        Rate("EUR", date(2026, 9, 10), Decimal("1.1")),
        Rate("EUR", date(2026, 10, 20), Decimal("1.25")),
    ),
)
DIMENSIONS = (
    Dimension("team", tags=("team", "squad"), sub_accounts={"A1": "platform", "second": "data"}),
    Dimension(
        "env",
        tags=("env",),
        rules=(
            Rule(
                (Filter("service", Op.CONTAINS, ("gpu",)), Filter("tag:squad", Op.MISSING)), "prd"
            ),
        ),
        accounts={"root": "dev"},
        aliases={"prd": "prod", "Production": "prod"},
    ),
    Dimension("model", tags=("model",), columns=("model",)),
)


def random_charges(seed: int) -> list[Charge]:
    rng = random.Random(seed)
    many = (150, 100, 60, 150, 100, 60, 3, 0)[seed]
    currencies = ((("USD",), ("USD", "EUR"), ("USD", "EUR", None), ("EUR",)) * 2)[seed]
    return [_random_charge(rng, currencies) for _ in range(many)]


def _random_charge(rng: random.Random, currencies: tuple[str | None, ...]) -> Charge:
    tags = {}
    for keys, values in (
        (("team", "Team ", "user:team", "squad"), ("ml", "ML", "web", "data", " ")),
        (("env", "ENV", "kubernetes/env"), ("prod", "prd", "PRODUCTION", "dev")),
    ):
        for key in rng.sample(keys, rng.choice((0, 1, 1, 2))):
            tags[key] = rng.choice(values)
    unit = rng.choice(("tokens", "hours", None, None))
    day = FIRST + timedelta(days=rng.randrange(88))
    return charge(
        day.isoformat(),
        Decimal(rng.randrange(-500, 5000)).scaleb(-rng.choice((0, 2, 7))),
        hour=rng.randrange(24),
        tags=tags,
        source=rng.choice(("aws", "gcp")),
        currency=rng.choice(currencies),
        service=rng.choice(("EC2", "S3", "GPU box", None)),
        region=rng.choice(("eu", "us")),
        sub_account_id=rng.choice(("a1", "a2", None)),
        sub_account_name=rng.choice(("Second", None)),
        billing_account_id=rng.choice(("root", "other")),
        model=rng.choice(("gpt", None)),
        consumed_unit=unit,
        consumed_quantity=Decimal(rng.randrange(1, 9)) if unit else None,
        gpu_hours=Decimal(rng.randrange(0, 3)) if unit == "hours" else None,
        list_cost=rng.choice((None, Decimal("2.5"))),
        resource_id=rng.choice(("i-1", "I-2", None)),
    )


@dataclass(frozen=True)
class Built:
    charges: list[Charge]
    apart: Lake
    converted: Lake


@pytest.fixture(scope="module")
def lakes(tmp_path_factory: pytest.TempPathFactory) -> list[Built]:
    made = []
    for seed in range(8):
        root: Path = tmp_path_factory.mktemp("lake")
        charges = random_charges(seed)
        write_lake(root, charges)
        apart = Lake(root, LakeSettings(dimensions=DIMENSIONS))
        converted = Lake(root, LakeSettings(dimensions=DIMENSIONS, currency=RATES))
        made.append(Built(charges, apart, converted))
    return made


# --- random questions

names = st.sampled_from(
    ("team", "env", "model", "service", "region", "tag:squad", "source", "resource")
)
filter_values = {
    "team": ("ml", "platform"),
    "env": ("PROD", "dev"),
    "service": ("ec2", "gpu box", "s3"),
    "source": ("aws",),
    "model": ("gpt",),
    "region": ("eu",),
    "tag:squad": ("web",),
    "resource": ("I-1", "i-2"),
}


@st.composite
def filters(draw) -> Filter:
    dimension_name = draw(names)
    op = draw(st.sampled_from(Op))
    if op in (Op.MISSING, Op.PRESENT):
        return Filter(dimension_name, op)
    if op is Op.CONTAINS:
        return Filter(dimension_name, op, (draw(st.sampled_from(("a", "e", "2"))),))
    values = filter_values[dimension_name]
    some = draw(st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True))
    return Filter(dimension_name, op, tuple(some))


metrics = st.one_of(
    st.builds(Metric, cost=st.sampled_from(Cost)),
    st.builds(
        Metric,
        st.just(MetricKind.QUANTITY),
        unit=st.sampled_from(("tokens", "hours", "gpu-hours", None)),
    ),
    st.builds(
        Metric,
        st.just(MetricKind.UNIT_COST),
        unit=st.sampled_from(("tokens", "gpu-hours")),
        per=st.sampled_from((1, 1_000_000)),
    ),
)
periods = st.sampled_from(
    (
        AllTime(),
        Rolling(7),
        Rolling(30),
        Current(Unit.MONTH),
        Current(Unit.WEEK),
        Earlier(Unit.MONTH),
        Earlier(Unit.DAY),
        Since(date(2026, 9, 20)),
        Between(date(2026, 9, 1), date(2026, 10, 1)),
        Between(date(2026, 9, 5), date(2026, 11, 9)),
    )
)
queries = st.builds(
    Query,
    metric=metrics,
    period=periods,
    group_by=st.lists(names, max_size=2, unique=True).map(tuple),
    grain=st.sampled_from(Grain),
    filters=st.lists(filters(), max_size=2).map(tuple),
    top=st.sampled_from((None, None, 1, 2, 5)),
    compare=st.sampled_from((None, None, Preceding(), Shifted(Unit.MONTH), Shifted(Unit.WEEK))),
)
scopes = st.lists(filters(), max_size=1).map(lambda some: Scope(tuple(some)))
relaxed = settings(
    max_examples=sized(30, 60),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def ask(lake: Lake, query: Query, scope: Scope):
    return cost_by(query, context=Context(lake, FixedClock(NOW), scope))


def near(a: Decimal | None, b: Decimal | None) -> bool:
    if a is None or b is None:
        return a is b
    return abs(a - b) <= PLACES * max(1, abs(b))


@pytest.mark.long
@settings(relaxed, max_examples=sized(50, 1000))
@given(st.integers(0, 7), st.booleans(), queries, scopes)
def test_an_answer_is_what_the_rows_say(lakes, index, is_converted, query, scope) -> None:
    built = lakes[index]
    answer = ask(built.converted if is_converted else built.apart, query, scope)
    rates = RATES if is_converted else CurrencySettings()
    if not isinstance(answer, CostTable):
        visible = [
            c
            for c in built.charges
            if all(holds(c, f) for f in (*scope.filters, *query.filters))
            and measured(c, query.metric, rates)
        ]
        if isinstance(query.period, Between):
            stretch = Period(query.period.start, query.period.end)
            visible = [c for c in visible if c.day in stretch]
        if isinstance(query.period, AllTime | Between):
            assert not visible
        return
    cells = expected(built.charges, query, answer, scope=scope, rates=rates)
    is_apart = len({key[2] for key in cells}) > 1
    check_rows(answer, query, cells)
    check_totals(answer, query, cells, is_apart=is_apart)


def check_rows(answer: CostTable, query: Query, cells: dict) -> None:
    by_unit = query.metric.kind is MetricKind.QUANTITY
    apart_of = {c: c for c in answer.by_currency}
    seen = set()
    for row in answer.rows:
        groups = tuple(row.key[g] for g in query.group_by)
        apart = row.key.get("unit", answer.unit if query.metric.unit is None else None)
        apart = apart if by_unit else row.currency
        key = (groups, row.key.get("time"), apart, *([True] if row.is_rest else []))
        assert key in cells or not any(cells), (key, apart_of)
        current, previous = cells.get(key, ((Decimal(0),) * 2,) * 2)
        assert near(row.value, value(query.metric, current))
        if answer.previous_period:
            assert near(row.previous, value(query.metric, previous))
        seen.add(key)
    for key in cells.keys() - seen:  # only previous days without a day to stand beside
        assert key[1] is not None
        assert date.fromisoformat(key[1][:10]) >= answer.period.end


def check_totals(answer: CostTable, query: Query, cells: dict, *, is_apart: bool) -> None:
    if is_apart:
        assert answer.total is None
        assert answer.previous_total is None
    sums = [added(cells, side) for side in (0, 1)] if cells else [None, None]
    if cells and not is_apart:
        assert near(answer.total, value(query.metric, sums[0]))
        if answer.previous_period:
            assert near(answer.previous_total, value(query.metric, sums[1]))
    if query.metric.kind is not MetricKind.UNIT_COST:
        whole = sum((row.value for row in answer.rows), Decimal(0))
        assert answer.total is None or whole == answer.total
        shares = [row.share for row in answer.rows if row.share is not None]
        assert not shares or abs(sum(shares) - 1) < Decimal("0.001")
        assert sum(answer.by_currency.values()) in (whole, 0)


def added(cells: dict, side: int) -> tuple:
    total = None
    for values in cells.values():
        total = values[side] if total is None else add(total, values[side])
    return total


@relaxed
@given(st.integers(0, 7), queries, filters())
def test_a_scope_never_widens_an_answer(lakes, index, query, narrow) -> None:
    lake = lakes[index].apart
    scoped = ask(lake, query.with_(period=AllTime(), compare=None), Scope((narrow,)))
    asked = ask(
        lake,
        query.with_(period=AllTime(), compare=None, filters=(*query.filters, narrow)),
        Scope(),
    )
    assert isinstance(scoped, CostTable) == isinstance(asked, CostTable)
    if isinstance(scoped, CostTable) and isinstance(asked, CostTable):
        assert scoped.rows == asked.rows
        assert scoped.bill_rows == asked.bill_rows
        assert scoped.sources == asked.sources


@relaxed
@given(st.integers(0, 7), queries, scopes)
def test_the_sql_of_an_answer_gives_its_rows_again(lakes, index, query, scope) -> None:
    lake = lakes[index].apart
    answer = ask(lake, query, scope)
    if isinstance(answer, CostTable):
        again = lake.run_readonly(answer.sql)
        place = again.columns.index("value")
        values = [row[place] for row in again.rows]
        assert len(values) >= len(answer.rows)
        if len(values) == len(answer.rows):
            assert all(
                near(row.value, None if v is None else Decimal(v))
                for row, v in zip(answer.rows, values, strict=True)
            )


@relaxed
@given(st.integers(0, 7), queries, scopes)
def test_the_points_of_a_chart_come_to_the_total(lakes, index, query, scope) -> None:
    answer = ask(lakes[index].apart, query, scope)
    if not isinstance(answer, CostTable) or not answer.series or answer.total is None:
        return
    if query.metric.kind is MetricKind.UNIT_COST:
        return
    end = answer.period.end
    points = [p for p in answer.series if not p.is_previous]
    inside = sum((p.value for p in points if p.day < end), Decimal(0))
    after = sum((p.value for p in points if p.day >= end), Decimal(0))
    assert inside == answer.total
    assert after == (answer.tail or 0) or query.grain in (Grain.WEEK, Grain.MONTH)
