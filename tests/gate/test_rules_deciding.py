"""Who may approve, execute, undo, handle, freeze: then and still."""

from __future__ import annotations

from dataclasses import replace
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
    NOW,
    book,
    done,
    policy,
    proposed,
    refusal,
    roster,
    target,
    who,
)
from tools.clouds.resources import Verb
from tools.gate import rules
from tools.gate.policy import FreezeWindow, Policy, Rule, Stake
from tools.gate.proposals import Stage, Terms
from tools.gate.rules import Book, Freeze

HOUR = timedelta(hours=1)
GROUP = Rule(name="a", approve=(LEADS, CHLOE))
NOT_MEMBER = "Only full members of this Slack workspace can approve anything."
FROZEN = Freeze(DAN, NOW, "odd\nthings")
WINDOW = FreezeWindow(NOW, NOW + HOUR, "month end")


def approve(made: Book, proposal, by: str = BEN, **more) -> Terms:
    given = {"actor": who(by), "roster": roster(), "now": NOW}
    return rules.may_approve(made, proposal, **(given | more))


def test_the_right_person_may_approve():
    assert approve(book(), proposed(book())).approvers == (BEN, CHLOE)


@pytest.mark.parametrize(
    ("by", "more", "sentence"),
    [
        (
            DAN,
            {},
            "You may not approve this: you are not among those who could when it was proposed.",
        ),
        (ADA, {}, "You proposed this yourself; somebody else must approve it."),
        (BEN, {"roster": roster(ADA, CHLOE)}, NOT_MEMBER),
        ("terminal", {}, NOT_MEMBER),
        (
            BEN,
            {"roster": roster(BEN, CHLOE)},
            "Only full members of this Slack workspace can have anything done.",
        ),
        (
            BEN,
            {"actor": who(BEN, "T2")},
            "This was proposed in another workspace; it is decided there.",
        ),
        (BEN, {"now": NOW + 4 * HOUR}, "It is too late to approve this; propose it again."),
        (
            BEN,
            {"freeze": FROZEN},
            "Purser is frozen since 2026-11-21 12:00 UTC: odd things. "
            "Nothing is executed until an admin runs /purser unfreeze.",
        ),
    ],
)
def test_who_may_not_approve_and_why(by, more, sentence):
    assert refusal(approve, book(), proposed(book()), by, **more) == sentence


def test_one_moment_before_it_is_too_late_it_is_not():
    last = NOW + 4 * HOUR - timedelta(microseconds=1)
    assert approve(book(), proposed(book()), now=last)


def test_a_policy_that_shortens_lives_shortens_this_one():
    short = book(Rule(name="a", approve=(BEN,), lasts=HOUR))
    proposal = proposed(book())
    assert approve(short, proposal, now=NOW + HOUR / 2)
    assert refusal(approve, short, proposal, now=NOW + HOUR).startswith("It is too late")
    long = book(Rule(name="a", approve=(BEN,), lasts=9 * HOUR))
    assert refusal(approve, long, proposal, now=NOW + 5 * HOUR).startswith("It is too late")


def test_who_joined_the_group_later_does_not_count():
    made, before = book(GROUP), roster(groups={LEADS: (BEN,)})
    proposal = proposed(made, people=before)
    after = roster(groups={LEADS: (BEN, DAN)})
    assert approve(made, proposal, BEN, roster=after).approvers == (BEN, CHLOE)
    assert refusal(approve, made, proposal, DAN, roster=after) == (
        "You may not approve this: you are not among those who could when it was proposed."
    )


def test_who_left_the_group_does_not_count_any_more():
    made, before = book(GROUP), roster(groups={LEADS: (BEN,)})
    proposal = proposed(made, people=before, approved=(BEN,))
    after = roster(groups={LEADS: ()})
    sentence = "You may not approve this any more: the policy or its groups have changed."
    assert refusal(approve, made, proposal, BEN, roster=after) == sentence
    terms = approve(made, proposal, CHLOE, roster=after)
    assert rules.standing(terms, proposal, roster=after) == ()


def test_an_owner_who_is_none_any_more_does_not_approve():
    made = book(Rule(name="a", approve=("owner", CHLOE)))
    proposal = proposed(made, people=roster(owner=DAN))
    assert approve(made, proposal, DAN, roster=roster(owner=DAN))
    for owner in (None, EVE):
        assert "any more" in refusal(approve, made, proposal, DAN, roster=roster(owner=owner))
    assert "not among" in refusal(approve, made, proposal, EVE, roster=roster(owner=EVE))


