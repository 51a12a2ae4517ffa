"""Looking back: how an answer came about, who may see that, and what people thought of it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from bot.conversation import Answer, Reading
from bot.listeners.review import THANKS
from bot.spoken import HOW, JUDGE
from bot.why import NOT_YOURS, NOTHING_YET, UNKNOWN, Background, grammar_line, why_message
from tests.bot.slack_parts import told, words
from tests.bot.tables import NOW, by_team
from tests.bot.talking import finished
from tools.ledger.records import Call, ModelCall, Trace

ADA, BEN = "U0ADAPARK0", "U0BENORTIZ"
TRACE = Trace(
    id="a1",
    at=NOW - timedelta(minutes=5),
    conversation="T:C:1.1",
    asker=BEN,
    question="why did GPUs jump?",
    path="model",
    reading="why last week where service=GPU",
    calls=(
        Call("cost_by", {"query": "last week by team"}, 12_034),
        Call("explain_change", {"query": "last week where service=GPU"}, 800),
        Call("dimension_values", {"dimension": "service", "search": "gpu"}),
        Call("calculate", {"expression": "1234.56 / 2"}),
    ),
    seconds=4.26,
)
CALL = ModelCall(
    answer="a1",
    asker=BEN,
    at=NOW,
    provider="api.example.com",
    model="gpt-5-mini",
    input_tokens=4310,
    cached_tokens=2000,
    output_tokens=212,
    dollars=Decimal("0.00123"),
    seconds=1.9,
)


def text_of(message):
    (rich,) = [b for b in message.blocks if b["type"] == "rich_text"]
    return "".join(part["text"] for part in rich["elements"][0]["elements"])


def test_a_models_answer_tells_its_whole_way_and_no_figure():
    found = Background(TRACE, (CALL, replace(CALL, outcome="timeout", output_tokens=0)), "good")
    message = why_message(found, command="/cost", now=NOW)
    assert text_of(message) == (
        "How I answered “why did GPUs jump?”\n"
        "Asked gpt-5-mini.\n"
        "Read as /cost why last week where service=GPU\n"
        "1. cost_by last week by team read 12,034 bill lines\n"
        "2. explain_change why last week where service=GPU read 800 bill lines\n"
        "3. dimension_values service gpu\n"
        "4. calculate\n"
        "gpt-5-mini: 2 calls, 8,620 tokens in (4,000 cached), 212 out, $0.0025, 3.8 s\n"
        "Went wrong on the way: timeout"
    )
    context, buttons = message.blocks[1:]
    assert [e["text"] for e in context["elements"]] == [
        "Took 4.3 s, 5 min ago.",
        "You found it good.",
        "Figures are not kept. Asking again counts anew, under what you may see now.",
    ]
    assert [e["value"] for e in buttons["elements"]] == [
        "last week by team",
        "why last week where service=GPU",
    ]
    assert "1234.56" not in str(message)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("command", "Read word for word, as a command."),
        ("phrasebook", "Read by the phrasebook; no model was asked."),
        ("none", "No bill was read for it."),
        ("model", "Asked a model."),
    ],
)
def test_each_path_in_words(path, words):
    message = why_message(Background(replace(TRACE, path=path)), command="/cost", now=NOW)
    assert text_of(message).splitlines()[1] == words


def test_a_price_nobody_knows_is_not_made_up():
    found = Background(TRACE, (CALL, replace(CALL, dollars=None)))
    assert "price not known" in text_of(why_message(found, command="/cost", now=NOW))


def test_two_models_are_told_apart():
    found = Background(TRACE, (CALL, replace(CALL, model="gpt-5")))
    told = text_of(why_message(found, command="/cost", now=NOW)).splitlines()
    assert told[1] == "Asked gpt-5-mini and gpt-5."
    assert [line.partition(":")[0] for line in told[-2:]] == ["gpt-5-mini", "gpt-5"]


@pytest.mark.parametrize(
    ("call", "line"),
    [
        (Call("explain_change", {"query": "why yesterday"}), "why yesterday"),
        (Call("explain_change", {"query": "yesterday"}), "why yesterday"),
        (Call("calculate", {"expression": "1 + 1"}), ""),
        (Call("cost_by", {"query": 7}), ""),
    ],
)
def test_only_what_asks_the_bills_has_a_line(call, line):
    assert grammar_line(call) == line


# /purser why


def test_why_shows_the_last_answer_of_this_conversation_to_the_asker_alone(workspace, talking):
    workspace.slash("ada", "#ml-research", "/purser", "ask last month by team").wait()
    told(workspace)
    finished(workspace, workspace.post_as("ada", "#platform", "@Purser something newer"))
    workspace.slash("ada", "#ml-research", "/purser", "why").wait()
    why = told(workspace, count=2)[-1]
    assert "“last month by team”" in words(why)
    assert "Asked gpt-5-mini." in words(why)
    assert workspace.messages("#ml-research") == []
    assert len(talking.turns) == 2


def test_a_newer_answer_in_a_thread_of_this_channel_is_the_last(workspace, talking):
    workspace.slash("ada", "#ml-research", "/purser", "ask last month by team").wait()
    told(workspace)
    finished(workspace, workspace.post_as("ada", "#ml-research", "@Purser something newer"))
    workspace.slash("ada", "#ml-research", "/purser", "why").wait()
    assert "“something newer”" in words(told(workspace, count=2)[-1])


def test_without_one_here_it_is_the_last_anywhere(workspace, talking):
    finished(workspace, workspace.post_as("ada", "#platform", "@Purser something newer"))
    workspace.slash("ada", "#ml-research", "/purser", "Why?").wait()
    (why,) = told(workspace)
    assert "“something newer”" in words(why)


def test_it_is_never_somebody_elses(workspace, talking):
    finished(workspace, workspace.post_as("ada", "#platform", "@Purser something newer"))
    workspace.slash("ben", "#platform", "/purser", "why").wait()
    (why,) = told(workspace, "ben", "#platform")
    assert why.text == NOTHING_YET


def test_why_with_more_behind_it_is_a_question(workspace, talking):
    workspace.slash("ada", "#ml-research", "/purser", "why did it jump?").wait()
    told(workspace)
    assert [text for text, _, _ in talking.turns] == ["why did it jump?"]


def test_a_guest_is_refused_here_too(workspace, talking):
    workspace.slash("dmitri", "#ml-research", "/purser", "why").wait()
    (answer,) = told(workspace, "dmitri")
    assert "you are here as a guest" in answer.text


def test_its_buttons_ask_again(workspace, talking):
    workspace.slash("ada", "#ml-research", "/purser", "ask last month by team").wait()
    told(workspace)
    workspace.slash("ada", "#ml-research", "/purser", "why").wait()
    why = told(workspace, count=2)[-1]
    workspace.press("ada", why, "purser.ask.0").wait()
    told(workspace, count=3)
    assert [text for text, _, _ in talking.turns] == ["last month by team", "this month by team"]


# “How?”


@pytest.mark.parametrize("person", ["ben", "ada"])
def test_how_is_shown_privately_to_everybody_who_reads_the_thread(workspace, talking, person):
    said = workspace.post_as("ben", "#platform", "@Purser why did it jump?")
    (reply,) = finished(workspace, said)
    workspace.press(person, reply, HOW).wait()
    (why,) = told(workspace, person, "#platform")
    assert "“why did it jump?”" in words(why)
    assert why.thread_ts == said.ts


def test_how_is_not_shown_elsewhere(workspace, talking):
    said = workspace.post_as("ben", "#platform", "@Purser why did it jump?")
    (reply,) = finished(workspace, said)
    elsewhere = workspace.post_as("ada", "#platform", "look at this")
    moved = workspace.store.add(replace(reply, thread_ts=elsewhere.ts))
    workspace.press("ada", moved, HOW).wait()
    (answer,) = told(workspace, "ada", "#platform")
    assert answer.text == NOT_YOURS


def test_answers_without_a_model_have_neither_how_nor_thumbs(workspace, talking):
    table = by_team(3)
    talking.script = lambda turn: Answer("phrasebook", table, reading=Reading(table.query))
    said = workspace.post_as("ben", "#platform", "@Purser by team")
    (reply,) = workspace.wait_for(lambda: [m for m in workspace.replies(said) if m.edited])
    assert HOW not in words(reply)
    assert JUDGE not in words(reply)


# Thumbs


def judge(workspace, person, reply, verdict, answer_id):
    workspace.press(person, reply, JUDGE, option=f"{verdict}:{answer_id}").wait()


@pytest.fixture
def judged(workspace, talking, answers):
    said = workspace.post_as("ben", "#platform", "@Purser why did it jump?")
    (reply,) = finished(workspace, said)
    return reply, answers.last_of(BEN).id


def test_a_verdict_is_kept_with_the_answer_and_thanked_once(workspace, answers, judged):
    reply, answer_id = judged
    judge(workspace, "ben", reply, "good", answer_id)
    (thanks,) = told(workspace, "ben", "#platform")
    assert thanks.text == THANKS
    judge(workspace, "ben", reply, "bad", answer_id)
    workspace.wait_for(lambda: answers.verdicts(answer_id) == {BEN: "bad"})
    assert len(told(workspace, "ben", "#platform")) == 1


def test_everybodys_verdict_is_their_own(workspace, answers, judged):
    reply, answer_id = judged
    judge(workspace, "ben", reply, "good", answer_id)
    judge(workspace, "ada", reply, "bad", answer_id)
    workspace.wait_for(lambda: answers.verdicts(answer_id) == {BEN: "good", ADA: "bad"})


def test_a_guests_verdict_is_not_kept(workspace, answers, judged):
    reply, answer_id = judged
    judge(workspace, "dmitri", reply, "bad", answer_id)
    (answer,) = told(workspace, "dmitri", "#platform")
    assert "you are here as a guest" in answer.text
    assert answers.verdicts(answer_id) == {}


def test_a_verdict_on_what_one_has_not_read_is_not_kept(workspace, talking, answers, judged):
    reply, answer_id = judged
    workspace.slash("ada", "#platform", "/purser", "ask my own question").wait()
    told(workspace, "ada", "#platform")
    private = answers.last_of(ADA).id
    forged = json.loads(json.dumps(reply.blocks).replace(answer_id, private))
    workspace.store.change(reply, blocks=forged)
    judge(workspace, "ben", workspace.store.message(reply.channel, reply.ts), "bad", private)
    (answer,) = told(workspace, "ben", "#platform")
    assert answer.text == UNKNOWN
    assert answers.verdicts(private) == {}


def test_how_shows_ones_own_verdict(workspace, answers, judged):
    reply, answer_id = judged
    judge(workspace, "ada", reply, "bad", answer_id)
    workspace.wait_for(lambda: answers.verdicts(answer_id))
    workspace.press("ada", reply, HOW).wait()
    assert "You found it bad." in words(told(workspace, "ada", "#platform", count=2)[-1])
