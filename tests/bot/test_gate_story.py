"""The whole way in Slack: ask what is idle, propose, be refused, approve, see it done, undo."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.cards import APPROVE, DENY, DETAILS, EDIT, SNOOZE, UNDO, Pressed
from bot.machine_blocks import STOP_IDLE
from tests.bot.gate_parts import BEN, CHLOE, PLATFORM, RANDOM, group, hall, machine, text, words
from tools.clouds.resources import State
from tools.gate.people import Actor


@pytest.fixture
def here(tmp_path):
    with hall(tmp_path) as made:
        yield made


def stop(here, person="ada", line="stop i-train-1", channel=PLATFORM):
    here.ask(person, "/gpu", line, channel)
    return here.card(channel, says="train-1")


def test_the_whole_story(here):
    here.workspace.post_as("ada", PLATFORM, "@Purser which GPUs are idle?")
    answer = here.workspace.wait_for(lambda: here.workspace.messages(PLATFORM)[1:])[0]
    assert "2 idle" in text(answer)
    assert "train-1 8× A100 · p4d.24xlarge idle for 3 days" in text(answer)
    here.workspace.press("ada", answer, STOP_IDLE)
    card = here.card(says="Stop 1 machine")
    name = "train-1" if "train-1" in text(card) else "train-2"
    assert "proposed by @U0ADAPARK0" in text(card)
    assert "state running → stopped" in text(card)
    here.workspace.press("ada", card, APPROVE)
    here.told("ada", says="You proposed this yourself")
    assert here.state_of(name) is State.RUNNING
    assert text(here.card()) == text(card)
    here.workspace.press("ben", card, APPROVE)
    done = here.card(says="Stopped.")
    assert f"Approved by @{BEN}" in text(done)
    assert "[Approve]" not in text(done)
    assert here.state_of(name) is State.STOPPED
    here.workspace.press("ada", done, UNDO)
    undone = here.card(says="Taken back by @U0ADAPARK0")
    here.workspace.wait_for(lambda: here.state_of(name) is State.RUNNING)
    assert "[Undo]" not in text(undone)


def test_what_became_of_a_card_in_a_thread_is_said_in_that_thread(here):
    here.workspace.post_as("ada", PLATFORM, "@Purser which GPUs are idle?")
    answer = here.workspace.wait_for(lambda: here.workspace.messages(PLATFORM)[1:])[0]
    asked = here.workspace.messages(PLATFORM)[0]
    here.workspace.press("ada", answer, STOP_IDLE)
    here.workspace.press("ben", here.card(says="Stop 1 machine"), APPROVE)
    here.card(says="Stopped.")
    here.workspace.wait_for(
        lambda: [
            m for m in here.workspace.replies(asked) if "stopped" in m.text and not m.blocks[1:]
        ]
    )


def test_the_wrong_person_is_told_so_and_the_card_stays(here):
    card = stop(here)
    here.workspace.press("dmitri", card, APPROVE)
    here.told("dmitri", says="Only full members")
    assert text(here.card()) == text(card)
    assert here.state_of("train-1") is State.RUNNING


def test_a_double_and_a_redelivered_click_do_it_once(here):
    card = stop(here)
    here.workspace.faults.deliver_twice()
    for _ in range(3):
        here.workspace.press("ben", card, APPROVE)
    here.card(says="Stopped.")
    assert [act.verb.value for act in here.state.acts()] == ["stop"]


def test_denying_asks_why_and_says_who_when_and_why(here):
    card = stop(here)
    here.workspace.press("ben", card, DENY)
    here.workspace.wait_for(lambda: here.workspace.modal("ben"))
    here.workspace.submit("ben", {"reason": {"value": {"value": "runs until *Friday* <!here>"}}})
    denied = text(here.card(says="Denied by"))
    assert f"Denied by @{BEN}, 12:00 UTC: “runs until *Friday* <!here>”" in denied
    assert "[Approve]" not in denied
    assert here.state_of("train-1") is State.RUNNING


def test_terminating_waits_for_a_second_approval(here):
    here.ask("ada", "/gpu", "terminate i-train-1")
    card = here.card(says="Terminate 1 machine")
    assert "Takes 2 different approvals" in text(card)
    assert "Cannot be undone" in text(card)
    here.workspace.press("ben", card, APPROVE)
    waiting = here.card(says=f"Approved by @{BEN}; one more must.")
    assert here.state_of("train-1") is State.RUNNING
    here.workspace.press("ben", waiting, APPROVE)
    here.told("ben", says="You have approved this; one more person must.")
    here.workspace.press("chloe", waiting, APPROVE)
    done = text(here.card(says="Terminated."))
    assert f"@{BEN}, @{CHLOE}" in done
    assert "[Undo]" not in done


def test_editing_makes_a_new_version_and_earlier_approvals_do_not_count(here):
    here.ask("ada", "/gpu", "terminate i-train-1 i-train-2")
    card = here.card(says="Terminate 2 machines")
    here.workspace.press("ben", card, APPROVE)
    here.card(says="one more must")
    here.workspace.press("ada", card, EDIT)
    here.workspace.wait_for(lambda: here.workspace.modal("ada"))
    chosen = {"selected_options": [{"value": "0"}]}
    here.workspace.submit("ada", {"which": {"value": chosen}})
    new = here.card(says="version 2")
    assert "Terminate 1 machine, train-1" in text(new)
    assert "Approved by" not in text(new)
    assert new.ts == card.ts
    here.workspace.press("ben", card, APPROVE)
    here.told("ben", says="This was edited; only the new card counts.")


def test_what_cannot_be_read_in_a_modal_is_said_there(here):
    here.ask("ada", "/gpu", "tag i-train-1 project=atlas")
    card = here.card(says="Tag 1 machine")
    here.workspace.press("ada", card, EDIT)
    here.workspace.wait_for(lambda: here.workspace.modal("ada"))
    sent = here.workspace.submit("ada", {"tags": {"value": {"value": "project"}}}).wait(5)
    assert sent.outcome["errors"] == {"tags": "“project” is no tag; write key=value."}
    here.workspace.submit("ada", {"tags": {"value": {"value": "project=nova"}}})
    assert "project not set → “nova”" in text(here.card(says="version 2"))


def test_a_card_put_off_is_shown_again_in_an_hour(here):
    card = stop(here)
    here.workspace.press("ben", card, SNOOZE)
    here.told("ben", says="I show this card again at 13:00 UTC")
    assert "Put off until 13:00 UTC." in text(here.card(says="Put off"))
    here.round()
    assert len(here.cards()) == 1
    here.clock.at += timedelta(hours=1, minutes=1)
    here.round()
    again = here.cards()[-1]
    assert again.ts != card.ts
    assert "[Approve]" in text(again)
    assert "shown again below" in text(here.workspace.store.message(card.channel, card.ts))
    here.round()
    assert len(here.cards()) == 1
    here.workspace.press("ben", again, APPROVE)
    here.card(says="Stopped.")


def test_what_expires_and_what_a_crash_left_is_said_in_the_thread(here):
    card = stop(here)
    here.clock.at += timedelta(hours=5)
    here.round()
    assert "Expired." in text(here.card(says="Expired."))
    assert "[Approve]" not in text(here.card())
    said = here.workspace.replies(here.card())
    assert text(said[-1]) == "@U0ADAPARK0 Stop 1 machine, train-1: expired."
    here.ask("ada", "/gpu", "stop i-train-2")
    other = here.card(says="[Approve]")
    carrying = here.purser.gate.approve  # what a process that dies right after the claim leaves
    pressed = Pressed.parse(other.blocks[-1]["elements"][0]["value"])
    actor = Actor(BEN, here.workspace.cast.team_id)
    carrying(pressed.id, version=1, digest=pressed.digest, actor=actor)
    here.clock.at += timedelta(minutes=5)
    here.round()
    assert "[Undo]" not in text(here.card(says="Not tried"))
    assert here.state_of("train-2") is State.RUNNING
    assert card.ts != other.ts


def test_details_tell_every_fact_to_members_only(here):
    card = stop(here)
    here.workspace.press("ada", card, DETAILS)
    view = here.workspace.wait_for(lambda: here.workspace.modal("ada"))
    shown = words(view.payload["blocks"])
    assert "sim/540987654324/us-east-2/instance/i-train-1" in shown
    assert "type: p4d.24xlarge" in shown
    here.workspace.press("dmitri", card, DETAILS)
    here.told("dmitri", says="Only full members")


def test_a_card_that_may_not_stand_where_it_was_asked_goes_to_the_asker_and_approvers(here):
    here.ask("ada", "/gpu", "stop i-train-1", RANDOM)
    card = here.card("ada", says="Stop 1 machine")
    here.told("ada", RANDOM, says="I may not post in this channel")
    copy = here.card("ben", says="Stop 1 machine")
    here.workspace.press("ben", copy, APPROVE)
    here.card("ben", says="Stopped.")
    assert here.card("ada", says="Stopped.").ts == card.ts


def test_numbers_mean_the_askers_own_last_list(here):
    here.ask("ada", "/gpu", "stop #1")
    here.told("ada", says="I have listed nothing to you yet")
    here.ask("ada", "/gpu", "idle")
    here.told("ada", says="2 idle")
    here.ask("ben", "/gpu", "stop #1")
    here.told("ben", says="I have listed nothing to you yet")
    here.ask("ada", "/gpu", "stop #9")
    here.told("ada", says="so there is no #9")
    here.ask("ada", "/gpu", "stop #2")
    here.card(says="Stop 1 machine")


def test_a_name_that_anybody_may_give_chooses_nothing(tmp_path):
    with hall(tmp_path, machine("train-1"), machine("b", name="i-fake")) as here:
        here.ask("ada", "/gpu", "stop i-fake")
        here.told("ada", says="“i-fake” is only a name, which anybody may give; say the id: i-b.")
        assert here.cards() == []


def test_scaling_is_undone_to_the_old_number(tmp_path):
    with hall(tmp_path, group("farm")) as here:
        here.ask("ada", "/gpu", "scale farm to 2")
        card = here.card(says="Scale 1 group, farm")
        assert "capacity 4 → 2" in text(card)
        here.workspace.press("ben", card, APPROVE)
        here.card(says="Scaled.")
        here.workspace.press("ben", here.card(), UNDO)
        here.workspace.wait_for(
            lambda: here.state.thing(group("farm").address).resource.capacity.desired == 4
        )


def test_frozen_nothing_is_done_until_an_admin_lets_it(here):
    card = stop(here)
    here.ask("ada", "/purser", "freeze bill review")
    here.workspace.wait_for(
        lambda: "froze everything" in text(here.workspace.messages(PLATFORM)[-1])
    )
    here.workspace.press("ben", card, APPROVE)
    here.told("ben", says="rozen")
    assert here.state_of("train-1") is State.RUNNING
    here.ask("ada", "/purser", "unfreeze")
    here.told("ada", says="admin")
    here.ask("chloe", "/purser", "unfreeze")
    here.workspace.wait_for(
        lambda: "lifted the freeze" in text(here.workspace.messages(PLATFORM)[-1])
    )
    here.workspace.press("ben", card, APPROVE)
    here.card(says="Stopped.")
    here.ask("chloe", "/purser", "audit 5")
    assert "finished" in text(here.told("chloe", says="The last 5 entries"))
