"""Budgets through the gate: proposed, approved, changed here and in the cloud, taken back."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from tests.clouds.small_budgets import AWS_LINK, cloud_budget
from tests.gate.budget_halls import Hall
from tests.gate.budget_halls import hall as hall
from tools.budgets import target_of
from tools.clouds.resources import Verb
from tools.core.errors import InputError, RefusedError, UnavailableError
from tools.gate.proposals import Stage
from tools.gate.world import Deed
from tools.ledger.audit import Audit


@pytest.fixture
def both(tmp_path, ledger_url):
    found = Hall(tmp_path, ledger_url)
    yield found
    found.close()


def test_an_approved_amount_is_kept_and_taken_back(both):
    budget = both.house.add("team=ml")
    done = both.done("team=ml", "25000")
    assert (done.stage, both.amount(budget)) == (Stage.DONE, "25000")
    assert both.undone(done).stage is Stage.DONE
    assert both.amount(budget) == "20000"
    assert both.records.find(budget.id).version == 3
    assert Audit(both.house.ledger).verify().faults == ()


def test_a_new_budget_is_made_and_taken_back(both):
    done = both.done("team=search a quarter", "12000.50")
    (made,) = both.records.all()
    assert (done.stage, made.title, made.owner) == (Stage.DONE, "team=search a quarter", "UADA")
    assert f"{made.amount:f}" == "12000.50"
    assert both.undone(done).stage is Stage.DONE
    assert both.records.all() == ()


def test_a_linked_budget_is_changed_in_the_cloud_and_here_and_taken_back(both):
    budget = both.linked()
    done = both.done("team=ml", "25000.50")
    assert (done.stage, both.amount(budget)) == (Stage.DONE, "25000.50")
    assert both.cloud.held[AWS_LINK].amount == Decimal("25000.5")
    assert both.undone(done).stage is Stage.DONE
    assert both.amount(budget) == "20000"
    assert both.cloud.held[AWS_LINK].amount == Decimal("20000")


def test_the_record_says_which_deed_changed_it(hall):
    budget = hall.house.add("team=ml")
    done = hall.done("team=ml", "25000")
    entry = Audit(hall.house.ledger).entries(subject=budget.target)[-1]
    assert (entry.event, entry.actor, entry.via) == ("budget changed", "purser", "gate")
    assert json.loads(entry.after)["deed"] == f"{done.id}-1-0"


def test_the_card_has_what_the_budget_is_and_what_the_change_does(hall):
    budget = hall.linked(owner="UOWNER", channel="C1", approvers=("UML1", "SML"))
    target = hall.propose("team=ml", "15000").targets[0]
    assert target.sight.title == "team=ml a month"
    assert dict(target.sight.facts) == {
        "scope": "team=ml",
        "period": "month",
        "amount": "20000",
        "currency": "USD",
        "owner": "UOWNER",
        "channel": "C1",
        "approvers": "UML1, SML",
        "linked to": "AWS 111122223333 ml",
        "amount in AWS": "20000",
    }
    assert dict(target.sight.labels) == {"team": "ml", "owner": "UOWNER"}
    assert dict(target.deed.after) == {"amount": "15000", "amount in AWS": "15000"}
    assert target.deed.target == budget.target
    assert target.deed.notes == (
        "Spent so far: $12,000.00 (complete through Nov 19). Of $15,000.00 that is 80 %, "
        "instead of 60 %.",
        "The month is expected to come to about $18,000 (likely $16,864 to $19,136), an "
        "estimate: $3,000 over the new amount, where it was $2,000 under the old.",
        "A budget is no hard cap: nothing is stopped when it is spent.",
        "AWS cannot refuse a change because of another one: Purser reads the budget right before "
        "it writes, and what somebody changes there in that moment is written over.",
    )


def test_raising_says_that_no_cap_is_raised(hall):
    hall.house.add("team=ml")
    assert hall.propose("team=ml", "25000").notes[-1] == (
        "Raising a budget raises no hard cap: limits and quotas in the clouds stay as they are."
    )


def test_what_the_cloud_says_of_a_change_is_on_the_card(hall):
    spend = "AWS shows zero spend on this budget after a change, until it has recalculated."
    hall.cloud.held[AWS_LINK] = cloud_budget(is_guarded=True, notes=(spend,))
    hall.linked()
    assert hall.propose("team=ml", "25000").notes[-1] == spend


def test_the_card_of_a_new_budget_says_so(hall):
    proposal = hall.propose("team=search", "4000")
    assert dict(proposal.targets[0].sight.facts) == {
        "scope": "team=search",
        "period": "month",
        "amount": "0",
        "currency": "USD",
        "owner": "UADA",
    }
    assert dict(proposal.targets[0].sight.labels) == {"team": "search"}  # asking makes no owner
    assert proposal.notes == (
        "Spent so far: $2,000.00 (complete through Nov 19). Of $4,000.00 that is 50 %.",
        "The month is expected to come to about $3,000 (likely $2,811 to $3,189), an estimate: "
        "$1,000 under the new amount.",
        "A budget is no hard cap: nothing is stopped when it is spent.",
        "There is no such budget yet: this makes one.",
    )


def test_a_scope_nobody_paid_for_says_that_nothing_is_known(hall):
    assert "What is spent of it so far is not known." in hall.propose("team=data", "1").notes


@pytest.mark.parametrize(
    ("scope", "labels"),
    [
        ("everything", {}),
        ("team in (ml, search)", {}),
        ("team!=ml", {}),
        ("Team=ml and env=dev", {"team": "ml", "env": "dev"}),
        ("owner is missing", {"owner": None}),
        ("team=ml and team=search", {}),
    ],
)
def test_policy_knows_only_what_a_scope_holds_to(hall, scope, labels):
    budget = hall.house.add(scope)
    assert dict(hall.world.look(budget.target).labels) == labels


@pytest.mark.parametrize(
    ("after", "sentence"),
    [
        ({"amount": "0"}, "A budget is more than zero."),
        ({"amount": "-1"}, "A budget is more than zero, and less than 1000 trillion."),
        ({"amount": "NaN"}, "A budget is more than zero, and less than 1000 trillion."),
        ({"amount": "sNaN"}, "A budget is more than zero, and less than 1000 trillion."),
        ({"amount": "1e15"}, "A budget is more than zero, and less than 1000 trillion."),
        ({"amount": "x"}, "That is no amount; write it like 20000."),
        ({"amount": None}, "That is no amount; write it like 20000."),
        ({"amount": "1.005"}, "A budget's amount has at most two decimals."),
        ({"amount": "20000.00"}, "The budget for team=ml a month is $20,000.00 already."),
        ({}, "Say one new amount, such as 20000; nothing else of a budget changes."),
        (
            {"amount": "5", "approvers": "5"},
            "Say one new amount, such as 20000; nothing else of a budget changes.",
        ),
        (
            {"amount": "5", "amount in AWS": "6"},
            "Say one new amount, such as 20000; nothing else of a budget changes.",
        ),
    ],
)
def test_what_is_no_new_amount_gets_a_sentence(hall, after, sentence):
    sight = hall.world.look(hall.linked().target)
    with pytest.raises(InputError) as refused:
        hall.world.deed(Verb.BUDGET, sight, after=after)
    assert refused.value.sentence == sentence


def test_a_budget_is_neither_stopped_nor_scaled(hall):
    sight = hall.world.look(hall.house.add("team=ml").target)
    for verb in set(Verb) - {Verb.BUDGET}:
        with pytest.raises(InputError, match="Of a budget only the amount can be changed"):
            hall.world.deed(verb, sight, after={"amount": "5"})


def test_a_retired_budget_is_gone(hall):
    budget = hall.house.add("team=ml")
    sight = hall.world.look(budget.target)
    deed = hall.world.deed(Verb.BUDGET, sight, after={"amount": "5"})
    hall.records.retire(budget, actor=hall.house.context().asker)
    assert hall.world.look(budget.target).is_gone
    with pytest.raises(RefusedError, match="There is no such budget any more"):
        hall.world.act(deed, sight)


def test_of_a_retired_budget_nothing_is_changed(hall):
    budget = hall.house.add("team=ml")
    sight = hall.world.look(budget.target)
    hall.records.retire(budget, actor=hall.house.context().asker)
    with pytest.raises(InputError, match="There is no such budget any more"):
        hall.world.deed(Verb.BUDGET, sight, after={"amount": "5"})


def test_two_proposals_for_the_same_new_budget_make_one(hall):
    first, second = hall.propose("team=search", "4000"), hall.propose("team=search", "5000")
    assert hall.desk.run(first).stage is Stage.DONE
    with pytest.raises(RefusedError, match="amount was “0” and is “4000”"):
        hall.desk.run(second)
    assert [b.amount for b in hall.records.all()] == [Decimal(4000)]


def test_two_changes_at_once_one_wins(both):
    budget = both.house.add("team=ml")
    sight = both.world.look(budget.target)
    deeds = [both.world.deed(Verb.BUDGET, sight, after={"amount": str(n)}) for n in range(1, 9)]

    def act(deed: Deed) -> bool:
        try:
            both.world.act(deed, sight)
        except RefusedError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(act, deeds))
    assert won.count(True) == 1
    assert both.amount(budget) == str(won.index(True) + 1)


def test_what_is_no_budget_has_no_target(hall):
    for target in ("budget/", "budget/a/b", "budget/new/week/USD/-/team=ml", "aws/1/r/instance/i"):
        with pytest.raises((InputError, UnavailableError)):
            hall.desk.ground.world.look(target)


def test_a_target_holds_all_of_a_new_budget(hall):
    said = 'team="a / b" and tag:"x y" contains z'
    target = target_of(said, context=hall.house.context())
    assert hall.world.look(target).facts["scope"] == said
    assert hall.world.look(target).target == target
