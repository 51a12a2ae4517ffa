"""Budgets raised for a time, as the days are played forward: announced, and back on their day."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from bot.console.block_rules import problems
from bot.watch.jobs import jobs, off_subject
from bot.watch.running import planned, run
from bot.watch.schedule_words import read_wish
from tests.bot.watch.budget_days import ADA, FIRST, Story, keys
from tests.clouds.small_budgets import AWS_LINK, SmallBudgets, cloud_budget
from tools.core.budget import Budget, Ending
from tools.core.errors import InputError, RefusedError
from tools.ledger.audit import Audit
from tools.ledger.freezes import Freezes
from tools.ledger.watch_choices import WatchChoices

UNTIL = date(2026, 11, 15)
DEED = "3f9c-1-0"


@pytest.fixture
def story(tmp_path: Path) -> Story:
    made = Story(tmp_path)
    made.spend([20] * 31, FIRST)
    made.load()
    made.spend([20] * 12, date(2026, 11, 1))
    return made


def raised(story: Story, **changes: object) -> Budget:
    """A budget of 1,000 that is 1,200 until the middle of November."""
    budget = story.budget(**changes)
    ending = Ending(until=UNTIL, back_to=Decimal(1000), deed=DEED)
    new = replace(budget, amount=Decimal(1200), ending=ending)
    return story.purser(FIRST).budgets.records.change(new, was=budget, actor=ADA)


def look(story: Story, day: date) -> list[tuple[str, str]]:
    return [(post.key, post.text) for post in story.look(day, "exceptions").posts]


def amount(story: Story) -> str:
    [budget] = story.purser(UNTIL).budgets.records.all()
    return f"{budget.amount:f}"


def test_it_is_announced_two_days_before_and_falls_back_on_its_day(story: Story) -> None:
    raised(story)
    assert look(story, date(2026, 11, 12)) == []
    soon = (
        "In 2 days, on Nov 15 (UTC), the budget for team=ml a month falls back from $1,200.00 to "
        "$1,000.00. Spent so far: $240.00, 24.0 % of $1,000.00. <@U0ADA>"
    )
    assert look(story, date(2026, 11, 13)) == [(f"exception/{DEED}/soon", soon)]
    [(key, _)] = look(story, date(2026, 11, 14))
    assert key == f"exception/{DEED}/soon"  # known to the outbox, which says it once
    assert amount(story) == "1200"
    over = (
        "$1,000.00 again is the budget for team=ml a month: its exception of $1,200.00 ended on "
        "Nov 15. Spent so far: $240.00, 24.0 % of $1,000.00. <@U0ADA>"
    )
    assert look(story, UNTIL) == [(f"exception/{DEED}/over", over)]
    assert amount(story) == "1000"
    assert look(story, date(2026, 11, 16)) == []
    last = Audit(story.purser(UNTIL).ledger).entries()[-1]
    assert (last.event, json.loads(last.after)["deed"]) == ("budget fell back", DEED)


def test_after_a_long_downtime_it_falls_back_once(story: Story) -> None:
    raised(story)
    late = date(2026, 12, 24)
    purser, other = story.purser(late), story.purser(late)
    at = purser.config.clock.now()
    assert run(purser, "exceptions", at, holder="one")
    assert run(other, "exceptions", at, holder="two") is None
    assert amount(story) == "1000"
    told = [e for e in Audit(purser.ledger).entries() if e.event == "budget fell back"]
    assert len(told) == 1


def test_what_changed_while_it_looked_is_left_alone_and_nothing_is_said(story: Story) -> None:
    held = raised(story)
    purser = story.purser(UNTIL)
    found = planned(purser, "exceptions", purser.config.clock.now())
    new = replace(held, amount=Decimal(1300), ending=None)
    purser.budgets.records.change(new, was=held, actor=ADA)
    with pytest.raises(RefusedError), purser.ledger.begin() as connection:
        for write in found.keep:
            write(connection)
    assert look(story, date(2026, 11, 16)) == []
    assert amount(story) == "1300"


def test_while_purser_is_frozen_nothing_falls_back(story: Story) -> None:
    raised(story)
    Freezes(story.purser(UNTIL).ledger).freeze(actor=ADA, reason="an incident")
    found = story.look(UNTIL, "exceptions")
    assert (found.posts, found.said.split(".")[0]) == ((), "1 budget would fall back")
    assert amount(story) == "1200"
    Freezes(story.purser(UNTIL).ledger).unfreeze(actor=ADA)
    assert [key for key, _ in look(story, date(2026, 11, 16))] == [f"exception/{DEED}/over"]
    assert amount(story) == "1000"


def test_a_linked_one_asks_and_is_left_as_it_is(story: Story) -> None:
    raised(story, link=AWS_LINK)
    [(key, text)] = look(story, UNTIL)
    assert key == f"exception/{DEED}/asked"
    assert text == (
        "$1,000.00 was to be the budget for team=ml a month again from Nov 15. It is $1,200.00 "
        "still, because I change the budget in AWS only with an approval. Spent so far: $240.00, "
        "24.0 % of $1,000.00. <@U0ADA>"
    )
    assert amount(story) == "1200"
    assert SmallBudgets(cloud_budget()).held  # nothing asked the cloud: there is none here


@pytest.mark.parametrize("link", [None, AWS_LINK])
@pytest.mark.parametrize("day", [13, 15])
def test_its_buttons_ask_for_longer_or_to_set_it_back(story: Story, link: object, day: int) -> None:
    id = raised(story, link=link).id
    [post] = story.look(date(2026, 11, day), "exceptions").posts
    blocks = json.loads(post.blocks)
    assert problems(blocks) == []
    found = [(e["text"]["text"], e["value"]) for b in blocks for e in b["elements"] if "value" in e]
    longer = ("Ask for it until Nov 29", f"{id} 1200 2026-11-29")
    back = ("Set it back to $1,000", f"{id} 1000")
    assert found == ([back, longer] if link and day == 15 else [longer])


def test_nobody_can_switch_it_off(story: Story) -> None:
    purser = story.purser(UNTIL)
    now = purser.config.clock.now()
    with pytest.raises(InputError, match="cannot be switched off"):
        read_wish("exceptions off", channel="C0ML", zone="UTC", now=now)
    choices = WatchChoices(purser.ledger)
    choices.choose(off_subject("exceptions"), {"off": True}, by="U0ADA")
    assert not next(job for job in jobs(purser) if job.name == "exceptions").is_off


def test_what_was_told_before_the_raise_is_not_told_again_after_it(story: Story) -> None:
    budget = story.budget()
    story.bill(date(2026, 11, 12), 560)
    assert keys(story.look(date(2026, 11, 13))) == ["11-01/spent/75/0"]
    ending = Ending(until=UNTIL, back_to=Decimal(1000), deed=DEED)
    new = replace(budget, amount=Decimal(9000), ending=ending)
    story.purser(FIRST).budgets.records.change(new, was=budget, actor=ADA)
    assert keys(story.look(date(2026, 11, 13))) == []
    story.bill(date(2026, 11, 13), 4500)
    [half, *_] = story.look(date(2026, 11, 14)).posts
    assert "Its amount holds until Nov 15, then it is $1,000.00 again." in half.text
    story.bill(date(2026, 11, 13), 120)
    look(story, UNTIL)
    assert keys(story.look(UNTIL)) == ["11-01/spent/90/1"]
    assert keys(story.look(date(2026, 11, 16))) == []
