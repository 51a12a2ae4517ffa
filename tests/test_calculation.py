"""Derived figures: kinds follow, and a made-up number is refused."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.calculation import Known, calculate
from tools.core.errors import InputError
from tools.core.results import Figure, FigureKind

MONEY, PERCENT, NUMBER = FigureKind.MONEY, FigureKind.PERCENT, FigureKind.NUMBER
KNOWN = (
    Known("1200.00", Decimal("1200.004"), MONEY, "USD"),
    Known("800.00", Decimal(800), MONEY, "USD"),
    Known("90.00", Decimal(90), MONEY, "EUR"),
    Known("12.5", Decimal("12.5"), PERCENT),
    Known("4000000", Decimal(4_000_000), NUMBER, "tokens"),
    Known("30.00", Decimal(-30), MONEY, "USD"),
    Known("500", Decimal(500)),
)


@pytest.mark.parametrize(
    ("expression", "value", "kind", "unit"),
    [
        ("1200.00 - 800.00", "400.004", MONEY, "USD"),
        ("(1200.00 + 800.00) / 2", "1000.002", MONEY, "USD"),
        ("1200.00 / 30", "40.0001", MONEY, "USD"),
        ("1200.00 / 800.00", "1.5000", NUMBER, ""),
        ("1200.00 / 4000000 * 1000000", "300.001", MONEY, "USD"),
        ("percent(800.00, 1200.00 + 800.00)", "39.9999", PERCENT, ""),
        ("percent_change(800.00, 1200.00)", "50.0005", PERCENT, ""),
        ("percent_change(1200.00, 800.00)", "-33.3336", PERCENT, ""),
        ("sum(1200.00, 800.00, -30.00)", "1970.004", MONEY, "USD"),
        ("12.5% × 800.00", "100", MONEY, "USD"),
        ("800.00 − 500", "300", MONEY, "USD"),
        ("500 * 12", "6000", NUMBER, ""),
        ("-(800.00 - 1200.00)", "400.004", MONEY, "USD"),
        ("800 * 2", "1600", MONEY, "USD"),
    ],
)
def test_a_figure_is_calculated_with_its_kind(expression, value, kind, unit):
    found = calculate(expression, known=KNOWN)
    assert (found.kind, found.unit) == (kind, unit)
    assert round(found.value, 4) == Decimal(value)
    assert found.expression == expression


@pytest.mark.parametrize(
    ("expression", "sentence"),
    [
        (
            "1200.00 + 77",
            "77 is no figure that a tool returned here or that the asker said, so it cannot be "
            "calculated with. Use the figures exactly as they were shown.",
        ),
        (
            "1200.00 + 1000",
            "A plain number can multiply or divide a figure, not be added to it.",
        ),
        ("1200.00 + 90.00", "An amount in USD and an amount in EUR do not add up."),
        ("1200.00 * 800.00", "An amount of money cannot be multiplied by another."),
        (
            "1200.00 + 4000000",
            "An amount in USD and a number in tokens cannot be added or compared.",
        ),
        ("100 * 12", "The calculation uses no figure that a tool returned or the asker said."),
        ("1200.00 / (800.00 - 800.00)", "The calculation divides by zero."),
        ("percent(800.00, 100)", "A percentage needs two figures, not a plain number."),
        (
            "percent_change(-30.00, 800.00)",
            "A percentage of nothing, or of a credit, says nothing.",
        ),
        ("percent(800.00)", "It is percent(part, whole)."),
        ("(1200.00", "A parenthesis of the calculation is not closed."),
        ("1200.00 800.00", "“800.00” was not expected in the calculation."),
        ("", "Something is missing in the calculation."),
        ("1200.00 ** 800.00", "“*” was not expected in the calculation."),
        ("eval(1)", "“eval” was not expected in the calculation."),
        (
            "$1200.00",
            "“$1200.00” is no part of a calculation; write numbers without separators or currency "
            "signs, and + - * / ( ).",
        ),
        ("(" * 40 + "1200.00", "The calculation is nested too deeply."),
        ("1" * 301, "The calculation is longer than 300 characters."),
    ],
)
def test_what_cannot_be_calculated_is_refused_in_a_sentence(expression, sentence):
    with pytest.raises(InputError) as refused:
        calculate(expression, known=KNOWN)
    assert refused.value.sentence == sentence


@given(st.text(alphabet="0123456789.+-*/()% ,sumpercent_$€x", max_size=60))
def test_whatever_is_written_it_is_a_figure_or_a_sentence(expression):
    try:
        assert isinstance(calculate(expression, known=KNOWN), Figure)
    except InputError as refused:
        assert refused.sentence.endswith((".", ")."))


@given(st.decimals(min_value=1, max_value=10**9, places=2))
def test_no_expression_of_one_made_up_number_passes(made_up):
    text = f"{made_up:f}"
    if any(k.text == text or abs(k.value) == made_up for k in KNOWN) or made_up in (2, 7, 10):
        return
    with pytest.raises(InputError):
        calculate(text, known=KNOWN)
