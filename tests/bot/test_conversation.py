"""Whose memory a question is read against, and that it outlives the process."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.config import ScopeSettings
from bot.conversation import Answer
from tests.bot.slack_parts import has_image, kinds, listening, parts, told, words
from tests.bot.tables import by_team, total
from tests.bot.talking import Talking, finished, model_answer
from tools.core.query import Filter, Op
from tools.core.scope import EVERYTHING, Scope

TEAM = "T0SAMPLE00"
ML = Scope((Filter("team", Op.IS, ("ml",)),))
ADA, BEN = "U0ADAPARK0", "U0BENORTIZ"


# Which conversation


def test_a_thread_is_one_conversation_for_all_who_read_it(workspace, talking):
    said = workspace.post_as("ben", "#platform", "@Purser last month by team")
    finished(workspace, said)
    workspace.post_as("ada", "#platform", "@Purser and by model?", thread_ts=said.ts)
    finished(workspace, said, 2)
    assert talking.conversations == [f"{TEAM}:{said.channel}:{said.ts}"] * 2
    assert [turn.asker for _, turn, _ in talking.turns] == [BEN, ADA]


def test_another_thread_is_another_conversation(workspace, talking):
    for _ in range(2):
        finished(workspace, workspace.post_as("ben", "#platform", "@Purser last month"))
    assert len(set(talking.conversations)) == 2


def test_what_was_said_privately_is_ones_own(workspace, talking):
    for person in ("ada", "ben"):
        workspace.slash(person, "#platform", "/purser", "ask last month by team").wait()
        (answer,) = told(workspace, person, "#platform")
    workspace.press("ben", answer, "purser.ask.0").wait()
    told(workspace, "ben", "#platform", count=2)
    mine = f"{TEAM}:C0PLATFORM:{BEN}"
    assert talking.conversations == [f"{TEAM}:C0PLATFORM:{ADA}", mine, mine]


def test_private_answers_in_a_shared_channel_are_ones_own_though_said_in_a_thread(
    workspace, talking
):
    workspace.post_as("chloe", "#ext-nordwind", "@Purser last month by team")
    told(workspace, "chloe", "#ext-nordwind")
    assert talking.conversations == [f"{TEAM}:C0NORDWIND:U0CHLOEW00"]


def test_direct_messages_are_one_conversation_with_the_thread_of_the_newest_question(
    workspace, talking
):
    first = workspace.post_as("ben", "ben", "last month by team")
    finished(workspace, first)
    workspace.post_as("ben", "ben", "and by model?", thread_ts=first.ts)
    finished(workspace, first, 2)
    second = workspace.post_as("ben", "ben", "only prod")
    finished(workspace, second)
    assert talking.conversations == [f"{TEAM}:{BEN}"] * 3


def test_a_thread_below_an_older_question_has_a_memory_of_its_own(workspace, talking):
    first = workspace.post_as("ben", "ben", "last month by team")
    finished(workspace, first)
    finished(workspace, workspace.post_as("ben", "ben", "tokens by model"))
    for count in (2, 3):
        workspace.post_as("ben", "ben", "only prod", thread_ts=first.ts)
        finished(workspace, first, count)
    own = f"{TEAM}:{first.channel}:{first.ts}"
    assert talking.conversations == [f"{TEAM}:{BEN}"] * 2 + [own] * 2


def test_where_slack_cannot_tell_a_thread_keeps_to_itself(workspace, talking):
    first = workspace.post_as("ben", "ben", "last month by team")
    finished(workspace, first)
    workspace.faults.refuse("conversations.history", "missing_scope")
    workspace.post_as("ben", "ben", "only prod", thread_ts=first.ts)
    finished(workspace, first, 2)
    assert talking.conversations[-1] == f"{TEAM}:{first.channel}:{first.ts}"


def test_a_question_from_the_home_belongs_to_the_direct_messages(workspace, talking):
    workspace.open_home("ben").wait()
    view = workspace.wait_for(lambda: workspace.home("ben"))
    workspace.press_in_view("ben", view, "purser.ask.0").wait()
    workspace.wait_for(lambda: workspace.messages("ben"))
    assert talking.conversations == [f"{TEAM}:{BEN}"]


def test_sharing_and_sending_are_no_turns_of_a_conversation(workspace, talking):
    workspace.slash("ada", "#platform", "/purser", "ask last month by team").wait()
    (answer,) = told(workspace, "ada", "#platform")
    workspace.press("ada", answer, "purser.share").wait()
    workspace.wait_for(lambda: workspace.messages("#platform"))
    assert talking.conversations == [f"{TEAM}:C0PLATFORM:{ADA}", None]


def test_while_the_ledger_is_away_questions_are_answered_without_a_memory(workspace):
    made = parts(workspace)
    with listening(made, workspace):
        first = workspace.post_as("ben", "ben", "this month")
        workspace.post_as("ben", "ben", "by team", thread_ts=first.ts)
        workspace.wait_for(lambda: [m for m in workspace.replies(first) if has_image(m)])


# Whose scope, and after a restart


def test_each_question_runs_under_its_own_askers_scope(workspace, answers):
    router = Talking(answers)
    scope = ScopeSettings(users={ADA: ML})
    with listening(parts(workspace, scope=scope, router=router, answers=answers), workspace):
        said = workspace.post_as("ben", "#platform", "@Purser last month by team")
        finished(workspace, said)
        workspace.post_as("ada", "#platform", "@Purser and by model?", thread_ts=said.ts)
        finished(workspace, said, 2)
    assert [scope for _, _, scope in router.turns] == [EVERYTHING, ML]


def test_the_memory_of_a_thread_outlives_the_process(workspace, answers):
    with listening(parts(workspace, router=Talking(answers), answers=answers), workspace):
        said = workspace.post_as("ben", "#platform", "@Purser last month by team")
        finished(workspace, said)
    again = Talking(answers)
    with listening(parts(workspace, router=again, answers=answers), workspace):
        workspace.post_as("ben", "#platform", "@Purser and by model?", thread_ts=said.ts)
        finished(workspace, said, 2)
    (key,) = again.conversations
    assert [t.question for t in answers.turns(key)] == ["last month by team", "and by model?"]


# What a follow-up asked to see


@pytest.fixture
def showing(talking):
    def only(shows, result=None):
        shown = Answer("phrasebook", result or by_team(3), shows=shows)
        talking.script = lambda turn: shown

    return only


@pytest.mark.parametrize(
    ("shows", "blocks"), [("chart", ["image", "context"]), ("table", ["table", "context"])]
)
def test_a_chart_or_a_table_is_shown_alone(workspace, showing, shows, blocks):
    showing(shows)
    said = workspace.post_as("ben", "#platform", f"@Purser as a {shows}")
    (reply,) = workspace.wait_for(lambda: workspace.replies(said))
    assert kinds(reply) == blocks
    assert reply.text.startswith("$3,087.00")


def test_a_file_is_sent_to_the_asker(workspace, showing):
    showing("csv")
    said = workspace.post_as("ben", "#platform", "@Purser as csv")
    (sent,) = workspace.wait_for(lambda: [m for m in workspace.messages("ben") if m.files])
    assert sent.text.startswith("$3,087.00")
    (note,) = workspace.wait_for(lambda: workspace.replies(said))
    assert note.text == "I sent you the CSV in our direct messages."


def test_where_there_is_nothing_to_draw_that_is_said(workspace, showing):
    showing("chart", replace(total(), series=()))
    said = workspace.post_as("ben", "#platform", "@Purser as a chart")
    (reply,) = workspace.wait_for(lambda: workspace.replies(said))
    assert "There is nothing to draw here" in words(reply)
    assert "$48,213.55" in words(reply)


def test_a_models_answer_can_be_shown_as_a_chart_alone_too(workspace, talking):
    talking.script = lambda turn: model_answer(shows="chart")
    said = workspace.post_as("ben", "#platform", "@Purser as a chart please")
    (reply,) = workspace.wait_for(lambda: workspace.replies(said))
    assert kinds(reply) == ["image", "context"]
