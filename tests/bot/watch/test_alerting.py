"""Budget alerts as days are played forward, over real bills and a real ledger."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from bot.console.block_rules import problems
from bot.watch.alerting import snooze_subject
from tests.bot.watch.budget_days import ADA, FIRST, WATCH, Story, keys
from tools.budgets import list_budgets
from tools.ledger.accruals import keep_accrued, keep_runaway
from tools.ledger.incidents import Incidents
from tools.ledger.watch_choices import WatchChoices
from tools.watch.accrual import Accrued, Runaway
from tools.watch.settings import WatchSettings


@pytest.fixture
def story(tmp_path: Path) -> Story:
    """A month of little spend, all looked at."""
    made = Story(tmp_path)
    made.spend([20] * 31, FIRST)
    made.load()
    made.budget()
    made.look(date(2026, 11, 1))
    return made


def test_each_threshold_is_told_as_the_days_are_played(story: Story) -> None:
    story.spend([30] * 5, date(2026, 11, 1))
    told = story.play([150] * 6, date(2026, 11, 6))
    assert told == [
        "11-01/pace/0/0",
        "11-01/forecast/0/0",
        "11-01/spent/50/0",
        "11-01/spent/75/0",
        "11-01/spent/90/0",
        "11-01/spent/100/0",
    ]


def test_a_forecast_over_the_budget_is_told_once(story: Story) -> None:
    story.spend([45] * 6, date(2026, 11, 1))
    assert story.play([45] * 3, date(2026, 11, 7)) == ["11-01/forecast/0/0"]
    story.spend([45] * 7, date(2026, 11, 10))
    assert keys(story.look(date(2026, 11, 17))) == ["11-01/spent/50/0"]


def test_bills_restated_down_and_up_again_tell_nothing_twice(story: Story) -> None:
    story.spend([20] * 5, date(2026, 11, 1))
    assert story.play([450], date(2026, 11, 6)) == ["11-01/spent/50/0"]
    story.bill(date(2026, 11, 6), 20)
    assert keys(story.look(date(2026, 11, 8))) == []
    story.bill(date(2026, 11, 6), 460)
    assert keys(story.look(date(2026, 11, 9))) == []


def test_a_raise_arms_what_is_ahead_again(story: Story) -> None:
    budget = story.purser(FIRST).budgets.records.all()[0]
    story.spend([20] * 5, date(2026, 11, 1))
    assert story.play([700], date(2026, 11, 6)) == ["11-01/spent/75/0"]
    story.raise_to(budget, 2000, date(2026, 11, 8))
    assert keys(story.look(date(2026, 11, 8))) == ["11-01/pace/0/1"]
    story.bill(date(2026, 11, 8), 300)
    assert keys(story.look(date(2026, 11, 9))) == ["11-01/spent/50/1"]


def test_the_last_days_of_a_month_are_told_in_the_next(story: Story) -> None:
    story.spend([20] * 29, date(2026, 11, 1))
    story.bill(date(2026, 11, 30), 500)
    [post] = story.look(date(2026, 12, 2)).posts
    assert post.key.endswith("2026-11-01/spent/100/0")
    assert post.text == (
        "$1,080.00 of $1,000.00 (108.0 %) was spent for team=ml a month in Nov 1–30: the budget "
        "is gone. <@U0ADA>"
    )


def test_a_first_load_tells_of_what_is_old_in_one_message(tmp_path: Path) -> None:
    story = Story(tmp_path)
    story.spend([45] * 20, date(2026, 11, 1))
    story.budget(1030)
    story.budget(1050, scope="everything")
    story.budget(900, scope="service=ec2")
    gone, summary, *_incident = story.look(date(2026, 11, 21)).posts
    assert (gone.text.split(" for ")[0], gone.urgent) == (
        "$900.00 of $900.00 (100.0 %) is spent",
        True,
    )
    assert summary.text == (
        "2 budgets had passed a threshold, or would go over, before I began to watch. From now on "
        "I tell as it happens."
        "\n• 87.4 % of team=ml a month: $900.00 of $1,030.00, about $1,350 expected"
        "\n• 85.7 % of everything a month: $900.00 of $1,050.00, about $1,350 expected"
    )
    assert problems(json.loads(summary.blocks)) == []
    story.bill(date(2026, 11, 21), 105)
    assert keys(story.look(date(2026, 11, 22))) == ["11-01/spent/90/0", "11-01/spent/90/0"]


def test_a_budget_that_is_gone_opens_an_incident(story: Story) -> None:
    story.spend([30] * 10, date(2026, 11, 1))
    story.bill(date(2026, 11, 11), 750)
    alert, head, evidence = story.look(date(2026, 11, 12)).posts
    assert (alert.channel, alert.urgent) == ("C0ML", True)
    assert head.channel == evidence.channel == "C0INC"
    assert head.text.startswith("Severity 2 · team=ml a month has spent 105.0 % of its budget")
    story.bill(date(2026, 11, 12), 750)
    assert story.look(date(2026, 11, 13)).posts == ()


def test_where_nobody_is_named_the_operators_are_told(story: Story) -> None:
    budget = story.purser(FIRST).budgets.records.all()[0]
    story.purser(FIRST).budgets.records.change(
        replace(budget, owner="", channel=""), was=budget, actor=ADA
    )
    story.bill(date(2026, 11, 1), 600)
    [post] = story.look(date(2026, 11, 2)).posts
    assert (post.channel, "<@" in post.text) == ("C0OPS", False)


def test_where_nobody_can_be_told_it_is_told_once_somebody_can(tmp_path: Path) -> None:
    story = Story(tmp_path, WatchSettings())
    story.bill(date(2026, 10, 31), 1)
    story.budget(owner="", channel="")
    story.look(date(2026, 11, 1))
    assert story.play([600], date(2026, 11, 1)) == []
    story.watch = WATCH
    assert keys(story.look(date(2026, 11, 3))) == ["11-01/spent/50/0"]


def test_a_budget_that_is_put_off_is_told_when_that_is_over(story: Story) -> None:
    budget = story.purser(FIRST).budgets.records.all()[0]
    until = datetime(2026, 11, 4, tzinfo=UTC)
    choices = WatchChoices(story.purser(date(2026, 11, 1)).ledger)
    choices.choose(snooze_subject(budget.id), {}, by="U0ADA", until=until)
    assert story.play([600, 20, 20], date(2026, 11, 1)) == ["11-01/spent/50/0"]


def test_a_message_says_the_number_first_and_names_the_owner(story: Story) -> None:
    story.spend([30] * 10, date(2026, 11, 1))
    story.bill(date(2026, 11, 11), 500)
    [post] = story.look(date(2026, 11, 12)).posts
    assert post.text == (
        "$800.00 of $1,000.00 (80.0 %) is spent for team=ml a month: 50 % and 75 % reached at "
        "once, with 19 days to go. About $1,370 expected by Nov 30, an estimate. At the pace "
        "of the last 3 days, $186.67 a day, it is gone by Nov 13. <@U0ADA>"
    )
    blocks = json.loads(post.blocks)
    assert problems(blocks) == []
    labels = [e["text"]["text"] for b in blocks if b["type"] == "actions" for e in b["elements"]]
    assert labels == [
        "Acknowledge",
        "Why?",
        "Raise to $1,400",
        "… for this month only",
        "Stop what is idle",
        "Snooze for a day",
        "Mute budget alerts here",
    ]


def test_a_forecast_says_how_sure_it_is(story: Story) -> None:
    story.spend([45] * 8, date(2026, 11, 1))
    [post] = story.look(date(2026, 11, 9)).posts
    assert post.text == (
        "About $1,350 expected by Nov 30 for team=ml a month, $350 over its $1,000.00. Spent "
        "so far: $360.00 (36.0 %). That is an estimate: four of five such periods end between "
        "$1,152 and $1,548. It will likely be gone on Nov 23. <@U0ADA>"
    )
    assert problems(json.loads(post.blocks)) == []


def test_late_bills_hold_back_what_rests_on_a_pace(story: Story) -> None:
    story.spend([45] * 8, date(2026, 11, 1))
    assert keys(story.look(date(2026, 11, 15))) == []


def test_what_accrues_uses_up_no_threshold(story: Story) -> None:
    """Ten times the budget has accrued and was told; what is billed alone decides, as ever."""
    day = date(2026, 11, 6)
    story.spend([20] * 5, date(2026, 11, 1))
    story.load()
    purser = story.purser(day)
    now = purser.config.clock.now()
    row = Accrued(
        day=day,
        resource="aws/1/us-east-1/instance/i-1",
        amount=Decimal(10_000),
        currency="USD",
        hourly=Decimal(1_000),
        through=now,
        labels={"team": "ml"},
    )
    with purser.ledger.begin() as connection:
        keep_accrued(connection, [row], at=now)
        keep_runaway(connection, Runaway("team=ml USD", now, Decimal(1_000), "accrual/x/1"))
    context = replace(purser.context(), budgets=purser.budgets)
    (status,) = list_budgets(context=context).statuses
    assert status.accrued
    assert (status.accrued.amounts, status.spent) == ({"USD": Decimal(10_000)}, Decimal(100))
    assert keys(story.look(day)) == []
    assert story.play([450], day) == ["11-01/spent/50/0"]
    assert not Incidents(purser.ledger).going()
