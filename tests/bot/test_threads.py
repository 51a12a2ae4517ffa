"""A question of its own, or one more about the last: two meanings are never mixed up."""

from __future__ import annotations

from datetime import date

import pytest

from bot.grammar import read_reading
from bot.phrasebook import EXAMPLES
from bot.threads import Before, Understood, understand
from tests.bot.vocabularies import ACME, TODAY
from tools.core.errors import NotUnderstoodError, UnavailableError

ML = "last month where team=ml"


def understood(text: str, before: str | None, *, day: date = TODAY) -> Understood:
    last = Before(read_reading(before, ACME), day) if before is not None else None
    return understand(text, remembered=lambda: last, vocabulary=ACME)


def asked(text: str, before: str | None) -> str:
    return understood(text, before).reading.text()


@pytest.mark.parametrize(
    ("before", "text", "line"),
    [
        # Questions of their own.
        (ML, "how much did we spend last month by service?", "last month by service"),
        (ML, "what did we spend yesterday", "yesterday"),
        (ML, "how much was openai last week", None),
        (ML, "how much did openai cost last week", "last week where provider=OpenAI"),
        (ML, "last month by team", "last month by team"),
        (ML, "why last month vs previous", "why last month vs previous"),
        (ML, "why did spend jump on Tuesday?", "why 2026-11-17 vs previous"),
        (ML, "how many tokens did we use last week by model?", "tokens last week by model"),
        (ML, "top 5 services last week", "last week by service top 5"),
        # Follow-ups.
        (ML, "by service", "last month by service where team=ml"),
        (ML, "last week", "last week where team=ml"),
        (ML, "yesterday", "yesterday where team=ml"),
        (ML, "and last week by service?", "last week by service where team=ml"),
        (ML, "daily", "last month daily where team=ml"),
        (ML, "only prod", "last month where team=ml and env=prod"),
        (ML, "why?", "why last month where team=ml vs previous"),
        (ML, "tokens", "tokens last month where team=ml"),
        (ML, "vs the month before", "last month where team=ml vs last month"),
        (ML, "what about data science?", 'last month where team="Data Science"'),
        ("yesterday by team", "openai", "yesterday by team where provider=OpenAI"),
        # The same either way.
        ("this month", "spend by team", "this month by team"),
        ("last month", "how much did we spend last month by team?", "last month by team"),
        # Both, with different meanings.
        (ML, "cost by service", None),
        (ML, "how much did we spend by service?", None),
        (ML, "which service cost the most?", None),
        (ML, "by service last week", None),
        (ML, "why did openai go up", None),
        (ML, "why yesterday", None),
        (ML, "and how much did we spend last week?", None),
        (ML, "by team", None),
        # Neither.
        (ML, "forecast next month", None),
        (ML, "thanks", None),
        (ML, "who owns it?", None),
        # Without a conversation, or at its start.
        (None, "by service", "this month by service"),
        (None, "cost by service", "this month by service"),
        (None, "and by service?", None),
        (None, "only prod", "this month where env=prod"),
        (None, "why?", None),
    ],
)
def test_a_text_in_a_thread(before: str | None, text: str, line: str | None) -> None:
    if line is None:
        with pytest.raises(NotUnderstoodError):
            asked(text, before)
    else:
        assert asked(text, before) == line


def test_of_both_meanings_each_is_offered_as_a_line_that_stands_alone() -> None:
    with pytest.raises(NotUnderstoodError) as caught:
        asked("how much did we spend by service?", ML)
    assert caught.value.sentence == (
        "That can go on from the last question, or be one of its own; say which."
    )
    following, own = caught.value.suggestions
    assert (following, own) == ("last month by service where team=ml", "this month by service")
    assert asked(own, ML) == own
    assert asked(following, ML) == following


@pytest.mark.parametrize("example", [example for example, _ in EXAMPLES])
def test_an_example_of_ours_is_its_own_question_in_every_thread(example: str) -> None:
    assert asked(example, "yesterday daily where env=dev") == asked(example, None)


def test_the_path_tells_a_typed_line_from_words() -> None:
    assert understood("last month by team", None).path == "command"
    assert understood("spend last month by team", None).path == "phrasebook"
    assert understood("and by team?", "last month").path == "phrasebook"


def test_days_that_moved_since_are_told() -> None:
    last_week = date(2026, 11, 13)
    found = understood("only prod", "yesterday", day=last_week)
    assert found.remark == (
        "“yesterday” is counted from today: 2026-11-20. When it was asked before it was 2026-11-12."
    )
    assert understood("only prod", "this month", day=last_week).remark == ""
    assert understood("only prod", "2026-11-12", day=last_week).remark == ""
    assert understood("and last month?", "yesterday", day=last_week).remark == ""
    assert understood("only prod", "last 7d", day=last_week).remark == (
        "“last 7d” is counted from today: 2026-11-14 to 2026-11-20. "
        "When it was asked before it was 2026-11-06 to 2026-11-12."
    )


def away() -> Before:
    raise UnavailableError("The ledger cannot be opened.")


def test_a_whole_question_needs_no_memory() -> None:
    for text in ("how much did we spend last month by service?", "cost by service"):
        assert understand(text, remembered=away, vocabulary=ACME).reading.query


@pytest.mark.parametrize("text", ["by service", "only prod", "and yesterday?", "why?"])
def test_without_its_memory_a_thread_is_not_guessed_at(text: str) -> None:
    with pytest.raises(UnavailableError):
        understand(text, remembered=away, vocabulary=ACME)


def test_a_line_as_typed_does_not_look_back() -> None:
    assert understand("last week by team", remembered=away, vocabulary=ACME).path == "command"
