"""Explanations in words, in cells, as JSON, as blocks and as a picture."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest
from hypothesis import given, settings

from bot.answers import result_json
from bot.blocks import Setting, render, render_details, render_headline
from bot.change_words import change_cells, change_csv, change_follow_ups
from bot.charts import chart_png, chart_spec
from bot.console.block_rules import problems
from bot.wording import remarks, sentence
from tests.bot.changes import change, changes, new, pending, small, usage
from tests.bot.tables import NOW
from tools.core.periods import Period
from tools.core.results import Cause, Event, Part

PLANNED = {
    "service": "Amazon EC2",
    "pricing": "Standard",
    "resource": "arn:aws:ec2:x:1:instance/i-1",
}


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (
            change(new(), usage(), small()),
            "$1,095.50 more this month so far (Nov 1–19) than Oct 1–19 (+11.0 %): mostly +$980.00 "
            "for Amazon EC2 · search · p5.48xlarge, new since Nov 17.",
        ),
        (
            change(usage("-700"), new("600")),
            "$100.00 less this month so far (Nov 1–19) than Oct 1–19 (−1.0 %): −$700.00 for OpenAI "
            "API · chat, less use, against +$600.00 for Amazon EC2 · search · p5.48xlarge, new "
            "since Nov 17.",
        ),
        (
            change(usage("300", {}), usage("40")),
            "$340.00 more this month so far (Nov 1–19) than Oct 1–19 (+3.4 %): in many small "
            "parts, the largest +$40.00 for OpenAI API · chat, more use.",
        ),
        (
            change(usage("40"), usage("30"), usage("30", {})),
            "$100.00 more this month so far (Nov 1–19) than Oct 1–19 (+1.0 %): above all +$40.00 "
            "for OpenAI API · chat, more use.",
        ),
        (
            change(usage("900"), usage("-880", {})),
            "$20.00 more this month so far (Nov 1–19) than Oct 1–19 (+0.2 %): +$900.00 for OpenAI "
            "API · chat, more use, against −$880.00 of many small changes of use.",
        ),
        (
            change(usage("-40"), usage("40", {})),
            "$10,000.00 this month so far (Nov 1–19), the same as Oct 1–19: −$40.00 for OpenAI "
            "API · chat, less use, against +$40.00 of many small changes of use.",
        ),
        (
            change(usage("300", {}), before="0"),
            "$300.00 more this month so far (Nov 1–19) than Oct 1–19: mostly +$300.00 of many "
            "small changes of use.",
        ),
        (
            change(),
            "$10,000.00 this month so far (Nov 1–19), the same as Oct 1–19.",
        ),
        (
            change(pending("-700"), is_comparable=False, is_partial=True),
            "$9,300.00 this month so far (Nov 1–19); the bills hold $10,000.00 for Oct 1–19.",
        ),
        (
            change(new(), pending("-700"), is_comparable=False, is_partial=True),
            "$10,280.00 this month so far (Nov 1–19); the bills hold $10,000.00 for Oct 1–19; "
            "already +$980.00 for Amazon EC2 · search · p5.48xlarge, new since Nov 17.",
        ),
        (
            change(new(), previous_period=Period(date(2026, 9, 1), date(2026, 10, 1))),
            "$980.00 more this month so far (Nov 1–19) than September 2026 (+9.8 %): mostly "
            "+$980.00 for Amazon EC2 · search · p5.48xlarge, new since Nov 17.",
        ),
    ],
)
def test_the_number_comes_first_then_the_largest_reason(made, said):
    assert sentence(made) == said


def part(cause: Cause, amount: int, **key: str) -> Part:
    return Part(cause, key, D(amount), D(10), D(10 + amount), first_day=date(2026, 11, 3))


@pytest.mark.parametrize(
    ("made", "what", "why"),
    [
        (new(), "Amazon EC2 · search · p5.48xlarge (4 resources)", "new since Nov 17"),
        (part(Cause.GONE, -5, team="ml"), "ml", "gone since Nov 3"),
        (usage(), "OpenAI API · chat (6 resources)", "more use: 5.14 → 5.78 billion tokens"),
        (part(Cause.USAGE, -5, team="ml"), "ml", "less use since Nov 3"),
        (part(Cause.RATE, 5, service="S3"), "S3", "higher price since Nov 3"),
        (
            part(Cause.RATE, 5, **PLANNED),
            "Amazon EC2 · Standard · i-1",
            "other pricing since Nov 3",
        ),
        (part(Cause.RATE, 5, commitment_status="Unused"), "Unused", "commitment less used"),
        (part(Cause.ONE_OFF, 5, charge="Tax"), "Tax", "one-off"),
        (part(Cause.CORRECTION, 5, service="S3"), "S3", "correction"),
        (part(Cause.UNEXPLAINED, 5, service="S3"), "S3", "no reason in the bill"),
        (part(Cause.USAGE, 5, direction="output"), "output tokens", "more use since Nov 3"),
        (small(), "small one-off charges", "one-off"),
        (pending(), "what is not billed whole", "days without bills"),
    ],
)
def test_each_part_says_what_and_why(made, what, why):
    assert change_cells(change(made)).rows[0][:2] == (what, why)


def test_figures_of_a_part_stand_beside_each_other():
    assert change_cells(change(usage())).rows[0][2:] == ("$500.00", "$620.00", "+$120.00")


def test_what_happened_stands_before_the_notes():
    event = Event(date(2026, 11, 17), "i-1 first billed\u202e (p5)", {})
    made = change(new(), events=(event,), notes=("31 days against 30.",))
    assert remarks(made) == ("Nov 17: i-1 first billed (p5).", "31 days against 30.")


def test_follow_ups_go_deeper_and_across_and_along():
    driver = usage("120", {"workload": "chat"})
    steps = change_follow_ups(change(new(), drivers=(driver,)))
    assert [(label, reading.text()) for label, reading in steps] == [
        (
            "Why p5.48xlarge · search?",
            'why this month where service="Amazon EC2" and team=search and '
            "instance_type=p5.48xlarge vs previous",
        ),
        ("By workload", "this month by workload top 10 vs previous"),
        ("Daily", "this month by workload daily"),
    ]


def test_json_has_every_part_with_its_figures_as_decimals():
    raw = result_json(change(new(), small()))
    assert raw["query"] == "why this month vs previous"
    assert (raw["before"], raw["after"], raw["difference"]) == ("10000", "10975.5", "975.5")
    assert (raw["gross"], raw["unexplained"], raw["currency"]) == ("984.5", "0", "USD")
    assert raw["previous_period"] == {"start": "2026-10-01", "end": "2026-10-20"}
    assert raw["parts"][0] == {
        "cause": "new",
        "key": {"service": "Amazon EC2", "team": "search", "instance_type": "p5.48xlarge"},
        "amount": "980",
        "before": "0",
        "after": "980",
        "unit": "hours",
        "quantity_before": "0",
        "quantity_after": "96",
        "resources": 4,
        "first_day": "2026-11-17",
    }


def test_csv_has_raw_decimals_and_runs_nothing():
    lines = change_csv(change(usage(key={"team": "=1+1"}), small())).splitlines()
    assert lines == [
        "cause,what,currency,before,after,change,first_day",
        "usage,team==1+1,USD,500,620,120,",
        "one-off,,USD,10,5.5,-4.5,",
    ]


def test_the_bridge_ends_where_the_difference_is():
    spec = chart_spec(change(new(), usage("-80"), small()))
    bars = spec["data"]["values"]
    assert [bar["kind"] for bar in bars] == ["up", "down", "down", "sum"]
    assert [(bar["start"], bar["end"]) for bar in bars] == [
        (0, 980), (980, 900), (900, 895.5), (0, 895.5),
    ]  # fmt: skip
    assert [bar["text"] for bar in bars] == ["+$980", "−$80.00", "−$4.50", "+$896"]
    assert chart_spec(change()) is None
    assert chart_spec(change(new(), is_comparable=False)) is None
    assert chart_png(change(new())).startswith(b"\x89PNG")


@given(changes())
@settings(max_examples=60, deadline=None)
def test_whatever_a_bill_holds_slack_takes_the_message(made):
    setting = Setting(now=NOW, can_share=True, file_id="F1")
    for message in (
        render(made, setting),
        render_headline(made, setting),
        render_details(made, setting),
    ):
        assert problems(list(message.blocks)) == []
        assert not set(message.text) & set("<>")
    chart_spec(made)
    result_json(made)
    change_csv(made)
