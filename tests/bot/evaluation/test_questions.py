"""Question sets: what ships, and what a bad file is told."""

from __future__ import annotations

import pytest

from bot.evaluation.questions import Asked, read_set, read_sets, shipped
from tools.core.errors import InputError

GOOD = """\
about: Ours.
tags: [ours]
questions:
  - id: one
    ask: what did we spend
    expect: {query: this month}
  - id: two
    ask: [last month, {ask: "and search?", as: team=search}]
    as: env=prod
    tags: [followup]
    needs_model: true
    expect:
      figures: SELECT 1
      never_says: [a, b]
"""


def written(folder, text, name="set.yaml"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def sentence_of(path):
    with pytest.raises(InputError) as caught:
        read_sets([path])
    return caught.value.sentence


def test_a_set_is_read_as_it_is_written(tmp_path):
    found = read_set(written(tmp_path, GOOD))
    one, two = found.questions
    assert (one.turns, one.tags, one.expected.queries) == (
        (Asked("what did we spend"),),
        ("ours",),
        ("this month",),
    )
    assert two.turns == (Asked("last month", "env=prod"), Asked("and search?", "team=search"))
    assert (two.tags, two.needs_model) == (("ours", "followup"), True)
    assert two.expected.never_says == ("a", "b")
    assert not found.on_sample


def item(text):
    return f"questions:\n  - id: one\n    ask: a\n    expect: {{query: this month}}\n  - {text}\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("questions: [", "set.yaml, line 1: this is no YAML (expected the node content, "
         "but found '<stream end>')."),
        ("a: b", "set.yaml is no question set: write a list under “questions:”."),
        ("- a", "set.yaml is no question set: write a list under “questions:”."),
        ("", "set.yaml is no question set: write a list under “questions:”."),
        ("colour: red\nquestions: []", "set.yaml: “colour” is not known here."),
        ("sql: ../secret\nquestions: []", "set.yaml: “sql”: name a file in the same folder."),
        (item("{id: two, ask: b}"), "set.yaml, line 5, question “two”: “expect” is missing."),
        (item("{ask: b, expect: {abstain: true}}"), "set.yaml, line 5: “id” is missing."),
        (item("{id: two, ask: b, expect: {abstain: perhaps}}"),
         "set.yaml, line 5, question “two”: “expect.abstain” is to be true or false."),
        (item("{id: 2026-11-21, ask: b, expect: {abstain: true}}"),
         "set.yaml, line 5, question “2026-11-21”: “id” is to be a text."),
        (item("{id: two, ask: b, expect: {}}"),
         "set.yaml, line 5, question “two”: “expect”: say what is right: one of query, figures, "
         "names_first, abstain, refuse."),
        (item("{id: two, ask: b, expect: {abstain: true, query: today}}"),
         "set.yaml, line 5, question “two”: “expect”: a question is either answered or not."),
        (item("{id: two, ask: b, expect: {refuse: true}}"),
         "set.yaml, line 5, question “two”: “expect”: say what must not be said: never_says, "
         "never_figures."),
        (item("{id: one, ask: b, expect: {abstain: true}}"),
         "Two questions are called “one”; give each its own id."),
        (item("{id: two, ask: [], expect: {abstain: true}}"),
         "set.yaml, line 5, question “two”: “ask” is empty."),
        (item("just words"), "set.yaml, line 5: it is to be a mapping."),
    ],
)  # fmt: skip
def test_a_bad_file_is_told_in_one_sentence(tmp_path, text, said):
    assert sentence_of(written(tmp_path, text)) == said


def test_a_file_that_is_not_there_is_named(tmp_path):
    path = tmp_path / "none.yaml"
    assert sentence_of(path) == f"There is no question set {path}."


def test_a_file_that_is_no_text_is_told(tmp_path):
    (tmp_path / "set.yaml").write_bytes(b"\xff\xfe\x00")
    assert sentence_of(tmp_path / "set.yaml") == "set.yaml is no text in UTF-8."


def test_own_questions_do_not_mix_with_the_samples(tmp_path):
    own = written(tmp_path, GOOD, "own.yaml")
    theirs = written(
        tmp_path,
        "bills: sample\nquestions: [{id: x, ask: b, expect: {abstain: true}}]",
        "theirs.yaml",
    )
    with pytest.raises(InputError, match="Some of these questions are about the sample company"):
        read_sets([own, theirs])


def test_an_unknown_tag_names_those_there_are(tmp_path):
    with pytest.raises(InputError) as caught:
        read_set(written(tmp_path, GOOD)).tagged("nope")
    assert caught.value.sentence == "No question is tagged “nope”; there are followup, ours."


# What ships

EVERY = [question for one in shipped() for question in one.questions]


@pytest.mark.parametrize(
    ("tag", "least"),
    [("followup", 25), ("why", 15), ("out-of-scope", 15), ("hostile", 12), ("scope", 10),
     ("typo", 5), ("unit-cost", 5), ("compare", 10), ("german", 3)],
)  # fmt: skip
def test_enough_of_every_kind_ships(tag, least):
    assert sum(tag in question.tags for question in EVERY) >= least


def test_more_than_120_questions_ship_and_all_are_tagged():
    assert len(EVERY) >= 120
    assert all(question.tags for question in EVERY if not question.id.startswith("sloppy"))
    assert all(one.on_sample for one in shipped())
