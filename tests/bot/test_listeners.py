"""What people do in Slack and what they get, over real sockets with signed requests."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from bot.blocks import CSV, SHARE
from bot.listeners.seen import SeenInMemory
from tests.bot.slack_parts import deliver, has_image, kinds, listening, parts, told, words
from tools.core.errors import UnavailableError
from tools.core.query import Filter, Op
from tools.core.scope import EVERYTHING, Scope

ML = Scope((Filter("team", Op.IS, ("ml",)),))
PROD = Scope((Filter("env", Op.IS, ("prod",)),))


# Commands


def test_a_command_is_answered_to_the_asker_alone_with_a_share_button(workspace, purser):
    workspace.slash("ada", "#ml-research", "/cost").wait()
    (answer,) = told(workspace)
    assert answer.text == "$48,213.55 this month so far (Nov 1–19)."
    assert SHARE in words(answer)
    assert workspace.messages("#ml-research") == []
    assert workspace.ephemerals("#ml-research", "ben") == []
    assert purser.router.asked == [("command", "", EVERYTHING)]


def test_the_sentence_comes_first_then_chart_and_table(workspace, purser):
    workspace.slash("ada", "#ml-research", "/cost", "by team").wait()
    first, second = told(workspace, count=2)
    assert kinds(first) == ["rich_text", "context", "actions"]
    assert kinds(second)[:2] == ["image", "table"]
    (file,) = workspace.files()
    assert file.data.startswith(b"\x89PNG")
    assert "Largest: team-0" in file.alt_text
    assert file.channels == ()


def test_a_command_works_where_purser_is_no_member(workspace, purser):
    workspace.slash("ada", "#random", "/cost").wait()
    (answer,) = told(workspace, channel="#random")
    assert "$48,213.55" in answer.text


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("cost by team", ("command", "by team")),
        ("cost", ("command", "")),
        ("ask this month", ("ask", "this month")),
        ("this month", ("ask", "this month")),
    ],
)
def test_everything_is_also_a_word_after_purser(workspace, purser, text, asked):
    workspace.slash("ada", "#ml-research", "/purser", text).wait()
    told(workspace)
    assert purser.router.asked[0][:2] == asked


@pytest.mark.parametrize("text", ["help", "", "ask", "What can you do?", "?", "Hello!"])
def test_help_shows_what_can_be_asked(workspace, purser, text):
    workspace.slash("ada", "#ml-research", "/purser", text).wait()
    (answer,) = told(workspace)
    assert "/cost last 7d by team" in words(answer)
    assert purser.router.asked == []


def test_what_cannot_be_read_is_marked_and_the_nearest_is_a_click_away(workspace, purser):
    workspace.slash("ada", "#ml-research", "/cost", "wobble").wait()
    (answer,) = told(workspace)
    assert answer.blocks[0]["elements"][0]["elements"][1]["style"] == {"bold": True, "code": True}
    workspace.press("ada", answer, "purser.ask.0").wait()
    assert any("$3,087.00" in m.text for m in told(workspace, count=2))


def test_no_data_is_an_answer_too(workspace, purser):
    workspace.slash("ada", "#ml-research", "/cost", "2019").wait()
    (answer,) = told(workspace)
    assert answer.text == "No charges in 2019."


def test_a_fault_shows_an_id_and_nothing_else(workspace, purser, caplog):
    with caplog.at_level(logging.ERROR):
        workspace.slash("ada", "#ml-research", "/cost", "explode").wait()
        (answer,) = told(workspace)
    assert "Something went wrong on my side; I logged it as" in answer.text
    assert "ACME" not in words(answer)
    (record,) = [r for r in caplog.records if "fault" in r.getMessage()]
    assert record.getMessage().split()[-1] in answer.text
    assert "ZeroDivisionError" in record.exc_text
    assert "xoxb-" not in record.exc_text


def test_what_a_person_can_wait_for_is_said_in_its_own_sentence(workspace, purser):
    workspace.slash("ada", "#ml-research", "/cost", "lake down").wait()
    (answer,) = told(workspace)
    assert answer.text == "The lake is being loaded; ask again in a minute."


def test_a_slow_answer_is_announced(workspace):
    made = parts(workspace)
    with listening(made, workspace, status_after=0.05):
        workspace.slash("ada", "#ml-research", "/cost", "slowly").wait()
        assert told(workspace)[0].text == "Looking into it…"
        made.router.may_go_on.set()
        assert "$48,213.55" in told(workspace, count=2)[-1].text


def test_commands_may_have_other_names(workspace):
    made = parts(workspace)
    slack = replace(made.config.slack, commands={"cost": "/spend", "purser": "/bursar"})
    made.config = replace(made.config, slack=slack)
    with listening(made, workspace):
        workspace.slash("ada", "#ml-research", "/spend", "by team").wait()
        assert "/spend this month by team" in words(told(workspace)[0])
        workspace.slash("ben", "#ml-research", "/bursar", "cost by team").wait()
        told(workspace, "ben")
        assert [text for _, text, _ in made.router.asked] == ["by team", "by team"]


class Forgetful:
    """A ledger that cannot be opened."""

    def first_time(self, key):
        raise UnavailableError("The ledger cannot be opened.")


def test_without_a_ledger_questions_are_still_answered(workspace):
    with listening(parts(workspace, seen=Forgetful()), workspace):
        said = workspace.post_as("ben", "#platform", "@Purser by team")
        workspace.wait_for(lambda: workspace.replies(said))


# Share and CSV


def test_share_shows_the_answer_to_all_with_its_chart_and_who_asked(workspace, purser):
    workspace.slash("ada", "#ml-research", "/cost", "by team").wait()
    answer = told(workspace)[0]
    workspace.press("ada", answer, SHARE).wait()
    (shared,) = workspace.wait_for(
        lambda: [m for m in workspace.messages("#ml-research") if has_image(m)]
    )
    assert kinds(shared)[:4] == ["rich_text", "rich_text", "image", "table"]
    assert shared.blocks[0]["elements"][0]["elements"][0]["user_id"] == "U0ADAPARK0"
    assert SHARE not in words(shared)
    replaced = [m for m in told(workspace) if m.ts == answer.ts]
    assert replaced[0].text.startswith("Shared with the channel: $3,087.00")
    assert SHARE not in words(replaced[0])


def test_share_works_where_purser_is_no_member(workspace, purser):
    workspace.slash("ada", "#random", "/cost").wait()
    (answer,) = told(workspace, channel="#random")
    workspace.press("ada", answer, SHARE).wait()
    (shared,) = workspace.wait_for(lambda: workspace.messages("#random"))
    assert "$48,213.55" in shared.text


def test_share_pressed_twice_shares_once(workspace, purser):
    workspace.slash("ada", "#ml-research", "/cost").wait()
    (answer,) = told(workspace)
    workspace.press("ada", answer, SHARE).wait()
    workspace.press("ada", answer, SHARE).wait()
    workspace.wait_for(lambda: len(purser.router.asked) == 2)
    workspace.wait_for(lambda: workspace.messages("#ml-research"))
    workspace.slash("ben", "#ml-research", "/cost").wait()
    told(workspace, "ben")
    assert len(workspace.messages("#ml-research")) == 1


def test_the_csv_comes_whole_in_a_direct_message_and_says_so(workspace, purser):
    workspace.slash("ada", "#ml-research", "/cost", "everyone").wait()
    table = told(workspace, count=2)[1]
    workspace.press("ada", table, CSV).wait()
    (sent,) = workspace.wait_for(lambda: [m for m in workspace.messages("ada") if m.files])
    file = next(f for f in workspace.files() if f.id == sent.files[0])
    assert len(file.data.decode().splitlines()) == 1 + 212
    assert file.name == "cost-by-team-2026-11-01-to-2026-11-19.csv"
    workspace.wait_for(lambda: [m for m in told(workspace) if "sent you the CSV" in m.text])
    assert workspace.messages("#ml-research") == []


# Mentions and direct messages


def test_a_mention_is_answered_in_its_thread_and_the_chart_follows(workspace, purser):
    said = workspace.post_as("ben", "#platform", "@Purser this month")
    reply = workspace.wait_for(lambda: [m for m in workspace.replies(said) if has_image(m)])[0]
    assert kinds(reply) == ["rich_text", "image", "context", "actions"]
    assert reply.edited
    assert purser.router.asked == [("ask", "this month", EVERYTHING)]
    assert SHARE not in words(reply)


def test_a_mention_in_a_thread_is_answered_in_that_thread(workspace, purser):
    root = workspace.post_as("ben", "#platform", "morning")
    workspace.post_as("ben", "#platform", "@Purser by team", thread_ts=root.ts)
    workspace.wait_for(lambda: [m for m in workspace.replies(root) if m.is_from_bot])


def test_a_direct_message_is_answered_there(workspace, purser):
    workspace.post_as("ada", "ada", "this month")
    answer = workspace.wait_for(lambda: [m for m in workspace.messages("ada") if m.is_from_bot])[0]
    assert answer.text.startswith("$48,213.55")
    assert answer.thread_ts is None


def test_a_bare_mention_gets_help(workspace, purser):
    said = workspace.post_as("ben", "#platform", "@Purser")
    (reply,) = workspace.wait_for(lambda: workspace.replies(said))
    assert "last 7d by team" in words(reply)


def test_a_slow_mention_shows_a_status(workspace):
    made = parts(workspace)
    with listening(made, workspace, status_after=0.05):
        said = workspace.post_as("ben", "#platform", "@Purser slowly")
        workspace.wait_for(lambda: workspace.status("#platform", said.ts))
        made.router.may_go_on.set()
        workspace.wait_for(lambda: workspace.replies(said))


def test_an_event_delivered_twice_is_answered_once(workspace, purser):
    workspace.faults.deliver_twice(times=2)
    said = workspace.post_as("ben", "#platform", "@Purser by team")
    workspace.wait_for(lambda: sum(len(d.acks) for d in workspace.deliveries) == 4)
    workspace.wait_for(lambda: [m for m in workspace.replies(said) if has_image(m)])
    assert len(workspace.replies(said)) == 1
    assert len(purser.router.asked) == 1


def test_an_event_delivered_again_after_a_restart_is_not_answered_again(workspace):
    seen = SeenInMemory()
    with listening(parts(workspace, seen=seen), workspace):
        said = workspace.post_as("ben", "#platform", "@Purser by team")
        workspace.wait_for(lambda: [m for m in workspace.replies(said) if has_image(m)])
    event = next(d for d in workspace.deliveries if d.payload["event"]["type"] == "app_mention")
    again = parts(workspace, seen=seen)
    with listening(again, workspace) as url:
        assert deliver(url, workspace, event.payload) == 200
        workspace.slash("ada", "#ml-research", "/cost").wait()
        told(workspace)
        assert [way for way, _, _ in again.router.asked] == ["command"]


def test_edits_and_other_bots_are_not_answered(workspace):
    purser = parts(workspace)
    with listening(purser, workspace) as url:
        send_what_is_not_for_purser(url, workspace)
        workspace.slash("ada", "#ml-research", "/cost").wait()
        told(workspace)
    assert len(purser.router.asked) == 1


def send_what_is_not_for_purser(url, workspace):
    template = {
        "type": "event_callback",
        "team_id": workspace.cast.team_id,
        "api_app_id": "A0PURSER00",
        "authorizations": [],
    }
    dm = workspace.channel_id("ada")
    for i, event in enumerate(
        [
            {"type": "message", "subtype": "message_changed", "hidden": True},
            {"type": "message", "subtype": "bot_message", "bot_id": "B1"},
            {"type": "message", "bot_id": "B1", "user": "U9"},
            {"type": "app_mention", "bot_id": "B1", "user": "U9", "text": "by team"},
        ]
    ):
        more = {"channel": dm, "channel_type": "im", "ts": f"1.{i}", "text": "this month"}
        payload = template | {"event_id": f"Ev{i}", "event": more | event}
        assert deliver(url, workspace, payload) == 200


def test_a_press_in_a_thread_is_answered_in_that_thread(workspace, purser):
    said = workspace.post_as("ben", "#platform", "@Purser wobble")
    reply = workspace.wait_for(lambda: workspace.replies(said))[0]
    workspace.press("ada", reply, "purser.ask.0").wait()
    workspace.wait_for(lambda: [m for m in workspace.replies(said) if "$3,087.00" in m.text])


def test_a_shared_answer_has_no_button_that_would_speak_to_everybody_again(workspace, purser):
    workspace.slash("ada", "#ml-research", "/cost", "by team").wait()
    workspace.press("ada", told(workspace)[0], SHARE).wait()
    (shared,) = workspace.wait_for(lambda: workspace.messages("#ml-research"))
    assert "purser.ask" not in str(shared.blocks)


def test_a_private_word_about_a_press_stays_in_the_thread(workspace, purser):
    said = workspace.post_as("ben", "#platform", "@Purser everyone")
    reply = workspace.wait_for(lambda: [m for m in workspace.replies(said) if has_image(m)])[0]
    workspace.press("ada", reply, CSV).wait()
    (note,) = told(workspace, "ada", "#platform")
    assert note.thread_ts == said.ts
