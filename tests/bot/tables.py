"""Hand-made answers, and a strategy for any answer there could be."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D

from hypothesis import strategies as st

from tools.core.periods import (
    AllTime,
    Between,
    Current,
    Earlier,
    Period,
    Rolling,
    Since,
    Unit,
)
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
from tools.core.results import REST, CostTable, Point, Row

NOW = datetime(2026, 11, 20, 11, 0, tzinfo=UTC)
NOV = Period(date(2026, 11, 1), date(2026, 11, 20))
OCT = Period(date(2026, 10, 1), date(2026, 10, 20))
TOKENS = Metric(MetricKind.QUANTITY, unit="tokens")
PER_MILLION = Metric(MetricKind.UNIT_COST, unit="tokens", per=1_000_000)


def table(query: Query | None = None, rows: tuple[Row, ...] = (), **changes: object) -> CostTable:
    """An answer in dollars over Nov 1–19; the total is the rows' own."""
    total = sum((row.value for row in rows if row.value is not None), D(0))
    made = CostTable(
        query=query or Query(),
        period=NOV,
        currency="USD",
        unit=None,
        rows=tuple(row._replace(currency="USD") for row in rows),
        total=total,
        by_currency={"USD": total},
        complete_through=date(2026, 11, 19),
        is_partial=False,
        as_of=NOW - timedelta(hours=2, minutes=10),
        bill_rows=12345,
        sql="SELECT 1",
        sources=("aws", "openai"),
    )
    return replace(made, **changes)


def total(value: str = "48213.55", **changes: object) -> CostTable:
    """One figure."""
    return table(Query(), (Row({}, D(value)),), **changes)


def daily(days: int = 19) -> tuple[Point, ...]:
    """Points for the first days of November."""
    return tuple(Point(date(2026, 11, day), None, D(2000 + day)) for day in range(1, days + 1))


def by_team(count: int = 3, **changes: object) -> CostTable:
    """So many teams, the untagged and the rest."""
    named = [Row({"team": f"team-{i}"}, D(1000 - i), share=D("0.1")) for i in range(count)]
    rows = (
        *named,
        Row({"team": None}, D(50), share=D("0.02")),
        Row({"team": REST}, D(40), share=D("0.01"), is_rest=True, groups=14),
    )
    return table(Query(group_by=("team",), top=count + 1), rows, **changes)


def apart() -> CostTable:
    """Dollars and euros, never summed."""
    rows = (
        Row({"provider": "aws", "currency": "USD"}, D(1200), currency="USD"),
        Row({"provider": "openai", "currency": "USD"}, D(400), currency="USD"),
        Row({"provider": "hetzner", "currency": "EUR"}, D(300), currency="EUR"),
    )
    made = table(Query(group_by=("provider",)), ())
    sums = {"EUR": D(300), "USD": D(1600)}
    return replace(made, rows=rows, currency=None, total=None, by_currency=sums)


NASTY = ("<!channel>", "<@U0ADAPARK0>", "*bold*", "=1+1", "", "a\x00b\u202ec", "`~_", "x" * 4000)
_names = st.none() | st.sampled_from(NASTY) | st.text(max_size=60)
_money = st.decimals(
    min_value=-(10**15), max_value=10**15, places=6, allow_nan=False, allow_infinity=False
)
_days = st.dates(date(2024, 1, 1), date(2027, 1, 1))
_dimensions = st.sampled_from(("team", "service", "model", "tag:Owner Name", "currency", "unit"))
_metrics = st.one_of(
    st.builds(Metric, cost=st.sampled_from(Cost)),
    st.builds(
        Metric,
        kind=st.just(MetricKind.QUANTITY),
        unit=st.none() | st.sampled_from(("tokens", "gpu-hours", "<units>")),
    ),
    st.builds(
        Metric,
        kind=st.just(MetricKind.UNIT_COST),
        unit=st.sampled_from(("tokens", "gpu-hours")),
        per=st.sampled_from((1, 1000, 1_000_000)),
    ),
)
_specs = st.sampled_from(
    (
        Current(Unit.MONTH),
        Rolling(7),
        Earlier(Unit.MONTH),
        Earlier(Unit.MONTH, 3, 2),
        Between(date(2026, 9, 1), date(2026, 10, 1)),
        Since(date(2026, 9, 1)),
        AllTime(),
    )
)
_filters = st.builds(
    Filter,
    _dimensions,
    st.sampled_from(Op),
    st.lists(st.text(max_size=80), min_size=1, max_size=9).map(tuple),
)


@st.composite
def periods(draw: st.DrawFn) -> Period:
    start = draw(_days)
    return Period(start, start + timedelta(days=draw(st.integers(1, 500))))


@st.composite
def tables(draw: st.DrawFn) -> CostTable:
    """Any answer that the types allow, however odd."""
    groups = tuple(draw(st.lists(_dimensions, max_size=4, unique=True)))
    query = Query(
        metric=draw(_metrics),
        period=draw(_specs),
        group_by=groups,
        grain=draw(st.sampled_from(Grain)),
        filters=tuple(draw(st.lists(_filters, max_size=4))),
        compare=draw(st.none() | st.just(Preceding()) | st.just(Shifted(Unit.WEEK))),
    )
    extra = draw(st.sampled_from(((), ("currency",), ("unit",))))
    time = ("time",) if query.grain is not Grain.TOTAL else ()
    row = st.builds(
        Row,
        st.fixed_dictionaries(dict.fromkeys((*groups, *time, *extra), _names)),
        st.none() | _money,
        previous=st.none() | _money,
        share=st.none() | st.decimals(-2, 2, places=6),
        currency=st.none() | st.sampled_from(("USD", "EUR", "JPY", "<!here>")),
        is_rest=st.booleans(),
        groups=st.none() | st.integers(1, 10**6),
    )
    point = st.builds(
        Point,
        st.dates(date(2026, 1, 1), date(2026, 12, 1)),
        _names if groups else st.none(),
        _money,
        is_partial=st.booleans(),
        is_previous=st.booleans(),
    )
    amounts = st.dictionaries(st.sampled_from(("USD", "EUR", "XYZ")), _money, max_size=3)
    return CostTable(
        query=query,
        period=draw(periods()),
        currency=draw(st.none() | st.sampled_from(("USD", "CHF"))),
        unit=draw(st.none() | st.sampled_from(("tokens", "<unit>"))),
        rows=tuple(draw(st.lists(row, max_size=40))),
        total=draw(st.none() | _money),
        by_currency=draw(amounts),
        complete_through=draw(st.none() | _days),
        is_partial=draw(st.booleans()),
        as_of=draw(st.none() | st.just(NOW)),
        bill_rows=draw(st.integers(0, 10**9)),
        sql="SELECT 1",
        previous_period=draw(st.none() | periods()),
        previous_total=draw(st.none() | _money),
        previous_by_currency=draw(amounts),
        tail=draw(st.none() | _money),
        sources=tuple(draw(st.lists(st.text(max_size=90), max_size=6))),
        series=tuple(draw(st.lists(point, max_size=12))),
        notes=tuple(draw(st.lists(st.text(max_size=600), max_size=12))),
    )
