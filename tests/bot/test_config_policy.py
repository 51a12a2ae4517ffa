"""`[policy]`: what it says, and one sentence for every mistake, which refuses every action."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from bot.commands.init import template
from bot.config import NO_POLICY, load
from bot.config_policy import NO_ADMINS, NO_SECTION
from tools.clouds.resources import Verb
from tools.core.errors import ConfigError, InputError
from tools.core.query import Filter, Op
from tools.gate.guards import guarded_tags
from tools.gate.policy import FreezeWindow, Limits, Policy, Rule, Stake

ADMIN = '[policy]\nadmins = ["U1ADMIN"]\n'
RULE = '[[policy.rules]]\nname = "a"\n'


def policy(home, text: str) -> Policy:
    (home / "purser.toml").write_text(text, encoding="utf-8")
    return load(home, environ={}).policy


def test_without_a_file_or_section_everything_is_refused(tmp_path):
    assert load(tmp_path, environ={}).policy == Policy(trouble=NO_POLICY)
    assert policy(tmp_path, "") == Policy(trouble=NO_SECTION)
    assert policy(tmp_path, "[policy]") == Policy(trouble=NO_ADMINS)


def test_what_init_writes_works_once_it_names_an_admin(tmp_path):
    assert policy(tmp_path, template()).trouble == NO_ADMINS
    found = policy(tmp_path, template(["U1ADMIN", "S1ADMINS"]))
    assert not found.trouble
    assert found.admins == ("U1ADMIN", "S1ADMINS")
    # A timetable is judged as the stops that it makes, unless a rule names it.
    assert {verb for rule in found.rules for verb in rule.verbs} == set(Verb) - {Verb.SCHEDULE}
    assert [rule.name for rule in found.rules if rule.allows_production] == ["tags"]
    assert found.production == Policy().production
    assert found.environments == Policy().environments
    assert found.protected_tags == Policy().protected_tags


def test_init_refuses_what_is_no_id():
    with pytest.raises(InputError) as caught:
        template(["@ada"])
    assert caught.value.sentence == "“@ada” is no Slack user id (U…) or user group id (S…)."


def test_every_example_of_the_template_works(tmp_path):
    lines = [
        line.removeprefix("# ") if " = " in line or line.startswith("# [") else line
        for line in template(["U1ADMIN"]).splitlines()
    ]
    found = policy(tmp_path, "\n".join(lines))
    assert not found.trouble
    assert found.rules[0].where == (
        Filter("team", Op.IS, ("ml",)),
        Filter("env", Op.IS, ("staging",)),
    )
    assert found.protected == ("i-0d41b7e85f6a20c93", "aws/111122223333/us-east-1/*")


def test_everything_is_read(tmp_path):
    text = """
    [policy]
    admins = "U1ADMIN"
    production = "live"
    environments = ["lab"]
    protected_tags = ["keep=yes"]
    protected = "i-*"
    admin_tags = "Budget Code"
    currency = "EUR"
    stakes = [{monthly = 500.5, approvals = 3}, {monthly = "100", approvals = 2}]
    limits = {per_hour = "none", per_day = 5, dollars_per_day = "1000"}
    freezes = [{start = 2026-12-24, end = 2026-12-27T06:00:00+01:00, reason = "holidays"}]
    [[policy.rules]]
    name = "a"
    verbs = "stop"
    where = ["team=ml", "region=us-east-1"]
    propose = "owner"
    approve = ["admins", "U2", "S3"]
    approvals = 3
    requester_may_approve = true
    lasts = "90 m"
    allows_production = true
    """
    found = policy(tmp_path, text)
    assert found == Policy(
        admins=("U1ADMIN",),
        rules=(
            Rule(
                name="a",
                verbs=(Verb.STOP,),
                where=(Filter("team", Op.IS, ("ml",)), Filter("region", Op.IS, ("us-east-1",))),
                propose=("owner",),
                approve=("admins", "U2", "S3"),
                approvals=3,
                requester_may_approve=True,
                lasts=timedelta(minutes=90),
                allows_production=True,
            ),
        ),
        production=("live",),
        environments=("lab",),
        protected_tags=("keep=yes",),
        protected=("i-*",),
        stakes=(Stake(Decimal(100), 2), Stake(Decimal("500.5"), 3)),
        limits=Limits(None, 5, Decimal(1000)),
        currency="EUR",
        freezes=(
            FreezeWindow(
                datetime(2026, 12, 24, tzinfo=UTC),
                datetime(2026, 12, 27, 5, tzinfo=UTC),
                "holidays",
            ),
        ),
        admin_tags=("Budget Code",),
    )
    guarded = guarded_tags(found, load(tmp_path, environ={}).lake)
    assert {"keep", "budget-code", "team", "squad", "env", "owner", "eks-*"} <= guarded


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (ADMIN + "admin = 1", "[policy] has an unknown key `admin`; did you mean `admins`?"),
        ("[policy]\nadmins = 5.5", "policy.admins: input should be a valid list."),
        (ADMIN + "currency = 'usd'", "policy.currency: string should match pattern '^[A-Z]{3}$'."),
        (
            "[policy]\nadmins = ['anyone']",
            "[policy] admins: “anyone” is no Slack user id (U…) or user group id (S…).",
        ),
        (
            "[policy]\nadmins = ['@ada']",
            "[policy] admins: “@ada” is no Slack user id (U…) or user group id (S…).",
        ),
        (ADMIN + "[[policy.rules]]", "policy.rules.0.name is needed and missing."),
        (
            ADMIN + RULE + "verb = 'stop'",
            "[policy.rules.0] has an unknown key `verb`; did you mean `verbs`?",
        ),
        (
            ADMIN + RULE + "verbs = ['kill']",
            "[[policy.rules]] “a” verbs: unknown verb `kill`; "
            "known ones are budget, scale, schedule, start, stop, tag, terminate.",
        ),
        (
            ADMIN + RULE + "where = 'teem=ml'",
            "[[policy.rules]] “a” where: “teem=ml”: I could not read “teem” as a condition, "
            "like team=ml.",
        ),
        (
            ADMIN + RULE + "where = 'tag:x=1'",
            "[[policy.rules]] “a” where: unknown dimension `tag:x`; did you mean `team`?",
        ),
        (
            ADMIN + RULE + "where = ''",
            "[[policy.rules]] “a” where: an empty condition would allow everything.",
        ),
        (
            ADMIN + RULE + "approve = ['ada']",
            "[[policy.rules]] “a” approve: “ada” is no Slack user id (U…) or user group id (S…), "
            "or anyone, owner, admins.",
        ),
        (ADMIN + RULE + "approve = []", "[[policy.rules]] “a” approve names nobody."),
        (ADMIN + RULE + "propose = []", "[[policy.rules]] “a” propose names nobody."),
        (
            ADMIN + RULE + "approvals = 0",
            "policy.rules.0.approvals: input should be greater than or equal to 1.",
        ),
        (
            ADMIN + RULE + "approvals = 2",
            "[[policy.rules]] “a” takes 2 approvals, and approve names only 1.",
        ),
        (
            ADMIN + RULE + "approvals = 4\napprove = ['U2', 'U2', 'owner', 'admins']",
            "[[policy.rules]] “a” takes 4 approvals, and approve names only 3.",
        ),
        *(
            (
                ADMIN + RULE + f"lasts = '{lasts}'",
                "[[policy.rules]] “a” lasts must be from 1m to 7d, such as 30m or 4h.",
            )
            for lasts in ("0h", "-1h", "8d", "soon", "")
        ),
        (ADMIN + RULE + RULE, "two [[policy.rules]] are named “a”."),
        (
            ADMIN + RULE + "verbs = ['stop']\nwhere = 'env=dev'\n[[policy.rules]]\nname = 'b'\n"
            "verbs = ['stop']\nwhere = 'ENV=Dev'",
            "[[policy.rules]] “b” never holds: “a” before it matches all that it does. "
            "Put the narrower rule first.",
        ),
        (
            ADMIN + RULE + "[[policy.rules]]\nname = 'b'\nwhere = 'env=dev'\nverbs = ['stop']",
            "[[policy.rules]] “b” never holds: “a” before it matches all that it does. "
            "Put the narrower rule first.",
        ),
        (
            ADMIN + "production = ['Dev']",
            "[policy] “Dev” is both in production and in environments.",
        ),
        (ADMIN + "protected_tags = ['=x']", "[policy] protected_tags: “=x” names nothing."),
        (ADMIN + "protected = ['*']", "[policy] protected: “*” names nothing."),
        (ADMIN + "admin_tags = [' ']", "[policy] admin_tags: “ ” names nothing."),
        (
            ADMIN + "stakes = [{monthly = 5, approvals = 2}, {monthly = 5, approvals = 3}]",
            "two [[policy.stakes]] begin at 5.",
        ),
        (
            ADMIN + "stakes = [{monthly = 5, approvals = 3}, {monthly = 9, approvals = 2}]",
            "[[policy.stakes]] from 9 on take fewer approvals than from 5 on.",
        ),
        (
            ADMIN + "freezes = [{start = 2026-12-27, end = 2026-12-24}]",
            "[[policy.freezes]] ends 2026-12-24, before it starts.",
        ),
    ],
)
def test_a_mistake_refuses_every_action_and_costs_no_answer(tmp_path, text, sentence):
    found = policy(tmp_path, text)
    assert found.trouble == f"purser.toml: {sentence}"
    assert found.rules == ()


def test_groups_and_anyone_may_be_enough(tmp_path):
    for who in ("'S1'", "'anyone'"):
        assert not policy(tmp_path, f"{ADMIN}{RULE}approvals = 5\napprove = [{who}]").trouble


def test_a_narrower_rule_first_is_no_mistake(tmp_path):
    text = f"{ADMIN}{RULE}where = 'env=dev'\n[[policy.rules]]\nname = 'b'"
    assert not policy(tmp_path, text).trouble


def test_a_policy_that_is_no_table_is_an_error_of_the_file(tmp_path):
    (tmp_path / "purser.toml").write_text("policy = 1")
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, environ={})
    assert caught.value.sentence == "purser.toml: [policy] must be a table."
