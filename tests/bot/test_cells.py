"""One table for Slack, terminal and CSV."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from decimal import Decimal as D

import pytest
from hypothesis import given, settings

from bot.cells import csv_text, table_cells
from tests.bot.tables import OCT, TOKENS, apart, by_team, table, tables, total
from tools.core.query import Grain, Query
from tools.core.results import Row


def labels(made):
    return [column.label for column in table_cells(made).columns]


def lines(made):
    return list(csv.reader(io.StringIO(csv_text(made))))


def test_groups_figure_and_share_with_untagged_and_rest_shown():
    made = by_team(1)
    assert labels(made) == ["Team", "Effective cost", "Share"]
    assert table_cells(made).rows == (
        ("team-0", "$1,000.00", "10.0 %"),
        ("untagged", "$50.00", "2.0 %"),
        ("other (14 more)", "$40.00", "1.0 %"),
    )


def test_a_comparison_takes_the_place_of_the_share():
    rows = tuple(
        Row({"team": name}, D(value), None if before is None else D(before))
        for name, value, before in [
            ("up", 110, 100),
            ("new", 5, 0),
            ("gone", 0, 7),
            ("born", 3, None),
            ("same", 4, 4),
            ("credit", -2, -4),
        ]
    )
    made = table(Query(group_by=("team",)), rows, previous_period=OCT)
    assert labels(made) == ["Team", "Effective cost", "Previous", "Change"]
    assert [row[3] for row in table_cells(made).rows] == [
        "+10.0 %",
        "new",
        "gone",
        "new",
        "0.0 %",
        "—",
    ]


def test_an_undefined_figure_is_a_dash_not_a_zero():
    made = table(Query(group_by=("model",)), (Row({"model": "a"}, None),))
    assert table_cells(made).rows == (("a", "—"),)


def test_a_currency_kept_apart_is_a_column_of_its_own():
    assert labels(apart()) == ["Provider", "Currency", "Effective cost"]
    assert table_cells(apart()).rows[2] == ("hetzner", "EUR", "€300.00")


def test_times_follow_the_groups():
    made = table(
        Query(group_by=("team",), grain=Grain.DAY),
        (Row({"team": "a", "time": "2026-11-02"}, D(1)),),
    )
    assert labels(made) == ["Team", "Time", "Effective cost"]
    assert table_cells(made).rows[0][:2] == ("a", "Nov 2")


def test_csv_has_raw_decimals_and_iso_days():
    rows = (Row({"team": None, "time": "2026-11-02"}, D("-12.340000000001"), D("1E+3")),)
    made = table(Query(group_by=("team",), grain=Grain.DAY), rows, previous_period=OCT)
    assert lines(made) == [
        ["team", "time", "currency", "effective_cost", "previous", "share"],
        ["untagged", "2026-11-02", "USD", "-12.340000000001", "1000", ""],
    ]


def test_csv_of_a_quantity_names_its_unit():
    made = table(Query(metric=TOKENS), (Row({}, D(5)),), currency=None, unit="tokens")
    assert lines(made) == [["unit", "tokens", "previous", "share"], ["tokens", "5", "", ""]]


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r"])
def test_no_name_in_the_csv_is_taken_for_a_formula(first):
    name = f"{first}cmd|'/C calc'!A0"
    made = table(Query(group_by=("team",)), (Row({"team": name}, D(-1)),))
    (_, (cell, _, value, *_)) = lines(made)
    assert cell == f"'{name}"
    assert value == "-1"


def test_names_in_the_csv_are_whole():
    made = table(Query(group_by=("team",)), (Row({"team": "x" * 500}, D(1)),))
    assert lines(made)[1][0] == "x" * 500


def test_the_csv_has_every_row():
    assert len(lines(by_team(212))) == 1 + 212 + 2


@settings(max_examples=50, deadline=None)
@given(tables())
def test_every_row_has_a_text_for_each_column(made):
    cells = table_cells(made)
    assert len(cells.rows) == len(made.rows)
    for row in cells.rows:
        assert len(row) == len(cells.columns)
        assert all(row)


@settings(max_examples=50, deadline=None)
@given(tables())
def test_csv_reads_back_with_the_same_figures(made):
    heading, *found = lines(made)
    values = [D(line[-3]) if line[-3] else None for line in found]
    assert values == [row.value for row in made.rows]
    assert all(len(line) == len(heading) for line in found)


def test_a_total_alone_has_no_names():
    assert labels(replace(total(), rows=(Row({}, D(1)),))) == ["Effective cost"]