def test_policy_is_asked_again_when_approving():
    proposal = proposed(book())
    stopped = book(Rule(name="a", verbs=(Verb.START,)))
    assert refusal(approve, stopped, proposal).startswith("No rule of the policy lets anybody")
    trouble = Book(Policy(trouble="It is odd."))
    assert refusal(approve, trouble, proposal) == (
        "The policy cannot be used, so everything is refused. It is odd."
    )
    not_hers = book(Rule(name="a", propose=(DAN,), approve=(BEN,)))
    assert refusal(approve, not_hers, proposal) == (
        "Who proposed this may not stop “train-1” any more."
    )
    stricter = book(Rule(name="a", approve=(BEN, DAN), approvals=3), stakes=(Stake(Decimal(9), 4),))
    terms = approve(stricter, proposal)
    assert (terms.approvals, terms.approvers) == (4, (BEN,))
    laxer = book(Rule(name="a", approve=("anyone",), requester_may_approve=True))
    assert approve(laxer, proposal) == replace(proposal.terms, requester_may_approve=False)


def test_a_requester_may_approve_where_the_rule_says_so():
    made = book(Rule(name="a", approve=(ADA, BEN), requester_may_approve=True))
    proposal = proposed(made, approved=(ADA,))
    terms = approve(made, proposal, ADA)
    assert rules.standing(terms, proposal, roster=roster()) == (ADA,)
    later = book(Rule(name="a", approve=(ADA, BEN)))
    assert refusal(approve, later, proposal, ADA).startswith("You proposed this yourself")
    terms = approve(later, proposal, BEN)
    assert rules.standing(terms, proposal, roster=roster()) == ()


def test_only_standing_approvals_count_each_once():
    made = book(Rule(name="a", approve=("anyone",), approvals=2))
    proposal = proposed(made, approved=(BEN, BEN, ADA, "U1STRANGER", DAN))
    terms = approve(made, proposal)
    assert rules.standing(terms, proposal, roster=roster()) == (BEN, DAN)
    assert rules.standing(terms, proposal, roster=roster(ADA, BEN)) == (BEN,)


def execute(made: Book, proposal, *targets, **more) -> None:
    given = {"roster": roster(), "now": NOW}
    rules.may_execute(made, proposal, targets or proposal.targets, **(given | more))


def test_what_was_approved_is_executed_even_after_its_expiry():
    execute(book(), proposed(book(), approved=(BEN,)), now=NOW + 9 * HOUR)


@pytest.mark.parametrize(
    ("targets", "more", "sentence"),
    [
        ((), {"freeze": FROZEN}, "Purser is frozen since"),
        ((), {"roster": roster(ADA, CHLOE)}, "It takes 1 approvals, and 0 of those it has still"),
        ((), {"roster": roster(BEN, CHLOE)}, "Only full members of this Slack workspace can have"),
        ((target(env=None),), {}, "It takes 2 approvals, and 1 of those it has still count; prop"),
        ((target(members=("EKS cluster a",)),), {}, "“train-1” belongs to EKS cluster a"),
    ],
)
def test_what_changed_since_is_not_executed(targets, more, sentence):
    proposal = proposed(book(), approved=(BEN,))
    assert refusal(execute, book(), proposal, *targets, **more).startswith(sentence)


def test_a_changed_policy_stops_what_was_approved():
    proposal = proposed(book(), approved=(BEN,))
    for made in (book(Rule(name="a", approve=(DAN,))), Book(Policy(trouble="Odd."))):
        assert refusal(execute, made, proposal)


@pytest.mark.parametrize(
    ("now", "is_frozen"), [(NOW - HOUR, False), (NOW, True), (NOW + HOUR, False)]
)
def test_a_freeze_window_holds_from_its_start_until_its_end(now, is_frozen):
    made = policy(freezes=(replace(WINDOW, start=NOW - 9 * HOUR, end=NOW - 8 * HOUR), WINDOW))
    sentence = "Nothing is executed until 2026-11-21 13:00 UTC: month end."
    assert rules.frozen(made, now=now) == (sentence if is_frozen else "")


def test_a_freeze_needs_no_reason():
    assert rules.frozen(policy(), now=NOW, freeze=Freeze(DAN, NOW, " ")) == (
        "Purser is frozen since 2026-11-21 12:00 UTC. Nothing is executed until an admin runs "
        "/purser unfreeze."
    )
    window = policy(freezes=(replace(WINDOW, reason=""),))
    assert rules.frozen(window, now=NOW) == "Nothing is executed until 2026-11-21 13:00 UTC."


def undo(made: Book, proposal, *targets, by: str = ADA, **more) -> None:
    given = {"actor": who(by), "roster": roster(owner=EVE), "now": NOW}
    back = targets or (target(Verb.START, after={"state": "running"}),)
    rules.may_undo(made, proposal, back, **(given | more))


@pytest.mark.parametrize("by", [ADA, BEN, EVE])
def test_requester_approver_and_owner_undo_for_a_day(by):
    undo(book(), done(book()), by=by, now=NOW + 24 * HOUR - timedelta(seconds=1))
    undo(book(), done(book(), stage=Stage.PARTIAL), by=by)


