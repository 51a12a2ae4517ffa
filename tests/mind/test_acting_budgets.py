"""A model about budgets: it proposes an amount, and until when; people decide."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.acting import gate_of, world_of
from bot.config import Config
from bot.mind.standin import Standin, calls, says
from tests.bot.gate_parts import policy
from tests.budgeting import NOW, House
from tests.mind.askings import ask, heard
from tests.mind.test_acting import ASKER, People
from tools.gate.proposals import Proposal, Stage


@pytest.fixture
def house(tmp_path):
    return House(tmp_path)


@pytest.fixture
def context(house, tmp_path):
    house.add("team=ml")
    bare = replace(house.context(), asker=ASKER)
    config = Config(tmp_path, bare.lake.settings, "", policy=policy(), clock=NOW)
    gate = gate_of(config, house.ledger, directory=People(), world=world_of(bare))
    return replace(bare, gate=gate)


def test_an_exception_is_proposed_with_its_end(context, house):
    raised = {"budget": "team=ml", "amount": 25000, "until": "2026-12-15", "reason": "the launch"}
    with Standin([calls("propose_budget", raised)]) as standin:
        answer = ask(standin, context, "Raise ml to 25000 until 15 December because of the launch")
    assert isinstance(answer.result, Proposal)
    assert (answer.result.stage, answer.result.reason) == (Stage.PENDING, "the launch")
    assert dict(answer.result.targets[0].deed.after) == {
        "amount": "25000",
        "until": "2026-12-15",
        "then back to": "20000",
    }
    (budget,) = house.budgets.records.all()
    assert (budget.amount, budget.ending) == (20000, None)


def test_what_is_no_end_is_told_to_the_model(context):
    wrong = {"budget": "team=ml", "amount": "25000", "until": "next week"}
    with Standin([calls("propose_budget", wrong), says("I cannot.")]) as standin:
        ask(standin, context, "Raise ml to 25000 until next week")
    assert "That is no day; write it like 2026-12-15." in heard(standin)
