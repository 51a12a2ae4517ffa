"""What stands under guard: production, protected and managed things, and tags that decide."""

from __future__ import annotations

import pytest

from tests.gate.casts import ADA, BEN, CHLOE, DAN, asked, book, refusal, target
from tools.clouds.resources import Verb
from tools.core.query import Filter, Op
from tools.gate.policy import Rule

ML = (Filter("team", Op.IS, ("ml",)),)


def only(verb: Verb, **more: object) -> Rule:
    return Rule(name=verb, verbs=(verb,), **({"approve": (BEN, CHLOE)} | more))


@pytest.mark.parametrize(
    ("env", "why"),
    [
        (None, "its environment is untagged, which counts as production"),
        ("  ", "its environment is untagged, which counts as production"),
        ("prod", "its environment is prod"),
        ("PROD", "its environment is PROD"),
        ("qa", "its environment “qa” is not known, which counts as production"),
        (
            "dev\n<!channel>",
            "its environment “dev <!channel>” is not known, which counts as production",
        ),
    ],
)
def test_production_is_refused_unless_the_rule_allows_it(env, why):
    closed = book(Rule(name="a", approve=(BEN, CHLOE)))
    assert refusal(asked, closed, target(env=env)) == (
        f"“train-1” is not touched: {why}, and rule “a” does not allow production; an admin can "
        "set allows_production there."
    )
    terms = asked(book(), target(env=env))
    assert (terms.approvals, terms.reasons) == (2, ("production takes two",))


@pytest.mark.parametrize("env", ["dev", " DEV ", "staging", "test", "sandbox"])
def test_known_environments_are_not_production(env):
    assert asked(book(Rule(name="a", approve=(BEN,))), target(env=env)).approvals == 1


def test_budgets_run_in_no_environment():
    made = book(only(Verb.BUDGET, approve=(CHLOE,)))
    change = target(Verb.BUDGET, env=None, id="budget/b", after={"amount": "5"})
    assert asked(made, change).approvals == 1


@pytest.mark.parametrize(
    ("seen", "why"),
    [
        ({"protections": ("termination protection",)}, "termination protection"),
        ({"tags": {"Do-Not-Stop": ""}}, "tag Do-Not-Stop"),
        ({"tags": {"purser_protected": "no"}}, "tag purser_protected"),
        ({"tags": {"KEEP": " Forever "}}, "tag KEEP"),
        ({"id": "aws/111122223333/us-east-1/instance/i-0db"}, "policy protects its id"),
        ({"id": "aws/999988887777/us-east-1/instance/i-1"}, "policy protects its id"),
        ({"id": "aws/1/r/endpoint/models/Main"}, "policy protects its id"),
    ],
)
def test_protected_things_are_refused_unless_the_rule_allows_it(seen, why):
    more = {
        "protected_tags": ("do-not-stop", "purser:protected", "keep=forever"),
        "protected": ("I-0D*", "aws/999988887777/*", "models/main"),
    }
    closed = book(Rule(name="a", approve=(BEN, CHLOE)), **more)
    assert refusal(asked, closed, target(**seen)) == (
        f"“train-1” is not touched: it is protected ({why}), and rule “a” does not allow "
        "production; an admin can set allows_production there."
    )
    assert asked(book(**more), target(**seen)).reasons == ("what is protected takes two",)


@pytest.mark.parametrize(
    "seen",
    [
        {"tags": {"keep": "briefly"}},
        {"tags": {"team": "do-not-stop"}},
        {"facts": {"keep": "forever"}},
        {"id": "aws/1/r/instance/x-i-0d"},
        {"id": "aws/1/r/endpoint/models/main-2"},
    ],
)
def test_what_only_looks_protected_is_not(seen):
    made = book(
        Rule(name="a", approve=(BEN,)),
        protected_tags=("do-not-stop", "keep=forever"),
        protected=("i-0d*", "models/main"),
    )
    assert asked(made, target(**seen)).approvals == 1


@pytest.mark.parametrize(
    ("member", "instead"),
    [
        ("Auto Scaling group train", "scale the group instead"),
        ("managed instance group train", "scale the group instead"),
        ("EKS node group a", "scale the node group instead"),
        ("Karpenter node pool a", "scale the node group instead"),
        ("Kubernetes cluster a", "change it in the cluster instead"),
        ("AWS Batch", "end its job, or scale the compute environment instead"),
        ("ParallelCluster hpc", "change the cluster's queue instead"),
        ("CloudFormation stack a", "change the stack instead"),
        ("Service Catalog product a", "change it there instead"),
    ],
)
def test_managed_things_are_stopped_by_their_manager(member, instead):
    for verb in (Verb.STOP, Verb.TERMINATE):
        sentence = refusal(asked, book(), target(verb, members=(member,)))
        assert sentence == f"“train-1” belongs to {member}; {instead}."
    assert asked(book(), target(Verb.SCALE, members=(member,))).approvals == 1


@pytest.mark.parametrize(
    "key",
    [
        "env",
        "Environment",
        "user:env",
        "owner",
        "created-by",
        "do-not-stop",
        "purser:x",
        "squad",
        "Budget Code",
        "eks:nodegroup-name",
        "aws:autoscaling:groupName",
        "kubernetes.io/cluster/a",
    ],
)
@pytest.mark.parametrize("value", ["dev", None])
def test_tags_that_decide_take_an_admin_whatever_the_rule_says(key, value):
    made = book(Rule(name="a", where=ML, approve=("anyone",)), admin_tags=("budget-code",))
    terms = asked(made, target(Verb.TAG, after={f"tag:{key}": value}))
    assert terms.approvers == (CHLOE,)
    assert terms.requester_may_approve is False
    assert terms.reasons == (f"tag {key} takes an admin",)


def test_other_tags_take_whom_the_rule_names():
    made = book(Rule(name="a", approve=("anyone",)))
    terms = asked(made, target(Verb.TAG, after={"tag:colour": "red"}))
    assert (terms.approvers, terms.requester_may_approve) == (("anyone",), True)


def test_an_untagged_thing_is_not_tagged_into_dev_past_an_admin():
    made = book(Rule(name="a", approve=(BEN, CHLOE, DAN), allows_production=True))
    change = target(Verb.TAG, env=None, after={"tag:env": "dev"})
    assert refusal(asked, made, change) == (
        "Nobody could approve this: it takes 2 people (production takes two; tag env takes an "
        "admin), and the policy has one person besides you for it. An admin can name more "
        "approvers."
    )


def test_an_admin_who_asks_needs_another_unless_the_rule_says_otherwise():
    change = target(Verb.TAG, after={"tag:env": "prod"})
    alone = book(Rule(name="a", approve=("anyone",)))
    assert refusal(asked, alone, change, by=CHLOE).startswith("Nobody could approve this")
    free = book(Rule(name="a", approve=("anyone",), requester_may_approve=True))
    assert asked(free, change, by=CHLOE).approvers == (CHLOE,)
    assert asked(free, change, by=ADA).approvers == (CHLOE,)
