"""Follow-ups: read to the last word against the question before, or not at all."""

from __future__ import annotations

import random
from contextlib import suppress

import pytest

from bot.followups import follow
from bot.grammar import read_reading
from tests.bot.corpus import lines
from tests.bot.vocabularies import ACME
from tools.core.errors import NotUnderstoodError


def said_after(name: str) -> list[tuple[str, str, str]]:
    """(question before, text, what is indented below it) of a table; nothing is below some."""
    found: list[tuple[str, str, str]] = []
    before = ""
    for line in lines(name):
        if line.startswith("> "):
            before = line[2:]
        elif line.startswith("    "):
            found[-1] = (*found[-1][:2], line.strip())
        else:
            found.append((before, line, ""))
    return found


FOLLOWUPS = said_after("followups.txt")
REFUSED = said_after("not_followed.txt")
# Counted from the days asked about, or undone by what they do: not the same when said again.
_MOVES = ("before", "previous", "earlier", "without ml", "without staging", "without prod", "all ")
_ENDS = ("show all", "include tax", "also prod", "include prod", "drill", "how much was it")


def asked(before: str, text: str) -> str:
    followed = follow(text, read_reading(before, ACME), ACME)
    return f"{followed.reading.text()} | {followed.shows}".removesuffix(" | ")


def refusal(before: str, text: str) -> NotUnderstoodError:
    with pytest.raises(NotUnderstoodError) as caught:
        asked(before, text)
    return caught.value


@pytest.mark.parametrize(("before", "text", "line"), FOLLOWUPS)
def test_a_follow_up_asks_for_its_line(before: str, text: str, line: str) -> None:
    assert asked(before, text) == line


@pytest.mark.parametrize(("before", "text", "_"), REFUSED)
def test_what_has_no_one_meaning_is_not_answered(before: str, text: str, _: str) -> None:
    error = refusal(before, text)
    assert error.sentence.endswith((".", "?"))
    start, end = error.span
    assert 0 <= start <= end <= len(text)
    for suggestion in error.suggestions:
        assert read_reading(suggestion, ACME).text() == suggestion


def test_the_tables_are_as_long_as_promised() -> None:
    assert len(set(FOLLOWUPS)) >= 300
    assert len(set(REFUSED)) >= 250


@pytest.mark.parametrize(("before", "text", "line"), FOLLOWUPS)
def test_what_a_follow_up_asks_reads_back_to_itself(before: str, text: str, line: str) -> None:
    reading = follow(text, read_reading(before, ACME), ACME).reading
    assert read_reading(reading.text(), ACME) == reading


@pytest.mark.parametrize(("before", "text", "line"), FOLLOWUPS)
def test_said_twice_it_changes_nothing_more(before: str, text: str, line: str) -> None:
    if any(word in text for word in (*_MOVES, *_ENDS)):
        return
    again = line.partition(" | ")[0]
    try:
        assert asked(again, text) == line
    except NotUnderstoodError:
        # What “of everything?” leaves open the first time may be open again, never another answer.
        assert read_reading(again, ACME)


@pytest.mark.parametrize("word", ["zorp", "maybe", "almost", "unless", "nobody", "forecast"])
def test_a_word_without_a_reading_is_never_ignored(word: str) -> None:
    chance = random.Random(word)
    for before, text, _ in chance.sample(FOLLOWUPS, 60):
        words = text.split(" ")
        at = chance.randrange(len(words) + 1)
        broken = " ".join([*words[:at], word, *words[at:]])
        with suppress(NotUnderstoodError):
            assert word in asked(before, broken), broken


def test_of_two_meanings_both_are_offered() -> None:
    error = refusal("last month where team=ml", "what about openai?")
    assert error.sentence == "Within team=ml, or of everything?"
    assert error.suggestions == (
        "last month where team=ml and provider=OpenAI",
        "last month where provider=OpenAI",
    )
    assert refusal("last month where team=ml", "by team").suggestions == (
        "last month by team",
        "last month by team where team=ml",
    )
    assert refusal("2026-09 by model vs 2026-08", "and october?").suggestions == (
        "2026-10 by model",
        "2026-10 by model vs previous",
    )


def test_which_line_was_the_first_is_not_remembered() -> None:
    for text in ("the first one", "#2", "the biggest one"):
        error = refusal("last month by service", text)
        assert error.sentence == "I remember questions, not figures; name the one you mean."


def test_a_follow_up_says_whether_it_keeps_the_days() -> None:
    before = read_reading("yesterday by team", ACME)
    assert follow("only prod", before, ACME).keeps_period
    assert not follow("and last week?", before, ACME).keeps_period
