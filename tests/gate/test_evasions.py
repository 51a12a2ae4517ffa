"""Ways around a rule in several steps, at the same moment, or in other money."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.gate.desks import POLICY, desk_in, machines, press
from tools.clouds.resources import Verb
from tools.core.errors import RefusedError
from tools.gate.policy import Limits, Rule, Stake
from tools.gate.proposals import Stage

STAKES = (Stake(Decimal(5000), 2),)
BUDGETS = Rule(name="budgets", verbs=(Verb.BUDGET,), approve=("admins",))


@pytest.fixture
def desk(tmp_path):
    policy = replace(POLICY, stakes=STAKES, rules=(BUDGETS, *POLICY.rules))
    return desk_in(tmp_path, f"sqlite:///{tmp_path / 'l.sqlite'}", policy=policy)


def budget(desk, name, amount="100"):
    return desk.world.add(f"budget/{name}", hourly=None, amount=amount)


def test_a_budget_is_not_raised_past_a_stake_in_small_steps(desk):
    one = budget(desk, "b1")
    first = desk.propose(one, verb=Verb.BUDGET, after={"amount": "4000"})
    assert first.terms.approvals == 1
    desk.run(first)
    again = desk.propose(one, verb=Verb.BUDGET, after={"amount": "7000"})
    told = "$5,000 a month takes 2, and what else was asked for in 24 hours counts"
    assert again.terms.reasons == (told,)
    assert (again.terms.approvals, desk.records.lately(press("UASKS"))) == (2, 3900 + 3000)


def test_an_edit_does_not_weigh_together_with_what_it_replaces(desk):
    made = desk.propose(*machines(desk.world, 2))
    assert (made.monthly, made.terms.approvals) == (-5840, 2)
    first = made.targets[0].sight.target
    actor = press("UASKS")
    edited = desk.gate.edit(made.id, version=1, actor=actor, targets=[first])
    assert (edited.monthly, edited.terms.approvals) == (-2920, 1)
    assert desk.records.lately(actor) == 2920


def test_two_proposals_at_the_same_moment_do_not_both_stay_below_a_stake(desk):
    ids, other = machines(desk.world, 2), desk.beside()
    desk.when("before create", lambda: other.propose(ids[1]))
    with pytest.raises(RefusedError, match="at the same moment"):
        desk.propose(ids[0])
    assert desk.propose(ids[0]).terms.approvals == 2


def test_two_edits_at_the_same_moment_do_not_both_stay_below_a_stake(desk):
    ids = machines(desk.world, 3)
    made, other = desk.propose(*ids[:2]), desk.beside()
    desk.when("before replace", lambda: other.propose(ids[2]))
    with pytest.raises(RefusedError, match="at the same moment"):
        desk.gate.edit(made.id, version=1, actor=press("UASKS"), targets=[ids[0]])


def test_money_in_another_currency_is_within_no_limit_of_money(desk):
    desk = desk.beside(
        policy=replace(POLICY, limits=Limits(dollars_per_day=Decimal(50000)), currency="EUR")
    )
    proposal = desk.propose(*machines(desk.world))
    with pytest.raises(RefusedError, match="or in another currency"):
        desk.approve(proposal)


def test_what_no_hour_has_room_for_is_refused_at_once(desk):
    few = desk.with_limits(per_hour=2)
    with pytest.raises(RefusedError, match="2 targets an hour be changed, and these are 3"):
        few.propose(*machines(desk.world, 3))


@pytest.mark.parametrize("first", ["UADMIN", "UML1"])
def test_two_who_approve_at_the_same_moment_are_two(desk, first):
    proposal = desk.propose(*machines(desk.world), verb=Verb.TERMINATE)
    other = desk.beside()
    desk.when("before approve", lambda: other.approve(proposal, first))
    assert desk.approve(proposal, "UADMIN2").stage is Stage.CLAIMED
