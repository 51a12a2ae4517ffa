"""A question through the real agent, from Slack to a model's stand-in and back into the thread."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.app import build
from bot.config import Endpoint, ModelSettings
from bot.console.workspace import Workspace
from bot.spoken import STOPPED
from tests.bot.slack_parts import listening, words
from tests.bot.talking import finished
from tests.bot.test_slack_end_to_end import answers, home, purser  # noqa: F401  the fixture
from tests.bot.test_slack_threads import ledger  # noqa: F401  the fixture
from tests.mind.standin import Standin, calls, fails, says

LOOK = calls("cost_by", {"period": "this month", "by": "team"})
SAID = "Team ml spent $11,428.50 this month so far. Team search spent $4,571.40. "
FREELY = "Please tell me a bit about where our money seems to be going these weeks"


@pytest.fixture
def workspace():
    with Workspace.serve() as served:
        yield served


@pytest.fixture
def standin():
    with Standin() as served:
        yield served


@pytest.fixture
def thinking(ledger, workspace, standin):  # noqa: F811
    """Builds Purser with the stand-in as its model; again for a restart."""

    def built():
        config = purser(ledger, workspace).config
        endpoint = Endpoint(standin.base_url, small="small-1", large="small-1")
        model = ModelSettings(endpoint=endpoint, timeout_seconds=10)
        keys = replace(config.secrets, model_key="stand-in")
        return build(replace(config, model=model, secrets=keys))

    return built


def ask(workspace, text=FREELY, person="ben", thread=None):
    ts = thread.ts if thread else None
    return workspace.post_as(person, "#ml-research", f"@Purser {text}", thread_ts=ts)


def test_a_free_question_is_answered_judged_and_looked_back_at(workspace, standin, thinking):
    standin.script([LOOK, says(SAID, usage=(1200, 400, 30))])
    with listening(made := thinking(), workspace):
        said = ask(workspace)
        (reply,) = finished(workspace, said)
        workspace.slash("ben", "#ml-research", "/purser", "why").wait()
        (why,) = answers(workspace, "ben", 1)
    assert reply.text.strip() == SAID.strip()
    assert "$4,571.40" in words(reply)
    assert "Asked small-1." in words(why)
    assert "this month by team" in words(why)
    assert "2,200 tokens in (400 cached), 130 out" in words(why)
    assert "$11,428.50" not in words(why)
    trace = made.answers.last_of(workspace.store.person("ben").id)
    assert (trace.path, len(made.answers.calls_of(trace.id))) == ("model", 2)


def test_a_number_nobody_returned_is_not_streamed(workspace, standin, thinking):
    standin.script([LOOK, says("Your bill will be $99,999.00 next month. " + SAID)])
    with listening(thinking(), workspace):
        (reply,) = finished(workspace, ask(workspace))
    assert "99,999" not in reply.text + words(reply)
    assert reply.text.strip() == SAID.strip()


def test_stopped_half_way_it_keeps_what_was_found(workspace, standin, thinking):
    standin.script([LOOK, says(SAID, pause=30.0, pieces=6, chunk=12)])
    with listening(thinking(), workspace):
        said = ask(workspace)
        workspace.wait_for(lambda: workspace.replies(said), timeout=20)
        workspace.stop_answer("ben", "#ml-research", said.ts).wait()
        (reply,) = finished(workspace, said)
    shown = reply.text + words(reply)
    assert "Team ml spent $11,428.50" in shown
    assert "Team search spent" not in shown
    assert STOPPED in shown
    assert workspace.sessions.status(said.channel, said.ts) == "active"


def test_after_a_restart_the_model_is_told_the_thread_and_no_figure(workspace, standin, thinking):
    standin.script([LOOK, says(SAID)])
    with listening(thinking(), workspace):
        said = ask(workspace)
        finished(workspace, said)
    standin.script([LOOK, says("Team ml leads with $11,428.50. ")])
    with listening(thinking(), workspace):
        ask(workspace, "is anybody standing out there, would you say?", thread=said)
        finished(workspace, said, 2)
    prompt = str(standin.requests[2]["messages"])
    assert FREELY in prompt
    assert "this month by team" in prompt
    assert "11,428" not in prompt


def test_an_endpoint_that_is_out_is_one_sentence_and_the_thread_rests(workspace, standin, thinking):
    standin.script(lambda body: fails(401))
    with listening(thinking(), workspace):
        said = ask(workspace)
        done = workspace.wait_for(
            lambda: [
                m
                for m in workspace.messages("#ml-research", viewer="ben")
                if "refused the key" in words(m)
            ],
            timeout=20,
        )
        workspace.wait_for(lambda: not workspace.sessions.processing())
    assert len(done) == 1
    assert done[0].thread_ts == said.ts


def test_what_a_tag_says_to_the_model_mentions_nobody(workspace, standin, thinking):
    standin.script([LOOK, says("Team <!channel> spent $798.00, see [it](https://x.example). ")])
    with listening(thinking(), workspace):
        (reply,) = finished(workspace, ask(workspace))
    assert not any(mark in reply.text for mark in ("<!", "](", "://"))
