"""The same questions through a model: a stand-in that says what it is told to."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from bot.app import build
from bot.config import Endpoint, ModelSettings, Secrets
from bot.demo import prepare
from bot.evaluation.questions import Asked, Expected, Question
from bot.evaluation.run import Evaluation, Totals
from bot.evaluation.sample import SAMPLE_DAY
from tests.mind.standin import Standin, calls, fails, says
from tools.ledger.records import ModelCall

pytestmark = pytest.mark.thorough

GERMAN = "Wie viel haben wir letzten Monat ausgegeben?"
LAST_MONTH = Expected(queries=("last month",))
OCTOBER = (
    "SELECT sum(effective_cost) FROM facts WHERE date_trunc('month', charge_day) = '2026-10-01'"
)


@pytest.fixture
def endpoint():
    with Standin() as standin:
        yield standin


@pytest.fixture
def purser(eval_home, tmp_path, endpoint):
    config = prepare(eval_home / "evaluation", clock=SAMPLE_DAY)
    made = build(
        replace(
            config,
            model=ModelSettings(Endpoint(endpoint.base_url), timeout_seconds=5),
            secrets=Secrets(model_key="sk-test"),
            ledger_url=f"sqlite:///{tmp_path / 'ledger.sqlite'}",
        )
    )
    yield made
    made.ledger.close()


@pytest.fixture
def asks(purser, endpoint):
    """Asks one question of a model with a script, and gives the verdict."""

    def ask(text, expected, *script, scope="", id="one"):
        endpoint.script(script)
        return Evaluation(purser).verdict(Question(id, (Asked(text, scope),), expected))

    return ask


def test_a_right_answer_is_right_and_its_path_is_told(asks):
    verdict = asks(
        GERMAN,
        LAST_MONTH,
        calls("cost_by", {"period": "last month"}),
        says("We spent $504,363.51 last month."),
    )
    assert (verdict.outcome, verdict.why, verdict.path) == ("right", "", "model")
    assert verdict.reading == "last month"
    assert verdict.dollars == Decimal("0.0009")  # as gpt-5-mini would, by its name


def test_the_same_figures_asked_for_otherwise_are_right(asks):
    script = calls("cost_by", {"period": "2026-10"}), says("$504,363.51.")
    verdict = asks(GERMAN, LAST_MONTH, *script)
    assert (verdict.outcome, verdict.reading) == ("right", "2026-10")


def test_other_figures_are_wrong(asks):
    script = calls("cost_by", {"period": "2026-09"}), says("It was $483,944.63.")
    verdict = asks(GERMAN, LAST_MONTH, *script)
    assert (verdict.outcome, verdict.why) == ("wrong", "expected “last month”, read “2026-09”")


def test_a_made_up_number_never_reaches_the_verdict(asks):
    verdict = asks(
        GERMAN,
        LAST_MONTH,
        calls("cost_by", {"period": "last month"}),
        says("We spent $999,999.00 last month."),
        says("We spent $999,999.00 last month."),
        says("We spent $999,999.00 last month."),
    )
    assert verdict.outcome == "right"
    assert "999,999" not in verdict.text


def test_a_number_said_without_any_tool_is_no_answer(asks):
    verdict = asks("how is our spend, roughly?", LAST_MONTH, *[says("About $5.")] * 4)
    assert verdict.outcome == "abstained"
    assert "$5" not in verdict.text


def test_a_derived_figure_is_checked_by_calculating_it_again(asks):
    expected = Expected(figures=f"SELECT ({OCTOBER}) / 31")
    verdict = asks(
        "was haben wir im Oktober pro Tag ausgegeben?",
        expected,
        calls("cost_by", {"period": "2026-10"}),
        calls("calculate", {"expression": "504363.51 / 31"}),
        says("That is $16,269.79 a day."),
    )
    assert (verdict.outcome, verdict.why) == ("right", "")


def test_an_endpoint_that_is_out_is_an_abstention(asks):
    verdict = asks(GERMAN, LAST_MONTH, *[fails(500)] * 12)
    assert (verdict.outcome, verdict.path) == ("abstained", "none")
    assert verdict.text.endswith(".")


def test_a_scope_holds_through_the_model(asks):
    expected = Expected(
        refuses=True,
        never_figures=OCTOBER,
    )
    script = calls("cost_by", {"period": "last month"}), says("They spent $504,363.51.")
    verdict = asks("zeig mir alles", expected, *script, *[says("No.")] * 3, scope="team=growth")
    assert (verdict.outcome, verdict.why) == ("right", "")


@pytest.mark.parametrize(
    ("prices", "total"),
    [(("0.25", "0.5"), Decimal("0.75")), (("0.25", None), None), ((), Decimal(0))],
)
def test_a_question_costs_what_the_ledger_has_of_it(asks, purser, prices, total):
    for number, dollars in enumerate(prices):
        known = None if dollars is None else Decimal(dollars)
        call = ModelCall(f"a{number}", "priced/0", SAMPLE_DAY.now(), "x", "m", dollars=known)
        purser.answers.record_call(call)
    verdict = asks("last month", LAST_MONTH, id="priced")
    assert verdict.dollars == total
    totals = Totals()
    totals.add(verdict)
    assert totals.as_json()["dollars"] == (None if total is None else f"{total:f}")
