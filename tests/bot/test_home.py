"""The Home's blocks: the month, bars, changes, sources, questions."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal as D

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.console.block_rules import view_problems
from bot.glance import Feed, Glance
from bot.home import FIRST_QUESTIONS, HomeSetting, glance_view, sentence_view
from tests.bot.tables import NOW, OCT, table, total
from tools.core.query import Preceding, Query
from tools.core.results import Cause, Change, Note, Part, Row

SETTING = HomeSetting(NOW, questions=FIRST_QUESTIONS)
MONTH = total(previous_period=OCT, previous_total=D("40000"))
FEEDS = (
    Feed("aws", date(2026, 11, 18), NOW - timedelta(hours=2)),
    Feed("openai", date(2026, 11, 19), NOW - timedelta(days=3)),
)


def by_team(rows, **changes):
    query = Query(group_by=("team",), top=6, compare=Preceding())
    made = table(query, tuple(rows), previous_period=OCT, previous_total=D(1))
    return replace(made, **changes)


def row(name, value, previous=None, **more):
    known = None if previous is None else D(previous)
    return Row({"team": name}, None if value is None else D(value), known, **more)


def change(*parts):
    return Change(
        query=Query(compare=Preceding()),
        period=MONTH.period,
        previous_period=OCT,
        currency="USD",
        before=D(40000),
        after=D("48213.55"),
        gross=D(9000),
        parts=parts,
        complete_through=None,
        is_partial=False,
        as_of=None,
        bill_rows=1,
        sql="",
    )


def part(amount, cause=Cause.USAGE, **key):
    return Part(cause, key, D(amount), D(0), D(amount))


def texts(block):
    """Every text in a block, in order."""
    if isinstance(block, dict):
        own = [block["text"]] if isinstance(block.get("text"), str) else []
        return own + [t for v in block.values() if not isinstance(v, str) for t in texts(v)]
    if isinstance(block, list):
        return [t for item in block for t in texts(item)]
    return []


def lines_of(view, heading):
    """What stands under a heading of the view."""
    (found,) = [b for b in view["blocks"] if texts(b)[:1] == [heading]]
    return [line for text in texts(found)[1:] for line in text.split("\n")]


def test_the_number_comes_first():
    view = glance_view(Glance(MONTH, feeds=FEEDS, is_whole=True), SETTING)
    assert texts(view["blocks"][0]) == ["This month at a glance"]
    assert texts(view["blocks"][1]) == [
        "$48,213.55",
        " this month so far (Nov 1–19), $8,213.55 (20.5 %) more than Oct 1–19.",
    ]


def test_a_breakdown_is_lines_with_bars_amounts_and_changes():
    rows = [row("search", 1000, 500), row("ml", 500, 550), row(None, 62, 0), row("x", -3, 5)]
    rest = row("other", 40, 40, is_rest=True, groups=14)
    view = glance_view(Glance(MONTH, groups=(by_team([*rows, rest]),)), SETTING)
    assert lines_of(view, "By team") == [
        "search              ██████████  $1,000.00  +100.0 %",
        "ml                  █████         $500.00    −9.1 %",
        "untagged            ▋              $62.00       new",
        "x                                  −$3.00  −160.0 %",
        "other (14)                         $40.00     0.0 %",
    ]


def test_days_that_do_not_compare_show_no_change():
    rows = [row("search", 1000, 500), row("ml", 5, 50)]
    view = glance_view(Glance(MONTH, groups=(by_team(rows, is_comparable=False),)), SETTING)
    assert lines_of(view, "By team") == [
        "search              ██████████  $1,000.00",
        "ml                  ▏               $5.00",
    ]


def test_a_growth_of_more_than_tenfold_is_said_as_times():
    view = glance_view(Glance(MONTH, groups=(by_team([row("search", 1200, 10)]),)), SETTING)
    assert lines_of(view, "By team")[0].endswith("  120×")


def test_currencies_apart_have_no_bars():
    rows = (
        Row({"team": "a"}, D(1000), currency="JPY"),
        Row({"team": "b"}, D(900), currency="USD"),
    )
    apart = replace(by_team([]), rows=rows, currency=None)
    shown = lines_of(glance_view(Glance(MONTH, groups=(apart,)), SETTING), "By team")
    assert not any("█" in line for line in shown)


def test_long_and_wide_names_keep_the_columns():
    rows = [row("a-team-with-a-very-long-name", 10), row("機械学習チームの名前は長い", 10)]
    shown = lines_of(glance_view(Glance(MONTH, groups=(by_team(rows),)), SETTING), "By team")
    assert shown[0].startswith("a-team-with-a-ver…  █")
    assert shown[1].startswith("機械学習チームの…  ")


def test_what_changed_most_names_up_to_four_reasons():
    parts = [part(1000 - i, Cause.NEW, service="EC2", team=f"t{i}") for i in range(6)]
    found = Glance(MONTH, change=change(*parts, part(1, Cause.UNEXPLAINED)), is_whole=True)
    shown = lines_of(glance_view(found, SETTING), "What changed most since last month")
    assert shown[:2] == ["+$1,000.00", "  EC2 · t0, new"]
    assert len(shown) == 8


def test_less_has_its_sign():
    found = Glance(MONTH, change=change(part(-12, Cause.GONE, team=None)), is_whole=True)
    shown = lines_of(glance_view(found, SETTING), "What changed most since last month")
    assert shown == ["−$12.00", "  no team, gone"]


def test_until_the_reasons_are_found_it_says_so():
    assert "Looking for what changed most…" in texts(glance_view(Glance(MONTH), SETTING))
    whole = glance_view(Glance(MONTH, is_whole=True), SETTING)
    assert "Looking for what changed most…" not in texts(whole)


def test_every_source_says_how_fresh_it_is_and_the_late_ones_come_first():
    late = Feed("gcp", date(2026, 11, 2), NOW - timedelta(days=9), is_behind=True)
    feeds = (*FEEDS, late, Feed("azure"))
    view = glance_view(Glance(MONTH, feeds=feeds, is_whole=True), SETTING)
    assert texts(view["blocks"][2]) == [
        "azure: nothing loaded yet",
        "gcp: behind: complete through Nov 2, loaded 9 days ago",
        "aws: complete through Nov 18, loaded 2 h ago",
        "openai: complete through Nov 19, loaded 3 days ago",
    ]


def test_a_source_that_could_not_be_loaded_says_so():
    failed = {"openai": NOW - timedelta(minutes=20), "azure": NOW - timedelta(hours=1)}
    feeds = (*FEEDS, Feed("azure"))
    view = glance_view(Glance(MONTH, feeds=feeds, is_whole=True), replace(SETTING, failed=failed))
    assert texts(view["blocks"][2]) == [
        "azure: nothing loaded yet; loading it failed 1 h ago",
        "openai: complete through Nov 19, loaded 3 days ago; loading it failed 20 min ago",
        "aws: complete through Nov 18, loaded 2 h ago",
    ]


def test_a_second_view_of_a_bill_is_said_to_be_one():
    feeds = (
        Feed("costs", None, NOW, second_view_of="openai", is_aside=True),
        Feed("gateway", date(2026, 11, 18), NOW, second_view_of="anthropic"),
    )
    view = glance_view(Glance(MONTH, feeds=feeds, is_whole=True), SETTING)
    assert texts(view["blocks"][2]) == [
        "costs: a second view of openai, not added, loaded just now",
        "gateway: complete through Nov 18, in part a second view of anthropic, not added, "
        "loaded just now",
    ]


def test_many_sources_are_counted():
    feeds = tuple(Feed(f"s{i:02}", None, NOW) for i in range(40))
    shown = texts(glance_view(Glance(MONTH, feeds=feeds), SETTING))
    assert "and 31 more sources" in shown


def test_a_month_without_charges_says_what_was_searched():
    view = glance_view(Glance(Note("No charges where team=ml."), feeds=FEEDS), SETTING)
    assert "No charges where team=ml." in texts(view)


def test_the_scope_and_the_questions_are_shown():
    setting = replace(SETTING, scope="team=ml", questions=("last 7d", *FIRST_QUESTIONS))
    view = glance_view(Glance(MONTH), setting)
    assert "You see team=ml." in texts(view)
    (buttons,) = [b["elements"] for b in view["blocks"] if b["type"] == "actions"]
    assert [b["value"] for b in buttons] == ["last 7d", *FIRST_QUESTIONS[:4]]


NAMES = st.one_of(st.none(), st.text(max_size=300), st.just("<!channel> *b* :tada:"))
AMOUNTS = st.decimals(-(10**15), 10**15, places=4)


@settings(deadline=None)
@given(
    st.lists(st.tuples(NAMES, AMOUNTS, AMOUNTS), max_size=120),
    st.lists(st.tuples(st.sampled_from(Cause), NAMES, AMOUNTS), max_size=9),
    st.lists(st.text(min_size=1, max_size=200), max_size=60),
    st.text(max_size=5000),
)
def test_any_home_passes_slacks_rules(rows, parts, sources, scope):
    made = by_team([row(*one) for one in rows])
    reasons = change(*(Part(c, {"team": n}, a, D(0), a) for c, n, a in parts))
    found = Glance(MONTH, (made, made), reasons, tuple(map(Feed, sources)), is_whole=True)
    setting = replace(SETTING, scope=scope, questions=(scope, *FIRST_QUESTIONS))
    view = glance_view(found, setting)
    assert view_problems(view) == []
    assert '"mrkdwn"' not in json.dumps(view)


@given(st.text(min_size=1, max_size=9000))
def test_any_sentence_passes_slacks_rules(sentence):
    assert view_problems(sentence_view(sentence)) == []
