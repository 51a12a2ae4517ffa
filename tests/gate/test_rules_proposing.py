"""What may be proposed, and what it takes: a table for every rule."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from tests.gate.casts import (
    ADA,
    BEN,
    CHLOE,
    DAN,
    EVE,
    LEADS,
    asked,
    book,
    policy,
    refusal,
    roster,
    target,
)
from tools.clouds.resources import Verb
from tools.core.query import Filter, Op
from tools.gate.policy import Policy, Rule, Stake
from tools.gate.proposals import Terms
from tools.gate.roster import Roster
from tools.gate.rules import Book, might_approve

DEV = (Filter("env", Op.IS, ("dev",)),)
ML = (Filter("team", Op.IS, ("ml",)),)


def only(verb: Verb, **more: object) -> Rule:
    return Rule(name=verb, verbs=(verb,), **({"approve": (BEN, CHLOE)} | more))


@pytest.mark.parametrize(
    ("verb", "approvers", "count", "self_approved", "hours"),
    [
        (Verb.STOP, (BEN, CHLOE), 1, False, 4),
        (Verb.SCALE, (BEN, CHLOE), 1, False, 4),
        (Verb.TERMINATE, (BEN, CHLOE), 2, False, 1),
        (Verb.START, (BEN, CHLOE), 1, True, 4),
        (Verb.TAG, (BEN, CHLOE), 1, True, 4),
        (Verb.BUDGET, (BEN, CHLOE), 1, True, 4),
    ],
)
def test_defaults_by_verb(verb, approvers, count, self_approved, hours):
    terms = asked(book(), target(verb))
    assert (terms.approvers, terms.approvals) == (approvers, count)
    assert terms.requester_may_approve is self_approved
    assert terms.lasts_seconds == hours * 3600


def test_the_first_rule_that_matches_holds():
    made = book(
        Rule(name="ml", verbs=(Verb.STOP,), where=(*DEV, *ML), approve=(DAN,), approvals=1),
        Rule(name="rest", approve=(BEN,)),
    )
    assert asked(made, target()).approvers == (DAN,)
    assert asked(made, target(Verb.START)).approvers == (BEN,)
    assert asked(made, target(env="staging")).approvers == (BEN,)
    assert asked(made, target(labels={"team": None})).approvers == (BEN,)


def test_a_rule_may_look_at_where_a_thing_is():
    here = tuple(
        Filter(name, Op.IS, (value,))
        for name, value in (
            ("cloud", "aws"),
            ("account_id", "111122223333"),
            ("region", "us-east-1"),
            ("kind", "instance"),
        )
    )
    made = book(Rule(name="here", where=here, approve=(DAN,)), Rule(name="rest", approve=(BEN,)))
    assert asked(made, target()).approvers == (DAN,)
    assert asked(made, target(id="budget/b")).approvers == (BEN,)


def test_what_no_rule_matches_is_refused():
    assert refusal(asked, book(only(Verb.START)), target()) == (
        "No rule of the policy lets anybody stop “train-1”; an admin can add one under "
        "[[policy.rules]]."
    )


def test_what_cannot_be_undone_counts_as_terminating_whatever_it_is_called():
    made = book(only(Verb.STOP), only(Verb.TERMINATE, approve=(CHLOE, DAN)))
    terms = asked(made, target(Verb.STOP, is_final=True))
    assert terms == Terms(
        approvals=2,
        approvers=(CHLOE, DAN),
        requester_may_approve=False,
        lasts_seconds=3600,
        reasons=("what cannot be undone takes two",),
    )


def test_several_targets_take_the_strictest_of_all():
    made = book(
        Rule(name="ml", where=ML, approve=(BEN, CHLOE, DAN), approvals=2),
        Rule(name="rest", approve=(CHLOE, DAN, EVE), lasts=timedelta(minutes=30)),
    )
    both = (target(Verb.START), target(Verb.START, labels={"team": "web"}))
    terms = asked(made, *both)
    assert terms.approvers == (CHLOE, DAN)
    assert (terms.approvals, terms.lasts_seconds) == (2, 1800)
    assert terms.reasons == ("rule “ml” takes 2",)


def test_anyone_leaves_the_narrower_list_as_it_is():
    made = book(Rule(name="ml", where=ML, approve=("anyone",)), Rule(name="rest", approve=(BEN,)))
    ml, web = target(), target(labels={"team": "web"})
    assert asked(made, ml, ml).approvers == ("anyone",)
    assert asked(made, ml, web).approvers == asked(made, web, ml).approvers == (BEN,)


@pytest.mark.parametrize(
    ("propose", "by", "is_allowed"),
    [
        (("anyone",), ADA, True),
        ((ADA,), ADA, True),
        ((BEN,), ADA, False),
        (("admins",), ADA, False),
        (("admins",), CHLOE, True),
        ((LEADS,), DAN, True),
        ((LEADS,), ADA, False),
        (("S1OTHER",), DAN, False),
        (("owner",), EVE, True),
        (("owner",), ADA, False),
    ],
)
def test_who_may_propose(propose, by, is_allowed):
    made = book(Rule(name="a", propose=propose, approve=(BEN, CHLOE)))
    people = roster(groups={LEADS: (DAN,)}, owner=EVE)
    if is_allowed:
        asked(made, by=by, people=people)
    else:
        assert refusal(asked, made, by=by, people=people) == (
            "Rule “a” does not let you stop “train-1”; ask somebody whom it names."
        )


@pytest.mark.parametrize("by", ["terminal", "schedule", "U1STRANGER"])
def test_only_full_members_propose(by):
    assert refusal(asked, book(), by=by) == (
        "Only full members of this Slack workspace can propose anything."
    )
    assert refusal(asked, book(), people=roster(BEN, CHLOE)).startswith("Only full members")


def test_nothing_is_not_proposed():
    assert refusal(rules_of_nothing) == "Nothing was chosen; name at least one target."
    assert might_approve(book(), (), roster=roster()) == ()


def rules_of_nothing():
    from tests.gate.casts import who
    from tools.gate.rules import terms_for

    terms_for(book(), (), requester=who(ADA), roster=roster(), monthly=None)


def test_a_policy_in_trouble_refuses_everything():
    made = Book(Policy(trouble="Its rules contradict each other."))
    assert refusal(asked, made) == (
        "The policy cannot be used, so everything is refused. Its rules contradict each other."
    )
    assert might_approve(made, (target(),), roster=roster()) == ()


@pytest.mark.parametrize(
    ("monthly", "count"),
    [("0", 1), ("999.99", 1), ("1000", 2), ("-1000", 2), ("5000", 3), ("-1e9", 3), (None, 3)],
)
def test_more_money_takes_more_approvals(monthly, count):
    made = book(
        Rule(name="a", approve=(BEN, CHLOE, DAN)),
        stakes=(Stake(Decimal(1000), 2), Stake(Decimal(5000), 3)),
    )
    amount = None if monthly is None else Decimal(monthly)
    terms = asked(made, monthly=amount)
    assert terms.approvals == count
    assert asked(made, target(Verb.TAG), monthly=amount).approvals == 1
    if monthly == "5000":
        assert terms.reasons == ("$5,000 a month takes 3", "$1,000 a month takes 2")


def test_money_in_another_currency_and_money_that_is_none_are_more_than_any_stake():
    made = book(stakes=(Stake(Decimal(1000), 2),))
    assert asked(made, monthly=Decimal(1), currency="JPY").reasons == ("an unknown price takes 2",)
    assert asked(made, monthly=Decimal("NaN")).approvals == 2


def test_many_small_steps_weigh_what_one_large_one_does():
    made = book(stakes=(Stake(Decimal(1000), 2),))
    assert asked(made, monthly=Decimal(-600), lately=Decimal(399)).approvals == 1
    assert asked(made, monthly=Decimal(-600), lately=Decimal(400)).approvals == 2


def test_a_budgets_own_approvers_may_approve_its_amount_and_nothing_else():
    made = book(only(Verb.BUDGET, approve=(CHLOE,)))

    def change(**after):
        return target(
            Verb.BUDGET, id="budget/b", facts={"approvers": f"{DAN}, {LEADS} anyone"}, after=after
        )

    people = roster(groups={LEADS: (EVE,)})
    assert asked(made, change(amount="5"), people=people).approvers == (CHLOE, DAN, EVE)
    for fact in ("approvers", "owner"):
        terms = asked(made, change(**{fact: ADA}), people=people)
        assert (terms.approvers, terms.reasons) == ((CHLOE,), (f"{fact} takes an admin",))
    machine = target(facts={"approvers": DAN}, after={"approvers": ADA})
    assert asked(book(only(Verb.STOP)), machine).approvers == (BEN, CHLOE)


@pytest.mark.parametrize(
    ("by", "verb", "sentence"),
    [
        (
            BEN,
            Verb.TERMINATE,
            "Nobody could approve this: it takes 2 people (what cannot be undone takes two), and "
            "the policy has one person besides you for it. An admin can name more approvers. Or "
            "stop it first and terminate it later.",
        ),
        (
            ADA,
            Verb.SCALE,
            "Nobody could approve this: it takes 3 people (rule “three” takes 3), and the policy "
            "has 2 people besides you for it. An admin can name more approvers.",
        ),
        (
            BEN,
            Verb.START,
            "Nobody could approve this: it takes 3 people (rule “three” takes 3), and the policy "
            "has 2 people for it. An admin can name more approvers.",
        ),
        (
            ADA,
            Verb.STOP,
            "Nobody could approve this: it takes one person, and the policy has nobody besides "
            "you for it. An admin can name more approvers.",
        ),
    ],
)
def test_what_nobody_could_approve_is_refused_at_once(by, verb, sentence):
    made = book(
        only(Verb.TERMINATE),
        only(Verb.STOP, approve=(ADA, "owner", "S1EMPTY")),
        Rule(name="three", approve=(BEN, CHLOE), approvals=3),
    )
    assert refusal(asked, made, target(verb), by=by) == sentence


def test_who_is_no_full_member_does_not_count_as_an_approver():
    people = roster(ADA, CHLOE)
    assert asked(book(), people=people).approvers == (CHLOE,)
    assert refusal(asked, book(), target(env=None), people=people).startswith("Nobody could")


def test_no_two_rules_share_an_approver():
    made = book(Rule(name="ml", where=ML, approve=(BEN,)), Rule(name="rest", approve=(DAN,)))
    both = (target(), target(labels={"team": "web"}))
    assert refusal(asked, made, *both).startswith("Nobody could approve this: it takes one person")


def test_admins_are_ids_and_no_words():
    odd = Policy(admins=("admins", "anyone", CHLOE, LEADS), rules=policy().rules)
    people = Roster(groups={LEADS: frozenset({DAN})})
    assert people.users(["admins"], policy=odd, target="") == {CHLOE, DAN}


def test_those_who_might_approve_are_asked_after_up_to_a_number():
    many = tuple(f"U{n}" for n in range(100, 150))
    made = book(Rule(name="a", approve=many))
    assert might_approve(made, (target(),), roster=roster()) == many[:20]
    anyone = book(Rule(name="a", approve=("anyone",)))
    assert might_approve(anyone, (target(),), roster=roster()) == ()
