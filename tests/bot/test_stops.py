"""Stopping an answer: before, during and after, by whom, by which button."""

from __future__ import annotations

import pytest

from bot.listeners.stops import NOT_YOURS, TOO_LATE
from bot.spoken import STOP, STOPPED
from tests.bot.slack_parts import listening, parts, told, words
from tests.bot.talking import TEXT, WORDS, Gate, Talking, finished


def by_slack(workspace, said, word, person):
    """Slack's own button, in the thread."""
    return workspace.stop_answer(person, "#platform", said.ts).wait()


def by_ours(workspace, said, word, person):
    """Our button, on the word that stands in for the answer."""
    return workspace.press(person, word, STOP).wait()


@pytest.fixture(params=[by_slack, by_ours])
def stop(request, workspace):
    """Both buttons; ours is shown where Slack has none."""
    if request.param is by_ours:
        workspace.faults.refuse("agents.sessions.setStatus", "not_authorized", times=99)
    return request.param


@pytest.fixture
def gate(talking):
    talking.script = gate = Gate()
    yield gate
    gate.may_go_on.set()


def begun(workspace, gate):
    said = workspace.post_as("ben", "#platform", "@Purser why did it jump?")
    assert gate.begun.acquire(timeout=5)
    (word,) = workspace.wait_for(lambda: workspace.replies(said))
    return said, word


def test_the_asker_stops_it_half_way_and_keeps_what_was_found(workspace, gate, stop):
    said, word = begun(workspace, gate)
    stop(workspace, said, word, "ben")
    (reply,) = finished(workspace, said)
    shown = reply.text + words(reply)
    assert reply.ts == word.ts
    assert WORDS[0].strip() in shown
    assert WORDS[1] not in shown
    assert STOPPED in shown
    assert "table" in words(reply)


def test_pressed_twice_is_pressed_once(workspace, gate, stop):
    said, word = begun(workspace, gate)
    stop(workspace, said, word, "ben")
    stop(workspace, said, word, "ben")
    (reply,) = finished(workspace, said)
    assert STOPPED in words(reply)


def test_somebody_else_is_told_and_the_answer_goes_on_to_its_end(workspace, gate, stop):
    said, word = begun(workspace, gate)
    stop(workspace, said, word, "ada")
    (note,) = told(workspace, "ada", "#platform")
    assert (note.text, note.thread_ts) == (NOT_YOURS, said.ts)
    gate.may_go_on.set()
    (reply,) = finished(workspace, said)
    assert TEXT in (reply.text, reply.blocks[0].get("text"))
    assert STOPPED not in words(reply)
    assert len(workspace.replies(said)) == 1


def test_before_its_first_word_it_ends_with_what_there_is(workspace, gate):
    gate.first = ""
    said = workspace.post_as("ben", "#platform", "@Purser why did it jump?")
    workspace.wait_for(lambda: workspace.sessions.processing())
    by_slack(workspace, said, None, "ben")
    (reply,) = finished(workspace, said)
    assert STOPPED in words(reply)
    assert "$3,087.00" in words(reply)


def test_after_its_end_nothing_is_changed_and_nothing_looks_busy(workspace, gate):
    gate.may_go_on.set()
    said, _ = begun(workspace, gate)
    (reply,) = finished(workspace, said)
    workspace.sessions.set(said.channel, said.ts, "processing")
    by_slack(workspace, said, None, "ben")
    workspace.wait_for(lambda: workspace.sessions.status(said.channel, said.ts) == "active")
    assert workspace.store.message(reply.channel, reply.ts).blocks == reply.blocks
    assert workspace.ephemerals("#platform", "ben") == []


def test_our_button_after_the_end_says_that_it_is_too_late(workspace, answers):
    """The process that made the answer is gone, and its button still stands."""
    workspace.faults.refuse("agents.sessions.setStatus", "not_authorized", times=99)
    killed = Talking(answers, script=Gate())
    with listening(parts(workspace, router=killed, answers=answers), workspace):
        _, word = begun(workspace, killed.script)
        with listening(parts(workspace, answers=answers), workspace):
            by_ours(workspace, None, word, "ben")
            (note,) = told(workspace, "ben", "#platform")
            assert note.text == TOO_LATE
        killed.script.may_go_on.set()


def test_it_stops_only_what_the_presser_asked_in_that_thread(workspace, gate):
    said, _ = begun(workspace, gate)
    workspace.post_as("ada", "#platform", "@Purser and by model?", thread_ts=said.ts)
    assert gate.begun.acquire(timeout=5)
    by_slack(workspace, said, None, "ada")
    (stopped,) = finished(workspace, said)
    assert STOPPED in words(stopped)
    gate.may_go_on.set()
    whole = next(m for m in finished(workspace, said, 2) if m.ts != stopped.ts)
    assert TEXT in (whole.text, whole.blocks[0].get("text"))


def test_a_stop_delivered_twice_says_one_sentence(workspace, gate):
    said, _ = begun(workspace, gate)
    workspace.faults.deliver_twice()
    event = by_slack(workspace, said, None, "ada")
    workspace.wait_for(lambda: len(event.acks) == 2)
    gate.may_go_on.set()
    finished(workspace, said)
    assert len(told(workspace, "ada", "#platform")) == 1


def test_a_slow_private_answer_can_be_stopped_too(workspace, answers):
    router = Talking(answers, script=Gate())
    made = parts(workspace, router=router, answers=answers)
    with listening(made, workspace, status_after=0.05):
        workspace.slash("ada", "#ml-research", "/purser", "ask why did it jump?").wait()
        (word,) = told(workspace)
        workspace.press("ada", word, STOP).wait()
        answer = told(workspace, count=2)[-1]
        assert STOPPED in words(answer)
