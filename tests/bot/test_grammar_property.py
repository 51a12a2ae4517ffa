"""Properties of the grammar: what a query writes is read back, and suggestions can be read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.grammar import Vocabulary, read, read_filters
from bot.phrasebook import EXAMPLES, nearest, read_words
from tests.bot.vocabularies import ACME
from tests.sizes import sized
from tools.core.errors import NotUnderstoodError
from tools.core.periods import AllTime, Between, Current, Earlier, Rolling, Since, Unit
from tools.core.query import (
    Against,
    Cost,
    Filter,
    Grain,
    Metric,
    MetricKind,
    Op,
    Preceding,
    Query,
    Shifted,
)

Reader = Callable[[str, Vocabulary], Query]

CALENDAR = st.sampled_from([Unit.WEEK, Unit.MONTH, Unit.QUARTER, Unit.YEAR])
DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))
COUNTS = st.integers(1, 400)
TEXTS = st.one_of(
    st.sampled_from(["ml", "data science", "and", "top 5", "R&D", "a,b", 'say "hi"', "c:\\x", ""]),
    st.sampled_from([value for values in ACME.values.values() for value in values]),
    st.text(min_size=1, max_size=12),
)
DIMENSIONS = st.one_of(
    st.sampled_from(ACME.dimensions),
    st.text(min_size=1, max_size=8).map("tag:{}".format),
    st.sampled_from(["tag:aws:createdBy", "tag:Cost Center", "tag:k8s.io/app", "tag:in"]),
)


def between(start: date, days: int) -> Between:
    return Between(start, start + timedelta(days=days))


# `Earlier(DAY, 3, 3)` has no name of its own: people say `last 3d`, which is `Rolling(3)`.
PERIODS = st.one_of(
    st.builds(Rolling, COUNTS),
    st.builds(Current, st.sampled_from(Unit)),
    st.builds(lambda unit, back: Earlier(unit, back, 1), st.sampled_from(Unit), COUNTS),
    st.builds(lambda unit, count: Earlier(unit, count, count), CALENDAR, COUNTS),
    st.builds(between, DAYS, COUNTS),
    st.builds(Since, DAYS),
    st.just(AllTime()),
)
COMPARISONS = st.one_of(
    st.just(Preceding()),
    st.builds(Shifted, st.sampled_from(Unit)),
    # `vs last week` is the same days a week earlier, so nothing else is written that way.
    PERIODS.filter(lambda p: not (isinstance(p, Earlier) and p.back == 1)).map(Against),
)
UNITS = st.sampled_from(ACME.units)
METRICS = st.one_of(
    st.builds(Metric, cost=st.sampled_from(Cost)),
    st.builds(lambda unit: Metric(MetricKind.QUANTITY, unit=unit), st.none() | UNITS),
    st.builds(
        lambda cost, unit, per: Metric(MetricKind.UNIT_COST, cost, unit, per),
        st.sampled_from(Cost),
        UNITS,
        st.sampled_from([1, 7, 1_000, 1_000_000]) | st.integers(1, 10**9),
    ),
)
FILTERS = st.one_of(
    st.builds(
        Filter,
        DIMENSIONS,
        st.sampled_from([Op.IS, Op.IS_NOT, Op.CONTAINS]),
        st.lists(TEXTS, min_size=1, max_size=3).map(tuple),
    ),
    st.builds(Filter, DIMENSIONS, st.sampled_from([Op.MISSING, Op.PRESENT])),
)
QUERIES = st.builds(
    Query,
    metric=METRICS,
    period=PERIODS,
    group_by=st.lists(DIMENSIONS, max_size=3, unique=True).map(tuple),
    grain=st.sampled_from(Grain),
    filters=st.lists(FILTERS, max_size=3).map(tuple),
    top=st.none() | st.integers(1, 999),
    compare=st.none() | COMPARISONS,
)


@pytest.mark.long
@settings(max_examples=sized(200, 2000), deadline=None)
@given(QUERIES)
def test_what_a_query_writes_is_read_back(query: Query) -> None:
    assert read(query.text(), ACME) == query


@pytest.mark.long
@settings(max_examples=sized(60, 600), deadline=None)
@given(st.lists(FILTERS, max_size=4).map(tuple))
def test_filters_are_read_back(filters: tuple[Filter, ...]) -> None:
    assert read_filters(" and ".join(f.text() for f in filters), ACME) == filters


@pytest.mark.long
@settings(max_examples=sized(60, 600), deadline=None)
@given(QUERIES)
def test_the_phrasebook_reads_what_a_query_writes(query: Query) -> None:
    assert read_words(query.text(), ACME) == query


KNOWN_WORDS = """
by team service where env = ( ) , and or not in prod ml vs last month 7d top 5 since to september
tokens per cost list without untagged tag:x compare daily how much did we spend on the research is
missing contains from between 2026-09 .. 03/04/2026 why aws may
"""
WORDS = st.one_of(
    st.sampled_from(KNOWN_WORDS.split()),
    st.text(min_size=1, max_size=6),
)
SAID = st.lists(WORDS, max_size=9).map(" ".join)


@pytest.mark.parametrize("reader", [read, read_words])
@pytest.mark.long
@settings(max_examples=sized(100, 1000), deadline=None)
@given(text=SAID)
def test_every_suggestion_can_be_read(reader: Reader, text: str) -> None:
    try:
        reader(text, ACME)
    except NotUnderstoodError as error:
        start, end = error.span
        assert 0 <= start <= end <= len(text)
        assert error.sentence.endswith((".", "?"))
        assert 1 <= len(error.suggestions) <= 3
        for suggestion in error.suggestions:
            assert read(suggestion, ACME).text() == suggestion
            assert read_words(suggestion, ACME) == read(suggestion, ACME)


@pytest.mark.long
@settings(max_examples=sized(40, 400), deadline=None)
@given(text=SAID)
def test_something_near_can_always_be_named(text: str) -> None:
    assert nearest(text, ACME)


def test_every_example_can_be_asked() -> None:
    assert all(read_words(example, ACME) for example, _ in EXAMPLES)
