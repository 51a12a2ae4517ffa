"""The card of a timetable: every step by its date, other hours, and what the limits allow."""

from __future__ import annotations

import pytest

from bot.cards import APPROVE, DETAILS, EDIT, UNDO
from bot.console.block_rules import problems, view_problems
from tests.bot.gate_parts import BEN, CHLOE, hall, machine, text, words

NOTED = "20 stops and 20 starts by the clock, from 2026-11-20 20:00 UTC to 2026-12-18 07:00 UTC"


@pytest.fixture
def here(tmp_path):
    with hall(tmp_path, machine("train-1"), machine("train-2")) as made:
        yield made


@pytest.fixture
def card(here):
    line = "schedule i-train-1 i-train-2 stop 20:00 start 07:00 until 2026-12-18 because of costs"
    here.ask("ada", "/gpu", line)
    return here.card(says="on a timetable")


def test_it_says_rule_steps_savings_and_losses(here, card):
    rule = "stop 20:00, start 07:00, weekdays (UTC) until 2026-12-18"
    about = "in us-east-2, account 540987654324 · p4d.24xlarge · team ml · env dev · owner untagged"
    shown = text(card)
    assert problems(list(card.blocks)) == []
    head, _, rest = shown.partition(" Note ")
    assert head == (
        "Put 2 machines on a timetable, train-1, train-2 proposed by @U0ADAPARK0 “of costs”"
        f"train-1 timetable not set → {rule} i-train-1 {about} "
        f"train-2 timetable not set → {rule} i-train-2 {about} "
        "Cost Saves, by estimate, about $646.18 a day, $19,654.70 a month on average "
        "(price: AWS list price of Nov 2025, an estimate) "
        "Steps 40 steps until Fri, Dec 18, 07:00 (UTC): stop Fri, Nov 20, 20:00; "
        "start Mon, Nov 23, 07:00; stop Mon, Nov 23, 20:00; start Tue, Nov 24, 07:00; … "
        "Lost at each stop: what is in memory and on local disks "
        "Undo Can be ended with one press at any time; what is stopped then stays so"
    )
    assert rest.startswith(NOTED)
    assert rest.endswith(
        f"Takes 1 approval; whoever asked does not count. May approve: @{BEN}, @{CHLOE} "
        "Expires 16:00 UTC (in 4 h); then nothing happens. "
        "[Approve] [Deny] [Edit] [Snooze 1 h] [Details]"
    )


def test_details_name_every_step(here, card):
    here.workspace.press("ada", card, DETAILS)
    view = here.workspace.wait_for(lambda: here.workspace.modal("ada"))
    assert view_problems(view.payload) == []
    shown = words(view.payload["blocks"])
    assert "Steps, in the time of UTC:" in shown
    assert shown.count("stop ") - shown.count("→ stop ") >= 20
    assert "stop Thu, Dec 17, 20:00, start Fri, Dec 18, 07:00" in shown


def test_other_hours_are_typed_and_dated_anew(here, card):
    here.workspace.press("ada", card, EDIT)
    view = here.workspace.wait_for(lambda: here.workspace.modal("ada"))
    assert view_problems(view.payload) == []
    wrong = {"when": {"value": {"value": "whenever"}}}
    sent = here.workspace.submit("ada", wrong).wait(5)
    assert sent.outcome["errors"]["when"].startswith("I could not read “whenever”.")
    both = {"value": {"selected_options": [{"value": "0"}, {"value": "1"}]}}
    late = {"value": {"value": "stop 22:00 start 06:00 nights until 2026-11-30"}}
    here.workspace.submit("ada", {"when": late, "which": both})
    new = text(here.card(says="version 2"))
    assert "stop 22:00, start 06:00, nights (UTC) until 2026-11-30" in new
    assert "20 steps until Mon, Nov 30, 06:00 (UTC): stop Fri, Nov 20, 22:00;" in new


def test_it_is_ended_with_one_press_days_later(here, card):
    here.workspace.press("ben", card, APPROVE)
    done = here.card(says="All 2 put on a timetable.")
    assert "[End it] [Details]" in text(done)
    here.clock.at = here.clock.at.replace(day=27)
    here.workspace.press("ben", done, UNDO)
    ended = text(here.card(says=f"Taken back by @{BEN}."))
    assert "[End it]" not in ended
    here.workspace.wait_for(
        lambda: [m for m in here.workspace.replies(done) if "taken off the timetable" in text(m)]
    )
