"""Amounts and dates as text, against a slow reading of the same text in plain Python."""

import json
import re
from datetime import UTC, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.lake.scratch import scratch
from tests.sizes import sized
from tools.lake.dialect import moment as moment_sql
from tools.lake.dialect import number
from tools.lake.tag_text import read_tags
from tools.lake.units import read_unit

TWELVE = Decimal("1e-12")
SIGNS = ("$", "€", "US$", "EUR", "£", "")


def _read(sql: str, texts: list[str]) -> list:
    """Each text as the SQL over `v` reads it; many at once, since planning costs most."""
    with scratch() as db:
        db.execute("SET TimeZone='UTC'")
        rows = db.execute(
            f"SELECT {sql} FROM (SELECT unnest(?::VARCHAR[]) AS v, generate_subscripts(?, 1) AS i) "
            "ORDER BY i",
            [texts, texts],
        ).fetchall()
    return [row[0] for row in rows]


def _grouped(whole: int, separator: str) -> str:
    return f"{whole:,}".replace(",", separator)


@st.composite
def amounts(draw: st.DrawFn, *, point: str, comma: str) -> tuple[str, Decimal]:
    """A dressed amount and what it is worth."""
    whole = draw(st.integers(0, 10**15))
    places = draw(st.text("0123456789", max_size=14))
    value = Decimal(f"{whole}.{places}" if places else whole)
    digits = _grouped(whole, draw(st.sampled_from([comma, "", "'"])))
    text = digits + (point + places if places else "")
    sign = draw(st.sampled_from(SIGNS))
    space = draw(st.sampled_from(["", " ", "\u00a0"]))
    text = draw(st.sampled_from([sign + space + text, text + space + sign]))
    style = draw(st.sampled_from(["plain", "minus", "brackets", "trailing"]))
    if style == "plain":
        return text + " ", value
    dressed = {"minus": f"-{text}", "brackets": f"({text})", "trailing": f"{text}-"}[style]
    return dressed, value.copy_negate()  # a plain minus rounds to 28 digits


@pytest.mark.long
@pytest.mark.parametrize(("point", "comma"), [(".", ","), (",", ".")])
def test_dressed_amounts_are_read_as_a_person_reads_them(point: str, comma: str) -> None:
    sql = number("v", decimal_comma=point == ",", separators_sure=True)

    @settings(max_examples=sized(12, 96), deadline=None)
    @given(st.lists(amounts(point=point, comma=comma), min_size=1, max_size=60))
    def check(drawn: list[tuple[str, Decimal]]) -> None:
        expected = [value.quantize(TWELVE, ROUND_HALF_UP) for _, value in drawn]
        assert _read(sql, [text for text, _ in drawn]) == expected

    check()


def _reference(text: str) -> Decimal | None:
    """Slow and strict: a number with optional groups of three, or nothing."""
    bare = re.sub(r"\s", "", text)
    if re.fullmatch(r"[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d*)?|[+-]?\.\d+", bare):
        return Decimal(bare.replace(",", "")).quantize(TWELVE, ROUND_HALF_UP)
    return None


@pytest.mark.long
@settings(max_examples=sized(25, 200), deadline=None)
@given(st.lists(st.text("0123456789,.-+ ", min_size=1, max_size=9), min_size=1, max_size=60))
def test_junk_of_digits_and_separators_is_never_misread(texts: list[str]) -> None:
    read = _read(number("v", decimal_comma=False, separators_sure=True), texts)
    for text, found in zip(texts, read, strict=True):
        expected = _reference(text)
        if expected is None:
            # Groups of two (1,00,000) and a trailing minus are amounts as well.
            is_other = re.search(r"\d{1,3}(,\d{2,3})+|-\s*\Z", text)
            assert found is None or is_other, text
        else:
            assert found == expected, text


MOMENTS = st.datetimes(datetime(2015, 1, 1), datetime(2049, 12, 31)).map(
    lambda m: m.replace(microsecond=0)
)


@pytest.mark.parametrize("day_first", [None, True, False])
@pytest.mark.long
@settings(max_examples=sized(8, 64), deadline=None)
@given(
    st.lists(
        st.tuples(MOMENTS, st.integers(-14 * 4, 14 * 4), st.sampled_from("T ")),
        min_size=1,
        max_size=60,
    )
)
def test_iso_moments_with_offsets_are_read_in_utc(
    day_first: bool | None, drawn: list[tuple[datetime, int, str]]
) -> None:
    moments = [
        (local.replace(tzinfo=timezone(timedelta(minutes=15 * quarters))), between)
        for local, quarters, between in drawn
    ]
    texts = [moment.isoformat(between) for moment, between in moments]
    expected = [moment.astimezone(UTC).replace(tzinfo=None) for moment, _ in moments]
    assert _read(moment_sql("v", day_first=day_first), texts) == expected


TIMES = ["", " %H:%M:%S", " %H:%M:%S UTC", " %I:%M:%S %p", "T%H:%M:%SZ"]


def _slashed(local: datetime, sign: str, year: str, time: str, *, day_first: bool) -> str:
    day, month = str(local.day), str(local.month)
    parts = [day, month, year] if day_first else [month, day, year]
    return local.strftime(sign.join(parts) + time)


@pytest.mark.parametrize("day_first", [True, False])
@pytest.mark.long
@settings(max_examples=sized(8, 64), deadline=None)
@given(
    st.lists(
        st.tuples(
            MOMENTS, st.sampled_from("/-."), st.sampled_from(["%y", "%Y"]), st.sampled_from(TIMES)
        ),
        min_size=1,
        max_size=60,
    )
)
def test_slashed_moments_are_read_in_the_order_of_their_file(
    day_first: bool, drawn: list[tuple[datetime, str, str, str]]
) -> None:
    texts = [_slashed(*parts, day_first=day_first) for parts in drawn]
    expected = [m if t else m.replace(hour=0, minute=0, second=0) for m, _, _, t in drawn]
    assert _read(moment_sql("v", day_first=day_first), texts) == expected
    assert _read(moment_sql("v", day_first=None), texts) == [None] * len(texts)


@given(st.dictionaries(st.text(min_size=1), st.text()))
def test_json_tags_come_back_as_they_went_in(tags: dict[str, str]) -> None:
    text = json.dumps(tags)
    assert read_tags(text) == tags
    assert read_tags(text[1:-1]) == tags


@given(st.text(max_size=30))
def test_no_text_of_tags_or_units_is_a_fault(text: str) -> None:
    found = read_tags(text)
    assert found is None or all(isinstance(value, str) for value in found.values())
    assert read_unit(text).name
