"""Single figures, the same on every surface."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal as D

import pytest

from bot.figures import (
    age_text,
    clean,
    name_text,
    number_text,
    percent_text,
    price_text,
    quantity_text,
    short_text,
    span_text,
    time_text,
)
from tests.bot.tables import PER_MILLION, TOKENS, table, total
from tools.core.periods import Period
from tools.core.query import Grain, Query


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("0", "$0.00"),
        ("12.345", "$12.34"),
        ("704", "$704"),
        ("999.6", "$1.00k"),
        ("48213.55", "$48.2k"),
        ("999600", "$1.00M"),
        ("-3100.33", "−$3.10k"),
        ("1240312332", "$1.24B"),
        ("0.0042", "$0.0042"),
    ],
)
def test_money_on_a_chart_has_three_digits(value, text):
    assert short_text(D(value), total()) == text


def test_a_quantity_on_a_chart_has_no_currency_and_a_price_keeps_its_cents():
    assert short_text(D(412000000), table(Query(metric=TOKENS), currency=None)) == "412M"
    assert short_text(D("0.6231"), table(Query(metric=PER_MILLION))) == "$0.623"


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        ("1240312332", "tokens", "1.24 billion tokens"),
        ("999999999", "tokens", "1.00 billion tokens"),
        ("3120.5", "gpu-hours", "3,120.5 GPU-hours"),
        ("1", "hours", "1 hour"),
        ("-2000000", "requests", "−2.00 million requests"),
        ("0.00042", "gb", "0.00042 GB"),
    ],
)
def test_quantities_are_read_out(value, unit, text):
    assert quantity_text(D(value), unit) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("2.3124", "$2.31"),
        ("0.0131", "$0.0131"),
        ("0.3", "$0.30"),
        ("0", "$0.00"),
        ("-0.25", "−$0.25"),
    ],
)
def test_a_price_keeps_three_digits_however_small(value, text):
    assert price_text(D(value), "USD") == text


@pytest.mark.parametrize(
    ("ratio", "text"),
    [
        ("0.417", "41.7 %"),
        ("0.0001", "<0.1 %"),
        ("-0.02", "−2.0 %"),
        ("0", "0.0 %"),
        ("12", "1,200.0 %"),
    ],
)
def test_what_is_not_nothing_is_never_shown_as_zero_percent(ratio, text):
    assert percent_text(D(ratio)) == text


def test_whole_numbers_lose_no_zeros():
    assert number_text(D("1240000000")) == "1,240,000,000"
    assert number_text(D("100.50")) == "100.5"


def test_what_nobody_named_is_untagged_or_missing_from_the_bill():
    assert name_text(None, "team") == "untagged"
    assert name_text(None, "region") == "no region"
    assert name_text("untagged", "team") == "“untagged”"


def test_long_names_are_cut_and_controls_are_gone():
    assert clean("x" * 500) == "x" * 79 + "…"
    assert clean("a\x00\u2028\u202eb") == "a b"


@pytest.mark.parametrize(
    ("minutes", "text"),
    [
        (0, "just now"),
        (5, "5 min ago"),
        (130, "2 h ago"),
        (60 * 47, "47 h ago"),
        (60 * 72, "3 days ago"),
    ],
)
def test_ages_are_rough(minutes, text):
    assert age_text(timedelta(minutes=minutes)) == text


def test_spans_name_years_only_where_they_are_not_the_present_one():
    assert span_text(Period(date(2026, 11, 1), date(2026, 11, 20)), year=2026) == "Nov 1–19"
    assert span_text(Period(date(2025, 11, 1), date(2025, 11, 20)), year=2026) == "Nov 1–19, 2025"
    assert span_text(Period(date(2026, 10, 28), date(2026, 11, 4)), year=2026) == "Oct 28 – Nov 3"
    assert (
        span_text(Period(date(2025, 10, 28), date(2025, 11, 4)), year=2026)
        == "Oct 28 – Nov 3, 2025"
    )


@pytest.mark.parametrize(
    ("value", "grain", "text"),
    [
        ("2026-11-16", Grain.DAY, "Nov 16"),
        ("2026-11-16", Grain.WEEK, "week of Nov 16"),
        ("2026-11-01", Grain.MONTH, "Nov 2026"),
        ("2026-11-16T13:00", Grain.HOUR, "Nov 16, 13:00"),
        (None, Grain.DAY, "no day"),
    ],
)
def test_times_are_said_as_the_grain_cuts_them(value, grain, text):
    assert time_text(value, grain, year=2026) == text


def test_a_price_of_next_to_nothing_has_no_exponent():
    assert price_text(D("0.00000036"), "USD") == "$0.00000036"
