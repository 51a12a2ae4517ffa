"""Plain questions: read word by word, or refused; never half understood."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from bot.grammar import Vocabulary
from bot.grammar.words import CANNOT, FILLERS
from bot.phrasebook import EXAMPLES, examples, nearest, read_words
from tests.bot.corpus import lines, pairs
from tests.bot.vocabularies import ACME, BARE
from tests.sizes import sized
from tools.core.errors import NotUnderstoodError
from tools.core.query import Query

PHRASES = pairs("phrases.txt")


def said(text: str, vocabulary: Vocabulary = ACME) -> str:
    return read_words(text, vocabulary).text()


def refusal(text: str, vocabulary: Vocabulary = ACME) -> NotUnderstoodError:
    with pytest.raises(NotUnderstoodError) as caught:
        read_words(text, vocabulary)
    return caught.value


@pytest.mark.parametrize(("question", "line"), PHRASES)
def test_a_question_asks_for_its_line(question: str, line: str) -> None:
    assert said(question) == line


@pytest.mark.parametrize("question", lines("not_understood.txt"))
def test_what_cannot_be_answered_is_not_answered(question: str) -> None:
    error = refusal(question)
    assert error.sentence
    assert error.suggestions


def test_the_tables_are_as_long_as_promised() -> None:
    assert len({question for question, _ in PHRASES}) >= 150
    assert len(set(lines("not_understood.txt"))) >= 80


def insertions(question: str, word: str) -> list[str]:
    words = question.split(" ")
    return [" ".join([*words[:n], word, *words[n:]]) for n in range(len(words) + 1)]


def reading(text: str) -> Query | None:
    try:
        return read_words(text, ACME)
    except NotUnderstoodError:
        return None


@pytest.mark.long
@pytest.mark.parametrize("word", ["zorp", "engineer", "roughly"])
def test_an_unknown_word_is_never_ignored(word: str) -> None:
    for question, _ in PHRASES[:: len(word) * sized(4, 1)]:
        for text in insertions(question, word):
            query = reading(text)
            assert query is None or word in query.text(), text


def test_a_word_that_changes_the_meaning_is_never_ignored() -> None:
    chance = random.Random(2026)
    heavy = [*CANNOT, "almost", "if", "unless", "half", "twice", "nobody", "never", "hardly"]
    for word in heavy:
        for question, _ in chance.sample(PHRASES, 6):
            text = chance.choice(insertions(question, word))
            query = reading(text)
            assert query is None or word in query.text(), text


@pytest.mark.long
@pytest.mark.parametrize("word", ["except", "excluding", "without", "but not"])
def test_a_negation_changes_the_answer_or_is_refused(word: str) -> None:
    for question, line in PHRASES[:: len(word) * sized(4, 1)]:
        for text in insertions(question, word):
            query = reading(text)
            assert query is None or query.text() != line, text


def test_no_word_of_meaning_is_passed_over() -> None:
    passed = {word for phrase in FILLERS if " " not in phrase for word in [phrase]}
    assert not passed & CANNOT.keys()


@pytest.mark.parametrize(
    ("question", "bad"),
    [
        ("how much will we spend on openai", "will"),
        ("what is our budget for team ml", "budget"),
        ("which services cost more than $100", "more"),
        ("what did I spend yesterday", "I"),
        ("average cost by team", "average"),
        ("cheapest region last month", "cheapest"),
        ("stop staging", "stop"),
    ],
)
def test_what_is_out_of_reach_is_named_and_said(question: str, bad: str) -> None:
    error = refusal(question)
    assert question[slice(*error.span)] == bad
    assert CANNOT[bad.lower()] in error.sentence


def test_the_part_that_was_understood_is_offered() -> None:
    assert refusal("why did team ml spend so much last month").suggestions == (
        "last month where team=ml",
    )
    assert refusal("openai spend last month per engineer").suggestions[-1] == (
        "last month where provider=OpenAI"
    )


@pytest.mark.parametrize(
    ("question", "is_near"),
    [
        ("who is the ceo?", False),
        ("what is the weather today", False),
        ("write me a poem about team ml", False),
        ("forecast for december", False),
        ("wie viel haben wir gestern ausgegeben", False),
        ("who spent most last month", True),
        ("was our unicorn spend in april fine?", True),
        ("mll cost last mont", True),
    ],
)
def test_what_is_near_is_offered_else_what_can_be_asked_at_all(
    question: str, is_near: bool
) -> None:
    error = refusal(question)
    anything = ("last 30d by service", "last month by team vs previous", "this month by provider")
    assert error.is_near is is_near
    assert (error.suggestions == anything) is not is_near


def test_a_team_called_like_an_everyday_word_is_asked_about() -> None:
    names = replace(ACME, values={"team": ("IT", "growth", "daily", "the")})
    assert refusal("how much did it cost", names).suggestions[0] == "this month where team=IT"
    assert refusal("what did growth cost", names).suggestions[0] == "this month where team=growth"
    assert "daily" in refusal("daily cost last month", names).sentence
    assert said("what did IT cost", names) == "this month where team=IT"
    assert said("what did the growth team cost", names) == "this month where team=growth"


def test_our_cost_to_us_is_no_region() -> None:
    assert said("what did prod cost us last month") == "last month where env=prod"
    assert said("cost in region us last month") == "last month where region=us"


def test_untagged_without_teams_is_asked_about() -> None:
    no_teams = replace(BARE, dimensions=tuple(d for d in BARE.dimensions if d != "team"))
    assert refusal("how much is untagged?", no_teams).suggestions[0].endswith("project is missing")


def test_short_names_stand_only_for_values_that_are_there() -> None:
    assert said("what did google cost") == 'this month where provider="Google Cloud"'
    no_google = replace(ACME, values={"provider": ("AWS",)})
    assert "google" in refusal("what did google cost", no_google).sentence


def test_two_names_that_are_also_one_are_asked_about() -> None:
    names = replace(ACME, values={**ACME.values, "account": ("platform-prod",)})
    error = refusal("platform prod last month", names)
    assert error.sentence == "“platform prod” can be account=platform-prod or two names; say which."
    assert error.suggestions[:2] == (
        "last month where account=platform-prod",
        "last month where team=platform and env=prod",
    )
    assert said("platform-prod last month", names) == "last month where account=platform-prod"
    assert said("platform prod account last month", names) == (
        "last month where account=platform-prod"
    )


def test_examples_are_only_shown_where_they_can_be_asked() -> None:
    assert examples(ACME) == EXAMPLES
    no_tokens = replace(BARE, units=())
    shown = [example for example, _ in examples(no_tokens)]
    assert shown
    assert not any("tokens" in example or "gpu" in example for example in shown)


def test_the_nearest_to_a_good_question_is_itself() -> None:
    assert nearest("what did we spend last month by team?", ACME) == ("last month by team",)
    assert nearest("what did we spend last mnth by team?", ACME)[0] == "last month by team"
