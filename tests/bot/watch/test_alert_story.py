"""A budget alert in the local Slack, and what its buttons do."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bot.config import ScopeSettings
from bot.console.block_rules import problems
from bot.watch.alert_blocks import ACKNOWLEDGE, IDLE, MUTE, RAISE, RAISE_ONCE, SNOOZE, UNMUTE
from bot.watch.alerting import plan
from bot.watch.running import keep
from tests.bot.gate_parts import PLATFORM, Hall, hall, text
from tests.lake.lakes import charge, write_lake
from tests.watch.senders import send
from tools.core.budget import Budget
from tools.core.conditions import read_conditions
from tools.core.scope import Scope
from tools.gate.people import Actor
from tools.ledger.outbox import Outbox
from tools.watch.settings import WatchSettings

WATCH = WatchSettings()
ADA = "U0ADAPARK0"


def bill(here: Hall, *costs: int) -> None:
    """The days of November cost so much, and the job looks."""
    lines = [charge(f"2026-11-{n:02}", c, tags={"team": "ml"}) for n, c in enumerate(costs, 1)]
    write_lake(here.purser.config.lake_root, lines)
    keep(here.purser, plan(here.purser, name="alerts", at=here.clock.now()))
    send(here)


def alert(here: Hall):
    """The newest alert in the channel."""
    found = [m for m in here.workspace.messages(PLATFORM) if "team=ml a month" in text(m)]
    return found[-1] if found else None


@pytest.fixture
def told(here: Hall):
    """An alert that 50 % are spent."""
    return half_spent(here)


def half_spent(here: Hall):
    budget = Budget(
        id="",
        scope=read_conditions("team=ml"),
        period="month",
        amount=Decimal(1000),
        currency="USD",
        owner=ADA,
        channel="C0PLATFORM",
    )
    here.purser.budgets.records.create(budget, actor=Actor(ADA))
    bill(here, 10)
    bill(here, *[10] * 18, 350)
    return alert(here)


def press(here: Hall, message, button: str, *, who: str = "ben", says: str = "") -> bool:
    """Whether the alert comes to say so after a press."""
    here.workspace.press(who, message, button).wait(5)
    return bool(here.workspace.wait_for(lambda: says in text(alert(here))))


def test_who_takes_care_of_it_is_shown(here: Hall, told):
    assert text(told).startswith("$530.00 of $1,000.00 (53.0 %) is spent for team=ml a month")
    assert press(here, told, ACKNOWLEDGE, says="@U0BENORTIZ takes care of it.")
    assert ACKNOWLEDGE not in str(alert(here).blocks)
    assert not problems(list(alert(here).blocks))


def test_what_was_pressed_stands_in_a_workspace_that_begins_anew(here: Hall, told):
    press(here, told, ACKNOWLEDGE, says="takes care of it.")
    press(here, alert(here), SNOOZE, says="put it off until")
    send(here)
    pressed = alert(here)
    assert Outbox(here.purser.ledger).begin_anew() == 2  # the alert, and how it stands now
    here.workspace.store.change(pressed, is_deleted=True)
    send(here)
    assert alert(here).ts != pressed.ts
    assert (alert(here).text, alert(here).blocks) == (pressed.text, pressed.blocks)


def test_a_guest_may_press_nothing(here: Hall, told):
    for button in (ACKNOWLEDGE, RAISE, SNOOZE, MUTE):
        here.workspace.press("dmitri", told, button).wait(5)
        assert here.told("dmitri", says="Only full members")


def test_who_may_not_see_its_costs_presses_nothing(tmp_path: Path):
    web = ScopeSettings(users={"U0BENORTIZ": Scope(read_conditions("team=web"))})
    with hall(tmp_path, watch=WATCH, scope=web) as here:
        message = half_spent(here)
        for button in (ACKNOWLEDGE, SNOOZE, MUTE):
            here.workspace.press("ben", message, button).wait(5)
            assert here.told("ben", says="costs that you may not see")
        assert "@U0BENORTIZ" not in text(alert(here))


def test_put_off_it_is_quiet_for_a_day(here: Hall, told):
    assert press(here, told, SNOOZE, says="put it off until Nov 21")
    bill(here, *[10] * 18, 600)
    assert "$530.00" in text(alert(here))
    here.clock.at += timedelta(days=1, minutes=1)
    bill(here, *[10] * 18, 600)
    assert text(alert(here)).startswith("$780.00 of $1,000.00 (78.0 %) is spent")


def test_a_kind_is_muted_in_a_channel_and_heard_again(here: Hall, told):
    assert press(here, told, MUTE, says="muted every budget alert here.")
    bill(here, *[10] * 18, 600)
    assert "$530.00" in text(alert(here))
    assert press(here, alert(here), UNMUTE, says="$530.00")
    here.workspace.wait_for(lambda: "muted" not in text(alert(here)))
    bill(here, *[10] * 18, 750)
    assert text(alert(here)).startswith("$930.00")


def test_a_raise_goes_through_the_gate(here: Hall, told):
    here.workspace.press("ada", told, RAISE).wait(5)
    card = here.workspace.wait_for(lambda: here.workspace.replies(told))[-1]
    assert "$1,000.00" in text(card)
    assert "$1,100.00" in text(card)
    assert here.purser.budgets.records.all()[0].amount == 1000


def test_a_raise_may_be_for_this_month_only(here: Hall, told):
    here.workspace.press("ada", told, RAISE_ONCE).wait(5)
    card = here.workspace.wait_for(lambda: here.workspace.replies(told))[-1]
    assert "$1,100.00 until Dec 1, 2026, then back to $1,000.00" in text(card)


def test_what_is_idle_is_stopped_through_the_gate(here: Hall, told):
    here.workspace.press("ada", told, IDLE).wait(5)
    card = here.workspace.wait_for(lambda: here.workspace.replies(told))[-1]
    assert "Stop" in text(card)
    assert "train-1" in text(card)
