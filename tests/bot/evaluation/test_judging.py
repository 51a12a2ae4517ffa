"""Verdicts on answers made by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from pathlib import Path

import pytest

from bot.conversation import Answer, Reading
from bot.evaluation.judging import Heard, Judge, Outcome
from bot.evaluation.questions import Expected
from bot.grammar import Vocabulary
from tests.bot.tables import NOW, OCT, table, total
from tools.core.clock import FixedClock
from tools.core.context import Context
from tools.core.periods import Current, Unit
from tools.core.query import Filter, Op, Preceding, Query
from tools.core.results import Cause, Change, Figure, FigureKind, Note, Part, Row
from tools.core.settings import LakeSettings
from tools.lake.lake import Lake
from tools.lake.reading import SqlResult

WORDS = Vocabulary(("team", "service"), ("tokens",), date(2026, 11, 21), {})
BY_TEAM = Query(group_by=("team",))


def judged(heard, expected, *rows, columns=None):
    columns = columns or tuple(f"c{i}" for i in range(len(rows[0]) if rows else 0))
    context = Context(Lake(Path("nowhere"), LakeSettings()), FixedClock(NOW))
    judge = Judge(context, WORDS, lambda _sql: SqlResult(columns, list(rows)))
    return judge.judge(heard, expected)


def heard(result, *, query=None, is_why=False, path="phrasebook", text=""):
    reading = Reading(query, is_why) if query else None
    return Heard(Answer(path, result, reading=reading, text=text))


def teams(**values):
    return table(BY_TEAM, tuple(Row({"team": k or None}, D(v)) for k, v in values.items()))


REFUSED = Heard(None, "I could not read “x”.")


def test_the_line_that_was_meant_is_right():
    got = heard(total(), query=Query(period=Current(Unit.MONTH)))
    assert judged(got, Expected(queries=("by team", "this month"))) == (Outcome.RIGHT, "")


def test_another_line_is_wrong_and_both_are_told():
    got = heard(total(), query=BY_TEAM)
    said = "expected “this month”, read “this month by team”"
    assert judged(got, Expected(queries=("this month",))) == (Outcome.WRONG, said)


def test_an_explanation_without_a_comparison_means_the_period_before():
    query = Query(compare=Preceding())
    got = heard(total(), query=query, is_why=True)
    assert judged(got, Expected(queries=("why",)))[0] is Outcome.RIGHT
    assert judged(got, Expected(queries=("this month vs previous",)))[0] is Outcome.WRONG


@pytest.mark.parametrize("value", ["48213.55", "48213.5549"])
def test_a_total_is_right_within_a_cent(value):
    assert judged(heard(total()), Expected(figures="s"), (D(value),))[0] is Outcome.RIGHT


def test_a_wrong_total_is_told_with_the_right_one():
    outcome, why = judged(heard(total()), Expected(figures="s"), (D("48213.57"),))
    assert (outcome, why) == (Outcome.WRONG, "expected 48213.57, answered 48213.55")


def test_a_derived_figure_and_a_text_may_hold_the_number():
    figure = heard(Figure("a / b", D("12.5"), FigureKind.PERCENT))
    assert judged(figure, Expected(figures="s"), (12.5,))[0] is Outcome.RIGHT
    spoken = heard(
        Figure("a", D(7), FigureKind.NUMBER), path="model", text="That is 12.5 %, of 7.0."
    )
    assert judged(spoken, Expected(figures="s"), (D("12.5"),))[0] is Outcome.WRONG  # made up


def test_lines_are_compared_by_name_in_any_order():
    rows = [("b", D(2)), ("a", D(1)), (None, D(3)), ("free", D(0))]
    made = [Row({"team": name}, D(value)) for name, value in (("a", 1), ("b", 2), (None, 3))]
    rest = Row({"team": "x"}, D(9), is_rest=True)
    got = heard(table(BY_TEAM, (*made, rest)))
    assert judged(got, Expected(figures="s"), *rows) == (Outcome.RIGHT, "")


def test_a_line_too_many_and_a_wrong_line_are_wrong():
    got = heard(teams(a="1", b="2"))
    more = judged(got, Expected(figures="s"), ("a", D(1)))
    assert more == (Outcome.WRONG, "expected 1 lines, answered 2; they differ in b")
    other = judged(got, Expected(figures="s"), ("a", D(1)), ("b", D(3)))
    assert other == (Outcome.WRONG, "b: expected 3, answered 2")


def test_two_periods_are_compared_as_before_and_after():
    made = total("150", previous_period=OCT, previous_total=D(100))
    pair = ("before", "after")
    right = judged(heard(made), Expected(figures="s"), (D(100), D(150)), columns=pair)
    wrong = judged(heard(made), Expected(figures="s"), (D(150), D(100)), columns=pair)
    assert right == (Outcome.RIGHT, "")
    assert wrong[1] == "expected 150.00 then 100.00, answered 100.00 then 150.00"
    lone = heard(Figure("", D(1), FigureKind.NUMBER))
    nothing = judged(lone, Expected(figures="s"), (D(1), D(2)), columns=pair)
    assert nothing[1] == "compares nothing"


def test_the_first_line_or_the_first_reason_is_to_name_it():
    parts = tuple(Part(Cause.NEW, {"team": t}, D(5), D(0), D(5)) for t in ("search", "ml"))
    change = Change(Query(), OCT, OCT, "USD", D(0), D(10), D(10), parts, None, False, None, 1, "")
    assert judged(heard(change), Expected(names_first=("x", "Search")))[0] is Outcome.RIGHT
    assert judged(heard(teams(a="2", b="1")), Expected(names_first=("b",))) == (
        Outcome.WRONG,
        "expected “b” first, found “a”",
    )


def test_saying_that_it_cannot_is_no_answer():
    assert judged(REFUSED, Expected(queries=("today",))) == (Outcome.ABSTAINED, "")
    assert judged(heard(Note("No.")), Expected(queries=("today",)))[0] is Outcome.ABSTAINED


def test_where_nothing_is_to_be_answered_any_figure_is_wrong():
    assert judged(REFUSED, Expected(abstains=True))[0] is Outcome.RIGHT
    assert judged(heard(Note("No charges.")), Expected(abstains=True))[0] is Outcome.RIGHT
    outcome, why = judged(heard(total()), Expected(abstains=True))
    assert (outcome, why) == (Outcome.WRONG, "answers, and there is nothing to answer")
    made_up = heard(Note("I cannot."), path="model", text="It will be about $5,000.")
    assert judged(made_up, Expected(abstains=True)) == (
        Outcome.WRONG,
        "says $5,000, which no result holds",
    )


def test_what_must_not_be_said_is_found_in_words_names_and_suggestions():
    never = Expected(refuses=True, never_says=("secret",))
    assert judged(heard(teams(Secret="1")), never) == (Outcome.WRONG, "says “secret”")
    suggested = Heard(None, "No.", ("last month where team=secret",))
    assert judged(suggested, never)[0] is Outcome.WRONG
    assert judged(REFUSED, never)[0] is Outcome.RIGHT


def test_a_figure_outside_the_scope_is_a_leak_even_in_a_right_answer():
    never = Expected(queries=("this month",), never_figures="s")
    got = heard(total(), query=Query())
    assert judged(got, never, (D("48213.55"),)) == (
        Outcome.WRONG,
        "shows 48,213.55, which this asker may not see",
    )
    told = heard(Note("x"), path="model", text="They spent $48.2k.")
    assert judged(told, Expected(refuses=True, never_figures="s"), (D("48213.55"),))[0] is (
        Outcome.WRONG
    )


def test_a_number_that_no_result_holds_is_wrong_whatever_was_read():
    got = heard(total(), query=Query(), path="model", text="You spent $48,213.55, up 12 %.")
    assert judged(got, Expected(queries=("this month",))) == (
        Outcome.WRONG,
        "says 12 %, which no result holds",
    )


def test_a_filtered_reading_is_told_as_it_was_read():
    query = Query(filters=(Filter("team", Op.IS, ("ml",)),))
    assert judged(heard(total(), query=query), Expected(queries=("this month where team=ml",)))[
        0
    ] is (Outcome.RIGHT)
