"""Charts: the right picture for an answer, none where there is nothing to see."""

from __future__ import annotations

import itertools
import json
import struct
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal as D

import pytest
from hypothesis import given, settings

from bot.charts import chart_png, chart_spec
from bot.charts.look import PALETTE, REST_GREY, UNTAGGED_GREY, WIDTH
from bot.charts.timeline import HEIGHT, LINE
from tests.bot.tables import (
    NASTY,
    OCT,
    PER_MILLION,
    TOKENS,
    apart,
    by_team,
    daily,
    table,
    tables,
    total,
)
from tools.core.query import Grain, Metric, MetricKind, Query
from tools.core.results import REST, Point, Row


def stacked(*names: str | None, days: int = 5):
    points = tuple(
        Point(date(2026, 11, day), name, D(100 - i))
        for i, name in enumerate(names)
        for day in range(1, days + 1)
    )
    query = Query(group_by=("team",), grain=Grain.DAY)
    rows = tuple(Row({"team": p.key, "time": f"{p.day}"}, p.value) for p in points)
    return table(query, rows, series=points)


def values(spec, layer=0):
    return spec["layer"][layer]["data"]["values"]


def names_at_end(spec):
    return [value["text"] for value in values(spec, -1)]


def test_a_total_is_drawn_day_by_day():
    spec = chart_spec(total(series=daily()))
    assert [v["value"] for v in values(spec)] == [float(p.value) for p in daily()]
    assert spec["title"]["text"] == "Effective cost"
    assert spec["title"]["subtitle"] == "Nov 1–19"


def test_one_point_or_one_row_is_nothing_to_see():
    assert chart_spec(total()) is None
    assert chart_spec(total(series=daily(1))) is None
    assert chart_spec(table(Query(group_by=("team",)), (Row({"team": "a"}, D(5)),))) is None


def test_nothing_but_zeros_is_nothing_to_see():
    zeros = tuple(point._replace(value=D(0)) for point in daily())
    assert chart_spec(total("0", series=zeros)) is None
    rows = (Row({"team": "a"}, D(0)), Row({"team": "b"}, D(0)))
    assert chart_spec(table(Query(group_by=("team",)), rows)) is None


def test_units_that_stay_apart_have_no_common_axis():
    metric = Metric(MetricKind.QUANTITY)
    rows = (Row({"unit": "tokens"}, D(5)), Row({"unit": "hours"}, D(5)))
    assert chart_spec(table(Query(metric=metric), rows, currency=None)) is None


def test_days_still_coming_in_are_paler_and_said():
    points = (*daily(), Point(date(2026, 11, 20), None, D(300), is_partial=True))
    spec = chart_spec(total(series=points))
    assert [v["state"] for v in values(spec)] == ["whole"] * 19 + ["partial"]
    assert spec["title"]["subtitle"].endswith("pale: still coming in")


def test_the_period_compared_with_is_a_dashed_line_under_the_same_days():
    before = tuple(
        Point(date(2026, 10, day), None, D(day), is_previous=True) for day in range(1, 20)
    )
    spec = chart_spec(total(series=(*daily(), *before), previous_period=OCT))
    assert values(spec, -1)[0] == {"day": "2026-11-01", "value": 1.0}
    assert len(values(spec)) == 19
    assert "dashed: Oct 1–19" in spec["title"]["subtitle"]


def test_rows_by_day_bring_their_own_previous_line():
    rows = tuple(Row({"time": f"{p.day}"}, p.value, D(7)) for p in daily())
    made = table(Query(grain=Grain.DAY), rows, series=daily(), previous_period=OCT)
    assert values(chart_spec(made), -1)[0] == {"day": "2026-11-01", "value": 7.0}


def test_groups_are_bars_with_the_rest_in_grey_and_the_untagged_apart():
    spec = chart_spec(by_team(2))
    assert [(v["text"], v["kind"]) for v in spec["data"]["values"]] == [
        ("$1.00k", "named"),
        ("$999", "named"),
        ("$50.00", "untagged"),
        ("$40.00", "rest"),
    ]
    names = spec["params"][0]["value"]
    assert list(names.values()) == ["team-0", "team-1", "untagged", "other (14)"]


def test_many_groups_are_cut_and_the_rest_stays():
    spec = chart_spec(by_team(40))
    shown = spec["data"]["values"]
    assert len(shown) == 13
    assert shown[-1]["kind"] == "rest"
    assert "13 of 42" in spec["title"]["subtitle"]


def test_a_previous_value_is_a_mark_and_the_figure_stands_beyond_it():
    rows = (Row({"team": "a"}, D(10), D(11)), Row({"team": "b"}, D(8), None))
    made = table(Query(group_by=("team",)), rows, previous_period=OCT)
    spec = chart_spec(made)
    assert [(v["before"], v["end"]) for v in spec["data"]["values"]] == [(11.0, 11.0), (None, 8.0)]
    assert "mark: Oct 1–19" in spec["title"]["subtitle"]


def test_a_figure_stays_with_its_bar_where_the_mark_is_far():
    rows = (Row({"team": "a"}, D(2), D(10)), Row({"team": "b"}, D(-2), D(-10)))
    spec = chart_spec(table(Query(group_by=("team",)), rows, previous_period=OCT))
    assert [v["end"] for v in spec["data"]["values"]] == [2.0, -2.0]


