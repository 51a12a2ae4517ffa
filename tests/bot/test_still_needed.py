"""Owners are asked whether idle machines are still needed; what they press is kept and shown."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.machine_blocks import NEEDED
from bot.still_needed import KEEP, NOT_MINE, STOP
from tests.bot.owners import ADA, BEN, HERS, owners, shown
from tests.clouds.simulated_clouds import resource
from tools.ledger.needs import Said

ROWS = [f"need:{resource(name=name).id}" for name in HERS]
FIRST, SECOND = (resource(name=name).id for name in HERS)
QUESTION = """\
2 machines of yours seem idle at $43.92 an hour, about $3,161.90 wasted so far. Still needed?
i-hers-1 · 8× A100 · p4d.24xlarge
idle for 3 days · $21.96 an hour · about $1,580.95 wasted so far
in us-east-2
100 % of 6 h measured, GPU up to 1 %, CPU up to 2 %
[Keep…] [Stop…] [Not mine]
i-hers-2 · 8× A100 · p4d.24xlarge
idle for 3 days · $21.96 an hour · about $1,580.95 wasted so far
in us-east-2
100 % of 6 h measured, GPU up to 1 %, CPU up to 2 %
[Keep…] [Stop…] [Not mine]
Asked by U0CHLOEW00. The owner tag names you. Without an answer nothing happens; \
I ask again another day."""


@pytest.fixture
def world(tmp_path):
    with owners(tmp_path) as made:
        yield made


@pytest.fixture
def question(world):
    world.ask()
    (message,) = world.asked("ada")
    return message


def press(world, who, message, action, *, row=ROWS[0], option=None):
    world.workspace.press(who, message, action, block_id=row, option=option).wait()


def now_shown(world, message, text):
    """The message as it stands, once it shows a text."""
    store = world.workspace.store
    world.workspace.wait_for(lambda: text in shown(store.message(message.channel, message.ts)))
    return shown(store.message(message.channel, message.ts))


def said_of(world, id):
    return [(n.person, n.said, n.until) for n in world.purser.needs.of([id])[id]]


def test_owner_and_team_are_asked_once_and_the_asker_hears_of_it(world):
    told = world.ask()
    assert told == (
        f"2 asked about 3 machines: {ADA} (2), C0PLATFORM (1).\n"
        "• 1 with nobody to ask: vol-left. Name a member as the owner, or the team’s channel under "
        "[people.channels] in purser.toml."
    )
    (hers,) = world.asked("ada")
    assert shown(hers) == QUESTION
    (teams,) = world.asked("#platform")
    assert "1 machine of Platform seems idle" in shown(teams)
    assert "No owner was found, so I ask the team." in shown(teams)
    assert world.ask(who="ben").startswith(
        "Nobody was asked.\n• 3 asked about less than a day ago: i-hers-1"
    )
    assert len(world.asked("ada")) == len(world.asked("#platform")) == 1


def test_after_a_day_without_an_answer_they_are_asked_again(world, question):
    world.clock.go(timedelta(days=1).total_seconds())
    world.ask(who="ben")
    assert len(world.asked("ada")) == 2


def test_what_is_asked_about_is_what_the_asker_sees(world):
    told = world.ask(text="ask where team=platform")
    assert told == "1 asked about 1 machine: C0PLATFORM (1)."
    world.ask(who="ben", channel="#ml-research")
    assert len(world.asked("ada")) == 1
    assert len(world.asked("#platform")) == 1


def test_purser_gpu_ask_is_the_same_and_nonsense_has_a_sentence(world):
    world.workspace.slash("ben", "#platform", "/purser", "gpu ask where team=platform").wait()
    assert "1 asked" in world.heard("ben", "#platform")
    assert world.ask(text="ask everybody") == (
        "Ask about what? For instance: ask, or ask where team=ml."
    )


def test_keep_is_kept_shown_and_not_asked_before_its_day(world, question):
    press(world, "ada", question, KEEP, option="1w")
    text = now_shown(world, question, "Kept")
    assert f"✓ Kept until Sun, Nov 29 by {ADA}\n[Keep…]" in text
    assert text.count("✓") == 1
    world.workspace.slash("ada", "#finops", "/gpu", "idle").wait()
    world.told("ada", "#finops", f"✓ Kept until Sun, Nov 29 by {ADA}")
    world.clock.go(timedelta(days=7).total_seconds())
    assert "1 kept until a day: i-hers-1." in world.ask()
    world.clock.go(timedelta(hours=15).total_seconds())
    world.clock.go(timedelta(days=1).total_seconds())
    assert "kept until" not in world.ask()
    assert len(world.asked("ada")) == 3


def test_a_second_press_changes_it_and_answers_stand_beside_each_other(world, question):
    press(world, "ada", question, KEEP, option="1d")
    now_shown(world, question, "Kept until Mon, Nov 23")
    press(world, "ada", question, NOT_MINE, row=ROWS[1])
    now_shown(world, question, "Not theirs")
    press(world, "ada", question, KEEP, option="1m")
    text = now_shown(world, question, "Dec 22")
    assert f"✓ Kept until Tue, Dec 22 by {ADA}" in text
    assert f"✓ Not theirs: {ADA}" in text
    assert "Nov 23" not in text
    assert [said for _, said, _ in said_of(world, FIRST)] == [Said.KEEP]


def test_not_mine_asks_the_owner_of_it_no_more(world, question):
    press(world, "ada", question, NOT_MINE)
    now_shown(world, question, "Not theirs")
    world.clock.go(timedelta(days=30).total_seconds())
    assert "1 with nobody to ask: i-hers-1" in world.ask(
        text="ask where owner=ada.park@lumen.example"
    )
    assert "i-hers-1" not in shown(world.asked("ada")[-1])


def test_stop_puts_a_card_there_and_stops_nothing(world, question):
    press(world, "ada", question, STOP)
    text = now_shown(world, question, "To be stopped")
    assert f"✓ To be stopped, says {ADA}" in text
    cards = [
        m for m in world.workspace.messages("ada") if m.text.startswith("Stop 1 machine, i-hers-1")
    ]
    (card,) = cards
    assert "“Not needed any more.”" in shown(card)
    proposal = world.purser.gate.shown_at(card.channel, card.ts)
    assert (proposal.requester.user, proposal.watches_use) == (ADA, True)
    assert world.purser.fleet.read(FIRST).state.value == "running"


def test_a_press_delivered_twice_is_taken_once(world, question):
    press(world, "ada", question, STOP)
    now_shown(world, question, "To be stopped")
    delivery = world.workspace.deliveries[-1]
    press(world, "ada", question, KEEP, option="1w")
    now_shown(world, question, "Kept")
    entries = len(world.purser.audit.entries())
    world.again(delivery)
    world.ask(who="ben")
    assert said_of(world, FIRST)[0][1] is Said.KEEP
    assert len(world.purser.audit.entries()) == entries


def test_who_is_no_full_member_answers_nothing(world, question):
    (teams,) = world.asked("#platform")
    (row,) = [b["block_id"] for b in teams.blocks if b["type"] == "actions"]
    sentence = "Only full members of this workspace may say what is needed."
    for who in ("dmitri", "elena"):
        press(world, who, teams, KEEP, row=row, option="1w")
        world.told(who, "#platform", sentence)
    id = row.removeprefix("need:")
    assert [said for _, said, _ in said_of(world, id)] == [Said.ASKED]
    press(world, "ben", teams, KEEP, row=row, option="1d")
    now_shown(world, teams, f"Kept until Mon, Nov 23 by {BEN}")


def test_the_button_of_the_idle_list_asks_about_one(world):
    world.workspace.slash("ben", "#platform", "/gpu", "idle").wait()
    world.workspace.wait_for(lambda: world.workspace.ephemerals("#platform", "ben"))
    listed = world.workspace.ephemerals("#platform", "ben")[0]
    rows = [b for b in listed.blocks if b["type"] == "actions"]
    row = next(b for b in rows if any(e.get("value") == SECOND for e in b["elements"]))
    place = row.get("block_id") or f"b{list(listed.blocks).index(row)}"
    world.workspace.press("ben", listed, NEEDED, block_id=place)
    world.told("ben", "#platform", f"1 asked about 1 machine: {ADA} (1).")
    (message,) = world.asked("ada")
    assert "i-hers-1" not in shown(message)


def test_where_purser_may_not_post_nobody_counts_as_asked(world):
    world.workspace.remove_bot("#platform")
    told = world.ask(text="ask where team=platform")
    assert told == (
        "Nobody was asked.\n• I may not post in the channel of Platform; /invite me there."
    )
    world.workspace.add_bot("#platform")
    assert "1 asked" in world.ask(text="ask where team=platform")


def test_while_slack_does_not_say_who_people_are_nobody_is_asked(world):
    world.workspace.faults.refuse("users.lookupByEmail", "fatal_error", times=1)
    assert "I could not check with Slack who may do this" in world.ask()
    assert world.asked("ada") == []
