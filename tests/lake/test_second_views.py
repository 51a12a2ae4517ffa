"""A second view of a bill is loaded, marked, and added to nothing."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.lake.bills import NOW, month, write_csv
from tools.changes import explain_change
from tools.core.clock import FixedClock
from tools.core.context import Context
from tools.core.periods import AllTime, Between
from tools.core.query import Filter, Op, Preceding, Query
from tools.core.results import CostTable
from tools.core.settings import Interface, LakeSettings, Source
from tools.costs import cost_by, dimension_values
from tools.lake import manifest
from tools.lake.ingest import ingest_path
from tools.lake.lake import Lake
from tools.lake.second_views import second_views

API = Interface("openai", "https://api.openai.com/v1")


class House:
    """A lake with sources."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.sources: list[Source] = []

    def add(
        self,
        name: str,
        *months: str,
        provider: str = "OpenAI",
        account: str = "",
        cost: str = "1",
        origin: Interface | None = None,
        of: str | None = None,
    ) -> None:
        """Load a charge for each month, as a bill of the provider or as its report."""
        told = {
            "BilledCost": cost,
            "EffectiveCost": cost,
            "ProviderName": provider,
            "BillingAccountId": account,
        }
        path = write_csv(self.home / name / "b.csv", [month(m, **told) for m in months])
        source = Source(name, path.parent, origin=origin, second_view_of=of)
        self.sources.append(source)
        ingest_path(path, source=source, root=self.home / "lake", clock=FixedClock(NOW))

    @property
    def context(self) -> Context:
        """For a tool."""
        settings = LakeSettings(sources=tuple(self.sources))
        return Context(lake=Lake(self.home / "lake", settings), clock=FixedClock(NOW))

    def ask(self, *filters: Filter) -> CostTable:
        """What it all cost."""
        query = Query(period=AllTime(), filters=filters)
        answer = cost_by(query, context=self.context)
        assert isinstance(answer, CostTable), answer
        return answer

    def aside(self) -> list[tuple[str, str, str]]:
        """Source, month and of what each second view is."""
        found = second_views(manifest.load(self.home / "lake"), self.context.lake.settings)
        return [(v.generation.source, f"{v.generation.billing_period:%Y-%m}", v.of) for v in found]


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def source_is(name: str) -> Filter:
    return Filter("source", Op.IS, (name,))


def test_a_vendors_report_counts_only_in_months_that_no_bill_holds(house: House):
    house.add("openai", "2026-08", "2026-09", cost="10", provider="OpenAI, LLC", account="org-1")
    house.add("openai-api", "2026-09", "2026-10", cost="9", origin=API)
    assert house.aside() == [("openai-api", "2026-09", "openai")]
    answer = house.ask()
    assert answer.total == 29
    assert answer.bill_rows == 3
    assert answer.notes[-1] == "openai-api is a second view of openai; not added."


def test_the_remark_stands_only_where_it_matters(house: House):
    house.add("openai", "2026-09", cost="10")
    house.add("aws", "2026-09", provider="AWS")
    house.add("openai-api", "2026-09", origin=API)
    assert house.ask(source_is("aws")).notes == ()
    assert house.ask(Filter("provider", Op.IS, ("OpenAI",))).notes != ()


def test_a_second_view_may_be_asked_for_alone(house: House):
    house.add("openai", "2026-09", cost="10")
    house.add("openai-api", "2026-09", "2026-10", cost="9", origin=API)
    answer = house.ask(source_is("OpenAI-API"))
    assert answer.total == 18
    assert answer.notes == (
        "openai-api is a second view of openai; it is shown alone and in no total.",
    )
    assert house.ask(source_is("openai")).total == 10


def test_nothing_that_reads_the_lake_adds_it(house: House):
    house.add("openai", "2026-09", "2026-10", cost="10")
    house.add("openai-api", "2026-09", "2026-10", cost="9", origin=API)
    context = house.context
    assert context.lake.run_readonly("SELECT sum(billed_cost) FROM facts").rows == [(Decimal(20),)]
    assert dimension_values(context)["source"] == ("openai",)
    october = Between(date(2026, 10, 1), date(2026, 11, 1))
    change = explain_change(Query(period=october, compare=Preceding()), context=context)
    assert (change.before, change.after) == (10, 10)
    assert "openai-api is a second view of openai; not added." in change.notes


def test_a_source_called_a_second_view_is_never_added_while_the_other_holds_bills(house: House):
    house.add("openai", "2026-09", cost="10")
    house.add("gateway", "2026-09", "2026-10", provider="LiteLLM", cost="8", of="openai")
    assert house.ask().total == 10
    assert [when for _, when, _ in house.aside()] == ["2026-09", "2026-10"]


def test_a_second_view_of_nothing_counts(house: House):
    house.add("gateway", "2026-09", provider="LiteLLM", cost="8", of="openai")
    assert house.ask().total == 8


def test_accounts_that_are_named_and_differ_are_two_bills(house: House):
    house.add("openai", "2026-09", account="org-1")
    house.add("openai-api", "2026-09", account="org-2", origin=API)
    assert house.aside() == []
    house.add("third", "2026-09", account="ORG-2", origin=API)
    assert house.aside() == [("third", "2026-09", "openai-api")]


def test_two_bills_of_files_are_never_views_of_each_other(house: House):
    house.add("one", "2026-09")
    house.add("two", "2026-09")
    assert house.ask().total == 2


def test_another_provider_is_another_bill(house: House):
    house.add("anthropic", "2026-09", provider="Anthropic")
    house.add("openai-api", "2026-09", origin=API)
    house.add("nameless", "2026-09", provider="")
    assert house.ask().total == 3


def test_of_two_reports_the_first_configured_counts(house: House):
    house.add("zeta", "2026-09", origin=API)
    house.add("alpha", "2026-09", origin=API)
    assert house.aside() == [("alpha", "2026-09", "zeta")]


def test_a_report_stays_one_when_it_is_configured_no_more(house: House):
    house.add("openai", "2026-09")
    house.add("openai-api", "2026-09", origin=API)
    house.sources.pop()
    assert house.aside() == [("openai-api", "2026-09", "openai")]


def test_marking_a_source_reloads_nothing(house: House):
    house.add("openai", "2026-09")
    house.add("gateway", "2026-09", provider="LiteLLM")
    assert house.ask().total == 2
    house.sources[1] = replace(house.sources[1], second_view_of="openai")
    assert house.ask().total == 1


def test_a_second_view_holds_no_answer_back(house: House):
    house.add("openai", "2026-08", "2026-09")
    house.add("openai-api", "2026-09", origin=API)
    answer = house.ask()
    assert answer.sources == ("openai",)
