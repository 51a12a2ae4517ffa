"""Answers in words: the number first, and nothing claimed that is not known."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from hypothesis import given, settings

from bot.wording import remarks, sentence, source_line
from tests.bot.tables import (
    NOV,
    NOW,
    OCT,
    PER_MILLION,
    TOKENS,
    apart,
    by_team,
    table,
    tables,
    total,
)
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
from tools.core.query import Cost, Filter, Grain, Metric, MetricKind, Op, Query
from tools.core.results import Note, Point, Row


def test_the_number_comes_first_then_the_period_in_words_and_days():
    assert sentence(total()) == "$48,213.55 this month so far (Nov 1–19)."


def test_a_comparison_says_how_much_and_in_percent():
    compared = total(previous_period=OCT, previous_total=D("45903.43"))
    assert sentence(compared) == (
        "$48,213.55 this month so far (Nov 1–19), $2,310.12 (5.0 %) more than Oct 1–19."
    )


@pytest.mark.parametrize(
    ("before", "words"),
    [
        ("50000", "$1,786.45 (3.6 %) less than Oct 1–19."),
        ("48213.55", "the same as Oct 1–19."),
        ("0", "$48,213.55 more than Oct 1–19."),
        ("-10", "$48,223.55 more than Oct 1–19."),
    ],
)
def test_percent_is_only_said_of_something_positive(before, words):
    assert sentence(total(previous_period=OCT, previous_total=D(before))).endswith(words)


def test_an_unknown_previous_total_is_not_taken_for_zero():
    words = sentence(total(previous_period=OCT))
    assert words.endswith("; there is nothing to compare with in Oct 1–19.")


def test_groups_name_the_largest_with_its_share():
    assert sentence(by_team(2)).endswith("Largest: team-0, $1,000.00 (47.9 %).")


def test_the_largest_may_be_what_nobody_tagged():
    rows = (Row({"team": None}, D(90)), Row({"team": "ml"}, D(10)))
    made = table(Query(group_by=("team",)), rows)
    assert "Largest: untagged, $90.00 (90.0 %)." in sentence(made)


def test_the_rest_is_never_the_largest():
    rows = (Row({"team": "ml"}, D(10)), Row({"team": "other"}, D(90), is_rest=True))
    assert "Largest: ml, $10.00" in sentence(table(Query(group_by=("team",)), rows))


def test_days_name_the_highest_and_months_are_called_by_name():
    rows = tuple(Row({"time": f"2026-{m:02}-01"}, D(m)) for m in (8, 9, 10))
    made = table(Query(grain=Grain.MONTH), rows)
    assert "Highest month: Oct 2026, $10.00 (37.0 %)." in sentence(made)


def test_currencies_that_stay_apart_are_each_named():
    assert sentence(apart()) == (
        "$1,600.00 and €300.00 this month so far (Nov 1–19). "
        "Largest: aws, $1,200.00; hetzner, €300.00."
    )


def test_a_quantity_has_its_unit_and_no_currency():
    rows = (Row({}, D(1_240_312_332)),)
    made = table(Query(metric=TOKENS), rows, currency=None, unit="tokens", by_currency={})
    assert sentence(made) == "1.24 billion tokens this month so far (Nov 1–19)."


def test_units_are_never_summed():
    rows = (Row({"unit": "tokens"}, D(5_000_000)), Row({"unit": "gpu-hours"}, D("12.5")))
    metric = Metric(MetricKind.QUANTITY)
    made = table(Query(metric=metric), rows, currency=None, total=None, by_currency={})
    assert sentence(made).startswith("5.00 million tokens and 12.5 GPU-hours this month")


def test_a_price_names_what_it_is_for():
    made = table(Query(metric=PER_MILLION), (Row({}, D("2.3124")),), unit="tokens")
    assert sentence(made).startswith("$2.31 per 1M tokens this month")


def test_a_price_without_units_is_unknown_not_zero():
    made = table(Query(metric=PER_MILLION), (Row({}, None),), unit="tokens", total=None)
    assert sentence(made) == (
        "No cost per 1M tokens can be given: no tokens were billed this month so far (Nov 1–19)."
    )


def test_other_costs_than_effective_are_named():
    assert "billed this month" in sentence(table(Query(metric=Metric(cost=Cost.BILLED))))
    assert "at list price this month" in sentence(table(Query(metric=Metric(cost=Cost.LIST))))


def test_conditions_are_said():
    query = Query(filters=(Filter("env", Op.IS, ("prod",)), Filter("team", Op.MISSING)))
    assert "where env=prod and team is missing." in sentence(table(query))


@pytest.mark.parametrize(
    ("spec", "period", "words"),
    [
        (Rolling(7), (date(2026, 11, 13), date(2026, 11, 20)), "in the last 7 days (Nov 13–19)"),
        (Current(Unit.DAY), (date(2026, 11, 20), date(2026, 11, 21)), "today so far (Nov 20)"),
        (Earlier(Unit.DAY), (date(2026, 11, 19), date(2026, 11, 20)), "yesterday (Nov 19)"),
        (Earlier(Unit.MONTH), (date(2026, 10, 1), date(2026, 11, 1)), "last month (Oct 1–31)"),
        (Earlier(Unit.WEEK, 2), (date(2026, 11, 2), date(2026, 11, 9)), "2 weeks ago (Nov 2–8)"),
        (
            Earlier(Unit.MONTH, 3, 3),
            (date(2026, 8, 1), date(2026, 11, 1)),
            "in the last 3 whole months (Aug 1 – Oct 31)",
        ),
        (
            Between(date(2025, 9, 1), date(2025, 10, 1)),
            (date(2025, 9, 1), date(2025, 10, 1)),
            "in September 2025",
        ),
        (
            Between(date(2026, 9, 3), date(2026, 9, 4)),
            (date(2026, 9, 3), date(2026, 9, 4)),
            "on Sep 3",
        ),
        (
            Since(date(2026, 10, 28)),
            (date(2026, 10, 28), date(2026, 11, 20)),
            "since Oct 28 (Oct 28 – Nov 19)",
        ),
        (
            AllTime(),
            (date(2025, 10, 20), date(2026, 11, 20)),
            "over all time (Oct 20, 2025 – Nov 19, 2026)",
        ),
    ],
)
def test_periods_are_said_in_words_and_days(spec, period, words):
    made = replace(total(), query=Query(period=spec), period=Period(*period))
    assert sentence(made) == f"$48,213.55 {words}."


def test_a_day_still_coming_in_is_said_with_its_figure_and_not_counted():
    assert remarks(total(tail=D("512.1"))) == (
        "Nov 20 is still coming in: $512.10 so far, not counted.",
    )


def test_several_days_still_coming_in_are_said_together():
    made = total(tail=D(3), as_of=NOW + timedelta(days=2))
    assert remarks(made)[0].startswith("Nov 20–22 are still coming in: $3.00")
    points = tuple(Point(date(2026, 11, day), None, D(1), is_partial=True) for day in (20, 21))
    assert remarks(replace(made, series=points))[0].startswith("Nov 20–21 are still coming in")


def test_a_partial_period_says_from_when_on():
    made = total(is_partial=True, notes=("Openai is late.",))
    assert remarks(made) == (
        "Days after Nov 19 are still coming in; the figures will still change.",
        "Openai is late.",
    )


def test_the_source_line_says_lines_completeness_and_age():
    assert source_line(total(), now=NOW) == (
        "From 12,345 bill lines of aws and openai · complete through Nov 19 · loaded 2 h ago"
    )


def test_what_is_not_known_of_the_source_is_left_out():
    made = total(bill_rows=1, sources=(), complete_through=None, as_of=None)
    assert source_line(made, now=NOW) == "From 1 bill line · no day complete yet"


def test_a_note_is_its_own_sentence():
    assert sentence(Note("No charges in 2019.")) == "No charges in 2019."


def test_a_name_from_a_bill_cannot_hide_or_reorder_what_stands_beside_it():
    rows = (Row({"team": "ml\n\u202egnp.exe\x07"}, D(9)), Row({"team": "b"}, D(1)))
    assert "Largest: ml gnp.exe, $9.00" in sentence(table(Query(group_by=("team",)), rows))


@settings(max_examples=50, deadline=None)
@given(tables())
def test_any_answer_has_words(made):
    words = sentence(made)
    assert words[0] in "$€¥−0123456789CXN"  # a figure, or “No total …”
    assert words.endswith((".", "—"))
    assert "\n" not in words


def test_periods_of_one_month_are_written_once():
    assert "(Nov 1–19)" in sentence(total(period=NOV))


def test_days_of_another_year_are_never_compared_with_days_of_no_year():
    query = Query(period=Between(date(2025, 10, 1), date(2025, 11, 1)))
    period = Period(date(2025, 10, 1), date(2025, 11, 1))
    made = table(query, (Row({}, D(3)),), period=period, previous_period=OCT, previous_total=D(4))
    assert sentence(made) == "$3.00 in October 2025, $1.00 (25.0 %) less than Oct 1–19, 2026."


def test_so_far_is_said_once():
    made = table(
        Query(period=Current(Unit.DAY)),
        (Row({}, D(3)),),
        period=Period(date(2026, 11, 20), date(2026, 11, 21)),
        previous_period=Period(date(2026, 11, 19), date(2026, 11, 20)),
        previous_total=D(4),
        is_partial=True,
        is_comparable=False,
    )
    assert sentence(made) == "$3.00 today so far (Nov 20); the bills hold $4.00 for Nov 19."
