"""Lists of machines and budgets as messages: number first, one chart, and nothing foreign acts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal as D

import pytest

from bot.acting_json import acting_json
from bot.blocks import Setting, render, render_details
from bot.budget_words import budgets_csv
from bot.charts import chart_png, chart_spec
from bot.console.block_rules import problems, text_length
from bot.wording import sentence
from tests.bot.gate_parts import machine, text
from tests.bot.test_cards import NASTY, kinds, mentioned
from tools.clouds.resources import Sample, Use
from tools.core.budget import Budget, BudgetStatus, BudgetTable, Ending
from tools.core.machines import Idleness, Machine, Machines
from tools.core.periods import Period
from tools.core.query import Filter, Op

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SETTING = Setting(now=NOW, can_act=True)


def idle(name="train-1", **changes: object) -> Machine:
    samples = tuple(Sample(NOW - timedelta(minutes=5 * i), 0.4) for i in range(72, 0, -1))
    made = Machine(
        resource=machine("1", name=name),
        labels={"team": "ml", "owner": "ada@lumen.example"},
        hourly=D("32.77"),
        price_from="your bill of Nov 19",
        idleness=Idleness.IDLE,
        use=Use(gpu=samples, expected=72, source="CloudWatch agent"),
        idle_since=NOW - timedelta(days=3),
        wasted=D("2359.44"),
        sureness="100 % of 6 h measured, GPU up to 0 %",
        advice="stop it",
    )
    return replace(made, **changes)


def found(*machines: Machine, **changes: object) -> Machines:
    made = Machines(
        asked="idle",
        machines=machines or (idle(),),
        as_of=NOW,
        hours=6.0,
        hourly={"USD": D("32.77")},
        wasted={"USD": D("2359.44")},
        looked_at=12,
    )
    return replace(made, **changes)


def test_an_idle_machine_says_what_it_wastes_how_sure_and_whose_it_is():
    assert text(render(found(), SETTING)) == (
        "1 idle at $32.77 an hour, about $2,359.44 wasted so far. "
        "#1 train-1 8× A100 · p4d.24xlarge idle for 3 days · $32.77 an hour "
        "· about $2,359.44 wasted "
        "team ml · owner ada@lumen.example · i-1 in us-east-2 "
        "100 % of 6 h measured, GPU up to 0 %; stop it "
        "[Stop…] [Still needed?]"
        "Asked the clouds just now · prices: your bill of Nov 19 "
        "/gpu idle"
    )


def test_what_was_not_measured_is_counted_and_never_called_idle():
    unknown = idle(idleness=Idleness.UNKNOWN, idle_since=None, wasted=None, use=Use())
    shown = found(unknown, unknown=1, wasted={})
    assert sentence(shown) == (
        "Nothing is idle among 12 GPU machines. "
        "1 more is not measured: neither idle nor busy, as far as I know."
    )
    assert "[Stop…]" not in text(render(shown, SETTING))
    assert "[Still needed?]" in text(render(shown, SETTING))


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        (found(machines=(), hours=0, asked=""), "Nothing runs, as far as I may look."),
        (
            found(idle(), hours=0.0, asked="where team=ml"),
            "$32.77 an hour for 1 machine running where team=ml.",
        ),
        (found(idle(), hours=0, asked="", hourly={}), "1 machine running. No price is known."),
        (
            found(idle(), idle(), hours=0, asked="", hourly={"USD": D(5), "EUR": D(9)}),
            "€9.00 and $5.00 an hour for 2 machines running.",
        ),
    ],
)
def test_the_number_comes_first(shown, said):
    assert sentence(shown) == said


@pytest.mark.parametrize("nasty", NASTY)
def test_a_name_or_a_tag_becomes_nothing_but_text(nasty):
    one = idle(nasty, labels={"team": nasty, "owner": nasty}, sureness=nasty, advice=nasty)
    for shown in (found(one, notes=(nasty,)), found(one, hours=0, asked=nasty)):
        message = render(shown, SETTING)
        assert problems(list(message.blocks)) == []
        assert kinds(list(message.blocks)) <= SAFE
        assert mentioned(list(message.blocks)) == set()
        assert "<" not in message.text
    assert chart_png(found(one))


SAFE = {
    *("rich_text", "rich_text_section", "text", "context", "plain_text", "actions", "button"),
    *("table", "raw_text"),
}


def test_many_fit_into_one_message():
    many = found(*(idle("x" * 90) for _ in range(60)))
    message = render(many, SETTING)
    assert problems(list(message.blocks)) == []
    assert text_length(message.blocks) < 13_000
    assert "Showing 10 of 60; narrow it down with where." in text(message)
    table = render(replace(many, hours=0), SETTING)
    assert problems(list(table.blocks)) == []


def test_a_shared_list_offers_no_buttons():
    shared = render(found(), replace(SETTING, shared_by="U0ADAPARK0"))
    assert "[" not in text(shared)


def test_the_chart_is_of_what_was_measured_and_keeps_every_peak():
    peak = tuple(Sample(NOW - timedelta(minutes=i), 99.0 if i == 137 else 0.1) for i in range(720))
    spec = chart_spec(found(idle(use=Use(gpu=peak, expected=720))))
    drawn = [value["value"] for value in spec["vconcat"][0]["data"]["values"]]
    assert len(drawn) <= 120
    assert max(drawn) == 99.0
    assert chart_spec(found(idle(use=Use()))) is None
    assert chart_spec(found(hours=0)) is None
    picture = render_details(found(), replace(SETTING, file_id="F1"))
    assert picture.blocks[0]["type"] == "image"


def status(spent="5000", amount="20000", **changes: object) -> BudgetStatus:
    budget = Budget(
        id="b1",
        scope=(Filter("team", Op.IS, ("ml",)),),
        period="month",
        amount=D(amount),
        currency="USD",
    )
    made = BudgetStatus(
        budget=budget,
        window=Period(date(2026, 11, 1), date(2026, 12, 1)),
        spent=D(spent),
        share=D(spent) / D(amount),
        forecast=D(spent) * 3 / 2,
        complete_through=date(2026, 11, 19),
    )
    return replace(made, **changes)


def test_one_budget_says_what_is_spent_of_it_and_expected():
    table = BudgetTable(asked="", statuses=(status(),), as_of=NOW - timedelta(hours=2))
    assert text(render(table, SETTING)) == (
        "$5,000.00 of $20,000.00 (25.0 %) for team=ml a month; about $7,500 expected. "
        "team=ml a month ████▒▒░░░░░░░░░░ 25.0 % · $5,000.00 of $20,000.00 "
        "· about $7,500 expected "
        "Complete through Nov 19 · bills loaded 2 h ago "
        "Change one: /budget raise team=ml 25000, or set a new one: /budget set team=ml 20000"
    )


def test_what_is_likely_is_said_and_what_that_means():
    likely = status(forecast_low=D("7112.20"), forecast_high=D("7887.90"))
    table = BudgetTable(asked="", statuses=(likely,))
    assert sentence(table) == (
        "$5,000.00 of $20,000.00 (25.0 %) for team=ml a month; "
        "about $7,500 expected (likely $7,112 to $7,888)."
    )
    shown = text(render(table, SETTING))
    assert "What is expected is an estimate; four of five end within what is likely" in shown


def test_an_amount_that_holds_for_a_time_says_until_when():
    held = status("5000", "25000")
    ending = Ending(until=date(2026, 12, 15), back_to=D("20000"), deed="3f-1-0")
    held = replace(held, budget=replace(held.budget, ending=ending))
    table = BudgetTable(asked="", statuses=(held,))
    assert sentence(table).endswith("The amount holds until Dec 15, then back to $20,000.00.")
    two = text(render(BudgetTable(asked="", statuses=(held, status())), SETTING))
    said = "• The amount for team=ml a month holds until Dec 15, then back to $20,000.00."
    assert two.count(said) == 1
    assert acting_json(table)["budgets"][0]["ending"] == {
        "until": "2026-12-15",
        "back_to": "20000",
    }
    assert budgets_csv(table).splitlines()[1].endswith(",2026-12-15,20000,")


def test_what_is_over_comes_first_and_drift_is_told():
    over = status("30000", drift="In AWS it is $25,000.00, here $20,000.00.")
    table = BudgetTable(asked="", statuses=(over, status()), notes=("One note.",))
    assert sentence(table) == (
        "1 of 2 budgets is spent. Fullest: team=ml a month, 150.0 % of $20,000.00."
    )
    shown = text(render(table, SETTING))
    assert "• team=ml a month: In AWS it is $25,000.00, here $20,000.00." in shown
    assert "• One note." in shown


def test_what_is_not_known_is_not_drawn():
    unknown = status(spent="1", share=None, forecast=None)
    unknown = replace(unknown, spent=None)
    table = BudgetTable(asked="", statuses=(unknown,))
    assert sentence(table) == ("$20,000.00 for team=ml a month; what is spent of it is not known.")
    message = render(table, SETTING)
    assert problems(list(message.blocks)) == []
    assert "█" not in text(message)
    assert sentence(BudgetTable(asked="", statuses=())) == (
        "No budgets are set yet, as far as you may see."
    )
