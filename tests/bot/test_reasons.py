"""Questions for reasons: a change is named, or nothing is explained."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from bot.conversation import Reading
from bot.grammar import read_reading
from bot.grammar.reasons import explained
from bot.phrasebook import hear, read_words
from tests.bot.corpus import lines, pairs
from tests.bot.test_grammar_property import QUERIES
from tests.bot.vocabularies import ACME
from tools.core.errors import NotUnderstoodError
from tools.core.query import Grain, MetricKind, Query

REASONS = pairs("reasons.txt")


def refusal(text: str) -> NotUnderstoodError:
    with pytest.raises(NotUnderstoodError) as caught:
        hear(text, ACME)
    return caught.value


@pytest.mark.parametrize(("question", "line"), REASONS)
def test_a_question_for_reasons_asks_for_its_line(question: str, line: str) -> None:
    reading = hear(question, ACME).reading
    assert reading.is_why
    assert reading.text() == line


@pytest.mark.parametrize("question", lines("no_reasons.txt"))
def test_what_names_no_change_is_not_explained(question: str) -> None:
    error = refusal(question)
    for suggestion in error.suggestions:
        assert read_reading(suggestion, ACME).text() == suggestion


@pytest.mark.parametrize(("question", "_"), REASONS)
def test_reasons_are_no_plain_question(question: str, _: str) -> None:
    with pytest.raises(NotUnderstoodError):
        read_words(question, ACME)


def can_be_explained(query: Query) -> bool:
    is_cost = query.metric.kind is MetricKind.COST
    return is_cost and query.grain is Grain.TOTAL and query.top is None


@settings(max_examples=80, deadline=None)
@given(QUERIES.filter(can_be_explained))
def test_what_a_reading_writes_is_read_back(query: Query) -> None:
    for reading in (Reading(query), explained(query)):
        assert read_reading(reading.text(), ACME) == reading
        assert hear(reading.text(), ACME).reading == reading


def test_where_no_other_period_is_named_it_is_the_one_before() -> None:
    assert read_reading("why yesterday", ACME).text() == "why yesterday vs previous"
    assert read_reading("why", ACME).text() == "why this month vs previous"


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("why last month daily", "A change is explained as one; leave “daily” out."),
        ("why top 5 services", "A change is explained as one; leave “top 5 services” out."),
        ("why did tokens go up", "I explain changes of cost, not of a count or a price."),
        ("why did only prod go up", "I can explain what changed, not why the rest did not."),
        (
            "why openai?",
            "I can explain a change of cost; say what changed, such as “why did spend go up?”.",
        ),
        ("spend in march 2025 vs february", "Of which year? Say it with both."),
    ],
)
def test_what_is_amiss_is_said(question: str, sentence: str) -> None:
    assert refusal(question).sentence == sentence


def test_the_change_that_might_be_meant_is_offered() -> None:
    assert refusal("why openai?").suggestions[0] == (
        "why this month where provider=OpenAI vs previous"
    )