def test_currencies_that_stay_apart_have_a_plot_each():
    rows = (*apart().rows, apart().rows[2]._replace(key={"provider": "b", "currency": "EUR"}))
    spec = chart_spec(replace(apart(), rows=rows))
    assert [len(plot["data"]["values"]) for plot in spec["vconcat"]] == [2, 2]


def test_series_are_stacked_largest_first_and_named_at_their_ends():
    spec = chart_spec(stacked("a", "b", None))
    assert names_at_end(spec) == ["a", "b", "untagged"]
    colours = spec["layer"][0]["encoding"]["color"]["scale"]["range"]
    assert colours == [PALETTE[0], PALETTE[1], UNTAGGED_GREY]


def test_small_series_become_other_in_grey():
    spec = chart_spec(stacked(*"abcdefgh"))
    assert names_at_end(spec)[-1] == "other"
    rest = [v["value"] for v in values(spec) if v["series"] == "rest"]
    assert rest == [94.0 + 93.0] * 5
    assert spec["layer"][0]["encoding"]["color"]["scale"]["range"][-1] == REST_GREY


def test_a_rest_of_the_answer_stays_last_however_large():
    made = stacked("a", "b")
    rest = tuple(Point(date(2026, 11, day), REST, D(900)) for day in range(1, 6))
    assert names_at_end(chart_spec(replace(made, series=(*made.series, *rest))))[-1] == "other"


def test_names_at_the_end_never_overlap():
    spec = chart_spec(stacked(*"abcdef", days=2))
    places = sorted(value["y"] for value in values(spec, -1))
    assert all(b - a >= LINE - 0.2 for a, b in itertools.pairwise(places))
    assert places[0] >= 0
    assert places[-1] <= HEIGHT


def test_prices_are_lines_and_never_summed():
    points = tuple(
        Point(date(2026, 11, day), name, D("2.5")) for name in "abcdefgh" for day in (2, 9)
    )
    query = Query(metric=PER_MILLION, group_by=("model",), grain=Grain.WEEK)
    spec = chart_spec(table(query, (), series=points, unit="tokens"))
    assert spec["layer"][0]["mark"]["type"] == "line"
    assert {v["value"] for v in values(spec)} == {2.5}
    assert "other" not in names_at_end(spec)


def test_a_year_of_days_is_an_area_named_by_month():
    days = [date(2025, 11, 1) + timedelta(days=n) for n in range(380)]
    spec = chart_spec(total(series=tuple(Point(day, None, D(5)) for day in days)))
    assert spec["layer"][0]["mark"]["type"] == "area"
    named = spec["params"][0]["value"]
    assert named["2025-11-01"] == ["Nov", "2025"]
    assert len(named) <= 7


def test_a_quantity_has_no_currency_on_its_axis():
    made = table(Query(metric=TOKENS), (), currency=None, unit="tokens", series=daily())
    assert {"name": "money", "value": ""} in chart_spec(made)["params"]


@pytest.mark.parametrize("name", ["a'] + alert(1) + ['", 'x"}]}', "datum.value", *NASTY[:4]])
def test_a_name_from_a_bill_is_only_ever_a_value(name):
    """What would be run is an expression; those are the same whatever the bill says."""

    def expressions(node):
        if isinstance(node, dict):
            for key, value in node.items():
                if key in ("labelExpr", "filter", "calculate", "expr", "signal", "test"):
                    yield value
                yield from expressions(value)
        elif isinstance(node, list):
            for item in node:
                yield from expressions(item)

    plain = table(Query(group_by=("team",)), (Row({"team": "a"}, D(5)), Row({"team": "b"}, D(3))))
    nasty = replace(plain, rows=(Row({"team": name}, D(5), currency="USD"), plain.rows[1]))
    assert list(expressions(chart_spec(nasty))) == list(expressions(chart_spec(plain)))
    odd, usual = stacked(name, "b"), stacked("a", "b")
    assert list(expressions(chart_spec(odd))) == list(expressions(chart_spec(usual)))


@settings(max_examples=50, deadline=None)
@given(tables())
def test_any_answer_has_a_spec_or_none_and_it_is_json(made):
    json.dumps(chart_spec(made), allow_nan=False)


@settings(max_examples=5, deadline=None)
@given(tables().filter(lambda made: chart_spec(made) is not None))
def test_any_spec_can_be_drawn(made):
    assert chart_png(made).startswith(b"\x89PNG")


def test_the_picture_is_sharp_and_about_as_wide_as_a_phone_shows_it():
    for made in (by_team(5), stacked("a", "b"), total(series=daily())):
        png = chart_png(made)
        width, height = struct.unpack(">II", png[16:24])
        assert 2.2 * WIDTH < width < 3.0 * WIDTH
        assert height < width * 1.2


def test_a_long_name_of_emoji_is_drawn():
    assert chart_png(
        replace(by_team(2), rows=(Row({"team": "😀" * 40}, D(2)), Row({"team": "ml"}, D(1))))
    )
