"""What people said of alarms: the last word of each counts, however they press."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from tools.core.clock import FixedClock
from tools.ledger.feedback import Feedback, Verdict
from tools.ledger.ledger import Ledger

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


@pytest.fixture
def feedback(ledger_url: str) -> Feedback:
    return Feedback(Ledger(ledger_url, FixedClock(NOW)))


def say(feedback: Feedback, person: str, verdict: Verdict) -> None:
    feedback.say("anomaly/1", person=person, sort="anomaly", channel="C0ML", verdict=verdict)


def test_the_last_word_of_each_counts(feedback: Feedback):
    say(feedback, "U1", Verdict.NOISE)
    say(feedback, "U2", Verdict.NOISE)
    say(feedback, "U1", Verdict.REAL)
    said = {one.person: one.verdict for one in feedback.of_message("anomaly/1")}
    assert said == {"U1": Verdict.REAL, "U2": Verdict.NOISE}


def test_who_presses_twice_at_once_is_heard_once(feedback: Feedback):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: say(feedback, "U1", Verdict.REAL), range(8)))
    assert [one.person for one in feedback.all()] == ["U1"]
