"""Answers that are streamed while they are made, over real sockets; and every way that fails."""

from __future__ import annotations

from decimal import Decimal

import pytest

from bot.blocks import ASK
from bot.spoken import HOW, STOP
from tests.bot.slack_parts import kinds, listening, parts, told, words
from tests.bot.talking import TEXT, WORDS, Gate, Talking, finished, model_answer, straight
from tools.core.errors import UnavailableError
from tools.core.results import Figure, FigureKind, Note


def ask(workspace, text="@Purser why did it jump?", person="ben", **more):
    return workspace.post_as(person, "#platform", text, **more)


def at_rest(workspace, said):
    workspace.wait_for(lambda: workspace.sessions.status(said.channel, said.ts) == "active")


# As it should be


def test_an_answer_is_streamed_into_its_thread_and_ends_with_its_evidence(workspace, talking):
    said = ask(workspace)
    (reply,) = finished(workspace, said)
    assert reply.text == TEXT
    assert kinds(reply) == ["image", "table", "context", "actions", "context_actions"]
    assert not reply.is_streaming
    assert workspace.sessions.status(said.channel, said.ts) == "active"
    assert workspace.sessions.title(said.channel, said.ts) == "why did it jump?"
    start, *_ = workspace.api_calls("chat.startStream")
    assert start.arguments["recipient_user_id"] == workspace.store.person("ben").id
    assert start.arguments["recipient_team_id"] == workspace.cast.team_id
    assert not workspace.api_calls("chat.postMessage")


def test_words_are_shown_while_the_rest_is_still_made(workspace, talking):
    talking.script = gate = Gate()
    said = ask(workspace)
    (half,) = workspace.wait_for(lambda: workspace.replies(said))
    assert (half.is_streaming, half.text) == (True, WORDS[0])
    assert workspace.status("#platform", said.ts) == "is looking at spend by team…"
    assert workspace.sessions.status(said.channel, said.ts) == "processing"
    gate.may_go_on.set()
    (reply,) = finished(workspace, said)
    assert reply.text == TEXT
    assert workspace.status("#platform", said.ts) == ""


def test_the_buttons_ask_on_and_ask_how(workspace, talking):
    (reply,) = finished(workspace, ask(workspace))
    (row,) = [b for b in reply.blocks if b["type"] == "actions"]
    ids = [e["action_id"] for e in row["elements"]]
    assert ids[-1] == HOW
    assert ids[0].startswith(ASK)


def test_an_answer_without_words_shows_its_result_whole(workspace, talking):
    talking.script = lambda turn: turn.ear.status("Thinking…") or model_answer("")
    (reply,) = finished(workspace, ask(workspace))
    assert kinds(reply)[0] == "rich_text"
    assert "$3,087.00" in words(reply)


@pytest.mark.parametrize(
    ("result", "shown"),
    [
        (Note("Nothing was found.", ("last month",)), ["markdown", "actions", "context_actions"]),
        (
            Figure("3 / 2", Decimal("1.5"), FigureKind.NUMBER),
            ["markdown", "context", "actions", "context_actions"],
        ),
    ],
)
def test_what_rests_on_no_table_has_none_below(workspace, talking, result, shown):
    talking.script = lambda turn: model_answer("In short: nothing.", result)
    (reply,) = finished(workspace, ask(workspace))
    assert kinds(reply) == shown


def test_a_private_answer_is_one_message_at_its_end(workspace, talking):
    workspace.slash("ada", "#ml-research", "/purser", "ask why did it jump?").wait()
    (answer,) = told(workspace)
    assert kinds(answer)[0] == "markdown"
    assert answer.blocks[0]["text"] == TEXT
    assert kinds(answer)[-1] == "context_actions"
    for method in ("chat.startStream", "agents.sessions.setStatus", "assistant.threads.setStatus"):
        assert not workspace.api_calls(method)


def test_in_direct_messages_an_answer_is_streamed_below_the_question(workspace, talking):
    said = workspace.post_as("ben", "ben", "why did it jump?")
    (reply,) = finished(workspace, said)
    assert reply.text == TEXT


def test_two_answers_in_one_thread_have_a_stream_each(workspace, talking):
    talking.script = gate = Gate()
    said = ask(workspace)
    ask(workspace, "@Purser and by model?", "ada", thread_ts=said.ts)
    for _ in range(2):
        assert gate.begun.acquire(timeout=5)
    gate.may_go_on.set()
    first, second = finished(workspace, said, 2)
    assert first.text == second.text == TEXT
    at_rest(workspace, said)


def test_an_event_delivered_twice_is_streamed_once(workspace, talking):
    workspace.faults.deliver_twice(times=2)
    said = ask(workspace)
    workspace.wait_for(lambda: sum(len(d.acks) for d in workspace.deliveries) == 4)
    finished(workspace, said)
    assert len(workspace.api_calls("chat.startStream")) == 1


def test_what_a_model_was_talked_into_mentions_nobody_and_links_nowhere(workspace, talking):
    evil = "Hi <!channel> and <@U0ADAPARK0>, see [costs](https://evil.example) now. "

    def script(turn):
        for part in (evil[:5], evil[5:9], evil[9:40], evil[40:]):
            turn.ear.says(part)
        return model_answer(evil.strip())

    talking.script = script
    (reply,) = finished(workspace, ask(workspace))
    assert not any(mark in reply.text for mark in ("<!", "<@", "](", "://"))
    assert reply.text.replace("\u2060", "").strip() == evil.strip()


# Where Slack refuses


def whole(workspace, said):
    """The finished reply, where it could not be streamed to its end."""
    (reply,) = finished(workspace, said)
    assert reply.blocks[0]["text"] == TEXT
    assert kinds(reply)[1:] == ["image", "table", "context", "actions", "context_actions"]
    assert len(workspace.replies(said)) == 1
    return reply


