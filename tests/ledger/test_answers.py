from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tools.core.clock import FixedClock
from tools.ledger.answers import Answers
from tools.ledger.ledger import Ledger
from tools.ledger.records import Call, ModelCall, Trace

NOW = datetime(2026, 11, 21, 9, 30, 15, tzinfo=UTC)
THREAD = "T1:C1:1.0"


@pytest.fixture
def answers(ledger_url) -> Answers:
    return Answers(Ledger(ledger_url, FixedClock(NOW)))


def trace(id: str, *, conversation: str = THREAD, asker: str = "U1", **changes: object) -> Trace:
    calls = (Call("cost_by", {"query": "last 7d by team"}, 1234),)
    kept = {"question": "wer zahlt was?", "path": "command", "reading": "last 7d by team"}
    return Trace(id, NOW, conversation, asker, calls=calls, seconds=0.25, **{**kept, **changes})


def call(answer: str, **changes: object) -> ModelCall:
    return ModelCall(answer, "U1", NOW, "api.example.com", "small-1", **changes)


def test_a_trace_is_read_back_as_it_was(answers):
    answers.record(trace("a1"))
    assert answers.find("a1") == trace("a1")
    assert answers.find("a2") is None


def test_a_conversation_is_told_in_order_though_the_clock_stands(answers):
    for id in ("c", "a", "b"):
        answers.record(trace(id))
    answers.record(trace("x", conversation="T1:C1:2.0"))
    assert [t.id for t in answers.turns(THREAD)] == ["c", "a", "b"]
    assert [t.id for t in answers.turns(THREAD, most=2)] == ["a", "b"]
    assert answers.turns("T1:C1:3.0") == ()


def test_the_last_answer_of_somebody_is_theirs(answers):
    assert answers.last_of("U1") is None
    answers.record(trace("a1"))
    answers.record(trace("a2", conversation="T1:C2:5.0"))
    answers.record(trace("b1", asker="U2"))
    assert answers.last_of("U1") == trace("a2", conversation="T1:C2:5.0")


def test_a_conversation_goes_on_after_a_restart(ledger_url):
    first = Ledger(ledger_url, FixedClock(NOW))
    Answers(first).record(trace("a1", reading=None))
    first.close()
    assert Answers(Ledger(ledger_url, FixedClock(NOW))).turns(THREAD) == (
        trace("a1", reading=None),
    )


def test_a_second_press_changes_the_verdict_of_one_person_only(answers):
    answers.record(trace("a1"))
    answers.judge("a1", person="U1", verdict="good")
    answers.judge("a1", person="U2", verdict="good")
    answers.judge("a1", person="U1", verdict="bad")
    assert answers.verdicts("a1") == {"U1": "bad", "U2": "good"}
    assert answers.verdicts("a2") == {}


def test_model_calls_keep_their_price_to_the_last_digit(answers):
    priced = call("a1", input_tokens=1200, cached_tokens=1000, output_tokens=80,
                  dollars=Decimal("0.0001234567890123456789"), seconds=1.5)  # fmt: skip
    unknown = call("a1", input_tokens=10, outcome="timeout")
    answers.record_call(priced)
    answers.record_call(unknown)
    answers.record_call(call("a2"))
    assert answers.calls_of("a1") == (priced, unknown)


def test_an_older_ledger_learns_to_remember_answers(ledger_url):
    from sqlalchemy import create_engine, update

    from tools.ledger.schema import ANSWERS, METADATA, MODEL_CALLS, VERDICTS, VERSION

    ledger = Ledger(ledger_url, FixedClock(NOW))
    assert ledger.first_time("x")
    ledger.close()
    engine = create_engine(ledger_url)
    with engine.begin() as connection:  # as the release before left it
        METADATA.drop_all(connection, tables=[ANSWERS, VERDICTS, MODEL_CALLS])
        connection.execute(update(VERSION).values(steps=1))
    engine.dispose()
    again = Ledger(ledger_url, FixedClock(NOW))
    Answers(again).record(trace("a1"))
    assert not again.first_time("x")


def asked(answers, *readings, asker="U1", conversation=THREAD):
    for number, reading in enumerate(readings):
        id = f"{asker}-{number}"
        answers.record(trace(id, asker=asker, conversation=conversation, reading=reading))


def test_what_somebody_asks_most_comes_first_then_the_newest(answers):
    asked(answers, "a", "b", "b", "c", None)
    assert answers.asked_most_by("U1") == ("b", "c", "a")
    assert answers.asked_most_by("U1", most=1) == ("b",)
    assert answers.asked_most_by("U2") == ()


def test_what_one_person_asks_is_not_told_to_the_workspace(answers):
    asked(answers, "mine", "mine", "ours", asker="U1")
    asked(answers, "ours", asker="U2")
    assert answers.asked_most_in("T1") == ("ours",)
    assert answers.asked_most_in("T2") == ()
    assert answers.asked_most_in("T%") == ()


def test_what_was_asked_long_ago_is_no_habit(answers):
    answers.record(replace(trace("a1"), at=NOW - timedelta(days=91)))
    assert answers.asked_most_by("U1") == ()
