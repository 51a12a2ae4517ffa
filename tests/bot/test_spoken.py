"""A model's words at the door: what Slack would parse is parted, what people read stays."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.spoken import PIECE, guarded, pieces

# What Slack reads as a mention, a link, a picture or an address.
PARSED = re.compile(r"<[@#!/a-z]|\]\(|\]\[|\]:|[a-z]:/|mailto:\w|\bwww\.|@\w", re.IGNORECASE)
MARKS = st.sampled_from([*"<>@#!/[]():. \nwhtps|^*_`~", "http", "www", "mailto:", "U0", "ä"])
TEXTS = st.lists(MARKS, max_size=40).map("".join)


@pytest.mark.parametrize(
    "text",
    [
        "<!channel> and <!here|here>",
        "<@U0ADAPARK0> pays",
        "<#C0MLRESRCH|general>",
        "<https://evil.example|your bill>",
        "[your bill](https://evil.example)",
        "![x](https://evil.example/leak?q=1)",
        "[a][b]\n[b]: https://evil.example",
        "http://evil.example www.evil.example",
        "write to mailto:a@evil.example or a@evil.example",
        "@channel @here",
        "<!subteam^S1>",
        "<!date^1^{date}^https://evil.example|now>",
    ],
)
def test_nothing_that_slack_would_parse_is_left(text):
    assert PARSED.search(text)
    assert not PARSED.search(guarded(text))
    assert guarded(text).replace("\u2060", "") == text


@pytest.mark.parametrize(
    "text",
    [
        "**Spend rose** by $1,234.56 (12.5 %), from 3 < 5 to 7 > 6.",
        "- `last 7d by team`: $5\n- and/or: [USD] 3",
        "| a | b |\n|---|---|\n| 1 | 2 |",
    ],
)
def test_ordinary_words_stay_as_they_are(text):
    assert guarded(text) == text


@given(TEXTS)
def test_it_reads_the_same_and_changes_nothing_twice(text):
    once = guarded(text)
    assert not PARSED.search(once)
    assert once.replace("\u2060", "") == text
    assert guarded(once) == once


@given(TEXTS, TEXTS)
def test_pieces_cut_between_words_are_as_safe_as_the_whole(one, other):
    assert guarded(one) + " " + guarded(other) == guarded(f"{one} {other}")


@given(st.text(alphabet="ab \n", max_size=200), st.integers(0, 3))
def test_a_text_in_pieces_loses_no_word(text, times):
    long = (text + " ") * (times * 120)
    found = pieces(long)
    assert all(len(piece) <= PIECE for piece in found)
    assert " ".join(found).split() == long.split()
