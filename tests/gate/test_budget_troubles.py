"""Linked budgets in trouble: drift, crashes, lost answers, a cloud that refuses."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.clouds.small_budgets import AWS_LINK, cloud_budget
from tests.gate.budget_halls import hall as hall
from tools.clouds.resources import Verb
from tools.core.errors import InputError, RefusedError, UnavailableError
from tools.gate.proposals import Stage


def test_drift_refuses_and_says_how_to_end_it(hall):
    budget = hall.linked()
    hall.cloud.set(Decimal("22000"))
    with pytest.raises(RefusedError) as refused:
        hall.propose("team=ml", "25000")
    assert refused.value.sentence == (
        "In AWS it is $22,000.00, here $20,000.00. Nothing is written over. "
        "Set it to 22000 to take that over, or change it there."
    )
    done = hall.done("team=ml", "22000")
    assert (done.stage, hall.amount(budget), hall.cloud.changes) == (Stage.DONE, "22000", [])
    assert hall.house.list().statuses[0].drift == ""
    with pytest.raises(RefusedError, match="cannot be taken back"):
        hall.undone(done)


def test_a_change_in_the_cloud_after_the_proposal_refuses(hall):
    budget = hall.linked()
    proposal = hall.propose("team=ml", "25000")
    hall.cloud.set(Decimal("21000"))
    with pytest.raises(RefusedError, match="amount in AWS was “20000” and is “21000”"):
        hall.desk.run(proposal)
    assert (hall.amount(budget), hall.cloud.changes) == ("20000", [])


def test_a_change_in_the_last_moment_refuses(hall):
    budget = hall.linked()
    sight = hall.world.look(budget.target)
    deed = hall.world.deed(Verb.BUDGET, sight, after={"amount": "25000"})
    hall.cloud.set(Decimal("21000"))
    with pytest.raises(RefusedError) as refused:
        hall.world.act(deed, sight)
    assert refused.value.sentence == "The budget for team=ml a month was changed meanwhile."
    assert hall.amount(budget) == "20000"


def test_a_lost_answer_is_found_by_reading(hall):
    budget = hall.linked()

    def lose() -> None:
        raise UnavailableError("AWS did not answer.")

    hall.cloud.after_change = lose
    assert hall.done("team=ml", "25000").stage is Stage.DONE
    assert hall.amount(budget) == "25000"


def test_a_crash_between_cloud_and_ledger_is_settled_by_reading_and_ended_by_a_person(hall):
    budget = hall.linked()
    proposal = hall.propose("team=ml", "25000")
    hall.desk.approve(proposal)

    def crash() -> None:
        raise KeyboardInterrupt

    hall.cloud.after_change = crash
    with pytest.raises(KeyboardInterrupt):
        hall.desk.gate.execute(proposal.id)
    assert (hall.amount(budget), hall.cloud.changes) == ("20000", [Decimal("25000")])
    hall.cloud.after_change = lambda: None
    hall.desk.clock.turn(minutes=15)
    (settled,) = hall.desk.gate.settle()
    assert settled.stage is Stage.UNSETTLED
    assert "amount is “20000”" in settled.runs[0].said
    assert hall.cloud.changes == [Decimal("25000")]  # settling acts on nothing
    assert hall.house.list().statuses[0].drift == "In AWS it is $25,000.00, here $20,000.00."
    assert hall.done("team=ml", "25000").stage is Stage.DONE
    assert hall.amount(budget) == "25000"


def test_an_amount_that_only_the_cloud_has_is_not_done(hall):
    budget = hall.linked()
    sight = hall.world.look(budget.target)
    deed = hall.world.deed(Verb.BUDGET, sight, after={"amount": "25000"})
    hall.cloud.set(Decimal("25000"))
    assert not deed.is_done(hall.world.look(budget.target))


def test_what_is_changed_here_while_the_cloud_is_changed_is_not_refused_but_looked_at(hall):
    budget = hall.linked()
    sight = hall.world.look(budget.target)
    deed = hall.world.deed(Verb.BUDGET, sight, after={"amount": "25000"})
    hall.cloud.after_change = lambda: hall.records.retire(budget, actor=hall.house.context().asker)
    with pytest.raises(UnavailableError, match="was changed meanwhile"):
        hall.world.act(deed, sight)


def test_a_change_that_changed_more_is_not_committed(hall):
    budget = hall.linked()
    sight = hall.world.look(budget.target)
    deed = hall.world.deed(Verb.BUDGET, sight, after={"amount": "25000"})

    def meddle() -> None:
        hall.cloud.held[AWS_LINK] = replace(hall.cloud.held[AWS_LINK], period="year")

    hall.cloud.after_change = meddle
    with pytest.raises(UnavailableError) as refused:
        hall.world.act(deed, sight)
    assert refused.value.sentence == (
        "The budget was changed, and reads otherwise. In AWS it is of a year, here of a month."
    )
    assert hall.amount(budget) == "20000"


@pytest.mark.parametrize("error", [RefusedError, InputError, UnavailableError])
def test_what_cannot_be_read_back_is_never_called_refused(hall, error):
    budget = hall.linked()
    sight = hall.world.look(budget.target)
    deed = hall.world.deed(Verb.BUDGET, sight, after={"amount": "25000"})

    def lose() -> None:
        hall.cloud.trouble = error("AWS shows it to nobody any more.")
        raise UnavailableError("AWS did not answer.")

    hall.cloud.after_change = lose
    with pytest.raises(UnavailableError, match="AWS shows it to nobody any more"):
        hall.world.act(deed, sight)


@pytest.mark.parametrize("error", [RefusedError, InputError])
def test_what_the_cloud_does_not_take_is_refused(hall, error):
    budget = hall.linked()
    proposal = hall.propose("team=ml", "25000")
    hall.cloud.refuses = error("That is no amount for AWS.")
    done = hall.desk.run(proposal)
    assert (done.stage, done.runs[0].said) == (Stage.REFUSED, "That is no amount for AWS.")
    assert hall.amount(budget) == "20000"


def test_a_cloud_that_does_not_answer_refuses(hall):
    hall.linked()
    hall.cloud.trouble = UnavailableError("AWS did not answer; try again in a minute.")
    with pytest.raises(UnavailableError, match="AWS did not answer"):
        hall.propose("team=ml", "25000")


def test_a_budget_that_is_gone_in_the_cloud_refuses(hall):
    hall.linked()
    hall.cloud.held.clear()
    with pytest.raises(UnavailableError, match="link another one"):
        hall.propose("team=ml", "25000")


@pytest.mark.parametrize(
    ("there", "sentence"),
    [
        ({"currency": "EUR"}, "In AWS it is in EUR, here in USD. Nothing is written over."),
        ({"period": "year"}, "In AWS it is of a year, here of a month. Nothing is written over. "),
        ({"amount": None, "currency": ""}, "In AWS the amount is worked out anew each period"),
        ({"amount": None, "fixed": "AWS adjusts it."}, "In AWS the amount is worked out anew"),
        ({"fixed": "AWS adjusts it by itself; change that at AWS."}, "AWS adjusts it by itself"),
    ],
)
def test_a_cloud_budget_that_is_another_is_not_changed(hall, there, sentence):
    hall.cloud.held[AWS_LINK] = replace(cloud_budget(), **there)
    hall.linked()
    with pytest.raises(RefusedError) as refused:
        hall.propose("team=ml", "25000")
    assert refused.value.sentence.startswith(sentence)
    assert hall.cloud.changes == []


def test_the_same_amount_is_no_change_where_the_cloud_has_none(hall):
    hall.cloud.held[AWS_LINK] = replace(cloud_budget(), amount=None, currency="")
    hall.linked()
    with pytest.raises(RefusedError, match="worked out anew each period"):
        hall.propose("team=ml", "20000")
