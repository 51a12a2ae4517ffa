"""A budget raised for a time, in the local Slack: asked for, approved, announced, and over."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from bot.card_views import DAY, NUMBER
from bot.cards import APPROVE, EDIT
from bot.console.block_rules import problems
from bot.watch.lapse_blocks import LONGER
from bot.watch.running import run
from tests.bot.gate_parts import PLATFORM, Hall, text
from tests.lake.lakes import charge, write_lake
from tests.watch.senders import send
from tools.core.budget import Budget
from tools.core.conditions import read_conditions
from tools.gate.people import Actor
from tools.watch.settings import WatchSettings

WATCH = WatchSettings()
ADA = "U0ADAPARK0"


@pytest.fixture
def budget(here: Hall) -> Budget:
    new = Budget(
        id="",
        scope=read_conditions("team=ml"),
        period="month",
        amount=Decimal(1000),
        currency="USD",
        owner=ADA,
        channel="C0PLATFORM",
    )
    days = [charge(f"2026-11-{n:02}", 10, tags={"team": "ml"}) for n in range(1, 20)]
    write_lake(here.purser.config.lake_root, days)
    return here.purser.budgets.records.create(new, actor=Actor(ADA))


def amount(here: Hall, budget: Budget) -> str:
    found = here.purser.budgets.records.find(budget.id)
    assert found
    return f"{found.amount:f}"


def looks(here: Hall, day: datetime):
    """The job looks on a day; what it says."""
    here.clock.at = day
    run(here.purser, "exceptions", day, holder="one")
    send(here)
    said = [m for m in here.workspace.messages(PLATFORM) if "[Ask for it" in text(m)]
    return said[-1] if said else None


def raised(here: Hall):
    here.ask("ada", "/budget", "raise ml to 1200 until dec 15 because of the launch")
    card = here.card(says="Change the budget")
    here.workspace.press("chloe", card, APPROVE)
    return here.card(says="Approved by")


def test_it_is_asked_for_approved_announced_and_over(here: Hall, budget: Budget):
    here.ask("ada", "/budget", "raise ml to 1200 until dec 15 because of the launch")
    card = here.card(says="Change the budget")
    assert "amount $1,000.00 → $1,200.00 until Dec 15, 2026, then back to $1,000.00" in text(card)
    assert "On Dec 15, 2026, UTC, it falls back to $1,000.00 by itself" in text(card)
    assert not problems(list(card.blocks))
    here.workspace.press("chloe", card, APPROVE)
    here.card(says="Approved by")
    here.workspace.wait_for(lambda: amount(here, budget) == "1200")
    here.workspace.slash("ada", PLATFORM, "/budget", "")
    assert here.told("ada", says="The amount holds until Dec 15, then back to $1,000.00.")
    soon = looks(here, datetime(2026, 12, 13, 0, 10, tzinfo=UTC))
    assert text(soon).startswith("In 2 days, on Dec 15 (UTC), the budget for team=ml a month falls")
    assert not problems(list(soon.blocks))
    over = looks(here, datetime(2026, 12, 15, 0, 0, tzinfo=UTC))
    assert text(over).startswith("$1,000.00 again is the budget for team=ml a month")
    assert amount(here, budget) == "1000"


def test_more_time_is_asked_for_through_the_gate(here: Hall, budget: Budget):
    raised(here)
    here.workspace.wait_for(lambda: amount(here, budget) == "1200")
    soon = looks(here, datetime(2026, 12, 13, 0, 10, tzinfo=UTC))
    here.workspace.press("ada", soon, LONGER).wait(5)
    card = here.workspace.wait_for(lambda: here.workspace.replies(soon))[-1]
    assert "stays at $1,200.00 until Dec 29, 2026 (was until Dec 15, 2026)" in text(card)
    here.workspace.press("chloe", card, APPROVE)
    here.workspace.wait_for(
        lambda: here.purser.budgets.records.find(budget.id).ending.until.day == 29
    )
    assert looks(here, datetime(2026, 12, 15, 0, 0, tzinfo=UTC)).ts == soon.ts
    assert amount(here, budget) == "1200"


def test_a_guest_asks_for_nothing(here: Hall, budget: Budget):
    raised(here)
    here.workspace.wait_for(lambda: amount(here, budget) == "1200")
    soon = looks(here, datetime(2026, 12, 13, 0, 10, tzinfo=UTC))
    here.workspace.press("dmitri", soon, LONGER).wait(5)
    assert here.told("dmitri", says="Only full members")


def test_the_card_takes_another_day(here: Hall, budget: Budget):
    here.ask("ada", "/budget", "raise ml to 1200 until dec 15")
    here.workspace.press("ada", here.card(says="Dec 15, 2026"), EDIT)
    modal = here.workspace.wait_for(lambda: here.workspace.modal("ada"))
    assert not problems(modal.payload["blocks"])
    assert '"initial_date": "2026-12-15"' in json.dumps(modal.payload["blocks"])
    typed = {NUMBER: {"value": {"value": "1300"}}}
    typed[DAY] = {"value": {"selected_date": "2026-12-20"}}
    here.workspace.submit("ada", typed).wait(5)
    assert here.card(says="$1,300.00 until Dec 20, 2026, then back to $1,000.00")
