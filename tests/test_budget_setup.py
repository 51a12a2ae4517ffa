"""Linking a budget to a cloud's, and saying whose it is."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.budgeting import ADA, House
from tests.clouds.small_budgets import AWS_LINK, cloud_budget
from tools.budget_setup import assign_budget, link_budget, read_link, unlink_budget
from tools.core.budget import CloudLink
from tools.core.errors import InputError, RefusedError, UnavailableError
from tools.ledger.audit import Audit


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    found = House(tmp_path)
    yield found
    found.ledger.close()


def test_a_link_is_read_as_people_write_it():
    assert read_link(" aws:111122223333:ml and more") == CloudLink(
        cloud="aws", account="111122223333", name="ml and more"
    )
    assert read_link("gcp:01ABCD-23EF45-678901:b-1") == CloudLink(
        cloud="gcp",
        account="01ABCD-23EF45-678901",
        name="billingAccounts/01ABCD-23EF45-678901/budgets/b-1",
    )


@pytest.mark.parametrize("text", ["", "aws", "aws:1", "aws::ml", "azure:1:ml", "aws:1:m\nl"])
def test_what_is_no_link_gets_a_sentence(text):
    with pytest.raises(InputError) as refused:
        read_link(text)
    assert refused.value.sentence == (
        "A cloud's budget is named aws:ACCOUNT:NAME or gcp:BILLINGACCOUNT:BUDGETID."
    )


def test_a_linked_budget_is_on_the_record_and_can_be_let_go(house):
    made = house.add("team=ml")
    linked = link_budget(made, AWS_LINK, budgets=house.budgets, actor=ADA)
    assert house.budgets.records.find(made.id).link == AWS_LINK
    entry = Audit(house.ledger).entries(subject=made.target)[-1]
    assert (entry.event, entry.actor, json.loads(entry.before)["link"]) == (
        "budget changed",
        "UADA",
        "",
    )
    assert json.loads(json.loads(entry.after)["link"])["name"] == "ml"
    assert unlink_budget(linked, budgets=house.budgets, actor=ADA).link is None
    with pytest.raises(InputError, match="is not linked to a cloud's"):
        unlink_budget(house.budgets.records.find(made.id), budgets=house.budgets, actor=ADA)


def test_amounts_may_differ_until_one_is_set(house):
    made = house.add("team=ml", "5")
    assert link_budget(made, AWS_LINK, budgets=house.budgets, actor=ADA).link == AWS_LINK
    assert house.list().statuses[0].drift == "In AWS it is $20,000.00, here $5.00."


@pytest.mark.parametrize(
    ("there", "sentence"),
    [
        (
            {"currency": "EUR"},
            "The two could never agree. In AWS it is in EUR, here in USD.",
        ),
        (
            {"period": "day"},
            "The two could never agree. In AWS it is of a day, here of a month.",
        ),
        (
            {"amount": None},
            "The two could never agree. In AWS the amount is worked out anew each period, so the "
            "two cannot agree.",
        ),
        ({"fixed": "AWS adjusts it by itself."}, "AWS adjusts it by itself."),
    ],
)
def test_what_could_never_agree_is_not_linked(house, there, sentence):
    made = house.add("team=ml")
    house.cloud.held[AWS_LINK] = replace(cloud_budget(), **there)
    with pytest.raises(RefusedError) as refused:
        link_budget(made, AWS_LINK, budgets=house.budgets, actor=ADA)
    assert refused.value.sentence == sentence
    assert house.budgets.records.find(made.id) == made


def test_a_clouds_budget_is_linked_once(house):
    one, other = house.add("team=ml"), house.add("team=search")
    link_budget(one, AWS_LINK, budgets=house.budgets, actor=ADA)
    with pytest.raises(RefusedError) as refused:
        link_budget(other, AWS_LINK, budgets=house.budgets, actor=ADA)
    assert refused.value.sentence == (
        "The budget for team=ml a month is linked to that one already."
    )


def test_a_cloud_that_is_not_set_up_is_said(house):
    link = read_link("gcp:01ABCD-23EF45-678901:b-1")
    with pytest.raises(UnavailableError) as refused:
        link_budget(house.add("team=ml"), link, budgets=house.budgets, actor=ADA)
    assert refused.value.sentence == (
        "Google Cloud, which the budget for team=ml a month is linked to, is not set up here; name "
        "the account under [clouds] in purser.toml."
    )


def test_people_are_set_one_by_one_and_taken_away(house):
    made = house.add("team=ml")
    one = assign_budget(made, budgets=house.budgets, actor=ADA, owner="U1", channel="C12")
    two = assign_budget(one, budgets=house.budgets, actor=ADA, approvers=("U2", "S3", "U2"))
    assert (two.owner, two.channel, two.approvers) == ("U1", "C12", ("U2", "S3"))
    three = assign_budget(two, budgets=house.budgets, actor=ADA, owner="", approvers=())
    assert (three.owner, three.channel, three.approvers) == ("", "C12", ())
    assert house.budgets.records.find(made.id) == three


@pytest.mark.parametrize(
    ("parts", "sentence"),
    [
        ({"owner": "ada"}, "“ada” is no Slack user id; those begin with U or W."),
        ({"owner": "S1"}, "“S1” is no Slack user id; those begin with U or W."),
        ({"channel": "#ml"}, "“#ml” is no Slack channel id; those begin with C or G."),
        ({"approvers": ("U1", "x")}, "“x” is no Slack id of a user (U…) or user group (S…)."),
    ],
)
def test_what_is_no_id_is_not_kept(house, parts, sentence):
    made = house.add("team=ml")
    with pytest.raises(InputError) as refused:
        assign_budget(made, budgets=house.budgets, actor=ADA, **parts)
    assert refused.value.sentence == sentence
    assert house.budgets.records.find(made.id) == made
