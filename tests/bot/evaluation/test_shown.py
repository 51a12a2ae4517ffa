"""The numbers in a sentence, and whether a result holds them."""

from __future__ import annotations

from decimal import Decimal as D

import pytest

from bot.conversation import Answer
from bot.evaluation.shown import figures, numbers_said, unfounded, words
from tests.bot.tables import OCT, by_team, table, total
from tools.core.query import Preceding, Query
from tools.core.results import Note, Row


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It was $1,234.56 last month.", ["$1,234.56"]),
        ("About $1.2k, or 12.5 % more.", ["$1.2k", "12.5 %"]),
        ("1.24 billion tokens on gpt-5.1", ["1.24 billion"]),
        ("p5.48xlarge and claude-opus-4-5 in us-west-2", []),
        ("from 2026-10-01 to Oct 31, 2026", []),
        ("the top 5 of 7 teams", []),
        ("EUR 12", ["EUR 12"]),
        ("1,500 GPU-hours in 2026", ["1,500"]),
        ("0.13 per token", ["0.13"]),
        ("−$3.00", ["−$3.00"]),
    ],
)
def test_only_amounts_shares_and_quantities_are_numbers(text, found):
    assert [said.text for said in numbers_said(text)] == found


@pytest.mark.parametrize(
    ("text", "figure", "is_near"),
    [
        ("$1.2k", "1234.56", True),
        ("$1.3k", "1234.56", False),
        ("$1,234.56", "1234.564", True),
        ("$1,234.57", "1234.564", False),
        ("$1,235", "1234.56", True),
        ("12.5 %", "-12.54", True),
        ("2 million", "2400000", True),
        ("$0.5", "0.45", True),
    ],
)
def test_a_number_is_near_what_rounds_to_it(text, figure, is_near):
    (said,) = numbers_said(text)
    assert said.is_near(D(figure)) is is_near


def test_differences_and_percentages_of_a_comparison_are_grounds():
    made = total("150", previous_period=OCT, previous_total=D(100))
    assert unfounded("$150.00, $50.00 or 50.0 % more than $100.00", figures(made)) == []
    assert unfounded("$151.00 and 51 %", figures(made)) == ["$151.00", "51 %"]


def test_a_note_holds_no_figures():
    assert list(figures(Note("All of $5."))) == []


def test_words_are_all_that_is_shown():
    query = Query(group_by=("team",), compare=Preceding())
    made = table(query, (Row({"team": "ml"}, D(5)),), notes=("A note.",))
    said = words(Answer("model", made, text="In short."))
    assert all(part in said for part in ("In short.", "$5.00", "ml", "A note."))
    assert "team-2" in words(Answer("command", by_team(3)))
