"""What holds of the rules whatever the policy, the people and the world are."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.gate.casts import ADA, EVERYONE, HOME, LEADS, MACHINE, NOW, target, who
from tests.sizes import sized
from tools.clouds.resources import Verb
from tools.core.dimensions import BUILT_IN
from tools.core.errors import RefusedError
from tools.core.labels import is_guarded, labels_of
from tools.core.query import Filter, Op
from tools.core.settings import LakeSettings
from tools.gate import rules
from tools.gate.guards import guarded_tags
from tools.gate.policy import FreezeWindow, Policy, Rule, Stake
from tools.gate.proposals import Decision, Proposal, Terms
from tools.gate.roster import Roster
from tools.gate.rules import Book
from tools.gate.world import Deed, Sight

pytestmark = pytest.mark.long
tries = settings(max_examples=sized(50, 1000), deadline=None)
LAKE = LakeSettings()
COLUMNS = {column: "" for columns in BUILT_IN.values() for column in columns}
VERBS = st.sampled_from([Verb.STOP, Verb.START, Verb.SCALE, Verb.TERMINATE, Verb.TAG])
NAMES = st.sampled_from([*EVERYONE, LEADS, "S1OTHER", "owner", "admins", "anyone"])
ENVS = st.sampled_from(["dev", "staging", "prod", "qa", None])
TEAMS = st.sampled_from(["ml", "web", None])
KEYS = ["env", "ENVIRONMENT", "x:env", "team", "squad", "owner", "do-not-stop", "purser:a", "eks:b"]
KEY = st.sampled_from([*KEYS, "keep", "colour", "note", "a/colour", "Name"])
TAGS = st.dictionaries(KEY, st.sampled_from(["dev", "prod", "ml", "yes", ""]), max_size=4)
CONDITION = st.builds(
    Filter,
    st.sampled_from(["env", "team", "region", "owner"]),
    st.sampled_from(list(Op)),
    st.sampled_from([("dev",), ("ml", "web"), ("prod",)]),
)
RULE = st.builds(
    Rule,
    name=st.sampled_from("abc"),
    verbs=st.lists(VERBS, max_size=3).map(tuple),
    where=st.lists(CONDITION, max_size=2).map(tuple),
    approve=st.lists(NAMES, min_size=1, max_size=4).map(tuple),
    approvals=st.integers(1, 3),
    requester_may_approve=st.sampled_from([None, True, False]),
    lasts=st.sampled_from([None, timedelta(hours=1), timedelta(days=1)]),
    allows_production=st.booleans(),
)
BROAD = st.builds(
    Rule,
    name=st.just("rest"),
    approve=st.sampled_from([(LEADS,), ("owner", LEADS), EVERYONE, ("anyone",), ("admins",)]),
    requester_may_approve=st.sampled_from([None, True]),
    allows_production=st.booleans(),
)
STAKE = st.builds(Stake, st.integers(0, 9000).map(Decimal), st.integers(1, 3))
POLICY = st.builds(
    Policy,
    admins=st.lists(st.sampled_from([*EVERYONE, LEADS]), max_size=2).map(tuple),
    rules=st.builds(lambda some, last: (*some, last), st.lists(RULE, max_size=2), BROAD),
    stakes=st.lists(STAKE, max_size=2).map(tuple),
    protected_tags=st.sampled_from([(), ("keep",), ("keep=yes", "do-not-stop")]),
)
GROUP = st.sets(st.sampled_from(EVERYONE)).map(frozenset)
PEOPLE = st.builds(
    Roster,
    groups=st.fixed_dictionaries({LEADS: GROUP, "S1OTHER": GROUP}),
    owners=st.fixed_dictionaries({MACHINE: st.sampled_from([None, *EVERYONE])}),
    full=st.just(dict.fromkeys(EVERYONE, True)),
)
TARGET = st.builds(target, VERBS, env=ENVS, labels=st.fixed_dictionaries({"team": TEAMS}))
MONEY = st.one_of(st.none(), st.decimals(-20000, 20000, places=2))


def book(policy: Policy) -> Book:
    return Book(policy, guarded_tags(policy, LAKE))


def terms(policy: Policy, *targets, people: Roster, monthly=Decimal(0)) -> Terms | None:
    """The terms; None where it is refused."""
    try:
        return rules.terms_for(
            book(policy), targets, requester=who(ADA), roster=people, monthly=monthly
        )
    except RefusedError:
        return None


def is_no_laxer(now: Terms | None, before: Terms | None) -> bool:
    """Whether nothing is allowed that was not before."""
    if now is None or before is None:
        return now is None
    has_fewer = "anyone" in before.approvers or set(now.approvers) <= set(before.approvers)
    return (
        has_fewer
        and now.approvals >= before.approvals
        and now.lasts_seconds <= before.lasts_seconds
        and now.requester_may_approve <= before.requester_may_approve
    )


def proposal(found: Terms, *targets, approved: tuple[str, ...] = ()) -> Proposal:
    return Proposal(
        id="p",
        version=1,
        verb=targets[0].deed.verb,
        targets=targets,
        requester=who(ADA),
        at=NOW,
        expires=NOW + timedelta(seconds=found.lasts_seconds),
        terms=found,
        monthly=Decimal(0),
        decisions=tuple(Decision(person, "approve", NOW) for person in approved),
    )


def passes(call, *args, **more) -> bool:
    try:
        call(*args, **more)
    except RefusedError:
        return False
    return True


@tries
@given(POLICY, TARGET, PEOPLE, GROUP, GROUP)
def test_who_joins_a_group_later_never_approves(policy, one, people, some, others):
    found = terms(policy, one, people=people)
    if found is None or "anyone" in found.approvers:
        return
    groups = {LEADS: people.groups[LEADS] | some, "S1OTHER": people.groups["S1OTHER"] | others}
    later = replace(people, groups=groups)
    made = proposal(found, one)
    could = {
        user
        for user in EVERYONE
        if passes(rules.may_approve, book(policy), made, actor=who(user), roster=later, now=NOW)
    }
    assert could <= set(found.approvers)
    assert ADA not in could or found.requester_may_approve


@tries
@given(POLICY, TARGET, PEOPLE, MONEY, MONEY)
def test_more_money_never_takes_fewer_approvals(policy, one, people, some, other):
    less, more = sorted((some, other), key=lambda m: Decimal("inf") if m is None else abs(m))
    assert is_no_laxer(
        terms(policy, one, people=people, monthly=more),
        terms(policy, one, people=people, monthly=less),
    )


@tries
@given(POLICY, TARGET, TARGET, PEOPLE)
def test_another_target_never_makes_it_easier(policy, one, other, people):
    assert is_no_laxer(terms(policy, one, other, people=people), terms(policy, one, people=people))


TIGHTER = {
    "environments": ("staging",),
    "environments ": (),
    "production": ("prod", "dev"),
    "protected": ("aws/*",),
    "protected_tags": ("keep", "keep=yes", "do-not-stop", "colour"),
    "stakes": (Stake(Decimal(0), 3),),
    "trouble": "It is odd.",
    "rules": (),
}


@tries
@given(POLICY, TARGET, PEOPLE, st.sampled_from(list(TIGHTER)))
def test_a_tighter_policy_never_allows_more(policy, one, people, key):
    more = policy.stakes if key == "stakes" else ()
    given_ = TIGHTER[key] if key == "trouble" else (*more, *TIGHTER[key])
    tight = replace(policy, **{key.strip(): given_})
    assert is_no_laxer(terms(tight, one, people=people), terms(policy, one, people=people))


@tries
@given(POLICY, TARGET, PEOPLE, st.integers(0, 2))
def test_without_a_rule_only_the_others_allow_anything(policy, one, people, place):
    rest = replace(policy, rules=(*policy.rules[:place], *policy.rules[place + 1 :]))
    found = terms(rest, one, people=people)
    alone = [replace(policy, rules=(rule,)) for rule in rest.rules]
    assert found is None or found in [terms(p, one, people=people) for p in alone]


@tries
@given(POLICY, TARGET, PEOPLE, st.sets(st.sampled_from(EVERYONE)))
def test_fewer_people_never_allow_more(policy, one, people, gone):
    fewer = replace(people, full=people.full | dict.fromkeys(gone, False))
    assert is_no_laxer(terms(policy, one, people=fewer), terms(policy, one, people=people))


APPROVED = st.lists(st.sampled_from([*EVERYONE, "U1STRANGER"]), max_size=4).map(tuple)


@tries
@given(POLICY, TARGET, PEOPLE, PEOPLE, APPROVED, st.booleans())
def test_nothing_is_executed_without_enough_of_the_right_people(
    policy, one, people, later, approved, is_frozen
):
    found = terms(policy, one, people=people)
    if found is None:
        return
    made = proposal(found, one, approved=approved)
    now = replace(
        policy,
        freezes=(FreezeWindow(NOW, NOW + timedelta(hours=1)),) if is_frozen else (),
    )
    if passes(rules.may_execute, book(now), made, [one], roster=later, now=NOW):
        right = {p for p in approved if p in found.approvers or "anyone" in found.approvers}
        right -= {"U1STRANGER"} | (set() if found.requester_may_approve else {ADA})
        is_grave = one.deed.is_final or one.sight.labels["env"] not in ("dev", "staging")
        assert not is_frozen
        assert len(right) >= max(found.approvals, 2 if is_grave else 1)


def seen(tags: dict[str, str], verb: Verb) -> rules.Target:
    """A machine with these tags as the gate sees it, its labels resolved from them."""
    sight = Sight(
        target=MACHINE,
        title="train-1",
        facts={f"tag:{key}": value for key, value in tags.items()},
        labels=labels_of(LAKE, tags=tags, columns=COLUMNS),
    )
    return rules.Target(sight=sight, deed=Deed(verb=verb, target=MACHINE, after={"state": "x"}))


@tries
@given(POLICY, TAGS, TAGS, st.sets(KEY), VERBS, PEOPLE)
def test_no_tag_that_goes_past_an_admin_changes_what_the_next_step_takes(
    policy, tags, added, removed, verb, people
):
    guarded = guarded_tags(policy, LAKE)
    free = {k: v for k, v in added.items() if not is_guarded(k, guarded)}
    kept = {k: v for k, v in tags.items() if k not in removed or is_guarded(k, guarded)}
    before = terms(policy, seen(tags, verb), people=people)
    assert terms(policy, seen({**kept, **free}, verb), people=people) == before


@tries
@given(POLICY, TAGS, KEY, st.sampled_from(["dev", "prod", None]), PEOPLE)
def test_a_guarded_tag_is_changed_by_admins_only(policy, tags, key, value, people):
    change = replace(
        seen(tags, Verb.TAG),
        deed=Deed(verb=Verb.TAG, target=MACHINE, after={f"tag:{key}": value, "tag:colour": "x"}),
    )
    found = terms(policy, change, people=people)
    if found and is_guarded(key, guarded_tags(policy, LAKE)):
        assert set(found.approvers) <= people.users(["admins"], policy=policy, target="")


@tries
@given(POLICY, PEOPLE, st.sampled_from(EVERYONE))
def test_only_admins_unfreeze(policy, people, user):
    admins = people.users(["admins"], policy=policy, target="")
    may = passes(rules.may_unfreeze, policy, actor=who(user, HOME), roster=people)
    assert may is (user in admins)
