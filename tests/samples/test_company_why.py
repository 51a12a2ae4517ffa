"""What is hidden in the sample company's bills is named first when somebody asks why."""

import pytest

from bot.grammar import Vocabulary, read
from tests.samples.companies import TODAY, loaded_company
from tools.changes import explain_change
from tools.core.context import Context
from tools.core.dimensions import BUILT_IN
from tools.core.periods import DAY
from tools.core.query import Preceding
from tools.core.results import Cause, Change
from tools.lake.lake import Lake


@pytest.fixture(scope="module")
def lumen(tmp_path_factory):
    return loaded_company(tmp_path_factory)


def why(lumen, text: str) -> Change:
    lake = lumen.config.lake
    names = (*BUILT_IN, *(d.name for d in lake.dimensions))
    query = read(text, Vocabulary(names, units=("tokens",), today=TODAY, values={}))
    context = Context(lake=Lake(lumen.config.lake_root, lake), clock=lumen.config.clock)
    change = explain_change(query.with_(compare=query.compare or Preceding()), context=context)
    assert isinstance(change, Change)
    assert sum(part.amount for part in change.parts) == change.difference
    assert change.unexplained < change.gross / 10
    return change


def written(period):
    return f"{period.start}..{period.last}"


def test_the_spike(lumen):
    spike = lumen.company.spike
    change = why(lumen, written(spike.period))
    first = change.parts[0]
    assert first.cause is Cause.NEW
    assert first.key == {
        "service": "Amazon Elastic Compute Cloud",
        "team": "search",
        "workload": "embed-refresh",
        "region": "us-west-2",
        "instance_type": "p5.48xlarge",
    }
    assert (first.resources, first.first_day) == (4, spike.period.start)
    assert first.amount == pytest.approx(spike.effective, abs=1)
    texts = [(event.day, event.text) for event in change.events]
    assert (spike.period.start, "4 resources first billed (p5.48xlarge)") in texts


def test_the_gpu_nobody_switched_off(lumen):
    idle = lumen.company.idle_gpu
    days = f"{idle.period.start}..{idle.period.start + 13 * DAY}"
    first = why(lumen, f"{days} where env=dev").parts[0]
    assert first.cause is Cause.USAGE
    assert first.key["resource"] == idle.resources[0]
    assert first.first_day == idle.period.start
    assert first.quantity_after == 14 * 24


def test_the_experiment_in_the_sandbox(lumen):
    experiment = lumen.company.sandbox_experiment
    first = why(lumen, written(experiment.period)).parts[0]
    assert first.cause is Cause.NEW
    assert first.key["workload"] == experiment.where["workload"]
    assert first.amount == pytest.approx(experiment.effective, abs=1)
