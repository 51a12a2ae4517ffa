"""Every fault of a model endpoint ends in a right answer or in one clear sentence."""

from collections import Counter

import pytest

from bot.bench_faults import Ending, cases, play, small_lake
from bot.mind.agent import warm_up
from tests.sizes import sized

pytestmark = pytest.mark.long
CASES = cases()[:: sized(3, 1)]


@pytest.fixture(scope="module")
def context(tmp_path_factory):
    warm_up()
    with small_lake(tmp_path_factory.mktemp("faults")) as made:
        yield made


@pytest.fixture(scope="module")
def counts():
    counted = Counter()
    yield counted
    print({ending.value: counted[ending] for ending in Ending})


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_fault_ends_as_it_must(case, context, counts):
    outcome = play(case, context)
    counts[outcome.ending] += 1
    assert outcome.is_as_wanted, outcome.said
    if outcome.ending is Ending.SENTENCE:
        assert outcome.said.strip().endswith((".", ":"))
        assert "key-of-the-first" not in outcome.said
