"""What the grammar reads, what it refuses, and what it offers instead."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import date

import pytest

from bot.grammar import LazyValues, Vocabulary, read, read_filters
from tests.bot.corpus import pairs
from tests.bot.vocabularies import ACME, BARE, DIMENSIONS
from tools.core.errors import NotUnderstoodError
from tools.core.query import Cost, Filter, Metric, MetricKind, Op, Query


def refusal(text: str, vocabulary: Vocabulary = ACME) -> NotUnderstoodError:
    with pytest.raises(NotUnderstoodError) as caught:
        read(text, vocabulary)
    return caught.value


def marked(text: str) -> str:
    error = refusal(text)
    assert error.text == text
    return text[slice(*error.span)]


@pytest.mark.parametrize(("typed", "written"), pairs("grammar.txt"))
def test_a_line_is_read_as_the_grammar_writes_it(typed: str, written: str) -> None:
    assert read(typed, ACME).text() == written


def test_nothing_typed_asks_for_this_month() -> None:
    assert read("", ACME) == Query()
    assert read("  ", BARE) == Query()


def test_clauses_come_in_any_order() -> None:
    orders = (
        "last month by team where env=prod top 5 vs previous billed",
        "billed where env=prod by team vs previous top 5 last month",
        "top 5 vs previous last month billed by team env=prod",
        "by team, top 5, last month, billed, env=prod, vs previous",
    )
    assert {read(text, ACME) for text in orders} == {read(orders[0], ACME)}


def test_case_and_spaces_do_not_matter() -> None:
    assert read("  LAST   7D  By TEAM ", ACME) == read("last 7d by team", ACME)


def test_the_kind_of_cost_joins_the_price_of_a_unit() -> None:
    expected = Metric(MetricKind.UNIT_COST, Cost.LIST, "tokens", 1_000_000)
    assert read("cost per 1m tokens by model at list price", ACME).metric == expected


def test_a_value_keeps_the_case_it_was_typed_in() -> None:
    assert read("team=ML", ACME).filters == (Filter("team", Op.IS, ("ML",)),)


@pytest.mark.parametrize(
    ("text", "bad"),
    [
        ("last month by taem", "taem"),
        ("lst month by team", "lst"),
        ("by team foo last month", "foo"),
        ("last mnth by team", "mnth"),
        ("where tem=ml", "tem"),
        ("cost per 1m tokans", "tokans"),
        ("03/04/2026 by team", "03/04/2026"),
        ("past 24h by team", "past 24h"),
        ("last month vs foo", "foo"),
        ("last month by team yesterday", "yesterday"),
        ("research by team", "research"),
        ('team="ml by service', '"ml by service'),
        ("team in (ml, data by service", "(ml, data by service"),
        ("2026-13", "2026-13"),
        ("2026-02-30 by team", "2026-02-30"),
        ("top 5 services by team", "top 5 services"),
        ("last 30d vs previous 7 days", "vs previous 7 days"),
        ("billed tokens", "tokens"),
        ("2026-09-15..2026-09-01", "2026-09-15..2026-09-01"),
    ],
)
def test_the_words_not_understood_are_marked_exactly(text: str, bad: str) -> None:
    assert marked(text) == bad


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("last month by taem", "last month by team"),
        ("lst month by team", "last month by team"),
        ("last mnth by team", "last month by team"),
        ("last month by team dialy", "last month by team daily"),
        ("opnai last month", "last month where provider=OpenAI"),
        ("where enviroment=prod", "this month where env=prod"),
        ("cost per 1m tokans by model", "cost per 1m tokens this month by model"),
        ("team last month", "last month by team"),
        ("usage by service", "quantity this month by service"),
        ("03/04/2026 by team", "2026-04-03 by team"),
        ("past 24h by team", "last 1d by team"),
        ("research by service", "this month by service where team=research"),
        ("claude by team", "this month by team where model=claude-sonnet-4"),
        ("by ml last month", "last month where team=ml"),
    ],
)
def test_the_nearest_reading_is_offered_first(text: str, first: str) -> None:
    assert refusal(text).suggestions[0] == first


def test_a_day_that_can_be_two_days_is_asked_about() -> None:
    assert refusal("03/04/2026").suggestions[:2] == ("2026-04-03", "2026-03-04")
    assert read("13/04/2026", ACME).text() == read("2026-04-13", ACME).text()


def test_a_name_in_two_dimensions_is_asked_about_unless_the_dimension_is_said() -> None:
    both = refusal("research last month").suggestions[:2]
    assert both == ("last month where team=research", "last month where project=research")
    for said in ("research project", "project research", "project=research"):
        assert read(said, ACME).filters == (Filter("project", Op.IS, ("research",)),)


def test_nothing_that_is_unknown_is_guessed_at() -> None:
    assert "OpenAI" in refusal("OpenAI last month", BARE).sentence
    without_google = replace(ACME, values={"provider": ("AWS",)})
    assert "gcp" in refusal("gcp last month", without_google).sentence


def test_a_month_without_its_year_is_the_latest_that_has_begun() -> None:
    assert read("november", ACME).text() == "2026-11"
    assert read("december", ACME).text() == "2025-12"
    assert read("feb 29", ACME).text() == "2024-02-29"


def test_ranges_without_years_do_not_run_backwards() -> None:
    assert read("nov to jan", ACME).text() == "2025-11-01..2026-01-31"
    assert read("dec to feb 2025", ACME).text() == "2024-12-01..2025-02-28"
    assert read("nov 2024 to feb", ACME).text() == "2024-11-01..2025-02-28"


def test_a_weekday_that_is_today_is_asked_about() -> None:
    assert refusal("saturday").suggestions[:2] == ("today", "2026-11-14")
    assert read("last saturday", ACME).text() == "2026-11-14"
    assert read("friday", ACME).text() == "2026-11-20"


@pytest.mark.parametrize(
    ("typed", "dimension"),
    [
        ("sub account", "account"),
        ("Sub-Accounts", "account"),
        ("cost centre", "cost_center"),
        ("cost-centers", "cost_center"),
        ("environments", "env"),
        ("GPU type", "instance_type"),
        ("vendors", "provider"),
        ("categories", "category"),
        ("resource names", "resource_name"),
        ("commitment status", "commitment_status"),
        ("availability zones", "zone"),
    ],
)
def test_dimensions_are_known_by_their_spellings(typed: str, dimension: str) -> None:
    assert read(f"by {typed}", ACME).group_by == (dimension,)


def test_a_dimension_of_ones_own_goes_before_a_spelling_of_another() -> None:
    own = replace(ACME, dimensions=("environment", "product", *DIMENSIONS))
    assert read("by environment, products", own).group_by == ("environment", "product")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "last 7d by team",
        "by team, service daily",
        "top 5 services last week",
        "yesterday by service vs last week",
        "tokens by model last month",
        "cost per 1m tokens by model",
        "all time billed by provider",
        "2026-09 by model, team top 5 where owner is missing",
    ],
)
def test_everyday_commands_need_no_look_at_the_values(text: str) -> None:
    looks: list[str] = []

    def look() -> dict[str, tuple[str, ...]]:
        looks.append(text)
        return dict(ACME.values)

    lazy = replace(ACME, values=LazyValues(look))
    assert read(text, lazy) == read(text, ACME)
    assert looks == []
    assert read("prod by team", lazy) == read("prod by team", ACME)
    assert len(looks) == 1


def test_conditions_are_read_alone_for_configuration() -> None:
    assert read_filters("", BARE) == ()
    assert read_filters("team=ml and env in (prod, dev)", BARE) == (
        Filter("team", Op.IS, ("ml",)),
        Filter("env", Op.IS, ("prod", "dev")),
    )


@pytest.mark.parametrize("text", ["last month", "team", "team=ml and", "team=ml by service", "and"])
def test_conditions_alone_are_nothing_else(text: str) -> None:
    with pytest.raises(NotUnderstoodError):
        read_filters(text, BARE)


def test_the_same_words_another_day_ask_for_other_days() -> None:
    spring = replace(ACME, today=date(2026, 3, 2))
    assert read("september", spring).text() == "2025-09"
    assert read("q4", spring).text() == "2025-10-01..2025-12-31"


def test_reading_needs_no_heavy_library() -> None:
    code = (
        "import sys, bot.phrasebook\n"
        "heavy = {'duckdb', 'pydantic', 'slack_bolt', 'flask', 'rich', 'sqlalchemy', 'langchain'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
