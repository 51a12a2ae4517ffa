"""Which way a question goes, what of it is remembered, and under whom it runs again."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from bot.conversation import Answer, Turn, Usage
from bot.memory import Memory
from bot.router import Router
from tests.asking import NOW, Bills
from tests.lake.lakes import charge
from tools.core.context import Context
from tools.core.errors import NotUnderstoodError, UnavailableError
from tools.core.query import Filter, Op
from tools.core.results import Change, CostTable, Note, Result
from tools.core.scope import Scope
from tools.ledger.answers import Answers
from tools.ledger.ledger import Ledger
from tools.ledger.records import Call, Trace

ML = Scope((Filter("team", Op.IS, ("ml",)),))
ADA = Turn("UADA", "T1:C1:1.0")
BOB = Turn("UBOB", "T1:C1:1.0")


@dataclass
class Scripted:
    """Answers as it was told, and keeps what it was asked."""

    made: Answer
    heard: list[tuple[str, tuple[Trace, ...], str]] = field(default_factory=list)

    def answer(
        self, question: str, *, context: Context, turn: Turn, before: tuple[Trace, ...], id: str
    ) -> Answer:
        self.heard.append((question, before, id))
        return self.made


@pytest.fixture
def bills(tmp_path: Path) -> Bills:
    made = Bills(tmp_path / "lake")
    for month in ("2026-09", "2026-10", "2026-11"):
        made.add(
            *(
                charge(f"{month}-0{day}", cost, tags={"team": team})
                for day, cost, team in ((1, 7, "ml"), (2, 5, "data"), (3, 2, "ml"))
            )
        )
    return made


@pytest.fixture
def answers(tmp_path: Path) -> Answers:
    return Answers(Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", NOW))


def router(answers: Answers, mind: Scripted | None = None) -> Router:
    memory = Memory(lambda: answers, logging.getLogger("test.memory"))
    return Router(mind=lambda: mind, memory=lambda: memory)


def total(result: Result) -> Decimal | None:
    assert isinstance(result, CostTable), result
    return result.total


def test_a_follow_up_goes_on_from_the_last_question(bills: Bills, answers: Answers) -> None:
    asked, context = router(answers), bills.context()
    first = asked.ask("how much did we spend last month?", context=context, turn=ADA)
    assert total(first.result) == 14
    second = asked.ask("and by team?", context=context, turn=ADA)
    assert second.reading.text() == "last month by team"
    third = asked.ask("only ml", context=context, turn=ADA)
    assert (third.reading.text(), total(third.result)) == ("last month by team where team=ml", 9)
    why = asked.ask("why?", context=context, turn=ADA)
    assert isinstance(why.result, Change | Note)
    assert why.tools[0].name == "explain_change"
    assert why.tools[0].arguments == {"query": "last month by team where team=ml vs previous"}


def test_memory_survives_a_restart(bills: Bills, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    first = Ledger(url, NOW)
    router(Answers(first)).ask("spend last month", context=bills.context(), turn=ADA)
    first.close()
    again = router(Answers(Ledger(url, NOW)))
    assert again.ask("and by team?", context=bills.context(), turn=ADA).reading.text() == (
        "last month by team"
    )


def test_two_people_in_a_thread_do_not_borrow_each_others_scope(
    bills: Bills, answers: Answers
) -> None:
    asked = router(answers)
    everything = asked.ask("spend last month by team", context=bills.context(), turn=ADA)
    assert total(everything.result) == 14
    own = asked.ask("same again", context=bills.context(scope=ML), turn=BOB)
    assert total(own.result) == 9
    assert [row.key["team"] for row in own.result.rows] == ["ml"]
    assert total(asked.ask("same again", context=bills.context(), turn=ADA).result) == 14


def test_another_conversation_is_not_gone_on_from(bills: Bills, answers: Answers) -> None:
    asked = router(answers)
    asked.ask("spend last month", context=bills.context(), turn=ADA)
    other = Turn("UADA", "T1:C1:2.0")
    assert asked.ask("by team", context=bills.context(), turn=other).reading.text() == (
        "this month by team"
    )


def test_what_is_kept_is_the_question_and_no_figure(bills: Bills, answers: Answers) -> None:
    asked = router(answers)
    found = asked.ask("how much did we spend last month?", context=bills.context(), turn=ADA)
    (trace,) = answers.turns("T1:C1:1.0")
    assert (trace.id, trace.asker, trace.path) == (found.id, "UADA", "phrasebook")
    assert (trace.question, trace.reading) == ("how much did we spend last month?", "last month")
    assert trace.calls == (Call("cost_by", {"query": "last month"}, 3),)
    assert trace.at == NOW.now()
    assert trace.seconds > 0
    assert len(found.id) == 32
    assert answers.find(found.id) == trace


def test_a_figure_a_model_calculated_with_is_not_kept(bills: Bills, answers: Answers) -> None:
    tools = (Call("calculate", {"expression": "1234.5 - 1000"}, 0),)
    mind = Scripted(Answer("model", Note("Fine."), tools, text="Fine."))
    asked = router(answers, mind)
    found = asked.ask("what would a unicorn say", context=bills.context(), turn=ADA)
    assert found.tools == tools
    (trace,) = answers.turns("T1:C1:1.0")
    assert trace.calls == (Call("calculate", {"expression": "…"}, 0),)


def test_without_a_conversation_nothing_is_remembered(bills: Bills, answers: Answers) -> None:
    found = router(answers).ask("spend last month", context=bills.context())
    assert found.id == ""
    assert answers.last_of("terminal") is None


def test_a_ledger_that_is_away_costs_no_answer(
    bills: Bills, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    asked = router(Answers(Ledger(f"sqlite:///{tmp_path / 'file' / 'ledger.sqlite'}", NOW)))
    found = asked.ask("how much did we spend last month?", context=bills.context(), turn=ADA)
    assert (found.id, total(found.result)) == ("", 14)
    assert "an answer is not remembered: The ledger cannot be opened" in caplog.text
    with pytest.raises(UnavailableError) as caught:
        asked.ask("by team", context=bills.context(), turn=ADA)
    assert caught.value.sentence == (
        "I cannot look up what we talked about just now; please ask the whole question."
    )


def test_a_ledger_that_breaks_half_way_tells_nothing_of_what_it_held(
    bills: Bills, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ledger = Ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", NOW)
    with ledger.begin() as connection:
        connection.exec_driver_sql("DROP TABLE answers")
    asked = router(Answers(ledger))
    found = asked.ask("how much did we spend last month?", context=bills.context(), turn=ADA)
    assert total(found.result) == 14
    assert "an answer is not remembered: OperationalError" in caplog.text
    assert "how much" not in caplog.text


def test_a_question_that_can_be_read_no_more_is_not_gone_on_from(
    bills: Bills, answers: Answers
) -> None:
    asked = router(answers)
    asked.ask("spend last month", context=bills.context(), turn=ADA)
    gone = Trace("x" * 32, NOW.now(), "T1:C1:1.0", "UADA", "by squad", "command", "today by squad")
    answers.record(gone)
    with pytest.raises(NotUnderstoodError):
        asked.ask("and by team?", context=bills.context(), turn=ADA)


def test_after_a_models_own_words_a_part_of_a_question_goes_to_the_model(
    bills: Bills, answers: Answers
) -> None:
    mind = Scripted(Answer("model", Note("Fine."), text="Fine."))
    asked = router(answers, mind)
    asked.ask("spend last month by team", context=bills.context(), turn=ADA)
    asked.ask("should I worry about something else?", context=bills.context(), turn=ADA)
    assert asked.ask("only ml", context=bills.context(), turn=ADA).path == "model"
    whole = asked.ask("how much did we spend last month?", context=bills.context(), turn=ADA)
    assert (whole.path, whole.reading.text()) == ("phrasebook", "last month")


def test_without_a_model_the_words_of_one_are_not_gone_on_from(
    bills: Bills, answers: Answers
) -> None:
    answers.record(Trace("z" * 32, NOW.now(), "T1:C1:1.0", "UADA", "worry?", "model"))
    with pytest.raises(NotUnderstoodError) as caught:
        router(answers).ask("only ml", context=bills.context(), turn=ADA)
    assert caught.value.sentence.startswith("My last answer here was to no single question")


def test_a_question_somebody_else_may_not_read_is_not_gone_on_from(
    bills: Bills, answers: Answers
) -> None:
    asked = router(answers)
    asked.ask("spend last month where team=data", context=bills.context(), turn=ADA)
    found = asked.ask("same again", context=bills.context(scope=ML), turn=BOB)
    assert isinstance(found.result, Note) or not found.result.rows


def test_a_whole_question_may_say_how_it_is_shown(bills: Bills, answers: Answers) -> None:
    asked = router(answers)
    found = asked.ask("last month by team as a chart", context=bills.context(), turn=ADA)
    assert (found.shows, found.reading.text()) == ("chart", "last month by team")
    found = asked.command("last month by team as csv", context=bills.context(), turn=ADA)
    assert (found.shows, found.path) == ("csv", "phrasebook")


def test_help_and_refusals_do_not_end_a_thread(bills: Bills, answers: Answers) -> None:
    asked = router(answers)
    asked.ask("spend last month", context=bills.context(), turn=ADA)
    asked.ask("help", context=bills.context(), turn=ADA)
    with pytest.raises(NotUnderstoodError):
        asked.ask("who are you?", context=bills.context(), turn=ADA)
    assert asked.ask("and by team?", context=bills.context(), turn=ADA).reading.text() == (
        "last month by team"
    )


def test_without_a_model_words_of_none_are_said_to_need_one(bills: Bills, answers: Answers) -> None:
    asked = router(answers)
    with pytest.raises(NotUnderstoodError) as caught:
        asked.ask("is our unicorn spend last month fine?", context=bills.context(), turn=ADA)
    error = caught.value
    assert error.sentence == (
        "I could not read “unicorn”. I need a model for that; here is what I can answer."
    )
    assert error.text[slice(*error.span)] == "unicorn"
    assert error.suggestions == ("last month",)
    with pytest.raises(NotUnderstoodError) as caught:
        asked.ask("how much will we spend", context=bills.context(), turn=ADA)
    assert caught.value.sentence == "I could not read “will”: I cannot look ahead yet."


def test_what_the_grammar_cannot_read_goes_to_the_model(bills: Bills, answers: Answers) -> None:
    usage = Usage(1, 900, 0, 50, Decimal("0.01"), ("small",))
    mind = Scripted(Answer("model", Note("Yes."), text="Yes.", usage=usage))
    asked = router(answers, mind)
    asked.ask("spend last month", context=bills.context(), turn=ADA)
    found = asked.ask("is that fine?", context=bills.context(), turn=ADA)
    ((question, before, answer_id),) = mind.heard
    assert (question, found.id) == ("is that fine?", answer_id)
    assert [trace.reading for trace in before] == ["last month"]
    assert [trace.path for trace in answers.turns("T1:C1:1.0")] == ["phrasebook", "model"]


def test_what_the_grammar_reads_never_asks_the_model(bills: Bills, answers: Answers) -> None:
    mind = Scripted(Answer("model", Note("No.")))
    asked = router(answers, mind)
    for text in ("spend last month", "and by team?", "help", "/cost last month", "why?"):
        assert asked.ask(text, context=bills.context(), turn=ADA).path != "model"
    assert mind.heard == []


def test_a_command_never_asks_the_model(bills: Bills, answers: Answers) -> None:
    mind = Scripted(Answer("model", Note("No.")))
    asked = router(answers, mind)
    for ask in (asked.command, lambda text, **more: asked.ask(f"/cost {text}", **more)):
        with pytest.raises(NotUnderstoodError) as caught:
            ask("last month by taem", context=bills.context(), turn=ADA)
        assert caught.value.suggestions[0] == "last month by team"
        assert "model" not in caught.value.sentence
    assert mind.heard == []


def test_a_command_stands_alone_and_can_be_gone_on_from(bills: Bills, answers: Answers) -> None:
    asked = router(answers)
    asked.ask("spend yesterday where team=ml", context=bills.context(), turn=ADA)
    found = asked.command("last month", context=bills.context(), turn=ADA)
    assert (found.path, found.reading.text()) == ("command", "last month")
    assert asked.ask("by team", context=bills.context(), turn=ADA).reading.text() == (
        "last month by team"
    )


def test_a_follow_up_may_ask_to_see_it_otherwise(bills: Bills, answers: Answers) -> None:
    asked = router(answers)
    asked.ask("spend last month by team", context=bills.context(), turn=ADA)
    for text, shows in (("as a chart", "chart"), ("as csv", "csv"), ("and by team", "")):
        found = asked.ask(text, context=bills.context(), turn=ADA)
        assert (found.shows, found.reading.text()) == (shows, "last month by team")


def test_days_that_moved_since_the_question_before_are_told(bills: Bills, answers: Answers) -> None:
    then = datetime(2026, 10, 15, tzinfo=UTC)
    answers.record(Trace("y" * 32, then, "T1:C1:1.0", "UADA", "…", "command", "this month"))
    found = router(answers).ask("by team", context=bills.context(), turn=ADA)
    assert isinstance(found.result, CostTable)
    assert found.result.notes[0] == (
        "“this month” is counted from today: 2026-11-01 to 2026-11-20. "
        "When it was asked before it was 2026-10-01 to 2026-10-14."
    )
