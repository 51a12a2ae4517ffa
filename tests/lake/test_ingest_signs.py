"""A currency sign inside an amount must agree with the currency of its row."""

from decimal import Decimal
from pathlib import Path

import pytest

from tests.lake.bills import Lake, april, write_csv
from tools.core.errors import BadBillError

pytestmark = pytest.mark.thorough


def _cost(day: int, cost: str, currency: str | None) -> dict[str, str]:
    return april(day, BilledCost=cost, EffectiveCost=cost, BillingCurrency=currency)


@pytest.mark.parametrize(
    ("cost", "currency"),
    [
        ("$5.00", "USD"),
        ("$5.00", "CAD"),
        ("$5.00", "AUD"),
        ("US$5.00", "USD"),
        ("A$5.00", "AUD"),
        ("USD 5.00", "USD"),
        ("5.00 USD", "usd"),
        ("€5.00", "EUR"),
        ("5,00 €", "EUR"),
        ("EUR 5.00", "EUR"),
        ("£5.00", "GBP"),
        ("¥5.00", "JPY"),
        ("¥5.00", "CNY"),
        ("₹5.00", "INR"),
        ("CHF 5.00", "CHF"),
        ("($5.00)", "USD"),
    ],
)
def test_sign_that_agrees_with_its_row_is_read(
    cost: str, currency: str, tmp_path: Path, lake: Lake
) -> None:
    report = lake.load(write_csv(tmp_path / "bill.csv", [_cost(1, cost, currency)]))
    amount = Decimal(-5) if cost.startswith("(") else Decimal(5)
    assert (report.rejected, lake.manifest().generations[0].billed) == (
        0,
        {currency.upper(): amount},
    )


@pytest.mark.parametrize(
    ("cost", "currency"),
    [
        ("€5.00", "USD"),
        ("$5.00", "EUR"),
        ("EUR 5.00", "USD"),
        ("5.00 USD", "EUR"),
        ("US$5.00", "CAD"),
        ("R$5.00", "USD"),
        ("¥5.00", "USD"),
        ("€5.00", None),
        ("EUR 5.00", ""),
        ("US$5.00", ""),
    ],
)
def test_sign_that_contradicts_its_row_keeps_the_row_aside(
    cost: str, currency: str | None, tmp_path: Path, lake: Lake
) -> None:
    rows = [_cost(1, "7", currency), _cost(2, cost, currency)]
    report = lake.load(write_csv(tmp_path / "bill.csv", rows))
    assert (report.rows, report.rejected) == (1, 1)
    assert lake.totals()[1] == 7
    why = "name the currency of such rows in the source's fill"
    if currency:
        why = f"which is not in {currency}, the currency of its row"
    assert any(f"row 2: column BilledCost holds “{cost}”" in n and why in n for n in report.notes)


def test_different_signs_without_a_currency_are_never_added_up(tmp_path: Path, lake: Lake) -> None:
    rows = [_cost(1, "$5.00", ""), _cost(2, "€5.00", "")]
    lake.load(write_csv(tmp_path / "bill.csv", rows))
    assert lake.manifest().generations[0].billed == {"": Decimal(5)}


def test_filled_currency_is_what_a_sign_must_agree_with(tmp_path: Path, lake: Lake) -> None:
    bill = write_csv(tmp_path / "bill.csv", [_cost(1, "€5.00", None), _cost(2, "$7.00", None)])
    report = lake.load(bill, fill={"currency": "EUR"})
    assert lake.manifest().generations[0].billed == {"EUR": Decimal(5)}
    assert any("“$7.00”, which is not in EUR" in note for note in report.notes)


def test_bill_of_foreign_signs_alone_is_one_sentence(tmp_path: Path, lake: Lake) -> None:
    with pytest.raises(BadBillError, match=r"holds “€5\.00”, which is not in USD"):
        lake.load(write_csv(tmp_path / "bill.csv", [_cost(1, "€5.00", "USD")]))


def test_list_cost_of_another_currency_is_left_empty_and_told(tmp_path: Path, lake: Lake) -> None:
    bill = write_csv(tmp_path / "bill.csv", [april(1, ListCost="€9.00"), april(2, ListCost="$9")])
    report = lake.load(bill)
    assert lake.rows("SELECT list_cost FROM t ORDER BY charge_day") == [(None,), (Decimal(9),)]
    assert any("1 value of ListCost could not be read" in note for note in report.notes)
