"""The shipped questions, asked of the sample company with no model."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from bot.evaluation.judging import Judge
from bot.evaluation.questions import Asked, Expected, Question, shipped
from bot.evaluation.run import Evaluation, Totals
from bot.router import vocabulary
from tests.bot.commands import run
from tests.sizes import sized
from tools.core.errors import InputError

pytestmark = pytest.mark.long
FINAL = {
    "questions", "right", "abstained", "wrong", "dollars", "seconds", "by_path", "by_tag",
}  # fmt: skip


@pytest.fixture(scope="module")
def verdicts(evaluation):
    return tuple(evaluation.verdicts(shipped()[:: sized(5, 1)]))


def purser(home, *arguments, **environ):
    return run("--home", str(home), "eval", *arguments, environ=environ)


def test_nothing_is_answered_wrongly(verdicts):
    wrong = [f"{v.question.id}: {v.why}" for v in verdicts if v.outcome == "wrong"]
    assert wrong == []


def test_what_must_not_be_answered_is_not(verdicts):
    for verdict in verdicts:
        if verdict.question.expected.abstains or verdict.question.expected.refuses:
            assert verdict.outcome == "right", verdict.question.id


def test_most_of_what_needs_no_model_is_answered(verdicts):
    mine = [v for v in verdicts if not v.question.needs_model]
    assert sum(v.outcome == "right" for v in mine) >= 0.95 * len(mine)


def test_the_totals_add_up(verdicts):
    totals = Totals()
    for verdict in verdicts:
        totals.add(verdict)
    found = totals.as_json()
    assert found["questions"] == len(verdicts)
    assert found["right"] + found["abstained"] + found["wrong"] == len(verdicts)
    assert sum(s["questions"] for s in found["by_path"].values()) == len(verdicts)
    assert found["dollars"] == "0"
    assert set(found["by_path"]) == {"command", "phrasebook", "none"}


@pytest.mark.thorough
def test_every_statement_runs_and_returns_something(evaluation):
    for one in shipped():
        for question in one.questions:
            for sql in question.expected.statements():
                rows = evaluation.statement(sql, views=one.views).rows
                assert rows, question.id
                assert all(row[-1] is not None for row in rows), question.id


def test_every_expected_line_is_one_of_the_grammar(evaluation):
    context = evaluation.purser.context()
    judge = Judge(context, vocabulary(context), statement=None)
    for question in (q for one in shipped() for q in one.questions):
        for line in question.expected.queries:
            assert judge.canonical(line).text(), question.id


# The command


def test_json_is_a_verdict_a_line_and_ends_with_the_totals(eval_home):
    done = purser(eval_home, "--tag", "unit-cost", "--json")
    assert done.returncode == 0, done.stderr
    *lines, last = map(json.loads, done.stdout.splitlines())
    assert set(last) == FINAL
    assert last["questions"] == len(lines) >= 5
    assert last["by_tag"]["unit-cost"] == {
        name: last[name] for name in ("questions", "right", "abstained", "wrong")
    }
    first = lines[0]
    assert (first["id"], first["verdict"], first["path"]) == (
        "tokens-price-model",
        "right",
        "phrasebook",
    )
    assert first["reading"] == "cost per 1m tokens 2026-10 by model"


def test_for_people_it_prints_verdicts_tables_and_a_sentence(eval_home, tmp_path):
    path = tmp_path / "own.yaml"
    path.write_text(
        "bills: sample\nquestions:\n"
        "- {id: a, ask: last month, tags: [x], expect: {figures: SELECT 5}}\n"
        "- {id: b, ask: [last month, by team], tags: [x], expect: {query: last month by team}}\n"
        "- {id: c, ask: guten Tag, as: team=data, needs_model: true, expect: {query: today}}\n"
    )
    done = purser(eval_home, "--questions", str(path))
    assert done.returncode == 1
    assert done.stderr == ""
    first, second, third, *_ = done.stdout.split("\n", 6)[::2]
    assert (first, second, third) == (
        "✗ last month",
        "✓ last month → by team",
        "– guten Tag  (as team=data)",
    )
    assert " · read as last month · expected 5, answered 504363.5093" in done.stdout
    assert "needs a model\n" in done.stdout
    assert "3 questions: 1 right, 1 abstained, 1 wrong, in " in done.stdout
    assert done.stdout.endswith(" s. No model was asked.\n")


def test_own_questions_are_asked_of_ones_own_bills(tmp_path):
    path = tmp_path / "own.yaml"
    path.write_text("questions: [{id: a, ask: last month, expect: {abstain: true}}]")
    done = purser(tmp_path, "--questions", str(path), "--json", PURSER_NOW="2026-11-21")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[0])["answer"].startswith("The lake holds no bills")
    assert not (tmp_path / "evaluation").exists()
    assert not (tmp_path / "ledger.sqlite").exists()


# What cannot be judged


@pytest.mark.parametrize(
    ("expected", "scope", "said"),
    [
        (Expected(figures="SELEC 5"), "", "Question “a”: The SQL cannot be run: "),
        (Expected(figures="SELECT 5"), "team=", "Question “a”: “as: team=” is no scope: "),
        (Expected(queries=("by nonsense",)), "", "Question “a”: I could not read “nonsense”"),
    ],
)
def test_what_cannot_be_judged_is_one_sentence(evaluation, expected, scope, said):
    with pytest.raises(InputError) as caught:
        evaluation.verdict(Question("a", (Asked("last month", scope),), expected))
    assert caught.value.sentence.startswith(said)


def test_a_fault_is_a_wrong_answer(evaluation):
    class Broken:
        def ask(self, text, *, context, turn):
            raise ZeroDivisionError

    real = evaluation.purser
    broken = SimpleNamespace(
        router=Broken(), context=real.context, lake=real.lake, config=real.config
    )
    verdict = Evaluation(broken).verdict(
        Question("a", (Asked("last month"),), Expected(abstains=True))
    )
    assert (verdict.outcome, verdict.why) == ("wrong", "fails with ZeroDivisionError")
