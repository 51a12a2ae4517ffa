"""“Anything unusual?” is understood without a model, and nothing else is taken for it."""

import pytest

from bot.wishes import Wishes
from tests.asking import Bills


@pytest.mark.parametrize(
    "said",
    [
        "anything unusual?",
        "Anything unusual this week?",
        "any anomalies?",
        "are there any anomalies",
        "Is there anything odd lately?",
        "what's unusual?",
        "show me the anomalies",
        "any strange costs?",
    ],
)
def test_it_is_understood(said, tmp_path):
    answer = Wishes().hear(said, Bills(tmp_path).context())
    assert answer is not None
    assert [call.name for call in answer.tools] == ["find_anomalies"]
    assert answer.path == "phrasebook"


@pytest.mark.parametrize(
    ("said", "days"),
    [("any anomalies?", 14), ("anything unusual this week?", 7), ("anything odd This Month", 31)],
)
def test_it_looks_back_as_far_as_was_asked(said, days, tmp_path):
    answer = Wishes().hear(said, Bills(tmp_path).context())
    assert answer is not None
    assert [call.arguments for call in answer.tools] == [{"days": days}]


@pytest.mark.parametrize(
    "said",
    [
        "what is unusual about team ml?",
        "anything",
        "unusual costs of EC2 in March",
        "how much was EC2",
        "is there anything idle?",
    ],
)
def test_what_asks_for_more_is_not_taken_for_it(said, tmp_path):
    answer = Wishes().hear(said, Bills(tmp_path).context())
    assert answer is None or [call.name for call in answer.tools] != ["find_anomalies"]
