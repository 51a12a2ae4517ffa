"""What has accrued since the last whole bill stands beside what is billed, and in no total."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from bot.answers import result_json
from bot.budget_words import budget_cells, budgets_csv, budgets_opening, budgets_remarks
from bot.config import Sent
from bot.grammar import read
from bot.mind.toolbox import Toolbox
from bot.mind.veil import Veil
from bot.router import vocabulary
from bot.wording import remarks, sentence
from tests.budgeting import NOW, House
from tools.accrued import accrued, metered, with_accrued
from tools.clouds.resources import Verb
from tools.core.accrual import Accrual
from tools.core.conditions import read_conditions
from tools.core.context import Context
from tools.core.dimensions import Dimension
from tools.core.errors import UnavailableError
from tools.core.periods import Period
from tools.core.results import CostTable, Note
from tools.costs import cost_by
from tools.gate.budget_world import BudgetWorld
from tools.ledger.accruals import Accruals, keep_accrued
from tools.watch.accrual import Accrued

MINUTE = timedelta(minutes=1)
AT = NOW.now() - MINUTE  # 11:59 on the 21st
MONTH = Period(date(2026, 11, 1), date(2026, 12, 1))
TEAM = (Dimension("team", tags=("team",)),)


def row(day: int, amount: str, resource: str = "i-1", **more: object) -> Accrued:
    given = {
        "day": date(2026, 11, day),
        "resource": resource,
        "amount": Decimal(amount),
        "currency": "USD",
        "hourly": Decimal(10),
        "through": AT,
        "labels": {"team": "ml", "account": "prod"},
        **more,
    }
    return Accrued(**given)  # type: ignore[arg-type]


ROWS = (
    row(20, "240"),
    row(21, "120"),
    row(21, "7.5", "i-2", labels={"team": "search", "account": "prod"}),
    row(21, "0", "i-3", hourly=None, currency=""),
)


@dataclass
class Meter:
    """What was metered, and a house of bills that are whole until the 19th."""

    house: House

    def count(self, *rows: Accrued, at: datetime = AT) -> None:
        with self.house.ledger.begin() as connection:
            keep_accrued(connection, rows, at=at)

    def context(self, scope: str = "") -> Context:
        found = self.house.context(scope, dimensions=TEAM)
        return replace(found, meter=lambda: Accruals(self.house.ledger))

    def ask(self, line: str, scope: str = "") -> CostTable | Note:
        context = self.context(scope)
        query = read(line, vocabulary(context))
        return with_accrued(cost_by(query, context=context), query, context=context)

    def of(self, line: str, scope: str = "") -> dict[str, Decimal] | None:
        found = self.ask(line, scope)
        assert isinstance(found, CostTable)
        return dict(found.accrued.amounts) if found.accrued else None


@pytest.fixture
def meter(tmp_path: Path) -> Iterator[Meter]:
    yield from metering(tmp_path)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Meter]:
    """One that is only asked."""
    yield from metering(tmp_path_factory.mktemp("shared"))


def metering(folder: Path) -> Iterator[Meter]:
    found = Meter(House(folder))
    found.count(*ROWS)
    yield found
    found.house.ledger.close()


@pytest.mark.parametrize(
    ("line", "scope", "amount"),
    [
        ("this month", "", "367.5"),
        ("this month by team", "", "367.5"),
        ("this month vs last month", "", "367.5"),
        ("this week where team=ml", "", "360"),
        ("since 2026-11-15", "", "367.5"),
        ("yesterday", "", "240"),
        ("2026-11-10..2026-11-20", "", "240"),
        ("all time where team=search", "", "7.5"),
        ("this month", "team=search", "7.5"),
        ("this month where team=ml", "team=ml", "360"),
        ("last month", "", None),
        ("last 7d", "", None),  # whole days are meant
        ("2026-11-01..2026-11-19", "", None),
        ("this month list cost", "", None),
        ("this month billed", "", None),  # what a commitment covers is billed at nothing
        ("this month where service!=compute", "", None),  # no machine tells its service
        ("this month where team=ml and service!=compute", "", None),
    ],
)
def test_it_is_told_where_a_question_reaches_past_whole_bills(shared, line, scope, amount):
    assert shared.of(line, scope) == (None if amount is None else {"USD": Decimal(amount)})


def test_it_is_in_no_figure(meter: Meter):
    found = meter.ask("this month by team")
    assert isinstance(found, CostTable)
    bare = replace(found, accrued=None)
    assert (sentence(found), found.total) == (sentence(bare), Decimal(13300))
    assert [text for text in remarks(found) if text not in remarks(bare)] == [
        "Accrued besides, an estimate: about $368 since Nov 20, price × running time of 2 machines "
        "(1 more has no known price), metered until Nov 21, 11:59 UTC. It is in no total here; "
        "part of it may be billed already."
    ]
    assert result_json(found)["accrued"] == {
        "estimate": {"USD": "367.5"},
        "since": "2026-11-20",
        "metered_until": "2026-11-21T11:59:00+00:00",
        "machines": 2,
        "unpriced": 1,
    }
    assert result_json(bare)["accrued"] is None


def test_today_is_on_no_bill_and_its_note_tells_what_has_accrued(meter: Meter):
    found = meter.ask("today where team=ml")
    assert isinstance(found, Note)
    assert found.text.startswith("No charges where team=ml for today")
    assert "Accrued besides, an estimate: about $120 since Nov 21" in found.text


@pytest.mark.parametrize(("minutes", "is_told"), [(0, True), (60 * 23, True), (60 * 25, False)])
def test_what_was_metered_long_ago_is_not_told(tmp_path: Path, minutes: int, is_told: bool):
    meter = Meter(House(tmp_path))
    at = NOW.now() - minutes * MINUTE
    meter.count(replace(ROWS[0], through=at), at=at)
    assert (metered(meter.context()) is not None) is is_told


def test_without_a_meter_or_its_record_bills_stand_alone(meter: Meter):
    context = meter.context()
    assert metered(replace(context, meter=None)) is None

    def closed() -> Accruals:
        raise UnavailableError("The ledger does not answer.")

    assert metered(replace(context, meter=closed)) is None


def test_money_of_two_currencies_stays_apart(meter: Meter):
    meter.count(row(21, "95", "i-9", currency="EUR"))
    found = accrued(metered(meter.context()), (), days=MONTH)
    assert found and found.about == "about $368 and about €95.00"


def test_a_condition_that_a_machine_fails_needs_no_other_to_be_known(meter: Meter):
    where = read_conditions("team=data and service=compute")
    assert accrued(metered(meter.context()), where, days=MONTH) is None
    meter.count(row(21, "5", "i-8", labels={"team": "ml", "service": "compute"}))
    where = read_conditions("team=search and account=prod")
    found = accrued(metered(meter.context()), where, days=MONTH)
    assert found and found.amounts == {"USD": Decimal("7.5")}


def test_a_budget_says_it_apart_from_what_is_spent(meter: Meter):
    meter.house.add("team=ml")
    (status,) = list_of(meter).statuses
    bare = meter.house.list(dimensions=TEAM).statuses[0]
    assert isinstance(status.accrued, Accrual)
    assert replace(status, accrued=None) == bare
    assert status.accrued.amounts == {"USD": Decimal(360)}
    number, rest = budgets_opening(list_of(meter))
    assert (number, rest) == (
        "$12,000.00",
        " of $20,000.00 (60.0 %) for team=ml a month; about $18,000 expected (likely $16,864 to "
        "$19,136). Besides, about $360 accrued since Nov 20 (estimate).",
    )
    assert budgets_remarks(list_of(meter)) == (
        "Accrued is price × running time of what no bill shows whole yet, metered until Nov 21, "
        "11:59 UTC: an estimate, in no share here; part of it may be billed already.",
    )


def test_many_budgets_have_a_column_for_it(meter: Meter):
    meter.house.add("team=ml")
    meter.house.add("team=data")
    table = list_of(meter)
    cells = budget_cells(table)
    place = [column.label for column in cells.columns].index("Accrued")
    assert [row[place] for row in cells.rows] == ["about $360", "—"]
    first, *lines = budgets_csv(table).splitlines()
    assert first.endswith(",back_to,accrued")
    assert [line.rpartition(",")[2] for line in lines] == ["360", ""]
    bare = replace(table, statuses=tuple(replace(s, accrued=None) for s in table.statuses))
    assert "Accrued" not in [column.label for column in budget_cells(bare).columns]


def list_of(meter: Meter):
    from tools.budgets import list_budgets

    return list_budgets((), context=meter.context())


@pytest.mark.parametrize("amounts", [True, False])
def test_a_model_sees_it_called_an_estimate_where_it_sees_amounts(meter: Meter, amounts: bool):
    box = Toolbox(meter.context(), Veil(Sent()), amounts=amounts, asked=())
    text, result = box.cost_by(period="this month")
    assert isinstance(result, CostTable)
    assert result.accrued  # people see it anyway
    assert ("367.5" in text, "an estimate" in text) == (amounts, amounts)
    held = [figure for figure in box.store.figures if figure.is_estimate]
    assert [(f.value, f.text) for f in held] == [(Decimal("367.5"), "")] * amounts
    note, _ = box.cost_by(period="today")
    assert ("about $128" in note) is amounts


def test_a_card_that_changes_a_budget_says_it_apart(meter: Meter):
    budget = meter.house.add("team=ml")
    world = BudgetWorld(meter.context())
    deed = world.deed(Verb.BUDGET, world.look(budget.target), after={"amount": "25000"})
    assert [note for note in deed.notes if "ccrued" in note] == [
        "In no figure above: accrued besides, an estimate: about $360 since Nov 20, price × "
        "running time of 1 machine (1 more has no known price), metered until Nov 21, 11:59 UTC."
    ]