def test_without_agent_features_a_word_with_a_stop_button_gives_way_to_the_answer(
    workspace, talking
):
    workspace.faults.refuse("agents.sessions.setStatus", "not_authorized", times=9)
    talking.script = gate = Gate()
    said = ask(workspace)
    (word,) = workspace.wait_for(lambda: workspace.replies(said))
    assert word.text == "Looking into it…"
    assert STOP in words(word)
    gate.may_go_on.set()
    assert whole(workspace, said).ts == word.ts
    assert not workspace.api_calls("chat.startStream")


def test_a_stream_that_cannot_begin_is_posted_and_changed_once(workspace, talking):
    workspace.faults.refuse("chat.startStream", "unknown_method", times=9)
    said = ask(workspace)
    whole(workspace, said)
    assert len(workspace.api_calls("chat.update")) == 1
    at_rest(workspace, said)


def test_a_stream_refused_half_way_is_replaced_by_the_whole_answer(workspace, talking):
    workspace.faults.refuse("chat.appendStream", "internal_error", times=9)

    def script(turn):
        turn.ear.says(WORDS[0])
        workspace.wait_for(lambda: workspace.api_calls("chat.startStream"))
        turn.ear.says(WORDS[1])
        workspace.wait_for(lambda: workspace.api_calls("chat.appendStream"))
        turn.ear.says(WORDS[2])
        return model_answer()

    talking.script = script
    whole(workspace, ask(workspace))


def test_a_stream_that_slack_ended_is_replaced_by_the_whole_answer(workspace, talking):
    talking.script = gate = Gate()
    said = ask(workspace)
    (half,) = workspace.wait_for(lambda: workspace.replies(said))
    workspace.store.change(half, is_streaming=False)
    gate.may_go_on.set()
    assert whole(workspace, said).ts == half.ts
    at_rest(workspace, said)


def test_told_to_wait_while_it_streams_it_waits_and_loses_nothing(workspace, talking):
    workspace.faults.rate_limit("chat.appendStream", retry_after=0, times=2)
    workspace.faults.rate_limit("chat.stopStream", retry_after=0)
    (reply,) = finished(workspace, ask(workspace))
    assert reply.text == TEXT


def test_told_to_wait_too_long_it_brings_the_whole_at_the_end(workspace, talking):
    talking.script = gate = Gate()
    said = ask(workspace)
    workspace.wait_for(lambda: workspace.replies(said))
    workspace.faults.rate_limit("chat.stopStream", retry_after=600)
    gate.may_go_on.set()
    (reply,) = finished(workspace, said)
    assert "That is all." in words(reply)


def test_a_rejected_block_costs_the_block_and_not_the_answer(workspace, talking):
    workspace.faults.slow_files(times=50)
    (reply,) = finished(workspace, ask(workspace))
    assert reply.text == TEXT
    assert kinds(reply) == ["table", "context", "actions", "context_actions", "context"]


def test_where_nothing_may_be_posted_the_answer_comes_in_direct_messages(workspace, talking):
    for method in ("agents.sessions.setStatus", "chat.postMessage", "chat.postEphemeral"):
        workspace.faults.refuse(method, "not_in_channel", times=2)
    ask(workspace)
    (answer,) = workspace.wait_for(lambda: [m for m in workspace.messages("ben") if m.is_from_bot])
    assert answer.blocks[0]["text"] == TEXT


def test_a_long_answer_that_cannot_be_streamed_is_posted_in_pieces(workspace, talking):
    long = " ".join(f"word-{n}" for n in range(3000))
    talking.script = lambda turn: model_answer(long)
    said = ask(workspace)
    finished(workspace, said)
    shown = [m.blocks[0]["text"] for m in workspace.replies(said)]
    assert len(shown) == 3
    assert " ".join(shown).split() == long.split()


def test_an_error_after_the_first_words_stands_below_them(workspace, talking):
    def script(turn):
        turn.ear.says(WORDS[0])
        raise UnavailableError("The model took too long; here is what I had.")

    talking.script = script
    said = ask(workspace)
    done = workspace.wait_for(
        lambda: [m for m in workspace.replies(said) if m.blocks and not m.is_streaming]
    )[0]
    assert WORDS[0].strip() in done.text + words(done)
    assert "The model took too long; here is what I had." in words(done)
    at_rest(workspace, said)


def test_another_text_at_the_end_takes_the_place_of_what_was_streamed(workspace, talking):
    def script(turn):
        turn.ear.says(WORDS[0])
        return model_answer("Something else.")

    talking.script = script
    said = ask(workspace)
    (reply,) = finished(workspace, said)
    assert WORDS[0] not in reply.text + words(reply)
    assert "Something else." in reply.text + words(reply)


def test_after_a_kill_half_way_the_words_stay_and_stop_lets_the_thread_rest(workspace, answers):
    killed = Talking(answers, script=Gate())
    made = parts(workspace, router=killed, answers=answers)
    with listening(made, workspace):
        said = ask(workspace)
        (half,) = workspace.wait_for(lambda: workspace.replies(said))
        # What a kill leaves: nobody goes on with it, and the next process knows nothing of it.
        again = Talking(answers, script=straight)
        with listening(parts(workspace, router=again, answers=answers), workspace):
            assert workspace.sessions.status(said.channel, said.ts) == "processing"
            workspace.stop_answer("ben", "#platform", said.ts).wait()
            at_rest(workspace, said)
            assert workspace.store.message(half.channel, half.ts).text == WORDS[0]
        killed.script.may_go_on.set()
