"""From published bills, through the ingest, to an answer."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from tests.lake.bills import SHARED
from tools.core.clock import FixedClock
from tools.core.context import Context
from tools.core.periods import AllTime
from tools.core.query import Cost, Filter, Grain, Metric, MetricKind, Op, Query
from tools.core.results import CostTable
from tools.core.settings import LakeSettings, Source
from tools.costs import cost_by, dimension_values
from tools.lake.ingest import ingest_path
from tools.lake.lake import Lake

NOW = FixedClock(datetime(2026, 11, 21, 12, tzinfo=UTC))
SAMPLE = SHARED / "focus-sample-data-1.0" / "focus_sample.csv"
TOKENS = SHARED / "focus-1.5-draft-ai-billing" / "multi_model_usage.csv"
BILLED = Metric(cost=Cost.BILLED)


def loaded(root: Path, bill: Path) -> Context:
    """The bill in a lake of its own."""
    if not bill.exists():
        pytest.skip(f"{bill.name} is not on this machine")
    ingest_path(bill, source=Source("published", bill), root=root, clock=NOW)
    return Context(Lake(root, LakeSettings()), NOW)


def ask(context: Context, query: Query) -> CostTable:
    answer = cost_by(query, context=context)
    assert isinstance(answer, CostTable), answer
    return answer


def test_a_published_bill_by_provider_comes_to_its_published_total(tmp_path: Path) -> None:
    context = loaded(tmp_path, SAMPLE)
    answer = ask(context, Query(BILLED, AllTime(), ("provider",)))
    assert answer.total is not None
    assert abs(answer.total - Decimal("20.5202267289")) < Decimal("1e-9")
    assert answer.bill_rows == 1000
    assert {row.key["provider"] for row in answer.rows} == {"AWS", "Microsoft", "Oracle"}
    again = context.lake.run_readonly(answer.sql)
    assert [row[0] for row in again.rows] == [row.key["provider"] for row in answer.rows]


@pytest.mark.parametrize("dimension", ["resource", "sku", "service", "tag:org", "account", "env"])
def test_every_cut_of_a_published_bill_comes_to_the_same_total(tmp_path, dimension) -> None:
    context = loaded(tmp_path, SAMPLE)
    whole = ask(context, Query(BILLED, AllTime())).total
    for grain in (Grain.TOTAL, Grain.DAY, Grain.HOUR):
        answer = ask(context, Query(BILLED, AllTime(), (dimension,), grain=grain, top=3))
        assert answer.total == whole == sum(row.value or 0 for row in answer.rows)


def test_token_bills_are_answered_per_model_and_per_million(tmp_path: Path) -> None:
    context = loaded(tmp_path, TOKENS)
    used = ask(context, Query(Metric(MetricKind.QUANTITY, unit="tokens"), AllTime(), ("model",)))
    price = Metric(MetricKind.UNIT_COST, unit="tokens", per=1_000_000)
    paid = ask(context, Query(price, AllTime(), ("model",)))
    cost = ask(context, Query(period=AllTime(), filters=(Filter("unit", Op.IS, ("tokens",)),)))
    assert used.total and cost.total and paid.total
    assert abs(paid.total - cost.total / used.total * 1_000_000) < Decimal("1e-9")
    assert {row.key["model"] for row in used.rows} == {row.key["model"] for row in paid.rows}
    assert None not in {row.key["model"] for row in used.rows}


def test_known_values_are_those_of_the_bill(tmp_path: Path) -> None:
    values = dimension_values(loaded(tmp_path, SAMPLE))
    assert values["provider"] == ("AWS", "Microsoft", "Oracle")
    assert values["source"] == ("published",)
    assert "resource" not in values