@pytest.mark.parametrize(
    ("changes", "more", "sentence"),
    [
        ({}, {"by": DAN}, "Only who proposed or approved this, or owns it, can undo it."),
        ({}, {"by": CHLOE}, "Only who proposed or approved this, or owns it, can undo it."),
        ({}, {"by": EVE, "roster": roster()}, "Only who proposed or approved this, or owns it,"),
        ({}, {"roster": roster(BEN)}, "Only full members of this Slack workspace can undo anyth"),
        ({}, {"actor": who(ADA, "T2")}, "This was proposed in another workspace; it is decided"),
        ({}, {"now": NOW + 24 * HOUR}, "It can be undone for 24 hours only; propose the change b"),
        ({}, {"freeze": FROZEN}, "Purser is frozen since"),
        ({"stage": Stage.FAILED}, {}, "Nothing was done that could be undone."),
        ({"ended": None}, {}, "Nothing was done that could be undone."),
        ({"undoes": "q"}, {}, "This took something back itself; propose it anew instead."),
    ],
)
def test_what_is_not_undone_and_why(changes, more, sentence):
    assert refusal(undo, book(), done(book(), **changes), **more).startswith(sentence)


def test_an_owner_of_some_of_it_undoes_none_of_it():
    other = target(Verb.START, id="aws/1/r/instance/other")
    both = (target(Verb.START), other)
    assert refusal(undo, book(), done(book()), *both, by=EVE).startswith("Only who proposed")
    assert refusal(
        rules.may_undo, book(), done(book()), (), actor=who(EVE), now=NOW, roster=roster(owner=EVE)
    ).startswith("Only who proposed")


def test_policy_holds_again_for_what_takes_it_back():
    only_stop = book(Rule(name="a", verbs=(Verb.STOP,), approve=(BEN,)))
    assert refusal(undo, only_stop, done(only_stop)).startswith("No rule of the policy lets")
    closed = book(Rule(name="a", approve=(BEN,)))
    back = target(Verb.START, env="prod")
    assert "is not touched" in refusal(undo, closed, done(closed), back)
    final = target(Verb.TERMINATE)
    assert refusal(undo, book(), done(book()), final) == "“train-1” cannot be brought back."
    managed = target(Verb.STOP, members=("EKS cluster a",))
    assert "belongs to" in refusal(undo, book(), done(book()), managed)
    assert refusal(undo, Book(Policy(trouble="Odd.")), done(book())).startswith("The policy cannot")


def test_a_change_of_guarded_tags_is_taken_back_by_an_admin_only():
    made = book(Rule(name="a", approve=("anyone",), requester_may_approve=True))
    change = target(Verb.TAG, env="dev", after={"tag:env": "staging"})
    proposal = done(made, change, approved=(CHLOE,))
    back = target(Verb.TAG, env="staging", after={"tag:env": "dev"})
    undo(made, proposal, back, by=CHLOE)
    assert refusal(undo, made, proposal, back, by=ADA) == (
        "Only an admin among them can undo a change of guarded tags."
    )


@pytest.mark.parametrize(
    ("by", "may"), [(ADA, True), (BEN, True), (CHLOE, True), (DAN, False), ("terminal", False)]
)
def test_who_may_deny_snooze_and_edit(by, may):
    made = book(Rule(name="a", approve=(BEN, DAN)))
    proposal = proposed(made, people=roster(ADA, BEN))
    people = roster()
    if may:
        rules.may_handle(made, proposal, actor=who(by), roster=people)
    else:
        assert refusal(rules.may_handle, made, proposal, actor=who(by), roster=people) in (
            "Only who proposed this, and who may approve it, can do that.",
            "Only full members of this Slack workspace can decide anything.",
        )


def test_nobody_of_another_workspace_denies():
    other = who(BEN, "T2")
    assert refusal(
        rules.may_handle, book(), proposed(book()), actor=other, roster=roster()
    ).startswith("This was proposed in another workspace")


@pytest.mark.parametrize(
    ("propose", "by", "may"),
    [
        (("anyone",), ADA, True),
        (("owner",), ADA, True),
        ((BEN,), BEN, True),
        ((BEN,), ADA, False),
        ((LEADS,), DAN, True),
        ((BEN,), CHLOE, True),
    ],
)
def test_who_may_propose_anything_may_freeze(propose, by, may):
    made = policy(Rule(name="a", propose=propose))
    people = roster(groups={LEADS: (DAN,)})
    if may:
        rules.may_freeze(made, actor=who(by), roster=people)
    else:
        assert refusal(rules.may_freeze, made, actor=who(by), roster=people) == (
            "Only who may propose something can freeze Purser."
        )


def test_only_an_admin_unfreezes():
    rules.may_unfreeze(policy(), actor=who(CHLOE), roster=roster())
    assert refusal(rules.may_unfreeze, policy(), actor=who(ADA), roster=roster()) == (
        "Only an admin of the policy can unfreeze Purser."
    )
    for call in (rules.may_freeze, rules.may_unfreeze):
        sentence = refusal(call, policy(), actor=who(CHLOE), roster=roster(ADA))
        assert sentence.startswith("Only full members of this Slack workspace can")
