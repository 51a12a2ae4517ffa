"""What a model sees of results."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from bot.config import Sent
from bot.mind.compact import table_text
from bot.mind.compact_acting import budgets_text
from bot.mind.compact_change import change_text
from bot.mind.toolbox import Toolbox
from bot.mind.veil import Veil
from tools.core.budget import Budget, BudgetStatus, BudgetTable
from tools.core.periods import Between, Period
from tools.core.query import Filter, Op, Query
from tools.core.results import Cause, Change, Event, Part

NOW = Period(date(2026, 11, 1), date(2026, 11, 20))
BEFORE = Period(date(2026, 10, 1), date(2026, 10, 20))
OPEN = Veil(Sent())


def boxed(context, **arguments: str) -> str:
    return Toolbox(context, OPEN, amounts=True, asked=()).cost_by(**arguments)[0]


def test_a_table_is_a_few_lines_with_values_quoted(context):
    arguments = {"period": "2026-11-01..2026-11-20", "by": "team"}
    assert boxed(context, **arguments, compare="2026-10-01..2026-10-20") == (
        '<data from="cost_by">\n'
        "read as: 2026-11-01..2026-11-20 by team vs 2026-10-01..2026-10-20\n"
        "days: 2026-11-01 to 2026-11-20 (20 days); "
        "compared with 2026-10-01 to 2026-10-20 (20 days)\n"
        "money in USD\n"
        "total: now 12345.67; before 10000.00; difference +2345.67; difference +23.5%\n"
        "rows, largest first:\n"
        'team "ml" | now 8000.00 | before 4000.00 | difference +4000.00 | difference +100.0% | '
        "share 64.8%\n"
        'team "data" | now 3345.67 | before 4500.00 | difference -1154.33 | difference -25.7% | '
        "share 27.1%\n"
        'team "web" | now 1000.00 | before 1500.00 | difference -500.00 | difference -33.3% | '
        "share 8.1%\n"
        "</data>"
    )


def test_periods_that_are_not_both_whole_have_no_difference(context):
    text = boxed(context, period="2026-11-01..2026-11-20", compare="2026-09-16..2026-10-05")
    assert "the two periods are not both whole: do not say more or less" in text
    assert "difference" not in text


def test_every_number_shown_of_a_table_is_held(context):
    box = Toolbox(context, OPEN, amounts=True, asked=())
    text, result = box.cost_by(period="2026-11-01..2026-11-20", by="team", compare="previous")
    shown = table_text(result, veil=OPEN)
    assert shown.text == text
    held = {figure.text for figure in shown.figures if figure.text}
    lines = [line for line in text.split("\n") if line.startswith(("total", "team"))]
    for word in " ".join(lines).replace(";", " ").split():
        number = word.strip("+-%")
        if number.replace(".", "").isdigit():
            assert number in held


def change() -> Change:
    ml = {"service": "EC2", "team": "ml"}
    return Change(
        query=Query(period=Between(NOW.start, NOW.end)),
        period=NOW,
        previous_period=BEFORE,
        currency="USD",
        before=Decimal(10000),
        after=Decimal("12345.67"),
        gross=Decimal(3000),
        parts=(
            Part(Cause.USAGE, ml, Decimal("2500.67"), Decimal(4000), Decimal("6500.67"), "Hours",
                 Decimal(100), Decimal(160), 4, date(2026, 11, 3)),
            Part(Cause.UNEXPLAINED, {}, Decimal(-155), Decimal(500), Decimal(345)),
        ),
        complete_through=date(2026, 11, 19),
        is_partial=False,
        as_of=None,
        bill_rows=77,
        sql="",
        drivers=(Part(Cause.USAGE, {"team": "ml"}, Decimal(2000), Decimal(1), Decimal(2001)),),
        events=(Event(date(2026, 11, 2), "Launch of <the> big model", {}),),
    )  # fmt: skip


def test_a_change_is_a_few_lines_with_its_reasons():
    assert change_text(change(), veil=OPEN).text == (
        '<data from="explain_change">\n'
        "read as: why 2026-11-01..2026-11-19\n"
        "days: 2026-11-01 to 2026-11-19 (19 days); "
        "compared with 2026-10-01 to 2026-10-19 (19 days)\n"
        "money in USD\n"
        "now 12345.67; before 10000.00; difference +2345.67; difference +23.5%\n"
        "sum of all moves, up and down: 3000.00; of that unexplained: 155.00\n"
        "the same change by the dimension that tells most:\n"
        'usage: team "ml" | amount +2000.00 | now 2001.00 | before 1.00 | difference +200000.0%\n'
        "reasons, largest first; they add up to the difference:\n"
        'usage: service "EC2", team "ml" | amount +2500.67 | now 6500.67 | before 4000.00 | '
        "difference +62.5% | used 160 hours, before 100 | 4 resources | first seen 2026-11-03\n"
        "unexplained: many small ones | amount -155.00 | now 345.00 | before 500.00 | "
        "difference -31.0%\n"
        'event 2026-11-02: "Launch of \\u003cthe\\u003e big model"\n'
        "</data>"
    )


def test_a_change_without_amounts_names_reasons_only():
    text = change_text(change(), veil=OPEN, amounts=False).text
    assert "2500" not in text
    assert "12345" not in text
    assert 'usage: service "EC2", team "ml" | 4 resources | first seen 2026-11-03' in text


def test_a_change_of_periods_that_are_not_whole_has_no_difference():
    text = change_text(replace(change(), is_comparable=False), veil=OPEN).text
    assert "do not say more or less" in text
    assert "difference +" not in text


def test_a_budget_says_what_is_expected_and_between_which_ends():
    budget = Budget(
        id="b1",
        scope=(Filter("team", Op.IS, ("ml",)),),
        period="month",
        amount=Decimal(900),
        currency="USD",
    )
    status = BudgetStatus(
        budget=budget,
        window=Period(date(2026, 11, 1), date(2026, 12, 1)),
        spent=Decimal(500),
        forecast=Decimal(800),
        forecast_low=Decimal(770),
        forecast_high=Decimal(830),
    )
    found = budgets_text(BudgetTable(asked="", statuses=(status,)), veil=OPEN, amounts=True)
    ahead = "expected about 800.00; likely at least 770.00; likely at most 830.00\n"
    assert f"; spent 500.00; {ahead}" in found.text
    assert {held.value for held in found.figures} >= {Decimal(770), Decimal(830)}
