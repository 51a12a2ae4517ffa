"""Who is answered with what, and what happens on a bad day, over real sockets."""

from __future__ import annotations

import urllib.error
import urllib.request

import pytest

from bot.blocks import CSV, SHARE
from bot.config import ScopeSettings
from bot.refusals import NO_CHART
from tests.bot.slack_parts import has_image, kinds, listening, parts, told, words
from tools.core.query import Filter, Op
from tools.core.scope import EVERYTHING, Scope

ML = Scope((Filter("team", Op.IS, ("ml",)),))
PROD = Scope((Filter("env", Op.IS, ("prod",)),))


# Who may see what


@pytest.mark.parametrize(
    ("person", "channel"), [("dmitri", "#ml-research"), ("elena", "#ext-nordwind")]
)
def test_guests_and_outsiders_are_refused_kindly_and_nothing_is_read(
    workspace, purser, person, channel
):
    workspace.slash(person, channel, "/cost").wait()
    (answer,) = told(workspace, person, channel)
    assert "I show costs to" in answer.text
    assert purser.router.asked == []


def test_a_refused_mention_is_told_to_the_asker_alone(workspace, purser):
    said = workspace.post_as("dmitri", "#ml-research", "@Purser by team")
    told(workspace, "dmitri")
    assert workspace.replies(said) == []


def test_who_cannot_be_looked_up_sees_nothing(workspace, purser):
    workspace.faults.refuse("users.info", "missing_scope")
    workspace.slash("ada", "#ml-research", "/cost").wait()
    assert "could not check who you are" in told(workspace)[0].text
    assert purser.router.asked == []


def test_an_answer_is_limited_to_what_asker_and_channel_may_both_see(workspace):
    scope = ScopeSettings(users={"U0ADAPARK0": ML}, channels={"C0MLRESRCH": PROD})
    made = parts(workspace, scope=scope)
    with listening(made, workspace):
        workspace.slash("ada", "#ml-research", "/cost").wait()
        answer = told(workspace)[0]
        assert "Limited to team=ml and env=prod." in words(answer)
        workspace.press("ada", answer, SHARE).wait()
        workspace.wait_for(lambda: workspace.messages("#ml-research"))
        assert [asked[2] for asked in made.router.asked] == [ML & PROD, ML & PROD]


def test_whoever_presses_sees_what_they_may_see_not_what_the_asker_may(workspace):
    scope = ScopeSettings(users={"U0ADAPARK0": ML})
    made = parts(workspace, scope=scope)
    with listening(made, workspace):
        said = workspace.post_as("ben", "#platform", "@Purser everyone")
        reply = workspace.wait_for(lambda: [m for m in workspace.replies(said) if has_image(m)])[0]
        workspace.press("ada", reply, CSV).wait()
        workspace.wait_for(lambda: [m for m in workspace.messages("ada") if m.files])
        assert [asked[2] for asked in made.router.asked] == [EVERYTHING, ML]
        workspace.press("dmitri", reply, CSV).wait()
        workspace.wait_for(lambda: workspace.ephemerals("#platform", "dmitri"))
        assert len(made.router.asked) == 2


def test_in_a_channel_shared_with_another_organisation_the_answer_is_private(workspace, purser):
    said = workspace.post_as("chloe", "#ext-nordwind", "@Purser this month")
    answers = told(workspace, "chloe", "#ext-nordwind", count=2)
    assert "$48,213.55" in answers[0].text
    assert workspace.replies(said) == []
    assert workspace.ephemerals("#ext-nordwind", "elena") == []


def test_a_shared_channel_with_a_scope_of_its_own_is_answered_in_the_thread(workspace):
    scope = ScopeSettings(channels={"C0NORDWIND": ML})
    with listening(parts(workspace, scope=scope), workspace):
        said = workspace.post_as("chloe", "#ext-nordwind", "@Purser this month")
        workspace.wait_for(lambda: [m for m in workspace.replies(said) if has_image(m)])


# A bad day


def test_told_to_wait_it_waits_and_posts(workspace, purser):
    workspace.faults.rate_limit("chat.postMessage", retry_after=0)
    said = workspace.post_as("ben", "#platform", "@Purser by team")
    workspace.wait_for(lambda: workspace.replies(said))
    assert [c.error for c in workspace.api_calls("chat.postMessage")] == ["ratelimited", ""]


def test_a_chart_that_cannot_be_uploaded_leaves_the_text_and_a_quiet_word(workspace, purser):
    workspace.faults.fail_uploads()
    said = workspace.post_as("ben", "#platform", "@Purser by team")
    reply = workspace.wait_for(lambda: [m for m in workspace.replies(said) if m.edited])[0]
    assert kinds(reply) == ["rich_text", "table", "context", "actions"]
    assert NO_CHART in words(reply)


def test_a_command_whose_chart_cannot_be_uploaded_still_gets_its_table(workspace, purser):
    workspace.faults.refuse("files.getUploadURLExternal", "missing_scope")
    workspace.slash("ada", "#ml-research", "/cost", "by team").wait()
    first, second = told(workspace, count=2)
    assert "$3,087.00" in first.text
    assert kinds(second) == ["table", "context"]
    assert NO_CHART in words(second)


def test_a_picture_slack_still_reads_is_tried_again(workspace, purser):
    workspace.faults.slow_files(times=2)
    said = workspace.post_as("ben", "#platform", "@Purser by team")
    workspace.wait_for(lambda: [m for m in workspace.replies(said) if has_image(m)])


def test_a_picture_slack_never_reads_is_left_out(workspace, purser):
    workspace.faults.slow_files(times=50)
    said = workspace.post_as("ben", "#platform", "@Purser by team")
    reply = workspace.wait_for(lambda: [m for m in workspace.replies(said) if m.edited], 8)[0]
    assert kinds(reply) == ["rich_text", "table", "context", "actions", "context"]
    assert NO_CHART in words(reply)


def test_thrown_out_of_the_channel_the_answer_still_arrives(workspace, purser):
    workspace.faults.refuse("chat.postMessage", "not_in_channel")
    workspace.faults.refuse("chat.postEphemeral", "channel_not_found")
    workspace.post_as("ben", "#platform", "@Purser by team")
    answer = workspace.wait_for(lambda: [m for m in workspace.messages("ben") if m.is_from_bot])[0]
    assert "$3,087.00" in answer.text


# The door


def test_a_wrong_signature_is_turned_away(workspace, purser):
    workspace.faults.sign_wrongly()
    delivery = workspace.slash("ada", "#ml-research", "/cost").wait()
    assert delivery.acks[-1].status == 401
    assert purser.router.asked == []


def test_an_old_signature_is_turned_away(workspace, purser):
    workspace.faults.sign_old()
    assert workspace.slash("ada", "#ml-research", "/cost").wait().acks[-1].status == 401
    assert purser.router.asked == []


def test_the_door_is_watched_without_a_key(workspace):
    with listening(parts(workspace), workspace) as url:
        with urllib.request.urlopen(url.replace("/slack/events", "/healthz")) as answer:
            assert answer.read() == b"ok"
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(url, b"{}")
        assert refused.value.code == 401
